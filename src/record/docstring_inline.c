#include "record/docstring_parts.h"

/* What stands for a backquote that is no mark: the text format has no other way to show one. */
#define GRAVE "\xcb\x8b" /* U+02CB */

/* The longest `word' that is quoted so, and the longest name of a role. */
#define QUOTED_LIMIT 80
#define ROLE_LIMIT 30

/* Takes a text and adds inline nodes to a paragraph. */
struct inliner {
	struct docstring *doc;
	struct text_node *parent;
	struct slice text;
	size_t at;
	struct str string; /* the string that is not added yet */
};

static char peek(const struct inliner *in, size_t ahead)
{
	return in->at + ahead < in->text.len ? in->text.data[in->at + ahead] : '\0';
}

static bool is_space_or_end(char c)
{
	return !c || char_is_space(c);
}

static bool ends_line(const struct text_node *node)
{
	return !node || node->type == TEXT_BREAK;
}

/* Copy a text into the arena, on one line and without backquotes. */
static struct slice clean(struct docstring *doc, struct slice text)
{
	autostr struct str out = STR_INIT;

	if (!memchr(text.data, '`', text.len) && !memchr(text.data, '\n', text.len))
		return text;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '`')
			str_adds(&out, GRAVE);
		else
			str_addc(&out, text.data[i] == '\n' ? ' ' : text.data[i]);
	}
	return arena_slice(doc->arena, str_slice(&out));
}

/* A parenthesis directly before a literal or reference would be its cast. */
static void flush(struct inliner *in, enum text_type next)
{
	struct slice string = str_slice(&in->string);

	if (ends_line(in->parent->last) || next == TEXT_BREAK) {
		struct slice stripped = text_strip(string);
		size_t lead = (size_t)(stripped.data - string.data);

		if (ends_line(in->parent->last))
			string = slice_from(string, stripped.len ? lead : string.len);
		if (next == TEXT_BREAK)
			string.len = stripped.len
					 ? (size_t)(stripped.data + stripped.len - string.data)
					 : 0;
	}
	if (string.len) {
		bool cast = (next == TEXT_LITERAL || next == TEXT_REFERENCE) &&
			    string.data[string.len - 1] == ')';
		char *copy = arena_alloc(in->doc->arena, string.len + cast);

		(void)slice_copy(copy, string);
		if (cast)
			copy[string.len] = ' ';
		text_add(
		    in->doc->arena, in->parent, TEXT_STRING, slice_of(copy, string.len + cast));
	}
	str_truncate(&in->string, 0);
}

static void add_literal(struct inliner *in, struct slice text, struct slice cast)
{
	if (!text_strip(text).len)
		return;
	flush(in, TEXT_LITERAL);
	text_add(in->doc->arena, in->parent, TEXT_LITERAL, clean(in->doc, text))->extra = cast;
}

/* Add a text that is no markup, as a literal if the text format could see markup in it. */
static void add_text(struct inliner *in, struct slice text)
{
	if (has_any(text, "*&"))
		add_literal(in, text, slice_of(NULL, 0));
	else
		str_add_slice(&in->string, clean(in->doc, text));
}

/* A line that is a decoration would be dropped where the text is parsed again. */
static void end_line(struct inliner *in)
{
	struct text_node *last;

	flush(in, TEXT_BREAK);
	last = in->parent->last;
	if (last && last->type == TEXT_STRING && text_is_decoration(last->text)) {
		last->type = TEXT_LITERAL;
		last->extra = slice_of(NULL, 0);
	}
}

static void take_newline(struct inliner *in)
{
	end_line(in);
	if (!ends_line(in->parent->last))
		text_add(in->doc->arena, in->parent, TEXT_BREAK, SLICE_LITERAL(" "));
}

/* The word around the place, which has a character that could be a mark, becomes a literal: all of
 * it but for brackets and punctuation at its ends. */
