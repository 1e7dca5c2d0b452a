#include "record/docstring_parts.h"

/* What becomes of a directive. */
enum directive_form {
	DIRECTIVE_BODY,	   /* an admonition; the arguments begin its body */
	DIRECTIVE_TITLE,   /* an admonition with the arguments as title */
	DIRECTIVE_CODE,	   /* literal lines; the arguments are their type */
	DIRECTIVE_TEXT,	   /* literal lines, the first argument too */
	DIRECTIVE_CONTENT, /* the body alone */
	DIRECTIVE_HEADING, /* the arguments are a paragraph before the body */
	DIRECTIVE_DROPPED,
};

struct directive {
	const char *name;
	enum directive_form form;
	const char *type; /* of literal lines without arguments */
};

/* Others are admonitions with a title. */
static const struct directive directives[] = {
    {"note", DIRECTIVE_BODY},
    {"warning", DIRECTIVE_BODY},
    {"attention", DIRECTIVE_BODY},
    {"caution", DIRECTIVE_BODY},
    {"danger", DIRECTIVE_BODY},
    {"error", DIRECTIVE_BODY},
    {"hint", DIRECTIVE_BODY},
    {"important", DIRECTIVE_BODY},
    {"tip", DIRECTIVE_BODY},
    {"seealso", DIRECTIVE_BODY},
    {"todo", DIRECTIVE_BODY},
    {"code-block", DIRECTIVE_CODE, "python"},
    {"code", DIRECTIVE_CODE, "text"},
    {"sourcecode", DIRECTIVE_CODE, "python"},
    {"ipython", DIRECTIVE_CODE, "pycon"},
    {"doctest", DIRECTIVE_TEXT, "pycon"},
    {"testcode", DIRECTIVE_TEXT, "python"},
    {"testsetup", DIRECTIVE_DROPPED},
    {"testcleanup", DIRECTIVE_DROPPED},
    {"testoutput", DIRECTIVE_TEXT, "text"},
    {"plot", DIRECTIVE_TEXT, "python"},
    {"math", DIRECTIVE_TEXT, "math"},
    {"parsed-literal", DIRECTIVE_TEXT, "text"},
    {"productionlist", DIRECTIVE_TEXT, "text"},
    {"csv-table", DIRECTIVE_TEXT, "text"},
    {"raw", DIRECTIVE_CODE, "text"},
    {"rubric", DIRECTIVE_HEADING},
    {"centered", DIRECTIVE_HEADING},
    {"table", DIRECTIVE_HEADING},
    {"list-table", DIRECTIVE_HEADING},
    {"topic", DIRECTIVE_HEADING},
    {"container", DIRECTIVE_CONTENT},
    {"only", DIRECTIVE_CONTENT},
    {"rst-class", DIRECTIVE_CONTENT},
    {"compound", DIRECTIVE_CONTENT},
    {"epigraph", DIRECTIVE_CONTENT},
    {"highlight", DIRECTIVE_DROPPED},
    {"index", DIRECTIVE_DROPPED},
    {"module", DIRECTIVE_DROPPED},
    {"py:module", DIRECTIVE_DROPPED},
    {"currentmodule", DIRECTIVE_DROPPED},
    {"py:currentmodule", DIRECTIVE_DROPPED},
    {"moduleauthor", DIRECTIVE_DROPPED},
    {"sectionauthor", DIRECTIVE_DROPPED},
    {"contents", DIRECTIVE_DROPPED},
    {"toctree", DIRECTIVE_DROPPED},
    {"default-role", DIRECTIVE_DROPPED},
    {"role", DIRECTIVE_DROPPED},
};

static struct directive find_directive(struct slice name)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		if (same_word(name, directives[i].name))
			return directives[i];
	}
	return (struct directive){NULL, DIRECTIVE_TITLE, NULL};
}

/* The name of a directive in capitals, as a type of admonition. */
static struct slice admonition_type(struct docstring *doc, struct slice name)
{
	char *type = arena_copy(doc->arena, name);

