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

/* Install the handlers; system calls are interrupted. Writing to a pipe that nobody reads, or
 * beyond the limit for files, becomes an error of the call. Children can be waited for, even if
 * this process was started with SIGCHLD ignored. */
void interrupt_install(void);

/* In a child that the parent ends: take no notice of the terminal's SIGINT, die by SIGTERM. */
void interrupt_uninstall(void);

/* The signal that arrived, or 0. */
int interrupt_signal(void);

/* The same as a question. */
bool interrupted(void);

/* Hold the signals back, keeping the old mask in *ret; for ppoll(2) without a race. */
void interrupt_hold(sigset_t *ret);

/* Back to that mask; what was held back arrives before this returns. */
void interrupt_release(const sigset_t *mask);

#endif
