#include "build/executor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/path.h"
#include "base/tree.h"
#include "build/action_key.h"
#include "build/prune_units.h"
#include "build/record_input.h"

void executor_release(struct executor *executor)
{
	context_command_release(&executor->command);
	map_release(&executor->programs);
	map_release(&executor->files);
	arena_release(&executor->arena);
	str_release(&executor->told);
	str_release(&executor->text);
	str_release(&executor->place);
	cleanup_close(&executor->place_fd);
	stamp_reader_release(&executor->reader);
}

static void add_usage(struct made *made, const struct command_usage *usage)
{
	made->usage.seconds += usage->seconds;
	if (usage->memory > made->usage.memory)
		made->usage.memory = usage->memory;
	made->commands++;
}

static void forget_place(struct executor *executor)
{
	if (executor->place_fd >= 0)
		(void)close(steal_fd(&executor->place_fd)); /* nothing was written by it */
	str_truncate(&executor->place, 0);
}

/* What a product came with must not lead what is written out of it. The place of the last image is
 * remembered: most have neighbours. */
static int make_image_place(struct executor *executor, const struct node *node, struct error **err)
{
	const struct workspace *workspace = node->workspace;
	struct slice parent = path_parent(node->absolute);
	autostr struct str path = STR_INIT;
	struct place place;
	int number;

	/* A program would find that out in its own way. */
	if (path_name(node->image).len > NAME_MAX)
		return place_fail(node_place(node), ENAMETOOLONG, "make", err);
	if (slice_equal(parent, str_slice(&executor->place)))
		return 0;
	forget_place(executor);
	str_truncate(&path, 0);
	if (!slice_is(path_parent(node->image), "."))
		str_add_slice(&path, path_parent(node->image));
	str_add_slice(&executor->place, parent);
	place = place_below(workspace->fd, str_c(&path), str_c(&executor->place));
	executor->place_fd = place_make(place);
	if (executor->place_fd >= 0)
		return 0;
	number = errno;
	(void)place_fail(place, number, "make", err); /* always -1 */
	forget_place(executor);
	return -1;
}

static int make_work_place(const struct node *node, struct error **err)
{
	autostr struct str work = STR_INIT;

	node_work(node, &work);
	return tree_make(workspace_place(node->workspace, str_c(&work)), err);
}

/* Perform executor->command: `run` says on what. */
static int perform(struct executor *executor, const struct node *node, struct command_run *run,
    struct str *messages, struct error **err)
{
	struct context_type type = {node->factor->type, node->factor->isolation};
	autofields struct fields names = FIELDS_INIT;
	autofields struct fields environment = FIELDS_INIT;
	autofree const char **variables = NULL;
	struct command_usage usage = {0, 0};
	int result;

	if (context_environment(executor->graph->context, &node->mode->request, node->variant,
		&type, &names, err) < 0)
		return -1;
	command_environment(&executor->command, &names, false, &environment);
	variables = fields_arguments(&environment);
	run->command = &executor->command;
	run->directory = node->workspace->product->path.data;
	run->root = &node->workspace->fd;
	run->environment = variables;
	result = command_run_with(&executor->command_runner, run, messages, &usage, err);
	add_usage(&executor->made[node->index], &usage);
	return result;
}

/* A log's path: that of the unit or image, below the log directory. */
static void log_path(const struct node *node, struct slice name, struct str *ret)
{
	struct slice last = path_name(name);

	node_work(node, ret);
	str_adds(ret, "/log/");
	str_add(ret, name.data, (size_t)(last.data - name.data));
	path_add_short(ret, last, NAME_MAX - strlen(".log"));
	str_adds(ret, ".log");
}

static bool is_known(const struct hash *key)
{
	static const struct hash unknown;

	return memcmp(key->bytes, unknown.bytes, HASH_SIZE) != 0;
}

/* What was made of a source may be of what it is now, or was before: it is made again the next
 * time. */
static void unsettle(struct made *made, size_t input)
{
	made->is_unsettled = true;
	made->record->inputs[input].is_settled = false;
	memset(&made->record->inputs[input].unit, 0, sizeof(struct hash));
}

/* A source that is not what it was when its content became known: what was made of it may be of
 * either. */
