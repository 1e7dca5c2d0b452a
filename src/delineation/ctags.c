#include "delineation/ctags.h"

#include "base/array.h"
#include "delineation/signature.h"

/* How many bytes of a line a search pattern has at most, as in Universal Ctags. */
#define PATTERN_LIMIT 96

/* State of the tags of one source. */
struct tagger {
	const struct delineation *delineation;
	struct slice path;
	struct slice rest; /* the text after `line` */
	struct slice line; /* the line's number */
	int number;
	struct str *out;
	size_t begin;		/* the part of the output that belongs to this source */
	struct str scope;	/* the surrounding definitions, separated by dots */
	const char *scope_kind; /* of the innermost one */
};

/* Characters that would end a field are escaped (tags(5), "EXCEPTION"). */
static void add_escaped(struct str *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\t')
			str_adds(out, "\\t");
		else if (c == '\n')
			str_adds(out, "\\n");
		else if (c == '\r')
			str_adds(out, "\\r");
		else if (c == '\\')
			str_adds(out, "\\\\");
		else if (c < 0x20 || c == 0x7f)
			str_addf(out, "\\x%02X", c);
		else
			str_addc(out, (char)c);
	}
}

/* The text of a line. Lines are asked for in order, except those of fields. */
static struct slice line_at(struct tagger *tagger, int number)
{
	if (number < tagger->number) {
		tagger->rest = tagger->delineation->text;
		tagger->number = 0;
	}
	while (tagger->number < number && slice_next(&tagger->rest, '\n', &tagger->line))
		tagger->number++;
	return tagger->line;
}

/* The part of a line that a search pattern has; characters are not divided. */
static struct slice searched(struct slice line)
{
	size_t len = PATTERN_LIMIT;

	if (line.len <= len)
		return line;
	while (len && (line.data[len] & 0xc0) == 0x80)
		len--;
	return slice_of(line.data, len);
}

/* A search pattern for the line, which finds the line even after others were added above. If the
 * file's bytes are not the text, the only address is the line's number. */
static void add_address(struct tagger *tagger, int number)
{
	struct slice line = line_at(tagger, number), text = searched(line);

	if (!tagger->delineation->plain) {
		str_addf(tagger->out, "%d;\"", number);
		return;
	}
	str_adds(tagger->out, "/^");
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '/' || c == '\\' || (c == '$' && i + 1 == line.len))
			str_addc(tagger->out, '\\');
		str_addc(tagger->out, c);
	}
	str_adds(tagger->out, text.len == line.len ? "$/;\"" : "/;\"");
}

/* Kinds have a letter and a name, which is that of scopes. */
struct kind {
	char letter;
	const char *name;
};

static const struct kind kind_class = {'c', "class"}, kind_function = {'f', "function"},
			 kind_member = {'m', "member"}, kind_variable = {'v', "variable"};

static const struct kind *kind_of(const struct element *element, const struct element *parent)
{
	switch (element->type) {
	case ELEMENT_CLASS:
		return &kind_class;
	case ELEMENT_FUNCTION:
		return &kind_function;
	case ELEMENT_METHOD:
	case ELEMENT_CLASSMETHOD:
	case ELEMENT_STATICMETHOD:
	case ELEMENT_ABSTRACTMETHOD:
	case ELEMENT_PROPERTY:
	case ELEMENT_ABSTRACTPROPERTY:
		return &kind_member;
	case ELEMENT_DATA:
	case ELEMENT_FIELD:
		if (!element->lambda)
			return &kind_variable;
		return parent->type == ELEMENT_CLASS ? &kind_member : &kind_function;
	default:
		return NULL;
	}
}

static void add_field(struct str *out, const char *name, struct slice value)
{
	str_addf(out, "\t%s:", name);
	add_escaped(out, value);
}

/* Access by Python's naming conventions, as Universal Ctags tells it. */
static const char *access_of(struct slice name)
{
	bool special = slice_ends(name, SLICE_LITERAL("__"));

	if (slice_starts(name, SLICE_LITERAL("__")) && !special)
		return "private";
	if (slice_starts(name, SLICE_LITERAL("_")) && !special)
		return "protected";
	return "public";
}

static void add_type(struct str *out, const struct element *element)
{
	const struct element *type = element_annotation(element);
	autostr struct str line = STR_INIT;

	if (!type)
		return;
	str_adds(&line, "typename:");
	line_add(&line, type->syntax);
	add_field(out, "typeref", str_slice(&line));
}

static void add_signature(struct str *out, const struct element *element)
{
	autostr struct str signature = STR_INIT, line = STR_INIT;

	if (element->type == ELEMENT_PROPERTY || element->type == ELEMENT_ABSTRACTPROPERTY)
		return; /* the element has no parameters */
	str_addc(&signature, '(');
	signature_add(&signature, element->lambda ? element->lambda : element, true);
	str_addc(&signature, ')');
	line_add(&line, str_slice(&signature));
	add_field(out, "signature", str_slice(&line));
}

