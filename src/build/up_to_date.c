#include "build/action_key.h"

#include <errno.h>

#include "build/discovered_inputs.h"
#include "build/record_input.h"

static const struct hash unknown;

static bool hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

static void set_reason(struct node_status *status, enum reason reason, size_t index)
{
	if (status->reason != REASON_NONE)
		return;
	status->reason = reason;
	status->reason_index = index;
}

/* Copy the content of a source from the last record, if the stamp proves that it is the same. */
static void copy_known_input(const struct node *node, struct node_status *status, size_t index)
{
	const struct node_input *input = &node->inputs[index];
	const struct record_input *last = record_source(status->last, input->path, index);
	struct record_input *record = &status->record->inputs[index];

	record->path = input->path;
	if (!last || !last->is_reliable || !file_stamp_equal(&last->stamp, &input->source->stamp))
		return;
	record->stamp = last->stamp;
	record->is_reliable = true;
	record->content = last->content;
	status->inputs[index].is_known = true;
}

static bool are_needs_same(const struct executor *executor, const struct node *node,
    struct node_status *status, const struct record *last)
{
	for (size_t i = 0; i < node->need_count; i++) {
		const struct node_status *need = &executor->statuses[node->needs[i]->index];

		if (need->outcome == OUTCOME_CURRENT && i < last->need_count &&
		    slice_equal(last->needs[i].image, node->needs[i]->absolute) &&
		    hash_equal(&last->needs[i].content, &need->content))
			continue;
		set_reason(status, REASON_REQUIREMENT, i);
		return false;
	}
	return last->need_count == node->need_count;
}

