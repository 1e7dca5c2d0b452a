/*
 * Handling SIGINT, SIGTERM, SIGHUP and SIGQUIT by asking whether one has arrived.
 *
 * The handlers only note the signal. Loops call interrupted() and end as after an error, so that
 * all is released and nothing partial is left. A signal that was ignored when this program was
 * started (nohup(1), background jobs of a shell) stays ignored, also in programs that this one
 * starts (base/spawn.h).
 */
#ifndef KILN_JOBS_SIGNALS_H
#define KILN_JOBS_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Install the handlers: what arrived before, in the process that this one was forked from, is
 * forgotten. A signal interrupts system calls. SIGPIPE and SIGXFSZ are ignored, so that write(2)
 * fails instead. SIGCHLD gets its default, so that children can be waited for even if this process
 * was started with SIGCHLD ignored. */
void signals_install(void);

/* In a child that its parent will end: ignore signals of the terminal, die of SIGTERM. */
void signals_uninstall(void);

/* The same in a child that dies when its parent ends. False if the parent has ended already. */
bool signals_follow(pid_t parent);

/*
 * The same in a child that starts programs: it becomes the leader of a process group, which its
 * programs belong to. INTERRUPT_WIND_UP, sent by `parent`, is noted and ends the programs with
 * SIGTERM. When the parent ends for any reason, the group is killed. False if the parent has ended
 * already.
 */
#define INTERRUPT_WIND_UP SIGUSR2
bool signals_lead_group(pid_t parent);

/* The signal that arrived, or 0. */
int signals_received(void);

/* Whether a signal has arrived. */
bool interrupted(void);

/* Block the signals, and store the old mask in *ret. */
void signals_hold(sigset_t *ret);

/* ppoll(2) with the old mask, while the signals are blocked. They arrive only in here, so no signal
 * is missed between a check and the wait. Returns 0 also if a signal arrived. */
int signals_poll(
    struct pollfd *polls, unsigned count, const struct timespec *timeout, const sigset_t *mask);

/* Restore the old mask. Signals that were blocked arrive before this returns. */
void signals_release(const sigset_t *mask);

#endif
