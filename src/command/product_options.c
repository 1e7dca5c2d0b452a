#include "command/product_options.h"

#include "build/cc_instruction.h"
#include "jobs/cpu_count.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "ship/compile_bytecode.h"

/* Whether a value is a word that may stand in a conclusion of a context. */
static bool is_word(const char *value)
{
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c <= ' ' || strchr("|!&:[]\"/\x7f", *c))
			return false;
	}
	return *value && slice_is_utf8(slice_c(value));
}

static void add_once(struct fields *fields, const char *word)
{
	if (!fields_have(fields, slice_c(word)))
		fields_adds(fields, word);
}

int take_product_mode(void *settings, const char *value, struct error **err)
{
	if (!is_word(value))
		return fail_bad_value("--mode", value, "a word such as executable", err);
	add_once(&((struct product_settings *)settings)->modes, value);
	return 0;
}

int take_product_feature(void *settings, const char *value, struct error **err)
{
	if (!is_word(value))
		return fail_bad_value("--feature", value, "a word such as portable", err);
	add_once(&((struct product_settings *)settings)->features, value);
	return 0;
}

/* For built files and images alike. */
int take_product_digits(void *settings, const char *value, struct error **err)
{
	int digits;

	(void)settings; /* the interpreter has it */
	if (digits_parse("--int-max-str-digits", value, &digits, err) < 0)
		return -1;
	interpreter_limit_digits(digits);
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
	uint64_t *limit = &((struct product_settings *)settings)->build.cache_limit;

	if (!product_size(value, limit) || !*limit)
		return fail_bad_value("--cache-limit", value, "a size such as 500M or 5G", err);
	return 0;
}

int product_instrument(
    const struct product_settings *settings, struct compile_options *compile, struct error **err)
{
	for (size_t i = 0; i < settings->features.count; i++) {
		unsigned features;

		if (instrument_of_words(fields_at(&settings->features, i), &features))
			compile->instrumentation |= features;
	}
	if (compile->instrumentation &&
	    (compile->cpython || compile->levels[1] || compile->levels[2]))
		return fail(err, ERROR_USAGE,
		    "--coverage and --profile compile at level 0, and not as CPython does: leave "
		    "out --optimize and --pyc-bytes");
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
	options->session.variants = &settings->variants;
	options->session.read_only = settings->is_dry;
	if (!options->cache_limit)
		options->cache_limit = CACHE_LIMIT;
	options->workers = settings->common.workers ? settings->common.workers : cpu_count();
}

int product_choose(
    struct product_settings *settings, const char *const *sources, bool is_deep, struct error **err)
{
	for (size_t i = 0; i < settings->variants.count; i++) {
		autostr struct str version = STR_INIT;

		if (installed_version_of(fields_at(&settings->variants, i), &version))
			fields_add(&settings->pythons, str_slice(&version));
	}
	if (installed_read(&settings->installed, err) < 0 ||
	    pythons_choose(&settings->pythons, sources, is_deep, &settings->installed,
		&settings->versions, err) < 0)
		return -1;
	for (size_t i = 0; i < settings->versions.count; i++) {
		autofree char *variant = installed_variant(fields_at(&settings->versions, i));

		str_addf(&settings->architectures, "%s%s", i ? " " : "", variant);
	}
	settings->build.session.pythons = str_c(&settings->architectures);
	settings->build.session.installed = &settings->installed;
	return 0;
}

void product_settings_release(struct product_settings *settings)
{
	fields_release(&settings->modes);
	fields_release(&settings->features);
	fields_release(&settings->trusted);
	fields_release(&settings->variants);
	fields_release(&settings->pythons);
	fields_release(&settings->versions);
	installed_release(&settings->installed);
	str_release(&settings->architectures);
}

static void summarize(struct reporter *reporter, const struct product_settings *settings,
    const struct build_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, reporter, &settings->common))
		return;
	summary_count(&summary, "processed", result->processed,
	    settings->is_dry ? "to be processed" : "processed");
	summary_some(&summary, "cached", result->cached, "cached");
	summary_some(&summary, "current", result->current, "current");
	summary_some(&summary, "failed", result->failed, "failed");
	summary_some(&summary, "skipped", result->skipped, "skipped");
	summary_some(
	    &summary, "removed", result->removed, settings->is_dry ? "to be removed" : "removed");
	summary_count(&summary, "commands", result->commands, NULL);
	summary_usage(&summary, settings->build.workers, &result->usage);
	summary_end(&summary, NULL);
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
