#include "context/formulation.h"

/* How deep vectors may be nested in each other. */
#define DEPTH_LIMIT 100

/* The limit of one vector's composition: each byte counts as one, and each instruction, list
 * element and part as STEP_COST. It bounds time and memory where vectors multiply what other
 * vectors give. */
#define BUDGET ((size_t)128 << 20)
#define STEP_COST 16

/* The index of a substitution's list among the lists of its depth. */
struct span {
	size_t begin, count;
};

/* The composition of one vector and the vectors nested in it. */
struct run {
	const struct vectors *vectors;
	const struct composition *composition;
	const struct vector *chain[DEPTH_LIMIT]; /* the vectors being composed, outermost first */
	struct fields lists[DEPTH_LIMIT]; /* lists of the current instruction at each depth */
	size_t depth;
	size_t deepest;		 /* largest depth so far; deeper lists are not allocated */
	struct str spans;	 /* elements of all current instructions */
	struct str field;	 /* the field that is being put together */
	struct str value, other; /* an element while operations change it */
	size_t budget;
};

/* The place of an instruction, for messages. */
struct place {
	const struct vector *vector;
	const struct instruction *instruction;
};

static int fail_place(struct error **err, const struct place *place, const char *message)
{
	if (!err)
		return -1;
	fail_at(err, place->vector->file, place->instruction->line, 0, NULL, "vector '%.*s' %s",
	    (int)place->vector->name.len, place->vector->name.data, message);
	return fail_as(err, ERROR_USAGE);
}

static int charge(
    struct run *run, size_t steps, size_t bytes, const struct place *place, struct error **err)
{
	if (steps > run->budget / STEP_COST || bytes > run->budget - steps * STEP_COST) {
		run->budget = 0;
		return fail_place(err, place, "composes too many or too long fields");
	}
	run->budget -= steps * STEP_COST + bytes;
	return 0;
}

static int compose(struct run *run, const struct vector *vector, const struct place *from,
    struct fields *ret, struct error **err);

static void add_constant(const struct composition *composition, size_t index, struct fields *ret)
{
	fields_add_all(ret, &composition->values[index]);
}

