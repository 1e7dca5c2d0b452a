#include "compare.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "python/internal.h"
#include "python/interpreter.h"
#include "python/parse/parse.h"

static PyObject *name;
static struct slice current; /* the source, for who looks after a crash */

/* Writes what cannot be written nowhere else. */
static void show_source(int number)
{
	(void)!write(STDERR_FILENO, current.data, current.len);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

bool compare_start(void)
{
	(void)signal(SIGSEGV, show_source);
	(void)signal(SIGABRT, show_source);
	if (interpreter_start(NULL) < 0)
		return false;
	name = PyUnicode_FromString("source");
	/* Also those that the program ignores. */
	return name && PyRun_SimpleString(
			   "import warnings\n"
			   "warnings.filters[:] = [('always', None, Warning, None, 0)]\n") == 0;
}

static void cleanup_arena(PyArena **arena)
{
	_PyArena_Free(*arena);
}
#define autoarena CLEANUP(cleanup_arena)

static enum comparison compare(mod_ty module, struct slice text)
{
	autoarena PyArena *arena = _PyArena_New();
	PyCompilerFlags flags = {PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE, PY_MINOR_VERSION};
	autonotes struct notes notes = {NULL, 0};
	mod_ty expected;

	python_collect_warnings(&notes, "source");
	expected = version_parse(text.data, name, &flags, arena);
	python_collect_warnings(NULL, NULL);
	if (!expected) {
		PyErr_Clear();
		return COMPARED_ACCEPTED;
	}
	if (notes.count)
		return COMPARED_SILENT;
	if (!python_same_trees(module, expected))
		return COMPARED_DIFFERENT;
	return COMPARED_EQUAL;
}

static bool same_marks(const struct layout_marks *a, const struct layout_marks *b)
{
	return slice_equal(slice_of((const char *)a->at, a->count * sizeof(*a->at)),
	    slice_of((const char *)b->at, b->count * sizeof(*b->at)));
}

/* Whether a layout is the one of the text. */
static bool is_layout(const struct layout *layout, struct slice text)
{
	autolayout struct layout expected = {.text = {NULL, 0}};
	bool same;

	str_add_lines(&expected.decoded, text);
	expected.text = str_slice(&expected.decoded);
	layout_find(&expected);
	same = slice_equal(layout->text, expected.text) && layout->ascii == expected.ascii;
	for (size_t i = 0; i < LAYOUT_KINDS; i++)
		same = same && same_marks(&layout->marks[i], &expected.marks[i]);
	return same;
}

static enum comparison compare_each(struct slice text, bool layouts_only)
{
	autoarena PyArena *arena = _PyArena_New();
	autolayout struct layout layout = {.text = {NULL, 0}};
	mod_ty module;
	enum comparison result;

	current = text;
	module = parse_module(text, arena, &layout);
	if (module) {
		result = layouts_only ? COMPARED_EQUAL : compare(module, text);
		return result == COMPARED_EQUAL && !is_layout(&layout, text) ? COMPARED_LAYOUT
									     : result;
	}
	if (PyErr_Occurred()) {
		PyErr_Print();
		abort();
	}
	return COMPARED_REFUSED;
}

enum comparison compare_parsers(struct slice text)
{
	return compare_each(text, false);
}

enum comparison compare_layouts(struct slice text)
{
	return compare_each(text, true);
}

const char *comparison_fault(enum comparison comparison)
{
	switch (comparison) {
	case COMPARED_DIFFERENT:
		return "the trees differ";
	case COMPARED_ACCEPTED:
		return "CPython refuses it";
	case COMPARED_SILENT:
		return "CPython warns";
	case COMPARED_LAYOUT:
		return "the layouts differ";
	default:
		return NULL;
	}
}

void compare_print(struct slice text, const char *fault)
{
	printf("# %s: ", fault);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\n')
			printf("\\n");
		else if (c < ' ' || c >= 0x7f || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar('\n');
}
