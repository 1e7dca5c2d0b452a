#include "build/discovered_inputs.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/path.h"
#include "build/depfile.h"
#include "build/manifest.h"
#include "build/record_input.h"

static bool has_word(const struct fields *words, struct slice part)
{
	for (size_t i = 0; i < words->count; i++) {
		if (memmem(fields_at(words, i).data, fields_at(words, i).len, part.data, part.len))
			return true;
	}
	return false;
}

enum inputs_report inputs_report_of_command(
    const struct executor *executor, const struct node *node, size_t input, struct str *ret_path)
{
	autofields struct fields words = FIELDS_INIT;
	autostr struct str path = STR_INIT;

	command_words(&executor->command, &words);
	for (int partial = 1; partial >= 0; partial--) {
		str_truncate(&path, 0);
		node_dependencies(node, input, partial, &path);
		if (!has_word(&words, str_slice(&path)))
			continue;
		if (ret_path)
			str_add_slice(ret_path, str_slice(&path));
		return partial ? INPUTS_PARTIAL : INPUTS_COMPLETE;
	}
	return INPUTS_UNKNOWN;
}

static void add_absolute(const struct workspace *workspace, struct slice path, struct str *ret)
{
	if (path.len && path.data[0] == '/')
		str_add_slice(ret, path);
	else
		path_join(ret, workspace->product->path, path);
}

static bool is_stamp_same(const struct workspace *workspace, const struct dependency *dependency)
{
	autostr struct str path = STR_INIT;
	struct file_stamp stamp;
	struct stat stat_of;

	add_absolute(workspace, dependency->path, &path);
	if (!dependency->is_reliable || stat(str_c(&path), &stat_of) < 0)
		return false;
	file_stamp_of(&stat_of, &stamp);
	return file_stamp_equal(&stamp, &dependency->stamp);
}

/* In workspace->checks, for each dependency of the state. */
enum check { CHECK_NONE, CHECK_UNCHANGED, CHECK_CHANGED };

static bool is_unchanged(struct workspace *workspace, const struct dependency *dependency)
{
	unsigned char *check;

	if (!workspace->checks)
		workspace->checks = xcalloc(workspace->state.dependency_count, 1);
	check = &workspace->checks[dependency - workspace->state.dependencies];
	if (*check == CHECK_NONE)
		*check = is_stamp_same(workspace, dependency) ? CHECK_UNCHANGED : CHECK_CHANGED;
	return *check == CHECK_UNCHANGED;
}

bool inputs_are_current(struct workspace *workspace, const struct record *last)
{
	for (size_t i = 0; i < last->input_count; i++) {
		const struct dependencies *list = &last->inputs[i].dependencies;

		for (size_t k = 0; k < list->count; k++) {
			if (!is_unchanged(workspace, list->items[k]))
				return false;
		}
	}
	return true;
}

/* Copy the known content of a file, if the stamp proves that it is the same. */
static bool copy_known_content(const struct dependency *known, struct dependency *ret)
{
	if (!known || !known->is_reliable || !file_stamp_equal(&known->stamp, &ret->stamp))
		return false;
	ret->content = known->content;
	ret->is_reliable = true;
	return true;
}

static void remember_content(
    struct executor *executor, struct slice path, const struct dependency *now)
{
	struct dependency *known = map_get(&executor->files, path);

	if (!known) {
		known = arena_zalloc(&executor->arena, 1, sizeof(*known));
		*map_at(&executor->files, arena_slice(&executor->arena, path)) = known;
	}
	*known = *now;
	known->path = slice_of("", 0);
}

static int read_content(
    const char *path, struct dependency *ret, bool *ret_there, struct error **err)
{
	struct record_input input = {0};
	autoerror struct error *error = NULL;

	if (record_input_read(path, &input, &error) < 0) {
		*ret_there = false;
		return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
	}
	ret->stamp = input.stamp;
	ret->is_reliable = input.is_reliable;
	ret->content = input.content;
	return 0;
}

/* Find the stamp and content of a file now. *ret_there is false if there is no readable regular
 * file. The content is read only if neither this process nor the last build (`last`, or NULL) knows
 * it for this stamp. */
static int examine_file(struct executor *executor, const struct workspace *workspace,
    struct slice path, const struct dependency *last, struct dependency *ret, bool *ret_there,
    struct error **err)
{
	autostr struct str absolute = STR_INIT;
	struct stat stat_of;

