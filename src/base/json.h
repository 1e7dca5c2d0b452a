/*
 * JSON (RFC 8259).
 *
 * Writing is a stream into a str: commas and nesting are kept here, keys stand in the order they
 * are written, so output is deterministic and needs no tree. Compact, UTF-8. Strings may hold any
 * bytes: what is not UTF-8 is written as \uDC80..\uDCFF, one for each byte (Python's
 * surrogateescape, PEP 383), and encoded lone surrogates (as from "surrogatepass") as \uDXXX; a
 * high one before such a byte is bytes, too, for the two would be read as a pair.
 *
 * Reading gives a tree; depth and size are bounded, and nothing but JSON is accepted. In the tree's
 * strings, which end with a NUL, U+0000 is C0 80, and a lone surrogate is encoded as if it were a
 * character ("surrogatepass"), which writing turns back; a pair of surrogates is the character it
 * stands for, also where two bytes were written as one. Numbers are the nearest double.
 */
#ifndef KILN_BASE_JSON_H
#define KILN_BASE_JSON_H

#include "base/str.h"

/* More than twice as deep as CPython lets sources be indented, so that descriptions can be read. */
#define JSON_DEPTH_LIMIT 256

struct json_writer {
	struct str *out;
	unsigned depth;
	bool need_comma;
};

/* Write to `out`, which is borrowed. */
void json_begin(struct json_writer *json, struct str *out);
void json_object(struct json_writer *json);
void json_object_end(struct json_writer *json);
void json_array(struct json_writer *json);
void json_array_end(struct json_writer *json);
void json_key(struct json_writer *json, const char *key);
void json_key_slice(struct json_writer *json, struct slice key);
void json_string(struct json_writer *json, struct slice value);
void json_integer(struct json_writer *json, int64_t value);
/* A finite number in 15 to 17 digits, as few as read back. */
void json_number(struct json_writer *json, double value);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);
/* A value that is written already. */
void json_raw(struct json_writer *json, struct slice value);

/* Key and value of an object's member at once. */
void json_member(struct json_writer *json, const char *key, const char *value);
void json_member_slice(struct json_writer *json, const char *key, struct slice value);
void json_member_integer(struct json_writer *json, const char *key, int64_t value);

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value that was read. */
struct json {
	enum json_kind kind;
	const char *key;    /* of an object's member; else NULL */
	const char *string; /* of JSON_STRING */
	double number;	    /* of JSON_NUMBER */
	struct json
	    *first; /* of JSON_ARRAY and JSON_OBJECT: items or members, in the text's order */
	struct json *next; /* in the array or object that holds the value */
};

/* Parse one document; nothing but white space may follow. NULL if it is no JSON, too deep, or
 * larger than `limit` bytes: ERROR_INPUT with `name` as its place. */
struct json *json_parse(struct slice text, const char *name, size_t limit, struct error **err);

/* Free what json_parse() returned, with all that is in it. NULL is nothing. */
void json_free(struct json *root);

/* The first item of an array or member of an object; NULL of another value, and of NULL. */
static inline const struct json *json_first(const struct json *value)
{
	return value ? value->first : NULL;
}

/* The first member of that key; NULL if there is none, or `object` is no object. */
const struct json *json_get(const struct json *object, const char *key);

/* How many items or members there are. */
size_t json_count(const struct json *value);

/* Write a value that was read, with all that is in it: integers up to 2^53 and strings as they
 * were.
 */
void json_tree(struct json_writer *json, const struct json *value);

/* Whether there is a value, and it is of a kind. */
static inline bool json_is(const struct json *value, enum json_kind kind)
{
	return value && value->kind == kind;
}

/* The text of an object's member; `otherwise` if there is none, or it is no string. */
static inline const char *json_text(
    const struct json *object, const char *key, const char *otherwise)
{
	const struct json *value = json_get(object, key);

	return json_is(value, JSON_STRING) ? value->string : otherwise;
}

static inline void cleanup_json(struct json **json)
{
	json_free(*json);
}
#define autojson CLEANUP(cleanup_json)

/* Whether a byte is ASCII that stands for itself in a string. */
static inline bool json_is_plain(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#endif
