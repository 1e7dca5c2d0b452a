#include "python/runtime/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1
#define MAGIC "kilnmap"
#define DIRECTORY ".kiln-counters"

/* Addresses that are reserved for a file, so that it can grow in place. */
#define RESERVED ((size_t)64 << 20)
#define RESERVED_LEAST ((size_t)1 << 20)

/* How many counters of calls by known callers there are: the least, and for each element. */
#define CALLERS_LEAST 64
#define CALLERS 3

struct header {
	char magic[8];
	uint32_t version;
	uint32_t kind;
	uint64_t size;
	uint64_t number;
	uint64_t text_len;
	uint64_t numbers;
	uint64_t count;
	uint64_t rate;
	unsigned char digest[32];
};

/* A file of blocks. */
struct file {
	char *base;
	enum map_kind kind;
	unsigned serial;
	char *memory; /* its content, at the beginning of `reserved` bytes */
	size_t used, reserved;
	bool is_lost; /* its process could not make it: what is counted is nowhere */
	struct map_block *blocks;
	struct file *next;
};

/* All that is known; the process has one set of counters, whoever imports the module. */
static struct {
	const char *host, *process;
	void (*forked)(void);
	pid_t pid;
	char random[17];
	char *identity; /* that was switched to, or NULL */
	struct file *files;
	uint64_t blocks;
	uint64_t rate; /* of ticks; 0: these are nanoseconds */
	size_t page;
} maps;

/* The bytes of a counter. */
static size_t counter_size(enum map_kind kind)
{
	return sizeof(uint64_t) * (kind == MAP_PROFILE ? CALL_NUMBERS : 1);
}

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* Choose the name of this process. Called in forked processes, too: nothing is allocated. */
static int name_process(void)
{
	unsigned char bytes[8];

	maps.pid = getpid();
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(maps.random + 2 * i, 3, "%02x", bytes[i]); /* it fits */
	return 0;
}

/* Make the directory of a path that ends with a slash, and those above it. */
static int make_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int number;

		*slash = '\0';
		number = mkdir(path, 0777) < 0 ? errno : 0;
		if (number && number != EEXIST && access(path, F_OK) < 0) {
			errno = number; /* access() says only that there is none */
			return -1;
		}
		*slash = '/';
	}
	return 0;
}

/* The path of a file of this process; *ret_name is where its last name begins. */
static int path_of(const struct file *file, const char *end, char ret[PATH_MAX], size_t *ret_name)
{
	const char *kind = file->kind == MAP_PROFILE ? "profile" : "coverage";
	char name[PATH_MAX];
	int len = snprintf(name, sizeof(name), "%s-%ld-%s", maps.host, (long)maps.pid, maps.random);
	int at;

	if (len >= (int)sizeof(name))
		goto too_long;
	at = snprintf(ret, PATH_MAX, "%s/%s/%s/" DIRECTORY "/", file->base, kind,
	    maps.process ? maps.process : name);
	if (at >= PATH_MAX ||
	    snprintf(ret + at, (size_t)(PATH_MAX - at), "%s%s", name, end) >= PATH_MAX - at)
		goto too_long;
	*ret_name = (size_t)at;
	return 0;

too_long:
	errno = ENAMETOOLONG;
	return -1;
}

/* Open a file of this process for writing, and make its directory if that is missing. */
static int open_file(const struct file *file, const char *end, int flags)
{
	char path[PATH_MAX], first;
	size_t name;
	int fd;

	if (path_of(file, end, path, &name) < 0)
		return -1;
	fd = open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd >= 0 || errno != ENOENT || !(flags & O_CREAT))
		return fd;
	first = path[name];
	path[name] = '\0';
	if (make_directories(path) < 0)
		return -1;
	path[name] = first;
	return open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
}

static int open_map(const struct file *file, int flags)
{
	char end[32];

	(void)snprintf(end, sizeof(end), ".%u.map", file->serial); /* it fits */
	return open_file(file, end, flags);
}

/* Write all bytes at an offset, or at the end if that is -1. */
static int write_all(int fd, const char *data, size_t len, off_t offset)
{
	while (len) {
		ssize_t count = offset < 0 ? write(fd, data, len) : pwrite(fd, data, len, offset);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		data += count;
		len -= (size_t)count;
		offset += offset < 0 ? 0 : count;
	}
	return 0;
}

/* Close a descriptor and keep errno. */
static int close_fd(int fd, int result)
{
	int number = errno;

	if (fd >= 0)
		(void)close(fd); /* what was written is mapped, or checked */
	errno = number;
	return result;
}

/* Map a part of a file over its reserved addresses. The blocks are allocated before, so that a full
 * disk is an error here, and no signal when something is counted. */
