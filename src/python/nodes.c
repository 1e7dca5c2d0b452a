#include "python/nodes.h"

#include "python/depth.h"
#include "python/schema.h"

/* The first byte of a node: the node's kind, and how its position follows from the previous node's.
 */
#define HEAD_KIND 0x1f
#define HEAD_SAME_LINE 0x20
#define HEAD_SAME_COLUMN 0x40
#define HEAD_ONE_LINE 0x80

/* Limits of lines, columns and counts; no source that can be read exceeds them. */
#define NUMBER_LIMIT (1 << 30)

struct writer {
	struct str *out;
	struct values *values;
	struct depth depth;
	int line, column; /* position of the previous node */
	bool too_deep;
};

static void add_number(struct str *out, uint32_t number)
{
	while (number >= 0x80) {
		str_addc(out, (char)(number | 0x80));
		number >>= 7;
	}
	str_addc(out, (char)number);
}

/* Signed numbers alternate, so that small ones have few bytes: 0, -1, 1, -2, ... */
static void add_signed(struct str *out, int number)
{
	add_number(out, ((uint32_t)number << 1) ^ (number < 0 ? UINT32_MAX : 0));
}

static const struct position *position_of(const struct node_type *type, const void *node)
{
	return (const void *)((const char *)node + type->position);
}

static void write_head(struct writer *writer, const struct node_type *type, const void *node)
{
	unsigned head = type->has_kind ? *(const unsigned *)node : 1;
	const struct position *at = position_of(type, node);
	bool same_line, same_column;

	if (!type->position) {
		str_addc(writer->out, (char)head);
		return;
	}
	same_line = at->line == writer->line;
	same_column = at->column == writer->column;
	head |= (same_line ? HEAD_SAME_LINE : 0) | (same_column ? HEAD_SAME_COLUMN : 0) |
		(at->line == at->end_line ? HEAD_ONE_LINE : 0);
	str_addc(writer->out, (char)head);
	if (!same_line)
		add_signed(writer->out, at->line - writer->line);
	if (!same_column)
		add_signed(writer->out, at->column - (same_line ? writer->column : 0));
	if (at->line != at->end_line)
		add_signed(writer->out, at->end_line - at->line);
	add_signed(writer->out, at->end_column - (at->line == at->end_line ? at->column : 0));
	writer->line = at->line;
	writer->column = at->column;
}

static void write_name(struct writer *writer, PyObject *name)
{
	int64_t index = values_add(writer->values, name);
	struct value *value = &writer->values->items[index];

	value->object = name; /* equal strings become one interned string */
	value->interned = true;
	add_number(writer->out, (uint32_t)index + 1);
}

static void write_value(struct writer *writer, PyObject *object)
{
	int64_t index = values_add(writer->values, object);

	assert(index >= 0); /* the parser makes no other kinds of constants */
	add_number(writer->out, (uint32_t)index + 1);
}

static void write_node(struct writer *writer, const struct node_type *type, const void *node);

static void write_sequence(
    struct writer *writer, const struct node_type *type, const asdl_seq *sequence)
{
	if (!sequence) {
		add_number(writer->out, 0);
		return;
	}
	add_number(writer->out, (uint32_t)sequence->size + 1);
	for (Py_ssize_t i = 0; i < sequence->size; i++)
		write_node(writer, type, sequence->elements[i]);
}

static void write_names(struct writer *writer, const asdl_identifier_seq *sequence)
{
	add_number(writer->out, sequence ? (uint32_t)sequence->size + 1 : 0);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(sequence); i++)
		write_name(writer, asdl_seq_GET(sequence, i));
}

static void write_operators(struct writer *writer, const asdl_int_seq *sequence)
{
	add_number(writer->out, sequence ? (uint32_t)sequence->size + 1 : 0);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(sequence); i++)
		add_number(writer->out, (uint32_t)asdl_seq_GET(sequence, i));
}

