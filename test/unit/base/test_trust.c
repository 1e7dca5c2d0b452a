#include "suite.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/trust.h"

#define OTHER 12345

/* The absolute path of one in the current directory, which nobody else may write to. */
static char *path_of(const char *name)
{
	autofree char *here = realpath(".", NULL);

	ck_assert_ptr_nonnull(here);
	return xasprintf("%s%s%s", here, *name ? "/" : "", name);
}

/* Only root can give files away. */
static bool give_away(const char *path)
{
	if (geteuid() != 0)
		return false;
	ck_assert_int_eq(lchown(path, OTHER, OTHER), 0);
	return true;
}

static void make_tree(void)
{
	suite_make("tree/a/b");
	suite_put("tree/a/file", "x");
	suite_put("tree/a/b/tool", "x");
}

/* The tree is refused for what is wrong with one of its parts. */
static void check_refused(const char *part, const char *fault)
{
	autofree char *tree = path_of("tree");
	autofree char *path = path_of(part);
	autofree char *text = xasprintf("'%s' %s", path, fault);
	autoerror struct error *error = NULL;

	ck_fails(trust_check_tree(tree, &error), error, text);
	ck_assert_int_eq(error->kind, ERROR_USAGE);
}

static void check_trusted(void)
{
	autofree char *tree = path_of("tree");
	autoerror struct error *error = NULL;

	ck_ok(trust_check_tree(tree, &error), error);
}

START_TEST(a_tree_of_this_user_is_trusted)
{
	make_tree();
	check_trusted();
	suite_drop_privileges();
	if (geteuid() != 0)
		check_trusted(); /* it is root's, or this user's */
}
END_TEST

START_TEST(what_others_may_write_to_is_refused)
{
	static const char *const parts[] = {
	    "tree", "tree/a", "tree/a/b", "tree/a/file", "tree/a/b/tool"};
	static const mode_t modes[] = {0775, 0757, 0020 | 0700, 0002 | 0700};

	make_tree();
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		for (size_t k = 0; k < sizeof(modes) / sizeof(*modes); k++) {
			ck_assert_int_eq(chmod(parts[i], modes[k]), 0);
			check_refused(parts[i], "is writable by its group or others");
		}
		ck_assert_int_eq(chmod(parts[i], 0755), 0);
	}
	ck_assert_int_eq(
	    chmod("tree/a", 01777), 0); /* in a sticky one others may make what they like */
	check_refused("tree/a", "is writable by its group or others");
	ck_assert_int_eq(chmod("tree/a", 0755), 0);
	check_trusted();
}
END_TEST

START_TEST(what_another_user_has_is_refused)
{
	static const char *const parts[] = {
	    "tree/a/file", "tree/a/b/tool", "tree/a/b", "tree/a", "tree", ""};

	make_tree();
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (give_away(*parts[i] ? parts[i] : "."))
			check_refused(parts[i], "belongs to another user");
	}
}
END_TEST

START_TEST(a_link_is_refused)
{
	make_tree();
	ck_assert_int_eq(symlink("file", "tree/a/link"), 0);
	check_refused("tree/a/link", "is a link");
	ck_assert_int_eq(rename("tree/a/link", "kept"), 0);
	ck_assert_int_eq(rename("tree", "real"), 0);
	ck_assert_int_eq(symlink("real", "tree"), 0);
	check_refused("tree", "is a link");
	ck_assert_int_eq(unlink("tree"), 0);
	suite_put("tree", "x");
	check_refused("tree", "is not a directory");
}
END_TEST

START_TEST(what_it_is_in_is_looked_at_up_to_the_root)
{
	autofree char *tree = path_of("over/above/tree");
	autoerror struct error *error = NULL;

	suite_make("over/above/tree");
	ck_assert_int_eq(chmod("over/above", 01777), 0);
	ck_fails(trust_check_tree(tree, &error), error,
	    "over/above' is writable by its group or others");
	ck_assert_int_eq(chmod("over/above", 0755), 0);
	ck_assert_int_eq(chmod("over", 0777), 0);
	ck_fails(trust_check_tree(tree, &error), error, "over' is writable by its group or others");
	/* Nobody may rename what is another's in it. */
	ck_assert_int_eq(chmod("over", 01777), 0);
	ck_ok(trust_check_tree(tree, NULL), error);
}
END_TEST

