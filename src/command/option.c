#include "command/command.h"

#include "base/message.h"
#include "command/python_stdout.h"

/* The columns of --help at which the text of an option begins and ends. */
#define HELP_COLUMN 28
#define HELP_WIDTH 80

void arguments_release(struct arguments *arguments)
{
	free(arguments->items);
	*arguments = (struct arguments){NULL, 0, false};
}

static const struct option *find_long(const struct command *command, struct slice name)
{
	for (const struct option *option = command->options; option->name; option++) {
		if (slice_is(name, option->name))
			return option;
	}
	return NULL;
}

static const struct option *find_letter(const struct command *command, char letter)
{
	for (const struct option *option = command->options; option->name; option++) {
		if (option->letter == letter)
			return option;
	}
	return NULL;
}

/* A command line that is being parsed. */
struct parser {
	const struct command *command;
	void *settings;
	const char *const *next; /* remaining arguments, ended by NULL */
	struct arguments *found;
	/* If not NULL, the settings are left alone, and this gets the names of options. */
	struct fields *names;
	const char *wanted; /* the name of an option, whose last value goes to: */
	const char *value;
	bool has_ended; /* what follows are arguments */
};

static int unknown(const struct parser *parser, const char *word, struct error **err)
{
	return fail(err, ERROR_USAGE, "unknown option '%s': see 'kiln help %s'", word,
	    parser->command->name);
}

/* Parse a number of decimal digits. */
static int take_number(
    const char *name, const char *value, unsigned most, unsigned *ret, struct error **err)
{
	autofree char *possible = xasprintf("1 to %u", most);
	uint64_t number;

	if (!slice_number(slice_c(value), &number) || number < 1 || number > most)
		return fail_bad_value(name, value, possible, err);
	*ret = (unsigned)number;
	return 0;
}

/* Find the index of a word among the possible ones. */
static int take_word(
    const char *name, const char *value, const char *words, unsigned *ret, struct error **err)
{
	struct slice rest = slice_c(words), word;
	autofree char *expected = NULL;

	for (*ret = 0; slice_next(&rest, ',', &word); ++*ret) {
		if (slice_is(word, value))
			return 0;
		if (rest.len)
			rest = slice_from(rest, 1); /* the space */
	}
	expected = xasprintf("%.*s or %s", (int)(word.data - words) - 2, words, word.data);
	return fail_bad_value(name, value, expected, err);
}

/* Set the member of the settings that an option is for. */
static int take_into(
    const struct option *option, const char *value, void *member, struct error **err)
{
	autofree char *name = xasprintf("--%s", option->name);
	unsigned index;

	if (option->kind == OPTION_TRUE || option->kind == OPTION_FALSE) {
		*(bool *)member = option->kind == OPTION_TRUE;
	} else if (option->kind == OPTION_NUMBER) {
		return take_number(name, value, option->most, member, err);
	} else if (option->kind == OPTION_CHOICE) {
		return take_word(name, value, option->possible, member, err);
	} else if (option->kind == OPTION_SWITCH) {
		if (take_word(name, value, option->possible, &index, err) < 0)
			return -1;
		*(bool *)member = index == 1;
	} else if (option->possible && !*value) {
		return fail_bad_value(name, value, option->possible, err);
	} else if (option->kind == OPTION_LIST) {
		fields_adds(member, value);
	} else {
		*(const char **)member = value;
	}
	return 0;
}

static int take(struct parser *parser, const struct option *option, const char *word,
    const char *value, struct error **err)
{
	char *settings = parser->settings;

	if (option->argument && !value && !*parser->next)
		return fail(
		    err, ERROR_USAGE, "option '%s' needs a value %s", word, option->argument);
	if (option->argument && !value)
		value = *parser->next++;
	parser->has_ended |= option->is_last;
	if (parser->names) {
		fields_adds(parser->names, option->name);
		if (strcmp(option->name, parser->wanted) == 0)
			parser->value = value;
		return 0;
	}
	if (option->given)
		*(bool *)(settings + option->given) = true;
	if (option->kind == OPTION_TAKE)
		return option->take(settings, option->argument ? value : option->name, err);
	parser->found->help |= option->kind == OPTION_HELP;
	if (option->kind == OPTION_HELP || option->kind == OPTION_IGNORED)
		return 0;
	return take_into(option, value, settings + option->offset, err);
}