	*ret = (struct dependency){.path = path};
	*ret_there = false;
	add_absolute(workspace, path, &absolute);
	if (stat(str_c(&absolute), &stat_of) < 0) {
		/* A path that leads to nothing readable is no failure. */
		if (errno_kind(errno) == ERROR_INPUT)
			return 0;
		return fail_errno(err, errno, "cannot examine '%s'", str_c(&absolute));
	}
	if (!S_ISREG(stat_of.st_mode))
		return 0;
	*ret_there = true;
	file_stamp_of(&stat_of, &ret->stamp);
	if (copy_known_content(map_get(&executor->files, str_slice(&absolute)), ret))
		return 0;
	if (!copy_known_content(last, ret) &&
	    read_content(str_c(&absolute), ret, ret_there, err) < 0)
		return -1;
	if (*ret_there)
		remember_content(executor, str_slice(&absolute), ret);
	return 0;
}

/* Queue the list of an input for inputs_send(). If an input has several lists, the last one counts.
 */
static void queue_list(
    struct executor *executor, size_t input, size_t count, const struct str *packed)
{
	pack_number(&executor->discovered, input);
	pack_number(&executor->discovered, count);
	str_add_slice(&executor->discovered, str_slice(packed));
}

/* Whether all files of a list have the same contents now. If so the list is queued for the
 * coordinator, else *ret_changed is the first that differs. */
static int is_list_same(struct executor *executor, const struct node *node, size_t input,
    const struct dependencies *list, bool *ret, const struct dependency **ret_changed,
    struct error **err)
{
	autostr struct str packed = STR_INIT;

	*ret = false;
	for (size_t i = 0; i < list->count; i++) {
		const struct dependency *before = list->items[i];
		struct dependency now;
		bool there;

		if (examine_file(
			executor, node->workspace, before->path, before, &now, &there, err) < 0)
			return -1;
		if (!there || memcmp(now.content.bytes, before->content.bytes, HASH_SIZE) != 0) {
			*ret_changed = before;
			return 0;
		}
		dependency_pack(&now, &packed);
	}
	*ret = true;
	queue_list(executor, input, list->count, &packed);
	return 0;
}

/* Try the list of the last build, if its unit was made by the same command. */
static int try_last_build(struct executor *executor, const struct node *node, size_t input,
    struct hash *ret, bool *ret_found, const struct dependency **ret_changed, struct error **err)
{
	const struct node_status *status = &executor->statuses[node->index];
	const struct record_input *last = record_source(
	    status->last, node->inputs[input].path, input);
	struct hash key;

	*ret_found = false;
	if (!last || !last->has_unit)
		return 0;
	if (dependencies_key(&status->inputs[input].command, &last->dependencies, &key, err) < 0)
		return -1;
	if (memcmp(key.bytes, last->unit.bytes, HASH_SIZE) != 0)
		return 0;
	*ret = key;
	return is_list_same(
	    executor, node, input, &last->dependencies, ret_found, ret_changed, err);
}

int inputs_find_key(struct executor *executor, const struct node *node, size_t input,
    struct hash *ret, const struct dependency **ret_changed, struct error **err)
{
	const struct hash *command = &executor->statuses[node->index].inputs[input].command;
	automanifest struct manifest manifest = {0};
	const struct dependency *ignored;
	bool found;

	*ret_changed = NULL;
	if (try_last_build(executor, node, input, ret, &found, ret_changed, err) < 0)
		return -1;
	if (found)
		return 0;
	if (manifest_read(executor->cache, command, &manifest, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest.list_count; i++) {
		const struct dependencies *list = &manifest.lists[i];

		if (is_list_same(executor, node, input, list, &found, &ignored, err) < 0)
			return -1;
		if (found)
			return dependencies_key(command, list, ret, err);
	}
	*ret = (struct hash){{0}};
	return 0;
}

struct timespec inputs_clock(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now); /* cannot fail with this clock */
	return now;
}

/* Whether the components of a relative path never lead above its start. Links are not resolved. */
static bool stays_below(struct slice path)
{
	size_t depth = 0;
	struct slice name;

	while (slice_next(&path, '/', &name)) {
		if (!name.len || slice_is(name, "."))
			continue;
		if (!slice_is(name, ".."))
			depth++;
		else if (!depth--)
			return false;
	}
	return depth > 0;
}

