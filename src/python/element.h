/*
 * The elements of a source, as values: the result of delineation.
 *
 * A tree of elements is built by delineate() (python/delineate.h) and read by the writers of JSON,
 * tags and stubs. Everything that it points to lives as long as its delineation and the syntax tree
 * that was delineated.
 *
 * Texts are UTF-8. Lone surrogates, which only documentation and values may have, are encoded as if
 * they were characters ("surrogatepass").
 */
#ifndef KILN_PYTHON_ELEMENT_H
#define KILN_PYTHON_ELEMENT_H

#include "base/arena.h"
#include "base/str.h"

enum element_type {
	ELEMENT_MODULE,
	ELEMENT_IMPORT,
	ELEMENT_DATA,
	ELEMENT_CLASS,
	ELEMENT_INHERITANCE,
	ELEMENT_FUNCTION,
	ELEMENT_METHOD,
	ELEMENT_CLASSMETHOD,
	ELEMENT_STATICMETHOD,
	ELEMENT_ABSTRACTMETHOD,
	ELEMENT_PROPERTY,
	ELEMENT_ABSTRACTPROPERTY,
	ELEMENT_FIELD,
	ELEMENT_TYPE_PARAMETER,
	ELEMENT_PARAMETER,
	ELEMENT_TYPE,
	ELEMENT_TYPES,
	/* Only where they are asked for (delineate_options): */
	ELEMENT_GONE = ELEMENT_TYPES, /* what `del` unbinds */
	ELEMENT_EXPORT,		      /* a change of __all__ */
	ELEMENT_ASSERT,		      /* of a module, with a test that type checkers decide */
};

enum parameter_kind {
	PARAMETER_POSITIONAL_ONLY,
	PARAMETER_POSITIONAL,
	PARAMETER_VARARG,
	PARAMETER_KEYWORD_ONLY,
	PARAMETER_KWARG,
	/* Of type parameters. */
	PARAMETER_TYPE_VAR,
	PARAMETER_TYPE_VAR_TUPLE,
	PARAMETER_PARAM_SPEC,
};

/* Lines and columns count from 1, columns in code points; both ends are inclusive. */
struct point {
	int line;
	int column;
};

struct area {
	struct point first;
	struct point last;
};

/* A list of texts; empty when all zero. */
struct text {
	struct slice slice;
	struct text *next;
};

struct texts {
	struct text *first;
	struct text *last;
};

/* Append to a list in the arena; the slice is borrowed. */
static inline void texts_add(struct texts *texts, struct arena *arena, struct slice slice)
{
	struct text *text = arena_alloc(arena, sizeof(*text));

	*text = (struct text){slice, NULL};
	if (texts->last)
		texts->last->next = text;
	else
		texts->first = text;
	texts->last = text;
}

/* Append the texts of another list, which must not be used afterwards. */
static inline void texts_append(struct texts *texts, const struct texts *more)
{
	if (!more->first)
		return;
	if (texts->last)
		texts->last->next = more->first;
	else
		texts->first = more->first;
	texts->last = more->last;
}

/* The kind of an element's value, as far as its expression tells. */
enum value_kind {
	VALUE_NONE, /* there is no value */
	VALUE_NULL, /* None */
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STR,
	VALUE_BYTES,
	VALUE_TUPLE, /* a display */
	VALUE_LIST,
	VALUE_DICT,
	VALUE_SET,
	VALUE_NAME,	 /* a dotted name */
	VALUE_SUBSCRIPT, /* of a dotted name */
	VALUE_CALL,	 /* of a dotted name */
	VALUE_UNION,	 /* x | y of dotted names, subscripts, None, strings */
	VALUE_OTHER,
};

struct value {
	enum value_kind
	    kind;  /* of a field with values of several kinds, apart from None: VALUE_OTHER */
	bool null; /* the value is None, or a field is also assigned None */
	struct slice syntax; /* its text in the source */
	struct slice name;   /* the dotted name of VALUE_NAME, VALUE_SUBSCRIPT, VALUE_CALL */
	struct slice json;   /* as data.json has it; empty where it has no entry */
};

