#include "image/oci_owners.h"

#include "base/file.h"
#include "base/path.h"
#include "distribution/entry_points.h"
#include "distribution/name.h"
#include "distribution/record.h"

/* The largest top_level.txt or installed-files.txt that is read. */
#define LIST_LIMIT ((size_t)64 << 20)

struct finding {
	struct oci_owners *owners;
	const struct plan *plan;
	const struct item_reader *reader;
	struct map built; /* paths of the dist-infos that items name as their owners */
};

static void finding_release(struct finding *finding)
{
	map_release(&finding->built);
}

/* What was claimed first stays. What is outside of the image is passed over. */
static void claim(struct finding *finding, struct map *map, struct slice directory,
    struct slice name, struct oci_owner *owner)
{
	autostr struct str joined = STR_INIT, path = STR_INIT;
	void **value;

	if (!name.len || name.data[0] == '/')
		return;
	path_join(&joined, directory, name);
	path_normalize(&path, str_slice(&joined));
	if (!path_is_confined(str_slice(&path)))
		return;
	value = map_at(map, arena_slice(&finding->owners->arena, str_slice(&path)));
	if (!*value)
		*value = owner;
}

/* Read a file of a distribution. What is not there, or cannot be read, is empty. */
static int read_text(const struct finding *finding, const struct item *item, size_t limit,
    struct str *ret, struct error **err)
{
	struct error *error = NULL;
	struct place place;
	struct stat stat;
	int there = 0;

	if (item && item->kind == ITEM_FILE)
		there = item_reader_look(finding->reader, item, &place, &stat, err);
	if (there <= 0 || file_read_place(place, limit, ret, NULL, &error) == 0)
		return there < 0 ? -1 : 0;
	str_truncate(ret, 0);
	if (error->kind != ERROR_INPUT)
		return fail_with(err, error);
	error_free(error);
	return 0;
}

/* The same of a file in a directory. */
static int read_text_in(const struct finding *finding, const struct item *directory,
    const char *name, size_t limit, struct str *ret, struct error **err)
{
	autostr struct str path = STR_INIT;

	path_join(&path, directory->path, slice_c(name));
	return read_text(
	    finding, map_get(&finding->plan->by_path, str_slice(&path)), limit, ret, err);
}

static struct oci_owner *add_owner(
    struct finding *finding, struct slice description, struct slice name)
{
	struct oci_owners *owners = finding->owners;
	struct oci_owner *owner = arena_zalloc(&owners->arena, 1, sizeof(*owner));
	autostr struct str normalized = STR_INIT;

	distribution_add_normalized(&normalized, name);
	owner->name = arena_copy(&owners->arena, str_slice(&normalized));
	owner->is_own = map_get(&finding->built, description);
	owners->list = xreallocarray(owners->list, owners->count + 1, sizeof(*owners->list));
	owners->list[owners->count++] = owner;
	*map_at(&owners->files, description) = owner;
	return owner;
}

/* A dist-info with this RECORD. */
static int add_dist_info(struct finding *finding, const struct item *item, struct error **err)
{
	struct slice above = path_parent(item->path), name;
	autoarena struct arena arena = {0};
	autoerror struct error *problem = NULL;
	autostr struct str text = STR_INIT;
	struct record record = {0};
	struct oci_owner *owner;

	(void)distribution_is_dist_info(path_name(above), &name, NULL); /* it is */
	owner = add_owner(finding, above, name);
	if (read_text(finding, item, RECORD_LIMIT, &text, err) < 0)
		return -1;
	if (record_parse(str_slice(&text), item->path.data, &arena, &record, &problem) < 0)
		return 0;
	for (size_t i = 0; i < record.count; i++)
		claim(finding, &finding->owners->files, path_above(above), record.rows[i].path,
		    owner);
	return 0;
}

/* Claim what each line of a text names. Returns how many there are. */
static size_t claim_lines(struct finding *finding, struct map *map, struct slice directory,
    struct slice text, struct oci_owner *owner)
{
	struct slice line;
	size_t count = 0;

	while (slice_next(&text, '\n', &line)) {
		line = slice_trim(line);
		count += line.len > 0;
		claim(finding, map, directory, line, owner);
	}
	return count;
}

