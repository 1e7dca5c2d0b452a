#include "python/runtime/map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "python/runtime/log.h"

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
	bool is_lost;	/* its process could not make it: what is counted is nowhere */
	struct log log; /* of the first file of a directory: its identities */
	struct map_block *blocks;
	struct file *next;
};

/* All that is known; the process has one set of counters, whoever imports the module. */
static struct {
	const char *host, *process;
	void (*forked)(void);
	pid_t pid;
	char random[17];
	char *identity; /* the line of that which was switched to, or NULL */
	struct file *files;
	uint64_t blocks;
	uint64_t rate; /* of ticks; 0: these are nanoseconds */
	size_t page;
	struct text text; /* what is written when the identity changes */
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
	fd = TEMP_FAILURE_RETRY(open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
	if (fd >= 0 || errno != ENOENT || !(flags & O_CREAT))
		return fd;
	first = path[name];
	path[name] = '\0';
	if (make_directories(path) < 0)
		return -1;
	path[name] = first;
	return TEMP_FAILURE_RETRY(open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
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

/* The log of the directory that a file is in. */
static struct log *log_of(struct file *file)
{
	for (struct file *other = file; other; other = other->next) {
		if (other->kind == file->kind && strcmp(other->base, file->base) == 0)
			file = other; /* the last one was made first */
	}
	return &file->log;
}

/* Add lines to the identities of a file's directory, all or none. A process that never changes its
 * identity maps nothing: a forked one adds a line at most. */
static int add_lines(struct file *file, const char *lines, size_t len, bool is_mapped)
{
	struct log *log = log_of(file);
	int fd = -1, result = 0;

	if (!is_mapped && !log->memory) {
		fd = open_file(file, ".identities", O_CREAT | O_APPEND);
		return close_fd(fd, fd < 0 ? -1 : write_all(fd, lines, len, -1));
	}
	if (!log_has_room(log, len)) {
		fd = open_file(file, ".identities", O_CREAT);
		result = close_fd(fd, fd < 0 ? -1 : log_map(log, fd, len));
	}
	if (result == 0)
		log_add(log, lines, len);
	return result;
}

/* Write the identity that blocks of a new file belong to, if it is not that of their texts. Called
 * in forked processes, too: nothing is allocated. */
static int write_identity(struct file *file)
{
	return maps.identity ? add_lines(file, maps.identity, strlen(maps.identity), false) : 0;
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

	for (struct file *file = maps.files; file; file = file->next)
		log_forget(&file->log);
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
static int write_block(struct file *file, const struct header *header, const char *text)
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
	    NULL, false, NULL};
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

bool map_has(enum map_kind kind)
{
	for (const struct file *file = maps.files; file; file = file->next) {
		if (file->kind == kind)
			return true;
	}
	return false;
}

/* Two numbers, which a processor looks at together. */
typedef uint64_t pair __attribute__((vector_size(16), may_alias, aligned(8)));
#define PAIRS 8
#define STRIDE ((size_t)2 * PAIRS)

/* The first number from `at` on that is not 0, or the count. Most are 0. */
static size_t next_count(const uint64_t *numbers, size_t count, size_t at)
{
	for (; at + STRIDE <= count; at += STRIDE) {
		const pair *pairs = (const pair *)(numbers + at);
		pair any = pairs[0];

		for (size_t i = 1; i < PAIRS; i++)
			any |= pairs[i];
		if (any[0] | any[1])
			break;
	}
	while (at < count && !numbers[at])
		at++;
	return at;
}

/* Add the counts of a block, as a line for all regions. */
static void add_counts(struct text *text, const struct map_block *block)
{
	size_t at = next_count(block->numbers, block->count, 0);

	if (at == block->count)
		return;
	text_adds(text, "counts");
	text_add_number(text, block->number);
	for (; at < block->count; at = next_count(block->numbers, block->count, at + 1)) {
		text_add_number(text, at);
		text_add_number(text, block->numbers[at]);
	}
	text_adds(text, "\n");
}

/* Ticks as nanoseconds. */
static uint64_t nanoseconds_of(uint64_t ticks)
{
	return maps.rate ? (uint64_t)((double)ticks / (double)maps.rate * 1e9) : ticks;
}

/* Add the calls of a block, a line each. */
static void add_calls(struct text *text, const struct map_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const uint64_t *call = block->numbers + i * CALL_NUMBERS;

		if (!call[CALL_ELEMENT])
			continue;
		text_adds(text, "calls");
		text_add_number(text, block->number);
		text_add_number(text, call[CALL_ELEMENT] - 1);
		for (int k = CALL_CALLER_BLOCK; k < CALL_NUMBERS; k++)
			text_add_number(text, k < CALL_ELAPSED ? call[k] : nanoseconds_of(call[k]));
		text_adds(text, "\n");
	}
}

/* Set what a text has to 0. */
static void clear_block(const struct map_block *block)
{
	if (block->kind == MAP_COVERAGE) {
		for (size_t at = next_count(block->numbers, block->count, 0); at < block->count;
		     at = next_count(block->numbers, block->count, at + 1))
			block->numbers[at] = 0;
		return;
	}
	for (size_t i = 0; i < block->count; i++) {
		uint64_t *call = block->numbers + i * CALL_NUMBERS;

		if (call[CALL_ELEMENT])
			memset(call, 0, counter_size(MAP_PROFILE));
	}
}

/* Write what a file's blocks have, and to whom belongs what follows (a line), and take it out of
 * them. All of it or nothing. */
static int write_switch(struct file *file, const char *identity)
{
	struct text *text = &maps.text;

	text->len = 0;
	text->is_lost = false;
	for (struct map_block *block = file->blocks; block; block = block->next) {
		size_t before = text->len;

		(block->kind == MAP_PROFILE ? add_calls : add_counts)(text, block);
		block->is_written = text->len > before;
	}
	text_adds(text, identity);
	if (text->is_lost) {
		errno = ENOMEM;
		return -1;
	}
	if (add_lines(file, text->data, text->len, true) < 0)
		return -1;
	for (const struct map_block *block = file->blocks; block; block = block->next) {
		if (block->is_written)
			clear_block(block);
	}
	return 0;
}

int map_switch(const char *identity)
{
	size_t space = strlen(identity) + sizeof("identity \n");
	char *line = malloc(space);

	if (!line)
		return -1;
	(void)snprintf(line, space, "identity %s\n", identity); /* it fits */
	for (struct file *file = maps.files; file; file = file->next) {
		if (file->is_lost || !file->used)
			continue;
		if (write_switch(file, line) < 0) {
			free(line);
			return -1;
		}
	}
	free(maps.identity);
	maps.identity = line;
	return 0;
}
