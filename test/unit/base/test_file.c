#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/content.h"
#include "base/file.h"

#define LIMIT ((size_t)1 << 26)

START_TEST(a_file_is_appended_whole_and_described)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct stat stat;

	suite_put("file", "content");
	str_adds(&text, "before ");
	ck_ok(file_read("file", LIMIT, &text, &stat, &error), error);
	ck_assert_str_eq(str_c(&text), "before content");
	ck_assert_int_eq(stat.st_size, 7);
	ck_assert(S_ISREG(stat.st_mode));
}
END_TEST

START_TEST(an_empty_file_has_no_content)
{
	suite_put("file", "");
	suite_expect("file", "");
}
END_TEST

START_TEST(a_file_whose_size_is_unknown_is_read_to_its_end)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct stat stat;

	ck_ok(file_read("/proc/self/maps", LIMIT, &text, &stat, &error), error);
	ck_assert_int_eq(stat.st_size, 0);
	ck_assert_uint_gt(text.len, 0);
	ck_assert_int_eq(text.data[text.len - 1], '\n');
}
END_TEST

START_TEST(the_limit_is_the_largest_size)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	suite_put("file", "12345");
	ck_ok(file_read("file", 5, &text, NULL, &error), error);
	ck_assert_str_eq(str_c(&text), "12345");
	ck_fails(file_read("file", 4, &text, NULL, &error), error, "larger than 4 bytes");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "file");
	ck_assert_str_eq(str_c(&text), "12345");
}
END_TEST

START_TEST(the_limit_holds_for_unknown_sizes)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	str_adds(&text, "before");
	ck_fails(
	    file_read("/proc/self/maps", 10, &text, NULL, &error), error, "larger than 10 bytes");
	ck_assert_str_eq(str_c(&text), "before");
}
END_TEST

START_TEST(a_sparse_file_of_terabytes_is_refused_by_its_size)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	suite_put("file", "");
	if (truncate("file", (off_t)1 << 42) < 0) /* or as far as this file system goes */
		ck_assert_int_eq(truncate("file", (off_t)1 << 33), 0);
	ck_fails(file_read("file", FILE_READ_LIMIT, &text, NULL, &error), error, "larger than");
	ck_assert_uint_eq(text.capacity, 0);
}
END_TEST

static void check_refused(const char *path, const char *message)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	ck_assert_int_eq(file_read(path, LIMIT, &text, NULL, &error), -1);
	ck_assert_str_eq(error->message, message);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, path);
	ck_assert_uint_eq(text.len, 0);
}

START_TEST(what_is_no_regular_file_is_named)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(mkdir("directory", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	ck_assert_int_eq(symlink("fifo", "link"), 0);
	check_refused("directory", "is a directory, not a regular file");
	check_refused("fifo", "is a FIFO, not a regular file");
	check_refused("link", "is a FIFO, not a regular file");
	check_refused("socket", "is a socket, not a regular file");
	check_refused("/dev/zero", "is a character device, not a regular file");
}
END_TEST

START_TEST(what_was_a_regular_file_may_be_none_any_more)
{
	autostr struct str text = STR_INIT;
	struct stat stat;

	suite_put("file", "text");
	ck_assert_int_eq(mkdir("directory", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	ck_assert_int_eq(file_read_known("file", 4, &text, &stat, NULL), 0);
	ck_assert_str_eq(str_c(&text), "text");
	ck_assert_int_eq(stat.st_size, 4);
	for (size_t i = 0; i < 4; i++) {
		static const struct {
			const char *path, *problem;
		} cases[] = {{"directory", "is a directory, not a regular file"},
		    {"fifo", "is a FIFO, not a regular file"},
		    {"/dev/zero", "is a character device, not a regular file"},
		    {"gone", "cannot open: No such file or directory"}};
		autoerror struct error *error = NULL;

		ck_fails(file_read_known(cases[i].path, 4, &text, &stat, &error), error,
		    cases[i].problem);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(str_c(&text), "text");
	}
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_has_its_reason)
{
	suite_drop_privileges();
	suite_put("secret", "x");
	ck_assert_int_eq(chmod("secret", 0), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	check_refused("missing", "cannot open: No such file or directory");
	check_refused("", "cannot open: No such file or directory");
	check_refused("secret/below", "cannot open: Not a directory");
	check_refused("secret", "cannot open: Permission denied");
	check_refused("loop", "cannot open: Too many levels of symbolic links");
}
END_TEST

/* A process that writes `count` times ten bytes to a pipe, slowly, and ends; *ret_fd is the other
 * end. */
static pid_t start_writer(int count, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (int i = 0; i < count; i++) {
			if (write(ends[1], "0123456789", 10) != 10)
				_exit(1);
			usleep(1000);
		}
		_exit(0);
	}
	close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

static void do_nothing(int number)
{
	(void)number;
}

/* A signal every millisecond that interrupts what is under way. */
static void start_interrupting(void)
{
	struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */
	struct itimerval interval = {{0, 1000}, {0, 1000}};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &interval, NULL), 0);
}

static void check_slow_reading(int flags)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	int fd, status;
	pid_t pid = start_writer(50, &fd);

	ck_assert_int_eq(fcntl(fd, F_SETFL, flags), 0);
	start_interrupting();
	ck_ok(file_read_fd(fd, "pipe", LIMIT, &text, &error), error);
	ck_assert_uint_eq(text.len, 500);
	ck_assert(slice_ends(str_slice(&text), SLICE_LITERAL("90123456789")));
	close(fd);
	ck_assert_int_eq(TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)), pid);
}

