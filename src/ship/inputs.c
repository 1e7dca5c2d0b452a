#include "ship/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "image/directory.h"
#include "image/glob.h"
#include "image/unpack_wheel.h"
#include "python/toml.h"
#include "ship/editable.h"
#include "ship/pyproject.h"
#include "ship/scratch.h"

static const struct slice wheel_suffix = {".whl", 4};

/* Give the listener a warning; takes it over. */
static void warn(struct inputs *inputs, struct error *note)
{
	inputs->listener->warning(inputs->listener->context, note);
}

static void warn_of_notes(struct inputs *inputs, struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		warn(inputs, steal(&notes->items[i]));
}

/* What this image is for. */
static int find_target(
    const struct inputs *inputs, struct utsname *system, struct tag_target *ret, struct error **err)
{
	if (uname(system) < 0)
		return fail_errno(err, errno, "cannot find out the machine");
	if (!tag_target_of(slice_c(inputs->version), slice_c(system->machine), ret))
		return fail(err, ERROR_INTERNAL, "'%s' is not a version", inputs->version);
	return 0;
}

/* Make a directory of its own for what is unpacked. */
static int make_directory(struct inputs *inputs, const char **ret_path, struct error **err)
{
	autofree char *name = xasprintf("source-%zu", inputs->unpacked);
	int fd;

	if (inputs->scratch->fd < 0 && scratch_open(inputs->scratch, err) < 0)
		return -1;
	*ret_path = arena_printf(&inputs->arena, "%s/%s", inputs->scratch->path, name);
	fd = place_make(place_below(inputs->scratch->fd, name, *ret_path));
	if (fd < 0)
		return fail_errno(err, errno, "cannot create '%s'", *ret_path);
	inputs->unpacked++;
	return fd;
}

static int check_wheel_tag(struct inputs *inputs, const char *path, struct error **err)
{
	struct wheel_name name;
	struct tag_target target;
	struct utsname system;
	struct error *note = NULL;

	if (find_target(inputs, &system, &target, err) < 0)
		return -1;
	if (!wheel_name_parse(path_name(slice_c(path)), &name) || wheel_tag_fits(name.tag, &target))
		return 0;
	(void)fail_at(&note, path, 0, 0, NULL,
	    "a wheel for another Python or platform than Python %s on %s: '%.*s'", inputs->version,
	    system.machine, (int)name.tag.len, name.tag.data); /* always -1 */
	warn(inputs, note);
	return 0;
}

/* Add what the content of a directory that this program wrote is. */
static int add_unpacked(
    struct inputs *inputs, struct plan_source *source, const char *path, struct error **err)
{
	CLEANUP(editable_release) struct editable none = {.paths = NULL}; /* it only warns */
	struct plan_options options = *inputs->options;

	options.is_shipped = false; /* an installation leaves nothing out */
	options.results = NULL;
	source->shown = source->path;
	source->path = path;
	if (stat(path, &source->stat) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", path);
	if (editable_find(inputs, source, EDITABLE_NONE, &none, err) < 0)
		return -1;
	return plan_add_read(inputs->plan, source, &options, inputs->listener, err);
}

static int add_wheel(struct inputs *inputs, struct plan_source *source, struct error **err)
{
	const char *path;
	autoclose int root = make_directory(inputs, &path, err);

	if (root < 0 || check_wheel_tag(inputs, source->path, err) < 0)
		return -1;
	if (wheel_unpack(source->path, root, err) < 0)
		return bundle_fail(path, err);
	return add_unpacked(inputs, source, path, err);
}

/* The versions whose site-packages an environment has, in the order of their names. */
struct versions {
	struct arena *arena;
	const char *names[2]; /* "python3.11" */
	size_t count;
	const char *wanted; /* the one that is taken if it is there; or NULL */
	bool is_wanted_there;
};

static enum walk_answer see_version(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct versions *versions = context;
	autofree char *path = xasprintf("%s/site-packages", entry->name.data);
	int there = 0;

	if (S_ISDIR(entry->stat.st_mode) && slice_starts(entry->name, SLICE_LITERAL("python")))
		there = presence_at(entry->directory, path, 0, NULL, NULL, err);
	if (there < 0)
		return WALK_STOP;
	if (!there)
		return WALK_SKIP;
	if (versions->count < 2)
		versions->names[versions->count] = arena_copy(versions->arena, entry->name);
	versions->count++;
	versions->is_wanted_there = versions->is_wanted_there ||
				    (versions->wanted && slice_is(entry->name, versions->wanted));
	return WALK_SKIP;
}

/* The directory of a version in an environment: "python3.11". */
static int choose_version(
    struct inputs *inputs, const char *environment, const char **ret, struct error **err)
{
	const char *here = arena_printf(&inputs->arena, "python%s", inputs->version);
	struct versions versions = {
	    .arena = &inputs->arena, .wanted = inputs->is_version_given ? here : NULL};
	const struct walk_visitor visitor = {see_version, walk_fail, &versions};
	const char *library = arena_printf(&inputs->arena, "%s/lib", environment);
	struct error *note = NULL;

