/*
 * Reading images: what is in an image of any form.
 *
 * A directory, a tar archive (plain, gzip, bzip2, xz, zstd), a zip archive (also one that begins
 * with other bytes, as a zip application does), a squashfs (by unsquashfs, if that is installed),
 * or an OCI image: a layout ("oci:DIR[:TAG]"), or one in a tar archive. The form is that of the
 * content, not of the name, except for "oci:".
 *
 * An image is outside data. Nothing is written to the disk, names are confined, links are not
 * followed, sizes are limited, and memory is a few buffers and the list of entries. A fault of one
 * entry is told to the visitor, and reading goes on.
 */
#ifndef KILN_IMAGE_READER_H
#define KILN_IMAGE_READER_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"

enum image_kind { IMAGE_DIRECTORY, IMAGE_FILE, IMAGE_LINK };

struct image_entry {
	enum image_kind kind;
	struct slice path;  /* confined, NUL-terminated, without a slash at its end */
	unsigned mode;	    /* permission bits */
	bool is_empty;	    /* a directory without entries */
	uint64_t size;	    /* of a file */
	int64_t time;	    /* of its last change, seconds */
	const char *target; /* a link's text, else NULL */
	struct hash sha256; /* of a file's content */
	struct hash sha1;   /* the same; zero unless image_reading_options.has_sha1 */
	uint64_t offset;    /* where a file's content begins in a tar archive without compression */
	size_t layer;	    /* that has the entry, from 1; 0 where there are no layers */
	void *data;	    /* the visitor's; NULL at first */
};

/* A file of an OCI image layout. */
struct image_blob {
	const char *digest; /* "sha256:HEX" */
	uint64_t size;
};

/* What was read. Owns all memory that the entries point to. */
struct image_contents {
	const char *path;   /* as given; borrowed */
	const char *form;   /* "directory", "tar", "zip", "squashfs" or "OCI" */
	bool has_zip64_end; /* a zip archive from which zipimport reads since Python 3.13 */
	struct image_entry **entries; /* sorted by path; directories above entries are among them */
	size_t count;
	struct map by_path; /* path -> struct image_entry */
	struct image_blob *blobs;
	size_t blob_count;
	size_t base_layers; /* of an OCI image by kiln: the first layers, which it was put on */
	size_t faults;	    /* that the visitor was told */
	struct arena arena;
};

/*
 * Limits against images that unpack to more than anybody wants: bytes of an entry and of all
 * entries, the number of these, and bytes of their paths, which are kept in memory (with those of
 * directories that have no entry).
 *
 * A wheel is a source, which is unpacked on the way to another image: it may give a number of
 * bytes, and so many for each byte of the file.
 */
#define IMAGE_ENTRY_LIMIT ((uint64_t)1 << 36)
#define IMAGE_TOTAL_LIMIT ((uint64_t)1 << 38)
#define IMAGE_ENTRIES_LIMIT ((size_t)1 << 22)
#define IMAGE_PATHS_LIMIT ((size_t)1 << 29)
#define IMAGE_SOURCE_LIMIT ((uint64_t)1 << 30)
#define IMAGE_SOURCE_RATIO 100

struct image_reading_options {
	/* 0 stands for the default. */
	uint64_t entry_limit;	   /* bytes of one entry, by its header */
	uint64_t total_limit;	   /* bytes of the image, decompressed */
	bool (*interrupted)(void); /* asked between blocks; when true reading fails; or NULL */
	/* Of an OCI image: OS/ARCH[/VARIANT], which one of an index is read; NULL: that of this
	 * machine, or the only one. */
	const char *platform;
	bool has_sha1;	  /* also compute SHA-1, in the same pass */
	bool takes_other; /* also the only image, if it is for another platform */
	bool verifies;	  /* also what need not be read: all blobs below the OCI image, referrers */
};

/*
 * Receives the contents in the order in which they are stored. Members other than `fault` may be
 * NULL. The first three return 0, or -1 with *err, which ends the reading. In an image with layers
 * an entry may be one that a later layer replaces: only those in the contents count in the end.
 */
struct image_visitor {
	/* A file whose content follows; its hash is not known yet. */
	int (*begin)(void *context, struct image_entry *entry, struct error **err);
	/* The next bytes of its content. */
	int (*data)(
	    void *context, struct image_entry *entry, struct slice data, struct error **err);
	/* Its content is complete, and was as long as its header says. */
	int (*end)(void *context, struct image_entry *entry, struct error **err);
	/* A fault of the image, which is taken over: ERROR_INPUT, with "IMAGE/ENTRY" as place. */
	void (*fault)(void *context, struct error *fault);
	void *context;
};

/*
 * Read an image. Faults of entries are told to the visitor: names that are not confined, names
 * that occur twice, a file in the place of a directory, devices, sockets, FIFOs, wrong checksums,
 * an archive that ends early. The entry, or what follows in the archive, is then missing from the
 * contents. Fails if this is no image at all or there is none (ERROR_INPUT), if a limit is
 * exceeded (ERROR_INPUT), and for what the system refuses (ERROR_SYSTEM). *ret must be zeroed, and
 * is to be released in any case.
 */
int image_read(struct image_contents *ret, const char *path,
    const struct image_reading_options *options, const struct image_visitor *visitor,
    struct error **err);

/* Count a fault and tell the visitor of it; the path is that of the entry, empty for the image. */
void image_fault(struct image_contents *contents, const struct image_visitor *visitor,
    struct slice path, const char *format, va_list arguments) error_format(4, 0);

/* The entry of a path, or NULL. */
const struct image_entry *image_find(const struct image_contents *contents, struct slice path);

void image_contents_release(struct image_contents *contents);
#define autocontents CLEANUP(image_contents_release)

/* Whether Python imports from the image as a zip archive. */
bool image_is_zip(const struct image_contents *contents);

#endif
