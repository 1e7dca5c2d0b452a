#include <sys/ioctl.h>
#include <termios.h>

#include "base/file.h"
#include "jobs/reporter.h"

#include "jobs/printed.h"

static const struct reporter plain = {0};
static const struct reporter coloured = {.color = true};
static const struct reporter json = {.json = true};

/* An error as a reporter renders it; takes the error over. */
static char *render(const struct reporter *reporter, const char *word, struct error *error)
{
	struct str text = STR_INIT;

	reporter_render(reporter, word, error, &text);
	error_free(error);
	return str_take(&text);
}

/* An error at a place in m.py. */
static struct error *at(long line, long column, const char *text)
{
	struct error *error = NULL;

	(void)fail_at(&error, "m.py", line, column, text, "is wrong");
	return error;
}

/* Fails the test unless the error is rendered as `expected`. */
#define ck_rendered(reporter, word, error, expected)                      \
	do {                                                              \
		autofree char *text_ = render((reporter), (word), error); \
		ck_assert_str_eq(text_, expected);                        \
	} while (0)

START_TEST(a_message_says_what_is_known_of_the_place)
{
	struct error *nowhere = NULL;

	ck_rendered(&plain, "error", at(3, 7, NULL), "m.py:3:7: error: is wrong\n");
	ck_rendered(&plain, "error", at(3, 0, NULL), "m.py:3: error: is wrong\n");
	ck_rendered(&plain, "error", at(0, 0, NULL), "m.py: error: is wrong\n");
	ck_rendered(&plain, "error", at(0, 7, NULL), "m.py: error: is wrong\n");
	ck_rendered(&plain, "warning", at(3, 7, NULL), "m.py:3:7: warning: is wrong\n");
	(void)fail(&nowhere, ERROR_SYSTEM, "is full");
	ck_rendered(&plain, "error", nowhere, "kiln: error: is full\n");
}
END_TEST

START_TEST(a_line_without_a_column_is_shown_without_a_caret)
{
	ck_rendered(&plain, "error", at(3, 0, "x = "), "m.py:3: error: is wrong\n  x = \n");
}
END_TEST

START_TEST(the_caret_stands_below_the_place)
{
	static const struct {
		const char *text;
		long column;
		const char *shown; /* the line and that of the caret */
	} cases[] = {
	    {"$", 1, "  $\n  ^\n"},
	    {"x = $ + 1", 5, "  x = $ + 1\n      ^\n"},
	    {"", 1, "  \n  ^\n"},
	    /* Tabs stay, so that both lines have the same stops. */
	    {"\tx\t= $", 6, "  \tx\t= $\n  \t \t  ^\n"},
	    {"äöü$", 4, "  äöü$\n     ^\n"},
	    /* Two columns for a character. */
	    {"日本$", 3, "  日本$\n      ^\n"},
	    {"日\t本$", 4, "  日\t本$\n    \t  ^\n"},
	    {"ｆ$", 2, "  ｆ$\n    ^\n"},
	    {"\xf0\x9f\x98\x80$", 2, "  \xf0\x9f\x98\x80$\n    ^\n"},
	    /* None: a combining accent, a zero-width space. */
	    {"e\xcc\x81$", 3, "  e\xcc\x81$\n   ^\n"},
	    {"x\xe2\x80\x8b$", 3, "  x\xe2\x80\x8b$\n   ^\n"},
	    /* What is escaped is as wide as its escape. */
	    {"\x01$", 2, "  \\x01$\n      ^\n"},
	    {"\xc2\x85$", 2, "  \\xc2\\x85$\n          ^\n"},
	    {"\xe2\x80\xae$", 2, "  \\xe2\\x80\\xae$\n              ^\n"},
	    {"\xff\xfe$", 3, "  \\xff\\xfe$\n          ^\n"},
	    /* A place beyond the line is its end. */
	    {"x = (", 6, "  x = (\n       ^\n"},
	    {"x", 1000000000, "  x\n   ^\n"},
	    {"", 1000000000, "  \n  ^\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autofree char *expected = xasprintf(
		    "m.py:3:%ld: error: is wrong\n%s", cases[i].column, cases[i].shown);

		ck_rendered(&plain, "error", at(3, cases[i].column, cases[i].text), expected);
	}
}
END_TEST

/* A line of many characters with one "$"; its place is the column of that, from 1. */
static char *long_line(const char *character, size_t count, size_t column)
{
	struct str line = STR_INIT;

	for (size_t i = 1; i <= count; i++)
		str_adds(&line, i == column ? "$" : character);
	return str_take(&line);
}

