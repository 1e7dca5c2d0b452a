#include "process/interrupt.h"

#include <stddef.h>

/* The one thing a signal handler can safely do is to set such a variable. */
static volatile sig_atomic_t arrived;

static void note(int number)
{
	arrived = number;
}

static void set(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL); /* fails only for signals that do not exist */
}

void interrupt_install(void)
{
	set(SIGINT, note);
	set(SIGTERM, note);
	set(SIGPIPE, SIG_IGN);
	set(SIGXFSZ, SIG_IGN);
	set(SIGCHLD, SIG_DFL);
}

void interrupt_uninstall(void)
{
	sigset_t none;

	set(SIGINT, SIG_IGN);
	set(SIGTERM, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with this operation */
}

int interrupt_signal(void)
{
	return arrived;
}

bool interrupted(void)
{
	return arrived != 0;
}

void interrupt_hold(sigset_t *ret)
{
	sigset_t held;

	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &held, ret); /* cannot fail with this operation */
}

void interrupt_release(const sigset_t *mask)
{
	(void)sigprocmask(SIG_SETMASK, mask, NULL); /* cannot fail with this operation */
}
