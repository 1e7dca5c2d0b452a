#include "command/config.h"

#include <math.h>

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/trust.h"
#include "command/product_options.h"
#include "python/toml.h"

/* Options that are no keys: what a run does and says, not what it makes. */
static const char *const for_runs[] = {"color", "config", "force", "help", "jobs", "log",
    "progress", "push", "quiet", "reproducible", "verbose"};

/* The files that are looked for, and the table in them. */
static const struct {
	const char *path;
	bool is_project; /* its configuration is in [tool.kiln] */
} files[] = {{"kiln.toml", false}, {"pyproject.toml", true}};

/* Whether an option has a key: not those for builds in place. */
static bool is_key(const struct option *option)
{
	for (size_t i = 0; i < sizeof(for_runs) / sizeof(*for_runs); i++) {
		if (strcmp(option->name, for_runs[i]) == 0)
			return false;
	}
	return option->given != offsetof(struct product_settings, is_given);
}

static const struct option *find_key(const struct command *command, const char *key)
{
	for (const struct option *option = command->options; option->name; option++) {
		if (strcmp(option->name, key) == 0)
			return is_key(option) ? option : NULL;
	}
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* An error about a key of the file. */
static int fail_key(
    const struct config *config, const char *key, const char *what, struct error **err)
{
	return fail(err, ERROR_USAGE, "%s: key '%s' %s", config->path, key, what);
}

static int fail_unknown(
    const struct config *config, const struct command *command, const char *key, struct error **err)
{
	autostr struct str known = STR_INIT;
	autofree const char **names = NULL;
	size_t count = 0;

	for (const struct option *option = command->options; option->name; option++)
		count++;
	names = xcalloc(count + 1, sizeof(*names));
	count = 0;
	names[count++] = "sources";
	for (const struct option *option = command->options; option->name; option++) {
		if (is_key(option))
			names[count++] = option->name;
	}
	array_sort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		str_addf(&known, "%s%s", i ? ", " : "", names[i]);
	return fail(err, ERROR_USAGE, "%s: unknown key '%s': known are %s", config->path, key,
	    str_c(&known));
}

/* Append a path of the file, which is relative to it. */
static void add_path(const struct config *config, struct str *ret, struct slice path)
{
	const struct slice oci = SLICE_LITERAL("oci:");

	if (slice_starts(path, oci)) {
		str_add_slice(ret, oci);
		path = slice_from(path, oci.len);
	}
	if (path.len && path.data[0] != '/')
		str_add_slice(ret, str_slice(&config->directory));
	str_add_slice(ret, path);
}

/* Add "--NAME=VALUE", which is one word so that a value may look like an option. */
static void add_word(struct config *config, const struct option *option, struct slice value)
{
	autostr struct str word = STR_INIT;

	str_addf(&word, "--%s=", option->name);
	if (option->is_path)
		add_path(config, &word, value);
	else
		str_add_slice(&word, value);
	fields_add(&config->words, str_slice(&word));
}

/* Whether the value of an option may be written as a number. */
static bool takes_integer(const struct option *option)
{
	static const char *const numbers[] = {"LEVEL", "N", "PORT", "SIZE", "USER"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (strcmp(option->argument, numbers[i]) == 0)
			return true;
	}
	return false;
}

/* The text of a string or, if that is allowed, of an integer, appended; false for any other value,
 * and for a string that no argument can be. */
static bool add_text(const struct json *value, bool allows_integer, struct str *ret)
{
	if (json_is(value, JSON_STRING) && !strstr(value->string, "\xc0\x80")) {
		str_adds(ret, value->string);
		return true;
	}
	if (!allows_integer || !json_is(value, JSON_NUMBER) ||
	    value->number != trunc(value->number))
		return false;
	str_addf(ret, "%.0f", value->number);
	return true;
}

static bool is_repeatable(const struct option *option)
{
	return option->kind == OPTION_LIST || option->is_repeatable;
}

/* Whether the values of an option are pairs, which a table may have. */
static bool takes_pairs(const struct option *option)
{
	return is_repeatable(option) && strchr(option->argument, '=');
}

static int add_items(struct config *config, const struct option *option, const struct json *value,
    struct error **err)
{
	for (const struct json *item = json_first(value); item; item = item->next) {
		autostr struct str text = STR_INIT;

		if (item->key)
			str_addf(&text, "%s=", item->key);
		if (!add_text(item, item->key || takes_integer(option), &text))
			return fail_key(config, option->name,
			    item->key || takes_integer(option)
				? "has a value that is neither a string nor an integer"
				: "has a value that is not a string",
			    err);
		add_word(config, option, str_slice(&text));
	}
	return 0;
}

/* What the value of an option must be, for messages. */
static const char *type_of(const struct option *option)
{
	if (takes_pairs(option))
		return "must be a string, an array of strings or a table of strings";
	if (is_repeatable(option))
		return takes_integer(option) ? "must be a string, an integer or an array of these"
					     : "must be a string or an array of strings";
	return takes_integer(option) ? "must be a string or an integer" : "must be a string";
}

static int add_switch(struct config *config, const struct option *option, const struct json *value,
    struct error **err)
{
	autofree char *word = xasprintf("--%s", option->name);

	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return fail_key(config, option->name, "must be true or false", err);
	if (value->kind == JSON_TRUE)
		fields_adds(&config->words, word);
	return 0;
}

/* Add an option as words. */
static int add_option(struct config *config, const struct option *option, const struct json *value,
    struct error **err)
{
	autostr struct str text = STR_INIT;

	if (!option->argument)
		return add_switch(config, option, value, err);
	if (add_text(value, takes_integer(option), &text)) {
		add_word(config, option, str_slice(&text));
		return 0;
	}
	if ((json_is(value, JSON_ARRAY) && is_repeatable(option)) ||
	    (json_is(value, JSON_OBJECT) && takes_pairs(option)))
		return add_items(config, option, value, err);
	return fail_key(config, option->name, type_of(option), err);
}

static int add_sources(struct config *config, const struct json *value, struct error **err)
{
	const struct json *item = json_is(value, JSON_ARRAY) ? json_first(value) : value;

	for (; item; item = item->key ? NULL : item->next) {
		autostr struct str path = STR_INIT;

		if (!json_is(item, JSON_STRING) || !*item->string ||
		    strstr(item->string, "\xc0\x80"))
			return fail_key(
			    config, "sources", "must be an array of strings, none empty", err);
		add_path(config, &path, slice_c(item->string));
		fields_add(&config->sources, str_slice(&path));
	}
	return 0;
}

static int add_table(struct config *config, const struct command *command, const struct json *table,
    struct error **err)
{
	for (const struct json *member = json_first(table); member; member = member->next) {
		const struct option *option = find_key(command, member->key);
		size_t count;

		if (strcmp(member->key, "sources") == 0) {
			if (add_sources(config, member, err) < 0)
				return -1;
			continue;
		}
		if (!option)
			return fail_unknown(config, command, member->key, err);
		count = config->words.count;
		if (add_option(config, option, member, err) < 0)
			return -1;
		/* What the command line says counts. */
		if (fields_have(&config->given, slice_c(option->name)))
			fields_truncate(&config->words, count);
	}
	return 0;
}

/* Refuse a file that was found, not named, unless nobody else can have written it. */
static int check_trust(const char *path, struct error **err)
{
	autoerror struct error *error = NULL;

	if (trust_check_above(".", path, NULL, &error) == 0)
		return 0;
	if (error->kind != ERROR_USAGE)
		return fail_with(err, steal(&error));
	return fail(err, ERROR_USAGE,
	    "'%s' is not used, because another user may have written it: give --config %s to use "
	    "it "
	    "anyway",
	    path, path);
}

/* Read a file; without a configuration in it, *ret stays NULL. */
static int read_file(const char *path, bool is_project, struct json **ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	autojson struct json *json = NULL;

	if (file_read(path, TOML_LIMIT, &text, NULL, err) < 0)
		return fail_as(err, ERROR_USAGE);
	/* Most projects have no such table. */
	if (is_project && !memmem(text.data, text.len, "kiln", 4))
		return 0;
	if (toml_parse(str_slice(&text), path, &json, err) < 0)
		return fail_as(err, ERROR_USAGE);
	if (!is_project || json_get(json_get(json, "tool"), "kiln"))
		*ret = steal(&json);
	return 0;
}

static int find_file(
    struct config *config, bool *ret_project, struct json **ret, struct error **err)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !*ret; i++) {
		int is_there = presence_of(files[i].path, NULL, err);

		if (is_there < 0)
			return -1;
		if (!is_there)
			continue;
		/* Anybody may have a pyproject.toml that says nothing to kiln. */
		if (!files[i].is_project && check_trust(files[i].path, err) < 0)
			return -1;
		if (read_file(files[i].path, files[i].is_project, ret, err) < 0)
			return -1;
		if (*ret && files[i].is_project && check_trust(files[i].path, err) < 0)
			return -1;
		if (*ret)
			config->path = files[i].path;
		*ret_project = files[i].is_project;
	}
	return 0;
}

