/*
 * Any description and source: the record, or an error; its chapter is a text, and its page has all
 * elements. What was measured may be anything, too.
 */
#include "fuzz.h"
#include "record/html.h"
#include "record/interface.h"
#include "record/join.h"
#include "record/measured.h"
#include "record/public.h"

#define SIZE_LIMIT 16384

/* A module that has almost nothing: what its interface has are elements of that alone. */
#define BARE                                                                        \
	"[\"module\",[[\"import\",[],{\"identifier\":\"a\",\"area\":[[1,1],[1,8]]," \
	"\"path\":[\"a\"]}]],{\"identifier\":\"a.b\",\"area\":[[1,1],[1,8]]}]"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* The files of a description, which have no newline but the last, and the source. */
static struct record_parts split(struct slice text)
{
	struct record_parts parts = {.name = "fuzz"};
	struct slice *const files[] = {
	    &parts.elements, &parts.documented, &parts.documentation, &parts.data};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (!slice_next(&text, '\n', files[i]))
			*files[i] = slice_of("", 0);
	}
	parts.source = text.data ? text : slice_of("", 0);
	return parts;
}

/* The source as counts, and the data as times. */
static void measure(const struct record_parts *parts, struct factor_record *record)
{
	automeasured struct measured measured = {.name = xstrdup("fuzz")};

	str_add_slice(&measured.texts[0], parts->source);
	for (size_t i = 0; i < parts->source.len; i++) {
		if (parts->source.data[i] == '\n')
			str_addc(&measured.texts[1], i % 2 ? '+' : ' ');
	}
	str_add_slice(&measured.texts[2], parts->data);
	(void)measured_join(record, &measured, NULL); /* either is right */
}

static void write_page(struct factor_record *record, const struct record_names *names)
{
	const struct html_site site = {.title = SLICE_LITERAL("Site")};
	autosite_index struct site_index index = {.count = 0};
	autostr struct str summary = STR_INIT;
	autostr struct str page = STR_INIT;

	site_summarize(record, SLICE_LITERAL("a.b"), false, SLICE_LITERAL("a/b.py"), &summary);
	fuzz_assert(site_index_add(&index, str_slice(&summary), NULL) == 0);
	site_index_finish(&index);
	public_find(&index);
	fuzz_assert(site_adopt(index.factors[0], record, true, NULL) == 0);
	fuzz_assert(record_html_factor(&(struct record_html){.site = &site,
					   .index = &index,
					   .factor = index.factors[0],
					   .record = record,
					   .names = names},
			&page, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct record_parts parts = split(slice_of((const char *)data, size));
	const struct record_names names = {.product = NULL};
	autofactor_record struct factor_record record = {.factor = SLICE_LITERAL("a.b")};
	autofactor_record struct factor_record interface = {.factor = SLICE_LITERAL("a.b")};
	autonotes struct notes notes = {NULL, 0};
	autostr struct str chapter = STR_INIT;
	autoarena struct arena arena = {NULL};
	struct record_parts own = parts;
	struct text_node *tree;

	if (size % 4 == 3)
		own.elements = SLICE_LITERAL(BARE);
	if (size > SIZE_LIMIT || !slice_is_utf8(parts.source) ||
	    factor_record_read(&own, size % 6, &notes, &record, NULL) < 0)
		return 0;
	if (size % 2 && factor_record_read(&parts, DOCSTRING_PLAIN, NULL, &interface, NULL) == 0)
		interface_apply(&record, &interface);
	measure(&parts, &record);
	fuzz_assert(resolve_all(&record, &names, NULL) == 0);
	fuzz_assert(join_chapter(&record, "fuzz", &chapter, NULL) == 0);
	if (text_parse(
		&arena, str_slice(&chapter), TEXT_DOCUMENTATION, "chapter", NULL, &tree, NULL) == 0)
		fuzz_assert(slice_is_utf8(str_slice(&chapter)));
	write_page(&record, &names);
	return 0;
}
