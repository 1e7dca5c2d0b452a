#include "command/common.h"

#include "jobs/signals.h"

int common_run(const struct command *command, int argc, char **argv, void *settings,
    int (*body)(struct reporter *reporter, void *settings, const struct arguments *arguments,
	struct error **err))
{
	const struct common *common = settings;
	autoarguments struct arguments arguments = {NULL, 0, false};
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int status = option_parse(
	    command, argc, (const char *const *)argv, settings, &arguments, &error);

	if (status == 0 && arguments.help)
		return command_print_help(command);
	/* Options before a wrong one decide the form of its error. */
	reporter_init(&reporter, common->color, common->progress);
	reporter.json = common->json;
	signals_install();
	if (status == 0)
		status = body(&reporter, settings, &arguments, &error);
	return status < 0 ? command_fail_to(&reporter, error) : status;
}

bool summary_begin(struct summary *summary, struct reporter *reporter, const struct common *common)
{
	if (common->quiet)
		return false;
	*summary = (struct summary){.reporter = reporter, .text = STR_INIT};
	if (reporter->json) {
		json_begin(&summary->json, &summary->text);
		json_object(&summary->json);
		json_member(&summary->json, "event", "summary");
	}
	return true;
}

void summary_member(struct summary *summary, const char *key, const char *value)
{
	if (summary->reporter->json)
		json_member(&summary->json, key, value);
}

void summary_count(struct summary *summary, const char *key, size_t count, const char *word)
{
	if (summary->reporter->json && key)
		json_member_integer(&summary->json, key, (int64_t)count);
	if (summary->reporter->json || !word)
		return;
	str_adds(&summary->text, summary->text.len ? ", " : "kiln: ");
	str_add_count(&summary->text, count, word);
}

void summary_some(struct summary *summary, const char *key, size_t count, const char *word)
{
	summary_count(summary, key, count, count ? word : NULL);
}

void summary_usage(struct summary *summary, unsigned workers, const struct worker_pool_usage *usage)
{
	summary_count(summary, "workers", workers, NULL);
	summary_count(summary, "memory", usage->memory, NULL);
	if (summary->reporter->json) {
		json_key(&summary->json, "processor");
		json_number(&summary->json, usage->seconds);
	}
}

void summary_end(struct summary *summary, const char *made)
{
	double seconds = reporter_elapsed(summary->reporter);
	struct str *text = &summary->text;

	if (summary->reporter->json) {
		json_key(&summary->json, "duration");
		json_number(&summary->json, seconds);
		json_object_end(&summary->json);
	} else {
		str_addf(text, " in %.2f s%s", seconds, made ? ": " : "");
		str_add_printable(text, slice_c(made ? made : ""));
	}
	str_addc(text, '\n');
	reporter_print(summary->reporter, str_slice(text));
	str_release(text);
}
