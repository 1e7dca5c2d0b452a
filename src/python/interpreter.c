#include "python/internal.h"

#include <locale.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/build_id.h"
#include "python/parse/parse.h"
#include "python/version/frozen.h"
#include "python/interpreter.h"

/* The size of the arenas that CPython allocates for objects (256 pages). */
#define OBJECT_ARENA_SIZE ((size_t)1 << 20)
#define ARENAS_KEPT 48

/* The size of the processor's large pages. */
#define CHUNK_SIZE ((size_t)2 << 20)

/* CPython has one interpreter and one set of callbacks in each process, so each process has one
 * state. Only the thread that runs the interpreter touches the state. */
static struct {
	bool started;
	bool complete;	       /* the start is complete, or being completed */
	struct error *refusal; /* owned: why it cannot be completed, or NULL */
	PyObject *guarded;     /* borrowed: the path that CPython must not open */
	bool guard_kind;       /* regular files may be opened all the same */
	struct notes *notes;   /* receives warnings; may be NULL */
	const char *shown;     /* the source that warnings are about */
	int (*show)(PyObject *arguments, void *context); /* gets warnings instead, or NULL */
	void *show_context;
	bool own_filters;	    /* CPython's own warning filters are installed */
	PyObject *warnings;	    /* owned: the stand-in for the module `warnings` */
	PyObject *library_warnings; /* owned: the module itself, once it was needed */
	void *arenas[ARENAS_KEPT];
	size_t arena_count;
	int digits; /* limit of a decimal number's length */
} process = {.digits = DIGITS_DEFAULT};

/* LeakSanitizer does not search mapped memory for pointers, but where it is told to. */
#ifdef KILN_SANITIZED
#include <sanitizer/lsan_interface.h>
#define tell_of_arena(memory, size) __lsan_register_root_region(memory, size)
#define tell_of_end(memory, size) __lsan_unregister_root_region(memory, size)
#else
#define tell_of_arena(memory, size) ((void)0)
#define tell_of_end(memory, size) ((void)0)
#endif

/* Map memory for several arenas at once, aligned so that the kernel can use large pages. */
static bool add_arenas(void)
{
	char *memory = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (memory == MAP_FAILED)
		return false;
	before = -(uintptr_t)memory % CHUNK_SIZE;
	if (before)
		(void)munmap(memory, before); /* a failure only wastes memory */
	(void)munmap(memory + before + CHUNK_SIZE, CHUNK_SIZE - before);
	(void)madvise(memory + before, CHUNK_SIZE, MADV_HUGEPAGE); /* only advice */
	for (size_t at = 0; at < CHUNK_SIZE; at += OBJECT_ARENA_SIZE) {
		tell_of_arena(memory + before + at, OBJECT_ARENA_SIZE);
		process.arenas[process.arena_count++] = memory + before + at;
	}
	return true;
}

/* Between two sources CPython would return most of its arenas and then ask for new ones. Keeping
 * the arenas saves the kernel from clearing the same pages each time. */
static void *keep_alloc(void *context, size_t size)
{
	void *memory;

	(void)context; /* unused */
	if (size == OBJECT_ARENA_SIZE) {
		if (!process.arena_count && !add_arenas())
			return NULL;
		return process.arenas[--process.arena_count];
	}
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	tell_of_arena(memory, size);
	return memory;
}

static void keep_free(void *context, void *memory, size_t size)
{
	(void)context; /* unused */
	if (size == OBJECT_ARENA_SIZE && process.arena_count < ARENAS_KEPT) {
		process.arenas[process.arena_count++] = memory;
		return;
	}
	tell_of_end(memory, size);
	(void)munmap(memory, size); /* a failure only wastes memory */
}

static PyStatus set_strings(PyConfig *config)
{
	static const char *const search[] = {KILN_PYTHON_STDLIB, KILN_PYTHON_DYNLOAD};
	const struct {
		wchar_t **member;
		const char *value;
	} strings[] = {
	    {&config->program_name, KILN_PYTHON},
	    {&config->executable, KILN_PYTHON},
	    {&config->base_executable, KILN_PYTHON},
	    {&config->prefix, KILN_PYTHON_PREFIX},
	    {&config->base_prefix, KILN_PYTHON_PREFIX},
	    {&config->exec_prefix, KILN_PYTHON_PREFIX},
	    {&config->base_exec_prefix, KILN_PYTHON_PREFIX},
	    {&config->stdlib_dir, KILN_PYTHON_STDLIB},
	};
	PyStatus status = PyStatus_Ok();

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings) && !PyStatus_Exception(status);
	     i++)
		status = PyConfig_SetBytesString(config, strings[i].member, strings[i].value);
	for (size_t i = 0; i < sizeof(search) / sizeof(*search) && !PyStatus_Exception(status);
	     i++) {
		wchar_t *wide = Py_DecodeLocale(search[i], NULL);

		if (!wide)
			return PyStatus_NoMemory();
		status = PyWideStringList_Append(&config->module_search_paths, wide);
		PyMem_RawFree(wide);
	}
	config->module_search_paths_set = 1;
	return status;
}

