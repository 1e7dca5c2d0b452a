#include "command/form_arguments.h"

static int check_forms(
    const struct form_arguments *arguments, enum image_form form, struct error **err)
{
	if (form != FORM_PYZ && arguments->has_application)
		return fail(err, ERROR_USAGE,
		    "-m, --entry and --extract-native are for applications: name IMAGE *.pyz");
	if (form != FORM_WHEEL && arguments->has_wheel)
		return fail(err, ERROR_USAGE,
		    "--name, --version, --requires and --entry-point are for wheels: name IMAGE "
		    "*.whl");
	return 0;
}

int form_arguments_complete(
    struct form_arguments *arguments, struct assemble_options *build, struct error **err)
{
	const struct application_options *application = &arguments->application;

	if (check_forms(arguments, build->form, err) < 0)
		return -1;
	if (application->main && application->entry)
		return fail(err, ERROR_USAGE, "-m and --entry both say what to run: give one");
	if (application->main && application_check_main(application->main, err) < 0)
		return -1;
	build->application = *application;
	build->wheel = arguments->wheel;
	if (arguments->requires.count) {
		arguments->requires_list = fields_arguments(&arguments->requires);
		build->wheel.requires = arguments->requires_list;
	}
	if (arguments->entry_points.count) {
		arguments->entry_points_list = fields_arguments(&arguments->entry_points);
		build->wheel.entry_points = arguments->entry_points_list;
	}
	if (build->compile.layout == LAYOUT_SOURCE && image_form_is_zip(build->form))
		build->compile.layout = build->form == FORM_WHEEL ? LAYOUT_PLAIN : LAYOUT_BESIDE;
	return 0;
}

void form_arguments_release(struct form_arguments *arguments)
{
	fields_release(&arguments->requires);
	fields_release(&arguments->entry_points);
	free(arguments->requires_list);
	free(arguments->entry_points_list);
}
