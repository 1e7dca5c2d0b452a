#include "jobs/reporter.h"

#include <sys/ioctl.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/locale.h"

#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define PLAIN "\033[0m"
#define CLEAR_LINE "\r\033[K"

/* The most bytes of a source line that are shown, and the most characters of them before the
 * column. */
#define TEXT_LIMIT 512
#define COLUMNS_BEFORE 128

static bool decide(enum reporter_when when, bool otherwise)
{
	return when == WHEN_AUTO ? otherwise : when == WHEN_ALWAYS;
}

void reporter_init(struct reporter *reporter, enum reporter_when color, enum reporter_when progress)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	bool smart = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;

	*reporter = (struct reporter){
	    .color = decide(color, smart && !(no_color && *no_color)),
	    .progress = decide(progress, smart),
	    .begun = clock_seconds(),
	};
}

double reporter_elapsed(const struct reporter *reporter)
{
	return clock_seconds() - reporter->begun;
}

/* The character that `text` begins with; an invalid byte counts as one. */
static struct slice next_character(struct slice text)
{
	size_t len = slice_character(text);

	return slice_of(text.data, len ? len : 1);
}

/* How many columns a character takes, as add_line() shows it. */
static size_t width_of(struct slice character)
{
	autostr struct str shown = STR_INIT;
	mbstate_t state = {0};
	wchar_t point;
	int width;

	str_add_printable(&shown, character);
	if (!slice_equal(str_slice(&shown), character))
		return shown.len; /* escaped: ASCII */
	if (mbrtowc(&point, character.data, character.len, &state) != character.len)
		return 1;
	width = wcwidth(point);
	return width < 0 ? 1 : (size_t)width;
}

/* Append white space as wide as the line before `column`. A column beyond the line counts as its
 * end.
 */
static void add_indent(struct str *ret, struct slice text, long column)
{
	for (long at = 1; at < column && text.len; at++) {
		struct slice character = next_character(text);

		if (slice_is(character, "\t"))
			str_addc(ret, '\t');
		else
			for (size_t width = width_of(character); width > 0; width--)
				str_addc(ret, ' ');
		text = slice_from(text, character.len);
	}
}

/* Append a line as str_add_printable() does, but keep tabs, so that the caret stands right. */
static void add_line(struct str *ret, struct slice text)
{
	struct slice part;

	for (bool first = true; slice_next(&text, '\t', &part); first = false) {
		if (!first)
			str_addc(ret, '\t');
		str_add_printable(ret, part);
	}
}

/* The part of a line to show: a long one is cut at both sides so that the column stays visible. */
static struct slice shorten(struct slice text, long *column)
{
	struct slice shown;

	for (; *column > COLUMNS_BEFORE && text.len > TEXT_LIMIT; --*column)
		text = slice_from(text, next_character(text).len);
	shown = slice_of(text.data, 0);
	while (shown.len < text.len) {
		size_t len = shown.len + next_character(slice_from(text, shown.len)).len;

		if (len > TEXT_LIMIT)
			break;
		shown.len = len;
	}
	return shown;
}

static void add_excerpt(const struct reporter *reporter, const struct error *error, struct str *ret)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	long column = error->column;
	struct slice text = shorten(slice_c(error->text), &column);

	(void)locale_enter(&locale, NULL); /* without it only ASCII has its width */
	str_adds(ret, "  ");
	add_line(ret, text);
	str_addc(ret, '\n');
	if (column < 1)
		return;
	str_adds(ret, "  ");
	add_indent(ret, text, column);
	str_addf(ret, "%s^%s\n", reporter->color ? RED : "", reporter->color ? PLAIN : "");
}

static void render_text(
    const struct reporter *reporter, const char *word, const struct error *error, struct str *ret)
{
	const char *tint = strcmp(word, "error") == 0 ? RED : MAGENTA;

	str_adds(ret, reporter->color ? BOLD : "");
	str_add_printable(ret, slice_c(error->path ? error->path : "kiln"));
	if (error->path && error->line > 0)
		str_addf(ret, ":%ld", error->line);
	if (error->path && error->line > 0 && error->column > 0)
		str_addf(ret, ":%ld", error->column);
	if (reporter->color)
		str_addf(ret, ":%s %s%s:%s ", PLAIN, tint, word, PLAIN);
	else
		str_addf(ret, ": %s: ", word);
	str_add_printable(ret, slice_c(error->message));
	str_addc(ret, '\n');
	if (error->text)
		add_excerpt(reporter, error, ret);
}

static void render_json(const char *word, const struct error *error, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "event", word);
	if (error->path)
		json_member(&json, "path", error->path);
	if (error->path && error->line > 0)
		json_member_integer(&json, "line", error->line);
	if (error->path && error->column > 0)
		json_member_integer(&json, "column", error->column);
	json_member(&json, "message", error->message);
	if (error->text)
		json_member(&json, "text", error->text);
	json_object_end(&json);
	str_addc(ret, '\n');
}

void reporter_render(
    const struct reporter *reporter, const char *word, const struct error *error, struct str *ret)
{
	if (reporter->json)
		render_json(word, error, ret);
	else
		render_text(reporter, word, error, ret);
}

void reporter_print(struct reporter *reporter, struct slice text)
{
	if (!text.len)
		return;
	reporter_clear(reporter);
	/* If standard error fails, nothing can be reported. */
	(void)file_write_fd(STDERR_FILENO, "standard error", text, NULL);
}

void reporter_render_notes(
    const struct reporter *reporter, const struct notes *notes, struct str *ret)
{
	for (size_t i = 0; i < notes->count; i++)
		reporter_render(reporter, "warning", notes->items[i], ret);
}

static void print_as(struct reporter *reporter, const char *word, const struct error *error)
{
	autostr struct str text = STR_INIT;

	reporter_render(reporter, word, error, &text);
	reporter_print(reporter, str_slice(&text));
}

void reporter_error(struct reporter *reporter, const struct error *error)
{
	print_as(reporter, "error", error);
}

void reporter_warning(struct reporter *reporter, const struct error *warning)
{
	print_as(reporter, "warning", warning);
}

void reporter_note(struct reporter *reporter, const struct error *note)
{
	print_as(reporter, "note", note);
}

static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

void reporter_progress(struct reporter *reporter, size_t finished, size_t total, size_t failed)
{
	double elapsed = reporter_elapsed(reporter);
	double rate = elapsed > 0 ? (double)finished / elapsed : 0;
	autostr struct str line = STR_INIT;
	size_t width = terminal_width();

	if (!reporter->progress || reporter->json)
		return;
	str_addf(&line, "kiln: %zu/%zu, %.0f/s", finished, total, rate);
	if (failed)
		str_addf(&line, ", %zu failed", failed);
	if (rate > 0 && elapsed > 1)
		str_addf(&line, ", %.0f s left", (double)(total - finished) / rate);
	if (line.len >= width)
		str_truncate(&line, width - 1);
	(void)file_write_fd(STDERR_FILENO, "standard error", SLICE_LITERAL(CLEAR_LINE), NULL);
	(void)file_write_fd(STDERR_FILENO, "standard error", str_slice(&line), NULL);
	reporter->line_shown = true;
}

void reporter_clear(struct reporter *reporter)
{
	if (reporter->line_shown)
		(void)file_write_fd(STDERR_FILENO, "standard error", SLICE_LITERAL(CLEAR_LINE),
		    NULL); /* as in reporter_print() */
	reporter->line_shown = false;
}
