#include "context/vectors.h"

#include "context/formulation.h"

struct vectors *vectors_new(void)
{
	return xcalloc(1, sizeof(struct vectors));
}

void vectors_free(struct vectors *vectors)
{
	if (!vectors)
		return;
	map_release(&vectors->by_name);
	arena_release(&vectors->arena);
	free(vectors);
}

bool vectors_have(const struct vectors *vectors, struct slice name)
{
	return map_get(&vectors->by_name, name) != NULL;
}

void vectors_names(const struct vectors *vectors, struct fields *ret)
{
	for (size_t i = 0; i < vectors->by_name.count; i++)
		fields_add(ret, vectors->by_name.entries[i].key);
}

void vectors_add_all(struct vectors *vectors, const struct vectors *other)
{
	for (size_t i = 0; i < other->by_name.count; i++) {
		const struct map_entry *entry = &other->by_name.entries[i];

		*map_at(&vectors->by_name, entry->key) = entry->value;
	}
}

static void end_vector(struct parser *parser)
{
	struct vector *vector;

	if (parser->vectors.len == 0)
		return;
	memcpy(
	    &vector, parser->vectors.data + parser->vectors.len - sizeof(vector), sizeof(vector));
	vector->count = parser->instructions.len / sizeof(struct instruction);
	vector->instructions = parser_keep(parser, &parser->instructions);
}

static int begin_vector(struct parser *parser, struct error **err)
{
	struct slice rest = parser->text, name;
	struct vector *vector;

	(void)slice_next(&rest, ':', &name); /* a line is never NULL */
	if (!rest.data)
		return parser_fail(
		    parser, parser->text.data, err, "expected ':' after the name of a vector");
	if (is_white(name.data[0]))
		return parser_fail(parser, name.data, err,
		    "expected the name of a vector at the start of the line, or an instruction "
		    "indented by tabs");
	name = trim(name);
	if (name.len == 0)
		return parser_fail(parser, parser->text.data, err, "vector without a name");
	end_vector(parser);
	vector = arena_zalloc(parser->arena, 1, sizeof(*vector));
	vector->name = name;
	vector->file = parser->file;
	str_add(&parser->vectors, &vector, sizeof(vector));
	return 0;
}

static int add_instruction(struct parser *parser, size_t tabs, struct error **err)
{
	struct slice rest = slice_from(parser->text, tabs), condition;
	struct instruction instruction = {.level = tabs - 1, .line = parser->line};

	if (parser->vectors.len == 0)
		return parser_fail(parser, rest.data, err, "instruction before any vector");
	(void)slice_next(&rest, ':', &condition); /* a line is never NULL */
	if (!rest.data)
		return parser_fail(parser, trim(condition).data, err,
		    "expected an instruction: a condition, ':' and an expression");
	if (parse_instruction(parser, trim(condition), trim(rest), &instruction, err) < 0)
		return -1;
	str_add(&parser->instructions, &instruction, sizeof(instruction));
	return 0;
}

static int parse_line(struct parser *parser, struct error **err)
{
	struct slice content = trim(parser->text);
	size_t tabs = 0;

	if (content.len == 0 || content.data[0] == '#')
		return 0;
	if (memchr(content.data, 0, content.len))
		return parser_fail(parser, content.data, err, "NUL byte in a vectors file");
	while (parser->text.data[tabs] == '\t')
		tabs++;
	return tabs == 0 ? begin_vector(parser, err) : add_instruction(parser, tabs, err);
}

static void parser_release(struct parser *parser)
{
	str_release(&parser->vectors);
	str_release(&parser->instructions);
	str_release(&parser->words);
	str_release(&parser->substitutions);
	str_release(&parser->parts);
	str_release(&parser->operations);
}

int vectors_add(struct vectors *vectors, struct slice text, const char *name, struct error **err)
{
	CLEANUP(parser_release) struct parser parser = {.arena = &vectors->arena};
	struct slice rest = arena_slice(parser.arena, text);

	parser.file = arena_strdup(parser.arena, name);
	while (slice_next(&rest, '\n', &parser.text)) {
		parser.line++;
		if (parse_line(&parser, err) < 0)
			return -1;
	}
	end_vector(&parser);
	for (size_t at = 0; at < parser.vectors.len; at += sizeof(struct vector *)) {
		struct vector *vector;

		memcpy(&vector, parser.vectors.data + at, sizeof(vector));
		*map_at(&vectors->by_name, vector->name) = vector;
	}
	return 0;
}