/* Append a path that a program reported, which ran in the product: relative to the product if it is
 * below that, else absolute. ".." stays, as the component before it may be a link. */
static void add_reported_path(
    const struct workspace *workspace, struct slice reported, struct str *ret)
{
	struct slice rest = reported, name;
	size_t begin = ret->len;

	if (reported.data[0] == '/' && !path_below(reported, workspace->product->path, &rest)) {
		str_add_slice(ret, reported);
		return;
	}
	if (!stays_below(rest)) {
		add_absolute(workspace, reported, ret);
		return;
	}
	while (slice_next(&rest, '/', &name)) {
		if (!name.len || slice_is(name, "."))
			continue;
		if (ret->len > begin)
			str_addc(ret, '/');
		str_add_slice(ret, name);
	}
}

/* The files that a command read, examined after it ran. */
struct discovery {
	struct fields paths;
	struct dependency *items;
	const struct dependency **pointers;
	bool *is_unchanged; /* for each item: it cannot have changed since the command read it */
	size_t count;
};

static void discovery_release(struct discovery *discovery)
{
	fields_release(&discovery->paths);
	free(discovery->items);
	free(discovery->pointers);
	free(discovery->is_unchanged);
}

/* Add all other inputs: a program that wrote no rule may have read any of them. */
static void add_inputs(const struct node *node, size_t input, struct discovery *discovery)
{
	for (size_t i = 0; i < node->input_count; i++) {
		if (i != input)
			fields_add(&discovery->paths, node->inputs[i].path);
	}
}

static int add_paths(const struct node *node, size_t input, struct slice text,
    struct discovery *discovery, struct error **err)
{
	autofields struct fields names = FIELDS_INIT;
	autostr struct str path = STR_INIT;
	bool has_rule;

	if (depfile_parse(text, &names, &has_rule, err) < 0)
		return -1;
	if (!has_rule)
		add_inputs(node, input, discovery);
	for (size_t i = 0; i < names.count; i++) {
		str_truncate(&path, 0);
		add_reported_path(node->workspace, fields_at(&names, i), &path);
		if (!slice_equal(str_slice(&path), node->inputs[input].path) &&
		    !slice_is(str_slice(&path), "/dev/null"))
			fields_add(&discovery->paths, str_slice(&path));
	}
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return slice_compare(
	    ((const struct dependency *)a)->path, ((const struct dependency *)b)->path);
}

/* Make an item for each different path, sorted. */
static void sort_paths(struct discovery *discovery)
{
	size_t kept = 0;

	discovery->items = xcalloc(discovery->paths.count + 1, sizeof(*discovery->items));
	discovery->pointers = xcalloc(discovery->paths.count + 1, sizeof(*discovery->pointers));
	discovery->is_unchanged = xcalloc(
	    discovery->paths.count + 1, sizeof(*discovery->is_unchanged));
	for (size_t i = 0; i < discovery->paths.count; i++)
		discovery->items[i].path = fields_at(&discovery->paths, i);
	array_sort(
	    discovery->items, discovery->paths.count, sizeof(*discovery->items), compare_paths);
	for (size_t i = 0; i < discovery->paths.count; i++) {
		if (kept && compare_paths(&discovery->items[kept - 1], &discovery->items[i]) == 0)
			continue;
		discovery->items[kept++] = discovery->items[i];
	}
	discovery->count = kept;
	for (size_t i = 0; i < kept; i++)
		discovery->pointers[i] = &discovery->items[i];
}

/* Accept inputs of the node whose content is the one known before. False if one has changed. */
static bool check_node_inputs(
    const struct node *node, const struct node_status *status, struct discovery *discovery)
{
	for (size_t i = 0; i < node->input_count; i++) {
		const struct dependency wanted = {.path = node->inputs[i].path};
		const struct dependency *item = array_find(&wanted, discovery->items,
		    discovery->count, sizeof(*discovery->items), compare_paths);

		if (!item)
			continue;
		if (memcmp(item->content.bytes, status->record->inputs[i].content.bytes,
			HASH_SIZE) != 0)
			return false;
		discovery->is_unchanged[item - discovery->items] = true;
	}
	return true;
}

/* Accept files in images that the node needs: they were built before, and do not change any more.
 */
