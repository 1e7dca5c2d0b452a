#include <fcntl.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "image/directory.h"
#include "ship/assemble.h"
#include "ship/reports.h"

static int check_archive(const struct assemble_options *options, struct error **err)
{
	struct stat stat;
	int there = presence_at(AT_FDCWD, options->output, AT_SYMLINK_NOFOLLOW, &stat, NULL, err);

	if (there < 0)
		return -1;
	if (there && S_ISDIR(stat.st_mode))
		return fail(err, ERROR_USAGE,
		    "'%s' is a directory: remove it, or name another archive", options->output);
	return 0;
}

/* Whether one of two outputs would be inside the other. */
static int are_nested(const char *a, const char *b, bool *ret, struct error **err)
{
	autostr struct str first = STR_INIT;
	autostr struct str second = STR_INIT;

	if (tree_resolve(a, &first, err) < 0 || tree_resolve(b, &second, err) < 0)
		return -1;
	*ret = path_below(str_slice(&first), str_slice(&second), NULL) ||
	       path_below(str_slice(&second), str_slice(&first), NULL);
	return 0;
}

/* A base is extended, or stays as it is. */
static int check_base(const struct assemble_options *options, struct error **err)
{
	const char *const outputs[] = {options->output, options->manifest, options->bill};

	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
		if (outputs[i] && oci_check_output(options->oci->base, outputs[i],
				      i == 0 && options->form == FORM_OCI, err) < 0)
			return -1;
	return 0;
}

static int check_outputs(const struct assemble_options *options, struct error **err)
{
	bool nested;

	if (image_form_is_oci(options->form) &&
	    (oci_check(options->form == FORM_OCI ? options->output : NULL, options->oci, err) < 0 ||
		(options->oci->base && check_base(options, err) < 0)))
		return -1;
	if (options->form != FORM_DIRECTORY && options->form != FORM_OCI &&
	    check_archive(options, err) < 0)
		return -1;
	if (options->form == FORM_DIRECTORY &&
	    descriptions_check(options->output, options->force, err) < 0)
		return -1;
	if (!options->descriptions)
		return 0;
	if (are_nested(options->output, options->descriptions, &nested, err) < 0)
		return -1;
	if (nested) /* one would replace the other */
		return fail(err, ERROR_USAGE, "'%s' and '%s' must not be inside each other",
		    options->output, options->descriptions);
	return descriptions_check(options->descriptions, options->force, err);
}

/* A report in a source would replace a file of it, or be in the next image. */
static int check_report(const char *source, const char *report, struct error **err)
{
	bool is_inside;

	if (!report)
		return 0;
	if (plan_check_output(source, report, err) < 0 ||
	    plan_has_inside(source, report, &is_inside, err) < 0)
		return -1;
	if (is_inside)
		return fail(err, ERROR_USAGE, "'%s' is inside the source '%s': name a file outside",
		    report, source);
	return 0;
}

/* Not even --force replaces what the bundle is made of. */
static int check_source(
    const struct assemble_options *options, const char *source, struct error **err)
{
	if (plan_check_output(source, options->output, err) < 0 ||
	    check_report(source, options->manifest, err) < 0 ||
	    check_report(source, options->bill, err) < 0)
		return -1;
	return options->descriptions ? plan_check_output(source, options->descriptions, err) : 0;
}

int assemble_check(const struct assemble_options *options, struct error **err)
{
	int64_t time;

	if (bundle_time(&time, err) < 0)
		return -1;
	for (const char *const *source = options->sources; *source; source++) {
		if (check_source(options, *source, err) < 0)
			return -1;
	}
	if (check_outputs(options, err) < 0)
		return -1;
	return reports_check(options, err);
}
