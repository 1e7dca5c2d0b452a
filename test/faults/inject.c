/* Makes system calls of kiln fail: a library for LD_PRELOAD, which test/command/faults.py uses.
 *
 * It stands before the functions of libc that kiln, and what is linked to it, makes system calls
 * with. Calls are counted by kind over all processes of a run, in a file that they map
 * (FAULTS_CONTROL), and the nth of one kind fails as the file says. Programs that kiln starts are
 * left alone. What libc does inside (opening a directory for opendir(), reading for stdio) fails as
 * a whole.
 */
/* Both names of each function are meant, open() and open64(). */
#undef _FILE_OFFSET_BITS

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENED(X) X(open) X(openat2) X(opendir) X(fopen) X(temporary) X(memfd) X(dup) X(close)
#define MOVED(X) X(read) X(pread) X(readdir) X(getdents) X(write) X(pwrite) X(writev) X(copy)
#define SEEN(X) X(stat) X(fstat) X(access) X(readlink) X(realpath) X(getcwd) X(lseek)
#define NAMED(X) X(rename) X(link) X(symlink) X(unlink) X(rmdir) X(mkdir)
#define CHANGED(X) X(ftruncate) X(chmod) X(fchmod) X(utime) X(fsync) X(flock) X(fcntl)
#define STARTED(X) X(fork) X(spawn) X(waitpid) X(thread) X(pipe) X(socketpair) X(poll)
#define OTHERS(X) X(mmap) X(malloc) X(getrandom) X(syscall)
#define KINDS(X) OPENED(X) MOVED(X) SEEN(X) NAMED(X) CHANGED(X) STARTED(X) OTHERS(X)

enum kind {
#define NAME_KIND(name) KIND_##name,
	KINDS(NAME_KIND) KIND_COUNT
};

static const char *const kind_names[] = {
#define NAME_TEXT(name) #name,
    KINDS(NAME_TEXT)};

/* What is done to the call instead of an error number. */
enum { ACTION_SHORT = -1, ACTION_KILL = -2 };

#define FRAMES 32

/* The file; test/command/faults.py knows its layout, too. */
struct control {
	char target[24]; /* a kind; empty: only count */
	uint64_t first;	 /* the call that fails, from 1 */
	uint64_t calls;	 /* how many, from that one on */
	int64_t action;	 /* an error number, or an ACTION_ */
	uint64_t hits;	 /* how many did */
	char where[256]; /* the first that did */
	uint64_t frames[FRAMES];
	struct {
		char name[24];
		uint64_t count;
	} kinds[64];
};

static struct control *control;
static int target = -1;
static _Thread_local bool inside;

