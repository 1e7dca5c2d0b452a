#include "python/internal.h"

#include "python/nodes.h"
#include "python/parse/parse.h"
#include "python/source.h"
#include "python/values.h"

static mod_ty parse_as_cpython(struct slice bytes, PyObject *recorded, int flags, PyArena *arena)
{
	PyCompilerFlags compiler = {flags, PY_MINOR_VERSION};

	return version_parse(bytes.data, recorded, &compiler, arena);
}

bool python_same_trees(mod_ty a, mod_ty b)
{
	autostr struct str nodes_a = STR_INIT, nodes_b = STR_INIT;
	CLEANUP(values_release) struct values values = {0};
	int result_a = nodes_write(a, "a", &values, &nodes_a, NULL);
	int result_b = nodes_write(b, "b", &values, &nodes_b, NULL);

	return result_a == result_b && slice_equal(str_slice(&nodes_a), str_slice(&nodes_b));
}

/* A difference is a fault of parse_module(), and must not go unseen. */
static void compare(mod_ty module, mod_ty expected, PyObject *recorded)
{
	if (expected && python_same_trees(module, expected))
		return;
	PyErr_Clear();
	fprintf(stderr, "kiln: %s: the parsers differ\n", PyUnicode_AsUTF8(recorded));
	abort();
}

/* The text of a source that CPython takes for UTF-8, and that is UTF-8. */
static bool find_utf8(struct slice bytes, int flags, struct slice *ret)
{
	const struct slice mark = SLICE_LITERAL("\xef\xbb\xbf");

	*ret = bytes;
	if (flags & PyCF_IGNORE_COOKIE)
		return true;
	if (!slice_is(source_encoding(bytes, NULL), "utf-8"))
		return false;
	if (slice_starts(bytes, mark))
		*ret = slice_from(bytes, mark.len);
	return slice_is_utf8(bytes);
}

mod_ty python_parse(
    struct slice bytes, PyObject *recorded, int flags, PyArena *arena, struct layout *layout)
{
	const char *parser = getenv(TREE_PARSER);
	bool is_cpython = parser && strcmp(parser, "cpython") == 0;
	bool is_both = parser && strcmp(parser, "both") == 0;
	mod_ty module = NULL;
	struct slice text;

	if (!is_cpython && find_utf8(bytes, flags, &text)) {
		module = parse_module(text, arena, layout);
		if (!module && PyErr_Occurred())
			return NULL;
		if (module && layout)
			layout->plain = layout->text.data == bytes.data;
	}
	if (module && is_both)
		compare(module, parse_as_cpython(bytes, recorded, flags, arena), recorded);
	return module ? module : parse_as_cpython(bytes, recorded, flags, arena);
}
