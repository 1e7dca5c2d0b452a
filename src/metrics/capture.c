#include "metrics/capture.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "base/walk.h"

#define COUNTERS ".fault-syntax-counters"
#define TIMINGS ".fault-timing-deltas"
#define MAPS ".kiln-counters"

/* What sources kiln run was asked to measure. */
#define DESCRIBED ".kiln-described"

/* While kiln run runs, captures of the run before. */
#define BEFORE ".kiln-before"

/* Of a file, bytes. */
#define LIMIT FILE_READ_LIMIT

struct walker {
	struct measures *measures;
	struct capture_notes *notes;
	const char *root;
};

/* Note a file that ends in the middle. */
static void note_cut(struct walker *walker, const char *path)
{
	struct error *note = NULL;

	(void)fail_at(&note, path, 0, 0, NULL, "the file ends too early; what is whole counts");
	notes_add(&walker->notes->warnings, note);
}

/* Note an error of an input. -1 if it is the system's. */
static int note_error(struct walker *walker, struct error *error, struct error **err)
{
	if (!error_is_local(error))
		return fail_with(err, error);
	notes_add(&walker->notes->errors, error);
	return 0;
}

/* Read a file of a directory; nothing if it is not there and may be missing. */
static int read_file(int directory, const char *shown, const char *name, bool is_optional,
    struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", shown, name);
	struct error *error = NULL;

	if (file_read_place(place_below(directory, name, path), LIMIT, ret, NULL, &error) == 0)
		return 0;
	if (!is_optional || error->number != ENOENT)
		return fail_with(err, error);
	error_free(error);
	return 0;
}

static int read_counters(struct walker *walker, int directory, const char *shown,
    struct slice identity, struct error **err)
{
	autostr struct str sources = STR_INIT;
	autostr struct str areas = STR_INIT;
	autostr struct str counts = STR_INIT;
	autostr struct str hashes = STR_INIT;
	struct capture_text text;
	bool cut = false;

	if (read_file(directory, shown, "sources", false, &sources, err) < 0 ||
	    read_file(directory, shown, "areas", false, &areas, err) < 0 ||
	    read_file(directory, shown, "counts", true, &counts, err) < 0 ||
	    read_file(directory, shown, "hashes", true, &hashes, err) < 0)
		return -1;
	text = (struct capture_text){
	    str_slice(&sources), str_slice(&areas), str_slice(&counts), str_slice(&hashes)};
	if (capture_counts(walker->measures, &text, identity, shown, &cut, err) < 0)
		return -1;
	if (cut)
		note_cut(walker, shown);
	return 0;
}

static int read_timings(struct walker *walker, int directory, const char *shown, struct error **err)
{
	autostr struct str timings = STR_INIT;
	autostr struct str modules = STR_INIT;
	bool cut = false;

	if (read_file(directory, shown, "timings", false, &timings, err) < 0 ||
	    read_file(directory, shown, "modules", true, &modules, err) < 0 ||
	    capture_times(
		walker->measures, str_slice(&timings), str_slice(&modules), shown, &cut, err) < 0)
		return -1;
	if (cut)
		note_cut(walker, shown);
	return 0;
}

/* The part of the name of a map that files of one process share; empty if it is none. */
static struct slice process_of(const char *name)
{
	struct slice rest = slice_c(name);
	const char *dot;

