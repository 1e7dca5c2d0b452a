#include "image/unpack_wheel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/locale.h"
#include "base/map.h"
#include "base/path.h"
#include "base/tree.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "distribution/tag.h"
#include "image/libarchive.h"
#include "image/reader.h"

#define BUFFER_SIZE ((size_t)1 << 16)
#define BLOCK_SIZE ((size_t)1 << 16)

static const char installer[] = "kiln\n";

struct member {
	struct slice name; /* in the wheel; NUL-terminated */
	struct slice path; /* in the directory */
	bool is_executable;
	uint64_t size;
	struct hash hash;
};

struct wheel {
	const char *path;
	struct wheel_name name; /* of the file */
	int root;
	const struct libarchive *library;
	struct archive *archive;
	struct arena arena;
	struct map members; /* path in the directory -> struct member */
	struct slice info;  /* name of the dist-info directory; empty until it was seen */
	size_t entries, path_bytes;
	uint64_t size, limit; /* of all members */
	struct str texts[3];  /* of the members below */
	char *buffer;
};

/* Members of the dist-info that are read. */
enum text { TEXT_RECORD, TEXT_WHEEL, TEXT_METADATA, TEXT_NONE };

static const struct {
	const char *name;
	size_t limit;
} texts[] = {
    {"RECORD", RECORD_LIMIT},
    {"WHEEL", METADATA_LIMIT},
    {"METADATA", METADATA_LIMIT},
};

static void wheel_release(struct wheel *wheel)
{
	if (wheel->archive)
		(void)wheel->library->archive_read_free(wheel->archive); /* it was only read */
	for (size_t i = 0; i < TEXT_NONE; i++)
		str_release(&wheel->texts[i]);
	map_release(&wheel->members);
	arena_release(&wheel->arena);
	free(wheel->buffer);
}

/* Fail because of a member; `name` NULL is the wheel itself. */
static int fail_member(const struct wheel *wheel, const char *name, struct error **err,
    const char *format, ...) error_format(4, 5);
static int fail_member(
    const struct wheel *wheel, const char *name, struct error **err, const char *format, ...)
{
	autofree char *place = name ? xasprintf("%s: %s", wheel->path, name) : xstrdup(wheel->path);
	autostr struct str message = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&message, format, arguments);
	va_end(arguments);
	return fail_at(err, place, 0, 0, NULL, "%s", str_c(&message));
}

/* Fail with what libarchive says; what the system refused is not the wheel's fault. */
static int fail_archive(const struct wheel *wheel, const char *name, struct error **err)
{
	if (libarchive_is_refused(wheel->library, wheel->archive, wheel->path, err))
		return -1;
	return fail_member(wheel, name, err, "cannot unpack: %s",
	    libarchive_reason(wheel->library, wheel->archive));
}

static int open_wheel(struct wheel *wheel, int fd, struct error **err)
{
	const struct libarchive *library = wheel->library = libarchive_load(err);

	if (!library)
		return -1;
	wheel->archive = library->archive_read_new();
	if (!wheel->archive)
		out_of_memory();
	if (library->archive_read_support_format_zip_seekable(wheel->archive) != ARCHIVE_OK ||
	    library->archive_read_open_fd(wheel->archive, fd, BLOCK_SIZE) != ARCHIVE_OK)
		return fail_archive(wheel, NULL, err);
	return 0;
}

/* Whether a directory in the root of the wheel is NAME-VERSION with this suffix, of the wheel's
 * distribution. */
static bool is_own(const struct wheel *wheel, struct slice directory, const char *suffix)
{
	autostr struct str own = STR_INIT;
	autostr struct str other = STR_INIT;
	const char *dash = memchr(directory.data, '-', directory.len);

	if (!dash || !slice_ends(directory, slice_c(suffix)))
		return false;
	distribution_add_normalized(&own, wheel->name.name);
	distribution_add_normalized(
	    &other, slice_of(directory.data, (size_t)(dash - directory.data)));
	return slice_equal(str_slice(&own), str_slice(&other));
}

/* The path below the directory for what is below NAME-VERSION.data. */
static int place_data(
    struct wheel *wheel, struct slice below, struct member *member, struct error **err)
{
	static const struct {
		const char *scheme;
		const char *path;
	} schemes[] = {
	    {"purelib", ""}, {"platlib", ""}, {"data", ""}, {"scripts", "bin/"}, {"headers", NULL}};
	struct slice rest = below, scheme;

	(void)slice_next(&rest, '/', &scheme); /* there is one: `below` is not empty */
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		const char *path = schemes[i].path;

