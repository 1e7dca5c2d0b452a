/*
 * What an interface says: for each module or class an ordered list of declarations (for the stub_*
 * files; see stub.h).
 */
#ifndef KILN_DELINEATION_STUB_SCOPE_H
#define KILN_DELINEATION_STUB_SCOPE_H

#include "base/map.h"
#include "delineation/stub.h"

struct stub_scope;

/* The arm of an `if` whose test type checkers decide. Other blocks are as if they were not there.
 */
struct stub_arm {
	const struct branch *branch;
	const struct stub_arm *const *path; /* arms, outermost first; the last is this one */
	size_t depth;			    /* number of arms in the path */
	bool is_used;			    /* the names in its test were looked for */
	/* While the bindings of one name are chosen: of `name` one stands in this arm; others are
	 * in the arms of `below`. */
	const struct stub_name *name;
	bool is_taken;
	const void *below;
};

enum stub_form {
	STUB_DEFINITION, /* an import, a class, a function, a `type` statement: as it is */
	STUB_TYPE,	 /* data: its type, and its value if there is one */
	STUB_VALUE,	 /* data that keep their value */
	STUB_PROPERTY,
	STUB_EXPORT, /* __all__ */
};

/* What is said of data. */
struct stub_data {
	struct slice type; /* its text; empty if there is none */
	bool is_copied;	   /* the type is an expression of the source */
	bool is_optional;  /* None, too */
	bool is_shared;	   /* by all instances: ClassVar */
	bool is_ignored;   /* type checkers are told to accept it */
	struct slice value;
	bool is_elided; /* the value is written as `...` */
	/* Of a property made by a call: its functions, or NULL. */
	const struct element *getter, *setter;
	bool has_setter, has_deleter;
};

struct stub_declaration {
	const struct element *element;
	struct stub_name *name;
	struct stub_arm *arm;		  /* or NULL */
	struct stub_declaration *earlier; /* binding of the name */
	enum stub_form form;
	bool is_chosen;
	bool is_needed;		  /* chosen, and to be written */
	bool is_public;		  /* an import that users of the module may use */
	struct stub_scope *inner; /* of a chosen class */
	struct stub_data data;
	struct stub_origin origin; /* of an import, if it is another one than the source has */
	struct exports *exports;   /* of STUB_EXPORT: names, and what is unknown */
};

/* A name of a module or class. */
struct stub_name {
	struct slice identifier;
	struct stub_declaration *last; /* the bindings that are there at the end, from the last */
	struct stub_declaration *gone; /* the same of those that are not */
	bool is_overloaded;
	bool has_setter, has_deleter;
	bool is_exported;	   /* by __all__ */
	bool is_mentioned;	   /* by something that is written */
	const char *wrapper;	   /* the decorator that a later call applied to the function */
	const struct element *one; /* the first definition that was chosen, or NULL */
	/* Of what is assigned to data and fields without a type, but for None: VALUE_NONE if there
	 * is nothing, VALUE_OTHER if there are several kinds. */
	enum value_kind kind;
	bool null;	 /* None is assigned */
	size_t bindings; /* without a type and not None */
};

enum stub_meaning {
	STUB_PLAIN,
	STUB_FIELDS,	  /* annotations are fields, as of dataclasses */
	STUB_NAMED_TUPLE, /* fields, and nothing else may be annotated */
	STUB_TYPED_DICT,
	STUB_ENUMERATION,
};

struct stub_scope {
	struct stub_scope *outer; /* NULL: the module */
	const struct element *container;
	struct map names;		       /* struct stub_name */
	struct stub_declaration *declarations; /* in order */
	size_t count;
	enum stub_meaning meaning;
	bool is_generated; /* attrs: calls in the class's body are fields */
	bool is_derived;   /* it may inherit what its source does not show */
	bool is_abstract;  /* its metaclass is written */
};

/* A list of what is to be looked at. */
struct stub_pending {
	struct stub_scope *scope;
	struct stub_declaration *declaration;
};