/* Declares real_NAME, libc's function. */
#define REAL(name)                            \
	static __typeof__(name) *real_##name; \
	if (!real_##name)                     \
	real_##name = (__typeof__(name) *)find(#name)

static void *find(const char *name)
{
	int number = errno;
	bool before = inside;
	void *found;

	inside = true; /* it allocates */
	found = dlsym(RTLD_NEXT, name);
	inside = before;
	errno = number;
	return found;
}

/* Only the program itself, not what it starts. */
static bool is_meant(void)
{
	const char *program = getenv("FAULTS_PROGRAM");
	char path[4096];
	ssize_t len = syscall(SYS_readlink, "/proc/self/exe", path, sizeof(path) - 1);

	if (!program || len < 0)
		return false;
	path[len] = '\0';
	return strcmp(path, program) == 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("FAULTS_CONTROL");
	void *memory;
	int fd;

	if (!name || !is_meant())
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	memory = (void *)syscall(
	    SYS_mmap, NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		abort();
	(void)syscall(SYS_close, fd);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		strcpy(((struct control *)memory)->kinds[kind].name, kind_names[kind]);
		if (strcmp(((struct control *)memory)->target, kind_names[kind]) == 0)
			target = kind;
	}
	if (((struct control *)memory)->target[0] && target < 0)
		abort();
	inside = true;
	(void)backtrace((void *[1]){NULL}, 1); /* loads what it needs */
	inside = false;
	control = memory;
}

static void note(const char *function, const char *path, int fd)
{
	void *frames[FRAMES];
	int count;

	inside = true;
	if (path)
		(void)snprintf(control->where, sizeof(control->where), "%s '%s'", function, path);
	else
		(void)snprintf(control->where, sizeof(control->where), "%s %d", function, fd);
	count = backtrace(frames, FRAMES);
	for (int i = 0; i < count; i++)
		control->frames[i] = (uintptr_t)frames[i];
	inside = false;
}

/* Count a call. What becomes of it: 0, an error number, or an ACTION_. */
static int fault(enum kind kind, const char *function, const char *path, int fd)
{
	uint64_t number;

	if (!control || inside)
		return 0;
	number = __atomic_add_fetch(&control->kinds[kind].count, 1, __ATOMIC_RELAXED);
	/* Where nothing can be written any more, messages still can. */
	if (kind == KIND_write && control->calls > 1 && fd <= STDERR_FILENO)
		return 0;
	if ((int)kind != target || number < control->first ||
	    number - control->first >= control->calls)
		return 0;
	if (__atomic_fetch_add(&control->hits, 1, __ATOMIC_RELAXED) == 0)
		note(function, path, fd);
	if (control->action == ACTION_KILL)
		(void)kill(getpid(), SIGKILL);
	if (control->action > 0)
		errno = (int)control->action;
	return (int)control->action;
}

/* A call that fails returns `failed`; a size that may be cut is halved. */
#define TRY(kind, failed, path, fd)                             \
	do {                                                    \
		if (fault(KIND_##kind, __func__, path, fd) > 0) \
			return failed;                          \
	} while (0)
#define TRY_SIZE(kind, size, path, fd)                               \
	do {                                                         \
		int action = fault(KIND_##kind, __func__, path, fd); \
		if (action > 0)                                      \
			return -1;                                   \
		if (action == ACTION_SHORT && (size) > 1)            \
			(size) /= 2;                                 \
	} while (0)

#define MODE_OF(flags)                         \
	mode_t mode = 0;                       \
	if ((flags) & (O_CREAT | O_TMPFILE)) { \
		va_list list;                  \
		va_start(list, flags);         \
		mode = va_arg(list, mode_t);   \
		va_end(list);                  \
	}

#define OPEN(name)                                     \
	int name(const char *path, int flags, ...)     \
	{                                              \
		REAL(name);                            \
		MODE_OF(flags)                         \
		TRY(open, -1, path, 0);                \
		return real_##name(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                       \
	int name(int at, const char *path, int flags, ...) \
	{                                                  \
		REAL(name);                                \
		MODE_OF(flags)                             \
		TRY(open, -1, path, 0);                    \
		return real_##name(at, path, flags, mode); \
	}
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int at, const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}
int __open64_2(const char *path, int flags)
{
	return open(path, flags);
}
int __openat_2(int at, const char *path, int flags)
{
	return openat(at, path, flags);
}

long syscall(long number, ...)
{
	REAL(syscall);
	va_list list;
	long a[6];

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_openat2)
		TRY(openat2, -1, (const char *)a[1], 0);
	else if (number == SYS_getdents64)
		TRY(getdents, -1, NULL, (int)a[0]);
	else
		TRY(syscall, -1, NULL, (int)number);
	return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

DIR *opendir(const char *path)
{
	REAL(opendir);
	TRY(opendir, NULL, path, 0);
	return real_opendir(path);
}
DIR *fdopendir(int fd)
{
	REAL(fdopendir);
	TRY(opendir, NULL, NULL, fd);
	return real_fdopendir(fd);
}
struct dirent *readdir(DIR *directory)
{
	REAL(readdir);
	TRY(readdir, NULL, NULL, dirfd(directory));
	return real_readdir(directory);
}
struct dirent64 *readdir64(DIR *directory)
{
	REAL(readdir64);
	TRY(readdir, NULL, NULL, dirfd(directory));
	return real_readdir64(directory);
}
ssize_t getdents64(int fd, void *buffer, size_t size)
{
	REAL(getdents64);
	TRY(getdents, -1, NULL, fd);
	return real_getdents64(fd, buffer, size);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	REAL(read);
	TRY_SIZE(read, size, NULL, fd);
	return real_read(fd, buffer, size);
}
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t limit);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t limit)
{
	return size > limit ? abort(), -1 : read(fd, buffer, size);
}
ssize_t readv(int fd, const struct iovec *parts, int count)
{
	REAL(readv);
	TRY(read, -1, NULL, fd);
	return real_readv(fd, parts, count);
}
#define PREAD(name, kind, pointer)                                      \
	ssize_t name(int fd, pointer buffer, size_t size, off_t offset) \
	{                                                               \
		REAL(name);                                             \
		TRY_SIZE(kind, size, NULL, fd);                         \
		return real_##name(fd, buffer, size, offset);           \
	}
PREAD(pread, pread, void *)
PREAD(pread64, pread, void *)
PREAD(pwrite, pwrite, const void *)
PREAD(pwrite64, pwrite, const void *)
ssize_t write(int fd, const void *buffer, size_t size)
{
	REAL(write);
	TRY_SIZE(write, size, NULL, fd);
	return real_write(fd, buffer, size);
}
ssize_t writev(int fd, const struct iovec *parts, int count)
{
	REAL(writev);
	int action = fault(KIND_writev, __func__, NULL, fd);

	if (action > 0)
		return -1;
	/* The first part alone, or half of it. */
	if (action == ACTION_SHORT && count > 0)
		return write(fd, parts[0].iov_base,
		    count > 1 || parts[0].iov_len < 2 ? parts[0].iov_len : parts[0].iov_len / 2);
	return real_writev(fd, parts, count);
}
ssize_t copy_file_range(
    int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags)
{
	REAL(copy_file_range);
	TRY_SIZE(copy, size, NULL, to);
	return real_copy_file_range(from, from_at, to, to_at, size, flags);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size);
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
	REAL(sendfile64);
	TRY_SIZE(copy, size, NULL, to);
	return real_sendfile64(to, from, offset, size);
}

/* Linux closes the descriptor whatever it returns. */
int close(int fd)
{
	REAL(close);
	int action = fault(KIND_close, __func__, NULL, fd);
	int result = real_close(fd);

	if (action <= 0 || result < 0)
		return result;
	errno = action;
	return -1;
}

#define STAT(name, type)                             \
	int name(const char *path, struct type *ret) \
	{                                            \
		REAL(name);                          \
		TRY(stat, -1, path, 0);              \
		return real_##name(path, ret);       \
	}
STAT(stat, stat)
STAT(lstat, stat)
STAT(stat64, stat64)
STAT(lstat64, stat64)
#define FSTATAT(name, type)                                             \
	int name(int at, const char *path, struct type *ret, int flags) \
	{                                                               \
		REAL(name);                                             \
		TRY(stat, -1, path, 0);                                 \
		return real_##name(at, path, ret, flags);               \
	}
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)
#define FSTAT(name, type)                    \
	int name(int fd, struct type *ret)   \
	{                                    \
		REAL(name);                  \
		TRY(fstat, -1, NULL, fd);    \
		return real_##name(fd, ret); \
	}
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)
int statx(int at, const char *path, int flags, unsigned mask, struct statx *ret)
{
	REAL(statx);
	TRY(stat, -1, path, 0);
	return real_statx(at, path, flags, mask, ret);
}

