#include "build/cc_instruction.h"

#include <limits.h>

#include "base/path.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "record/chapter.h"

int digits_parse(const char *name, const char *value, int *ret, struct error **err)
{
	uint64_t number;

	if (!slice_number(slice_c(value), &number) || number > INT_MAX ||
	    (number && number < DIGITS_LEAST))
		return fail_bad_value(name, value, "0 (no limit), or 640 to 2147483647", err);
	*ret = (int)number;
	return 0;
}

static int set_format(struct cc_instruction *instruction, const char *value, struct error **err)
{
	static const char possible[] =
	    "python.psf-v3, python.pyi, python.ast, text.kleptic, kleptic.fault-1 or "
	    "directory.tree";
	struct slice rest = slice_c(value), language;

	(void)slice_next(&rest, '.', &language); /* always a first part, maybe empty */
	if (!rest.data)
		return fail_bad_value("format", value, possible, err);
	if (slice_is(language, "directory")) {
		if (!slice_is(rest, "tree"))
			return fail_bad_value("format", value, "directory.tree", err);
		instruction->kind = INSTRUCTION_ARCHIVE;
		return 0;
	}
	if (slice_is(language, "text")) {
		if (!slice_is(rest, "kleptic") && !slice_is(rest, "fault"))
			return fail_bad_value("format", value, "text.kleptic or text.fault", err);
		instruction->kind = INSTRUCTION_CHAPTER;
		return 0;
	}
	if (slice_is(language, "kleptic")) {
		if (!slice_is(rest, "fault-1"))
			return fail_bad_value("format", value, "kleptic.fault-1", err);
		instruction->kind = INSTRUCTION_CHAPTER;
		return 0;
	}
	if (!slice_is(language, "python"))
		return fail_bad_value("format", value, possible, err);
	if (slice_is(rest, "ast"))
		instruction->kind = INSTRUCTION_REDUCE;
	else if (slice_is(rest, "psf-v3") || slice_is(rest, "pyi"))
		instruction->kind = INSTRUCTION_TRANSLATE;
	else
		return fail_bad_value(
		    "format", value, "python.psf-v3, python.pyi or python.ast", err);
	return 0;
}

static int set_factor(struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!path_is_factor(slice_c(value)))
		return fail_bad_value(
		    "factor", value, "an absolute factor path such as fault.system", err);
	instruction->make.factor = value;
	return 0;
}

static int set_optimize(struct cc_instruction *instruction, const char *value, struct error **err)
{
	static const char *const levels[] = {"-1", "0", "1", "2"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(value, levels[i]) == 0) {
			instruction->make.optimize = i - 1;
			return 0;
		}
	}
	return fail_bad_value("cpython-optimize", value, "-1, 0, 1 or 2", err);
}

static int set_instrumentation(
    struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!instrument_of_words(slice_c(value), &instruction->make.instrumentation))
		return fail_bad_value("instrumentation", value,
		    "coverage, profile, coverage:profile, or nothing", err);
	return 0;
}

static int set_metrics_trap(
    struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("metrics-trap", value, "a path", err);
	instruction->make.metrics_trap = value;
	return 0;
}

static int set_encoding(struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("encoding", value, "the name of a source encoding", err);
	instruction->make.encoding = value;
	return 0;
}

static int set_check(struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!check_of_word(slice_c(value), &instruction->make.check))
		return fail_bad_value("check", value, "never, time, hash or unchecked-hash", err);
	instruction->make.has_check = true;
	return 0;
}

static int set_origin(struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("origin", value, "the path to record", err);
	instruction->make.recorded = value;
	return 0;
}

static int set_digits(struct cc_instruction *instruction, const char *value, struct error **err)
{
	instruction->has_digits = true;
	return digits_parse("int-max-str-digits", value, &instruction->digits, err);
}

/* `context` and `project` say where a chapter stands; its elements do not depend on that. */
static int ignore_value(struct cc_instruction *instruction, const char *value, struct error **err)
{
	(void)instruction;
	(void)value;
	(void)err;
	return 0;
}

