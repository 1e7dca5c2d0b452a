#include "build/prefetch.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "build/file_stamp.h"

/* Records of some dozen images: those are looked at sooner than a thread begins. */
#define WORTH 16384

struct ahead {
	pthread_t thread;
	bool is_running;
	int product;
	struct place place;	  /* of the state file; its strings are owned */
	struct source_state file; /* of that before it was read */
	struct state state;
	bool is_good;		     /* the file was there, and not damaged */
	struct map_entry *entries;   /* of the state that was taken */
	struct source_state *images; /* of each entry; all zero if there is none */
};

static void look_at_images(struct ahead *ahead)
{
	const struct map *known = &ahead->state.by_image;
	autolook struct look look = LOOK_INIT;

	ahead->images = xcalloc(known->count + 1, sizeof(*ahead->images));
	for (size_t i = 0; i < known->count; i++)
		(void)look_at(&look, ahead->product, known->entries[i].key, &ahead->images[i]);
}

static void *run(void *context)
{
	struct ahead *ahead = context;
	bool is_damaged = true;

	/* Whatever is wrong with the file is told by who reads it then. */
	if (state_read(&ahead->state, ahead->place, &is_damaged, NULL) < 0 || is_damaged)
		return NULL;
	ahead->is_good = true;
	look_at_images(ahead);
	return NULL;
}

struct ahead *ahead_begin(int product, struct place place)
{
	struct source_state file;
	struct ahead *ahead;
	sigset_t all, before;

	if (!state_take(place, &file) || file.size < WORTH)
		return NULL;
	ahead = xcalloc(1, sizeof(*ahead));
	ahead->product = product;
	ahead->place = place_below(place.root, xstrdup(place.path), xstrdup(place.shown));
	ahead->file = file;
	/* Signals are for the thread that everything waits for. */
	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) == 0) {
		ahead->is_running = pthread_create(&ahead->thread, NULL, run, ahead) == 0;
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* as it was: cannot fail */
	}
	if (ahead->is_running)
		return ahead;
	ahead_free(ahead);
	return NULL;
}

static void wait_for(struct ahead *ahead)
{
	if (ahead->is_running)
		(void)pthread_join(ahead->thread, NULL); /* it exists */
	ahead->is_running = false;
}

bool ahead_take(struct ahead *ahead, struct state *ret)
{
	struct source_state now;

	wait_for(ahead);
	if (!ahead->is_good || !state_take(ahead->place, &now) || !state_equal(&now, &ahead->file))
		return false;
	ahead->entries = ahead->state.by_image.entries;
	*ret = ahead->state;
	ahead->state = (struct state){0};
	return true;
}

const struct source_state *ahead_image(const struct ahead *ahead, const struct map_entry *entry)
{
	const struct source_state *state = &ahead->images[entry - ahead->entries];

	return state->inode ? state : NULL;
}

void ahead_free(struct ahead *ahead)
{
	if (!ahead)
		return;
	wait_for(ahead);
	state_release(&ahead->state);
	free(ahead->images);
	free((char *)ahead->place.path);
	free((char *)ahead->place.shown);
	free(ahead);
}
