#include "python/runtime/timers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Suspended calls that are remembered at most: those of generators that nobody ends. */
#define SUSPENDED_LIMIT ((size_t)1 << 20)

/* How far from its place a counter of calls is looked for. */
#define PROBES 32

struct call {
	struct map_block *block;
	size_t element;
	uint64_t caller_block; /* 0: none */
	uint64_t caller_element;
	uint64_t began; /* when it went on last */
	uint64_t elapsed, residency;
	bool is_inherited; /* it began in the process that forked this one */
};

struct stack {
	struct call *calls;
	size_t count, space;
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

/* The model saves a call for each access. */
static _Thread_local struct stack *own_stack __attribute__((tls_model("initial-exec")));
static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

static uint64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time); /* this clock is always there */
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void stack_free(void *stack)
{
	free(((struct stack *)stack)->calls);
	free(stack);
	own_stack = NULL;
}

static void make_key(void)
{
	/* Without a key the stacks of threads that ended stay in memory. */
	(void)pthread_key_create(&stack_key, stack_free);
}

/* The stack of this thread; NULL without memory. */
static struct stack *stack_get(void)
{
	if (own_stack)
		return own_stack;
	(void)pthread_once(&stack_once, make_key); /* always 0 */
	own_stack = calloc(1, sizeof(*own_stack));
	if (own_stack)
		(void)pthread_setspecific(stack_key, own_stack); /* as above */
	return own_stack;
}

static struct call *stack_push(struct stack *stack)
{
	if (stack->count == stack->space) {
		size_t space = stack->space ? stack->space * 2 : 64;
		struct call *calls = realloc(stack->calls, space * sizeof(*calls));

		if (!calls)
			return NULL;
		stack->calls = calls;
		stack->space = space;
	}
	return &stack->calls[stack->count++];
}

/* Take the last call of an element off the stack. Calls above it have not ended as they should. */
static bool stack_pop(struct map_block *block, size_t element, struct call *ret)
{
	for (size_t i = own_stack ? own_stack->count : 0; i > 0; i--) {
		const struct call *call = &own_stack->calls[i - 1];

		if (call->block != block || call->element != element)
			continue;
		*ret = *call;
		own_stack->count = i - 1;
		return true;
	}
	return false;
}

/* A call stops to run: add its time to it, and to the one below. */
static void stop(struct call *call)
{
	uint64_t time = now() - call->began;

	call->elapsed += time;
	if (own_stack->count)
		own_stack->calls[own_stack->count - 1].residency += time;
}

/* The counter of a call: one for its caller, or the one for all others if there is no room. */
static uint64_t *find_counter(const struct call *call)
{
	struct map_block *block = call->block;
	size_t mask = block->count - block->elements - 1; /* of a power of 2 */
	uint64_t hash = (call->element * 31 + call->caller_block) * 0x9e3779b97f4a7c15 +
			call->caller_element * 0xc2b2ae3d27d4eb4f;

	for (size_t i = 0; call->caller_block && i < PROBES; i++) {
		size_t place = block->elements + (((hash >> 32) + i) & mask);
		uint64_t *numbers = block->numbers + place * CALL_NUMBERS;

		if (!numbers[CALL_ELEMENT]) {
			numbers[CALL_CALLER_BLOCK] = call->caller_block;
			numbers[CALL_CALLER_ELEMENT] = call->caller_element;
			return numbers;
		}
		if (numbers[CALL_ELEMENT] == call->element + 1 &&
		    numbers[CALL_CALLER_BLOCK] == call->caller_block &&
		    numbers[CALL_CALLER_ELEMENT] == call->caller_element)
			return numbers;
	}
	return block->numbers + call->element * CALL_NUMBERS;
}

/* Count a call that has ended. */
static void count_call(const struct call *call)
{
	uint64_t *numbers = find_counter(call);

	if (!numbers[CALL_COUNT] || call->elapsed < numbers[CALL_LEAST])
		numbers[CALL_LEAST] = call->elapsed;
	if (call->elapsed > numbers[CALL_MOST])
		numbers[CALL_MOST] = call->elapsed;
	numbers[CALL_COUNT]++;
	numbers[CALL_ELAPSED] += call->elapsed;
	numbers[CALL_RESIDENCY] += call->residency;
	numbers[CALL_ELEMENT] = call->element + 1;
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
static bool table_take(struct map_block *block, size_t element, const void *frame, struct call *ret)
{
	size_t hole = table.space ? table_find(frame) : 0, mask = table.space - 1;

	if (!table.space || !table.items[hole].frame || table.items[hole].call.block != block ||
	    table.items[hole].call.element != element)
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

void timer_enter(struct map_block *block, size_t element)
{
	struct stack *stack = stack_get();
	struct call *call = stack ? stack_push(stack) : NULL;

	if (!call)
		return;
	*call = (struct call){.block = block, .element = element};
	if (stack->count > 1) {
		call->caller_block = call[-1].block->number;
		call->caller_element = call[-1].element;
	}
	call->began = now();
}

bool timer_exit(struct map_block *block, size_t element)
{
	struct call call;

	if (!stack_pop(block, element, &call))
		return false;
	stop(&call);
	if (!call.is_inherited)
		count_call(&call);
	return true;
}

void timer_exit_suspended(struct map_block *block, size_t element, const void *frame)
{
	struct call call;

	if (table_take(block, element, frame, &call) && !call.is_inherited)
		count_call(&call);
}

void timer_suspend(struct map_block *block, size_t element, const void *frame)
{
	struct call call;

	if (!stack_pop(block, element, &call))
		return;
	stop(&call);
	table_add(frame, &call);
}

void timer_resume(struct map_block *block, size_t element, const void *frame)
{
	struct stack *stack = stack_get();
	struct call call, *top;

	if (!stack || !table_take(block, element, frame, &call))
		return;
	call.began = now();
	top = stack_push(stack);
	if (top)
		*top = call;
}

void timers_forked(void)
{
	for (size_t i = 0; own_stack && i < own_stack->count; i++)
		own_stack->calls[i].is_inherited = true;
	for (size_t i = 0; i < table.space; i++)
		table.items[i].call.is_inherited = true;
}