static PyStatus configure(PyConfig *ret)
{
	PyPreConfig before;
	PyStatus status;

	PyPreConfig_InitIsolatedConfig(&before);
	before.utf8_mode = 1;
	PyConfig_InitIsolatedConfig(ret);
	status = Py_PreInitialize(&before); /* once: the second time it does nothing */
	if (PyStatus_Exception(status))
		return status;
	ret->site_import = 0;
	ret->write_bytecode = 0;
	ret->install_signal_handlers = 0;
	ret->use_hash_seed = 1;
	ret->hash_seed = 0;
	ret->pathconfig_warnings = 0;
	return set_strings(ret);
}

static int fail_start(struct error **err, PyStatus status)
{
	return fail(err, ERROR_SYSTEM, "cannot start CPython %s with its library in '%s': %s",
	    PY_VERSION, KILN_PYTHON_STDLIB, status.err_msg ? status.err_msg : "no reason given");
}

/* Do a step of the start with the configuration. */
static PyStatus start(PyStatus (*step)(PyConfig *config))
{
	autofree char *locale = xstrdup(setlocale(LC_CTYPE, NULL));
	PyConfig config;
	PyStatus status = configure(&config);

	if (!PyStatus_Exception(status))
		status = step(&config);
	PyConfig_Clear(&config);
	/* CPython reads this variable from the environment, against its configuration. */
	(void)setlocale(LC_CTYPE, locale); /* restores what was set before */
	return status;
}

/* Do the second step of the start, unless it is done or being done. -1 with SystemExit if CPython
 * refuses, again each time. */
static int complete(void)
{
	PyStatus status;

	if (!process.complete) {
		process.complete = true;
		status = start(version_complete);
		interpreter_limit_digits(process.digits);
		if (PyStatus_Exception(status))
			(void)fail_start(&process.refusal, status);
		else if (PyImport_GetMagicNumber() != (long)interpreter_magic())
			(void)fail(&process.refusal, ERROR_INTERNAL,
			    "kiln was built for bytecode magic %#x, but CPython has %#lx: build "
			    "kiln again",
			    interpreter_magic(), PyImport_GetMagicNumber());
	}
	if (!process.refusal)
		return 0;
	PyErr_SetString(PyExc_SystemExit, process.refusal->message);
	return -1;
}

void python_guard_path(PyObject *recorded)
{
	process.guarded = recorded;
	process.guard_kind = false;
}

void python_guard_kind(PyObject *recorded)
{
	process.guarded = recorded;
	process.guard_kind = true;
}

void python_unguard_path(void)
{
	process.guarded = NULL;
}

static bool is_regular(PyObject *path)
{
	py_owned PyObject *bytes = PyUnicode_EncodeFSDefault(path);
	struct stat found;

	PyErr_Clear(); /* a name that cannot be encoded is no file */
	return bytes && stat(PyBytes_AS_STRING(bytes), &found) == 0 && S_ISREG(found.st_mode);
}

/* CPython tells here what it is going to do. Functions of its own that show a line of a source open
 * the source by its name object, with flags 0. */
static int audit(const char *event, PyObject *arguments, void *context)
{
	(void)context; /* unused */
	if (strcmp(event, "import") == 0)
		return complete();
	if (!process.guarded || strcmp(event, "open") != 0)
		return 0;
	if (PyTuple_GET_SIZE(arguments) < 1 || PyTuple_GET_ITEM(arguments, 0) != process.guarded)
		return 0;
	if (process.guard_kind && is_regular(process.guarded))
		return 0;
	PyErr_SetString(PyExc_PermissionError, "not opened");
	return -1;
}

void python_collect_warnings(struct notes *notes, const char *shown)
{
	process.notes = notes;
	process.shown = shown;
}

static bool same_note(const struct error *a, const struct error *b)
{
	return a->line == b->line && strcmp(a->message, b->message) == 0;
}