		if (!slice_is(scheme, schemes[i].scheme))
			continue;
		if (!rest.data || rest.len == 0)
			return fail_member(wheel, member->name.data, err, "a file of this name");
		member->is_executable = member->is_executable || slice_is(scheme, "scripts");
		if (!path)
			path = arena_printf(&wheel->arena, "include/%.*s/",
			    (int)wheel->name.name.len, wheel->name.name.data);
		member->path = slice_c(
		    arena_printf(&wheel->arena, "%s%.*s", path, (int)rest.len, rest.data));
		return 0;
	}
	return fail_member(wheel, member->name.data, err,
	    "'%.*s' is not a part of an installation: expected purelib, platlib, data, scripts or "
	    "headers",
	    (int)scheme.len, scheme.data);
}

/* Where the member goes, and what its top directory says. */
static int place_member(struct wheel *wheel, struct member *member, struct error **err)
{
	struct slice rest = member->name, top;

	member->path = member->name;
	(void)slice_next(&rest, '/', &top); /* a name is not empty */
	if (!rest.data)
		return 0;
	if (is_own(wheel, top, ".data"))
		return place_data(wheel, rest, member, err);
	if (!slice_ends(top, SLICE_LITERAL(".dist-info")))
		return 0;
	if (wheel->info.len > 0 && !slice_equal(wheel->info, top))
		return fail_member(wheel, member->name.data, err,
		    "a second dist-info, besides '%.*s'", (int)wheel->info.len, wheel->info.data);
	wheel->info = top;
	return 0;
}

static enum text text_of(const struct wheel *wheel, const struct member *member)
{
	if (wheel->info.len == 0 || !slice_equal(path_parent(member->name), wheel->info))
		return TEXT_NONE;
	for (int i = 0; i < TEXT_NONE; i++)
		if (slice_is(path_name(member->name), texts[i].name))
			return (enum text)i;
	return TEXT_NONE;
}

/* Whether a member of the dist-info is not unpacked: RECORD, whose content changes, and with it the
 * signatures; INSTALLER. */
static bool is_replaced(const struct wheel *wheel, const struct member *member)
{
	static const char *const names[] = {"RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER"};

	if (!slice_equal(path_parent(member->name), wheel->info))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(path_name(member->name), names[i]))
			return true;
	return false;
}

/* Create the member's file, with the directories above it. */
static int create(const struct wheel *wheel, const struct member *member, struct error **err)
{
	struct place place = place_below(wheel->root, member->path.data, member->path.data);
	struct error *error = NULL;
	int fd = -1;

	if (tree_make_parents(place, &error) == 0)
		fd = place_open(
		    place, O_WRONLY | O_CREAT | O_EXCL, member->is_executable ? 0700 : 0600);
	if (fd < 0 && !error)
		(void)place_fail(place, errno, "create", &error); /* always -1 */
	if (!error)
		return fd;
	if (error->kind != ERROR_INPUT)
		return fail_with(err, error);
	(void)fail_member(wheel, member->name.data, err, "%s", error->message); /* always -1 */
	error_free(error);
	return -1;
}

/* Read a member's data to its end: to a descriptor unless it is -1, and to a text unless it is
 * NULL. */
static int read_data(
    struct wheel *wheel, struct member *member, int fd, struct str *text, struct error **err)
{
	autohasher struct hasher hasher = {0};
	uint64_t declared = member->size;

	member->size = 0;
	if (hasher_begin(&hasher, HASH_SHA256, err) < 0)
		return -1;
	for (;;) {
		ssize_t count = wheel->library->archive_read_data(
		    wheel->archive, wheel->buffer, BUFFER_SIZE);
		struct slice data = {wheel->buffer, count < 0 ? 0 : (size_t)count};

		if (count < 0)
			return fail_archive(wheel, member->name.data, err);
		member->size += (uint64_t)count;
		if (member->size > declared || (count == 0 && member->size < declared))
			return fail_member(wheel, member->name.data, err,
			    "has another size than the directory of the zip says");
		if (count == 0)
			return hasher_end(&hasher, &member->hash, err);
		if (text)
			str_add_slice(text, data);
		if (hasher_add(&hasher, data, err) < 0 ||
		    (fd >= 0 && file_write_fd(fd, member->path.data, data, err) < 0))
			return -1;
	}
}

