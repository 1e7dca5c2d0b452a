#include "process/code_pages.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE ((uintptr_t)2 << 20)

struct code {
	uintptr_t begin, end; /* of the segment with the code; 0 if there is none */
	uintptr_t limit;      /* where the next segment begins */
};

static uintptr_t round_up(uintptr_t address)
{
	return (address + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
}

/* The first object that dl_iterate_phdr(3) shows is the program itself. Segments are in order of
 * addresses. */
static int find_code(struct dl_phdr_info *info, size_t size, void *context)
{
	struct code *code = context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (code->begin && !code->limit)
			code->limit = begin;
		if (segment->p_flags & PF_X && !code->begin)
			*code = (struct code){begin, begin + segment->p_memsz, 0};
	}
	return 1;
}

/* Memory of a multiple of large pages at such an address; NULL if there is none. */
static char *map_aligned(size_t size)
{
	char *memory = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *aligned;

	if (memory == MAP_FAILED)
		return NULL;
	aligned = (char *)round_up((uintptr_t)memory);
	if (aligned > memory)
		(void)munmap(memory, (size_t)(aligned - memory)); /* a failure wastes addresses */
	if (aligned < memory + LARGE_PAGE)
		(void)munmap(aligned + size, (size_t)(memory + LARGE_PAGE - aligned));
	return aligned;
}

void code_use_large_pages(void)
{
	struct code code = {0, 0, 0};
	size_t size;
	char *copy;

	(void)dl_iterate_phdr(find_code, &code); /* what it found is in `code` */
	size = round_up(code.end) - code.begin;
	/* The linker was asked to keep other segments off these pages. */
	if (!code.begin || code.begin % LARGE_PAGE || code.limit < code.begin + size)
		return;
	copy = map_aligned(size);
	if (!copy)
		return;
	if (madvise(copy, size, MADV_HUGEPAGE) == 0) {
		memcpy(copy, (const void *)code.begin, code.end - code.begin);
		if (mprotect(copy, size, PROT_READ | PROT_EXEC) == 0 &&
		    mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)code.begin) !=
			MAP_FAILED)
			return;
	}
	(void)munmap(copy, size); /* a failure wastes memory */
}
