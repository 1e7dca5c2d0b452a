/*
 * SIGINT and SIGTERM as a question: has one arrived?
 *
 * The handlers only note the signal; whoever works in a loop asks and ends its work as after an
 * error, so that everything is released and nothing partial is left.
 */
#ifndef KILN_PROCESS_INTERRUPT_H
#define KILN_PROCESS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* Install the handlers, and ignore SIGPIPE. System calls are interrupted. */
void interrupt_install(void);

/* In a child that the parent ends: take no notice of the terminal's SIGINT, die by SIGTERM. */
void interrupt_uninstall(void);

/* The signal that arrived, or 0. */
int interrupt_signal(void);

/* The same as a question. */
bool interrupted(void);

/* Hold the signals back, keeping the old mask in *ret; for ppoll(2) without a race. */
void interrupt_hold(sigset_t *ret);

#endif
