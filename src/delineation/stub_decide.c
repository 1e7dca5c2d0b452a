#include "delineation/stub_scope.h"

void stub_scopes_decide(struct stub *stub, size_t first)
{
	struct stub_scope *scope;
	size_t count = stub->scopes.len / sizeof(struct stub_scope *);

	for (size_t i = first; i < count; i++) {
		memcpy(&scope, stub->scopes.data + i * sizeof(scope), sizeof(scope));
		stub_class_judge(scope);
		stub_implied_add(stub, scope);
	}
	for (size_t i = first; i < count; i++) {
		memcpy(&scope, stub->scopes.data + i * sizeof(scope), sizeof(scope));
		scope->is_abstract = stub_class_stays_abstract(stub, scope);
		stub->needs_abstract = stub->needs_abstract || scope->is_abstract;
		for (size_t j = 0; j < scope->count; j++)
			stub_value_decide(stub, scope, &scope->declarations[j]);
	}
}

void stub_decide_again(struct stub *stub, struct stub_scope *scope, struct stub_name *name)
{
	size_t known = stub->scopes.len / sizeof(struct stub_scope *);

	stub_scope_revive(stub, scope, name);
	stub_scopes_decide(stub, known);
	for (struct stub_declaration *one = name->last; one; one = one->earlier)
		stub_value_decide(stub, scope, one);
}
