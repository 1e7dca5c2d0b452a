#include <string.h>

#include "glyph/lines.h"

void line_draw(double share, unsigned width, struct line *ret)
{
	unsigned columns = width < LINE_SIZE ? width : LINE_SIZE - 1;
	unsigned marks = share <= 0 ? 0 : share >= 1 ? columns : (unsigned)(share * columns + 0.5);

	memset(ret->text, '#', marks);
	memset(ret->text + marks, '.', columns - marks);
	ret->text[columns] = '\0';
}
