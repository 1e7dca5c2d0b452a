#include "python/internal.h"

#include <endian.h>

#include "python/instrument.h"
#include "python/interpreter.h"
#include "python/nodes.h"
#include "python/unit.h"
#include "python/values.h"

/* Made like PNG's: a byte that is no text, the name, and a line end that a text transfer would
 * change. */
static const char unit_magic[8] = {'\x89', 'k', 'u', 'n', 'i', 't', '\r', '\n'};

#define UNIT_VERSION 1
#define UNIT_CHECKSUM 16

/* The fixed-size start of a unit. All numbers are little-endian; there is no padding. */
struct unit_header {
	char magic[8];
	uint16_t version;
	int8_t optimize;
	uint8_t check;
	uint32_t bytecode_magic;
	uint32_t python_version;
	uint32_t origin_len;
	uint32_t factor_len;
	uint32_t metrics_trap_len;
	uint32_t value_count;
	uint32_t values_len;
	uint32_t nodes_len;
	uint32_t features; /* instrumentation */
	uint64_t source_size;
	uint64_t source_mtime;
	uint64_t source_siphash;
	unsigned char source_hash[HASH_SIZE];
};

_Static_assert(sizeof(struct unit_header) == 104, "the header is stored as it is laid out");

#define VALUE_INTERNED 0x80

static void add_length(struct str *out, size_t number)
{
	for (; number >= 0x80; number >>= 7)
		str_addc(out, (char)(number | 0x80));
	str_addc(out, (char)number);
}

/* An integer in two's complement, little-endian, in the fewest bytes that hold it and its sign. */
static int add_int(struct str *out, PyObject *object)
{
	size_t bits = version_bit_count(object);
	size_t len = bits / 8 + 1;

	if (bits == (size_t)-1 && PyErr_Occurred())
		return -1;
	add_length(out, len);
	str_reserve(out, len);
	if (version_int_bytes(object, (unsigned char *)out->data + out->len, len) < 0)
		return -1;
	out->len += len;
	return 0;
}

static int add_str(struct str *out, PyObject *object)
{
	py_owned PyObject *utf8 = NULL;

	if (PyUnicode_IS_ASCII(object)) {
		add_length(out, (size_t)PyUnicode_GET_LENGTH(object));
		str_add(out, PyUnicode_DATA(object), (size_t)PyUnicode_GET_LENGTH(object));
		return 0;
	}
	utf8 = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
	if (!utf8)
		return -1;
	add_length(out, (size_t)PyBytes_GET_SIZE(utf8));
	str_add(out, PyBytes_AS_STRING(utf8), (size_t)PyBytes_GET_SIZE(utf8));
	return 0;
}

static int add_value(struct str *out, const struct value *value)
{
	str_addc(out, (char)(value->tag | (value->interned ? VALUE_INTERNED : 0)));
	switch (value->tag) {
	case VALUE_INT:
		return add_int(out, value->object);
	case VALUE_STR:
		return add_str(out, value->object);
	case VALUE_BYTES:
		add_length(out, value->len);
		str_add(out, value->bits, value->len);
		return 0;
	case VALUE_FLOAT:
	case VALUE_COMPLEX:
		str_add(out, value->bits, value->len);
		return 0;
	default:
		return 0;
	}
}

static int add_values(struct str *out, const struct values *values)
{
	for (uint32_t i = 0; i < values->count; i++) {
		if (add_value(out, &values->items[i]) < 0)
			return -1;
	}
	return 0;
}

static struct unit_header header_of(const struct unit_facts *facts)
{
	struct unit_header header = {
	    .version = htole16(UNIT_VERSION),
	    .optimize = (int8_t)facts->optimize,
	    .check = (uint8_t)facts->check,
	    .bytecode_magic = htole32(interpreter_magic()),
	    .python_version = htole32(PY_VERSION_HEX),
	    .origin_len = htole32((uint32_t)facts->origin.len),
	    .factor_len = htole32((uint32_t)facts->factor.len),
	    .metrics_trap_len = htole32((uint32_t)facts->metrics_trap.len),
	    .features = htole32(facts->instrumentation),
	    .source_size = htole64(facts->source.size),
	    .source_mtime = htole64((uint64_t)facts->source.mtime),
	    .source_siphash = htole64(facts->source.siphash),
	};

