/*
 * The path that bytecode records, as -d, -s and -p make it of a source's path.
 */
#ifndef KILN_COMPILEALL_RECORDED_PATH_H
#define KILN_COMPILEALL_RECORDED_PATH_H

#include "compileall/compile_file.h"

/* Append the path; nothing if that is the source's own. Fails if -s leaves nothing. */
int recorded_path_add(struct str *ret, const struct compile_file *file, struct error **err);

/* Whether -s applies to the source: in newer versions only if it is a whole prefix of the path. */
bool recorded_path_is_stripped(const struct compile_file *file);

#endif