static void write_field(struct writer *writer, const struct node_field *field, const void *place)
{
	void *pointer;

	switch (field->code) {
	case FIELD_INT:
		add_signed(writer->out, *(const int *)place);
		return;
	case FIELD_ENUM:
		add_number(writer->out, *(const uint32_t *)place);
		return;
	default:
		break;
	}
	memcpy(&pointer, place, sizeof(pointer));
	switch (field->code) {
	case FIELD_NODE:
	case FIELD_NODE_OPTIONAL:
		write_node(writer, &node_types[field->argument], pointer);
		break;
	case FIELD_NODES:
	case FIELD_NODES_OPTIONAL:
		write_sequence(writer, &node_types[field->argument], pointer);
		break;
	case FIELD_NAMES:
		write_names(writer, pointer);
		break;
	case FIELD_OPERATORS:
		write_operators(writer, pointer);
		break;
	case FIELD_NAME:
	case FIELD_NAME_OPTIONAL:
		if (pointer)
			write_name(writer, pointer);
		else
			add_number(writer->out, 0);
		break;
	default:
		if (pointer)
			write_value(writer, pointer);
		else
			add_number(writer->out, 0);
	}
}

static void write_node(struct writer *writer, const struct node_type *type, const void *node)
{
	const struct node_shape *shape;

	if (!node) {
		str_addc(writer->out, 0);
		return;
	}
	if (type->recursive && !depth_enter(&writer->depth)) {
		writer->too_deep = true;
		return;
	}
	write_head(writer, type, node);
	shape = node_shape_of(type, node);
	for (unsigned i = 0; i < shape->count; i++)
		write_field(
		    writer, &shape->fields[i], (const char *)node + shape->fields[i].offset);
	writer->depth.now -= type->recursive;
}

int nodes_write(
    mod_ty module, const char *shown, struct values *values, struct str *ret, struct error **err)
{
	struct writer writer = {.out = ret, .values = values, .line = 1};

	write_node(&writer, &node_types[NODE_MODULE], module);
	stack_restore(&writer.depth.stack);
	return writer.too_deep ? python_fail_too_deep(shown, err) : 0;
}

struct reader {
	const unsigned char *at;
	const unsigned char *end;
	const struct values *values;
	PyArena *arena;
	struct depth depth;
	int line, column;
	const char *problem; /* what is wrong; NULL while nothing is */
};

static bool refuse(struct reader *reader, const char *problem)
{
	if (!reader->problem)
		reader->problem = problem;
	return false;
}

static bool get_number(struct reader *reader, uint32_t *ret)
{
	uint32_t number = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		unsigned char byte;

		if (reader->at == reader->end)
			return refuse(reader, "data ends within a number");
		byte = *reader->at++;
		if (shift == 28 && byte > 15)
			break;
		number |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = number;
			return true;
		}
	}
	return refuse(reader, "a number is too large");
}

static bool get_signed(struct reader *reader, int *ret)
{
	uint32_t number;

	if (!get_number(reader, &number))
		return false;
	*ret = (int)(number >> 1) ^ -(int)(number & 1);
	return true;
}

/* A number relative to `base`. */
static bool get_relative(struct reader *reader, int base, int *ret)
{
	int difference;

	if (!get_signed(reader, &difference))
		return false;
	if (difference < -NUMBER_LIMIT || difference > NUMBER_LIMIT)
		return refuse(reader, "a position is out of range");
	*ret = base + difference;
	if (*ret < -1 || *ret > NUMBER_LIMIT)
		return refuse(reader, "a position is out of range");
	return true;
}

static bool get_position(struct reader *reader, unsigned head, struct position *ret)
{
	bool same_line = head & HEAD_SAME_LINE;

	ret->line = reader->line;
	ret->column = reader->column;
	if (!same_line && !get_relative(reader, reader->line, &ret->line))
		return false;
	if (!(head & HEAD_SAME_COLUMN) &&
	    !get_relative(reader, same_line ? reader->column : 0, &ret->column))
		return false;
	ret->end_line = ret->line;
	if (!(head & HEAD_ONE_LINE) && !get_relative(reader, ret->line, &ret->end_line))
		return false;
	reader->line = ret->line;
	reader->column = ret->column;
	if (!get_relative(reader, head & HEAD_ONE_LINE ? ret->column : 0, &ret->end_column))
		return false;
	if ((ret->line < 0 || ret->column < 0 || ret->end_line < 0 || ret->end_column < 0) &&
	    !(ret->line < 0 && ret->column < 0 && ret->end_line < 0 && ret->end_column < 0))
		return refuse(reader, "a position is out of range");
	return true;
}

