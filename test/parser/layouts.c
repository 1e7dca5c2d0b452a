/*
 * Sources of the standard library: what the parser finds of their layout is what is found without
 * it.
 *
 *	layouts [FILE...]
 *
 * Without files, each source of the library is one.
 */
#include <glob.h>
#include <stdio.h>

#include "base/file.h"
#include "compare.h"

/* How deep the library's folders are. */
#define LEVELS 6

struct counts {
	size_t sources, accepted;
};

/* Whether the layouts of a source are the same, unless it is none. */
static bool check(const char *path, struct counts *counts)
{
	autostr struct str source = STR_INIT;
	enum comparison comparison;
	const char *fault;

	if (file_read(path, FILE_READ_LIMIT, &source, NULL, NULL) < 0 ||
	    !slice_is_utf8(str_slice(&source)) || memchr(str_c(&source), '\0', source.len))
		return true;
	str_reserve(&source, 1);
	comparison = compare_layouts(slice_of(str_c(&source), source.len));
	fault = comparison_fault(comparison);
	counts->sources++;
	counts->accepted += comparison != COMPARED_REFUSED;
	if (fault)
		printf("# %s: %s\n", path, fault);
	return !fault;
}

static bool run(char *const *paths, size_t path_count)
{
	struct counts counts = {0, 0};
	bool passed = true;

	for (size_t i = 0; i < path_count; i++)
		passed = check(paths[i], &counts) && passed;
	passed = passed && counts.accepted;
	printf("1..1\n%s 1 - layouts: %zu of %zu sources accepted\n", passed ? "ok" : "not ok",
	    counts.accepted, counts.sources);
	return passed;
}

static void find_sources(glob_t *ret)
{
	autostr struct str pattern = STR_INIT;

	str_adds(&pattern, KILN_PYTHON_STDLIB);
	for (int level = 0; level < LEVELS; level++) {
		size_t len = pattern.len;

		str_adds(&pattern, "/*.py");
		(void)glob(str_c(&pattern), level ? GLOB_APPEND : 0, NULL, ret); /* maybe none */
		str_truncate(&pattern, len);
		str_adds(&pattern, "/*");
	}
}

int main(int argc, char **argv)
{
	glob_t found = {.gl_pathc = 0};
	bool passed;

	if (!compare_start())
		return 3;
	if (argc > 1)
		return run(argv + 1, (size_t)argc - 1) ? 0 : 1;
	find_sources(&found);
	if (!found.gl_pathc) {
		printf("1..0 # SKIP no library\n");
		return 0;
	}
	passed = run(found.gl_pathv, found.gl_pathc);
	globfree(&found);
	return passed ? 0 : 1;
}
