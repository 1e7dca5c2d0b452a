#include "python/toml.h"

#include "python/internal.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/packing.h"
#include "base/spawn.h"
#include "python/interpreter.h"

/* Integers from here on are not exact as doubles. */
#define INTEGER_LIMIT (1LL << 53)

/* A walk over the text that knows of brackets, keys, strings and comments only. Of a text that is
 * no TOML it may see too much, never too little: tomllib stops where the text goes wrong. */
struct skimmer {
	struct slice text;
	size_t at;
	size_t depth; /* of brackets */
	size_t parts; /* of the key, counted by its dots */
};

static bool looks_at(const struct skimmer *skimmer, const char *word)
{
	struct slice rest = slice_of(
	    skimmer->text.data + skimmer->at, skimmer->text.len - skimmer->at);

	return slice_starts(rest, slice_c(word));
}

static void skip_comment(struct skimmer *skimmer)
{
	while (skimmer->at < skimmer->text.len && skimmer->text.data[skimmer->at] != '\n')
		skimmer->at++;
}

static void skip_string(struct skimmer *skimmer)
{
	char quote = skimmer->text.data[skimmer->at];
	const char three[] = {quote, quote, quote, '\0'};
	bool is_long = looks_at(skimmer, three);
	const char *end = is_long ? three : three + 2;

	skimmer->at += strlen(end);
	while (skimmer->at < skimmer->text.len && !looks_at(skimmer, end)) {
		char c = skimmer->text.data[skimmer->at];

		if (c == '\n' && !is_long)
			return;
		skimmer->at += 1 + (c == '\\' && quote == '"');
	}
	skimmer->at += strlen(end);
	if (skimmer->at > skimmer->text.len)
		skimmer->at = skimmer->text.len; /* the string does not end */
	/* Two quotes more may stand at the end of a long string, and belong to it. */
	for (int more = 0; more < 2 && is_long && looks_at(skimmer, three + 2); more++)
		skimmer->at++;
}

/* An error at the byte where the skimmer is. */
static int fail_there(
    const struct skimmer *skimmer, const char *name, const char *what, struct error **err)
{
	long line = 1, column = 1;

	for (size_t i = 0; i < skimmer->at; i++) {
		unsigned char c = (unsigned char)skimmer->text.data[i];

		column = c == '\n' ? 1 : column + ((c & 0xc0) != 0x80);
		line += c == '\n';
	}
	return fail_at(err, name, line, column, NULL, "not TOML: %s", what);
}

static int check_utf8(struct slice text, const char *name, struct error **err)
{
	struct skimmer skimmer = {.text = text};

	if (slice_is_utf8(text))
		return 0;
	for (;;) {
		size_t len = slice_character(slice_from(text, skimmer.at));

		if (!len)
			return fail_there(&skimmer, name, "a byte that is not UTF-8", err);
		skimmer.at += len;
	}
}

/* Refuse what tomllib would follow by recursion, or in time that grows with the square of the text.
 */
static int check_depth(struct slice text, const char *name, struct error **err)
{
	struct skimmer skimmer = {.text = text};

	while (skimmer.at < text.len) {
		char c = text.data[skimmer.at];

		if (c == '#') {
			skip_comment(&skimmer);
			continue;
		}
		if (c == '"' || c == '\'') {
			skip_string(&skimmer);
			continue;
		}
		skimmer.depth += c == '[' || c == '{';
		skimmer.depth -= (c == ']' || c == '}') && skimmer.depth;
		skimmer.parts = c == ',' || c == '=' || c == '\n' ? 0 : skimmer.parts + (c == '.');
		if (skimmer.depth > TOML_DEPTH_LIMIT || skimmer.parts >= TOML_DEPTH_LIMIT)
			return fail_there(&skimmer, name, "nested too deep", err);
		skimmer.at++;
	}
	return 0;
}

static int write_value(struct json_writer *writer, PyObject *value);

