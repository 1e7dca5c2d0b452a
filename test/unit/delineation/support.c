#include "support.h"

#include "python/interpreter.h"

static void describe(struct described *ret, const char *path, const char *text,
    const struct delineate_options *options)
{
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;

	suite_put(path, text);
	ck_ok(interpreter_need(&error), error);
	*ret = (struct described){.tree = NULL};
	ck_ok(described_read(path, options, &notes, ret, &error), error);
}

void describe_text(struct described *ret, const char *path, const char *text)
{
	static const struct delineate_options options = {.factor = NULL};

	describe(ret, path, text, &options);
}

void describe_interface(struct described *ret, const char *path, const char *text)
{
	static const struct delineate_options options = {.interface = true};

	describe(ret, path, text, &options);
}
