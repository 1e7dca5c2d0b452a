/*
 * The functions of a table for argparse.h: TAKE(name, statement) defines take_name(), in which
 * `settings` are the command's, of the type SETTINGS, and `text` and `number` the value.
 */
#ifndef KILN_COMMAND_TAKE_H
#define KILN_COMMAND_TAKE_H

#define TAKE(name, statement)                                                 \
	static void take_##name(void *context, const char *text, long number) \
	{                                                                     \
		SETTINGS *settings = context;                                 \
                                                                              \
		(void)text; /* some statements use neither */                 \
		(void)number;                                                 \
		statement;                                                    \
	}

#endif
