/*
 * Images as directories.
 *
 * What is written into a staged directory is reproducible: modes 0644 and 0755 whatever the
 * umask, every modification time the same.
 */
#ifndef KILN_IMAGE_DIRECTORY_H
#define KILN_IMAGE_DIRECTORY_H

#include "base/place.h"
#include "image/plan.h"

/* 1980-01-01T00:00:00Z, the time of entries when SOURCE_DATE_EPOCH is not set: the earliest that
 * every archive format can hold. */
#define BUNDLE_EPOCH 315532800

/* Instead of a time: entries keep the time at which they are written. */
#define BUNDLE_UNTIMED (-1)

/* The time of entries: SOURCE_DATE_EPOCH if it is set and not empty (decimal seconds, at most 2^33;
 * anything else is ERROR_USAGE), else BUNDLE_EPOCH. */
int bundle_time(int64_t *ret, struct error **err);

/* Let what the system refused to a function below name the image, which knows only its root. Always
 * -1. */
int bundle_fail(const char *image, struct error **err);

/* Create the directories of a plan below `root`, a descriptor of the (staged) image, mode 0755.
 * `interrupted` (may be NULL) is asked before each; when it returns true this fails, here and
 * below.
 */
int bundle_make_directories(
    int root, const struct plan *plan, bool (*interrupted)(void), struct error **err);

/* Write a file of an image whose parent directory exists. `path` is confined; `executable` selects
 * 0755. The file must not exist: the stage is private. No temporary name is used: the stage
 * itself has one. Errors are ERROR_SYSTEM and name the file by its path in the image. */
int bundle_put(int root, const char *path, struct slice data, bool executable, int64_t time,
    struct error **err);

/* Copy a file into the image, with copy_file_range(2) where that works, else with a few buffers. A
 * file that cannot be read or changes meanwhile is ERROR_INPUT; a failure to write is ERROR_SYSTEM.
 * Neither leaves anything. */
int bundle_copy(int root, const char *path, struct place origin, bool executable, int64_t time,
    struct error **err);

/* Write `head`, and after it what the origin has from the byte `start` on. The origin is one of the
 * state `before`, or else ERROR_INPUT. */
int bundle_copy_rest(int root, const char *path, struct slice head, struct place origin,
    uint64_t start, const struct stat *before, bool executable, int64_t time, struct error **err);

/* Create a link. Its own time is set too. */
int bundle_link(int root, const char *path, const char *target, int64_t time, struct error **err);

/* Copy an item from its origin, or create it as a link. Errors as above. */
int bundle_put_item(int root, const struct item *item, int64_t time, struct error **err);

/* Remove what is at a path, with the flags of unlinkat(2), if it is there. A directory that is not
 * empty stays. */
int bundle_remove(int root, const char *path, int flags, struct error **err);

/* Set the time of the entry at a path. */
int bundle_set_time(int root, const char *path, int64_t time, struct error **err);

/* Set the times of the plan's directories, deepest first, and of the root. */
int bundle_set_times(
    int root, const struct plan *plan, int64_t time, bool (*interrupted)(void), struct error **err);

/* Write the marker, then set the times as bundle_set_times() does. ERROR_INPUT if the plan has
 * items with both names of markers. */
int bundle_finish(
    int root, const struct plan *plan, int64_t time, bool (*interrupted)(void), struct error **err);

/* Whether a directory may be replaced without --force: it does not exist, has a marker, or is empty
 * but for what a killed process left (base/temporary.h). Other kinds of files, and a link to a
 * directory, may not be replaced. */
int bundle_may_replace(const char *path, bool *ret, struct error **err);

/*
 * replicate(target, origin): copy the tree `origin` to `target`, which is replaced whole and
 * atomically. Files, directories, links (as links; those that lead out of the tree and special
 * files are refused with ERROR_INPUT), permissions' executable bit; an origin that is a regular
 * file is copied to a file. Parents of the target are created.
 */
int replicate(struct place target, struct place origin, struct error **err);

#endif