	memcpy(header.magic, unit_magic, sizeof(header.magic));
	memcpy(header.source_hash, facts->source_hash.bytes, sizeof(header.source_hash));
	return header;
}

static int add_checksum(struct str *unit, size_t begin, struct error **err)
{
	struct hash hash;

	if (hash_compute(HASH_BLAKE2B, slice_from(str_slice(unit), begin), &hash, err) < 0)
		return -1;
	str_add(unit, hash.bytes, UNIT_CHECKSUM);
	return 0;
}

int unit_write(
    const struct tree *tree, const struct unit_facts *facts, struct str *ret, struct error **err)
{
	CLEANUP(values_release) struct values values = {0};
	autostr struct str stored = STR_INIT;
	autostr struct str nodes = STR_INIT;
	struct unit_header header = header_of(facts);
	size_t begin = ret->len;

	if (nodes_write(tree->module, tree->shown, &values, &nodes, err) < 0)
		return -1;
	if (add_values(&stored, &values) < 0)
		return python_fail(err, tree->shown, tree->bytes);
	if (stored.len > UINT32_MAX || nodes.len > UINT32_MAX)
		return fail_at(err, tree->shown, 0, 0, NULL, "too large for a unit");
	header.value_count = htole32(values.count);
	header.values_len = htole32((uint32_t)stored.len);
	header.nodes_len = htole32((uint32_t)nodes.len);
	str_reserve(ret, sizeof(header) + facts->origin.len + stored.len + nodes.len + 64);
	str_add(ret, &header, sizeof(header));
	str_add_slice(ret, facts->origin);
	str_add_slice(ret, facts->factor);
	str_add_slice(ret, facts->metrics_trap);
	str_add_slice(ret, str_slice(&stored));
	str_add_slice(ret, str_slice(&nodes));
	return add_checksum(ret, begin, err);
}

static int refuse(struct error **err, const char *shown, const char *reason)
{
	return fail_at(err, shown, 0, 0, NULL, "not a valid unit: %s", reason);
}

static struct slice cut(struct slice *rest, size_t len)
{
	struct slice part = {rest->data, len};

	assert(len <= rest->len);
	*rest = slice_from(*rest, len);
	return part;
}

static bool get_length(struct slice *rest, size_t *ret)
{
	size_t number = 0;

	for (unsigned shift = 0; shift < 35 && rest->len; shift += 7) {
		unsigned char byte = (unsigned char)*cut(rest, 1).data;

		number |= (size_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = number;
			return number <= rest->len;
		}
	}
	return false;
}

static PyObject *read_str(struct slice bytes, bool interned)
{
	PyObject *object = PyUnicode_DecodeUTF8(bytes.data, (Py_ssize_t)bytes.len, "surrogatepass");

	if (object && interned)
		PyUnicode_InternInPlace(&object);
	return object;
}

/* The object of a value whose payload begins with a length. NULL, with or without an exception, if
 * the payload is damaged. */
static PyObject *read_sized(struct slice *rest, unsigned tag, bool interned)
{
	struct slice bytes;
	size_t len;

	if (!get_length(rest, &len))
		return NULL;
	bytes = cut(rest, len);
	if (tag == VALUE_STR)
		return read_str(bytes, interned);
	if (tag == VALUE_BYTES)
		return PyBytes_FromStringAndSize(bytes.data, (Py_ssize_t)bytes.len);
	return _PyLong_FromByteArray((const unsigned char *)bytes.data, bytes.len, 1, 1);
}

static PyObject *read_complex(struct slice *rest)
{
	Py_complex number;

	if (rest->len < sizeof(number))
		return NULL;
	memcpy(&number, cut(rest, sizeof(number)).data, sizeof(number));
	return PyComplex_FromCComplex(number);
}

