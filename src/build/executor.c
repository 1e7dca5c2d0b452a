#include "build/executor.h"

#include <errno.h>
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
	str_release(&executor->discovered);
	str_release(&executor->text);
	str_release(&executor->image_directory);
	cleanup_close(&executor->image_directory_fd);
	stamp_reader_release(&executor->reader);
}

static void add_usage(struct node_status *status, const struct command_usage *usage)
{
	status->usage.seconds += usage->seconds;
	if (usage->memory > status->usage.memory)
		status->usage.memory = usage->memory;
	status->commands++;
}

static void close_image_directory(struct executor *executor)
{
	if (executor->image_directory_fd >= 0)
		(void)close(
		    steal_fd(&executor->image_directory_fd)); /* nothing was written through it */
	str_truncate(&executor->image_directory, 0);
}

/* Make the directory of an image and open it through no link: links that a product came with must
 * not lead writes out of the product. The directory stays open, as the next image is often in it.
 */
static int open_image_directory(
    struct executor *executor, const struct node *node, struct error **err)
{
	const struct workspace *workspace = node->workspace;
	struct slice parent = path_parent(node->absolute);
	autostr struct str path = STR_INIT;
	struct place place;
	int number;

	/* Else the program that makes the image would fail with a message of its own. */
	if (path_name(node->image).len > NAME_MAX)
		return place_fail(node_place(node), ENAMETOOLONG, "create", err);
	if (slice_equal(parent, str_slice(&executor->image_directory)))
		return 0;
	close_image_directory(executor);
	str_truncate(&path, 0);
	if (!slice_is(path_parent(node->image), "."))
		str_add_slice(&path, path_parent(node->image));
	str_add_slice(&executor->image_directory, parent);
	place = place_below(workspace->fd, str_c(&path), str_c(&executor->image_directory));
	executor->image_directory_fd = place_make(place);
	if (executor->image_directory_fd >= 0)
		return 0;
	number = errno;
	(void)place_fail(place, number, "create", err); /* always -1 */
	close_image_directory(executor);
	return -1;
}

static int make_work_directory(const struct node *node, struct error **err)
{
	autostr struct str work = STR_INIT;

	node_work(node, &work);
	return tree_make(workspace_place(node->workspace, str_c(&work)), err);
}

/* Run executor->command; `run` says on which files. */
static int run_command(struct executor *executor, const struct node *node, struct command_run *run,
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
	run->place = (struct cc_place){node->workspace->product->path.data, &node->workspace->fd};
	run->architecture = node->variant->architecture;
	run->pythons = &executor->graph->pythons;
	run->environment = variables;
	result = command_runner_run(&executor->command_runner, run, messages, &usage, err);
	add_usage(&executor->statuses[node->index], &usage);
	return result;
}

/* Append the path of a log: the name of the unit or image, below the log directory. */
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

/* An input changed during the build: its unit may come from the old or the new content. So the next
 * build makes the unit again. */
static void note_changed_input(struct node_status *status, size_t input)
{
	status->inputs_changed = true;
	status->record->inputs[input].is_reliable = false;
	memset(&status->record->inputs[input].unit, 0, sizeof(struct hash));
}

/* Check that an input is still the same as when its content was read. */
static void verify_input(const struct node *node, struct node_status *status, size_t input)
{
	autostr struct str path = STR_INIT;

	node_input_path(node, input, &path);
	if (!record_input_is_same(str_c(&path), &status->record->inputs[input]))
		note_changed_input(status, input);
}

/* Check all inputs that are part of the unit's key. */
static void verify_inputs(
    const struct node *node, struct node_status *status, size_t input, enum inputs_report reported)
{
	verify_input(node, status, input);
	for (size_t i = 0; i < node->input_count; i++) {
		if (i != input && (reported != INPUTS_COMPLETE || !node->inputs[i].source->format))
			verify_input(node, status, i);
	}
	if (status->inputs_changed)
		memset(&status->record->inputs[input].unit, 0, sizeof(struct hash));
}

