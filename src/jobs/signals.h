/*
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT as a question: has one arrived?
 *
 * The handlers only note the signal; whoever works in a loop asks and ends its work as after an
 * error, so that everything is released and nothing partial is left. A signal that was ignored when
 * the program was started (nohup(1), a shell's background jobs) stays ignored, also in the programs
 * that it starts (base/spawn.h).
 */
#ifndef KILN_JOBS_SIGNALS_H
#define KILN_JOBS_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Install the handlers; system calls are interrupted. Writing to a pipe that nobody reads, or
 * beyond the limit for files, becomes an error of the call. Children can be waited for, even if
 * this process was started with SIGCHLD ignored. */
void signals_install(void);

/* In a child that the parent ends: take no notice of what comes from the terminal, die by SIGTERM.
 */
void signals_uninstall(void);

/* The same in a child that is killed when the parent ends. False if it has ended already. */
bool signals_follow(pid_t parent);

/*
 * The same in a child that starts programs, and that leads a process group from now on, in which
 * the programs and theirs are. INTERRUPT_WIND_UP, which `parent` sends, is noted, and ends the
 * programs by SIGTERM. When the parent ends, however that comes about, the group is killed. False
 * if it has ended already.
 */
#define INTERRUPT_WIND_UP SIGUSR2
bool signals_lead_group(pid_t parent);

/* The signal that arrived, or 0. */
int signals_received(void);

/* The same as a question. */
bool interrupted(void);

/* Hold the signals back, keeping the old mask in *ret. */
void signals_hold(sigset_t *ret);

/* ppoll(2) while they are held back, with that mask: the only place where they arrive, and without
 * a race. Returns 0 also when a signal arrived. */
int signals_poll(
    struct pollfd *polls, unsigned count, const struct timespec *timeout, const sigset_t *mask);

/* Back to that mask; what was held back arrives before this returns. */
void signals_release(const sigset_t *mask);

#endif
