#include "command/command.h"

#include "build/cc_instruction.h"
#include "command/serve.h"
#include "jobs/cpu_count.h"
#include "jobs/reporter.h"
#include "jobs/signals.h"

static void print_warnings(const struct notes *notes)
{
	autostr struct str text = STR_INIT;
	struct reporter reporter;

	if (!notes->count)
		return;
	reporter_init(&reporter, WHEN_AUTO, WHEN_NEVER);
	reporter_render_notes(&reporter, notes, &text);
	reporter_print(&reporter, str_slice(&text));
}

static int need_paths(struct error **err)
{
	return fail(err, ERROR_USAGE, "OUT and SRC are needed: see 'kiln help cc'");
}

/* Run a request: OUT SRC [KEY VALUE]..., whose pairs extend those of the worker's command line. */
static int instruct(const struct cc_instruction *start, const struct work_request *request,
    struct notes *notes, struct error **err)
{
	struct cc_instruction instruction = *start;
	autostr struct str target = STR_INIT;
	autostr struct str source = STR_INIT;

	if (request->argument_count < 2)
		return need_paths(err);
	if (cc_instruction_parse(&instruction, request->arguments + 2, err) < 0)
		return -1;
	work_request_path(request, request->arguments[0], &target);
	work_request_path(request, request->arguments[1], &source);
	if (!instruction.make.recorded)
		instruction.make.recorded = request->arguments[1];
	return cc_instruction_run(
	    place_at(str_c(&target)), place_at(str_c(&source)), &instruction, notes, err);
}

static int work(void *context, const struct work_request *request, struct str *output)
{
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int result = instruct(context, request, &notes, &error);

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	reporter_render_notes(&reporter, &notes, output);
	return result < 0 ? serve_error(error, output) : 0;
}

static bool is_worker_flag(const char *word)
{
	return strcmp(word, "--worker") == 0 || strcmp(word, "--persistent_worker") == 0;
}

/* Run `--worker [KEY VALUE]...`. Bazel adds --persistent_worker anywhere in the command line. */
static int work_for_bazel(int argc, char **argv, struct error **err)
{
	struct cc_instruction instruction = INSTRUCTION_INIT;
	autofree char **pairs = xcalloc((size_t)argc + 1, sizeof(*pairs));
	size_t count = 0;

	for (int i = 0; i < argc; i++) {
		if (!is_worker_flag(argv[i]))
			pairs[count++] = argv[i];
	}
	if (cc_instruction_parse(&instruction, pairs, err) < 0)
		return -1;
	return serve(&instruction, cpu_count(), work, err);
}

/* Run OUT SRC [KEY VALUE]... */
static int work_once(int argc, char **argv, struct error **err)
{
	struct cc_instruction instruction = INSTRUCTION_INIT;
	autonotes struct notes notes = {NULL, 0};
	int result;

	if (argc < 2)
		return need_paths(err);
	if (cc_instruction_parse(&instruction, argv + 2, err) < 0)
		return -1;
	signals_install();
	result = cc_instruction_run(
	    place_at(argv[0]), place_at(argv[1]), &instruction, &notes, err);
	print_warnings(&notes);
	if (result < 0)
		return -1;
	/* OUT is complete, but the status still reports a signal that arrived. */
	return interrupted() ? 128 + signals_received() : 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	autoerror struct error *error = NULL;
	bool dashes = argc && strcmp(argv[0], "--") == 0;
	int status;

	if (argc == 1 && command_asks_help(argv[0]))
		return command_print_help(command);
	status = argc && is_worker_flag(argv[0]) ? work_for_bazel(argc, argv, &error)
						 : work_once(argc - dashes, argv + dashes, &error);
	return status < 0 ? command_fail(error) : status;
}

const struct command command_cc = {
    .name = "cc",
    .arguments = "OUT SRC [KEY VALUE]...",
    .summary = "Do one step of a build, for construction contexts",
    .details =
	"The keys decide what is done. A source becomes a unit, or is described; a unit\n"
	"becomes bytecode; a chapter is parsed; a directory is copied. OUT is replaced\n"
	"atomically, and the directories above it are created.\n"
	"\n"
	"  format LANGUAGE.DIALECT   Format of SRC: python.psf-v3 (the default), python.pyi,\n"
	"                            python.ast (a unit), text.kleptic (a chapter; also named\n"
	"                            kleptic.fault-1 and text.fault), directory.tree\n"
	"  factor PATH               Full factor path, defined as __factor__\n"
	"  cpython-optimize LEVEL    Optimization level: -1, 0, 1 (the default) or 2\n"
	"  instrumentation SET       coverage: count what is evaluated; profile: time calls;\n"
	"                            coverage:profile: both; empty (the default): neither\n"
	"  metrics-trap PATH         Where captures go, defined as __metrics_trap__\n"
	"  delineated json           Make OUT a directory that describes the elements of SRC\n"
	"  delineated archive        Make OUT a copy of the directory SRC\n"
	"  encoding NAME             Source encoding; overrides the cookie\n"
	"  check CHECK               Header of the bytecode: never (none, the default), time,\n"
	"                            hash or unchecked-hash\n"
	"  origin PATH               Path to record (default: SRC)\n"
	"  int-max-str-digits N      Most digits of a decimal number in SRC: 640 or more, or 0\n"
	"                            for no limit (default: 4300)\n"
	"  context PATH, project PATH\n"
	"                            Where a chapter belongs; OUT does not depend on it\n"
	"\n"
	"  --worker [KEY VALUE]...   Serve Bazel's requests on standard input, in JSON, with\n"
	"                            the arguments OUT SRC [KEY VALUE]...; the pairs given\n"
	"                            here apply to all requests\n"
	"\n"
	"Example: kiln cc tea.ast tea.py factor shop.tea &&\n"
	"         kiln cc tea.i tea.ast format python.ast\n",
    .run = run,
};
