#include "record/docset.h"

#include <limits.h>

#include "base/markup.h"
#include "record/sqlite.h"
#include "record/write_html.h"

#define DOCUMENTS "Contents/Resources/Documents/"

/* The types of entries that Dash knows: https://kapeli.com/docsets#supportedentrytypes. */
static const char *entry_type(const struct site_element *element)
{
	bool is_member = element->parent && element->parent->parent;

	switch (element->type) {
	case ELEMENT_MODULE:
		return element->factor->is_package ? "Package" : "Module";
	case ELEMENT_CLASS:
		return "Class";
	case ELEMENT_FUNCTION:
		return is_member ? "Method" : "Function";
	case ELEMENT_METHOD:
	case ELEMENT_ABSTRACTMETHOD:
	case ELEMENT_CLASSMETHOD:
	case ELEMENT_STATICMETHOD:
		return "Method";
	case ELEMENT_PROPERTY:
	case ELEMENT_ABSTRACTPROPERTY:
		return "Property";
	case ELEMENT_DATA:
		return is_member ? "Attribute" : "Variable";
	case ELEMENT_FIELD:
		return "Attribute";
	default:
		return NULL;
	}
}

/* The database while it is made. */
struct database {
	const struct sqlite *sqlite;
	sqlite3 *connection;
	sqlite3_stmt *insert;
};

static void database_close(struct database *database)
{
	if (!database->sqlite)
		return;
	(void)database->sqlite->sqlite3_finalize(database->insert);  /* repeats an error */
	(void)database->sqlite->sqlite3_close(database->connection); /* nothing is open in it */
}

/* In memory nothing but memory can be missing. */
static int fail_database(const struct database *database, struct error **err)
{
	return fail(err, ERROR_SYSTEM, "cannot write the index of the docset: %s",
	    database->connection ? database->sqlite->sqlite3_errmsg(database->connection)
				 : "out of memory");
}

static int database_open(struct database *database, struct error **err)
{
	static const char schema[] =
	    "CREATE TABLE searchIndex(id INTEGER PRIMARY KEY, name TEXT, type TEXT, path TEXT);"
	    "CREATE UNIQUE INDEX anchor ON searchIndex (name, type, path);";
	static const char insert[] =
	    "INSERT OR IGNORE INTO searchIndex(name, type, path) VALUES (?, ?, ?)";

	database->sqlite = sqlite_load(err);
	if (!database->sqlite)
		return -1;
	if (database->sqlite->sqlite3_open_v2(":memory:", &database->connection,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK ||
	    database->sqlite->sqlite3_exec(database->connection, schema, NULL, NULL, NULL) !=
		SQLITE_OK ||
	    database->sqlite->sqlite3_prepare_v2(
		database->connection, insert, sizeof(insert), &database->insert, NULL) != SQLITE_OK)
		return fail_database(database, err);
	return 0;
}

static bool bind(const struct database *database, int number, struct slice text)
{
	return text.len <= INT_MAX && database->sqlite->sqlite3_bind_text(database->insert, number,
					  text.data, (int)text.len, SQLITE_STATIC) == SQLITE_OK;
}

static int add_row(const struct database *database, struct slice name, const char *type,
    struct slice path, struct error **err)
{
	if (!bind(database, 1, name) || !bind(database, 2, slice_c(type)) ||
	    !bind(database, 3, path) ||
	    database->sqlite->sqlite3_step(database->insert) != SQLITE_DONE ||
	    database->sqlite->sqlite3_reset(database->insert) != SQLITE_OK)
		return fail_database(database, err);
	return 0;
}

/* An element has the name by which programs know it. */
static int add_element(
    const struct database *database, const struct site_element *element, struct error **err)
{
	const char *type = entry_type(element);
	autostr struct str name = STR_INIT;
	autostr struct str path = STR_INIT;

	if (!type || !element->is_public || !site_is_first(element))
		return 0;
	str_add_slice(&name, element->public.len ? element->public : element->factor->name);
	if (!element->public.len && element->path.len) {
		str_addc(&name, '.');
		str_add_slice(&name, element->path);
	}
	html_site_url(
	    &path, SLICE_LITERAL("index.html"), element->home.factor->place, element->home.anchor);
	return add_row(database, str_slice(&name), type, str_slice(&path), err);
}

static int fill(const struct database *database, const struct site_index *index, struct error **err)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct site_factor *factor = index->factors[i];

		for (size_t j = 0; j < factor->count; j++) {
			if (add_element(database, &factor->elements[j], err) < 0)
				return -1;
		}
	}
	return 0;
}

static int write_database(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	CLEANUP(database_close) struct database database = {NULL};
	sqlite3_int64 size;
	unsigned char *bytes;
	int result;

	if (database_open(&database, err) < 0 || fill(&database, site->index, err) < 0)
		return -1;
	bytes = database.sqlite->sqlite3_serialize(database.connection, "main", &size, 0);
	if (!bytes)
		return fail_database(&database, err);
	result = record_output_put(output, SLICE_LITERAL("Contents/Resources/docSet.dsidx"),
	    slice_of((const char *)bytes, (size_t)size), err);
	database.sqlite->sqlite3_free(bytes);
	return result;
}

static void add_string(struct str *ret, const char *key, struct slice value)
{
	str_addf(ret, "\t<key>%s</key>\n\t<string>", key);
	markup_add(ret, value, false);
	str_adds(ret, "</string>\n");
}

/* The identifier of a bundle has letters, digits, dots and hyphens. */
static void add_identifier(struct str *ret, struct slice title)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < title.len; i++) {
		char c = title.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		str_addc(
		    &text, (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ? c : '-');
	}
	add_string(ret, "CFBundleIdentifier", str_slice(&text));
	add_string(ret, "DocSetPlatformFamily", str_slice(&text));
}

static int write_plist(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	struct slice title = site->settings->site.title;
	autostr struct str text = STR_INIT;

	str_adds(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
			"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
			"<plist version=\"1.0\">\n<dict>\n");
	add_identifier(&text, title);
	add_string(&text, "CFBundleName", title);
	if (site->settings->site.version.len)
		add_string(&text, "CFBundleShortVersionString", site->settings->site.version);
	add_string(&text, "dashIndexFilePath", SLICE_LITERAL("index.html"));
	str_adds(&text, "\t<key>isDashDocset</key>\n\t<true/>\n"
			"\t<key>isJavaScriptEnabled</key>\n\t<true/>\n</dict>\n</plist>\n");
	return record_output_put(
	    output, SLICE_LITERAL("Contents/Info.plist"), str_slice(&text), err);
}

/* Write what a site has, below Documents. */
static int write_page(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	int result;

	output->prefix = DOCUMENTS;
	result = record_writer_html.page(page, output, err);
	output->prefix = NULL;
	return result;
}

static int write_site(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	int result;

	output->prefix = DOCUMENTS;
	result = record_writer_html.site(site, output, err);
	output->prefix = NULL;
	if (result < 0)
		return -1;
	return write_plist(site, output, err) < 0 ? -1 : write_database(site, output, err);
}

const struct record_writer record_writer_docset = {
    .name = "docset", .is_at_home = true, .page = write_page, .site = write_site};
