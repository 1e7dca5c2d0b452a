#include "python/runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* How much is mapped at once, but for longer lines: twice as much each time. */
#define MOST ((size_t)64 << 10)

/* Make room for more. False without memory. */
static bool text_grow(struct text *text, size_t len)
{
	size_t space = text->space ? text->space : 256;
	char *data;

	while (space - text->len < len)
		space *= 2;
	if (space == text->space)
		return true;
	data = text->is_lost ? NULL : realloc(text->data, space);
	if (!data) {
		text->is_lost = true;
		return false;
	}
	text->data = data;
	text->space = space;
	return true;
}

void text_add(struct text *text, const char *data, size_t len)
{
	if (!text_grow(text, len))
		return;
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

void text_adds(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_add_number(struct text *text, uint64_t number)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	digits[--at] = ' ';
	text_add(text, digits + at, sizeof(digits) - at);
}

bool log_has_room(const struct log *log, size_t len)
{
	return log->size - log->len >= len;
}

int log_map(struct log *log, int fd, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), end = log->offset + log->len, size;
	struct log next = {NULL, 0, 0, 0};
	struct stat stat;
	int number;

	if (!log->memory) {
		if (fstat(fd, &stat) < 0)
			return -1;
		end = (size_t)stat.st_size;
	}
	next.offset = end / page * page;
	next.len = end - next.offset;
	size = log->size * 2 < MOST ? log->size * 2 : MOST;
	next.size = (next.len + (len > size ? len : size) + page - 1) / page * page;
	/* Allocated before, so that a full disk is an error here, and no signal later. */
	number = posix_fallocate(fd, (off_t)next.offset, (off_t)next.size);
	if (number) {
		errno = number;
		return -1;
	}
	next.memory = mmap(
	    NULL, next.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)next.offset);
	if (next.memory == MAP_FAILED)
		return -1;
	log_forget(log);
	*log = next;
	return 0;
}

void log_add(struct log *log, const char *text, size_t len)
{
	char *end = log->memory + log->len;

	if (!len)
		return;
	memcpy(end + 1, text + 1, len - 1);
	/* Readers end at the first zero byte: what is copied only in part is not there. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*end = *text;
	log->len += len;
}

void log_forget(struct log *log)
{
	if (log->memory)
		(void)munmap(log->memory, log->size); /* or the addresses stay reserved */
	*log = (struct log){NULL, 0, 0, 0};
}