START_TEST(what_cannot_be_looked_at_is_no_fault_of_it)
{
	autofree char *tree = path_of("tree");
	autofree char *nowhere = path_of("nowhere");
	autoerror struct error *error = NULL;

	ck_fails(trust_check_tree(nowhere, &error), error, "cannot examine");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	make_tree();
	ck_assert_int_eq(chmod("tree/a/b", 0), 0);
	suite_drop_privileges();
	ck_fails(trust_check_tree(tree, &error), error, "cannot read the directory");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, EACCES);
}
END_TEST

static void check_above(const char *of, const char *fault, const struct fields *known)
{
	autofree char *here = path_of("");
	autofree char *path = path_of(of);
	autofree char *text = xasprintf("'%s/.product' is not trusted: '%s' %s; give "
					"--trust '%s' to use it anyway",
	    here, path, fault, here);
	autoerror struct error *error = NULL;

	if (!fault) {
		ck_ok(trust_check_above(here, ".product", known, &error), error);
		return;
	}
	ck_fails(trust_check_above(here, ".product", known, &error), error, text);
	ck_assert_int_eq(error->kind, ERROR_USAGE);
}

START_TEST(what_is_above_counts_only_if_nobody_else_can_have_made_it)
{
	static const char writable[] = "is writable by its group or others";

	suite_make(".product");
	check_above("", NULL, NULL);
	ck_assert_int_eq(chmod(".product", 0775), 0);
	check_above(".product", writable, NULL);
	ck_assert_int_eq(chmod(".product", 0755), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
	check_above("", writable, NULL);
	ck_assert_int_eq(chmod(".", 01777), 0);
	check_above("", NULL, NULL);
	ck_assert_int_eq(chmod(".", 0755), 0);
	if (!give_away(".product"))
		return;
	check_above(".product", "belongs to another user", NULL);
	ck_assert_int_eq(lchown(".product", 0, 0), 0);
	(void)give_away(".");
	check_above("", "belongs to another user", NULL);
}
END_TEST

START_TEST(a_link_above_counts_only_with_what_it_leads_to)
{
	suite_make("real");
	ck_assert_int_eq(symlink("real", ".product"), 0);
	check_above("", NULL, NULL);
	if (!give_away(".product"))
		return;
	check_above(".product", "belongs to another user", NULL);
	ck_assert_int_eq(lchown(".product", 0, 0), 0);
	(void)give_away("real");
	check_above(".product", "belongs to another user", NULL);
}
END_TEST

START_TEST(a_directory_that_is_known_is_trusted)
{
	autofields struct fields known = FIELDS_INIT;

	suite_make(".product");
	suite_make("other");
	ck_assert_int_eq(chmod(".product", 0777), 0);
	fields_adds(&known, "nowhere");
	fields_adds(&known, "other");
	fields_adds(&known, "..");
	check_above(".product", "is writable by its group or others", &known);
	fields_adds(&known, "other/..");
	check_above("", NULL, &known);
}
END_TEST

START_TEST(under_sudo_what_its_caller_has_counts_above)
{
	static const char other[] = "belongs to another user";

	suite_make(".product");
	if (!give_away(".product") || !give_away("."))
		return;
	check_above("", other, NULL);
	for (size_t i = 0; i < 4; i++) {
		static const char *const wrong[] = {"", "1234", "12345x", "18446744073709563961"};

		ck_assert_int_eq(setenv("SUDO_UID", wrong[i], 1), 0);
		check_above("", other, NULL);
	}
	ck_assert_int_eq(setenv("SUDO_UID", "12345", 1), 0);
	check_above("", NULL, NULL);
	make_tree();
	(void)give_away("tree/a/b/tool");
	ck_assert_int_eq(lchown(".", 0, 0), 0);
	/* But what it has is not run with the rights of root. */
	check_refused("tree/a/b/tool", other);
	suite_drop_privileges();
	check_above(".product", other, NULL);
}
END_TEST

SUITE("base/trust", a_tree_of_this_user_is_trusted, what_others_may_write_to_is_refused,
    what_another_user_has_is_refused, a_link_is_refused, what_it_is_in_is_looked_at_up_to_the_root,
    what_cannot_be_looked_at_is_no_fault_of_it,
    what_is_above_counts_only_if_nobody_else_can_have_made_it,
    a_link_above_counts_only_with_what_it_leads_to, a_directory_that_is_known_is_trusted,
    under_sudo_what_its_caller_has_counts_above)
