#include "inspect/bills.h"

#include "base/array.h"
#include "base/path.h"
#include "distribution/name.h"

/* The bills while they are read. */
struct merging {
	const struct inspection *inspection;
	const struct packages *packages;
	struct bills *bills;
	struct map nodes; /* id of a part or distribution, package URL of one -> node + 1 */
	size_t capacity, link_capacity, list_capacity;
	void (*warning)(void *context, struct error *note);
	void *context;
};

bool bills_is_bill(const struct package *package, struct slice path)
{
	struct slice rest;

	return package->is_distribution && path_below(path, package->directory, &rest) &&
	       slice_starts(rest, SLICE_LITERAL("sboms/"));
}

void bills_add_id(struct str *ret, const struct package *package)
{
	package_add_purl(ret, package);
	str_addc(ret, '#');
	str_add_slice(ret, package->directory);
}

static struct slice kept(struct merging *merging, const struct str *text)
{
	return arena_slice(&merging->bills->arena, str_slice(text));
}

/* Give a name to a node, unless another node has it. */
static void name_node(struct merging *merging, const struct str *name, size_t node)
{
	void **place = map_at(&merging->nodes, kept(merging, name));

	if (!*place)
		*place = (void *)(uintptr_t)(node + 1);
}

static void name_distributions(struct merging *merging)
{
	for (size_t i = 0; i < merging->packages->count; i++) {
		const struct package *package = &merging->packages->items[i];
		autostr struct str purl = STR_INIT, id = STR_INIT;

		if (!package->is_distribution)
			continue;
		package_add_purl(&purl, package);
		bills_add_id(&id, package);
		name_node(merging, &purl, i);
		name_node(merging, &id, i);
	}
}

/* Append a package URL as distributions have theirs here: the name normalized, as writers differ in
 * that, and without what follows the version, which tells of which file. Another one stays. */
static void add_plain_purl(struct str *ret, struct slice purl)
{
	struct slice prefix = SLICE_LITERAL("pkg:pypi/"), rest;
	size_t len = 0;

	if (!slice_starts(purl, prefix)) {
		str_add_slice(ret, purl);
		return;
	}
	rest = slice_from(purl, prefix.len);
	while (len < rest.len && rest.data[len] != '?' && rest.data[len] != '#')
		len++;
	rest.len = len;
	for (len = 0; len < rest.len && rest.data[len] != '@';)
		len++;
	str_add_slice(ret, prefix);
	distribution_add_normalized(ret, slice_of(rest.data, len));
	str_add(ret, rest.data + len, rest.len - len);
}

/* Whether a part is the distribution itself that brings the bill: without a package URL it has its
 * name, and no other version. */
static bool is_itself(const struct package *package, const struct bill_part *part)
{
	autostr struct str own = STR_INIT, other = STR_INIT;

	if (part->purl.len || part->group.len)
		return false;
	distribution_add_normalized(&own, package->name);
	distribution_add_normalized(&other, slice_c(part->name));
	return slice_equal(str_slice(&own), str_slice(&other)) &&
	       (!part->version.len || slice_equal(part->version, package->version));
}

static size_t add_part(struct merging *merging, const struct bill_part *part, struct slice id)
{
	struct bills *bills = merging->bills;

	if (bills->count == merging->capacity) {
		merging->capacity = merging->capacity ? 2 * merging->capacity : 32;
		bills->parts = xreallocarray(
		    bills->parts, merging->capacity, sizeof(*bills->parts));
	}
	bills->parts[bills->count] = (struct bills_part){part, id};
	return merging->packages->count + bills->count++;
}

/* The node of part `index` of a bill that the package brings. */
static size_t find_node(struct merging *merging, const struct bill *bill, size_t index,
    size_t package, struct slice path)
{
	const struct bill_part *part = &bill->parts[index];
	autostr struct str id = STR_INIT;
	struct slice key;
	size_t node;

	if (is_itself(&merging->packages->items[package], part))
		return package;
	if (part->purl.len) {
		add_plain_purl(&id, part->purl);
	} else {
		str_add_slice(&id, path);
		str_addc(&id, '#');
		if (part->reference.len)
			str_add_slice(&id, part->reference);
		else
			str_addf(&id, "%zu", index);
	}
	node = (uintptr_t)map_get(&merging->nodes, str_slice(&id));
	if (node)
		return node - 1;
	key = kept(merging, &id);
	node = add_part(merging, part, key);
	*map_at(&merging->nodes, key) = (void *)(uintptr_t)(node + 1);
	return node;
}

