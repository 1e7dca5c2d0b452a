#include <math.h>
#include <string.h>

#include "gauge/units.h"

bool unit_convert(double value, const struct unit *from, const struct unit *to, double *ret)
{
	double base = from->is_level ? pow(10, value / 20) : value * from->factor + from->offset;

	if (strcmp(from->quantity, to->quantity) != 0)
		return false;
	*ret = to->is_level ? 20 * log10(base) : (base - to->offset) / to->factor;
	return true;
}
