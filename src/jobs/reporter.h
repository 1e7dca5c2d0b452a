/*
 * The reporter: messages, a status line and events during a run, on standard error.
 *
 * As text, messages have the form that compilers use, `PATH:LINE:COLUMN: error: TEXT`; for a syntax
 * error the source line and a caret follow. With --log json each message is a JSON object on a
 * line. Rendering and printing are separate functions, so that workers render messages and the
 * coordinator prints them whole.
 */
#ifndef KILN_JOBS_REPORTER_H
#define KILN_JOBS_REPORTER_H

#include "base/json.h"
#include "base/str.h"

enum reporter_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct reporter {
	bool json;
	bool color;
	bool progress;
	bool line_shown; /* the terminal shows a status line */
	double begun;	 /* seconds of the monotonic clock */
};

/* Decide on colour and status line. WHEN_AUTO: on a terminal, and colour only without $NO_COLOR. */
void reporter_init(
    struct reporter *reporter, enum reporter_when color, enum reporter_when progress);

/* Append a message with its line end. `word` is "error", "warning" or "note". */
void reporter_render(
    const struct reporter *reporter, const char *word, const struct error *error, struct str *ret);

/* Append all notes, as warnings. */
void reporter_render_notes(
    const struct reporter *reporter, const struct notes *notes, struct str *ret);

/* Print rendered text, which must be complete lines or empty. */
void reporter_print(struct reporter *reporter, struct slice text);

/* Render and print an error. */
void reporter_error(struct reporter *reporter, const struct error *error);

/* The same for a warning. */
void reporter_warning(struct reporter *reporter, const struct error *warning);

/* The same for a note, which is printed only on demand. */
void reporter_note(struct reporter *reporter, const struct error *note);

/* Show or update the status line. */
void reporter_progress(struct reporter *reporter, size_t finished, size_t total, size_t failed);

/* Remove the status line. */
void reporter_clear(struct reporter *reporter);

/* Seconds since reporter_init(). */
double reporter_elapsed(const struct reporter *reporter);

#endif
