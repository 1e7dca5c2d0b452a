#include "image/compress.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

#include "image/libarchive.h"

/* How many bytes libarchive hands on at once. */
#define OUTPUT_SIZE ((size_t)128 * 1024)

/* A thread of zstd needs up to 60 MB of memory. */
#define THREADS_MAX 16

/* zstd's bytes are the same for each number of threads but 0, which is no thread of its own. xz's
 * are of one thread: with two and more, xz cuts the content into blocks. */
static const struct {
	enum image_form form;
	const char *options; /* libarchive's default for what is not set */
} settings[] = {
    {FORM_TAR_GZ, "gzip:compression-level=6,gzip:!timestamp"},
    {FORM_TAR_XZ, "xz:compression-level=6,xz:threads=1"},
    {FORM_TAR_ZST, "zstd:compression-level=10"},
    {FORM_TAR_BZ2, "bzip2:compression-level=9"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(*settings))

struct compressor {
	const char *name;
	struct sink sink;
	const struct libarchive *library;
	struct archive *archive;
	enum image_form form;
	unsigned threads; /* that the archive was begun with */
	bool has_begun_again;
	bool has_content;    /* some was written */
	bool opened;	     /* the archive is begun and not complete */
	struct error *error; /* why writing failed; checked after each call */
};

const char *compressor_settings(enum image_form form)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (settings[i].form == form)
			return settings[i].options;
	return NULL;
}

bool compressor_is_for(enum image_form form)
{
	return compressor_settings(form);
}

static void *run_nothing(void *context)
{
	return context;
}

/* Why no thread can be started; 0 if one can. */
static int thread_problem(void)
{
	pthread_t thread;
	int problem = pthread_create(&thread, NULL, run_nothing, NULL);

	if (!problem)
		(void)pthread_join(thread, NULL); /* fails for no thread that was just made */
	return problem;
}

static int fail_compressor(struct compressor *compressor, struct error **err)
{
	const char *reason = compressor->library->archive_error_string(compressor->archive);
	int problem;

	if (compressor->error)
		return fail_with(err, steal(&compressor->error));
	/* zstd takes a thread that does not start for a lack of memory. */
	problem = compressor->form == FORM_TAR_ZST ? thread_problem() : 0;
	if (problem)
		return fail_errno(
		    err, problem, "cannot compress '%s': cannot start a thread", compressor->name);
	return fail(err, ERROR_SYSTEM, "cannot compress '%s': %s", compressor->name,
	    reason ? reason : "libarchive failed");
}

/* libarchive's callback. Keeps the first error, and from then on accepts and drops all data: a
 * filter that sees an error does not release its memory. Callers of libarchive check for the error
 * afterwards. */
static la_ssize_t write_block(struct archive *archive, void *context, const void *block, size_t len)
{
	struct compressor *compressor = context;

	(void)archive;
	if (!compressor->error)
		(void)sink_write(compressor->sink, slice_of(block, len), &compressor->error);
	return (la_ssize_t)len;
}

static int add_filter(const struct compressor *compressor, enum image_form form)
{
	const struct libarchive *library = compressor->library;

	switch (form) {
	case FORM_TAR_GZ:
		return library->archive_write_add_filter_gzip(compressor->archive);
	case FORM_TAR_XZ:
		return library->archive_write_add_filter_xz(compressor->archive);
	case FORM_TAR_ZST:
		return library->archive_write_add_filter_zstd(compressor->archive);
	default:
		return library->archive_write_add_filter_bzip2(compressor->archive);
	}
}

/* Anything else than ARCHIVE_OK is refused: libarchive would start a program (ARCHIVE_WARN). */
static bool set_filter(const struct compressor *compressor)
{
	const struct libarchive *library = compressor->library;
	enum image_form form = compressor->form;
	autofree char *count = xasprintf("%u", compressor->threads);

	return library->archive_write_set_format_raw(compressor->archive) == ARCHIVE_OK &&
	       add_filter(compressor, form) == ARCHIVE_OK &&
	       library->archive_write_set_options(compressor->archive, compressor_settings(form)) ==
		   ARCHIVE_OK &&
	       (form != FORM_TAR_ZST ||
		   library->archive_write_set_filter_option(
		       compressor->archive, "zstd", "threads", count) == ARCHIVE_OK) &&
	       library->archive_write_set_bytes_per_block(compressor->archive, OUTPUT_SIZE) ==
		   ARCHIVE_OK &&
	       library->archive_write_set_bytes_in_last_block(compressor->archive, 1) == ARCHIVE_OK;
}

