#include "build/file_stamp.h"

#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/path.h"

/* The tick of file systems that have fractions of seconds is that of the kernel, 10 ms at most; others
 * have seconds, FAT two of them. */
#define TICK_NANOSECONDS 20000000LL
#define COARSE_TICK_NANOSECONDS 2000000000LL

void state_of(const struct stat *stat, struct source_state *ret)
{
	*ret = (struct source_state){
	    .size = (uint64_t)stat->st_size,
	    .inode = stat->st_ino,
	    .device = stat->st_dev,
	    .modified = stat->st_mtim,
	    .changed = stat->st_ctim,
	};
}

static bool time_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool state_equal(const struct source_state *a, const struct source_state *b)
{
	return a->size == b->size && a->inode == b->inode && a->device == b->device &&
	       time_equal(&a->modified, &b->modified) && time_equal(&a->changed, &b->changed);
}

/* Nanoseconds from `from` to `to`, no more than some minutes either way. */
static long long elapsed(const struct timespec *from, const struct timespec *to)
{
	long long seconds = (long long)to->tv_sec - (long long)from->tv_sec;

	if (seconds > 1000 || seconds < -1000)
		return seconds < 0 ? -1000000000000LL : 1000000000000LL;
	return seconds * 1000000000LL + (to->tv_nsec - from->tv_nsec);
}

static bool is_coarse(const struct source_state *state)
{
	return state->modified.tv_nsec == 0 && state->changed.tv_nsec == 0;
}

bool state_is_settled(const struct source_state *state)
{
	long long tick = is_coarse(state) ? COARSE_TICK_NANOSECONDS : TICK_NANOSECONDS;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return false;
	return elapsed(&state->modified, &now) > tick && elapsed(&state->changed, &now) > tick;
}

bool state_is_before(const struct source_state *state, const struct timespec *time)
{
	/* A change in the same tick does not show. */
	long long least = is_coarse(state) ? COARSE_TICK_NANOSECONDS : 0;

	return elapsed(&state->modified, time) > least && elapsed(&state->changed, time) > least;
}

bool state_take(struct place place, struct source_state *ret)
{
	struct stat stat;

	if (place_stat(place, &stat) < 0)
		return false;
	state_of(&stat, ret);
	return true;
}

bool look_at(struct look *look, int root, struct slice path, struct source_state *ret)
{
	struct slice parent = path_parent(path);
	const char *name = path_name(path).data;

	if (look->directory < 0 || root != look->root ||
	    !slice_equal(parent, str_slice(&look->parent))) {
		cleanup_close(&look->directory);
		str_truncate(&look->parent, 0);
		str_add_slice(&look->parent, parent);
		look->root = root;
		look->directory = place_open_parent(place_below(root, path.data, path.data), &name);
	}
	return look->directory >= 0 && state_take(place_below(look->directory, name, name), ret);
}

void look_release(struct look *look)
{
	str_release(&look->parent);
	cleanup_close(&look->directory);
}

int input_read(const char *path, struct record_input *ret, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	struct stat before;

	if (file_read_known(path, FILE_READ_LIMIT, &bytes, &before, err) < 0)
		return -1;
	state_of(&before, &ret->state);
	/* If it changed since, its state is another one the next time. */
	ret->is_settled = state_is_settled(&ret->state);
	return hash_compute(HASH_BLAKE2B, str_slice(&bytes), &ret->content, err);
}

bool input_is_same(const char *path, const struct record_input *input)
{
	struct record_input now = {0};
	struct stat after;

	if (input->is_settled) {
		if (stat(path, &after) < 0)
			return false;
		state_of(&after, &now.state);
		return state_equal(&now.state, &input->state);
	}
	return input_read(path, &now, NULL) == 0 &&
	       memcmp(now.content.bytes, input->content.bytes, HASH_SIZE) == 0;
}