/* The arm of an `if` statement that an element stands in. */
struct branch {
	const struct branch *outer; /* within the same container; or NULL */
	const void *statement;	    /* the same for both arms */
	struct slice test;	    /* the condition's text */
	bool otherwise;		    /* the arm after `else` */
	bool decided;		    /* type checkers know whether the test is true */
	bool main;		    /* the test is __name__ == '__main__' */
};

/* Comments in interfaces where what gives __all__ its names is not constant: instead of the
 * statement, and behind one with those names that are. They are read again. */
#define EXPORT_OPEN "# __all__ is not constant."
#define EXPORT_PARTLY_OPEN "# and what is not constant"

/* A part of what a statement gives __all__. */
struct export
{
	enum export_kind {
		EXPORT_NAME,
		EXPORT_MODULE, /* the __all__ of the module of this dotted name */
		EXPORT_UNKNOWN,
	} kind;
	struct slice text; /* the name; of what is unknown, its text */
	struct export *next;
};

struct exports {
	enum export_change {
		EXPORT_ALL,
		EXPORT_MORE,
		EXPORT_LESS,
	} change;
	bool tuple;    /* what is assigned is a tuple */
	bool as_first; /* it is what its first part is, the __all__ of another module */
	bool is_open;  /* a part of what is assigned is unknown */
	bool grows;    /* in the arms of an `if` */
	struct export *first;
	struct export *last;
};

/* Members of functions of all kinds, properties and classes only. */
struct definition {
	struct texts qualifiers;
	struct texts decorators; /* their texts, without @ */
	struct texts keywords;	 /* of a class: a name, then its value's text, and so on */
	struct texts raises;
	struct slice deprecated; /* data is NULL where it is not */
	struct slice accessor;	 /* empty where it is none */
	bool async;
	bool yields;
};

struct documentation {
	bool present;
	struct area area;	/* of the string, or of the comments */
	struct texts lines;	/* without indentation */
	struct slice docstring; /* as written, with its quotes; empty when it is a comment */
};

struct element {
	enum element_type type;
	enum parameter_kind kind; /* of a parameter or type parameter */
	struct slice identifier;
	struct area area; /* ELEMENT_INHERITANCE has none */
	int line;	  /* of its name, or of the `def` or `class` before it */

	struct documentation documentation;

	bool conditional;
	const struct branch *branch; /* the innermost one, or NULL */

	/* Of an import. */
	struct texts path;
	bool renamed; /* by `as` */
	bool from;    /* a `from` statement: `relative` holds */
	int relative; /* the number of leading dots */
	bool lazy;

	/* Of ELEMENT_ASSERT: `syntax` is its test. Of a type: `syntax` is its text, `reference` its
	 * dotted name, if it is one. Of a type parameter: `syntax` is its text. Of a parameter:
	 * `syntax` is *args or **kwargs. */
	struct slice syntax;
	struct slice reference;
	struct slice default_syntax; /* of either parameter; data is NULL where there is none */

	struct definition *definition; /* or NULL */
	struct value value;	       /* of data and fields */
	bool alias;		       /* data that a `type` statement binds */
	/* Of data without annotation whose value is a lambda: a function with its parameters. */
	struct element *lambda;
	struct slice method; /* of a field */
	bool untyped;	     /* a field whose method has no annotation */
	/* The name of a handler, which unbinds it at its end; what a function imports, though the
	 * element is the module's; ELEMENT_GONE: what stood in for a builtin, from this line on. */
	bool gone;

	const struct exports *exports; /* of data and ELEMENT_EXPORT, where asked for; or NULL */

	/* Of a module. */
	bool has_exported;
	bool exported_open; /* a part of __all__ is not constant */
	struct texts exported;
	struct slice encoding;

	struct element *first; /* children */
	struct element *last;
	struct element *next;
};

#endif
