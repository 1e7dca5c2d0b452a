#include "record/settings.h"

void record_settings_add(const struct record_settings *settings, struct str *ret)
{
	const struct html_site *site = &settings->site;

	str_addf(ret, "docstring %d\n", (int)settings->style);
	str_addf(ret, "metrics %d\n", settings->metrics != NULL);
	str_addf(ret, "versions %d\n", site->has_versions);
	str_add_part(ret, site->title);
	str_add_part(ret, site->version);
	str_add_part(ret, site->logo);
	str_add_part(ret, site->base_url);
	str_add_part(ret, settings->source_url);
}
