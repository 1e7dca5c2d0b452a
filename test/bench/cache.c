/*
 * What a hit and a stored result cost:
 *
 *	cache DIRECTORY
 *
 * Stores ten thousand results of 5 KB in a cache below the directory, which must not exist, and
 * takes each from there some times. Prints microseconds for each result.
 */
#include <stdio.h>
#include <time.h>

#include "base/tree.h"
#include "cache/store.h"

#define RESULTS 10000
#define ROUNDS 5
#define SIZE 5000

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void lap(double *begin, const char *what)
{
	double end = now();

	printf("%-24s %6.2f us\n", what, (end - *begin) / RESULTS * 1e6);
	*begin = now();
}

static struct hash key_of(unsigned number)
{
	struct hash key = {
	    {(unsigned char)(number * 37), (unsigned char)(number >> 8), (unsigned char)number}};

	return key;
}

static int store(struct cache *cache, bool again, struct error **err)
{
	char bytes[SIZE];

	for (unsigned i = 0; i < RESULTS; i++) {
		struct hash key = key_of(i), content;

		memset(bytes, (int)(i % 251), sizeof(bytes));
		if (cache_put_bytes(cache, &key, slice_of(bytes, again ? 10 : SIZE), false, false,
			&content, err) < 0)
			return -1;
	}
	return 0;
}

static int fetch(struct cache *cache, const char *directory, bool in_memory, struct error **err)
{
	autostr struct str target = STR_INIT, bytes = STR_INIT;

	for (unsigned i = 0; i < RESULTS; i++) {
		struct hash key = key_of(i), content;
		bool found;

		str_truncate(&target, 0);
		str_truncate(&bytes, 0);
		str_addf(&target, "%s/out/%u/%u", directory, i % 100, i);
		if (in_memory
			? cache_get_bytes(cache, &key, &bytes, &found, NULL, &content, err) < 0
			: cache_get(cache, &key, place_at(str_c(&target)), &found, &content, err) <
			      0)
			return -1;
		if (!found)
			return fail(err, ERROR_INTERNAL, "%u is not found", i);
	}
	return 0;
}

static int measure(const char *directory, struct error **err)
{
	autocache struct cache cache = {0};
	autofree char *path = xasprintf("%s/cache", directory);
	struct cache_counts counts;
	double begin;

	if (cache_open(&cache, path, CACHE_LIMIT, err) < 0)
		return -1;
	begin = now();
	if (store(&cache, false, err) < 0)
		return -1;
	lap(&begin, "stored");
	if (store(&cache, true, err) < 0)
		return -1;
	lap(&begin, "stored already");
	for (int round = 0; round < ROUNDS; round++) {
		if (fetch(&cache, directory, false, err) < 0)
			return -1;
		lap(&begin, round ? "hit, replacing" : "hit, new");
	}
	if (fetch(&cache, directory, true, err) < 0)
		return -1;
	lap(&begin, "hit, in memory");
	(void)cache_update_total(&cache);
	lap(&begin, "settled");
	if (cache_prune(&cache, CACHE_LIMIT, &counts, err) < 0)
		return -1;
	lap(&begin, "counted");
	if (cache_prune(&cache, 0, &counts, err) < 0)
		return -1;
	lap(&begin, "removed");
	return 0;
}

int main(int argc, char **argv)
{
	autoerror struct error *error = NULL;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: cache DIRECTORY\n");
		return 2;
	}
	if (measure(argv[1], &error) < 0 || tree_remove(place_at(argv[1]), &error) < 0) {
		(void)fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	return 0;
}