static void take_awkward(struct inliner *in)
{
	size_t from = in->string.len, end, before;
	struct str *string = &in->string;
	autostr struct str word = STR_INIT;

	while (from && !char_is_space(string->data[from - 1]))
		from--;
	while (from < string->len && strchr("([{<\"',", string->data[from]))
		from++;
	before = string->len - from < in->at ? string->len - from : in->at;
	end = in->at + word_length(slice_from(in->text, in->at - before), before) - before;
	str_add(&word, string->data ? string->data + from : "", string->len - from);
	str_truncate(string, from);
	str_add(&word, in->text.data + in->at, end - in->at);
	in->at = end;
	add_literal(in, arena_slice(in->doc->arena, str_slice(&word)), slice_of(NULL, 0));
}

/* References and hyperlinks */

static void add_reference(
    struct inliner *in, enum text_reference_kind kind, struct slice title, struct slice url)
{
	struct text_reference *reference = arena_zalloc(in->doc->arena, 1, sizeof(*reference));
	const char *source;

	flush(in, TEXT_REFERENCE);
	reference->kind = kind;
	reference->is_end = kind == REFERENCE_NORMAL;
	reference->title = title;
	reference->url = url;
	if (kind == REFERENCE_NORMAL)
		source = title.data;
	else
		source = arena_printf(in->doc->arena, title.data ? "<[%.*s]%.*s>" : "<%.*s%.*s>",
		    (int)title.len, title.data ? title.data : "", (int)url.len, url.data);
	text_add(in->doc->arena, in->parent, TEXT_REFERENCE,
	    kind == REFERENCE_NORMAL ? title : slice_c(source))
	    ->reference = reference;
}

/* A text that leads to a URL: as text if it cannot be a hyperlink. */
static void add_link(struct inliner *in, struct slice title, struct slice url)
{
	title = clean(in->doc, text_strip(title));
	if (is_link(url) && !has_any(title, "[]<>")) {
		add_reference(in, REFERENCE_HYPERLINK, title.len ? title : slice_of(NULL, 0), url);
		return;
	}
	add_text(in, title);
	str_adds(&in->string, title.len ? " " : "");
	add_literal(in, url, slice_of(NULL, 0));
}

/* A URL in the text, without punctuation at its end and brackets that it does not open. */
static bool take_url(struct inliner *in)
{
	struct slice url = {in->text.data + in->at, 0};
	long open = 0;

	if ((in->at && is_name_byte(in->text.data[in->at - 1])) ||
	    !begins_link(slice_from(in->text, in->at)))
		return false;
	while (in->at + url.len < in->text.len) {
		char c = url.data[url.len];

		if (char_is_space(c) || strchr("<>`\"[]{|}\\^*", c ? c : '<') ||
		    (c == ')' && !open))
			break;
		open += (c == '(') - (c == ')');
		url.len++;
	}
	while (url.len && strchr(".,;:!?'_", url.data[url.len - 1]))
		url.len--;
	if (!is_link(url))
		return false;
	add_reference(in, REFERENCE_HYPERLINK, slice_of(NULL, 0), url);
	in->at += url.len;
	return true;
}

/* Roles */

static bool is_role(struct slice role, const char *const *names, size_t count)
{
	const char *colon = memrchr(role.data, ':', role.len);

	if (colon)
		role = slice_from(role, (size_t)(colon + 1 - role.data));
	for (size_t i = 0; i < count; i++) {
		if (slice_is(role, names[i]))
			return true;
	}
	return false;
}

#define IS_ROLE(role, names) is_role(role, names, sizeof(names) / sizeof(*(names)))

