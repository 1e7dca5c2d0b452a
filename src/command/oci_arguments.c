#include "command/oci_arguments.h"

#include "image/oci_push.h"
#include "jobs/signals.h"

static int take_pairs(
    const char *option, const struct fields *pairs, struct fields *ret, struct error **err)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (oci_check_pair(option, fields_at(pairs, i).data, err) < 0)
			return -1;
	fields_add_all(ret, pairs);
	return 0;
}

static int take_words(
    const char *option, const struct fields *words, struct fields *ret, struct error **err)
{
	for (size_t i = 0; i < words->count; i++)
		if (oci_take_words(option, fields_at(words, i).data, ret, err) < 0)
			return -1;
	return 0;
}

/* USER, UID, or either with ":" and a group (image-spec, "Config.User"). */
static int check_user(const char *user, struct error **err)
{
	struct slice rest = slice_c(user), name, group = {"x", 1};

	(void)slice_next(&rest, ':', &name); /* an empty user is no name */
	if (rest.data)
		group = rest;
	for (const char *c = user; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == '/' || *c == 0x7f)
			group.len = 0;
	}
	if (name.len && group.len && !memchr(group.data, ':', group.len))
		return 0;
	return fail_bad_value("--user", user, "USER or USER:GROUP, names or numbers", err);
}

static int take_settings(
    const struct oci_arguments *arguments, struct oci_settings *ret, struct error **err)
{
	for (size_t i = 0; i < arguments->ports.count; i++)
		if (oci_check_port(fields_at(&arguments->ports, i).data, err) < 0)
			return -1;
	if (arguments->push && oci_push_check(arguments->push, err) < 0)
		return -1;
	if (arguments->workdir && *arguments->workdir != '/')
		return fail_bad_value("--workdir", arguments->workdir, "an absolute path", err);
	if (arguments->user && check_user(arguments->user, err) < 0)
		return -1;
	ret->prefix = arguments->prefix ? arguments->prefix : OCI_DEFAULT_PREFIX;
	ret->user = arguments->user;
	ret->directory = arguments->workdir;
	fields_add_all(&ret->ports, &arguments->ports);
	if (take_words("--entrypoint", &arguments->entrypoint, &ret->entrypoint, err) < 0 ||
	    take_words("--cmd", &arguments->command, &ret->command, err) < 0 ||
	    take_pairs("--env", &arguments->environment, &ret->environment, err) < 0 ||
	    take_pairs("--label", &arguments->labels, &ret->labels, err) < 0)
		return -1;
	return take_pairs("--annotation", &arguments->annotations, &ret->annotations, err);
}

const char *oci_arguments_given(const struct oci_arguments *arguments)
{
	const struct {
		const char *option;
		bool is_given;
	} options[] = {
	    {"--base", arguments->base},
	    {"--prefix", arguments->prefix},
	    {"--layer", arguments->layers.count},
	    {"--entrypoint", arguments->entrypoint.count},
	    {"--cmd", arguments->command.count},
	    {"--env", arguments->environment.count},
	    {"--user", arguments->user},
	    {"--workdir", arguments->workdir},
	    {"--expose", arguments->ports.count},
	    {"--label", arguments->labels.count},
	    {"--attach", arguments->attaches},
	    {"--push", arguments->push},
	    {"--annotation", arguments->annotations.count},
	    /* Its default cannot be told from none; a --platform may have been given alone. */
	    {"--layer-compression",
		arguments->zstd || (arguments->is_given && !arguments->platforms.count)},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (options[i].is_given)
			return options[i].option;
	}
	return NULL;
}

int oci_arguments_complete(struct oci_arguments *arguments, const char *image, enum image_form form,
    struct oci_options *ret, const char **ret_path, struct error **err)
{
	arguments->is_archive = form == FORM_OCI_TAR;
	*ret_path = image;
	if (oci_is_reference(image)) {
		if (oci_reference_read(image, &arguments->reference, err) < 0)
			return -1;
		*ret_path = arguments->reference.directory;
	}
	if (arguments->attaches && arguments->is_archive)
		return fail(err, ERROR_USAGE,
		    "--attach needs an image layout, where '%s' is a .oci.tar: name oci:DIR:TAG",
		    image);
	ret->attaches = arguments->attaches;
	ret->tag = arguments->reference.tag;
	ret->base = arguments->base;
	ret->zstd = arguments->zstd;
	ret->rules = arguments->rules = fields_arguments(&arguments->layers);
	fields_add_all(&ret->platforms, &arguments->platforms);
	return take_settings(arguments, &ret->settings, err);
}

int oci_arguments_push(const struct oci_arguments *arguments, const char *path, struct error **err)
{
	const struct oci_reference *reference = &arguments->reference;
	autofree char *image = arguments->is_archive
				   ? xasprintf("oci-archive:%s", path)
				   : xasprintf("oci:%s:%s", path,
					 reference->tag ? reference->tag : OCI_DEFAULT_TAG);

	return arguments->push ? oci_push(image, arguments->push, interrupted, err) : 0;
}

static void release_lists(struct fields *const *lists)
{
	for (; *lists; lists++)
		fields_release(*lists);
}

void oci_arguments_release(struct oci_arguments *arguments, struct oci_options *options)
{
	struct oci_settings *settings = &options->settings;

	release_lists((struct fields *const[]){&arguments->layers, &arguments->platforms,
	    &arguments->entrypoint, &arguments->command, &arguments->environment,
	    &arguments->labels, &arguments->ports, &arguments->annotations, &options->platforms,
	    &settings->entrypoint, &settings->command, &settings->environment, &settings->labels,
	    &settings->ports, &settings->annotations, NULL});
	free(arguments->rules);
	free(arguments->reference.directory);
}
