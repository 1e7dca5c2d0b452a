#include "python/values.h"

#include <sys/random.h>

#define FIRST_SLOTS 1024

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_bits(uint64_t seed, const struct value *value)
{
	uint64_t hash = mix(seed ^ value->tag, 0x9e3779b97f4a7c15u ^ (uint64_t)value->shape);
	const char *bits = value->bits;
	size_t len = value->len;
	uint64_t part = 0, next;

	for (; len >= 16; bits += 16, len -= 16) {
		memcpy(&part, bits, 8);
		memcpy(&next, bits + 8, 8);
		hash = mix(hash ^ part, next ^ seed);
	}
	if (len >= 8) {
		memcpy(&part, bits, 8);
		hash = mix(hash ^ part, 0xd6e8feb86659fd93u ^ seed);
		bits += 8;
		len -= 8;
	}
	part = len;
	if (len)
		memcpy((char *)&part + 1, bits, len);
	return mix(hash ^ part, 0xa0761d6478bd642fu ^ seed);
}

static bool same(const struct value *a, const struct value *b)
{
	return a->hash == b->hash && a->tag == b->tag && a->shape == b->shape && a->len == b->len &&
	       (a->len == 0 || memcmp(a->bits, b->bits, a->len) == 0);
}

static void grow(struct values *values)
{
	uint32_t slots = values->slot_count ? values->slot_count * 2 : FIRST_SLOTS;

	if (!values->slot_count && getrandom(&values->seed, sizeof(values->seed), 0) < 0)
		values->seed = (uintptr_t)values; /* a failure only makes the hash less random */
	free(values->slots);
	values->slots = xcalloc(slots, sizeof(*values->slots));
	values->slot_count = slots;
	values->capacity = slots / 2;
	values->items = xreallocarray(values->items, values->capacity, sizeof(*values->items));
	for (uint32_t i = 0; i < values->count; i++) {
		uint32_t slot = (uint32_t)values->items[i].hash & (slots - 1);

		while (values->slots[slot])
			slot = (slot + 1) & (slots - 1);
		values->slots[slot] = i + 1;
	}
}

uint32_t values_at(struct values *values, const struct value *value)
{
	struct value key = *value;
	uint32_t slot;

	if (values->count == values->capacity)
		grow(values);
	key.hash = hash_bits(values->seed, &key);
	for (slot = (uint32_t)key.hash & (values->slot_count - 1); values->slots[slot];
	     slot = (slot + 1) & (values->slot_count - 1)) {
		if (same(&values->items[values->slots[slot] - 1], &key))
			return values->slots[slot] - 1;
	}
	values->items[values->count] = key;
	values->slots[slot] = ++values->count;
	return values->count - 1;
}

static bool describe_int(PyObject *object, struct value *ret)
{
	bool negative;
	size_t count;

	ret->tag = VALUE_INT;
	ret->bits = (const char *)version_digits(object, &count, &negative);
	ret->len = count * sizeof(digit);
	ret->shape = negative ? -(long)count : (long)count;
	return true;
}

static bool describe_str(PyObject *object, struct value *ret)
{
	ret->tag = VALUE_STR;
	/* Equal strings have equal widths: CPython always uses the smallest width. */
	ret->shape = (long)PyUnicode_KIND(object) * 2 + PyUnicode_IS_ASCII(object);
	ret->bits = PyUnicode_DATA(object);
	ret->len = (size_t)PyUnicode_GET_LENGTH(object) * PyUnicode_KIND(object);
	return true;
}

static bool describe_bits(enum value_tag tag, const void *bits, size_t len, struct value *ret)
{
	ret->tag = (uint8_t)tag;
	ret->bits = bits;
	ret->len = len;
	return true;
}

bool value_describe(PyObject *object, struct value *ret)
{
	*ret = (struct value){.object = object};
	if (PyUnicode_CheckExact(object))
		return describe_str(object, ret);
	if (PyLong_CheckExact(object))
		return describe_int(object, ret);
	if (PyBytes_CheckExact(object))
		return describe_bits(
		    VALUE_BYTES, PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object), ret);
	if (PyFloat_CheckExact(object))
		return describe_bits(
		    VALUE_FLOAT, &((PyFloatObject *)object)->ob_fval, sizeof(double), ret);
	if (PyComplex_CheckExact(object))
		return describe_bits(
		    VALUE_COMPLEX, &((PyComplexObject *)object)->cval, sizeof(Py_complex), ret);
	if (object == Py_None)
		return describe_bits(VALUE_NONE, NULL, 0, ret);
	if (object == Py_True)
		return describe_bits(VALUE_TRUE, NULL, 0, ret);
	if (object == Py_False)
		return describe_bits(VALUE_FALSE, NULL, 0, ret);
	return object == Py_Ellipsis && describe_bits(VALUE_ELLIPSIS, NULL, 0, ret);
}

int64_t values_add(struct values *values, PyObject *object)
{
	size_t place = ((uintptr_t)object >> 4) % VALUES_RECENT;
	struct value value;
	uint32_t index;

	if (values->recent[place].object == object)
		return values->recent[place].index;
	if (!value_describe(object, &value))
		return -1;
	index = values_at(values, &value);
	values->recent[place].object = object;
	values->recent[place].index = index;
	return index;
}

void values_release(struct values *values)
{
	free(values->items);
	free(values->slots);
}
