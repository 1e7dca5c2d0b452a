#include "metrics/rules.h"

#include "python/regex.h"

/* As coverage.py's documentation has them, "Excluding code from coverage.py". */
#define NO_COVER "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)"
#define NO_BRANCH "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(branch|BRANCH)"
#define TYPE_CHECKING "^\\s*if\\s+\\(?\\s*([A-Za-z_]\\w*\\.)*TYPE_CHECKING\\s*\\)?\\s*:"

/* What kiln has itself. It is compiled when a line has one of the needles: few sources have. */
static const struct known {
	const char *pattern;
	const char *needles[2];
} no_cover = {NO_COVER, {"pragma", "PRAGMA"}}, no_branch = {NO_BRANCH, {"pragma", "PRAGMA"}},
  type_checking = {TYPE_CHECKING, {"TYPE_CHECKING", "TYPE_CHECKING"}};

static void add(struct rules *rules, struct regex *regex, const struct known *known)
{
	rules->items = xreallocarray(rules->items, rules->count + 1, sizeof(*rules->items));
	rules->items[rules->count++] = (struct rule){regex, known};
}

int rules_add(struct rules *rules, const char *pattern, struct error **err)
{
	struct regex *regex;

	if (regex_new(pattern, &regex, err) < 0)
		return fail_prefix(err, "regular expression '%s'", pattern);
	add(rules, regex, NULL);
	return 0;
}

int rules_add_excluding(struct rules *rules, const struct fields *lines, struct error **err)
{
	add(rules, NULL, &type_checking);
	if (!lines)
		add(rules, NULL, &no_cover);
	for (size_t i = 0; lines && i < lines->count; i++) {
		if (rules_add(rules, fields_at(lines, i).data, err) < 0)
			return -1;
	}
	return 0;
}

void rules_add_partial(struct rules *rules)
{
	add(rules, NULL, &no_branch);
}

/* Whether a line may match: searching in Python takes a hundred times as long. */
static bool has_needle(struct slice line, const struct known *known)
{
	for (size_t i = 0; i < 2; i++) {
		const char *needle = known->needles[i];

		if (line.len && memmem(line.data, line.len, needle, strlen(needle)))
			return true;
	}
	return false;
}

static int match_line(const struct rules *rules, struct slice line, bool *ret, struct error **err)
{
	for (size_t i = 0; i < rules->count && !*ret; i++) {
		struct rule *rule = &rules->items[i];

		if (rule->known && !has_needle(line, rule->known))
			continue;
		if (!rule->regex && regex_new(rule->known->pattern, &rule->regex, err) < 0)
			return -1;
		if (regex_search(rule->regex, line, ret, err) < 0)
			return -1;
	}
	return 0;
}

int rules_match(const struct rules *rules, struct slice text, bool *matches, struct error **err)
{
	struct slice line;

	for (size_t number = 1; text.len; number++) {
		(void)slice_next(&text, '\n', &line);
		if (match_line(rules, line, &matches[number], err) < 0)
			return -1;
	}
	return 0;
}

void rules_release(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		regex_free(rules->items[i].regex);
	free(rules->items);
}
