/*
 * The options of `kiln build` for zip applications and for wheels.
 */
#ifndef KILN_COMMAND_FORM_ARGUMENTS_H
#define KILN_COMMAND_FORM_ARGUMENTS_H

#include "command/command.h"
#include "ship/assemble.h"

/* What the options say, before it is checked. */
struct form_arguments {
	bool has_application, has_wheel; /* an option of either was given */
	struct application_options application;
	struct wheel_options wheel;
	struct fields requires, entry_points;
	const char **requires_list, **entry_points_list; /* the same, ended by NULL */
};

/* Entries of a table of options for settings of the type `type` with this member. */
#define APPLICATION_GIVEN(type, member) .given = offsetof(type, member.has_application)
#define WHEEL_GIVEN(type, member) .given = offsetof(type, member.has_wheel)
#define FORM_OPTIONS(type, member)                                                               \
	{'m', "main", "MAIN",                                                                    \
	    "What a .pyz runs, PACKAGE or PACKAGE:FUNCTION, instead of the only console script", \
	    TAKES_TEXT(type, member.application.main, "PACKAGE or PACKAGE:FUNCTION"),            \
	    APPLICATION_GIVEN(type, member)},                                                    \
	    {0, "entry", "NAME", "The script of a distribution that a .pyz runs",                \
		TAKES_TEXT(type, member.application.entry, "the name of a script"),              \
		APPLICATION_GIVEN(type, member)},                                                \
	    {0, "extract-native", NULL,                                                          \
		"Let a .pyz with shared objects unpack them when it starts, once, below the "    \
		"user's cache",                                                                  \
		TAKES_TRUE(type, member.application.extracts_native),                            \
		APPLICATION_GIVEN(type, member)},                                                \
	    {0, "name", "NAME",                                                                  \
		"Name of the distribution in a .whl, if no SOURCE has its *.dist-info",          \
		TAKES_TEXT(type, member.wheel.name, "the name of a distribution"),               \
		WHEEL_GIVEN(type, member)},                                                      \
	    {0, "version", "VERSION", "Version of the distribution, with --name",                \
		TAKES_TEXT(type, member.wheel.version, "a version"), WHEEL_GIVEN(type, member)}, \
	    {0, "requires", "REQUIREMENT",                                                       \
		"A distribution that it requires, with --name; repeatable",                      \
		TAKES_LIST(type, member.requires, "a requirement"), WHEEL_GIVEN(type, member)},  \
	{                                                                                        \
		0, "entry-point", "SCRIPT",                                                      \
		    "A script of it, NAME=PACKAGE:FUNCTION, with --name; repeatable",            \
		    TAKES_LIST(type, member.entry_points, "NAME=PACKAGE:FUNCTION"),              \
		    WHEEL_GIVEN(type, member)                                                    \
	}

/* Check the options against the form of `build`, and fill its own in, which borrow. Choose the
 * layout that the form has instead of LAYOUT_SOURCE. ERROR_USAGE. */
int form_arguments_complete(
    struct form_arguments *arguments, struct assemble_options *build, struct error **err);

void form_arguments_release(struct form_arguments *arguments);

#endif