/* Whether all sources are those of the last build, by their stamps. */
static bool are_inputs_same(const struct node *node, const struct record *last)
{
	if (last->input_count != node->input_count)
		return false;
	for (size_t i = 0; i < node->input_count; i++) {
		const struct record_input *input = &last->inputs[i];

		if (!input->is_reliable ||
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

/* Whether the image is still as the last build made it. `seen` (or NULL) is a stamp from before the
 * product was locked; if it differs, it may be out of date, and is taken again. *ret_number is
 * errno if the image cannot be examined, else 0. */
static bool is_image_intact(struct executor *executor, const struct node *node,
    struct node_status *status, const struct record *last, const struct file_stamp *seen,
    int *ret_number)
{
	struct file_stamp stamp;

	*ret_number = 0;
	if (seen && file_stamp_equal(seen, &last->stamp))
		return true;
	if (!stamp_reader_read(&executor->reader, node->workspace->fd, node->image, &stamp)) {
		*ret_number = errno_is_absence(errno) || errno == ELOOP ? 0 : errno;
		set_reason(status, REASON_MISSING, 0);
		return false;
	}
	if (!file_stamp_equal(&stamp, &last->stamp)) {
		set_reason(status, REASON_CHANGED, 0);
		return false;
	}
	return true;
}

void executor_decide(struct executor *executor, const struct node *node, const struct record *last,
    const struct file_stamp *image)
{
	struct node_status *status = &executor->statuses[node->index];
	int number; /* making the image will fail for the same reason */

	if (status->is_forced)
		set_reason(status, REASON_FORCED, 0);
	if (!last || status->is_forced)
		return;
	/* Checks that ask the file system come last. */
	if (!are_inputs_same(node, last) || !hash_equal(&last->config, &node->config) ||
	    !is_declaration_same(executor, node, last) ||
	    !are_needs_same(executor, node, status, last) ||
	    !is_image_intact(executor, node, status, last, image, &number) ||
	    !inputs_are_current(node->workspace, last))
		return;
	status->key = last->key;
	status->content = last->content;
	status->outcome = OUTCOME_CURRENT;
}

void executor_prepare(struct executor *executor, const struct node *node)
{
	struct node_status *status = &executor->statuses[node->index];
	struct record *record = status->record;

	record->image = node->image;
	record->project = node->factor->project->path;
	record->factor = node->factor->path;
	record->form = node->variant->form;
	str_truncate(&executor->text, 0);
	node_declaration(node, &executor->text);
	record->declaration = arena_slice(&executor->arena, str_slice(&executor->text));
	record->config = node->config;
	for (size_t i = 0; i < node->input_count; i++)
		copy_known_input(node, status, i);
	for (size_t i = 0; i < node->need_count; i++)
		record->needs[i].image = node->needs[i]->absolute;
}

/* Read the inputs whose content is not known. */
static int read_inputs(const struct node *node, struct node_status *status, struct error **err)
{
	autostr struct str path = STR_INIT;

	for (size_t i = 0; i < node->input_count; i++) {
		struct record_input *input = &status->record->inputs[i];
		const struct record_input *last = record_source(status->last, input->path, i);

		if (!status->inputs[i].is_known) {
			str_truncate(&path, 0);
			node_input_path(node, i, &path);
			if (record_input_read(str_c(&path), input, err) < 0)
				return -1;
			status->inputs[i].is_known = true;
		}
		if (status->last && (!last || !hash_equal(&last->content, &input->content)))
			set_reason(status, last ? REASON_SOURCE : REASON_DECLARATION, i);
	}
	return 0;
}

static int copy_needs(const struct executor *executor, const struct node *node,
    struct node_status *status, struct error **err)
{
	const struct record *last = status->last;

	for (size_t i = 0; i < node->need_count; i++) {
		const struct node_status *need = &executor->statuses[node->needs[i]->index];

		if (need->outcome == OUTCOME_FAILED || need->outcome == OUTCOME_SKIPPED)
			return fail(
			    err, ERROR_INTERNAL, "a factor was begun before its requirements");
		status->record->needs[i].content = need->content;
		if (last && i < last->need_count &&
		    !hash_equal(&last->needs[i].content, &need->content))
			set_reason(status, REASON_REQUIREMENT, i);
	}
	return 0;
}

/* Compute the key of a unit, whose command is composed. It stays unknown if the files that the
 * command reads are. */
static int make_unit_key(struct executor *executor, const struct node *node,
    struct node_status *status, size_t input, struct error **err)
{
	struct hash *unit = &status->record->inputs[input].unit;
	struct hash *command = &status->inputs[input].command;
	const struct dependency *changed;
	enum inputs_report reported;
	size_t skip;

	reported = command_is_own(&executor->command, &skip)
		       ? INPUTS_UNKNOWN
		       : inputs_report_of_command(executor, node, input, NULL);
	if (action_key_of_unit(executor, node, input, reported, command, err) < 0)
		return -1;
	*unit = reported == INPUTS_UNKNOWN ? *command : unknown;
	if (reported == INPUTS_UNKNOWN || status->is_forced)
		return 0;
	if (inputs_find_key(executor, node, input, unit, &changed, err) < 0)
		return -1;
	if (changed && status->last && status->reason == REASON_NONE) {
		set_reason(status, REASON_DEPENDENCY, input);
		status->changed = changed;
	}
	return 0;
}

/* Compute the keys of the units, and that of the image if all of these are known. */
static int make_keys(struct executor *executor, const struct node *node, struct node_status *status,
    struct error **err)
{
	bool are_known = true;

	for (size_t i = 0; i < node->own_count; i++) {
		struct record_input *input = &status->record->inputs[i];

		if (executor_compose_unit(executor, node, i, &input->has_unit, err) < 0)
			return -1;
		if (!input->has_unit)
			continue;
		if (make_unit_key(executor, node, status, i, err) < 0)
			return -1;
		are_known = are_known && !hash_equal(&input->unit, &unknown);
	}
	status->key = unknown;
	if (executor_compose_image(executor, node, err) < 0)
		return -1;
	return are_known ? action_key_of_image(executor, node, &status->key, err) : 0;
}

static void copy_known_units(struct node_status *status)
{
	for (size_t i = 0; i < status->record->input_count; i++) {
		struct record_input *input = &status->record->inputs[i];
		const struct record_input *last = record_source(status->last, input->path, i);

		if (input->has_unit && last && last->has_unit &&
		    !hash_equal(&input->unit, &unknown) && hash_equal(&last->unit, &input->unit))
			input->unit_stamp = last->unit_stamp;
	}
}

static void set_current(struct node_status *status)
{
	status->content = status->last->content;
	status->record->stamp = status->last->stamp;
	status->outcome = OUTCOME_CURRENT;
}

int executor_examine(struct executor *executor, const struct node *node, struct error **err)
{
	struct node_status *status = &executor->statuses[node->index];
	int number;

	/* executor_decide() compared stamps; from here on contents count. */
	status->reason = status->is_forced ? REASON_FORCED : REASON_NONE;
	if (read_inputs(node, status, err) < 0 || copy_needs(executor, node, status, err) < 0 ||
	    make_keys(executor, node, status, err) < 0)
		return -1;
	copy_known_units(status);
	if (!status->last) {
		set_reason(status, REASON_NEW, 0);
		return 0;
	}
	if (hash_equal(&status->key, &unknown) || !hash_equal(&status->last->key, &status->key)) {
		if (!slice_equal(status->last->declaration, status->record->declaration))
			set_reason(status, REASON_DECLARATION, 0);
		set_reason(status, REASON_COMMAND, 0);
		return 0;
	}
	if (status->is_forced)
		return 0;
	if (!is_image_intact(executor, node, status, status->last, NULL, &number))
		return number ? place_fail(node_place(node), number, "examine", err) : 0;
	status->reason = REASON_NONE;
	set_current(status);
	return 0;
}
