#include "run/session.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "base/tree.h"
#include "python/interpreter.h"
#include "python/runtime/source.h"
#include "run/files.h"

#define PREFIX ".kiln-run-"

/* The most that programs may have written about other sources. */
#define OTHERS_LIMIT ((size_t)64 << 20)

/* The modules of programs, and where they are compiled to: %s is the tag of the version. It is done
 * here, because not every process may write __pycache__, and compiling takes as long as all else
 * that happens before a program. */
static const struct {
	const char *name, *text, *target;
} modules[] = {
    {"_fi_metrics", runtime_source, "%s/_fi_metrics.pyc"},
    {"_fi_pytest", run_pytest, "%s/_fi_pytest.pyc"},
    {"_fi_run", run_module, "%s/_fi_run.pyc"},
    {"run", run_main, "%s/run.pyc"},
    {"sitecustomize", run_sitecustomize, "__pycache__/sitecustomize.%s.pyc"},
};

static int put(
    const struct session *session, const char *name, struct slice text, struct error **err)
{
	return file_replace(place_below(session->fd, name, name), text, 0644, FILE_OVER, err);
}

static int put_files(const struct session *session, const struct sources_options *options,
    const struct sources *sources, const char *counters, struct error **err)
{
	autostr struct str settings = STR_INIT;

	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		autostr struct str target = STR_INIT;

		str_addf(&target, modules[i].target, interpreter_cache_tag());
		if (sources_compile_own(options, modules[i].name, modules[i].text,
			place_below(session->fd, str_c(&target), str_c(&target)), err) < 0)
			return -1;
	}
	/* Pythons of other versions read it, too. */
	if (put(session, "sitecustomize.py", slice_c(run_sitecustomize), err) < 0)
		return -1;
	str_adds(&settings, counters ? counters : "");
	str_addc(&settings, '\0');
	for (size_t i = 0; i < sources->roots.count; i++) {
		str_add_slice(&settings, fields_at(&sources->roots, i));
		str_addc(&settings, '\0');
	}
	return put(session, "settings", str_slice(&settings), err);
}

int session_open(struct session *session, const struct sources_options *options,
    const struct sources *sources, const char *counters, struct error **err)
{
	autofree char *path = xasprintf("%s/" PREFIX "XXXXXX", options->capture);

	if (!mkdtemp(path))
		return fail_errno(
		    err, errno, "cannot create a directory in '%s'", options->capture);
	session->path = steal(&path);
	session->fd = TEMP_FAILURE_RETRY(open(session->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC));
	if (session->fd < 0 || mkdirat(session->fd, "code", 0777) < 0 ||
	    mkdirat(session->fd, "regions", 0777) < 0 ||
	    mkdirat(session->fd, "__pycache__", 0777) < 0 ||
	    mkdirat(session->fd, interpreter_cache_tag(), 0777) < 0)
		return fail_errno(err, errno, "cannot use '%s'", session->path);
	return put_files(session, options, sources, counters, err);
}

const char **session_arguments(const struct session *session, const char *program,
    const char *module, const char *const *arguments, char **ret_script)
{
	size_t count = 0, at = 0;
	const char **result;

	while (arguments[count])
		count++;
	result = xcalloc(count + 4, sizeof(*result));
	*ret_script = NULL;
	result[at++] = program;
	if (module) {
		result[at++] = "-m";
		result[at++] = module;
	} else if (slice_ends(slice_c(arguments[0]), SLICE_LITERAL(".py"))) {
		/* What the interpreter would compile itself; not an archive or a directory. */
		result[at++] = *ret_script = xasprintf(
		    "%s/%s/run.pyc", session->path, interpreter_cache_tag());
	}
	for (size_t i = 0; i < count; i++)
		result[at++] = arguments[i];
	return result;
}

void session_environment(const struct session *session, const char *capture, struct fields *ret)
{
	const char *old = getenv("PYTHONPATH");
	autofree char *base = xasprintf("METRICS_CAPTURE=%s", capture);
	autofree char *path = xasprintf(
	    "PYTHONPATH=%s%s%s", session->path, old && *old ? ":" : "", old ? old : "");

	for (char **variable = environ; *variable; variable++) {
		struct slice rest = slice_c(*variable), name;

		(void)slice_next(&rest, '=', &name); /* there is one */
		if (!slice_is(name, "PYTHONPATH") && !slice_is(name, "METRICS_CAPTURE"))
			fields_adds(ret, *variable);
	}
	fields_adds(ret, path);
	fields_adds(ret, base);
}

static int compare(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

void session_others(const struct session *session, struct fields *ret)
{
	autostr struct str text = STR_INIT;
	autofree struct slice *lines = NULL;
	automap struct map known = {0};
	struct slice rest, line;
	size_t count = 0;

	/* Without the file there are none; what cannot be read is not told. */
	if (file_read_place(
		place_below(session->fd, "others", "others"), OTHERS_LIMIT, &text, NULL, NULL) < 0)
		return;
	rest = str_slice(&text);
	lines = xcalloc(text.len + 1, sizeof(*lines));
	while (slice_next(&rest, '\n', &line)) {
		if (!line.len || map_get(&known, line))
			continue;
		*map_at(&known, line) = lines;
		lines[count++] = line;
	}
	array_sort(lines, count, sizeof(*lines), compare);
	for (size_t i = 0; i < count; i++)
		fields_add(ret, lines[i]);
}

void session_close(struct session *session)
{
	if (session->path)
		(void)tree_remove(place_at(session->path), NULL); /* it is in the capture, hidden */
	cleanup_close(&session->fd);
	free(session->path);
	*session = SESSION_INIT;
}
