#include "base/message.h"

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#define DOMAIN "kiln"

/* Names of files are bytes and messages UTF-8 in every locale, so LC_CTYPE is left alone. Where
 * something is missing, a locale or a catalogue, texts just stay as they are. */
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
