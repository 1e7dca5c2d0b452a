#include "command/image.h"
#include "jobs/cpu_count.h"
#include "jobs/signals.h"
#include "ship/scripts.h"

int image_take_format(void *context, const char *value, struct error **err)
{
	struct image_settings *settings = context;
	enum image_form *form = &settings->repack.image.form;

	if (!image_form_of_word(slice_c(value), form) || *form == FORM_WHEEL)
		return fail_bad_value("--format", value,
		    "directory, tar, tar.gz, tar.xz, tar.zst, tar.bz2, zip, pyz, squashfs, oci or "
		    "oci.tar",
		    err);
	settings->has_form = true;
	return 0;
}

static int complete(struct image_run *run, struct error **err)
{
	struct image_settings *settings = run->settings;
	struct assemble_options *image = &settings->repack.image;
	static const char *const no_sources[] = {NULL};

	if (!settings->has_form &&
	    image_form_of_name(slice_c(image->output), &image->form, err) < 0)
		return -1;
	if (image->form == FORM_WHEEL)
		return fail(err, ERROR_USAGE,
		    "'%s' is a wheel, which is built from sources: see 'kiln help build'",
		    image->output);
	settings->repack.images = run->arguments->items;
	settings->repack.limits = (struct image_reading_options){
	    .total_limit = settings->limit,
	    .interrupted = interrupted,
	    .platform = settings->oci.platforms.count ? fields_at(&settings->oci.platforms, 0).data
						      : NULL,
	    .takes_other = image_form_is_oci(image->form), /* then the option is of what is made */
	};
	settings->repack.prefix = settings->oci.prefix;
	image->sources = no_sources;
	image->manifest = settings->manifest;
	image->workers = settings->common.workers ? settings->common.workers : cpu_count();
	if (image_form_is_oci(image->form)) {
		image->oci = &settings->oci_options;
		return oci_arguments_complete(&settings->oci, image->output, image->form,
		    &settings->oci_options, &image->output, err);
	}
	if (settings->oci.is_given && !settings->oci.prefix && !settings->oci.platforms.count)
		return fail(err, ERROR_USAGE,
		    "options for OCI images are given, but '%s' is none: name oci:DIR:TAG "
		    "or a .oci.tar",
		    image->output);
	return 0;
}

static void summarize(struct image_run *run, const char *made, const struct repack_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, run->reporter, &run->settings->common))
		return;
	summary_member(&summary, "image", made);
	summary_count(&summary, "copied", result->copied, "copied");
	summary_some(&summary, "left_out", result->left_out, "left out");
	summary_some(&summary, "layers", result->oci.layers, "layer|layers");
	summary_some(&summary, "reused", result->oci.reused, "reused");
	summary_count(&summary, "failed", result->failed, NULL);
	summary_end(&summary, made);
}

int image_repack(struct image_run *run, struct error **err)
{
	struct image_settings *settings = run->settings;
	const char *made = settings->repack.image.output;
	struct repack_result result;
	int status;

	if (complete(run, err) < 0 || image_join(run, made, &status, err) < 0)
		return -1;
	if (status >= 0)
		return status;
	if (repack(&settings->repack, run->reporter, &result, err) < 0)
		return -1;
	if (result.failed)
		return ERROR_INPUT;
	if (oci_arguments_push(&settings->oci, settings->repack.image.output, err) < 0)
		return -1;
	summarize(run, made, &result);
	return 0;
}
