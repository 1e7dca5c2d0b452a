#include "python/runtime/timers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "python/runtime/clock.h"
#include "python/runtime/frame.h"

/* Suspended calls that are remembered at most: those of generators that nobody ends. */
#define SUSPENDED_LIMIT ((size_t)1 << 20)

/* How far from its place a counter of calls is looked for. */
#define PROBES 32

struct call {
	struct timer *timer;
	const struct timer *caller; /* NULL: none */
	uint64_t began;		    /* when it went on last */
	uint64_t elapsed, residency;
	bool is_inherited; /* it began in the process that forked this one */
};

/* Most calls of an element come from where the one before came from, and most generators of it are
 * suspended one at a time: this is remembered here, all else is in tables. */
struct timer {
	const struct timer *caller; /* that called last */
	uint64_t *numbers;	    /* of the calls by that one */
	const void *frame;	    /* that is suspended; NULL: none */
	struct call call;	    /* of that frame */
	struct map_block *block;
	size_t element;
};

/* The calls of a thread. The first is that of nobody, so that each call has one below. */
struct stack {
	struct call *top, *end; /* the last call; behind the space */
	struct call *calls;
};

/* A call that is suspended, in a table with open addressing. */
struct suspended {
	const void *frame; /* NULL: free */
	struct call call;
};

static struct {
	struct suspended *items;
	size_t count, space; /* the space is a power of 2, or 0 */
} table;

/* The timers of a block. */
struct timers {
	struct timers *next;
	size_t count;
	struct timer items[];
};

static struct timers *all;

/* When the rate is to be measured again: each time twice as long has passed. */
static uint64_t next_measure, until_measure;

/* The model saves a call for each access. */
static _Thread_local struct stack own __attribute__((tls_model("initial-exec")));
static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

static void stack_free(void *calls)
{
	free(calls);
	own = (struct stack){NULL, NULL, NULL};
}

static void make_key(void)
{
	/* Without a key the stacks of threads that ended stay in memory. */
	(void)pthread_key_create(&stack_key, stack_free);
}

/* Make room for a call. False without memory. */
__attribute__((noinline)) static bool stack_grow(void)
{
	size_t count = own.calls ? (size_t)(own.top - own.calls) + 1 : 1;
	size_t space = own.calls ? count * 2 : 64;
	struct call *calls = realloc(own.calls, space * sizeof(*calls));

	if (!calls)
		return false;
	if (!own.calls)
		calls[0] = (struct call){.timer = NULL};
	own = (struct stack){calls + count - 1, calls + space, calls};
	(void)pthread_once(&stack_once, make_key); /* always 0 */
	(void)pthread_setspecific(stack_key, calls);
	return true;
}

/* Room for a call on the stack, or NULL. */
static struct call *stack_push(void)
{
	if (own.end - own.top <= 1 && !stack_grow())
		return NULL;
	return ++own.top;
}

/* The last call of a timer is made the top of the stack: calls above it have not ended as they
 * should. False if there is none. */
__attribute__((noinline)) static bool stack_cut(const struct timer *timer)
{
	for (struct call *call = own.top; call > own.calls; call--) {
		if (call->timer == timer) {
			own.top = call;
			return true;
		}
	}
	return false;
}

static bool stack_reach(const struct timer *timer)
{
	return own.top && (own.top->timer == timer || stack_cut(timer));
}

/* The time since a call went on. Not what is absurd, when the counter was set back. */
static uint64_t time_since(uint64_t began, uint64_t now)
{
	return now > began ? now - began : 0;
}

static uint64_t *own_numbers(const struct timer *timer)
{
	return timer->block->numbers + timer->element * CALL_NUMBERS;
}

/* The counter of a caller's calls, or the one for all others if there is no room. */
static uint64_t *find_numbers(const struct timer *timer, const struct timer *caller)
{
	const struct map_block *block = timer->block;
	size_t mask = block->count - block->elements - 1; /* of a power of 2 */
	uint64_t hash;

	if (!caller)
		return own_numbers(timer);
	hash = (timer->element * 31 + caller->block->number) * 0x9e3779b97f4a7c15 +
	       caller->element * 0xc2b2ae3d27d4eb4f;
	for (size_t i = 0; i < PROBES; i++) {
		size_t place = block->elements + (((hash >> 32) + i) & mask);
		uint64_t *numbers = block->numbers + place * CALL_NUMBERS;

		if (!numbers[CALL_ELEMENT]) {
			numbers[CALL_CALLER_BLOCK] = caller->block->number;
			numbers[CALL_CALLER_ELEMENT] = caller->element;
			numbers[CALL_ELEMENT] = timer->element + 1;
			return numbers;
		}
		if (numbers[CALL_ELEMENT] == timer->element + 1 &&
		    numbers[CALL_CALLER_BLOCK] == caller->block->number &&
		    numbers[CALL_CALLER_ELEMENT] == caller->element)
			return numbers;
	}
	return own_numbers(timer);
}

/* Another caller than before. */
__attribute__((noinline)) static void change_caller(
    struct timer *timer, const struct timer *caller, uint64_t now)
{
	timer->numbers = find_numbers(timer, caller);
	timer->caller = caller;
	if (now > next_measure)
		timers_measure();
}

/* Count a call that has ended. */
static void count_call(struct timer *timer, const struct call *call, uint64_t elapsed, uint64_t now)
{
	uint64_t *numbers;

	if (timer->caller != call->caller)
		change_caller(timer, call->caller, now);
	numbers = timer->numbers;
	if (elapsed < numbers[CALL_LEAST] || !numbers[CALL_COUNT])
		numbers[CALL_LEAST] = elapsed;
	if (elapsed > numbers[CALL_MOST])
		numbers[CALL_MOST] = elapsed;
	numbers[CALL_COUNT]++;
	numbers[CALL_ELAPSED] += elapsed;
	numbers[CALL_RESIDENCY] += call->residency;
	numbers[CALL_ELEMENT] = timer->element + 1;
}

