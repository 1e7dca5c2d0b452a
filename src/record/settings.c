#include "record/settings.h"

#include <inttypes.h>

#include "base/file.h"

int record_settings_open(struct record_settings *settings, struct error **err)
{
	for (size_t i = 0; i < settings->inventory_files.count; i++) {
		if (inventories_add(&settings->inventories,
			fields_at(&settings->inventory_files, i).data, err) < 0)
			return -1;
	}
	return inventories_add_manual(&settings->inventories, err);
}

void record_settings_release(struct record_settings *settings)
{
	inventories_release(&settings->inventories);
	fields_release(&settings->inventory_files);
}

void record_settings_add(const struct record_settings *settings, struct str *ret)
{
	const struct html_site *site = &settings->site;

	str_addf(ret, "docstring %d\n", (int)settings->style);
	str_addf(ret, "metrics %d\n", settings->metrics != NULL);
	str_addf(ret, "most %" PRIu64 "\n", settings->most);
	str_addf(ret, "versions %d\n", site->has_versions);
	str_add_part(ret, site->title);
	str_add_part(ret, site->version);
	str_add_part(ret, site->logo);
	str_add_part(ret, site->base_url);
	str_add_part(ret, settings->source_url);
	inventories_add_names(&settings->inventories, ret);
}
