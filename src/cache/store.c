#include "cache/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "base/trust.h"

/* The version of the form of entries. */
#define VERSION_DIRECTORY "v1"

/* Seconds: entries that are used all the time are not touched all the time. */
#define RENEWAL 3600

/* "ab/ab01..." below the directory with the entries. */
struct entry_name {
	char text[3 + 2 * HASH_SIZE + 1];
};

static struct entry_name name_of(const struct hash *key)
{
	struct entry_name name;

	hash_hex(key, name.text + 3);
	name.text[0] = name.text[3];
	name.text[1] = name.text[4];
	name.text[2] = '/';
	return name;
}

/* Append what a variable has with `tail` behind it; false if it does not count. */
static bool add_variable(
    const char *variable, const char *tail, struct str *ret, struct str *ret_warnings)
{
	const char *value = getenv(variable);

	if (!value || !*value)
		return false;
	if (*value != '/') {
		str_addf(ret_warnings, "%s is passed over: '", variable);
		str_add_printable(ret_warnings, slice_c(value));
		str_adds(ret_warnings, "' is no absolute path\n");
		return false;
	}
	str_adds(ret, value);
	str_adds(ret, tail);
	return true;
}

bool cache_default_directory(struct str *ret, struct str *ret_warnings)
{
	return add_variable("KILN_CACHE", "", ret, ret_warnings) ||
	       add_variable("XDG_CACHE_HOME", "/kiln", ret, ret_warnings) ||
	       add_variable("HOME", "/.cache/kiln", ret, ret_warnings);
}

/* Open a directory below `at`, made if it is not there, that only this user and root may write to.
 */
static int open_own(int at, const char *path, const char *shown, int flags, struct error **err)
{
	autoclose int fd = -1;
	struct stat stat;

	flags |= O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	fd = TEMP_FAILURE_RETRY(openat(at, path, flags));
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(at, path, 0700) < 0 && errno != EEXIST)
			return fail_errno(err, errno, "cannot make the cache '%s'", shown);
		fd = TEMP_FAILURE_RETRY(openat(at, path, flags));
	}
	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail_errno(err, errno, "cannot open the cache '%s'", shown);
	if (trust_fault(&stat))
		return fail(err, ERROR_SYSTEM, "the cache '%s' %s", shown, trust_fault(&stat));
	return steal_fd(&fd);
}

/* What another user's link leads to is that user's choice. */
static int check_link(const char *directory, struct error **err)
{
	struct stat stat;

	if (lstat(directory, &stat) < 0 || !S_ISLNK(stat.st_mode) || !trust_fault(&stat))
		return 0;
	return fail(
	    err, ERROR_SYSTEM, "the cache '%s' is a link that %s", directory, trust_fault(&stat));
}

int cache_open(struct cache *cache, const char *directory, uint64_t limit, struct error **err)
{
	autoclose int parent = -1;
	mode_t mode = file_default_mode();

	*cache = (struct cache){.limit = limit, .mode = mode};
	if (tree_make_parents(place_at(directory), err) < 0 || check_link(directory, err) < 0)
		return -1;
	parent = open_own(AT_FDCWD, directory, directory, 0, err);
	if (parent < 0)
		return -1;
	cache->fd = open_own(parent, VERSION_DIRECTORY, directory, O_NOFOLLOW, err);
	if (cache->fd < 0)
		return -1;
	cache->path = xasprintf("%s/" VERSION_DIRECTORY, directory);
	/* What it is does not matter, as long as others have something else. */
	if (getrandom(&cache->random, sizeof(cache->random), GRND_NONBLOCK) < 0)
		cache->random = (uint64_t)time(NULL);
	cache->is_open = true;
	return 0;
}

void cache_close(struct cache *cache)
{
	if (cache->is_open)
		(void)close(cache->fd); /* it was only read */
	free(cache->path);
	entry_reader_release(&cache->reader);
	entry_writer_release(&cache->writer);
	*cache = (struct cache){0};
}

/* Refuse a directory from here on, which is said once. */
static void refuse_fan(struct cache *cache, unsigned number, const char *fault)
{
	autoerror struct error *warning = NULL;

	cache->fans[number] = FAN_REFUSED;
	fail(&warning, ERROR_SYSTEM, "'%s/%02x' of the cache is not used: it %s", cache->path,
	    number, fault);
	if (cache->warn)
		cache->warn(cache->context, warning);
}

