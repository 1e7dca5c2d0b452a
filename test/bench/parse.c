/*
 * Parsing alone: one process starts CPython, reads and parses sources and frees their trees;
 *nothing is made of these.
 *
 *	parse < LIST
 *	parse left < LIST
 *
 * LIST names sources, a path on each line. KILN_PARSER in the environment chooses the parser;
 * `cpython` is the limit of what CPython's own can do. `left` prints the sources that are left to
 * CPython's parser but are no errors of it.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "python/internal.h"
#include "python/parse/parse.h"

static void die(const char *what)
{
	perror(what);
	exit(3);
}

static char *read_file(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *data;

	if (fd < 0 || fstat(fd, &stat) < 0)
		die(path);
	data = malloc((size_t)stat.st_size + 1);
	if (!data || read(fd, data, (size_t)stat.st_size) != stat.st_size)
		die(path);
	data[stat.st_size] = '\0';
	*ret_len = (size_t)stat.st_size;
	close(fd);
	return data;
}

struct counts {
	size_t sources, parsed, left;
};

/* Whether our own parser gives up. */
static bool is_left(struct slice source)
{
	PyArena *arena = _PyArena_New();
	bool parsed = arena && slice_is_utf8(source) && parse_module(source, arena, NULL);

	if (PyErr_Occurred())
		die("parser");
	_PyArena_Free(arena);
	return !parsed;
}

static void parse_one(const char *path, bool finds_left, struct counts *counts)
{
	size_t len;
	char *source = read_file(path, &len);
	PyObject *name = PyUnicode_DecodeFSDefault(path);
	PyArena *arena = _PyArena_New();

	if (!name || !arena)
		die("CPython");
	counts->sources++;
	if (strlen(source) == len &&
	    python_parse(slice_of(source, len), name, PyCF_SOURCE_IS_UTF8, arena, NULL)) {
		counts->parsed++;
		if (finds_left && is_left(slice_of(source, len))) {
			counts->left++;
			printf("%s\n", path);
		}
	}
	PyErr_Clear();
	_PyArena_Free(arena);
	Py_DECREF(name);
	free(source);
}

static void initialize(void)
{
	PyConfig config;

	PyConfig_InitIsolatedConfig(&config);
	config.site_import = 0;
	config.write_bytecode = 0;
	PyConfig_SetBytesString(&config, &config.program_name, KILN_PYTHON);
	if (PyStatus_Exception(Py_InitializeFromConfig(&config)))
		die("CPython");
	PyConfig_Clear(&config);
	PyGC_Disable();
	PyRun_SimpleString(
	    "import _warnings; _warnings.filters.insert(0, ('ignore', None, Warning, None, 0))");
}

int main(int argc, char **argv)
{
	bool finds_left = argc > 1 && strcmp(argv[1], "left") == 0;
	char *line = NULL;
	size_t capacity = 0;
	struct counts counts = {0};
	ssize_t len;

	initialize();
	while ((len = getline(&line, &capacity, stdin)) > 0) {
		line[len - 1] = '\0';
		parse_one(line, finds_left, &counts);
	}
	free(line);
	printf("%zu of %zu sources parsed", counts.parsed, counts.sources);
	if (finds_left)
		printf(", %zu of these left to CPython", counts.left);
	putchar('\n');
	return 0;
}
