#include "image/libarchive.h"

#include <errno.h>

#ifdef KILN_STATIC

/* libarchive has its own in an object with the table of all formats, which need a dozen other
 * libraries. This program writes one format. */
void __archive_write_entry_filetype_unsupported(
    struct archive *archive, struct archive_entry *entry, const char *format);

void __archive_write_entry_filetype_unsupported(
    struct archive *archive, struct archive_entry *entry, const char *format)
{
	archive_set_error(archive, EINVAL, "%s: not written in the format '%s'",
	    archive_entry_pathname(entry), format);
}

/* Its reader of zip archives calls functions for encrypted ones by these tables (7 and 4 pointers),
 * once it was given a passphrase. This program gives none, and needs no libnettle. */
extern const void *const __archive_cryptor[7];
extern const void *const __archive_hmac[4];

const void *const __archive_cryptor[7] = {NULL};
const void *const __archive_hmac[4] = {NULL};

const struct libarchive *libarchive_load(struct error **err)
{
#define LIBARCHIVE_FUNCTION(name) .name = name,
	static const struct libarchive functions = {LIBARCHIVE_FUNCTIONS(LIBARCHIVE_FUNCTION)};
#undef LIBARCHIVE_FUNCTION

	(void)err; /* nothing to fail */
	return &functions;
}

#else

#include <dlfcn.h>
#include <string.h>

/* libarchive's shared library; its ABI has had this name since version 3.0. */
#define LIBRARY "libarchive.so.13"

static bool find(void *library, const char *name, void *ret_function, size_t size)
{
	void *address = dlsym(library, name);

	/* ISO C has no conversion from an object's address to a function's; POSIX has their sizes
	 * equal. */
	memcpy(ret_function, &address, size);
	return address;
}

const struct libarchive *libarchive_load(struct error **err)
{
	static struct libarchive functions;
	static bool loaded;
	void *library = loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (loaded)
		return &functions;
	loaded = library;
#define LIBARCHIVE_FIND(name) \
	loaded = loaded && find(library, #name, &functions.name, sizeof(functions.name));
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_FIND)
#undef LIBARCHIVE_FIND
	if (!loaded)
		return fail_null(
		    fail(err, ERROR_SYSTEM, "archives need libarchive: %s", dlerror()));
	return &functions;
}

#endif

bool libarchive_is_refused(
    const struct libarchive *library, struct archive *archive, const char *path, struct error **err)
{
	int number = library->archive_errno(archive); /* below 0: none of the system's */

	if (number <= 0 || errno_kind(number) != ERROR_SYSTEM)
		return false;
	if (path)
		(void)fail_errno(err, number, "cannot read '%s'", path); /* always -1 */
	else
		(void)fail_errno(err, number, "cannot decompress"); /* always -1 */
	return true;
}

const char *libarchive_reason(const struct libarchive *library, struct archive *archive)
{
	const char *reason = library->archive_error_string(archive);

	return reason ? reason : "the archive is damaged";
}
