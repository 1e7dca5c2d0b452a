#include "build/discovered_inputs.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
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

enum inputs_told inputs_of_command(
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
		return partial ? INPUTS_PART : INPUTS_ALL;
	}
	return INPUTS_UNTOLD;
}

/* Whether that there is nothing to be read is a matter of the path. */
static bool is_unreachable(int number)
{
	return number == ENOENT || number == ENOTDIR || number == EACCES || number == ELOOP ||
	       number == ENAMETOOLONG;
}

static void add_absolute(const struct workspace *workspace, struct slice path, struct str *ret)
{
	if (path.len && path.data[0] == '/')
		str_add_slice(ret, path);
	else
		path_join(ret, workspace->product->path, path);
}

static bool is_as_before(const struct workspace *workspace, const struct dependency *dependency)
{
	autostr struct str path = STR_INIT;
	struct file_stamp stamp;
	struct stat stat_of;

	add_absolute(workspace, dependency->path, &path);
	if (!dependency->is_settled || stat(str_c(&path), &stat_of) < 0)
		return false;
	file_stamp_of(&stat_of, &stamp);
	return file_stamp_equal(&stamp, &dependency->stamp);
}

/* Of each dependency of the workspace's state. */
enum verdict { VERDICT_NONE, VERDICT_SAME, VERDICT_OTHER };

static bool is_current(struct workspace *workspace, const struct dependency *dependency)
{
	unsigned char *verdict;

	if (!workspace->verdicts)
		workspace->verdicts = xcalloc(workspace->state.dependency_count, 1);
	verdict = &workspace->verdicts[dependency - workspace->state.dependencies];
	if (*verdict == VERDICT_NONE)
		*verdict = is_as_before(workspace, dependency) ? VERDICT_SAME : VERDICT_OTHER;
	return *verdict == VERDICT_SAME;
}

bool inputs_are_current(struct workspace *workspace, const struct record *last)
{
	for (size_t i = 0; i < last->input_count; i++) {
		const struct dependencies *list = &last->inputs[i].dependencies;

		for (size_t k = 0; k < list->count; k++) {
			if (!is_current(workspace, list->items[k]))
				return false;
		}
	}
	return true;
}

/* Take over what is known of a file whose state is the same. */
static bool recall(const struct dependency *known, struct dependency *ret)
{
	if (!known || !known->is_settled || !file_stamp_equal(&known->stamp, &ret->stamp))
		return false;
	ret->content = known->content;
	ret->is_settled = true;
	return true;
}

static void remember(struct executor *executor, struct slice path, const struct dependency *now)
{
	struct dependency *known = map_get(&executor->files, path);

	if (!known) {
		known = arena_zalloc(&executor->arena, 1, sizeof(*known));
		*map_at(&executor->files,
		    slice_of(arena_copy(&executor->arena, path), path.len)) = known;
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
	ret->is_settled = input.is_settled;
	ret->content = input.content;
	return 0;
}

/* What a regular file is now; *ret_there is false if there is none that can be read. Its content is
 * known from its state if this process, or the last build (`last`, or NULL), had it before. */
static int look(struct executor *executor, const struct workspace *workspace, struct slice path,
    const struct dependency *last, struct dependency *ret, bool *ret_there, struct error **err)
{
	autostr struct str absolute = STR_INIT;
	struct stat stat_of;

	*ret = (struct dependency){.path = path};
	*ret_there = false;
	add_absolute(workspace, path, &absolute);
	if (stat(str_c(&absolute), &stat_of) < 0) {
		if (is_unreachable(errno))
			return 0;
		return fail_errno(err, errno, "cannot examine '%s'", str_c(&absolute));
	}
	if (!S_ISREG(stat_of.st_mode))
		return 0;
	*ret_there = true;
	file_stamp_of(&stat_of, &ret->stamp);
	if (recall(map_get(&executor->files, str_slice(&absolute)), ret))
		return 0;
	if (!recall(last, ret) && read_content(str_c(&absolute), ret, ret_there, err) < 0)
		return -1;
	if (*ret_there)
		remember(executor, str_slice(&absolute), ret);
	return 0;
}

/* Tell the coordinator what an input's unit was made of; of several times the last one counts. */
static void tell(struct executor *executor, size_t input, size_t count, const struct str *packed)
{
	pack_number(&executor->told, input);
	pack_number(&executor->told, count);
	str_add_slice(&executor->told, str_slice(packed));
}

/* Whether all of a list have the contents now that they had. If so that is told, else *ret_changed
 * is the first that has not. */
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

		if (look(executor, node->workspace, before->path, before, &now, &there, err) < 0)
			return -1;
		if (!there || memcmp(now.content.bytes, before->content.bytes, HASH_SIZE) != 0) {
			*ret_changed = before;
			return 0;
		}
		dependency_pack(&now, &packed);
	}
	*ret = true;
	tell(executor, input, list->count, &packed);
	return 0;
}