struct stub {
	const struct stub_options *options;
	const struct stub_source *source;
	struct arena arena;
	struct map arms; /* by the address of the branch */
	struct stub_scope *module;
	struct str scopes;  /* array of struct stub_scope *, all of them */
	struct str pending; /* array of struct stub_pending */
	/* Names for what the source may not have imported, and whether they are needed. */
	const char *unknown, *shared, *abstract;
	bool needs_unknown, needs_shared, needs_abstract;
	bool has_star;		 /* a star import: any name may be bound */
	bool is_open;		 /* __all__ is not constant, and not written */
	struct map found;	 /* struct stub_origin of names that star imports bind */
	struct error *error;	 /* the first of the source's functions */
	struct texts missing;	 /* names that only __all__ has */
	struct texts submodules; /* those of them that are modules of the tree */

	/* While it is written: */
	struct str out;
	int depth; /* of indentation */
	int depth_of_classes;
	size_t futures;	       /* where the imports that must come first end */
	const uint32_t *lines; /* offsets in the source; NULL if no line matters */
	size_t line_count;
	const struct element *refused; /* the first that is nested too deeply, or NULL */
};

/*
 * Words.
 */

struct slice stub_last_part(struct slice name);

/* Whether a character may stand in a name, at its begin or behind it. */
bool stub_is_word(char c);

/* Whether a name is one of the words, which are ended by NULL. */
bool stub_is_among(struct slice name, const char *const *words);

bool stub_is_function(const struct element *element);

/* Whether a decorator of a definition has a name that ends in one of the words. */
bool stub_is_decorated(const struct definition *definition, const char *const *words);

/* The dotted name that a decorator's text begins with, and that of a base, also if the base is
 * subscripted or called. */
struct slice stub_decorator_name(struct slice text);
struct slice stub_base_name(const struct element *base);

/* Cut off what precedes the first `separator` outside of brackets and strings, or all. False if
 * nothing is left. */
bool stub_next_part(struct slice *rest, char separator, struct slice *ret);

/* Cut off the first argument of a call's arguments, without its keyword, which may be empty. False
 * if there is none. */
bool stub_next_argument(struct slice *rest, struct slice *ret_keyword, struct slice *ret);

/* The identifier in a string literal without prefix that is a part, but for comments before it and
 * what follows a colon. False if the part is something else. */
bool stub_string_name(struct slice part, struct slice *ret);

/* Call the function for each name in the text of an expression. Of a type, what strings contain is
 * a type, too. What lambdas and comprehensions bind is taken for a name as well. */
void stub_each_name(struct slice text, bool is_type,
    void (*found)(void *context, struct slice name), void *context);

/* What stands between the parentheses of a call's text. */
struct slice stub_arguments(struct slice call);

/*
 * stub_scope.c
 */

/* The declarations of a module or class, with the bindings that count chosen. */
struct stub_scope *stub_scope_new(
    struct stub *stub, struct stub_scope *outer, const struct element *container);

/* How many comparisons functools.total_ordering() knows, and whether an element is __slots__: what
 * stub_implied.c makes elements of. */
#define STUB_COMPARISONS 4
bool stub_is_slots(const struct element *element);

/* Add an element that stub_implied.c makes of a class, whose name nothing binds. */
void stub_scope_add(struct stub *stub, struct stub_scope *scope, const struct element *element);

/* Choose from the bindings of a name that are gone, as they are needed. */
void stub_scope_revive(struct stub *stub, struct stub_scope *scope, struct stub_name *name);

/* The name as it is seen in a scope, or NULL; *ret_scope has it. */
struct stub_name *stub_scope_find(
    struct stub_scope *scope, struct slice identifier, struct stub_scope **ret_scope);

/* Whether every module has a name. */
bool stub_is_implied(struct slice name);

/* Whether only type checkers see what stands in an arm. */
bool stub_is_for_checking(const struct stub_arm *arm);

/* The last chosen declaration of a name that type checkers see, or else that they do not see, or
 * NULL. */
struct stub_declaration *stub_name_chosen(const struct stub_name *name);

/*
 * stub_class.c
 */

/* Fill in what the class of a scope means. */
void stub_class_judge(struct stub_scope *scope);

/* Whether a class whose source is known declares a name, or one that it inherits from does. */
bool stub_class_inherits(const struct stub_scope *scope, struct slice name);

/* Whether a member of a class is abstract, and whether a base of this name makes a class's
 * metaclass ABCMeta. */
bool stub_is_abstract(const struct element *class, const struct element *member);
bool stub_is_abstract_base(struct slice name);

