#include "suite.h"

#include <sys/wait.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "build/command_runner.h"

#define ck_fields(fields, ...)                                                             \
	do {                                                                               \
		const char *const expected_[] = {__VA_ARGS__};                             \
		ck_assert_uint_eq((fields).count, sizeof(expected_) / sizeof(*expected_)); \
		for (size_t i_ = 0; i_ < (fields).count; i_++)                             \
			ck_assert_str_eq(fields_at(&(fields), i_).data, expected_[i_]);    \
	} while (0)

static void add_words(struct fields *fields, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		fields_adds(fields, words[i]);
}

/* A command whose words are those of the plan. */
static void make_command(
    struct context_command *command, const char *executable, const char *const *words)
{
	str_adds(&command->executable, executable);
	str_adds(&command->operation, "forge");
	add_words(&command->plan_arguments, words);
}

#define COMMAND(executable, ...)                          \
	autocommand struct context_command command = {0}; \
	make_command(&command, executable, (const char *const[]){__VA_ARGS__, NULL})

/* What a script of the shell did with "target", given the stage's path as its first argument. */
struct performed {
	int result;
	struct error *error;
	struct str messages;
	struct command_usage usage;
	struct str log;
	struct str directory; /* absolute path of the current one */
};

static void performed_release(struct performed *performed)
{
	error_free(performed->error);
	str_release(&performed->messages);
	str_release(&performed->log);
	str_release(&performed->directory);
}

#define WITH_PERFORMED CLEANUP(performed_release) struct performed performed = {0}

static void perform(struct performed *ret, struct context_command *command,
    const struct command_runner *command_runner, const char *const *environment, const char *source)
{
	autofree char *target = NULL;
	struct foreign_pythons pythons = {.count = 0};
	struct command_run run = {
	    .command = command,
	    .environment = environment,
	    .source = source,
	    .log = "logs/deep/x.log",
	};

	ck_assert_int_eq(tree_resolve(".", &ret->directory, NULL), 0);
	target = xasprintf("%s/target", str_c(&ret->directory));
	run.target = target;
	run.place.directory = str_c(&ret->directory);
	run.pythons = &pythons;
	ret->result = command_runner_run(
	    command_runner, &run, &ret->messages, &ret->usage, &ret->error);
	if (suite_exists(run.log))
		ck_assert_int_eq(file_read(run.log, 1 << 20, &ret->log, NULL, NULL), 0);
}

/* Run a script; "$1" is the target. Nothing but what is expected is left beside it. */
static void run_script(struct performed *ret, const char *script, unsigned timeout, bool input,
    bool output, const char *source)
{
	autostr struct str directory = STR_INIT;
	autofree char *target = NULL;
	struct reporter reporter;
	struct command_runner command_runner = {&reporter, timeout};
	const char *environment[] = {"PATH=/usr/bin:/bin", "TOLD=yes", NULL};
	size_t before;

	ck_assert_int_eq(tree_resolve(".", &directory, NULL), 0);
	target = xasprintf("%s/target", str_c(&directory));
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	suite_make("logs");
	before = suite_count(".") + !suite_exists("target");
	{
		COMMAND("/bin/sh", "sh", "-c", script, "script", target);

		command.input = input;
		command.output = output;
		perform(ret, &command, &command_runner, environment, source);
	}
	ck_assert_uint_eq(suite_count("."), before - !suite_exists("target"));
}

static bool has(const struct str *text, const char *part)
{
	return strstr(str_c(text), part) != NULL;
}

START_TEST(what_a_program_made_takes_the_place_of_the_target)
{
	WITH_PERFORMED;

	suite_put("target", "old");
	run_script(&performed, "echo new > \"$1\"; cat target >&2", 0, false, false, NULL);
	ck_ok(performed.result, performed.error);
	suite_expect("target", "new\n");
	ck_assert_str_eq(str_c(&performed.messages), "old\n"); /* it was there until the end */
	ck_assert(performed.usage.seconds > 0 && performed.usage.memory > 100000);
}
END_TEST

