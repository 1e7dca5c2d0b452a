#include "build/prefetch.h"

#include <pthread.h>
#include <signal.h>

#include "base/file_stamp.h"

/* Bytes of a state with some dozen records: starting a thread would take longer than reading it. */
#define MIN_STATE_SIZE 16384

struct prefetch {
	pthread_t thread;
	bool is_running;
	int product;
	struct place place;	/* of the state file; owns its strings */
	struct file_stamp file; /* stamp of the state file before it was read */
	struct build_state state;
	bool is_good;		   /* the file was there, and not damaged */
	struct map_entry *entries; /* of the state that prefetch_take() moved */
	struct file_stamp *images; /* stamp of each entry's image; all zero if there is none */
};

static void stat_images(struct prefetch *prefetch)
{
	const struct map *known = &prefetch->state.by_image;
	autostamp_reader struct stamp_reader reader = STAMP_READER_INIT;

	prefetch->images = xcalloc(known->count + 1, sizeof(*prefetch->images));
	for (size_t i = 0; i < known->count; i++)
		(void)stamp_reader_read(
		    &reader, prefetch->product, known->entries[i].key, &prefetch->images[i]);
}

static void *run(void *context)
{
	struct prefetch *prefetch = context;
	bool is_damaged = true;

	/* Errors are reported when the main thread reads the file. */
	if (build_state_read(&prefetch->state, prefetch->place, &is_damaged, NULL) < 0 ||
	    is_damaged)
		return NULL;
	prefetch->is_good = true;
	stat_images(prefetch);
	return NULL;
}

struct prefetch *prefetch_begin(int product, struct place place)
{
	struct file_stamp file;
	struct prefetch *prefetch;
	sigset_t all, before;

	if (!file_stamp_take(place, &file) || file.size < MIN_STATE_SIZE)
		return NULL;
	prefetch = xcalloc(1, sizeof(*prefetch));
	prefetch->product = product;
	prefetch->place = place_below(place.root, xstrdup(place.path), xstrdup(place.shown));
	prefetch->file = file;
	/* Signals must arrive in the main thread. */
	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) == 0) {
		prefetch->is_running = pthread_create(&prefetch->thread, NULL, run, prefetch) == 0;
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* as it was: cannot fail */
	}
	if (prefetch->is_running)
		return prefetch;
	prefetch_free(prefetch);
	return NULL;
}

static void wait_for(struct prefetch *prefetch)
{
	if (prefetch->is_running)
		(void)pthread_join(prefetch->thread, NULL); /* it exists */
	prefetch->is_running = false;
}

bool prefetch_take(struct prefetch *prefetch, struct build_state *ret)
{
	struct file_stamp now;

	wait_for(prefetch);
	if (!prefetch->is_good || !file_stamp_take(prefetch->place, &now) ||
	    !file_stamp_equal(&now, &prefetch->file))
		return false;
	prefetch->entries = prefetch->state.by_image.entries;
	*ret = prefetch->state;
	prefetch->state = (struct build_state){0};
	return true;
}

const struct file_stamp *prefetch_image(
    const struct prefetch *prefetch, const struct map_entry *entry)
{
	const struct file_stamp *state = &prefetch->images[entry - prefetch->entries];

	return state->inode ? state : NULL;
}

void prefetch_free(struct prefetch *prefetch)
{
	if (!prefetch)
		return;
	wait_for(prefetch);
	build_state_release(&prefetch->state);
	free(prefetch->images);
	free((char *)prefetch->place.path);
	free((char *)prefetch->place.shown);
	free(prefetch);
}
