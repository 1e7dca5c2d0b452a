/*
 * What is excluded from reports: statements on whose lines a regular expression matches, as
 * coverage.py's users know them.
 */
#ifndef KILN_METRICS_RULES_H
#define KILN_METRICS_RULES_H

#include "base/fields.h"

struct regex;
struct known;

struct rule {
	struct regex *regex;	   /* NULL: it was not needed so far */
	const struct known *known; /* one of kiln's own, or NULL */
};

/* Regular expressions of Python that are searched in each line. */
struct rules {
	struct rule *items;
	size_t count;
};

/* Add a regular expression. ERROR_USAGE if it is none. */
int rules_add(struct rules *rules, const char *pattern, struct error **err);

/* Add the expressions for what is always excluded: `# pragma: no cover`, which `lines` replace
 * unless they are NULL, and `if TYPE_CHECKING:`. */
int rules_add_excluding(struct rules *rules, const struct fields *lines, struct error **err);

/* The same for branches that are meant to go one way: `# pragma: no branch`. */
void rules_add_partial(struct rules *rules);

/* Set matches[LINE], from 1, for the lines of a text that a rule matches. */
int rules_match(const struct rules *rules, struct slice text, bool *matches, struct error **err);

void rules_release(struct rules *rules);

#endif
