#include "ship/image_cache.h"

#include <errno.h>
#include <sys/mman.h>

#include "cache/cache_session.h"
#include "python/identity.h"

static void warn(void *context, const struct error *warning)
{
	struct image_cache *cache = context;

	reporter_render(cache->reporter, "warning", warning, &cache->messages);
}

static int share_tasks(struct image_cache *cache, size_t count, struct error **err)
{
	void *memory = mmap(NULL, (count + 1) * sizeof(*cache->tasks), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return fail_errno(err, errno, "cannot share memory with workers");
	cache->tasks = memory;
	cache->task_count = count;
	return 0;
}

/* Tell the versions apart that the bytecode is for. An executable without a build id cannot be told
 * from another one: its identity stays empty, and what it makes is not stored. */
static void identify(struct image_cache *cache, struct compile_options *compile)
{
	if (identity_add(&cache->identity, NULL) < 0)
		str_truncate(&cache->identity, 0);
	compile->identity = str_slice(&cache->identity);
	for (size_t i = 0; i < compile->other_count; i++) {
		struct compile_other *other = &compile->others[i];

		if (identity_add_program(
			other->worker.program, other->worker.version, &other->identity, NULL) < 0)
			str_truncate(&other->identity, 0);
	}
}

int image_cache_open(struct image_cache *cache, const struct image_cache_options *options,
    struct compile_options *compile, size_t task_count, struct reporter *reporter,
    struct error **err)
{
	if (options->is_off)
		return 0;
	cache->reporter = reporter;
	cache_session_begin(&cache->cache, options->directory, options->limit, reporter);
	if (!cache->cache.is_open)
		return 0;
	cache->cache.warn = warn;
	cache->cache.context = cache;
	if (share_tasks(cache, task_count, err) < 0)
		return -1;
	identify(cache, compile);
	compile->cache = &cache->cache;
	return 0;
}

void image_cache_note(struct image_cache *cache, size_t task, bool is_cached, struct str *messages)
{
	if (!cache->tasks)
		return;
	cache->tasks[task].is_cached = is_cached;
	cache->tasks[task].stored = cache->cache.added;
	cache->cache.added = 0;
	str_add_slice(messages, str_slice(&cache->messages));
	str_truncate(&cache->messages, 0);
}

bool image_cache_has(const struct image_cache *cache, size_t task)
{
	return cache->tasks && cache->tasks[task].is_cached;
}

void image_cache_end(struct image_cache *cache)
{
	if (!cache->tasks)
		return;
	for (size_t i = 0; i < cache->task_count; i++)
		cache->cache.added += cache->tasks[i].stored;
	cache_session_end(&cache->cache, cache->reporter);
}

void image_cache_release(struct image_cache *cache)
{
	if (cache->tasks)
		(void)munmap(cache->tasks, (cache->task_count + 1) * sizeof(*cache->tasks));
	cache_close(&cache->cache);
	str_release(&cache->identity);
	str_release(&cache->messages);
}
