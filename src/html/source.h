/*
 * Sources of Python as HTML: with a number and an anchor for each line (`#L12`), and their tokens
 * marked for the style (templates/source.css).
 */
#ifndef KILN_HTML_SOURCE_H
#define KILN_HTML_SOURCE_H

#include "html/page.h"
#include "python/tokens.h"

/* Bytes of a text, from `first` to before `end`, which is more. */
struct html_stretch {
	size_t first, end;
	const char *open, *close; /* the tags around it */
};

/* A line of a source, in what it differs from others. */
struct html_line {
	const char *class; /* for the style, or NULL */
	bool is_counted;
	uint64_t count;
};

struct html_source {
	struct slice text; /* decoded, with LF line ends */
	const struct tokens *tokens;
	/* Stretches that may contain tokens, and those that stand for a token (links). Each list is
	 * in the order of the text, without overlaps. They may span lines. */
	const struct html_stretch *marks, *links;
	size_t mark_count, link_count;
	const struct html_line *lines; /* of each line; NULL: none is counted */
	size_t line_count;
};

/* Append a source: a <pre>. */
void html_source(struct str *ret, const struct html_source *source);

/* Append a piece of a source, which may be any text, with its tokens marked in the same way. */
void html_source_piece(struct str *ret, struct slice text);

#endif
