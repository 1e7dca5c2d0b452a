#include "record/settings.h"

void record_settings_add(const struct record_settings *settings, struct str *ret)
{
	str_addf(ret, "docstring %d\n", (int)settings->style);
	str_addf(ret, "metrics %d\n", settings->metrics != NULL);
}
