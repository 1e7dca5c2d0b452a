/*
 * The embedded CPython: one per process, isolated.
 *
 * It starts in two steps. Parsing and compiling need only the first one. The second one takes as
 * long, and makes streams, codecs and what imports modules: it is done when CPython imports a
 * module or uses a codec for the first time. All Python code runs behind it.
 *
 * No site, no user paths, no environment, no bytecode writing, no signal handlers, UTF-8, a fixed
 * hash seed, and the cyclic garbage collector off. The codecs, `re` and `warnings` are part of the
 * program. What else is imported is of the standard library that CPython was built for: shared
 * modules of the codecs of East Asia, and categories that PYTHONWARNINGS names. A process may be
 * forked while it runs.
 */
#ifndef KILN_PYTHON_INTERPRETER_H
#define KILN_PYTHON_INTERPRETER_H

#include "base/str.h"

/* Start the interpreter; once per process. */
int interpreter_start(struct error **err);

/* Start the interpreter unless it runs. */
int interpreter_need(struct error **err);

/* Stop the interpreter and release its memory. Allowed when it was not started. Without the second
 * step CPython cannot be stopped, and goes on. */
void interpreter_stop(void);

/* Limit the digits of a decimal number in a source, or of one that is shown
 * (sys.set_int_max_str_digits()); 0 for no limit. CPython accepts no limit from 1 to DIGITS_LEAST -
 * 1. The limit holds from now on, for this process and those that it forks. */
#define DIGITS_DEFAULT 4300
#define DIGITS_LEAST 640
void interpreter_limit_digits(int digits);
int interpreter_digits(void);

/* Take the limit from PYTHONINTMAXSTRDIGITS, if that is set, as CPython does. False if CPython
 * would not start with its value. */
bool interpreter_take_digits(void);

/* Append sys.path of a `python3 -m` of the embedded version that is started here, each path ended
 * by a NUL. */
int interpreter_search_path(struct str *ret, struct error **err);

/* "3.11.2" */
const char *interpreter_version(void);

/* "3.11" */
const char *interpreter_short_version(void);

/* Whether zipimport of this version reads zips of more than 4 GiB or 65,535 entries. */
bool interpreter_reads_zip64(void);

/* The interpreter's name in bytecode files (sys.implementation.cache_tag): "cpython-311". */
const char *interpreter_cache_tag(void);

/* The name of the interpreter in variants: "cpython311". */
const char *interpreter_variant(void);

/* The directory of the embedded CPython's headers, for extension modules; it may be missing. */
const char *interpreter_include(void);

/* The build id of the program or library that contains CPython (base/build_id.h): this program's if
 * CPython is linked in. */
int interpreter_build_id(struct slice *ret, struct error **err);

/* The magic number of its bytecode files, as their first four bytes in little-endian order. */
uint32_t interpreter_magic(void);

/* The number of blocks that Python's allocator has handed out: equal before and after work that
 * leaks no object. */
size_t interpreter_blocks(void);

/*
 * Be CPython's `python3 -I -m py_compile` for one source, in a process of its own that has not
 * started the interpreter: write to `output` the marshalled code object that it would store for
 * `source` under the name `recorded` at optimization level 0, 1 or 2. The one place where CPython's
 * own marshal is used. The result depends on CPython's state as that of a fresh process does.
 * `scratch` is the absolute path of a private directory for temporary files; when this fails, some
 * may be left in it.
 */
int interpreter_reference(const char *recorded, struct slice source, int optimize,
    const char *scratch, struct str *output, struct error **err);

/* Fail with ERROR_SYSTEM if CPython's standard library is not installed, which
 * interpreter_reference() reads. */
int interpreter_check_reference(struct error **err);

#endif
