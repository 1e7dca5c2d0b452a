#include "python/make.h"

#include "base/file.h"
#include "base/tree.h"
#include "python/instrument.h"
#include "python/source.h"
#include "python/unit.h"

static int store(struct place target, struct slice data, struct error **err)
{
	if (tree_make_parents(target, err) < 0)
		return -1;
	return file_replace(target, data, file_default_mode(), 0, err);
}

static struct slice optional_slice(const char *string)
{
	return string ? slice_c(string) : SLICE_LITERAL("");
}

/* The facts that a unit records of a source that was read with this stat. */
static int describe_source(struct slice bytes, const struct stat *stat, const char *origin,
    const struct make_options *options, struct unit_facts *ret, struct error **err)
{
	const char *recorded = options->recorded ? options->recorded : origin;

	*ret = (struct unit_facts){
	    .origin = slice_c(recorded),
	    .factor = optional_slice(options->factor),
	    .metrics_trap = optional_slice(options->metrics_trap),
	    .instrumentation = options->instrumentation,
	    .optimize = options->optimize == MAKE_OPTIMIZE_NONE ? MAKE_OPTIMIZE_DEFAULT
								: options->optimize,
	    .check = options->has_check ? options->check : CHECK_NEVER,
	    .source = {.size = bytes.len, .siphash = source_siphash(bytes)},
	};
	/* Only if the unit is checked by time: else units of equal sources would differ. */
	if (ret->check == CHECK_TIME)
		ret->source.mtime = stat->st_mtime;
	return source_hash(bytes, options->encoding, origin, &ret->source_hash, err);
}

int tree_inject_identity(
    struct tree *tree, const char *factor, const struct hash *source, struct error **err)
{
	char hex[2 * HASH_SIZE + 1];
	struct constant constants[2];
	size_t count = 0;

	hash_hex(source, hex);
	if (factor)
		constants[count++] = (struct constant){"__factor__", factor};
	constants[count++] = (struct constant){"__source_hash__", hex};
	return tree_inject(tree, constants, count, err);
}

int mkast(struct place target, const char *origin, const struct make_options *options,
    struct notes *notes, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	autostr struct str unit = STR_INIT;
	autotree struct tree *tree = NULL;
	struct tree_source source;
	struct unit_facts facts;
	struct stat stat;

	if (file_read(origin, FILE_READ_LIMIT, &bytes, &stat, err) < 0)
		return -1;
	source = (struct tree_source){
	    .bytes = str_slice(&bytes),
	    .shown = origin,
	    .recorded = options->recorded ? options->recorded : origin,
	    .encoding = options->encoding,
	    .is_laid_out = options->instrumentation,
	};
	if (tree_parse(&source, notes, &tree, err) < 0)
		return -1;
	if (describe_source(source.bytes, &stat, origin, options, &facts, err) < 0)
		return -1;
	if (tree_instrument(
		tree, options->instrumentation, options->encoding, &facts.source_hash, err) < 0)
		return -1;
	if (tree_inject_identity(tree, options->factor, &facts.source_hash, err) < 0)
		return -1;
	if (unit_write(tree, &facts, &unit, err) < 0)
		return -1;
	return store(target, str_slice(&unit), err);
}

static int inject_trap(struct tree *tree, const struct make_options *options,
    const struct unit_facts *facts, struct error **err)
{
	autofree char *kept = xmemdup0(facts->metrics_trap.data, facts->metrics_trap.len);
	struct constant trap = {
	    "__metrics_trap__", options->metrics_trap ? options->metrics_trap : kept};

	return *trap.value ? tree_inject(tree, &trap, 1, err) : 0;
}

static int chosen_level(const struct make_options *options, const struct unit_facts *facts)
{
	if (facts->instrumentation)
		return 0;
	return options->optimize == MAKE_OPTIMIZE_NONE ? facts->optimize : options->optimize;
}

int mkbytecode(struct place target, struct place unit, const struct make_options *options,
    struct notes *notes, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	autostr struct str result = STR_INIT;
	autotree struct tree *tree = NULL;
	autocode struct code *code = NULL;
	struct unit_facts facts;
	enum check check;

	if (file_read_place(unit, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	if (unit_read(str_slice(&bytes), unit.shown, &facts, &tree, err) < 0)
		return -1;
	check = options->has_check ? options->check : facts.check;
	if (check == CHECK_TIME && facts.check != CHECK_TIME)
		return fail_at(err, unit.shown, 0, 0, NULL,
		    "the unit does not record the time of its source: translate the source with "
		    "'check time' too");
	if (inject_trap(tree, options, &facts, err) < 0)
		return -1;
	if (tree_compile(tree, chosen_level(options, &facts), notes, &code, err) < 0)
		return -1;
	pyc_add_header(&result, check, &facts.source);
	if (code_marshal(code, &result, err) < 0)
		return -1;
	return store(target, str_slice(&result), err);
}
