/*
 * Whether a file is what it was.
 *
 * A file's state, what stat(2) says of it, stands for its content as long as any change would show in
 * it: the clock of a file system ticks, and a change within the tick of the last one does not show.
 * A state is settled once its times lie back by more than a tick.
 */
#ifndef KILN_BUILD_FILE_STAMP_H
#define KILN_BUILD_FILE_STAMP_H

#include <sys/stat.h>

#include "build/state.h"

/* The state of a file. */
void state_of(const struct stat *stat, struct source_state *ret);

/* Whether two states stand for the same content, provided they are settled. */
bool state_equal(const struct source_state *a, const struct source_state *b);

/* Whether a state that is seen now is settled. Times in the future never are. */
bool state_is_settled(const struct source_state *state);

/* Whether what has this state was not changed since a time that the clock of file systems told (CLOCK_REALTIME_COARSE). */
bool state_is_before(const struct source_state *state, const struct timespec *time);

/* Take the state of what is at a place, a link not being followed. False if there is nothing. */
bool state_take(struct place place, struct source_state *ret);

/* The way to files that are looked at one after the other: the directory of the last one is kept open, which is half the
 * way to the next. */
struct look {
	int root;
	struct str parent;
	int directory;
};
#define LOOK_INIT ((struct look){-1, STR_INIT, -1})

/* The same as state_take() for a path below the directory `root`, whose string is ended by NUL. */
bool look_at(struct look *look, int root, struct slice path, struct source_state *ret);

void look_release(struct look *look);
#define autolook CLEANUP(look_release)

/* Read a source, known to be a regular file, at an absolute path: its state, that from before the reading, whether it is
 * settled, and the digest of its content. Errors have kind ERROR_INPUT. */
int input_read(const char *path, struct record_input *ret, struct error **err);

/* Whether a source is still what it was when it was read: by its state if that was settled, else by its
 * content. */
bool input_is_same(const char *path, const struct record_input *input);

#endif
