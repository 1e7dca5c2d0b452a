#include "image/oci_config.h"

#include "base/array.h"
#include "base/iso_time.h"
#include "base/path.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int oci_check_pair(const char *option, const char *value, struct error **err)
{
	const char *equals = strchr(value, '=');

	if (equals && equals > value && slice_is_utf8(slice_c(value)))
		return 0;
	return fail_bad_value(option, value, "NAME=VALUE", err);
}

int oci_check_port(const char *value, struct error **err)
{
	struct slice rest = slice_c(value), port = {"", 0}, protocol = {"tcp", 3};
	uint64_t number;

	(void)slice_next(&rest, '/', &port); /* an empty port is no number */
	if (rest.data)
		protocol = rest;
	if (slice_number(port, &number) && number > 0 && number < 65536 &&
	    (slice_is(protocol, "tcp") || slice_is(protocol, "udp") || slice_is(protocol, "sctp")))
		return 0;
	return fail_bad_value("--expose", value, "PORT or PORT/PROTOCOL, such as 8000/tcp", err);
}

int oci_take_words(const char *option, const char *value, struct fields *fields, struct error **err)
{
	autojson struct json *json = NULL;

	if (*value != '[') {
		fields_adds(fields, value);
		return 0;
	}
	json = json_parse(slice_c(value), option, OCI_DOCUMENT_LIMIT, NULL);
	if (!json_is(json, JSON_ARRAY))
		return fail_bad_value(option, value, "a word, or a JSON array of strings", err);
	for (const struct json *word = json->first; word; word = word->next) {
		if (!json_is(word, JSON_STRING))
			return fail_bad_value(
			    option, value, "a word, or a JSON array of strings", err);
		fields_adds(fields, word->string);
	}
	return 0;
}

/* What precedes "=". */
static struct slice name_of(struct slice pair)
{
	const char *equals = memchr(pair.data, '=', pair.len);

	return slice_of(pair.data, equals ? (size_t)(equals - pair.data) : pair.len);
}

/* The field of this name, the last one; false if there is none. */
static bool find_pair(const struct fields *fields, struct slice name, struct slice *ret)
{
	for (size_t i = fields->count; i-- > 0;) {
		*ret = fields_at(fields, i);
		if (slice_equal(name_of(*ret), name))
			return true;
	}
	return false;
}

/* Add a pair, or replace that of the same name. */
static void set_pair(struct fields *fields, struct slice pair)
{
	struct fields result = FIELDS_INIT;
	bool is_there = false;

	for (size_t i = 0; i < fields->count; i++) {
		bool same = slice_equal(name_of(fields_at(fields, i)), name_of(pair));

		if (!same || !is_there)
			fields_add(&result, same ? pair : fields_at(fields, i));
		is_there = is_there || same;
	}
	if (!is_there)
		fields_add(&result, pair);
	fields_release(fields);
	*fields = result;
}

static void set_text(struct fields *fields, const char *name, const char *value)
{
	autofree char *pair = xasprintf("%s=%s", name, value);

	set_pair(fields, slice_c(pair));
}

static void add_strings(const struct json *array, struct fields *ret)
{
	for (const struct json *item = json_first(array); item; item = item->next)
		if (json_is(item, JSON_STRING))
			fields_adds(ret, item->string);
}

static void write_strings(struct json_writer *json, const char *key, const struct fields *fields)
{
	if (!fields->count)
		return;
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < fields->count; i++)
		json_string(json, fields_at(fields, i));
	json_array_end(json);
}

