#include "ship/poetry_requires.h"

#include <ctype.h>

#include "distribution/name.h"

/* What a version may have besides its end ".*". */
#define VERSION_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+!_-*"

/* The dependency that is translated. */
struct dependency {
	const char *file;
	const char *name;
	const struct json *poetry;
	const struct json *value; /* a version, or a table */
	struct str specifiers;	  /* ">=1.0,<2.0" */
	struct str markers;
};

static void dependency_release(struct dependency *dependency)
{
	str_release(&dependency->specifiers);
	str_release(&dependency->markers);
}

static int fail_dependency(
    const struct dependency *dependency, const char *what, const char *why, struct error **err)
{
	return fail_at(err, dependency->file, 0, 0, NULL,
	    "the dependency '%s' of [tool.poetry] cannot be translated: '%s' %s", dependency->name,
	    what, why);
}

/* The first three numbers of a version; false if it has none. */
static bool read_release(struct slice version, unsigned long ret[3], size_t *ret_count)
{
	struct slice part;

	*ret_count = 0;
	while (*ret_count < 3 && slice_next(&version, '.', &part)) {
		unsigned long number = 0;

		if (!part.len || !isdigit((unsigned char)part.data[0]))
			break;
		for (size_t i = 0; i < part.len && isdigit((unsigned char)part.data[i]); i++) {
			if (i == 9)
				return false;
			number = 10 * number + (unsigned long)(part.data[i] - '0');
		}
		ret[(*ret_count)++] = number;
	}
	return *ret_count > 0;
}

/* Which number of the release may not change: for "^" the first that is not zero, else the last one
 * given; for "~" the second, or the only one. */
static size_t fixed_part(char mark, const unsigned long release[3], size_t count)
{
	if (mark == '~')
		return count > 1 ? 1 : 0;
	for (size_t i = 0; i < count; i++)
		if (release[i] > 0)
			return i;
	return count - 1;
}

static void add_specifier(struct str *ret, const char *comparison, struct slice version)
{
	str_addf(ret, "%s%s%.*s", ret->len ? "," : "", comparison, (int)version.len, version.data);
}

/* Append the range of "^1.2" or "~1.2". */
static bool add_range(struct str *ret, char mark, struct slice version)
{
	autostr struct str end = STR_INIT;
	unsigned long release[3];
	size_t count, fixed;

	if (memchr(version.data, '*', version.len) || !read_release(version, release, &count))
		return false;
	fixed = fixed_part(mark, release, count);
	for (size_t i = 0; i < count; i++)
		str_addf(&end, "%s%lu", i ? "." : "",
		    i < fixed	 ? release[i]
		    : i == fixed ? release[i] + 1
				 : 0);
	add_specifier(ret, ">=", version);
	add_specifier(ret, "<", str_slice(&end));
	return true;
}

/* Cut off a comparison with its version. False if there is none. */
static bool take_comparison(const char **text, struct slice *ret_mark, struct slice *ret_version)
{
	const char *at = *text;

	*ret_mark = slice_of(at, strspn(at, "<>=!~^"));
	at += ret_mark->len;
	at += strspn(at, " ");
	*ret_version = slice_of(at, strspn(at, VERSION_BYTES));
	*text = at + ret_version->len;
	return ret_version->len > 0 && (!**text || strchr(" ,", **text));
}

/* Append what one comparison says. */
static bool add_comparison(struct str *ret, struct slice mark, struct slice version)
{
	static const char *const comparisons[] = {">=", "<=", ">", "<", "!=", "~=", "==", "==="};
	bool is_wild = slice_ends(version, SLICE_LITERAL(".*"));
	struct slice exact = slice_of(version.data, version.len - (is_wild ? 2 : 0));

	if (slice_is(mark, "^") || slice_is(mark, "~"))
		return add_range(ret, mark.data[0], version);
	if (!exact.len || memchr(exact.data, '*', exact.len))
		return false;
	if (!mark.len || slice_is(mark, "="))
		mark = SLICE_LITERAL("==");
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(*comparisons); i++) {
		if (!slice_is(mark, comparisons[i]))
			continue;
		if (is_wild && !slice_is(mark, "==") && !slice_is(mark, "!="))
			return false;
		add_specifier(ret, comparisons[i], version);
		return true;
	}
	return false;
}

/* Append a constraint on versions as specifiers of PEP 440; nothing for "*". */
static int add_constraint(const struct dependency *dependency, const char *constraint,
    struct str *ret, struct error **err)
{
	const char *at = constraint + strspn(constraint, " ");

	if (!*at || strcmp(at, "*") == 0)
		return 0;
	while (*at) {
		struct slice mark, version;

		if (!take_comparison(&at, &mark, &version) || !add_comparison(ret, mark, version))
			return fail_dependency(dependency, constraint,
			    "is not a list of comparisons with versions", err);
		at += strspn(at, " ,");
	}
	return 0;
}

