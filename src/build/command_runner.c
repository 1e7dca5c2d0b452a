#include "build/command_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "base/trust.h"
#include "build/depfile.h"
#include "build/graph.h"

/* The most bytes of a program's output that are shown; the log has all. */
#define SHOWN_LIMIT 32768

#define LOG_LIMIT ((size_t)1 << 30)

#define CHILDREN_LIMIT ((size_t)1 << 20)

/* The name of the dependency file in the stage, which must differ from that of the target. */
static const char *dependencies_name(const struct command_run *run)
{
	return slice_is(path_name(slice_c(run->target)), "d") ? "dd" : "d";
}

static bool is_named(struct slice word, const char *a, const char *b)
{
	struct slice name = path_name(word);

	return slice_is(name, a) || (b && slice_is(name, b));
}

/* Whether a path leads to the file that this process runs. */
static bool is_this_program(const char *path)
{
	static struct stat self;
	struct stat stat_of;

	if (!self.st_ino && stat(spawn_self(), &self) < 0)
		return false;
	return stat(path, &stat_of) == 0 && stat_of.st_dev == self.st_dev &&
	       stat_of.st_ino == self.st_ino;
}

bool command_is_own(const struct context_command *command, size_t *ret_skip)
{
	struct slice executable = str_slice(&command->executable);
	const struct fields *words = &command->plan_arguments;
	bool has_slash = memchr(executable.data, '/', executable.len) != NULL;

	if (!words->count)
		return false;
	if (has_slash ? !is_this_program(executable.data)
		      : !is_named(executable, "kiln", "python-cc"))
		return false;
	if (is_named(fields_at(words, 0), "python-cc", NULL)) {
		*ret_skip = 1;
		return true;
	}
	*ret_skip = 2;
	return words->count > 1 && slice_is(fields_at(words, 1), "cc");
}

/* Whether a file that can be run is there: 1, 0, -1 if that cannot be told. */
static int is_program(const char *path, struct error **err)
{
	struct stat found;

	if (access(path, X_OK) == 0 && stat(path, &found) == 0)
		return S_ISREG(found.st_mode);
	if (errno_kind(errno) == ERROR_INPUT)
		return 0;
	return fail_input(err, errno, path, "cannot examine");
}

