/*
 * Directories: making, removing, replacing whole ones, and the one way to walk them.
 */
#ifndef KILN_BASE_TREE_H
#define KILN_BASE_TREE_H

#include "base/place.h"

/* Create a directory and its parents (mode 0777 under the umask); existing ones are fine. Errors
 * are those of place_fail(), here and below. */
int tree_make(struct place place, struct error **err);

/* Create the parents of a place. */
int tree_make_parents(struct place place, struct error **err);

/* Append the absolute path of `path`, without links, "." and "..". The part that does not exist is
 * resolved by its text. Fails if the working directory is gone, or the system refuses to look
 * (base/presence.h). */
int tree_resolve(const char *path, struct str *ret, struct error **err);

/* Remove a file, link, or directory with its content. Works by descriptors, so that no link is
 * followed and renames meanwhile do no harm. A directory is removed whole or not at all: if
 * removing it fails, the rest is left under the name of a stage. A missing path is fine; "/" and
 * paths that end in "." or ".." are refused. */
int tree_remove(struct place place, struct error **err);

/*
 * A directory that is built beside its final name and then takes that name, so that a reader sees
 * the old or the new directory, never a mixture.
 *
 * The stage has a temporary name (temporary.h) in the same parent, mode 0700, and is locked (flock)
 * while its process lives. Stages of the same name that nobody locks were left by a killed run:
 * opening the next stage removes them, and puts back a result that such a run had set aside. The
 * parent is opened once, so that renaming it does no harm.
 */
struct tree_stage {
	int fd;		  /* the stage directory, locked; -1 when there is none */
	int parent;	  /* of it and the result */
	char *name;	  /* of it; NULL when nothing is to be removed */
	char *final_name; /* of the result */
	char *path;	  /* of the stage, for messages */
	char *final;	  /* of the result, for messages */
	bool is_named;	  /* the place is a path that the user named */
};

#define TREE_STAGE_INIT ((struct tree_stage){-1, -1, NULL, NULL, NULL, NULL, false})

/* Create an empty stage for the result at a place, and the parents of the place. The last component
 * must be a name, not "." or ".."; a link there will be replaced itself. */
int tree_stage_open(struct tree_stage *stage, struct place place, struct error **err);

/* Set the stage's mode and move the stage to its final name (exchanged in one system call where the
 * file system can, else by two renames), then remove the old directory. On failure the old one is
 * still at the final name, unless the message says otherwise. */
int tree_stage_commit(struct tree_stage *stage, mode_t mode, struct error **err);

/* Move the entry `name` of the stage to the final name in the same way, and remove the stage and
 * the old entry. The error has the number ENOENT if the stage has no such entry. */
int tree_stage_commit_entry(struct tree_stage *stage, const char *name, struct error **err);

/* Remove the stage unless it was committed. Safe to call always, also twice. */
void tree_stage_discard(struct tree_stage *stage);
#define autostage CLEANUP(tree_stage_discard)

/*
 * The sorted walker. It visits everything below a directory, each directory's entries in order of
 * their names' bytes, a directory before its content. Links are reported as links, never
 * followed. Work is done by descriptors, so a tree that changes meanwhile cannot lead elsewhere.
 */
struct walk_entry {
	struct slice path;  /* relative to the root of the walk, e.g. "pkg/mod.py" */
	struct slice name;  /* its last component */
	const char *target; /* a link's text, else NULL */
	struct stat stat;   /* of the entry itself, not of what a link points to */
	size_t depth;	    /* 0 for entries directly in the root */
	int directory;	    /* that has it, borrowed: to open it by its name */
};

enum walk_answer {
	WALK_STOP = -1, /* end the walk; the visitor has set *err */
	WALK_GO = 0,
	WALK_SKIP = 1, /* for a directory: do not descend */
};

struct walk_visitor {
	/* Called for each entry. The entry's memory is valid during the call only. */
	enum walk_answer (*visit)(
	    void *context, const struct walk_entry *entry, struct error **err);
	/* An entry or directory that could not be read; `problem` is taken over, `path` relative to
	 * the root. Return WALK_STOP to end the walk with *err set, WALK_GO to go on with what
	 * follows. */
	enum walk_answer (*trouble)(
	    void *context, struct slice path, struct error *problem, struct error **err);
	void *context;
};

/* For walk_visitor.trouble: end the walk with the problem; skip the problem unless it is the
 * system's. */
enum walk_answer walk_fail(
    void *context, struct slice path, struct error *problem, struct error **err);
enum walk_answer walk_pass_over(
    void *context, struct slice path, struct error *problem, struct error **err);

/* Walk below a place. A root that cannot be read as a directory is ERROR_SYSTEM; if the user named
 * the root, it may be a link. Few descriptors are open at a time, whatever the depth, and paths may
 * be longer than PATH_MAX: the visitor has to refuse them. Problems have the path with the root as
 * place, and kind ERROR_INPUT, or ERROR_SYSTEM for what the system refused (errno_kind()). Entries
 * that vanish during the walk are skipped. */
int tree_walk(struct place root, const struct walk_visitor *visitor, struct error **err);

#endif
