/*
 * The options that commands which do much at once share: workers, and what they tell.
 */
#ifndef KILN_COMMAND_COMMON_H
#define KILN_COMMAND_COMMON_H

#include "command/command.h"

/* The first member of such a command's settings. */
struct common {
	unsigned workers; /* 0: as many as there are usable processors */
	bool json;
	bool quiet;
	enum reporter_when color;
	enum reporter_when progress;
};

int take_common_jobs(void *settings, const char *value, struct error **err);
int take_common_progress(void *settings, const char *value, struct error **err);
int take_common_color(void *settings, const char *value, struct error **err);
int take_common_log(void *settings, const char *value, struct error **err);
int take_common_quiet(void *settings, const char *value, struct error **err);

/* Entries of a table of options. */
#define COMMON_JOBS                                                                               \
	{                                                                                         \
		'j', "jobs", "N", "Number of workers (default: the number of usable processors)", \
		    take_common_jobs                                                              \
	}
#define COMMON_REPORTING                                                                   \
	{0, "progress", "WHEN", "Show a status line: auto (on a terminal), always, never", \
	    take_common_progress},                                                         \
	    {0, "color", "WHEN", "Colour messages: auto (on a terminal), always, never",   \
		take_common_color},                                                        \
	    {0, "log", "FORM",                                                             \
		"text (the default), or json: one object per event on standard error",     \
		take_common_log},                                                          \
	    {'q', "quiet", NULL, "Print no summary", take_common_quiet},                   \
	{                                                                                  \
		'h', "help", NULL, "Print this help", NULL                                 \
	}
#define OPTIONS_END                       \
	{                                 \
		0, NULL, NULL, NULL, NULL \
	}

/* A reporter as the options ask for it. */
void common_reporter(const struct common *common, struct reporter *ret);

#endif
