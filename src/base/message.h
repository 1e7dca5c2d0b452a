/*
 * Messages in the user's language (gettext), for the commands that have a catalogue.
 *
 * _() marks a text for translation and translates it; in the C locale, and before message_start(),
 * it is the text itself. N_() only marks one, for tables.
 */
#ifndef KILN_BASE_MESSAGE_H
#define KILN_BASE_MESSAGE_H

/* Follow LC_ALL, LC_MESSAGES, LANG, LANGUAGE. Catalogues lie in TEXTDOMAINDIR if it is set, else
 * where they were installed. */
void message_start(void);

const char *message_text(const char *text) __attribute__((format_arg(1)));
#define _(text) message_text(text)
#define N_(text) text

#endif