static void check_input(const struct node *node, struct made *made, size_t input)
{
	autostr struct str path = STR_INIT;

	node_input_path(node, input, &path);
	if (!record_input_is_same(str_c(&path), &made->record->inputs[input]))
		unsettle(made, input);
}

/* The same of all that the key of the unit's command may have. */
static void check_inputs(
    const struct node *node, struct made *made, size_t input, enum inputs_told told)
{
	check_input(node, made, input);
	for (size_t i = 0; i < node->input_count; i++) {
		if (i != input && (told != INPUTS_ALL || !node->inputs[i].source->format))
			check_input(node, made, i);
	}
	if (made->is_unsettled)
		memset(&made->record->inputs[input].unit, 0, sizeof(struct hash));
}

/* Units of images with one source need no place in the cache: the image has one. */
static bool is_unit_cached(const struct node *node)
{
	return node->own_count > 1;
}

/* Perform the command for an input, and know what it read. */
static int make_unit(struct executor *executor, const struct node *node, size_t input,
    struct place unit, struct str *messages, struct error **err)
{
	struct made *made = &executor->made[node->index];
	autostr struct str source = STR_INIT, log = STR_INIT, name = STR_INIT;
	autostr struct str dependencies = STR_INIT, text = STR_INIT;
	struct command_run run = {.target = unit.shown};
	struct inputs_run reads = {.begun = inputs_begin()};
	enum inputs_told told = INPUTS_ALL; /* of nothing */
	autoerror struct error *error = NULL;
	bool settled = true;
	size_t skip;

	node_input_path(node, input, &source);
	node_unit_name(node, input, &name);
	log_path(node, str_slice(&name), &log);
	run.source = str_c(&source);
	run.log = str_c(&log);
	if (!command_is_own(&executor->command, &skip))
		told = inputs_of_command(executor, node, input, &dependencies);
	if (dependencies.len) {
		run.dependencies = str_c(&dependencies);
		run.ret_dependencies = &text;
	}
	if (tree_make_parents(unit, err) < 0 || perform(executor, node, &run, messages, err) < 0)
		return -1;
	reads.told = str_slice(&text);
	if (run.dependencies && inputs_take(executor, node, input, &reads, &settled, &error) < 0) {
		if (!error->path)
			error->path = xstrdup(run.source);
		return fail_with(err, steal(&error));
	}
	if (!settled)
		unsettle(made, input);
	check_inputs(node, made, input, told);
	return 0;
}

int executor_translate(struct executor *executor, const struct node *node, size_t input,
    struct str *messages, struct error **err)
{
	struct made *made = &executor->made[node->index];
	struct record_input *record = &made->record->inputs[input];
	bool is_cached = is_unit_cached(node), present, found = false;
	autostr struct str unit = STR_INIT;
	struct place place;
	struct hash content;

	node_unit(node, input, &unit);
	place = workspace_place(node->workspace, str_c(&unit));
	if (is_cached && !made->is_forced && is_known(&record->unit) &&
	    cache_get(executor->cache, &record->unit, place, &found, &content, err) < 0)
		return -1;
	if (!found) {
		if (executor_compose_unit(executor, node, input, &present, err) < 0 ||
		    make_unit(executor, node, input, place, messages, err) < 0)
			return -1;
		if (is_cached && !made->is_unsettled &&
		    cache_put(
			executor->cache, &record->unit, place, made->is_forced, &content, err) < 0)
			return -1;
	}
	(void)file_stamp_take(place, &record->unit_stamp); /* else made the next time */
	made->inputs[input].is_made = true;
	return 0;
}

int executor_render(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err)
{
	struct made *made = &executor->made[node->index];
	autostr struct str log = STR_INIT;
	struct command_run run = {.target = node->absolute.data};

	log_path(node, path_name(node->image), &log);
	run.log = str_c(&log);
	if (prune_units(node, made->record, err) < 0 ||
	    executor_compose_image(executor, node, err) < 0)
		return -1;
	/* Those of all units are known now. */
	if (!is_known(&made->key) && action_key_of_image(executor, node, &made->key, err) < 0)
		return -1;
	if (perform(executor, node, &run, messages, err) < 0)
		return -1;
	for (size_t i = 0; i < node->input_count; i++)
		check_input(node, made, i);
	if (made->is_unsettled) {
		memset(&made->key, 0, sizeof(made->key));
		if (content_digest(node_place(node), &made->content, NULL, err) < 0)
			return -1;
	} else if (cache_put(executor->cache, &made->key, node_place(node), made->is_forced,
		       &made->content, err) < 0) {
		return -1;
	}
	(void)file_stamp_take(node_place(node), &made->record->stamp); /* as above */
	made->outcome = OUTCOME_PROCESSED;
	return 0;
}

