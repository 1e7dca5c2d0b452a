/*
 * The conformance data: a product of three projects and all that is known of it.
 */
#include "fixture.h"

#include "base/json.h"

#define PROJECTS KILN_CONFORMANCE "/projects"

static struct json *read_data(void)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct json *data;

	ck_ok(file_read(KILN_CONFORMANCE "/projects.json", FILE_READ_LIMIT, &text, NULL, &error),
	    error);
	data = json_parse(str_slice(&text), "projects.json", FILE_READ_LIMIT, &error);
	ck_assert_msg(data, "%s", error ? error->message : "no error");
	return data;
}

static const struct json *member(const struct json *object, const char *name)
{
	const struct json *item = json_get(object, name);

	ck_assert_msg(item, "no member '%s'", name);
	return item;
}

/* Fails the test unless text is that of a member, whose null is the empty one. */
static void ck_text(struct slice text, const struct json *object, const char *name)
{
	const struct json *expected = member(object, name);

	ck_assert_str_eq(text.data, json_is(expected, JSON_NULL) ? "" : expected->string);
}

/* With @PRODUCT@ and @PARENT@ replaced. */
static char *in_place(const struct product *product, const char *text)
{
	struct str whole = STR_INIT;

	if (strncmp(text, "@PRODUCT@", 9) == 0)
		str_addf(&whole, "%s%s", product->path.data, text + 9);
	else if (strncmp(text, "@PARENT@", 8) == 0) {
		str_add_slice(&whole, path_parent(product->path));
		str_adds(&whole, text + 8);
	} else
		str_adds(&whole, text);
	return str_take(&whole);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The strings of a list, in the order of their bytes if `sorted`; the caller frees the array. */
static const char **strings_of(struct fields *fields, bool sorted)
{
	const char **strings = fields_arguments(fields);

	if (sorted && fields->count)
		qsort(strings, fields->count, sizeof(*strings), compare_strings);
	return strings;
}

/* Fails the test unless these are the strings of an array, in any order if `sorted`. */
static void ck_strings(const struct product *product, struct fields *fields, bool sorted,
    const struct json *expected, const char *what)
{
	autofields struct fields wanted = FIELDS_INIT;
	autofree const char **found = strings_of(fields, sorted), **strings = NULL;
	const struct json *item;

	for (item = json_first(expected); item; item = item->next) {
		autofree char *text = in_place(product, item->string);

		fields_adds(&wanted, text);
	}
	/* Where the product is decides where its paths are among others. */
	strings = strings_of(&wanted, sorted);
	for (size_t i = 0; i < wanted.count; i++) {
		ck_assert_msg(i < fields->count, "%s lacks '%s'", what, strings[i]);
		ck_assert_msg(strcmp(found[i], strings[i]) == 0, "%s: '%s' is not '%s'", what,
		    found[i], strings[i]);
	}
	ck_assert_msg(
	    fields->count <= wanted.count, "%s has '%s' too many", what, found[wanted.count]);
}

static struct project *project_named(struct product *product, const struct json *expected)
{
	struct project *project = product_project(
	    product, slice_c(member(expected, "identifier")->string));

	ck_assert_ptr_nonnull(project);
	return project;
}

START_TEST(the_index_has_the_projects_that_are_found)
{
	autojson struct json *data = read_data();
	autostr struct str index = STR_INIT;
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);

	ck_assert(!product->indexed && !product->implicit);
	product_index(product, &index);
	ck_assert_str_eq(str_c(&index), member(data, "PROJECTS")->string);
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(connections_are_resolved)
{
	autojson struct json *data = read_data();
	autofields struct fields connections = FIELDS_INIT;
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);

	for (size_t i = 0; i < product->connection_count; i++)
		fields_add(&connections, product->connections[i]);
	ck_strings(product, &connections, false, member(data, "connections"), "connections");
}
END_TEST

static void ck_format(const struct format *format, const struct json *expected)
{
	if (!format) {
		ck_assert_str_eq(FACTOR_UNKNOWN, member(expected, "type")->string);
		ck_assert(json_is(member(expected, "language"), JSON_NULL));
		return;
	}
	ck_text(format->type, expected, "type");
	ck_text(format->language, expected, "language");
	ck_text(format->dialect, expected, "dialect");
}

START_TEST(projects_are_as_they_are_declared)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *expected, *format;

	for (expected = json_first(member(data, "projects")); expected; expected = expected->next) {
		struct project *project = project_named(product, expected);
		size_t count = 0;

		ck_text(project->path, expected, "factor");
		ck_text(project->directory, expected, "directory");
		ck_text(project->protocol, expected, "protocol");
		ck_text(project->name, expected, "name");
		ck_text(project->authority, expected, "authority");
		ck_text(project->contact, expected, "contact");
		ck_text(project->icon, expected, "icon");
		ck_text(project->synopsis, expected, "synopsis");
		for (format = json_first(member(expected, "formats")); format;
		     format = format->next) {
			ck_format(map_get(&project->formats, slice_c(format->key)), format);
			count++;
		}
		ck_assert_uint_eq(project->formats.count, count);
	}
}
END_TEST

