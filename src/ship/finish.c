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

int finish_image(const struct finish *finish, struct error **err)
{
	if (finish->options->form == FORM_DIRECTORY)
		return finish_directory(finish, err);
	return finish_archive(finish, err);
}
