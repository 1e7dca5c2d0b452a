/*
 * What the tests of compiling share: sources, and what was made of them.
 */
#ifndef KILN_TEST_COMPILING_H
#define KILN_TEST_COMPILING_H

#include <errno.h>
#include <limits.h>

#include "image/directory.h"
#include "python/interpreter.h"
#include "ship/compile_item.h"

#include "image/fixture.h"

static const struct reporter plain = {0};

/* Level 0 in the layout `source`, without constants. */
static const struct compile_options usual = {
    .levels = {true, false, false},
    .check = CHECK_UNCHECKED_HASH,
    .time = 1234567890,
    .reporter = &plain,
};

/* A source in an image: PATH in the image is in/PATH outside. */
static inline struct item make_item(const char *path, const char *content)
{
	autofree char *inside = xasprintf("out/%s", path);
	char *origin = xasprintf("in/%s", path);

	put_parent(inside);
	if (content)
		put(origin, content);
	return (struct item){.kind = ITEM_PYTHON, .path = slice_c(path), .origin = origin};
}

static inline void release_item(struct item *item)
{
	free((char *)item->origin);
}
#define autoitem CLEANUP(release_item)

/* Compile into the directory `out`. */
static inline int compile_into(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	autoclose int root = -1;
	bool is_cached;

	put_directory("out");
	root = open("out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	return compile_item(root, item, options, report, &is_cached, err);
}

static inline void start(void)
{
	autoerror struct error *error = NULL;

	ck_ok(interpreter_start(&error), error);
}

/* Compile a source that is right, without a word. */
static inline void compile_source(
    const char *path, const char *content, const struct compile_options *options)
{
	autoitem struct item item = make_item(path, content);
	autostr struct str report = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(compile_into(&item, options, &report, &error), error);
	ck_assert_str_eq(str_c(&report), "");
}

/* Compile a source that is wrong. The error has kind ERROR_INPUT and the source as its place. */
static inline struct error *compile_wrong(
    const struct item *item, const struct compile_options *options)
{
	autostr struct str report = STR_INIT;
	struct error *error = NULL;

	ck_assert_int_eq(compile_into(item, options, &report, &error), -1);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, item->origin);
	return error;
}

static inline struct str content_of(const char *path)
{
	struct str content = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read(path, FILE_READ_LIMIT, &content, NULL, &error), error);
	return content;
}

static inline bool same_content(const char *a, const char *b)
{
	autostr struct str first = content_of(a);
	autostr struct str second = content_of(b);

	return slice_equal(str_slice(&first), str_slice(&second));
}

static inline bool file_contains(const char *path, const char *text)
{
	autostr struct str content = content_of(path);

	return memmem(content.data, content.len, text, strlen(text)) != NULL;
}

/* Fails the test unless `path` has this mode and the usual time. */
static inline void ck_entry(const char *path, mode_t mode)
{
	struct stat stat;

	ck_assert_int_eq(lstat(path, &stat), 0);
	ck_assert_msg((stat.st_mode & 07777) == mode, "%s has mode %o", path, stat.st_mode);
	if (!S_ISDIR(stat.st_mode))
		ck_assert_int_eq(stat.st_mtim.tv_sec, usual.time);
}

#endif