bool cache_takes_fan(struct cache *cache, unsigned number, int fd)
{
	const char *fault;
	struct stat stat;

	if (cache->fans[number] == FAN_NEW) {
		fault = fstat(fd, &stat) < 0 ? "cannot be examined" : trust_fault(&stat);
		if (fault)
			refuse_fan(cache, number, fault);
		else
			cache->fans[number] = FAN_OURS;
	}
	return cache->fans[number] == FAN_OURS;
}

/* The directory of a key's entry; links are not followed. -1 with errno; that is 0 for one that is
 * refused. */
static int open_fan(struct cache *cache, const struct hash *key, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const struct entry_name name = name_of(key);
	const char fan[3] = {name.text[0], name.text[1]};
	autoclose int fd = TEMP_FAILURE_RETRY(openat(cache->fd, fan, flags));

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(cache->fd, fan, 0700) < 0 && errno != EEXIST)
			return -1;
		fd = TEMP_FAILURE_RETRY(openat(cache->fd, fan, flags));
	}
	if (fd < 0 && cache->fans[key->bytes[0]] == FAN_NEW && (errno == ENOTDIR || errno == ELOOP))
		refuse_fan(cache, key->bytes[0], "is no directory");
	if (fd >= 0 && cache_takes_fan(cache, key->bytes[0], fd))
		return steal_fd(&fd);
	if (fd >= 0 || cache->fans[key->bytes[0]] == FAN_REFUSED)
		errno = 0;
	return -1;
}

/* Whether entries can be looked for in a key's directory; errno tells why they cannot, as of
 * open_fan(). */
static bool has_fan(struct cache *cache, const struct hash *key)
{
	autoclose int fd = -1;

	errno = 0;
	if (cache->fans[key->bytes[0]] == FAN_NEW)
		fd = open_fan(cache, key, false);
	return cache->fans[key->bytes[0]] == FAN_OURS;
}

/* Tell that an entry cannot be used; one that is damaged is removed. */
static void refuse(struct cache *cache, const struct entry_name *name, const struct error *reason)
{
	autoerror struct error *warning = NULL;
	bool is_damaged = reason->kind == ERROR_INPUT;
	const char *done = is_damaged && unlinkat(cache->fd, name->text, 0) == 0
			       ? " and was removed"
			       : "";

	fail(&warning, ERROR_INPUT, "entry '%s/%s' of the cache %s%s: %s", cache->path, name->text,
	    is_damaged ? "is damaged" : "cannot be used", done, reason->message);
	if (cache->warn)
		cache->warn(cache->context, warning);
}

/* Open the file of an entry. Without an entry the error has the number ENOENT. */
static int open_entry(const struct cache *cache, const struct entry_name *name,
    struct stat *ret_stat, struct error **err)
{
	autoclose int fd = TEMP_FAILURE_RETRY(openat(
	    cache->fd, name->text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));

	if (fd < 0 && errno == ELOOP)
		return fail(err, ERROR_INPUT, "it is a link");
	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return fail_errno(err, errno, "it cannot be opened");
	if (!S_ISREG(ret_stat->st_mode))
		return fail(err, ERROR_INPUT, "it is no regular file");
	if (trust_fault(ret_stat))
		return fail(err, ERROR_INPUT, "it %s", trust_fault(ret_stat));
	if ((uint64_t)ret_stat->st_size > cache_entry_limit(cache))
		return fail(err, ERROR_INPUT, "it is larger than the whole cache may be");
	return steal_fd(&fd);
}

/* The entry was used: so it is among the last to be removed. */
static void renew(int fd, const struct stat *stat)
{
	time_t now = time(NULL);

	/* In vain where the cache can only be read, and nothing is removed. */
	if (stat->st_mtim.tv_sec < now - RENEWAL || stat->st_mtim.tv_sec > now + RENEWAL)
		(void)futimens(fd, NULL);
}

/* Where an entry goes: memory, or else a place. */
struct taking {
	struct str *bytes;
	struct place target;
	bool is_damaged; /* it failed because of the entry */
};

/* Remember whose fault it is that taking from the entry failed. Returns -1. */
static int blame(struct taking *taking, const struct error *error)
{
	taking->is_damaged = error->kind == ERROR_INPUT;
	return -1;
}

