#include "image/squashfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/presence.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "image/tar.h"

/* The name of the result in its stage. */
#define RESULT "image"

/* As much is read of what sqfstar says. */
#define MESSAGE_SIZE 2048

/* How long to wait before an interruption is looked for, milliseconds. */
#define PATIENCE 100

struct squashfs {
	const struct archive_options *options;
	struct tree_stage stage;
	int messages; /* a file without a name, for what sqfstar says */
	int pipe;     /* what sqfstar reads */
	pid_t process;
};

static void squashfs_release(struct squashfs *squashfs)
{
	struct spawn_result result;

	cleanup_close(&squashfs->pipe);
	if (squashfs->process > 0) {
		(void)kill(squashfs->process, SIGKILL); /* it may have ended */
		(void)spawn_wait(squashfs->process, &result, NULL);
	}
	cleanup_close(&squashfs->messages);
	tree_stage_discard(&squashfs->stage);
}

/* Without SOURCE_DATE_EPOCH, which sqfstar refuses beside its own options of times. */
static int start(const struct spawn *spawn, pid_t *ret, struct error **err)
{
	autofree const char **environment = NULL;
	struct error *error = NULL;
	size_t count = 0;
	struct spawn own = *spawn;

	while (environ[count])
		count++;
	environment = xcalloc(count + 1, sizeof(*environment));
	count = 0;
	for (char **variable = environ; *variable; variable++)
		if (!slice_starts(slice_c(*variable), SLICE_LITERAL("SOURCE_DATE_EPOCH=")))
			environment[count++] = *variable;
	own.environment = environment;
	if (spawn_start(&own, ret, &error) == 0)
		return 0;
	if (!errno_is_absence(error->number))
		return fail_with(err, error);
	error_free(error);
	return fail(err, ERROR_SYSTEM,
	    "a squashfs needs sqfstar, which is not installed: install squashfs-tools 4.5 or "
	    "later");
}

static int start_program(struct squashfs *squashfs, struct error **err)
{
	autofree char *time = xasprintf("%lld", (long long)squashfs->options->time);
	autofree char *processors = xasprintf("%u", squashfs->options->threads);
	autofree char *result = xasprintf("%s/" RESULT, squashfs->stage.path);
	const char *const arguments[] = {"sqfstar", "-comp", "zstd", "-b", "131072", "-no-xattrs",
	    "-mkfs-time", time, "-all-time", time, "-root-mode", "0755", "-all-root", "-root-uid",
	    "0", "-root-gid", "0", "-exit-on-error", "-no-progress", "-quiet", "-mem", "256M",
	    "-processors", processors, result, NULL};
	struct spawn spawn = {.program = "sqfstar",
	    .arguments = arguments,
	    .output = squashfs->messages,
	    .error = squashfs->messages};
	autoclose int input = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot create a pipe");
	input = spawn.input = ends[0];
	squashfs->pipe = ends[1];
	if (fcntl(squashfs->pipe, F_SETFL, O_NONBLOCK) < 0)
		return fail_errno(err, errno, "cannot create a pipe");
	return start(&spawn, &squashfs->process, err);
}

/* Write what the pipe takes now, or wait a moment for it. If the program has ended, close the pipe:
 * the program's status says more than the broken pipe. */
static ssize_t write_some(struct squashfs *squashfs, struct slice data, struct error **err)
{
	struct pollfd ready = {.fd = squashfs->pipe, .events = POLLOUT};
	ssize_t count = write(squashfs->pipe, data.data, data.len);

	if (count >= 0)
		return count;
	if (errno == EPIPE) {
		cleanup_close(&squashfs->pipe);
		squashfs->pipe = -1;
		return 0;
	}
	if (errno != EAGAIN && errno != EINTR)
		return fail_errno(
		    err, errno, "cannot write '%s'", squashfs->options->reader.output);
	(void)poll(&ready, 1, PATIENCE); /* the next write tells */
	return item_reader_check(&squashfs->options->reader, err);
}

/* The write function of a sink whose context is the program. */
static int write_pipe(void *context, struct slice data, struct error **err)
{
	struct squashfs *squashfs = context;

	while (data.len > 0 && squashfs->pipe >= 0) {
		ssize_t count = write_some(squashfs, data, err);

		if (count < 0)
			return -1;
		data = slice_of(data.data + count, data.len - (size_t)count);
	}
	return 0;
}

static int fail_program(const struct squashfs *squashfs, int status, struct error **err)
{
	autostr struct str how = STR_INIT;
	char message[MESSAGE_SIZE];
	ssize_t count = lseek(squashfs->messages, 0, SEEK_SET) < 0
			    ? -1
			    : content_read(squashfs->messages, message, sizeof(message));
	struct slice text = slice_trim(slice_of(message, count < 0 ? 0 : (size_t)count));

	spawn_describe(status, &how);
	return fail(err, ERROR_SYSTEM, "cannot write '%s': sqfstar: %s: %.*s",
	    squashfs->options->reader.output, str_c(&how), (int)text.len, text.data);
}

static int await_program(struct squashfs *squashfs, struct error **err)
{
	struct spawn_result result;
	pid_t process = squashfs->process;

	cleanup_close(&squashfs->pipe);
	squashfs->pipe = -1;
	while (!spawn_await(process, PATIENCE))
		if (item_reader_check(&squashfs->options->reader, err) < 0)
			return -1;
	squashfs->process = 0;
	if (spawn_wait(process, &result, err) < 0)
		return -1;
	return result.status ? fail_program(squashfs, result.status, err) : 0;
}

int squashfs_write(
    const struct archive_options *options, const struct plan *plan, struct error **err)
{
	const char *output = options->reader.output;
	CLEANUP(squashfs_release)
	struct squashfs squashfs = {options, TREE_STAGE_INIT, -1, -1, 0};
	const struct sink sink = {write_pipe, &squashfs};

	if (options->time > UINT32_MAX)
		return fail(err, ERROR_USAGE,
		    "SOURCE_DATE_EPOCH is %lld, but the times of a squashfs have 32 bits",
		    (long long)options->time);
	squashfs.messages = item_reader_unnamed(&options->reader, err);
	if (squashfs.messages < 0 || tree_stage_open(&squashfs.stage, place_at(output), err) < 0 ||
	    start_program(&squashfs, err) < 0)
		return -1;
	if (tar_write(options, plan->items, plan->count, sink, err) < 0 ||
	    await_program(&squashfs, err) < 0)
		return -1;
	if (fchmodat(squashfs.stage.fd, RESULT, 0644, 0) < 0)
		return fail_errno(err, errno, "cannot write '%s'", output);
	return tree_stage_commit_entry(&squashfs.stage, RESULT, err);
}
