#include "process/maker.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/tree.h"
#include "process/include.h"
#include "process/key.h"
#include "process/place.h"
#include "process/settle.h"
#include "process/units.h"

void maker_release(struct maker *maker)
{
	context_command_release(&maker->command);
	map_release(&maker->programs);
	arena_release(&maker->arena);
	str_release(&maker->text);
	str_release(&maker->place);
	str_release(&maker->looked);
	cleanup_close(&maker->directory);
}

static bool hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

static void set_reason(struct made *made, enum reason reason, size_t index)
{
	if (made->reason != REASON_NONE)
		return;
	made->reason = reason;
	made->reason_index = index;
}

/* The last build's record of a source, most often at the same place. */
static const struct record_input *find_last(
    const struct record *last, struct slice path, size_t place)
{
	if (!last)
		return NULL;
	if (place < last->input_count && slice_equal(last->inputs[place].path, path))
		return &last->inputs[place];
	for (size_t i = 0; i < last->input_count; i++) {
		if (slice_equal(last->inputs[i].path, path))
			return &last->inputs[i];
	}
	return NULL;
}

/* Take over what the last build knew of a source whose state is the same. */
static void recall_input(const struct node *node, struct made *made, size_t index)
{
	const struct node_input *input = &node->inputs[index];
	const struct record_input *last = find_last(made->last, input->path, index);
	struct record_input *record = &made->record->inputs[index];

	record->path = input->path;
	if (!last || !last->is_settled || !state_equal(&last->state, &input->source->state))
		return;
	record->state = last->state;
	record->is_settled = true;
	record->content = last->content;
	made->inputs[index].is_known = true;
}

static bool are_needs_same(const struct maker *maker, const struct node *node, struct made *made,
    const struct record *last)
{
	for (size_t i = 0; i < node->need_count; i++) {
		const struct made *need = &maker->made[node->needs[i]->index];

		if (need->outcome == OUTCOME_CURRENT && i < last->need_count &&
		    slice_equal(last->needs[i].image, node->needs[i]->absolute) &&
		    hash_equal(&last->needs[i].content, &need->content))
			continue;
		set_reason(made, REASON_REQUIREMENT, i);
		return false;
	}
	return last->need_count == node->need_count;
}

/* Whether all sources are those of the last build, as far as their states tell. */
static bool are_inputs_same(const struct node *node, const struct record *last)
{
	if (last->input_count != node->input_count)
		return false;
	for (size_t i = 0; i < node->input_count; i++) {
		const struct record_input *input = &last->inputs[i];

		if (!input->is_settled ||
		    !state_equal(&input->state, &node->inputs[i].source->state) ||
		    !slice_equal(input->path, node->inputs[i].path))
			return false;
	}
	return true;
}

static bool is_declaration_same(
    struct maker *maker, const struct node *node, const struct record *last)
{
	str_truncate(&maker->text, 0);
	node_declaration(node, &maker->text);
	return slice_equal(last->declaration, str_slice(&maker->text));
}