	for (size_t i = 0; i < name.len; i++) {
		if (type[i] >= 'a' && type[i] <= 'z')
			type[i] = (char)(type[i] - 'a' + 'A');
		else if (type[i] == ':')
			type[i] = '-';
	}
	return slice_of(type, name.len);
}

/* The first word of the arguments, if it can be the type of a syntax block. */
static struct slice syntax_type(struct slice arguments, const char *otherwise)
{
	size_t len = 0;

	while (len < arguments.len &&
	       (is_name_byte(arguments.data[len]) || memchr("-+.", arguments.data[len], 3)))
		len++;
	return len && len == arguments.len ? arguments : slice_c(otherwise);
}

/* Lines `:OPTION: VALUE` at the beginning of a body tell how it is shown. */
static struct span without_options(const struct docstring *doc, struct span body)
{
	struct slice name;

	while (body.from < body.to &&
	       (is_blank(doc, body.from) || (doc->lines[body.from].text.data[0] == ':' &&
						field_mark(doc->lines[body.from].text, &name))))
		body.from++;
	return body;
}

static void add_admonition(struct docstring *doc, struct text_node *parent, struct slice name,
    struct slice title, struct span body, int depth)
{
	struct text_node *node = text_add(
	    doc->arena, parent, TEXT_ADMONITION, admonition_type(doc, name));

	title = doc_plain(doc, title);
	if (title.len)
		node->extra = title;
	doc->blocks(doc, node, body, depth + 1);
}

/* `line` has the mark, with `arguments`; `body` follows. */
static void add_directive(struct docstring *doc, struct text_node *parent, struct slice name,
    struct slice arguments, struct span body, int depth)
{
	struct directive directive = find_directive(name);
	struct span whole = {body.from - 1, body.to}, options = without_options(doc, body);

	hang(doc, whole, arguments);
	switch (directive.form) {
	case DIRECTIVE_BODY:
		add_admonition(
		    doc, parent, name, slice_of(NULL, 0), arguments.len ? whole : options, depth);
		break;
	case DIRECTIVE_TITLE:
		add_admonition(doc, parent, name, arguments, options, depth);
		break;
	case DIRECTIVE_CODE:
		doc_literal(doc, parent, syntax_type(arguments, directive.type), options);
		break;
	case DIRECTIVE_TEXT:
		doc_literal(doc, parent, slice_c(directive.type),
		    is_dotted_name(arguments) || !arguments.len ? options : whole);
		break;
	case DIRECTIVE_HEADING:
		if (arguments.len)
			doc_paragraph(doc, parent, (struct span){whole.from, whole.from + 1});
		doc->blocks(doc, parent, options, depth + 1);
		break;
	case DIRECTIVE_CONTENT:
		doc->blocks(doc, parent, options, depth + 1);
		break;
	case DIRECTIVE_DROPPED:
		break;
	}
}

/* `.. [LABEL] text` is shown as it is; targets, substitutions and comments are not. */
static void add_footnote(
    struct docstring *doc, struct text_node *parent, size_t line, struct span body, int depth)
{
	struct span whole = {line, body.to > line ? body.to : line + 1};

	hang(doc, whole, text_strip(slice_from(doc->lines[line].text, 3)));
	doc->blocks(doc, parent, whole, depth + 1);
}

size_t doc_directive(
    struct docstring *doc, struct text_node *parent, size_t line, size_t to, int depth)
{
	struct slice name, arguments, text = doc->lines[line].text;
	struct span body = deeper_lines(doc, line + 1, to, doc->lines[line].indent);

	if (directive_mark(text, &name, &arguments))
		add_directive(doc, parent, name, arguments, body, depth);
	else if (slice_starts(text, SLICE_LITERAL(".. [")) && memchr(text.data, ']', text.len))
		add_footnote(doc, parent, line, body, depth);
	return body.to;
}
