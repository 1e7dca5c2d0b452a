#include "python/identity.h"

#include "base/build_id.h"
#include "python/interpreter.h"

/* A function of this program, for whose executable the build id is read. */
static void here(void)
{
}

static void add_digits(struct str *ret)
{
	if (interpreter_digits() != DIGITS_DEFAULT)
		str_addf(ret, "digits %d;", interpreter_digits());
}

int identity_add(struct str *ret, struct error **err)
{
	struct slice own, interpreter;

	if (build_id_of(here, &own, err) < 0 || interpreter_build_id(&interpreter, err) < 0)
		return -1;
	str_addf(ret, "kiln %s, CPython %s, %u;", KILN_VERSION, interpreter_version(),
	    interpreter_magic());
	str_add_part(ret, own);
	str_add_part(ret, interpreter);
	add_digits(ret);
	return 0;
}

int identity_add_program(
    const char *program, const char *version, struct str *ret, struct error **err)
{
	autostr struct str id = STR_INIT;

	if (build_id_of_file(program, &id, err) < 0)
		return -1;
	str_addf(ret, "kiln %s, CPython %s;", KILN_VERSION, version);
	str_add_part(ret, str_slice(&id));
	add_digits(ret);
	return 0;
}