static int take_into_file(struct cache *cache, struct taking *taking, struct error **err)
{
	struct place target = taking->target;
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;
	/* Whoever may read it may run it. */
	mode_t more = cache->reader.kind == ENTRY_EXECUTABLE ? (cache->mode & 0444) >> 2 : 0;

	if (file_writer_open_over(&writer, target, cache->mode | more, &error) < 0) {
		if (error->number != ENOENT)
			return fail_with(err, steal(&error));
		if (tree_make_parents(target, err) < 0 ||
		    file_writer_open_over(&writer, target, cache->mode | more, err) < 0)
			return -1;
	}
	if (entry_take_file(&cache->reader, NULL, writer.fd, target.shown, err) < 0)
		return blame(taking, *err);
	return file_writer_commit(&writer, 0, err);
}

static int take_into_directory(struct cache *cache, struct taking *taking, struct error **err)
{
	struct place target = taking->target;
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	mode_t mode = cache->mode | (cache->mode & 0444) >> 2;

	if (tree_stage_open(&stage, target, err) < 0)
		return -1;
	if (entry_take_directory(&cache->reader, stage.fd, target.shown, err) < 0)
		return blame(taking, *err);
	return tree_stage_commit(&stage, mode | S_IRWXU, err);
}

static int take(struct cache *cache, struct taking *taking, struct error **err)
{
	if (taking->bytes)
		return entry_take_file(&cache->reader, taking->bytes, -1, NULL, err) < 0
			   ? blame(taking, *err)
			   : 0;
	if (cache->reader.kind == ENTRY_DIRECTORY)
		return take_into_directory(cache, taking, err);
	return take_into_file(cache, taking, err);
}

/* Take what the key has. A damaged entry is a miss. */
static int get(struct cache *cache, const struct hash *key, struct taking *taking, bool *ret_found,
    struct error **err)
{
	autoerror struct error *error = NULL;
	struct entry_name name;
	autoclose int fd = -1;
	struct stat stat;

	*ret_found = false;
	if (!cache->is_open)
		return 0;
	name = name_of(key);
	if (has_fan(cache, key))
		fd = open_entry(cache, &name, &stat, &error);
	else if (errno && errno != ENOENT)
		fail_errno(&error, errno, "it cannot be opened");
	if (fd < 0) {
		if (error && error->number != ENOENT)
			refuse(cache, &name, error);
		return 0;
	}
	if (entry_read(&cache->reader, fd, (uint64_t)stat.st_size, key, &error) == 0) {
		if (taking->bytes && cache->reader.kind == ENTRY_DIRECTORY)
			return 0;
		if (take(cache, taking, &error) == 0) {
			renew(fd, &stat);
			*ret_found = true;
			return 0;
		}
	} else {
		(void)blame(taking, error); /* always -1 */
	}
	if (!taking->is_damaged)
		return fail_with(err, steal(&error));
	refuse(cache, &name, error);
	return 0;
}

int cache_get(struct cache *cache, const struct hash *key, struct place target, bool *ret_found,
    struct hash *ret_content, struct error **err)
{
	struct taking taking = {NULL, target};

	if (get(cache, key, &taking, ret_found, err) < 0)
		return -1;
	if (*ret_found)
		*ret_content = cache->reader.content;
	return 0;
}

int cache_get_bytes(struct cache *cache, const struct hash *key, struct str *ret, bool *ret_found,
    bool *ret_executable, struct hash *ret_content, struct error **err)
{
	struct taking taking = {.bytes = ret};
	size_t start = ret->len;
	int failed = get(cache, key, &taking, ret_found, err);

	if (!*ret_found) {
		str_truncate(ret, start);
		return failed;
	}
	if (ret_executable)
		*ret_executable = cache->reader.kind == ENTRY_EXECUTABLE;
	if (ret_content)
		*ret_content = cache->reader.content;
	return 0;
}

/* Nothing more is stored; said once. */
static void give_up(struct cache *cache, int number)
{
	autoerror struct error *warning = NULL;

	cache->is_full = true;
	fail_errno(&warning, number, "nothing more is stored in the cache '%s'", cache->path);
	if (cache->warn)
		cache->warn(cache->context, warning);
}

/* An entry on its way into the cache, under a name that no reader asks for. */
struct new_entry {
	int fan;
	int fd; /* -1 when there is nothing to be stored */
	const char *name;
	char temporary[48];
};

