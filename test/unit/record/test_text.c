#include "suite.h"

#include <dirent.h>
#include <time.h>

#include "base/file.h"
#include "same.h"

#define CASE_LIMIT ((size_t)1 << 20)

/* Trees without what is only information. */
static void drop_indentation(cJSON *tree)
{
	for (cJSON *child = tree->child; child; child = child->next)
		drop_indentation(child);
	cJSON_DeleteItemFromObject(tree, "indentation");
}

/* A string of JSON with U+0000 as it is in a text. */
static void add_string(struct str *ret, const cJSON *string)
{
	for (const char *c = string->valuestring; *c; c++) {
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

static void expect_tree(const char *name, const struct text_node *chapter, cJSON *expected)
{
	autostr struct str json = STR_INIT;
	autojson cJSON *tree = NULL;

	write_json(chapter, &json);
	tree = json_parse(str_slice(&json), name, CASE_LIMIT, NULL);
	ck_assert_ptr_nonnull(tree);
	drop_indentation(tree);
	drop_indentation(expected);
	ck_assert_msg(
	    cJSON_Compare(tree, expected, true), "%s: the tree is %s", name, str_c(&json));
}

/* A text with exceptions cannot be rendered as it was. */
static void expect_rendering(
    const char *name, struct slice text, const cJSON *expected, bool exceptions)
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
	autojson cJSON *data = NULL;
	const struct text_node *chapter;

	ck_ok(file_read(path, CASE_LIMIT, &content, NULL, &error), error);
	data = json_parse(str_slice(&content), path, CASE_LIMIT, &error);
	ck_assert_msg(data, "%s: %s", path, error ? error->message : "");
	add_string(&text, cJSON_GetObjectItemCaseSensitive(data, "text"));
	chapter = parse(&arena, str_slice(&text), &notes);
	expect_tree(path, chapter, cJSON_GetObjectItemCaseSensitive(data, "tree"));
	expect_rendering(path, str_slice(&text), cJSON_GetObjectItemCaseSensitive(data, "rendered"),
	    notes.count > 0);
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

SUITE("record/text", texts_give_the_trees_and_renderings_of_the_conformance_data,
    texts_give_the_trees_where_the_format_is_not_the_originals)