static PyObject *read_float(struct slice *rest)
{
	double number;

	if (rest->len < sizeof(number))
		return NULL;
	memcpy(&number, cut(rest, sizeof(number)).data, sizeof(number));
	return PyFloat_FromDouble(number);
}

static PyObject *read_value(struct slice *rest, struct value *ret)
{
	unsigned char byte;

	if (!rest->len)
		return NULL;
	byte = (unsigned char)*cut(rest, 1).data;
	*ret = (struct value){.tag = byte & 0x7f, .interned = byte & VALUE_INTERNED};
	if (ret->interned && ret->tag != VALUE_STR)
		return NULL;
	switch (ret->tag) {
	case VALUE_NONE:
		return Py_NewRef(Py_None);
	case VALUE_TRUE:
		return Py_NewRef(Py_True);
	case VALUE_FALSE:
		return Py_NewRef(Py_False);
	case VALUE_ELLIPSIS:
		return Py_NewRef(Py_Ellipsis);
	case VALUE_FLOAT:
		return read_float(rest);
	case VALUE_COMPLEX:
		return read_complex(rest);
	case VALUE_INT:
	case VALUE_STR:
	case VALUE_BYTES:
		return read_sized(rest, ret->tag, ret->interned);
	default:
		return NULL;
	}
}

/* The values of a unit that is read: a table that owns its objects. */
struct read_values {
	struct values table;
};

static void read_values_release(struct read_values *values)
{
	for (uint32_t i = 0; i < values->table.count; i++)
		Py_DECREF(values->table.items[i].object);
	values_release(&values->table);
}

static int read_values(struct slice rest, uint32_t count, const char *shown,
    struct read_values *values, struct error **err)
{
	struct values *table = &values->table;

	if (count > rest.len)
		return refuse(err, shown, "fewer values than its header says");
	table->items = xcalloc(count ? count : 1, sizeof(*table->items));
	for (uint32_t i = 0; i < count; i++) {
		PyObject *object = read_value(&rest, &table->items[i]);

		if (!object) {
			PyErr_Clear(); /* the error is the damage, whatever the exception */
			return refuse(err, shown, "damaged value");
		}
		table->items[i].object = object;
		table->count++;
	}
	return rest.len ? refuse(err, shown, "more values than its header says") : 0;
}

/* "3.11.2" of PY_VERSION_HEX. */
/* "3.15.0b1" for 0x030f00b1: "Include/patchlevel.h" of CPython. */
static char *version_text(uint32_t hex)
{
	unsigned level = hex >> 4 & 0xf;
	const char *word = level == 0xa ? "a" : level == 0xb ? "b" : "rc";
	autofree char *release = xasprintf(
	    "%u.%u.%u", hex >> 24, hex >> 16 & 0xff, hex >> 8 & 0xff);

	return level == 0xf ? steal(&release) : xasprintf("%s%s%u", release, word, hex & 0xf);
}

static int refuse_version(const struct unit_header *header, const char *shown, struct error **err)
{
	autofree char *theirs = version_text(le32toh(header->python_version));
	autofree char *ours = version_text(PY_VERSION_HEX);

	return fail_at(err, shown, 0, 0, NULL,
	    "unit is for CPython %s with bytecode magic %u, but this kiln embeds %s with %u: "
	    "translate the source again",
	    theirs, le32toh(header->bytecode_magic) & 0xffff, ours, interpreter_magic() & 0xffff);
}