static void add_marker(struct dependency *dependency, const char *marker)
{
	str_addf(&dependency->markers, "%s%s", dependency->markers.len ? " and " : "", marker);
}

/* Add the markers of versions of Python. */
static int add_python(struct dependency *dependency, const char *constraint, struct error **err)
{
	autostr struct str specifiers = STR_INIT;
	struct slice rest, one;

	if (add_constraint(dependency, constraint, &specifiers, err) < 0)
		return -1;
	rest = str_slice(&specifiers);
	while (rest.len > 0 && slice_next(&rest, ',', &one)) {
		size_t len = strspn(one.data, "<>=!~");
		struct slice version = slice_from(one, len);
		bool is_wild = slice_ends(version, SLICE_LITERAL(".*"));
		unsigned long release[3];
		size_t count = 0;
		bool is_full;
		autofree char *marker = NULL;

		version.len -= is_wild ? 2 : 0;
		(void)read_release(version, release, &count);
		if ((is_wild && count != 2) || count == 0)
			return fail_dependency(
			    dependency, constraint, "is not a list of versions of Python", err);
		/* python_version has two numbers: "3.8.1" is of 3.8, but later than it. */
		is_full = count > 2 || (!is_wild && (one.data[0] == '>' || one.data[0] == '<') &&
					   (len == 2) == (one.data[0] == '<'));
		marker = xasprintf("%s %.*s \"%.*s%s\"",
		    is_full ? "python_full_version" : "python_version", (int)len, one.data,
		    (int)version.len, version.data,
		    !is_full || count > 2 ? ""
		    : count == 2	  ? ".0"
					  : ".0.0");
		add_marker(dependency, marker);
	}
	return 0;
}

/* Whether an extra has the dependency. */
static bool is_in_extra(const struct dependency *dependency, const struct json *extra)
{
	autostr struct str name = STR_INIT;

	distribution_add_normalized(&name, slice_c(dependency->name));
	for (const struct json *item = json_first(extra); item; item = item->next) {
		autostr struct str other = STR_INIT;

		if (!json_is(item, JSON_STRING))
			continue;
		distribution_add_normalized(
		    &other, slice_of(item->string, strcspn(item->string, " (<>=!~^;[")));
		if (slice_equal(str_slice(&name), str_slice(&other)))
			return true;
	}
	return false;
}

/* Add the marker of the extras that have the dependency. *ret_count is their number. */
static void add_extras(struct dependency *dependency, size_t *ret_count)
{
	const struct json *extra = json_first(json_get(dependency->poetry, "extras"));
	autostr struct str text = STR_INIT;
	autofree char *group = NULL;

	*ret_count = 0;
	for (; extra; extra = extra->next)
		if (is_in_extra(dependency, extra))
			str_addf(
			    &text, "%sextra == \"%s\"", (*ret_count)++ ? " or " : "", extra->key);
	if (!*ret_count)
		return;
	group = xasprintf(*ret_count > 1 ? "(%s)" : "%s", str_c(&text));
	add_marker(dependency, group);
}

/* Whether a text of the file can be part of a header. */
static bool is_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int check_keys(const struct dependency *dependency, struct error **err)
{
	static const char *const known[] = {"version", "extras", "optional", "markers", "python",
	    "platform", "git", "branch", "tag", "rev", "subdirectory", "url", "allow-prereleases",
	    "source", "develop"};
	const struct json *item = json_is(dependency->value, JSON_OBJECT)
				      ? json_first(dependency->value)
				      : NULL;

	for (; item; item = item->next) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			is_known = is_known || strcmp(item->key, known[i]) == 0;
		if (!is_known)
			return fail_dependency(
			    dependency, item->key, "has no form in a distribution", err);
		if (json_is(item, JSON_STRING) && !is_line(item->string))
			return fail_dependency(
			    dependency, item->key, "has characters that are not printed", err);
	}
	return 0;
}

/* Append where the dependency is, if that is an address: " @ git+https://x/y@v1". */
static int add_address(const struct dependency *dependency, struct str *ret, struct error **err)
{
	const struct json *value = dependency->value;
	const char *url = json_text(value, "url", NULL), *git = json_text(value, "git", NULL);
	const char *at = json_text(
	    value, "rev", json_text(value, "tag", json_text(value, "branch", NULL)));
	const char *directory = json_text(value, "subdirectory", NULL);

	if (!url && !git)
		return 0;
	if (!strstr(git ? git : url, "://"))
		return fail_dependency(dependency, git ? git : url, "is not a URL", err);
	str_addf(ret, " @ %s%s%s%s", git ? "git+" : "", git ? git : url, git && at ? "@" : "",
	    git && at ? at : "");
	if (directory)
		str_addf(ret, "#subdirectory=%s", directory);
	return 0;
}

