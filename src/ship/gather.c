#include "ship/gather.h"

#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/inputs.h"
#include "ship/scratch.h"

static int add_application(const struct gathering *gathering, struct error **err)
{
	if (gathering->scratch->fd < 0 && scratch_open(gathering->scratch, err) < 0)
		return -1;
	if (application_add_main(gathering->plan, &gathering->options->application,
		gathering->scratch->path, err) < 0)
		return -1;
	plan_finish(gathering->plan);
	return 0;
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
		options->output, gathering->scripts, err) < 0)
		return -1;
	return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}
