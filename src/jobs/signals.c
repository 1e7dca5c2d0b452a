#include "jobs/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Signals by which a terminal, a shell or an ending session asks a process to end. */
static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define END_SIGNALS (sizeof(end_signals) / sizeof(*end_signals))

/* The signal that the system sends to a group's leader when its parent ends. */
#define PARENT_ENDED SIGUSR1

/* Setting a variable of this type is all that a handler can safely do. */
static volatile sig_atomic_t arrived;

static void note_signal(int number)
{
	arrived = number;
}

/* Ignore a signal. SIG_IGN instead of a handler would be inherited by programs. */
static void ignore(int number)
{
	(void)number; /* the parent ends this process */
}

static void kill_group(int number)
{
	(void)number;
	(void)kill(0, SIGKILL); /* this process is in the group */
}

static void set(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL); /* fails only for signals that do not exist */
}

/* Ask the programs of the group to end. This process goes on until it calls interrupted(). */
static void wind_up(int number)
{
	set(SIGTERM, SIG_IGN, 0);
	(void)kill(0, SIGTERM); /* this process is in the group */
	note_signal(number);
}

/* set(), unless the signal is ignored. */
static void set_unless_ignored(int number, void (*handler)(int), int flags)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) < 0 || action.sa_handler != SIG_IGN)
		set(number, handler, flags);
}

void signals_install(void)
{
	arrived = 0;
	for (size_t i = 0; i < END_SIGNALS; i++)
		set_unless_ignored(end_signals[i], note_signal, 0);
	set(SIGPIPE, SIG_IGN, 0);
	set(SIGXFSZ, SIG_IGN, 0);
	set(SIGCHLD, SIG_DFL, 0);
}

static void unblock(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with this operation */
}

void signals_uninstall(void)
{
	for (size_t i = 0; i < END_SIGNALS; i++)
		set_unless_ignored(end_signals[i], ignore, SA_RESTART);
	set_unless_ignored(SIGTERM, SIG_DFL, 0);
	unblock();
}

static bool follow(pid_t parent, int at_end)
{
	return prctl(PR_SET_PDEATHSIG, at_end) == 0 && getppid() == parent;
}

bool signals_follow(pid_t parent)
{
	signals_uninstall();
	return follow(parent, SIGKILL);
}

bool signals_lead_group(pid_t parent)
{
	int at_end = PARENT_ENDED;

	signals_uninstall();
	if (setpgid(0, 0) == 0) {
		set(PARENT_ENDED, kill_group, 0);
		set(INTERRUPT_WIND_UP, wind_up, 0);
	} else {
		at_end = SIGKILL; /* no group of its own, so only this process dies */
	}
	return follow(parent, at_end);
}

int signals_received(void)
{
	return arrived;
}

bool interrupted(void)
{
	return arrived != 0;
}

void signals_hold(sigset_t *ret)
{
	sigset_t held;

	(void)sigemptyset(&held);
	for (size_t i = 0; i < END_SIGNALS; i++)
		(void)sigaddset(&held, end_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &held, ret); /* cannot fail with this operation */
}

int signals_poll(
    struct pollfd *polls, unsigned count, const struct timespec *timeout, const sigset_t *mask)
{
	int ready = ppoll(polls, count, timeout, mask);
	sigset_t held;

	if (ready < 0)
		return errno == EINTR ? 0 : -1;
	/* ppoll() lets signals in only while it waits. It does not wait if there is always
	 * something to read. */
	if (ready > 0) {
		signals_release(mask);
		signals_hold(&held);
	}
	return ready;
}

void signals_release(const sigset_t *mask)
{
	(void)sigprocmask(SIG_SETMASK, mask, NULL); /* cannot fail with this operation */
}
