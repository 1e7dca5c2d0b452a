/*
 * Bytecode files: the marshal writer, headers, names, and a check for completeness.
 *
 * Marshal format 4 (CPython Python/marshal.c; no PEP) is written from values alone, so that the
 * bytes do not depend on reference counts, interned strings or hash seeds: see docs/formats.rst.
 * Headers: PEP 552. Names: PEP 3147 and PEP 488.
 */
#ifndef KILN_PYTHON_BYTECODE_H
#define KILN_PYTHON_BYTECODE_H

#include "base/str.h"
#include "python/tree.h"

/* The deepest nesting of objects: CPython's MAX_MARSHAL_STACK_DEPTH. */
#define MARSHAL_DEPTH_LIMIT 2000

/* What a loader verifies. */
enum check {
	CHECK_NEVER,	      /* no header: the bare code object */
	CHECK_TIME,	      /* modification time and size of the source */
	CHECK_HASH,	      /* the source's hash, verified at import */
	CHECK_UNCHECKED_HASH, /* the source's hash, not verified */
};

/* Parse a word: never, time, hash, unchecked-hash. False for any other. */
bool check_of_word(struct slice word, enum check *ret);

/* The content of a header; members that the check does not need are ignored. */
struct pyc_source {
	int64_t mtime;	  /* seconds; cut to 32 bits */
	uint64_t size;	  /* bytes; cut to 32 bits */
	uint64_t siphash; /* source_siphash() */
};

/* Append the header: 16 bytes, none for CHECK_NEVER. */
void pyc_add_header(struct str *ret, enum check check, const struct pyc_source *source);

/* A header that was read. */
struct pyc_header {
	enum check check; /* never CHECK_NEVER */
	unsigned magic;	  /* the number of the version of bytecode */
	const char *tag;  /* of the CPython that has this magic number: "cpython-313" */
	struct pyc_source source;
};

#define PYC_HEADER_SIZE 16

/* Read the header of a bytecode file. Returns NULL, or what is wrong: too short, the magic number
 * of no release of CPython since 3.8, unknown flags. */
const char *pyc_read_header(struct slice bytes, struct pyc_header *ret);

/* The hashes that bytecode of each release since CPython 3.11 has for one source. */
#define PYC_HASHES 5
struct pyc_hashes {
	uint64_t items[PYC_HASHES];
};

void pyc_hash_source(struct slice source, struct pyc_hashes *ret);

/* Whether a header with a hash is that of bytecode of this source. True for a release before 3.11,
 * whose hash this program does not compute. */
bool pyc_is_of_source(const struct pyc_header *header, const struct pyc_hashes *hashes);

/* Whether code_is_complete() knows the code objects of a magic number: those since 3.11. */
bool pyc_is_walked(unsigned magic);

/* Append the name of a source's bytecode at a level, without `.pyc`; `tag` is that of the
 * interpreter, as interpreter_cache_tag(): `m.py` gives `m.cpython-311`,
 * and `m.cpython-311.opt-1` and `m.cpython-311.opt-2` for levels 1 and 2. Takes names apart as
 * importlib.util.cache_from_source() does, even names that no module has. */
void pyc_add_name(struct str *ret, struct slice name, const char *tag, int optimize);

/* Append the path of a source's bytecode at a level: `a/m.py` gives
 * `a/__pycache__/m.cpython-311.pyc`. */
void pyc_add_path(struct str *ret, struct slice source, const char *tag, int optimize);

/* Append the code object in marshal format. ERROR_INPUT if it is nested too deeply, as CPython's
 * writer would fail. */
int code_marshal(const struct code *code, struct str *ret, struct error **err);

/* Whether bytes are exactly one code object in marshal format, and not truncated, extended or
 * zeroed. Any bytes may be given. Types, sizes, depth and the numbers of references are checked as
 * CPython's r_object() does, in linear time and without making objects; the content of numbers and
 * text is not checked. */
bool code_is_complete(struct slice bytes);

#endif
