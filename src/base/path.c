#include "base/path.h"

#include <limits.h>

#include "base/hash.h"

/* Length of the digest in a shortened name: 128 bits. */
#define DIGEST_CHARACTERS 32

static struct slice without_final_slashes(struct slice path)
{
	while (path.len && path.data[path.len - 1] == '/')
		path.len--;
	return path;
}

static bool is_absolute(struct slice path)
{
	return path.len && path.data[0] == '/';
}

static bool has_nul(struct slice path)
{
	return path.len && memchr(path.data, '\0', path.len);
}

/* The next component that is not empty; *rest follows it without leading slashes. */
static bool next_component(struct slice *rest, struct slice *ret)
{
	while (slice_next(rest, '/', ret))
		if (ret->len) {
			while (is_absolute(*rest))
				*rest = slice_from(*rest, 1);
			return true;
		}
	return false;
}

struct slice path_name(struct slice path)
{
	const char *slash;
	size_t start;

	path = without_final_slashes(path);
	slash = path.len ? memrchr(path.data, '/', path.len) : NULL;
	start = slash ? (size_t)(slash - path.data) + 1 : 0;
	return slice_from(path, start);
}

struct slice path_parent(struct slice path)
{
	struct slice name = path_name(path);
	struct slice parent;

	parent = without_final_slashes(path);
	parent.len -= name.len;
	parent = without_final_slashes(parent);
	if (parent.len)
		return parent;
	return is_absolute(path) ? SLICE_LITERAL("/") : SLICE_LITERAL(".");
}

struct slice path_above(struct slice path)
{
	struct slice parent = path_parent(path);

	return slice_is(parent, ".") ? slice_of("", 0) : parent;
}

void path_join(struct str *ret, struct slice a, struct slice b)
{
	str_add_slice(ret, a);
	if (a.len && b.len && a.data[a.len - 1] != '/' && b.data[0] != '/')
		str_addc(ret, '/');
	str_add_slice(ret, b);
}

void path_normalize(struct str *ret, struct slice path)
{
	bool absolute = is_absolute(path);
	size_t start, depth = 0; /* depth: how many components a ".." can still remove */
	struct slice name;

	if (absolute)
		str_addc(ret, '/');
	start = ret->len;
	while (next_component(&path, &name)) {
		if (slice_is(name, "."))
			continue;
		if (slice_is(name, "..") && depth) {
			size_t last = ret->len - path_name(str_slice(ret)).len;

			str_truncate(ret, last > start ? last - 1 : start);
			depth--;
			continue;
		}
		if (slice_is(name, "..") && absolute)
			continue;
		if (ret->len > start)
			str_addc(ret, '/');
		str_add_slice(ret, name);
		depth += !slice_is(name, "..");
	}
	if (ret->len == start && !absolute)
		str_addc(ret, '.');
}

/* At most `room` bytes of a name, cut at a character. */
static struct slice cut(struct slice name, size_t room)
{
	if (name.len <= room)
		return name;
	while (room && (name.data[room] & 0xc0) == 0x80)
		room--;
	return slice_of(name.data, room);
}

void path_sibling(struct str *ret, struct slice path, const char *tail)
{
	struct slice name = path_name(path);
	size_t room = NAME_MAX - 1 - strlen(tail);

	str_add(ret, path.data, (size_t)(name.data - path.data));
	str_addc(ret, '.');
	str_add_slice(ret, cut(name, room));
	str_adds(ret, tail);
}

void path_add_short(struct str *ret, struct slice name, size_t room)
{
	char hex[2 * HASH_SIZE + 1];
	struct hash digest;

	/* There is no digest: the name stays too long, and creating the file reports that. */
	if (name.len <= room || hash_compute(HASH_BLAKE2B, name, &digest, NULL) < 0) {
		str_add_slice(ret, name);
		return;
	}
	hash_hex(&digest, hex);
	str_add_slice(ret, cut(name, room - 1 - DIGEST_CHARACTERS));
	str_addf(ret, "~%.*s", DIGEST_CHARACTERS, hex);
}

bool path_is_confined(struct slice path)
{
	struct slice name;

	if (path.len == 0 || has_nul(path))
		return false;
	while (slice_next(&path, '/', &name))
		if (name.len == 0 || slice_is(name, ".") || slice_is(name, ".."))
			return false;
	return true;
}

size_t path_depth(struct slice path)
{
	struct slice name;
	size_t depth = 0;

	while (slice_next(&path, '/', &name))
		depth++;
	return depth;
}

bool path_link_is_confined(struct slice link, struct slice target)
{
	struct slice name;
	size_t depth = 0;

	if (!path_is_confined(link))
		return false;
	if (target.len == 0 || is_absolute(target) || has_nul(target))
		return false;
	while (slice_next(&link, '/', &name))
		depth += link.data != NULL;
	while (next_component(&target, &name)) {
		if (slice_is(name, "."))
			continue;
		if (!slice_is(name, ".."))
			depth++;
		else if (depth-- == 0)
			return false;
	}
	return true;
}

bool path_below(struct slice path, struct slice prefix, struct slice *ret_rest)
{
	struct slice name, expected;

	if (is_absolute(path) != is_absolute(prefix))
		return false;
	while (next_component(&prefix, &expected))
		if (!next_component(&path, &name) || !slice_equal(name, expected))
			return false;
	while (is_absolute(path))
		path = slice_from(path, 1);
	if (ret_rest)
		*ret_rest = path.data ? path : slice_of("", 0);
	return true;
}

void path_relative(struct str *ret, struct slice from, struct slice to)
{
	struct slice here = from, there = to, part, other;
	size_t begin = ret->len;

	/* Both paths without the components that they share at the beginning. */
	while (here.data && there.data) {
		struct slice from_rest = here, to_rest = there;

		if (!slice_next(&from_rest, '/', &part) || !slice_next(&to_rest, '/', &other) ||
		    !slice_equal(part, other))
			break;
		here = from_rest;
		there = to_rest;
	}
	while (slice_next(&here, '/', &part)) {
		if (part.len)
			str_adds(ret, ret->len > begin ? "/.." : "..");
	}
	if (there.data && there.len) {
		str_adds(ret, ret->len > begin ? "/" : "");
		str_add_slice(ret, there);
	}
	if (ret->len == begin)
		str_addc(ret, '.');
}

bool path_add_source(struct str *ret, struct slice path, struct slice *ret_tag)
{
	static const char suffix[] = ".pyc";
	struct slice name = path_name(path), directory = path_parent(path), module, tag;

	if (!slice_ends(path, SLICE_LITERAL(suffix)))
		return false;
	name.len -= strlen(suffix);
	tag = slice_of(name.data + name.len, 0);
	if (!slice_is(path_name(directory), "__pycache__")) {
		str_add(ret, path.data, path.len - 1);
	} else {
		const char *dot = memchr(name.data, '.', name.len);

		module = name;
		if (dot) {
			module.len = (size_t)(dot - name.data);
			tag = slice_of(dot + 1, name.len - module.len - 1);
		}
		path_join(ret, path_above(directory), module);
		str_adds(ret, ".py");
	}
	if (ret_tag)
		*ret_tag = tag;
	return true;
}

bool path_is_factor(struct slice path)
{
	struct slice part;

	if (!path.len || !slice_is_utf8(path))
		return false;
	if (path.data[path.len - 1] == '.' || memchr(path.data, '/', path.len))
		return false;
	while (slice_next(&path, '.', &part)) {
		if (!part.len)
			return false;
	}
	return true;
}
