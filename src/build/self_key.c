#include "build/self_key.h"

#include "base/build_id.h"
#include "python/interpreter.h"

/* A function of this program, for whose executable the build id is read. */
static void here(void)
{
}

int self_key_add(
    struct foreign_pythons *pythons, struct slice architecture, struct str *ret, struct error **err)
{
	struct slice own, interpreter;
	struct foreign_python *other;

	if (foreign_pythons_find(pythons, architecture, &other, err) < 0)
		return -1;
	if (other)
		return foreign_python_add_key(other, ret, err);
	if (build_id_of(here, &own, err) < 0 || interpreter_build_id(&interpreter, err) < 0)
		return -1;
	str_addf(ret, "kiln %s, CPython %s, %u;", KILN_VERSION, interpreter_version(),
	    interpreter_magic());
	str_add_part(ret, own);
	str_add_part(ret, interpreter);
	/* The limit decides which sources can be translated. */
	if (interpreter_digits() != DIGITS_DEFAULT)
		str_addf(ret, "digits %d;", interpreter_digits());
	return 0;
}