static int map_part(const struct file *file, int fd, size_t offset, size_t size)
{
	int number = posix_fallocate(fd, (off_t)offset, (off_t)size);

	if (number) {
		errno = number;
		return -1;
	}
	return mmap(file->memory + offset, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		   (off_t)offset) == MAP_FAILED
		   ? -1
		   : 0;
}

/* Write the identity that blocks of a new file belong to, if it is not that of their texts. */
static int write_identity(const struct file *file)
{
	int fd, result;

	if (!maps.identity)
		return 0;
	fd = open_file(file, ".identities", O_CREAT | O_APPEND);
	result = fd < 0 || write_all(fd, "identity ", 9, -1) < 0 ||
			 write_all(fd, maps.identity, strlen(maps.identity), -1) < 0 ||
			 write_all(fd, "\n", 1, -1) < 0
		     ? -1
		     : 0;
	return close_fd(fd, result);
}

static void set_magic(const struct file *file, size_t offset)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memcpy(file->memory + offset, MAGIC, sizeof(MAGIC));
}

/* Make the file of a forked process: the blocks of its parent, with zeros. */
static int copy_file(struct file *file)
{
	int fd = open_map(file, O_CREAT | O_EXCL), result = fd < 0 ? -1 : 0;

	for (struct map_block *block = file->blocks; block && result == 0; block = block->next) {
		const char *memory = file->memory + block->offset;
		size_t skip = sizeof(MAGIC);

		result = write_all(fd, memory + skip,
		    ((const struct header *)memory)->numbers - skip, (off_t)(block->offset + skip));
	}
	if (result == 0)
		result = write_identity(file);
	if (result == 0)
		result = map_part(file, fd, 0, file->used);
	for (struct map_block *block = file->blocks; block && result == 0; block = block->next)
		set_magic(file, block->offset);
	return close_fd(fd, result);
}

/* Count into memory of this process alone: what is counted is lost, but not added to the counts of
 * another process. */
