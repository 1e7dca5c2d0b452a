#include <string.h>

#include "gauge/units.h"

static const struct unit units[] = {
    {"celsius", "temperature", 1, 273.15, false},
    {"centimetre", "length", 0.01, 0, false},
    {"decibel", "ratio", 1, 0, true},
    {"fahrenheit", "temperature", 5.0 / 9, 459.67 * 5 / 9, false},
    {"foot", "length", 0.3048, 0, false},
    {"inch", "length", 0.0254, 0, false},
    {"kelvin", "temperature", 1, 0, false},
    {"metre", "length", 1, 0, false},
    {"times", "ratio", 1, 0, false},
};

const struct unit *units_all(size_t *ret_count)
{
	*ret_count = sizeof(units) / sizeof(*units);
	return units;
}

const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}
