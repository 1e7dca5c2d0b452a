/*
 * Any bytes as an entry of the cache. Key and digest are made right, so that what is behind them is
 * reached: an entry is refused, or gives a file or a directory that is the same entry again.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/tree.h"
#include "cache/entry.h"
#include "fuzz.h"

#define SIZE_LIMIT 4096
#define KIND_SIZE 8

static const struct hash key = {{1}};
static char root[] = "/tmp/kiln-fuzz-XXXXXX";

static void remove_root(void)
{
	(void)tree_remove(place_at(root), NULL); /* a private directory */
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_assert(mkdtemp(root));
	return atexit(remove_root);
}

/* The digest of what is at a path. */
static struct hash digest_of(const char *path)
{
	CLEANUP(entry_writer_release) struct entry_writer writer = {0};
	enum entry_kind kind;
	struct hash content;

	fuzz_assert(entry_begin(&writer, -1, NULL) == 0);
	fuzz_assert(entry_add_result(&writer, place_at(path), &kind, NULL) == 0);
	fuzz_assert(entry_end(&writer, kind, &key, &content, NULL) == 0);
	return content;
}

static void take_directory(struct entry_reader *reader)
{
	autofree char *path = xasprintf("%s/tree", root);
	autoclose int fd = -1;

	fuzz_assert(mkdir(path, 0700) == 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_assert(fd >= 0);
	if (entry_extract_directory(reader, fd, "tree", NULL) == 0) {
		struct hash content = digest_of(path);

		fuzz_assert(memcmp(content.bytes, reader->content.bytes, HASH_SIZE) == 0);
	}
	fuzz_assert(tree_remove(place_at(path), NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(entry_reader_release) struct entry_reader reader = {0};
	autostr struct str entry = STR_INIT, bytes = STR_INIT;
	autoclose int fd = memfd_create("entry", MFD_CLOEXEC);
	struct hash content;

	if (size < KIND_SIZE || size > SIZE_LIMIT)
		return 0;
	fuzz_assert(
	    hash_compute(HASH_BLAKE2B, slice_of((const char *)data + KIND_SIZE, size - KIND_SIZE),
		&content, NULL) == 0);
	str_add(&entry, data, KIND_SIZE);
	str_add(&entry, key.bytes, HASH_SIZE);
	str_add(&entry, content.bytes, HASH_SIZE);
	str_add(&entry, data + KIND_SIZE, size - KIND_SIZE);
	fuzz_assert(write(fd, entry.data, entry.len) == (ssize_t)entry.len);
	fuzz_assert(lseek(fd, 0, SEEK_SET) == 0);
	if (entry_read(&reader, fd, entry.len, &key, NULL) < 0)
		return 0;
	if (reader.kind == ENTRY_DIRECTORY)
		take_directory(&reader);
	else
		fuzz_assert(entry_extract_file(&reader, &bytes, -1, NULL, NULL) == 0 &&
			    bytes.len == size - KIND_SIZE);
	return 0;
}
