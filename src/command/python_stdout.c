#include "command/python_stdout.h"

#include <ctype.h>

#include "base/file.h"
#include "base/message.h"
#include "command/command.h"
#include "python/interpreter.h"
#include "python/text.h"

/* The most bytes that are buffered, about as many as in CPython. */
#define PENDING_LIMIT 8192

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* Whether Python takes a name for UTF-8, ignoring case, hyphens and underscores. */
static bool is_utf8_name(struct slice name)
{
	static const char *const names[] = {"utf8", "u8", "utf", "cp65001"};
	autostr struct str plain = STR_INIT;

	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] != '-' && name.data[i] != '_')
			str_addc(&plain, (char)tolower((unsigned char)name.data[i]));
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (slice_is(str_slice(&plain), names[i]))
			return true;
	}
	return false;
}

static void open_streams(struct output *output, struct slice name)
{
	static const int fds[] = {STDOUT_FILENO, STDERR_FILENO};
	autofree char *encoding = xmemdup0(name.data, name.len);

	for (int i = 0; i < 2; i++) {
		off_t at = lseek(fds[i], 0, SEEK_CUR);

		output->streams[i] = python_stream_new(encoding, at >= 0, at > 0);
	}
}

void output_init(struct output *output)
{
	const char *setting = getenv("PYTHONIOENCODING");
	struct slice name = slice_of(setting, setting ? strcspn(setting, ":") : 0);

	*output = (struct output){.direct = isatty(STDOUT_FILENO) || is_set("PYTHONUNBUFFERED")};
	if (name.len && !is_utf8_name(name))
		open_streams(output, name);
}

static void flush(struct output *output)
{
	struct slice text = str_slice(&output->pending);

	/* After a failure write no more: a gap would be worse than a missing end. */
	if (text.len && !output->error)
		(void)command_write(text, &output->error);
	str_truncate(&output->pending, 0);
}

void output_print(void *context, bool error, struct slice text)
{
	struct output *output = context;
	autostr struct str encoded = STR_INIT;

	if (output->streams[error]) {
		python_stream_encode(output->streams[error], text, &encoded);
		text = str_slice(&encoded);
	}
	if (error) {
		(void)file_write_fd(STDERR_FILENO, "standard error", text, NULL);
		return;
	}
	str_add_slice(&output->pending, text);
	if (output->direct || output->pending.len >= PENDING_LIMIT)
		flush(output);
}

/* Print what argparse_parse() returned instead of arguments; returns the exit status. */
static int print_parsed(struct output *output, const struct argparse_result *result)
{
	output_print(output, false, str_slice(&result->output));
	output_print(output, true, str_slice(&result->error));
	return result->help ? 0 : 2;
}

int output_uncaught(struct output *output, const char *message)
{
	output_print(output, true, slice_c(message));
	output_print(output, true, SLICE_LITERAL("\n"));
	return 1;
}

/* Print the error for a PYTHONINTMAXSTRDIGITS with which CPython would not start; returns the exit
 * status. */
static int refuse_digits(struct output *output)
{
	output_print(output, true,
	    SLICE_LITERAL("Fatal Python error: config_init_int_max_str_digits: "
			  "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for "
			  "unlimited.\nPython runtime state: preinitialized\n\n"));
	return 1;
}

int output_finish(struct output *output, int status)
{
	flush(output);
	if (output->error)
		status = command_fail(output->error);
	error_free(output->error);
	str_release(&output->pending);
	python_stream_free(output->streams[0]);
	python_stream_free(output->streams[1]);
	return status;
}

int output_run(const struct argparse *parser, int argc, char **argv, void *settings,
    int (*body)(struct output *output, void *settings, const struct argparse_result *arguments))
{
	CLEANUP(argparse_result_release) struct argparse_result result = {0};
	struct output output;
	int status;

	message_start();
	output_init(&output);
	if (!interpreter_take_digits())
		status = refuse_digits(&output);
	else if (argparse_parse(parser, argc, argv, settings, &result))
		status = body(&output, settings, &result);
	else
		status = print_parsed(&output, &result);
	return output_finish(&output, status);
}