START_TEST(interrupted_reading_goes_on)
{
	check_slow_reading(0);
}
END_TEST

START_TEST(a_non_blocking_descriptor_is_waited_for)
{
	check_slow_reading(O_NONBLOCK);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_read_is_an_error)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	autoclose int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_fails(file_read_fd(fd, "<stdin>", LIMIT, &text, &error), error,
	    "cannot read: Is a directory");
	ck_assert_str_eq(error->path, "<stdin>");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(the_limit_holds_for_descriptors)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	autoclose int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	ck_fails(
	    file_read_fd(zero, "zero", 1000000, &text, &error), error, "larger than 1000000 bytes");
	ck_fails(file_read_fd(zero, "zero", 0, &text, &error), error, "larger than 0 bytes");
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

static void check_slow_writing(int flags)
{
	static char data[1000000];
	autoerror struct error *error = NULL;
	int ends[2], status;
	pid_t pid;

	memset(data, 'x', sizeof(data));
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		size_t total = 0;
		char buffer[50000];
		ssize_t count;

		close(ends[1]);
		while ((count = read(ends[0], buffer, sizeof(buffer))) > 0) {
			total += (size_t)count;
			usleep(1000);
		}
		_exit(total == sizeof(data) ? 0 : 1);
	}
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, flags), 0);
	start_interrupting();
	ck_ok(file_write_fd(ends[1], "pipe", slice_of(data, sizeof(data)), &error), error);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(short_and_interrupted_writes_are_completed)
{
	check_slow_writing(0);
}
END_TEST

START_TEST(a_non_blocking_descriptor_is_written_completely)
{
	check_slow_writing(O_NONBLOCK);
}
END_TEST

START_TEST(a_full_device_is_an_error)
{
	autoerror struct error *error = NULL;
	autoclose int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_fails(file_write_fd(fd, "out", SLICE_LITERAL("x"), &error), error,
	    "cannot write 'out': No space left on device");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, ENOSPC);
}
END_TEST

START_TEST(a_result_appears_when_it_is_committed)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;

	suite_put("file", "old");
	ck_ok(file_writer_open(&writer, place_at("file"), 0640, &error), error);
	ck_assert_int_eq(suite_mode(writer.temporary), 0600);
	ck_ok(file_write_fd(writer.fd, "file", SLICE_LITERAL("new"), &error), error);
	suite_expect("file", "old");
	ck_ok(file_writer_commit(&writer, 0, &error), error);
	suite_expect("file", "new");
	ck_assert_int_eq(suite_mode("file"), 0640);
	ck_assert_uint_eq(suite_count("."), 1);
	ck_assert_ptr_null(writer.temporary);
	ck_assert_int_eq(writer.fd, -1);
}
END_TEST

START_TEST(what_is_not_committed_leaves_nothing)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;

	file_writer_discard(&writer);
	suite_put("file", "old");
	ck_ok(file_writer_open(&writer, place_at("file"), 0644, &error), error);
	ck_assert_uint_eq(suite_count("."), 2);
	file_writer_discard(&writer);
	file_writer_discard(&writer);
	ck_assert_uint_eq(suite_count("."), 1);
	suite_expect("file", "old");
}
END_TEST

START_TEST(the_mode_does_not_depend_on_the_umask)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	autoerror struct error *error = NULL;

	suite_drop_privileges();
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		umask(masks[i]);
		ck_ok(file_replace(place_at("file"), SLICE_LITERAL("x"), 0755, 0, &error), error);
		ck_assert_int_eq(suite_mode("file"), 0755);
	}
}
END_TEST