static int unpack_file(struct wheel *wheel, struct member *member, struct error **err)
{
	enum text text = text_of(wheel, member);
	struct str *kept = text == TEXT_NONE ? NULL : &wheel->texts[text];
	autoclose int fd = -1;
	void **place = map_at(&wheel->members, member->path);

	if (*place)
		return fail_member(wheel, member->name.data, err,
		    "an entry for the same file as '%s'", ((struct member *)*place)->name.data);
	*place = member;
	if (member->size > wheel->limit - wheel->size)
		return fail_member(wheel, member->name.data, err,
		    "the wheel unpacks to more than %llu bytes", (unsigned long long)wheel->limit);
	wheel->size += member->size;
	if (kept && member->size > texts[text].limit)
		return fail_member(
		    wheel, member->name.data, err, "more than %zu bytes", texts[text].limit);
	if (!is_replaced(wheel, member)) {
		fd = create(wheel, member, err);
		if (fd < 0)
			return -1;
	}
	return read_data(wheel, member, fd, kept, err);
}

/* Take over one entry of the zip. */
static int unpack_entry(struct wheel *wheel, struct archive_entry *entry, struct error **err)
{
	const struct libarchive *library = wheel->library;
	const char *name = library->archive_entry_pathname(entry);
	mode_t type = library->archive_entry_filetype(entry);
	struct member *member = arena_zalloc(&wheel->arena, 1, sizeof(*member));

	if (++wheel->entries > IMAGE_ENTRIES_LIMIT)
		return fail_member(wheel, NULL, err, "more than %zu entries", IMAGE_ENTRIES_LIMIT);
	if (!name || !*name)
		return fail_member(wheel, NULL, err, "an entry without a name");
	wheel->path_bytes += strlen(name);
	if (wheel->path_bytes > IMAGE_PATHS_LIMIT)
		return fail_member(
		    wheel, NULL, err, "names of more than %zu MiB in all", IMAGE_PATHS_LIMIT >> 20);
	member->name = slice_c(arena_strdup(&wheel->arena, name));
	if (type == AE_IFDIR)
		return 0; /* installing makes no empty directories */
	if (!path_is_confined(member->name))
		return fail_member(
		    wheel, name, err, "the name leads out of the wheel, or is not a plain path");
	if (path_depth(member->name) > PATH_DEPTH_LIMIT)
		return fail_member(
		    wheel, name, err, "in more than %d directories", PATH_DEPTH_LIMIT - 1);
	if (type != AE_IFREG)
		return fail_member(wheel, name, err, "neither a file nor a directory");
	member->is_executable = library->archive_entry_perm(entry) & S_IXUSR;
	if (!library->archive_entry_size_is_set(entry) || library->archive_entry_size(entry) < 0)
		return fail_member(wheel, name, err, "the zip does not say the size");
	member->size = (uint64_t)library->archive_entry_size(entry);
	if (place_member(wheel, member, err) < 0)
		return -1;
	return unpack_file(wheel, member, err);
}

static int unpack_all(struct wheel *wheel, struct error **err)
{
	struct archive_entry *entry;
	int result;

	while ((result = wheel->library->archive_read_next_header(wheel->archive, &entry)) ==
	       ARCHIVE_OK)
		if (unpack_entry(wheel, entry, err) < 0)
			return -1;
	return result == ARCHIVE_EOF ? 0 : fail_archive(wheel, NULL, err);
}

/* Check the dist-info: there is one, and it is of the distribution that the file's name says. */
static int check_info(struct wheel *wheel, struct error **err)
{
	struct metadata metadata;
	struct wheel_info info;
	autostr struct str own = STR_INIT;
	autostr struct str found = STR_INIT;
	const char *origin;

	if (wheel->info.len == 0 || wheel->texts[TEXT_RECORD].len == 0)
		return fail_member(wheel, NULL, err, "not a wheel: no NAME.dist-info/RECORD");
	origin = arena_printf(
	    &wheel->arena, "%s: %.*s/WHEEL", wheel->path, (int)wheel->info.len, wheel->info.data);
	if (wheel_info_parse(
		str_slice(&wheel->texts[TEXT_WHEEL]), origin, &wheel->arena, &info, err) < 0)
		return -1;
	origin = arena_printf(&wheel->arena, "%s: %.*s/METADATA", wheel->path, (int)wheel->info.len,
	    wheel->info.data);
	if (metadata_parse(
		str_slice(&wheel->texts[TEXT_METADATA]), origin, &wheel->arena, &metadata, err) < 0)
		return -1;
	distribution_add_normalized(&own, wheel->name.name);
	distribution_add_normalized(&found, metadata.name);
	if (!is_own(wheel, wheel->info, ".dist-info") ||
	    !slice_equal(str_slice(&own), str_slice(&found)))
		return fail_at(err, origin, 0, 0, NULL,
		    "of another distribution than the file's name, '%.*s'",
		    (int)wheel->name.name.len, wheel->name.name.data);
	return 0;
}