int command_program(const struct context_command *command, struct str *ret, struct error **err)
{
	const char *name = str_c(&command->executable);
	struct slice path = slice_c(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	struct slice directory;
	size_t begin = ret->len;
	int there;

	if (strchr(name, '/')) {
		str_adds(ret, name);
		if (access(name, X_OK) < 0)
			return fail_input(err, errno, NULL, "cannot run '%s'", name);
		return 0;
	}
	while (slice_next(&path, ':', &directory)) {
		if (!directory.len || directory.data[0] != '/')
			continue; /* the program must not depend on the current directory */
		str_truncate(ret, begin);
		path_join(ret, directory, slice_c(name));
		there = is_program(str_c(ret) + begin, err);
		if (there)
			return there < 0 ? -1 : 0;
	}
	str_truncate(ret, begin);
	return fail_input(err, ENOENT, NULL, "cannot run '%s'", name);
}

static void set_variable(struct fields *environment, struct slice name, const char *value)
{
	autofree char *text = xasprintf("%.*s=%s", (int)name.len, name.data, value);

	fields_adds(environment, text);
}

static void pass_variable(struct fields *environment, const char *name)
{
	const char *value = getenv(name);

	if (value)
		set_variable(environment, slice_c(name), value);
}

/* Remove a variable. */
static void unset_variable(struct fields *environment, struct slice name)
{
	autofields struct fields kept = FIELDS_INIT;

	for (size_t i = 0; i < environment->count; i++) {
		struct slice entry = fields_at(environment, i);

		if (!slice_starts(entry, name) || entry.len == name.len ||
		    entry.data[name.len] != '=')
			fields_add(&kept, entry);
	}
	fields_release(environment);
	*environment = kept;
	kept = FIELDS_INIT;
}

void command_environment(const struct context_command *command, const struct fields *names,
    bool is_key, struct fields *ret)
{
	static const char *const passed[] = {"SOURCE_DATE_EPOCH", "PATH", "HOME", "TMPDIR"};
	size_t count = is_key ? 1 : sizeof(passed) / sizeof(*passed);

	for (size_t i = 0; i < count; i++)
		pass_variable(ret, passed[i]);
	set_variable(ret, SLICE_LITERAL("LC_ALL"), "C");
	for (size_t i = 0; i < names->count; i++) {
		unset_variable(ret, fields_at(names, i));
		pass_variable(ret, fields_at(names, i).data);
	}
	for (size_t i = 0; i < command->environment.count; i++) {
		struct slice entry = fields_at(&command->environment, i);
		const char *equals = memchr(entry.data, '=', entry.len);

		unset_variable(
		    ret, equals ? slice_of(entry.data, (size_t)(equals - entry.data)) : entry);
		if (equals)
			fields_add(ret, entry);
	}
}

void command_words(const struct context_command *command, struct fields *ret)
{
	fields_add_all(ret, &command->plan_arguments);
	fields_add_all(ret, &command->arguments);
}

static void add_head(const struct command_run *run, const struct fields *words, struct str *ret)
{
	str_addf(ret, "operation: %s\ndirectory: %s\nprogram: %s\n",
	    str_c(&run->command->operation), run->place.directory,
	    str_c(&run->command->executable));
	for (const char *const *entry = run->environment; entry && *entry; entry++)
		str_addf(ret, "environment: %s\n", *entry);
	str_adds(ret, "command: ");
	words_quote(words, ret);
	str_adds(ret, "\n\n");
}

static void add_tail(const struct command_usage *usage, const struct spawn_result *end,
    const char *ending, struct str *ret)
{
	str_addf(ret, "\n%s; %.3f s, %.3f s of the processor, %.1f MB\n", ending, usage->seconds,
	    usage_seconds(&end->usage), (double)usage->memory / 1e6);
}

/* Kill the processes that a killed program has left. This process is a subreaper, so they become
 * its children (proc(5)). Without /proc they end with the process group of this process. */
static void end_descendants(void)
{
	autostr struct str children = STR_INIT;
	char *at, *end;

	do {
		str_truncate(&children, 0);
		if (file_read("/proc/thread-self/children", CHILDREN_LIMIT, &children, NULL, NULL) <
		    0)
			return;
		for (at = children.data; children.len && *at; at = end) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			if (pid > 0)
				(void)kill((pid_t)pid, SIGKILL); /* it may have ended just now */
		}
	} while (waitpid(-1, NULL, 0) > 0);
}

/* Wait for a program, and kill it after `timeout` seconds (0: never). */
static int wait_within(
    pid_t pid, unsigned timeout, struct spawn_result *ret, bool *ret_late, struct error **err)
{
	*ret_late = timeout && !spawn_await(pid, timeout * 1000);
	if (*ret_late)
		(void)kill(pid, SIGKILL); /* it may have ended just now */
	if (spawn_wait(pid, ret, err) < 0)
		return -1;
	if (*ret_late)
		end_descendants();
	return 0;
}

static int open_streams(const struct command_run *run, struct place staged, struct spawn *spawn,
    int *ret_input, int *ret_output, struct error **err)
{
	if (run->command->input && run->source) {
		*ret_input = TEMP_FAILURE_RETRY(open(run->source, O_RDONLY | O_CLOEXEC | O_NOCTTY));
		if (*ret_input < 0)
			return fail_input(err, errno, run->source, "cannot open");
	}
	if (run->command->output) {
		*ret_output = place_open(staged, O_WRONLY | O_CREAT | O_EXCL, 0666);
		if (*ret_output < 0)
			return place_fail(staged, errno, "create", err);
	}
	spawn->input = *ret_input;
	spawn->output = *ret_output;
	return 0;
}