START_TEST(a_program_tells_what_it_read_in_the_stage)
{
	autostr struct str directory = STR_INIT, messages = STR_INIT, told = STR_INIT;
	autofree char *target = NULL, *file = NULL;
	autoerror struct error *error = NULL;
	struct command_usage usage;
	struct reporter reporter;
	struct command_runner command_runner = {&reporter, 0};
	const char *environment[] = {"PATH=/usr/bin:/bin", NULL};

	ck_assert_int_eq(tree_resolve(".", &directory, NULL), 0);
	target = xasprintf("%s/d", str_c(&directory));
	file = xasprintf("%s.d", target);
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	for (int writes = 1; writes >= 0; writes--) {
		struct command_run run = {.environment = environment,
		    .place.directory = str_c(&directory),
		    .target = target,
		    .log = "log",
		    .dependencies = file,
		    .ret_dependencies = &told};
		COMMAND("/bin/sh", "sh", "-c",
		    writes ? "echo x > \"$1\"; echo x: y z > \"$2\"" : "echo x > \"$1\"", "script",
		    target, file);

		run.command = &command;
		str_truncate(&told, 0);
		ck_ok(command_runner_run(&command_runner, &run, &messages, &usage, &error), error);
		ck_assert_str_eq(str_c(&told), writes ? "x: y z\n" : "");
		suite_expect("d", "x\n");
		ck_assert_uint_eq(suite_count("."), 2); /* and the log */
	}
}
END_TEST

START_TEST(a_target_may_be_a_directory)
{
	WITH_PERFORMED;

	run_script(&performed, "mkdir \"$1\" && echo x > \"$1/x\"", 0, false, false, NULL);
	ck_ok(performed.result, performed.error);
	suite_expect("target/x", "x\n");
	ck_assert_str_eq(str_c(&performed.messages), "");
}
END_TEST

START_TEST(a_program_that_fails_leaves_the_target_and_no_stage)
{
	WITH_PERFORMED;

	suite_put("target", "old");
	run_script(&performed, "echo half > \"$1\"; echo it broke >&2; exit 3", 0, false, false,
	    "source.x");
	ck_fails(performed.result, performed.error, "'forge' failed: exit status 3; the log is");
	ck_assert_int_eq(performed.error->kind, ERROR_INPUT);
	ck_assert_str_eq(performed.error->path, "source.x");
	ck_assert_str_eq(str_c(&performed.messages), "it broke\n");
	ck_assert(has(&performed.log, "\nit broke\n") && has(&performed.log, "exit status 3"));
	suite_expect("target", "old");
}
END_TEST

START_TEST(a_program_that_is_killed_failed)
{
	WITH_PERFORMED;

	run_script(&performed, "echo half > \"$1\"; kill -9 $$", 0, false, false, NULL);
	ck_fails(performed.result, performed.error, "killed by signal 9");
	ck_assert(has(&performed.log, "killed by signal 9"));
	ck_assert(!suite_exists("target"));
}
END_TEST

START_TEST(a_program_that_takes_longer_than_it_may_is_ended)
{
	WITH_PERFORMED;

	run_script(&performed, "echo half > \"$1\"; exec sleep 600", 1, false, false, NULL);
	ck_fails(performed.result, performed.error, "ended after the time limit of 1 s");
	ck_assert(has(&performed.log, "ended after the time limit of 1 s"));
	ck_assert(performed.usage.seconds >= 1 && performed.usage.seconds < 300);
	ck_assert(!suite_exists("target"));
}
END_TEST

START_TEST(a_program_that_is_in_time_is_not)
{
	WITH_PERFORMED;

	run_script(&performed, "echo x > \"$1\"", 600, false, false, NULL);
	ck_ok(performed.result, performed.error);
	suite_expect("target", "x\n");
}
END_TEST

START_TEST(a_program_that_makes_nothing_failed)
{
	WITH_PERFORMED;

	suite_put("target", "old");
	run_script(&performed, "exit 0", 0, false, false, NULL);
	ck_fails(performed.result, performed.error, "succeeded but did not create 'target'");
	ck_assert_int_eq(performed.error->kind, ERROR_INPUT);
	suite_expect("target", "old");
}
END_TEST