/* Refuse a NUL, which ends the strings of C, in a key or string. */
static int check_nul(const char *utf8, Py_ssize_t len)
{
	if (!memchr(utf8, 0, (size_t)len))
		return 0;
	PyErr_Format(PyExc_ValueError, "a string with a NUL, after '%.100s'", utf8);
	return -1;
}

static int write_text(struct json_writer *writer, PyObject *text)
{
	Py_ssize_t len;
	const char *utf8 = text ? PyUnicode_AsUTF8AndSize(text, &len) : NULL;

	if (!utf8 || check_nul(utf8, len) < 0)
		return -1;
	json_string(writer, slice_of(utf8, (size_t)len));
	return 0;
}

static int write_table(struct json_writer *writer, PyObject *table)
{
	PyObject *key, *value;
	Py_ssize_t at = 0, len;

	json_object(writer);
	while (PyDict_Next(table, &at, &key, &value)) {
		const char *utf8 = PyUnicode_AsUTF8AndSize(key, &len);

		if (!utf8 || check_nul(utf8, len) < 0)
			return -1;
		json_key_slice(writer, slice_of(utf8, (size_t)len));
		if (write_value(writer, value) < 0)
			return -1;
	}
	json_object_end(writer);
	return 0;
}

static int write_array(struct json_writer *writer, PyObject *array)
{
	json_array(writer);
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(array); i++) {
		if (write_value(writer, PyList_GET_ITEM(array, i)) < 0)
			return -1;
	}
	json_array_end(writer);
	return 0;
}

static int write_integer(struct json_writer *writer, PyObject *value)
{
	py_owned PyObject *digits = NULL;
	int overflow;
	long long number = PyLong_AsLongLongAndOverflow(value, &overflow);

	if (!overflow && number >= -INTEGER_LIMIT && number <= INTEGER_LIMIT) {
		json_integer(writer, number);
		return 0;
	}
	digits = PyObject_Str(value);
	return write_text(writer, digits);
}

static int write_float(struct json_writer *writer, PyObject *value)
{
	py_owned PyObject *word = NULL;

	if (isfinite(PyFloat_AS_DOUBLE(value))) {
		json_number(writer, PyFloat_AS_DOUBLE(value));
		return 0;
	}
	word = PyObject_Str(value);
	return write_text(writer, word);
}

static int write_value(struct json_writer *writer, PyObject *value)
{
	/* Headers and keys nest each for itself: together they may be deeper than JSON is read. */
	if (writer->depth > TOML_DEPTH_LIMIT) {
		PyErr_SetString(PyExc_ValueError, "nested too deep");
		return -1;
	}
	if (PyDict_Check(value))
		return write_table(writer, value);
	if (PyList_Check(value))
		return write_array(writer, value);
	if (PyUnicode_Check(value))
		return write_text(writer, value);
	if (PyFloat_Check(value))
		return write_float(writer, value);
	if (PyBool_Check(value))
		json_bool(writer, value == Py_True);
	else
		return write_integer(writer, value);
	return 0;
}

/* The module, which takes dates as they are written. */
static PyObject *import_tomllib(void)
{
	py_owned PyObject *regex = NULL;
	py_owned PyObject *match = NULL;
	py_owned PyObject *group = NULL;
	py_owned PyObject *parser = NULL;
	PyObject *module = NULL;

	if (python_enter_library() < 0)
		return NULL;
	parser = PyImport_ImportModule("tomllib._parser");
	regex = parser ? PyImport_ImportModule("re") : NULL;
	match = regex ? PyObject_GetAttrString(regex, "Match") : NULL;
	group = match ? PyObject_GetAttrString(match, "group") : NULL;
	if (group && PyObject_SetAttrString(parser, "match_to_datetime", group) == 0 &&
	    PyObject_SetAttrString(parser, "match_to_localtime", group) == 0)
		module = PyImport_ImportModule("tomllib");
	python_leave_library();
	return module;
}