/* The last build's: if its unit is of the same command. */
static int try_last(struct executor *executor, const struct node *node, size_t input,
    struct hash *ret, bool *ret_found, const struct dependency **ret_changed, struct error **err)
{
	const struct made *made = &executor->made[node->index];
	const struct record_input *last = record_source(
	    made->last, node->inputs[input].path, input);
	struct hash key;

	*ret_found = false;
	if (!last || !last->has_unit)
		return 0;
	if (dependencies_key(&made->inputs[input].command, &last->dependencies, &key, err) < 0)
		return -1;
	if (memcmp(key.bytes, last->unit.bytes, HASH_SIZE) != 0)
		return 0;
	*ret = key;
	return is_list_same(
	    executor, node, input, &last->dependencies, ret_found, ret_changed, err);
}

int inputs_find(struct executor *executor, const struct node *node, size_t input, struct hash *ret,
    const struct dependency **ret_changed, struct error **err)
{
	const struct hash *command = &executor->made[node->index].inputs[input].command;
	automanifest struct manifest manifest = {0};
	const struct dependency *ignored;
	bool found;

	*ret_changed = NULL;
	if (try_last(executor, node, input, ret, &found, ret_changed, err) < 0)
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

struct timespec inputs_begin(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now); /* cannot fail with this clock */
	return now;
}

/* Whether a path that is followed from a directory stays below that one, lexically. */
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

/* A path that a program told, which ran in the product: below the product, where it is there, else
 * absolute. ".." stays, as what is before it may be a link. */
