/* Lines drawn with characters. */
#ifndef GLYPH_LINES_H
#define GLYPH_LINES_H

#define LINE_SIZE 81

struct line {
	char text[LINE_SIZE];
};

/* A bar for a share from 0 to 1, `width` columns at most, less than LINE_SIZE. */
void line_draw(double share, unsigned width, struct line *ret);

#endif
