/*
 * Where the bytes of an archive go, one after the other: into a file, a digest, a compressor.
 */
#ifndef KILN_IMAGE_SINK_H
#define KILN_IMAGE_SINK_H

#include "base/str.h"

struct sink {
	/* Take all of `data`, or fail. */
	int (*write)(void *context, struct slice data, struct error **err);
	void *context;
};

static inline int sink_write(struct sink sink, struct slice data, struct error **err)
{
	return sink.write(sink.context, data, err);
}

#endif
