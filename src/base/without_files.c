/* What a static program does instead of functions of the C library that need files of the system
 * that it runs on: the description of a locale, or shared libraries of the very same C library. The
 * linker calls __wrap_NAME instead of NAME (ld(1), --wrap). CPython and OpenSSL have calls of them
 * that this program never reaches. */
#include <errno.h>
#include <grp.h>
#include <langinfo.h>
#include <netdb.h>
#include <stddef.h>

char *__real_nl_langinfo(nl_item item);
char *__wrap_nl_langinfo(nl_item item);
void *__wrap_dlopen(const char *path, int flags);
int __wrap_getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret);
struct hostent *__wrap_gethostbyname(const char *name);
int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *ret_count);
int __wrap_initgroups(const char *user, gid_t group);

/* libarchive converts names to UTF-8 from the character set that this names. */
char *__wrap_nl_langinfo(nl_item item)
{
	static char utf8[] = "UTF-8";

	return item == CODESET ? utf8 : __real_nl_langinfo(item);
}

void *__wrap_dlopen(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return NULL;
}

int __wrap_getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	(void)host;
	(void)service;
	(void)hints;
	(void)ret;
	return EAI_FAIL;
}

struct hostent *__wrap_gethostbyname(const char *name)
{
	(void)name;
	h_errno = NO_RECOVERY;
	return NULL;
}

int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *ret_count)
{
	(void)user;
	(void)group;
	(void)groups;
	(void)ret_count;
	return -1;
}

int __wrap_initgroups(const char *user, gid_t group)
{
	(void)user;
	(void)group;
	errno = ENOSYS;
	return -1;
}
