#include "command/argparse.h"

#include "base/fields.h"
#include "base/message.h"
#include "python/character.h"
#include "python/library.h"
#include "python/text.h"

enum word_kind { WORD_ARGUMENT, WORD_OPTION, WORD_DASHES };

/* A word of the command line, as classified before any option is consumed. */
struct word {
	enum word_kind kind;
	const struct argparse_option *option; /* NULL for an unknown one */
	const char *value;		      /* within the word; NULL if there is none */
	bool equals;			      /* the value stands after "=" */
	bool letter;			      /* the option is given by its letter */
	bool ambiguous;
};

/* What a word with joined letters ends with. */
struct letters {
	size_t count;			      /* of letters after the first */
	const struct argparse_option *option; /* the last one */
	const char *value;		      /* NULL if there is none */
	const char *unknown;		      /* the first letter that is no option, or NULL */
};

struct parsing {
	const struct argparse *parser;
	char **argv;
	size_t count;
	struct word *words;
	void *settings;
	struct argparse_result *result;
	bool taken; /* the positional has its arguments; later arguments are unrecognized */
	struct str extras;
	size_t extra_count;
};

void argparse_result_release(struct argparse_result *result)
{
	free(result->items);
	str_release(&result->output);
	str_release(&result->error);
	*result = (struct argparse_result){0};
}

/* Append a word as CPython writes it to standard error. */
static void add_word(struct str *ret, const char *word)
{
	struct slice rest = slice_c(word);

	while (rest.len) {
		const char *from = rest.data;
		uint32_t point = python_take_character(&rest);

		if (point >= 0xdc80 && point <= 0xdcff)
			str_addf(ret, "\\u%04x", point);
		else
			str_add(ret, from, (size_t)(rest.data - from));
	}
}

static void add_repr(struct str *ret, const char *word)
{
	autoerror struct error *error = NULL;

	/* Fails only if the interpreter cannot start; then an unquoted word is good enough. */
	if (python_repr(slice_c(word), ret, &error) < 0)
		add_word(ret, word);
}

void argparse_error(const struct argparse *parser, const char *message, struct str *ret)
{
	autofree char *program = argparse_program(parser);

	argparse_usage(parser, ret);
	str_addf(ret, _("%s: error: %s\n"), program, message);
}

static int fail_parsing(struct parsing *p, const char *format, ...) error_format(2, 3);

static int fail_parsing(struct parsing *p, const char *format, ...)
{
	autostr struct str message = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&message, format, arguments);
	va_end(arguments);
	argparse_error(p->parser, str_c(&message), &p->result->error);
	return -1;
}

static int fail_option(struct parsing *p, const struct argparse_option *option, const char *message)
{
	autostr struct str name = STR_INIT;

	str_addf(&name, "%s%s%s", option->letter ? option->letter : "",
	    option->letter && option->name ? "/" : "", option->name ? option->name : "");
	return fail_parsing(p, _("argument %s: %s"), str_c(&name), message);
}

/* fail_option() with a format for a quoted word. */
static int fail_value(struct parsing *p, const struct argparse_option *option, const char *format,
    const char *value) error_format(3, 0);

static int fail_value(
    struct parsing *p, const struct argparse_option *option, const char *format, const char *value)
{
	autostr struct str quoted = STR_INIT;
	autostr struct str message = STR_INIT;

	add_repr(&quoted, value);
	str_addf(&message, format, str_c(&quoted));
	return fail_option(p, option, str_c(&message));
}

static const struct argparse_option *find_letter(const struct argparse *parser, char letter)
{
	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		if (option->letter && option->letter[1] == letter)
			return option;
	}
	return NULL;
}

/* Find an option by its whole name, with dashes. */
static const struct argparse_option *find_exact(const struct argparse *parser, struct slice name)
{
	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		if ((option->letter && slice_is(name, option->letter)) ||
		    (option->name && slice_is(name, option->name)))
			return option;
	}
	return NULL;
}

/* Find the options whose names begin with a prefix: their number, names, and the last one. */
static size_t find_abbreviated(const struct argparse *parser, struct slice prefix, bool own,
    struct str *names, const struct argparse_option **ret)
{
	size_t count = 0;

	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		if (!option->name || option->own != own ||
		    !slice_starts(slice_c(option->name), prefix))
			continue;
		str_addf(names, "%s%s", count++ ? ", " : "", option->name);
		*ret = option;
	}
	return count;
}

/* Follow letters joined to an option as long as they are options. */
static struct letters follow_letters(const struct argparse *parser, const struct word *word)
{
	struct letters ret = {.option = word->option, .value = word->value};
	bool equals = word->equals;