static int check_header(
    const struct unit_header *header, struct slice bytes, const char *shown, struct error **err)
{
	size_t len = sizeof(*header) + UNIT_CHECKSUM;

	if (le16toh(header->version) != UNIT_VERSION)
		return fail_at(err, shown, 0, 0, NULL,
		    "unit has format version %u, but this kiln reads version %d: translate the "
		    "source again",
		    le16toh(header->version), UNIT_VERSION);
	if (le32toh(header->python_version) != PY_VERSION_HEX ||
	    le32toh(header->bytecode_magic) != interpreter_magic())
		return refuse_version(header, shown, err);
	len += (size_t)le32toh(header->origin_len) + le32toh(header->factor_len);
	len += (size_t)le32toh(header->metrics_trap_len) + le32toh(header->values_len);
	len += le32toh(header->nodes_len);
	if (len != bytes.len)
		return refuse(err, shown, bytes.len < len ? "truncated" : "data follows its end");
	if (header->optimize < -1 || header->optimize > 2 || header->check > CHECK_UNCHECKED_HASH ||
	    le32toh(header->features) & ~(uint32_t)INSTRUMENT_ALL)
		return refuse(err, shown, "header is out of range");
	return 0;
}

static int check_sum(struct slice bytes, const char *shown, struct error **err)
{
	size_t len = bytes.len - UNIT_CHECKSUM;
	struct hash hash;

	if (hash_compute(HASH_BLAKE2B, slice_of(bytes.data, len), &hash, err) < 0)
		return -1;
	if (memcmp(hash.bytes, bytes.data + len, UNIT_CHECKSUM) != 0)
		return refuse(err, shown, "checksum does not match");
	return 0;
}

static int read_header(
    struct slice bytes, const char *shown, struct unit_header *ret, struct error **err)
{
	if (bytes.len < sizeof(ret->magic) ||
	    memcmp(bytes.data, unit_magic, sizeof(unit_magic)) != 0)
		return fail_at(err, shown, 0, 0, NULL, "not a unit");
	if (bytes.len < sizeof(*ret) + UNIT_CHECKSUM)
		return refuse(err, shown, "truncated");
	memcpy(ret, bytes.data, sizeof(*ret));
	if (check_header(ret, bytes, shown, err) < 0)
		return -1;
	return check_sum(bytes, shown, err);
}

static int read_facts(const struct unit_header *header, struct slice *rest, const char *shown,
    struct unit_facts *ret, struct error **err)
{
	ret->origin = cut(rest, le32toh(header->origin_len));
	ret->factor = cut(rest, le32toh(header->factor_len));
	ret->metrics_trap = cut(rest, le32toh(header->metrics_trap_len));
	ret->optimize = (int)header->optimize;
	ret->check = header->check;
	ret->instrumentation = le32toh(header->features);
	ret->source.size = le64toh(header->source_size);
	ret->source.mtime = (int64_t)le64toh(header->source_mtime);
	ret->source.siphash = le64toh(header->source_siphash);
	memcpy(ret->source_hash.bytes, header->source_hash, sizeof(header->source_hash));
	if (memchr(ret->origin.data, '\0', ret->origin.len) ||
	    memchr(ret->factor.data, '\0', ret->factor.len) ||
	    memchr(ret->metrics_trap.data, '\0', ret->metrics_trap.len))
		return refuse(err, shown, "a path has a NUL byte");
	return 0;
}

int unit_read(struct slice bytes, const char *shown, struct unit_facts *ret_facts,
    struct tree **ret, struct error **err)
{
	CLEANUP(read_values_release) struct read_values values = {0};
	autofree char *origin = NULL;
	py_owned PyObject *recorded = NULL;
	struct unit_header header = {.version = 0};
	struct slice rest, stored;

	if (read_header(bytes, shown, &header, err) < 0)
		return -1;
	rest = slice_of(bytes.data + sizeof(header), bytes.len - sizeof(header) - UNIT_CHECKSUM);
	if (read_facts(&header, &rest, shown, ret_facts, err) < 0)
		return -1;
	origin = xmemdup0(ret_facts->origin.data, ret_facts->origin.len);
	recorded = python_path(origin);
	if (!recorded)
		return python_fail(err, shown, SLICE_LITERAL(""));
	stored = cut(&rest, le32toh(header.values_len));
	if (read_values(stored, le32toh(header.value_count), shown, &values, err) < 0)
		return -1;
	return tree_from_nodes(origin, recorded, &values.table, rest, ret, err);
}
