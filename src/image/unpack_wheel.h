/*
 * Unpacking wheels: what installing one would put into a directory.
 *
 * Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/. The
 * directory becomes what site-packages gets, with scripts in bin/ and headers in include/NAME/; of
 * NAME-VERSION.data, `purelib`, `platlib` and `data` are the directory itself. INSTALLER says that
 * kiln installed it, and RECORD is written anew; signatures of RECORD are left out.
 */
#ifndef KILN_IMAGE_UNPACK_WHEEL_H
#define KILN_IMAGE_UNPACK_WHEEL_H

#include "base/str.h"

/*
 * Unpack the wheel at `path` into the directory `root`, which is empty and private. Nothing is
 * written elsewhere: a name that is absolute, has "..", or differs from that of another entry in
 * nothing is refused, and so are links and devices.
 *
 * ERROR_INPUT, with "PATH: MEMBER" as the place where a member is at fault: the file is no wheel by
 * its name or content; a member is larger than the directory of the zip says, or the wheel than the
 * limits of reader.h; RECORD lacks a member or has another digest; the dist-info is of another
 * distribution than the file's name. The directory may then have some of the files.
 */
int wheel_unpack(const char *path, int root, struct error **err);

#endif
