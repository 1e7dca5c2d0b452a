/*
 * The text of templates/_fi_metrics.py, which instrumented modules call.
 */
#ifndef KILN_PYTHON_RUNTIME_SOURCE_H
#define KILN_PYTHON_RUNTIME_SOURCE_H

extern const char runtime_source[];

#endif
