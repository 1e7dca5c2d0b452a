#include "jobs/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/file.h"

/* Whether $MAKEFLAGS has -n. Options of one letter, if any, are its first word. */
static bool has_dry_run(struct slice flags)
{
	struct slice word;

	return flags.len > 0 && *flags.data != '-' && slice_next(&flags, ' ', &word) &&
	       !memchr(word.data, '=', word.len) && memchr(word.data, 'n', word.len);
}

/* The value of the last jobserver option before "--", behind which variables follow; empty if there
 * is none. */
static struct slice find_address(struct slice flags)
{
	const struct slice options[] = {
	    SLICE_LITERAL("--jobserver-auth="),
	    SLICE_LITERAL("--jobserver-fds="), /* until GNU make 4.1 */
	};
	struct slice word, address = {"", 0};

	while (slice_next(&flags, ' ', &word) && !slice_is(word, "--"))
		for (size_t i = 0; i < 2; i++)
			if (slice_starts(word, options[i]))
				address = slice_of(
				    word.data + options[i].len, word.len - options[i].len);
	return address;
}

/* Parse the number of a descriptor. A negative number stands for a closed one and becomes -1. */
static bool parse_number(struct slice text, int *ret)
{
	bool is_negative = text.len > 0 && *text.data == '-';
	uint64_t value;

	if (!slice_number(slice_from(text, is_negative), &value) || value > INT_MAX)
		return false;
	*ret = is_negative ? -1 : (int)value;
	return true;
}

/* Open both ends of a jobserver. */
static int connect_both(struct jobserver *jobserver, const char *input, const char *output)
{
	autoclose int reading = TEMP_FAILURE_RETRY(
	    open(input, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	autoclose int writing = -1;

	if (reading < 0)
		return -1;
	writing = TEMP_FAILURE_RETRY(open(output, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	if (writing < 0)
		return -1;
	jobserver->input = steal_fd(&reading);
	jobserver->output = steal_fd(&writing);
	jobserver->state = JOBSERVER_READY;
	return 0;
}

static void connect_fifo(struct jobserver *jobserver, struct slice address, struct str *ret_warning)
{
	autofree char *path = xmemdup0(address.data, address.len);
	struct stat target;

	if (stat(path, &target) < 0)
		str_addf(ret_warning, "'%s': %s", path, strerror(errno));
	else if (!S_ISFIFO(target.st_mode))
		str_addf(ret_warning, "'%s' is not a FIFO", path);
	else if (connect_both(jobserver, path, path) < 0)
		str_addf(ret_warning, "'%s': %s", path, strerror(errno));
}

/* Whether two descriptors are the ends of one pipe. If make has closed them, their numbers may
 * stand for other files. */
static bool is_pipe(int input, int output)
{
	struct stat in, out;

	return input >= 0 && output >= 0 && fstat(input, &in) == 0 && fstat(output, &out) == 0 &&
	       S_ISFIFO(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino &&
	       (fcntl(input, F_GETFL) & O_ACCMODE) != O_WRONLY &&
	       (fcntl(output, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

static void connect_pipe(
    struct jobserver *jobserver, int input, int output, struct str *ret_warning)
{
	char reading[32], writing[32];

	if (!is_pipe(input, output)) {
		str_addf(
		    ret_warning, "its pipe is closed; put '+' before the command in the makefile");
		return;
	}
	/* Open the pipe again: make reads from the inherited descriptor, too, and must block there.
	 */
	(void)snprintf(reading, sizeof(reading), "/proc/self/fd/%d", input);
	(void)snprintf(writing, sizeof(writing), "/proc/self/fd/%d", output);
	if (connect_both(jobserver, reading, writing) < 0)
		str_addf(ret_warning, "its pipe cannot be opened: %s", strerror(errno));
}

void jobserver_open(struct jobserver *jobserver, const char *makeflags, struct str *ret_warning)
{
	const struct slice fifo = SLICE_LITERAL("fifo:");
	struct slice flags = slice_c(makeflags ? makeflags : "");
	struct slice address = find_address(flags), rest = address, first;
	autostr struct str reason = STR_INIT;
	int input, output;

	*jobserver = (struct jobserver){JOBSERVER_NONE, has_dry_run(flags), -1, -1};
	if (address.len == 0)
		return;
	if (slice_starts(address, fifo))
		connect_fifo(jobserver, slice_from(address, fifo.len), &reason);
	else if (slice_next(&rest, ',', &first) && rest.data && parse_number(first, &input) &&
		 parse_number(rest, &output))
		connect_pipe(jobserver, input, output, &reason);
	else
		str_addf(
		    &reason, "unknown address '%.*s'", (int)(address.len & INT_MAX), address.data);
	if (jobserver->state == JOBSERVER_READY)
		return;
	jobserver->state = JOBSERVER_UNAVAILABLE;
	str_adds(ret_warning, "cannot use the jobserver of make: ");
	str_add_printable(ret_warning, str_slice(&reason));
}

int jobserver_try_acquire(
    struct jobserver *jobserver, bool *ret, unsigned char *ret_token, struct error **err)
{
	ssize_t count = TEMP_FAILURE_RETRY(read(jobserver->input, ret_token, 1));

	*ret = count == 1;
	if (count == 0)
		return fail(err, ERROR_SYSTEM, "the jobserver of make closed its pipe");
	if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return fail_errno(err, errno, "cannot read from the jobserver of make");
	return 0;
}

int jobserver_fd(const struct jobserver *jobserver)
{
	return jobserver->input;
}

int jobserver_release(struct jobserver *jobserver, unsigned char token, struct error **err)
{
	return file_write_fd(
	    jobserver->output, "the jobserver of make", slice_of((const char *)&token, 1), err);
}

void jobserver_close(struct jobserver *jobserver)
{
	if (jobserver->state == JOBSERVER_READY) {
		(void)close(jobserver->input); /* nothing is buffered */
		(void)close(jobserver->output);
	}
	*jobserver = (struct jobserver){.input = -1, .output = -1};
}
