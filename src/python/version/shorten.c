#include "python/version/shorten.h"

#if PY_VERSION_HEX < 0x030c0000 || (PY_VERSION_HEX >= 0x030d0000 && PY_VERSION_HEX < 0x030f0000)

#include <opcode.h>
#include <string.h>

/* A unit of bytecode is an opcode and a byte of its argument, whatever the byte order. */
#define UNIT 2

/* An instruction with the units that extend its argument. Units of caches are read as instructions,
 * too: before code runs they are none of those that are looked for. */
struct instruction {
	Py_ssize_t at, end; /* in units */
	int opcode;
	int argument;
};

struct code {
	unsigned char *units;
	Py_ssize_t count;
	PyObject *constants; /* a tuple */
	bool (*is_counter)(PyObject *constant);
};

/* A counter whose last instruction goes on behind it, as the value is false. Nothing jumps into it:
 * it is all of an expression, and what uses that; below on the stack is what stays. */
struct counter {
	struct instruction load; /* of the constant */
	Py_ssize_t at, end;
};

static bool read_instruction(const struct code *code, Py_ssize_t at, struct instruction *ret)
{
	*ret = (struct instruction){.at = at, .end = at};
	while (ret->end < code->count && ret->end - at < 4) {
		const unsigned char *unit = code->units + ret->end++ * UNIT;

		ret->opcode = unit[0];
		ret->argument = (int)((unsigned)ret->argument << 8 | unit[1]);
		if (ret->opcode != EXTENDED_ARG)
			return true;
	}
	return false;
}

static PyObject *constant_of(const struct code *code, const struct instruction *instruction)
{
	if (instruction->opcode != LOAD_CONST || instruction->argument < 0 ||
	    instruction->argument >= PyTuple_GET_SIZE(code->constants))
		return NULL;
	return PyTuple_GET_ITEM(code->constants, instruction->argument);
}

static bool is_zero(const struct code *code, const struct instruction *instruction)
{
	PyObject *constant = constant_of(code, instruction);

#ifdef LOAD_SMALL_INT
	if (instruction->opcode == LOAD_SMALL_INT)
		return instruction->argument == 0;
#endif
	return constant && PyLong_CheckExact(constant) && PyObject_Not(constant) == 1;
}

#define ANY (-1)

/* Read an instruction at *at and move behind it and its `caches`. */
static bool take(
    const struct code *code, Py_ssize_t *at, int opcode, int argument, Py_ssize_t caches)
{
	struct instruction found;

	if (!read_instruction(code, *at, &found) || found.opcode != opcode ||
	    (argument != ANY && found.argument != argument) || found.end + caches > code->count)
		return false;
	*at = found.end + caches;
	return true;
}

/*
 * What uses the value of a counter, and the end of an iterator at FOR_ITER.
 */
#if PY_VERSION_HEX < 0x030c0000
#define CONTAINS_CACHES 0
#define SUBSCRIPT BINARY_SUBSCR, ANY, 4

static bool take_condition(const struct code *code, Py_ssize_t *at)
{
	return take(code, at, POP_JUMP_FORWARD_IF_TRUE, ANY, 0) ||
	       take(code, at, POP_JUMP_BACKWARD_IF_TRUE, ANY, 0) ||
	       take(code, at, JUMP_IF_TRUE_OR_POP, ANY, 0);
}

/* It goes from the stack, and the rest is jumped over. */
static void write_end(unsigned char *units, Py_ssize_t count)
{
	const unsigned char new[] = {FOR_ITER, (unsigned char)(count - 1)}; /* fits */

	memcpy(units, new, sizeof(new));
}

#else
#define CONTAINS_CACHES 1
#if PY_VERSION_HEX < 0x030e0000
#define SUBSCRIPT BINARY_SUBSCR, ANY, 1
#else
#define SUBSCRIPT BINARY_OP, NB_SUBSCR, 5
#endif

static bool take_jump(const struct code *code, Py_ssize_t *at)
{
	if (!take(code, at, POP_JUMP_IF_TRUE, ANY, 1))
		return false;
#ifdef NOT_TAKEN
	(void)take(code, at, NOT_TAKEN, ANY, 0); /* it need not be there */
#endif
	return true;
}