/* By its name in its directory, which is kept open as long as the images of nodes are in it: that is half the way. */
static bool take_image_state(struct maker *maker, const struct node *node, struct source_state *ret)
{
	struct slice parent = path_parent(node->absolute);

	if (maker->directory < 0 || !slice_equal(parent, str_slice(&maker->looked))) {
		cleanup_close(&maker->directory);
		str_truncate(&maker->looked, 0);
		str_add_slice(&maker->looked, parent);
		maker->directory = open(str_c(&maker->looked), O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return maker->directory >= 0 &&
	       state_take(maker->directory, path_name(node->absolute).data, ret);
}

/* Whether the image is what the last build made. */
static bool is_image_intact(
    struct maker *maker, const struct node *node, struct made *made, const struct record *last)
{
	struct source_state state;

	if (!take_image_state(maker, node, &state)) {
		set_reason(made, REASON_MISSING, 0);
		return false;
	}
	if (!state_equal(&state, &last->state)) {
		set_reason(made, REASON_CHANGED, 0);
		return false;
	}
	return true;
}

void maker_decide(struct maker *maker, const struct node *node, const struct record *last)
{
	struct made *made = &maker->made[node->index];

	if (made->is_forced)
		set_reason(made, REASON_FORCED, 0);
	if (!last || made->is_forced)
		return;
	/* In the last place what asks the file system. */
	if (!are_inputs_same(node, last) || !hash_equal(&last->settings, &node->settings) ||
	    !is_declaration_same(maker, node, last) || !are_needs_same(maker, node, made, last) ||
	    !is_image_intact(maker, node, made, last))
		return;
	made->key = last->key;
	made->content = last->content;
	made->outcome = OUTCOME_CURRENT;
}

void maker_prepare(struct maker *maker, const struct node *node)
{
	struct made *made = &maker->made[node->index];
	struct record *record = made->record;

	record->image = node->image;
	record->project = node->factor->project->path;
	record->factor = node->factor->path;
	record->form = node->variant->form;
	str_truncate(&maker->text, 0);
	node_declaration(node, &maker->text);
	record->declaration = slice_of(
	    arena_copy(&maker->arena, str_slice(&maker->text)), maker->text.len);
	record->settings = node->settings;
	for (size_t i = 0; i < node->input_count; i++)
		recall_input(node, made, i);
	for (size_t i = 0; i < node->need_count; i++)
		record->needs[i].image = node->needs[i]->absolute;
}

static void input_path(const struct node *node, size_t input, struct str *ret)
{
	source_path(node->inputs[input].factor, node->inputs[input].source, ret);
}

/* Know the content of all inputs. */
static int read_inputs(const struct node *node, struct made *made, struct error **err)
{
	autostr struct str path = STR_INIT;

	for (size_t i = 0; i < node->input_count; i++) {
		struct record_input *input = &made->record->inputs[i];
		const struct record_input *last = find_last(made->last, input->path, i);

		if (!made->inputs[i].is_known) {
			str_truncate(&path, 0);
			input_path(node, i, &path);
			if (input_read(str_c(&path), input, err) < 0)
				return -1;
			made->inputs[i].is_known = true;
		}
		if (made->last && (!last || !hash_equal(&last->content, &input->content)))
			set_reason(made, last ? REASON_SOURCE : REASON_DECLARATION, i);
	}
	return 0;
}

static int take_needs(
    const struct maker *maker, const struct node *node, struct made *made, struct error **err)
{
	const struct record *last = made->last;

	for (size_t i = 0; i < node->need_count; i++) {
		const struct made *need = &maker->made[node->needs[i]->index];

		if (need->outcome == OUTCOME_FAILED || need->outcome == OUTCOME_SKIPPED)
			return fail(err, ERROR_INTERNAL, "an image was begun before what it needs");
		made->record->needs[i].content = need->content;
		if (last && i < last->need_count &&
		    !hash_equal(&last->needs[i].content, &need->content))
			set_reason(made, REASON_REQUIREMENT, i);
	}
	return 0;
}

int maker_compose(struct maker *maker, const struct node *node, size_t input,
    struct context_command *ret, bool *ret_present, struct error **err)
{
	bool translates = input != SIZE_MAX;
	const struct node_input *source = translates ? &node->inputs[input] : NULL;
	struct factor *factor = translates ? source->factor : node->factor;
	const struct format *format = translates ? source->source->format : NULL;
	const struct made *made = &maker->made[node->index];
	autofields struct fields units = FIELDS_INIT;
	autostr struct str unit = STR_INIT;
	autostr struct str work = STR_INIT;
	struct factor_view view = {
	    .factor = factor,
	    .variant = {node->variant->system, node->variant->architecture, node->variant->form},
	    .layout = maker->graph->layout,
	    .source = translates ? source->source : NULL,
	    .units = &units,
	    .context = slice_c(context_path(maker->graph->context)),
	    .python_include = maker->python_include,
	};
	struct context_subject subject = {
	    .type = {factor->type, factor->isolation},
	    .language = format ? format->language : SLICE_LITERAL(""),
	    .dialect = format ? format->dialect : SLICE_LITERAL(""),
	    .query = factor_answer,
	    .query_context = &view,
	};

	node_work(node, &work);
	view.work = str_slice(&work);
	for (size_t i = 0; i < node->own_count; i++) {
		if (translates ? i != input : !made->record->inputs[i].has_unit)
			continue;
		str_truncate(&unit, 0);
		node_unit(node, i, &unit);
		fields_add(&units, str_slice(&unit));
	}
	return context_command(maker->graph->context, &node->mode->request, node->variant,
	    translates ? PHASE_TRANSLATE : PHASE_RENDER, &subject, ret, ret_present, err);
}

/* Whether there is a command for a source at all: one of unknown format has none. */
static int compose_unit(struct maker *maker, const struct node *node, size_t input,
    bool *ret_present, struct error **err)
{
	*ret_present = false;
	if (!node->inputs[input].source->format)
		return 0;
	return maker_compose(maker, node, input, &maker->command, ret_present, err);
}

static int compose_image(struct maker *maker, const struct node *node, struct error **err)
{
	bool present;

	if (maker_compose(maker, node, SIZE_MAX, &maker->command, &present, err) < 0)
		return -1;
	if (!present)
		return fail(err, ERROR_INPUT, "the construction context has no command for it");
	return 0;
}

static int make_keys(
    struct maker *maker, const struct node *node, struct made *made, struct error **err)
{
	for (size_t i = 0; i < node->own_count; i++) {
		struct record_input *input = &made->record->inputs[i];

		if (compose_unit(maker, node, i, &input->has_unit, err) < 0)
			return -1;
		if (input->has_unit && key_of_unit(maker, node, i, &input->unit, err) < 0)
			return -1;
	}
	if (compose_image(maker, node, err) < 0)
		return -1;
	return key_of_image(maker, node, &made->key, err);
}

static void recall_units(struct made *made)
{
	for (size_t i = 0; i < made->record->input_count; i++) {
		struct record_input *input = &made->record->inputs[i];
		const struct record_input *last = find_last(made->last, input->path, i);

		if (input->has_unit && last && last->has_unit &&
		    hash_equal(&last->unit, &input->unit))
			input->unit_state = last->unit_state;
	}
}

static void set_current(struct made *made)
{
	made->content = made->last->content;
	made->record->state = made->last->state;
	made->outcome = OUTCOME_CURRENT;
}

int maker_examine(struct maker *maker, const struct node *node, struct error **err)
{
	struct made *made = &maker->made[node->index];

	/* What was decided by states alone is decided anew. */
	made->reason = made->is_forced ? REASON_FORCED : REASON_NONE;
	if (read_inputs(node, made, err) < 0 || take_needs(maker, node, made, err) < 0 ||
	    make_keys(maker, node, made, err) < 0)
		return -1;
	recall_units(made);
	if (!made->last) {
		set_reason(made, REASON_NEW, 0);
		return 0;
	}
	if (!hash_equal(&made->last->key, &made->key)) {
		if (!slice_equal(made->last->declaration, made->record->declaration))
			set_reason(made, REASON_DECLARATION, 0);
		set_reason(made, REASON_COMMAND, 0);
		return 0;
	}
	if (made->is_forced || !is_image_intact(maker, node, made, made->last))
		return 0;
	made->reason = REASON_NONE;
	set_current(made);
	return 0;
}

static void add_usage(struct made *made, const struct command_usage *usage)
{
	made->usage.seconds += usage->seconds;
	if (usage->memory > made->usage.memory)
		made->usage.memory = usage->memory;
	made->commands++;
}

/* What a product came with must not lead what is written out of it. The place of the last image is remembered: most have
 * neighbours. */
static int make_image_place(struct maker *maker, const struct node *node, struct error **err)
{
	const struct site *site = node->site;
	struct slice parent = path_parent(node->absolute);

	if (slice_equal(parent, str_slice(&maker->place)))
		return 0;
	if (place_make(site->fd, site->product->path, path_parent(node->image), err) < 0)
		return -1;
	str_truncate(&maker->place, 0);
	str_add_slice(&maker->place, parent);
	return 0;
}

static int make_work_place(const struct node *node, struct error **err)
{
	const struct site *site = node->site;
	struct slice product = site->product->path;
	autostr struct str work = STR_INIT;

	node_work(node, &work);
	return place_make(site->fd, product,
	    slice_of(work.data + product.len + 1, work.len - product.len - 1), err);
}

/* Perform maker->command. */
static int perform(struct maker *maker, const struct node *node, const char *target,
    const char *source, const char *log, struct str *messages, struct error **err)
{
	struct context_type type = {node->factor->type, node->factor->isolation};
	autofields struct fields names = FIELDS_INIT;
	autofields struct fields environment = FIELDS_INIT;
	autofree const char **variables = NULL;
	struct command_usage usage = {0, 0};
	struct command_run run = {
	    .command = &maker->command,
	    .directory = node->site->product->path.data,
	    .source = source,
	    .target = target,
	    .log = log,
	};
	int result;

	if (context_environment(
		maker->graph->context, &node->mode->request, node->variant, &type, &names, err) < 0)
		return -1;
	command_environment(&maker->command, &names, false, &environment);
	variables = fields_arguments(&environment);
	run.environment = variables;
	result = command_perform(&maker->performer, &run, messages, &usage, err);
	add_usage(&maker->made[node->index], &usage);
	return result;
}

/* A log's path: that of the unit or image, below the log directory. */
static void log_path(const struct node *node, struct slice name, struct str *ret)
{
	node_work(node, ret);
	str_adds(ret, "/log/");
	str_add_slice(ret, name);
	str_adds(ret, ".log");
}

/* A source that is not what it was when its content became known: what was made of it may be of either. */
static void check_input(const struct node *node, struct made *made, size_t input)
{
	autostr struct str path = STR_INIT;

	input_path(node, input, &path);
	if (input_is_same(str_c(&path), &made->record->inputs[input]))
		return;
	made->is_unsettled = true;
	made->record->inputs[input].is_settled = false;
	memset(&made->record->inputs[input].unit, 0, sizeof(struct hash));
}

/* The same of all that the unit's key has. */
static int check_unit(
    struct maker *maker, const struct node *node, size_t input, struct error **err)
{
	struct made *made = &maker->made[node->index];
	autofree bool *included = NULL;
	size_t skip;

	check_input(node, made, input);
	if (command_is_own(&maker->command, &skip))
		return 0;
	included = xcalloc(node->input_count, sizeof(*included));
	if (inputs_included(node, input, included, err) < 0)
		return -1;
	for (size_t i = 0; i < node->input_count; i++) {
		if (included[i])
			check_input(node, made, i);
	}
	if (made->is_unsettled)
		memset(&made->record->inputs[input].unit, 0, sizeof(struct hash));
	return 0;
}

/* Units of images with one source need no place in the cache: the image has one. */
static bool is_unit_cached(const struct node *node)
{
	return node->own_count > 1;
}

int maker_translate(struct maker *maker, const struct node *node, size_t input,
    struct str *messages, struct error **err)
{
	struct made *made = &maker->made[node->index];
	struct record_input *record = &made->record->inputs[input];
	autostr struct str unit = STR_INIT;
	autostr struct str name = STR_INIT;
	autostr struct str source = STR_INIT;
	autostr struct str log = STR_INIT;
	struct hash content;
	bool present, found = false;

	node_unit(node, input, &unit);
	input_path(node, input, &source);
	node_unit_name(node, input, &name);
	log_path(node, str_slice(&name), &log);
	if (is_unit_cached(node) && !made->is_forced &&
	    cache_get(maker->cache, &record->unit, str_c(&unit), &found, &content, err) < 0)
		return -1;
	if (!found) {
		if (compose_unit(maker, node, input, &present, err) < 0)
			return -1;
		if (tree_make_parents(str_c(&unit), err) < 0 ||
		    perform(maker, node, str_c(&unit), str_c(&source), str_c(&log), messages, err) <
			0)
			return -1;
		if (check_unit(maker, node, input, err) < 0)
			return -1;
		if (is_unit_cached(node) && !made->is_unsettled &&
		    cache_put(maker->cache, &record->unit, str_c(&unit), &content, err) < 0)
			return -1;
	}
	(void)state_take(AT_FDCWD, str_c(&unit), &record->unit_state); /* else made the next time */
	made->inputs[input].is_made = true;
	return 0;
}

int maker_render(
    struct maker *maker, const struct node *node, struct str *messages, struct error **err)
{
	struct made *made = &maker->made[node->index];
	autostr struct str log = STR_INIT;

	log_path(node, path_name(node->image), &log);
	if (units_tidy(node, made->record, err) < 0 || compose_image(maker, node, err) < 0 ||

	    perform(maker, node, node->absolute.data, NULL, str_c(&log), messages, err) < 0)
		return -1;
	for (size_t i = 0; i < node->input_count; i++)
		check_input(node, made, i);
	if (made->is_unsettled) {
		memset(&made->key, 0, sizeof(made->key));
		if (content_digest(node->absolute.data, &made->content, NULL, err) < 0)
			return -1;
	} else if (cache_put(maker->cache, &made->key, node->absolute.data, &made->content, err) <
		   0) {
		return -1;
	}
	(void)state_take(node->site->fd, node->image.data, &made->record->state); /* as above */
	made->outcome = OUTCOME_PROCESSED;
	return 0;
}

static int take_from_cache(
    struct maker *maker, const struct node *node, struct made *made, struct error **err)
{
	bool found;

	if (cache_get(maker->cache, &made->key, node->absolute.data, &found, &made->content, err) <
	    0)
		return -1;
	if (!found)
		return 0;
	(void)state_take(node->site->fd, node->image.data, &made->record->state); /* as above */
	made->outcome = OUTCOME_CACHED;
	return 0;
}

/* Whether the unit that the last build made is there. */
static bool is_unit_intact(const struct node *node, size_t input, const struct made *made)
{
	static const struct source_state none;
	const struct record_input *record = &made->record->inputs[input];
	autostr struct str unit = STR_INIT;
	struct source_state state;

	if (made->is_forced || memcmp(&record->unit_state, &none, sizeof(none)) == 0)
		return false;
	node_unit(node, input, &unit);
	return state_take(AT_FDCWD, str_c(&unit), &state) &&
	       state_equal(&state, &record->unit_state);
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

/* A directory that is in the way of a file. What was made is replaced, whatever it is. */
static int clear_way(const struct node *node, const struct made *made, struct error **err)
{
	struct stat stat_of;

	if ((made->last && made->reason != REASON_CHANGED) ||
	    lstat(node->absolute.data, &stat_of) < 0 || !S_ISDIR(stat_of.st_mode))
		return 0;
	return tree_remove(node->absolute.data, err);
}

int maker_begin(
    struct maker *maker, const struct node *node, struct str *messages, struct error **err)
{
	struct made *made = &maker->made[node->index];
	size_t units;

	if (maker_examine(maker, node, err) < 0)
		return -1;
	if (made->outcome == OUTCOME_CURRENT)
		return 0;
	if (make_image_place(maker, node, err) < 0 || clear_way(node, made, err) < 0)
		return -1;
	if (!made->is_forced && take_from_cache(maker, node, made, err) < 0)
		return -1;
	if (made->outcome == OUTCOME_CACHED)
		return 0;
	if (make_work_place(node, err) < 0)
		return -1;
	units = choose_units(node, made);
	if (units > 1) {
		made->outcome = OUTCOME_UNITS;
		return 0;
	}
	for (size_t i = 0; i < node->own_count; i++) {
		if (made->inputs[i].is_needed && maker_translate(maker, node, i, messages, err) < 0)
			return -1;
	}
	return maker_render(maker, node, messages, err);
}