START_TEST(a_program_that_cannot_be_run_failed)
{
	WITH_PERFORMED;
	struct reporter reporter;
	struct command_runner command_runner = {&reporter, 0};
	const char *environment[] = {NULL};
	COMMAND("/nowhere/forge", "forge");

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	suite_put("target", "old");
	perform(&performed, &command, &command_runner, environment, NULL);
	ck_fails(performed.result, performed.error, "cannot run '/nowhere/forge'");
	ck_assert_int_eq(performed.error->kind, ERROR_INPUT);
	suite_expect("target", "old");
}
END_TEST

START_TEST(standard_input_is_the_source_and_standard_output_the_target)
{
	WITH_PERFORMED;

	suite_put("source.x", "from the source");
	run_script(&performed, "cat", 0, true, true, "source.x");
	ck_ok(performed.result, performed.error);
	suite_expect("target", "from the source");
}
END_TEST

START_TEST(both_are_nothing_unless_the_command_wants_them)
{
	WITH_PERFORMED;

	suite_put("source.x", "from the source");
	run_script(&performed, "cat > \"$1\"; echo lost; readlink /proc/self/fd/0 >&2", 0, false,
	    false, "source.x");
	ck_ok(performed.result, performed.error);
	suite_expect("target", "");
	ck_assert_str_eq(str_c(&performed.messages), "/dev/null\n");
}
END_TEST

START_TEST(a_source_that_is_gone_is_an_error_about_it)
{
	WITH_PERFORMED;

	run_script(&performed, "cat", 0, true, true, "gone.x");
	ck_assert_int_lt(performed.result, 0);
	ck_assert_int_eq(performed.error->kind, ERROR_INPUT);
	ck_assert_str_eq(performed.error->path, "gone.x");
}
END_TEST

START_TEST(a_program_runs_in_its_directory_with_its_environment_and_no_other)
{
	WITH_PERFORMED;
	autofree char *expected = NULL;

	ck_assert_int_eq(setenv("SECRET", "1", true), 0);
	run_script(&performed,
	    "{ pwd; env | grep -v '^_=\\|^PWD=\\|^SHLVL=\\|^OLDPWD='; } | sort > \"$1\"", 0, false,
	    false, NULL);
	ck_ok(performed.result, performed.error);
	expected = xasprintf("%s\nPATH=/usr/bin:/bin\nTOLD=yes\n", str_c(&performed.directory));
	suite_expect("target", expected);
}
END_TEST

START_TEST(the_log_says_what_was_run_and_how_it_ended)
{
	WITH_PERFORMED;
	autofree char *command = NULL;

	run_script(&performed, "echo x > \"$1\"; echo said >&2", 0, false, false, NULL);
	ck_ok(performed.result, performed.error);
	command = xasprintf("\ncommand: sh -c 'echo x > \"$1\"; echo said >&2' script %s/target\n",
	    str_c(&performed.directory));
	ck_assert(has(&performed.log, "operation: forge\n"));
	ck_assert(has(&performed.log, "program: /bin/sh\n"));
	ck_assert(has(&performed.log, "environment: TOLD=yes\n"));
	ck_assert_msg(has(&performed.log, command), "%s", str_c(&performed.log));
	ck_assert(has(&performed.log, "\n\nsaid\n\nexit status 0; "));
}
END_TEST

START_TEST(what_is_said_is_shown_as_text)
{
	WITH_PERFORMED;

	run_script(
	    &performed, "echo x > \"$1\"; printf 'a\\033[2J\\n\\nb' >&2", 0, false, false, NULL);
	ck_ok(performed.result, performed.error);
	ck_assert_str_eq(str_c(&performed.messages), "a\\x1b[2J\n\nb\n");
}
END_TEST

