/*
 * Any documents as index, manifest and config of a base, and of images that are joined: what is
 * accepted gives a config that is JSON.
 */
#include <sys/stat.h>

#include "fuzz.h"
#include "image/oci_config.h"
#include "image/oci_join.h"

#define DOCUMENTS 9

static char layout[sizeof("/tmp/kiln-fuzz-oci-XXXXXX")]; /* removed after each run */

static void put(const char *name, struct slice data)
{
	autofree char *path = xasprintf("%s/%s", layout, name);

	fuzz_assert(file_replace(place_at(path), data, 0600, FILE_OVER, NULL) == 0);
}

static void make_layout(void)
{
	static const char *const directories[] = {"blobs", "blobs/sha256"};

	strcpy(layout, "/tmp/kiln-fuzz-oci-XXXXXX");
	fuzz_assert(mkdtemp(layout));
	for (size_t i = 0; i < 2; i++) {
		autofree char *path = xasprintf("%s/%s", layout, directories[i]);

		fuzz_assert(mkdir(path, 0700) == 0);
	}
	put("oci-layout", SLICE_LITERAL("{\"imageLayoutVersion\":\"1.0.0\"}"));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* Write a document as a blob, and set its reference: digest and size. */
static void put_blob(struct slice data, struct str *ret_reference)
{
	struct oci_digest digest;
	struct hash hash;
	autofree char *name = NULL;

	fuzz_assert(hash_compute(HASH_SHA256, data, &hash, NULL) == 0);
	oci_digest_set(&digest, &hash);
	name = xasprintf("blobs/sha256/%s", digest.text + strlen("sha256:"));
	put(name, data);
	str_addf(ret_reference, "\"digest\":\"%s\",\"size\":%zu", digest.text, data.len);
}

/* Append a document with references in place of "@N". */
static void add_document(struct slice text, const struct str references[DOCUMENTS], struct str *ret)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_reference = text.data[i] == '@' && i + 1 < text.len &&
				    text.data[i + 1] >= '0' && text.data[i + 1] < '0' + DOCUMENTS;

		if (is_reference)
			str_add_slice(ret, str_slice(&references[text.data[++i] - '0']));
		else
			str_addc(ret, text.data[i]);
	}
}

static void open_base(void)
{
	autobase struct oci_base base = OCI_BASE_INIT;
	autofree char *reference = xasprintf("oci:%s", layout);
	const struct oci_start start = {0};
	const struct oci_settings settings = {.prefix = "/app", .start = &start};
	const struct oci_layers layers = {0};
	autostr struct str text = STR_INIT;
	struct json *config;

	if (oci_base_open(&base, reference, NULL, NULL) < 0)
		return;
	oci_config_write(&settings, &base.platform, &base, &layers, 0, &text);
	config = json_parse(str_slice(&text), "config", text.len, NULL);
	fuzz_assert(config);
	json_free(config);
}

static void join(void)
{
	CLEANUP(oci_join_release) struct oci_join joined = {0};
	autofree char *reference = xasprintf("oci:%s", layout);
	const char *const names[] = {reference, reference, NULL};

	if (oci_join_open(&joined, names, NULL) == 0)
		fuzz_assert(joined.count == 2);
}

/* The input is documents with lines of "--" between them. Each may refer to those before it; the
 * last is index.json. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size);
	struct str references[DOCUMENTS] = {{0}};
	autostr struct str document = STR_INIT;

	make_layout();
	for (size_t i = 0; i < DOCUMENTS && rest.data; i++) {
		const char *end = memmem(rest.data, rest.len, "\n--\n", 4);
		struct slice part = slice_of(rest.data, end ? (size_t)(end - rest.data) : rest.len);

		rest = end ? slice_of(end + 4, rest.len - part.len - 4) : slice_of(NULL, 0);
		str_truncate(&document, 0);
		add_document(part, references, &document);
		put_blob(str_slice(&document), &references[i]);
	}
	put("index.json", str_slice(&document));
	open_base();
	join();
	fuzz_assert(tree_remove(place_at(layout), NULL) == 0);
	for (size_t i = 0; i < DOCUMENTS; i++)
		str_release(&references[i]);
	return 0;
}
