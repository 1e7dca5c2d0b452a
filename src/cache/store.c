#include "cache/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/tree.h"
#include "base/trust.h"

/* The directory of this version of the entries' format. */
#define VERSION_DIRECTORY "v1"

/* Seconds between two updates of the time of an entry that is in use. */
#define TOUCH_INTERVAL 3600

/* The path of an entry, "ab/ab01...", below the directory with the shards. */
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

/* Append the value of a variable, then `tail`. False if the variable does not count. */
static bool add_variable(
    const char *variable, const char *tail, struct str *ret, struct str *ret_warnings)
{
	const char *value = getenv(variable);

	if (!value || !*value)
		return false;
	if (*value != '/') {
		str_addf(ret_warnings, "ignoring %s: '", variable);
		str_add_printable(ret_warnings, slice_c(value));
		str_adds(ret_warnings, "' is not an absolute path\n");
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

/* Open a directory below `at`, making it if it is missing. It is refused if anybody but this user
 * and root may write to it. */
static int open_own(int at, const char *path, const char *shown, int flags, struct error **err)
{
	autoclose int fd = -1;
	struct stat stat;

	flags |= O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	fd = TEMP_FAILURE_RETRY(openat(at, path, flags));
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(at, path, 0700) < 0 && errno != EEXIST)
			return fail_errno(err, errno, "cannot create the cache '%s'", shown);
		fd = TEMP_FAILURE_RETRY(openat(at, path, flags));
	}
	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail_errno(err, errno, "cannot open the cache '%s'", shown);
	if (trust_fault(&stat))
		return fail(err, ERROR_SYSTEM, "the cache '%s' %s", shown, trust_fault(&stat));
	return steal_fd(&fd);
}

/* Refuse a link of another user, who could lead it elsewhere at any time. */
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
	/* Any value will do that other processes do not have. */
	if (getrandom(&cache->random, sizeof(cache->random), GRND_NONBLOCK) < 0)
		cache->random = (uint64_t)time(NULL);
	cache->is_open = true;
	return 0;
}

void cache_close(struct cache *cache)
{
	if (cache->is_open)
		(void)close(cache->fd); /* nothing was written through it */
	free(cache->path);
	entry_reader_release(&cache->reader);
	entry_writer_release(&cache->writer);
	*cache = (struct cache){0};
}

/* Refuse a shard from here on, with a warning. */
static void refuse_shard(struct cache *cache, unsigned number, const char *fault)
{
	autoerror struct error *warning = NULL;

	cache->shards[number] = SHARD_REFUSED;
	fail(&warning, ERROR_SYSTEM, "cache directory '%s/%02x' is not used: it %s", cache->path,
	    number, fault);
	if (cache->warn)
		cache->warn(cache->context, warning);
}

bool cache_trusts_shard(struct cache *cache, unsigned number, int fd)
{
	const char *fault;
	struct stat stat;

	if (cache->shards[number] == SHARD_UNCHECKED) {
		fault = fstat(fd, &stat) < 0 ? "cannot be examined" : trust_fault(&stat);
		if (fault)
			refuse_shard(cache, number, fault);
		else
			cache->shards[number] = SHARD_TRUSTED;
	}
	return cache->shards[number] == SHARD_TRUSTED;
}

/* Open the shard of a key through no link. -1 with errno, which is 0 if the shard is refused. */
static int open_shard(struct cache *cache, const struct hash *key, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const struct entry_name name = name_of(key);
	const char shard[3] = {name.text[0], name.text[1]};
	autoclose int fd = TEMP_FAILURE_RETRY(openat(cache->fd, shard, flags));

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(cache->fd, shard, 0700) < 0 && errno != EEXIST)
			return -1;
		fd = TEMP_FAILURE_RETRY(openat(cache->fd, shard, flags));
	}
	if (fd < 0 && cache->shards[key->bytes[0]] == SHARD_UNCHECKED &&
	    (errno == ENOTDIR || errno == ELOOP))
		refuse_shard(cache, key->bytes[0], "is not a directory");
	if (fd >= 0 && cache_trusts_shard(cache, key->bytes[0], fd))
		return steal_fd(&fd);
	if (fd >= 0 || cache->shards[key->bytes[0]] == SHARD_REFUSED)
		errno = 0;
	return -1;
}

/* Whether the shard of a key can be searched. If not, errno is as from open_shard(). */
static bool has_shard(struct cache *cache, const struct hash *key)
{
	autoclose int fd = -1;

	errno = 0;
	if (cache->shards[key->bytes[0]] == SHARD_UNCHECKED)
		fd = open_shard(cache, key, false);
	return cache->shards[key->bytes[0]] == SHARD_TRUSTED;
}

/* Warn that an entry cannot be used, and remove a damaged one. */
static void reject_entry(
    struct cache *cache, const struct entry_name *name, const struct error *reason)
{
	autoerror struct error *warning = NULL;
	bool is_damaged = reason->kind == ERROR_INPUT;
	const char *done = is_damaged && unlinkat(cache->fd, name->text, 0) == 0
			       ? " and was removed"
			       : "";

