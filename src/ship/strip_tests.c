#include "ship/strip_tests.h"

#include <limits.h>

#include "base/file.h"
#include "base/path.h"
#include "image/glob.h"

/* Documented parts of packages: paths of which a directory's is one, or ends with one. */
static const char *const documented[] = {
    "astropy/tests", "django/test", "fs/test", "twisted/trial/test", "wagtail/test"};

/* A directory that may have tests. */
struct candidate {
	const struct item *item;
	bool has_modules;
	bool is_kept;
};

struct stripping {
	struct plan *plan;
	struct arena arena;
	struct candidate *list;
	size_t count;
	struct map by_path; /* path of a directory -> struct candidate */
};

static void stripping_release(struct stripping *stripping)
{
	map_release(&stripping->by_path);
	arena_release(&stripping->arena);
	free(stripping->list);
}

static bool is_test_name(struct slice name)
{
	return slice_is(name, "test") || slice_is(name, "tests");
}

/* Whether a path is the other, or ends with it by components. */
static bool ends_with_path(struct slice path, struct slice end)
{
	return slice_ends(path, end) &&
	       (path.len == end.len || path.data[path.len - end.len - 1] == '/');
}

static bool is_documented(struct slice path)
{
	for (size_t i = 0; i < sizeof(documented) / sizeof(*documented); i++)
		if (ends_with_path(path, slice_c(documented[i])))
			return true;
	return false;
}

static void find_candidates(struct stripping *stripping, const char *const *keep)
{
	const struct plan *plan = stripping->plan;
	struct globs globs;

	globs_init(&globs, &stripping->arena, keep);
	stripping->list = xcalloc(plan->count + 1, sizeof(*stripping->list));
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		struct candidate *candidate = &stripping->list[stripping->count];

		if (item->kind != ITEM_DIRECTORY || !is_test_name(path_name(item->path)))
			continue;
		*candidate = (struct candidate){
		    item, false, is_documented(item->path) || globs_match(&globs, item->path)};
		*map_at(&stripping->by_path, item->path) = candidate;
		stripping->count++;
	}
}

/* The candidate above a path that is not kept, the outermost one; NULL if there is none. */
static struct candidate *candidate_above(const struct stripping *stripping, struct slice path)
{
	for (size_t len = 1; len <= path.len; len++) {
		struct candidate *candidate;

		if (len < path.len && path.data[len] != '/')
			continue;
		candidate = map_get(&stripping->by_path, slice_of(path.data, len));
		if (candidate && !candidate->is_kept)
			return candidate;
	}
	return NULL;
}

/* Whether the directory that has a path's end is a package: then the end alone names nothing. */
static bool is_in_package(const struct stripping *stripping, struct slice path, struct slice end)
{
	autostr struct str init = STR_INIT;

	if (path.len > end.len)
		str_add(&init, path.data, path.len - end.len); /* with its slash */
	str_adds(&init, "__init__.py");
	return map_get(&stripping->plan->by_path, str_slice(&init));
}

/* Keep the directories that an absolute path of packages may mean: a bundle can have several
 * directories that are on Python's path. */
static bool keep_absolute(struct stripping *stripping, struct slice path)
{
	bool changed = false;

	for (size_t i = 0; i < stripping->count; i++) {
		struct candidate *candidate = &stripping->list[i];

		if (candidate->is_kept || !ends_with_path(candidate->item->path, path) ||
		    is_in_package(stripping, candidate->item->path, path))
			continue;
		candidate->is_kept = changed = true;
	}
	return changed;
}

/* Keep what a dotted name means in a module of the directory `package`: each part of the path that
 * is called as tests are. */
