/*
 * What the tests of archives share.
 */
#ifndef KILN_TEST_ARCHIVES_H
#define KILN_TEST_ARCHIVES_H

#include "image/archive.h"
#include "image/directory.h"

#include "fixture.h"

/* Write a plan, in the form of the path. */
static inline int write_plan(const char *path, const struct plan *plan, int stage, int64_t time,
    struct problems *problems, bool (*interrupted)(void), struct error **err)
{
	struct archive_options options = {
	    .threads = 1,
	    .time = time,
	    .reader = {path, stage, &problems->listener, interrupted},
	};

	if (image_form_of_name(slice_c(path), &options.form, err) < 0)
		return -1;
	return archive_write(&options, plan, err);
}

/* Write the plan of the directory `source`. */
static inline int write_source(const char *path, const char *source, struct problems *problems,
    bool (*interrupted)(void), struct error **err)
{
	autoplan struct plan plan = {0};

	add_source(&plan, source, NULL, problems);
	plan_finish(&plan);
	return write_plan(path, &plan, -1, BUNDLE_EPOCH, problems, interrupted, err);
}

/* Write it, without any problem. */
static inline void archive_source(const char *path, const char *source)
{
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	ck_ok(write_source(path, source, &problems, NULL, &error), error);
	ck_assert_str_eq(str_c(&problems.text), "");
}

static inline size_t count_in_file(const char *path, const char *text)
{
	autostr struct str content = STR_INIT;
	autoerror struct error *error = NULL;
	const char *at;
	size_t count = 0;

	ck_ok(file_read(path, FILE_READ_LIMIT, &content, NULL, &error), error);
	at = content.data;
	while ((at = memmem(at, (size_t)(content.data + content.len - at), text, strlen(text)))) {
		at++;
		count++;
	}
	return count;
}

/* Fails the test unless GNU tar extracts from an archive of `src` just what is in there. */
static inline void ck_round_trip(const char *locale)
{
	autofree char *output = NULL;

	archive_source("out.tar", "src");
	output = run(
	    "LC_ALL=%s && export LC_ALL && mkdir to && "
	    "tar --warning=no-unknown-keyword -C to -xf out.tar 2>&1 && "
	    "diff -r --no-dereference src to && (cd src && find . -print0 | sort -z) > 1 && "
	    "(cd to && find . -print0 | sort -z) > 2 && cmp 1 2 && rm -r to",
	    locale);
	ck_assert_str_eq(output, "");
}

#endif
