#include "record/site_pages.h"

#include <stdlib.h>

#include "record/html.h"

void site_project_place(struct slice project, struct str *ret)
{
	/* Beside the directory of its factors' pages; the front page is index.html. */
	str_addf(ret, "%.*s%s.html", (int)project.len, project.data,
	    slice_is(project, "index") ? "-" : "");
}

/* A list of modules on a page. */
struct listing {
	const struct site_index *index;
	struct slice project, place; /* of the page */
	bool only_top;		     /* those that are in no other */
};

static bool is_listed(
    const struct listing *listing, const struct site_factor *factor, bool is_public)
{
	return slice_equal(factor->project, listing->project) && factor->is_public == is_public &&
	       (!listing->only_top || !memchr(factor->name.data, '.', factor->name.len));
}

/* Append an item of a list of links, with a sentence unless that is empty. */
static void add_item(struct slice from, struct slice place, struct slice title,
    struct slice sentence, struct str *ret)
{
	str_adds(ret, "<li><a");
	html_site_href(ret, from, place, SLICE_LITERAL(""));
	str_adds(ret, "><code>");
	html_text(ret, title);
	str_adds(ret, "</code></a>");
	if (sentence.len) {
		str_adds(ret, " <span>");
		html_text(ret, sentence);
		str_adds(ret, "</span>");
	}
	str_adds(ret, "</li>\n");
}

/* Append a heading, and a link to it to the list of what is on the page. */
static void begin_part(const char *id, const char *title, struct str *ret, struct str *contents)
{
	str_addf(ret, "<h2 id=\"%s\">%s</h2>\n<ul class=\"summary\">\n", id, title);
	str_addf(contents, "<li><a href=\"#%s\">%s</a></li>\n", id, title);
}

/* Append a list under a heading; nothing if it would be empty. */
static void add_modules(
    const struct listing *listing, bool is_public, struct str *ret, struct str *contents)
{
	bool begun = false;

	for (size_t i = 0; i < listing->index->count; i++) {
		const struct site_factor *factor = listing->index->factors[i];

		if (!is_listed(listing, factor, is_public))
			continue;
		if (!begun && is_public)
			begin_part("-modules", "Modules", ret, contents);
		else if (!begun)
			begin_part("-internal", "Internal modules", ret, contents);
		begun = true;
		add_item(
		    listing->place, factor->place, factor->name, factor->elements[0].sentence, ret);
	}
	if (begun)
		str_adds(ret, "</ul>\n");
}

static void add_heading(struct slice title, struct str *ret)
{
	str_adds(ret, "<h1>");
	html_text(ret, title);
	str_adds(ret, "</h1>\n");
}

/* What a project says of itself, or else its package: the first sentence. */
static struct slice synopsis_of(const struct site_index *index, const struct project *project)
{
	for (size_t i = 0; !project->synopsis.len && i < index->count; i++) {
		const struct site_factor *factor = index->factors[i];

		if (slice_is(factor->path, "__init__") &&
		    slice_equal(factor->project, project->path))
			return factor->elements[0].sentence;
	}
	return project->synopsis;
}

static int write_project(const struct record_site *site, const struct project *project,
    struct record_output *output, struct error **err)
{
	autostr struct str place = STR_INIT, body = STR_INIT, page = STR_INIT;
	autostr struct str contents = STR_INIT;
	struct html_crumb crumb = {project->path, slice_of("", 0)};
	struct listing listing = {site->index, project->path, slice_of("", 0), false};
	struct slice synopsis = synopsis_of(site->index, project);

	site_project_place(project->path, &place);
	listing.place = str_slice(&place);
	add_heading(project->path, &body);
	if (synopsis.len) {
		str_adds(&body, "<p>");
		html_text(&body, synopsis);
		str_adds(&body, "</p>\n");
	}
	str_adds(&contents, "<ul>\n");
	add_modules(&listing, true, &body, &contents);
	add_modules(&listing, false, &body, &contents);
	str_adds(&contents, "</ul>\n");
	html_site_page(&page,
	    &(struct html_site_page){
		.site = &site->settings->site,
		.type = "project",
		.place = listing.place,
		.title = project->path,
		.description = synopsis,
		.crumbs = &crumb,
		.crumb_count = 1,
		.contents = str_slice(&contents),
	    },
	    str_slice(&body));
	return record_output_put(output, listing.place, str_slice(&page), err);
}

/* The projects of a site, in the order of their sources. */
struct projects {
	const struct project **items;
	size_t count;
};

static void find_projects(const struct record_site *site, struct projects *ret)
{
	ret->items = xcalloc(site->count, sizeof(*ret->items));
	for (size_t i = 0; i < site->count; i++) {
		const struct project *project = site->sources[i].project;

		if (site->factors[i] &&
		    (!ret->count || ret->items[ret->count - 1]->path.data != project->path.data))
			ret->items[ret->count++] = project;
	}
}

/* Whether a text has one title that all of it is below. */
static bool has_title(const struct text_node *text)
{
	return text && text->first && text->first->type == TEXT_SECTION && !text->first->next;
}

static int write_front(const struct record_site *site, const struct projects *projects,
    const struct text_node *front, struct record_output *output, struct error **err)
{
	const struct html_site *about = &site->settings->site;
	struct slice place = SLICE_LITERAL("index.html");
	autostr struct str body = STR_INIT, page = STR_INIT, contents = STR_INIT;

	str_adds(&contents, "<ul>\n");
	if (!has_title(front))
		add_heading(about->title, &body);
	if (front)
		record_html_text(site->index, place, front, has_title(front) ? 1 : 2, &body);
	if (site->changes) {
		str_adds(&body, "<p><a");
		html_site_href(&body, place, SITE_NEWS, SLICE_LITERAL(""));
		str_adds(&body, ">What is new</a></p>\n");
	}
	if (projects->count == 1)
		add_modules(&(struct listing){site->index, projects->items[0]->path, place, true},
		    true, &body, &contents);
	begin_part("-projects", projects->count == 1 ? "Project" : "Projects", &body, &contents);
	for (size_t i = 0; i < projects->count; i++) {
		const struct project *project = projects->items[i];
		autostr struct str target = STR_INIT;

		site_project_place(project->path, &target);
		add_item(place, str_slice(&target), project->path,
		    synopsis_of(site->index, project), &body);
	}
	str_adds(&body, "</ul>\n");
	str_adds(&contents, "</ul>\n");
	html_site_page(&page,
	    &(struct html_site_page){
		.site = about,
		.type = "front",
		.place = place,
		.title = about->title,
		.contents = str_slice(&contents),
	    },
	    str_slice(&body));
	return record_output_put(output, place, str_slice(&page), err);
}

int site_write_pages(const struct record_site *site, const struct text_node *front,
    struct record_output *output, struct error **err)
{
	struct projects projects = {.count = 0};
	int result;

	find_projects(site, &projects);
	result = write_front(site, &projects, front, output, err);
	for (size_t i = 0; result == 0 && i < projects.count; i++)
		result = write_project(site, projects.items[i], output, err);
	free(projects.items);
	return result;
}
