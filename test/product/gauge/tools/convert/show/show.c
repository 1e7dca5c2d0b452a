#include "show.h"

#include <stdio.h>

#include "gauge/text.h"
#include "glyph/lines.h"

void show(double value, const struct unit *from, double result, const struct unit *to)
{
	char before[NUMBER_SIZE], after[NUMBER_SIZE];

	number_write(value, before, sizeof(before));
	number_write(result, after, sizeof(after));
	printf("%s %s = %s %s\n", before, from->name, after, to->name);
}

void show_bar(double value, unsigned width)
{
	struct line line;

	line_draw(value / 100, width, &line);
	puts(line.text);
}
