#include "support.h"

void start_python(void)
{
	struct error *error = NULL;

	ck_ok(interpreter_start(&error), error);
}

struct tree *parse(const char *text)
{
	struct tree_source source = {slice_c(text), "shown.py", "recorded.py", NULL};
	struct error *error = NULL;
	struct tree *tree = NULL;

	ck_ok(tree_parse(&source, NULL, &tree, &error), error);
	return tree;
}

struct code *compile(struct tree *tree, int level)
{
	struct error *error = NULL;
	struct code *code = NULL;

	ck_ok(tree_compile(tree, level, NULL, &code, &error), error);
	tree_free(tree);
	return code;
}

void add_bytecode(struct str *ret, const char *text)
{
	autocode struct code *code = compile(parse(text), 0);
	struct error *error = NULL;

	ck_ok(code_marshal(code, ret, &error), error);
}

void add_unit(struct str *ret, const char *text, const struct unit_facts *facts)
{
	autotree struct tree *tree = parse(text);
	struct error *error = NULL;

	ck_ok(unit_write(tree, facts, ret, &error), error);
}
