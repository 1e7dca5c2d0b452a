/*
 * Units against parsing, in one process:
 *
 *	units ROOT < LIST
 *
 * For all sources that LIST names, a path below ROOT on each line: the time to parse them, to write
 * their units, to read those, and to compile; the size of the units. Prints a line for each round,
 * seconds of processor time.
 */
#include <stdio.h>
#include <time.h>

#include "base/file.h"
#include "python/interpreter.h"
#include "python/unit.h"

#define ROUNDS 5

struct sums {
	double parse, write, read, compile, marshal;
	size_t source_bytes, unit_bytes, sources;
};

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Add the time since *begin to *sum and begin anew. */
static void lap(double *begin, double *sum)
{
	double end = now();

	*sum += end - *begin;
	*begin = end;
}

static int measure(const char *path, struct sums *sums, struct error **err)
{
	struct unit_facts facts = {.origin = slice_c(path)};
	autostr struct str bytes = STR_INIT;
	autostr struct str unit = STR_INIT;
	autostr struct str result = STR_INIT;
	autotree struct tree *tree = NULL;
	autotree struct tree *read = NULL;
	autocode struct code *code = NULL;
	struct tree_source source = {.shown = path, .recorded = path};
	double at;

	if (file_read(path, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	source.bytes = str_slice(&bytes);
	at = now();
	if (tree_parse(&source, NULL, &tree, err) < 0)
		return -1;
	lap(&at, &sums->parse);
	if (unit_write(tree, &facts, &unit, err) < 0)
		return -1;
	lap(&at, &sums->write);
	if (unit_read(str_slice(&unit), path, &facts, &read, err) < 0)
		return -1;
	lap(&at, &sums->read);
	if (tree_compile(read, 0, NULL, &code, err) < 0)
		return -1;
	lap(&at, &sums->compile);
	if (code_marshal(code, &result, err) < 0)
		return -1;
	lap(&at, &sums->marshal);
	sums->source_bytes += bytes.len;
	sums->unit_bytes += unit.len;
	sums->sources++;
	return 0;
}

static void measure_all(char **paths, size_t count)
{
	struct sums sums = {0};

	for (size_t i = 0; i < count; i++)
		(void)measure(paths[i], &sums, NULL); /* some cannot be compiled, on purpose */
	printf("parse %.3f s, write %.3f s, read %.3f s (parse/read %.2f), compile %.3f s, marshal "
	       "%.3f s; "
	       "%zu sources, %zu bytes, units %zu bytes\n",
	    sums.parse, sums.write, sums.read, sums.parse / sums.read, sums.compile, sums.marshal,
	    sums.sources, sums.source_bytes, sums.unit_bytes);
}

int main(int argc, char **argv)
{
	autoerror struct error *error = NULL;
	char **paths = NULL, *line = NULL;
	size_t count = 0, capacity = 0;
	ssize_t len;

	if (argc != 2)
		return ERROR_USAGE;
	while ((len = getline(&line, &capacity, stdin)) > 0) {
		line[len - 1] = '\0';
		paths = xreallocarray(paths, count + 1, sizeof(*paths));
		paths[count++] = xasprintf("%s/%s", argv[1], line);
	}
	if (interpreter_start(&error) < 0) {
		fprintf(stderr, "units: %s\n", error->message);
		return ERROR_SYSTEM;
	}
	for (int round = 0; round < ROUNDS; round++)
		measure_all(paths, count);
	interpreter_stop();
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
	free(line);
	return 0;
}
