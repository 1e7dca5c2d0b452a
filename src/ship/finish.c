#include "ship/finish.h"

#include "base/file.h"
#include "image/directory.h"
#include "image/plan_order.h"
#include "image/squashfs.h"
#include "jobs/signals.h"
#include "python/interpreter.h"

/* The largest list of --first. */
#define LIST_LIMIT ((size_t)64 << 20)

#define NO_ZIP64 "zipimport reads zip64 since Python 3.13"

static struct archive_options describe_archive(const struct finish *finish)
{
	const struct assemble_options *options = finish->options;

	return (struct archive_options){
	    .form = options->form,
	    /* Threads of a compressor get no tokens of a jobserver. */
	    .threads = options->jobserver ? 1 : options->workers,
	    .time = finish->time,
	    .reader = {options->output, finish->stage->fd, finish->listener, interrupted},
	};
}

static bool has_modules(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

		/* In a plan made of an image, sources are plain files. */
		if (item->kind == ITEM_PYTHON ||
		    (item->kind == ITEM_FILE && (slice_ends(item->path, SLICE_LITERAL(".py")) ||
						    slice_ends(item->path, SLICE_LITERAL(".pyc")))))
			return true;
	}
	return false;
}

static int finish_archive(const struct finish *finish, struct error **err)
{
	struct archive_options archive = describe_archive(finish);

	if (archive.form == FORM_SQUASHFS)
		return squashfs_write(&archive, finish->bundle, err);
	if (archive.form == FORM_ZIP && !interpreter_reads_zip64() && has_modules(finish->bundle)) {
		archive.no_zip64 = NO_ZIP64 ": nothing can be imported from this archive";
		archive.warns_of_zip64 = true;
	}
	return archive_write(&archive, finish->bundle, err);
}

static int finish_application(const struct finish *finish, struct error **err)
{
	const struct assemble_options *options = finish->options;
	struct archive_options archive = describe_archive(finish);
	autostr struct str line = STR_INIT;

	str_addf(&line, "%s\n", options->shebang);
	archive.prefix = str_slice(&line);
	archive.is_executable = true;
	if (!interpreter_reads_zip64())
		archive.no_zip64 = NO_ZIP64 ": exclude something, or give --python 3.13";
	return archive_write(&archive, finish->bundle, err);
}

static int finish_wheel(const struct finish *finish, struct error **err)
{
	const struct archive_options archive = describe_archive(finish);

	return wheel_write(finish->bundle, &archive, err);
}

static int finish_directory(const struct finish *finish, struct error **err)
{
	if (bundle_finish(finish->stage->fd, finish->bundle, finish->time, interrupted, err) < 0)
		return bundle_fail(finish->options->output, err);
	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return tree_stage_commit(finish->stage, 0755, err);
}

static int finish_oci(const struct finish *finish, struct error **err)
{
	const struct assemble_options *options = finish->options;
	const struct oci_input input = {
	    .plan = finish->bundle,
	    .stage = finish->stage->fd,
	    .threads = options->jobserver ? 1 : options->workers,
	    .time = finish->time,
	    .listener = finish->listener,
	    .interrupted = interrupted,
	};

	if (options->form == FORM_OCI)
		return oci_write(options->output, options->oci, &input, finish->oci, err);
	return oci_write_tar(options->output, options->oci, &input, finish->oci, err);
}

/* Put the entries that --first lists at the beginning. */
static int put_first(const struct finish *finish, struct error **err)
{
	autostr struct str list = STR_INIT;
	size_t found;

	if (file_read(finish->options->first, LIST_LIMIT, &list, NULL, err) < 0)
		return -1;
	plan_put_first(finish->bundle, str_slice(&list), &found);
	if (!found)
		return fail(err, ERROR_USAGE, "'%s' lists no path that is in the image",
		    finish->options->first);
	return 0;
}

void finish_links(const struct finish *finish)
{
	if (finish->options->form == FORM_PYZ || finish->options->form == FORM_WHEEL)
		plan_copy_links(finish->bundle, finish->listener);
}

int finish_image(const struct finish *finish, struct error **err)
{
	if (finish->options->first && put_first(finish, err) < 0)
		return -1;
	if (finish->options->form == FORM_DIRECTORY)
		return finish_directory(finish, err);
	if (image_form_is_oci(finish->options->form))
		return finish_oci(finish, err);
	if (finish->options->form == FORM_PYZ)
		return finish_application(finish, err);
	if (finish->options->form == FORM_WHEEL)
		return finish_wheel(finish, err);
	return finish_archive(finish, err);
}
