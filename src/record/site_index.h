/*
 * What the pages of a site know of each other: all factors, their elements, which names import
 * which, bases, subclasses, public names.
 *
 * A worker makes a summary of each record; the index is made of all summaries, in the order of the
 * site. Then pages are made from one record and the index each, in any order.
 *
 *	site_summarize(&record, &about, &summary);	in workers
 *	site_index_add(&index, summary)			for each
 *	site_index_finish(&index);
 *	public_find(&index);				record/public.h
 *	site_adopt(factor, &record, true, err)	for each record that is written
 *
 * Names here are dotted names of Python, as a program imports them: `json.decoder.JSONDecoder`.
 */
#ifndef KILN_RECORD_SITE_INDEX_H
#define KILN_RECORD_SITE_INDEX_H

#include "base/map.h"
#include "record/factor_record.h"

struct site_factor;

/* Where an element is documented, once and for all formats: the page of its own factor, or of the
 * one that exports it under its public name. Names in that page are unique. */
struct site_home {
	struct site_factor *factor;
	struct slice path;   /* of the element there: "JSONDecoder.decode" */
	struct slice anchor; /* the path, or of another element of one path PATH-2, and so on */
};

struct site_element {
	struct site_factor *factor;
	struct site_element *parent; /* NULL for the module */
	struct site_element
	    *namesake; /* the next one of the same path, in the order of the source */
	enum element_type type;
	struct slice path, anchor; /* as in the record */
	struct site_home home;
	struct slice type_syntax; /* of what it returns, or of its value */
	/* The first one of its documentation, as plain text; maybe of another element of the path.
	 */
	struct slice sentence;
	int line;	/* where it begins */
	bool is_public; /* the module and all names allow it; an import: exported */
	bool is_documented, is_deprecated;
	bool is_alternative; /* of a definition of the module: another one of the path is before */
	/* Of an import: what it imports, with a last component `*` for all; else empty. */
	struct slice import;
	/* Of an import: the element that is documented under its name on its page; or NULL. */
	struct site_element *exported;
	/* Of a class: the names of its bases, and those of the site; NULL for others. */
	struct slice *bases;
	struct site_element **base_elements;
	size_t base_count;
	/* Of a class: those that have it as a base, in the order of the site. */
	struct site_element **subclasses;
	size_t subclass_count;
	/* The shortest public name; empty for what is not public. */
	struct slice public;
	/* The next of the other names under which it is exported. */
	struct site_name *names;
};

/* A name in another module under which an element is public, too. */
struct site_name {
	struct site_factor *factor; /* the module */
	struct slice name;	    /* in the module */
	struct site_name *next;
};

struct site_factor {
	size_t number;		   /* in the order of the site */
	struct slice project;	   /* as in the record */
	struct slice path;	   /* in the project */
	struct slice name;	   /* "json.decoder"; of a package without `__init__` */
	struct slice unique_name;  /* the same, with a number if it means another factor */
	unsigned twins;		   /* others of the name that have a number */
	struct slice place;	   /* of its page in the site: "python3.11/json/decoder.html" */
	struct slice source_place; /* of its source's page */
	struct slice source;	   /* the path of the source as it is shown and linked */
	bool is_package;
	bool is_public; /* no component of the name begins with an underscore */
	bool has_exported, exported_open;
	struct slice *exported;
	size_t exported_count;
	struct site_element *elements; /* the module first, each after its parent */
	size_t count;
	struct map by_path; /* path -> the first element of it */
	/* The other factors of which elements are documented on the page, in the order of the site.
	 */
	struct site_factor **guests;
	size_t guest_count, guest_capacity;
};

struct site_index {
	struct arena arena;
	struct site_factor **factors;
	size_t count, capacity;
	struct map by_name; /* name -> factor: of a package and a module the package */
	struct map by_path; /* "PROJECT/PATH" -> factor */
	/* "PROJECT/NAME" -> the public element of a module that has the name, or the index itself
	 * if several have. */
	struct map by_end;
};

/* Append a summary of a record. `name` is its dotted name, `source` the path of its source. */
void site_summarize(struct factor_record *record, struct slice name, bool is_package,
    struct slice source, struct str *ret);

/* Add a factor. The summary was made by this program, in a worker; a wrong one is ERROR_INTERNAL.
 */
int site_index_add(struct site_index *index, struct slice summary, struct error **err);

/* Find bases and subclasses. */
void site_index_finish(struct site_index *index);

/* Join the elements of a record with those of the index (record_element.known) and, at home, give
 * them the anchors that they have there. `factor` was made from this record: ERROR_INPUT if it has
 * not as many elements. */
int site_adopt(const struct site_factor *factor, struct factor_record *record, bool at_home,
    struct error **err);

/* Whether an element is what its path means at home: of several ones of a path the first. */
bool site_is_first(const struct site_element *element);

/* Whether an element is documented on the page of another factor than its own. */
bool site_is_elsewhere(const struct site_element *element);

void site_index_release(struct site_index *index);
#define autosite_index CLEANUP(site_index_release)

/* The factor of a project's path and a path in it; NULL if the site has none. */
struct site_factor *site_factor_find(
    const struct site_index *index, struct slice project, struct slice path);

/* The first element of a path in a factor (empty: the module); NULL if there is none. */
struct site_element *site_element_find(const struct site_factor *factor, struct slice path);

/* What a dotted name means: an element, through imports and bases. NULL if the site has none. */
struct site_element *site_lookup(const struct site_index *index, struct slice name);

/* The only public element of a module of a project whose name ends in `name`, or what is below it.
 * NULL if there is none, or several. */
struct site_element *site_find_end(
    const struct site_index *index, struct slice project, struct slice name);

/* What a dotted name means in a factor (empty: the module). */
struct site_element *site_lookup_in(
    const struct site_index *index, const struct site_factor *factor, struct slice name);

/* The element of a class that a name in it means, maybe of a base; NULL if none of the site. */
struct site_element *site_member(const struct site_element *class, struct slice name);

/* The dotted name that a dotted name in the source means at an element: that of an import or of an
 * element of the module, else the name itself. In the record's arena. */
struct slice site_absolute(struct factor_record *record, struct slice module, bool is_package,
    const struct record_element *around, struct slice name);

#endif
