#include "metrics/paths.h"

#include <fnmatch.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"

int paths_init(struct paths *paths, struct error **err)
{
	*paths = (struct paths){.directory = STR_INIT};
	return tree_resolve(".", &paths->directory, err);
}

/* Append a path, absolute and normalized. */
static void make_absolute(const struct paths *paths, struct slice path, struct str *ret)
{
	autostr struct str joined = STR_INIT;

	if (path.len && path.data[0] == '/')
		str_add_slice(&joined, path);
	else
		path_join(&joined, str_slice(&paths->directory), path);
	path_normalize(ret, str_slice(&joined));
}

/* Add a pattern; one that begins with a wildcard matches anywhere. */
static void add_pattern(const struct paths *paths, struct slice pattern, struct fields *ret)
{
	autostr struct str absolute = STR_INIT;

	if (pattern.len && memchr("*?[", pattern.data[0], 3)) {
		fields_add(ret, pattern);
		return;
	}
	make_absolute(paths, pattern, &absolute);
	fields_add(ret, str_slice(&absolute));
}

void paths_map(struct paths *paths, struct slice from, struct slice to)
{
	autostr struct str absolute = STR_INIT;

	while (from.len > 1 && from.data[from.len - 1] == '/')
		from.len--;
	add_pattern(paths, from, &paths->from);
	make_absolute(paths, to, &absolute);
	fields_add(&paths->to, str_slice(&absolute));
}

int paths_map_text(struct paths *paths, const char *text, struct error **err)
{
	struct slice rest = slice_c(text), from;

	if (!slice_next(&rest, '=', &from) || !rest.data || !from.len || !rest.len)
		return fail_bad_value("--map", text, "OLD=NEW", err);
	paths_map(paths, from, rest);
	return 0;
}

/* Append a pattern that matches only this text. */
static void add_escaped(struct slice text, struct str *ret)
{
	for (size_t i = 0; i < text.len; i++) {
		if (memchr("*?[\\", text.data[i], 4))
			str_addc(ret, '\\');
		str_addc(ret, text.data[i]);
	}
}

int paths_source(struct paths *paths, const char *directory, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str pattern = STR_INIT;
	int found = presence_of_directory(directory, err);

	if (found < 0)
		return -1;
	if (found) {
		make_absolute(paths, slice_c(directory), &path);
		add_escaped(str_slice(&path), &pattern);
		str_adds(&pattern, path.len > 1 ? "/*" : "*");
		fields_add(&paths->sources, str_slice(&pattern));
		return 0;
	}
	str_adds(&path, directory);
	for (size_t i = 0; i < path.len; i++) {
		if (path.data[i] == '.')
			path.data[i] = '/';
	}
	str_adds(&pattern, "*/");
	add_escaped(str_slice(&path), &pattern);
	str_adds(&pattern, "/*");
	fields_add(&paths->sources, str_slice(&pattern));
	str_truncate(&pattern, pattern.len - 2);
	str_adds(&pattern, ".py");
	fields_add(&paths->sources, str_slice(&pattern));
	return 0;
}

void paths_include(struct paths *paths, struct slice pattern)
{
	add_pattern(paths, pattern, &paths->includes);
}

void paths_omit(struct paths *paths, struct slice pattern)
{
	add_pattern(paths, pattern, &paths->omissions);
}

/* If a prefix of whole components matches: its length, else 0. */
static size_t matching_prefix(const char *pattern, char *path, size_t len)
{
	for (size_t at = 1; at <= len; at++) {
		char after = path[at];
		int found;

		if (at < len && after != '/')
			continue;
		path[at] = '\0';
		found = fnmatch(pattern, path, 0);
		path[at] = after;
		if (found == 0)
			return at;
	}
	return 0;
}

void paths_resolve(const struct paths *paths, struct slice path, struct str *ret)
{
	autostr struct str absolute = STR_INIT;

	make_absolute(paths, path, &absolute);
	for (size_t i = 0; i < paths->from.count; i++) {
		size_t len = matching_prefix(
		    fields_at(&paths->from, i).data, absolute.data, absolute.len);

		if (len) {
			str_add_slice(ret, fields_at(&paths->to, i));
			str_add(ret, absolute.data + len, absolute.len - len);
			return;
		}
	}
	str_add_slice(ret, str_slice(&absolute));
}

static bool matches(const struct fields *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->count; i++) {
		if (fnmatch(fields_at(patterns, i).data, path, 0) == 0)
			return true;
	}
	return false;
}

bool paths_select(const struct paths *paths, struct slice path)
{
	autofree char *copy = xmemdup0(path.data, path.len);

	return (!paths->sources.count || matches(&paths->sources, copy)) &&
	       (!paths->includes.count || matches(&paths->includes, copy)) &&
	       !matches(&paths->omissions, copy);
}

struct slice paths_shown(const struct paths *paths, struct slice path)
{
	struct slice rest;

	return path_below(path, str_slice(&paths->directory), &rest) && rest.len ? rest : path;
}

void paths_release(struct paths *paths)
{
	str_release(&paths->directory);
	fields_release(&paths->from);
	fields_release(&paths->to);
	fields_release(&paths->sources);
	fields_release(&paths->includes);
	fields_release(&paths->omissions);
}
