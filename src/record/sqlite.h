/*
 * SQLite, loaded on demand: only docsets need it, and loading it takes time at each start.
 */
#ifndef KILN_RECORD_SQLITE_H
#define KILN_RECORD_SQLITE_H

#include <sqlite3.h>

#include "base/error.h"

#define SQLITE_FUNCTIONS(X)   \
	X(sqlite3_bind_text)  \
	X(sqlite3_close)      \
	X(sqlite3_errmsg)     \
	X(sqlite3_exec)       \
	X(sqlite3_finalize)   \
	X(sqlite3_free)       \
	X(sqlite3_open_v2)    \
	X(sqlite3_prepare_v2) \
	X(sqlite3_reset)      \
	X(sqlite3_serialize)  \
	X(sqlite3_step)

struct sqlite {
#define SQLITE_MEMBER(name) __typeof__(&name) name;
	SQLITE_FUNCTIONS(SQLITE_MEMBER)
#undef SQLITE_MEMBER
};

/* Load it; NULL with ERROR_SYSTEM if it is not there. */
const struct sqlite *sqlite_load(struct error **err);

#endif
