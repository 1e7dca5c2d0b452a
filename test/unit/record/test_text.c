#include "suite.h"

#include <dirent.h>
#include <time.h>

#include "base/file.h"
#include "same.h"

#define CASE_LIMIT ((size_t)1 << 20)

/* A string of JSON with U+0000 as it is in a text. */
static void add_string(struct str *ret, const struct json *string)
{
	for (const char *c = string->string; *c; c++) {
		bool null = c[0] == '\xc0' && c[1] == '\x80';

		str_addc(ret, null ? '\0' : *c);
		c += null;
	}
}

static struct text_node *parse(struct arena *arena, struct slice text, struct notes *notes)
{
	autoerror struct error *error = NULL;
	struct text_node *chapter = NULL;

	ck_ok(text_parse(arena, text, TEXT_FILE, "case", notes, &chapter, &error), error);
	return chapter;
}

static void write_json(const struct text_node *node, struct str *ret)
{
	autoerror struct error *error = NULL;
	struct json_writer json;

	json_begin(&json, ret);
	ck_ok(text_write(node, &json, &error), error);
}

static void expect_tree(
    const char *name, const struct text_node *chapter, const struct json *expected)
{
	autostr struct str json = STR_INIT;
	autojson struct json *tree = NULL;

	write_json(chapter, &json);
	tree = json_parse(str_slice(&json), name, CASE_LIMIT, NULL);
	ck_assert_ptr_nonnull(tree);
	ck_assert_msg(same_json(tree, expected), "%s: the tree is %s", name, str_c(&json));
}

/* A text with exceptions cannot be rendered as it was. */
static void expect_rendering(
    const char *name, struct slice text, const struct json *expected, bool exceptions)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str wanted = STR_INIT;
	autostr struct str rendered = STR_INIT;
	const struct text_node *chapter = parse(&arena, text, NULL), *again;

	ck_ok(text_render(chapter, &rendered, &error), error);
	if (expected) {
		add_string(&wanted, expected);
		ck_assert_msg(slice_equal(str_slice(&wanted), str_slice(&rendered)),
		    "%s is rendered as\n%s\nnot as\n%s", name, str_c(&rendered), str_c(&wanted));
	}
	again = parse(&arena, str_slice(&rendered), NULL);
	ck_assert_msg(exceptions || same_text(chapter, again),
	    "%s is another text when rendered as\n%s", name, str_c(&rendered));
}

static void run_case(const char *path)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autonotes struct notes notes = {NULL, 0};
	autostr struct str content = STR_INIT;
	autostr struct str text = STR_INIT;
	autojson struct json *data = NULL;
	const struct text_node *chapter;

	ck_ok(file_read(path, CASE_LIMIT, &content, NULL, &error), error);
	data = json_parse(str_slice(&content), path, CASE_LIMIT, &error);
	ck_assert_msg(data, "%s: %s", path, error ? error->message : "");
	add_string(&text, json_get(data, "text"));
	chapter = parse(&arena, str_slice(&text), &notes);
	expect_tree(path, chapter, json_get(data, "tree"));
	expect_rendering(path, str_slice(&text), json_get(data, "rendered"), notes.count > 0);
}

static size_t run_cases(const char *directory)
{
	autoclosedir DIR *dir = opendir(directory);
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		autofree char *path = xasprintf("%s/%s", directory, entry->d_name);

		if (!slice_ends(slice_c(path), SLICE_LITERAL(".json")))
			continue;
		run_case(path);
		count++;
	}
	return count;
}

START_TEST(texts_give_the_trees_and_renderings_of_the_conformance_data)
{
	ck_assert_uint_ge(run_cases(KILN_CONFORMANCE "/text"), 98);
}
END_TEST

START_TEST(texts_give_the_trees_where_the_format_is_not_the_originals)
{
	ck_assert_uint_ge(run_cases(KILN_CONFORMANCE "/text-deviations"), 31);
}
END_TEST