static void add_object(struct inliner *in, struct slice text)
{
	struct slice title = {NULL, 0}, name = text;
	bool linked = !slice_starts(text, SLICE_LITERAL("!"));

	if (!split_title(text, &title, &name))
		title = slice_of(NULL, 0);
	while (name.len && strchr("~!.", name.data[0]))
		name = slice_from(name, 1);
	if (slice_ends(name, SLICE_LITERAL("()")))
		name.len -= 2;
	if (title.len) {
		add_text(in, title);
		str_adds(&in->string, " (");
	}
	if (linked && is_dotted_name(name))
		add_reference(in, REFERENCE_NORMAL, name, slice_of(NULL, 0));
	else
		add_literal(in, name, slice_of(NULL, 0));
	str_adds(&in->string, title.len ? ")" : "");
}

static void add_numbered(struct inliner *in, struct slice role, struct slice text)
{
	bool is_pep = slice_ends(role, SLICE_LITERAL("pep"));
	uint64_t number;
	const char *title;

	if (!slice_number(text, &number) || number > 99999) {
		add_literal(in, text, slice_of(NULL, 0));
		return;
	}
	title = arena_printf(in->doc->arena, "%s %u", is_pep ? "PEP" : "RFC", (unsigned)number);
	add_link(in, slice_c(title),
	    slice_c(arena_printf(in->doc->arena,
		is_pep ? "https://peps.python.org/pep-%04u/"
		       : "https://www.rfc-editor.org/rfc/rfc%u",
		(unsigned)number)));
}

static void add_role(struct inliner *in, struct slice role, struct slice text)
{
	static const char *const objects[] = {"any", "attr", "class", "const", "data", "exc",
	    "func", "meth", "mod", "obj", "type", "deco", "property"};
	static const char *const texts[] = {"ref", "doc", "term", "numref", "title-reference",
	    "title", "t", "emphasis", "strong", "dfn", "abbr", "guilabel", "sub", "sup",
	    "subscript", "superscript"};
	static const char *const numbered[] = {"pep", "rfc"};
	struct slice title, target;

	if (slice_starts(role, SLICE_LITERAL("c:")) || slice_starts(role, SLICE_LITERAL("cpp:"))) {
		add_literal(in, text, slice_of(NULL, 0));
	} else if (IS_ROLE(role, objects)) {
		add_object(in, text);
	} else if (IS_ROLE(role, numbered)) {
		add_numbered(in, role, text);
	} else if (IS_ROLE(role, texts)) {
		if (split_title(text, &title, &target) && title.len)
			text = title;
		add_text(in, text);
	} else {
		add_literal(
		    in, text, slice_is(role, "math") ? SLICE_LITERAL("math") : slice_of(NULL, 0));
	}
}

/* Backquotes */

/* The text up to a mark, which must not follow white space. False if there is none. */
static bool take_until(struct inliner *in, size_t skip, const char *mark, struct slice *ret)
{
	struct slice rest = slice_from(in->text, in->at + skip);
	const char *end = memmem(rest.data, rest.len, mark, strlen(mark));

	if (!end || end == rest.data || char_is_space(end[-1]) || char_is_space(rest.data[0]))
		return false;
	*ret = slice_of(rest.data, (size_t)(end - rest.data));
	return true;
}

/* `text' */
static bool take_quoted(struct inliner *in)
{
	size_t len = 1;

	while (len < QUOTED_LIMIT && peek(in, len) && !strchr("`'\n", peek(in, len)))
		len++;
	if (peek(in, len) != '\'' || len == 1)
		return false;
	add_literal(in, slice_of(in->text.data + in->at + 1, len - 1), slice_of(NULL, 0));
	in->at += len + 1;
	return true;
}

/* A role in front of the backquote, at the end of the string. */
static bool take_role_before(struct inliner *in, struct slice *ret)
{
	struct str *string = &in->string;
	size_t from = string->len;

	if (!from || string->data[from - 1] != ':')
		return false;
	for (from--; from && string->len - from < ROLE_LIMIT; from--) {
		char c = string->data[from - 1];

		if (c == ':' && (from < 2 || !is_name_byte(string->data[from - 2])))
			break;
		if (!is_name_byte(c) && !strchr("-+:.", c))
			return false;
	}
	if (!from || string->data[from - 1] != ':' || from == string->len - 1)
		return false;
	ret->len = string->len - 1 - from;
	ret->data = arena_copy(in->doc->arena, slice_of(string->data + from, ret->len));
	str_truncate(string, from - 1);
	return true;
}

