#include <stdio.h>

#include "gauge/text.h"

void number_write(double value, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%.6g", value);
}
