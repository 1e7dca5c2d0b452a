#include "image/oci_push.h"

#include <errno.h>

#include "base/spawn.h"

#define MESSAGES_LIMIT ((size_t)1 << 20)

int oci_push_check(const char *destination, struct error **err)
{
	const struct slice scheme = SLICE_LITERAL("docker://");
	const char *name = destination + scheme.len;

	if (slice_starts(slice_c(destination), scheme) && *name && *name != '/' &&
	    strchr(name, '/'))
		return 0;
	return fail_bad_value("--push", destination, "docker://REGISTRY/NAME:TAG", err);
}

/* Append the reason that skopeo tells: its last line or, in that, the value of msg="...". */
static void add_reason(const struct str *messages, struct str *ret)
{
	const struct slice key = SLICE_LITERAL("msg=\"");
	struct slice rest = str_slice(messages), line, last = {"", 0};
	const char *text;

	while (slice_next(&rest, '\n', &line))
		if (slice_trim(line).len)
			last = slice_trim(line);
	text = last.len ? memmem(last.data, last.len, key.data, key.len) : NULL;
	if (!text || last.data[last.len - 1] != '"') {
		str_add_slice(ret, last);
		return;
	}
	for (text += key.len; text + 1 < last.data + last.len; text++) {
		if (*text == '\\' && text[1] == '"')
			text++;
		str_addc(ret, *text);
	}
}

int oci_push(
    const char *image, const char *destination, bool (*interrupted)(void), struct error **err)
{
	const char *const arguments[] = {
	    "skopeo", "copy", "--quiet", "--all", "--preserve-digests", image, destination, NULL};
	const struct spawn spawn = {
	    .program = "skopeo", .arguments = arguments, .interrupted = interrupted};
	autostr struct str messages = STR_INIT, how = STR_INIT, reason = STR_INIT;
	struct spawn_result result;
	struct error *error = NULL;

	if (spawn_run(&spawn, SLICE_LITERAL(""), MESSAGES_LIMIT, NULL, &messages, &result, &error) <
	    0) {
		if (!errno_is_absence(error->number))
			return fail_with(err, error);
		error_free(error);
		return fail(err, ERROR_SYSTEM,
		    "cannot push '%s': skopeo is not installed; the image itself is complete",
		    image);
	}
	if (result.status == 0)
		return 0;
	spawn_describe(result.status, &how);
	add_reason(&messages, &reason);
	return fail(err, ERROR_SYSTEM, "cannot push '%s' to '%s': skopeo: %s: %s", image,
	    destination, how.data, str_c(&reason));
}
