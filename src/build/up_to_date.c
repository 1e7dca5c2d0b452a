#include "build/action_key.h"

#include <errno.h>

#include "build/discovered_inputs.h"

static const struct hash unknown;

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

/* Take over what the last build knew of a source whose state is the same. */
static void recall_input(const struct node *node, struct made *made, size_t index)
{
	const struct node_input *input = &node->inputs[index];
	const struct record_input *last = record_source(made->last, input->path, index);
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

/* Whether the image is what the last build made. What was seen of it earlier may be out of date if it is not. If that cannot be
 * told, *ret_number is why (errno), else 0. */
static bool is_image_intact(struct maker *maker, const struct node *node, struct made *made,
    const struct record *last, const struct source_state *seen, int *ret_number)
{
	struct source_state state;

	*ret_number = 0;
	if (seen && state_equal(seen, &last->state))
		return true;
	if (!look_at(&maker->look, node->site->fd, node->image, &state)) {
		*ret_number = errno_is_absence(errno) || errno == ELOOP ? 0 : errno;
		set_reason(made, REASON_MISSING, 0);
		return false;
	}
	if (!state_equal(&state, &last->state)) {
		set_reason(made, REASON_CHANGED, 0);
		return false;
	}
	return true;
}

void maker_decide(struct maker *maker, const struct node *node, const struct record *last,
    const struct source_state *image)
{
	struct made *made = &maker->made[node->index];
	int number; /* whoever makes the image will see */

	if (made->is_forced)
		set_reason(made, REASON_FORCED, 0);
	if (!last || made->is_forced)
		return;
	/* In the last place what asks the file system. */
	if (!are_inputs_same(node, last) || !hash_equal(&last->settings, &node->settings) ||
	    !is_declaration_same(maker, node, last) || !are_needs_same(maker, node, made, last) ||
	    !is_image_intact(maker, node, made, last, image, &number) ||
	    !reads_are_current(node->site, last))
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

/* Know the content of all inputs. */
static int read_inputs(const struct node *node, struct made *made, struct error **err)
{
	autostr struct str path = STR_INIT;

	for (size_t i = 0; i < node->input_count; i++) {
		struct record_input *input = &made->record->inputs[i];
		const struct record_input *last = record_source(made->last, input->path, i);

		if (!made->inputs[i].is_known) {
			str_truncate(&path, 0);
			node_input_path(node, i, &path);
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

/* The key of a unit, whose command is composed; unknown if what the command reads is. */
static int make_unit_key(struct maker *maker, const struct node *node, struct made *made,
    size_t input, struct error **err)
{
	struct hash *unit = &made->record->inputs[input].unit;
	struct hash *command = &made->inputs[input].command;
	const struct dependency *changed;
	enum reads_told told;
	size_t skip;

	told = command_is_own(&maker->command, &skip) ? READS_UNTOLD
						      : reads_of_command(maker, node, input, NULL);
	if (key_of_unit(maker, node, input, told, command, err) < 0)
		return -1;
	*unit = told == READS_UNTOLD ? *command : unknown;
	if (told == READS_UNTOLD || made->is_forced)
		return 0;
	if (reads_find(maker, node, input, unit, &changed, err) < 0)
		return -1;
	if (changed && made->last && made->reason == REASON_NONE) {
		set_reason(made, REASON_DEPENDENCY, input);
		made->changed = changed;
	}
	return 0;
}

/* The keys of units, and that of the image if all of those are known. */
static int make_keys(
    struct maker *maker, const struct node *node, struct made *made, struct error **err)
{
	bool are_known = true;

	for (size_t i = 0; i < node->own_count; i++) {
		struct record_input *input = &made->record->inputs[i];

		if (maker_compose_unit(maker, node, i, &input->has_unit, err) < 0)
			return -1;
		if (!input->has_unit)
			continue;
		if (make_unit_key(maker, node, made, i, err) < 0)
			return -1;
		are_known = are_known && !hash_equal(&input->unit, &unknown);
	}
	made->key = unknown;
	if (maker_compose_image(maker, node, err) < 0)
		return -1;
	return are_known ? key_of_image(maker, node, &made->key, err) : 0;
}

static void recall_units(struct made *made)
{
	for (size_t i = 0; i < made->record->input_count; i++) {
		struct record_input *input = &made->record->inputs[i];
		const struct record_input *last = record_source(made->last, input->path, i);

		if (input->has_unit && last && last->has_unit &&
		    !hash_equal(&input->unit, &unknown) && hash_equal(&last->unit, &input->unit))
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
	int number;

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
	if (hash_equal(&made->key, &unknown) || !hash_equal(&made->last->key, &made->key)) {
		if (!slice_equal(made->last->declaration, made->record->declaration))
			set_reason(made, REASON_DECLARATION, 0);
		set_reason(made, REASON_COMMAND, 0);
		return 0;
	}
	if (made->is_forced)
		return 0;
	if (!is_image_intact(maker, node, made, made->last, NULL, &number))
		return number ? place_fail(node_place(node), number, "look at", err) : 0;
	made->reason = REASON_NONE;
	set_current(made);
	return 0;
}