static void new_entry_discard(struct new_entry *entry)
{
	if (entry->fd >= 0) {
		(void)close(entry->fd);				 /* nothing of it is wanted */
		(void)unlinkat(entry->fan, entry->temporary, 0); /* else pruning finds it */
	}
	cleanup_close(&entry->fan);
}

/* Begin an entry, unless there is one that stays or nothing is stored. */
static void new_entry_open(struct new_entry *entry, struct cache *cache, const struct hash *key,
    const struct entry_name *name, bool replaces)
{
	struct stat stat;

	if (!cache->is_open || cache->is_full)
		return;
	entry->name = name->text + 3;
	entry->fan = open_fan(cache, key, true);
	if (entry->fan < 0) {
		if (errno)
			give_up(cache, errno);
		return;
	}
	if (!replaces && fstatat(entry->fan, entry->name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	(void)snprintf(entry->temporary, sizeof(entry->temporary), ".%016jx-%lx-%x",
	    (uintmax_t)cache->random, (long)getpid(), cache->serial++);
	entry->fd = TEMP_FAILURE_RETRY(openat(entry->fan, entry->temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (entry->fd < 0)
		give_up(cache, errno);
}

/* Let readers find the entry that was written. */
static void new_entry_keep(struct new_entry *entry, struct cache *cache)
{
	bool is_large = cache->writer.size > cache_entry_limit(cache) - ENTRY_HEADER_SIZE;
	int number = is_large ? EOVERFLOW : cache->writer.failure;
	/* A result that cannot be an entry says nothing of the next one. */
	bool is_fit = number != ENAMETOOLONG && number != EXDEV && number != EOVERFLOW;

	if (entry->fd < 0)
		return;
	/* Linux has closed it even when it reports EINTR. */
	if (close(steal_fd(&entry->fd)) < 0 && errno != EINTR && !number)
		number = errno;
	if (!number && renameat(entry->fan, entry->temporary, entry->fan, entry->name) < 0)
		number = errno;
	if (!number) {
		cache->added += cache_space(cache->writer.size + ENTRY_HEADER_SIZE);
		return;
	}
	(void)unlinkat(entry->fan, entry->temporary, 0); /* else pruning finds it */
	if (is_fit)
		give_up(cache, number);
}

/* What is stored: bytes of a file, or what is at a place. */
struct storing {
	const struct place *place;
	struct slice bytes;
	enum entry_kind kind;
	bool replaces; /* an entry that there is */
};

static int put(struct cache *cache, const struct hash *key, struct storing *storing,
    struct hash *ret_content, struct error **err)
{
	CLEANUP(new_entry_discard) struct new_entry entry = {.fan = -1, .fd = -1};
	struct entry_writer *writer = &cache->writer;
	struct entry_name name = name_of(key);

	new_entry_open(&entry, cache, key, &name, storing->replaces);
	if (entry_begin(writer, entry.fd, err) < 0)
		return -1;
	if (storing->place ? entry_add_result(writer, *storing->place, &storing->kind, err) < 0
			   : entry_add(writer, storing->bytes, err) < 0)
		return -1;
	if (entry_end(writer, storing->kind, key, ret_content, err) < 0)
		return -1;
	new_entry_keep(&entry, cache);
	return 0;
}

int cache_put(struct cache *cache, const struct hash *key, struct place result, bool replaces,
    struct hash *ret_content, struct error **err)
{
	struct storing storing = {.place = &result, .replaces = replaces};

	return put(cache, key, &storing, ret_content, err);
}

int cache_put_bytes(struct cache *cache, const struct hash *key, struct slice bytes,
    bool executable, bool replaces, struct hash *ret_content, struct error **err)
{
	struct storing storing = {.bytes = bytes,
	    .kind = executable ? ENTRY_EXECUTABLE : ENTRY_FILE,
	    .replaces = replaces};

	return put(cache, key, &storing, ret_content, err);
}

int content_digest(struct place place, struct hash *ret, uint64_t *ret_size, struct error **err)
{
	CLEANUP(entry_writer_release) struct entry_writer writer = {0};
	const struct hash none = {{0}};
	enum entry_kind kind;

	if (entry_begin(&writer, -1, err) < 0 || entry_add_result(&writer, place, &kind, err) < 0)
		return -1;
	if (ret_size)
		*ret_size = writer.size;
	return entry_end(&writer, kind, &none, ret, err);
}
