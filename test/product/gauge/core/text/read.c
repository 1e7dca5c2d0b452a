#include <stdlib.h>

#include "gauge/text.h"

bool number_read(const char *text, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	return end != text && !*end;
}
