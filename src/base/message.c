#include "base/message.h"

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#define DOMAIN "kiln"

/* File names are bytes, and messages are UTF-8 in every locale, so LC_CTYPE is left alone. If a
 * locale or a catalogue is missing, messages stay English. */
void message_start(void)
{
	const char *directory = getenv("TEXTDOMAINDIR");

	(void)setlocale(LC_MESSAGES, "");
	(void)bindtextdomain(DOMAIN, directory && *directory ? directory : KILN_LOCALEDIR);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *message_text(const char *text)
{
	return dgettext(DOMAIN, text);
}