static void add_note(struct notes *notes, struct error *note)
{
	for (size_t i = 0; i < notes->count; i++) {
		if (same_note(notes->items[i], note)) {
			error_free(note);
			return;
		}
	}
	notes_add(notes, note);
}

/* CPython calls this with the result of message_of() for each warning that passes the filters. */
static PyObject *show_warning(PyObject *self, PyObject *message)
{
	py_owned PyObject *text = NULL;
	struct error *note = NULL;
	const char *utf8;
	long line;

	(void)self; /* a module's function has no self */
	if (process.show && process.show(message, process.show_context) < 0)
		return NULL;
	if (!process.notes)
		Py_RETURN_NONE;
	text = PyObject_Str(PyTuple_GET_ITEM(message, 0));
	line = PyLong_AsLong(PyTuple_GET_ITEM(message, 3));
	utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	if (!utf8 || (line == -1 && PyErr_Occurred()))
		return NULL;
	(void)fail_at(&note, process.shown, line, 0, NULL, "%s", utf8); /* always -1 */
	add_note(process.notes, note);
	Py_RETURN_NONE;
}

/* Stands in for the class warnings.WarningMessage: returns the arguments unchanged. */
static PyObject *message_of(PyObject *self, PyObject *arguments)
{
	(void)self; /* a module's function has no self */
	if (PyTuple_GET_SIZE(arguments) < 4) {
		PyErr_SetString(
		    PyExc_TypeError, "a warning has a message, category, file and line");
		return NULL;
	}
	return Py_NewRef(arguments);
}

static PyMethodDef warning_functions[] = {
    {"_showwarnmsg", show_warning, METH_O, NULL},
    {"WarningMessage", message_of, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* Install a stand-in for the module `warnings`, because the real one would print. _warnings.c asks
 * sys.modules["warnings"] which warnings to show, and how. */
static int install_warnings(void)
{
	py_owned PyObject *module = PyModule_New("warnings");
	py_owned PyObject *filters = NULL;

	if (!module || PyModule_AddFunctions(module, warning_functions) < 0)
		return -1;
	filters = Py_BuildValue("[(sOOOi)(sOOOi)]", "always", Py_None, PyExc_SyntaxWarning, Py_None,
	    0, "ignore", Py_None, PyExc_Warning, Py_None, 0);
	if (!filters || PyModule_AddObjectRef(module, "filters", filters) < 0)
		return -1;
	process.warnings = Py_NewRef(module);
	return PyDict_SetItemString(PyImport_GetModuleDict(), "warnings", module);
}

int python_enter_library(void)
{
	PyObject *modules = PyImport_GetModuleDict();

	if (process.library_warnings)
		return PyDict_SetItemString(modules, "warnings", process.library_warnings);
	if (PyDict_DelItemString(modules, "warnings") < 0)
		return -1;
	process.library_warnings = PyImport_ImportModule("warnings");
	if (process.library_warnings)
		return 0;
	python_leave_library();
	return -1;
}

void python_leave_library(void)
{
	py_owned PyObject *raised = version_take_exception();

	if (PyDict_SetItemString(PyImport_GetModuleDict(), "warnings", process.warnings) < 0)
		PyErr_Clear(); /* a dictionary that has the key does not grow */
	if (raised)
		PyErr_SetObject((PyObject *)Py_TYPE(raised), raised);
}

/* The filters that the real module makes from an environment variable's text. */
static PyObject *filters_of(const char *options)
{
	py_owned PyObject *words = PyUnicode_DecodeLocale(options, "surrogateescape");
	py_owned PyObject *comma = PyUnicode_FromString(",");
	py_owned PyObject *list = words && comma ? PyUnicode_Split(words, comma, -1) : NULL;

	/* The second step of the start sets what the module reads. */
	if (!list || complete() < 0 || PySys_SetObject("warnoptions", list) < 0 ||
	    python_enter_library() < 0)
		return NULL;
	python_leave_library();
	return PyObject_GetAttrString(process.library_warnings, "filters");
}

/* Install CPython's own filters in place of ours. */
static int install_filters(void)
{
	const char *options = getenv("PYTHONWARNINGS");
	py_owned PyObject *base = PyImport_ImportModule("_warnings");
	py_owned PyObject *filters = NULL;

	if (!base)
		return -1;
	if (options && *options)
		filters = filters_of(options);
	else
		filters = PyObject_GetAttrString(base, "filters");
	return filters ? PyObject_SetAttrString(process.warnings, "filters", filters) : -1;
}

int python_warn_as_cpython(int (*show)(PyObject *arguments, void *context), void *context)
{
	if (!process.own_filters && install_filters() < 0)
		return -1;
	process.own_filters = true;
	process.show = show;
	process.show_context = context;
	return 0;
}

void python_warn_no_more(void)
{
	process.show = NULL;
}

static PyStatus initialize(PyConfig *config)
{
	return version_initialize(config, complete);
}

/* CPython takes larger blocks from malloc(). Let malloc() keep freed memory, too, instead of
 * returning it after each source. */
static void keep_heap(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20); /* failures only cost speed */
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
	(void)mallopt(M_TOP_PAD, 1 << 20);
}

/* CPython writes to most of its static data when it starts: mapping all the pages at once is
 * cheaper than one page fault for each. */
static void populate_data(void)
{
#ifdef MADV_POPULATE_WRITE
	extern char __data_start[], _end[]; /* defined by the linker */
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)__data_start / page * page + page;

	if ((uintptr_t)_end > begin)
		(void)madvise((void *)begin, ((uintptr_t)_end - begin) / page * page,
		    MADV_POPULATE_WRITE); /* only advice */
#endif
}

