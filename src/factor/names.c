#include "factor/names.h"

#include <string.h>

#include "base/marker.h"
#include "factor/internal.h"
#include "factor/lines.h"

struct slice factor_path_name(struct slice path)
{
	struct slice parent = factor_path_parent(path);
	size_t start = parent.len ? parent.len + 1 : 0;

	return slice_from(path, start);
}

struct slice factor_path_parent(struct slice path)
{
	const char *dot = path.len ? memrchr(path.data, '.', path.len) : NULL;

	return slice_of(path.data, dot ? (size_t)(dot - path.data) : 0);
}

bool factor_path_is_valid(struct slice path)
{
	struct slice identifier;

	if (path.len == 0 || memchr(path.data, '/', path.len) || !slice_is_plain(path))
		return false;
	while (slice_next(&path, '.', &identifier))
		if (identifier.len == 0)
			return false;
	return true;
}

bool is_ignored(const char *name)
{
	return *name == '.' || strcmp(name, "__pycache__") == 0 || strcmp(name, "__f-int__") == 0;
}

int is_image(const struct breadth *breadth, bool *ret, struct error **err)
{
	*ret = false;
	for (size_t i = 0; breadth->directory->path.len && i < breadth->count && !*ret; i++) {
		if (marker_is_name(slice_c(breadth->order[i])) &&
		    marker_is(breadth->fd, breadth->order[i], ret, err) < 0)
			return -1;
	}
	return 0;
}

void add_replaced(struct str *ret, struct slice path, char from, char to)
{
	size_t start = ret->len;

	str_add_slice(ret, path);
	for (size_t i = start; i < ret->len; i++)
		if (ret->data[i] == from)
			ret->data[i] = to;
}