static int start_and_wait(const struct command_runner *command_runner,
    const struct command_run *run, struct place staged, const struct fields *words, int log,
    struct spawn_result *ret, bool *ret_late, struct error **err)
{
	autofree const char **arguments = fields_arguments(words);
	autostr struct str program = STR_INIT;
	autoclose int input = -1, output = -1;
	struct spawn spawn = {.arguments = arguments,
	    .environment = run->environment,
	    .directory = run->place.directory,
	    .root = run->place.root,
	    .error = log};
	pid_t pid;

	/* If this fails, a timeout kills the program, but not its descendants. */
	if (command_runner->timeout)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (command_program(run->command, &program, err) < 0)
		return -1;
	spawn.program = str_c(&program);
	if (open_streams(run, staged, &spawn, &input, &output, err) < 0 ||
	    spawn_start(&spawn, &pid, err) < 0)
		return -1;
	return wait_within(pid, command_runner->timeout, ret, ret_late, err);
}

static void describe_ending(const struct command_runner *command_runner,
    const struct spawn_result *end, bool late, struct str *ret)
{
	if (late)
		str_addf(ret, "ended after the time limit of %u s", command_runner->timeout);
	else
		spawn_describe(end->status, ret);
}

static void render_output(const struct command_runner *command_runner,
    const struct command_run *run, struct slice text, struct str *messages)
{
	struct json_writer json;
	struct slice line;

	if (command_runner->reporter->json) {
		json_begin(&json, messages);
		json_object(&json);
		json_member(&json, "event", "output");
		json_member_slice(&json, "operation", str_slice(&run->command->operation));
		if (run->source)
			json_member(&json, "path", run->source);
		json_member_slice(&json, "text", text);
		json_object_end(&json);
		str_addc(messages, '\n');
		return;
	}
	while (slice_next(&text, '\n', &line)) {
		if (!text.data && !line.len)
			break;
		str_add_printable(messages, line);
		str_addc(messages, '\n');
	}
}

/* Render the program's output: the log without its first `head` and last `tail` bytes. */
static void show_output(const struct command_runner *command_runner, const struct command_run *run,
    size_t head, size_t tail, struct str *messages)
{
	autostr struct str text = STR_INIT;
	size_t len;

	if (file_read_place(cc_place_of(&run->place, run->log), LOG_LIMIT, &text, NULL, NULL) < 0 ||
	    text.len <= head + tail)
		return;
	len = text.len - head - tail;
	render_output(command_runner, run,
	    slice_of(text.data + head, len < SHOWN_LIMIT ? len : SHOWN_LIMIT), messages);
}

struct program {
	struct tree_stage stage;
	struct file_writer log;
	struct fields words;	 /* of the command, as logged */
	struct fields executed;	 /* the same with paths in the stage */
	struct str stage_path;	 /* of the stage, for the program */
	struct str staged;	 /* path of the target in the stage */
	struct str dependencies; /* path of the dependency file in the stage, if there may be one */
};

static void program_release(struct program *program)
{
	file_writer_discard(&program->log);
	tree_stage_discard(&program->stage);
	fields_release(&program->words);
	fields_release(&program->executed);
	str_release(&program->stage_path);
	str_release(&program->staged);
	str_release(&program->dependencies);
}

/* Whether nobody else may replace a directory on the path to a place, the root included. */
static bool is_path_ours(struct place place)
{
	struct slice rest = slice_c(place.path);

	for (;;) {
		size_t len = rest.data ? (size_t)(rest.data - place.path) : 0;
		autofree char *path = xmemdup0(place.path, len ? len - 1 : 0);
		struct stat stat;
		struct slice part;

		if (place_stat(place_below(place.root, path, path), &stat) < 0 ||
		    trust_fault(&stat))
			return false;
		if (!slice_next(&rest, '/', &part) || !rest.data)
			return true;
	}
}

