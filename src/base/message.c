#include "base/message.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "base/spawn.h"
#include "base/trust.h"

#define DOMAIN "kiln"

#ifdef KILN_STATIC
/* The directory of catalogues. A static program can be moved, so the directory is relative to that
 * of the program. Texts are formats of printf(3): a catalogue that another user may have written is
 * not read. */
static void add_directory(struct str *ret)
{
	char self[PATH_MAX];
	autofree char *directory = NULL;
	autoclose int fd = -1;
	struct slice parent;
	struct stat found;

	if (!realpath(spawn_self(), self) || stat(self, &found) < 0)
		return;
	parent = path_parent(slice_c(self));
	directory = xmemdup0(parent.data, parent.len);
	if (slice_is(path_name(parent), "bin") || slice_ends(parent, SLICE_LITERAL("libexec/kiln")))
		fd = trust_open_programs(directory, found.st_uid, NULL);
	if (fd >= 0)
		str_addf(ret, "%s/%s" KILN_LOCALEDIR, directory,
		    slice_is(path_name(parent), "bin") ? "" : "../");
}
#else
static void add_directory(struct str *ret)
{
	str_adds(ret, KILN_LOCALEDIR);
}
#endif

/* File names are bytes, and messages are UTF-8 in every locale, so LC_CTYPE is left alone. If a
 * locale or a catalogue is missing, messages stay English. */
void message_start(void)
{
	const char *directory = getenv("TEXTDOMAINDIR");
	autostr struct str own = STR_INIT;

	add_directory(&own);
	(void)setlocale(LC_MESSAGES, "");
	if (!directory || !*directory)
		directory = own.len ? str_c(&own) : "/nowhere";
	(void)bindtextdomain(DOMAIN, directory);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *message_text(const char *text)
{
	return dgettext(DOMAIN, text);
}
