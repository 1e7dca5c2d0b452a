#include "command/record_targets.h"

#include "base/path.h"
#include "base/presence.h"
#include "ship/pyproject.h"

/* Whether a directory declares a project or product itself. */
static int is_declared(const char *directory, struct error **err)
{
	autofree char *project = xasprintf("%s/.project", directory);
	autofree char *product = xasprintf("%s/.product", directory);
	int there = presence_of_directory(project, err);

	return there ? there : presence_of_directory(product, err);
}

/* Parts have the names of packages that their places have, also of those without `__init__`. */
static void add_parts(const struct pyproject *project, struct record_targets *ret)
{
	for (size_t i = 0; i < project->count; i++) {
		autostr struct str path = STR_INIT;
		autostr struct str prefix = STR_INIT;

		path_join(&path, slice_c(project->directory), slice_c(project->parts[i].path));
		add_replaced(&prefix, slice_c(project->parts[i].place), '/', '.');
		fields_add(&ret->names, str_slice(&path));
		fields_add(&ret->prefixes, str_slice(&prefix));
	}
}

/* Add a name, or instead of it the parts of the project that it is the directory of. */
static int add_name(const char *name, struct record_targets *ret, struct error **err)
{
	autopyproject struct pyproject project = PYPROJECT_INIT;
	int is = *name ? presence_of_directory(name, err) : 0;

	if (is > 0) {
		is = is_declared(name, err);
		is = is ? is < 0 ? is : 0 : pyproject_read(&project, name, err);
	}
	if (is < 0 || (is && pyproject_find(&project, err) < 0))
		return -1;
	/* Of one that installs nothing here all is recorded. */
	if (is && project.count) {
		add_parts(&project, ret);
	} else {
		fields_adds(&ret->names, name);
		fields_adds(&ret->prefixes, "");
	}
	return 0;
}

static void select_target(
    struct record_targets *targets, const struct target *target, struct slice prefix)
{
	const struct product *product = target->product;

	for (size_t i = 0; i < product->project_count; i++) {
		if (target_has(target, product->projects[i]))
			targets->selections[targets->count++] = (struct record_selection){
			    product->projects[i], target->factor,
			    target->factor.len ? slice_of("", 0) : prefix};
	}
}

int record_targets_find(struct record_targets *targets, const char *const *names,
    const struct factor_listener *listener, const struct fields *trusted, struct error **err)
{
	const struct target_search search = {&targets->products, INDEX_NEVER};
	autofree const char **all = NULL;
	size_t most = 0;

	products_init(&targets->products, listener);
	targets->products.trusted = trusted;
	for (const char *const *name = names; *name; name++) {
		if (add_name(*name, targets, err) < 0)
			return -1;
	}
	all = fields_arguments(&targets->names);
	if (target_find_all(&search, all, &targets->targets, &targets->target_count, err) < 0)
		return -1;
	for (size_t i = 0; i < targets->target_count; i++)
		most += targets->targets[i].product->project_count;
	targets->selections = xcalloc(most, sizeof(*targets->selections));
	for (size_t i = 0; i < targets->target_count; i++)
		select_target(targets, &targets->targets[i], fields_at(&targets->prefixes, i));
	return 0;
}

void record_targets_release(struct record_targets *targets)
{
	free(targets->targets);
	free(targets->selections);
	fields_release(&targets->names);
	fields_release(&targets->prefixes);
	products_release(&targets->products);
}