	fail(&warning, ERROR_INPUT, "cache entry '%s/%s' %s%s: %s", cache->path, name->text,
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
		return fail(err, ERROR_INPUT, "it is a symbolic link");
	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return fail_errno(err, errno, "it cannot be opened");
	if (!S_ISREG(ret_stat->st_mode))
		return fail(err, ERROR_INPUT, "it is not a regular file");
	if (trust_fault(ret_stat))
		return fail(err, ERROR_INPUT, "it %s", trust_fault(ret_stat));
	if ((uint64_t)ret_stat->st_size > cache_entry_limit(cache))
		return fail(err, ERROR_INPUT, "it is larger than the limit of the cache");
	return steal_fd(&fd);
}

/* Set the time of an entry that was used, so that pruning keeps it longest. */
static void touch(int fd, const struct stat *stat)
{
	time_t now = time(NULL);

	/* This fails in a read-only cache, which is never pruned. */
	if (stat->st_mtim.tv_sec < now - TOUCH_INTERVAL ||
	    stat->st_mtim.tv_sec > now + TOUCH_INTERVAL)
		(void)futimens(fd, NULL);
}

/* Where the content of an entry goes: into memory, or if `bytes` is NULL to a place. */
struct destination {
	struct str *bytes;
	struct place target;
	bool is_damaged; /* extracting failed because of the entry */
};

/* Remember whether a failure is the entry's fault. Returns -1. */
static int note_damage(struct destination *destination, const struct error *error)
{
	destination->is_damaged = error->kind == ERROR_INPUT;
	return -1;
}

static int extract_file(struct cache *cache, struct destination *destination, struct error **err)
{
	struct place target = destination->target;
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;
	/* Who may read an executable file may run it. */
	mode_t more = cache->reader.kind == ENTRY_EXECUTABLE ? (cache->mode & 0444) >> 2 : 0;

	if (file_writer_open_over(&writer, target, cache->mode | more, &error) < 0) {
		if (error->number != ENOENT)
			return fail_with(err, steal(&error));
		if (tree_make_parents(target, err) < 0 ||
		    file_writer_open_over(&writer, target, cache->mode | more, err) < 0)
			return -1;
	}
	if (entry_extract_file(&cache->reader, NULL, writer.fd, target.shown, err) < 0)
		return note_damage(destination, *err);
	return file_writer_commit(&writer, 0, err);
}

static int extract_directory(
    struct cache *cache, struct destination *destination, struct error **err)
{
	struct place target = destination->target;
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	mode_t mode = cache->mode | (cache->mode & 0444) >> 2;

	if (tree_stage_open(&stage, target, err) < 0)
		return -1;
	if (entry_extract_directory(&cache->reader, stage.fd, target.shown, err) < 0)
		return note_damage(destination, *err);
	return tree_stage_commit(&stage, mode | S_IRWXU, err);
}

static int extract(struct cache *cache, struct destination *destination, struct error **err)
{
	if (destination->bytes)
		return entry_extract_file(&cache->reader, destination->bytes, -1, NULL, err) < 0
			   ? note_damage(destination, *err)
			   : 0;
	if (cache->reader.kind == ENTRY_DIRECTORY)
		return extract_directory(cache, destination, err);
	return extract_file(cache, destination, err);
}

/* Extract the entry of a key. A damaged one counts as missing. */
static int get(struct cache *cache, const struct hash *key, struct destination *destination,
    bool *ret_found, struct error **err)
{
	autoerror struct error *error = NULL;
	struct entry_name name;
	autoclose int fd = -1;
	struct stat stat;

	*ret_found = false;
	if (!cache->is_open)
		return 0;
	name = name_of(key);
	if (has_shard(cache, key))
		fd = open_entry(cache, &name, &stat, &error);
	else if (errno && errno != ENOENT)
		fail_errno(&error, errno, "it cannot be opened");
	if (fd < 0) {
		if (error && error->number != ENOENT)
			reject_entry(cache, &name, error);
		return 0;
	}
	if (entry_read(&cache->reader, fd, (uint64_t)stat.st_size, key, &error) == 0) {
		if (destination->bytes && cache->reader.kind == ENTRY_DIRECTORY)
			return 0;
		if (extract(cache, destination, &error) == 0) {
			touch(fd, &stat);
			*ret_found = true;
			return 0;
		}
	} else {
		(void)note_damage(destination, error); /* always -1 */
	}
	if (!destination->is_damaged)
		return fail_with(err, steal(&error));
	reject_entry(cache, &name, error);
	return 0;
}

int cache_get(struct cache *cache, const struct hash *key, struct place target, bool *ret_found,
    struct hash *ret_content, struct error **err)
{
	struct destination destination = {NULL, target};