/* If a node has one source, the cache has its image, which makes the unit superfluous. */
static bool is_unit_cached(const struct node *node)
{
	return node->own_count > 1;
}

/* Run the command for an input, and record what it read. */
static int make_unit(struct executor *executor, const struct node *node, size_t input,
    struct place unit, struct str *messages, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	autostr struct str source = STR_INIT, log = STR_INIT, name = STR_INIT;
	autostr struct str dependencies = STR_INIT, text = STR_INIT;
	struct command_run run = {.target = unit.shown};
	struct inputs_run ran = {.begun = inputs_clock()};
	enum inputs_report reported = INPUTS_COMPLETE; /* an own command reads only its source */
	autoerror struct error *error = NULL;
	bool is_reliable = true;
	size_t skip;

	node_input_path(node, input, &source);
	node_unit_name(node, input, &name);
	log_path(node, str_slice(&name), &log);
	run.source = str_c(&source);
	run.log = str_c(&log);
	if (!command_is_own(&executor->command, &skip))
		reported = inputs_report_of_command(executor, node, input, &dependencies);
	if (dependencies.len) {
		run.dependencies = str_c(&dependencies);
		run.ret_dependencies = &text;
	}
	if (tree_make_parents(unit, err) < 0 ||
	    run_command(executor, node, &run, messages, err) < 0)
		return -1;
	ran.depfile = str_slice(&text);
	if (run.dependencies &&
	    inputs_record(executor, node, input, &ran, &is_reliable, &error) < 0) {
		if (!error->path)
			error->path = xstrdup(run.source);
		return fail_with(err, steal(&error));
	}
	if (!is_reliable)
		note_changed_input(status, input);
	verify_inputs(node, status, input, reported);
	return 0;
}

int executor_translate(struct executor *executor, const struct node *node, size_t input,
    struct str *messages, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	struct record_input *record = &status->record->inputs[input];
	bool is_cached = is_unit_cached(node), present, found = false;
	autostr struct str unit = STR_INIT;
	struct place place;
	struct hash content;

	node_unit(node, input, &unit);
	place = workspace_place(node->workspace, str_c(&unit));
	if (is_cached && !status->is_forced && is_known(&record->unit) &&
	    cache_get(executor->cache, &record->unit, place, &found, &content, err) < 0)
		return -1;
	if (!found) {
		if (executor_compose_unit(executor, node, input, &present, err) < 0 ||
		    make_unit(executor, node, input, place, messages, err) < 0)
			return -1;
		if (is_cached && !status->inputs_changed &&
		    cache_put(executor->cache, &record->unit, place, status->is_forced, &content,
			err) < 0)
			return -1;
	}
	(void)file_stamp_take(
	    place, &record->unit_stamp); /* if this fails, the next build makes it again */
	status->inputs[input].is_made = true;
	return 0;
}

int executor_render(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	autostr struct str log = STR_INIT;
	struct command_run run = {.target = node->absolute.data};

	log_path(node, path_name(node->image), &log);
	run.log = str_c(&log);
	if (prune_units(node, status->record, err) < 0 ||
	    executor_compose_image(executor, node, err) < 0)
		return -1;
	/* The keys of all units are known now. */
	if (!is_known(&status->key) && action_key_of_image(executor, node, &status->key, err) < 0)
		return -1;
	if (run_command(executor, node, &run, messages, err) < 0)
		return -1;
	for (size_t i = 0; i < node->input_count; i++)
		verify_input(node, status, i);
	if (status->inputs_changed) {
		memset(&status->key, 0, sizeof(status->key));
		if (content_digest(node_place(node), &status->content, NULL, err) < 0)
			return -1;
	} else if (cache_put(executor->cache, &status->key, node_place(node), status->is_forced,
		       &status->content, err) < 0) {
		return -1;
	}
	(void)file_stamp_take(node_place(node), &status->record->stamp); /* as above */
	status->outcome = OUTCOME_PROCESSED;
	return 0;
}

