/*
 * The plan of an image: which item is at which path.
 *
 * A plan is filled from the SOURCE arguments of a build, then sorted; its items are what the image
 * will contain, by path. Every path is confined: relative, without empty, "." and ".." components.
 * A parent directory precedes its content. The plan owns all memory that its items point to.
 */
#ifndef KILN_IMAGE_PLAN_H
#define KILN_IMAGE_PLAN_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

enum item_kind {
	ITEM_DIRECTORY,
	ITEM_FILE,   /* copied from its origin */
	ITEM_PYTHON, /* a Python source: a regular file named *.py, or a link in the tree to one */
	ITEM_LINK,   /* a symbolic link with its text */
};

struct item {
	enum item_kind kind;
	struct slice path; /* in the image; NUL-terminated */
	/* The path it is read from, as given on the command line and below it. */
	const char *origin;
	/* What messages and reports call the origin, where that is a temporary copy: "x.whl: m.py";
	 * NULL: the origin itself. */
	const char *shown;
	/* The path of the dist-info to whose distribution the item belongs, though its RECORD does
	 * not say so yet; or NULL. */
	const char *owner;
	/* A link's text (ITEM_LINK, and an ITEM_PYTHON that is a link), else NULL. */
	const char *target;
	bool executable; /* a file's owner may execute it */
	bool is_empty;	 /* a file without content, which is read nowhere */
	uint64_t size;	 /* of a file when it was scanned, bytes */
	/* The file of the plan whose content this one has, instead of one of its own; or NULL. */
	const struct item *content_of;
};

/* What messages call an item's origin. */
static inline const char *item_shown(const struct item *item)
{
	return item->shown ? item->shown : item->origin;
}

/* Let an error or note about the item's origin name it as messages do. */
void item_show(const struct item *item, struct error *error);

/* Whether it is a file and a shared object by its name: X.so, or X.so.1. */
bool item_is_shared_object(const struct item *item);

/* What a built file was made from. Texts end with NUL and belong to who tells them. */
struct plan_built {
	const char *factor;	    /* dotted, in its product: "acme.press.feed" */
	const char *const *sources; /* paths below the product, ended by NULL */
	const char *const *units;   /* the same, of the sources that have one */
	const char *system, *architecture, *mode;
	const char *const *features; /* in the order given, ended by NULL */
};

/* Recognizes what builds in place wrote. */
struct plan_recognizer {
	/* ret_reason says why the entry at `path`, where it is read, is not a source; NULL if it
	 * may be one. */
	int (*why_not)(void *context, const char *path, const struct stat *stat,
	    const char **ret_reason, struct error **err);
	void *context;
	/* What the built file was made from that is at, or has in it, the path where it is read;
	 * NULL of anything else. NULL if nothing is known of built files. */
	const struct plan_built *(*built)(void *context, const char *path);
};

/* The most results besides the image: descriptions, a manifest, a bill of materials. */
#define PLAN_BESIDE 3

/* What the scan leaves out or keeps. */
struct plan_options {
	const char *const *excludes;	  /* globs, ended by NULL; NULL for none */
	const char *const *includes;	  /* globs of what is not left out by default; as above */
	const char *const *exclude_files; /* paths of lists as .gitignore; as above */
	/* Leave out what is private or of the development, and what .gitignore and .dockerignore of
	 * the SOURCE's root name. */
	bool is_shipped;
	const char *bundle; /* path of the image, which is left out; or NULL */
	/* Paths of other results, which are left out; or NULL. */
	const char *beside[PLAN_BESIDE];
	bool external_links; /* keep links that lead out of their tree, as links */
	bool makes_legacy; /* X.pyc is compiled from X.py and replaces an X.pyc among the sources */
	const struct plan_recognizer *results; /* or NULL */
	/* `results` chooses what is taken: a .gitignore of the SOURCE does not count, and a *.py is
	 * a file as any other. */
	bool is_chosen;
};

struct plan {
	struct arena arena;
	struct item **items; /* sorted by path once plan_finish() was called */
	size_t count;
	size_t capacity;
	struct map by_path; /* path -> struct item */
	size_t problems;    /* number of problems reported */
};

/* Receives each problem of a single entry, and takes the error over; the scan goes on. `left_out`
 * (may be NULL) receives each entry that is left out, by the path where it would be read, and the
 * reason; of a directory only the directory itself. */
struct plan_listener {
	void (*problem)(void *context, struct error *problem);
	void (*left_out)(void *context, const char *origin, const char *reason);
	void *context;
	void (*warning)(void *context, struct error *note); /* takes it over; may be NULL */
};

/* What a SOURCE argument says. */
struct plan_source {
	const char *path;  /* to read; borrowed from the argument, or the arena's */
	const char *shown; /* what messages call it, if `path` is a temporary copy; or NULL */
	const char *owner; /* of each item; or NULL */
	/* The directory whose .gitignore and .dockerignore count, NULL for `path`; and the path of
	 * `path` in it. */
	const char *lists;
	const char *in_lists;
	/* The directory in which the image may not be, which a later build may look into; NULL for
	 * `path` if that is a directory. */
	const char *within;
	/* Of a directory: the paths in the directory of lists that are taken, with the directories
	 * above each; or NULL for all. */
	const struct map *chosen;
	/* Of a file, or of a directory's content; NUL-terminated; "" is the root. */
	struct slice place;
	bool has_place; /* one was given; else `place` is empty */
	struct stat stat;
};

