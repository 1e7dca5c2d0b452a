/*
 * The conformance data: a product of three projects and all that is known of it.
 */
#include "fixture.h"

#include "base/json.h"

#define PROJECTS KILN_CONFORMANCE "/projects"

static cJSON *read_data(void)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	cJSON *data;

	ck_ok(file_read(KILN_CONFORMANCE "/projects.json", FILE_READ_LIMIT, &text, NULL, &error),
	    error);
	data = json_parse(str_slice(&text), "projects.json", FILE_READ_LIMIT, &error);
	ck_assert_msg(data, "%s", error ? error->message : "no error");
	return data;
}

static const cJSON *member(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	ck_assert_msg(item, "no member '%s'", name);
	return item;
}

/* Fails the test unless text is that of a member, whose null is the empty one. */
static void ck_text(struct slice text, const cJSON *object, const char *name)
{
	const cJSON *expected = member(object, name);

	ck_assert_str_eq(text.data, cJSON_IsNull(expected) ? "" : expected->valuestring);
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
    const cJSON *expected, const char *what)
{
	autofields struct fields wanted = FIELDS_INIT;
	autofree const char **found = strings_of(fields, sorted), **strings = NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, expected)
	{
		autofree char *text = in_place(product, item->valuestring);

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

static struct project *project_named(struct product *product, const cJSON *expected)
{
	struct project *project = product_project(
	    product, slice_c(member(expected, "identifier")->valuestring));

	ck_assert_ptr_nonnull(project);
	return project;
}

START_TEST(the_index_has_the_projects_that_are_found)
{
	autojson cJSON *data = read_data();
	autostr struct str index = STR_INIT;
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);

	ck_assert(!product->indexed && !product->implicit);
	product_index(product, &index);
	ck_assert_str_eq(str_c(&index), member(data, "PROJECTS")->valuestring);
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(connections_are_resolved)
{
	autojson cJSON *data = read_data();
	autofields struct fields connections = FIELDS_INIT;
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);

	for (size_t i = 0; i < product->connection_count; i++)
		fields_add(&connections, product->connections[i]);
	ck_strings(product, &connections, false, member(data, "connections"), "connections");
}
END_TEST

static void ck_format(const struct format *format, const cJSON *expected)
{
	if (!format) {
		ck_assert_str_eq(FACTOR_UNKNOWN, member(expected, "type")->valuestring);
		ck_assert(cJSON_IsNull(member(expected, "language")));
		return;
	}
	ck_text(format->type, expected, "type");
	ck_text(format->language, expected, "language");
	ck_text(format->dialect, expected, "dialect");
}

START_TEST(projects_are_as_they_are_declared)
{
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *expected, *format;

	cJSON_ArrayForEach(expected, member(data, "projects"))
	{
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
		cJSON_ArrayForEach(format, member(expected, "formats"))
		{
			ck_format(map_get(&project->formats, slice_c(format->string)), format);
			count++;
		}
		ck_assert_uint_eq(project->formats.count, count);
	}
}
END_TEST