/* Texts that are rendered with care, each into the same tree. */
static const char *const awkward[] = {
    "  - no item\n  # nor this\nnor\n /this/\n  ! or\n  [ that ]\n",
    "\n#!syntax at the start\n\tx\n",
    "[ A ]\n[ > B ]\nb\n\n[ A ]\na\n\n[]\nchapter\n",
    "[ >0 > A ]\n[ > B ]\nb\n\n[ > ]\na\n",
    "[ A ]\n[ >> B >> C ]\n[ A >> B ]\nb\n",
    "[ A >> > ]\n[ a] ]\n[ [a ]\n[ A >>  >> B ]\n",
    "/a/\n\tv\n=====\n\t/b/\n\t\tw\n\n\t=====\n\t\t/c/\n\t\t\tx\n",
    "- a\n\tb\n=====\n- c\n\n- d\n",
    "- a\n\n\t#!x\n\t\ty\n=====\n- b\n\t- c\n\t\t#!y\n",
    "-\n\n\t# \n\t\ttext\n#\n\ttext\n",
    "#!x\n\ta\r\r\n\tb\r\n",
    "\xef\xbb\xbf\xef\xbb\xbftext\n",
    "`a` `b`\n(c)`d` (e)`f`\n()`g`()&h\n`*`*\n*a*\n*\n**a* *b* `c\n",
    "/`a/\n\t(b)`c\n//\n/\n/k/#!t q\n\tx\n\n/k/#!t\n",
    "/a/\n\t#!b/\n\t\tx\n/c/\n\t#!d e/\n/f/\n\t#!g h/#!i\n\t\ty\n\n/j/\n\tk\n",
    "&*a &*<b> &*[c] &<d[e]> &<> &[] &a&b &a*b* c* & &* &,\n",
    "! A:\n! B : c\n\t! \n!\n",
};

START_TEST(what_is_rendered_is_read_as_it_was)
{
	for (size_t i = 0; i < sizeof(awkward) / sizeof(*awkward); i++)
		expect_rendering(awkward[i], slice_c(awkward[i]), NULL, false);
}
END_TEST

START_TEST(in_documentation_all_is_content)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str json = STR_INIT;
	struct text_node *chapter = NULL;

	ck_ok(text_parse(&arena, SLICE_LITERAL("#!x\n\ty\n\xff&\xff \xed\xa0\x80`"),
		  TEXT_DOCUMENTATION, "case", NULL, &chapter, &error),
	    error);
	write_json(chapter, &json);
	ck_assert_str_eq(str_c(&json), "[\"chapter\",[[\"syntax\",[[\"line\",[\"y\"],{}]],{"
				       "\"type\":\"x\",\"qualifier\":null}],"
				       "[\"paragraph\",[\"\\uDCFF\",[\"reference\",[\"\\uDCFF\"],{"
				       "\"source\":\"\\uDCFF\",\"type\":"
				       "\"normal\",\"action\":null,\"cast\":null,\"url\":null}],\" "
				       "\\uD800\",[\"literal\",[\"\"],"
				       "{\"cast\":null}]],{\"indentation\":0}]],{}]");
}
END_TEST

START_TEST(invalid_utf8_is_an_error_at_its_place)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct text_node *chapter;

	ck_fails(text_parse(&arena, SLICE_LITERAL("a\n\xc3\xa4 \xff\n"), TEXT_FILE, "a.txt", NULL,
		     &chapter, &error),
	    error, "UTF-8");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "a.txt");
	ck_assert_int_eq(error->line, 2);
	ck_assert_int_eq(error->column, 3);
}
END_TEST

START_TEST(what_is_malformed_is_noted)
{
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};

	(void)parse(&arena, SLICE_LITERAL("[ a\n\t[ a ]\n[ >x a ]\n[ a ]\n"), &notes);
	ck_assert_uint_eq(notes.count, 3);
	ck_assert_str_eq(notes.items[1]->path, "case");
	ck_assert_int_eq(notes.items[1]->line, 2);
	ck_assert_ptr_nonnull(strstr(notes.items[1]->message, "inside an indentation"));
	ck_assert_int_eq(notes.items[2]->line, 3);
}
END_TEST

START_TEST(notes_are_limited)
{
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < 2 * TEXT_NOTE_LIMIT; i++)
		str_adds(&text, "[ a\n");
	(void)parse(&arena, str_slice(&text), &notes);
	ck_assert_uint_eq(notes.count, TEXT_NOTE_LIMIT);
}
END_TEST

/* A text of lines, each with one tab more than the one before. */
static void add_nested(struct str *ret, const char *line, size_t depth)
{
	for (size_t i = 0; i < depth; i++) {
		for (size_t j = 0; j < i; j++)
			str_addc(ret, '\t');
		str_adds(ret, line);
	}
}

START_TEST(nesting_is_limited)
{
	static const char *const lines[] = {
	    "- a\n", "/a/\n", "! A:\n", "[ >999 a ]\n", "[ >999 a >> b ]\n"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		autoarena struct arena arena = {NULL};
		autoerror struct error *error = NULL;
		autostr struct str text = STR_INIT;
		struct text_node *chapter;

		if (lines[i][0] != '[')
			add_nested(&text, lines[i], 2 * TEXT_DEPTH_LIMIT);
		for (size_t j = 0; lines[i][0] == '[' && j < 2 * TEXT_DEPTH_LIMIT; j++)
			str_adds(&text, lines[i]);
		ck_fails(
		    text_parse(&arena, str_slice(&text), TEXT_FILE, "a", NULL, &chapter, &error),
		    error, "nested too deeply");
		ck_assert_int_gt(error->line, 50);
	}
}
END_TEST

