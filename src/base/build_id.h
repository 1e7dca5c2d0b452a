/*
 * The build id of a program, which tells two builds of it apart: the linker computes it over the
 * whole output (note NT_GNU_BUILD_ID, elf(5)).
 */
#ifndef KILN_BASE_BUILD_ID_H
#define KILN_BASE_BUILD_ID_H

#include "base/str.h"

/* The build id, as bytes, of the executable or shared library that contains the function. Valid
 * while that is loaded. ERROR_SYSTEM if there is none. */
int build_id_of(void (*function)(void), struct slice *ret, struct error **err);

/* Append the build id of an executable, as its file has it. ERROR_SYSTEM if it has none or cannot
 * be read. */
int build_id_of_file(const char *path, struct str *ret, struct error **err);

#endif
