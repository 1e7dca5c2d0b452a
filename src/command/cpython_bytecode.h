/*
 * The hidden command that `kiln build --pyc-bytes cpython` starts for each source.
 */
#ifndef KILN_COMMAND_CPYTHON_BYTECODE_H
#define KILN_COMMAND_CPYTHON_BYTECODE_H

#include "command/command.h"

extern const struct command command_reference;

#endif