static bool take_condition(const struct code *code, Py_ssize_t *at)
{
	if (!take(code, at, COPY, 1, 0))
		return take_jump(code, at);
	return take(code, at, TO_BOOL, ANY, 3) && take_jump(code, at) &&
	       take(code, at, POP_TOP, ANY, 0);
}

/* Behind the cache and the jump CPython skips END_FOR and POP_ITER. CPython 3.14 skips the first
 * one only, and the second one takes the iterator from the stack. */
static void write_end(unsigned char *units, Py_ssize_t count)
{
	const unsigned char new[] = {FOR_ITER, (unsigned char)(count - 4), CACHE, 0};

	memcpy(units, new, sizeof(new));
#if PY_VERSION_HEX >= 0x030e0000
	units[(count - 1) * UNIT] = POP_TOP;
#endif
}
#endif

/* The rest of `(VALUE, COUNTER)[0]`. */
static bool take_first_of_two(const struct code *code, Py_ssize_t *at)
{
	struct instruction index;

	if (!take(code, at, BUILD_TUPLE, 2, 0) || !read_instruction(code, *at, &index) ||
	    !is_zero(code, &index))
		return false;
	*at = index.end;
	return take(code, at, SUBSCRIPT);
}

static bool take_use(const struct code *code, Py_ssize_t *at)
{
	Py_ssize_t begin = *at;

	if (take(code, at, POP_TOP, ANY, 0) || take_condition(code, at))
		return true;
	*at = begin;
	return take_first_of_two(code, at);
}

/* Find the counter that begins with an instruction. */
static bool find_counter(
    const struct code *code, const struct instruction *first, struct counter *ret)
{
	struct instruction contains;
	PyObject *constant;

	if (!is_zero(code, first) || !read_instruction(code, first->end, &ret->load))
		return false;
	constant = constant_of(code, &ret->load);
	if (!constant || !code->is_counter(constant) ||
	    !read_instruction(code, ret->load.end, &contains) || contains.opcode != CONTAINS_OP ||
	    contains.argument != 1)
		return false;
	ret->at = first->at;
	ret->end = contains.end + CONTAINS_CACHES;
	return take_use(code, &ret->end);
}

static void write_counter(const struct code *code, const struct counter *counter)
{
	unsigned char *to = code->units + counter->at * UNIT;
	Py_ssize_t load = counter->load.end - counter->load.at;
	Py_ssize_t rest = counter->end - counter->at - load;

	memmove(to, code->units + counter->load.at * UNIT, (size_t)load * UNIT);
	to += load * UNIT;
	for (Py_ssize_t i = 0; i < rest; i++)
		memcpy(to + i * UNIT, (const unsigned char[]){NOP, 0}, UNIT);
	write_end(to, rest);
}

/* Whether CPython has changed instructions of the code already, for sys.monitoring. */
static bool is_monitored(const PyCodeObject *object)
{
#if PY_VERSION_HEX >= 0x030c0000
	return object->_co_monitoring;
#else
	(void)object;
	return false;
#endif
}

/* Have CPython keep the bytes that it gives to all that asks for the code's. */
static int keep_bytes(PyCodeObject *object, bool *ret_kept)
{
	PyObject *first = PyCode_GetCode(object), *second = first ? PyCode_GetCode(object) : NULL;
	int result = second ? 0 : -1;

	*ret_kept = first == second;
	Py_XDECREF(first);
	Py_XDECREF(second);
	return result;
}

int version_shorten(PyCodeObject *object, bool (*is_counter)(PyObject *constant))
{
	const struct code code = {(unsigned char *)object->co_code_adaptive, Py_SIZE(object),
	    object->co_consts, is_counter};
	struct instruction first;
	struct counter counter;
	bool is_kept;

	if (is_monitored(object))
		return 0;
	if (keep_bytes(object, &is_kept) < 0)
		return -1;
	for (Py_ssize_t at = 0; is_kept && read_instruction(&code, at, &first); at = first.end) {
		if (!find_counter(&code, &first, &counter))
			continue;
		write_counter(&code, &counter);
		first.end = counter.end;
	}
	return 0;
}

#else

int version_shorten(PyCodeObject *object, bool (*is_counter)(PyObject *constant))
{
	(void)object; /* nothing is known that is faster */
	(void)is_counter;
	return 0;
}

#endif
