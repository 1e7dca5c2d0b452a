#include "command/product_options.h"

#include <errno.h>

#include "build/cc_instruction.h"
#include "jobs/cpu_count.h"
#include "python/interpreter.h"

#define TIMEOUT_LIMIT 1000000 /* seconds */

static struct product_settings *given(void *settings)
{
	struct product_settings *product = settings;

	product->is_given = true;
	return product;
}

int take_product_context(void *settings, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("--context", value, "a directory", err);
	given(settings)->build.session.context = value;
	return 0;
}

int trust_directory(struct fields *trusted, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("--trust", value, "a directory", err);
	fields_adds(trusted, value);
	return 0;
}

int take_product_trust(void *settings, const char *value, struct error **err)
{
	return trust_directory(&given(settings)->trusted, value, err);
}

/* A word that may stand in a conclusion of a context. */
static bool is_word(const char *value)
{
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c <= ' ' || strchr("|!&:[]\"/\x7f", *c))
			return false;
	}
	return *value && slice_is_utf8(slice_c(value));
}

int take_product_mode(void *settings, const char *value, struct error **err)
{
	if (!is_word(value))
		return fail_bad_value("--mode", value, "a word such as executable", err);
	if (!fields_have(&given(settings)->modes, slice_c(value)))
		fields_adds(&given(settings)->modes, value);
	return 0;
}

static void add_feature(void *settings, const char *name)
{
	if (!fields_have(&given(settings)->features, slice_c(name)))
		fields_adds(&given(settings)->features, name);
}

int take_product_optimal(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	add_feature(settings, "optimal");
	return 0;
}

int take_product_debug(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	add_feature(settings, "debug");
	return 0;
}

int take_product_feature(void *settings, const char *value, struct error **err)
{
	if (!is_word(value))
		return fail_bad_value("--feature", value, "a word such as portable", err);
	add_feature(settings, value);
	return 0;
}

int take_product_layout(void *settings, const char *value, struct error **err)
{
	enum image_layout *layout = &given(settings)->build.session.layout;

	if (strcmp(value, "product") == 0)
		*layout = LAYOUT_PRODUCT;
	else if (strcmp(value, "fint") == 0)
		*layout = LAYOUT_FINT;
	else
		return fail_bad_value("--image-layout", value, "product, fint", err);
	return 0;
}

int take_product_index(void *settings, const char *value, struct error **err)
{
	enum index_update *index = &given(settings)->build.session.index;

	if (strcmp(value, "missing") == 0)
		*index = INDEX_MISSING;
	else if (strcmp(value, "never") == 0)
		*index = INDEX_NEVER;
	else if (strcmp(value, "always") == 0)
		*index = INDEX_ALWAYS;
	else
		return fail_bad_value("--update-index", value, "missing, never, always", err);
	return 0;
}

int take_product_verbose(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct product_settings *)settings)->build.session.is_verbose = true;
	return 0;
}

int take_product_dry_run(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->is_dry = true;
	return 0;
}

int take_product_rebuild(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->build.session.is_forced = true;
	return 0;
}

int take_product_rebuild_all(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->build.session.forces_needs = true;
	return 0;
}

int take_product_keep_going(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->build.fail_fast = false;
	return 0;
}

int take_product_fail_fast(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->build.fail_fast = true;
	return 0;
}

/* Of images of both kinds. */
int take_product_digits(void *settings, const char *value, struct error **err)
{
	int digits;

	(void)settings; /* it is the interpreter's */
	if (digits_parse("--int-max-str-digits", value, &digits, err) < 0)
		return -1;
	interpreter_limit_digits(digits);
	return 0;
}

int take_product_timeout(void *settings, const char *value, struct error **err)
{
	return option_number(
	    "--timeout", value, 1, TIMEOUT_LIMIT, &given(settings)->build.session.timeout, err);
}

int take_product_cache(void *settings, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("--cache", value, "a directory", err);
	given(settings)->build.cache = value;
	return 0;
}

