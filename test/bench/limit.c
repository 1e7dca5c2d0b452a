/*
 * The limit: what cannot be done faster with CPython's own public functions in the same process
 * model.
 *
 *	limit ROOT OUT WORKERS < LIST
 *
 * LIST names the sources below ROOT, a path on each line. Forked workers take them in turn and only
 * read, Py_CompileString, marshal and write; nothing is injected, hashed, staged or reported.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <marshal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct list {
	char **paths;
	size_t count;
};

static void die(const char *what)
{
	perror(what);
	exit(3);
}

static struct list read_list(FILE *file)
{
	struct list list = {NULL, 0};
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	while ((len = getline(&line, &capacity, file)) > 0) {
		line[len - 1] = '\0';
		list.paths = realloc(list.paths, (list.count + 1) * sizeof(*list.paths));
		list.paths[list.count++] = strdup(line);
	}
	free(line);
	return list;
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			die(path);
		*slash = '/';
	}
}

static char *read_file(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *data;

	if (fd < 0 || fstat(fd, &stat) < 0)
		die(path);
	data = malloc((size_t)stat.st_size + 1);
	if (read(fd, data, (size_t)stat.st_size) != stat.st_size)
		die(path);
	data[stat.st_size] = '\0';
	*ret_len = (size_t)stat.st_size;
	close(fd);
	return data;
}

static void write_file(const char *path, PyObject *bytes)
{
	static const char header[16];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, header, sizeof(header)) < 0 ||
	    write(fd, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)) < 0)
		die(path);
	close(fd);
}

static void compile_one(const char *root, const char *output, const char *path)
{
	PyCompilerFlags flags = {PyCF_SOURCE_IS_UTF8, PY_MINOR_VERSION};
	PyObject *code, *bytes;
	char name[8192];
	size_t len;
	char *source;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	source = read_file(name, &len);
	code = strlen(source) == len
		   ? Py_CompileStringExFlags(source, path, Py_file_input, &flags, 0)
		   : NULL;
	free(source);
	if (!code) {
		PyErr_Clear();
		return;
	}
	bytes = PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
	snprintf(name, sizeof(name), "%s/%sc", output, path);
	write_file(name, bytes);
	Py_DECREF(bytes);
	Py_DECREF(code);
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
	struct list list = read_list(stdin);
	_Atomic size_t *next = mmap(
	    NULL, sizeof(*next), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int failed = 0, status;

	if (argc != 4)
		return 2;
	for (size_t i = 0; i < list.count; i++) {
		char name[8192];

		snprintf(name, sizeof(name), "%s/%s", argv[2], list.paths[i]);
		make_parents(name);
	}
	initialize();
	for (int i = 0; i < atoi(argv[3]); i++) {
		size_t at;

		if (fork() != 0)
			continue;
		while ((at = atomic_fetch_add(next, 1)) < list.count)
			compile_one(argv[1], argv[2], list.paths[at]);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 3 : 0;
}