	if (tree_walk(place_at(library), &visitor, err) < 0)
		return -1;
	if (versions.count == 0)
		return fail(err, ERROR_USAGE,
		    "'%s' has no site-packages: expected lib/pythonX.Y/site-packages", environment);
	if (versions.count > 1 && !versions.is_wanted_there)
		return fail(err, ERROR_USAGE,
		    "'%s' has site-packages of '%s' and '%s': choose a version with --python",
		    environment, versions.names[0], versions.names[1]);
	*ret = versions.is_wanted_there ? here : versions.names[0];
	if (strcmp(*ret, here) == 0)
		return 0;
	(void)fail_at(&note, environment, 0, 0, NULL,
	    "a virtual environment of '%s', but the image is for '%s'", *ret, here); /* -1 */
	warn(inputs, note);
	return 0;
}

/* Put a file of a dist-info where it is added from. */
static int put_file(int root, const struct pyproject_info *info, const char *name,
    struct slice text, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", str_c(&info->name), name);
	struct place place = place_below(root, path, path);

	if (tree_make_parents(place, err) < 0)
		return -1;
	return file_replace(place, text, 0600, 0, err);
}

static int put_info(int root, const struct pyproject_info *info, struct error **err)
{
	for (size_t i = 0; i < info->count; i++) {
		const struct pyproject_text *file = &info->texts[i];

		if (file->content.len > 0 &&
		    put_file(root, info, file->name, str_slice(&file->content), err) < 0)
			return -1;
	}
	if (put_file(root, info, "INSTALLER", SLICE_LITERAL("kiln\n"), err) < 0)
		return -1;
	return put_file(root, info, "RECORD", SLICE_LITERAL(""), err);
}

/* Add a dist-info that this program wrote, unless an exclude names it: one that names files is of
 * those of the sources. *ret_owner is NULL if it is not added. */
static int add_written(struct inputs *inputs, struct plan_source *source, const char *path,
    const char **ret_owner, struct error **err)
{
	const struct plan_options *given = inputs->options;
	struct plan_options options = *given;
	struct globs globs;
	int result;

	globs_init(&globs, &inputs->arena, given->excludes);
	if (globs_match(&globs, slice_c(*ret_owner))) {
		*ret_owner = NULL;
		return 0;
	}
	options.excludes = NULL;
	inputs->options = &options;
	result = add_unpacked(inputs, source, path, err);
	inputs->options = given;
	return result;
}

/* Add the project's dist-info, if its name and version are known. *ret_owner is its path in the
 * image, else NULL. */
static int add_info(struct inputs *inputs, struct pyproject *project,
    const struct plan_source *source, const char **ret_owner, struct error **err)
{
	CLEANUP(pyproject_info_release) struct pyproject_info info = PYPROJECT_INFO_INIT;
	struct plan_source from = *source;
	const char *reason, *path;
	struct error *note = NULL;
	autoclose int root = -1;
	autostr struct str owner = STR_INIT;
	int known = pyproject_describe(project, &info, &reason, err);

	*ret_owner = NULL;
	if (known < 0)
		return -1;
	if (!known) {
		(void)fail_at(&note, project->file, 0, 0, NULL,
		    "no dist-info is made, and no scripts: %s", reason); /* always -1 */
		warn(inputs, note);
		return 0;
	}
	warn_of_notes(inputs, &info.notes);
	root = make_directory(inputs, &path, err);
	if (root < 0 || put_info(root, &info, err) < 0)
		return -1;
	path_join(&owner, source->place, str_slice(&info.name));
	*ret_owner = arena_copy(&inputs->plan->arena, str_slice(&owner));
	from.path = project->file;
	from.owner = *ret_owner;
	return add_written(inputs, &from, path, ret_owner, err);
}

/* The directory directly in a project's that a part is or is in, where a later build may find what
 * is there now; NULL for a part elsewhere. */
static const char *find_top(
    struct inputs *inputs, const struct pyproject *project, const struct pyproject_part *part)
{
	struct slice rest = slice_c(part->path), top;