int take_product_no_cache(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	given(settings)->build.no_cache = true;
	return 0;
}

bool product_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	struct slice digits = slice_c(text);
	const char *unit = digits.len ? strchr(units, digits.data[digits.len - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	digits.len -= unit != NULL;
	if (!slice_number(digits, ret) || *ret > UINT64_MAX >> shift)
		return false;
	*ret <<= shift;
	return true;
}

int take_product_cache_limit(void *settings, const char *value, struct error **err)
{
	uint64_t *limit = &given(settings)->build.cache_limit;

	if (!product_size(value, limit) || !*limit)
		return fail_bad_value("--cache-limit", value, "a size such as 500M or 5G", err);
	return 0;
}

void product_complete(struct product_settings *settings, const char *const *targets)
{
	struct build_options *options = &settings->build;

	if (!settings->modes.count)
		fields_adds(&settings->modes, "executable");
	options->session.targets = targets;
	options->session.modes = &settings->modes;
	options->session.features = &settings->features;
	options->session.trusted = &settings->trusted;
	options->session.reads_only = settings->is_dry;
	if (!options->cache_limit)
		options->cache_limit = CACHE_LIMIT;
	options->workers = settings->common.workers ? settings->common.workers : cpu_count();
}

void product_settings_release(struct product_settings *settings)
{
	fields_release(&settings->modes);
	fields_release(&settings->features);
	fields_release(&settings->trusted);
}

static void add_event(
    const struct build_result *result, unsigned workers, double seconds, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "event", "summary");
	json_member_integer(&json, "processed", (int64_t)result->processed);
	json_member_integer(&json, "cached", (int64_t)result->cached);
	json_member_integer(&json, "current", (int64_t)result->current);
	json_member_integer(&json, "failed", (int64_t)result->failed);
	json_member_integer(&json, "skipped", (int64_t)result->skipped);
	json_member_integer(&json, "removed", (int64_t)result->removed);
	json_member_integer(&json, "commands", (int64_t)result->commands);
	json_member_integer(&json, "workers", workers);
	json_member_integer(&json, "memory", (int64_t)result->usage.memory);
	json_key(&json, "processor");
	json_number(&json, result->usage.seconds);
	json_key(&json, "duration");
	json_number(&json, seconds);
	json_object_end(&json);
	str_addc(ret, '\n');
}

static void add_count(struct str *ret, size_t count, const char *what)
{
	if (count)
		str_addf(ret, ", %zu %s", count, what);
}

static void summarize(struct reporter *reporter, const struct product_settings *settings,
    const struct build_result *result)
{
	double seconds = reporter_elapsed(reporter);
	autostr struct str text = STR_INIT;

	if (settings->common.quiet)
		return;
	if (reporter->json) {
		add_event(result, settings->build.workers, seconds, &text);
	} else {
		str_addf(&text, "kiln: %zu %s", result->processed,
		    settings->is_dry ? "to be processed" : "processed");
		add_count(&text, result->cached, "cached");
		add_count(&text, result->current, "current");
		add_count(&text, result->failed, "failed");
		add_count(&text, result->skipped, "skipped");
		add_count(&text, result->removed, settings->is_dry ? "to be removed" : "removed");
		str_addf(&text, " in %.2f s\n", seconds);
	}
	reporter_print(reporter, str_slice(&text));
}

int product_run(struct reporter *reporter, struct product_settings *settings, bool *ret_failed,
    struct error **err)
{
	autostr struct str plan = STR_INIT;
	struct build_result result;

	if (settings->is_dry ? build_dry_run(&settings->build, reporter, &plan, &result, err) < 0
			     : build_products(&settings->build, reporter, &result, err) < 0)
		return -1;
	if (command_write(str_slice(&plan), err) < 0)
		return -1;
	summarize(reporter, settings, &result);
	*ret_failed = result.failed || result.skipped;
	return 0;
}