/* Find the path by which the program names the stage. */
static int name_stage(const struct command_run *run, struct program *program, struct error **err)
{
	struct place target = cc_place_of(&run->place, run->target);
	struct str *ret = &program->stage_path;

	if (target.root == AT_FDCWD) {
		str_adds(ret, program->stage.path);
		return 0;
	}
	if (is_path_ours(target)) {
		str_adds(ret, "./");
		path_join(ret, path_above(slice_c(target.path)), slice_c(program->stage.name));
		return 0;
	}
	str_addf(ret, "/proc/%ld/fd/%d", (long)getpid(), program->stage.fd);
	if (access(str_c(ret), F_OK) == 0)
		return 0;
	return fail(err, ERROR_INPUT,
	    "cannot run a program for '%s': others may write to a directory on the way to it, and "
	    "/proc is missing",
	    run->target);
}

/* Characters that end a path in a word. */
static const char path_ends[] = ",:;=\"' ";

/* Make the words to execute: with paths in the stage, and paths into the build directory that are
 * relative, so that nobody can redirect them by a link. */
static void set_staged_words(const struct command_run *run, struct program *program)
{
	autofree char *made = xasprintf("%s/" BUILD_DIRECTORY, run->place.directory);
	struct slice name = path_name(slice_c(run->target));
	autofields struct fields words = FIELDS_INIT;
	autofields struct fields staged = FIELDS_INIT;

	path_join(&program->staged, str_slice(&program->stage_path), name);
	words_replace(
	    &program->words, slice_c(run->target), str_slice(&program->staged), path_ends, &words);
	if (run->dependencies) {
		path_join(&program->dependencies, str_slice(&program->stage_path),
		    slice_c(dependencies_name(run)));
		words_replace(&words, slice_c(run->dependencies), str_slice(&program->dependencies),
		    path_ends, &staged);
	} else {
		fields_add_all(&staged, &words);
	}
	if (run->place.root)
		words_replace(&staged, slice_c(made), SLICE_LITERAL("./" BUILD_DIRECTORY), "/",
		    &program->executed);
	else
		fields_add_all(&program->executed, &staged);
}

static int read_dependencies(
    const struct command_run *run, const struct program *program, struct error **err)
{
	autoerror struct error *error = NULL;

	if (!run->dependencies ||
	    file_read_place(place_below(program->stage.fd, dependencies_name(run),
				str_c(&program->dependencies)),
		DEPFILE_LIMIT, run->ret_dependencies, NULL, &error) == 0)
		return 0;
	return error->number == ENOENT ? 0 : fail_with(err, steal(&error));
}

static int prepare_program(
    const struct command_run *run, struct program *program, size_t *ret_head, struct error **err)
{
	struct place log = cc_place_of(&run->place, run->log);
	autostr struct str head = STR_INIT;

	if (tree_stage_open(&program->stage, cc_place_of(&run->place, run->target), err) < 0 ||
	    name_stage(run, program, err) < 0)
		return -1;
	command_words(run->command, &program->words);
	set_staged_words(run, program);
	if (tree_make_parents(log, err) < 0 ||
	    file_writer_open(&program->log, log, file_default_mode(), err) < 0)
		return -1;
	add_head(run, &program->words, &head);
	*ret_head = head.len;
	return file_write_fd(program->log.fd, run->log, str_slice(&head), err);
}

static int run_program(const struct command_runner *command_runner, const struct command_run *run,
    struct str *messages, struct command_usage *ret, struct error **err)
{
	CLEANUP(program_release)
	struct program program = {.stage = TREE_STAGE_INIT, .log = FILE_WRITER_INIT};
	autostr struct str ending = STR_INIT;
	autostr struct str tail = STR_INIT;
	struct slice name = path_name(slice_c(run->target));
	double begun = clock_seconds();
	struct spawn_result end;
	size_t head;
	bool late;

