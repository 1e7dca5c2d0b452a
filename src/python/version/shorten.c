#include "python/version/shorten.h"

#include <stdint.h>

#if PY_VERSION_HEX < 0x030c0000

#include <opcode.h>
#include <string.h>

/* A unit of bytecode is an opcode and a byte of its argument, whatever the byte order. */
#define UNIT 2

/* An instruction with the units that extend its argument. Units of caches, which are zero before
 * code runs, are read as instructions, too. */
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

static bool is_use(const struct instruction *instruction)
{
	switch (instruction->opcode) {
	case POP_TOP:
	case POP_JUMP_FORWARD_IF_TRUE:
	case POP_JUMP_BACKWARD_IF_TRUE:
	case JUMP_IF_TRUE_OR_POP:
		return true;
	default:
		return false;
	}
}

static bool is_zero(const struct code *code, const struct instruction *instruction)
{
	PyObject *constant = constant_of(code, instruction);

	return constant && PyLong_CheckExact(constant) && PyObject_Not(constant) == 1;
}

/* Whether instructions are the rest of `(VALUE, COUNTER)[0]`: to *ret_end, with the caches. */
static bool is_first_of_two(
    const struct code *code, const struct instruction *pair, Py_ssize_t *ret_end)
{
	struct instruction index, subscript;

	if (pair->opcode != BUILD_TUPLE || pair->argument != 2 ||
	    !read_instruction(code, pair->end, &index) || !is_zero(code, &index) ||
	    !read_instruction(code, index.end, &subscript) || subscript.opcode != BINARY_SUBSCR)
		return false;
	*ret_end = subscript.end;
	while (*ret_end < code->count && code->units[*ret_end * UNIT] == CACHE)
		++*ret_end;
	return true;
}

/* Find the counter that begins with an instruction. */
static bool find_counter(
    const struct code *code, const struct instruction *first, struct counter *ret)
{
	struct instruction contains, use;
	PyObject *constant;

	if (!is_zero(code, first) || !read_instruction(code, first->end, &ret->load))
		return false;
	constant = constant_of(code, &ret->load);
	if (!constant || !code->is_counter(constant) ||
	    !read_instruction(code, ret->load.end, &contains) || contains.opcode != CONTAINS_OP ||
	    contains.argument != 1 || !read_instruction(code, contains.end, &use))
		return false;
	ret->at = first->at;
	ret->end = use.end;
	return is_use(&use) || is_first_of_two(code, &use, &ret->end);
}

/* What FOR_ITER does with an iterator that ends: it goes from the stack, and the rest is jumped
 * over. */
static void write_counter(const struct code *code, const struct counter *counter)
{
	unsigned char *to = code->units + counter->at * UNIT;
	size_t load = (size_t)(counter->load.end - counter->load.at) * UNIT;
	Py_ssize_t rest = counter->end - counter->at - (counter->load.end - counter->load.at) - 1;

	memmove(to, code->units + counter->load.at * UNIT, load);
	to += load;
	*to++ = FOR_ITER;
	*to++ = (unsigned char)rest; /* fits */
	for (; rest > 0; rest--) {
		*to++ = NOP;
		*to++ = 0;
	}
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

int version_shorten(PyCodeObject *code, bool (*is_counter)(PyObject *constant))
{
	(void)code; /* nothing is faster */
	(void)is_counter;
	return 0;
}

#endif
