#include "delineation/words.h"

static const char *const type_names[ELEMENT_TYPES] = {
    [ELEMENT_MODULE] = "module",
    [ELEMENT_IMPORT] = "import",
    [ELEMENT_DATA] = "data",
    [ELEMENT_CLASS] = "class",
    [ELEMENT_INHERITANCE] = "inheritance",
    [ELEMENT_FUNCTION] = "function",
    [ELEMENT_METHOD] = "method",
    [ELEMENT_CLASSMETHOD] = "classmethod",
    [ELEMENT_STATICMETHOD] = "staticmethod",
    [ELEMENT_ABSTRACTMETHOD] = "abstractmethod",
    [ELEMENT_PROPERTY] = "property",
    [ELEMENT_ABSTRACTPROPERTY] = "abstractproperty",
    [ELEMENT_FIELD] = "field",
    [ELEMENT_TYPE_PARAMETER] = "type-parameter",
    [ELEMENT_PARAMETER] = "parameter",
    [ELEMENT_TYPE] = "type",
};

static const char *const kind_names[] = {
    [PARAMETER_POSITIONAL_ONLY] = "positional-only",
    [PARAMETER_POSITIONAL] = "positional",
    [PARAMETER_VARARG] = "vararg",
    [PARAMETER_KEYWORD_ONLY] = "keyword-only",
    [PARAMETER_KWARG] = "kwarg",
    [PARAMETER_TYPE_VAR] = "type-var",
    [PARAMETER_TYPE_VAR_TUPLE] = "type-var-tuple",
    [PARAMETER_PARAM_SPEC] = "param-spec",
};

const char *element_type_word(enum element_type type)
{
	return type_names[type];
}

bool element_type_of(const char *word, enum element_type *ret)
{
	for (unsigned type = 0; type < ELEMENT_TYPES; type++) {
		if (strcmp(type_names[type], word) == 0) {
			*ret = type;
			return true;
		}
	}
	return false;
}

const char *parameter_kind_word(enum parameter_kind kind)
{
	return kind_names[kind];
}

bool parameter_kind_of(const char *word, enum parameter_kind *ret)
{
	for (unsigned kind = 0; kind < sizeof(kind_names) / sizeof(*kind_names); kind++) {
		if (strcmp(kind_names[kind], word) == 0) {
			*ret = kind;
			return true;
		}
	}
	return false;
}
