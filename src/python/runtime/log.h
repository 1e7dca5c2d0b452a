/*
 * The file `.identities` of a process (docs/formats.rst, "Mapped counters"), to which it adds lines
 * when another test runs. It is mapped: a line costs no call of the system, and is there however
 * the process ends. Zero bytes may follow the lines.
 *
 * For the extension module, as map.h.
 */
#ifndef KILN_PYTHON_RUNTIME_LOG_H
#define KILN_PYTHON_RUNTIME_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text in memory. Valid when all zero. */
struct text {
	char *data;
	size_t len, space;
	bool is_lost; /* there was no memory: the text is not whole */
};

void text_add(struct text *text, const char *data, size_t len);
void text_adds(struct text *text, const char *string);

/* Add a space and a decimal number. */
void text_add_number(struct text *text, uint64_t number);

/* The end of a file. Valid when all zero: then nothing is mapped. */
struct log {
	char *memory;
	size_t offset, size; /* in the file, of what is mapped */
	size_t len;	     /* of it that has lines */
};

/* Whether there is room for so many bytes. If not, log_map() makes some in the open file. -1 with
 * errno, and the log is as it was. */
bool log_has_room(const struct log *log, size_t len);
int log_map(struct log *log, int fd, size_t len);

/* Add whole lines, for which there is room: all are there, or none. */
void log_add(struct log *log, const char *text, size_t len);

/* In a forked process: the file is the parent's. */
void log_forget(struct log *log);

#endif
