/*
 * libarchive, loaded on demand.
 *
 * If it were linked, its dozen libraries would be loaded at each start of the program, which takes
 * longer than compiling a small source. Most runs write no archive.
 */
#ifndef KILN_IMAGE_LIBARCHIVE_H
#define KILN_IMAGE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"

#define LIBARCHIVE_FUNCTIONS(X)                     \
	X(archive_entry_clear)                      \
	X(archive_entry_copy_pathname)              \
	X(archive_entry_copy_symlink)               \
	X(archive_entry_filetype)                   \
	X(archive_entry_free)                       \
	X(archive_entry_mtime)                      \
	X(archive_entry_new)                        \
	X(archive_entry_pathname)                   \
	X(archive_entry_perm)                       \
	X(archive_entry_set_filetype)               \
	X(archive_entry_set_gid)                    \
	X(archive_entry_set_mtime)                  \
	X(archive_entry_set_perm)                   \
	X(archive_entry_set_size)                   \
	X(archive_entry_set_uid)                    \
	X(archive_entry_size)                       \
	X(archive_entry_size_is_set)                \
	X(archive_entry_symlink)                    \
	X(archive_errno)                            \
	X(archive_error_string)                     \
	X(archive_filter_bytes)                     \
	X(archive_filter_code)                      \
	X(archive_read_data)                        \
	X(archive_read_free)                        \
	X(archive_read_new)                         \
	X(archive_read_next_header)                 \
	X(archive_read_open)                        \
	X(archive_read_open1)                       \
	X(archive_read_open_fd)                     \
	X(archive_read_set_callback_data)           \
	X(archive_read_set_read_callback)           \
	X(archive_read_set_seek_callback)           \
	X(archive_read_support_filter_bzip2)        \
	X(archive_read_support_filter_gzip)         \
	X(archive_read_support_filter_xz)           \
	X(archive_read_support_filter_zstd)         \
	X(archive_read_support_format_empty)        \
	X(archive_read_support_format_raw)          \
	X(archive_read_support_format_tar)          \
	X(archive_read_support_format_zip_seekable) \
	X(archive_set_error)                        \
	X(archive_version_details)                  \
	X(archive_version_string)                   \
	X(archive_write_add_filter_bzip2)           \
	X(archive_write_add_filter_gzip)            \
	X(archive_write_add_filter_none)            \
	X(archive_write_add_filter_xz)              \
	X(archive_write_add_filter_zstd)            \
	X(archive_write_close)                      \
	X(archive_write_data)                       \
	X(archive_write_fail)                       \
	X(archive_write_free)                       \
	X(archive_write_header)                     \
	X(archive_write_new)                        \
	X(archive_write_open2)                      \
	X(archive_write_set_bytes_in_last_block)    \
	X(archive_write_set_bytes_per_block)        \
	X(archive_write_set_filter_option)          \
	X(archive_write_set_format_option)          \
	X(archive_write_set_format_pax_restricted)  \
	X(archive_write_set_format_raw)             \
	X(archive_write_set_options)

/* Each function under its own name. */
struct libarchive {
#define LIBARCHIVE_MEMBER(name) __typeof__(name) *name;
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_MEMBER)
#undef LIBARCHIVE_MEMBER
};

/* Load libarchive unless it is loaded. NULL with ERROR_SYSTEM if it is not installed. */
const struct libarchive *libarchive_load(struct error **err);

/* Once a function has failed: whether the system refused something, such as memory. Then *err is
 * set; `path` (may be NULL) is what was read. Else the archive is at fault, and
 * libarchive_reason() says how. */
bool libarchive_is_refused(const struct libarchive *library, struct archive *archive,
    const char *path, struct error **err);

/* The library's words, which are the archive's; never NULL. */
const char *libarchive_reason(const struct libarchive *library, struct archive *archive);

#endif
