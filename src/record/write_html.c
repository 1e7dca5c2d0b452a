#include "record/write_html.h"

#include "base/file.h"
#include "base/path.h"
#include "record/front.h"
#include "record/html.h"
#include "record/html_source.h"
#include "record/site_pages.h"
#include "record/site_versions.h"

static struct record_html html_of(const struct record_page *page)
{
	return (struct record_html){
	    .site = &page->settings->site,
	    .index = page->index,
	    .factor = page->factor,
	    .record = page->record,
	    .names = page->names,
	    .source_url = page->settings->source_url,
	};
}

static int write_factor(const struct record_page *page, const struct html_crumb *project,
    struct record_output *output, struct error **err)
{
	autofree struct record_html *guests = xcalloc(page->guest_count, sizeof(*guests));
	struct record_html html = html_of(page);
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < page->guest_count; i++)
		guests[i] = html_of(&page->guests[i]);
	html.project = *project;
	html.guests = guests;
	html.guest_count = page->guest_count;
	if (record_html_factor(&html, &text, err) < 0)
		return -1;
	return record_output_put(output, page->factor->place, str_slice(&text), err);
}

static int write_page(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	autostr struct str place = STR_INIT, text = STR_INIT;
	struct slice project = page->source->project->path;
	struct html_crumb crumbs[2] = {
	    {.title = project}, {page->factor->name, page->factor->place}};
	const struct record_html_source source = {
	    .site = &page->settings->site,
	    .factor = page->factor,
	    .record = page->record,
	    .crumbs = crumbs,
	    .crumb_count = 2,
	    .is_prose = page->source->is_chapter,
	};

	site_project_place(project, &place);
	crumbs[0].place = str_slice(&place);
	if (write_factor(page, crumbs, output, err) < 0)
		return -1;
	record_html_source(&source, &text);
	return record_output_put(output, page->factor->source_place, str_slice(&text), err);
}

static int write_shared(
    const struct record_settings *settings, struct record_output *output, struct error **err)
{
	autostr struct str logo = STR_INIT;

	for (const struct html_site_file *file = html_site_files(); file->name; file++) {
		if (record_output_put(output, slice_c(file->name), slice_c(file->content), err) < 0)
			return -1;
	}
	if (!settings->logo)
		return 0;
	if (file_read(settings->logo, FRONT_LIMIT, &logo, NULL, err) < 0)
		return -1;
	return record_output_put(output, settings->site.logo, str_slice(&logo), err);
}

static int write_site(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	autoarena struct arena arena = {NULL};
	const struct text_node *front = NULL;

	if (site->settings->front && front_read(&arena, site->settings->front, &front, err) < 0)
		return -1;
	if (write_shared(site->settings, output, err) < 0 ||
	    site_write_pages(site, front, output, err) < 0)
		return -1;
	if (site_write_search(site->index, output, err) < 0 ||
	    site_write_inventory(site, output, err) < 0)
		return -1;
	if (site->changes && site_write_news(site, output, err) < 0)
		return -1;
	if (!site->settings->site.has_versions)
		return 0;
	return site_note_version(output->shown, site->settings->site.version, err);
}

const struct record_writer record_writer_html = {
    .name = "html", .is_at_home = true, .page = write_page, .site = write_site};