	if (!path_is_confined(rest) || !slice_next(&rest, '/', &top))
		return NULL;
	return arena_printf(&inputs->arena, "%s/%.*s", project->directory, (int)top.len, top.data);
}

/* Add one part of a project. */
static int add_part(struct inputs *inputs, const struct pyproject *project,
    const struct pyproject_part *part, const struct plan_source *source, struct error **err)
{
	struct plan_source from = {.owner = source->owner,
	    .lists = project->directory,
	    .in_lists = part->path,
	    .has_place = true,
	    .chosen = part->taken};
	autostr struct str place = STR_INIT;

	from.path = arena_printf(&inputs->arena, "%s/%s", project->directory, part->path);
	path_join(&place, source->place, slice_c(part->place));
	from.place = arena_slice(&inputs->arena, str_slice(&place));
	from.within = find_top(inputs, project, part);
	if (stat(from.path, &from.stat) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", from.path);
	return plan_add_read(inputs->plan, &from, inputs->options, inputs->listener, err);
}

/* Globs, ended by NULL, and more of them: paths below the place of a source. */
static const char *const *add_globs(struct inputs *inputs, const char *const *globs,
    const char *const *more, size_t more_count, const struct plan_source *source)
{
	const char *place = glob_escape(&inputs->arena, source->place.data);
	const char **joined;
	size_t count = 0;

	while (globs && globs[count])
		count++;
	joined = arena_zalloc(&inputs->arena, count + more_count + 1, sizeof(*joined));
	for (size_t i = 0; i < count; i++)
		joined[i] = globs[i];
	for (size_t i = 0; i < more_count; i++)
		joined[count + i] = arena_printf(&inputs->arena, "/%s%s", place, more[i]);
	return joined;
}

/* Add what a project installs. */
static int add_parts(struct inputs *inputs, struct pyproject *project,
    const struct plan_source *source, struct error **err)
{
	const struct plan_options *given = inputs->options;
	struct plan_options options = *given;
	int result = 0;

	if (pyproject_find(project, err) < 0)
		return -1;
	options.includes = add_globs(
	    inputs, given->includes, project->includes, project->include_count, source);
	inputs->options = &options;
	for (size_t i = 0; i < project->count && result == 0; i++)
		result = add_part(inputs, project, &project->parts[i], source, err);
	inputs->options = given;
	return result;
}

static int add_project(struct inputs *inputs, struct pyproject *project, struct plan_source *source,
    struct error **err)
{
	if (add_info(inputs, project, source, &source->owner, err) < 0)
		return -1;
	return add_parts(inputs, project, source, err);
}

/* What a directory without other meaning is: 1 if it is a project, and was added. */
static int try_project(struct inputs *inputs, struct plan_source *source, struct error **err)
{
	static const char *const others[] = {"__init__.py", ".product", ".project/f-identity"};
	autopyproject struct pyproject project = PYPROJECT_INIT;
	int is_project;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		int other = presence_of(
		    arena_printf(&inputs->arena, "%s/%s", source->path, others[i]), NULL, err);

		if (other)
			return other < 0 ? -1 : 0;
	}
	is_project = pyproject_read(&project, source->path, err);
	if (is_project <= 0)
		return is_project;
	return add_project(inputs, &project, source, err) < 0 ? -1 : 1;
}

/* Whether a directory has a file of this name. */
static int has_file(
    struct inputs *inputs, const char *directory, const char *name, struct error **err)
{
	return presence_of_file(arena_printf(&inputs->arena, "%s/%s", directory, name), err);
}

/* Whether a directory has a file that says that it is a project. */
static int is_project_root(struct inputs *inputs, const char *directory, struct error **err)
{
	static const char *const names[] = {"pyproject.toml", "setup.py", "setup.cfg"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int there = has_file(inputs, directory, names[i], err);

		if (there)
			return there;
	}
	return 0;
}

/* Add what a .pth leads to: the packages of a project, or all that is there. */
static int add_editable(struct inputs *inputs, const struct editable_path *found,
    const struct plan_source *site, struct error **err)
{
	autopyproject struct pyproject project = PYPROJECT_INIT;
	struct plan_source source = {.path = found->path, .place = site->place, .has_place = true};
	struct slice parent = path_parent(slice_c(found->path));
	const char *above = arena_copy(&inputs->arena, parent);
	int is_root = is_project_root(inputs, found->path, err);

	if (found->owner) {
		autostr struct str owner = STR_INIT;

		path_join(&owner, site->place, slice_c(found->owner));
		source.owner = arena_copy(&inputs->plan->arena, str_slice(&owner));
	}
	if (is_root > 0)
		return pyproject_read(&project, found->path, err) < 0
			   ? -1
			   : add_parts(inputs, &project, &source, err);
	if (is_root == 0 && slice_is(path_name(slice_c(found->path)), "src"))
		is_root = is_project_root(inputs, above, err);
	if (is_root < 0 || stat(found->path, &source.stat) < 0)
		return is_root < 0 ? -1
				   : fail_errno(err, errno, "cannot examine '%s'", found->path);
	source.lists = is_root ? above : NULL;
	source.in_lists = is_root ? "src" : NULL;
	return plan_add_read(inputs->plan, &source, inputs->options, inputs->listener, err);
}

/* Tell what is read outside of a SOURCE, whose directory is `given`. */
static int tell_outside(
    struct inputs *inputs, const struct editable_path *found, const char *given, struct error **err)
{
	autostr struct str from = STR_INIT, to = STR_INIT;
	struct error *note = NULL;