/* Remove a directory that stands where the image is to be, unless it is the image that the last
 * build made: the new one replaces that. */
static int remove_obstacle(
    const struct node *node, const struct node_status *status, struct error **err)
{
	struct stat stat_of;

	if ((status->last && status->reason != REASON_CHANGED) ||
	    place_stat(node_place(node), &stat_of) < 0 || !S_ISDIR(stat_of.st_mode))
		return 0;
	return tree_remove(node_place(node), err);
}

/* The place of the image, from the descriptor of its directory. */
static struct place image_place(const struct executor *executor, const struct node *node)
{
	return place_below(
	    executor->image_directory_fd, path_name(node->image).data, node->absolute.data);
}

/* Get the image from the cache. An obstacle is removed only when it shows: looking for one would
 * cost a call for each image. */
static int get_image(struct executor *executor, const struct node *node, struct node_status *status,
    bool *ret_found, struct error **err)
{
	struct hash *content = &status->content;
	autoerror struct error *error = NULL;

	if (cache_get(executor->cache, &status->key, image_place(executor, node), ret_found,
		content, &error) == 0)
		return 0;
	if (error->number == EISDIR) {
		if (remove_obstacle(node, status, err) < 0)
			return -1;
	} else if (error->number == ENOENT) {
		/* Somebody removed the open directory. */
		close_image_directory(executor);
		if (open_image_directory(executor, node, err) < 0)
			return -1;
	} else {
		return fail_with(err, steal(&error));
	}
	return cache_get(
	    executor->cache, &status->key, image_place(executor, node), ret_found, content, err);
}

static int get_from_cache(struct executor *executor, const struct node *node,
    struct node_status *status, struct error **err)
{
	bool found;

	if (get_image(executor, node, status, &found, err) < 0)
		return -1;
	if (!found)
		return 0;
	(void)stamp_reader_read(&executor->reader, node->workspace->fd, node->image,
	    &status->record->stamp); /* as above */
	status->outcome = OUTCOME_CACHED;
	return 0;
}

/* Whether the unit is still there as the last build made it. */
static bool is_unit_intact(const struct node *node, size_t input, const struct node_status *status)
{
	static const struct file_stamp none;
	const struct record_input *record = &status->record->inputs[input];
	autostr struct str unit = STR_INIT;
	struct file_stamp stamp;

	if (status->is_forced || memcmp(&record->unit_stamp, &none, sizeof(none)) == 0)
		return false;
	node_unit(node, input, &unit);
	return file_stamp_take(workspace_place(node->workspace, str_c(&unit)), &stamp) &&
	       file_stamp_equal(&stamp, &record->unit_stamp);
}

static size_t choose_units(const struct node *node, struct node_status *status)
{
	size_t count = 0;

	for (size_t i = 0; i < node->own_count; i++) {
		status->inputs[i].is_needed = status->record->inputs[i].has_unit &&
					      !is_unit_intact(node, i, status);
		count += status->inputs[i].is_needed;
	}
	return count;
}

int executor_begin(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	size_t units;

	if (executor_examine(executor, node, err) < 0)
		return -1;
	if (status->outcome == OUTCOME_CURRENT)
		return 0;
	if (open_image_directory(executor, node, err) < 0)
		return -1;
	if (!status->is_forced && is_known(&status->key) &&
	    get_from_cache(executor, node, status, err) < 0)
		return -1;
	if (status->outcome == OUTCOME_CACHED)
		return 0;
	if (remove_obstacle(node, status, err) < 0 || make_work_directory(node, err) < 0)
		return -1;
	units = choose_units(node, status);
	if (units > 1) {
		status->outcome = OUTCOME_UNITS;
		return 0;
	}
	for (size_t i = 0; i < node->own_count; i++) {
		if (status->inputs[i].is_needed &&
		    executor_translate(executor, node, i, messages, err) < 0)
			return -1;
	}
	return executor_render(executor, node, messages, err);
}
