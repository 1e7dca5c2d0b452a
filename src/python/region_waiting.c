#include "python/region_walk.h"

/* Each region that waits is in the sums of all ways from there: so that they do not become long,
 * few wait at once, and there are few conditions among them. */
#define DEPTH_LIMIT 24
#define CONDITIONS_LIMIT 8

bool waiting_has_room(const struct region_walk *walk, bool is_condition)
{
	const struct waiting *last = walk->waiting;

	return !last || (last->depth < DEPTH_LIMIT &&
			    (!is_condition || last->conditions < CONDITIONS_LIMIT));
}

void waiting_begin(struct region_walk *walk, struct stretch stretch, char type, bool is_condition)
{
	struct waiting *below = walk->waiting, *one = arena_alloc(&walk->memory, sizeof(*one));

	*one = (struct waiting){
	    .below = below,
	    .point = walk->share.is_waiting ? below->point : one,
	    .stretch = stretch,
	    .type = type,
	    .left = -1,
	    .depth = (below ? below->depth : 0) + 1,
	    .conditions = (below ? below->conditions : 0) + is_condition,
	};
	walk->waiting = one;
	walk->share = (struct share){.is_waiting = true};
}

/* The counter of what leaves while a region waits is one of its own from then on. */
static void add_left(struct region_walk *walk, struct waiting *one)
{
	if (one->point->left < 0)
		one->point->left = walk->ret->counters++;
	if (!one->is_left)
		regions_add(
		    walk->ret, page_area(walk->page, one->stretch), one->type, one->point->left);
	one->is_left = true;
}

/* Append a number behind a space. */
static void add_number(struct str *text, int number)
{
	str_addc(text, ' ');
	str_add_number(text, (uint64_t)number);
}

void waiting_may_leave(struct region_walk *walk, struct stretch place, bool is_exact)
{
	const int numbers[] = {place.line, place.column, place.end_line, place.end_column};

	str_addc(walk->leaving, is_exact ? '=' : '<');
	for (size_t i = 0; i < 4; i++)
		add_number(walk->leaving, numbers[i]);
	for (struct waiting *one = walk->waiting; one; one = one->below) {
		add_left(walk, one);
		if (one->point == one)
			add_number(walk->leaving, one->left);
	}
	str_addc(walk->leaving, '\n');
}

void waiting_end(struct region_walk *walk)
{
	for (struct waiting *one = walk->waiting; one; one = one->below) {
		for (int i = 0; i < walk->share.count; i++)
			regions_add(walk->ret, page_area(walk->page, one->stretch), one->type,
			    walk->share.counters[i]);
	}
	walk->waiting = NULL;
}

static asdl_stmt_seq *part_of(struct region_walk *walk, asdl_stmt_seq *body, Py_ssize_t from)
{
	Py_ssize_t count = asdl_seq_LEN(body) - from;
	asdl_stmt_seq *result = _Py_asdl_stmt_seq_new(count, walk->arena);

	for (Py_ssize_t i = 0; result && i < count; i++)
		asdl_seq_SET(result, i, asdl_seq_GET(body, from + i));
	return result;
}

void waiting_handle(struct region_walk *walk, asdl_stmt_seq **body, Py_ssize_t from)
{
	asdl_stmt_seq *inner, *result;
	stmt_ty handler;

	if (!walk->arena || !walk->leaving || !walk->leaving->len)
		return;
	inner = part_of(walk, *body, from);
	handler = inner ? counter_handler(walk, inner, str_slice(walk->leaving)) : NULL;
	result = handler ? _Py_asdl_stmt_seq_new(from + 1, walk->arena) : NULL;
	walk->failed = walk->failed || !result;
	if (!result)
		return;
	for (Py_ssize_t i = 0; i < from; i++)
		asdl_seq_SET(result, i, asdl_seq_GET(*body, i));
	asdl_seq_SET(result, from, handler);
	*body = result;
}
