/*
 * The files that a project installs, for the modules that know a build backend: each chooses files
 * by calling pyproject_take().
 */
#ifndef KILN_SHIP_PYPROJECT_FILES_H
#define KILN_SHIP_PYPROJECT_FILES_H

#include <sys/stat.h>

#include "base/path.h"
#include "ship/pyproject.h"

/* The value at a path of keys of the file, which ends with NULL; NULL if there is none. */
const struct json *pyproject_look_up(const struct pyproject *project, const char *const *keys);
#define PYPROJECT_VALUE(project, ...) \
	pyproject_look_up(project, (const char *const[]){__VA_ARGS__, NULL})

/* Fail (ERROR_INPUT) with what is wrong with the file. */
int pyproject_fail(const struct pyproject *project, struct error **err, const char *what);

/* Fail because a path leads out of the `tree`: "project" or "image". */
int pyproject_fail_path(
    const struct pyproject *project, const char *path, const char *tree, struct error **err);

/* The path as the file has it without "./" and slashes at its ends; "" for ".". */
const char *pyproject_path(struct pyproject *project, const char *path);

/* `a`, a slash, and `b`, in the arena; either may be "". */
const char *pyproject_join(struct pyproject *project, const char *a, const char *b);

/* What follows `directory` in the path of something below it; all of it for "". Borrowed. */
const char *pyproject_rest(const char *directory, const char *path);

/* A dotted name as a path: "app.sub" is "app/sub". */
const char *pyproject_dotted(struct pyproject *project, const char *name);

/* A distribution's name as that of a module: "My.App" is "my_app". */
const char *pyproject_module(struct pyproject *project, const char *name);

/* What is at a path of the project, which may be ""; links are not followed. 1, 0 if nothing is
 * there, -1 if the system does not tell. */
int pyproject_stat(
    const struct pyproject *project, const char *path, struct stat *ret, struct error **err);

/* Whether there is a regular file, or a directory, at the path: 1, 0, -1. */
int pyproject_has_file(const struct pyproject *project, const char *path, struct error **err);
int pyproject_has_directory(const struct pyproject *project, const char *path, struct error **err);

/* Examine what the file names: fails if it is not there, is no file or directory, or is not inside
 * the project. */
int pyproject_examine(
    const struct pyproject *project, const char *path, struct stat *ret, struct error **err);

/* Call `see` with the path in the project of each file below a directory of it, "" for all, in the
 * order of names; links count as files. What no backend takes is passed over: bytecode, version
 * control, directories of tools. Paths are in the project's arena. */
struct pyproject_visitor {
	/* A file; NULL: they do not matter. */
	int (*see)(void *context, const char *path, struct error **err);
	/* A directory; NULL: all are entered. 1 to go on in it, 0 to pass it over. */
	int (*enter)(void *context, const char *path, struct error **err);
	void *context;
};

int pyproject_walk(struct pyproject *project, const char *where,
    const struct pyproject_visitor *visitor, struct error **err);

/* Take a file of the project: it stands at `place` in the image, which must be confined. Strings
 * are borrowed. */
int pyproject_take(
    struct pyproject *project, const char *path, const char *place, struct error **err);

/* Take a file, or all that is in a directory. */
int pyproject_take_tree(
    struct pyproject *project, const char *path, const char *place, struct error **err);

/* Take it, though a .gitignore names it. */
void pyproject_include(struct pyproject *project, const char *place);

/* The packages and modules at the top of a project, by its layout, without src/ where they are in
 * it: at most those of src/, else packages beside the file, else modules. */
struct pyproject_top {
	const char *where;  /* "src", or "" */
	const char **names; /* "app", "app.py"; the arena's */
	size_t count, capacity;
};

int pyproject_find_top(
    struct pyproject *project, const char *source, struct pyproject_top *ret, struct error **err);

/* Look for a package or module, "app/sub", beside the file and then in src/. *ret_place is its
 * place, "app/sub" or "app/sub.py", or NULL if it is nowhere; *ret_root is where that is: "" or
 * "src". */
int pyproject_find_module(struct pyproject *project, const char *module, const char **ret_root,
    const char **ret_place, struct error **err);

/* Whether the build backend that the file names is of this package. */
bool pyproject_has_backend(const struct pyproject *project, const char *package);

/* Take what each backend installs. */
int pyproject_take_setuptools(struct pyproject *project, struct error **err);
int pyproject_take_hatch(struct pyproject *project, struct error **err);
int pyproject_take_poetry(struct pyproject *project, struct error **err);
int pyproject_take_flit(struct pyproject *project, struct error **err);

/* Where Flit's module is: a path of the project, and its place. *ret_path is NULL if it is nowhere.
 */
int pyproject_find_flit(
    struct pyproject *project, const char **ret_path, const char **ret_place, struct error **err);

/* Make parts of what was taken. */
void pyproject_group(struct pyproject *project);

#endif
