#include "base/marker.h"

#include "base/alloc.h"
#include "base/file.h"

const char *const marker_names[2] = {".kiln", ".kiln-image"};

bool marker_is_name(struct slice name)
{
	return slice_is(name, marker_names[0]) || slice_is(name, marker_names[1]);
}

int marker_is(int directory, const char *name, bool *ret, struct error **err)
{
	return file_is(directory, name, SLICE_LITERAL(MARKER_TEXT), ret, err);
}

int marker_is_in(int directory, const char *path, bool *ret, struct error **err)
{
	*ret = false;
	for (size_t i = 0; !*ret && i < MARKER_NAMES; i++) {
		autofree char *name = xasprintf("%s/%s", path, marker_names[i]);

		if (marker_is(directory, name, ret, err) < 0)
			return -1;
	}
	return 0;
}
