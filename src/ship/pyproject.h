/*
 * Projects: directories with a pyproject.toml, of which the image gets what the build backend would
 * install, found without running the backend.
 *
 * Format: https://packaging.python.org/en/latest/specifications/pyproject-toml/, and the
 * documentation of setuptools, Hatch, Poetry and Flit. The backend is that of [build-system], else
 * the one that has a table in [tool], else setuptools. Of another backend's project, all is taken
 * of what is in src/, else of the packages at the top, else the modules there.
 */
#ifndef KILN_SHIP_PYPROJECT_H
#define KILN_SHIP_PYPROJECT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"

/* A file that is installed. */
struct pyproject_file {
	const char *path;  /* relative to the project: "src/app/a.py" */
	const char *place; /* where it goes: "app/a.py" */
};

/* A directory or file with files that are installed. */
struct pyproject_part {
	const char *path;  /* relative to the project: "src/app", "app.py" */
	const char *place; /* where it goes: "app", "app.py" */
	/* Of a directory: the paths in the project that are taken, and the directories above them.
	 */
	struct map *taken;
};

struct pyproject {
	const char *directory;
	const char *file; /* pyproject.toml, for messages */
	int fd;		  /* of the directory */
	struct json *toml;
	struct arena arena;
	struct pyproject_part *parts;
	size_t count;
	struct pyproject_file *files;
	size_t file_count, file_capacity;
	/* Globs of paths in the image that are taken though a list names them; ended by NULL. */
	const char **includes;
	size_t include_count;
};

#define PYPROJECT_INIT ((struct pyproject){.fd = -1})

/* Read the directory's pyproject.toml: 1 if it is that of a project, with [project], or a table in
 * [tool] of a backend; 0 if there is none; -1 if it cannot be read (ERROR_INPUT). `directory` is
 * borrowed. */
int pyproject_read(struct pyproject *project, const char *directory, struct error **err);

/* Find the parts, after pyproject_read(), whatever it said. ERROR_INPUT if there are none, or one
 * is not there, or the file has a setting that is not followed. */
int pyproject_find(struct pyproject *project, struct error **err);

/* Append the text of a file of the project, by its path in it: 1; 0 if no file is there, or a link
 * leads to it. ERROR_INPUT if it cannot be read or is too large. */
int pyproject_read_text(
    const struct pyproject *project, const char *path, struct str *ret, struct error **err);

/* A file of a dist-info. */
struct pyproject_text {
	const char *name;   /* its path below the dist-info; borrowed, or the project's */
	struct str content; /* may be empty */
};

/* A dist-info, but RECORD and INSTALLER. */
struct pyproject_info {
	struct str name; /* of the directory: "NAME-VERSION.dist-info" */
	struct pyproject_text *texts;
	size_t count;
	struct notes notes; /* what the file says and the dist-info lacks */
};

#define PYPROJECT_INFO_INIT ((struct pyproject_info){.name = STR_INIT})

/* Add an empty file; what is returned is valid until the next one is added. */
struct pyproject_text *pyproject_add_text(struct pyproject_info *info, const char *name);

/* Write the dist-info: 1, or 0 if name or version is not in the file, nor a literal in a source
 * that the file names: *ret_reason says why. -1 with ERROR_INPUT for values that are none. */
int pyproject_describe(struct pyproject *project, struct pyproject_info *ret,
    const char **ret_reason, struct error **err);

void pyproject_info_release(struct pyproject_info *info);

void pyproject_release(struct pyproject *project);
#define autopyproject CLEANUP(pyproject_release)

#endif