static bool take_role_after(struct inliner *in, struct slice *ret)
{
	size_t len = 1;

	if (peek(in, 0) != ':')
		return false;
	while (len < ROLE_LIMIT && (is_name_byte(peek(in, len)) || peek(in, len) == '-'))
		len++;
	if (peek(in, len) != ':' || len == 1)
		return false;
	*ret = slice_of(in->text.data + in->at + 1, len - 1);
	in->at += len + 1;
	return true;
}

/* `text`_ and `text`__ */
static void add_phrase(struct inliner *in, struct slice text)
{
	struct slice title, url;

	if (!split_title(text, &title, &url)) {
		title = text;
		url = find_target(in->doc, text);
	}
	if (url.len)
		add_link(in, title, url);
	else
		add_text(in, title);
}

static void take_interpreted(struct inliner *in, struct slice text)
{
	struct slice role;
	bool has_role = take_role_before(in, &role);

	in->at += text.len + 2;
	if (has_role || take_role_after(in, &role)) {
		add_role(in, role, text);
	} else if (peek(in, 0) == '_') {
		in->at += peek(in, 1) == '_' ? 2 : 1;
		add_phrase(in, text);
	} else {
		add_literal(in, text, slice_of(NULL, 0));
	}
}

static void take_backquote(struct inliner *in)
{
	struct slice text;

	if (peek(in, 1) == '`' && peek(in, 2) != '`' && take_until(in, 2, "``", &text)) {
		in->at += text.len + 4;
		add_literal(in, text, slice_of(NULL, 0));
	} else if (peek(in, 1) != '`' && take_until(in, 1, "`", &text)) {
		take_interpreted(in, text);
	} else if (!take_quoted(in)) {
		str_adds(&in->string, GRAVE);
		in->at++;
	}
}

/* Asterisks, underscores, backslashes */

static bool begins_markup(const struct inliner *in)
{
	char before = in->at ? in->text.data[in->at - 1] : ' ';

	return char_is_space(before) || strchr("'\"([{<-/:", before);
}

static bool take_emphasis(struct inliner *in)
{
	size_t count = peek(in, 1) == '*' ? 2 : 1;
	struct slice rest, text;
	const char *end;

	if (!begins_markup(in) || is_space_or_end(peek(in, count)) || peek(in, count) == '*')
		return false;
	rest = slice_from(in->text, in->at + count);
	end = memchr(rest.data, '*', rest.len);
	if (!end || char_is_space(end[-1]))
		return false;
	text = slice_of(rest.data, (size_t)(end - rest.data));
	in->at += count + text.len;
	if ((count == 2) != (peek(in, 1) == '*') || is_name_byte(peek(in, count)) ||
	    peek(in, count) == '*' || has_any(text, "`&") || !has_letter(text)) {
		in->at -= count + text.len;
		return false;
	}
	in->at += count;
	flush(in, TEXT_EMPHASIS);
	text_add(in->doc->arena, in->parent, TEXT_EMPHASIS, clean(in->doc, text))->number =
	    (int)count;
	return true;
}

/* NAME_ and [LABEL]_ */
static bool take_underscore(struct inliner *in)
{
	const struct str *string = &in->string;
	size_t from = string->len;
	struct slice name, url;
	bool anonymous = peek(in, 1) == '_';

	if (!from || is_name_byte(peek(in, 1 + anonymous)))
		return false;
	if (string->data[from - 1] == ']') {
		in->at++;
		return true;
	}
	while (from && (is_name_byte(string->data[from - 1]) || string->data[from - 1] == '-'))
		from--;
	name = slice_from(str_slice(string), from);
	url = find_target(in->doc, name);
	if (!url.len)
		return false;
	name.data = arena_copy(in->doc->arena, name);
	str_truncate(&in->string, from);
	in->at += 1 + anonymous;
	add_link(in, name, url);
	return true;
}