/* Of functions whose arguments are passed on. */
#define PATH_FIRST(kind, name, parameters, ...)  \
	int name parameters                      \
	{                                        \
		REAL(name);                      \
		TRY(kind, -1, path, 0);          \
		return real_##name(__VA_ARGS__); \
	}
#define FD_FIRST(kind, name, parameters, ...)    \
	int name parameters                      \
	{                                        \
		REAL(name);                      \
		TRY(kind, -1, NULL, fd);         \
		return real_##name(__VA_ARGS__); \
	}
PATH_FIRST(access, access, (const char *path, int mode), path, mode)
PATH_FIRST(
    access, faccessat, (int at, const char *path, int mode, int flags), at, path, mode, flags)
PATH_FIRST(rename, rename, (const char *path, const char *to), path, to)
PATH_FIRST(
    rename, renameat, (int at, const char *path, int at_to, const char *to), at, path, at_to, to)
PATH_FIRST(rename, renameat2, (int at, const char *path, int at_to, const char *to, unsigned flags),
    at, path, at_to, to, flags)
PATH_FIRST(link, link, (const char *path, const char *to), path, to)
PATH_FIRST(link, linkat, (int at, const char *path, int at_to, const char *to, int flags), at, path,
    at_to, to, flags)
PATH_FIRST(symlink, symlink, (const char *to, const char *path), to, path)
PATH_FIRST(symlink, symlinkat, (const char *to, int at, const char *path), to, at, path)
PATH_FIRST(unlink, unlink, (const char *path), path)
PATH_FIRST(unlink, unlinkat, (int at, const char *path, int flags), at, path, flags)
PATH_FIRST(rmdir, rmdir, (const char *path), path)
PATH_FIRST(mkdir, mkdir, (const char *path, mode_t mode), path, mode)
PATH_FIRST(mkdir, mkdirat, (int at, const char *path, mode_t mode), at, path, mode)
PATH_FIRST(chmod, chmod, (const char *path, mode_t mode), path, mode)
PATH_FIRST(
    chmod, fchmodat, (int at, const char *path, mode_t mode, int flags), at, path, mode, flags)
