/*
 * The hidden command of an executable that embeds another version of CPython: it works for the one
 * that the user runs (jobs/foreign_worker.h).
 */
#ifndef KILN_COMMAND_SERVE_FOREIGN_H
#define KILN_COMMAND_SERVE_FOREIGN_H

#include "command/command.h"

extern const struct command command_serve_foreign;

#endif
