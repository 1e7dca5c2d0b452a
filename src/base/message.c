#include "base/message.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "base/spawn.h"

#define DOMAIN "kiln"

/* The directory of catalogues. A static program may stand anywhere: its path is relative. */
static void add_directory(struct str *ret)
{
#ifdef KILN_STATIC
	char self[PATH_MAX];
	ssize_t len = readlink(spawn_self(), self, sizeof(self));
	struct slice path = len > 0 ? slice_of(self, (size_t)len) : slice_c(spawn_self());

	path.len = (size_t)(path_name(path).data - path.data);
	str_add_slice(ret, path);
	if (slice_ends(path, SLICE_LITERAL("/libexec/kiln/")))
		str_adds(ret, "../");
#endif
	str_adds(ret, KILN_LOCALEDIR);
}

/* File names are bytes, and messages are UTF-8 in every locale, so LC_CTYPE is left alone. If a
 * locale or a catalogue is missing, messages stay English. */
void message_start(void)
{
	const char *directory = getenv("TEXTDOMAINDIR");
	autostr struct str own = STR_INIT;

	add_directory(&own);
	(void)setlocale(LC_MESSAGES, "");
	(void)bindtextdomain(DOMAIN, directory && *directory ? directory : str_c(&own));
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *message_text(const char *text)
{
	return dgettext(DOMAIN, text);
}