static int compare_fields(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Write pairs as the members of an object, in order of their names. */
static void write_pairs(struct json_writer *json, const char *key, const struct fields *fields)
{
	autofree const char **sorted = fields_arguments(fields);

	if (!fields->count)
		return;
	array_sort(sorted, fields->count, sizeof(*sorted), compare_fields);
	json_key(json, key);
	json_object(json);
	for (size_t i = 0; i < fields->count; i++) {
		struct slice name = name_of(slice_c(sorted[i]));

		json_key_slice(json, name);
		json_string(json, slice_c(sorted[i] + name.len + 1));
	}
	json_object_end(json);
}

static bool has_place(struct slice places, struct slice place)
{
	struct slice one;

	while (slice_next(&places, ':', &one)) {
		if (slice_equal(one, place))
			return true;
	}
	return false;
}

static void add_place(struct str *places, struct slice place)
{
	if (places->len && has_place(str_slice(places), place))
		return;
	if (places->len)
		str_addc(places, ':');
	str_add_slice(places, place);
}

/* Add a place below the prefix. */
static void add_below(struct str *places, const struct oci_settings *settings, struct slice below)
{
	autostr struct str path = STR_INIT;

	path_join(&path, slice_c(settings->prefix), below);
	add_place(places, str_slice(&path));
}

/* Set a list of places: these, and behind them what the variable has. */
static void set_places(struct fields *all, const char *name, struct str *places)
{
	struct slice old, place;

	if (find_pair(all, slice_c(name), &old)) {
		old = slice_of(old.data + strlen(name) + 1, old.len - strlen(name) - 1);
		while (old.len && slice_next(&old, ':', &place))
			add_place(places, place);
	}
	set_text(all, name, str_c(places));
}

/* Where Python finds modules: the prefix, and what has distributions below it. Where a shell finds
 * scripts: their directories. */
static void set_all_places(struct fields *all, const struct oci_settings *settings)
{
	const struct oci_start *start = settings->start;
	autostr struct str modules = STR_INIT, programs = STR_INIT;
	struct slice old;

	str_adds(&modules, settings->prefix);
	for (size_t i = 0; i < start->site_count; i++)
		add_below(&modules, settings, start->sites[i]);
	for (size_t i = 0; i < start->script_count; i++) {
		struct slice directory = path_parent(start->scripts[i]);

		if (!memchr(directory.data, ':', directory.len) && slice_is_utf8(directory))
			add_below(&programs, settings, directory);
	}
	if (!find_pair(all, SLICE_LITERAL("PATH"), &old))
		set_text(all, "PATH", DEFAULT_PATH);
	if (programs.len)
		set_places(all, "PATH", &programs);
	set_places(all, "PYTHONPATH", &modules);
}

/* The environment: of the base, what Python needs to find the tree, and what the caller says. */
static void write_environment(
    struct json_writer *json, const struct oci_settings *settings, const struct json *base)
{
	autofields struct fields all = FIELDS_INIT;

	add_strings(json_get(base, "Env"), &all);
	set_all_places(&all, settings);
	if (settings->optimize)
		set_text(&all, "PYTHONOPTIMIZE", settings->optimize == 1 ? "1" : "2");
	for (size_t i = 0; i < settings->environment.count; i++)
		set_pair(&all, fields_at(&settings->environment, i));
	write_strings(json, "Env", &all);
}

static void write_ports(
    struct json_writer *json, const struct oci_settings *settings, const struct json *base)
{
	autofields struct fields all = FIELDS_INIT;
	autofree const char **sorted = NULL;

	for (const struct json *port = json_first(json_get(base, "ExposedPorts")); port;
	     port = port->next)
		if (port->key)
			fields_adds(&all, port->key);
	for (size_t i = 0; i < settings->ports.count; i++) {
		struct slice port = fields_at(&settings->ports, i);
		autofree char *full = xasprintf(
		    "%s%s", port.data, memchr(port.data, '/', port.len) ? "" : "/tcp");

		if (!fields_have(&all, slice_c(full)))
			fields_adds(&all, full);
	}
	if (!all.count)
		return;
	sorted = fields_arguments(&all);
	array_sort(sorted, all.count, sizeof(*sorted), compare_fields);
	json_key(json, "ExposedPorts");
	json_object(json);
	for (size_t i = 0; i < all.count; i++) {
		json_key(json, sorted[i]);
		json_object(json);
		json_object_end(json);
	}
	json_object_end(json);
}

/* A caller's entrypoint makes the base's command meaningless, as with a Dockerfile. An image that
 * is made of another runs what that one runs. */
static void write_commands(
    struct json_writer *json, const struct oci_settings *settings, const struct json *base)
{
	const struct oci_start *start = settings->start;
	autofields struct fields entrypoint = FIELDS_INIT, command = FIELDS_INIT;

	fields_add_all(&entrypoint, &settings->entrypoint);
	if (!entrypoint.count && start->script_count == 1 && !settings->like) {
		autostr struct str path = STR_INIT;

		path_join(&path, slice_c(settings->prefix), start->scripts[0]);
		fields_add(&entrypoint, str_slice(&path));
	}
	fields_add_all(&command, &settings->command);
	if (!entrypoint.count) {
		add_strings(json_get(base, "Entrypoint"), &entrypoint);
		if (!command.count)
			add_strings(json_get(base, "Cmd"), &command);
	}
	write_strings(json, "Entrypoint", &entrypoint);
	write_strings(json, "Cmd", &command);
}

static void write_labels(
    struct json_writer *json, const struct oci_settings *settings, const struct json *base)
{
	autofields struct fields all = FIELDS_INIT;

	for (const struct json *label = json_first(json_get(base, "Labels")); label;
	     label = label->next)
		if (label->key && json_is(label, JSON_STRING) && !strchr(label->key, '='))
			set_text(&all, label->key, label->string);
	for (size_t i = 0; i < settings->labels.count; i++)
		set_pair(&all, fields_at(&settings->labels, i));
	write_pairs(json, "Labels", &all);
}

/* A text that is not empty, or NULL. */
static const char *text_of(const struct json *object, const char *key)
{
	const char *text = json_text(object, key, "");

	return *text ? text : NULL;
}

/* Write what the base has beyond the members written here. */
static void write_others(
    struct json_writer *json, const struct json *base, const char *const *written)
{
	for (const struct json *member = json_first(base); member; member = member->next) {
		bool is_written = !member->key;

		for (const char *const *name = written; *name && !is_written; name++)
			is_written = strcmp(*name, member->key) == 0;
		if (is_written)
			continue;
		json_key(json, member->key);
		json_tree(json, member);
	}
}

static void write_config(
    struct json_writer *json, const struct oci_settings *settings, const struct json *base)
{
	static const char *const written[] = {"User", "ExposedPorts", "Env", "Entrypoint", "Cmd",
	    "WorkingDir", "Labels", "ArgsEscaped", NULL};
	const char *user = settings->user ? settings->user : text_of(base, "User");
	const char *directory = settings->directory ? settings->directory
						    : text_of(base, "WorkingDir");

	json_key(json, "config");
	json_object(json);
	if (user && *user)
		json_member(json, "User", user);
	write_ports(json, settings, base);
	write_environment(json, settings, base);
	write_commands(json, settings, base);
	json_member(json, "WorkingDir", directory ? directory : settings->prefix);
	write_labels(json, settings, base);
	write_others(json, base, written);
	json_object_end(json);
}

static void write_rootfs(
    struct json_writer *json, const struct json *base, const struct oci_layers *layers)
{
	json_key(json, "rootfs");
	json_object(json);
	json_member(json, "type", "layers");
	json_key(json, "diff_ids");
	json_array(json);
	for (const struct json *id = json_first(json_get(json_get(base, "rootfs"), "diff_ids")); id;
	     id = id->next)
		json_string(json, slice_c(id->string));
	for (size_t i = 0; i < layers->count; i++)
		json_string(json, slice_c(layers->list[i].diff_id.text));
	json_array_end(json);
	json_object_end(json);
}

static void write_history(struct json_writer *json, const struct json *base,
    const struct oci_layers *layers, const char *created)
{
	json_key(json, "history");
	json_array(json);
	for (const struct json *step = json_first(json_get(base, "history")); step;
	     step = step->next)
		json_tree(json, step);
	for (size_t i = 0; i < layers->count; i++) {
		json_object(json);
		json_member(json, "created", created);
		json_member(json, "created_by", "kiln");
		json_member(json, "comment", layers->list[i].name);
		json_object_end(json);
	}
	json_array_end(json);
}

void oci_config_write(const struct oci_settings *settings, const struct oci_platform *platform,
    const struct oci_base *base, const struct oci_layers *layers, int64_t time, struct str *ret)
{
	static const char *const written[] = {"created", "architecture", "os", "variant", "config",
	    "rootfs", "history", "container", "container_config", "docker_version", "id", "parent",
	    NULL};
	const struct json *old = base ? base->config : NULL;
	const struct json *like = settings->like ? settings->like : old;
	char created[ISO_TIME_SIZE];
	struct json_writer json;

	iso_time(time, created);
	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "created", created);
	oci_platform_write(&json, platform);
	write_config(&json, settings, json_get(like, "config"));
	write_rootfs(&json, old, layers);
	write_history(&json, old, layers, created);
	write_others(&json, like, written);
	json_object_end(&json);
}

