#include "factor/image.h"

#define FORM_DEFAULT "executable"

static struct slice form_of(struct slice form)
{
	return form.len ? form : SLICE_LITERAL(FORM_DEFAULT);
}

void image_form_directory(struct str *ret, struct slice form)
{
	str_addc(ret, '.');
	if (slice_is(form_of(form), FORM_DEFAULT))
		str_adds(ret, "images");
	else
		str_add_slice(ret, form);
}

static void add_pair(struct str *ret, const struct image_variant *variant)
{
	str_addc(ret, '/');
	str_add_slice(ret, variant->system);
	str_addc(ret, '-');
	str_add_slice(ret, variant->architecture);
	str_addc(ret, '/');
}

/* The image lies beside the sources. */
static void add_fint(
    struct str *ret, const struct factor *factor, const struct image_variant *variant)
{
	struct slice parent = factor_path_parent(factor->path);
	size_t start = ret->len;

	str_add_slice(ret, factor->project->directory);
	if (ret->len > start && parent.len)
		str_addc(ret, '/');
	add_replaced(ret, parent, '.', '/');
	if (ret->len > start)
		str_addc(ret, '/');
	str_adds(ret, "__f-int__");
	add_pair(ret, variant);
	str_add_slice(ret, form_of(variant->form));
	str_addc(ret, '/');
	str_add_slice(ret, factor_path_name(factor->path));
	str_adds(ret, ".i");
}

void factor_image_path(struct str *ret, const struct factor *factor,
    const struct image_variant *variant, enum image_layout layout)
{
	if (layout == LAYOUT_FINT) {
		add_fint(ret, factor, variant);
		return;
	}
	image_form_directory(ret, variant->form);
	add_pair(ret, variant);
	add_replaced(ret, factor->project->path, '.', '/');
	str_addc(ret, '/');
	add_replaced(ret, factor->path, '.', '/');
	str_adds(ret, ".i");
}
