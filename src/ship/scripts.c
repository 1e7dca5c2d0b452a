#include "ship/scripts.h"

#include <limits.h>

#include "base/content.h"
#include "base/file.h"
#include "base/path.h"
#include "image/directory.h"
#include "ship/entries.h"

/* As many bytes of a first line Linux reads since version 5.1; before that, 127. */
#define SHEBANG_SIZE 256
#define SHEBANG_LIMIT 127

/* The script of an entry point, for what another one says. */
struct entry_script {
	struct slice content, owner;
};

struct scripting {
	struct plan *plan;
	const char *shebang;
	const struct plan_listener *listener;
	struct scripts *scripts;
	bool has_level;	    /* the shebang sets an optimization level */
	struct map entries; /* path of an entry point's script -> struct entry_script */
};

static void scripting_release(struct scripting *scripting)
{
	map_release(&scripting->entries);
}

const char *scripts_shebang(int level)
{
	static const char *const lines[] = {"#!/usr/bin/env python3",
	    "#!/usr/bin/env -S python3 -O", "#!/usr/bin/env -S python3 -OO"};

	return lines[level];
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' && *text != '\t')
			return true;
	}
	return false;
}

int scripts_check_shebang(const char *shebang, struct error **err)
{
	size_t len = strlen(shebang);

	if (len > SHEBANG_LIMIT || !slice_starts(slice_c(shebang), SLICE_LITERAL("#!/")) ||
	    has_control(shebang))
		return fail_bad_value("--shebang", shebang,
		    "#! and the path of a program, in at most 127 bytes", err);
	return 0;
}

/* Report a problem of one file, and go on; fail with what is the system's. */
static int report(
    struct scripting *scripting, const struct item *item, struct error *problem, struct error **err)
{
	item_show(item, problem);
	if (!error_is_local(problem))
		return fail_with(err, problem);
	scripting->plan->problems++;
	scripting->listener->problem(scripting->listener->context, problem);
	return 0;
}

void scripts_add_file(
    struct scripts *scripts, struct item *item, struct slice content, struct slice owner)
{
	if (scripts->count == scripts->capacity) {
		scripts->capacity = scripts->capacity ? 2 * scripts->capacity : 16;
		scripts->list = xreallocarray(
		    scripts->list, scripts->capacity, sizeof(*scripts->list));
	}
	item->origin = NULL;
	item->size = content.len;
	scripts->list[scripts->count++] = (struct script){
	    .item = item, .content = content, .owner = owner};
}

/* The script of an entry point. `main` of "main.run" is what is imported. */
static struct slice write_script(struct scripting *scripting, const struct entry_point *entry)
{
	autostr struct str text = STR_INIT;
	struct slice rest = entry->attr, first;

	(void)slice_next(&rest, '.', &first); /* an attribute is not empty */
	str_addf(&text,
	    "%s\n"
	    "import os\n"
	    "import sys\n"
	    "sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))\n"
	    "from %.*s import %.*s\n"
	    "if __name__ == '__main__':\n"
	    "    sys.exit(%.*s())\n",
	    scripting->shebang, (int)entry->module.len, entry->module.data, (int)first.len,
	    first.data, (int)entry->attr.len, entry->attr.data);
	return arena_slice(&scripting->plan->arena, str_slice(&text));
}

/* The path of an entry point's script, beside the dist-info `owner`. */
static int add_script_path(struct str *ret, const struct entry_point *entry, struct slice owner,
    const char *origin, struct error **err)
{
	if (!path_is_confined(entry->name) || memchr(entry->name.data, '/', entry->name.len) ||
	    entry->name.len > NAME_MAX)
		return fail_at(err, origin, 0, 0, NULL,
		    "the script '%.*s' has a name that no file may have", (int)entry->name.len,
		    entry->name.data);
	path_join(ret, path_above(owner), SLICE_LITERAL("bin"));
	str_addc(ret, '/');
	str_add_slice(ret, entry->name);
	return 0;
}

/* Warn of an entry point without a script. */
static void warn_of_entry(
    struct scripting *scripting, const struct item *file, const struct entry_point *entry)
{
	struct error *note = NULL;

	(void)fail_at(&note, item_shown(file), 0, 0, NULL,
	    "no script '%.*s' is made: no source can import '%.*s:%.*s', as a part is a keyword or "
	    "no identifier",
	    (int)entry->name.len, entry->name.data, (int)entry->module.len, entry->module.data,
	    (int)entry->attr.len, entry->attr.data); /* always -1 */
	scripting->listener->warning(scripting->listener->context, note);
}

