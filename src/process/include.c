#include "process/include.h"

#include "base/file.h"
#include "base/path.h"

/* What follows any of these words of a directive is a file. */
static const char *const directives[] = {"include_next", "include", "import", "embed"};

static struct slice skip_space(struct slice text)
{
	while (text.len && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.len--;
	}
	return text;
}

/* What follows `word` at the beginning of the text; data is NULL if that is not there. */
static struct slice behind(struct slice text, struct slice word)
{
	if (!slice_starts(text, word))
		return slice_of(NULL, 0);
	return skip_space(slice_of(text.data + word.len, text.len - word.len));
}

/* Whether what follows the mark of a directive is not plain: a comment, or the directive goes on in the next line. */
static bool is_obscure(struct slice rest)
{
	return slice_starts(rest, SLICE_LITERAL("/*")) || slice_starts(rest, SLICE_LITERAL("\\"));
}

/* What a line includes, with its quotes, or anything else where that is not to be seen; data is NULL if it includes
 * nothing. The directives of assemblers may name files in other places, too. */
static struct slice included_by(struct slice line)
{
	struct slice begin = skip_space(line);
	struct slice rest = behind(begin, SLICE_LITERAL("#"));

	if (slice_starts(begin, SLICE_LITERAL(".inc")))
		return begin;
	if (!rest.data)
		rest = behind(begin, SLICE_LITERAL("%:"));
	if (!rest.data)
		rest = behind(begin, SLICE_LITERAL("?"
						   "?="));
	if (rest.data && is_obscure(rest))
		return rest;
	for (size_t i = 0; rest.data && i < sizeof(directives) / sizeof(*directives); i++) {
		struct slice file = behind(rest, slice_c(directives[i]));

		if (file.data)
			return file;
	}
	return slice_of(NULL, 0);
}

/* The name of the file between quotes or angle brackets; data is NULL for anything else. */
static struct slice quoted_name(struct slice text)
{
	const char *end;

	if (text.len < 2 || (text.data[0] != '"' && text.data[0] != '<'))
		return slice_of(NULL, 0);
	end = memchr(text.data + 1, text.data[0] == '<' ? '>' : '"', text.len - 1);
	if (!end)
		return slice_of(NULL, 0);
	return path_name(slice_of(text.data + 1, (size_t)(end - text.data - 1)));
}

/* A name that is included, or with NULL any. */
static void include_name(const struct node *node, struct slice name, bool *ret)
{
	for (size_t i = 0; i < node->input_count; i++) {
		if (!name.data || slice_equal(path_name(node->inputs[i].source->path), name))
			ret[i] = true;
	}
}

static int scan(const struct node *node, size_t input, bool *ret, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str text = STR_INIT;
	struct slice rest, line;

	node_input_path(node, input, &path);
	if (file_read(str_c(&path), FILE_READ_LIMIT, &text, NULL, err) < 0)
		return -1;
	rest = str_slice(&text);
	while (slice_next(&rest, '\n', &line)) {
		struct slice file = included_by(line);

		if (file.data)
			include_name(node, quoted_name(file), ret);
	}
	return 0;
}

static bool is_always_included(const struct node_input *input)
{
	const struct format *format = input->source->format;

	return !input->is_own || !format || slice_is(format->dialect, "header");
}

int inputs_included(const struct node *node, size_t input, bool *ret, struct error **err)
{
	autofree bool *scanned = xcalloc(node->input_count, sizeof(*scanned));
	bool again = true;

	for (size_t i = 0; i < node->input_count; i++)
		ret[i] = is_always_included(&node->inputs[i]);
	ret[input] = true;
	while (again) {
		again = false;
		for (size_t i = 0; i < node->input_count; i++) {
			if (!ret[i] || scanned[i])
				continue;
			if (scan(node, i, ret, err) < 0)
				return -1;
			scanned[i] = again = true;
		}
	}
	ret[input] = false;
	return 0;
}
