#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

#include "python/bytecode.h"
#include "python/interpreter.h"
#include "python/py_compile.h"

static const struct {
	const char *name;
	enum pyc_invalidation mode;
} modes[] = {
    {"timestamp", PYC_TIMESTAMP},
    {"checked-hash", PYC_CHECKED_HASH},
    {"unchecked-hash", PYC_UNCHECKED_HASH},
};

static bool is_mode(struct slice name, const char *mode)
{
	if (name.len != strlen(mode))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i] == '_' ? '-' : (char)tolower((unsigned char)name.data[i]);

		if (c != mode[i])
			return false;
	}
	return true;
}

bool pyc_invalidation_of_name(struct slice name, enum pyc_invalidation *ret)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (is_mode(name, modes[i].name)) {
			*ret = modes[i].mode;
			return true;
		}
	}
	return false;
}

enum pyc_invalidation pyc_invalidation_resolve(enum pyc_invalidation mode)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (mode != PYC_DEFAULT)
		return mode;
	return epoch && *epoch ? PYC_CHECKED_HASH : PYC_TIMESTAMP;
}

int py_default_level(void)
{
	const char *text = getenv("PYTHONOPTIMIZE");
	char *end;
	long level;

	if (!text || !*text)
		return 0;
	level = strtol(text, &end, 10);
	/* Text that is not a number counts as 1, as the interpreter does it. */
	return *end || level < 0 || level > INT_MAX ? 1 : (int)level;
}

/* Append a part of a path without trailing slashes, as importlib joins paths. */
static void add_part(struct str *ret, struct slice part, size_t begin)
{
	if (!part.len)
		return;
	while (part.len && part.data[part.len - 1] == '/')
		part.len--;
	if (ret->len > begin)
		str_addc(ret, '/');
	str_add_slice(ret, part);
}

/* Append `head`, which begins with the source's directory, below PYTHONPYCACHEPREFIX. */
static void add_below_prefix(struct str *ret, struct slice head, const char *prefix)
{
	size_t begin = ret->len;
	autostr struct str whole = STR_INIT;
	char directory[PATH_MAX];

	if ((!head.len || head.data[0] != '/') && getcwd(directory, sizeof(directory))) {
		add_part(&whole, slice_c(directory), 0);
		add_part(&whole, head, 0);
		head = str_slice(&whole);
	}
	while (head.len && head.data[0] == '/')
		head = slice_from(head, 1);
	add_part(ret, slice_c(prefix), begin);
	add_part(ret, head, begin);
}

void py_cache_path(struct str *ret, struct slice source, int level, bool pyo)
{
	const char *slash = memrchr(source.data, '/', source.len);
	struct slice head = slice_of(source.data, slash ? (size_t)(slash - source.data) : 0);
	size_t skipped = slash ? head.len + 1 : 0;
	struct slice name = slice_from(source, skipped);
	const char *prefix = getenv("PYTHONPYCACHEPREFIX");
	size_t begin = ret->len;

	if (prefix && *prefix) {
		add_below_prefix(ret, head, prefix);
	} else {
		add_part(ret, head, begin);
		add_part(ret, SLICE_LITERAL("__pycache__"), begin);
	}
	str_addc(ret, '/');
	if (level < 0)
		level = py_default_level();
	pyc_add_name(ret, name, interpreter_cache_tag(), pyo ? 0 : level);
	str_adds(ret, pyo && level > 0 ? ".pyo" : ".pyc");
}