/* Warn of a script that names no function. */
static void warn_of_module(
    struct scripting *scripting, const struct item *file, const struct entry_point *entry)
{
	struct error *note = NULL;

	(void)fail_at(&note, item_shown(file), 0, 0, NULL,
	    "no script '%.*s' is made: '%.*s' names no function: expected MODULE:FUNCTION",
	    (int)entry->name.len, entry->name.data, (int)entry->module.len,
	    entry->module.data); /* always -1 */
	scripting->listener->warning(scripting->listener->context, note);
}

/* Add the script of an entry point; fails with a problem. */
static int add_entry_script(struct scripting *scripting, const struct item *file,
    const struct entry_point *entry, struct error **err)
{
	struct slice owner = path_parent(file->path), base;
	struct slice content = write_script(scripting, entry);
	autostr struct str path = STR_INIT;
	const struct entry_script *other;
	struct entry_script *made;
	struct item *item;
	bool can_run;

	if (entries_check(entry, &can_run, err) < 0)
		return -1;
	if (!can_run) {
		warn_of_entry(scripting, file, entry);
		return 0;
	}
	if (add_script_path(&path, entry, owner, file->origin, err) < 0)
		return -1;
	base = path_parent(owner);
	entries_warn_of_module(scripting->plan, slice_is(base, ".") ? slice_of("", 0) : base, entry,
	    item_shown(file), scripting->listener);
	other = map_get(&scripting->entries, str_slice(&path));
	if (other && !slice_equal(other->content, content))
		return fail_at(err, file->origin, 0, 0, NULL,
		    "the script '%s' is also one of '%.*s', which is different", str_c(&path),
		    (int)other->owner.len, other->owner.data);
	item = map_get(&scripting->plan->by_path, str_slice(&path));
	if (item) {
		if (!other && item->kind != ITEM_DIRECTORY && !item->owner)
			item->owner = arena_copy(&scripting->plan->arena, owner);
		return 0;
	}
	item = plan_add(scripting->plan, ITEM_FILE, str_slice(&path));
	if (!item)
		return fail_at(err, file->origin, 0, 0, NULL,
		    "no place for the script '%s': a file has the name of its directory",
		    str_c(&path));
	scripts_add_file(scripting->scripts, item, content, owner);
	item->executable = true;
	made = arena_alloc(&scripting->plan->arena, sizeof(*made));
	*made = (struct entry_script){content, owner};
	*map_at(&scripting->entries, item->path) = made;
	return 0;
}

static int add_entry_scripts(
    struct scripting *scripting, const struct item *file, struct error **err)
{
	autostr struct str text = STR_INIT;
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};
	struct entry_points points;
	struct error *problem = NULL;

	if (file_read(file->origin, ENTRY_POINTS_LIMIT, &text, NULL, &problem) < 0 ||
	    entry_points_parse(str_slice(&text), file->origin, &arena, &points, &notes, &problem) <
		0)
		return report(scripting, file, problem, err);
	for (size_t i = 0; i < notes.count; i++) {
		item_show(file, notes.items[i]);
		scripting->listener->warning(scripting->listener->context, steal(&notes.items[i]));
	}
	for (size_t i = 0; i < points.count; i++) {
		const struct entry_point *entry = &points.items[i];

		if (!entry->attr.len && entry_point_group_is_scripts(entry->group))
			warn_of_module(scripting, file, entry);
		if (entry_point_is_script(entry) &&
		    add_entry_script(scripting, file, entry, &problem) < 0 &&
		    report(scripting, file, steal(&problem), err) < 0)
			return -1;
	}
	return 0;
}

static bool is_python(struct slice name)
{
	return slice_starts(name, SLICE_LITERAL("python"));
}

/* Whether a file's beginning is "#!" and a Python, by its absolute path or without any; with a
 * level also one that is looked for in PATH. */
static bool names_python(struct slice beginning, bool has_level)
{
	struct slice line, command, name;

	if (!slice_starts(beginning, SLICE_LITERAL("#!")) || !slice_next(&beginning, '\n', &line))
		return false;
	line = slice_trim(slice_from(line, 2));
	if (!slice_next(&line, ' ', &command))
		return false;
	name = path_name(command);
	if (has_level && slice_is(command, "/usr/bin/env"))
		return is_python(line.data ? slice_trim(line) : line);
	return is_python(name) && (command.data[0] == '/' || slice_equal(name, command));
}

/* Find where the first line of an open file ends: after its newline, if it has one. `beginning` was
 * read from it. */