/* A directory that is in the way of a file. What was made is replaced, whatever it is. */
static int clear_way(const struct node *node, const struct made *made, struct error **err)
{
	struct stat stat_of;

	if ((made->last && made->reason != REASON_CHANGED) ||
	    place_stat(node_place(node), &stat_of) < 0 || !S_ISDIR(stat_of.st_mode))
		return 0;
	return tree_remove(node_place(node), err);
}

/* From the descriptor of its directory. */
static struct place place_of_image(const struct executor *executor, const struct node *node)
{
	return place_below(executor->place_fd, path_name(node->image).data, node->absolute.data);
}

/* That something is in the way shows when it is. */
static int get_image(struct executor *executor, const struct node *node, struct made *made,
    bool *ret_found, struct error **err)
{
	struct hash *content = &made->content;
	autoerror struct error *error = NULL;

	if (cache_get(executor->cache, &made->key, place_of_image(executor, node), ret_found,
		content, &error) == 0)
		return 0;
	if (error->number == EISDIR) {
		if (clear_way(node, made, err) < 0)
			return -1;
	} else if (error->number == ENOENT) {
		/* The directory that is open was removed. */
		forget_place(executor);
		if (make_image_place(executor, node, err) < 0)
			return -1;
	} else {
		return fail_with(err, steal(&error));
	}
	return cache_get(
	    executor->cache, &made->key, place_of_image(executor, node), ret_found, content, err);
}

static int take_from_cache(
    struct executor *executor, const struct node *node, struct made *made, struct error **err)
{
	bool found;

	if (get_image(executor, node, made, &found, err) < 0)
		return -1;
	if (!found)
		return 0;
	(void)stamp_reader_read(&executor->reader, node->workspace->fd, node->image,
	    &made->record->stamp); /* as above */
	made->outcome = OUTCOME_CACHED;
	return 0;
}

/* Whether the unit that the last build made is there. */
static bool is_unit_intact(const struct node *node, size_t input, const struct made *made)
{
	static const struct file_stamp none;
	const struct record_input *record = &made->record->inputs[input];
	autostr struct str unit = STR_INIT;
	struct file_stamp stamp;

	if (made->is_forced || memcmp(&record->unit_stamp, &none, sizeof(none)) == 0)
		return false;
	node_unit(node, input, &unit);
	return file_stamp_take(workspace_place(node->workspace, str_c(&unit)), &stamp) &&
	       file_stamp_equal(&stamp, &record->unit_stamp);
}

static size_t choose_units(const struct node *node, struct made *made)
{
	size_t count = 0;

	for (size_t i = 0; i < node->own_count; i++) {
		made->inputs[i].is_needed = made->record->inputs[i].has_unit &&
					    !is_unit_intact(node, i, made);
		count += made->inputs[i].is_needed;
	}
	return count;
}

int executor_begin(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err)
{
	struct made *made = &executor->made[node->index];
	size_t units;

	if (executor_examine(executor, node, err) < 0)
		return -1;
	if (made->outcome == OUTCOME_CURRENT)
		return 0;
	if (make_image_place(executor, node, err) < 0)
		return -1;
	if (!made->is_forced && is_known(&made->key) &&
	    take_from_cache(executor, node, made, err) < 0)
		return -1;
	if (made->outcome == OUTCOME_CACHED)
		return 0;
	if (clear_way(node, made, err) < 0 || make_work_place(node, err) < 0)
		return -1;
	units = choose_units(node, made);
	if (units > 1) {
		made->outcome = OUTCOME_UNITS;
		return 0;
	}
	for (size_t i = 0; i < node->own_count; i++) {
		if (made->inputs[i].is_needed &&
		    executor_translate(executor, node, i, messages, err) < 0)
			return -1;
	}
	return executor_render(executor, node, messages, err);
}