/* Parse PATH, or PATH=PLACE where PLACE is a confined path in the image ("." is its root; slashes
 * at its end mean nothing). Of several "=" the last one counts, and only if PATH with it does not
 * exist itself. A PATH that is a link is followed. Fails when PATH does not exist or cannot be read
 * (ERROR_SYSTEM is for the system, a missing PATH is ERROR_USAGE), or the place is not confined
 * (ERROR_USAGE). */
int plan_read_source(
    struct arena *arena, const char *argument, struct plan_source *ret, struct error **err);

/* Without a given place, set that of a package (a directory with a file __init__.py) or file: its
 * own name (of the normalized path; "." and ".." are resolved by the file system). */
int plan_find_place(struct arena *arena, struct plan_source *source, struct error **err);

/*
 * Add what a SOURCE argument names, as plan_read_source() and plan_find_place() read it: a
 * directory contributes its content to the root of the image; a package or a single file stands in
 * the root under its own name. With a place a directory's or package's content is below PLACE, and
 * a file is PLACE itself.
 *
 * Left out at every depth: directories, and links, called __pycache__ __f-int__ .f-int
 * .kiln-capture .git .svn .hg .darcs .pijul, and a file .git that says where git's directory is;
 * with options->makes_legacy a X.pyc that is replaced by that of the X.py beside it; what
 * options->results says; what is at options->bundle and options->beside already; what an exclude
 * matches, a directory with all below it, a SOURCE itself by its path in the image. An exclude
 * without a slash matches names (fnmatch(3)); one with a slash matches whole paths in the image,
 * where a leading slash is ignored, "*" does not match a slash, and "**" as a component matches any
 * number of components. An options->includes that matches keeps what is left out by its name only,
 * and what one of the lists names (image/ignore.h): those of options->exclude_files, by the path in
 * the image, and with options->is_shipped the .gitignore and .dockerignore in the SOURCE, by the
 * path in the SOURCE. With options->is_shipped are left out: .env*, .venv, a directory venv with a
 * file pyvenv.cfg, and files .netrc, .dockerignore, *.key, and those *.pem that have a private key.
 *
 * Left out, too, is the marker of an image (marker_is()): the source is one, and the new one
 * has its own.
 *
 * Refused, as problems (ERROR_INPUT with the path as place): devices, sockets, FIFOs; absolute
 * links and links that leave the tree of their SOURCE, also by way of other links in it, unless
 * options->external_links; entries that cannot be read, and paths beyond PATH_MAX; two different
 * entries for one path (the message names both origins; equal files that are both executable or
 * both not, equal links and directories are no conflict; the first one stays). A link to a regular
 * *.py file within the tree is ITEM_PYTHON if its own name ends in .py, with the link's text in
 * target. A link that dangles stays ITEM_LINK; so does one named *.py that passes more than
 * LINK_LIMIT links, but that is a problem as well.
 *
 * Fails as plan_read_source() does, if the SOURCE itself cannot be read (ERROR_SYSTEM), and if one
 * of options->exclude_files cannot be (ERROR_USAGE).
 */
int plan_add_source(struct plan *plan, const char *source, const struct plan_options *options,
    const struct plan_listener *listener, struct error **err);

/* The same for what was read. With options->is_shipped it is ERROR_USAGE if options->bundle is
 * inside the directory. */
int plan_add_read(struct plan *plan, const struct plan_source *source,
    const struct plan_options *options, const struct plan_listener *listener, struct error **err);

/* Fail where plan_read_source() would fail. Fail with ERROR_USAGE, too, if the SOURCE is at the
 * path `output`, or below it: whoever replaces what is there would lose the source. */
int plan_check_output(const char *source, const char *output, struct error **err);

/* Whether `output` is inside the SOURCE, which is a directory. Fails as plan_read_source(). */
int plan_has_inside(const char *source, const char *output, bool *ret, struct error **err);

/* Add one item that the program makes itself (its origin is NULL), with its missing parents; an
 * existing item of that path that is no directory is replaced. Returns the item; NULL if the path
 * is a directory's and kind is not ITEM_DIRECTORY, or if one of its parents is no directory.
 * `path`, which is confined, is copied. */
struct item *plan_add(struct plan *plan, enum item_kind kind, struct slice path);

/* Make every link to a file of the plan a file with the content of that file, for forms in which
 * links mean nothing. A link to anything else is given to the listener, and removed with the
 * bytecode that was made of it. */
void plan_copy_links(struct plan *plan, const struct plan_listener *listener);

/* Remove the items for which `is_removed` is true, of a directory all that is below it. What was
 * the path or item of one stays valid memory. */
void plan_remove(
    struct plan *plan, bool (*is_removed)(void *context, const struct item *item), void *context);

/* Sort the items. Directories that only excluded entries would have filled stay. */
void plan_finish(struct plan *plan);

void plan_release(struct plan *plan);
#define autoplan CLEANUP(plan_release)

#endif
