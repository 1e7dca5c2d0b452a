#include <strings.h>

#include "record/docstring_parts.h"

/* The longest of the words: most lines are longer. */
#define TITLE_LIMIT (sizeof("keyword parameters") - 1)

static const struct section_kind kinds[] = {
    {"args|arguments|parameters|params|parameter|other parameters|keyword args|keyword arguments|"
     "keyword parameters|",
	"Parameters", SECTION_NAMES},
    {"attributes|attrs|class attributes|", "Properties", SECTION_NAMES},
    {"methods|", "Methods", SECTION_NAMES},
    {"returns|return|", "Returns", SECTION_RESULT},
    {"yields|yield|", "Yields", SECTION_RESULT},
    {"receives|receive|", "Receives", SECTION_RESULT},
    {"raises|raise|exceptions|except|", "Exceptions", SECTION_ERRORS},
    {"warns|warn|", "Warns", SECTION_ERRORS},
    {"see also|", "See Also", SECTION_ERRORS},
    {"example|examples|", "Examples", SECTION_BLOCKS},
    {"notes|", "Notes", SECTION_BLOCKS},
    {"references|", "References", SECTION_BLOCKS},
    {"warnings|", "Warnings", SECTION_BLOCKS},
    {"note|", "NOTE", SECTION_ADMONITION},
    {"warning|", "WARNING", SECTION_ADMONITION},
    {"attention|", "ATTENTION", SECTION_ADMONITION},
    {"caution|", "CAUTION", SECTION_ADMONITION},
    {"danger|", "DANGER", SECTION_ADMONITION},
    {"error|", "ERROR", SECTION_ADMONITION},
    {"hint|", "HINT", SECTION_ADMONITION},
    {"important|", "IMPORTANT", SECTION_ADMONITION},
    {"tip|", "TIP", SECTION_ADMONITION},
    {"todo|", "TODO", SECTION_ADMONITION},
};

const struct section_kind *doc_section_kind(struct slice title)
{
	if (title.len > TITLE_LIMIT)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct slice rest = slice_c(kinds[i].words), word;

		while (slice_next(&rest, '|', &word)) {
			if (word.len && word.len == title.len &&
			    strncasecmp(title.data, word.data, word.len) == 0)
				return &kinds[i];
		}
	}
	return NULL;
}