static bool find_constant(const struct composition *composition, struct slice name, size_t *ret)
{
	for (size_t i = 0; composition->constants && i < composition->constants->count; i++) {
		if (slice_equal(fields_at(composition->constants, i), name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Append a substitution's list; an empty list counts as no answer. */
static int add_list(struct run *run, struct slice name, const struct place *place,
    struct fields *ret, struct error **err)
{
	const struct composition *composition = run->composition;
	bool known = false;
	size_t constant;

	if (find_constant(composition, name, &constant)) {
		add_constant(composition, constant, ret);
		return 0;
	}
	if (name.data[0] == '-') {
		const struct vector *vector = map_get(&run->vectors->by_name, name);

		return vector ? compose(run, vector, place, ret, err) : 0;
	}
	if (!composition->query)
		return 0;
	return composition->query(composition->context, name, ret, &known, err);
}

static void quote(struct str *ret, struct slice value)
{
	str_addc(ret, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"')
			str_addc(ret, '"');
		str_addc(ret, value.data[i]);
	}
	str_addc(ret, '"');
}

/* The extension: the text after the last dot of the file name; a leading dot begins no extension.
 */
static void resuffix(struct str *ret, struct slice value, struct slice suffix)
{
	size_t name = value.len, dot;

	while (name > 0 && value.data[name - 1] != '/')
		name--;
	for (dot = value.len; dot > name && value.data[dot - 1] != '.'; dot--)
		;
	str_add_slice(ret, dot > name + 1 ? slice_of(value.data, dot - 1) : value);
	str_addc(ret, '.');
	str_add_slice(ret, suffix);
}

static void operate(
    const struct run *run, const struct operation *operation, struct slice value, struct str *ret)
{
	const struct composition *composition = run->composition;
	const char *variable = NULL;

	switch (operation->kind) {
	case OPERATION_ENV:
		if (composition->environment)
			variable = composition->environment(
			    composition->context, operation->argument.data);
		str_add_slice(ret, variable ? slice_c(variable) : value);
		break;
	case OPERATION_QUOTED:
		quote(ret, value);
		break;
	case OPERATION_BRACKETED:
		str_addc(ret, '[');
		str_add_slice(ret, value);
		str_addc(ret, ']');
		break;
	case OPERATION_RESUFFIX:
		resuffix(ret, value, operation->argument);
		break;
	case OPERATION_SUFFIX:
		str_add_slice(ret, value);
		str_addc(ret, '.');
		str_add_slice(ret, operation->argument);
		break;
	case OPERATION_PREFIX:
		if (!slice_starts(value, operation->argument))
			str_add_slice(ret, operation->argument);
		str_add_slice(ret, value);
		break;
	}
}

/* Append a list's element, changed by the operations, to the field. */
static int add_value(struct run *run, const struct part *part, struct slice value,
    const struct place *place, struct error **err)
{
	for (size_t i = 0; i < part->operation_count; i++) {
		str_truncate(&run->other, 0);
		operate(run, &part->operations[i], value, &run->other);
		if (charge(run, 1, run->other.len, place, err) < 0)
			return -1;
		str_truncate(&run->value, 0);
		str_add_slice(&run->value, str_slice(&run->other));
		value = str_slice(&run->value);
	}
	str_add_slice(&run->field, value);
	return 0;
}

/* Append the expression's value, with the lists' elements of one round. */
static int produce_once(struct run *run, const struct place *place, size_t spans, size_t round,
    struct fields *ret, struct error **err)
{
	const struct fields *lists = &run->lists[run->depth - 1];

	for (size_t i = 0; i < place->instruction->part_count; i++) {
		const struct part *part = &place->instruction->parts[i];
		struct span span;

		if (!part->is_list) {
			str_add_slice(&run->field, part->text);
		} else {
			span = ((struct span *)(void *)run->spans.data)[spans + part->list_index];
			if (add_value(run, part, fields_at(lists, span.begin + round % span.count),
				place, err) < 0)
				return -1;
		}
		if (charge(run, 1, part->last ? run->field.len : 0, place, err) < 0)
			return -1;
		if (part->last) {
			fields_add(ret, str_slice(&run->field));
			str_truncate(&run->field, 0);
		}
	}
	return 0;
}

/* Get an instruction's lists; *ret is how often its expression is repeated. */
static int get_lists(struct run *run, const struct place *place, size_t *ret, struct error **err)
{
	const struct instruction *instruction = place->instruction;
	struct fields *lists = &run->lists[run->depth - 1];
	size_t shortest = SIZE_MAX;
	bool is_empty = false;

	for (size_t i = 0; i < instruction->substitution_count; i++) {
		const struct substitution *list = &instruction->substitutions[i];
		struct span span = {.begin = lists->count};
		size_t bytes = lists->text.len;

		if (add_list(run, list->name, place, lists, err) < 0)
			return -1;
		span.count = lists->count - span.begin;
		str_add(&run->spans, &span, sizeof(span));
		if (charge(run, 1 + span.count, lists->text.len - bytes, place, err) < 0)
			return -1;
		is_empty |= span.count == 0;
		if (!list->cyclic && span.count < shortest)
			shortest = span.count;
	}
	if (instruction->substitution_count == 0)
		*ret = 1;
	else
		*ret = is_empty || shortest == SIZE_MAX ? 0 : shortest;
	return 0;
}

static int produce(
    struct run *run, const struct place *place, struct fields *ret, struct error **err)
{
	size_t spans_len = run->spans.len, rounds = 0;

	fields_truncate(&run->lists[run->depth - 1], 0);
	if (get_lists(run, place, &rounds, err) < 0)
		return -1;
	for (size_t round = 0; round < rounds; round++)
		if (produce_once(run, place, spans_len / sizeof(struct span), round, ret, err) < 0)
			return -1;
	str_truncate(&run->spans, spans_len);
	return 0;
}

/* Whether one of a set's own alternatives holds. */
static bool holds(const struct run *run, const struct instruction *instruction)
{
	const struct fields *conclusions = run->composition->conclusions;

	if (instruction->holds)
		return true;
	for (size_t i = 0; i < instruction->word_count; i++) {
		const struct word *word = &instruction->words[i];
		bool is_concluded = conclusions && fields_have(conclusions, word->text);

		if (is_concluded != word->negated)
			return true;
	}
	return false;
}

/* State while the instructions of a vector are read in order. */
struct walk {
	size_t level;
	bool matched; /* whether the condition evaluated last held */
	bool counted; /* whether one that is neither empty nor a trap held on this level */
	bool last;    /* whether the condition that "." repeats holds */
};

/* Whether an instruction is reached and its condition holds. */
static bool match(const struct run *run, const struct instruction *instruction, struct walk *walk)
{
	if (instruction->level > walk->level) {
		if (!walk->matched)
			return false;
		walk->counted = false;
	} else if (instruction->level < walk->level) {
		walk->counted = true;
		walk->last = false;
	}
	walk->level = instruction->level;
	switch (instruction->condition) {
	case CONDITION_ALWAYS:
		walk->last = false;
		walk->matched = true;
		break;
	case CONDITION_TRAP:
		walk->matched = !walk->counted;
		break;
	case CONDITION_SET:
		walk->last = (instruction->repeats && walk->last) || holds(run, instruction);
		walk->matched = walk->last;
		walk->counted |= walk->matched;
		break;
	}
	return walk->matched;
}

static int walk_instructions(
    struct run *run, const struct vector *vector, struct fields *ret, struct error **err)
{
	struct walk walk = {0};

	for (size_t i = 0; i < vector->count; i++) {
		struct place place = {vector, &vector->instructions[i]};

		if (charge(run, 1 + place.instruction->word_count, 0, &place, err) < 0)
			return -1;
		if (match(run, place.instruction, &walk) && produce(run, &place, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* The vector is being composed already: the error shows the chain from there on. */
static int fail_chain(
    const struct run *run, size_t first, const struct place *place, struct error **err)
{
	autostr struct str message = STR_INIT;

	str_adds(&message, "refers to itself: ");
	for (size_t i = first; i < run->depth; i++)
		str_addf(
		    &message, "%.*s, ", (int)run->chain[i]->name.len, run->chain[i]->name.data);
	str_add_slice(&message, run->chain[first]->name);
	return fail_place(
	    err, &(struct place){run->chain[first], place->instruction}, str_c(&message));
}

static int compose(struct run *run, const struct vector *vector, const struct place *from,
    struct fields *ret, struct error **err)
{
	for (size_t i = 0; i < run->depth; i++)
		if (run->chain[i] == vector)
			return fail_chain(run, i, from, err);
	if (run->depth == DEPTH_LIMIT)
		return fail_place(err, from, "refers to other vectors too deeply");
	run->chain[run->depth++] = vector;
	if (run->depth > run->deepest)
		run->deepest = run->depth;
	if (walk_instructions(run, vector, ret, err) < 0)
		return -1;
	run->depth--;
	return 0;
}

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->deepest; i++)
		fields_release(&run->lists[i]);
	str_release(&run->spans);
	str_release(&run->field);
	str_release(&run->value);
	str_release(&run->other);
}

int vectors_compose(const struct vectors *vectors, struct slice name,
    const struct composition *composition, struct fields *ret, struct error **err)
{
	CLEANUP(run_release) struct run run = {vectors, composition, .budget = BUDGET};
	const struct vector *vector = map_get(&vectors->by_name, name);

	return vector ? compose(&run, vector, NULL, ret, err) : 0;
}
