#include "image/oci_platform.h"

#include <sys/utsname.h>

/* uname(2)'s machines in the words of Go (https://go.dev/src/internal/syslist). */
static const struct {
	const char *machine, *architecture, *variant;
} machines[] = {
    {"x86_64", "amd64", ""},
    {"aarch64", "arm64", ""},
    {"armv7l", "arm", "v7"},
    {"armv6l", "arm", "v6"},
    {"i386", "386", ""},
    {"i486", "386", ""},
    {"i586", "386", ""},
    {"i686", "386", ""},
    {"ppc64", "ppc64", ""},
    {"ppc64le", "ppc64le", ""},
    {"s390x", "s390x", ""},
    {"riscv64", "riscv64", ""},
    {"loongarch64", "loong64", ""},
    {"mips64", "mips64", ""},
};

void oci_platform_here(struct arena *arena, struct oci_platform *ret)
{
	struct utsname name;

	*ret = (struct oci_platform){"linux", "", ""};
	if (uname(&name) < 0)
		return;
	ret->architecture = arena_strdup(arena, name.machine);
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		if (strcmp(machines[i].machine, name.machine) != 0)
			continue;
		ret->architecture = machines[i].architecture;
		ret->variant = machines[i].variant;
	}
}

static bool is_word(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
			c == '-'))
			return false;
	}
	return word.len > 0 && *word.data != '.' && *word.data != '-' && *word.data != '_';
}

int oci_platform_read(
    const char *text, struct arena *arena, struct oci_platform *ret, struct error **err)
{
	struct slice rest = slice_c(text), os = {"", 0}, architecture = {"", 0}, variant = {"", 0};
	bool has_variant;

	(void)slice_next(&rest, '/', &os); /* what is missing is no word */
	(void)slice_next(&rest, '/', &architecture);
	has_variant = slice_next(&rest, '/', &variant);
	if (!is_word(os) || !is_word(architecture) || (has_variant && !is_word(variant)) ||
	    rest.data)
		return fail_bad_value(
		    "--platform", text, "OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64", err);
	ret->os = arena_copy(arena, os);
	ret->architecture = arena_copy(arena, architecture);
	ret->variant = arena_copy(arena, variant);
	return 0;
}

void oci_platform_write(struct json_writer *json, const struct oci_platform *platform)
{
	json_member(json, "architecture", platform->architecture);
	json_member(json, "os", platform->os);
	if (*platform->variant)
		json_member(json, "variant", platform->variant);
}

struct oci_platform oci_platform_of(const struct json *object)
{
	return (struct oci_platform){json_text(object, "os", ""),
	    json_text(object, "architecture", ""), json_text(object, "variant", "")};
}

/* The only variant of arm64 may be left out. */
static const char *plain_variant(const struct oci_platform *platform)
{
	bool is_default = strcmp(platform->architecture, "arm64") == 0 &&
			  strcmp(platform->variant, "v8") == 0;

	return is_default ? "" : platform->variant;
}

bool oci_platform_suits(const struct oci_platform *there, const struct oci_platform *wanted)
{
	const char *variant = plain_variant(wanted);

	return strcmp(there->os, wanted->os) == 0 &&
	       strcmp(there->architecture, wanted->architecture) == 0 &&
	       (!*variant || strcmp(plain_variant(there), variant) == 0);
}

int oci_platform_check(const char *path, const struct oci_platform *there,
    const struct oci_platform *wanted, struct error **err)
{
	if (oci_platform_suits(there, wanted))
		return 0;
	return fail_at(err, path, 0, 0, NULL, "has an image for %s/%s, not for %s/%s", there->os,
	    there->architecture, wanted->os, wanted->architecture);
}
