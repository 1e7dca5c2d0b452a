/*
 * What all unit tests share: suites, reported as TAP on standard output.
 *
 *	START_TEST(a_name_without_slash_has_parent_dot) { ... } END_TEST
 *	SUITE("base/path", a_name_without_slash_has_parent_dot, ...)
 *
 * The files of a folder are one program, test_FOLDER, which runs the suites that its arguments
 * name, such as "base/path", or all. Tests are named after the behaviour. Each runs in a process of
 * its own, and in a current directory of its own, which is empty and private at first and removed
 * afterwards.
 */
#ifndef KILN_TEST_SUITE_H
#define KILN_TEST_SUITE_H

#include <check.h>
#undef fail /* an obsolete name in Check, and a function of base/error.h */

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "expectations.h"

/* Fails the test with the error's message if `call` failed. */
#define ck_ok(call, error) \
	ck_assert_msg((call) >= 0, "%s", (error) ? (error)->message : "failed without an error")

/* Fails the test unless `call` failed with an error whose message contains `text`. */
#define ck_fails(call, error, text)                                                             \
	do {                                                                                    \
		ck_assert_msg((call) < 0, "did not fail");                                      \
		ck_assert_msg(error, "failed without an error");                                \
		ck_assert_msg(                                                                  \
		    strstr((error)->message, text), "'%s' lacks '%s'", (error)->message, text); \
	} while (0)

/* Steps of tests with files. Each fails the test if it cannot be done. */
void suite_make(const char *path);		       /* a directory with its parents */
void suite_put(const char *path, const char *text);    /* a file with this content */
void suite_expect(const char *path, const char *text); /* the file has this content */
bool suite_exists(const char *path);		       /* also as a link that leads nowhere */
mode_t suite_mode(const char *path);		       /* the permissions */
size_t suite_count(const char *path);		       /* of entries in a directory */

/* Make a chain of `depth` directories below `root`, each named "d"; `beside` is a link next to each
 * of them, or NULL. A descriptor of the last one, which the caller closes. */
int suite_chain(const char *root, size_t depth, const char *beside);

/* Let no more than `count` descriptors be open from here on. */
void suite_limit_descriptors(unsigned count);

/* Go on without the rights of root, if the test has them, but as owner of the current directory:
 * permissions hold from here on. */
void suite_drop_privileges(void);

/* Let renameat2() fail with EINVAL from here on, as on file systems that know none of its flags. */
void suite_refuse_rename_flags(void);

/* Let openat2() fail with a number from here on: ENOSYS as before Linux 5.6, or EPERM as where it
 * is filtered. */
void suite_refuse_openat2(int number);

/* A suite of the program, in static memory. */
struct suite {
	const char *name;			      /* "FOLDER/MODULE" */
	void (*fill)(Suite *suite, const char *name); /* adds its tests by suite_add() */
	struct suite *next;
};

/* Let the program have a suite; it is kept. */
void suite_register(struct suite *suite);

void suite_add(Suite *suite, const char *name, const TTest *const *tests, size_t count);

/* Once in a file: the suite of its tests. */
#define SUITE(suite_name, ...)                                                  \
	static void fill_suite(Suite *filled, const char *name)                 \
	{                                                                       \
		const TTest *const tests[] = {__VA_ARGS__};                     \
		suite_add(filled, name, tests, sizeof(tests) / sizeof(*tests)); \
	}                                                                       \
	__attribute__((constructor)) static void register_suite(void)           \
	{                                                                       \
		static struct suite suite = {suite_name, fill_suite, NULL};     \
		suite_register(&suite);                                         \
	}

#endif