static int set_delineated(struct cc_instruction *instruction, const char *value, struct error **err)
{
	if (strcmp(value, "json") == 0)
		instruction->delineated = INSTRUCTION_DELINEATE;
	else if (strcmp(value, "archive") == 0)
		instruction->delineated = INSTRUCTION_ARCHIVE;
	else
		return fail_bad_value("delineated", value, "json or archive", err);
	return 0;
}

static const struct key {
	const char *name;
	int (*set)(struct cc_instruction *instruction, const char *value, struct error **err);
} keys[] = {
    {"format", set_format},
    {"factor", set_factor},
    {"cpython-optimize", set_optimize},
    {"instrumentation", set_instrumentation},
    {"metrics-trap", set_metrics_trap},
    {"delineated", set_delineated},
    {"encoding", set_encoding},
    {"check", set_check},
    {"origin", set_origin},
    {"int-max-str-digits", set_digits},
    {"context", ignore_value},
    {"project", ignore_value},
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static int unknown_key(const char *name, struct error **err)
{
	autostr struct str names = STR_INIT;

	for (size_t i = 0; i < KEYS; i++)
		str_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
	return fail(err, ERROR_USAGE, "unknown key '%s': expected one of %s", name, str_c(&names));
}

static int set_key(
    struct cc_instruction *instruction, const char *name, const char *value, struct error **err)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(name, keys[i].name) != 0)
			continue;
		if (!value)
			return fail(err, ERROR_USAGE, "key '%s' needs a value", name);
		return keys[i].set(instruction, value, err);
	}
	return unknown_key(name, err);
}

int cc_instruction_parse(struct cc_instruction *instruction, char **pairs, struct error **err)
{
	for (; *pairs; pairs += 2) {
		if (set_key(instruction, pairs[0], pairs[1], err) < 0)
			return -1;
	}
	if (instruction->delineated == INSTRUCTION_DELINEATE &&
	    instruction->kind != INSTRUCTION_TRANSLATE && instruction->kind != INSTRUCTION_CHAPTER)
		return fail(err, ERROR_USAGE,
		    "'delineated json' needs format python.psf-v3, python.pyi, text.kleptic or "
		    "kleptic.fault-1");
	return 0;
}

/* The kind that the keys ask for. A chapter's elements are also its description. */
static enum cc_instruction_kind chosen_kind(const struct cc_instruction *instruction)
{
	if (instruction->delineated == INSTRUCTION_TRANSLATE ||
	    (instruction->delineated == INSTRUCTION_DELINEATE &&
		instruction->kind == INSTRUCTION_CHAPTER))
		return instruction->kind;
	return instruction->delineated;
}

static int run_instruction(struct place target, struct place source,
    const struct cc_instruction *instruction, struct notes *notes, struct error **err)
{
	enum cc_instruction_kind kind = chosen_kind(instruction);

	if (kind == INSTRUCTION_ARCHIVE)
		return replicate(target, source, err);
	if (kind == INSTRUCTION_CHAPTER)
		return chapter(target, source.shown, notes, err);
	/* The interpreter is never stopped: ending the process takes less time. */
	if (interpreter_need(err) < 0)
		return -1;
	if (kind == INSTRUCTION_DELINEATE) {
		const struct delineate_options options = {
		    .factor = instruction->make.factor,
		    .recorded = instruction->make.recorded,
		    .encoding = instruction->make.encoding,
		};

		return delineate(target, source.shown, &options, notes, err);
	}
	if (kind == INSTRUCTION_REDUCE)
		return mkbytecode(target, source, &instruction->make, notes, err);
	return mkast(target, source.shown, &instruction->make, notes, err);
}

int cc_instruction_run(struct place target, struct place source,
    const struct cc_instruction *instruction, struct notes *notes, struct error **err)
{
	int before = interpreter_digits(), result;

	if (instruction->has_digits)
		interpreter_limit_digits(instruction->digits);
	result = run_instruction(target, source, instruction, notes, err);
	interpreter_limit_digits(before);
	return result;
}