START_TEST(synchronized_results_are_written_too)
{
	autoerror struct error *error = NULL;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	ck_ok(
	    file_replace(place_at("sub/file"), SLICE_LITERAL("x"), 0644, FILE_SYNC, &error), error);
	ck_ok(file_replace(
		  place_at("file"), SLICE_LITERAL("y"), 0644, FILE_SYNC | FILE_EXCLUSIVE, &error),
	    error);
	suite_expect("sub/file", "x");
	suite_expect("file", "y");
}
END_TEST

static void check_exclusive(void)
{
	autoerror struct error *error = NULL;

	ck_ok(
	    file_replace(place_at("new"), SLICE_LITERAL("x"), 0640, FILE_EXCLUSIVE, &error), error);
	suite_expect("new", "x");
	ck_assert_int_eq(suite_mode("new"), 0640);
	ck_fails(file_replace(place_at("new"), SLICE_LITERAL("y"), 0644, FILE_EXCLUSIVE, &error),
	    error, "cannot write 'new': File exists");
	ck_assert_int_eq(error->number, EEXIST);
	suite_expect("new", "x");
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_fails(file_replace(place_at("link"), SLICE_LITERAL("y"), 0644, FILE_EXCLUSIVE, &error),
	    error, "File exists");
	ck_assert_uint_eq(suite_count("."), 2);
}

START_TEST(an_exclusive_result_replaces_nothing)
{
	check_exclusive();
}
END_TEST

START_TEST(an_exclusive_result_replaces_nothing_where_rename_cannot_tell)
{
	suite_refuse_rename_flags();
	check_exclusive();
}
END_TEST

