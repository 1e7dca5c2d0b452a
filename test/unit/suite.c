#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/tree.h"

#define NOBODY 65534

/* Seconds: far more than any test needs, also under valgrind, but not for ever. */
#define TIMEOUT 120

/* Fixtures are called without arguments: what they share is here. */
static char directory[PATH_MAX];
static bool left_behind;

/* What constructors have registered, the last one first. */
static struct suite *suites;

static void enter_directory(void)
{
	const char *parent = getenv("TMPDIR");

	(void)snprintf(directory, sizeof(directory), "%s/kiln-test-XXXXXX",
	    parent && *parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) < 0)
		ck_abort_msg("cannot make '%s': %s", directory, strerror(errno));
}

static void remove_directory(void)
{
	autoerror struct error *error = NULL;

	if (chdir("/") < 0 || tree_remove(place_at(directory), &error) < 0) {
		(void)fprintf(stderr, "%s\n", error ? error->message : "cannot leave");
		left_behind = true;
	}
}

void suite_make(const char *path)
{
	autoerror struct error *error = NULL;

	ck_ok(tree_make(place_at(path), &error), error);
}

void suite_put(const char *path, const char *text)
{
	autoerror struct error *error = NULL;

	ck_ok(file_replace(place_at(path), slice_c(text), 0644, 0, &error), error);
}

void suite_expect(const char *path, const char *text)
{
	autostr struct str content = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read(path, FILE_READ_LIMIT, &content, NULL, &error), error);
	ck_assert_str_eq(str_c(&content), text);
}

bool suite_exists(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0;
}

mode_t suite_mode(const char *path)
{
	struct stat stat;

	ck_assert_int_eq(lstat(path, &stat), 0);
	return stat.st_mode & 07777;
}

size_t suite_count(const char *path)
{
	autoclosedir DIR *entries = opendir(path);
	size_t count = 0;

	ck_assert_ptr_nonnull(entries);
	while (readdir(entries))
		count++;
	return count - 2; /* "." and ".." */
}

void suite_drop_privileges(void)
{
	if (geteuid() != 0)
		return;
	if (chown(".", NOBODY, NOBODY) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		ck_abort_msg("cannot drop privileges: %s", strerror(errno));
	/* The change has made /proc/self root's, which sanitizers and fchmodat() need. */
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void filter_calls(struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = {(unsigned short)count, filter};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

void suite_refuse_rename_flags(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter_calls(filter, sizeof(filter) / sizeof(*filter));
}

void suite_refuse_openat2(int number)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)number),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter_calls(filter, sizeof(filter) / sizeof(*filter));
}

int suite_chain(const char *root, size_t depth, const char *beside)
{
	int fd;

	suite_make(root);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < depth; i++) {
		int next;

		ck_assert_int_eq(mkdirat(fd, "d", 0755), 0);
		if (beside)
			ck_assert_int_eq(symlinkat("x", fd, beside), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(next, 0);
		close(fd);
		fd = next;
	}
	return fd;
}

static struct rlimit descriptors;

/* The sanitizer for leaks opens files when the test's process ends. */
static void restore_descriptors(void)
{
	(void)setrlimit(RLIMIT_NOFILE, &descriptors);
}

void suite_limit_descriptors(unsigned count)
{
	struct rlimit limit;

	if (descriptors.rlim_max == 0) {
		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
		ck_assert_int_eq(atexit(restore_descriptors), 0);
	}
	limit = descriptors;
	limit.rlim_cur = count;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A case of its own for each test, because only a case's fixture runs outside of the test's
 * process, where it also cleans up after one that failed. */
static TCase *case_of(const char *name, const TTest *test)
{
	TCase *result = tcase_create(name);

	tcase_add_unchecked_fixture(result, enter_directory, remove_directory);
	tcase_set_timeout(result, TIMEOUT);
	tcase_add_test(result, test);
	return result;
}

void suite_register(struct suite *suite)
{
	suite->next = suites;
	suites = suite;
}

void suite_add(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		suite_add_tcase(suite, case_of(name, tests[i]));
}

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++) {
		if (strcmp(name, *wanted) == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	int failed, count = 0;

	(void)argc; /* the arguments end with NULL */
	for (struct suite *suite = suites; suite; suite = suite->next) {
		Suite *filled;

		if (!is_wanted(suite->name, argv + 1))
			continue;
		filled = suite_create(suite->name);
		suite->fill(filled, suite->name);
		srunner_add_suite(runner, filled);
		count++;
	}
	if (!count) {
		(void)fprintf(stderr, "%s: no suite of that name\n", argv[0]);
		return EXIT_FAILURE;
	}
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed || left_behind ? EXIT_FAILURE : EXIT_SUCCESS;
}
