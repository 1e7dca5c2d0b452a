#include "context/formulation.h"

/* The operations, and whether each takes an argument. */
static const struct {
	const char *name;
	enum operation_kind kind;
	bool has_argument;
} operations[] = {
    {"env", OPERATION_ENV, true},
    {"quoted", OPERATION_QUOTED, false},
    {"bracketed", OPERATION_BRACKETED, false},
    {"resuffix", OPERATION_RESUFFIX, true},
    {"suffix", OPERATION_SUFFIX, true},
    {"prefix", OPERATION_PREFIX, true},
};

#define OPERATION_COUNT (sizeof(operations) / sizeof(*operations))

/* Cut off the next word of *rest; words are separated by white space. False if there is no word. */
static bool next_word(struct slice *rest, struct slice *ret)
{
	size_t len = 0;

	*rest = trim(*rest);
	while (len < rest->len && !is_white(rest->data[len]))
		len++;
	*ret = slice_of(rest->data, len);
	*rest = slice_from(*rest, len);
	return len > 0;
}

static int parse_operation(struct parser *parser, struct slice word, struct error **err)
{
	struct slice argument = word, name;
	struct operation operation;
	size_t i = 0;

	if (word.data[0] >= 'A' && word.data[0] <= 'Z')
		return 0;			 /* a type, for the reader */
	(void)slice_next(&argument, '.', &name); /* a word is never NULL */
	while (i < OPERATION_COUNT && !slice_is(name, operations[i].name))
		i++;
	if (i == OPERATION_COUNT)
		return parser_fail(parser, word.data, err,
		    "unknown operation '%.*s': expected env.VAR, quoted, bracketed, resuffix.EXT, "
		    "suffix.EXT or prefix.TEXT",
		    (int)name.len, name.data);
	if (operations[i].has_argument && argument.len == 0)
		return parser_fail(parser, word.data, err,
		    "the operation '%s' needs an argument: %s.TEXT", operations[i].name,
		    operations[i].name);
	if (!operations[i].has_argument && argument.data)
		return parser_fail(parser, word.data, err, "the operation '%s' takes no argument",
		    operations[i].name);
	operation.kind = operations[i].kind;
	operation.argument = arena_slice(parser->arena, argument);
	str_add(&parser->operations, &operation, sizeof(operation));
	return 0;
}

/* How many lists an instruction may have; bounds the time to find one. */
#define LIST_LIMIT 1000

/* Add a list to the instruction's lists, if it is not there yet. Returns the list's index;
 * LIST_LIMIT if there are too many. */
static size_t index_of_list(struct parser *parser, const struct substitution *list)
{
	const struct substitution *lists = (const void *)parser->substitutions.data;
	size_t count = parser->substitutions.len / sizeof(*lists);

	for (size_t i = 0; i < count; i++)
		if (lists[i].cyclic == list->cyclic && slice_equal(lists[i].name, list->name))
			return i;
	if (count < LIST_LIMIT)
		str_add(&parser->substitutions, list, sizeof(*list));
	return count;
}

/* Parse a substitution, from its bracket on. Returns its length, 0 for an error. */
static size_t parse_substitution(struct parser *parser, struct slice text, struct error **err)
{
	size_t len = 1;
	struct slice rest, word;
	struct substitution list = {{NULL, 0}, false};
	struct part part = {{NULL, 0}};

	while (len < text.len && text.data[len] != ']' && text.data[len] != '"')
		len++;
	if (len == text.len || text.data[len] == '"') {
		parser_fail(parser, text.data, err, "'[' without ']'");
		return 0;
	}
	rest = slice_of(text.data + 1, len - 1);
	if (next_word(&rest, &list.name) && list.name.data[0] == '*') {
		list.cyclic = true;
		list.name = slice_from(list.name, 1);
	}
	if (list.name.len == 0) {
		parser_fail(parser, text.data, err, "substitution without a name");
		return 0;
	}
	while (next_word(&rest, &word))
		if (parse_operation(parser, word, err) < 0)
			return 0;
	part.list_index = index_of_list(parser, &list);
	if (part.list_index == LIST_LIMIT) {
		parser_fail(parser, text.data, err, "more than %d substitutions", LIST_LIMIT);
		return 0;
	}
	part.is_list = true;
	part.operation_count = parser->operations.len / sizeof(struct operation);
	part.operations = parser_keep(parser, &parser->operations);
	str_add(&parser->parts, &part, sizeof(part));
	return len + 1;
}