static bool keep_name(struct stripping *stripping, struct slice name, struct slice package)
{
	autostr struct str path = STR_INIT;
	struct slice base = package, part;
	bool is_relative = name.len > 0 && name.data[0] == '.', changed = false;

	for (size_t dots = 0; name.len > 0 && name.data[0] == '.'; dots++) {
		if (dots > 0)
			base = path_parent(base);
		name = slice_from(name, 1);
	}
	if (is_relative && !slice_is(base, "."))
		str_add_slice(&path, base);
	while (
	    path.len < PATH_MAX && name.len > 0 && slice_next(&name, '.', &part) && part.len > 0) {
		struct candidate *candidate;

		str_adds(&path, path.len > 0 ? "/" : "");
		str_add_slice(&path, part);
		if (!is_test_name(part))
			continue;
		if (!is_relative) {
			changed = keep_absolute(stripping, str_slice(&path)) || changed;
			continue;
		}
		candidate = map_get(&stripping->by_path, str_slice(&path));
		changed = changed || (candidate && !candidate->is_kept);
		if (candidate)
			candidate->is_kept = true;
	}
	return changed;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Cut off words with dots between and before them; an empty name if there are none. */
static struct slice take_name(struct slice *rest)
{
	size_t len = 0;

	while (len < rest->len && (is_word(rest->data[len]) || rest->data[len] == '.'))
		len++;
	*rest = slice_from(*rest, len);
	return slice_of(rest->data - len, len);
}

/* Skip what may stand between names, and ends of lines after a backslash. "#" is of a comment. */
static void skip(struct slice *rest, const char *between)
{
	for (;;) {
		const char *end = rest->data;

		if (slice_starts(*rest, SLICE_LITERAL("\\\n")))
			end += 2;
		else if (rest->len > 0 && *end && strchr(between, *end))
			end = *end == '#' ? memchr(end, '\n', rest->len) : end + 1;
		if (end == rest->data)
			return;
		end = end ? end : rest->data + rest->len;
		*rest = slice_of(end, rest->len - (size_t)(end - rest->data));
	}
}

/* The names after `from MODULE import`, up to what is none; *rest follows. */
static bool keep_imported(
    struct stripping *stripping, struct slice module, struct slice *rest, struct slice package)
{
	bool is_open = slice_starts(*rest, SLICE_LITERAL("(")), changed = false;

	*rest = slice_from(*rest, is_open);
	for (;;) {
		autostr struct str full = STR_INIT;
		struct slice name;

		skip(rest, is_open ? ", \t\f\r\n#" : ", \t");
		name = take_name(rest);
		if (name.len == 0)
			return changed;
		if (!is_test_name(name))
			continue;
		str_add_slice(&full, module);
		if (module.len == 0 || module.data[module.len - 1] != '.')
			str_addc(&full, '.');
		str_add_slice(&full, name);
		changed = keep_name(stripping, str_slice(&full), package) || changed;
	}
}

/* What follows `from`: a module, which may have space in it, `import` and names; *rest follows. */
static bool keep_from(struct stripping *stripping, struct slice *rest, struct slice package)
{
	autostr struct str module = STR_INIT;
	bool is_kept;

	for (;;) {
		struct slice name;

		skip(rest, " \t");
		name = take_name(rest);
		if (name.len == 0)
			return false;
		if (slice_is(name, "import"))
			break;
		str_add_slice(&module, name);
	}
	skip(rest, " \t");
	is_kept = keep_name(stripping, str_slice(&module), package);
	return keep_imported(stripping, str_slice(&module), rest, package) || is_kept;
}

/* The names of `import tests, NAME`, up to the end of the statement; those with dots are found in
 * any text. *rest follows. */
static bool keep_listed(struct stripping *stripping, struct slice *rest, struct slice package)
{
	bool changed = false;

	while (rest->len > 0 && !strchr("\n;", rest->data[0])) {
		struct slice name = take_name(rest);

		if (is_test_name(name))
			changed = keep_name(stripping, name, package) || changed;
		if (name.len == 0)
			*rest = slice_from(*rest, 1);
	}
	return changed;
}

/* Keep what a text names. True if that is something new. No statement begins within another one: so
 * a text is read twice at most, whatever it is. */
static bool keep_named(struct stripping *stripping, struct slice text, struct slice package)
{
	const char *end = text.data; /* of the last statement */
	bool changed = false, at_begin = true;

	while (text.len > 0) {
		struct slice name = take_name(&text), rest = text;

		if (name.len == 0) {
			at_begin = text.data[0] == '\n' || text.data[0] == ';' ||
				   (at_begin && (text.data[0] == ' ' || text.data[0] == '\t'));
			text = slice_from(text, 1);
			continue;
		}
		at_begin = at_begin && name.data >= end;
		if (at_begin && slice_is(name, "from"))
			changed = keep_from(stripping, &rest, package) || changed;
		if (at_begin && slice_is(name, "import"))
			changed = keep_listed(stripping, &rest, package) || changed;
		if (at_begin)
			end = rest.data;
		if (memchr(name.data, '.', name.len) && memmem(name.data, name.len, "test", 4))
			changed = keep_name(stripping, name, package) || changed;
		at_begin = false;
	}
	return changed;
}

/* Read what an item says, if it can name modules. False if it cannot, or has no word for tests. */
static int read_text(const struct item *item, struct str *ret, bool *ret_is, struct error **err)
{
	bool is_points = item->kind == ITEM_FILE &&
			 slice_is(path_name(item->path), "entry_points.txt");
	struct error *problem = NULL;

	str_truncate(ret, 0);
	*ret_is = (item->kind == ITEM_PYTHON || is_points) && item->origin;
	if (*ret_is && file_read(item->origin, FILE_READ_LIMIT, ret, NULL, &problem) < 0) {
		if (!error_is_local(problem))
			return fail_with(err, problem);
		error_free(problem);
		*ret_is = false;
	}
	*ret_is = *ret_is && memmem(str_c(ret), ret->len, "test", 4);
	return 0;
}

/* Keep what modules outside of the candidates name. A directory that is kept has modules that name
 * others: so until nothing changes. What a text names does not depend on what is kept: each is read
 * once. */
static int keep_all_named(struct stripping *stripping, struct error **err)
{
	autofree bool *is_read = xcalloc(stripping->plan->count + 1, sizeof(*is_read));
	autostr struct str text = STR_INIT;
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < stripping->plan->count; i++) {
			const struct item *item = stripping->plan->items[i];
			bool is;

			if (is_read[i] || candidate_above(stripping, item->path))
				continue;
			is_read[i] = true;
			if (read_text(item, &text, &is, err) < 0)
				return -1;
			if (is && keep_named(stripping, str_slice(&text), path_parent(item->path)))
				changed = true;
		}
	}
	return 0;
}

/* Whether an item goes: it is in a directory of tests that stays out. */
static bool is_stripped(void *context, const struct item *item)
{
	const struct candidate *candidate = candidate_above(context, item->path);

	return candidate && candidate->has_modules;
}

int strip_tests(struct plan *plan, const char *const *keep, const struct plan_listener *listener,
    struct error **err)
{
	CLEANUP(stripping_release) struct stripping stripping = {.plan = plan};

	find_candidates(&stripping, keep);
	if (stripping.count == 0)
		return 0;
	if (keep_all_named(&stripping, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		struct candidate *candidate = candidate_above(&stripping, plan->items[i]->path);

		if (candidate && plan->items[i]->kind == ITEM_PYTHON)
			candidate->has_modules = true;
	}
	for (size_t i = 0; i < stripping.count; i++) {
		const struct item *item = stripping.list[i].item;

		if (is_stripped(&stripping, item) &&
		    candidate_above(&stripping, item->path) == &stripping.list[i])
			listener->left_out(listener->context,
			    item->origin ? item_shown(item) : item->path.data,
			    "tests, which no other module imports");
	}
	plan_remove(plan, is_stripped, &stripping);
	return 0;
}
