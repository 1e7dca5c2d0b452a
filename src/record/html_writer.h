/*
 * The parts of a factor's page (record/html.h). Each function appends HTML to the writer's output.
 */
#ifndef KILN_RECORD_HTML_WRITER_H
#define KILN_RECORD_HTML_WRITER_H

#include "record/html.h"

/* The lowest heading. */
#define HEADING_LIMIT 6u

struct html_writer {
	struct str *out;
	struct slice place;		 /* of the page */
	const struct site_index *index;	 /* or NULL */
	const struct record_html *whole; /* the page; or NULL: the text is of no factor */
	const struct record_html *page;	 /* the source that is written: the page's or a guest */
	struct map ids;			 /* those of headings, besides the anchors of elements */
	struct arena arena;
	struct error *error; /* the first failure */
};

void html_writer_release(struct html_writer *writer);
#define autohtml CLEANUP(html_writer_release)

/* html_text.c */

/* The blocks from one on to before another one (NULL: to the last sibling); sections have headings
 * of `level` and below. `around` is the element that they are about, or NULL. */
void html_blocks_between(struct html_writer *writer, const struct text_node *first,
    const struct text_node *end, const struct record_element *around, unsigned level);

/* An item of a directory; and the rest of one whose <dt> is open: the type that the value begins
 * with, and the value. */
void html_item(struct html_writer *writer, const struct text_node *item,
    const struct record_element *around, unsigned level);
void html_value_of(struct html_writer *writer, const struct text_node *value,
    const struct record_element *around, unsigned level);

/* The heading of a section. */
void html_section_heading(struct html_writer *writer, const struct text_node *section,
    const struct record_element *around, unsigned level);

/* Append the identifier of a section of an element's documentation. */
void html_section_id(
    const struct record_element *around, const struct text_node *section, struct str *ret);

/* html_link.c */

/* Let the writer have the source `number` of the page: 0 is its own. False after the last, and the
 * writer has the first again. */
bool html_enter_source(struct html_writer *writer, size_t number);

/* Open <a> to an element of the site. */
void html_open_element(struct html_writer *writer, const struct site_element *element);

/* Open <a> to what a reference means. False, with nothing added, if that is on no page. */
bool html_open_target(struct html_writer *writer, const struct record_target *target);

/* Open <a> to a page outside of the site. False, with nothing added, if links may not lead there.
 */
bool html_open_outside(struct html_writer *writer, struct slice url);

/* Whether a link in documentation may lead there: to http, https, mailto, or a relative path. */
bool html_allows(struct slice url);

/* Open <a> to the first line of an area on the page of the source; `class` may be NULL. */
void html_open_source(struct html_writer *writer, const struct area *area, const char *class);

/* The links to the source of an element: on the site, and where it is elsewhere. */
void html_source_links(struct html_writer *writer, const struct area *area);

/* html_type.c */

/* An expression of an annotation or a list of bases at an element, its names as links. */
void html_expression(
    struct html_writer *writer, struct slice syntax, const struct record_element *around);

/* html_signature.c */

/* The signature of a callable, class, property or alias. */
void html_signature(struct html_writer *writer, const struct record_element *element);

/* html_excerpt.c */

/* The source of a function without its docstring, for beside its documentation. */
void html_excerpt(struct html_writer *writer, const struct record_element *element);

/* The source of data or a field, at most `limit` lines of it (0: some); its type as links. */
void html_value(struct html_writer *writer, const struct record_element *element, size_t limit);

/* html_class.c */

/* The last component of a path. */
struct slice html_name_of(struct slice path);

/* What an element is called: its public name, else the full one. */
void html_full_name(const struct site_element *element, struct str *ret);

/* The relatives of a class: subclasses, and inherited members by base. */
void html_relatives(struct html_writer *writer, const struct site_element *class);

/* What a member without documentation inherits: the member of a base that has some, or NULL. */
const struct site_element *html_inherited(const struct site_element *member);

/* html_element.c */

/* What stands below one heading: an element, and the others of its path that belong to it:
 * overloads, and the accessors of a property. */
struct html_group {
	const struct record_element *first; /* the anchor of the heading */
	const struct record_element *end;   /* the sibling after the group, or NULL */
};

/* The group that begins with an element. */
struct html_group html_group_of(const struct record_element *first);

/* Which elements a part of a page has. */
typedef bool html_choice(const struct html_writer *writer, const struct record_element *element);

/* Of what is documented on the page. */
html_choice html_is_public_element, html_is_internal_element, html_is_import;

/* Of what is documented on the page of another factor. */
html_choice html_is_elsewhere;

/* An element and its siblings after it that `choice` has, each with all that is below it; headings
 * are of `level` and below. */
void html_elements(struct html_writer *writer, const struct record_element *first,
    html_choice *choice, unsigned level);

/* html_document.c */

/* The documentation of an element, or of one that it inherits it from; its sections have headings
 * of `level` and below. Nothing if there is none. */
void html_document(
    struct html_writer *writer, const struct record_element *element, unsigned level);

/* html_contents.c */

/* A part of a page below the documentation of its module. */
struct html_chapter {
	const char *id, *title;
	html_choice *choice;
	bool has_names; /* the table of contents lists its elements */
};

/* Those that there may be, in order, ended by one without a title. */
extern const struct html_chapter html_chapters[];

/* Whether a page has elements of a choice. */
bool html_has(struct html_writer *writer, html_choice *choice);

/* The public elements of the module by kind, and what it exports, each with a sentence. */
void html_summary(struct html_writer *writer);

/* The table of contents; `rest` is whether the module's documentation is longer than what is at the
 * top. */
void html_contents(struct html_writer *writer, bool rest);

#endif
