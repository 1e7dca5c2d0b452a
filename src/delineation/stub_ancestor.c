#include "delineation/stub_scope.h"

void stub_class_take(const struct element *class, struct arena *arena, struct stub_class *ret)
{
	const struct text *keyword = class->definition->keywords.first;

	for (; keyword; keyword = keyword->next->next) {
		if (slice_is(keyword->slice, "metaclass") &&
		    slice_is(stub_last_part(keyword->next->slice), "ABCMeta"))
			ret->is_abstract = true;
	}
	for (const struct element *base = class->first->first; base; base = base->next) {
		struct slice name = stub_base_name(base);

		if (stub_is_abstract_base(stub_last_part(name)))
			ret->is_abstract = true;
		texts_add(&ret->bases, arena, arena_slice(arena, name));
	}
	for (const struct element *child = class->first->next; child; child = child->next) {
		struct slice name;

		if (!child->identifier.len || child->type == ELEMENT_TYPE_PARAMETER)
			continue;
		name = arena_slice(arena, child->identifier);
		*map_at(&ret->names, name) = ret;
		if (stub_is_abstract(class, child))
			texts_add(&ret->abstract, arena, name);
	}
}
