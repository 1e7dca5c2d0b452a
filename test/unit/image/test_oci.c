#include "image/oci_config.h"
#include "image/oci_push.h"

#include "fixture.h"

START_TEST(a_digest_is_sha256_and_64_digits)
{
	static const char good[] =
	    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const char *const bad[] = {"", "sha256:", "sha256:0",
	    "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	    "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
	    "sha256:../456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
	    "sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	struct oci_digest digest;

	ck_assert(oci_digest_read(good, &digest));
	ck_assert_str_eq(digest.text, good);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!oci_digest_read(bad[i], &digest), "%s", bad[i]);
}
END_TEST

START_TEST(a_reference_has_a_directory_and_perhaps_a_tag)
{
	static const struct {
		const char *text, *directory, *tag;
	} cases[] = {{"oci:image", "image", NULL}, {"oci:a/b:v1", "a/b", "v1"},
	    {"oci:/a:b/c", NULL, NULL}, {"oci:/a:b/c:d", NULL, NULL}, {"oci:a:b:c", NULL, NULL},
	    {"oci:", NULL, NULL}, {"oci:a:", NULL, NULL}, {"oci:a:.b", NULL, NULL},
	    {"oci:a:../b", NULL, NULL}, {"oci:a:b c", NULL, NULL}, {"oci::a", NULL, NULL}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct oci_reference reference;
		autoerror struct error *error = NULL;
		int result = oci_reference_read(cases[i].text, &reference, &error);

		ck_assert_msg((result == 0) == (cases[i].directory != NULL), "%s", cases[i].text);
		if (result < 0)
			continue;
		ck_assert_str_eq(reference.directory, cases[i].directory);
		ck_assert_pstr_eq(reference.tag, cases[i].tag);
		free(reference.directory);
	}
}
END_TEST

START_TEST(words_are_one_word_or_an_array)
{
	static const struct {
		const char *value, *words;
	} cases[] = {{"python3", "python3|"}, {"a b", "a b|"}, {"[\"a\", \"b c\"]", "a|b c|"},
	    {"[]", ""}, {"[1]", NULL}, {"[\"a\"", NULL}, {"{}", "{}|"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autofields struct fields words = FIELDS_INIT;
		autostr struct str joined = STR_INIT;
		autoerror struct error *error = NULL;
		int result = oci_take_words("--cmd", cases[i].value, &words, &error);

		ck_assert_msg((result == 0) == (cases[i].words != NULL), "%s", cases[i].value);
		for (size_t k = 0; k < words.count; k++)
			str_addf(&joined, "%s|", fields_at(&words, k).data);
		if (result == 0)
			ck_assert_str_eq(str_c(&joined), cases[i].words);
	}
}
END_TEST

START_TEST(a_push_is_to_a_registry)
{
	ck_assert_int_eq(oci_push_check("docker://registry/name:tag", NULL), 0);
	ck_assert_int_lt(oci_push_check("docker://name", NULL), 0);
	ck_assert_int_lt(oci_push_check("registry/name", NULL), 0);
}
END_TEST

/* Put a file into a plan, with its source. */
static void put_item(struct plan *plan, const char *path, const char *content)
{
	autofree char *origin = xasprintf("src/%s", path);
	struct item *item = plan_add(plan, ITEM_FILE, slice_c(path));

	put(origin, content);
	item->origin = arena_strdup(&plan->arena, origin);
	item->size = strlen(content);
}

static void ck_layers(const struct plan *plan, const struct oci_split *split, const char *expected)
{
	struct oci_layers layers;
	autostr struct str found = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(oci_layers_split(&layers, plan, -1, split, &error), error);
	for (size_t i = 0; i < layers.count; i++) {
		str_addf(&found, "%s:", layers.list[i].name);
		for (size_t k = 0; k < layers.list[i].plan.count; k++)
			str_addf(&found, " %s", layers.list[i].plan.items[k]->path.data);
		str_addc(&found, '\n');
	}
	ck_assert_str_eq(str_c(&found), expected);
	oci_layers_release(&layers);
}

START_TEST(files_of_distributions_are_in_their_layer)
{
	static const char *const rules[] = {"docs=doc", NULL};
	autoplan struct plan plan = {0};
	struct oci_split split = {.prefix = SLICE_LITERAL("srv/app"), .limit = 10};

	put_item(&plan, "d-1.dist-info/RECORD", "d.py,,\nd-1.dist-info/RECORD,,\n");
	put_item(&plan, "d.py", "");
	put_item(&plan, "__pycache__/d.cpython-311.opt-1.pyc", "");
	put_item(&plan, "own.py", "");
	put_item(&plan, "doc/a", "");
	(void)plan_add(&plan, ITEM_DIRECTORY, slice_c("empty"));
	plan_finish(&plan);
	ck_layers(&plan, &split,
	    "distributions: srv srv/app srv/app/__pycache__ "
	    "srv/app/__pycache__/d.cpython-311.opt-1.pyc srv/app/d-1.dist-info "
	    "srv/app/d-1.dist-info/RECORD srv/app/d.py\n"
	    "application: srv srv/app srv/app/doc srv/app/doc/a srv/app/empty srv/app/own.py\n");
	split.rules = rules;
	split.has_base = true;
	ck_layers(&plan, &split,
	    "docs: srv/app srv/app/doc srv/app/doc/a\n"
	    "distributions: srv/app srv/app/__pycache__ "
	    "srv/app/__pycache__/d.cpython-311.opt-1.pyc srv/app/d-1.dist-info "
	    "srv/app/d-1.dist-info/RECORD srv/app/d.py\n"
	    "application: srv/app srv/app/empty srv/app/own.py\n");
}
END_TEST

START_TEST(an_empty_plan_has_one_layer)
{
	autoplan struct plan plan = {0};
	struct oci_split split = {.prefix = SLICE_LITERAL("app"), .limit = 2};

	ck_layers(&plan, &split, "application: app\n");
	split.prefix = slice_of("", 0);
	ck_layers(&plan, &split, "application:\n");
}
END_TEST

START_TEST(a_platform_is_read)
{
	static const char *const bad[] = {
	    "", "linux", "linux/", "/amd64", "linux/amd64/", "a/b/c/d", "linux/AMD64", "linux//v8"};
	autoarena struct arena arena = {NULL};
	struct oci_platform platform;

	ck_assert_int_eq(oci_platform_read("linux/arm/v7", &arena, &platform, NULL), 0);
	ck_assert_str_eq(platform.os, "linux");
	ck_assert_str_eq(platform.architecture, "arm");
	ck_assert_str_eq(platform.variant, "v7");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(oci_platform_read(bad[i], &arena, &platform, NULL) < 0, "%s", bad[i]);
}
END_TEST

SUITE("image/oci", a_digest_is_sha256_and_64_digits, a_reference_has_a_directory_and_perhaps_a_tag,
    words_are_one_word_or_an_array, a_push_is_to_a_registry,
    files_of_distributions_are_in_their_layer, an_empty_plan_has_one_layer, a_platform_is_read)
