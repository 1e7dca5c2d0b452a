#include "python/internal.h"

#include <ctype.h>
#include <pycore_pyhash.h>

#include "python/interpreter.h"
#include "python/source.h"

static const struct slice byte_order_mark = {"\xef\xbb\xbf", 3};

/* Cut off and return the first line; `\n`, `\r` and `\r\n` end it. */
static struct slice take_line(struct slice *rest)
{
	struct slice line = {rest->data, 0};
	size_t end;

	while (line.len < rest->len && line.data[line.len] != '\n' && line.data[line.len] != '\r')
		line.len++;
	end = line.len;
	if (end < rest->len)
		end += rest->len - end > 1 && line.data[end] == '\r' && line.data[end + 1] == '\n'
			   ? 2
			   : 1;
	*rest = slice_from(*rest, end);
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\014';
}

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* The comment of a line that has only a comment; empty for any other line. */
static struct slice lone_comment(struct slice line)
{
	while (line.len && is_blank(*line.data))
		line = slice_from(line, 1);
	return line.len && *line.data == '#' ? line : slice_of(line.data, 0);
}

static bool is_empty_line(struct slice line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (!is_blank(line.data[i]))
			return false;
	}
	return true;
}

/* The first name that follows "coding:" or "coding=". */
static struct slice cookie_of_comment(struct slice comment)
{
	for (size_t at = 0; at + 6 < comment.len; at++) {
		size_t begin = at + 6, end;

		if (memcmp(comment.data + at, "coding", 6) != 0)
			continue;
		if (comment.data[begin] != ':' && comment.data[begin] != '=')
			continue;
		begin++;
		while (begin < comment.len &&
		       (comment.data[begin] == ' ' || comment.data[begin] == '\t'))
			begin++;
		for (end = begin; end < comment.len && is_name_character(comment.data[end]);)
			end++;
		if (begin < end)
			return slice_of(comment.data + begin, end - begin);
	}
	return slice_of(comment.data, 0);
}

/* The second line counts only if the first one is blank or a comment (PEP 263). */
struct slice source_cookie(struct slice bytes)
{
	struct slice cookie = {bytes.data, 0};

	if (slice_starts(bytes, byte_order_mark))
		bytes = slice_from(bytes, byte_order_mark.len);
	for (int i = 0; i < 2 && bytes.len && !cookie.len; i++) {
		struct slice line = take_line(&bytes);
		struct slice comment = lone_comment(line);

		if (!comment.len && !is_empty_line(line))
			break;
		cookie = cookie_of_comment(comment);
	}
	return cookie;
}

bool source_may_have_cookie(struct slice bytes)
{
	const char *end = memchr(bytes.data, '\n', bytes.len);

	if (slice_starts(bytes, byte_order_mark))
		return true;
	end = end ? memchr(end + 1, '\n', bytes.len - (size_t)(end + 1 - bytes.data)) : NULL;
	return memmem(bytes.data, end ? (size_t)(end - bytes.data) : bytes.len, "coding", 6);
}

/* Whether an encoding has this name. As in CPython's tokenizer, case, underscores, and what follows
 * the name after a hyphen do not matter. */
static bool is_named(struct slice encoding, const char *name)
{
	size_t len = strlen(name);

	if (encoding.len < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = encoding.data[i] == '_' ? '-'
						 : (char)tolower((unsigned char)encoding.data[i]);

		if (c != name[i])
			return false;
	}
	return encoding.len == len || encoding.data[len] == '-' || encoding.data[len] == '_';
}

static bool names_utf8(struct slice encoding)
{
	return is_named(encoding, "utf-8");
}

struct slice source_encoding(struct slice bytes, const char *encoding)
{
	struct slice name = encoding ? slice_c(encoding) : source_cookie(bytes);

	if (!name.len || names_utf8(name))
		return SLICE_LITERAL("utf-8");
	if (is_named(name, "latin-1") || is_named(name, "iso-8859-1") ||
	    is_named(name, "iso-latin-1"))
		return SLICE_LITERAL("iso-8859-1");
	return name;
}

bool source_is_text(struct slice bytes)
{
	if (source_may_have_cookie(bytes)) {
		struct slice cookie = source_cookie(bytes);

		if (slice_starts(bytes, byte_order_mark) || (cookie.len && !names_utf8(cookie)))
			return false;
	}
	return !memchr(bytes.data, '\r', bytes.len) && slice_is_utf8(bytes);
}

static int add_decoded(struct slice bytes, const char *encoding, const char *errors,
    const char *shown, struct str *ret, struct error **err)
{
	py_owned PyObject *text = NULL;
	py_owned PyObject *utf8 = NULL;

	text = PyUnicode_Decode(bytes.data, (Py_ssize_t)bytes.len, encoding, errors);
	utf8 = text ? PyUnicode_AsUTF8String(text) : NULL;
	if (!utf8)
		return python_fail(err, shown, SLICE_LITERAL(""));
	str_add_lines(ret, slice_of(PyBytes_AS_STRING(utf8), (size_t)PyBytes_GET_SIZE(utf8)));
	return 0;
}

int source_decode(struct slice bytes, const char *encoding, const char *shown, struct str *ret,
    struct error **err)
{
	struct slice own = source_encoding(bytes, NULL);
	autostr struct str lines = STR_INIT;
	autofree char *name = NULL;

	if (slice_starts(bytes, byte_order_mark) && (!encoding || names_utf8(slice_c(encoding))))
		bytes = slice_from(bytes, byte_order_mark.len);
	else if (!encoding && !slice_is(own, "utf-8"))
		name = xmemdup0(own.data, own.len);
	if (encoding)
		return add_decoded(bytes, encoding, "strict", shown, ret, err);
	if (!name && slice_is_utf8(bytes)) {
		str_add_lines(ret, bytes);
		return 0;
	}
	/* As CPython does, translate line ends before decoding. */
	str_add_lines(&lines, bytes);
	return add_decoded(
	    str_slice(&lines), name ? name : "utf-8", name ? "strict" : "replace", shown, ret, err);
}

int source_hash(struct slice bytes, const char *encoding, const char *shown, struct hash *ret,
    struct error **err)
{
	autostr struct str text = STR_INIT;

	if (!encoding && source_is_text(bytes))
		return hash_compute(HASH_SHA3_256, bytes, ret, err);
	if (source_decode(bytes, encoding, shown, &text, err) < 0)
		return -1;
	return hash_compute(HASH_SHA3_256, str_slice(&text), ret, err);
}

uint64_t source_siphash(struct slice bytes)
{
	return _Py_KeyedHash(interpreter_magic(), bytes.data, (Py_ssize_t)bytes.len);
}

/* The same for a word beyond ASCII. */
static bool is_unicode_identifier(struct slice word)
{
	py_owned PyObject *text = NULL;

	text = PyUnicode_DecodeUTF8(word.data, (Py_ssize_t)word.len, NULL);
	if (!text)
		PyErr_Clear(); /* bytes that cannot be decoded are no identifier */
	return text && PyUnicode_IsIdentifier(text) == 1;
}

bool source_is_identifier(struct slice word)
{
	if (!word.len || (word.data[0] >= '0' && word.data[0] <= '9'))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if ((unsigned char)c >= 0x80)
			return is_unicode_identifier(word);
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
			(c >= '0' && c <= '9')))
			return false;
	}
	return true;
}
