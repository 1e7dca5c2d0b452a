#include "record/output.h"

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"

/* Whether a file is there with this content. A file that cannot be read is replaced. */
static bool has_content(struct place place, struct slice content)
{
	autostr struct str found = STR_INIT;
	struct stat stat;

	return place_stat(place, &stat) == 0 && S_ISREG(stat.st_mode) &&
	       (uint64_t)stat.st_size == content.len &&
	       file_read_place(place, content.len, &found, NULL, NULL) == 0 &&
	       slice_equal(str_slice(&found), content);
}

static void keep(struct record_output *output, const char *path)
{
	str_adds(output->files, path);
	str_addc(output->files, '\0');
}

static char *path_of(const struct record_output *output, struct slice path)
{
	return xasprintf("%s%.*s", output->prefix ? output->prefix : "", (int)path.len, path.data);
}

void record_output_keep(struct record_output *output, struct slice path)
{
	autofree char *below = path_of(output, path);

	keep(output, below);
}

int record_output_put(
    struct record_output *output, struct slice path, struct slice content, struct error **err)
{
	autofree char *below = path_of(output, path);
	autofree char *shown = xasprintf("%s/%s", output->shown, below);
	struct place place = place_below(output->root, below, shown);

	keep(output, below);
	if (has_content(place, content))
		return 0;
	output->written++;
	if (tree_make_parents(place, err) < 0)
		return -1;
	return file_replace(place, content, 0644, FILE_OVER, err);
}

int record_output_put_in(struct record_output *output, struct slice directory, const char *name,
    struct slice content, struct error **err)
{
	autostr struct str path = STR_INIT;

	path_join(&path, directory, slice_c(name));
	return record_output_put(output, str_slice(&path), content, err);
}