/* Perform `kiln cc TARGET chapter.txt ...` in this process. */
static void perform_own(struct performed *ret, const char *key, const char *value)
{
	autostr struct str target = STR_INIT;
	struct reporter reporter;
	struct command_runner command_runner = {&reporter, 0};

	ck_assert_int_eq(tree_resolve("target", &target, NULL), 0);
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	suite_put("chapter.txt", "! ABSTRACT:\n\tText.\n");
	{
		COMMAND("kiln", "kiln", "cc");

		add_words(&command.arguments,
		    (const char *const[]){str_c(&target), "chapter.txt", "delineated", "json",
			"format", "text.kleptic", key, value, NULL});
		perform(ret, &command, &command_runner, NULL, "chapter.txt");
	}
}

START_TEST(a_command_of_this_program_is_performed_here)
{
	WITH_PERFORMED;

	perform_own(&performed, "factor", "x");
	ck_ok(performed.result, performed.error);
	ck_assert(suite_exists("target/elements.json"));
	ck_assert(!suite_exists("logs"));
	ck_assert_uint_gt(performed.usage.memory, 0);
}
END_TEST

START_TEST(one_that_fails_leaves_a_log_unless_it_was_called_wrongly)
{
	WITH_PERFORMED;
	CLEANUP(performed_release) struct performed wrong = {0};

	perform_own(&wrong, "delineated", "nonsense");
	ck_assert_int_lt(wrong.result, 0);
	ck_assert_int_eq(wrong.error->kind, ERROR_USAGE);
	suite_make("target/in/the/way");
	suite_put("chapter.txt", "");
	{
		struct reporter reporter;
		struct command_runner command_runner = {&reporter, 0};
		COMMAND("python-cc", "python-cc", "out", "missing.txt", "delineated", "json",
		    "format", "text.kleptic");

		reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
		perform(&performed, &command, &command_runner, NULL, "missing.txt");
	}
	ck_assert_int_lt(performed.result, 0);
	ck_assert_int_eq(performed.error->kind, ERROR_INPUT);
	ck_assert(has(&performed.log, "operation: forge\n") && has(&performed.log, "missing.txt") &&
		  has(&performed.log, "No such file"));
	ck_assert(!suite_exists("out"));
}
END_TEST

static bool is_own(const char *executable, const char *const *words, size_t *ret_skip)
{
	autocommand struct context_command command = {0};

	make_command(&command, executable, words);
	return command_is_own(&command, ret_skip);
}

START_TEST(own_commands_are_known_by_their_names_or_files)
{
	static const char *const cc[] = {"kiln", "cc", "out", NULL};
	static const char *const stand_in[] = {"python-cc", "out", NULL};
	static const char *const other[] = {"kiln", "build", NULL};
	static const char *const bare[] = {"kiln", NULL};
	static const char *const none[] = {NULL};
	size_t skip = 0;

	ck_assert(is_own("kiln", cc, &skip));
	ck_assert_uint_eq(skip, 2);
	ck_assert(is_own("python-cc", stand_in, &skip));
	ck_assert_uint_eq(skip, 1);
	ck_assert(is_own("kiln", stand_in, &skip));
	ck_assert_uint_eq(skip, 1);
	ck_assert(is_own("/proc/self/exe", cc, &skip)); /* this very program */
	ck_assert_int_eq(symlink("/proc/self/exe", "link"), 0);
	ck_assert(is_own("./link", stand_in, &skip));
	ck_assert(!is_own("/opt/other/kiln", cc, &skip));
	ck_assert(!is_own("cc", cc, &skip));
	ck_assert(!is_own("kiln", other, &skip));
	ck_assert(!is_own("kiln", bare, &skip));
	ck_assert(!is_own("kiln", none, &skip));
}
END_TEST

/* Make a program in a directory. */
static void put_program(const char *path)
{
	suite_put(path, "#!/bin/sh\n");
	ck_assert_int_eq(chmod(path, 0755), 0);
}