static int parse_long(struct parser *parser, const char *word, struct error **err)
{
	size_t len = strcspn(word, "=");
	const struct option *option = find_long(parser->command, slice_of(word + 2, len - 2));
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!option)
		return unknown(parser, word, err);
	if (value && !option->argument)
		return fail(err, ERROR_USAGE, "option '--%s' takes no value", option->name);
	return take(parser, option, word, value, err);
}

static int parse_letters(struct parser *parser, const char *word, struct error **err)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct option *option = find_letter(parser->command, *letter);

		if (!option)
			return unknown(parser, word, err);
		if (option->argument)
			return take(parser, option, word, letter[1] ? letter + 1 : NULL, err);
		if (take(parser, option, word, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int parse(struct parser *parser, size_t count, struct error **err)
{
	struct arguments *found = parser->found;

	*found = (struct arguments){xcalloc(count + 1, sizeof(*found->items)), 0, false};
	while (*parser->next) {
		const char *word = *parser->next++;

		if (parser->has_ended || word[0] != '-' || !word[1]) {
			found->items[found->count++] = word;
			parser->has_ended |= parser->command->runs_program;
		} else if (strcmp(word, "--") == 0) {
			parser->has_ended = true;
		} else if ((word[1] == '-' ? parse_long : parse_letters)(parser, word, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int option_parse(const struct command *command, int argc, const char *const *argv, void *settings,
    struct arguments *ret, struct error **err)
{
	struct parser parser = {command, settings, argv, ret, NULL, NULL, NULL, false};

	return parse(&parser, (size_t)argc, err);
}

int option_names(const struct command *command, int argc, const char *const *argv,
    const char *wanted, struct fields *ret, const char **ret_value)
{
	autoarguments struct arguments none = {NULL, 0, false};
	struct parser parser = {command, NULL, argv, &none, ret, wanted, NULL, false};
	int result = parse(&parser, (size_t)argc, NULL);

	*ret_value = parser.value;
	return result;
}

bool command_asks_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* Add words from column `at` on, broken at spaces; further lines begin at HELP_COLUMN. */
static void add_wrapped(struct str *text, size_t at, const char *words)
{
	struct slice rest = slice_c(words), word;

	for (bool first = true; slice_next(&rest, ' ', &word); first = false) {
		if (!first && at + 1 + word.len > HELP_WIDTH) {
			str_addf(text, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (!first) {
			str_addc(text, ' ');
			at++;
		}
		str_add_slice(text, word);
		at += word.len;
	}
	str_addc(text, '\n');
}

static void add_option(struct str *text, const struct option *option)
{
	size_t begin = text->len;

	if (option->letter)
		str_addf(text, "  -%c, --%s", option->letter, option->name);
	else
		str_addf(text, "      --%s", option->name);
	if (option->argument)
		str_addf(text, " %s", option->argument);
	if (text->len - begin + 2 > HELP_COLUMN)
		str_addf(text, "\n%*s", HELP_COLUMN, "");
	else
		str_addf(text, "%*s", (int)(HELP_COLUMN - (text->len - begin)), "");
	add_wrapped(text, HELP_COLUMN, option->help);
}

void command_set_level(int given)
{
	/* The interpreter and CPython's own processes read this variable. Fails only without
	 * memory. */
	if (given && setenv("PYTHONOPTIMIZE", given > 1 ? "2" : "1", true) < 0)
		out_of_memory();
}

static int print_parser_help(const struct argparse *parser)
{
	autostr struct str text = STR_INIT;
	struct output output;

	message_start();
	output_init(&output);
	argparse_help(parser, &text);
	output_print(&output, false, str_slice(&text));
	return output_finish(&output, 0);
}

int command_print_help(const struct command *command)
{
	autostr struct str text = STR_INIT;

	if (command->parser)
		return print_parser_help(command->parser);
	str_addf(&text, "usage: kiln %s %s\n\n%s.\n", command->name, command->arguments,
	    command->summary);
	if (command->options)
		str_adds(&text, "\n");
	for (const struct option *option = command->options; option && option->name; option++)
		add_option(&text, option);
	if (command->details)
		str_addf(&text, "\n%s", command->details);
	return command_print(str_slice(&text));
}