PATH_FIRST(utime, utimensat, (int at, const char *path, const struct timespec times[2], int flags),
    at, path, times, flags)
PATH_FIRST(ftruncate, truncate, (const char *path, off_t size), path, size)
PATH_FIRST(ftruncate, truncate64, (const char *path, off64_t size), path, size)
FD_FIRST(ftruncate, ftruncate, (int fd, off_t size), fd, size)
FD_FIRST(ftruncate, ftruncate64, (int fd, off64_t size), fd, size)
FD_FIRST(fchmod, fchmod, (int fd, mode_t mode), fd, mode)
FD_FIRST(utime, futimens, (int fd, const struct timespec times[2]), fd, times)
FD_FIRST(fsync, fsync, (int fd), fd)
FD_FIRST(fsync, fdatasync, (int fd), fd)
FD_FIRST(flock, flock, (int fd, int operation), fd, operation)
FD_FIRST(dup, dup, (int fd), fd)
FD_FIRST(dup, dup2, (int fd, int to), fd, to)
FD_FIRST(dup, dup3, (int fd, int to, int flags), fd, to, flags)

#define FCNTL(name)                                        \
	int name(int fd, int command, ...)                 \
	{                                                  \
		REAL(name);                                \
		va_list list;                              \
		void *argument;                            \
		va_start(list, command);                   \
		argument = va_arg(list, void *);           \
		va_end(list);                              \
		TRY(fcntl, -1, NULL, fd);                  \
		return real_##name(fd, command, argument); \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

off_t lseek(int fd, off_t offset, int whence)
{
	REAL(lseek);
	TRY(lseek, -1, NULL, fd);
	return real_lseek(fd, offset, whence);
}
off64_t lseek64(int fd, off64_t offset, int whence)
{
	REAL(lseek64);
	TRY(lseek, -1, NULL, fd);
	return real_lseek64(fd, offset, whence);
}
ssize_t readlink(const char *path, char *ret, size_t size)
{
	REAL(readlink);
	TRY(readlink, -1, path, 0);
	return real_readlink(path, ret, size);
}
ssize_t readlinkat(int at, const char *path, char *ret, size_t size)
{
	REAL(readlinkat);
	TRY(readlink, -1, path, 0);
	return real_readlinkat(at, path, ret, size);
}
char *realpath(const char *path, char *ret)
{
	REAL(realpath);
	TRY(realpath, NULL, path, 0);
	return real_realpath(path, ret);
}
char *getcwd(char *ret, size_t size)
{
	REAL(getcwd);
	TRY(getcwd, NULL, NULL, 0);
	return real_getcwd(ret, size);
}
#define MMAP(name, offset_type)                                                                  \
	void *name(void *at, size_t size, int protection, int flags, int fd, offset_type offset) \
	{                                                                                        \
		REAL(name);                                                                      \
		TRY(mmap, MAP_FAILED, NULL, fd);                                                 \
		return real_##name(at, size, protection, flags, fd, offset);                     \
	}
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

int pipe(int ret[2])
{
	REAL(pipe);
	TRY(pipe, -1, NULL, 0);
	return real_pipe(ret);
}
int pipe2(int ret[2], int flags)
{
	REAL(pipe2);
	TRY(pipe, -1, NULL, 0);
	return real_pipe2(ret, flags);
}
int socketpair(int domain, int type, int protocol, int ret[2])
{
	REAL(socketpair);
	TRY(socketpair, -1, NULL, 0);
	return real_socketpair(domain, type, protocol, ret);
}
pid_t fork(void)
{
	REAL(fork);
	TRY(fork, -1, NULL, 0);
	return real_fork();
}
#define SPAWN(name)                                                                             \
	int name(pid_t *ret, const char *path, const posix_spawn_file_actions_t *actions,       \
	    const posix_spawnattr_t *attributes, char *const argv[], char *const environment[]) \
	{                                                                                       \
		REAL(name);                                                                     \
		int action = fault(KIND_spawn, __func__, path, 0);                              \
		return action > 0                                                               \
			   ? action                                                             \
			   : real_##name(ret, path, actions, attributes, argv, environment);    \
	}
SPAWN(posix_spawn)
SPAWN(posix_spawnp)
pid_t waitpid(pid_t pid, int *ret, int options)
{
	REAL(waitpid);
	TRY(waitpid, -1, NULL, pid);
	return real_waitpid(pid, ret, options);
}
pid_t wait4(pid_t pid, int *ret, int options, struct rusage *usage)
{
	REAL(wait4);
	TRY(waitpid, -1, NULL, pid);
	return real_wait4(pid, ret, options, usage);
}
int waitid(idtype_t type, id_t id, siginfo_t *ret, int options)
{
	REAL(waitid);
	TRY(waitpid, -1, NULL, (int)id);
	return real_waitid(type, id, ret, options);
}
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	REAL(poll);
	TRY(poll, -1, NULL, count ? fds[0].fd : -1);
	return real_poll(fds, count, timeout);
}
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	REAL(ppoll);
	TRY(poll, -1, NULL, count ? fds[0].fd : -1);
	return real_ppoll(fds, count, timeout, mask);
}
ssize_t getrandom(void *ret, size_t size, unsigned flags)
{
	REAL(getrandom);
	TRY(getrandom, -1, NULL, 0);
	return real_getrandom(ret, size, flags);
}
int memfd_create(const char *name, unsigned flags)
{
	REAL(memfd_create);
	TRY(memfd, -1, name, 0);
	return real_memfd_create(name, flags);
}

