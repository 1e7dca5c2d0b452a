/*
 * The runtime that instrumented modules carry (templates/_fi_metrics.py), as marshalled code of the
 * embedded CPython. version/carried.py makes it when kiln is built.
 */
#ifndef KILN_PYTHON_CARRIED_H
#define KILN_PYTHON_CARRIED_H

#include <stddef.h>

extern const unsigned char carried_runtime[];
extern const size_t carried_runtime_size;

#endif
