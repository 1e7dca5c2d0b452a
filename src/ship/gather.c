#include "ship/gather.h"

#include "image/plan_order.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/direct_urls.h"
#include "ship/inputs.h"
#include "ship/scratch.h"
#include "ship/strip_tests.h"

static int add_application(const struct gathering *gathering, struct error **err)
{
	if (gathering->scratch->fd < 0 && scratch_open(gathering->scratch, err) < 0)
		return -1;
	if (application_add_main(gathering->plan, &gathering->options->application,
		gathering->scratch->path, gathering->listener, err) < 0)
		return -1;
	plan_finish(gathering->plan);
	return 0;
}

static void meet_collision(void *context, const struct item *item, const struct item *earlier)
{
	const struct gathering *gathering = context;
	struct error *note = NULL;

	(void)fail_at(&note, item->origin ? item_shown(item) : item->path.data, 0, 0, NULL,
	    "differs from '%s' in case alone: some file systems have only one of them",
	    earlier->path.data); /* always -1 */
	gathering->listener->warning(gathering->listener->context, note);
}

static int warn_of_collisions(const struct gathering *gathering, struct error **err)
{
	struct gathering copy = *gathering;

	return plan_find_collisions(gathering->plan, meet_collision, &copy, err);
}

int gather(const struct gathering *gathering, struct error **err)
{
	const struct assemble_options *options = gathering->options;
	autoinputs struct inputs inputs = {
	    .plan = gathering->plan,
	    .options = &options->scan,
	    .listener = gathering->listener,
	    .version = interpreter_short_version(),
	    .is_version_given = options->is_version_given,
	    .scratch = gathering->scratch,
	};

	for (const char *const *source = options->sources; *source; source++) {
		if (inputs_add(&inputs, *source, err) < 0)
			return -1;
	}
	if (direct_urls_leave_out(
		gathering->plan, options->scan.includes, gathering->listener, err) < 0)
		return -1;
	if (options->strips_tests &&
	    strip_tests(gathering->plan, options->keep, gathering->listener, err) < 0)
		return -1;
	if (options->form != FORM_PYZ && options->form != FORM_WHEEL &&
	    scripts_add(gathering->plan, options->shebang, gathering->listener, gathering->scripts,
		err) < 0)
		return -1;
	plan_finish(gathering->plan);
	if (inputs_finish(&inputs, err) < 0)
		return -1;
	if (options->form == FORM_PYZ && add_application(gathering, err) < 0)
		return -1;
	if (options->form == FORM_WHEEL &&
	    wheel_prepare(gathering->plan, &options->wheel, options->compile.layout,
		options->output, gathering->scripts, gathering->listener, err) < 0)
		return -1;
	if (warn_of_collisions(gathering, err) < 0)
		return -1;
	return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}