	if (!slice_ends(rest, SLICE_LITERAL(".map")))
		return SLICE_LITERAL("");
	rest.len -= strlen(".map");
	dot = memrchr(rest.data, '.', rest.len);
	return slice_of(rest.data, dot ? (size_t)(dot - rest.data) : rest.len);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The maps of one process, while they are read. */
struct process {
	struct capture_maps maps;
	struct str *texts; /* of the files */
	char **paths;
	size_t count;
};

static void process_release(struct process *process)
{
	capture_maps_release(&process->maps);
	for (size_t i = 0; i < process->count; i++) {
		str_release(&process->texts[i]);
		free(process->paths[i]);
	}
	free(process->texts);
	free(process->paths);
}

static int read_map(struct walker *walker, struct process *process, int directory,
    const char *shown, const char *name, struct error **err)
{
	struct str *text = &process->texts[process->count];
	char *path = xasprintf("%s/%s", shown, name);
	struct error *error = NULL;
	bool cut = false;

	*text = STR_INIT;
	process->paths[process->count++] = path;
	if (read_file(directory, shown, name, false, text, &error) < 0 ||
	    capture_map(walker->measures, &process->maps, str_slice(text), path, &cut, &error) < 0)
		return note_error(walker, error, err);
	if (cut)
		note_cut(walker, path);
	return 0;
}

/* Read the maps of one process, with these names, and its identities. */
static int read_process(struct walker *walker, int directory, const char *shown,
    const char *const *names, size_t count, struct error **err)
{
	CLEANUP(process_release)
	struct process process = {.texts = xcalloc(count, sizeof(*process.texts)),
	    .paths = xcalloc(count, sizeof(*process.paths))};
	struct slice prefix = process_of(names[0]);
	autofree char *name = xasprintf("%.*s.identities", (int)prefix.len, prefix.data);
	autofree char *path = xasprintf("%s/%s", shown, name);
	autostr struct str identities = STR_INIT;
	struct error *error = NULL;
	bool cut = false;

	for (size_t i = 0; i < count; i++) {
		if (read_map(walker, &process, directory, shown, names[i], err) < 0)
			return -1;
	}
	if (read_file(directory, shown, name, true, &identities, &error) < 0 ||
	    capture_identities(
		walker->measures, &process.maps, str_slice(&identities), path, &cut, &error) < 0)
		return note_error(walker, error, err);
	if (cut)
		note_cut(walker, path);
	return 0;
}

/* Read the maps of all processes in a directory. */
static int read_maps(struct walker *walker, int directory, const char *shown, struct error **err)
{
	autostr struct str entries = STR_INIT;
	autofree const char **names = NULL;
	size_t count = 0, next;

	if (directory_names(directory, &entries) < 0)
		return fail_input(err, errno, shown, "cannot read the directory");
	names = xmalloc((entries.len / 3 + 1) * sizeof(*names));
	for (size_t at = 0; at < entries.len; at += strlen(entries.data + at) + 1) {
		const char *name = entries.data + at + 1; /* after its type */

		if (process_of(name).len)
			names[count++] = name;
	}
	array_sort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i = next) {
		for (next = i + 1; next < count; next++) {
			if (!slice_equal(process_of(names[next]), process_of(names[i])))
				break;
		}
		if (read_process(walker, directory, shown, names + i, next - i, err) < 0)
			return -1;
	}
	return 0;
}

/* The last component but one of a path: the identity of a directory of texts. */
static struct slice identity_of(const char *shown)
{
	return path_name(path_parent(slice_c(shown)));
}

static int read_known(
    struct walker *walker, int directory, const char *shown, struct slice name, struct error **err)
{
	walker->notes->count++;
	if (slice_is(name, COUNTERS))
		return read_counters(walker, directory, shown, identity_of(shown), err);
	if (slice_is(name, TIMINGS))
		return read_timings(walker, directory, shown, err);
	return read_maps(walker, directory, shown, err);
}

static bool is_known(struct slice name)
{
	return slice_is(name, COUNTERS) || slice_is(name, TIMINGS) || slice_is(name, MAPS);
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct walker *walker = context;
	autofree char *shown = NULL;
	autofree char *name = NULL;
	autoclose int directory = -1;
	struct error *error = NULL;

	if (!S_ISDIR(entry->stat.st_mode))
		return WALK_GO;
	if (slice_is(entry->name, BEFORE))
		return WALK_SKIP;
	shown = xasprintf("%s/%.*s", walker->root, (int)entry->path.len, entry->path.data);
	if (slice_is(entry->name, DESCRIBED)) {
		fields_add(&walker->notes->described, slice_c(shown));
		return WALK_SKIP;
	}
	if (!is_known(entry->name))
		return WALK_GO;
	name = xmemdup0(entry->name.data, entry->name.len);
	directory = TEMP_FAILURE_RETRY(openat(entry->directory, name, DESCENT_FLAGS | O_NOFOLLOW));
	if (directory < 0)
		(void)fail_input(&error, errno, shown, "cannot open the directory");
	else if (read_known(walker, directory, shown, entry->name, &error) == 0)
		return WALK_SKIP;
	return note_error(walker, error, err) < 0 ? WALK_STOP : WALK_SKIP;
}

static enum walk_answer trouble(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)path; /* the problem has it */
	return note_error(context, problem, err) < 0 ? WALK_STOP : WALK_GO;
}

int capture_read(
    struct measures *measures, const char *path, struct capture_notes *notes, struct error **err)
{
	struct walker walker = {measures, notes, path};
	struct walk_visitor visitor = {visit, trouble, &walker};
	size_t before = notes->count;

	if (tree_walk(place_at(path), &visitor, err) < 0)
		return fail_as(err, ERROR_INPUT);
	if (notes->count == before)
		return fail_input(err, 0, path,
		    "no capture: 'kiln run' writes one, and what 'kiln build --coverage' made does "
		    "where "
		    "METRICS_CAPTURE says");
	return 0;
}

void capture_notes_release(struct capture_notes *notes)
{
	notes_release(&notes->warnings);
	notes_release(&notes->errors);
	fields_release(&notes->described);
}
