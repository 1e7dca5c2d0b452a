#include "base/build_id.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "base/cleanup.h"

struct search {
	uintptr_t address;
	bool is_found; /* the segment that contains the address */
	struct slice id;
};

/* Names and contents of notes are padded to words: of four bytes, or of eight in a segment that is
 * aligned to eight. */
static size_t fill(size_t size, size_t word)
{
	return (size + word - 1) & ~(word - 1);
}

static void read_notes(const ElfW(Phdr) * segment, const char *at, struct slice *ret)
{
	size_t word = segment->p_align == 8 ? 8 : 4;
	size_t left = segment->p_memsz;
	ElfW(Nhdr) note;

	while (left >= sizeof(note)) {
		size_t name, content;

		memcpy(&note, at, sizeof(note));
		name = fill(note.n_namesz, word);
		content = fill(note.n_descsz, word);
		at += sizeof(note);
		left -= sizeof(note);
		if (name > left || content > left - name)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 && note.n_descsz) {
			*ret = slice_of(at + name, note.n_descsz);
			return;
		}
		at += name + content;
		left -= name + content;
	}
}

static bool has_address(const struct dl_phdr_info *object, uintptr_t address)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD &&
		    address - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
			return true;
	}
	return false;
}

static int look_at(struct dl_phdr_info *object, size_t size, void *context)
{
	struct search *search = context;

	(void)size; /* every kernel's struct has the members that are read */
	if (!has_address(object, search->address))
		return 0;
	search->is_found = true;
	for (size_t i = 0; i < object->dlpi_phnum && !search->id.len; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE)
			read_notes(segment, (const char *)(object->dlpi_addr + segment->p_vaddr),
			    &search->id);
	}
	return 1;
}

int build_id_of(void (*function)(void), struct slice *ret, struct error **err)
{
	struct search search = {.address = (uintptr_t)function};

	(void)dl_iterate_phdr(look_at, &search); /* what look_at() returned */
	if (!search.id.len)
		return fail(err, ERROR_SYSTEM,
		    "%s: link it with --build-id=sha1, and keep .note.gnu.build-id",
		    search.is_found ? "this program has no build id"
				    : "no loaded object has the code of this program");
	*ret = search.id;
	return 0;
}

/* The most that the headers of an executable, or one segment of notes, may have. */
#define PART_LIMIT ((size_t)1 << 16)

/* Read a part of a file: true if it is all there. */
static bool read_part(int fd, uint64_t offset, size_t len, struct str *ret)
{
	str_truncate(ret, 0);
	if (len > PART_LIMIT)
		return false;
	str_reserve(ret, len);
	ret->len = len;
	return TEMP_FAILURE_RETRY(pread(fd, ret->data, len, (off_t)offset)) == (ssize_t)len;
}

/* Find the build id among the segments of an executable; `headers` are their headers. */
static void read_segments(int fd, struct slice headers, struct str *ret)
{
	for (size_t at = 0; at + sizeof(ElfW(Phdr)) <= headers.len; at += sizeof(ElfW(Phdr))) {
		autostr struct str notes = STR_INIT;
		struct slice id = {NULL, 0};
		ElfW(Phdr) segment;

		memcpy(&segment, headers.data + at, sizeof(segment));
		if (segment.p_type != PT_NOTE ||
		    !read_part(fd, segment.p_offset, segment.p_filesz, &notes))
			continue;
		segment.p_memsz = segment.p_filesz;
		read_notes(&segment, notes.data, &id);
		if (id.len) {
			str_add_slice(ret, id);
			return;
		}
	}
}

int build_id_of_file(const char *path, struct str *ret, struct error **err)
{
	autoclose int fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC));
	autostr struct str part = STR_INIT;
	size_t begin = ret->len;
	ElfW(Ehdr) header;

	if (fd < 0)
		return fail_errno(err, errno, "cannot open '%s'", path);
	if (read_part(fd, 0, sizeof(header), &part)) {
		memcpy(&header, part.data, sizeof(header));
		if (memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
		    header.e_phentsize == sizeof(ElfW(Phdr)) &&
		    read_part(fd, header.e_phoff, header.e_phnum * sizeof(ElfW(Phdr)), &part))
			read_segments(fd, str_slice(&part), ret);
	}
	if (ret->len == begin)
		return fail(err, ERROR_SYSTEM,
		    "'%s' has no build id: link it with --build-id=sha1, and keep "
		    ".note.gnu.build-id",
		    path);
	return 0;
}