START_TEST(a_long_line_is_shown_in_part_with_the_place)
{
	static const size_t columns[] = {1, 2, 127, 128, 129, 511, 512, 513, 5000, 99999, 100000};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		autofree char *line = long_line("x", 100000, columns[i]);
		autofree char *text = render(&plain, "error", at(1, (long)columns[i], line));
		struct slice rest = slice_c(text), message, shown, caret;
		const char *place;

		ck_assert(slice_next(&rest, '\n', &message));
		ck_assert(slice_next(&rest, '\n', &shown));
		ck_assert(slice_next(&rest, '\n', &caret));
		ck_assert_uint_le(shown.len, 600);
		place = memchr(shown.data, '$', shown.len);
		ck_assert_ptr_nonnull(place);
		ck_assert_uint_eq(caret.len - 1, (size_t)(place - shown.data));
	}
}
END_TEST

START_TEST(a_long_line_is_cut_between_characters)
{
	static const char *const characters[] = {"ä", "日", "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < 3 * sizeof(characters) / sizeof(*characters); i++) {
		autofree char *line = long_line(characters[i / 3], 3000, 300 + i);
		autofree char *text = render(&plain, "error", at(1, (long)(300 + i), line));

		ck_assert_ptr_null(strstr(text, "\\x"));
		ck_assert_ptr_nonnull(strchr(text, '$'));
	}
}
END_TEST

/* Every byte but NUL, in an order in which many are no UTF-8. */
static void add_all_bytes(struct str *ret)
{
	for (int byte = 1; byte < 256; byte++)
		str_addc(ret, (char)byte);
	str_adds(
	    ret, "\xe2\x80\xa8\xe2\x80\xae\xc2\x9b"); /* a line end, a change of direction, CSI */
}

/* Fails the test if text for a terminal has anything but printable UTF-8, line ends and, in an
 * excerpt, tabs. */
static void ck_harmless(const char *text)
{
	autostr struct str printable = STR_INIT;
	autostr struct str lines = STR_INIT;

	for (const char *c = text; *c; c++) {
		if (*c != '\n' && *c != '\t')
			str_addc(&lines, *c);
	}
	ck_assert(slice_is_utf8(str_slice(&lines)));
	str_add_printable(&printable, str_slice(&lines));
	ck_assert_str_eq(str_c(&printable), str_c(&lines));
}

START_TEST(nothing_in_an_error_drives_the_terminal)
{
	autostr struct str bytes = STR_INIT;
	struct error *error = NULL;
	autofree char *text = NULL;
	size_t lines = 0;

	add_all_bytes(&bytes);
	(void)fail_at(&error, str_c(&bytes), 3, 40, str_c(&bytes), "%s", str_c(&bytes));
	text = render(&plain, "error", error);
	ck_harmless(text);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, 3);
}
END_TEST

/* Without what sets colours. */
static char *without_colour(const char *text)
{
	struct str rest = STR_INIT;

	while (*text) {
		if (strncmp(text, "\033[", 2) == 0)
			text += strcspn(text, "m") + 1;
		else
			str_addc(&rest, *text++);
	}
	return str_take(&rest);
}

START_TEST(colour_adds_nothing_but_colour)
{
	static const char *const words[] = {"error", "warning"};

	for (size_t i = 0; i < 2; i++) {
		autofree char *text = render(&plain, words[i], at(3, 5, "x = $"));
		autofree char *colour = render(&coloured, words[i], at(3, 5, "x = $"));
		autofree char *rest = without_colour(colour);

		ck_assert_str_ne(text, colour);
		ck_assert_str_eq(rest, text);
		ck_assert_ptr_null(strchr(text, '\033'));
	}
}
END_TEST

/* The object on the one line that an error is rendered as; takes the error over. */
static struct json *render_json(const char *word, struct error *error)
{
	autofree char *text = render(&json, word, error);
	autoerror struct error *problem = NULL;
	struct json *object = json_parse(slice_c(text), "event", SIZE_MAX, &problem);

	ck_assert_msg(object, "%s: %s", problem ? problem->message : "", text);
	ck_assert(json_is(object, JSON_OBJECT));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	return object;
}

static void ck_string(const struct json *object, const char *key, const char *expected)
{
	const struct json *member = json_get(object, key);

	ck_assert_msg(json_is(member, JSON_STRING), "no string %s", key);
	ck_assert_str_eq(member->string, expected);
}

