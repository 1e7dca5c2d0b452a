#include "image/form.h"

/* A longer end of a name stands before the ends that are a part of it. */
static const struct {
	enum image_form form;
	const char *suffix; /* of names; the word is what follows the dot */
} forms[] = {
    {FORM_OCI_TAR, ".oci.tar"},
    {FORM_TAR, ".tar"},
    {FORM_TAR_GZ, ".tar.gz"},
    {FORM_TAR_GZ, ".tgz"},
    {FORM_TAR_XZ, ".tar.xz"},
    {FORM_TAR_ZST, ".tar.zst"},
    {FORM_TAR_BZ2, ".tar.bz2"},
    {FORM_ZIP, ".zip"},
    {FORM_PYZ, ".pyz"},
    {FORM_WHEEL, ".whl"},
    {FORM_SQUASHFS, ".squashfs"},
};

/* Forms that no end of a name has. */
static const struct {
	enum image_form form;
	const char *word;
} others[] = {{FORM_DIRECTORY, "directory"}, {FORM_OCI, "oci"}};

#define FORM_COUNT (sizeof(forms) / sizeof(*forms))
#define OTHER_COUNT (sizeof(others) / sizeof(*others))

enum image_form image_form_of_name(struct slice name)
{
	if (slice_starts(name, SLICE_LITERAL("oci:")))
		return FORM_OCI;
	for (size_t i = 0; i < FORM_COUNT; i++)
		if (slice_ends(name, slice_c(forms[i].suffix)))
			return forms[i].form;
	return FORM_DIRECTORY;
}

bool image_form_of_word(struct slice word, enum image_form *ret)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		*ret = forms[i].form;
		if (slice_is(word, forms[i].suffix + 1))
			return true;
	}
	for (size_t i = 0; i < OTHER_COUNT; i++) {
		*ret = others[i].form;
		if (slice_is(word, others[i].word))
			return true;
	}
	return false;
}

bool image_form_is_tar(enum image_form form)
{
	return form >= FORM_TAR && form <= FORM_TAR_BZ2;
}

bool image_form_is_zip(enum image_form form)
{
	return form == FORM_ZIP || form == FORM_PYZ || form == FORM_WHEEL;
}

bool image_form_is_oci(enum image_form form)
{
	return form == FORM_OCI || form == FORM_OCI_TAR;
}
