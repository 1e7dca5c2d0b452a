#include "record/spool.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int spool_open(struct spool *spool, struct error **err)
{
	void *end = mmap(
	    NULL, sizeof(*spool->end), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (end == MAP_FAILED)
		return fail_errno(err, errno, "cannot share memory");
	spool->end = end;
	spool->fd = memfd_create("kiln", MFD_CLOEXEC);
	if (spool->fd < 0)
		return fail_errno(err, errno, "cannot create a file in memory");
	return 0;
}

int spool_write(
    const struct spool *spool, struct slice bytes, struct spooled *ret, struct error **err)
{
	*ret = (struct spooled){atomic_fetch_add(spool->end, bytes.len), bytes.len};
	for (size_t at = 0; at < bytes.len;) {
		ssize_t len = pwrite(
		    spool->fd, bytes.data + at, bytes.len - at, (off_t)(ret->offset + at));

		if (len < 0 && errno != EINTR)
			return fail_errno(err, errno, "cannot write to a file in memory");
		at += len > 0 ? (size_t)len : 0;
	}
	return 0;
}

int spool_read(
    const struct spool *spool, const struct spooled *spooled, struct str *ret, struct error **err)
{
	size_t end = ret->len + spooled->size;

	str_reserve(ret, spooled->size);
	for (uint64_t at = spooled->offset; ret->len < end;) {
		ssize_t len = pread(spool->fd, ret->data + ret->len, end - ret->len, (off_t)at);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return fail_errno(err, len ? errno : EIO, "cannot read a file in memory");
		at += (uint64_t)len;
		ret->len += (size_t)len;
		ret->data[ret->len] = '\0';
	}
	return 0;
}

void spool_release(struct spool *spool)
{
	if (spool->fd >= 0)
		(void)close(spool->fd); /* nobody needs it any more */
	if (spool->end)
		(void)munmap((void *)spool->end, sizeof(*spool->end)); /* as mapped */
	*spool = SPOOL_INIT;
}
