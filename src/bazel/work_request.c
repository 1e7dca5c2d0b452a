#include "bazel/work_request.h"

#include <limits.h>
#include <math.h>

#include "base/json.h"

static const char NAME[] = "request";

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Look at a byte; true at the end of the object. */
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
			return fail_at(err, NAME, 0, 0, NULL, "is no JSON object");
		if (scan_byte(scanner, c)) {
			*ret_len = scanner->at;
			*scanner = (struct request_scanner){0};
			return 0;
		}
	}
	return 0;
}

/* A member by its JSON name or its name in the protocol; NULL if it is not there or null. */
static const cJSON *member(const cJSON *object, const char *name, const char *other)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!found)
		found = cJSON_GetObjectItemCaseSensitive(object, other);
	return found && !cJSON_IsNull(found) ? found : NULL;
}

static int fail_member(const char *name, const char *what, struct error **err)
{
	return fail_at(err, NAME, 0, 0, NULL, "'%s' is no %s", name, what);
}

/* A 32-bit number, which the JSON form of the protocol allows as a string, too. */
static int take_integer(const cJSON *value, const char *name, int64_t *ret, struct error **err)
{
	double number;

	if (!value)
		return 0;
	if (cJSON_IsString(value)) {
		char *end;

		number = strtod(value->valuestring, &end);
		if (!*value->valuestring || *end)
			return fail_member(name, "number", err);
	} else if (cJSON_IsNumber(value)) {
		number = value->valuedouble;
	} else {
		return fail_member(name, "number", err);
	}
	if (!(number >= INT32_MIN && number <= INT32_MAX) || number != floor(number))
		return fail_member(name, "32-bit integer", err);
	*ret = (int64_t)number;
	return 0;
}

static int take_arguments(const cJSON *value, struct work_request *ret, struct error **err)
{
	const cJSON *item;
	int count;

	if (value && !cJSON_IsArray(value))
		return fail_member("arguments", "list", err);
	count = value ? cJSON_GetArraySize(value) : 0;
	ret->arguments = xcalloc((size_t)count + 1, sizeof(*ret->arguments));
	if (!count)
		return 0;
	cJSON_ArrayForEach(item, value)
	{
		if (!cJSON_IsString(item))
			return fail_member("arguments", "list of strings", err);
		ret->arguments[ret->argument_count++] = xstrdup(item->valuestring);
	}
	return 0;
}

static int take_members(const cJSON *object, struct request *ret, struct error **err)
{
	const cJSON *cancel = member(object, "cancel", "cancel");
	const cJSON *directory = member(object, "sandboxDir", "sandbox_dir");
	int64_t verbosity = 0;

	if (take_integer(
		member(object, "requestId", "request_id"), "requestId", &ret->head.id, err) < 0 ||
	    take_integer(member(object, "verbosity", "verbosity"), "verbosity", &verbosity, err) <
		0)
		return -1;
	if (cancel && !cJSON_IsBool(cancel))
		return fail_member("cancel", "truth value", err);
	if (directory && !cJSON_IsString(directory))
		return fail_member("sandboxDir", "string", err);
	ret->head.cancel = cJSON_IsTrue(cancel);
	if (directory && *directory->valuestring)
		ret->directory = xstrdup(directory->valuestring);
	ret->work.directory = ret->directory;
	ret->work.verbosity = (int)verbosity;
	return take_arguments(member(object, "arguments", "arguments"), &ret->work, err);
}

int request_parse(struct slice json, struct request *ret, struct error **err)
{
	autojson cJSON *object = json_parse(json, NAME, REQUEST_LIMIT, err);

	*ret = (struct request){.head = {0, false}};
	return object ? take_members(object, ret, err) : -1;
}

void request_release(struct request *request)
{
	for (int i = 0; i < request->work.argument_count; i++)
		free(request->work.arguments[i]);
	free(request->work.arguments);
	free(request->directory);
}
