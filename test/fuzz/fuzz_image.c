/*
 * Any bytes as an archive: it is refused, or its entries are confined, sorted, and below
 * directories, and bytecode in it is looked into. The same bytes as a base in a ".oci.tar".
 */
#include <sys/mman.h>

#include "base/file.h"
#include "base/path.h"
#include "fuzz.h"
#include "image/oci_base.h"
#include "inspect/difference.h"
#include "inspect/modules.h"
#include "inspect/verify.h"

#define SIZE_LIMIT 65536

static void drop(void *context, struct error *fault)
{
	fuzz_assert(fault->kind == ERROR_INPUT && fault->path);
	++*(size_t *)context;
	error_free(fault);
}

static void check_entries(const struct image_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];
		struct slice parent = path_parent(entry->path);

		fuzz_assert(path_is_confined(entry->path));
		fuzz_assert(entry->path.data[entry->path.len] == '\0');
		fuzz_assert(!i || slice_compare(contents->entries[i - 1]->path, entry->path) < 0);
		fuzz_assert(slice_is(parent, ".") || image_find(contents, parent));
	}
}

/* As the base of another image: what is found in the archive is read. */
static void open_base(const char *path)
{
	autobase struct oci_base base = OCI_BASE_INIT;

	if (oci_image_open(&base, path, NULL, NULL) == 0)
		fuzz_assert(base.manifest && base.config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image_reading_options limits = {.total_limit = 1 << 20};
	autodifferences struct differences differences = {0};
	autoinspection struct inspection inspection = {0};
	autopackages struct packages packages = {0};
	automodules struct modules modules = {0};
	autoclose int fd = memfd_create("image", MFD_CLOEXEC);
	autofree char *path = xasprintf("/proc/self/fd/%d", fd);
	size_t faults = 0, unchecked;

	if (size > SIZE_LIMIT)
		return 0;
	fuzz_assert(file_write_fd(fd, path, slice_of((const char *)data, size), NULL) == 0);
	open_base(path);
	inspection.reads_python = true;
	inspection.fault = drop;
	inspection.context = &faults;
	if (inspect_read(&inspection, path, &limits, NULL) < 0)
		return 0;
	check_entries(&inspection.contents);
	verify_records(&inspection, &unchecked);
	packages_find(&inspection, &packages);
	modules_find(&inspection, &modules);
	differences_find(&inspection, &packages, &inspection, &packages, &differences);
	fuzz_assert(differences.count == 0);
	fuzz_assert(faults == inspection.contents.faults);
	return 0;
}