START_TEST(what_is_nested_within_the_limit_is_rendered)
{
	autostr struct str text = STR_INIT;

	add_nested(&text, "- a\n", 50);
	add_nested(&text, "/a/\n", 60);
	add_nested(&text, "! A:\n", 200);
	expect_rendering("nested", str_slice(&text), NULL, false);
}
END_TEST

START_TEST(large_texts_are_refused)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autofree char *text = xcalloc(1, TEXT_SIZE_LIMIT + 1);
	struct text_node *chapter;

	ck_fails(text_parse(&arena, slice_of(text, TEXT_SIZE_LIMIT + 1), TEXT_FILE, "a", NULL,
		     &chapter, &error),
	    error, "larger than");
}
END_TEST

/* A long path that each of many sections repeats. */
START_TEST(what_would_be_written_is_limited)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	autostr struct str json = STR_INIT;
	struct json_writer writer;

	str_adds(&text, "[ ");
	for (size_t i = 0; i < TEXT_SIZE_LIMIT / 8; i++)
		str_addc(&text, 'x');
	str_adds(&text, " ]\n");
	for (size_t i = 0; i < 1000; i++)
		str_addf(&text, "[ > %zu ]\n", i);
	json_begin(&writer, &json);
	ck_fails(text_write(parse(&arena, str_slice(&text), NULL), &writer, &error), error,
	    "more than 256 MiB");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

/* What takes a time that grows with the square of a line or a text does not end here. */
START_TEST(the_time_grows_with_the_text)
{
	static const char *const parts[] = {"&<", "&[", "&*", "`", "* ", "*a**", "(a", "()&a",
	    "[ a\n", "/#!", "\t", ">>", "[ >", "- \n\n", "-\n\ta\n\n", "&<[", "&,"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		autostr struct str text = STR_INIT;
		clock_t begin = clock();

		while (text.len < 1 << 20)
			str_adds(&text, parts[i]);
		expect_rendering(parts[i], str_slice(&text), NULL, true);
		ck_assert_msg(clock() - begin < 10 * CLOCKS_PER_SEC, "%s takes too long", parts[i]);
	}
}
END_TEST

START_TEST(a_tree_can_be_made)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	struct text_node *chapter = text_new(&arena, TEXT_CHAPTER, SLICE_LITERAL(""));
	struct text_node *admonition = text_add(
	    &arena, chapter, TEXT_ADMONITION, SLICE_LITERAL("NOTE"));
	struct text_node *set = text_add(&arena, admonition, TEXT_SET, SLICE_LITERAL(""));
	struct text_node *item = text_add(&arena, set, TEXT_ITEM, SLICE_LITERAL(""));
	struct text_node *paragraph = text_add(&arena, item, TEXT_PARAGRAPH, SLICE_LITERAL(""));

	text_parse_inline(&arena, paragraph, SLICE_LITERAL("an (a)`b`"));
	text_add(&arena, paragraph, TEXT_BREAK, SLICE_LITERAL(""));
	text_add(&arena, paragraph, TEXT_LITERAL, SLICE_LITERAL("c"))->extra = SLICE_LITERAL("d");
	ck_ok(text_render(chapter, &text, &error), error);
	ck_assert_str_eq(str_c(&text), "! NOTE:\n\t- an (a)`b`\n\t\t(d)`c`\n\t\n");
}
END_TEST

START_TEST(white_space_is_that_of_unicode)
{
	static const char *const spaces[] = {"\t", "\r", " ", "\x1c", "\x1f", "\xc2\x85",
	    "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8",
	    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
	static const char *const others[] = {"\x1b", "\x80", "\xc2\x84", "\xe2\x80\x8b",
	    "\xe2\x80\xa7", "\xe3\x80\x81", "\xe3\x80", "\xc2"};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		autofree char *text = xasprintf(
		    "%s%sa%s%s", spaces[i], spaces[i], spaces[i], spaces[i]);

		ck_assert(slice_is(text_strip(slice_c(text)), "a"));
		ck_assert_uint_eq(text_strip(slice_c(spaces[i])).len, 0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert(slice_is(text_strip(slice_c(others[i])), others[i]));
}
END_TEST

SUITE("record/text", texts_give_the_trees_and_renderings_of_the_conformance_data,
    texts_give_the_trees_where_the_format_is_not_the_originals, what_is_rendered_is_read_as_it_was,
    in_documentation_all_is_content, invalid_utf8_is_an_error_at_its_place,
    what_is_malformed_is_noted, notes_are_limited, nesting_is_limited,
    what_is_nested_within_the_limit_is_rendered, large_texts_are_refused,
    what_would_be_written_is_limited, the_time_grows_with_the_text, a_tree_can_be_made,
    white_space_is_that_of_unicode)
