#include "support.h"

#include "python/interpreter.h"

void describe_text(struct described *ret, const char *path, const char *text)
{
	static const struct delineate_options options = {NULL, NULL, NULL};
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;

	suite_put(path, text);
	ck_ok(interpreter_need(&error), error);
	*ret = (struct described){.tree = NULL};
	ck_ok(described_read(path, &options, &notes, ret, &error), error);
}
