#include "python/version/version.h"

#if PY_VERSION_HEX >= 0x030d0000
#define GIVEN(parts) (parts)->given,
#else
#define GIVEN(parts)
#endif
#define PLACE(parts) \
	(parts)->lineno, (parts)->col_offset, (parts)->end_lineno, (parts)->end_col_offset

void *version_new_type_parameter(const struct version_type_parameter *parts, PyArena *arena)
{
	switch (parts->kind) {
	case VERSION_TYPE_VAR:
		return _PyAST_TypeVar(parts->name, parts->bound, GIVEN(parts) PLACE(parts), arena);
	case VERSION_TYPE_VAR_TUPLE:
		return _PyAST_TypeVarTuple(parts->name, GIVEN(parts) PLACE(parts), arena);
	default:
		return _PyAST_ParamSpec(parts->name, GIVEN(parts) PLACE(parts), arena);
	}
}