static void ck_number(const struct json *object, const char *key, double expected)
{
	const struct json *member = json_get(object, key);

	ck_assert_msg(json_is(member, JSON_NUMBER), "no number %s", key);
	ck_assert(member->number == expected);
}

START_TEST(an_event_has_what_is_known_of_an_error)
{
	autojson struct json *full = render_json("error", at(3, 5, "\tx = \"$\""));
	autojson struct json *bare = render_json("warning", at(0, 0, NULL));
	struct error *nowhere = NULL;
	autojson struct json *system = NULL;

	ck_string(full, "event", "error");
	ck_string(full, "path", "m.py");
	ck_number(full, "line", 3);
	ck_number(full, "column", 5);
	ck_string(full, "message", "is wrong");
	ck_string(full, "text", "\tx = \"$\"");
	ck_string(bare, "event", "warning");
	ck_assert(!json_get(bare, "line"));
	ck_assert(!json_get(bare, "column"));
	ck_assert(!json_get(bare, "text"));
	(void)fail(&nowhere, ERROR_SYSTEM, "is full");
	system = render_json("error", nowhere);
	ck_assert(!json_get(system, "path"));
	ck_string(system, "message", "is full");
}
END_TEST

START_TEST(an_event_is_one_line_of_ascii_or_utf8_whatever_is_in_it)
{
	autostr struct str bytes = STR_INIT;
	struct error *error = NULL;
	autojson struct json *event = NULL;
	autofree char *text = NULL;

	add_all_bytes(&bytes);
	(void)fail_at(&error, str_c(&bytes), 3, 40, str_c(&bytes), "%s", str_c(&bytes));
	event = render_json("error", error);
	ck_string(event, "event", "error");
	error = NULL;
	(void)fail_at(&error, str_c(&bytes), 0, 0, NULL, "x");
	text = render(&json, "error", error);
	ck_assert(slice_is_utf8(slice_c(text)));
	for (const char *c = text; c[1]; c++)
		ck_assert((unsigned char)*c >= ' ');
}
END_TEST

START_TEST(what_was_rendered_is_printed_to_standard_error_as_it_is)
{
	struct reporter reporter = {0};

	keep_errors();
	reporter_print(&reporter, SLICE_LITERAL("one\ntwo \x01\n"));
	reporter_print(&reporter, SLICE_LITERAL(""));
	suite_expect("errors", "one\ntwo \x01\n");
}
END_TEST

START_TEST(an_error_is_printed_in_the_form_of_the_reporter)
{
	struct reporter text = plain, object = json;
	autoerror struct error *error = at(3, 0, NULL);

	keep_errors();
	reporter_error(&text, error);
	suite_expect("errors", "m.py:3: error: is wrong\n");
	keep_errors();
	reporter_error(&object, error);
	suite_expect("errors",
	    "{\"event\":\"error\",\"path\":\"m.py\",\"line\":3,\"message\":\"is wrong\"}\n");
}
END_TEST

START_TEST(a_status_line_is_shown_only_with_progress_and_as_text)
{
	struct reporter without = {0};
	struct reporter events = {.json = true, .progress = true};

	keep_errors();
	reporter_progress(&without, 1, 2, 0);
	reporter_progress(&events, 1, 2, 0);
	reporter_clear(&without);
	reporter_clear(&events);
	suite_expect("errors", "");
}
END_TEST

START_TEST(a_status_line_gives_way_to_messages)
{
	struct reporter reporter = {.progress = true};
	autostr struct str errors = STR_INIT;
	autoerror struct error *error = NULL;

	keep_errors();
	reporter_progress(&reporter, 3, 10, 2);
	reporter_print(&reporter, SLICE_LITERAL("message\n"));
	reporter_print(&reporter, SLICE_LITERAL("another\n"));
	reporter_clear(&reporter);
	ck_ok(file_read("errors", FILE_READ_LIMIT, &errors, NULL, &error), error);
	ck_assert(slice_starts(str_slice(&errors), SLICE_LITERAL("\r\033[Kkiln: 3/10, ")));
	ck_assert_ptr_nonnull(strstr(errors.data, ", 2 failed"));
	ck_assert(slice_ends(str_slice(&errors), SLICE_LITERAL("\r\033[Kmessage\nanother\n")));
}
END_TEST

