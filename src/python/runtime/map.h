/*
 * Files of counters that this process has mapped: what it counts is in them at once, however it
 * ends. docs/formats.rst, "Mapped counters", has the format.
 *
 * For the extension module that a program's interpreter loads: nothing here prints, or ends the
 * process, or needs more of kiln. Callers hold the interpreter's lock.
 */
#ifndef KILN_PYTHON_RUNTIME_MAP_H
#define KILN_PYTHON_RUNTIME_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of a counter of calls. */
enum map_call {
	CALL_ELEMENT, /* plus 1; 0: the counter is empty */
	CALL_CALLER_BLOCK,
	CALL_CALLER_ELEMENT,
	CALL_COUNT,
	CALL_ELAPSED,
	CALL_RESIDENCY,
	CALL_LEAST,
	CALL_MOST,
	CALL_NUMBERS,
};

enum map_kind {
	MAP_COVERAGE = 1,
	MAP_PROFILE = 2,
};

/* The counters of one module. Never freed. */
struct map_block {
	uint64_t number;   /* from 1 */
	uint64_t *numbers; /* mapped; they stay at their address in forked processes */
	size_t count;	   /* how many counters; of MAP_PROFILE `elements` and a power of 2 */
	size_t elements;   /* of MAP_PROFILE */
	enum map_kind kind;
	size_t offset;	      /* in its file */
	struct timer *timers; /* of MAP_PROFILE: see timers.h */
	bool is_written;      /* while the identity changes */
	struct map_block *next;
};

/* Before all else, once: the host and, or NULL, the name of the process in paths. Both are
 * borrowed for ever. After a fork, `forked` is called. */
int map_start(const char *host, const char *process, void (*forked)(void));

/* Make a block below BASE: `text` and `digest` as in the format, `count` counters. NULL with errno,
 * then nothing was made that counts. */
struct map_block *map_add(const char *base, enum map_kind kind, const char *text, size_t len,
    const unsigned char digest[32], size_t count);

/* How many ticks of the clock (clock.h) a second has, for those who read the blocks of calls. */
void map_set_rate(uint64_t rate);

/* Whether there are blocks of a kind. */
bool map_has(enum map_kind kind);

/* The block with a number, or NULL. */
struct map_block *map_find(uint64_t number);

/* From now, what is counted belongs to another identity (a word of the format, without newlines).
 * What was counted before is written to files and taken out of the maps. -1 with errno: then the
 * maps are as they were, or what they had is written. */
int map_switch(const char *identity);

#endif
