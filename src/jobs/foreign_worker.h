/*
 * A worker that is another executable: a kiln that embeds another version of CPython, since no
 * process can hold two.
 *
 * The caller starts the executable once, with one end of a socket as its standard input, and sends
 * requests, one at a time. Each comes with a directory's descriptor, so that both processes reach
 * files from the same directory, whatever paths lead to. The reply has the notes and the error of
 * what was done. A request begins with a number that says what it asks for (base/packing.h); the
 * rest is packed by the module that sends and answers such requests.
 */
#ifndef KILN_JOBS_FOREIGN_WORKER_H
#define KILN_JOBS_FOREIGN_WORKER_H

#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

enum foreign_request {
	FOREIGN_COMPILE, /* ship/foreign_compile.h */
	FOREIGN_CC,	 /* build/foreign_cc.h */
};

/* The name of the command that serves. */
#define FOREIGN_WORKER_COMMAND "foreign-worker"

struct foreign_worker {
	const char *program; /* the executable, set by the caller */
	const char *version; /* of the CPython that it must embed, set by the caller */
	pid_t pid;	     /* 0: it does not run */
	int fd;
};

/* Send a request, and wait for the reply: notes, and 0 or the error. Starts the worker if it does
 * not run. ERROR_SYSTEM if the worker cannot be started or is of another kiln or CPython;
 * ERROR_INPUT if it ended instead of replying: the next call starts it again. */
int foreign_worker_call(struct foreign_worker *worker, struct slice request, int directory,
    struct notes *notes, struct error **err);

/* End the worker, if it runs. So what it used counts as used by this process. */
void foreign_worker_end(struct foreign_worker *worker);

/* Be such a worker: answer requests from the socket `fd` until it is closed. ERROR_SYSTEM. */
int foreign_worker_serve(int fd, const char *version,
    int (*answer)(struct slice request, int directory, struct notes *notes, struct error **err),
    struct error **err);

#endif