#define TEMPORARY(name, parameters, ...)         \
	int name parameters                      \
	{                                        \
		REAL(name);                      \
		TRY(temporary, -1, path, 0);     \
		return real_##name(__VA_ARGS__); \
	}
TEMPORARY(mkstemp, (char *path), path)
TEMPORARY(mkstemp64, (char *path), path)
TEMPORARY(mkostemp, (char *path, int flags), path, flags)
TEMPORARY(mkostemp64, (char *path, int flags), path, flags)
char *mkdtemp(char *path)
{
	REAL(mkdtemp);
	TRY(temporary, NULL, path, 0);
	return real_mkdtemp(path);
}

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen);
	TRY(fopen, NULL, path, 0);
	return real_fopen(path, mode);
}
FILE *fopen64(const char *path, const char *mode)
{
	REAL(fopen64);
	TRY(fopen, NULL, path, 0);
	return real_fopen64(path, mode);
}

int pthread_create(
    pthread_t *ret, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
	REAL(pthread_create);
	int action = fault(KIND_thread, __func__, NULL, 0);

	return action > 0 ? action : real_pthread_create(ret, attributes, run, argument);
}

/* dlsym() allocates: these have names of their own in libc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *malloc(size_t size)
{
	TRY(malloc, NULL, NULL, 0);
	return __libc_malloc(size);
}
void *calloc(size_t count, size_t size)
{
	TRY(malloc, NULL, NULL, 0);
	return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size)
{
	TRY(malloc, NULL, NULL, 0);
	return __libc_realloc(memory, size);
}
