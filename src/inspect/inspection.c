#include "inspect/inspection.h"

#include "base/path.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "inspect/bill.h"

/* The largest file that describes a distribution, and the largest source or bytecode, that is
 * looked into. */
#define TEXT_LIMIT METADATA_LIMIT
#define PYTHON_LIMIT ((size_t)256 << 20)

const char *inspect_kind_name(enum inspect_kind kind)
{
	static const char *const names[INSPECT_KINDS] = {
	    "source", "bytecode", "extension", "metadata", "data"};

	return names[kind];
}

enum inspect_kind inspect_kind_of(struct slice path)
{
	static const struct {
		const char *suffix;
		enum inspect_kind kind;
	} suffixes[] = {
	    {".py", INSPECT_SOURCE},
	    {".pyi", INSPECT_SOURCE},
	    {".pyc", INSPECT_BYTECODE},
	    {".so", INSPECT_EXTENSION},
	};

	if (distribution_directory(path).len)
		return INSPECT_METADATA;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		if (slice_ends(path, slice_c(suffixes[i].suffix)))
			return suffixes[i].kind;
	}
	return INSPECT_DATA;
}

/* Whether a path is of a bill of materials that a distribution brings. */
static bool is_bill(struct slice path)
{
	struct slice directory = distribution_directory(path), rest;

	return path_below(path, directory, &rest) && slice_starts(rest, SLICE_LITERAL("sboms/"));
}

/* The most bytes of a file in a directory that describes a distribution that are kept. */
static size_t text_limit(const struct inspection *inspection, struct slice path)
{
	static const char *const names[] = {
	    "METADATA", "PKG-INFO", "RECORD", "top_level.txt", "entry_points.txt"};
	struct slice directory = distribution_directory(path), rest;

	if (!directory.len)
		return 0;
	if (directory.len == path.len) /* an egg-info that is a file */
		return TEXT_LIMIT;
	rest = slice_of(path.data + directory.len + 1, path.len - directory.len - 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (slice_is(rest, names[i]))
			return slice_is(rest, "RECORD") ? RECORD_LIMIT : TEXT_LIMIT;
	}
	return is_bill(path) && inspection->reads_bills ? BILL_LIMIT : 0;
}

/* The most bytes of a file that are of interest. */
static size_t limit_of(const struct inspection *inspection, struct slice path)
{
	enum inspect_kind kind = inspect_kind_of(path);

	if (kind == INSPECT_METADATA)
		return text_limit(inspection, path);
	if (!inspection->reads_python || slice_ends(path, SLICE_LITERAL(".pyi")))
		return 0;
	return kind == INSPECT_SOURCE || kind == INSPECT_BYTECODE ? PYTHON_LIMIT : 0;
}

static int begin(void *context, struct image_entry *entry, struct error **err)
{
	struct inspection *inspection = context;

	(void)err; /* nothing to fail */
	str_truncate(&inspection->buffer, 0);
	inspection->wanted = limit_of(inspection, entry->path);
	if (!inspection->wanted || entry->size <= inspection->wanted)
		return 0;
	if (!is_bill(entry->path)) /* bills_read() tells of these */
		inspect_fault(inspection, entry->path, "is too large to be looked into: %llu bytes",
		    (unsigned long long)entry->size);
	inspection->wanted = 0;
	return 0;
}

static int add(void *context, struct image_entry *entry, struct slice data, struct error **err)
{
	struct inspection *inspection = context;

	(void)entry;
	(void)err; /* nothing to fail */
	if (inspection->wanted)
		str_add_slice(&inspection->buffer, data);
	return 0;
}

static void read_bytecode(struct slice bytes, struct file_facts *facts)
{
	facts->fault = pyc_read_header(bytes, &facts->header);
	if (facts->fault || !pyc_is_walked(facts->header.magic))
		return;
	if (!code_is_complete(slice_from(bytes, PYC_HEADER_SIZE)))
		facts->fault = "is not whole: its code object is damaged";
}

static int end(void *context, struct image_entry *entry, struct error **err)
{
	struct inspection *inspection = context;
	struct arena *arena = &inspection->contents.arena;
	struct slice content = str_slice(&inspection->buffer);
	struct file_facts *facts;

	(void)err; /* nothing to fail */
	if (!inspection->wanted)
		return 0;
	entry->data = facts = arena_zalloc(arena, 1, sizeof(*facts));
	facts->is_read = true;
	if (inspect_kind_of(entry->path) == INSPECT_METADATA)
		facts->text = arena_slice(arena, content);
	else if (inspect_kind_of(entry->path) == INSPECT_BYTECODE)
		read_bytecode(content, facts);
	else
		pyc_hash_source(content, &facts->hashes);
	return 0;
}

static void fault(void *context, struct error *fault)
{
	struct inspection *inspection = context;

	inspection->fault(inspection->context, fault);
}

int inspect_read(struct inspection *inspection, const char *path,
    const struct image_reading_options *options, struct error **err)
{
	const struct image_visitor visitor = {begin, add, end, fault, inspection};

	return image_read(&inspection->contents, path, options, &visitor, err);
}

void inspect_fault(struct inspection *inspection, struct slice path, const char *format, ...)
{
	const struct image_visitor visitor = {.fault = fault, .context = inspection};
	va_list arguments;

	va_start(arguments, format);
	image_fault(&inspection->contents, &visitor, path, format, arguments);
	va_end(arguments);
}

const struct file_facts *inspect_facts(const struct image_entry *entry)
{
	return entry->data;
}

struct slice inspect_text(const struct inspection *inspection, struct slice path)
{
	const struct image_entry *entry = image_find(&inspection->contents, path);

	return entry && entry->data ? inspect_facts(entry)->text : slice_of("", 0);
}

void inspect_release(struct inspection *inspection)
{
	str_release(&inspection->buffer);
	image_contents_release(&inspection->contents);
}