/* The value with a given index; *ret is NULL for the index of "no value". */
static bool get_value(struct reader *reader, const struct value **ret)
{
	uint32_t number;

	if (!get_number(reader, &number))
		return false;
	if (number > reader->values->count)
		return refuse(reader, "an index is out of range");
	*ret = number ? &reader->values->items[number - 1] : NULL;
	return true;
}

static bool get_name(struct reader *reader, bool optional, PyObject **ret)
{
	const struct value *value;

	if (!get_value(reader, &value))
		return false;
	if (value && (value->tag != VALUE_STR || !value->interned))
		return refuse(reader, "an identifier is not an interned string");
	if (!value && !optional)
		return refuse(reader, "an identifier is missing");
	*ret = value ? value->object : NULL;
	return true;
}

static bool get_constant(struct reader *reader, enum node_field_code code, PyObject **ret)
{
	const struct value *value;

	if (!get_value(reader, &value))
		return false;
	if (!value && code == FIELD_CONSTANT)
		return refuse(reader, "a constant is missing");
	if (value && code == FIELD_STRING_OPTIONAL && value->tag != VALUE_STR)
		return refuse(reader, "a string is not of type str");
	*ret = value ? value->object : NULL;
	return true;
}

/* Read a sequence's length; *ret is -1 if the node has no sequence. Each element takes at least one
 * byte. */
static bool get_count(struct reader *reader, Py_ssize_t *ret)
{
	uint32_t number;

	if (!get_number(reader, &number))
		return false;
	if (number > (size_t)(reader->end - reader->at) + 1)
		return refuse(reader, "a sequence is longer than the data");
	*ret = (Py_ssize_t)number - 1;
	return true;
}

static bool read_node(
    struct reader *reader, const struct node_type *type, bool optional, void **ret);

static bool read_sequence(
    struct reader *reader, const struct node_type *type, bool optional, void **ret)
{
	asdl_generic_seq *sequence;
	Py_ssize_t count;

	*ret = NULL;
	if (!get_count(reader, &count))
		return false;
	if (count < 0)
		return true;
	sequence = _Py_asdl_generic_seq_new(count, reader->arena);
	if (!sequence)
		return refuse(reader, "out of memory");
	for (Py_ssize_t i = 0; i < count; i++) {
		if (!read_node(reader, type, optional, &sequence->typed_elements[i]))
			return false;
	}
	*ret = sequence;
	return true;
}

static bool read_names(struct reader *reader, void **ret)
{
	asdl_identifier_seq *sequence;
	Py_ssize_t count;

	*ret = NULL;
	if (!get_count(reader, &count))
		return false;
	if (count < 0)
		return true;
	sequence = _Py_asdl_identifier_seq_new(count, reader->arena);
	if (!sequence)
		return refuse(reader, "out of memory");
	for (Py_ssize_t i = 0; i < count; i++) {
		if (!get_name(reader, false, &sequence->typed_elements[i]))
			return false;
	}
	*ret = sequence;
	return true;
}

static bool read_operators(struct reader *reader, unsigned limit, void **ret)
{
	asdl_int_seq *sequence;
	Py_ssize_t count;

	*ret = NULL;
	if (!get_count(reader, &count))
		return false;
	if (count < 0)
		return true;
	sequence = _Py_asdl_int_seq_new(count, reader->arena);
	if (!sequence)
		return refuse(reader, "out of memory");
	for (Py_ssize_t i = 0; i < count; i++) {
		uint32_t number;

		if (!get_number(reader, &number))
			return false;
		if (number < 1 || number > limit)
			return refuse(reader, "an operator is unknown");
		sequence->typed_elements[i] = (int)number;
	}
	*ret = sequence;
	return true;
}

static bool read_enum(struct reader *reader, unsigned limit, void *place)
{
	uint32_t number;

	if (!get_number(reader, &number))
		return false;
	if (number < 1 || number > limit)
		return refuse(reader, "an enumeration is out of range");
	memcpy(place, &number, sizeof(number));
	return true;
}