void interpreter_limit_digits(int digits)
{
	process.digits = digits;
	if (process.started)
		*version_digits_limit() = digits;
}

int interpreter_digits(void)
{
	return process.digits;
}

bool interpreter_take_digits(void)
{
	const char *text = getenv("PYTHONINTMAXSTRDIGITS");
	char *end;
	long digits;

	if (!text || !*text)
		return true;
	/* _Py_str_to_int() */
	errno = 0;
	digits = strtol(text, &end, 10);
	if (*end || errno == ERANGE || digits > INT_MAX || (digits && digits < DIGITS_LEAST))
		return false;
	interpreter_limit_digits((int)digits);
	return true;
}

int interpreter_start(struct error **err)
{
	PyObjectArenaAllocator arenas = {NULL, keep_alloc, keep_free};
	PyStatus status;

	keep_heap();
	populate_data();
	PyImport_FrozenModules = frozen_modules;
	PyObject_SetArenaAllocator(&arenas);
	status = start(initialize);
	if (PyStatus_Exception(status))
		return fail_start(err, status);
	process.started = true;
	interpreter_limit_digits(process.digits);
	if (PySys_AddAuditHook(audit, NULL) == 0 && install_warnings() == 0)
		return 0;
	(void)python_fail(err, NULL, SLICE_LITERAL(""));
	return fail_prefix(err, "cannot set up CPython %s", PY_VERSION);
}

int interpreter_need(struct error **err)
{
	return process.started ? 0 : interpreter_start(err);
}

void interpreter_stop(void)
{
	/* An interpreter whose start is not complete cannot be stopped. */
	if (!process.complete)
		return;
	process.started = false;
	process.complete = false;
	process.own_filters = false;
	Py_CLEAR(process.warnings);
	Py_CLEAR(process.library_warnings);
	parse_forget();
	(void)Py_FinalizeEx(); /* fails only if buffers cannot be flushed; nothing was printed */
	while (process.arena_count)
		(void)munmap(process.arenas[--process.arena_count], OBJECT_ARENA_SIZE);
}

const char *interpreter_version(void)
{
	return PY_VERSION;
}

#define TEXT_OF(number) TEXT_OF_NUMBER(number)
#define TEXT_OF_NUMBER(number) #number
#define MAJOR TEXT_OF(PY_MAJOR_VERSION)
#define MINOR TEXT_OF(PY_MINOR_VERSION)

const char *interpreter_short_version(void)
{
	return MAJOR "." MINOR;
}

bool interpreter_reads_zip64(void)
{
	return PY_VERSION_HEX >= 0x030d0000;
}

const char *interpreter_variant(void)
{
	return "cpython" MAJOR MINOR;
}

const char *interpreter_cache_tag(void)
{
	return "cpython-" MAJOR MINOR;
}

const char *interpreter_include(void)
{
	return KILN_PYTHON_INCLUDE;
}

int interpreter_build_id(struct slice *ret, struct error **err)
{
	return build_id_of((void (*)(void))Py_Initialize, ret, err);
}

uint32_t interpreter_magic(void)
{
	return KILN_PYTHON_MAGIC;
}

size_t interpreter_blocks(void)
{
	return (size_t)version_blocks();
}
