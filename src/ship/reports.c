#include "ship/reports.h"

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/oci_attach.h"
#include "inspect/packages.h"
#include "inspect/sbom.h"
#include "jobs/signals.h"
#include "ship/manifest.h"
#include "ship/provenance.h"

#define SBOM_MEDIA_TYPE "application/spdx+json"

static void take_fault(void *context, struct error *fault)
{
	const struct reports *reports = context;

	reports->listener->problem(reports->listener->context, fault);
}

static void take_warning(void *context, struct error *note)
{
	const struct reports *reports = context;

	reports->listener->warning(reports->listener->context, note);
}

/* What bills of materials are written from. */
struct contents {
	struct inspection inspection;
	struct packages packages;
	struct bills bills;
};

static void contents_release(struct contents *contents)
{
	bills_release(&contents->bills);
	packages_release(&contents->packages);
	inspect_release(&contents->inspection);
}

static int write_bill(const struct reports *reports, const struct contents *contents,
    enum sbom_format format, struct slice name, struct str *text, struct error **err)
{
	const struct sbom_options options = {
	    .format = format,
	    .time = reports->compile->time,
	    .name = name,
	    .bills = &contents->bills,
	};

	return sbom_write(&contents->inspection, &contents->packages, &options, text, err);
}

/* The name under which the image is read, for free(). */
static char *image_name(const struct assemble_options *options)
{
	if (options->form != FORM_OCI)
		return xstrdup(options->output);
	return xasprintf(
	    "oci:%s:%s", options->output, options->oci->tag ? options->oci->tag : OCI_DEFAULT_TAG);
}

/* All platforms have the same files: the reports are of the first. NULL if none is named. */
static const char *first_platform(const struct assemble_options *options)
{
	return options->oci && options->oci->platforms.count
		   ? fields_at(&options->oci->platforms, 0).data
		   : NULL;
}

/* Attach a bill of materials and the provenance to the OCI image. */
static int attach(
    const struct reports *reports, const struct contents *contents, struct error **err)
{
	const struct assemble_options *options = reports->options;
	const struct oci_descriptor *image = &reports->oci->image;
	autofields struct fields bases = FIELDS_INIT;
	const char *tag = options->oci->tag ? options->oci->tag : OCI_DEFAULT_TAG;
	autostr struct str bill = STR_INIT, provenance = STR_INIT;

	if (oci_bases(options->output, image, &bases, err) < 0 ||
	    write_bill(reports, contents, SBOM_SPDX, slice_c(tag), &bill, err) < 0)
		return -1;
	provenance_write(reports, image, &contents->packages, &bases, &provenance);

	const struct oci_attachment attachments[] = {
	    {SBOM_MEDIA_TYPE, NULL, str_slice(&bill)},
	    {PROVENANCE_MEDIA_TYPE, PROVENANCE_PREDICATE, str_slice(&provenance)},
	};

	return oci_attach(options->output, image, attachments, 2, interrupted, err);
}

int reports_write(const struct reports *reports, struct error **err)
{
	const struct assemble_options *options = reports->options;
	bool attaches = options->oci && options->oci->attaches;
	enum sbom_format format = options->bill ? sbom_format_of_name(slice_c(options->bill))
						: SBOM_NONE;
	const struct image_reading_options limits = {
	    .entry_limit = UINT64_MAX,
	    .total_limit = UINT64_MAX,
	    .interrupted = interrupted,
	    .platform = first_platform(options),
	    .has_sha1 = attaches || format == SBOM_SPDX,
	};
	CLEANUP(contents_release) struct contents contents = {0};
	struct inspection *inspection = &contents.inspection;
	autofree char *image = image_name(options);
	autostr struct str manifest = STR_INIT, bill = STR_INIT;
	void *context = (void *)(uintptr_t)reports; /* nothing of it is changed */

	if (!options->manifest && !options->bill && !attaches)
		return 0;
	inspection->fault = take_fault;
	inspection->context = context;
	inspection->reads_bills = attaches || options->bill;
	if (inspect_read(inspection, image, &limits, err) < 0)
		return -1;
	if (inspection->reads_bills) {
		packages_find(inspection, &contents.packages);
		bills_read(inspection, &contents.packages, take_warning, context, &contents.bills);
	}
	if (attaches && attach(reports, &contents, err) < 0)
		return -1;
	if (options->manifest &&
	    (manifest_write(reports, inspection, &manifest, err) < 0 ||
		file_replace(place_at(options->manifest), str_slice(&manifest), 0644, 0, err) < 0))
		return -1;
	if (!options->bill)
		return 0;
	if (write_bill(
		reports, &contents, format, path_name(slice_c(options->output)), &bill, err) < 0)
		return -1;
	return file_replace(place_at(options->bill), str_slice(&bill), 0644, 0, err);
}

/* Fail where a report cannot be written, as long as the old image is there. */
static int check_writable(const char *report, struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;

	return file_writer_open(&writer, place_at(report), 0644, err);
}

/* A report must not be in the image, which is replaced whole. */
static int check_report(const struct assemble_options *options, const char *report,
    const char *option, struct error **err)
{
	autostr struct str image = STR_INIT;
	autostr struct str path = STR_INIT;

	if (!report)
		return 0;
	if (tree_resolve(options->output, &image, err) < 0 || tree_resolve(report, &path, err) < 0)
		return -1;
	if (path_below(str_slice(&path), str_slice(&image), NULL) ||
	    path_below(str_slice(&image), str_slice(&path), NULL))
		return fail(err, ERROR_USAGE,
		    "%s '%s' is in the place of the image '%s': name another file", option, report,
		    options->output);
	for (const char *const *source = options->sources; *source; source++) {
		if (plan_check_output(*source, report, err) < 0)
			return -1;
	}
	return check_writable(report, err);
}

int reports_check(const struct assemble_options *options, struct error **err)
{
	if (options->bill && sbom_format_of_name(slice_c(options->bill)) == SBOM_NONE)
		return fail_bad_value(
		    "--sbom", options->bill, "a name that ends in .spdx.json or .cdx.json", err);
	if (check_report(options, options->manifest, "--manifest", err) < 0)
		return -1;
	return check_report(options, options->bill, "--sbom", err);
}
