/* convert VALUE UNIT UNIT [WIDTH]: the value in the other unit, and a bar of it on a scale. */
#include <stdio.h>
#include <stdlib.h>

#include "gauge/text.h"
#include "gauge/units.h"
#include "show/show.h"

static int usage(void)
{
	fputs("usage: convert VALUE UNIT UNIT [WIDTH]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const struct unit *from, *to;
	double value, result;

	if (argc < 4 || argc > 5 || !number_read(argv[1], &value))
		return usage();
	from = unit_find(argv[2]);
	to = unit_find(argv[3]);
	if (!from || !to || !unit_convert(value, from, to, &result)) {
		fputs("convert: no such units, or not of one quantity\n", stderr);
		return 1;
	}
	show(value, from, result, to);
	if (argc == 5)
		show_bar(result, (unsigned)strtoul(argv[4], NULL, 10));
	return 0;
}
