/*
 * Child processes that work for this process, and messages between parent and child.
 *
 * A child is forked, so it has all that was prepared before, above all a started interpreter.
 * Parent and child each hold one end of a channel: a pipe if only the child sends, a socket if the
 * parent sends work, too. The channel carries messages: two numbers and some bytes. The channel
 * ends when the child ends for any reason; so the parent notices.
 *
 *	struct children children = {.work = work, .context = &run};
 *
 *	children_init(&children, 4);
 *	... children_start() each ...
 *	... children_poll(), file_read_available(child->fd, &child->received), message_parse(), and
 *	    at the end of a channel children_wait() ...
 *	children_end(&children, false);
 *
 * The callers decide what messages mean and which child does what: jobs/worker_pool.h and
 * bazel/persistent_worker.h. Other programs are started by base/spawn.h.
 */
#ifndef KILN_JOBS_CHILDREN_H
#define KILN_JOBS_CHILDREN_H

#include <poll.h>

#include "base/spawn.h"
#include "jobs/reporter.h"

struct child {
	pid_t pid;	     /* 0: the child does not run */
	int fd;		     /* the parent's end of the channel, or -1 */
	struct str received; /* bytes that were read and not parsed */
};

struct children {
	/* Set by the caller. */
	bool is_two_way;  /* the channel is a socket */
	bool leads_group; /* a child leads a process group: its programs end with it */
	void *context;
	struct reporter *reporter; /* gets a warning if some cannot be started; may be NULL */

	/* In a child: do the work. `fd` is the child's end of the channel; the parent's ends are
	 * closed. Returns the exit status. */
	int (*work)(void *context, unsigned self, int fd);

	/* Set by children_init(). */
	struct child *list;
	unsigned count; /* of the list */
	unsigned alive; /* number of children that run */
	bool has_warned;
};

struct message {
	uint64_t subject;
	int64_t code;
	struct slice content;
};

/* Make a list of `count` children, and start none of them. */
void children_init(struct children *children, unsigned count);

/* Try to start the child with the number `self`; its pid says whether that succeeded. If it failed
 * while other children run, there is a warning the first time; if none runs, that is an error. */
int children_start(struct children *children, unsigned self, struct error **err);

/* Fill in an entry for poll(2) for each child, in their order. */
void children_poll(const struct children *children, struct pollfd *ret);

/* At the end of a child's channel: close the channel and wait until the child has ended. If it
 * leads a group, the rest of the group is killed. */
int children_wait(
    struct children *children, unsigned self, struct spawn_result *ret, struct error **err);

/* Close all channels, wait until all children have ended, and release the list. Leaders of groups
 * get INTERRUPT_WIND_UP. With `in_haste` children that still run after a second are killed, and the
 * rest of their groups in any case. */
void children_end(struct children *children, bool in_haste);

/* Append a message as it is sent. */
void message_add(struct str *ret, const struct message *message);

/* Send a message, with one write(2) if the channel has room for it. */
int message_send(int fd, const struct message *message, struct error **err);

/* Parse the message at the beginning of received bytes; its content points into them. Returns its
 * length, for str_drop() once the message is handled; 0 if the message is not complete yet. */
size_t message_parse(struct slice received, struct message *ret);

#endif
