#include "metrics/config.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/presence.h"
#include "python/toml.h"

#define LIMIT TOML_LIMIT
#define PRECISION_LIMIT 9

/* A setting: its section and key, and what takes its values. */
struct setting {
	const char *section;
	const char *key;
	size_t list;	/* offset of a struct fields; or a number below */
	bool commas;	/* in a text, values have commas between them, too */
	bool is_number; /* one of the others */
};

#define LIST(member) offsetof(struct coverage_config, member)

static const struct setting settings[] = {
    {"run", "source", LIST(source), true, false},
    {"run", "include", LIST(include), true, false},
    {"run", "omit", LIST(omit), true, false},
    {"report", "include", LIST(include), true, false},
    {"report", "omit", LIST(omit), true, false},
    {"report", "exclude_lines", LIST(exclude), false, false},
    {"report", "exclude_also", LIST(exclude_also), false, false},
    {"report", "partial_also", LIST(partial_also), false, false},
    {"report", "fail_under", 0, false, true},
    {"report", "precision", 0, false, true},
};

static const struct setting *find_setting(struct slice section, struct slice key)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (slice_is(section, settings[i].section) && slice_is(key, settings[i].key))
			return &settings[i];
	}
	return NULL;
}

static int take_number(
    struct coverage_config *config, const char *key, struct slice value, struct error **err)
{
	autofree char *copy = xmemdup0(value.data, value.len);
	uint64_t number;

	if (strcmp(key, "precision") == 0) {
		if (!slice_number(value, &number) || number > PRECISION_LIMIT)
			return fail_bad_value(key, copy, "0 to 9", err);
		config->precision = (unsigned)number;
		config->has_precision = true;
		return 0;
	}
	free(config->fail_under);
	config->fail_under = steal(&copy);
	return 0;
}

static void add_value(
    struct coverage_config *config, const struct setting *setting, struct slice value)
{
	struct fields *list = (struct fields *)((char *)config + setting->list);

	config->has_exclude = config->has_exclude || list == &config->exclude;
	if (value.len)
		fields_add(list, value);
}

/* Add the values of a list that is one text. */
static void add_values(
    struct coverage_config *config, const struct setting *setting, struct slice text)
{
	struct slice line, value;

	while (slice_next(&text, '\n', &line)) {
		if (!setting->commas)
			add_value(config, setting, slice_trim(line));
		else
			while (slice_next(&line, ',', &value))
				add_value(config, setting, slice_trim(value));
	}
}

/* Add paths of [paths]: where `first` is empty, this is the first one. */
static void add_path(struct coverage_config *config, struct str *first, struct slice path)
{
	if (!path.len)
		return;
	if (!first->len) {
		str_add_slice(first, path);
		return;
	}
	fields_add(&config->from, path);
	fields_add(&config->to, str_slice(first));
}

static void add_paths(struct coverage_config *config, struct slice text)
{
	autostr struct str first = STR_INIT;
	struct slice line, path;

	while (slice_next(&text, '\n', &line)) {
		while (slice_next(&line, ',', &path))
			add_path(config, &first, slice_trim(path));
	}
}

/* Take one value of the form of `.coveragerc`; its lines are those of the file. */
static int take_text(struct coverage_config *config, struct slice section, struct slice key,
    struct slice text, struct error **err)
{
	const struct setting *setting;

	if (slice_is(section, "paths")) {
		add_paths(config, text);
		return 0;
	}
	setting = find_setting(section, key);
	if (!setting)
		return 0;
	if (setting->is_number)
		return take_number(config, setting->key, slice_trim(text), err);
	add_values(config, setting, text);
	return 0;
}

/* What was read of a file like `.coveragerc` so far. */
struct ini {
	struct coverage_config *config;
	const char *name;
	long line;
	struct str section, key, value;
	size_t indentation; /* of the key */
};

static void ini_release(struct ini *ini)
{
	str_release(&ini->section);
	str_release(&ini->key);
	str_release(&ini->value);
}

static int end_value(struct ini *ini, struct error **err)
{
	int result = 0;

	if (ini->key.len)
		result = take_text(ini->config, str_slice(&ini->section), str_slice(&ini->key),
		    str_slice(&ini->value), err);
	str_truncate(&ini->key, 0);
	str_truncate(&ini->value, 0);
	return result;
}

static size_t indentation_of(struct slice line)
{
	size_t at = 0;

	while (at < line.len && char_is_space(line.data[at]))
		at++;
	return at;
}

static int begin_value(struct ini *ini, struct slice line, struct error **err)
{
	size_t at = 0;

	if (end_value(ini, err) < 0)
		return -1;
	while (at < line.len && line.data[at] != '=' && line.data[at] != ':')
		at++;
	if (at == 0 || at == line.len)
		return fail_at(
		    err, ini->name, ini->line, 0, NULL, "expected [SECTION] or KEY = VALUE");
	str_add_slice(&ini->key, slice_trim(slice_of(line.data, at)));
	str_add_slice(&ini->value, slice_trim(slice_of(line.data + at + 1, line.len - at - 1)));
	return 0;
}

static int begin_section(struct ini *ini, struct slice line, struct error **err)
{
	const char *end = memchr(line.data, ']', line.len);
	struct slice name, prefix = SLICE_LITERAL("coverage:");

	if (end_value(ini, err) < 0)
		return -1;
	if (!end)
		return fail_at(err, ini->name, ini->line, 0, NULL, "expected ']'");
	name = slice_trim(slice_of(line.data + 1, (size_t)(end - line.data) - 1));
	if (slice_starts(name, prefix))
		name = slice_from(name, prefix.len);
	str_truncate(&ini->section, 0);
	str_add_slice(&ini->section, name);
	return 0;
}

