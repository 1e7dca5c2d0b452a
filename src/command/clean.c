#include "build/clean.h"

#include "command/product_options.h"
#include "jobs/signals.h"

struct settings {
	struct common common;
	struct clean_options clean;
	struct fields trusted;
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->trusted);
}

static int take_dry_run(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->clean.is_dry = true;
	return 0;
}

static int take_force(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->clean.is_forced = true;
	return 0;
}

static int take_trust(void *settings, const char *value, struct error **err)
{
	return trust_directory(&((struct settings *)settings)->trusted, value, err);
}

static int take_cache(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->clean.prunes_cache = true;
	return 0;
}

static int take_cache_directory(void *settings, const char *value, struct error **err)
{
	struct clean_options *options = &((struct settings *)settings)->clean;

	if (!*value)
		return fail_bad_value("--cache-directory", value, "a directory", err);
	options->cache = value;
	options->prunes_cache = true;
	return 0;
}

static int take_cache_limit(void *settings, const char *value, struct error **err)
{
	struct clean_options *options = &((struct settings *)settings)->clean;

	if (!product_size(value, &options->cache_limit))
		return fail_bad_value(
		    "--cache-limit", value, "a size such as 500M or 5G, or 0", err);
	options->prunes_cache = true;
	return 0;
}

static const struct option options[] = {
    {'n', "dry-run", NULL, "Only print what would be removed", take_dry_run},
    {0, "force", NULL,
	"Remove all built files of a product, also those that its build "
	"state does not list",
	take_force},
    {0, "trust", "DIR", TRUST_HELP, take_trust},
    {0, "cache", NULL, "Also empty the cache", take_cache},
    {0, "cache-directory", "DIR",
	"Directory of the cache (default: kiln in the user's cache "
	"directory); implies --cache",
	take_cache_directory},
    {0, "cache-limit", "SIZE",
	"Shrink the cache to this size instead of emptying it, in bytes or "
	"with K, M, G, T; implies --cache",
	take_cache_limit},
    {0, "color", "WHEN", "Colour messages: auto (on a terminal), always, never", take_common_color},
    {0, "log", "FORM", "text (the default), or json: one object per event on standard error",
	take_common_log},
    {'q', "quiet", NULL, "Print no summary", take_common_quiet},
    {'h', "help", NULL, "Print this help", NULL},
    OPTIONS_END,
};

static void add_event(const struct clean_result *result, double seconds, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "event", "summary");
	json_member_integer(&json, "removed", (int64_t)result->removed);
	json_member_integer(&json, "cache-removed", (int64_t)result->cache.removed);
	json_member_integer(&json, "cache-removed-bytes", (int64_t)result->cache.removed_bytes);
	json_key(&json, "duration");
	json_number(&json, seconds);
	json_object_end(&json);
	str_addc(ret, '\n');
}

static void summarize(
    struct reporter *reporter, const struct settings *settings, const struct clean_result *result)
{
	double seconds = reporter_elapsed(reporter);
	autostr struct str text = STR_INIT;

	if (settings->common.quiet)
		return;
	if (reporter->json) {
		add_event(result, seconds, &text);
	} else {
		str_addf(&text, "kiln: %zu %sremoved", result->removed,
		    settings->clean.is_dry ? "to be " : "");
		if (result->cache.removed)
			str_addf(&text, ", %ju of the cache (%.1f MB)",
			    (uintmax_t)result->cache.removed,
			    (double)result->cache.removed_bytes / 1e6);
		str_addf(&text, " in %.2f s\n", seconds);
	}
	reporter_print(reporter, str_slice(&text));
}

static int run_clean(struct reporter *reporter, const struct settings *settings, struct error **err)
{
	autostr struct str plan = STR_INIT;
	struct clean_result result;

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
	autoarguments struct arguments arguments = {NULL, 0, false};
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int status = option_parse(command, argc, argv, &settings, &arguments, &error);

	if (status == 0 && arguments.help)
		return command_print_help(command);
	/* Errors have the form that was asked for before them. */
	common_reporter(&settings.common, &reporter);
	signals_install();
	settings.clean.targets = arguments.items;
	settings.clean.trusted = &settings.trusted;
	if (status == 0)
		status = run_clean(&reporter, &settings, &error);
	return status < 0 ? command_fail_to(&reporter, error) : status;
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