static void add_inheritance(struct str *out, const struct element *class)
{
	autostr struct str bases = STR_INIT;

	for (const struct element *base = class->first->first; base; base = base->next) {
		if (bases.len)
			str_addc(&bases, ',');
		line_add(&bases, base->syntax);
	}
	if (bases.len)
		add_field(out, "inherits", str_slice(&bases));
}

/* Where a definition is, and who may use it: nobody outside of the function that has it. */
static void add_scope(
    struct tagger *tagger, const struct element *element, const struct element *parent)
{
	struct str *out = tagger->out;
	bool local = parent->definition && parent->type != ELEMENT_CLASS;

	if (!tagger->scope.len)
		return;
	add_field(out, tagger->scope_kind, str_slice(&tagger->scope));
	if (local)
		str_adds(out, "\tfile:");
	add_field(out, "access", slice_c(local ? "private" : access_of(element->identifier)));
}

static void add_tag(struct tagger *tagger, const struct element *element,
    const struct element *parent, const struct kind *kind)
{
	struct str *out = tagger->out;

	str_add_slice(out, element->identifier);
	str_addc(out, '\t');
	add_escaped(out, tagger->path);
	str_addc(out, '\t');
	add_address(tagger, element->line);
	str_addf(out, "\t%c\tline:%d", kind->letter, element->line);
	add_scope(tagger, element, parent);
	if (kind == &kind_class)
		add_inheritance(out, element);
	if (kind == &kind_function || kind == &kind_member)
		add_signature(out, element);
	add_type(out, element);
	str_addf(out, "\tend:%d\n", element->area.last.line);
}

static void add_children(struct tagger *tagger, const struct element *parent)
{
	const char *outer_kind = tagger->scope_kind;
	size_t outer = tagger->scope.len;

	for (const struct element *child = parent->first; child; child = child->next) {
		const struct kind *kind = kind_of(child, parent);

		if (!kind || tagger->out->len - tagger->begin > DELINEATION_LIMIT)
			continue;
		add_tag(tagger, child, parent, kind);
		if (!child->definition)
			continue;
		if (outer)
			str_addc(&tagger->scope, '.');
		str_add_slice(&tagger->scope, child->identifier);
		tagger->scope_kind = kind->name;
		add_children(tagger, child);
		str_truncate(&tagger->scope, outer);
		tagger->scope_kind = outer_kind;
	}
}

int ctags_add(
    const struct delineation *delineation, struct slice path, struct str *ret, struct error **err)
{
	struct tagger tagger = {
	    .delineation = delineation,
	    .path = path,
	    .rest = delineation->text,
	    .line = {"", 0},
	    .out = ret,
	    .begin = ret->len,
	};

	add_children(&tagger, &delineation->module);
	str_release(&tagger.scope);
	if (ret->len - tagger.begin > DELINEATION_LIMIT)
		return delineation_too_large(path.data, err);
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

void ctags_write(struct slice lines, struct str *ret)
{
	static const char head[] =
	    "!_TAG_FILE_ENCODING\tutf-8\t//\n"
	    "!_TAG_FILE_FORMAT\t2\t/extended format/\n"
	    "!_TAG_FILE_SORTED\t1\t/0=unsorted, 1=sorted, 2=foldcase/\n"
	    "!_TAG_KIND_DESCRIPTION!Python\tc,class\t/classes/\n"
	    "!_TAG_KIND_DESCRIPTION!Python\tf,function\t/functions/\n"
	    "!_TAG_KIND_DESCRIPTION!Python\tm,member\t/class members/\n"
	    "!_TAG_KIND_DESCRIPTION!Python\tv,variable\t/variables/\n"
	    "!_TAG_OUTPUT_EXCMD\tmixed\t/number, pattern, mixed, or combineV2/\n"
	    "!_TAG_OUTPUT_FILESEP\tslash\t/slash or backslash/\n"
	    "!_TAG_OUTPUT_MODE\tu-ctags\t/u-ctags or e-ctags/\n"
	    "!_TAG_PROGRAM_NAME\tkiln\t//\n"
	    "!_TAG_PROGRAM_VERSION\t" KILN_VERSION "\t//\n";
	autostr struct str order = STR_INIT; /* array of struct slice */
	struct slice line, *sorted;
	size_t count;

	while (slice_next(&lines, '\n', &line)) {
		if (line.len)
			str_add(&order, &line, sizeof(line));
	}
	count = order.len / sizeof(line);
	sorted = (struct slice *)(void *)order.data;
	array_sort(sorted, count, sizeof(*sorted), compare_lines);
	str_adds(ret, head);
	for (size_t i = 0; i < count; i++) {
		str_add_slice(ret, sorted[i]);
		str_addc(ret, '\n');
	}
}