START_TEST(a_link_to_an_open_file_is_not_replaced)
{
	autoerror struct error *error = NULL;
	autofree char *target = NULL;
	autoclose int fd = -1;
	struct stat stat;

	suite_put("open", "x");
	fd = open("open", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	target = xasprintf("/proc/self/fd/%d", fd);
	ck_assert_int_eq(symlink(target, "stream"), 0);
	ck_fails(file_replace(place_at("stream"), SLICE_LITERAL("y"), 0644, 0, &error), error,
	    "cannot write 'stream': it is a link to an open file of a process");
	ck_assert_int_eq(lstat("stream", &stat), 0);
	ck_assert(S_ISLNK(stat.st_mode));
}
END_TEST

START_TEST(a_link_is_replaced_and_not_followed)
{
	suite_put("target", "old");
	ck_assert_int_eq(symlink("target", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	suite_put("link", "new");
	suite_put("dangling", "new");
	suite_put("loop", "new");
	suite_expect("target", "old");
	suite_expect("link", "new");
	suite_expect("dangling", "new");
	suite_expect("loop", "new");
	ck_assert_int_eq(access("nowhere", F_OK), -1);
}
END_TEST

static void check_target_refused(const char *path, const char *message)
{
	autoerror struct error *error = NULL;

	ck_assert_int_eq(file_replace(place_at(path), SLICE_LITERAL("x"), 0644, 0, &error), -1);
	ck_assert_str_eq(error->message, message);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}

START_TEST(what_is_no_regular_file_is_not_replaced)
{
	suite_drop_privileges();
	ck_assert_int_eq(mkdir("directory", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	ck_assert_int_eq(symlink("/dev/null", "null"), 0);
	check_target_refused("directory", "cannot write 'directory': Is a directory");
	check_target_refused("new/", "cannot write 'new/': Is a directory");
	check_target_refused(".", "cannot write '.': Is a directory");
	check_target_refused("", "cannot write '': No such file or directory");
	check_target_refused("fifo", "cannot write 'fifo': it is a FIFO");
	check_target_refused("null", "cannot write 'null': it is a character device");
	ck_assert_uint_eq(suite_count("."), 3);
}
END_TEST

START_TEST(a_result_may_go_over_whatever_is_there)
{
	static const char *const others[] = {"fifo", "null", "link", "file", "new"};

	suite_put("file", "old");
	suite_put("target", "old");
	ck_assert_int_eq(symlink("target", "link"), 0);
	ck_assert_int_eq(symlink("/dev/null", "null"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	ck_assert_int_eq(mkdir("directory", 0755), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
		autoerror struct error *error = NULL;

		ck_ok(file_writer_open_over(&writer, place_at(others[i]), 0644, &error), error);
		ck_ok(file_write_fd(writer.fd, "it", SLICE_LITERAL("new"), &error), error);
		ck_ok(file_writer_commit(&writer, 0, &error), error);
		suite_expect(others[i], "new");
	}
	suite_expect("target", "old");
	{
		CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
		autoerror struct error *error = NULL;

		ck_ok(file_writer_open_over(&writer, place_at("directory"), 0644, &error), error);
		ck_fails(file_writer_commit(&writer, 0, &error), error, "Is a directory");
		ck_assert_int_eq(error->number, EISDIR);
	}
	ck_assert_uint_eq(suite_count("."), 7);
}
END_TEST

START_TEST(a_result_can_be_made_in_an_open_directory)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;
	autoclose int directory = -1;

	suite_make("real/deep");
	directory = open("real/deep", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(directory, 0);
	/* What its path leads to then does not matter. */
	ck_assert_int_eq(rename("real", "moved"), 0);
	for (int round = 0; round < 3; round++) {
		ck_ok(file_writer_open_over(
			  &writer, place_below(directory, "it", "/real/deep/it"), 0644, &error),
		    error);
		ck_assert_uint_eq(suite_count("moved/deep"), round ? 2 : 1);
		ck_ok(file_write_fd(writer.fd, "it", SLICE_LITERAL("new"), &error), error);
		if (round == 1) {
			file_writer_discard(&writer);
			continue;
		}
		ck_ok(file_writer_commit(&writer, 0, &error), error);
	}
	suite_expect("moved/deep/it", "new");
	ck_assert_uint_eq(suite_count("moved/deep"), 1);
	suite_put("moved/deep/there", "old");
	ck_ok(file_writer_open_over(
		  &writer, place_below(directory, "there", "/real/deep/there"), 0644, &error),
	    error);
	ck_fails(file_writer_commit(&writer, FILE_EXCLUSIVE, &error), error,
	    "cannot write '/real/deep/there': File exists");
	file_writer_discard(&writer);
	suite_expect("moved/deep/there", "old");
	ck_assert_uint_eq(suite_count("moved/deep"), 2);
}
END_TEST

START_TEST(a_parent_that_is_missing_or_closed_is_an_error)
{
	suite_drop_privileges();
	suite_put("file", "x");
	ck_assert_int_eq(mkdir("closed", 0555), 0);
	check_target_refused("missing/x", "cannot write 'missing/x': No such file or directory");
	check_target_refused("file/x", "cannot write 'file/x': Not a directory");
	check_target_refused("closed/x", "cannot write 'closed/x': Permission denied");
}
END_TEST

START_TEST(long_names_get_shorter_temporary_ones)
{
	autoerror struct error *error = NULL;
	char name[257];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	suite_put(name, "x");
	suite_expect(name, "x");
	ck_assert_uint_eq(suite_count("."), 1);
	name[255] = 'n';
	name[256] = '\0';
	ck_fails(file_replace(place_at(name), SLICE_LITERAL("x"), 0644, 0, &error), error,
	    "File name too long");
}
END_TEST

START_TEST(hostile_names_are_names)
{
	static const char *const names[] = {
	    " ", "-x", "a\nb", "\xff\xfe", "%s%n", "XXXXXX", ".", "*", "\\"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *path = xasprintf("./%s.txt", names[i]);

		suite_put(path, names[i]);
		suite_expect(path, names[i]);
	}
	ck_assert_uint_eq(suite_count("."), sizeof(names) / sizeof(*names));
}
END_TEST

START_TEST(a_result_that_does_not_fit_leaves_the_old_one)
{
	static char data[100000];
	struct rlimit limit = {50000, 50000};
	autoerror struct error *error = NULL;

	suite_put("file", "old");
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_fails(file_replace(place_at("file"), slice_of(data, sizeof(data)), 0644, 0, &error),
	    error, "cannot write 'file': File too large");
	suite_expect("file", "old");
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

START_TEST(a_full_file_system_keeps_the_old_result)
{
	static char data[200000];
	autoerror struct error *error = NULL;

	ck_assert_int_eq(mkdir("small", 0755), 0);
	/* Only root may, and not everywhere; /dev/full is what is left then. */
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("small", "small", "tmpfs", 0, "size=64k") < 0)
		return;
	ck_assert_int_eq(chdir("small"), 0);
	suite_put("file", "old");
	ck_fails(file_replace(place_at("file"), slice_of(data, sizeof(data)), 0644, 0, &error),
	    error, "cannot write 'file': No space left on device");
	ck_assert_int_eq(error->number, ENOSPC);
	suite_expect("file", "old");
	ck_assert_uint_eq(suite_count("."), 1);
	suite_put("file", "there is room again");
}
END_TEST

START_TEST(readers_see_the_old_or_the_new_content)
{
	static char old[300000], new[300000];
	autoerror struct error *error = NULL;
	pid_t pid;
	int status;

	memset(old, 'o', sizeof(old));
	memset(new, 'n', sizeof(new));
	ck_ok(file_replace(place_at("file"), slice_of(old, sizeof(old)), 0644, 0, &error), error);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (int i = 0; i < 50; i++)
			if (file_replace(place_at("file"), slice_of(i % 2 ? old : new, sizeof(old)),
				0644, 0, NULL) < 0)
				_exit(1);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		autostr struct str text = STR_INIT;

		ck_ok(file_read("file", LIMIT, &text, NULL, &error), error);
		ck_assert(slice_equal(str_slice(&text), slice_of(old, sizeof(old))) ||
			  slice_equal(str_slice(&text), slice_of(new, sizeof(new))));
	}
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_view_has_what_the_file_has)
{
	autoerror struct error *error = NULL;
	struct slice view;

	suite_put("full", "what is in it");
	suite_put("empty", "");
	suite_make("directory");
	ck_ok(file_map(place_at("full"), 100, &view, &error), error);
	ck_assert(slice_is(view, "what is in it"));
	file_unmap(view);
	ck_ok(file_map(place_at("empty"), 100, &view, &error), error);
	ck_assert_uint_eq(view.len, 0);
	file_unmap(view);
	ck_fails(file_map(place_at("full"), 5, &view, &error), error, "larger");
	ck_fails(file_map(place_at("directory"), 5, &view, &error), error, "directory");
	ck_fails(file_map(place_at("nothing"), 5, &view, &error), error, "cannot open");
	ck_assert_int_eq(error->number, ENOENT);
}
END_TEST

START_TEST(a_digest_is_of_one_state_of_a_file)
{
	autohasher struct hasher hasher = {0};
	autofree char *bytes = xcalloc(1, 100001);
	autoerror struct error *error = NULL;
	struct hash hash, expected;
	struct slice content;
	struct stat stat;
	autoclose int fd = -1;

	memset(bytes, 'x', 100000);
	content = slice_c(bytes);
	suite_put("file", bytes);
	fd = content_open(place_at("file"), &stat, &error);
	ck_ok(fd, error);
	ck_ok(hasher_begin(&hasher, HASH_SHA256, &error), error);
	ck_ok(content_hash(fd, &stat, "file", &hasher, NULL, &error), error);
	ck_ok(hasher_end(&hasher, &hash, &error), error);
	ck_ok(hash_compute(HASH_SHA256, content, &expected, &error), error);
	ck_assert_mem_eq(&hash, &expected, sizeof(hash));

	/* Nothing is left behind the end: the file was cut off meanwhile. */
	ck_ok(hasher_begin(&hasher, HASH_SHA256, &error), error);
	ck_fails(content_hash(fd, &stat, "file", &hasher, NULL, &error), error,
	    "changed while being read");
}
END_TEST

SUITE("base/file", a_digest_is_of_one_state_of_a_file, a_view_has_what_the_file_has,
    a_file_is_appended_whole_and_described, an_empty_file_has_no_content,
    a_file_whose_size_is_unknown_is_read_to_its_end, the_limit_is_the_largest_size,
    the_limit_holds_for_unknown_sizes, a_sparse_file_of_terabytes_is_refused_by_its_size,
    what_is_no_regular_file_is_named, what_was_a_regular_file_may_be_none_any_more,
    a_file_that_cannot_be_opened_has_its_reason, interrupted_reading_goes_on,
    a_non_blocking_descriptor_is_waited_for, a_descriptor_that_cannot_be_read_is_an_error,
    the_limit_holds_for_descriptors, short_and_interrupted_writes_are_completed,
    a_non_blocking_descriptor_is_written_completely, a_full_device_is_an_error,
    a_result_appears_when_it_is_committed, what_is_not_committed_leaves_nothing,
    the_mode_does_not_depend_on_the_umask, synchronized_results_are_written_too,
    an_exclusive_result_replaces_nothing,
    an_exclusive_result_replaces_nothing_where_rename_cannot_tell,
    a_link_to_an_open_file_is_not_replaced, a_link_is_replaced_and_not_followed,
    what_is_no_regular_file_is_not_replaced, a_result_may_go_over_whatever_is_there,
    a_result_can_be_made_in_an_open_directory, a_parent_that_is_missing_or_closed_is_an_error,
    long_names_get_shorter_temporary_ones, hostile_names_are_names,
    a_result_that_does_not_fit_leaves_the_old_one, a_full_file_system_keeps_the_old_result,
    readers_see_the_old_or_the_new_content)