/* Begin the one entry of the format "raw", whose data are all there is. */
static bool begin(struct compressor *compressor)
{
	const struct libarchive *library = compressor->library;
	struct archive_entry *entry;
	bool done;

	if (library->archive_write_open2(
		compressor->archive, compressor, NULL, write_block, NULL, NULL) != ARCHIVE_OK)
		return false;
	compressor->opened = true;
	entry = library->archive_entry_new();
	library->archive_entry_set_filetype(entry, AE_IFREG);
	done = library->archive_write_header(compressor->archive, entry) == ARCHIVE_OK;
	library->archive_entry_free(entry);
	return done;
}

static int open_archive(struct compressor *compressor, struct error **err)
{
	compressor->archive = compressor->library->archive_write_new();
	if (!compressor->archive)
		return fail_errno(err, ENOMEM, "cannot compress '%s'", compressor->name);
	if (!set_filter(compressor) || !begin(compressor))
		return fail_compressor(compressor, err);
	return 0;
}

/* Give up what is incomplete. */
static void close_archive(struct compressor *compressor)
{
	const struct libarchive *library = compressor->library;

	if (compressor->opened) {
		/* Closing releases the filter. With an error its last bytes go nowhere. */
		if (!compressor->error)
			(void)fail(&compressor->error, ERROR_SYSTEM, "given up"); /* always -1 */
		library->archive_write_fail(compressor->archive);
		(void)library->archive_write_close(compressor->archive); /* nobody reads it */
	}
	library->archive_write_free(compressor->archive);
	compressor->opened = false;
	compressor->archive = NULL;
	error_free(steal(&compressor->error));
}

struct compressor *compressor_new(
    enum image_form form, unsigned threads, const char *name, struct sink sink, struct error **err)
{
	const struct libarchive *library = libarchive_load(err);
	CLEANUP(compressor_cleanup) struct compressor *compressor = NULL;

	assert(compressor_is_for(form) && threads);
	if (!library)
		return NULL;
	compressor = xcalloc(1, sizeof(*compressor));
	*compressor = (struct compressor){.name = name,
	    .sink = sink,
	    .library = library,
	    .form = form,
	    .threads = threads < THREADS_MAX ? threads : THREADS_MAX};
	if (open_archive(compressor, err) < 0)
		return NULL;
	return steal(&compressor);
}

/* Begin again, once, with one thread of zstd, which gives the same bytes, if the first write could
 * not start all of them. False if that is not so. */
static bool begins_again(struct compressor *compressor)
{
	autoerror struct error *error = NULL; /* the caller reports what is wrong */

	if (compressor->form != FORM_TAR_ZST || compressor->has_begun_again ||
	    compressor->has_content || compressor->error)
		return false;
	close_archive(compressor);
	compressor->has_begun_again = true;
	compressor->threads = 1;
	return open_archive(compressor, &error) == 0;
}

int compressor_write(void *context, struct slice data, struct error **err)
{
	struct compressor *compressor = context;

	while (data.len > 0) {
		la_ssize_t done = compressor->library->archive_write_data(
		    compressor->archive, data.data, data.len);

		if ((done <= 0 || compressor->error) && begins_again(compressor))
			continue;
		if (done <= 0 || compressor->error)
			return fail_compressor(compressor, err);
		compressor->has_content = true;
		data = slice_of(data.data + done, data.len - (size_t)done);
	}
	return 0;
}

int compressor_finish(struct compressor *compressor, struct error **err)
{
	int result = compressor->library->archive_write_close(compressor->archive);

	if (result != ARCHIVE_OK || compressor->error)
		return fail_compressor(compressor, err);
	compressor->opened = false;
	return 0;
}

void compressor_free(struct compressor *compressor)
{
	if (!compressor)
		return;
	close_archive(compressor);
	free(compressor);
}