static int find_line_end(
    int fd, struct slice beginning, const char *path, uint64_t *ret, struct error **err)
{
	char bytes[SHEBANG_SIZE];
	struct slice block = beginning;

	*ret = 0;
	while (block.len > 0) {
		const char *end = memchr(block.data, '\n', block.len);
		ssize_t count;

		if (end) {
			*ret += (uint64_t)(end + 1 - block.data);
			return 0;
		}
		*ret += block.len;
		count = content_read(fd, bytes, sizeof(bytes));
		if (count < 0)
			return fail_input(err, errno, path, "cannot read");
		block = slice_of(bytes, (size_t)count);
	}
	return 0;
}

/* A script with a Python in its first line: 1 if that is to be replaced, 0 if not. Then the line
 * with its end is what precedes `start`, and *ret_content what takes its place. */
static int see_line(const struct scripting *scripting, const struct item *item,
    struct script *script, struct str *ret_content, struct error **err)
{
	char bytes[SHEBANG_SIZE];
	autoclose int fd = content_open(place_at(item->origin), &script->stat, err);
	ssize_t count = fd < 0 ? -1 : content_read(fd, bytes, sizeof(bytes));
	struct slice beginning;

	if (fd >= 0 && count < 0)
		return fail_input(err, errno, item->origin, "cannot read");
	if (count < 0)
		return -1;
	beginning = slice_of(bytes, (size_t)count);
	if (!names_python(beginning, scripting->has_level))
		return 0;
	if (find_line_end(fd, beginning, item->origin, &script->start, err) < 0)
		return -1;
	str_adds(ret_content, scripting->shebang);
	if (script->start > beginning.len || memchr(bytes, '\n', beginning.len))
		str_addc(ret_content, '\n');
	return script->start > beginning.len ||
	       !slice_equal(slice_of(bytes, (size_t)script->start), str_slice(ret_content));
}

static int replace_line(struct scripting *scripting, struct item *item, struct error **err)
{
	autostr struct str content = STR_INIT;
	struct script script = {.rest = item->origin};
	int replaced = see_line(scripting, item, &script, &content, err);
	struct script *added;

	if (replaced <= 0)
		return replaced;
	scripts_add_file(scripting->scripts, item,
	    arena_slice(&scripting->plan->arena, str_slice(&content)), slice_of("", 0));
	added = &scripting->scripts->list[scripting->scripts->count - 1];
	added->rest = script.rest;
	added->start = script.start;
	added->stat = script.stat;
	item->size += (uint64_t)script.stat.st_size - script.start;
	return 0;
}

/* Whether it may have a first line that names a Python. */
static bool may_be_script(const struct item *item, const char *directory)
{
	return item->kind == ITEM_FILE && item->executable && item->origin &&
	       (!directory || slice_equal(path_parent(item->path), slice_c(directory)));
}

static bool has_level(const char *shebang)
{
	return strcmp(shebang, scripts_shebang(1)) == 0 || strcmp(shebang, scripts_shebang(2)) == 0;
}

int scripts_replace_lines(struct plan *plan, const char *directory, const char *shebang,
    const struct plan_listener *listener, struct scripts *ret, struct error **err)
{
	CLEANUP(scripting_release)
	struct scripting scripting = {plan, shebang, listener, ret, has_level(shebang), {0}};

	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = plan->items[i];
		struct error *problem = NULL;

		if (may_be_script(item, directory) &&
		    replace_line(&scripting, item, &problem) < 0 &&
		    report(&scripting, item, problem, err) < 0)
			return -1;
	}
	return 0;
}

int scripts_add(struct plan *plan, const char *shebang, const struct plan_listener *listener,
    struct scripts *ret, struct error **err)
{
	CLEANUP(scripting_release)
	struct scripting scripting = {plan, shebang, listener, ret, has_level(shebang), {0}};
	size_t count = plan->count; /* without the scripts that are added */

	if (scripts_replace_lines(plan, NULL, shebang, listener, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct item *item = plan->items[i];

		if (entries_are_in(item) && add_entry_scripts(&scripting, item, err) < 0)
			return -1;
	}
	return 0;
}

int scripts_put(const struct scripts *scripts, int stage, int64_t time, struct error **err)
{
	for (size_t i = 0; i < scripts->count; i++) {
		const struct script *script = &scripts->list[i];
		const char *path = script->item->path.data;
		bool executable = script->item->executable;
		int result = script->rest
				 ? bundle_copy_rest(stage, path, script->content,
				       place_at(script->rest), script->start, &script->stat,
				       executable, time, err)
				 : bundle_put(stage, path, script->content, executable, time, err);

		if (result < 0)
			return -1;
	}
	return 0;
}

void scripts_release(struct scripts *scripts)
{
	free(scripts->list);
	*scripts = (struct scripts){0};
}