static void add_told(const struct workspace *workspace, struct slice told, struct str *ret)
{
	struct slice rest = told, name;
	size_t begin = ret->len;

	if (told.data[0] == '/' && !path_below(told, workspace->product->path, &rest)) {
		str_add_slice(ret, told);
		return;
	}
	if (!stays_below(rest)) {
		add_absolute(workspace, told, ret);
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

/* What a command read, as it is found afterwards. */
struct reading {
	struct fields paths;
	struct dependency *items;
	const struct dependency **pointers;
	bool *is_vouched; /* of each: it cannot have changed meanwhile */
	size_t count;
};

static void reading_release(struct reading *reading)
{
	fields_release(&reading->paths);
	free(reading->items);
	free(reading->pointers);
	free(reading->is_vouched);
}

/* A program that was asked for a dependency file and wrote none may have read all there is. */
static void add_inputs(const struct node *node, size_t input, struct reading *reading)
{
	for (size_t i = 0; i < node->input_count; i++) {
		if (i != input)
			fields_add(&reading->paths, node->inputs[i].path);
	}
}

static int add_paths(const struct node *node, size_t input, struct slice text,
    struct reading *reading, struct error **err)
{
	autofields struct fields names = FIELDS_INIT;
	autostr struct str path = STR_INIT;
	bool has_rule;

	if (depfile_parse(text, &names, &has_rule, err) < 0)
		return -1;
	if (!has_rule)
		add_inputs(node, input, reading);
	for (size_t i = 0; i < names.count; i++) {
		str_truncate(&path, 0);
		add_told(node->workspace, fields_at(&names, i), &path);
		if (!slice_equal(str_slice(&path), node->inputs[input].path) &&
		    !slice_is(str_slice(&path), "/dev/null"))
			fields_add(&reading->paths, str_slice(&path));
	}
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return slice_compare(
	    ((const struct dependency *)a)->path, ((const struct dependency *)b)->path);
}

/* Each path once, sorted. */
static void sort_paths(struct reading *reading)
{
	size_t kept = 0;

	reading->items = xcalloc(reading->paths.count + 1, sizeof(*reading->items));
	reading->pointers = xcalloc(reading->paths.count + 1, sizeof(*reading->pointers));
	reading->is_vouched = xcalloc(reading->paths.count + 1, sizeof(*reading->is_vouched));
	for (size_t i = 0; i < reading->paths.count; i++)
		reading->items[i].path = fields_at(&reading->paths, i);
	qsort(reading->items, reading->paths.count, sizeof(*reading->items), compare_paths);
	for (size_t i = 0; i < reading->paths.count; i++) {
		if (kept && compare_paths(&reading->items[kept - 1], &reading->items[i]) == 0)
			continue;
		reading->items[kept++] = reading->items[i];
	}
	reading->count = kept;
	for (size_t i = 0; i < kept; i++)
		reading->pointers[i] = &reading->items[i];
}

/* Vouch for the node's inputs, whose contents were known before; false if one is another now. */
static bool vouch_for_inputs(
    const struct node *node, const struct made *made, struct reading *reading)
{
	for (size_t i = 0; i < node->input_count; i++) {
		const struct dependency wanted = {.path = node->inputs[i].path};
		const struct dependency *item = bsearch(&wanted, reading->items, reading->count,
		    sizeof(*reading->items), compare_paths);

		if (!item)
			continue;
		if (memcmp(item->content.bytes, made->record->inputs[i].content.bytes, HASH_SIZE) !=
		    0)
			return false;
		reading->is_vouched[item - reading->items] = true;
	}
	return true;
}

/* Vouch for what is in images that the node needs: a build makes them before, and changes them no
 * more. */
static void vouch_for_needs(const struct node *node, struct reading *reading)
{
	for (size_t i = 0; i < node->need_count; i++) {
		const struct node *need = node->needs[i];
		struct slice image = need->workspace == node->workspace ? need->image
									: need->absolute;

		for (size_t k = 0; k < reading->count; k++) {
			if (path_below(reading->items[k].path, image, NULL))
				reading->is_vouched[k] = true;
		}
	}
}

/* Look at all that was read; *ret_settled is whether it is sure that it is what was read. */
static int look_at_all(struct executor *executor, const struct node *node, struct reading *reading,
    const struct timespec *begun, bool *ret_settled, struct error **err)
{
	*ret_settled = false;
	for (size_t i = 0; i < reading->count; i++) {
		struct dependency *item = &reading->items[i];
		bool there;

		if (look(executor, node->workspace, item->path, NULL, item, &there, err) < 0)
			return -1;
		if (!there)
			return 0;
	}
	if (!vouch_for_inputs(node, &executor->made[node->index], reading))
		return 0;
	vouch_for_needs(node, reading);
	for (size_t i = 0; i < reading->count; i++) {
		if (!reading->is_vouched[i] &&
		    !file_stamp_is_before(&reading->items[i].stamp, begun))
			return 0;
	}
	*ret_settled = true;
	return 0;
}

int inputs_take(struct executor *executor, const struct node *node, size_t input,
    const struct inputs_run *run, bool *ret_settled, struct error **err)
{
	struct made *made = &executor->made[node->index];
	CLEANUP(reading_release) struct reading reading = {0};
	autostr struct str packed = STR_INIT;
	struct dependencies list;

	if (add_paths(node, input, run->told, &reading, err) < 0)
		return -1;
	sort_paths(&reading);
	if (look_at_all(executor, node, &reading, &run->begun, ret_settled, err) < 0)
		return -1;
	if (!*ret_settled)
		return 0;
	list = (struct dependencies){reading.pointers, reading.count};
	for (size_t i = 0; i < reading.count; i++)
		dependency_pack(&reading.items[i], &packed);
	tell(executor, input, reading.count, &packed);
	if (dependencies_key(
		&made->inputs[input].command, &list, &made->record->inputs[input].unit, err) < 0)
		return -1;
	return manifest_add(
	    executor->cache, &made->inputs[input].command, &list, made->is_forced, err);
}

static const struct dependency *intern(struct inputs_known *known, struct unpacker *unpacker)
{
	const char *begin = (const char *)unpacker->at;
	struct dependency *item, found;
	struct slice key;

	dependency_unpack(unpacker, &found);
	key = slice_of(begin, (size_t)((const char *)unpacker->at - begin));
	item = map_get(&known->items, key);
	if (item)
		return item;
	item = arena_alloc(&known->arena, sizeof(*item));
	*item = found;
	item->path.data = arena_copy(&known->arena, found.path);
	key.data = arena_copy(&known->arena, key);
	*map_at(&known->items, key) = item;
	return item;
}

void inputs_tell(struct executor *executor, struct str *report)
{
	pack_number(report, executor->told.len);
	str_add_slice(report, str_slice(&executor->told));
	str_truncate(&executor->told, 0);
}

void inputs_join(struct inputs_known *known, struct slice *report, struct record *record)
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
		size_t count = unpack_count(&unpacker, DEPENDENCY_LEAST);
		struct dependencies list = {
		    arena_zalloc(&known->arena, count, sizeof(*list.items)), 0};

		while (list.count < count)
			list.items[list.count++] = intern(known, &unpacker);
		assert(!unpacker.is_bad && input < record->input_count);
		record->inputs[input].dependencies = list;
	}
}

void inputs_known_release(struct inputs_known *known)
{
	map_release(&known->items);
	arena_release(&known->arena);
}