static void write_layers(struct json_writer *json, const struct oci_base *base,
    const struct oci_layers *layers, const char *tool)
{
	json_key(json, "layers");
	json_array(json);
	for (const struct json *layer =
		 json_first(json_get(base ? base->manifest : NULL, "layers"));
	     layer; layer = layer->next)
		json_tree(json, layer);
	for (size_t i = 0; i < layers->count; i++) {
		json_object(json);
		oci_descriptor_write(json, &layers->list[i].blob);
		json_key(json, "annotations");
		json_object(json);
		json_member(json, OCI_COMPRESSOR, tool);
		json_member(json, OCI_LAYER_NAME, layers->list[i].name);
		json_object_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

void oci_manifest_write(const struct oci_settings *settings, const struct oci_base *base,
    const struct oci_layers *layers, const struct oci_descriptor *config, const char *tool,
    const char *files, struct str *ret)
{
	autofields struct fields annotations = FIELDS_INIT;
	struct json_writer json;

	set_text(&annotations, OCI_FILES, files);
	if (base)
		set_text(&annotations, OCI_BASE_DIGEST, base->descriptor.digest.text);
	for (size_t i = 0; i < settings->annotations.count; i++)
		set_pair(&annotations, fields_at(&settings->annotations, i));
	json_begin(&json, ret);
	json_object(&json);
	json_member_integer(&json, "schemaVersion", 2);
	json_member(&json, "mediaType", OCI_MANIFEST);
	json_key(&json, "config");
	json_object(&json);
	oci_descriptor_write(&json, config);
	json_object_end(&json);
	write_layers(&json, base, layers, tool);
	write_pairs(&json, "annotations", &annotations);
	json_object_end(&json);
}

void oci_annotations_write(struct json_writer *json, const struct fields *pairs)
{
	autofields struct fields annotations = FIELDS_INIT;

	for (size_t i = 0; i < pairs->count; i++)
		set_pair(&annotations, fields_at(pairs, i));
	write_pairs(json, "annotations", &annotations);
}
