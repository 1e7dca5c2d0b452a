#include "ship/descriptions.h"

#include <errno.h>

#include "base/path.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "jobs/signals.h"

bool descriptions_is_interface(struct slice path)
{
	return slice_ends(path, SLICE_LITERAL(".pyi")) && path_name(path).len > 4;
}

int descriptions_check(const char *output, bool force, struct error **err)
{
	bool may_replace;

	if (force)
		return 0;
	if (bundle_may_replace(output, &may_replace, err) < 0)
		return -1;
	if (!may_replace)
		return fail(err, ERROR_USAGE,
		    "'%s' exists and was not made by kiln: --force replaces it", output);
	return 0;
}

void descriptions_expect(struct descriptions *descriptions, struct slice path)
{
	struct slice parent = path_parent(path);

	if (!slice_is(parent, "."))
		(void)plan_add(&descriptions->directories, ITEM_DIRECTORY, parent);
}

int descriptions_open(
    struct descriptions *descriptions, const char *output, int64_t time, struct error **err)
{
	descriptions->output = output;
	descriptions->time = time;
	plan_finish(&descriptions->directories);
	if (tree_stage_open(&descriptions->stage, place_at(output), err) < 0)
		return -1;
	if (bundle_make_directories(
		descriptions->stage.fd, &descriptions->directories, interrupted, err) < 0)
		return bundle_fail(output, err);
	return 0;
}

int descriptions_put(const struct descriptions *descriptions, const char *path, const char *origin,
    const char *recorded, const struct delineation *delineation, struct error **err)
{
	autodescription struct description description = {.elements = STR_INIT};
	autoerror struct error *error = NULL;

	if (description_write(delineation, origin, &description, err) < 0)
		return -1;
	if (description_put(descriptions->stage.fd, path, &description, slice_c(recorded),
		descriptions->time, &error) == 0)
		return 0;
	/* The name of the source is too long. */
	if (error->number == ENAMETOOLONG)
		return fail_at(err, origin, 0, 0, NULL, "%s", error->message);
	(void)fail_with(err, steal(&error)); /* always -1 */
	return bundle_fail(descriptions->output, err);
}

int descriptions_remove(
    const struct descriptions *descriptions, const char *path, struct error **err)
{
	autofree char *whole = xasprintf("%s/%s", descriptions->stage.path, path);

	return tree_remove(place_below(descriptions->stage.fd, path, whole), err);
}

int descriptions_commit(struct descriptions *descriptions, struct error **err)
{
	if (bundle_finish(descriptions->stage.fd, &descriptions->directories, descriptions->time,
		interrupted, err) < 0)
		return bundle_fail(descriptions->output, err);
	return tree_stage_commit(&descriptions->stage, 0755, err);
}

void descriptions_release(struct descriptions *descriptions)
{
	tree_stage_discard(&descriptions->stage);
	plan_release(&descriptions->directories);
}
