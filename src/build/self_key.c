#include "build/self_key.h"

#include "python/identity.h"

int self_key_add(
    struct foreign_pythons *pythons, struct slice architecture, struct str *ret, struct error **err)
{
	struct foreign_python *other;

	if (foreign_pythons_find(pythons, architecture, &other, err) < 0)
		return -1;
	return other ? foreign_python_add_key(other, ret, err) : identity_add(ret, err);
}