/* Let standard error be a terminal of that many columns; returns its other end. */
static int open_terminal(unsigned short columns)
{
	const struct winsize size = {.ws_row = 24, .ws_col = columns};
	int ours = posix_openpt(O_RDWR | O_NOCTTY);
	autoclose int theirs = -1;
	struct termios mode;

	ck_assert_int_ge(ours, 0);
	ck_assert_int_eq(grantpt(ours), 0);
	ck_assert_int_eq(unlockpt(ours), 0);
	theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(theirs, 0);
	ck_assert_int_eq(ioctl(theirs, TIOCSWINSZ, &size), 0);
	ck_assert_int_eq(tcgetattr(theirs, &mode), 0);
	cfmakeraw(&mode);
	ck_assert_int_eq(tcsetattr(theirs, TCSANOW, &mode), 0);
	ck_assert_int_eq(dup2(theirs, STDERR_FILENO), STDERR_FILENO);
	return ours;
}

/* What was written to the terminal, which is given up. */
static size_t count_written(int terminal)
{
	char text[256];
	size_t count = 0;
	ssize_t len;

	keep_errors(); /* closes its other end: then reading fails at the end */
	while ((len = read(terminal, text, sizeof(text))) > 0)
		count += (size_t)len;
	return count;
}

START_TEST(a_status_line_fits_the_terminal)
{
	struct reporter reporter = {.progress = true};
	autoclose int terminal = open_terminal(20);

	reporter_progress(&reporter, 123456789, 1234567890, 12345);
	ck_assert_uint_eq(count_written(terminal), strlen("\r\033[K") + 19);
}
END_TEST

static void set_variable(const char *name, const char *value)
{
	ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

START_TEST(colour_and_progress_are_for_terminals)
{
	static const struct {
		const char *terminal; /* TERM */
		const char *no_color; /* NO_COLOR */
		enum reporter_when color, progress;
		bool expect_color, expect_progress;
	} cases[] = {
	    {"xterm", NULL, WHEN_AUTO, WHEN_AUTO, true, true},
	    {"xterm", "1", WHEN_AUTO, WHEN_AUTO, false, true},
	    {"xterm", "", WHEN_AUTO, WHEN_AUTO, true, true},
	    {"xterm", "1", WHEN_ALWAYS, WHEN_NEVER, true, false},
	    {"xterm", NULL, WHEN_NEVER, WHEN_NEVER, false, false},
	    {"dumb", NULL, WHEN_AUTO, WHEN_AUTO, false, false},
	    {NULL, NULL, WHEN_AUTO, WHEN_AUTO, false, false},
	    {"dumb", NULL, WHEN_ALWAYS, WHEN_ALWAYS, true, true},
	};
	autoclose int terminal = open_terminal(80);

	(void)terminal;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reporter reporter;

		set_variable("TERM", cases[i].terminal);
		set_variable("NO_COLOR", cases[i].no_color);
		reporter_init(&reporter, cases[i].color, cases[i].progress);
		ck_assert_int_eq(reporter.color, cases[i].expect_color);
		ck_assert_int_eq(reporter.progress, cases[i].expect_progress);
		ck_assert(!reporter.json);
	}
}
END_TEST

START_TEST(a_file_gets_colour_and_progress_only_if_asked_for)
{
	struct reporter reporter;

	set_variable("TERM", "xterm");
	set_variable("NO_COLOR", NULL);
	keep_errors();
	reporter_init(&reporter, WHEN_AUTO, WHEN_AUTO);
	ck_assert(!reporter.color && !reporter.progress);
	reporter_init(&reporter, WHEN_ALWAYS, WHEN_ALWAYS);
	ck_assert(reporter.color && reporter.progress);
}
END_TEST

START_TEST(time_passes)
{
	struct reporter reporter;

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	ck_assert(reporter_elapsed(&reporter) >= 0);
	reporter.begun -= 100;
	ck_assert(reporter_elapsed(&reporter) >= 100);
}
END_TEST

SUITE("jobs/reporter", a_message_says_what_is_known_of_the_place,
    a_line_without_a_column_is_shown_without_a_caret, the_caret_stands_below_the_place,
    a_long_line_is_shown_in_part_with_the_place, a_long_line_is_cut_between_characters,
    nothing_in_an_error_drives_the_terminal, colour_adds_nothing_but_colour,
    an_event_has_what_is_known_of_an_error, an_event_is_one_line_of_ascii_or_utf8_whatever_is_in_it,
    what_was_rendered_is_printed_to_standard_error_as_it_is,
    an_error_is_printed_in_the_form_of_the_reporter,
    a_status_line_is_shown_only_with_progress_and_as_text, a_status_line_gives_way_to_messages,
    a_status_line_fits_the_terminal, colour_and_progress_are_for_terminals,
    a_file_gets_colour_and_progress_only_if_asked_for, time_passes)