/* Append the names of extras that the dependency is to have: "[a,b]". */
static void add_wanted(const struct dependency *dependency, struct str *ret)
{
	const struct json *item = json_first(json_get(dependency->value, "extras"));
	const char *before = "[";

	for (; item; item = item->next) {
		if (!json_is(item, JSON_STRING))
			continue;
		str_addf(ret, "%s%s", before, item->string);
		before = ",";
	}
	if (*before == ',')
		str_addc(ret, ']');
}

/* Collect the markers; *ret_is_taken is false for one that is optional and in no extra. */
static int collect_markers(struct dependency *dependency, bool *ret_is_taken, struct error **err)
{
	const struct json *value = dependency->value;
	const char *markers = json_text(value, "markers", NULL),
		   *python = json_text(value, "python", NULL),
		   *platform = json_text(value, "platform", NULL);
	size_t extras;

	if (python && add_python(dependency, python, err) < 0)
		return -1;
	if (platform) {
		autofree char *marker = xasprintf("sys_platform == \"%s\"", platform);

		if (strpbrk(platform, "\"|,"))
			return fail_dependency(dependency, platform, "is not one platform", err);
		add_marker(dependency, marker);
	}
	if (markers) {
		autofree char *marker = xasprintf("(%s)", markers);

		add_marker(dependency, marker);
	}
	add_extras(dependency, &extras);
	*ret_is_taken = extras > 0 || !json_is(json_get(value, "optional"), JSON_TRUE);
	return 0;
}

/* Append the header of one dependency: a version, or a table. */
static int add_one(struct dependency *dependency, struct str *ret, struct error **err)
{
	const struct json *value = dependency->value;
	const char *version = json_is(value, JSON_STRING) ? value->string
							  : json_text(value, "version", "");
	autostr struct str line = STR_INIT;
	bool is_taken = true;

	if (!json_is(value, JSON_STRING) && !json_is(value, JSON_OBJECT))
		return fail_dependency(dependency, "", "is neither a version nor a table", err);
	if (!distribution_is_name(slice_c(dependency->name)))
		return fail_dependency(
		    dependency, dependency->name, "is not a name of a distribution", err);
	if (check_keys(dependency, err) < 0 ||
	    add_constraint(dependency, version, &dependency->specifiers, err) < 0 ||
	    collect_markers(dependency, &is_taken, err) < 0)
		return -1;
	if (!is_taken)
		return 0;
	str_addf(&line, "Requires-Dist: %s", dependency->name);
	add_wanted(dependency, &line);
	if (add_address(dependency, &line, err) < 0)
		return -1;
	if (!strchr(str_c(&line), '@') && dependency->specifiers.len)
		str_addf(&line, " (%s)", str_c(&dependency->specifiers));
	if (dependency->markers.len)
		str_addf(&line, " ; %s", str_c(&dependency->markers));
	str_addf(ret, "%s\n", str_c(&line));
	return 0;
}

static int add_value(const struct json *poetry, const char *file, const char *name,
    const struct json *value, struct str *ret, struct error **err)
{
	CLEANUP(dependency_release)
	struct dependency dependency = {file, name, poetry, value, STR_INIT, STR_INIT};

	if (strcmp(name, "python") != 0)
		return add_one(&dependency, ret, err);
	if (!json_is(value, JSON_STRING))
		return fail_dependency(&dependency, "python", "is not a version", err);
	if (add_constraint(&dependency, value->string, &dependency.specifiers, err) < 0)
		return -1;
	if (dependency.specifiers.len)
		str_addf(ret, "Requires-Python: %s\n", str_c(&dependency.specifiers));
	return 0;
}

int poetry_requires_add(
    const struct json *poetry, const char *file, struct str *ret, struct error **err)
{
	const struct json *item = json_first(json_get(poetry, "extras"));

	for (; item; item = item->next) {
		if (!distribution_is_name(slice_c(item->key)))
			return fail_at(
			    err, file, 0, 0, NULL, "not a name of an extra: '%s'", item->key);
		str_addf(ret, "Provides-Extra: %s\n", item->key);
	}
	item = json_first(json_get(poetry, "dependencies"));
	for (; item; item = item->next) {
		/* Several constraints, with markers that tell them apart. */
		const struct json *one = json_is(item, JSON_ARRAY) ? json_first(item) : item;

		for (; one; one = json_is(item, JSON_ARRAY) ? one->next : NULL)
			if (add_value(poetry, file, item->key, one, ret, err) < 0)
				return -1;
	}
	return 0;
}
