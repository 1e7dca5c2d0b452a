#include "build/action_key.h"

#include "base/file.h"
#include "build/self_key.h"

/* The version of keys. Increase it whenever a command of our own makes something else. */
#define KEY_VERSION "kiln key 3"

/* Characters that end a path in a word. */
#define PATH_ENDS "/,:;=\"' "

#define PROGRAM_LIMIT ((size_t)1 << 30)

static void add_fields(struct str *ret, const struct fields *fields)
{
	str_addf(ret, "%zu;", fields->count);
	for (size_t i = 0; i < fields->count; i++)
		str_add_part(ret, fields_at(fields, i));
}

static void add_hash(struct str *ret, const struct hash *hash)
{
	str_add(ret, hash->bytes, HASH_SIZE);
}

/* Add the path and content of the command's program; each process reads a program once. */
static int add_program(struct executor *executor, struct str *ret, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str bytes = STR_INIT;
	const struct hash *known;
	struct hash *hash;
	const char *key;

	if (command_program(&executor->command, &path, err) < 0)
		return -1;
	known = map_get(&executor->programs, str_slice(&path));
	if (!known) {
		if (file_read(str_c(&path), PROGRAM_LIMIT, &bytes, NULL, err) < 0)
			return -1;
		hash = arena_alloc(&executor->arena, sizeof(*hash));
		if (hash_compute(HASH_BLAKE2B, str_slice(&bytes), hash, err) < 0)
			return -1;
		key = arena_copy(&executor->arena, str_slice(&path));
		*map_at(&executor->programs, slice_of(key, path.len)) = hash;
		known = hash;
	}
	str_add_part(ret, str_slice(&path));
	add_hash(ret, known);
	return 0;
}

/* Whether the words tell a compiler to leave the product's path out of its results. */
static bool maps_prefix(const struct fields *words, struct slice product)
{
	const struct slice option = SLICE_LITERAL("-ffile-prefix-map=");

	for (size_t i = 0; i < words->count; i++) {
		struct slice word = fields_at(words, i);

		if (!slice_starts(word, option))
			continue;
		word = slice_from(word, option.len);
		if (slice_starts(word, product) && word.len > product.len &&
		    word.data[product.len] == '=')
			return true;
	}
	return false;
}

static bool has_origin(const struct fields *words, size_t first)
{
	for (size_t i = first; i + 1 < words->count; i += 2) {
		if (slice_is(fields_at(words, i), "origin"))
			return true;
	}
	return false;
}

/* Add the words of our own command. The product's path is cut off OUT, and off SRC unless the
 * result records the path of SRC. */
static void add_own_words(
    const struct node *node, const struct fields *words, size_t skip, struct str *ret)
{
	struct slice product = node->workspace->product->path;
	autostr struct str work = STR_INIT;

	node_work(node, &work);
	for (size_t i = skip; i < words->count; i++) {
		struct slice word = fields_at(words, i);
		bool is_source = i == skip + 1;
		bool is_place = i == skip ||
				(is_source && (has_origin(words, skip + 2) ||
						  slice_starts(word, str_slice(&work))));

		if (is_place && slice_starts(word, product))
			word = slice_from(word, product.len);
		str_add_part(ret, word);
	}
}

/* Copy words, with placeholders for the paths of the build's products. */
static void replace_products(const struct executor *executor, const struct node *node,
    const struct fields *words, struct fields *ret)
{
	autofields struct fields before = FIELDS_INIT;

	words_replace(
	    words, node->workspace->product->path, SLICE_LITERAL("@product"), PATH_ENDS, &before);
	for (size_t i = 0; i < executor->graph->workspace_count; i++) {
		const struct workspace *workspace = executor->graph->workspaces[i];
		struct fields after = FIELDS_INIT;

		if (workspace == node->workspace)
			continue;
		words_replace(
		    &before, workspace->product->path, SLICE_LITERAL("@other"), PATH_ENDS, &after);
		fields_release(&before);
		before = after;
	}
	fields_add_all(ret, &before);
}

/* Add the words of a program. The vectors of the built-in context make results that do not depend
 * on where products are, so paths of products are replaced; so they are if the words map the
 * product's path. Otherwise only the paths of units and image are. */
static void add_program_words(const struct executor *executor, const struct node *node,
    const struct fields *words, struct str *ret)
{
	autofields struct fields units = FIELDS_INIT;
	autofields struct fields placed = FIELDS_INIT;
	autostr struct str work = STR_INIT;

	if (!*context_path(executor->graph->context) ||
	    maps_prefix(words, node->workspace->product->path)) {
		replace_products(executor, node, words, &placed);
	} else {
		node_work(node, &work);
		words_replace(words, str_slice(&work), SLICE_LITERAL("@work"), PATH_ENDS, &units);
		words_replace(&units, node->absolute, SLICE_LITERAL("@image"), PATH_ENDS, &placed);
	}
	add_fields(ret, &placed);
}