/* An exception of tomllib says "... (at line 1, column 2)". */
static int fail_parse(const char *name, struct error **err)
{
	py_owned PyObject *raised = version_take_exception();
	py_owned PyObject *text = raised ? PyObject_Str(raised) : NULL;
	const char *message = text ? PyUnicode_AsUTF8(text) : NULL;
	const char *place = message ? strstr(message, " (at line ") : NULL;
	long line = 0, column = 0;

	PyErr_Clear();
	if (place && sscanf(place, " (at line %ld, column %ld)", &line, &column) == 2)
		return fail_at(err, name, line, column, NULL, "not TOML: %.*s",
		    (int)(place - message), message);
	return fail_at(err, name, 0, 0, NULL, "not TOML: %s", message ? message : "unreadable");
}

static int parse(struct slice text, const char *name, struct str *ret, struct error **err)
{
	py_owned PyObject *module = NULL;
	py_owned PyObject *string = NULL;
	py_owned PyObject *table = NULL;
	struct json_writer writer;

	if (interpreter_need(err) < 0)
		return -1;
	module = import_tomllib();
	if (!module) {
		(void)python_fail(err, NULL, SLICE_LITERAL(""));
		return fail_as(err, ERROR_SYSTEM);
	}
	string = PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.len, "strict");
	table = string ? PyObject_CallMethod(module, "loads", "O", string) : NULL;
	json_begin(&writer, ret);
	if (!table || write_value(&writer, table) < 0)
		return fail_parse(name, err);
	return 0;
}

/* What a process writes that parses: whether it succeeded, then the JSON or the error. */
static int answer(int fd, struct slice text, const char *name, struct error **err)
{
	autoerror struct error *error = NULL;
	autostr struct str json = STR_INIT;
	autostr struct str message = STR_INIT;
	bool is_toml = parse(text, name, &json, &error) == 0;

	pack_number(&message, is_toml);
	if (is_toml)
		str_add_slice(&message, str_slice(&json));
	else
		pack_error(&message, error);
	return file_write_fd(fd, "pipe", str_slice(&message), err);
}

static int read_answer(
    struct slice message, const char *name, struct json **ret, struct error **err)
{
	struct unpacker unpacker = unpacker_of(message);
	struct error *error;

	if (unpack_number(&unpacker)) {
		*ret = json_parse(
		    slice_of((const char *)unpacker.at, (size_t)(unpacker.end - unpacker.at)), name,
		    SIZE_MAX, err);
		return *ret ? 0 : -1;
	}
	error = unpack_error(&unpacker);
	if (!error)
		return fail_at(err, name, 0, 0, NULL, "the process that reads it has died");
	return fail_with(err, error);
}

/* Let a process answer. */
static int ask(struct slice text, const char *name, struct str *ret, struct error **err)
{
	autoclose int reading = -1, writing = -1;
	struct spawn_result result;
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot create a pipe");
	reading = ends[0];
	writing = ends[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(err, errno, "cannot start a process");
	if (pid == 0) {
		/* The child ends with this process, also when that is killed. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			process_end(ERROR_SYSTEM);
		process_end(answer(writing, text, name, NULL) < 0 ? ERROR_SYSTEM : 0);
	}
	cleanup_close(&writing);
	if (file_read_fd(reading, name, FILE_READ_LIMIT, ret, err) < 0) {
		(void)spawn_wait(pid, &result, NULL); /* the first error counts */
		return -1;
	}
	return spawn_wait(pid, &result, err);
}

int toml_parse(struct slice text, const char *name, struct json **ret, struct error **err)
{
	autostr struct str message = STR_INIT;

	if (text.len > TOML_LIMIT)
		return fail_at(err, name, 0, 0, NULL, "larger than %zu bytes", TOML_LIMIT);
	if (check_utf8(text, name, err) < 0 || check_depth(text, name, err) < 0 ||
	    ask(text, name, &message, err) < 0)
		return -1;
	return read_answer(str_slice(&message), name, ret, err);
}