static void ck_sources(const struct factor *factor, const struct json *expected)
{
	const struct json *source;
	size_t i = 0;

	for (source = json_first(expected); source; source = source->next) {
		autostr struct str path = STR_INIT;
		struct stat stat_of_source;

		ck_assert_uint_lt(i, factor->source_count);
		ck_text(factor->sources[i].path, source, "path");
		ck_format(factor->sources[i].format, source);
		source_path(factor, &factor->sources[i], &path);
		ck_assert_int_eq(stat(str_c(&path), &stat_of_source), 0);
		ck_assert_uint_eq(factor->sources[i].stamp.size, stat_of_source.st_size);
		ck_assert_uint_eq(factor->sources[i].stamp.inode, stat_of_source.st_ino);
		i++;
	}
	ck_assert_uint_eq(factor->source_count, i);
}

/* Parts of "SYSTEM-ARCHITECTURE/FORM". */
static struct image_variant variant_of(const char *text)
{
	struct image_variant variant = {0};
	struct slice rest = slice_c(text);

	ck_assert(slice_next(&rest, '-', &variant.system));
	ck_assert(slice_next(&rest, '/', &variant.architecture));
	variant.form = rest;
	return variant;
}

static void ck_images(const struct factor *factor, const struct json *images)
{
	const struct json *expected;

	for (expected = json_first(images); expected; expected = expected->next) {
		struct image_variant variant = variant_of(expected->key);
		autostr struct str product = STR_INIT;
		autostr struct str fint = STR_INIT;

		factor_image_path(&product, factor, &variant, LAYOUT_PRODUCT);
		ck_text(str_slice(&product), expected, "product");
		factor_image_path(&fint, factor, &variant, LAYOUT_FINT);
		ck_text(str_slice(&fint), expected, "fint");
	}
}

START_TEST(factors_sources_and_images_are_in_order)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *expected, *of_factor;

	for (expected = json_first(member(data, "projects")); expected; expected = expected->next) {
		struct project *project = project_named(product, expected);
		size_t i = 0;

		walk_project(project);
		for (of_factor = json_first(member(expected, "factors")); of_factor;
		     of_factor = of_factor->next) {
			struct factor *factor;

			ck_assert_uint_lt(i, project->factor_count);
			factor = project->factors[i++];
			ck_text(factor->path, of_factor, "path");
			ck_text(factor->type, of_factor, "type");
			ck_sources(factor, member(of_factor, "sources"));
			ck_images(factor, member(of_factor, "images"));
		}
		ck_assert_uint_eq(project->factor_count, i);
	}
	ck_problem(&world, NULL);
}
END_TEST

static void add_identifier(struct str *ret, const struct factor *factor)
{
	str_addf(ret, "%s/%s", factor->project->identifier.data, factor->path.data);
}

static void ck_expanded(struct world *world, struct factor *factor, const struct json *expected)
{
	autofields struct fields found = FIELDS_INIT, wanted = FIELDS_INIT;
	autofree const char **a = NULL, **b = NULL;
	const struct json *item;

	ck_ok(factor_requirements(factor, &world->error), world->error);
	for (size_t i = 0; i < factor->resolved_count; i++) {
		const struct requirement *requirement = &factor->resolved[i];
		autostr struct str text = STR_INIT;

		str_addf(&text, "%s ", requirement->type.data);
		if (requirement->factor)
			add_identifier(&text, requirement->factor);
		else
			str_addf(&text, "system %s", requirement->value.data);
		fields_add(&found, str_slice(&text));
	}
	for (item = json_first(expected); item; item = item->next) {
		const struct json *of_factor = json_get(item, "factor");
		autofree char *text = xasprintf("%s %s%s", member(item, "type")->string,
		    of_factor ? "" : "system ",
		    (of_factor ? of_factor : member(item, "system"))->string);

		fields_adds(&wanted, text);
	}
	ck_assert_uint_eq(found.count, wanted.count);
	a = strings_of(&found, true);
	b = strings_of(&wanted, true);
	for (size_t i = 0; i < found.count; i++)
		ck_assert_str_eq(a[i], b[i]);
}

static void ck_requirements(struct world *world, struct factor *factor, const struct json *expected)
{
	autofields struct fields found = FIELDS_INIT;

	for (size_t i = 0; i < factor->requirement_count; i++) {
		autostr struct str text = STR_INIT;
		struct reference reference;

		ck_ok(factor_reference(factor, i, &reference, &world->error), world->error);
		str_addf(&text, "%s/%s", reference.project.data, reference.factor.data);
		if (!fields_have(&found, str_slice(&text)))
			fields_add(&found, str_slice(&text));
	}
	ck_strings(factor->project->product, &found, true, expected, factor->path.data);
}

START_TEST(requirements_are_expanded)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *expected, *of_factor;

	for (expected = json_first(member(data, "projects")); expected; expected = expected->next) {
		struct project *project = project_named(product, expected);
		size_t i = 0;

		walk_project(project);
		for (of_factor = json_first(member(expected, "factors")); of_factor;
		     of_factor = of_factor->next) {
			const struct json *expanded = json_get(of_factor, "expanded");

			ck_requirements(
			    &world, project->factors[i], member(of_factor, "requirements"));
			ck_expanded(&world, project->factors[i++], expanded);
		}
	}
}
END_TEST

