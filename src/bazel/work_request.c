#include "bazel/work_request.h"

#include <limits.h>
#include <math.h>

#include "base/json.h"

static const char NAME[] = "request";

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Scan a byte; true at the end of the object. */
static bool scan_byte(struct request_scanner *scanner, char c)
{
	if (scanner->escaped) {
		scanner->escaped = false;
	} else if (scanner->in_string) {
		scanner->escaped = c == '\\';
		scanner->in_string = c != '"';
	} else if (c == '"') {
		scanner->in_string = true;
	} else if (c == '{' || c == '[') {
		scanner->depth++;
	} else if (c == '}' || c == ']') {
		return --scanner->depth == 0;
	}
	return false;
}

int request_scan(
    struct request_scanner *scanner, struct slice bytes, size_t *ret_len, struct error **err)
{
	*ret_len = 0;
	while (scanner->at < bytes.len) {
		char c = bytes.data[scanner->at++];

		if (scanner->at > REQUEST_LIMIT)
			return fail_at(
			    err, NAME, 0, 0, NULL, "larger than %zu bytes", REQUEST_LIMIT);
		if (!scanner->depth && is_space(c))
			continue;
		if (!scanner->depth && c != '{')
			return fail_at(err, NAME, 0, 0, NULL, "not a JSON object");
		if (scan_byte(scanner, c)) {
			*ret_len = scanner->at;
			*scanner = (struct request_scanner){0};
			return 0;
		}
	}
	return 0;
}

/* Find a member by its JSON name or its name in the protocol; NULL if it is missing or null. */
static const struct json *member(const struct json *object, const char *name, const char *other)
{
	const struct json *found = json_get(object, name);

	if (!found)
		found = json_get(object, other);
	return found && !json_is(found, JSON_NULL) ? found : NULL;
}

static int fail_member(const char *name, const char *what, struct error **err)
{
	return fail_at(err, NAME, 0, 0, NULL, "expected '%s' to be a %s", name, what);
}

/* Parse a 32-bit number. In the protocol's JSON form it may be a string. */
static int parse_integer(
    const struct json *value, const char *name, int64_t *ret, struct error **err)
{
	double number;

	if (!value)
		return 0;
	if (json_is(value, JSON_STRING)) {
		char *end;

		number = strtod(value->string, &end);
		if (!*value->string || *end)
			return fail_member(name, "number", err);
	} else if (json_is(value, JSON_NUMBER)) {
		number = value->number;
	} else {
		return fail_member(name, "number", err);
	}
	if (!(number >= INT32_MIN && number <= INT32_MAX) || number != floor(number))
		return fail_member(name, "32-bit integer", err);
	*ret = (int64_t)number;
	return 0;
}

static int parse_arguments(const struct json *value, struct work_request *ret, struct error **err)
{
	const struct json *item;

	if (value && !json_is(value, JSON_ARRAY))
		return fail_member("arguments", "list", err);
	ret->arguments = xcalloc(json_count(value) + 1, sizeof(*ret->arguments));
	for (item = json_first(value); item; item = item->next) {
		if (!json_is(item, JSON_STRING))
			return fail_member("arguments", "list of strings", err);
		ret->arguments[ret->argument_count++] = xstrdup(item->string);
	}
	return 0;
}

static int parse_members(const struct json *object, struct request *ret, struct error **err)
{
	const struct json *cancel = member(object, "cancel", "cancel");
	const struct json *directory = member(object, "sandboxDir", "sandbox_dir");
	int64_t verbosity = 0;

	if (parse_integer(
		member(object, "requestId", "request_id"), "requestId", &ret->head.id, err) < 0 ||
	    parse_integer(member(object, "verbosity", "verbosity"), "verbosity", &verbosity, err) <
		0)
		return -1;
	if (cancel && !json_is(cancel, JSON_TRUE) && !json_is(cancel, JSON_FALSE))
		return fail_member("cancel", "boolean", err);
	if (directory && !json_is(directory, JSON_STRING))
		return fail_member("sandboxDir", "string", err);
	ret->head.cancel = json_is(cancel, JSON_TRUE);
	if (directory && *directory->string)
		ret->directory = xstrdup(directory->string);
	ret->work.directory = ret->directory;
	ret->work.verbosity = (int)verbosity;
	return parse_arguments(member(object, "arguments", "arguments"), &ret->work, err);
}

int request_parse(struct slice json, struct request *ret, struct error **err)
{
	autojson struct json *object = json_parse(json, NAME, REQUEST_LIMIT, err);

	*ret = (struct request){.head = {0, false}};
	return object ? parse_members(object, ret, err) : -1;
}

void request_release(struct request *request)
{
	for (int i = 0; i < request->work.argument_count; i++)
		free(request->work.arguments[i]);
	free(request->work.arguments);
	free(request->directory);
}
