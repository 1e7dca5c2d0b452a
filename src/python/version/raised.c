#include "python/version/raised.h"

#include <opcode.h>
#include <string.h>

/* A unit of bytecode is an opcode and a byte of its argument. */
#define UNIT 2

/* Entries of the table of exceptions are numbers of 6 bits a byte, the highest first; all bytes of
 * a number but its last have bit 6 (CPython Objects/exception_handling_notes.txt). */
#define MORE 0x40
#define BITS 0x3f

/* An entry of the table of exceptions. */
struct entry {
	Py_ssize_t begin, target; /* in units */
	unsigned char *depth;	  /* twice the depth of the stack, and whether the place is on it */
};

/* Code whose table is changed. */
struct raised {
	unsigned char *units;
	Py_ssize_t count;
	PyObject *constants;
	PyObject *table; /* bytes */
	bool (*is_exit)(PyObject *constant);
};

static bool take_number(const struct raised *code, Py_ssize_t *at, Py_ssize_t *ret)
{
	const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(code->table);
	unsigned char byte = MORE;

	for (*ret = 0; byte & MORE; *ret = *ret << 6 | (byte & BITS)) {
		if (*at >= PyBytes_GET_SIZE(code->table))
			return false;
		byte = bytes[(*at)++];
	}
	return true;
}

static bool take_entry(const struct raised *code, Py_ssize_t *at, struct entry *ret)
{
	Py_ssize_t size, depth;

	if (!take_number(code, at, &ret->begin) || !take_number(code, at, &size) ||
	    !take_number(code, at, &ret->target) || !take_number(code, at, &depth))
		return false;
	ret->depth = (unsigned char *)PyBytes_AS_STRING(code->table) + *at - 1;
	return depth + 2 <= BITS; /* it stays a byte */
}

/* Where a handler that begins with such a constant raises again; -1 if it is another. */
static Py_ssize_t find_reraise(const struct raised *code, Py_ssize_t target)
{
	const unsigned char *units = code->units;
	Py_ssize_t at = target + 1, constant = 0;

	if (target >= code->count || units[target * UNIT] != PUSH_EXC_INFO)
		return -1;
	while (at < code->count && units[at * UNIT] == EXTENDED_ARG)
		at++;
	at++; /* behind the zero */
	while (at < code->count && units[at * UNIT] == EXTENDED_ARG)
		constant = (constant | units[at++ * UNIT + 1]) << 8;
	if (at + 1 >= code->count || units[(at + 1) * UNIT] != CONTAINS_OP)
		return -1;
	constant |= units[at * UNIT + 1];
	if (units[at * UNIT] != LOAD_CONST || constant >= PyTuple_GET_SIZE(code->constants) ||
	    !code->is_exit(PyTuple_GET_ITEM(code->constants, constant)))
		return -1;
	while (at < code->count && units[at * UNIT] != RERAISE)
		at++;
	return at < code->count ? at : -1;
}

/* What is run in a handler has one object more on the stack. */
static void deepen(const struct raised *code, Py_ssize_t begin, Py_ssize_t end)
{
	struct entry entry;

	for (Py_ssize_t at = 0; take_entry(code, &at, &entry);) {
		if (entry.begin >= begin && entry.begin <= end)
			*entry.depth = (unsigned char)(*entry.depth + 2);
	}
}

static bool change(const struct raised *code)
{
	bool is_changed = false;
	struct entry entry;

	for (Py_ssize_t at = 0; take_entry(code, &at, &entry);) {
		Py_ssize_t reraise = *entry.depth & 1 ? -1 : find_reraise(code, entry.target);
		unsigned char *depth;

		if (reraise < 0)
			continue;
		depth = &code->units[reraise * UNIT + 1];
		if (!*depth)
			deepen(code, entry.target, reraise);
		*depth = 2;
		*entry.depth |= 1;
		is_changed = true;
	}
	return is_changed;
}

static bool has_exit(const PyCodeObject *code, bool (*is_exit)(PyObject *constant))
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		if (is_exit(PyTuple_GET_ITEM(code->co_consts, i)))
			return true;
	}
	return false;
}

int version_keep_raised(PyCodeObject *code, bool (*is_exit)(PyObject *constant))
{
	PyObject *table;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

		if (PyCode_Check(constant) &&
		    version_keep_raised((PyCodeObject *)constant, is_exit) < 0)
			return -1;
	}
	if (!has_exit(code, is_exit))
		return 0;
	/* Code of the same form has the same table. */
	table = PyBytes_FromStringAndSize(
	    PyBytes_AS_STRING(code->co_exceptiontable), PyBytes_GET_SIZE(code->co_exceptiontable));
	if (!table)
		return -1;
	Py_SETREF(code->co_exceptiontable, table);
	if (change(&(struct raised){(unsigned char *)code->co_code_adaptive, Py_SIZE(code),
		code->co_consts, table, is_exit}))
		code->co_stacksize++;
	return 0;
}
