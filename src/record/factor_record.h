/*
 * The model of a documented factor: the elements of one source with their documentation, from which
 * each format is written.
 *
 *	autofactor_record struct factor_record record = {.project = ..., .factor = ...};
 *	if (factor_record_read(&parts, DOCSTRING_AUTO, &notes, &record, err) < 0 ||
 *	    resolve_all(&record, &names, err) < 0)
 *		return -1;
 *	... walk record.module ...
 *
 * It is read from a description (docs/formats.rst, "Descriptions") and the source, neither of which
 * is trusted. All is owned by the record, or borrowed from what was read. Texts are UTF-8 without
 * NUL: what a description has instead is U+FFFD.
 */
#ifndef KILN_RECORD_FACTOR_RECORD_H
#define KILN_RECORD_FACTOR_RECORD_H

#include "base/map.h"
#include "python/element.h"
#include "record/docstring_style.h"
#include "record/text.h"

struct record_target;
struct site_element;

/* The annotated type of an element, or a base of a class. */
struct record_type {
	struct slice syntax;	/* as in the source */
	struct slice reference; /* the dotted name, if it is one; else empty */
	struct area area;
	const struct record_target *target; /* of the reference; NULL without one */
	struct factor_record *interface; /* that has it, and its names; NULL: the record itself */
	struct record_type *next;	 /* base */
};

/* What was measured of an element (record/measured.h). */
struct record_measures {
	size_t counters, zeros;			      /* regions in it; those that never ran */
	double calls;				      /* 0: it was not timed */
	double duration, minimum, maximum, residency; /* of a call, in nanoseconds; percent */
};

/* A counted region (docs/formats.rst, "Metrics"). */
struct record_region {
	struct area area;
	uint64_t count;
	char type;
};

struct record_element {
	enum element_type type; /* none of ELEMENT_INHERITANCE, ELEMENT_TYPE */
	struct slice identifier;
	/* The identifiers from below the module on, with dots between them; empty for the module. A
	 * parameter's is FUNCTION.Parameters.NAME. */
	struct slice path;
	size_t namesakes; /* of the first element of a path: how many elements have it */
	/* The path; of a second element of one path PATH-2, and so on: unique in the factor. In a
	 * site that at home (site_adopt()), where the path may be another. */
	struct slice anchor;
	const struct site_element *known; /* in the index of the site; NULL for parameters */
	struct area area;
	/* Only the interface has it, as `declared` there; the area is that of what it is in. */
	bool is_declared;
	struct slice declared; /* whole lines */
	struct record_element *parent, *first, *last,
	    *next;				/* children: all with anchors, but for */
	struct record_element *parameters;	/* the first one */
	struct record_element *type_parameters; /* the first one */

	struct texts qualifiers; /* without `async` */
	struct texts decorators; /* without @ */
	struct texts keywords;	 /* of a class: a name, its value, and so on */
	struct texts raises;
	bool conditional, async, yields;
	struct slice deprecated; /* data is NULL where it is not; the message may be empty */
	struct slice accessor, method;

	enum parameter_kind kind;    /* of a parameter */
	struct slice syntax;	     /* of a parameter: *args, **kwargs; else empty */
	struct slice default_syntax; /* of a parameter; data is NULL for none */

	struct texts import_path; /* of an import */
	int relative;		  /* of an import: leading dots; -1 without `from` */

	struct record_type *annotation; /* its type or return type; or NULL */
	struct record_type *bases;	/* the first one */
	const struct json *value;	/* of data, as data.json has it; or NULL */

	bool documented;   /* it has documentation, maybe empty, of its own or of Elements */
	struct slice text; /* its own documentation as it is in the source, without indentation */
	/* A TEXT_CHAPTER, or of a parameter and what a section Elements documents a TEXT_VALUE;
	 * NULL if there is none. References are resolved, sections Elements removed. A section
	 * Parameters is still there, with the nodes that the parameters have. */
	struct text_node *documentation;
	bool is_public;
	struct record_measures *measures; /* NULL: nothing was measured */
};

/* What a record is read from. Slices are borrowed and must live as long as the record. */
struct record_parts {
	struct slice elements, documented, documentation, data; /* the texts of the files */
	struct slice source;
	const char *name; /* the place of errors about the description */
};

struct factor_record {
	struct arena arena;
	struct slice project; /* the project's factor path, "orchard.core"; may be empty */
	struct slice factor;  /* the path in it, "grove" */
	struct slice name;    /* of the module, as it says itself: "orchard.core.grove" */
	struct slice source;  /* decoded: UTF-8 */
	struct record_element *module;
	struct map paths; /* path -> the first element of it, parameters included */
	bool is_chapter;  /* no module: the documentation is all that there is */
	bool has_exported, exported_open;
	struct texts exported;
	size_t elements;	   /* their number, parameters included */
	const struct slice *lines; /* of the source, without line ends */
	size_t line_count;
	struct record_region *regions; /* that were counted, sorted */
	size_t region_count;
	struct json *json[4]; /* what was read: elements, documented, documentation, data */
};

/* The most elements of a record, and the largest file of a description. */
#define RECORD_ELEMENT_LIMIT ((size_t)1 << 20)
#define RECORD_SIZE_LIMIT ((size_t)256 << 20)

/* Read a record; ret->project and ret->factor are set already, and the rest is zero. `notes` (may
 * be NULL) gets what is malformed in documentation. A description that is none is ERROR_INPUT. */
int factor_record_read(const struct record_parts *parts, enum docstring_style style,
    struct notes *notes, struct factor_record *ret, struct error **err);

/* Set the lines of record->source. */
void factor_record_split_lines(struct factor_record *record);

/* The first element of a path, parameters included; NULL if there is none. */
const struct record_element *factor_record_find(
    const struct factor_record *record, struct slice path);

/* The parameter of a function that has a name; NULL if there is none. */
struct record_element *factor_record_parameter(
    const struct factor_record *record, const struct record_element *function, struct slice name);

/* Where the names of a type stand that is the annotation of, or a base in, an element: the element
 * itself, or what the interface that has the type has instead. `around` may be NULL. */
const struct record_element *record_type_scope(
    const struct record_type *type, const struct record_element *around);

/* Whether a name begins with an underscore, and is not of the form `__NAME__`. */
bool record_is_private(struct slice name);

/* Data and fields: what has a value. */
bool record_is_data(const struct record_element *element);

/* Functions and methods of all kinds, but no properties: what has a signature. */
bool record_is_callable(const struct record_element *element);

void factor_record_release(struct factor_record *record);
#define autofactor_record CLEANUP(factor_record_release)

#endif
