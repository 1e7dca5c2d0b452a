#include "python/parse/token.h"

#include <sys/auxv.h>

#include "base/alloc.h"
#include "python/character.h"

/* The most names that are kept, and the fewest slots: a power of 2. */
#define NAME_LIMIT 16000
#define FIRST_SLOTS 4096

static struct {
	struct name *slots; /* at most half of them are used */
	size_t slot_count, count;
	uint32_t source;
	uint64_t seed[2];
} names;

static const struct {
	const char *text;
	enum token_type type;
} keywords[] = {
    {"False", TOKEN_FALSE},
    {"None", TOKEN_NONE},
    {"True", TOKEN_TRUE},
    {"and", TOKEN_AND},
    {"as", TOKEN_AS},
    {"assert", TOKEN_ASSERT},
    {"async", TOKEN_ASYNC},
    {"await", TOKEN_AWAIT},
    {"break", TOKEN_BREAK},
    {"class", TOKEN_CLASS},
    {"continue", TOKEN_CONTINUE},
    {"def", TOKEN_DEF},
    {"del", TOKEN_DEL},
    {"elif", TOKEN_ELIF},
    {"else", TOKEN_ELSE},
    {"except", TOKEN_EXCEPT},
    {"finally", TOKEN_FINALLY},
    {"for", TOKEN_FOR},
    {"from", TOKEN_FROM},
    {"global", TOKEN_GLOBAL},
    {"if", TOKEN_IF},
    {"import", TOKEN_IMPORT},
    {"in", TOKEN_IN},
    {"is", TOKEN_IS},
    {"lambda", TOKEN_LAMBDA},
    {"nonlocal", TOKEN_NONLOCAL},
    {"not", TOKEN_NOT},
    {"or", TOKEN_OR},
    {"pass", TOKEN_PASS},
    {"raise", TOKEN_RAISE},
    {"return", TOKEN_RETURN},
    {"try", TOKEN_TRY},
    {"while", TOKEN_WHILE},
    {"with", TOKEN_WITH},
    {"yield", TOKEN_YIELD},
};

/* The two halves of a product, mixed: each bit depends on all bits of both factors. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Seeded, as names may be chosen to collide; much shorter than map_hash() for what a scanner does
 * at each word. */
static uint32_t hash_of(struct slice text)
{
	uint64_t hash = names.seed[0] ^ text.len, word;

	for (; text.len >= sizeof(word); text = slice_from(text, sizeof(word))) {
		memcpy(&word, text.data, sizeof(word));
		hash = mix(hash ^ word, names.seed[1]);
	}
	word = 0;
	for (size_t i = 0; i < text.len; i++)
		word = word << 8 | (unsigned char)text.data[i];
	return (uint32_t)mix(hash ^ word, names.seed[1]);
}

/* The slot of a text, or a free one. */
static struct name *slot_of(struct slice text, uint32_t hash)
{
	size_t mask = names.slot_count - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		struct name *name = &names.slots[at];

		if (!name->text || (name->hash == hash && name->len == text.len &&
				       memcmp(name->text, text.data, text.len) == 0))
			return name;
	}
}

static void make_slots(size_t count)
{
	names.slots = xcalloc(count, sizeof(*names.slots));
	names.slot_count = count;
}

static void grow(void)
{
	struct name *old = names.slots;
	size_t old_count = names.slot_count;

	make_slots(2 * old_count);
	for (size_t i = 0; i < old_count; i++) {
		if (old[i].text)
			*slot_of(slice_of(old[i].text, old[i].len), old[i].hash) = old[i];
	}
	free(old);
}

static struct name *add(struct name *slot, struct slice text, uint32_t hash)
{
	slot->text = text.data;
	slot->len = (uint32_t)text.len;
	slot->hash = hash;
	names.count++;
	return slot;
}

static void add_keywords(void)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		struct slice text = slice_c(keywords[i].text);
		uint32_t hash = hash_of(text);

		add(slot_of(text, hash), text, hash)->keyword = (unsigned char)keywords[i].type;
	}
}

PyObject *arena_keep(PyArena *arena, PyObject *object)
{
	if (!object || _PyArena_AddPyObject(arena, object) == 0)
		return object;
	Py_DECREF(object);
	return NULL;
}

void names_begin(void)
{
	if (names.count > NAME_LIMIT)
		names_forget();
	if (!names.slots) {
		const void *random = (const void *)getauxval(AT_RANDOM);

		if (random)
			memcpy(names.seed, random, sizeof(names.seed));
		names.seed[1] |= 1;
		make_slots(FIRST_SLOTS);
		add_keywords();
	}
	names.source++;
}

static struct name *make(struct name *slot, struct slice text, uint32_t hash)
{
	PyObject *object = PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.len, NULL);
	const char *kept;

	if (!object)
		return NULL;
	PyUnicode_InternInPlace(&object);
	kept = PyUnicode_AsUTF8(object); /* lives as long as the object */
	if (!kept) {
		Py_DECREF(object);
		return NULL;
	}
	add(slot, slice_of(kept, text.len), hash)->object = object;
	return slot;
}

const struct name *names_find(struct slice text, PyArena *arena)
{
	uint32_t hash = hash_of(text);
	struct name *name = slot_of(text, hash);

	if (!name->text) {
		if (2 * names.count >= names.slot_count) {
			grow();
			name = slot_of(text, hash);
		}
		name = make(name, text, hash);
		if (!name)
			return NULL;
	}
	if (name->object && name->source != names.source) {
		if (!arena_keep(arena, Py_NewRef(name->object)))
			return NULL;
		name->source = names.source;
	}
	return name;
}

/* Letters of any Unicode since 14.0 (CPython 3.11) that begin identifiers, that NFKC leaves alone,
 * and that compose with none of these: the first and the last ones. */
static const uint32_t letters[][2] = {
    {0xc0, 0xd6}, {0xd8, 0xf6}, {0xf8, 0x131}, {0x134, 0x13e}, {0x141, 0x148}, {0x14a, 0x17e},
    {0x388, 0x38a}, {0x38e, 0x3a1}, /* Greek */
    {0x3a3, 0x3ce}, {0x400, 0x481}, /* Cyrillic */
    {0x5d0, 0x5ea},		    /* Hebrew */
    {0x3041, 0x3096},		    /* Hiragana */
    {0x30a1, 0x30fa},		    /* Katakana */
    {0x4e00, 0x9ffc},		    /* Han */
    {0xac00, 0xd7a3},		    /* Hangul */
};

static bool is_letter(uint32_t point)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		if (point >= letters[i][0] && point <= letters[i][1])
			return true;
	}
	return false;
}

bool name_is_plain(struct slice text)
{
	while (text.len) {
		uint32_t point = python_take_character(&text);

		if (point >= 0x80 && !is_letter(point))
			return false;
	}
	return true;
}

void names_forget(void)
{
	for (size_t i = 0; i < names.slot_count; i++)
		Py_XDECREF(names.slots[i].object);
	free(names.slots);
	names.slots = NULL;
	names.slot_count = names.count = 0;
}