static size_t place_of(const void *frame)
{
	return (size_t)(((uintptr_t)frame >> 4) * 0x9e3779b97f4a7c15 >> 20) & (table.space - 1);
}

/* The place of a frame, or the free one where it would be. */
static size_t table_find(const void *frame)
{
	size_t place = place_of(frame);

	while (table.items[place].frame && table.items[place].frame != frame)
		place = (place + 1) & (table.space - 1);
	return place;
}

static bool table_grow(void)
{
	struct suspended *old = table.items;
	size_t space = table.space, larger = space ? space * 2 : 64;
	struct suspended *items = larger > SUSPENDED_LIMIT * 2 ? NULL
							       : calloc(larger, sizeof(*items));

	if (!items)
		return false;
	table.items = items;
	table.space = larger;
	for (size_t i = 0; i < space; i++) {
		if (old[i].frame)
			items[table_find(old[i].frame)] = old[i];
	}
	free(old);
	return true;
}

static void table_add(const void *frame, const struct call *call)
{
	size_t place;

	if ((table.count + 1) * 2 > table.space && !table_grow())
		return;
	place = table_find(frame);
	table.count += !table.items[place].frame;
	table.items[place] = (struct suspended){frame, *call};
}

/* Take a suspended call out of the table. */
static bool table_take(const struct timer *timer, const void *frame, struct call *ret)
{
	size_t hole = table.space ? table_find(frame) : 0, mask = table.space - 1;

	if (!table.space || !table.items[hole].frame || table.items[hole].call.timer != timer)
		return false;
	*ret = table.items[hole].call;
	table.items[hole].frame = NULL;
	table.count--;
	/* What stands behind it, because its own place was taken, moves up. */
	for (size_t i = (hole + 1) & mask; table.items[i].frame; i = (i + 1) & mask) {
		size_t place = place_of(table.items[i].frame);

		if (((i - place) & mask) < ((i - hole) & mask))
			continue;
		table.items[hole] = table.items[i];
		table.items[i].frame = NULL;
		hole = i;
	}
	return true;
}

/* Take the call of a frame that was suspended. */
static bool take_suspended(struct timer *timer, const void *frame, struct call *ret)
{
	if (timer->frame == frame) {
		timer->frame = NULL;
		*ret = timer->call;
		return true;
	}
	return table.count && table_take(timer, frame, ret);
}

void timers_start(void)
{
	clock_start();
}

void timers_measure(void)
{
	uint64_t rate;

	if (!map_has(MAP_PROFILE))
		return;
	rate = clock_rate();
	map_set_rate(rate);
	until_measure = until_measure ? 2 * until_measure : rate / 1000;
	next_measure = rate ? clock_ticks() + until_measure : UINT64_MAX;
}

struct timer *timer_get(struct map_block *block, size_t element)
{
	struct timers *timers;

	if (block->timers)
		return block->timers + element;
	timers = calloc(1, sizeof(*timers) + block->elements * sizeof(*timers->items));
	if (!timers)
		return NULL;
	timers->count = block->elements;
	for (size_t i = 0; i < timers->count; i++) {
		timers->items[i].block = block;
		timers->items[i].element = i;
		timers->items[i].numbers = own_numbers(timers->items + i);
	}
	timers->next = all;
	all = timers;
	block->timers = timers->items;
	return block->timers + element;
}

void timer_enter(struct timer *timer)
{
	struct call *call = stack_push();

	if (!call)
		return;
	call->timer = timer;
	call->caller = call[-1].timer;
	call->elapsed = call->residency = 0;
	call->is_inherited = false;
	call->began = clock_ticks();
}

void timer_exit(struct timer *timer)
{
	uint64_t now = clock_ticks(), time;
	struct call *call = own.top, taken;

	if (stack_reach(timer)) {
		call = own.top--;
		time = time_since(call->began, now);
		call[-1].residency += time;
		if (!call->is_inherited)
			count_call(timer, call, call->elapsed + time, now);
	} else if (take_suspended(timer, frame_running(), &taken) && !taken.is_inherited) {
		count_call(timer, &taken, taken.elapsed, now);
	}
}

void timer_suspend(struct timer *timer)
{
	uint64_t now = clock_ticks(), time;
	const void *frame = frame_running();
	struct call *call;

	if (!stack_reach(timer))
		return;
	call = own.top--;
	time = time_since(call->began, now);
	call[-1].residency += time;
	call->elapsed += time;
	if (timer->frame && timer->frame != frame)
		table_add(timer->frame, &timer->call);
	timer->frame = frame;
	timer->call = *call;
}

void timer_resume(struct timer *timer)
{
	struct call taken, *call;

	if (!take_suspended(timer, frame_running(), &taken))
		return;
	call = stack_push();
	if (!call)
		return;
	*call = taken;
	call->began = clock_ticks();
}

void timers_forget(void)
{
	for (struct timers *timers = all; timers; timers = timers->next) {
		for (size_t i = 0; i < timers->count; i++) {
			timers->items[i].caller = NULL;
			timers->items[i].numbers = own_numbers(timers->items + i);
		}
	}
}

void timers_forked(void)
{
	for (struct call *call = own.top; call && call > own.calls; call--)
		call->is_inherited = true;
	for (size_t i = 0; i < table.space; i++)
		table.items[i].call.is_inherited = true;
	for (struct timers *timers = all; timers; timers = timers->next) {
		for (size_t i = 0; i < timers->count; i++)
			timers->items[i].call.is_inherited = true;
	}
	timers_forget();
}