/* The scripts that kiln makes for entry points. */
static void claim_scripts(
    struct finding *finding, struct slice site, struct slice text, struct oci_owner *owner)
{
	autoarena struct arena arena = {0};
	struct entry_points points = {0};

	/* What is wrong with the text, who made the scripts has told. */
	if (entry_points_parse(text, owner->name, &arena, &points, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < points.count; i++) {
		struct slice name = points.items[i].name;
		autofree char *path = xasprintf("bin/%.*s", (int)name.len, name.data);

		if (entry_point_is_script(&points.items[i]))
			claim(finding, &finding->owners->files, site, slice_c(path), owner);
	}
}

/* What has the name of a distribution: as written, and as modules are mostly called. */
static void claim_name(
    struct finding *finding, struct slice site, struct slice name, struct oci_owner *owner)
{
	autostr struct str module = STR_INIT;

	for (const char *c = owner->name; *c; c++)
		str_addc(&module, *c == '-' ? '_' : *c);
	claim(finding, &finding->owners->packages, site, name, owner);
	claim(finding, &finding->owners->packages, site, str_slice(&module), owner);
}

static int add_egg_info(
    struct finding *finding, const struct item *item, struct slice name, struct error **err)
{
	struct oci_owners *owners = finding->owners;
	struct slice site = path_above(item->path);
	autostr struct str files = STR_INIT, tops = STR_INIT, points = STR_INIT;
	struct oci_owner *owner = add_owner(finding, item->path, name);

	if (read_text_in(finding, item, "installed-files.txt", LIST_LIMIT, &files, err) < 0 ||
	    read_text_in(finding, item, "top_level.txt", LIST_LIMIT, &tops, err) < 0 ||
	    read_text_in(finding, item, "entry_points.txt", ENTRY_POINTS_LIMIT, &points, err) < 0)
		return -1;
	claim_scripts(finding, site, str_slice(&points), owner);
	if (!claim_lines(finding, &owners->files, item->path, str_slice(&files), owner) &&
	    !claim_lines(finding, &owners->packages, site, str_slice(&tops), owner))
		claim_name(finding, site, name, owner);
	return 0;
}

int oci_owners_find(struct oci_owners *owners, const struct plan *plan,
    const struct item_reader *reader, struct error **err)
{
	CLEANUP(finding_release)
	struct finding finding = {.owners = owners, .plan = plan, .reader = reader};

	for (size_t i = 0; i < plan->count; i++)
		if (plan->items[i]->owner)
			*map_at(&finding.built, slice_c(plan->items[i]->owner)) = &finding;
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		int result = 0;
		struct slice name;

		if (item->kind == ITEM_FILE && distribution_is_file(item->path, "RECORD"))
			result = add_dist_info(&finding, item, err);
		else if (!item->target && distribution_is_egg_info(path_name(item->path), &name))
			result = add_egg_info(&finding, item, name, err);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* By the names of packages and modules: that of the path up to its name's first dot, or of a
 * directory above. */
static struct oci_owner *find_package(const struct oci_owners *owners, struct slice path)
{
	struct slice name = path_name(path);
	const char *dot = memchr(name.data, '.', name.len);
	struct oci_owner *found = NULL;

	if (dot)
		found = map_get(&owners->packages, slice_of(path.data, (size_t)(dot - path.data)));
	for (size_t len = path.len; !found && len > 0; len--)
		if (len == path.len || path.data[len] == '/')
			found = map_get(&owners->packages, slice_of(path.data, len));
	return found;
}

struct oci_owner *oci_owner_of(const struct oci_owners *owners, const struct item *item)
{
	struct slice path = item->path;
	struct oci_owner *owner = map_get(&owners->files, path);
	autostr struct str source = STR_INIT;

	if (!owner)
		owner = map_get(&owners->files, distribution_directory(path));
	if (!owner && path_add_source(&source, path, NULL)) {
		path = str_slice(&source);
		owner = map_get(&owners->files, path);
	}
	if (!owner && !item->owner && owners->packages.count)
		owner = find_package(owners, path);
	return owner;
}

void oci_owners_release(struct oci_owners *owners)
{
	free(owners->list);
	map_release(&owners->files);
	map_release(&owners->packages);
	arena_release(&owners->arena);
	*owners = (struct oci_owners){0};
}
