/*
 * What tells apart two builds of a program: the build id that the linker made over all that it
 * wrote (the note NT_GNU_BUILD_ID, elf(5)), read where it is in memory.
 */
#ifndef KILN_BASE_BUILD_ID_H
#define KILN_BASE_BUILD_ID_H

#include "base/str.h"

/* The build id of the executable or shared library that has this function, as bytes: they live as
 * long as that is loaded. ERROR_SYSTEM if it has none. */
int build_id_of(void (*function)(void), struct slice *ret, struct error **err);

#endif
