#include "build/cc_run.h"

#include "base/path.h"
#include "build/cc_instruction.h"
#include "build/graph.h"

struct place cc_place_of(const struct cc_place *place, const char *path)
{
	struct slice rest;

	if (place->root && path[0] == '/' &&
	    path_below(slice_c(path), slice_c(place->directory), &rest) && path_is_confined(rest))
		return place_below(*place->root, rest.data, path);
	return place_at(path);
}

/* The place of a file to read. Sources may be links; files in the build directory may not. */
static struct place place_of_source(const struct cc_place *place, const char *path)
{
	struct place source = cc_place_of(place, path);

	return slice_starts(slice_c(source.path), SLICE_LITERAL(BUILD_DIRECTORY "/"))
		   ? source
		   : place_at(path);
}

int cc_run(const struct cc_place *place, const char *const *arguments, struct notes *notes,
    struct error **err)
{
	struct cc_instruction instruction = INSTRUCTION_INIT;

	if (!arguments[0] || !arguments[1])
		return fail(err, ERROR_USAGE, "OUT and SRC are needed");
	/* The cast is safe: nothing writes to the arguments. */
	if (cc_instruction_parse(&instruction, (char **)(uintptr_t)(arguments + 2), err) < 0)
		return -1;
	return cc_instruction_run(cc_place_of(place, arguments[0]),
	    place_of_source(place, arguments[1]), &instruction, notes, err);
}
