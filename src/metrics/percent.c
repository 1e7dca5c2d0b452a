#include "metrics/percent.h"

__extension__ typedef unsigned __int128 wide;

#define UNITS UINT64_C(1000000000)

bool percent_parse(struct slice text, struct percent *ret)
{
	struct slice rest = text, whole;
	uint64_t units = 0, number;

	(void)slice_next(&rest, '.', &whole);
	if (!slice_number(whole, &number) || number > 100)
		return false;
	if (rest.data) {
		uint64_t scale = UNITS;

		if (!rest.len || rest.len > PERCENT_DECIMALS || !slice_number(rest, &units))
			return false;
		for (size_t i = 0; i < rest.len; i++)
			scale /= 10;
		units *= scale;
	}
	ret->units = number * UNITS + units;
	return ret->units <= 100 * UNITS;
}

bool percent_is_less(uint64_t part, uint64_t whole, struct percent limit)
{
	return (wide)part * 100 * UNITS < (wide)limit.units * whole;
}

void percent_add(uint64_t part, uint64_t whole, unsigned decimals, struct str *ret)
{
	uint64_t scale = 1, number;

	if (!whole)
		part = whole = 1;
	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	number = (uint64_t)((wide)part * 100 * scale / whole);
	str_add_number(ret, number / scale);
	if (decimals)
		str_addf(ret, ".%0*ju", (int)decimals, (uintmax_t)(number % scale));
}
