#include "compileall/recorded_path.h"

#include "base/path.h"
#include "python/library.h"

/* Append a part as os.path.join() does, for parts without slashes. */
static void add_joined(struct str *ret, struct slice part)
{
	if (ret->len && ret->data[ret->len - 1] != '/')
		str_addc(ret, '/');
	str_add_slice(ret, part);
}

/* The components of a path; one that is empty before the first slash and after the last. */
struct components {
	struct slice *items; /* borrow from the path */
	bool *dropped;
	size_t count;
};

static void components_release(struct components *components)
{
	free(components->items);
	free(components->dropped);
}

static struct components components_of(const char *path)
{
	size_t most = strlen(path) + 1;
	struct components ret = {
	    .items = xreallocarray(NULL, most, sizeof(*ret.items)),
	    .dropped = xcalloc(most, sizeof(*ret.dropped)),
	};
	struct slice rest = slice_c(path);

	while (slice_next(&rest, '/', &ret.items[ret.count]))
		ret.count++;
	return ret;
}

/* Drop the first equal component that is not dropped yet. */
static void drop_component(struct components *path, struct slice name)
{
	for (size_t i = 0; i < path->count; i++) {
		if (!path->dropped[i] && slice_equal(path->items[i], name)) {
			path->dropped[i] = true;
			return;
		}
	}
}

/* -s as older versions understand it: for each index at which both paths have the same component,
 * the first component of that name is dropped. */
static void drop_common(struct components *path, const struct components *strip)
{
	for (size_t i = 0; i < path->count && i < strip->count; i++) {
		if (slice_equal(strip->items[i], path->items[i]))
			drop_component(path, strip->items[i]);
	}
}

static bool begins_with(const struct components *path, const struct components *strip)
{
	if (strip->count > path->count)
		return false;
	for (size_t i = 0; i < strip->count; i++) {
		if (!slice_equal(strip->items[i], path->items[i]))
			return false;
	}
	return true;
}

static int add_stripped(struct str *ret, const struct compile_file *file, struct error **err)
{
	CLEANUP(components_release) struct components path = components_of(file->path);
	CLEANUP(components_release) struct components strip = components_of(file->stripdir);
	bool first = true;

	if (!library.strips_whole_prefix)
		drop_common(&path, &strip);
	else
		memset(path.dropped, true, strip.count);
	for (size_t i = 0; i < path.count; i++) {
		if (path.dropped[i])
			continue;
		if (first)
			str_add_slice(ret, path.items[i]);
		else
			add_joined(ret, path.items[i]);
		first = false;
	}
	if (!first)
		return 0;
	return fail(
	    err, ERROR_INPUT, "TypeError: join() missing 1 required positional argument: 'a'");
}

bool recorded_path_is_stripped(const struct compile_file *file)
{
	CLEANUP(components_release) struct components path = {0};
	CLEANUP(components_release) struct components strip = {0};

	if (!file->stripdir || !library.strips_whole_prefix)
		return file->stripdir;
	path = components_of(file->path);
	strip = components_of(file->stripdir);
	return begins_with(&path, &strip);
}

static void add_below(struct str *ret, const char *directory, struct slice path)
{
	if (!(path.len && path.data[0] == '/'))
		path_join(ret, slice_c(directory), path);
	else
		str_add_slice(ret, path);
}

int recorded_path_add(struct str *ret, const struct compile_file *file, struct error **err)
{
	autostr struct str stripped = STR_INIT;
	struct slice path = slice_c(file->path);
	bool strips = recorded_path_is_stripped(file);

	if (file->ddir) {
		add_below(ret, file->ddir, path_name(path));
		return 0;
	}
	if (strips) {
		if (add_stripped(&stripped, file, err) < 0)
			return -1;
		path = str_slice(&stripped);
	}
	if (file->prependdir)
		add_below(ret, file->prependdir, path);
	else if (strips)
		str_add_slice(ret, path);
	return 0;
}
