#include "image/form.h"

#include "suite.h"

START_TEST(the_form_follows_the_end_of_the_name)
{
	static const struct {
		const char *name;
		enum image_form form;
	} cases[] = {{"a.tar", FORM_TAR}, {"d/a.tar.gz", FORM_TAR_GZ}, {"a.tgz", FORM_TAR_GZ},
	    {"a.tar.zst", FORM_TAR_ZST}, {"a.tar.xz", FORM_TAR_XZ}, {"a.tar.bz2", FORM_TAR_BZ2},
	    {"a.zip", FORM_ZIP}, {"a.pyz", FORM_PYZ}, {"a-1-py3-none-any.whl", FORM_WHEEL},
	    {"a.squashfs", FORM_SQUASHFS}, {"oci:a", FORM_OCI}, {"oci:a.tar:1", FORM_OCI},
	    {"a.oci.tar", FORM_OCI_TAR}, {"a.gz", FORM_DIRECTORY}, {"tar", FORM_DIRECTORY},
	    {"a.tar/", FORM_DIRECTORY}, {"a/oci:b", FORM_DIRECTORY}, {"", FORM_DIRECTORY}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		enum image_form form;

		ck_ok(image_form_of_name(slice_c(cases[i].name), &form, &error), error);
		ck_assert_msg(form == cases[i].form, "%s", cases[i].name);
	}
}
END_TEST

START_TEST(names_of_other_archives_are_refused)
{
	static const char *const names[] = {
	    "-", "a.TAR", "a.Zip", "a.tar.lz4", "a.tar.Z", "d/a.rpm", "a.txz"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autoerror struct error *error = NULL;
		enum image_form form;

		ck_fails(image_form_of_name(slice_c(names[i]), &form, &error), error, "image");
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

START_TEST(a_word_names_a_form)
{
	static const struct {
		const char *word;
		enum image_form form;
	} cases[] = {{"directory", FORM_DIRECTORY}, {"tar", FORM_TAR}, {"tar.gz", FORM_TAR_GZ},
	    {"tgz", FORM_TAR_GZ}, {"tar.xz", FORM_TAR_XZ}, {"tar.zst", FORM_TAR_ZST},
	    {"tar.bz2", FORM_TAR_BZ2}, {"zip", FORM_ZIP}, {"pyz", FORM_PYZ}, {"oci", FORM_OCI},
	    {"oci.tar", FORM_OCI_TAR}, {"whl", FORM_WHEEL}, {"squashfs", FORM_SQUASHFS}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum image_form form;

		ck_assert_msg(
		    image_form_of_word(slice_c(cases[i].word), &form), "%s", cases[i].word);
		ck_assert_msg(form == cases[i].form, "%s", cases[i].word);
	}
}
END_TEST

START_TEST(other_words_name_no_form)
{
	static const char *const words[] = {".tar", "", "gz", "TAR", "tar "};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		enum image_form form;

		ck_assert_msg(!image_form_of_word(slice_c(words[i]), &form), "%s", words[i]);
	}
}
END_TEST

SUITE("image/form", the_form_follows_the_end_of_the_name, names_of_other_archives_are_refused,
    a_word_names_a_form, other_words_name_no_form)