	if (tree_resolve(given, &from, err) < 0 || tree_resolve(found->path, &to, err) < 0)
		return -1;
	if (path_below(str_slice(&to), str_slice(&from), NULL))
		return 0;
	(void)fail_at(&note, found->pth, 0, 0, NULL,
	    "the image gets what is in '%s', outside of '%s'", found->path, given); /* always -1 */
	warn(inputs, note);
	return 0;
}

/* Add a directory that may be a site-packages, with what its .pth files lead to; `given_path`
 * is the SOURCE that it is, or is in. */
static int add_site(struct inputs *inputs, const struct plan_source *source,
    enum editable_rule rule, const char *given_path, struct error **err)
{
	CLEANUP(editable_release) struct editable editable = {.paths = NULL};
	const struct plan_options *given = inputs->options;
	struct plan_options options = *given;
	int result;

	if (editable_find(inputs, source, rule, &editable, err) < 0)
		return -1;
	options.excludes = add_globs(
	    inputs, given->excludes, editable.excludes, editable.exclude_count, source);
	result = plan_add_read(inputs->plan, source, &options, inputs->listener, err);
	options.excludes = add_globs(
	    inputs, given->excludes, (const char *const[]){"/*.egg-info"}, 1, source);
	for (size_t i = 0; i < editable.count && result == 0; i++) {
		inputs->options = editable.paths[i].owner ? &options : given;
		result = tell_outside(inputs, &editable.paths[i], given_path, err);
		if (result == 0)
			result = add_editable(inputs, &editable.paths[i], source, err);
	}
	inputs->options = given;
	return result;
}

/* Fail if links lead from the place of an environment's site-packages out of it. */
static int check_environment(const char *environment, const char *site_packages, struct error **err)
{
	autostr struct str root = STR_INIT, place = STR_INIT;

	if (tree_resolve(environment, &root, err) < 0 ||
	    tree_resolve(site_packages, &place, err) < 0)
		return -1;
	if (path_below(str_slice(&place), str_slice(&root), NULL))
		return 0;
	return fail_at(err, site_packages, 0, 0, NULL,
	    "leads out of the virtual environment, to '%s': give that as SOURCE", str_c(&place));
}

static int add_environment(struct inputs *inputs, struct plan_source *source, struct error **err)
{
	const char *version = NULL, *given = source->path;

	if (choose_version(inputs, source->path, &version, err) < 0)
		return -1;
	source->path = arena_printf(
	    &inputs->arena, "%s/lib/%s/site-packages", source->path, version);
	if (check_environment(given, source->path, err) < 0)
		return -1;
	if (stat(source->path, &source->stat) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", source->path);
	return add_site(inputs, source, EDITABLE_ALL, given, err);
}

/* Whether a setup.cfg describes a distribution: it may also have settings of tools alone. */
static int describes_distribution(
    struct inputs *inputs, const char *directory, bool *ret, struct error **err)
{
	const char *path = arena_printf(&inputs->arena, "%s/setup.cfg", directory);
	autostr struct str text = STR_INIT;
	struct slice rest, line;
	int there = presence_of_file(path, err);

	*ret = false;
	if (there <= 0)
		return there;
	if (file_read(path, TOML_LIMIT, &text, NULL, err) < 0)
		return -1;
	rest = str_slice(&text);
	while (slice_next(&rest, '\n', &line))
		*ret = *ret || slice_starts(line, SLICE_LITERAL("[metadata]")) ||
		       slice_starts(line, SLICE_LITERAL("[options]"));
	return 0;
}

/* Tell of a project that only setup.py or setup.cfg describes: all of it is taken. */
static int tell_setup(struct inputs *inputs, const char *directory, struct error **err)
{
	int has_script = has_file(inputs, directory, "setup.py", err);
	struct error *note = NULL;
	bool is_described;

	if (has_script < 0 || describes_distribution(inputs, directory, &is_described, err) < 0)
		return -1;
	if (!has_script && !is_described)
		return 0;
	(void)fail_at(&note,
	    arena_printf(
		&inputs->arena, "%s/%s", directory, is_described ? "setup.cfg" : "setup.py"),
	    0, 0, NULL,
	    "does not decide what is taken, as a pyproject.toml with [project] would: all files of "
	    "the directory are taken; give its packages, or a wheel of it, as SOURCE"); /* -1 */
	warn(inputs, note);
	return 0;
}

int inputs_add(struct inputs *inputs, const char *argument, struct error **err)
{
	struct plan_source source;
	int is_environment = 0, is_project = 0;

	if (plan_read_source(&inputs->arena, argument, &source, err) < 0)
		return -1;
	if (inputs->options->is_chosen)
		return plan_add_read(inputs->plan, &source, inputs->options, inputs->listener, err);
	if (!S_ISDIR(source.stat.st_mode) && slice_ends(slice_c(source.path), wheel_suffix))
		return add_wheel(inputs, &source, err);
	if (S_ISDIR(source.stat.st_mode))
		is_environment = has_file(inputs, source.path, "pyvenv.cfg", err);
	if (is_environment)
		return is_environment < 0 ? -1 : add_environment(inputs, &source, err);
	if (S_ISDIR(source.stat.st_mode))
		is_project = try_project(inputs, &source, err);
	if (is_project)
		return is_project < 0 ? -1 : 0;
	if (S_ISDIR(source.stat.st_mode) && tell_setup(inputs, source.path, err) < 0)
		return -1;
	if (plan_find_place(&inputs->arena, &source, err) < 0)
		return -1;
	if (S_ISDIR(source.stat.st_mode))
		return add_site(inputs, &source, EDITABLE_OWNED, source.path, err);
	return plan_add_read(inputs->plan, &source, inputs->options, inputs->listener, err);
}

static void warn_of_extension(
    struct inputs *inputs, const struct item *item, const struct tag_target *target)
{
	struct error *note = NULL;

	if (item->kind != ITEM_FILE || !extension_is_foreign(path_name(item->path), target))
		return;
	(void)fail_at(&note, item_shown(item), 0, 0, NULL,
	    "an extension module for another Python or platform than Python %u.%u on %.*s",
	    target->major, target->minor, (int)target->machine.len,
	    target->machine.data); /* always -1 */
	warn(inputs, note);
}

int inputs_finish(struct inputs *inputs, struct error **err)
{
	struct tag_target target;
	struct utsname system;

	if (find_target(inputs, &system, &target, err) < 0)
		return -1;
	for (size_t i = 0; i < inputs->plan->count; i++)
		warn_of_extension(inputs, inputs->plan->items[i], &target);
	return 0;
}

void inputs_release(struct inputs *inputs)
{
	arena_release(&inputs->arena);
}
