#include "metrics/rules.h"

#include "python/regex.h"

/* As coverage.py's documentation has them, "Excluding code from coverage.py". */
#define NO_COVER "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)"
#define NO_BRANCH "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(branch|BRANCH)"
#define TYPE_CHECKING "^\\s*if\\s+\\(?\\s*([A-Za-z_]\\w*\\.)*TYPE_CHECKING\\s*\\)?\\s*:"

int rules_add(struct rules *rules, const char *pattern, struct error **err)
{
	struct regex *regex;

	if (regex_new(pattern, &regex, err) < 0)
		return fail_prefix(err, "regular expression '%s'", pattern);
	rules->items = xreallocarray(rules->items, rules->count + 1, sizeof(struct regex *));
	rules->items[rules->count++] = regex;
	return 0;
}

int rules_add_excluding(struct rules *rules, const struct fields *lines, struct error **err)
{
	if (rules_add(rules, TYPE_CHECKING, err) < 0)
		return -1;
	if (!lines)
		return rules_add(rules, NO_COVER, err);
	for (size_t i = 0; i < lines->count; i++) {
		if (rules_add(rules, fields_at(lines, i).data, err) < 0)
			return -1;
	}
	return 0;
}

int rules_add_partial(struct rules *rules, struct error **err)
{
	return rules_add(rules, NO_BRANCH, err);
}

int rules_match(const struct rules *rules, struct slice text, bool *matches, struct error **err)
{
	struct slice line;

	for (size_t number = 1; text.len; number++) {
		(void)slice_next(&text, '\n', &line);
		for (size_t i = 0; i < rules->count && !matches[number]; i++) {
			if (regex_search(rules->items[i], line, &matches[number], err) < 0)
				return -1;
		}
	}
	return 0;
}

void rules_release(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		regex_free(rules->items[i]);
	free(rules->items);
}
