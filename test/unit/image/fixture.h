/*
 * What the tests of images share: files to make images of, and what came out of it.
 */
#ifndef KILN_TEST_FIXTURE_H
#define KILN_TEST_FIXTURE_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/plan.h"

#include "suite.h"

static inline void put_parent(const char *path)
{
	struct slice parent = path_parent(slice_c(path));
	autofree char *name = xmemdup0(parent.data, parent.len);
	autoerror struct error *error = NULL;

	ck_ok(tree_make(place_at(name), &error), error);
}

/* A file, with the directories above it. */
static inline void put_slice(const char *path, struct slice content)
{
	autoerror struct error *error = NULL;

	put_parent(path);
	ck_ok(file_replace(place_at(path), content, 0644, 0, &error), error);
}

static inline void put(const char *path, const char *content)
{
	put_slice(path, slice_c(content));
}

static inline void put_directory(const char *path)
{
	autoerror struct error *error = NULL;

	ck_ok(tree_make(place_at(path), &error), error);
}

static inline void put_link(const char *path, const char *target)
{
	put_parent(path);
	ck_assert_int_eq(symlink(target, path), 0);
}

/* A file of that many NULs, without blocks on the disk. */
static inline void put_sparse(const char *path, off_t size)
{
	put(path, "");
	ck_assert_int_eq(truncate(path, size), 0);
}

/* Writing fails from here on, with EFBIG, where a file would grow beyond `size`. */
static inline void limit_file_size(rlim_t size)
{
	const struct rlimit limit = {size, size};

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Mount a file system of `size` at the new directory `path`, for this process. False if that is not
 * permitted. */
static inline bool mount_small(const char *path, const char *size)
{
	autofree char *options = xasprintf("size=%s", size);

	put_directory(path);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", path, "tmpfs", 0, options) == 0;
}

/* The output of a shell command, which must succeed. */
static inline char *run(const char *format, ...) error_format(1, 2);
static inline char *run(const char *format, ...)
{
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	autofree char *command = NULL;
	va_list arguments;
	FILE *pipe;

	va_start(arguments, format);
	ck_assert_int_ge(vasprintf(&command, format, arguments), 0);
	va_end(arguments);
	pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	ck_ok(file_read_fd(fileno(pipe), command, FILE_READ_LIMIT, &output, &error), error);
	ck_assert_msg(pclose(pipe) == 0, "failed: %s", command);
	return str_take(&output);
}

/* Fails the test unless the command's output is `expected`. */
#define ck_output(command, expected)                         \
	do {                                                 \
		autofree char *output_ = run("%s", command); \
		ck_assert_str_eq(output_, expected);         \
	} while (0)

/* The names in a directory, sorted, a line each. */
static inline char *names_in(const char *path)
{
	return run("ls -A '%s'", path);
}

#define ck_names(path, expected)                        \
	do {                                            \
		autofree char *names_ = names_in(path); \
		ck_assert_str_eq(names_, expected);     \
	} while (0)

/* The problems that were reported, a line each: "PATH: MESSAGE". */
struct problems {
	struct str text;
	size_t count;
	struct plan_listener listener;
};

static inline void problems_add(void *context, struct error *problem)
{
	struct problems *problems = context;

	ck_assert_ptr_nonnull(problem);
	str_addf(&problems->text, "%s: %s\n", problem->path ? problem->path : "", problem->message);
	problems->count++;
	error_free(problem);
}

static inline void problems_release(struct problems *problems)
{
	str_release(&problems->text);
}

/* Declare the variable `problems`. */
#define WITH_PROBLEMS                                                                             \
	CLEANUP(problems_release) struct problems problems = {STR_INIT, 0, {problems_add, NULL}}; \
	problems.listener.context = &problems

/* Fails the test unless there was one problem, whose text contains `expected`. */
static inline void ck_problem(const struct problems *problems, const char *expected)
{
	ck_assert_msg(problems->count == 1 && strstr(str_c(&problems->text), expected),
	    "'%s' is not one problem with '%s'", str_c(&problems->text), expected);
}

/* Add a SOURCE that is there, with these excludes. */
static inline void add_source(struct plan *plan, const char *source,
    const struct plan_options *options, struct problems *problems)
{
	static const struct plan_options no_options = {0};
	autoerror struct error *error = NULL;

	ck_ok(plan_add_source(
		  plan, source, options ? options : &no_options, &problems->listener, &error),
	    error);
}

static inline char item_letter(const struct item *item)
{
	switch (item->kind) {
	case ITEM_DIRECTORY:
		return 'd';
	case ITEM_PYTHON:
		return 'p';
	case ITEM_LINK:
		return 'l';
	default:
		return item->executable ? 'x' : 'f';
	}
}

/* Fails the test unless the finished plan has these items: a line each, such as "d pkg", "p
 * pkg/m.py", "l pkg/link -> target". */
static inline void ck_plan(const struct plan *plan, const char *expected)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

		ck_assert_uint_eq(item->path.data[item->path.len], '\0');
		ck_assert(path_is_confined(item->path));
		ck_assert_ptr_eq(map_get(&plan->by_path, item->path), item);
		str_addf(&text, "%c %s", item_letter(item), item->path.data);
		if (item->target)
			str_addf(&text, " -> %s", item->target);
		str_addc(&text, '\n');
	}
	ck_assert_str_eq(str_c(&text), expected);
}

/* The finished plan of one SOURCE without problems. */
static inline void ck_source(
    const char *source, const struct plan_options *options, const char *expected)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	add_source(&plan, source, options, &problems);
	ck_assert_str_eq(str_c(&problems.text), "");
	plan_finish(&plan);
	ck_plan(&plan, expected);
}

/* The plan of one SOURCE with one problem. */
static inline void ck_source_problem(const char *source, const char *problem, const char *expected)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	add_source(&plan, source, NULL, &problems);
	ck_problem(&problems, problem);
	ck_assert_uint_eq(plan.problems, 1);
	plan_finish(&plan);
	ck_plan(&plan, expected);
}

/* A SOURCE that cannot be added at all. */
static inline void ck_no_source(const char *source, enum error_kind kind, const char *message)
{
	const struct plan_options options = {0};
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	ck_fails(
	    plan_add_source(&plan, source, &options, &problems.listener, &error), error, message);
	ck_assert_int_eq(error->kind, kind);
	ck_assert_uint_eq(problems.count, 0);
}

#endif
