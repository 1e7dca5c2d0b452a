#include "inspect/imports.h"

#include "base/json.h"
#include "base/path.h"
#include "base/spawn.h"

/* src/inspect/imports.py */
extern const char imports_script[];

/* The most that the interpreter may write. */
#define OUTPUT_LIMIT ((size_t)64 << 20)

static bool is_identifier(struct slice part)
{
	for (size_t i = 0; i < part.len; i++) {
		char c = part.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
				 (unsigned char)c >= 0x80;

		if (!is_letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return part.len;
}

/* Append the name of the module in a file, ended by a NUL. Nothing for a file that cannot be
 * imported, and for __main__, which would run a program. */
static void add_name(struct str *ret, struct slice path)
{
	struct slice rest = path, part;
	size_t begin = ret->len;

	rest.len -= slice_ends(path, SLICE_LITERAL(".pyc")) ? 4 : 3;
	while (slice_next(&rest, '/', &part)) {
		bool is_last = !rest.data;

		if (is_last && slice_is(part, "__init__") && ret->len > begin)
			break;
		if (!is_identifier(part) || (is_last && slice_is(part, "__main__"))) {
			str_truncate(ret, begin);
			return;
		}
		if (ret->len > begin)
			str_addc(ret, '.');
		str_add_slice(ret, part);
	}
	str_addc(ret, '\0');
}

static void add_names(
    struct str *ret, const struct modules *modules, const struct imports_options *options)
{
	for (size_t i = 0; i < options->names->count; i++) {
		str_add_slice(ret, fields_at(options->names, i));
		str_addc(ret, '\0');
	}
	for (size_t i = 0; i < modules->count && !options->names->count; i++)
		add_name(ret, modules->items[i]->path);
}

/* The option for the lowest level that there is bytecode for; NULL for level 0. */
static const char *level_option(const struct modules *modules)
{
	bool levels[3] = {false, false, false};

	for (size_t i = 0; i < modules->count; i++) {
		if (modules->items[i]->loads.count)
			levels[module_level(modules->items[i])] = true;
	}
	return levels[0] ? NULL : levels[1] ? "-O" : levels[2] ? "-OO" : NULL;
}

static bool take_list(const struct json *result, const char *key, struct fields *ret)
{
	const struct json *list = json_get(result, key);

	for (const struct json *item = json_first(list); item; item = item->next) {
		if (!json_is(item, JSON_STRING))
			return false;
		fields_adds(ret, item->string);
	}
	return json_is(list, JSON_ARRAY);
}

static bool take_failed(const struct json *result, struct fields *ret)
{
	const struct json *list = json_get(result, "failed");

	for (const struct json *item = json_first(list); item; item = item->next) {
		const struct json *name = json_first(item);

		if (!json_is(name, JSON_STRING) || !json_is(name->next, JSON_STRING))
			return false;
		fields_adds(ret, name->string);
		fields_extend(ret, SLICE_LITERAL(": "));
		fields_extend(ret, slice_c(name->next->string));
	}
	return json_is(list, JSON_ARRAY);
}

static int take_result(
    const char *interpreter, struct slice text, struct imports *ret, struct error **err)
{
	autojson struct json *result = json_parse(text, interpreter, OUTPUT_LIMIT, NULL);
	const struct json *count = json_get(result, "count");

	if (!json_is(count, JSON_NUMBER) || !take_list(result, "compiled", &ret->compiled) ||
	    !take_list(result, "loaded", &ret->loaded) || !take_failed(result, &ret->failed))
		return fail(err, ERROR_SYSTEM,
		    "'%s' ended without a result: a module of the image may have ended it",
		    interpreter);
	ret->count = (uint64_t)count->number;
	return 0;
}

static int run(const struct imports_options *options, const char *level, const char *image,
    struct slice names, struct imports *ret, struct error **err)
{
	const char *interpreter = options->interpreter;
	const char *arguments[8] = {interpreter, "-I", "-B"};
	const struct spawn spawn = {
	    .program = interpreter, .arguments = arguments, .interrupted = options->interrupted};
	autostr struct str output = STR_INIT, messages = STR_INIT;
	struct spawn_result result;
	size_t count = 3;

	if (level)
		arguments[count++] = level;
	arguments[count++] = "-c";
	arguments[count++] = imports_script;
	arguments[count++] = image;
	if (spawn_run(&spawn, names, OUTPUT_LIMIT, &output, &messages, &result, err) < 0)
		return -1;
	if (result.status) {
		autostr struct str how = STR_INIT;

		spawn_describe(result.status, &how);
		return fail(err, ERROR_SYSTEM, "'%s' ended with %s: %s", interpreter, str_c(&how),
		    str_c(&messages));
	}
	return take_result(interpreter, str_slice(&output), ret, err);
}

int imports_run(const struct inspection *inspection, const struct modules *modules,
    const struct imports_options *options, struct imports *ret, struct error **err)
{
	const char *form = inspection->contents.form;
	autostr struct str names = STR_INIT;

	if (strcmp(form, "directory") != 0 && strcmp(form, "zip") != 0)
		return fail_at(err, inspection->contents.path, 0, 0, NULL,
		    "cannot be imported from: give a directory, a .zip or a .pyz");
	add_names(&names, modules, options);
	return run(
	    options, level_option(modules), inspection->contents.path, str_slice(&names), ret, err);
}

void imports_release(struct imports *imports)
{
	fields_release(&imports->compiled);
	fields_release(&imports->loaded);
	fields_release(&imports->failed);
}
