/*
 * Instrumented modules as they describe themselves: which counters count which areas
 * (docs/formats.rst, "Instrumented modules").
 */
#ifndef KILN_METRICS_INSTRUMENTED_H
#define KILN_METRICS_INSTRUMENTED_H

#include "metrics/measures.h"

/* A DESCRIPTION; it lives as long as the measures. */
struct instrumented {
	struct slice text;
	struct measured *measured; /* the source */
	/* The areas that counter number N counts are those from firsts[N] up to firsts[N + 1]. */
	uint32_t *firsts;
	uint32_t *areas; /* numbers in the source's list */
	size_t counter_count;
	struct slice *elements; /* names */
	size_t element_count;
};

/* What a text with this digest, SHA-256, says. Texts that were read before are only compared.
 * ERROR_INPUT, with `name` as its place, if it is no description, or has another digest. */
const struct instrumented *instrumented_read(struct measures *measures, struct slice digest,
    struct slice text, const char *name, struct error **err);

#endif