static bool take_backslash(struct inliner *in)
{
	char next = peek(in, 1);

	if (!next || !strchr("*`_|\\ ", next))
		return false;
	in->at++;
	if (next == ' ') {
		in->at++;
	} else if (next != '*' && next != '`') {
		str_addc(&in->string, next);
		in->at++;
	} else if (next == '`') {
		str_adds(&in->string, GRAVE);
		in->at++;
	} else {
		take_awkward(in);
	}
	return true;
}

/* An ampersand that the text format could read as a reference. */
static bool is_awkward(const struct inliner *in)
{
	char c = peek(in, 0);

	return c == '*' || (c == '&' && in->at + 1 < in->text.len && !char_is_space(peek(in, 1)) &&
			       peek(in, 1) != '&');
}

static void take_character(struct inliner *in)
{
	bool markup = doc_has_markup(in->doc);

	switch (peek(in, 0)) {
	case '\n':
		take_newline(in);
		in->at++;
		return;
	case '`':
		take_backquote(in);
		return;
	case '*':
		if (take_emphasis(in))
			return;
		break;
	case '_':
		if (markup && take_underscore(in))
			return;
		break;
	case '\\':
		if (markup && take_backslash(in))
			return;
		break;
	case 'h':
	case 'm':
		if (take_url(in))
			return;
		break;
	default:
		break;
	}
	if (is_awkward(in))
		take_awkward(in);
	else
		str_addc(&in->string, in->text.data[in->at++]);
}

void doc_inline(struct docstring *doc, struct text_node *parent, struct slice text)
{
	struct inliner in = {.doc = doc, .parent = parent, .text = text};

	while (in.at < text.len) {
		size_t len = plain_length(text, in.at);

		str_add(&in.string, text.data + in.at, len);
		in.at += len;
		if (in.at < text.len)
			take_character(&in);
	}
	end_line(&in);
	str_release(&in.string);
}

static void drop_last_break(struct text_node *parent)
{
	struct text_node *before = NULL;

	if (!parent->last || parent->last->type != TEXT_BREAK)
		return;
	for (struct text_node *node = parent->first; node != parent->last; node = node->next)
		before = node;
	parent->last = before;
	if (before)
		before->next = NULL;
	else
		parent->first = NULL;
}

/* Marks without text leave nothing: such a paragraph does not exist. */
void doc_paragraph(struct docstring *doc, struct text_node *parent, struct span lines)
{
	autostr struct str text = STR_INIT;
	struct text_node *holder = text_new(doc->arena, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	struct text_node *paragraph;

	for (size_t i = lines.from; i < lines.to; i++) {
		if (i > lines.from)
			str_addc(&text, '\n');
		str_add_slice(&text, doc->lines[i].text);
	}
	doc_inline(doc, holder, arena_slice(doc->arena, str_slice(&text)));
	drop_last_break(holder);
	if (!holder->first)
		return;
	paragraph = text_add(doc->arena, parent, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	paragraph->first = holder->first;
	paragraph->last = holder->last;
	for (struct text_node *child = paragraph->first; child; child = child->next)
		child->parent = paragraph;
}

struct slice doc_plain(struct docstring *doc, struct slice text)
{
	autostr struct str plain = STR_INIT;
	struct text_node *holder = text_new(doc->arena, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	struct slice result;

	doc_inline(doc, holder, text);
	for (const struct text_node *node = holder->first; node; node = node->next) {
		bool titled = node->type == TEXT_REFERENCE && node->reference->title.data;

		str_add_slice(&plain, node->type == TEXT_BREAK ? SLICE_LITERAL(" ")
				      : titled		       ? node->reference->title
							       : node->text);
	}
	result = arena_slice(doc->arena, str_slice(&plain));
	return clean(doc, text_strip(result));
}
