/*
 * What a person or another program is told while work is done: messages, a status line, events.
 *
 * Everything goes to standard error. As text, messages have the form compilers use,
 * `PATH:LINE:COLUMN: error: TEXT`, for a syntax error followed by the line and a caret; with
 * --log json each is one JSON object on a line. Rendering is apart from printing, so that workers
 * render and the coordinator prints whole messages.
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
	bool line_shown; /* a status line stands on the terminal */
	double begun;	 /* seconds of the monotonic clock */
};

/* Decide colour and progress: by default on a terminal, colour also not with NO_COLOR. */
void reporter_init(
    struct reporter *reporter, enum reporter_when color, enum reporter_when progress);

/* Append an error or ("warning", "note") other message, with the line end. */
void reporter_render(
    const struct reporter *reporter, const char *word, const struct error *error, struct str *ret);

/* Append all notes, as warnings. */
void reporter_render_notes(
    const struct reporter *reporter, const struct notes *notes, struct str *ret);

/* Print what was rendered: complete lines, or nothing. */
void reporter_print(struct reporter *reporter, struct slice text);

/* Render and print. */
void reporter_error(struct reporter *reporter, const struct error *error);

/* The same for a warning. */
void reporter_warning(struct reporter *reporter, const struct error *warning);

/* The same for what is told on demand. */
void reporter_note(struct reporter *reporter, const struct error *note);

/* Show or renew the status line. */
void reporter_progress(struct reporter *reporter, size_t finished, size_t total, size_t failed);

/* Take the status line away. */
void reporter_clear(struct reporter *reporter);

/* Seconds since reporter_init(). */
double reporter_elapsed(const struct reporter *reporter);

#endif