	if (get(cache, key, &destination, ret_found, err) < 0)
		return -1;
	if (*ret_found)
		*ret_content = cache->reader.content;
	return 0;
}

int cache_get_bytes(struct cache *cache, const struct hash *key, struct str *ret, bool *ret_found,
    bool *ret_executable, struct hash *ret_content, struct error **err)
{
	struct destination destination = {.bytes = ret};
	size_t start = ret->len;
	int failed = get(cache, key, &destination, ret_found, err);

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

/* Store nothing from here on, with a warning. */
static void stop_storing(struct cache *cache, int number)
{
	autoerror struct error *warning = NULL;

	cache->is_full = true;
	fail_errno(&warning, number, "cannot store anything more in the cache '%s'", cache->path);
	if (cache->warn)
		cache->warn(cache->context, warning);
}

/* An entry on its way into the cache, under a name that no reader asks for. */
struct new_entry {
	int shard;
	int fd; /* -1: nothing is stored */
	const char *name;
	char temporary[48];
};

static void new_entry_discard(struct new_entry *entry)
{
	if (entry->fd >= 0) {
		(void)close(entry->fd);				   /* the file is not kept */
		(void)unlinkat(entry->shard, entry->temporary, 0); /* else pruning finds it */
	}
	cleanup_close(&entry->shard);
}

/* Begin an entry, unless the key has one that stays, or nothing can be stored. */
static void new_entry_open(struct new_entry *entry, struct cache *cache, const struct hash *key,
    const struct entry_name *name, bool replaces)
{
	struct stat stat;

	if (!cache->is_open || cache->is_full)
		return;
	entry->name = name->text + 3;
	entry->shard = open_shard(cache, key, true);
	if (entry->shard < 0) {
		if (errno)
			stop_storing(cache, errno);
		return;
	}
	if (!replaces && fstatat(entry->shard, entry->name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	(void)snprintf(entry->temporary, sizeof(entry->temporary), ".%016jx-%lx-%x",
	    (uintmax_t)cache->random, (long)getpid(), cache->serial++);
	entry->fd = TEMP_FAILURE_RETRY(openat(entry->shard, entry->temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (entry->fd < 0)
		stop_storing(cache, errno);
}

/* Give a written entry its name, under which readers find it. */
static void new_entry_keep(struct new_entry *entry, struct cache *cache)
{
	bool is_large = cache->writer.size > cache_entry_limit(cache) - ENTRY_HEADER_SIZE;
	int number = is_large ? EOVERFLOW : cache->writer.failure;
	/* These errors are about this result only, the next one may fit. */
	bool is_fit = number != ENAMETOOLONG && number != EXDEV && number != EOVERFLOW;

	if (entry->fd < 0)
		return;
	/* Linux closes a descriptor even when close() fails with EINTR. */
	if (close(steal_fd(&entry->fd)) < 0 && errno != EINTR && !number)
		number = errno;
	if (!number && renameat(entry->shard, entry->temporary, entry->shard, entry->name) < 0)
		number = errno;
	if (!number) {
		cache->added += cache_space(cache->writer.size + ENTRY_HEADER_SIZE);
		return;
	}
	(void)unlinkat(entry->shard, entry->temporary, 0); /* else pruning finds it */
	if (is_fit)
		stop_storing(cache, number);
}

/* What to store: the file or directory at a place, or if `place` is NULL bytes. */
struct content {
	const struct place *place;
	struct slice bytes;
	enum entry_kind kind;
	bool replaces; /* an entry of the same key */
};

static int put(struct cache *cache, const struct hash *key, struct content *content,
    struct hash *ret_content, struct error **err)
{
	CLEANUP(new_entry_discard) struct new_entry entry = {.shard = -1, .fd = -1};
	struct entry_writer *writer = &cache->writer;
	struct entry_name name = name_of(key);

	new_entry_open(&entry, cache, key, &name, content->replaces);
	if (entry_begin(writer, entry.fd, err) < 0)
		return -1;
	if (content->place ? entry_add_result(writer, *content->place, &content->kind, err) < 0
			   : entry_add(writer, content->bytes, err) < 0)
		return -1;
	if (entry_end(writer, content->kind, key, ret_content, err) < 0)
		return -1;
	new_entry_keep(&entry, cache);
	return 0;
}

int cache_put(struct cache *cache, const struct hash *key, struct place result, bool replaces,
    struct hash *ret_content, struct error **err)
{
	struct content content = {.place = &result, .replaces = replaces};

	return put(cache, key, &content, ret_content, err);
}

int cache_put_bytes(struct cache *cache, const struct hash *key, struct slice bytes,
    bool executable, bool replaces, struct hash *ret_content, struct error **err)
{
	struct content content = {.bytes = bytes,
	    .kind = executable ? ENTRY_EXECUTABLE : ENTRY_FILE,
	    .replaces = replaces};

	return put(cache, key, &content, ret_content, err);
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
