#include "html/source.h"

/* How a kind of token begins and ends. */
static const struct {
	const char *open, *close;
} inks[] = {
    [TOKEN_COMMENT] = {"<i>", "</i>"},
    [TOKEN_STRING] = {"<span class=s>", "</span>"},
    [TOKEN_NUMBER] = {"<span class=n>", "</span>"},
    [TOKEN_CONSTANT] = {"<span class=n>", "</span>"},
    [TOKEN_KEYWORD] = {"<b>", "</b>"},
    [TOKEN_DEFINITION] = {"<span class=d>", "</span>"},
    [TOKEN_DECORATOR] = {"<span class=a>", "</span>"},
};

/* A list of stretches that is gone through with the text. */
struct layer {
	const struct html_stretch *next, *end;
	const struct html_stretch *open; /* whose tags are open, or NULL */
};

/* The layers, from the outer one to the inner one. */
enum { LAYER_MARKS, LAYER_INKS, LAYERS };

struct painter {
	const struct html_source *source;
	struct str *ret;
	struct layer layers[LAYERS];
	size_t at;
};

/* The stretch of a layer that the position is in, or NULL. */
static const struct html_stretch *stretch_at(struct layer *layer, size_t at)
{
	while (layer->next < layer->end && layer->next->end <= at)
		layer->next++;
	return layer->next < layer->end && layer->next->first <= at ? layer->next : NULL;
}

static void close_from(struct painter *painter, unsigned outer)
{
	for (unsigned i = LAYERS; i-- > outer;) {
		struct layer *layer = &painter->layers[i];

		if (layer->open)
			str_adds(painter->ret, layer->open->close);
		layer->open = NULL;
	}
}

/* Open and close the tags that change at the position. Returns where they change next. */
static size_t set_tags(struct painter *painter)
{
	const struct html_stretch *wanted[LAYERS];
	size_t until = painter->source->text.len;
	unsigned same = 0;

	for (unsigned i = 0; i < LAYERS; i++) {
		struct layer *layer = &painter->layers[i];
		size_t change = until;

		wanted[i] = stretch_at(layer, painter->at);
		if (wanted[i])
			change = wanted[i]->end;
		else if (layer->next < layer->end)
			change = layer->next->first;
		until = change < until ? change : until;
		same += same == i && wanted[i] == layer->open;
	}
	close_from(painter, same);
	for (unsigned i = same; i < LAYERS; i++) {
		painter->layers[i].open = wanted[i];
		if (wanted[i])
			str_adds(painter->ret, wanted[i]->open);
	}
	return until;
}

static void add_number(struct painter *painter, size_t line)
{
	const struct html_source *source = painter->source;
	struct html_line none = {.class = NULL};
	const struct html_line *about = line <= source->line_count ? &source->lines[line - 1]
								   : &none;
	struct str *ret = painter->ret;

	str_adds(ret, "<a id=L");
	str_add_number(ret, line);
	str_adds(ret, " href=#L");
	str_add_number(ret, line);
	if (about->class)
		str_addf(ret, " class=\"%s\"", about->class);
	str_addc(ret, '>');
	str_add_number(ret, line);
	str_adds(ret, "</a>");
	if (!source->lines)
		return;
	str_adds(ret, "<small>");
	if (about->is_counted)
		str_add_number(ret, about->count);
	str_adds(ret, "</small>");
}

static void paint(struct painter *painter)
{
	struct slice text = painter->source->text;
	size_t line = 0;

	/* An empty text has a line, too. */
	do {
		const char *newline =
		    text.len ? memchr(text.data + painter->at, '\n', text.len - painter->at) : NULL;
		size_t end = newline ? (size_t)(newline - text.data) : text.len;

		add_number(painter, ++line);
		while (painter->at < end) {
			size_t change = set_tags(painter);
			size_t until = change < end ? change : end;

			html_text(
			    painter->ret, slice_of(text.data + painter->at, until - painter->at));
			painter->at = until;
		}
		close_from(painter, 0);
		str_addc(painter->ret, '\n');
		painter->at++;
	} while (painter->at < text.len);
}

/* The tokens as stretches, with the links in place of those that they stand for. The caller frees
 * the list. */
static struct html_stretch *inks_of(const struct html_source *source, size_t *ret_count)
{
	const struct tokens *tokens = source->tokens;
	struct html_stretch *list = xreallocarray(
	    NULL, tokens->count + source->link_count + 1, sizeof(*list));
	size_t count = 0, link = 0, next = 0;

	while (link < source->link_count || next < tokens->count) {
		const struct token *token = next < tokens->count ? &tokens->items[next] : NULL;
		const struct html_stretch *over = NULL;

		if (link < source->link_count)
			over = &source->links[link];
		if (over && (!token || over->first < token->end)) {
			list[count++] = *over;
			link++;
			while (next < tokens->count && tokens->items[next].first < over->end)
				next++;
		} else {
			list[count++] = (struct html_stretch){token->first, token->end,
			    inks[token->kind].open, inks[token->kind].close};
			next++;
		}
	}
	*ret_count = count;
	return list;
}

void html_source(struct str *ret, const struct html_source *source)
{
	autofree struct html_stretch *list = NULL;
	struct painter painter = {.source = source, .ret = ret};
	size_t count;

	list = inks_of(source, &count);
	painter.layers[LAYER_INKS] = (struct layer){list, list + count, NULL};
	if (source->mark_count)
		painter.layers[LAYER_MARKS] = (struct layer){
		    source->marks, source->marks + source->mark_count, NULL};
	str_reserve(ret, 3 * source->text.len);
	str_addf(ret, "<pre class=\"source%s\">\n", source->lines ? " counted" : "");
	paint(&painter);
	str_adds(ret, "</pre>\n");
}

void html_source_piece(struct str *ret, struct slice text)
{
	autotokens struct tokens tokens = {.items = NULL};
	size_t at = 0;

	tokens_find(text, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		html_text(ret, slice_of(text.data + at, token->first - at));
		str_adds(ret, inks[token->kind].open);
		html_text(ret, slice_of(text.data + token->first, token->end - token->first));
		str_adds(ret, inks[token->kind].close);
		at = token->end;
	}
	html_text(ret, slice_from(text, at));
}
