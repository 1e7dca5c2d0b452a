#include "distribution/record.h"

#include "base/array.h"

#define FIELDS 3

/* What is left of the text, and the line in it for messages. */
struct reader {
	struct slice rest;
	const char *origin;
	struct arena *arena;
	long line;
};

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Skip the end of a row: "\n", "\r\n" or "\r". */
static void skip_end(struct reader *reader)
{
	size_t len = reader->rest.len > 1 && reader->rest.data[0] == '\r' &&
			     reader->rest.data[1] == '\n'
			 ? 2
			 : 1;

	reader->rest = slice_from(reader->rest, len);
	reader->line++;
}

static bool is_at_end_of_field(const struct reader *reader)
{
	return reader->rest.len == 0 || reader->rest.data[0] == ',' || is_end(reader->rest.data[0]);
}

static char take(struct reader *reader)
{
	char c = reader->rest.data[0];

	reader->line += c == '\n';
	reader->rest = slice_from(reader->rest, 1);
	return c;
}

/* A field in quotes: a quote in it is doubled, and what follows the last one is part of it. */
static int read_quoted(struct reader *reader, struct slice *ret, struct error **err)
{
	autostr struct str field = STR_INIT;
	long begin = reader->line;

	(void)take(reader); /* the quote */
	for (;;) {
		char c;

		if (reader->rest.len == 0)
			return fail_at(err, reader->origin, begin, 0, NULL, "a quote does not end");
		c = take(reader);
		if (c != '"') {
			str_addc(&field, c);
		} else if (reader->rest.len > 0 && reader->rest.data[0] == '"') {
			str_addc(&field, take(reader));
		} else {
			break;
		}
	}
	while (!is_at_end_of_field(reader))
		str_addc(&field, take(reader));
	*ret = arena_slice(reader->arena, str_slice(&field));
	return 0;
}

static int read_field(struct reader *reader, struct slice *ret, struct error **err)
{
	const char *begin = reader->rest.data;

	if (reader->rest.len > 0 && reader->rest.data[0] == '"')
		return read_quoted(reader, ret, err);
	while (!is_at_end_of_field(reader))
		(void)take(reader);
	*ret = slice_of(begin, (size_t)(reader->rest.data - begin));
	return 0;
}

/* Read the fields of a row, and its end. */
static int read_fields(struct reader *reader, struct slice ret[FIELDS], struct error **err)
{
	for (size_t i = 0; i < FIELDS; i++)
		ret[i] = slice_of("", 0);
	for (size_t i = 0;; i++) {
		struct slice field;

		if (read_field(reader, i < FIELDS ? &ret[i] : &field, err) < 0)
			return -1;
		if (reader->rest.len == 0)
			return 0;
		if (reader->rest.data[0] != ',') {
			skip_end(reader);
			return 0;
		}
		(void)take(reader);
	}
}

static int read_row(struct reader *reader, struct record_row *ret, struct error **err)
{
	struct slice fields[FIELDS];
	long line = reader->line;
	const char *equals;

	*ret = (struct record_row){.algorithm = {"", 0}, .digest = {"", 0}};
	if (read_fields(reader, fields, err) < 0)
		return -1;
	ret->path = fields[0];
	if (ret->path.len == 0 || memchr(ret->path.data, 0, ret->path.len))
		return fail_at(err, reader->origin, line, 0, NULL, "a row without a path");
	equals = memchr(fields[1].data, '=', fields[1].len);
	if (equals) {
		ret->algorithm = slice_of(fields[1].data, (size_t)(equals - fields[1].data));
		ret->digest = slice_of(equals + 1, fields[1].len - ret->algorithm.len - 1);
	}
	ret->has_size = fields[2].len > 0;
	if (ret->has_size && !slice_number(fields[2], &ret->size))
		return fail_at(err, reader->origin, line, 0, NULL, "the size is not a number");
	return 0;
}

void record_add(struct record *record, struct arena *arena, const struct record_row *row)
{
	struct record_row *rows = record->rows;

	/* The larger array replaces the one before, which stays in the arena. */
	if (record->count == record->capacity) {
		record->capacity = record->capacity ? 2 * record->capacity : 32;
		record->rows = arena_zalloc(arena, record->capacity, sizeof(*rows));
		for (size_t i = 0; i < record->count; i++)
			record->rows[i] = rows[i];
	}
	record->rows[record->count++] = *row;
}

int record_parse(struct slice text, const char *origin, struct arena *arena, struct record *ret,
    struct error **err)
{
	struct reader reader = {text, origin, arena, 1};
	struct record_row row;

	*ret = (struct record){0};
	if (text.len > RECORD_LIMIT)
		return fail_at(err, origin, 0, 0, NULL, "more than %zu bytes", RECORD_LIMIT);
	while (reader.rest.len > 0) {
		if (is_end(reader.rest.data[0])) {
			skip_end(&reader);
			continue;
		}
		if (ret->count == RECORD_ROWS_LIMIT)
			return fail_at(
			    err, origin, 0, 0, NULL, "more than %zu rows", RECORD_ROWS_LIMIT);
		if (read_row(&reader, &row, err) < 0)
			return -1;
		record_add(ret, arena, &row);
	}
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct record_row *first = a, *second = b;

	return slice_compare(first->path, second->path);
}

void record_sort(struct record *record)
{
	array_sort(record->rows, record->count, sizeof(*record->rows), compare_rows);
}

static void write_field(struct str *ret, struct slice field)
{
	bool is_quoted = false;

	for (size_t i = 0; i < field.len; i++)
		is_quoted = is_quoted || strchr(",\"\r\n", field.data[i]);
	if (!is_quoted) {
		str_add_slice(ret, field);
		return;
	}
	str_addc(ret, '"');
	for (size_t i = 0; i < field.len; i++) {
		if (field.data[i] == '"')
			str_addc(ret, '"');
		str_addc(ret, field.data[i]);
	}
	str_addc(ret, '"');
}

void record_write_row(struct str *ret, const struct record_row *row)
{
	autostr struct str digest = STR_INIT;

	if (row->algorithm.len > 0) {
		str_add_slice(&digest, row->algorithm);
		str_addc(&digest, '=');
		str_add_slice(&digest, row->digest);
	}
	write_field(ret, row->path);
	str_addc(ret, ',');
	write_field(ret, str_slice(&digest));
	str_addc(ret, ',');
	if (row->has_size)
		str_addf(ret, "%llu", (unsigned long long)row->size);
	str_addc(ret, '\n');
}

void record_digest(const struct hash *hash, char ret[RECORD_DIGEST_SIZE + 1])
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, count = 0;
	size_t len = 0;

	for (size_t i = 0; i < HASH_SIZE; i++) {
		bits = bits << 8 | hash->bytes[i];
		for (count += 8; count >= 6; count -= 6)
			ret[len++] = letters[bits >> (count - 6) & 63];
	}
	ret[len++] = letters[bits << (6 - count) & 63];
	ret[len] = 0;
}
