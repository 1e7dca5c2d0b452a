#include "command/image.h"
#include "image/directory.h"
#include "image/oci_join.h"
#include "jobs/signals.h"

/* Whether all images are OCI images, for an OCI image of all their platforms. */
static bool may_join(const struct image_settings *settings)
{
	const char *const *images = settings->repack.images;
	size_t count = 0;

	while (images[count] && oci_is_image(images[count]))
		count++;
	return image_form_is_oci(settings->repack.image.form) && count > 0 && !images[count] &&
	       !settings->oci.platforms.count;
}

/* The option by which joined images would be changed, or that describes a tree; else NULL. */
static const char *find_change(const struct image_settings *settings)
{
	struct oci_arguments others = settings->oci;

	others.annotations.count = 0;
	others.push = NULL;
	others.is_given = others.zstd;
	return settings->manifest	     ? "--manifest"
	       : settings->repack.image.bill ? "--sbom"
					     : oci_arguments_given(&others);
}

static int check_options(const struct image_settings *settings, struct error **err)
{
	const char *given = find_change(settings);

	if (!given)
		return 0;
	return fail(err, ERROR_USAGE,
	    "%s is not for images of several platforms, which are joined as they are: give it when "
	    "they are made, or give --platform to make one tree of them",
	    given);
}

static void summarize(struct image_run *run, const char *made, const struct oci_join_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, run->reporter, &run->settings->common))
		return;
	summary_member(&summary, "image", made);
	summary_count(&summary, "platforms", result->platforms, "platform|platforms");
	summary_count(&summary, "copied", result->copied, "blob copied|blobs copied");
	summary_some(&summary, "reused", result->reused, "reused");
	summary_end(&summary, made);
}

static int join_images(
    struct image_run *run, const struct oci_join *join, const char *made, struct error **err)
{
	const struct image_settings *settings = run->settings;
	const struct assemble_options *image = &settings->repack.image;
	struct oci_join_options options = {
	    .output = image->output,
	    .is_archive = image->form == FORM_OCI_TAR,
	    .tag = settings->oci_options.tag,
	    .annotations = &settings->oci_options.settings.annotations,
	    .interrupted = interrupted,
	};
	struct oci_join_result result;

	if (check_options(settings, err) < 0 || bundle_time(&options.time, err) < 0 ||
	    oci_join_write(join, &options, &result, err) < 0 ||
	    oci_arguments_push(&settings->oci, image->output, err) < 0)
		return -1;
	summarize(run, made, &result);
	return 0;
}

int image_join(struct image_run *run, const char *made, int *ret_status, struct error **err)
{
	const struct repack_options *repack = &run->settings->repack;
	CLEANUP(oci_join_release) struct oci_join join = {0};

	*ret_status = -1;
	if (!may_join(run->settings))
		return 0;
	if (repack_check_output(repack, err) < 0 || oci_join_open(&join, repack->images, err) < 0)
		return -1;
	/* One image for one platform is copied, unless it is to become another. */
	if (!oci_join_has_platforms(&join) && (repack->images[1] || find_change(run->settings) ||
						  run->settings->oci.annotations.count))
		return 0;
	*ret_status = 0;
	return join_images(run, &join, made, err);
}
