/* The units of the C library for Python. */
#include <Python.h>

#include "gauge/text.h"
#include "gauge/units.h"

static PyObject *convert(PyObject *self, PyObject *args)
{
	const char *from_name, *to_name;
	const struct unit *from, *to;
	double value, result;

	(void)self;
	if (!PyArg_ParseTuple(args, "dss:convert", &value, &from_name, &to_name))
		return NULL;
	from = unit_find(from_name);
	to = unit_find(to_name);
	if (!from || !to)
		return PyErr_Format(PyExc_LookupError, "no unit '%s'", from ? to_name : from_name);
	if (!unit_convert(value, from, to, &result))
		return PyErr_Format(PyExc_ValueError, "'%s' and '%s' are of different quantities",
		    from_name, to_name);
	return PyFloat_FromDouble(result);
}

static PyObject *units(PyObject *self, PyObject *args)
{
	size_t count;
	const struct unit *all = units_all(&count);
	PyObject *names = PyTuple_New((Py_ssize_t)count);

	(void)self;
	(void)args;
	for (size_t i = 0; names && i < count; i++) {
		PyObject *name = PyUnicode_FromString(all[i].name);

		if (!name) {
			Py_DECREF(names);
			return NULL;
		}
		PyTuple_SET_ITEM(names, (Py_ssize_t)i, name);
	}
	return names;
}

static PyObject *write_number(PyObject *self, PyObject *value)
{
	char text[NUMBER_SIZE];
	double number = PyFloat_AsDouble(value);

	(void)self;
	if (PyErr_Occurred())
		return NULL;
	number_write(number, text, sizeof(text));
	return PyUnicode_FromString(text);
}

static PyMethodDef methods[] = {
    {"convert", convert, METH_VARARGS, "Convert a value from one unit to another."},
    {"units", units, METH_NOARGS, "The names of all units."},
    {"write", write_number, METH_O, "A number as text."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_native(void)
{
	return PyModule_Create(&definition);
}