	while (word->letter && ret.value && *ret.value && !argparse_takes_value(ret.option)) {
		const struct argparse_option *next = find_letter(parser, *ret.value);

		if (library.strict_letters && (equals || *ret.value == '-'))
			break;
		if (!next) {
			ret.unknown = library.strict_letters ? ret.value : NULL;
			break;
		}
		ret.option = next;
		ret.value = ret.value[1] ? ret.value + 1 : NULL;
		ret.count++;
		equals = library.strict_letters && ret.value && *ret.value == '=';
		if (equals)
			ret.value++;
	}
	return ret;
}

/* Whether the next word is the value of this option. */
static bool wants_value(const struct argparse *parser, const struct word *word)
{
	struct letters letters;

	if (!word->option)
		return false;
	letters = follow_letters(parser, word);
	return argparse_takes_value(letters.option) && !letters.value;
}

/* Whether a word is a negative number, which is an argument, and no own option. */
static bool is_number(const struct parsing *p, size_t at)
{
	struct slice text = slice_c(p->argv[at]);

	if (!python_is_negative(text))
		return false;
	return !find_exact(p->parser, text) || (at && wants_value(p->parser, &p->words[at - 1]));
}

/* Find the options that a word with two dashes, or with "-=", may abbreviate: their number. */
static size_t find_meant(const struct argparse *parser, const char *text, struct str *names,
    const struct argparse_option **ret)
{
	struct slice name = slice_of(text, strcspn(text, "="));
	size_t count = 0;

	if (text[1] == '-') {
		count = find_abbreviated(parser, name, false, names, ret);
		return count ? count : find_abbreviated(parser, name, true, names, ret);
	}
	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		if (option->own)
			continue;
		if (option->letter)
			str_addf(names, "%s%s", count++ ? ", " : "", option->letter);
		if (option->name)
			str_addf(names, "%s%s", count++ ? ", " : "", option->name);
	}
	return count;
}

static int fail_ambiguous(struct parsing *p, const char *text)
{
	const struct argparse_option *option;
	autostr struct str names = STR_INIT;
	autostr struct str given = STR_INIT;

	(void)find_meant(p->parser, text, &names, &option); /* counted before */
	add_word(&given, text);
	return fail_parsing(
	    p, _("ambiguous option: %s could match %s"), str_c(&given), str_c(&names));
}

/* Find the option of a word that is not its whole name. */
static int classify_part(struct parsing *p, const char *text, struct word *word)
{
	bool is_long = text[1] == '-';
	autostr struct str names = STR_INIT;

	if (is_long || (text[1] == '=' && library.strict_letters)) {
		word->ambiguous = find_meant(p->parser, text, &names, &word->option) > 1;
	} else {
		word->option = find_letter(p->parser, text[1]);
		word->value = text + 2;
		word->equals = false;
	}
	if (!word->ambiguous)
		return 0;
	word->kind = WORD_OPTION;
	return library.late_ambiguity ? 0 : fail_ambiguous(p, text);
}

/* Classify a word that begins with a dash and goes on. */
static int classify_option(struct parsing *p, const char *text, struct word *word)
{
	struct slice name = slice_of(text, strcspn(text, "="));

	word->option = find_exact(p->parser, name);
	word->equals = text[name.len] == '=';
	word->value = word->equals ? text + name.len + 1 : NULL;
	word->letter = text[1] != '-';
	if (!word->option && classify_part(p, text, word) < 0)
		return -1;
	if (word->option || !strchr(text, ' '))
		word->kind = WORD_OPTION;
	return 0;
}

static int classify(struct parsing *p)
{
	for (size_t at = 0; at < p->count; at++) {
		const char *text = p->argv[at];

		if (strcmp(text, "--") == 0) {
			p->words[at].kind = WORD_DASHES;
			return 0; /* all words that follow are arguments */
		}
		if (text[0] != '-' || !text[1] || is_number(p, at))
			continue;
		if (classify_option(p, text, &p->words[at]) < 0)
			return -1;
	}
	return 0;
}

static bool is_choice(const struct argparse_option *option, const char *text)
{
	for (const char *const *choice = option->choices; *choice; choice++) {
		if (strcmp(*choice, text) == 0)
			return true;
	}
	return false;
}

static int fail_choice(struct parsing *p, const struct argparse_option *option, const char *value)
{
	autostr struct str quoted = STR_INIT;
	autostr struct str choices = STR_INIT;
	autofree char *message = NULL;

	add_repr(&quoted, value);
	for (const char *const *choice = option->choices; *choice; choice++) {
		str_adds(&choices, choice == option->choices ? "" : ", ");
		if (library.quotes_choices)
			add_repr(&choices, *choice);
		else
			str_adds(&choices, *choice);
	}
	message = xasprintf(
	    _("invalid choice: %s (choose from %s)"), str_c(&quoted), str_c(&choices));
	return fail_option(p, option, message);
}

