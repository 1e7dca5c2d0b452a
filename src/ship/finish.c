#include "ship/finish.h"

#include "image/directory.h"
#include "jobs/signals.h"

static int finish_archive(const struct finish *finish, struct error **err)
{
	const struct assemble_options *options = finish->options;
	const struct archive_options archive = {
	    .form = options->form,
	    /* Threads of a compressor get no tokens of a jobserver. */
	    .threads = options->jobserver ? 1 : options->workers,
	    .time = finish->time,
	    .reader = {options->output, finish->stage->fd, finish->listener, interrupted},
	};

	return archive_write(&archive, finish->bundle, err);
}

static int finish_directory(const struct finish *finish, struct error **err)
{
	if (bundle_finish(finish->stage->fd, finish->bundle, finish->time, err) < 0)
		return -1;
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

int finish_image(const struct finish *finish, struct error **err)
{
	if (finish->options->form == FORM_DIRECTORY)
		return finish_directory(finish, err);
	if (image_form_is_oci(finish->options->form))
		return finish_oci(finish, err);
	return finish_archive(finish, err);
}