static int read_line(struct ini *ini, struct slice line, struct error **err)
{
	struct slice text = slice_trim(line);
	size_t indentation = indentation_of(line);

	if (!text.len || text.data[0] == '#' || text.data[0] == ';')
		return 0;
	if (ini->key.len && indentation > ini->indentation) {
		str_addc(&ini->value, '\n');
		str_add_slice(&ini->value, text);
		return 0;
	}
	ini->indentation = indentation;
	return text.data[0] == '[' ? begin_section(ini, text, err) : begin_value(ini, text, err);
}

int coverage_config_parse(
    struct coverage_config *config, struct slice text, const char *name, struct error **err)
{
	CLEANUP(ini_release) struct ini ini = {.config = config, .name = name};
	struct slice line;

	while (text.len) {
		(void)slice_next(&text, '\n', &line);
		ini.line++;
		if (read_line(&ini, line, err) < 0)
			return fail_as(err, ERROR_USAGE);
	}
	if (end_value(&ini, err) < 0)
		return fail_prefix(err, "%s", name);
	return 0;
}

static int fail_type(
    const char *name, const char *section, const char *key, const char *type, struct error **err)
{
	return fail(
	    err, ERROR_USAGE, "%s: tool.coverage.%s.%s: expected %s", name, section, key, type);
}

/* Take a key of a table of pyproject.toml. */
static int take_member(struct coverage_config *config, const char *section,
    const struct json *member, const char *name, struct error **err)
{
	const struct setting *setting = find_setting(slice_c(section), slice_c(member->key));

	if (!setting)
		return 0;
	if (setting->is_number) {
		autofree char *text = xasprintf("%.9g", member->number);

		if (member->kind != JSON_NUMBER)
			return fail_type(name, section, member->key, "a number", err);
		return take_number(config, member->key, slice_c(text), err);
	}
	if (member->kind == JSON_STRING) {
		add_values(config, setting, slice_c(member->string));
		return 0;
	}
	if (member->kind != JSON_ARRAY)
		return fail_type(name, section, member->key, "strings", err);
	for (const struct json *item = member->first; item; item = item->next) {
		if (item->kind != JSON_STRING)
			return fail_type(name, section, member->key, "strings", err);
		add_value(config, setting, slice_c(item->string));
	}
	return 0;
}

static int take_table(struct coverage_config *config, const struct json *coverage,
    const char *section, const char *name, struct error **err)
{
	const struct json *table = json_get(coverage, section);

	for (const struct json *member = json_is(table, JSON_OBJECT) ? table->first : NULL; member;
	     member = member->next) {
		if (take_member(config, section, member, name, err) < 0)
			return -1;
	}
	return 0;
}

static int take_path_table(struct coverage_config *config, const struct json *coverage,
    const char *name, struct error **err)
{
	const struct json *table = json_get(coverage, "paths");

	for (const struct json *member = json_is(table, JSON_OBJECT) ? table->first : NULL; member;
	     member = member->next) {
		autostr struct str first = STR_INIT;

		if (member->kind != JSON_ARRAY)
			return fail_type(name, "paths", member->key, "strings", err);
		for (const struct json *item = member->first; item; item = item->next) {
			if (item->kind != JSON_STRING)
				return fail_type(name, "paths", member->key, "strings", err);
			add_path(config, &first, slice_c(item->string));
		}
	}
	return 0;
}

int coverage_config_parse_project(
    struct coverage_config *config, struct slice text, const char *name, struct error **err)
{
	struct json *document = NULL;
	const struct json *coverage;
	int result = -1;

	/* Another process parses: not without a reason. */
	if (!memmem(text.data, text.len, "coverage", strlen("coverage")))
		return 0;
	if (toml_parse(text, name, &document, err) < 0)
		return fail_as(err, ERROR_USAGE);
	coverage = json_get(json_get(document, "tool"), "coverage");
	if (take_table(config, coverage, "run", name, err) == 0 &&
	    take_table(config, coverage, "report", name, err) == 0 &&
	    take_path_table(config, coverage, name, err) == 0)
		result = 0;
	json_free(document);
	return result;
}

int coverage_config_read(struct coverage_config *config, struct error **err)
{
	static const struct {
		const char *name;
		int (*parse)(struct coverage_config *config, struct slice text, const char *name,
		    struct error **err);
	} files[] = {{".coveragerc", coverage_config_parse},
	    {"pyproject.toml", coverage_config_parse_project}};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int found = presence_of_file(files[i].name, err);

		if (found < 0)
			return -1;
		if (!found)
			continue;
		if (file_read(files[i].name, LIMIT, &text, NULL, err) < 0)
			return -1;
		config->name = files[i].name;
		return files[i].parse(config, str_slice(&text), config->name, err);
	}
	return 0;
}

void coverage_config_release(struct coverage_config *config)
{
	fields_release(&config->source);
	fields_release(&config->include);
	fields_release(&config->omit);
	fields_release(&config->exclude);
	fields_release(&config->exclude_also);
	fields_release(&config->partial_also);
	fields_release(&config->from);
	fields_release(&config->to);
	free(config->fail_under);
}