static int take(struct parsing *p, const struct argparse_option *option, const char *value)
{
	void *member = (char *)p->settings + option->offset;
	long number;

	if (option->kind == ARGPARSE_HELP) {
		argparse_help(p->parser, &p->result->output);
		p->result->help = true;
		return -1;
	}
	if (option->kind == ARGPARSE_FLAG) {
		*(bool *)member = true;
	} else if (option->kind == ARGPARSE_COUNT) {
		++*(int *)member;
	} else if (option->kind == ARGPARSE_INTEGER) {
		if (!python_int(slice_c(value), &number))
			return fail_value(p, option, _("invalid int value: %s"), value);
		option->take(p->settings, number);
	} else if (option->kind == ARGPARSE_LIST) {
		fields_adds(member, value);
	} else {
		bool is_value = library.dashes_are_value || strcmp(value, "--") != 0;

		if (is_value && option->kind == ARGPARSE_CHOICE && !is_choice(option, value))
			return fail_choice(p, option, value);
		*(const char **)member = is_value ? value : NULL;
	}
	return 0;
}

static void add_extras(struct parsing *p, size_t from, size_t to)
{
	for (; from < to; from++) {
		str_adds(&p->extras, p->extra_count++ ? " " : "");
		add_word(&p->extras, p->argv[from]);
	}
}

/* Add letters that no option has as a word of their own. */
static void add_extra_letters(struct parsing *p, const char *letters)
{
	str_adds(&p->extras, p->extra_count++ ? " -" : "-");
	add_word(&p->extras, letters);
}

/* Consume the option at *at, options joined to it, and a value. Nothing is consumed if one is
 * wrong. */
static int consume_option(struct parsing *p, size_t *at)
{
	const struct word *word = &p->words[*at];
	const struct argparse_option *flag = word->option;
	struct letters letters;

	if (word->ambiguous)
		return fail_ambiguous(p, p->argv[*at]);
	if (!word->option) {
		add_extras(p, *at, *at + 1);
		(*at)++;
		return 0;
	}
	letters = follow_letters(p->parser, word);
	if (letters.unknown)
		letters.value = NULL;
	if (letters.value && !argparse_takes_value(letters.option))
		return fail_value(
		    p, letters.option, _("ignored explicit argument %s"), letters.value);
	(*at)++;
	if (letters.unknown)
		add_extra_letters(p, letters.unknown);
	if (!letters.value && argparse_takes_value(letters.option)) {
		if (*at == p->count || p->words[*at].kind != WORD_ARGUMENT)
			return fail_option(p, letters.option, _("expected one argument"));
		letters.value = p->argv[(*at)++];
	}
	for (size_t i = 0; i < letters.count; i++) {
		if (take(p, flag, NULL) < 0)
			return -1;
		flag = find_letter(p->parser, word->value[i]);
	}
	return take(p, letters.option, letters.value);
}

/* Consume the arguments from *at up to an option. Only the first run of arguments counts. */
static void consume_arguments(struct parsing *p, size_t *at)
{
	struct argparse_result *result = p->result;
	size_t end = *at, arguments = 0;
	bool dashes = false;

	for (; end < p->count && p->words[end].kind != WORD_OPTION; end++)
		arguments += p->words[end].kind == WORD_ARGUMENT;
	if (p->taken || (p->parser->required && !arguments))
		return;
	p->taken = true;
	for (; *at < end; (*at)++) {
		if (!dashes && strcmp(p->argv[*at], "--") == 0)
			dashes = true;
		else
			result->items[result->count++] = p->argv[*at];
	}
}

static size_t next_option(const struct parsing *p, size_t at)
{
	while (at < p->count && p->words[at].kind != WORD_OPTION)
		at++;
	return at;
}

static int consume(struct parsing *p)
{
	size_t at = 0, option;

	while ((option = next_option(p, at)) < p->count) {
		if (at < option)
			consume_arguments(p, &at);
		add_extras(p, at, option);
		at = option;
		if (consume_option(p, &at) < 0)
			return -1;
	}
	consume_arguments(p, &at);
	add_extras(p, at, p->count);
	if (p->parser->required && !p->taken)
		return fail_parsing(
		    p, _("the following arguments are required: %s"), p->parser->positional);
	if (p->extra_count)
		return fail_parsing(p, _("unrecognized arguments: %s"), str_c(&p->extras));
	return 0;
}

bool argparse_parse(const struct argparse *parser, int argc, char **argv, void *settings,
    struct argparse_result *ret)
{
	size_t count = (size_t)argc;
	struct parsing p = {
	    .parser = parser,
	    .argv = argv,
	    .count = count,
	    .words = xcalloc(count + 1, sizeof(*p.words)),
	    .settings = settings,
	    .result = ret,
	};
	bool parsed;

	*ret = (struct argparse_result){.items = xcalloc(count + 1, sizeof(*ret->items))};
	parsed = classify(&p) == 0 && consume(&p) == 0;
	free(p.words);
	str_release(&p.extras);
	return parsed;
}