static int name_file(struct config *config, const char *path, bool *ret_project, struct json **ret,
    struct error **err)
{
	struct slice parent = path_parent(slice_c(path));

	config->path = path;
	if (!slice_is(parent, "."))
		str_addf(&config->directory, "%.*s%s", (int)parent.len, parent.data,
		    slice_is(parent, "/") ? "" : "/");
	*ret_project = slice_is(path_name(slice_c(path)), "pyproject.toml");
	if (read_file(path, *ret_project, ret, err) < 0)
		return -1;
	if (!*ret)
		return fail(err, ERROR_USAGE, "%s: there is no table [tool.kiln]", path);
	return 0;
}

/* Apply the words to the settings. */
static int apply(
    struct config *config, const struct command *command, void *settings, struct error **err)
{
	autoarguments struct arguments none = {NULL, 0, false};

	config->arguments = fields_arguments(&config->words);
	config->source_arguments = fields_arguments(&config->sources);
	if (option_parse(
		command, (int)config->words.count, config->arguments, settings, &none, err) < 0)
		return fail_prefix(err, "%s", config->path);
	return 0;
}

int config_apply(struct config *config, const struct command *command, int argc,
    const char *const *argv, void *settings, struct error **err)
{
	autojson struct json *json = NULL;
	const struct json *table;
	const char *named = NULL;
	bool is_project = false;

	if (option_names(command, argc, argv, "config", &config->given, &named) < 0 ||
	    fields_have(&config->given, SLICE_LITERAL("help")))
		return 0;
	if (named) {
		if (name_file(config, named, &is_project, &json, err) < 0)
			return -1;
	} else if (fields_have(&config->given, SLICE_LITERAL("output"))) {
		if (find_file(config, &is_project, &json, err) < 0)
			return -1;
	}
	if (!json)
		return 0;
	table = is_project ? json_get(json_get(json, "tool"), "kiln") : json;
	if (!json_is(table, JSON_OBJECT))
		return fail(err, ERROR_USAGE, "%s: tool.kiln must be a table", config->path);
	if (add_table(config, command, table, err) < 0)
		return -1;
	return apply(config, command, settings, err);
}

void config_release(struct config *config)
{
	str_release(&config->directory);
	fields_release(&config->words);
	fields_release(&config->given);
	fields_release(&config->sources);
	free(config->arguments);
	free(config->source_arguments);
}
