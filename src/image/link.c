#include "image/link.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/path.h"

struct resolver {
	const char *root;
	struct str *done; /* the path reached so far, from the root, without links */
	struct str todo;  /* the text that is being followed, */
	size_t at;	  /* from this index on */
	size_t links;
	bool missing; /* `done` does not exist, so there is nothing to examine */
	int number;   /* errno of the examination that failed, or 0 */
	bool regular; /* `done` is a regular file; its description: */
	struct stat stat;
};

/* Cut off the next component; empty at the end. The rest begins with a slash, or is empty. */
static struct slice next_component(struct resolver *resolver)
{
	const char *rest = str_c(&resolver->todo) + resolver->at;
	size_t slashes = strspn(rest, "/"), len = strcspn(rest + slashes, "/");

	resolver->at += slashes + len;
	return slice_of(rest + slashes, len);
}

/* Go up one level; false at the root. */
static bool ascend(struct resolver *resolver)
{
	if (resolver->done->len == 0)
		return false;
	str_truncate(resolver->done, path_above(str_slice(resolver->done)).len);
	resolver->regular = false;
	return true;
}

/* Put the target of the link at `path`, which was just reached, in front of the rest. False if the
 * target is empty, too long or absolute. */
static bool enter_link(struct resolver *resolver, const char *path)
{
	char text[PATH_MAX];
	ssize_t len = readlink(path, text, sizeof(text));
	struct str todo = STR_INIT;

	if (len < 0) {
		resolver->number = errno;
		return true;
	}
	if (len == 0 || len == (ssize_t)sizeof(text) || text[0] == '/')
		return false;
	str_add(&todo, text, (size_t)len);
	str_adds(&todo, str_c(&resolver->todo) + resolver->at);
	str_release(&resolver->todo);
	resolver->todo = todo;
	resolver->at = 0;
	return ascend(resolver);
}

/* Go down to `name`. False if that is a link that leads out of the tree. */
static bool descend(struct resolver *resolver, struct slice name)
{
	bool last = resolver->at == resolver->todo.len;
	autostr struct str path = STR_INIT;

	if (resolver->done->len > 0)
		str_addc(resolver->done, '/');
	str_add_slice(resolver->done, name);
	if (resolver->missing)
		return true;
	path_join(&path, slice_c(resolver->root), str_slice(resolver->done));
	if (lstat(str_c(&path), &resolver->stat) < 0) {
		/* A name that is too long does not exist. */
		resolver->missing = errno_is_absence(errno) || errno == ENAMETOOLONG;
		resolver->number = resolver->missing ? 0 : errno;
		return true;
	}
	if (S_ISLNK(resolver->stat.st_mode))
		return ++resolver->links > LINK_LIMIT || enter_link(resolver, str_c(&path));
	resolver->regular = S_ISREG(resolver->stat.st_mode);
	if (!last && !S_ISDIR(resolver->stat.st_mode))
		resolver->missing = true;
	return true;
}

static enum link_end follow(struct resolver *resolver)
{
	for (;;) {
		struct slice part = next_component(resolver);

		if (part.len == 0)
			break;
		if (slice_is(part, "."))
			continue;
		if (slice_is(part, "..") ? !ascend(resolver) : !descend(resolver, part))
			return LINK_OUTSIDE;
		if (resolver->number)
			return LINK_UNSEEN;
		if (resolver->links > LINK_LIMIT)
			return LINK_ENDLESS;
	}
	if (resolver->missing)
		return LINK_DANGLING;
	return resolver->regular ? LINK_REGULAR : LINK_OTHER;
}

enum link_end link_resolve(const char *root, struct slice link, struct slice target,
    struct str *ret_path, struct stat *ret_stat)
{
	struct resolver resolver = {.root = root, .done = ret_path, .links = 1};
	enum link_end end;

	if (!path_link_is_confined(link, target))
		return LINK_OUTSIDE;
	str_truncate(ret_path, 0);
	str_add_slice(ret_path, path_above(link));
	str_add_slice(&resolver.todo, target);
	end = follow(&resolver);
	str_release(&resolver.todo);
	*ret_stat = resolver.stat;
	errno = resolver.number;
	return end;
}
