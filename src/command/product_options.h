/*
 * Options that the commands for products share.
 */
#ifndef KILN_COMMAND_PRODUCT_OPTIONS_H
#define KILN_COMMAND_PRODUCT_OPTIONS_H

#include "build/build_products.h"
#include "command/common.h"
#include "command/pythons.h"

/* The first member of the settings of such a command. */
struct product_settings {
	struct common common;
	struct build_options build;
	struct fields modes;
	struct fields features;
	struct fields trusted;
	struct fields variants; /* --variant */
	struct fields pythons;	/* --python */
	/* Set by product_choose(): */
	struct installed installed;
	struct fields versions;	  /* of CPython, to build for; at least one */
	struct str architectures; /* the same as names of variants */
	bool is_dry;
	bool is_given; /* an option for builds in place */
};

int take_product_mode(void *settings, const char *value, struct error **err);
int take_product_feature(void *settings, const char *value, struct error **err);
int take_product_digits(void *settings, const char *value, struct error **err);
int take_product_cache_limit(void *settings, const char *value, struct error **err);

#define TRUST_HELP                                                        \
	"Accept declarations in DIR that another user may have written; " \
	"repeatable"

#define DIGITS_HELP                                                       \
	"Most digits of a decimal number in a source: 640 or more, or 0 " \
	"for no limit (default: 4300)"

/* Parse a number of bytes, which K, M, G or T multiplies by powers of 1024. False if it is wrong.
 */
bool product_size(const char *text, uint64_t *ret);

#define TIMEOUT_LIMIT 1000000 /* seconds */

#define PRODUCT_GIVEN .given = offsetof(struct product_settings, is_given)

/* Entries of a table of options: those that decide which images there are, and where. */
#define PRODUCT_SELECTION                                                                          \
	{'X', "context", "DIR",                                                                    \
	    "Construction context (default: $SYSTEMCONTEXT, else "                                 \
	    "PRODUCT/.system, else the built-in one)",                                             \
	    TAKES_PATH(struct product_settings, build.session.context, "the path of a directory"), \
	    PRODUCT_GIVEN},                                                                        \
	    {0, "trust", "DIR", TRUST_HELP,                                                        \
		TAKES_PATHS(struct product_settings, trusted, "the path of a directory"),          \
		PRODUCT_GIVEN},                                                                    \
	    {0, "mode", "MODE",                                                                    \
		"What to build: executable (the default), delineation, or another "                \
		"mode of the context; repeatable",                                                 \
		.take = take_product_mode, PRODUCT_GIVEN},                                         \
	    {'O', "optimal", NULL, "Select the feature optimal: optimized code",                   \
		.take = take_product_feature, PRODUCT_GIVEN},                                      \
	    {'g', "debug", NULL, "Select the feature debug: code for debuggers",                   \
		.take = take_product_feature, PRODUCT_GIVEN},                                      \
	    {0, "coverage", NULL,                                                                  \
		"Select the feature coverage: Python code counts what is evaluated",               \
		.take = take_product_feature},                                                     \
	    {0, "profile", NULL, "Select the feature profile: Python code times its calls",        \
		.take = take_product_feature},                                                     \
	    {0, "feature", "NAME", "Select another feature of the context; repeatable",            \
		.take = take_product_feature, PRODUCT_GIVEN},                                      \
	    {0, "python", "VERSION",                                                               \
		"Version of CPython, such as 3.13; repeatable " PYTHONS_DEFAULT,                   \
		TAKES_LIST(struct product_settings, pythons, "versions such as 3.13")},            \
	    {0, "variant", "NAME",                                                                 \
		"Build only variants of this architecture, such as cpython313, or "                \
		"SYSTEM-ARCHITECTURE; repeatable",                                                 \
		TAKES_LIST(struct product_settings, variants, "the name of an architecture"),      \
		PRODUCT_GIVEN},                                                                    \
	    {0, "int-max-str-digits", "N", DIGITS_HELP, .take = take_product_digits},              \
	    {0, "image-layout", "LAYOUT",                                                          \
		"Where built files are: product (the default), or fint: in "                       \
		"__f-int__ beside the sources",                                                    \
		TAKES_CHOICE(struct product_settings, build.session.layout, "product, fint"),      \
		PRODUCT_GIVEN},                                                                    \
	{                                                                                          \
		'v', "verbose", NULL, "Also tell what is skipped or left out, and why",            \
		    TAKES_TRUE(struct product_settings, build.session.is_verbose)                  \
	}

/* Entries that decide how images are built. */
#define PRODUCT_BUILDING                                                                          \
	{0, "update-index", "WHEN",                                                               \
	    "When to search for projects: missing (the default: if there is no "                  \
	    "index or kiln wrote it), never or always",                                           \
	    TAKES_CHOICE(struct product_settings, build.session.index, "missing, never, always"), \
	    PRODUCT_GIVEN},                                                                       \
	    {'n', "dry-run", NULL, "Only print what would be built, and why",                     \
		TAKES_TRUE(struct product_settings, is_dry), PRODUCT_GIVEN},                      \
	    {'r', "rebuild", NULL, "Rebuild what is named, without taking it from the cache",     \
		TAKES_TRUE(struct product_settings, build.session.is_forced), PRODUCT_GIVEN},     \
	    {'R', "rebuild-all", NULL, "Rebuild what is named and all that it requires",          \
		TAKES_TRUE(struct product_settings, build.session.forces_needs), PRODUCT_GIVEN},  \
	    {'k', "keep-going", NULL, "Go on after a failure (the default)",                      \
		TAKES_FALSE(struct product_settings, build.fail_fast), PRODUCT_GIVEN},            \
	    {0, "fail-fast", NULL, "Start nothing more after a failure",                          \
		TAKES_TRUE(struct product_settings, build.fail_fast), PRODUCT_GIVEN},             \
	    {0, "timeout", "SECONDS",                                                             \
		"End a program that runs longer than this (default: no limit)",                   \
		TAKES_NUMBER(struct product_settings, build.session.timeout, TIMEOUT_LIMIT),      \
		PRODUCT_GIVEN},                                                                   \
	    {0, "cache", "DIR",                                                                   \
		"Directory of the cache (default: kiln in the user's cache "                      \
		"directory)",                                                                     \
		TAKES_PATH(struct product_settings, build.cache, "the path of a directory")},     \
	    {0, "no-cache", NULL, "Neither read nor fill the cache",                              \
		TAKES_TRUE(struct product_settings, build.no_cache)},                             \
	{                                                                                         \
		0, "cache-limit", "SIZE",                                                         \
		    "Size limit of the cache, in bytes or with K, M, G, T (default: 5G)",         \
		    .take = take_product_cache_limit                                              \
	}

/* Let what is compiled into an image have the features that instrument. */
struct compile_options;
int product_instrument(
    const struct product_settings *settings, struct compile_options *compile, struct error **err);

/* Fill in defaults and the targets, which end with NULL and are borrowed. */
void product_complete(struct product_settings *settings, const char *const *targets);

/* Choose the versions of CPython, as pythons_choose() does; the architectures of --variant count as
 * --python. */
int product_choose(struct product_settings *settings, const char *const *sources, bool is_deep,
    struct error **err);

void product_settings_release(struct product_settings *settings);

/* Build in place, or with -n print what would be built. *ret_failed is whether a factor failed. */
int product_run(struct reporter *reporter, struct product_settings *settings, bool *ret_failed,
    struct error **err);

#endif