static struct slice source_text(struct factor *factor, struct str *ret)
{
	autostr struct str path = STR_INIT;

	ck_assert_ptr_nonnull(factor);
	source_path(factor, &factor->sources[0], &path);
	ck_assert_int_eq(file_read(str_c(&path), FILE_READ_LIMIT, ret, NULL, NULL), 0);
	return str_slice(ret);
}

static void ck_slice(struct slice slice, const struct json *object, const char *name)
{
	autofree char *text = xmemdup0(slice.data, slice.len);

	ck_text(slice_c(text), object, name);
}

static void ck_sets(struct slice text, const struct json *expected)
{
	static const char *const kinds[] = {"library", "interfaces", "framework"};
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct system_set *sets;
	const struct json *item, *name;
	size_t count, i = 0;

	ck_ok(system_sets_parse(text, "x.sr", &arena, &sets, &count, &error), error);
	ck_assert_uint_eq(count, json_count(expected));
	for (item = json_first(expected); item; item = item->next) {
		size_t k = 0;

		ck_assert_str_eq(kinds[sets[i].kind], member(item, "kind")->string);
		ck_slice(sets[i].directory, item, "directory");
		ck_assert_uint_eq(sets[i].count, json_count(member(item, "names")));
		for (name = json_first(member(item, "names")); name; name = name->next)
			ck_assert(slice_is(sets[i].names[k++], name->string));
		i++;
	}
}

static void ck_references(struct slice text, const struct json *expected)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct reference *references;
	const struct json *item;
	size_t count, i = 0;

	ck_ok(references_parse(text, "x.fr", &arena, &references, &count, &error), error);
	ck_assert_uint_eq(count, json_count(expected));
	for (item = json_first(expected); item; item = item->next) {
		ck_slice(references[i].project, item, "project");
		ck_slice(references[i].factor, item, "factor");
		ck_slice(references[i].isolation, item, "isolation");
		i++;
	}
}

START_TEST(files_of_references_are_read)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *expected, *item;
	size_t count = 0;

	for (expected = json_first(member(data, "projects")); expected; expected = expected->next) {
		struct project *project = project_named(product, expected);

		for (item = json_first(member(expected, "references")); item; item = item->next) {
			autostr struct str buffer = STR_INIT;
			struct factor *factor = factor_in(project, slice_c(item->key));
			struct slice text = source_text(factor, &buffer);

			if (slice_is(factor->type, FACTOR_REFERENCES))
				ck_references(text, item);
			else
				ck_sets(text, item);
			count++;
		}
	}
	ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(factors_are_selected_by_path)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *expected, *select;

	for (expected = json_first(member(data, "projects")); expected; expected = expected->next) {
		struct project *project = project_named(product, expected);

		walk_project(project);
		for (select = json_first(member(expected, "select")); select;
		     select = select->next) {
			autofields struct fields selected = FIELDS_INIT;

			for (size_t i = 0; i < project->factor_count; i++)
				if (factor_is_below(project->factors[i], slice_c(select->key)))
					fields_add(&selected, project->factors[i]->path);
			ck_strings(product, &selected, false, select, select->key);
		}
	}
}
END_TEST

START_TEST(queries_are_answered)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *query, *answer;

	for (query = json_first(member(data, "queries")); query; query = query->next) {
		struct factor_view view = {.variant = variant_of(member(query, "variant")->string)};
		struct project *project;
		struct slice path;

		project = product_split(product, slice_c(member(query, "factor")->string), &path);
		ck_assert_ptr_nonnull(project);
		view.factor = factor_in(project, path);
		ck_assert_ptr_nonnull(view.factor);
		for (answer = json_first(member(query, "answers")); answer; answer = answer->next) {
			autofields struct fields fields = FIELDS_INIT;
			bool known = false;

			ck_ok(factor_answer(
				  &view, slice_c(answer->key), &fields, &known, &world.error),
			    world.error);
			ck_assert_msg(known, "%s", answer->key);
			ck_strings(product, &fields, strchr(answer->key, '#'), answer, answer->key);
		}
	}
}
END_TEST

START_TEST(full_paths_are_split)
{
	autojson struct json *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const struct json *split;

	for (split = json_first(member(data, "split")); split; split = split->next) {
		struct slice factor = {0};
		struct project *project = product_split(
		    product, slice_c(member(split, "path")->string), &factor);

		if (json_is(member(split, "project"), JSON_NULL)) {
			ck_assert_ptr_null(project);
			continue;
		}
		ck_assert_ptr_nonnull(project);
		ck_text(project->identifier, split, "project");
		ck_slice(factor, split, "factor");
	}
}
END_TEST

SUITE("factor/conformance", the_index_has_the_projects_that_are_found, connections_are_resolved,
    projects_are_as_they_are_declared, factors_sources_and_images_are_in_order,
    requirements_are_expanded, files_of_references_are_read, factors_are_selected_by_path,
    queries_are_answered, full_paths_are_split)