START_TEST(programs_are_found_in_absolute_directories_of_the_path)
{
	autostr struct str here = STR_INIT, found = STR_INIT;
	autofree char *path = NULL, *expected = NULL;
	autoerror struct error *error = NULL;
	COMMAND("tool", "tool");

	ck_assert_int_eq(tree_resolve(".", &here, NULL), 0);
	suite_make("a");
	suite_make("b");
	suite_make("no-file/tool");
	suite_make("no-program");
	put_program("a/tool");
	put_program("b/tool");
	suite_put("no-program/tool", "");
	path = xasprintf("a::%s/none:%s/no-file:%s/no-program:%s/b:%s/a", str_c(&here),
	    str_c(&here), str_c(&here), str_c(&here), str_c(&here));
	expected = xasprintf("before %s/b/tool", str_c(&here));
	ck_assert_int_eq(setenv("PATH", path, true), 0);
	str_adds(&found, "before ");
	ck_ok(command_program(&command, &found, &error), error);
	ck_assert_str_eq(str_c(&found), expected);
	ck_assert_int_eq(setenv("PATH", "a:b:/nowhere", true), 0);
	str_truncate(&found, 7);
	ck_fails(command_program(&command, &found, &error), error, "cannot run 'tool'");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(str_c(&found), "before ");
}
END_TEST

START_TEST(a_path_is_a_program_if_it_can_be_run)
{
	autostr struct str found = STR_INIT;
	autoerror struct error *error = NULL;
	COMMAND("./data", "data");

	suite_put("data", "");
	ck_fails(command_program(&command, &found, &error), error, "cannot run './data'");
	str_truncate(&found, 0);
	put_program("data");
	ck_assert_int_eq(command_program(&command, &found, NULL), 0);
	ck_assert_str_eq(str_c(&found), "./data");
}
END_TEST

START_TEST(an_environment_is_a_few_variables_those_named_and_those_of_the_plan)
{
	autofields struct fields names = FIELDS_INIT, environment = FIELDS_INIT;
	COMMAND("x", "x");

	ck_assert_int_eq(clearenv(), 0);
	ck_assert_int_eq(setenv("PATH", "/p", true) | setenv("HOME", "/h", true) |
			     setenv("LC_ALL", "de_DE", true) | setenv("OTHER", "no", true) |
			     setenv("NAMED", "1", true) | setenv("PLANNED", "no", true) |
			     setenv("SOURCE_DATE_EPOCH", "5", true),
	    0);
	add_words(&names, (const char *const[]){"NAMED", "UNSET", NULL});
	add_words(
	    &command.environment, (const char *const[]){"PLANNED=yes=so", "HOME", "PATHS=", NULL});
	command_environment(&command, &names, false, &environment);
	ck_fields(environment, "SOURCE_DATE_EPOCH=5", "PATH=/p", "LC_ALL=C", "NAMED=1",
	    "PLANNED=yes=so", "PATHS=");
	fields_truncate(&environment, 0);
	command_environment(&command, &names, true, &environment);
	ck_fields(
	    environment, "SOURCE_DATE_EPOCH=5", "LC_ALL=C", "NAMED=1", "PLANNED=yes=so", "PATHS=");
}
END_TEST

START_TEST(all_words_are_those_of_the_plan_and_the_composed_ones)
{
	autofields struct fields words = FIELDS_INIT;
	COMMAND("x", "name", "planned");

	add_words(&command.arguments, (const char *const[]){"composed", "", NULL});
	command_words(&command, &words);
	ck_fields(words, "name", "planned", "composed", "");
}
END_TEST

/* Replace "/p/a" by "/stage/a" in one word. */
static void check_replaced(const char *word, const char *expected)
{
	autofields struct fields words = FIELDS_INIT, replaced = FIELDS_INIT;

	fields_adds(&words, word);
	words_replace(&words, SLICE_LITERAL("/p/a"), SLICE_LITERAL("/stage/a"), ",:=", &replaced);
	ck_assert_uint_eq(replaced.count, 1);
	ck_assert_str_eq(fields_at(&replaced, 0).data, expected);
}

