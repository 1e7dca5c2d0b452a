#include "base/array.h"
#include "command/image.h"

#include "inspect/manifest.h"

/* "-rwxr-xr-x" */
static void add_mode(struct str *text, const struct image_entry *entry)
{
	static const char letters[] = "rwxrwxrwx";

	str_addc(text, "d-l"[entry->kind]);
	for (unsigned i = 0; i < 9; i++)
		str_addc(text, entry->mode & (0400u >> i) ? letters[i] : '-');
}

static void add_link(struct str *text, const struct image_entry *entry)
{
	if (!entry->target)
		return;
	str_adds(text, " -> ");
	str_add_printable(text, slice_c(entry->target));
}

static void list_as_json(struct image_output *output, const struct image_contents *contents)
{
	struct json_writer *json = &output->json;

	json_object(json);
	json_member(json, "image", contents->path);
	json_member(json, "form", contents->form);
	json_key(json, "entries");
	json_array(json);
	for (size_t i = 0; i < contents->count; i++) {
		json_object(json);
		manifest_write_entry(json, contents->entries[i]);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

void image_print_list(struct image_output *output, const struct inspection *inspection)
{
	const struct image_contents *contents = &inspection->contents;

	if (output->is_json) {
		list_as_json(output, contents);
		return;
	}
	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		add_mode(&output->text, entry);
		str_addf(&output->text, " %12llu ", (unsigned long long)entry->size);
		str_add_printable(&output->text, entry->path);
		if (entry->kind == IMAGE_DIRECTORY)
			str_addc(&output->text, '/');
		add_link(&output->text, entry);
		str_addc(&output->text, '\n');
	}
}

static uint64_t total_of(const struct package *package)
{
	uint64_t total = 0;

	for (size_t kind = 0; kind < INSPECT_KINDS; kind++)
		total += package->sizes[kind];
	return total;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct package *const *first = a, *const *second = b;
	uint64_t one = total_of(*first), other = total_of(*second);

	if (one != other)
		return one > other ? -1 : 1;
	return *first < *second ? -1 : 1; /* they are sorted by label */
}

static void add_sizes(struct image_output *output, const struct package *package)
{
	if (output->is_json) {
		struct json_writer *json = &output->json;

		json_member_slice(json, "package", package->label);
		json_member_integer(json, "files", (int64_t)package->files);
		for (size_t kind = 0; kind < INSPECT_KINDS; kind++)
			json_member_integer(
			    json, inspect_kind_name(kind), (int64_t)package->sizes[kind]);
		json_member_integer(json, "total", (int64_t)total_of(package));
		return;
	}
	str_addf(&output->text, "%8zu", package->files);
	for (size_t kind = 0; kind < INSPECT_KINDS; kind++)
		str_addf(&output->text, " %11llu", (unsigned long long)package->sizes[kind]);
	str_addf(&output->text, " %12llu  ", (unsigned long long)total_of(package));
	str_add_printable(&output->text, package->label);
	str_addc(&output->text, '\n');
}

static void add_heading(struct str *text)
{
	str_addf(text, "%8s", "files");
	for (size_t kind = 0; kind < INSPECT_KINDS; kind++)
		str_addf(text, " %11s", inspect_kind_name(kind));
	str_addf(text, " %12s  package\n", "total");
}

void image_print_sizes(struct image_output *output, const struct inspection *inspection,
    const struct packages *packages)
{
	autofree const struct package **order = xcalloc(packages->count + 1, sizeof(*order));
	struct package all = {.label = SLICE_LITERAL("total")};

	for (size_t i = 0; i < packages->count; i++) {
		order[i] = &packages->items[i];
		all.files += order[i]->files;
		for (size_t kind = 0; kind < INSPECT_KINDS; kind++)
			all.sizes[kind] += order[i]->sizes[kind];
	}
	array_sort(order, packages->count, sizeof(*order), compare_sizes);
	if (output->is_json) {
		json_object(&output->json);
		json_member(&output->json, "image", inspection->contents.path);
		json_key(&output->json, "packages");
		json_array(&output->json);
	} else {
		add_heading(&output->text);
	}
	for (size_t i = 0; i < packages->count; i++) {
		if (output->is_json)
			json_object(&output->json);
		add_sizes(output, order[i]);
		if (output->is_json)
			json_object_end(&output->json);
	}
	if (output->is_json)
		json_array_end(&output->json);
	add_sizes(output, &all);
	if (output->is_json)
		json_object_end(&output->json);
}

/* Whether a module is of a layer that the image was put on: what it loads is not the image's. */
static bool is_of_base(const struct image_contents *contents, const struct module *module)
{
	const struct image_entry *entry = image_find(contents, module->path);

	return entry && entry->layer && entry->layer <= contents->base_layers;
}

void image_print_modules(struct image_output *output, const struct image_contents *contents,
    const struct modules *modules, size_t *ret_compiled)
{
	size_t of_base = 0;

	*ret_compiled = 0;
	for (size_t i = 0; i < modules->count; i++) {
		const struct module *module = modules->items[i];

		*ret_compiled += module->reason != NULL;
		if (output->is_json) {
			json_object(&output->json);
			json_member_slice(&output->json, "path", module->path);
			json_key(&output->json, "loads");
			json_array(&output->json);
			for (size_t k = 0; k < module->loads.count; k++)
				json_string(&output->json, fields_at(&module->loads, k));
			json_array_end(&output->json);
			if (module->reason)
				json_member(&output->json, "reason", module->reason);
			json_object_end(&output->json);
			continue;
		}
		if (!module->reason && !output->is_verbose)
			continue;
		if (!output->is_verbose && is_of_base(contents, module)) {
			of_base++;
			continue;
		}
		str_add_printable(&output->text, module->path);
		str_addf(&output->text, ": %s", module->reason ? module->reason : "loads");
		for (size_t k = 0; k < module->loads.count; k++) {
			str_adds(&output->text, k ? ", " : " ");
			str_add_printable(&output->text, fields_at(&module->loads, k));
		}
		str_addc(&output->text, '\n');
	}
	if (of_base)
		str_addf(&output->text, "%zu %s of the base would be compiled: -v lists them\n",
		    of_base, of_base == 1 ? "module" : "modules");
}
