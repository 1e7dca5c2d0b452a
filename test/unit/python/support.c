#include "support.h"

void start_python(void)
{
	struct error *error = NULL;

	ck_ok(interpreter_start(&error), error);
}

static struct tree *parse_source(const struct tree_source *source)
{
	struct error *error = NULL;
	struct tree *tree = NULL;

	ck_ok(tree_parse(source, NULL, &tree, &error), error);
	return tree;
}

struct tree *parse(const char *text)
{
	struct tree_source source = {slice_c(text), "shown.py", "recorded.py", NULL};

	return parse_source(&source);
}

struct code *compile(struct tree *tree, int level)
{
	struct error *error = NULL;
	struct code *code = NULL;

	ck_ok(tree_compile(tree, level, NULL, &code, &error), error);
	tree_free(tree);
	return code;
}

static void add_code(struct str *ret, struct tree *tree)
{
	autocode struct code *code = compile(tree, 0);
	struct error *error = NULL;

	ck_ok(code_marshal(code, ret, &error), error);
}

void add_bytecode(struct str *ret, const char *text)
{
	add_code(ret, parse(text));
}

void add_source_bytecode(struct str *ret, const struct tree_source *source)
{
	add_code(ret, parse_source(source));
}

void add_unit(struct str *ret, const char *text, const struct unit_facts *facts)
{
	autotree struct tree *tree = parse(text);
	struct error *error = NULL;

	ck_ok(unit_write(tree, facts, ret, &error), error);
}
