#include <stdlib.h>

#include "record/html.h"
#include "record/site_run.h"

typedef int site_maker(
    const struct site_run *run, const struct site_page *page, struct str *ret, struct error **err);

void site_plan(struct site_run *run, struct slice place, site_maker *make, const void *about)
{
	if (run->page_count == run->page_capacity) {
		run->page_capacity = 2 * run->page_capacity + 16;
		run->pages = xreallocarray(run->pages, run->page_capacity, sizeof(*run->pages));
	}
	run->pages[run->page_count++] = (struct site_page){place, make, about};
	*map_at(&run->places, place) = run;
}

struct slice site_project_place(const struct site_run *run, const struct project *project)
{
	return slice_c(map_get(&run->project_places, project->path));
}

/* The modules of a project in a list, or of those only the ones that are in no other. */
struct listing {
	const struct site_run *run;
	struct slice project, place; /* of the page */
	bool only_top;
};

static bool is_listed(
    const struct listing *listing, const struct site_factor *factor, bool is_public)
{
	return slice_equal(factor->project, listing->project) && factor->is_public == is_public &&
	       (!listing->only_top || !memchr(factor->name.data, '.', factor->name.len));
}

static void add_module(
    const struct listing *listing, const struct site_factor *factor, struct str *ret)
{
	struct slice sentence = factor->elements[0].sentence;

	str_adds(ret, "<dt><a");
	html_site_href(ret, listing->place, factor->place, SLICE_LITERAL(""));
	str_addc(ret, '>');
	html_text(ret, factor->name);
	str_adds(ret, "</a></dt>\n");
	if (sentence.len) {
		str_adds(ret, "<dd>");
		html_text(ret, sentence);
		str_adds(ret, "</dd>\n");
	}
}

/* Append a list under a heading; nothing if it would be empty. */
static void add_modules(
    const struct listing *listing, bool is_public, const char *title, struct str *ret)
{
	const struct site_index *index = &listing->run->index;
	bool begun = false;

	for (size_t i = 0; i < index->count; i++) {
		if (!is_listed(listing, index->factors[i], is_public))
			continue;
		if (!begun)
			str_addf(ret, "<h2>%s</h2>\n<dl class=\"modules\">\n", title);
		begun = true;
		add_module(listing, index->factors[i], ret);
	}
	if (begun)
		str_adds(ret, "</dl>\n");
}

static void add_heading(struct slice title, struct str *ret)
{
	str_adds(ret, "<h1>");
	html_text(ret, title);
	str_adds(ret, "</h1>\n");
}

static int make_project(
    const struct site_run *run, const struct site_page *page, struct str *ret, struct error **err)
{
	const struct project *project = page->about;
	const struct listing listing = {run, project->path, page->place, false};
	struct html_crumb crumb = {project->path, slice_of("", 0)};
	autostr struct str body = STR_INIT;

	(void)err; /* nothing fails */
	add_heading(project->path, &body);
	if (project->synopsis.len) {
		str_adds(&body, "<p>");
		html_text(&body, project->synopsis);
		str_adds(&body, "</p>\n");
	}
	add_modules(&listing, true, "Modules", &body);
	add_modules(&listing, false, "Internal modules", &body);
	html_site_page(ret,
	    &(struct html_site_page){
		.site = &run->options->site,
		.type = "project",
		.place = page->place,
		.title = project->path,
		.description = project->synopsis,
		.crumbs = &crumb,
		.crumb_count = 1,
	    },
	    str_slice(&body));
	return 0;
}

static void add_projects(const struct site_run *run, struct slice place, struct str *ret)
{
	str_adds(ret, "<h2>Projects</h2>\n<dl class=\"modules\">\n");
	for (size_t i = 0; i < run->page_count; i++) {
		const struct project *project = run->pages[i].about;

		if (run->pages[i].make != make_project)
			continue;
		str_adds(ret, "<dt><a");
		html_site_href(ret, place, run->pages[i].place, SLICE_LITERAL(""));
		str_addc(ret, '>');
		html_text(ret, project->path);
		str_adds(ret, "</a></dt>\n");
		if (project->synopsis.len) {
			str_adds(ret, "<dd>");
			html_text(ret, project->synopsis);
			str_adds(ret, "</dd>\n");
		}
	}
	str_adds(ret, "</dl>\n");
}

static int make_front(
    const struct site_run *run, const struct site_page *page, struct str *ret, struct error **err)
{
	const struct html_site *site = &run->options->site;
	autostr struct str body = STR_INIT;

	(void)err; /* nothing fails */
	if (!run->front_begins)
		add_heading(site->title, &body);
	if (run->front)
		record_html_text(
		    &run->index, page->place, run->front, run->front_begins ? 1 : 2, &body);
	if (run->project_places.count == 1) {
		const struct listing listing = {
		    run, run->project_places.entries[0].key, page->place, true};

		add_modules(&listing, true, "Modules", &body);
	}
	add_projects(run, page->place, &body);
	html_site_page(ret,
	    &(struct html_site_page){
		.site = site, .type = "front", .place = page->place, .title = site->title},
	    str_slice(&body));
	return 0;
}

static int make_shared(
    const struct site_run *run, const struct site_page *page, struct str *ret, struct error **err)
{
	const struct html_site_file *file = page->about;

	(void)run;
	(void)err; /* nothing fails */
	str_adds(ret, file->content);
	return 0;
}

/* The page of a project is beside the directory of its factors' pages, and never the front page. */
static void plan_project(struct site_run *run, const struct project *project)
{
	void **place = map_at(&run->project_places, project->path);

	if (*place)
		return;
	*place = arena_printf(&run->arena, "%.*s%s.html", (int)project->path.len,
	    project->path.data, slice_is(project->path, "index") ? "-" : "");
	site_plan(run, slice_c(*place), make_project, project);
}

int site_plan_pages(struct site_run *run, struct error **err)
{
	for (size_t i = 0; i < run->index.count; i++)
		plan_project(run, run->made[i]->project);
	site_plan(run, SLICE_LITERAL("index.html"), make_front, NULL);
	for (const struct html_site_file *file = html_site_files(); file->name; file++)
		site_plan(run, slice_c(file->name), make_shared, file);
	return site_plan_search(run, err);
}
