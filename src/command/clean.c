#include "build/clean.h"

#include "command/product_options.h"

struct settings {
	struct common common;
	struct clean_options clean;
	struct fields trusted;
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->trusted);
}

static int take_cache_limit(void *settings, const char *value, struct error **err)
{
	struct clean_options *options = &((struct settings *)settings)->clean;

	if (!product_size(value, &options->cache_limit))
		return fail_bad_value(
		    "--cache-limit", value, "0 or a size such as 500M or 5G", err);
	return 0;
}

static const struct option options[] = {
    {'n', "dry-run", NULL, "Only print what would be removed",
	TAKES_TRUE(struct settings, clean.is_dry)},
    {0, "force", NULL,
	"Remove all built files of a product, also those that its build "
	"state does not list",
	TAKES_TRUE(struct settings, clean.is_forced)},
    {0, "trust", "DIR", TRUST_HELP,
	TAKES_LIST(struct settings, trusted, "the path of a directory")},
    {0, "cache", NULL, "Also empty the cache", TAKES_TRUE(struct settings, clean.prunes_cache)},
    {0, "cache-directory", "DIR",
	"Directory of the cache (default: kiln in the user's cache "
	"directory); implies --cache",
	TAKES_TEXT(struct settings, clean.cache, "the path of a directory"),
	.given = offsetof(struct settings, clean.prunes_cache)},
    {0, "cache-limit", "SIZE",
	"Shrink the cache to this size instead of emptying it, in bytes or "
	"with K, M, G, T; implies --cache",
	.take = take_cache_limit, .given = offsetof(struct settings, clean.prunes_cache)},
    COMMON_COLOR,
    COMMON_LOG,
    COMMON_QUIET,
    COMMON_HELP,
    OPTIONS_END,
};

static void summarize(
    struct reporter *reporter, const struct settings *settings, const struct clean_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, reporter, &settings->common))
		return;
	summary_count(&summary, "removed", result->removed,
	    settings->clean.is_dry ? "to be removed" : "removed");
	summary_count(&summary, "cache-removed", result->cache.removed, NULL);
	summary_count(&summary, "cache-removed-bytes", result->cache.removed_bytes, NULL);
	if (result->cache.removed && !reporter->json)
		str_addf(&summary.text, ", %ju of the cache (%.1f MB)",
		    (uintmax_t)result->cache.removed, (double)result->cache.removed_bytes / 1e6);
	summary_end(&summary, NULL);
}

static int run_clean(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct settings *settings = context;
	autostr struct str plan = STR_INIT;
	struct clean_result result;

	settings->clean.targets = arguments->items;
	settings->clean.trusted = &settings->trusted;
	if (clean(&settings->clean, reporter, &plan, &result, err) < 0)
		return -1;
	if (command_write(str_slice(&plan), err) < 0)
		return -1;
	summarize(reporter, settings, &result);
	return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct settings settings = {0};

	return common_run(command, argc, argv, &settings, run_clean);
}

const struct command command_clean = {
    .name = "clean",
    .arguments = "[OPTION]... [TARGET]...",
    .summary = "Remove what builds in place made",
    .details =
	"Each TARGET is a product, a project, a directory, a part of one or a factor path,\n"
	"as for kiln build, by default the current directory. Files that another program put\n"
	"beside built files stay.\n"
	"\n"
	"Examples: kiln clean\n"
	"          kiln clean --cache-limit 1G\n",
    .options = options,
    .run = run,
};