	if (prepare_program(run, &program, &head, err) < 0 ||
	    start_and_wait(command_runner, run,
		place_below(program.stage.fd, name.data, str_c(&program.staged)), &program.executed,
		program.log.fd, &end, &late, err) < 0)
		return -1;
	ret->seconds = clock_seconds() - begun;
	ret->memory = usage_memory(&end.usage);
	describe_ending(command_runner, &end, late, &ending);
	add_tail(ret, &end, str_c(&ending), &tail);
	if (file_write_fd(program.log.fd, run->log, str_slice(&tail), err) < 0 ||
	    file_writer_commit(&program.log, 0, err) < 0)
		return -1;
	show_output(command_runner, run, head, tail.len, messages);
	if (late || !WIFEXITED(end.status) || WEXITSTATUS(end.status))
		return fail_at(err, run->source, 0, 0, NULL, "'%s' failed: %s; the log is '%s'",
		    str_c(&run->command->operation), str_c(&ending), run->log);
	if (read_dependencies(run, &program, err) < 0)
		return -1;
	if (tree_stage_commit_entry(&program.stage, name.data, err) == 0)
		return 0;
	if (err && (*err)->number == ENOENT)
		return fail_at(err, run->source, 0, 0, NULL,
		    "'%s' succeeded but did not create '%.*s'; the log is '%s'",
		    str_c(&run->command->operation), (int)name.len, name.data, run->log);
	return -1;
}

/* Make the path of an error about a unit's source absolute: the unit records the path below the
 * product. */
static void find_source(const struct command_run *run, struct error *error)
{
	autofree char *path = NULL;

	if (!error->path || error->path[0] == '/')
		return;
	path = xasprintf("%s/%s", run->place.directory, error->path);
	if (access(path, F_OK) < 0)
		return;
	free(error->path);
	error->path = steal(&path);
}

/* Run the words after the first `skip` as arguments of `kiln cc`, by the executable of another
 * CPython if the variant needs that. */
static int run_own(const struct command_run *run, const struct fields *words, size_t skip,
    struct notes *notes, struct error **err)
{
	autofree const char **arguments = fields_arguments(words);
	struct foreign_python *python;

	if (foreign_pythons_find(run->pythons, run->architecture, &python, err) < 0)
		return -1;
	if (words->count < skip)
		skip = words->count;
	if (python)
		return foreign_cc(python, &run->place, arguments + skip, notes, err);
	return cc_run(&run->place, arguments + skip, notes, err);
}

/* Log why a command of our own failed. */
static int log_failure(const struct command_run *run, const struct fields *words,
    const struct error *error, struct error **err)
{
	struct place log = cc_place_of(&run->place, run->log);
	autostr struct str text = STR_INIT;

	add_head(run, words, &text);
	if (error->path)
		str_addf(&text, "%s:%ld:%ld: ", error->path, error->line, error->column);
	str_addf(&text, "%s\n", error->message);
	if (tree_make_parents(log, err) < 0)
		return -1;
	return file_replace(log, str_slice(&text), file_default_mode(), 0, err);
}

int command_runner_run(const struct command_runner *command_runner, const struct command_run *run,
    struct str *messages, struct command_usage *ret, struct error **err)
{
	autofields struct fields words = FIELDS_INIT;
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	struct rusage usage;
	double begun;
	size_t skip;
	int result;

	if (!command_is_own(run->command, &skip))
		return run_program(command_runner, run, messages, ret, err);
	begun = clock_seconds();
	command_words(run->command, &words);
	result = run_own(run, &words, skip, &notes, &error);
	for (size_t i = 0; i < notes.count; i++)
		find_source(run, notes.items[i]);
	if (error)
		find_source(run, error);
	ret->seconds = clock_seconds() - begun;
	(void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for this process */
	ret->memory = usage_memory(&usage);
	reporter_render_notes(command_runner->reporter, &notes, messages);
	if (result == 0) {
		/* The log of an earlier failure; mostly there is none. */
		(void)tree_remove(cc_place_of(&run->place, run->log), NULL);
		return 0;
	}
	if (error->kind == ERROR_INPUT && log_failure(run, &words, error, err) < 0)
		return -1;
	return fail_with(err, steal(&error));
}
