/*
 * The options that commands about products share.
 */
#ifndef KILN_COMMAND_PRODUCT_OPTIONS_H
#define KILN_COMMAND_PRODUCT_OPTIONS_H

#include "build/build_products.h"
#include "command/common.h"

/* The first member of such a command's settings. */
struct product_settings {
	struct common common;
	struct build_options build;
	struct fields modes;
	struct fields features;
	struct fields trusted;
	bool is_dry;
	bool is_given; /* an option that says something about images in place */
};

int take_product_context(void *settings, const char *value, struct error **err);
int take_product_trust(void *settings, const char *value, struct error **err);
int take_product_mode(void *settings, const char *value, struct error **err);
int take_product_optimal(void *settings, const char *value, struct error **err);
int take_product_debug(void *settings, const char *value, struct error **err);
int take_product_feature(void *settings, const char *value, struct error **err);
int take_product_layout(void *settings, const char *value, struct error **err);
int take_product_verbose(void *settings, const char *value, struct error **err);
int take_product_index(void *settings, const char *value, struct error **err);
int take_product_dry_run(void *settings, const char *value, struct error **err);
int take_product_rebuild(void *settings, const char *value, struct error **err);
int take_product_rebuild_all(void *settings, const char *value, struct error **err);
int take_product_keep_going(void *settings, const char *value, struct error **err);
int take_product_fail_fast(void *settings, const char *value, struct error **err);
int take_product_digits(void *settings, const char *value, struct error **err);
int take_product_timeout(void *settings, const char *value, struct error **err);
int take_product_cache(void *settings, const char *value, struct error **err);
int take_product_no_cache(void *settings, const char *value, struct error **err);
int take_product_cache_limit(void *settings, const char *value, struct error **err);

/* Add a directory of --trust to a list. */
int trust_directory(struct fields *trusted, const char *value, struct error **err);
#define TRUST_HELP                                                        \
	"Accept declarations in DIR that another user may have written; " \
	"repeatable"

#define DIGITS_HELP                                                       \
	"Most digits of a decimal number in a source: 640 or more, or 0 " \
	"for no limit (default: 4300)"

/* A number of bytes, with K, M, G or T behind it for powers of 1024. False if it is none. */
bool product_size(const char *text, uint64_t *ret);

/* Entries of a table of options: what decides which images there are, and where. */
#define PRODUCT_SELECTION                                                               \
	{'X', "context", "DIR",                                                         \
	    "Construction context (default: $SYSTEMCONTEXT, else "                      \
	    "PRODUCT/.system, else the built-in one)",                                  \
	    take_product_context},                                                      \
	    {0, "trust", "DIR", TRUST_HELP, take_product_trust},                        \
	    {0, "mode", "MODE",                                                         \
		"What to build: executable (the default), delineation, or another "     \
		"mode of the context; repeatable",                                      \
		take_product_mode},                                                     \
	    {'O', "optimal", NULL, "Select the feature optimal: optimized code",        \
		take_product_optimal},                                                  \
	    {'g', "debug", NULL, "Select the feature debug: code for debuggers",        \
		take_product_debug},                                                    \
	    {0, "feature", "NAME", "Select another feature of the context; repeatable", \
		take_product_feature},                                                  \
	    {0, "int-max-str-digits", "N", DIGITS_HELP, take_product_digits},           \
	    {0, "image-layout", "LAYOUT",                                               \
		"Where built files are: product (the default), or fint: in "            \
		"__f-int__ beside the sources",                                         \
		take_product_layout},                                                   \
	{                                                                               \
		'v', "verbose", NULL, "Also tell what is skipped or left out, and why", \
		    take_product_verbose                                                \
	}

/* And how they are made. */
#define PRODUCT_BUILDING                                                                          \
	{0, "update-index", "WHEN",                                                               \
	    "When to search for projects: missing (the default: if there is no "                  \
	    "index or kiln wrote it), never or always",                                           \
	    take_product_index},                                                                  \
	    {'n', "dry-run", NULL, "Only print what would be built, and why",                     \
		take_product_dry_run},                                                            \
	    {'r', "rebuild", NULL, "Rebuild what is named, without taking it from the cache",     \
		take_product_rebuild},                                                            \
	    {'R', "rebuild-all", NULL, "Rebuild what is named and all that it requires",          \
		take_product_rebuild_all},                                                        \
	    {'k', "keep-going", NULL, "Go on after a failure (the default)",                      \
		take_product_keep_going},                                                         \
	    {0, "fail-fast", NULL, "Start nothing more after a failure", take_product_fail_fast}, \
	    {0, "timeout", "SECONDS",                                                             \
		"End a program that runs longer than this (default: no limit)",                   \
		take_product_timeout},                                                            \
	    {0, "cache", "DIR",                                                                   \
		"Directory of the cache (default: kiln in the user's cache "                      \
		"directory)",                                                                     \
		take_product_cache},                                                              \
	    {0, "no-cache", NULL, "Neither read nor fill the cache", take_product_no_cache},      \
	{                                                                                         \
		0, "cache-limit", "SIZE",                                                         \
		    "Size limit of the cache, in bytes or with K, M, G, T (default: 5G)",         \
		    take_product_cache_limit                                                      \
	}

/* Fill in what was not given. `targets` ends with NULL. */
void product_complete(struct product_settings *settings, const char *const *targets);

void product_settings_release(struct product_settings *settings);

/* Build in place, or only print what would be. *ret_failed tells whether a factor failed. */
int product_run(struct reporter *reporter, struct product_settings *settings, bool *ret_failed,
    struct error **err);

#endif
