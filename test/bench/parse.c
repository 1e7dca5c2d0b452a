/*
 * The limit of delineating: parsing alone, in C, with the CPython that kiln embeds.
 *
 *	parse < LIST
 *
 * LIST names sources, a path on each line. One process starts CPython, reads and parses each
 * and frees its tree; nothing is made of the trees.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "python/version/version.h"

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

/* Whether it could be parsed. */
static bool parse_one(const char *path)
{
	PyCompilerFlags flags = {PyCF_SOURCE_IS_UTF8, PY_MINOR_VERSION};
	size_t len;
	char *source = read_file(path, &len);
	PyObject *name = PyUnicode_DecodeFSDefault(path);
	PyArena *arena = _PyArena_New();
	bool parsed;

	if (!name || !arena)
		die("CPython");
	parsed = strlen(source) == len && version_parse(source, name, &flags, arena);
	PyErr_Clear();
	_PyArena_Free(arena);
	Py_DECREF(name);
	free(source);
	return parsed;
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

int main(void)
{
	char *line = NULL;
	size_t capacity = 0, parsed = 0, count = 0;
	ssize_t len;

	initialize();
	while ((len = getline(&line, &capacity, stdin)) > 0) {
		line[len - 1] = '\0';
		parsed += parse_one(line);
		count++;
	}
	free(line);
	printf("%zu of %zu sources parsed\n", parsed, count);
	return 0;
}
