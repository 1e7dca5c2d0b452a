/*
 * Leaving tests out of a bundle: directories `test` and `tests` that nothing else needs.
 *
 * A directory is taken for tests if it has modules, no glob of --keep matches it, it is not known
 * as a documented part of its package (docs/formats.rst has the list), and no module outside of
 * such directories and no entry point names it: by `import`, by `from ... import`, or by its dotted
 * name anywhere in the text, as import_module() takes it. Texts are searched, not parsed: what only
 * looks like an import keeps a directory.
 */
#ifndef KILN_SHIP_STRIP_TESTS_H
#define KILN_SHIP_STRIP_TESTS_H

#include "image/plan.h"

/* Remove the directories from a plan that has all sources, and tell the listener that they are left
 * out. `keep` are globs of paths in the image, ended by NULL, or NULL. A source that cannot be read
 * is the matter of whoever compiles it, and imports nothing. Fails only with what is the system's.
 */
int strip_tests(struct plan *plan, const char *const *keep, const struct plan_listener *listener,
    struct error **err);

#endif