/* Check a member against its row. */
static int check_member(const struct wheel *wheel, const struct member *member,
    const struct record_row *row, struct error **err)
{
	char digest[RECORD_DIGEST_SIZE + 1];

	if (!row || row->algorithm.len == 0)
		return fail_member(
		    wheel, member->name.data, err, "RECORD has no digest of the file");
	if (!slice_is(row->algorithm, "sha256"))
		return fail_member(wheel, member->name.data, err,
		    "RECORD has a digest of the kind '%.*s': only sha256 is accepted",
		    (int)row->algorithm.len, row->algorithm.data);
	record_digest(&member->hash, digest);
	if (!slice_is(row->digest, digest) || (row->has_size && row->size != member->size))
		return fail_member(wheel, member->name.data, err,
		    "the file differs from its digest or size in RECORD");
	return 0;
}

/* Check all members against RECORD. */
static int check_record(struct wheel *wheel, struct error **err)
{
	automap struct map rows = {0};
	struct record record;
	const char *origin = arena_printf(
	    &wheel->arena, "%s: %.*s/RECORD", wheel->path, (int)wheel->info.len, wheel->info.data);

	if (record_parse(
		str_slice(&wheel->texts[TEXT_RECORD]), origin, &wheel->arena, &record, err) < 0)
		return -1;
	for (size_t i = 0; i < record.count; i++)
		*map_at(&rows, record.rows[i].path) = &record.rows[i];
	for (size_t i = 0; i < wheel->members.count; i++) {
		const struct member *member = wheel->members.entries[i].value;

		if (!is_replaced(wheel, member) &&
		    check_member(wheel, member, map_get(&rows, member->name), err) < 0)
			return -1;
	}
	return 0;
}

static int put(const struct wheel *wheel, const char *name, struct slice data, struct error **err)
{
	autofree char *path = xasprintf("%.*s/%s", (int)wheel->info.len, wheel->info.data, name);

	return file_replace(place_below(wheel->root, path, path), data, 0600, 0, err);
}

static void add_row(struct wheel *wheel, struct record *record, struct slice path,
    const struct hash *hash, uint64_t size)
{
	char digest[RECORD_DIGEST_SIZE + 1];

	record_digest(hash, digest);
	record_add(record, &wheel->arena,
	    &(struct record_row){path, SLICE_LITERAL("sha256"),
		slice_c(arena_strdup(&wheel->arena, digest)), size, true});
}

/* Write INSTALLER, and the RECORD of what was unpacked. */
static int write_record(struct wheel *wheel, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct record record = {0};
	struct hash hash;

	for (size_t i = 0; i < wheel->members.count; i++) {
		const struct member *member = wheel->members.entries[i].value;

		if (!is_replaced(wheel, member))
			add_row(wheel, &record, member->path, &member->hash, member->size);
	}
	if (hash_compute(HASH_SHA256, slice_c(installer), &hash, err) < 0)
		return -1;
	add_row(wheel, &record,
	    slice_c(arena_printf(
		&wheel->arena, "%.*s/INSTALLER", (int)wheel->info.len, wheel->info.data)),
	    &hash, sizeof(installer) - 1);
	record_add(&record, &wheel->arena,
	    &(struct record_row){.path = slice_c(arena_printf(&wheel->arena, "%.*s/RECORD",
				     (int)wheel->info.len, wheel->info.data)),
		.algorithm = {"", 0},
		.digest = {"", 0}});
	record_sort(&record);
	for (size_t i = 0; i < record.count; i++)
		record_write_row(&text, &record.rows[i]);
	if (put(wheel, "INSTALLER", slice_c(installer), err) < 0)
		return -1;
	return put(wheel, "RECORD", str_slice(&text), err);
}

int wheel_unpack(const char *path, int root, struct error **err)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	CLEANUP(wheel_release) struct wheel wheel = {.path = path, .root = root};
	struct stat stat;
	autoclose int fd = -1;

	if (!wheel_name_parse(path_name(slice_c(path)), &wheel.name))
		return fail_at(err, path, 0, 0, NULL,
		    "not the name of a wheel: expected NAME-VERSION-PYTHON-ABI-PLATFORM.whl");
	fd = content_open(place_at(path), &stat, err);
	if (fd < 0 || locale_enter(&locale, err) < 0)
		return -1;
	wheel.limit = IMAGE_SOURCE_LIMIT + IMAGE_SOURCE_RATIO * (uint64_t)stat.st_size;
	wheel.buffer = xmalloc(BUFFER_SIZE);
	if (open_wheel(&wheel, fd, err) < 0 || unpack_all(&wheel, err) < 0 ||
	    check_info(&wheel, err) < 0 || check_record(&wheel, err) < 0)
		return -1;
	return write_record(&wheel, err);
}