/* Add the command; *ret_own is whether it is one of our own. */
static int add_command(struct executor *executor, const struct node *node, struct str *ret,
    bool *ret_own, struct error **err)
{
	const struct context_command *command = &executor->command;
	autofields struct fields words = FIELDS_INIT;
	autofields struct fields names = FIELDS_INIT;
	autofields struct fields environment = FIELDS_INIT;
	struct context_type type = {node->factor->type, node->factor->isolation};
	size_t skip;

	command_words(command, &words);
	*ret_own = command_is_own(command, &skip);
	str_addf(ret, "%d%d;", command->input, command->output);
	if (*ret_own) {
		if (self_key_add(&executor->graph->pythons, node->variant->architecture, ret, err) <
		    0)
			return -1;
		add_own_words(node, &words, skip, ret);
		return 0;
	}
	if (context_environment(executor->graph->context, &node->mode->request, node->variant,
		&type, &names, err) < 0)
		return -1;
	command_environment(command, &names, true, &environment);
	add_fields(ret, &environment);
	if (add_program(executor, ret, err) < 0)
		return -1;
	add_program_words(executor, node, &words, ret);
	return 0;
}

static void add_input_path(const struct node *node, size_t input, struct str *ret)
{
	/* Relative to the source's own product. */
	str_add_part(ret, node->inputs[input].factor->project->directory);
	str_add_part(ret, node->inputs[input].source->path);
}

static void add_input(
    const struct node *node, const struct node_status *status, size_t input, struct str *ret)
{
	add_input_path(node, input, ret);
	add_hash(ret, &status->record->inputs[input].content);
}

/* Whether an input is data. Assembler code may include data, and no dependency file reports that.
 */
static bool is_data(const struct node_input *input)
{
	return input->is_own && !input->source->format;
}

/* Whether a compiler may find an input by its name: a header of the factor, or a source of a
 * requirement. */
static bool is_searched(const struct node_input *input)
{
	return !input->is_own || slice_is(input->source->format->dialect, "header");
}

/* Add what decides about a unit beside the files that the command reports. Of headers that is their
 * paths: a new one may be found before the one that was read. */
static void add_searched_inputs(
    const struct node *node, const struct node_status *status, size_t input, struct str *ret)
{
	for (size_t i = 0; i < node->input_count; i++) {
		if (i == input)
			continue;
		if (is_data(&node->inputs[i]))
			add_input(node, status, i, ret);
		else if (is_searched(&node->inputs[i]))
			add_input_path(node, i, ret);
	}
}

/* Add all that a program may read: the other inputs, and required images. */
static void add_all_inputs(
    const struct node *node, const struct node_status *status, size_t input, struct str *ret)
{
	for (size_t i = 0; i < node->input_count; i++) {
		if (i != input)
			add_input(node, status, i, ret);
	}
	for (size_t i = 0; i < node->need_count; i++)
		add_hash(ret, &status->record->needs[i].content);
}

/* Add the contents of required images that the unit's command names. */
static void add_named_needs(const struct executor *executor, const struct node *node,
    const struct node_status *status, struct str *ret)
{
	autofields struct fields words = FIELDS_INIT;

	command_words(&executor->command, &words);
	for (size_t i = 0; i < node->need_count; i++) {
		struct slice image = node->needs[i]->absolute;

		for (size_t k = 0; k < words.count; k++) {
			struct slice word = fields_at(&words, k);

			if (!memmem(word.data, word.len, image.data, image.len))
				continue;
			add_hash(ret, &status->record->needs[i].content);
			break;
		}
	}
}

int action_key_of_unit(struct executor *executor, const struct node *node, size_t input,
    enum inputs_report reported, struct hash *ret, struct error **err)
{
	const struct node_status *status = &executor->statuses[node->index];
	autostr struct str text = STR_INIT;
	bool is_own;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION " unit"));
	if (add_command(executor, node, &text, &is_own, err) < 0)
		return -1;
	add_hash(&text, &status->record->inputs[input].content);
	add_named_needs(executor, node, status, &text);
	str_addf(&text, "%d;", reported);
	if (!is_own && reported == INPUTS_COMPLETE)
		add_searched_inputs(node, status, input, &text);
	else if (!is_own)
		add_all_inputs(node, status, input, &text);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}

int action_key_of_image(
    struct executor *executor, const struct node *node, struct hash *ret, struct error **err)
{
	const struct node_status *status = &executor->statuses[node->index];
	autostr struct str text = STR_INIT;
	bool is_own;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION " image"));
	if (add_command(executor, node, &text, &is_own, err) < 0)
		return -1;
	for (size_t i = 0; i < node->input_count; i++) {
		const struct record_input *input = &status->record->inputs[i];

		if (input->has_unit)
			add_hash(&text, &input->unit);
		else
			add_input(node, status, i, &text);
	}
	for (size_t i = 0; i < node->need_count; i++)
		add_hash(&text, &status->record->needs[i].content);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}