START_TEST(words_are_replaced_where_the_path_is_a_whole_one)
{
	check_replaced("/p/a", "/stage/a");
	check_replaced("-o/p/a", "-o/stage/a");
	check_replaced("-Wl,/p/a,/p/a:x=/p/a", "-Wl,/stage/a,/stage/a:x=/stage/a");
	check_replaced("/p/a.d", "/p/a.d");
	check_replaced("/p/ab", "/p/ab");
	check_replaced("/p/a/b", "/p/a/b");
	check_replaced("/p/a/p/a", "/p/a/p/a");
	check_replaced("/usr/p/a:/p/a", "/usr/p/a:/stage/a");
	check_replaced("/p/", "/p/");
	check_replaced("", "");
}
END_TEST

START_TEST(replaced_words_are_appended)
{
	autofields struct fields words = FIELDS_INIT, replaced = FIELDS_INIT;

	add_words(&words, (const char *const[]){"x", "", "y", NULL});
	fields_adds(&replaced, "first");
	words_replace(&words, SLICE_LITERAL("y"), SLICE_LITERAL(""), "", &replaced);
	ck_fields(replaced, "first", "x", "", "");
}
END_TEST

/* The shell reads what was quoted as the same words. */
static void check_quoted(const char *const *words, const char *expected)
{
	autofields struct fields fields = FIELDS_INIT;
	autostr struct str quoted = STR_INIT, script = STR_INIT, all = STR_INIT;
	autofree char *command = NULL;
	FILE *pipe;
	int c;

	add_words(&fields, words);
	words_quote(&fields, &quoted);
	if (expected)
		ck_assert_str_eq(str_c(&quoted), expected);
	for (size_t i = 0; words[i]; i++)
		str_addf(&all, "%s|", words[i]);
	command = xasprintf("printf '%%s|' %s", str_c(&quoted));
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	while ((c = getc(pipe)) != EOF)
		str_addc(&script, (char)c);
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert_str_eq(str_c(&script), str_c(&all));
}

START_TEST(words_are_quoted_as_a_shell_takes_them)
{
	char every[256 + 1];

	check_quoted((const char *const[]){"cc", "-o", "/a/b.o", "x=y", NULL}, "cc -o /a/b.o x=y");
	check_quoted((const char *const[]){"", "a b", "it's", NULL}, "'' 'a b' 'it'\\''s'");
	check_quoted((const char *const[]){"$HOME", "`x`", "*", "~", "#", "\\", "a\nb", "\"", "ä",
			 "!", "&;<>(){}[]|?", NULL},
	    NULL);
	for (size_t i = 0; i < 255; i++)
		every[i] = (char)(i + 1);
	every[255] = '\0';
	check_quoted((const char *const[]){every, NULL}, NULL);
}
END_TEST

SUITE("build/command_runner", what_a_program_made_takes_the_place_of_the_target,
    a_program_tells_what_it_read_in_the_stage, a_target_may_be_a_directory,
    a_program_that_fails_leaves_the_target_and_no_stage, a_program_that_is_killed_failed,
    a_program_that_takes_longer_than_it_may_is_ended, a_program_that_is_in_time_is_not,
    a_program_that_makes_nothing_failed, a_program_that_cannot_be_run_failed,
    standard_input_is_the_source_and_standard_output_the_target,
    both_are_nothing_unless_the_command_wants_them, a_source_that_is_gone_is_an_error_about_it,
    a_program_runs_in_its_directory_with_its_environment_and_no_other,
    the_log_says_what_was_run_and_how_it_ended, what_is_said_is_shown_as_text,
    a_command_of_this_program_is_performed_here,
    one_that_fails_leaves_a_log_unless_it_was_called_wrongly,
    own_commands_are_known_by_their_names_or_files,
    programs_are_found_in_absolute_directories_of_the_path, a_path_is_a_program_if_it_can_be_run,
    an_environment_is_a_few_variables_those_named_and_those_of_the_plan,
    all_words_are_those_of_the_plan_and_the_composed_ones,
    words_are_replaced_where_the_path_is_a_whole_one, replaced_words_are_appended,
    words_are_quoted_as_a_shell_takes_them)