static bool read_field(struct reader *reader, const struct node_field *field, void *place)
{
	unsigned argument = field->argument;
	void **pointer = place;

	switch (field->code) {
	case FIELD_INT:
		return get_signed(reader, place);
	case FIELD_ENUM:
		return read_enum(reader, argument, place);
	case FIELD_NODE:
		return read_node(reader, &node_types[argument], false, pointer);
	case FIELD_NODE_OPTIONAL:
		return read_node(reader, &node_types[argument], true, pointer);
	case FIELD_NODES:
		return read_sequence(reader, &node_types[argument], false, pointer);
	case FIELD_NODES_OPTIONAL:
		return read_sequence(reader, &node_types[argument], true, pointer);
	case FIELD_NAMES:
		return read_names(reader, pointer);
	case FIELD_OPERATORS:
		return read_operators(reader, argument, pointer);
	case FIELD_NAME:
		return get_name(reader, false, place);
	case FIELD_NAME_OPTIONAL:
		return get_name(reader, true, place);
	default:
		return get_constant(reader, field->code, place);
	}
}

static void *allocate(struct reader *reader, const struct node_type *type, unsigned kind)
{
	char *node = _PyArena_Malloc(reader->arena, type->size);

	if (!node) {
		(void)refuse(reader, "out of memory");
		return NULL;
	}
	memset(node, 0, type->size);
	if (type->has_kind)
		memcpy(node, &kind, sizeof(kind));
	return node;
}

static bool read_node(
    struct reader *reader, const struct node_type *type, bool optional, void **ret)
{
	const struct node_shape *shape;
	unsigned head, kind;
	char *node;

	*ret = NULL;
	if (reader->at == reader->end)
		return refuse(reader, "data ends within the tree");
	head = *reader->at++;
	if (!head)
		return optional || refuse(reader, "a node is missing");
	kind = type->position ? head & HEAD_KIND : head;
	if (kind < 1 || kind > type->kinds)
		return refuse(reader, "a kind of node is unknown");
	if (type->recursive && !depth_enter(&reader->depth))
		return refuse(reader, "nested too deeply");
	node = allocate(reader, type, kind);
	if (!node)
		return false;
	if (type->position && !get_position(reader, head, (void *)(node + type->position)))
		return false;
	shape = &type->shapes[kind - 1];
	for (unsigned i = 0; i < shape->count; i++) {
		if (!read_field(reader, &shape->fields[i], node + shape->fields[i].offset))
			return false;
	}
	reader->depth.now -= type->recursive;
	*ret = node;
	return true;
}

/* The arena keeps the objects that the nodes refer to. */
static int keep_values(const struct values *values, PyArena *arena)
{
	for (uint32_t i = 0; i < values->count; i++) {
		if (_PyArena_AddPyObject(arena, Py_NewRef(values->items[i].object)) < 0) {
			Py_DECREF(values->items[i].object);
			return -1;
		}
	}
	return 0;
}

static int validate(mod_ty module, const char *shown, struct error **err)
{
	autoerror struct error *reason = NULL;
	bool too_deep;

	if (_PyAST_Validate(module))
		return 0;
	too_deep = PyErr_ExceptionMatches(PyExc_RecursionError);
	(void)python_fail(&reason, shown, SLICE_LITERAL(""));
	if (too_deep)
		return fail_with(err, steal(&reason)); /* as the compiler would */
	return fail_at(
	    err, shown, 0, 0, NULL, "the tree is not a valid module: %s", reason->message);
}

int nodes_read(struct slice bytes, const struct values *values, const char *shown, PyArena *arena,
    mod_ty *ret, struct error **err)
{
	struct reader reader = {
	    .at = (const unsigned char *)bytes.data,
	    .end = (const unsigned char *)bytes.data + bytes.len,
	    .values = values,
	    .arena = arena,
	    .line = 1,
	};
	void *module;
	bool is_read;

	if (keep_values(values, arena) < 0) {
		PyErr_Clear();
		return fail(err, ERROR_SYSTEM, "out of memory");
	}
	is_read = read_node(&reader, &node_types[NODE_MODULE], false, &module);
	stack_restore(&reader.depth.stack);
	if (!is_read) {
		PyErr_Clear(); /* clears the MemoryError of a failed allocation */
		return fail_at(err, shown, 0, 0, NULL, "the tree is damaged: %s", reader.problem);
	}
	if (reader.at != reader.end)
		return fail_at(err, shown, 0, 0, NULL, "the tree is damaged: data follows its end");
	*ret = module;
	return validate(*ret, shown, err);
}