static void add_text(struct parser *parser, struct slice text)
{
	struct part part = {text};

	str_add(&parser->parts, &part, sizeof(part));
}

/* The length of a literal with its quotation marks; 0 if the closing mark is missing. */
static size_t literal_len(struct slice text)
{
	for (size_t at = 1; at < text.len; at++) {
		if (text.data[at] != '"')
			continue;
		if (at + 1 == text.len || text.data[at + 1] != '"')
			return at + 1;
		at++;
	}
	return 0;
}

/* Parse a literal, from its quotation mark on. Returns its length, 0 for an error. */
static size_t parse_literal(struct parser *parser, struct slice text, struct error **err)
{
	size_t total = literal_len(text), len = 0;
	struct slice inner;
	char *literal;

	if (total == 0) {
		parser_fail(parser, text.data, err, "literal without closing quotation mark");
		return 0;
	}
	inner = slice_of(text.data + 1, total - 2);
	literal = arena_alloc(parser->arena, inner.len);
	for (size_t at = 0; at < inner.len; at++) {
		literal[len++] = inner.data[at];
		at += inner.data[at] == '"'; /* the second of two */
	}
	add_text(parser, slice_of(literal, len));
	return total;
}

static size_t parse_text(struct parser *parser, struct slice text)
{
	size_t len = 1;

	while (len < text.len && text.data[len] != '"' && text.data[len] != '[' &&
	       !is_white(text.data[len]))
		len++;
	add_text(parser, slice_of(text.data, len));
	return len;
}

static void end_field(struct parser *parser)
{
	struct part *parts = (void *)parser->parts.data;

	parts[parser->parts.len / sizeof(*parts) - 1].last = true;
}

static int parse_expression(struct parser *parser, struct slice text, struct error **err)
{
	size_t at = 0;

	while (at < text.len) {
		struct slice rest = slice_from(text, at);
		size_t len = 1;

		if (is_white(rest.data[0])) {
			if (!is_white(rest.data[-1]))
				end_field(parser);
		} else if (rest.data[0] == '"') {
			len = parse_literal(parser, rest, err);
		} else if (rest.data[0] == '[') {
			len = parse_substitution(parser, rest, err);
		} else {
			len = parse_text(parser, rest);
		}
		if (len == 0)
			return -1;
		at += len;
	}
	if (text.len > 0)
		end_field(parser);
	return 0;
}

static void add_word(struct parser *parser, struct slice text, bool negated)
{
	struct word word = {text, negated};

	str_add(&parser->words, &word, sizeof(word));
}

/* "&": the names of the substitutions. */
static void add_names(struct parser *parser)
{
	const struct substitution *lists = (const void *)parser->substitutions.data;

	for (size_t i = 0; i < parser->substitutions.len / sizeof(*lists); i++)
		add_word(parser, lists[i].name, false);
}

static void parse_condition(
    struct parser *parser, struct slice condition, struct instruction *instruction)
{
	struct slice rest = condition, word;

	instruction->condition = CONDITION_ALWAYS;
	if (slice_is(condition, "!")) {
		instruction->condition = CONDITION_TRAP;
		return;
	}
	while (slice_next(&rest, '|', &word)) {
		word = trim(word);
		if (word.len == 0)
			continue;
		instruction->condition = CONDITION_SET;
		if (slice_is(word, "!"))
			instruction->holds = true;
		else if (slice_is(word, "."))
			instruction->repeats = true;
		else if (slice_is(word, "&"))
			add_names(parser);
		else if (word.data[0] == '!')
			add_word(parser, trim(slice_from(word, 1)), true);
		else
			add_word(parser, word, false);
	}
}

int parse_instruction(struct parser *parser, struct slice condition, struct slice expression,
    struct instruction *ret, struct error **err)
{
	if (parse_expression(parser, expression, err) < 0)
		return -1;
	parse_condition(parser, condition, ret);
	ret->word_count = parser->words.len / sizeof(struct word);
	ret->words = parser_keep(parser, &parser->words);
	ret->substitution_count = parser->substitutions.len / sizeof(struct substitution);
	ret->substitutions = parser_keep(parser, &parser->substitutions);
	ret->part_count = parser->parts.len / sizeof(struct part);
	ret->parts = parser_keep(parser, &parser->parts);
	return 0;
}
