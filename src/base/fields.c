#include "base/fields.h"

#include <assert.h>

static size_t begin_of(const struct fields *fields, size_t index)
{
	return index ? fields->ends[index - 1] + 1 : 0;
}

void fields_add(struct fields *fields, struct slice field)
{
	if (fields->count == fields->capacity) {
		fields->capacity = fields->capacity ? 2 * fields->capacity : 8;
		fields->ends = xreallocarray(fields->ends, fields->capacity, sizeof(*fields->ends));
	}
	str_add_slice(&fields->text, field);
	fields->ends[fields->count++] = fields->text.len;
	str_addc(&fields->text, '\0');
}

void fields_adds(struct fields *fields, const char *field)
{
	fields_add(fields, slice_c(field));
}

void fields_add_all(struct fields *fields, const struct fields *other)
{
	for (size_t i = 0; i < other->count; i++)
		fields_add(fields, fields_at(other, i));
}

void fields_extend(struct fields *fields, struct slice more)
{
	assert(fields->count > 0);
	str_truncate(&fields->text, fields->text.len - 1);
	str_add_slice(&fields->text, more);
	fields->ends[fields->count - 1] = fields->text.len;
	str_addc(&fields->text, '\0');
}

struct slice fields_at(const struct fields *fields, size_t index)
{
	size_t begin = begin_of(fields, index);

	return slice_of(fields->text.data + begin, fields->ends[index] - begin);
}

bool fields_have(const struct fields *fields, struct slice field)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (slice_equal(fields_at(fields, i), field))
			return true;
	}
	return false;
}

void fields_truncate(struct fields *fields, size_t count)
{
	if (count >= fields->count)
		return;
	str_truncate(&fields->text, begin_of(fields, count));
	fields->count = count;
}

const char **fields_arguments(const struct fields *fields)
{
	const char **arguments = xcalloc(fields->count + 1, sizeof(*arguments));

	for (size_t i = 0; i < fields->count; i++)
		arguments[i] = fields_at(fields, i).data;
	return arguments;
}

void fields_release(struct fields *fields)
{
	str_release(&fields->text);
	free(fields->ends);
	*fields = FIELDS_INIT;
}