static void lose_file(struct file *file)
{
	static const char message[] = "kiln: a forked process cannot write what it counts\n";

	if (!file->is_lost)
		(void)!write(STDERR_FILENO, message, sizeof(message) - 1); /* nobody to tell */
	file->is_lost = true;
	if (mmap(file->memory, file->used, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort(); /* the addresses would count for the parent, or be invalid */
}

/* In a forked process, before fork() returns there. Only calls the system. */
static void after_fork(void)
{
	bool is_named = name_process() == 0;
	int number = errno;

	for (struct file *file = maps.files; file; file = file->next) {
		if (file->used && (file->is_lost || !is_named || copy_file(file) < 0))
			lose_file(file);
	}
	maps.forked();
	errno = number;
}

int map_start(const char *host, const char *process, void (*forked)(void))
{
	maps.host = host;
	maps.process = process;
	maps.forked = forked;
	maps.page = (size_t)sysconf(_SC_PAGESIZE);
	errno = 0;
	if (name_process() < 0)
		return -1;
	errno = pthread_atfork(NULL, NULL, after_fork);
	return errno ? -1 : 0;
}

/* Reserve addresses; fewer if a limit of the process forbids so many. */
static int reserve(struct file *file, size_t size)
{
	file->reserved = size > RESERVED ? size : RESERVED;
	for (;;) {
		file->memory = mmap(NULL, file->reserved, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (file->memory != MAP_FAILED)
			return 0;
		if (file->reserved / 2 < size || file->reserved / 2 < RESERVED_LEAST)
			return -1;
		file->reserved /= 2;
	}
}

/* The file that has room for so many bytes, or a new one. NULL with errno. */
static struct file *file_for(const char *base, enum map_kind kind, size_t size)
{
	struct file *file;
	unsigned serial = 0;

	for (file = maps.files; file; file = file->next) {
		if (file->kind != kind || strcmp(file->base, base) != 0)
			continue;
		serial++;
		if (!file->is_lost && file->reserved - file->used >= size)
			return file;
	}
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->base = strdup(base);
	file->kind = kind;
	file->serial = serial;
	if (!file->base || reserve(file, size) < 0) {
		free(file->base);
		free(file);
		return NULL;
	}
	file->next = maps.files;
	maps.files = file;
	return file;
}

/* Make the bytes of a block at the end of a file. */
static int write_block(const struct file *file, const struct header *header, const char *text)
{
	int fd = open_map(file, file->used ? 0 : O_CREAT | O_EXCL), result = -1;
	char *memory = file->memory + file->used;

	if (fd < 0 || map_part(file, fd, file->used, header->size) < 0)
		return close_fd(fd, -1);
	memcpy(memory + sizeof(header->magic), (const char *)header + sizeof(header->magic),
	    sizeof(*header) - sizeof(header->magic));
	memcpy(memory + sizeof(*header), text, header->text_len);
	if (file->used || write_identity(file) == 0) {
		set_magic(file, file->used);
		result = 0;
	}
	return close_fd(fd, result);
}

/* How many counters a block has; of calls one for each element, and a power of 2 for callers. */
static size_t count_counters(enum map_kind kind, size_t count)
{
	size_t callers = CALLERS_LEAST;

	if (kind != MAP_PROFILE)
		return count;
	while (callers < count * CALLERS)
		callers *= 2;
	return count + callers;
}

struct map_block *map_add(const char *base, enum map_kind kind, const char *text, size_t len,
    const unsigned char digest[32], size_t count)
{
	size_t counters = count_counters(kind, count);
	size_t numbers = round_up(sizeof(struct header) + len, 64);
	size_t size = round_up(numbers + counters * counter_size(kind), maps.page);
	struct header header = {"", VERSION, kind, size, maps.blocks + 1, len, numbers, counters,
	    kind == MAP_PROFILE ? maps.rate : 0, {0}};
	struct map_block *block = calloc(1, sizeof(*block)), **last;
	struct file *file = block ? file_for(base, kind, size) : NULL;

	memcpy(header.digest, digest, sizeof(header.digest));
	if (!file || write_block(file, &header, text) < 0) {
		free(block);
		return NULL;
	}
	*block = (struct map_block){++maps.blocks,
	    (uint64_t *)(file->memory + file->used + numbers), counters, count, kind, file->used,
	    NULL, NULL};
	for (last = &file->blocks; *last; last = &(*last)->next)
		;
	*last = block;
	file->used += size;
	return block;
}

void map_set_rate(uint64_t rate)
{
	maps.rate = rate;
	for (const struct file *file = maps.files; file; file = file->next) {
		if (file->kind != MAP_PROFILE)
			continue;
		for (const struct map_block *block = file->blocks; block; block = block->next)
			((struct header *)(file->memory + block->offset))->rate = rate;
	}
}

struct map_block *map_find(uint64_t number)
{
	for (struct file *file = maps.files; file; file = file->next) {
		for (struct map_block *block = file->blocks; block; block = block->next) {
			if (block->number == number)
				return block;
		}
	}
	return NULL;
}

/* Write the counts of a block, as a line for all regions. */
static void write_counts(FILE *stream, const struct map_block *block)
{
	bool has_any = false;

	for (size_t i = 0; i < block->count; i++) {
		if (!block->numbers[i])
			continue;
		if (!has_any)
			(void)fprintf(stream, "counts %" PRIu64, block->number);
		(void)fprintf(stream, " %zu %" PRIu64, i, block->numbers[i]);
		has_any = true;
	}
	if (has_any)
		(void)fputc('\n', stream);
}

/* Ticks as nanoseconds. */
static uint64_t nanoseconds_of(uint64_t ticks)
{
	return maps.rate ? (uint64_t)((double)ticks / (double)maps.rate * 1e9) : ticks;
}

/* Write the calls of a block, a line each. */
static void write_calls(FILE *stream, const struct map_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const uint64_t *call = block->numbers + i * CALL_NUMBERS;

		if (!call[CALL_ELEMENT])
			continue;
		(void)fprintf(
		    stream, "calls %" PRIu64 " %" PRIu64, block->number, call[CALL_ELEMENT] - 1);
		for (int k = CALL_CALLER_BLOCK; k < CALL_NUMBERS; k++)
			(void)fprintf(stream, " %" PRIu64,
			    k < CALL_ELAPSED ? call[k] : nanoseconds_of(call[k]));
		(void)fputc('\n', stream);
	}
}

/* Write what a file's blocks have, and to whom belongs what follows. All of it or nothing. */
static int write_switch(const struct file *file, const char *identity)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	int fd = -1, result = -1;
	off_t end;

	if (!stream)
		return -1;
	for (const struct map_block *block = file->blocks; block; block = block->next)
		(block->kind == MAP_PROFILE ? write_calls : write_counts)(stream, block);
	(void)fprintf(stream, "identity %s\n", identity);
	if (fclose(stream) == 0) /* the others' errors show here */
		fd = open_file(file, ".identities", O_CREAT | O_APPEND);
	end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (end >= 0) {
		result = write_all(fd, text, len, -1);
		if (result < 0)
			(void)!ftruncate(fd, end); /* errno is that of the write */
	}
	free(text);
	return close_fd(fd, result);
}

int map_switch(const char *identity)
{
	char *copy = strdup(identity);

	if (!copy)
		return -1;
	for (struct file *file = maps.files; file; file = file->next) {
		if (file->is_lost || !file->used)
			continue;
		if (write_switch(file, identity) < 0) {
			free(copy);
			return -1;
		}
		for (struct map_block *block = file->blocks; block; block = block->next)
			memset(block->numbers, 0, block->count * counter_size(block->kind));
	}
	free(maps.identity);
	maps.identity = copy;
	return 0;
}
