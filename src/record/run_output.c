#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/marker.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/directory.h"
#include "record/run_parts.h"

struct record_output run_output(const struct run *run, struct str *files)
{
	return (struct record_output){run->root, run->options->output, files, 0, NULL};
}

int run_open_output(struct run *run, struct error **err)
{
	const char *output = run->options->output;
	autofree char *marker = xasprintf("%s/%s", output, marker_names[0]);
	bool may = run->options->force;

	if (!may && bundle_may_replace(output, &may, err) < 0)
		return -1;
	if (!may)
		return fail(err, ERROR_USAGE,
		    "'%s' exists and was not made by kiln: --force writes into it", output);
	if (tree_make(place_at(output), err) < 0)
		return -1;
	run->root = TEMP_FAILURE_RETRY(open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (run->root < 0)
		return fail_errno(err, errno, "cannot open '%s'", output);
	if (kept_read(run->root, output, &run->kept, err) < 0)
		return -1;
	return file_replace(place_below(run->root, marker_names[0], marker),
	    SLICE_LITERAL(MARKER_TEXT), 0644, FILE_OVER, err);
}

static int write_site(struct run *run, struct error **err)
{
	struct record_output output = run_output(run, &run->files);
	autostr struct str messages = STR_INIT;
	const struct record_site site = {
	    .settings = run->options->settings,
	    .sources = run->sources.items,
	    .factors = run->factors,
	    .count = run->count,
	    .index = &run->index,
	    .changes = run->options->checks->since ? &run->checking.changes : NULL,
	};

	if (checking_finish(&run->checking, &run->sources, &site, &output, &messages, err) < 0)
		return -1;
	reporter_print(run->reporter, str_slice(&messages));
	run->result->found = run->checking.found;
	if (run->options->writer->site && run->options->writer->site(&site, &output, err) < 0)
		return -1;
	run->result->written += output.written;
	return 0;
}

/* Add the files that the last run wrote for a page. */
static void add_kept(const struct kept_page *page, struct str *files)
{
	for (const struct json *file = page ? page->files->first : NULL; file; file = file->next)
		str_add(files, file->string, strlen(file->string) + 1);
}

static void need(struct map *needed, const struct str *files)
{
	struct slice rest = str_slice(files), file;

	while (rest.len && slice_next(&rest, '\0', &file))
		*map_at(needed, file) = needed;
}

/* Write what is known of the pages, and note which files are needed. */
static void add_pages(struct run *run, struct json_writer *json, struct map *needed)
{
	for (size_t i = 0; i < run->count; i++) {
		struct task *task = &run->tasks[i];

		if (task->failed || task->current) {
			str_truncate(&task->files, 0);
			add_kept(kept_find(&run->kept, task->source->directory), &task->files);
		}
		kept_add(json, task->source->directory, task->failed ? "" : task->digest,
		    task->failed ? "" : task->content, str_slice(&task->files));
		need(needed, &task->files);
	}
	kept_add(json, slice_of("", 0), "", "", str_slice(&run->files));
	need(needed, &run->files);
}

/* Remove a directory if it is empty. 1 if it is gone, 0 if not, -1 on an error. */
static int remove_empty(struct place directory, struct error **err)
{
	const char *name;
	autoclose int parent = place_open_parent(directory, &name);

	if (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 1;
	if (errno_is_absence(errno))
		return 1;
	return errno == ENOTEMPTY || errno == EEXIST ? 0
						     : place_fail(directory, errno, "remove", err);
}

/* Remove a file, and the directories above it that are empty then. */
static int remove_file(const struct run *run, const char *path, struct error **err)
{
	autofree char *shown = xasprintf("%s/%s", run->options->output, path);
	autofree char *above = xstrdup(path);
	int gone = 1;
	char *slash;

	if (tree_remove(place_below(run->root, path, shown), err) < 0)
		return -1;
	while (gone > 0 && (slash = strrchr(above, '/'))) {
		*slash = '\0';
		gone = remove_empty(place_below(run->root, above, shown), err);
	}
	return gone < 0 ? -1 : 0;
}

static int remove_others(const struct run *run, const struct map *needed, struct error **err)
{
	for (size_t i = 0; i < run->kept.pages.count; i++) {
		const struct kept_page *page = run->kept.pages.entries[i].value;

		for (const struct json *file = page->files->first; file; file = file->next) {
			if (!map_find(needed, slice_c(file->string)) &&
			    remove_file(run, file->string, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* What is not needed is known until it is gone. */
int run_finish_output(struct run *run, struct error **err)
{
	automap struct map needed = {NULL};
	autostr struct str text = STR_INIT;
	struct json_writer json;

	if (write_site(run, err) < 0)
		return -1;
	kept_begin(&json, &text);
	add_pages(run, &json, &needed);
	if (remove_others(run, &needed, err) < 0)
		return -1;
	return kept_end(&json, run->root, run->options->output, err);
}
