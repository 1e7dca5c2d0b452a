#include "metrics/rules.h"

#include "python/regex.h"

/* As coverage.py's documentation has them, "Excluding code from coverage.py". */
#define NO_COVER "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)"
#define NO_BRANCH "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(branch|BRANCH)"
#define TYPE_CHECKING "^\\s*if\\s+\\(?\\s*([A-Za-z_]\\w*\\.)*TYPE_CHECKING\\s*\\)?\\s*:"

static int add(struct rules *rules, const char *pattern, const char *needle, struct error **err)
{
	struct regex *regex;

	if (regex_new(pattern, &regex, err) < 0)
		return fail_prefix(err, "regular expression '%s'", pattern);
	rules->items = xreallocarray(rules->items, rules->count + 1, sizeof(*rules->items));
	rules->items[rules->count++] = (struct rule){regex, needle};
	return 0;
}

int rules_add(struct rules *rules, const char *pattern, struct error **err)
{
	return add(rules, pattern, NULL, err);
}

int rules_add_excluding(struct rules *rules, const struct fields *lines, struct error **err)
{
	if (add(rules, TYPE_CHECKING, "TYPE_CHECKING", err) < 0)
		return -1;
	if (!lines)
		return add(rules, NO_COVER, "#", err);
	for (size_t i = 0; i < lines->count; i++) {
		if (rules_add(rules, fields_at(lines, i).data, err) < 0)
			return -1;
	}
	return 0;
}

int rules_add_partial(struct rules *rules, struct error **err)
{
	return add(rules, NO_BRANCH, "#", err);
}

static int match_line(const struct rules *rules, struct slice line, bool *ret, struct error **err)
{
	for (size_t i = 0; i < rules->count && !*ret; i++) {
		const struct rule *rule = &rules->items[i];

		/* Searching in Python takes a hundred times as long. */
		if (rule->needle &&
		    (!line.len || !memmem(line.data, line.len, rule->needle, strlen(rule->needle))))
			continue;
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
