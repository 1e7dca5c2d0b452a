/*
 * What commands with a reporter share: common options, how they run, and the summary at the end.
 */
#ifndef KILN_COMMAND_COMMON_H
#define KILN_COMMAND_COMMON_H

#include "base/json.h"
#include "command/command.h"
#include "jobs/worker_pool.h"

#define WORKERS_LIMIT 1024

/* The first member of the settings of such a command. */
struct common {
	unsigned workers; /* 0: the number of usable processors */
	bool json;
	bool quiet;
	enum reporter_when color;
	enum reporter_when progress;
};

/* Entries of a table of options. */
#define COMMON_JOBS                                                                               \
	{                                                                                         \
		'j', "jobs", "N", "Number of workers (default: the number of usable processors)", \
		    TAKES_NUMBER(struct common, workers, WORKERS_LIMIT)                           \
	}
#define COMMON_COLOR                                                                        \
	{                                                                                   \
		0, "color", "WHEN", "Colour messages: auto (on a terminal), always, never", \
		    TAKES_CHOICE(struct common, color, "auto, always, never")               \
	}
#define COMMON_LOG                                                                         \
	{                                                                                  \
		0, "log", "FORM",                                                          \
		    "text (the default), or json: one object per event on standard error", \
		    TAKES_SWITCH(struct common, json, "text, json")                        \
	}
#define COMMON_QUIET                                                                     \
	{                                                                                \
		'q', "quiet", NULL, "Print no summary", TAKES_TRUE(struct common, quiet) \
	}
#define COMMON_HELP                                                       \
	{                                                                 \
		'h', "help", NULL, "Print this help", .kind = OPTION_HELP \
	}
#define COMMON_REPORTING                                                                   \
	{0, "progress", "WHEN", "Show a status line: auto (on a terminal), always, never", \
	    TAKES_CHOICE(struct common, progress, "auto, always, never")},                 \
	    COMMON_COLOR, COMMON_LOG, COMMON_QUIET, COMMON_HELP

/* Run a command. `settings` begins with a struct common and gets the options; then the help is
 * printed, or `body` is called with the arguments that are no options. Returns the exit status of
 * the body. If that is negative, the body's error is printed as the options say, and its status
 * returned. */
int common_run(const struct command *command, int argc, char **argv, void *settings,
    int (*body)(struct reporter *reporter, void *settings, const struct arguments *arguments,
	struct error **err));

/* The summary at the end: a line, or with --log json an event. */
struct summary {
	struct reporter *reporter;
	struct str text;
	struct json_writer json;
};

/* Begin a summary. False with --quiet: then add nothing. Else call summary_end(). */
bool summary_begin(struct summary *summary, struct reporter *reporter, const struct common *common);

/* Add a member to the event. */
void summary_member(struct summary *summary, const char *key, const char *value);

/* Add a count to the event as `key`, to the line with `word` as str_add_count() takes it; either
 * may be NULL. */
void summary_count(struct summary *summary, const char *key, size_t count, const char *word);

/* The same, but a count of 0 does not appear in the line. */
void summary_some(struct summary *summary, const char *key, size_t count, const char *word);

/* Add the number of workers and their usage to the event. */
void summary_usage(
    struct summary *summary, unsigned workers, const struct worker_pool_usage *usage);

/* Add the time, and to the line what was made (may be NULL); print the summary. */
void summary_end(struct summary *summary, const char *made);

#endif