/* Whether a base of a class, of this source, declares a name and leaves it abstract. */
bool stub_class_implements(const struct stub_scope *scope, struct slice identifier);

/* Whether a class leaves abstract what it inherits, declares nothing abstract itself, and has the
 * metaclass ABCMeta by a base: type checkers want that to be said in an interface. */
bool stub_class_stays_abstract(struct stub *stub, const struct stub_scope *scope);

/* The arguments of the decorator that makes an enumeration of a class (enum._simple_enum()), its
 * base first; empty for other decorators. */
struct slice stub_class_enumeration(struct slice decorator);

/* The last part of what a dotted name stands for, where that is defined or imported from. */
struct slice stub_origin_last(struct stub_scope *scope, struct slice reference);

/* Whether a dotted name stands for a name that is imported from a module outside of every package.
 */
bool stub_is_of(
    struct stub_scope *scope, struct slice reference, const char *module, const char *name);

/* The class of this source that an expression names, or NULL. */
struct stub_scope *stub_class_of(struct stub_scope *scope, struct slice reference);

/*
 * stub_implied.c
 */

/* Add what the class of a scope has without a statement that binds it: names in __slots__, and the
 * comparisons of functools.total_ordering(). */
void stub_implied_add(struct stub *stub, struct stub_scope *scope);

/*
 * stub_comment.c
 */

/* The type in the comment behind the value of data or a field (PEP 484, "Type comments"), or empty.
 */
struct slice stub_type_comment(const struct stub *stub, const struct element *element);

/*
 * stub_value.c
 */

/* Decide what is said of a chosen declaration if it is one of data or of a field. */
void stub_value_decide(
    struct stub *stub, struct stub_scope *scope, struct stub_declaration *declaration);

/*
 * stub_export.c
 */

/* Decide what is said of __all__. */
int stub_exports_decide(struct stub *stub, struct error **err);

/*
 * stub_decide.c
 */

/* Decide what the classes mean and the data are of the scopes from a number on. */
void stub_scopes_decide(struct stub *stub, size_t first);

/* Decide about a name whose bindings are gone, as they are needed. */
void stub_decide_again(struct stub *stub, struct stub_scope *scope, struct stub_name *name);

/*
 * stub_used.c
 */

/* Decide which imports and deleted names are needed. */
void stub_used_decide(struct stub *stub);

/*
 * stub_text.c
 */

/* Begin a line, and a line of its own. */
void stub_begin_line(struct stub *stub);
void stub_line(struct stub *stub, const char *text);

bool stub_has_docstring(const struct stub *stub, const struct element *element);

/* The docstring of an element, if it has one and docstrings are wanted. */
void stub_docstring(struct stub *stub, const struct element *element);

/* Append an expression of an element, as expression_add() does. */
void stub_expression(
    struct stub *stub, const struct element *element, struct slice syntax, bool inside);

/* The comments `# type: ignore` of the lines that an element's head has in the source. */
void stub_ignores(struct stub *stub, const struct element *element);

/* Those of some lines; and the number of the line that a place in the source's text is in. */
void stub_ignores_of(struct stub *stub, int first, int last);
int stub_line_at(const struct stub *stub, const char *place);

/* Prepare these. */
void stub_lines(struct stub *stub);

/*
 * stub_definition.c
 */

/* Append an import of something, without `as`. */
void stub_origin_write(const struct stub_origin *origin, struct str *ret);

/* The head of a class, up to and without the colon. */
void stub_class_head(struct stub *stub, const struct stub_declaration *declaration);

/* End the line of a head whose body is nothing but its docstring. */
void stub_empty_body(struct stub *stub, const struct element *element);

/* An import; and one in a class, which type checkers do not know but for types that the class
 * itself uses. */
void stub_import(struct stub *stub, const struct stub_declaration *declaration);
void stub_import_in_class(struct stub *stub, const struct element *import);

void stub_function(struct stub *stub, const struct stub_declaration *declaration);

/*
 * stub_write.c
 */

/* Whether a declaration is written as a comment. */
bool stub_is_comment(const struct stub_declaration *declaration);

/* A declaration that is no class. */
void stub_declaration_write(struct stub *stub, const struct stub_declaration *declaration);

#endif
