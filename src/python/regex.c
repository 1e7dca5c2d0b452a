#include "python/regex.h"

#include "python/internal.h"

#include "python/interpreter.h"

struct regex {
	PyObject *search; /* the bound method, owned */
};

static int fail_regex(struct error **err)
{
	(void)python_fail(err, NULL, SLICE_LITERAL(""));
	if (err && error_is_local(*err)) /* else memory ran out */
		(*err)->kind = ERROR_USAGE;
	return -1;
}

int regex_new(const char *pattern, struct regex **ret, struct error **err)
{
	py_owned PyObject *module = NULL;
	py_owned PyObject *text = NULL;
	py_owned PyObject *compiled = NULL;
	PyObject *search;

	if (interpreter_need(err) < 0)
		return -1;
	module = PyImport_ImportModule("re");
	text = python_path(pattern);
	if (module && text)
		compiled = PyObject_CallMethod(module, "compile", "O", text);
	search = compiled ? PyObject_GetAttrString(compiled, "search") : NULL;
	if (!search)
		return fail_regex(err);
	*ret = xmalloc(sizeof(**ret));
	(*ret)->search = search;
	return 0;
}

int regex_search(const struct regex *regex, struct slice path, bool *ret, struct error **err)
{
	py_owned PyObject *text = NULL;
	py_owned PyObject *found = NULL;

	text = python_path_of(path);
	if (text)
		found = PyObject_CallOneArg(regex->search, text);
	if (!found)
		return fail_regex(err);
	*ret = found != Py_None;
	return 0;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	Py_DECREF(regex->search);
	free(regex);
}
