#include "build/action_key.h"

#include <errno.h>

#include "build/discovered_inputs.h"
#include "build/record_input.h"

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
	if (!last || !last->is_settled || !file_stamp_equal(&last->stamp, &input->source->stamp))
		return;
	record->stamp = last->stamp;
	record->is_settled = true;
	record->content = last->content;
	made->inputs[index].is_known = true;
}

static bool are_needs_same(const struct executor *executor, const struct node *node,
    struct made *made, const struct record *last)
{
	for (size_t i = 0; i < node->need_count; i++) {
		const struct made *need = &executor->made[node->needs[i]->index];

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
		    !file_stamp_equal(&input->stamp, &node->inputs[i].source->stamp) ||
		    !slice_equal(input->path, node->inputs[i].path))
			return false;
	}
	return true;
}

static bool is_declaration_same(
    struct executor *executor, const struct node *node, const struct record *last)
{
	str_truncate(&executor->text, 0);
	node_declaration(node, &executor->text);
	return slice_equal(last->declaration, str_slice(&executor->text));
}

/* Whether the image is what the last build made. What was seen of it earlier may be out of date if
 * it is not. If that cannot be told, *ret_number is why (errno), else 0. */
static bool is_image_intact(struct executor *executor, const struct node *node, struct made *made,
    const struct record *last, const struct file_stamp *seen, int *ret_number)
{
	struct file_stamp stamp;

	*ret_number = 0;
	if (seen && file_stamp_equal(seen, &last->stamp))
		return true;
	if (!stamp_reader_read(&executor->reader, node->workspace->fd, node->image, &stamp)) {
		*ret_number = errno_is_absence(errno) || errno == ELOOP ? 0 : errno;
		set_reason(made, REASON_MISSING, 0);
		return false;
	}
	if (!file_stamp_equal(&stamp, &last->stamp)) {
		set_reason(made, REASON_CHANGED, 0);
		return false;
	}
	return true;
}

void executor_decide(struct executor *executor, const struct node *node, const struct record *last,
    const struct file_stamp *image)
{
	struct made *made = &executor->made[node->index];
	int number; /* whoever makes the image will see */

	if (made->is_forced)
		set_reason(made, REASON_FORCED, 0);
	if (!last || made->is_forced)
		return;
	/* In the last place what asks the file system. */
	if (!are_inputs_same(node, last) || !hash_equal(&last->settings, &node->settings) ||
	    !is_declaration_same(executor, node, last) ||
	    !are_needs_same(executor, node, made, last) ||
	    !is_image_intact(executor, node, made, last, image, &number) ||
	    !inputs_are_current(node->workspace, last))
		return;
	made->key = last->key;
	made->content = last->content;
	made->outcome = OUTCOME_CURRENT;
}

void executor_prepare(struct executor *executor, const struct node *node)
{
	struct made *made = &executor->made[node->index];
	struct record *record = made->record;

	record->image = node->image;
	record->project = node->factor->project->path;
	record->factor = node->factor->path;
	record->form = node->variant->form;
	str_truncate(&executor->text, 0);
	node_declaration(node, &executor->text);
	record->declaration = slice_of(
	    arena_copy(&executor->arena, str_slice(&executor->text)), executor->text.len);
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
			if (record_input_read(str_c(&path), input, err) < 0)
				return -1;
			made->inputs[i].is_known = true;
		}
		if (made->last && (!last || !hash_equal(&last->content, &input->content)))
			set_reason(made, last ? REASON_SOURCE : REASON_DECLARATION, i);
	}
	return 0;
}

static int take_needs(
    const struct executor *executor, const struct node *node, struct made *made, struct error **err)
{
	const struct record *last = made->last;

	for (size_t i = 0; i < node->need_count; i++) {
		const struct made *need = &executor->made[node->needs[i]->index];

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
static int make_unit_key(struct executor *executor, const struct node *node, struct made *made,
    size_t input, struct error **err)
{
	struct hash *unit = &made->record->inputs[input].unit;
	struct hash *command = &made->inputs[input].command;
	const struct dependency *changed;
	enum inputs_told told;
	size_t skip;

	told = command_is_own(&executor->command, &skip)
		   ? INPUTS_UNTOLD
		   : inputs_of_command(executor, node, input, NULL);
	if (action_key_of_unit(executor, node, input, told, command, err) < 0)
		return -1;
	*unit = told == INPUTS_UNTOLD ? *command : unknown;
	if (told == INPUTS_UNTOLD || made->is_forced)
		return 0;
	if (inputs_find(executor, node, input, unit, &changed, err) < 0)
		return -1;
	if (changed && made->last && made->reason == REASON_NONE) {
		set_reason(made, REASON_DEPENDENCY, input);
		made->changed = changed;
	}
	return 0;
}

/* The keys of units, and that of the image if all of those are known. */
static int make_keys(
    struct executor *executor, const struct node *node, struct made *made, struct error **err)
{
	bool are_known = true;

	for (size_t i = 0; i < node->own_count; i++) {
		struct record_input *input = &made->record->inputs[i];

		if (executor_compose_unit(executor, node, i, &input->has_unit, err) < 0)
			return -1;
		if (!input->has_unit)
			continue;
		if (make_unit_key(executor, node, made, i, err) < 0)
			return -1;
		are_known = are_known && !hash_equal(&input->unit, &unknown);
	}
	made->key = unknown;
	if (executor_compose_image(executor, node, err) < 0)
		return -1;
	return are_known ? action_key_of_image(executor, node, &made->key, err) : 0;
}

static void recall_units(struct made *made)
{
	for (size_t i = 0; i < made->record->input_count; i++) {
		struct record_input *input = &made->record->inputs[i];
		const struct record_input *last = record_source(made->last, input->path, i);

		if (input->has_unit && last && last->has_unit &&
		    !hash_equal(&input->unit, &unknown) && hash_equal(&last->unit, &input->unit))
			input->unit_stamp = last->unit_stamp;
	}
}

static void set_current(struct made *made)
{
	made->content = made->last->content;
	made->record->stamp = made->last->stamp;
	made->outcome = OUTCOME_CURRENT;
}

int executor_examine(struct executor *executor, const struct node *node, struct error **err)
{
	struct made *made = &executor->made[node->index];
	int number;

	/* What was decided by states alone is decided anew. */
	made->reason = made->is_forced ? REASON_FORCED : REASON_NONE;
	if (read_inputs(node, made, err) < 0 || take_needs(executor, node, made, err) < 0 ||
	    make_keys(executor, node, made, err) < 0)
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
	if (!is_image_intact(executor, node, made, made->last, NULL, &number))
		return number ? place_fail(node_place(node), number, "look at", err) : 0;
	made->reason = REASON_NONE;
	set_current(made);
	return 0;
}
