/*
 * Any bytes as the files of captures. The first byte chooses the files; they are divided at lines
 * of `%%`. What is accepted adds up to the same in either order.
 */
#include "base/hash.h"
#include "metrics/capture.h"
#include "metrics/description.h"

#include "fuzz.h"

static struct paths paths;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_assert(paths_init(&paths, NULL) == 0);
	return 0;
}

/* Cut off the text up to a line `%%`. */
static struct slice part(struct slice *rest)
{
	const char *end = rest->len ? memmem(rest->data, rest->len, "%%\n", 3) : NULL;
	struct slice first = *rest;

	if (!end) {
		*rest = slice_of("", 0);
		return first;
	}
	first.len = (size_t)(end - rest->data);
	*rest = slice_of(end + 3, rest->len - first.len - 3);
	return first;
}

/* Append a map whose first block has the right digest: what is behind it would not be read. */
static void sign(struct slice map, struct str *ret)
{
	const size_t at_size = 32, at_digest = 64, at_text = 96;
	const char *text;
	struct hash hash;
	uint64_t size;

	str_add_slice(ret, map);
	if (ret->len < at_text)
		return;
	memcpy(&size, ret->data + at_size, sizeof(size));
	if (size > ret->len - at_text)
		return;
	text = memmem(ret->data + at_text, size, "kiln-regions", strlen("kiln-regions"));
	if (!text)
		return;
	fuzz_assert(
	    hash_compute(HASH_SHA256, slice_of(text, (size_t)(ret->data + at_text + size - text)),
		&hash, NULL) == 0);
	memcpy(ret->data + at_digest, hash.bytes, sizeof(hash.bytes));
}

static void read_maps(
    struct measures *measures, struct slice first, struct slice second, struct slice identities)
{
	struct capture_maps maps = {NULL, 0, 0};
	autostr struct str text = STR_INIT;
	bool cut;

	sign(first, &text);
	(void)capture_map(measures, &maps, str_slice(&text), "capture", &cut, NULL);
	(void)capture_map(measures, &maps, second, "capture", &cut, NULL);
	(void)capture_identities(measures, &maps, identities, "capture", &cut, NULL);
	capture_maps_release(&maps);
}

static void read_capture(struct measures *measures, char kind, struct slice rest)
{
	struct slice first = part(&rest), second = part(&rest), third = part(&rest);
	bool cut;

	if (kind == 't') {
		(void)capture_times(measures, first, second, "capture", &cut, NULL);
	} else if (kind == 'm') {
		read_maps(measures, first, second, third);
	} else {
		struct capture_text text = {first, second, third, part(&rest)};

		(void)capture_counts(measures, &text, SLICE_LITERAL("test"), "capture", &cut, NULL);
	}
}

static void read_description(struct slice rest)
{
	autodescription_tree struct description_tree tree = {.sources = NULL};
	struct description_text text;

	text.sources = part(&rest);
	text.areas = part(&rest);
	text.types = part(&rest);
	text.hashes = part(&rest);
	(void)description_parse(
	    &tree, &paths, SLICE_LITERAL(""), &text, SLICE_LITERAL("a.py"), "description", NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	automeasures struct measures measures = {.paths = &paths, .has_shares = true};
	automeasures struct measures twice = {.paths = &paths};
	struct slice rest = slice_of((const char *)data, size);

	if (!size)
		return 0;
	rest = slice_of(rest.data + 1, rest.len - 1);
	if (data[0] == 'd') {
		read_description(rest);
		return 0;
	}
	read_capture(&measures, (char)data[0], rest);
	read_capture(&twice, (char)data[0], rest);
	read_capture(&twice, (char)data[0], rest);
	fuzz_assert(measures.sources.count == twice.sources.count);
	fuzz_assert(measures.timings.count == twice.timings.count);
	measures_subtract(&twice, &measures);
	measures_intersect(&measures, &twice);
	return 0;
}
