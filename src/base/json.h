/*
 * JSON (RFC 8259), over cJSON.
 *
 * Writing is a stream into a str: commas and nesting are kept here, keys stand in the order they
 * are written, so output is deterministic and needs no tree. Compact, UTF-8. Strings may hold any
 * bytes: what is not UTF-8 is written as \uDC80..\uDCFF, one for each byte (Python's
 * surrogateescape, PEP 383), and encoded lone surrogates (as from "surrogatepass") as \uDXXX.
 *
 * Reading gives a cJSON tree; depth and size are bounded, and nothing but JSON is accepted. In its
 * strings, which end with a NUL, U+0000 is C0 80, and a lone surrogate is encoded as if it were a
 * character ("surrogatepass"), which writing turns back; a pair is the character it stands for,
 * also where two bytes were written as one. Numbers are the nearest double.
 */
#ifndef KILN_BASE_JSON_H
#define KILN_BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/str.h"

#define JSON_DEPTH_LIMIT 64

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

/* Parse one document; nothing but white space may follow. NULL if it is no JSON, too deep, or
 * larger than `limit` bytes: ERROR_INPUT with `name` as its place. */
cJSON *json_parse(struct slice text, const char *name, size_t limit, struct error **err);

static inline void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}
#define autojson CLEANUP(cleanup_json)

#endif
