#include "cache/cache_session.h"

static void warn(struct reporter *reporter, struct error *problem)
{
	reporter_warning(reporter, problem);
	error_free(problem);
}

/* Print each line as a warning. */
static void warn_lines(struct reporter *reporter, struct slice lines)
{
	struct slice line;

	while (slice_next(&lines, '\n', &line)) {
		struct error *problem = NULL;

		if (!line.len)
			continue;
		(void)fail(&problem, ERROR_USAGE, "%.*s", (int)line.len, line.data); /* always -1 */
		warn(reporter, problem);
	}
}

void cache_session_begin(
    struct cache *cache, const char *directory, uint64_t limit, struct reporter *reporter)
{
	autostr struct str path = STR_INIT;
	autostr struct str warnings = STR_INIT;
	struct error *problem = NULL;

	if (directory)
		str_adds(&path, directory);
	else if (!cache_default_directory(&path, &warnings))
		str_truncate(&path, 0);
	warn_lines(reporter, str_slice(&warnings));
	if (path.len && cache_open(cache, str_c(&path), limit, &problem) < 0) {
		(void)fail_prefix(&problem, "no cache is used (KILN_CACHE names another)");
		warn(reporter, problem);
	}
}

void cache_session_end(struct cache *cache, struct reporter *reporter)
{
	struct error *problem = NULL;
	struct cache_counts counts;

	if (cache_update_total(cache) && cache_prune(cache, cache->limit, &counts, &problem) < 0)
		warn(reporter, problem);
}
