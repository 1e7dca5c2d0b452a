#include "ship/scratch.h"

#include <stdlib.h>

#include "base/presence.h"

int scratch_open(struct tree_stage *scratch, struct error **err)
{
	const char *given = getenv("TMPDIR");
	const char *parent = given && *given == '/' ? given : "/tmp";
	autofree char *path = xasprintf("%s/kiln", parent);
	int there = presence_of_directory(parent, err);

	if (there == 0)
		return fail(err, ERROR_SYSTEM,
		    "'%s' is not a directory: set TMPDIR to one for temporary files", parent);
	return there < 0 ? -1 : tree_stage_open(scratch, place_at(path), err);
}
