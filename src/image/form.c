#include "image/form.h"

#include <ctype.h>
#include <strings.h>

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

/* Ends of names of archives that are no form here; ".tar.X" is one for any other X. */
static const char *const unknown[] = {".7z", ".cpio", ".deb", ".egg", ".img", ".iso", ".jar",
    ".rar", ".rpm", ".tbz2", ".txz", ".tzst"};

static enum image_form form_of_name(struct slice name)
{
	if (slice_starts(name, SLICE_LITERAL("oci:")))
		return FORM_OCI;
	for (size_t i = 0; i < FORM_COUNT; i++)
		if (slice_ends(name, slice_c(forms[i].suffix)))
			return forms[i].form;
	return FORM_DIRECTORY;
}

static bool ends_in_any_case(struct slice name, const char *suffix)
{
	size_t len = strlen(suffix);

	return name.len >= len && strncasecmp(name.data + name.len - len, suffix, len) == 0;
}

/* Whether the end of a name is that of an archive. */
static bool is_archive(struct slice name)
{
	size_t end = name.len;

	for (size_t i = 0; i < FORM_COUNT; i++)
		if (ends_in_any_case(name, forms[i].suffix))
			return true;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		if (ends_in_any_case(name, unknown[i]))
			return true;
	while (end > 0 && isalnum((unsigned char)name.data[end - 1]))
		end--;
	return end > 0 && end < name.len && name.data[end - 1] == '.' &&
	       ends_in_any_case(slice_of(name.data, end - 1), ".tar");
}

int image_form_of_name(struct slice name, enum image_form *ret, struct error **err)
{
	*ret = form_of_name(name);
	if (*ret != FORM_DIRECTORY)
		return 0;
	if (slice_is(name, "-"))
		return fail(err, ERROR_USAGE,
		    "an image is not written to standard output: name a file, or './-'");
	if (is_archive(name))
		return fail(err, ERROR_USAGE,
		    "no form of images is known by the end of '%.*s': the ends are .tar, .tar.gz, "
		    ".tgz, .tar.xz, .tar.zst, .tar.bz2, .zip, .pyz, .whl, .oci.tar, .squashfs; for "
		    "a directory of this name give --format directory",
		    (int)name.len, name.data);
	return 0;
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