static void add_link(struct merging *merging, size_t from, size_t to)
{
	struct bills *bills = merging->bills;

	if (from == to)
		return;
	if (bills->link_count == merging->link_capacity) {
		merging->link_capacity = merging->link_capacity ? 2 * merging->link_capacity : 64;
		bills->links = xreallocarray(
		    bills->links, merging->link_capacity, sizeof(*bills->links));
	}
	bills->links[bills->link_count++] = (struct bill_link){from, to};
}

static void merge(
    struct merging *merging, const struct bill *bill, size_t package, struct slice path)
{
	autofree size_t *nodes = xcalloc(bill->count + 1, sizeof(*nodes));

	for (size_t i = 0; i < bill->count; i++) {
		nodes[i] = find_node(merging, bill, i, package, path);
		add_link(merging, package, nodes[i]);
	}
	for (size_t i = 0; i < bill->link_count; i++)
		add_link(merging, nodes[bill->links[i].from], nodes[bill->links[i].to]);
}

static struct bill *add_bill(struct merging *merging)
{
	struct bills *bills = merging->bills;

	if (bills->list_count == merging->list_capacity) {
		merging->list_capacity = merging->list_capacity ? 2 * merging->list_capacity : 8;
		bills->list = xreallocarray(
		    bills->list, merging->list_capacity, sizeof(*bills->list));
	}
	bills->list[bills->list_count] = (struct bill){0};
	return &bills->list[bills->list_count++];
}

/* Read a bill, or warn that its parts are missing. */
static void read_bill(struct merging *merging, const struct image_entry *entry, size_t package)
{
	autofree char *place = xasprintf(
	    "%s/%s", merging->inspection->contents.path, entry->path.data);
	autoerror struct error *problem = NULL;
	struct bill *bill = add_bill(merging);
	struct error *note = NULL;
	int result;

	if (entry->data)
		result = bill_parse(inspect_facts(entry)->text, place, bill, &problem);
	else
		result = fail(&problem, ERROR_INPUT, "more than %zu bytes", BILL_LIMIT);
	if (result == 0) {
		merge(merging, bill, package, entry->path);
		return;
	}
	bill_release(bill);
	(void)fail_at(&note, place, 0, 0, NULL,
	    "its parts are not in the bill of materials, which only names this file: %s",
	    problem->message); /* always -1 */
	merging->warning(merging->context, note);
}

static int compare_links(const void *a, const void *b)
{
	const struct bill_link *first = a, *second = b;

	if (first->from != second->from)
		return first->from < second->from ? -1 : 1;
	return (first->to > second->to) - (first->to < second->to);
}

static void sort_links(struct bills *bills)
{
	size_t count = 0;

	array_sort(bills->links, bills->link_count, sizeof(*bills->links), compare_links);
	for (size_t i = 0; i < bills->link_count; i++) {
		if (!count || compare_links(&bills->links[i], &bills->links[count - 1]) != 0)
			bills->links[count++] = bills->links[i];
	}
	bills->link_count = count;
}

void bills_read(const struct inspection *inspection, const struct packages *packages,
    void (*warning)(void *context, struct error *note), void *context, struct bills *ret)
{
	const struct image_contents *contents = &inspection->contents;
	struct merging merging = {.inspection = inspection,
	    .packages = packages,
	    .bills = ret,
	    .warning = warning,
	    .context = context};

	name_distributions(&merging);
	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		if (entry->kind == IMAGE_FILE &&
		    bills_is_bill(&packages->items[packages->owners[i]], entry->path))
			read_bill(&merging, entry, packages->owners[i]);
	}
	sort_links(ret);
	map_release(&merging.nodes);
}

void bills_release(struct bills *bills)
{
	for (size_t i = 0; i < bills->list_count; i++)
		bill_release(&bills->list[i]);
	free(bills->list);
	free(bills->parts);
	free(bills->links);
	arena_release(&bills->arena);
}