static void ck_sources(const struct factor *factor, const cJSON *expected)
{
	const cJSON *source;
	size_t i = 0;

	cJSON_ArrayForEach(source, expected)
	{
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

static void ck_images(const struct factor *factor, const cJSON *images)
{
	const cJSON *expected;

	cJSON_ArrayForEach(expected, images)
	{
		struct image_variant variant = variant_of(expected->string);
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
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *expected, *of_factor;

	cJSON_ArrayForEach(expected, member(data, "projects"))
	{
		struct project *project = project_named(product, expected);
		size_t i = 0;

		walk_project(project);
		cJSON_ArrayForEach(of_factor, member(expected, "factors"))
		{
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

static void ck_expanded(struct world *world, struct factor *factor, const cJSON *expected)
{
	autofields struct fields found = FIELDS_INIT, wanted = FIELDS_INIT;
	autofree const char **a = NULL, **b = NULL;
	const cJSON *item;

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
	cJSON_ArrayForEach(item, expected)
	{
		const cJSON *of_factor = cJSON_GetObjectItem(item, "factor");
		autofree char *text = xasprintf("%s %s%s", member(item, "type")->valuestring,
		    of_factor ? "" : "system ",
		    (of_factor ? of_factor : member(item, "system"))->valuestring);

		fields_adds(&wanted, text);
	}
	ck_assert_uint_eq(found.count, wanted.count);
	a = strings_of(&found, true);
	b = strings_of(&wanted, true);
	for (size_t i = 0; i < found.count; i++)
		ck_assert_str_eq(a[i], b[i]);
}

static void ck_requirements(struct world *world, struct factor *factor, const cJSON *expected)
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
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *expected, *of_factor;

	cJSON_ArrayForEach(expected, member(data, "projects"))
	{
		struct project *project = project_named(product, expected);
		size_t i = 0;

		walk_project(project);
		cJSON_ArrayForEach(of_factor, member(expected, "factors"))
		{
			const cJSON *expanded = cJSON_GetObjectItem(of_factor, "expanded");

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

static void ck_slice(struct slice slice, const cJSON *object, const char *name)
{
	autofree char *text = xmemdup0(slice.data, slice.len);

	ck_text(slice_c(text), object, name);
}

static void ck_sets(struct slice text, const cJSON *expected)
{
	static const char *const kinds[] = {"library", "interfaces", "framework"};
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct system_set *sets;
	const cJSON *item, *name;
	size_t count, i = 0;

	ck_ok(system_sets_parse(text, "x.sr", &arena, &sets, &count, &error), error);
	ck_assert_uint_eq(count, cJSON_GetArraySize(expected));
	cJSON_ArrayForEach(item, expected)
	{
		size_t k = 0;

		ck_assert_str_eq(kinds[sets[i].kind], member(item, "kind")->valuestring);
		ck_slice(sets[i].directory, item, "directory");
		ck_assert_uint_eq(sets[i].count, cJSON_GetArraySize(member(item, "names")));
		cJSON_ArrayForEach(name, member(item, "names"))
		    ck_assert(slice_is(sets[i].names[k++], name->valuestring));
		i++;
	}
}

static void ck_references(struct slice text, const cJSON *expected)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct reference *references;
	const cJSON *item;
	size_t count, i = 0;

	ck_ok(references_parse(text, "x.fr", &arena, &references, &count, &error), error);
	ck_assert_uint_eq(count, cJSON_GetArraySize(expected));
	cJSON_ArrayForEach(item, expected)
	{
		ck_slice(references[i].project, item, "project");
		ck_slice(references[i].factor, item, "factor");
		ck_slice(references[i].isolation, item, "isolation");
		i++;
	}
}

START_TEST(files_of_references_are_read)
{
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *expected, *item;
	size_t count = 0;

	cJSON_ArrayForEach(expected, member(data, "projects"))
	{
		struct project *project = project_named(product, expected);

		cJSON_ArrayForEach(item, member(expected, "references"))
		{
			autostr struct str buffer = STR_INIT;
			struct factor *factor = factor_in(project, slice_c(item->string));
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
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *expected, *select;

	cJSON_ArrayForEach(expected, member(data, "projects"))
	{
		struct project *project = project_named(product, expected);

		walk_project(project);
		cJSON_ArrayForEach(select, member(expected, "select"))
		{
			autofields struct fields selected = FIELDS_INIT;

			for (size_t i = 0; i < project->factor_count; i++)
				if (factor_is_below(project->factors[i], slice_c(select->string)))
					fields_add(&selected, project->factors[i]->path);
			ck_strings(product, &selected, false, select, select->string);
		}
	}
}
END_TEST

START_TEST(queries_are_answered)
{
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *query, *answer;

	cJSON_ArrayForEach(query, member(data, "queries"))
	{
		struct factor_view view = {
		    .variant = variant_of(member(query, "variant")->valuestring)};
		struct project *project;
		struct slice path;

		project = product_split(
		    product, slice_c(member(query, "factor")->valuestring), &path);
		ck_assert_ptr_nonnull(project);
		view.factor = factor_in(project, path);
		ck_assert_ptr_nonnull(view.factor);
		cJSON_ArrayForEach(answer, member(query, "answers"))
		{
			autofields struct fields fields = FIELDS_INIT;
			bool known = false;

			ck_ok(factor_answer(
				  &view, slice_c(answer->string), &fields, &known, &world.error),
			    world.error);
			ck_assert_msg(known, "%s", answer->string);
			ck_strings(
			    product, &fields, strchr(answer->string, '#'), answer, answer->string);
		}
	}
}
END_TEST

START_TEST(full_paths_are_split)
{
	autojson cJSON *data = read_data();
	WITH_WORLD;
	struct product *product = open_product(&world, PROJECTS);
	const cJSON *split;

	cJSON_ArrayForEach(split, member(data, "split"))
	{
		struct slice factor = {0};
		struct project *project = product_split(
		    product, slice_c(member(split, "path")->valuestring), &factor);

		if (cJSON_IsNull(member(split, "project"))) {
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
