#include "command/common.h"

#define WORKERS_LIMIT 1024

int take_common_jobs(void *settings, const char *value, struct error **err)
{
	struct common *common = settings;

	return option_number("--jobs", value, 1, WORKERS_LIMIT, &common->workers, err);
}

static int when_of(
    const char *option, const char *value, enum reporter_when *ret, struct error **err)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(value, words[i]) == 0) {
			*ret = (enum reporter_when)i;
			return 0;
		}
	}
	return fail_bad_value(option, value, "auto, always, never", err);
}

int take_common_progress(void *settings, const char *value, struct error **err)
{
	return when_of("--progress", value, &((struct common *)settings)->progress, err);
}

int take_common_color(void *settings, const char *value, struct error **err)
{
	return when_of("--color", value, &((struct common *)settings)->color, err);
}

int take_common_log(void *settings, const char *value, struct error **err)
{
	bool json = strcmp(value, "json") == 0;

	if (!json && strcmp(value, "text") != 0)
		return fail_bad_value("--log", value, "text, json", err);
	((struct common *)settings)->json = json;
	return 0;
}

int take_common_quiet(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct common *)settings)->quiet = true;
	return 0;
}

void common_reporter(const struct common *common, struct reporter *ret)
{
	reporter_init(ret, common->color, common->progress);
	ret->json = common->json;
}
