#include "distribution/tag.h"

/* A number that fits an unsigned. */
static bool parse_number(struct slice text, unsigned *ret)
{
	uint64_t number;

	if (!slice_number(text, &number) || number > 1000)
		return false;
	*ret = (unsigned)number;
	return true;
}

bool tag_target_of(struct slice version, struct slice machine, struct tag_target *ret)
{
	struct slice rest = version, major, minor;

	ret->machine = machine;
	return slice_next(&rest, '.', &major) && slice_next(&rest, '.', &minor) &&
	       parse_number(major, &ret->major) && parse_number(minor, &ret->minor);
}

/* Cut off what follows the last dash. */
static bool take_last(struct slice *rest, struct slice *ret)
{
	const char *dash = memrchr(rest->data, '-', rest->len);

	if (!dash || dash + 1 == rest->data + rest->len)
		return false;
	*ret = slice_from(*rest, (size_t)(dash + 1 - rest->data));
	rest->len = (size_t)(dash - rest->data);
	return true;
}

bool wheel_name_parse(struct slice file, struct wheel_name *ret)
{
	static const struct slice suffix = {".whl", 4};
	struct slice rest = file, part;

	if (!slice_ends(file, suffix))
		return false;
	rest.len -= suffix.len;
	for (int i = 0; i < 3; i++)
		if (!take_last(&rest, &part))
			return false;
	ret->tag = slice_of(part.data, (size_t)(file.data + file.len - suffix.len - part.data));
	return slice_next(&rest, '-', &ret->name) && ret->name.len > 0 &&
	       slice_next(&rest, '-', &ret->version) && ret->version.len > 0;
}

/* Whether a number such as "311" or "3" that follows cp or py is one up to the target's version. */
static bool is_up_to(struct slice digits, const struct tag_target *target)
{
	unsigned major, minor;

	if (digits.len == 0 || !parse_number(slice_of(digits.data, 1), &major))
		return false;
	if (digits.len == 1)
		return major == target->major;
	return parse_number(slice_from(digits, 1), &minor) && major == target->major &&
	       minor <= target->minor;
}

static bool is_version(struct slice digits, const struct tag_target *target)
{
	unsigned major, minor;

	return digits.len > 1 && parse_number(slice_of(digits.data, 1), &major) &&
	       parse_number(slice_from(digits, 1), &minor) && major == target->major &&
	       minor == target->minor;
}

static bool python_fits(struct slice python, struct slice abi, const struct tag_target *target)
{
	if (slice_starts(python, SLICE_LITERAL("py")))
		return slice_is(abi, "none") && is_up_to(slice_from(python, 2), target);
	if (!slice_starts(python, SLICE_LITERAL("cp")))
		return false;
	if (slice_is(abi, "abi3") || slice_is(abi, "none"))
		return is_up_to(slice_from(python, 2), target);
	return slice_starts(abi, SLICE_LITERAL("cp")) &&
	       is_version(slice_from(python, 2), target) && is_version(slice_from(abi, 2), target);
}

static bool platform_fits(struct slice platform, const struct tag_target *target)
{
	bool is_linux = slice_starts(platform, SLICE_LITERAL("linux_")) ||
			slice_starts(platform, SLICE_LITERAL("manylinux")) ||
			slice_starts(platform, SLICE_LITERAL("musllinux"));

	if (slice_is(platform, "any"))
		return true;
	return is_linux && slice_ends(platform, target->machine) &&
	       platform.len > target->machine.len &&
	       platform.data[platform.len - target->machine.len - 1] == '_';
}

bool wheel_tag_fits(struct slice tag, const struct tag_target *target)
{
	struct slice rest = tag, pythons, abis, platforms, python, abi, platform;
	bool fits = false;

	if (!slice_next(&rest, '-', &pythons) || !slice_next(&rest, '-', &abis) ||
	    !slice_next(&rest, '-', &platforms))
		return false;
	while (slice_next(&platforms, '.', &platform))
		fits = fits || platform_fits(platform, target);
	if (!fits)
		return false;
	while (slice_next(&pythons, '.', &python))
		for (rest = abis; slice_next(&rest, '.', &abi);)
			if (python_fits(python, abi, target))
				return true;
	return false;
}

bool extension_is_foreign(struct slice name, const struct tag_target *target)
{
	static const struct slice begin = {"cpython-", 8}, end = {".so", 3};
	struct slice rest = name, tag, version, machine;
	const char *dot;

	if (slice_ends(name, SLICE_LITERAL(".pyd")))
		return true;
	if (!slice_ends(name, end))
		return false;
	rest.len -= end.len;
	dot = memrchr(rest.data, '.', rest.len);
	if (!dot)
		return false;
	tag = slice_from(rest, (size_t)(dot + 1 - rest.data));
	if (!slice_starts(tag, begin)) /* abi3, none of CPython's, or no tag at all */
		return slice_starts(tag, SLICE_LITERAL("pypy"));
	rest = slice_from(tag, begin.len);
	if (!slice_next(&rest, '-', &version) || !is_version(version, target))
		return true;
	return slice_next(&rest, '-', &machine) && !slice_equal(machine, target->machine);
}