static void accept_needs(const struct node *node, struct discovery *discovery)
{
	for (size_t i = 0; i < node->need_count; i++) {
		const struct node *need = node->needs[i];
		struct slice image = need->workspace == node->workspace ? need->image
									: need->absolute;

		for (size_t k = 0; k < discovery->count; k++) {
			if (path_below(discovery->items[k].path, image, NULL))
				discovery->is_unchanged[k] = true;
		}
	}
}

/* Examine all files. *ret_reliable is whether none can have changed since the command read it. */
static int examine_all(struct executor *executor, const struct node *node,
    struct discovery *discovery, const struct timespec *begun, bool *ret_reliable,
    struct error **err)
{
	*ret_reliable = false;
	for (size_t i = 0; i < discovery->count; i++) {
		struct dependency *item = &discovery->items[i];
		bool there;

		if (examine_file(executor, node->workspace, item->path, NULL, item, &there, err) <
		    0)
			return -1;
		if (!there)
			return 0;
	}
	if (!check_node_inputs(node, &executor->statuses[node->index], discovery))
		return 0;
	accept_needs(node, discovery);
	for (size_t i = 0; i < discovery->count; i++) {
		if (!discovery->is_unchanged[i] &&
		    !file_stamp_is_before(&discovery->items[i].stamp, begun))
			return 0;
	}
	*ret_reliable = true;
	return 0;
}

int inputs_record(struct executor *executor, const struct node *node, size_t input,
    const struct inputs_run *run, bool *ret_reliable, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	CLEANUP(discovery_release) struct discovery discovery = {0};
	autostr struct str packed = STR_INIT;
	struct dependencies list;

	if (add_paths(node, input, run->depfile, &discovery, err) < 0)
		return -1;
	sort_paths(&discovery);
	if (examine_all(executor, node, &discovery, &run->begun, ret_reliable, err) < 0)
		return -1;
	if (!*ret_reliable)
		return 0;
	list = (struct dependencies){discovery.pointers, discovery.count};
	for (size_t i = 0; i < discovery.count; i++)
		dependency_pack(&discovery.items[i], &packed);
	queue_list(executor, input, discovery.count, &packed);
	if (dependencies_key(&status->inputs[input].command, &list,
		&status->record->inputs[input].unit, err) < 0)
		return -1;
	return manifest_add(
	    executor->cache, &status->inputs[input].command, &list, status->is_forced, err);
}

static const struct dependency *intern(struct inputs_table *table, struct unpacker *unpacker)
{
	const char *begin = (const char *)unpacker->at;
	struct dependency *item, found;
	struct slice key;

	dependency_unpack(unpacker, &found);
	key = slice_of(begin, (size_t)((const char *)unpacker->at - begin));
	item = map_get(&table->items, key);
	if (item)
		return item;
	item = arena_alloc(&table->arena, sizeof(*item));
	*item = found;
	item->path.data = arena_copy(&table->arena, found.path);
	key.data = arena_copy(&table->arena, key);
	*map_at(&table->items, key) = item;
	return item;
}

void inputs_send(struct executor *executor, struct str *report)
{
	pack_number(report, executor->discovered.len);
	str_add_slice(report, str_slice(&executor->discovered));
	str_truncate(&executor->discovered, 0);
}

void inputs_receive(struct inputs_table *table, struct slice *report, struct record *record)
{
	struct unpacker unpacker = unpacker_of(*report);
	const unsigned char *end = unpacker.end;
	size_t len;

	if (!report->len)
		return;
	len = unpack_count(&unpacker, 1);
	unpacker.end = unpacker.at + len;
	*report = slice_of((const char *)unpacker.end, (size_t)(end - unpacker.end));
	while (unpacker.at < unpacker.end) {
		uint64_t input = unpack_number(&unpacker);
		size_t count = unpack_count(&unpacker, DEPENDENCY_MIN_SIZE);
		struct dependencies list = {
		    arena_zalloc(&table->arena, count, sizeof(*list.items)), 0};

		while (list.count < count)
			list.items[list.count++] = intern(table, &unpacker);
		assert(!unpacker.is_bad && input < record->input_count);
		record->inputs[input].dependencies = list;
	}
}

void inputs_table_release(struct inputs_table *table)
{
	map_release(&table->items);
	arena_release(&table->arena);
}
