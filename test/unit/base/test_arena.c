#include "suite.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/arena.h"

#define ALLOCATIONS 3000

static bool holds_only(const void *memory, size_t size, unsigned char byte)
{
	for (size_t i = 0; i < size; i++)
		if (((const unsigned char *)memory)[i] != byte)
			return false;
	return true;
}

START_TEST(an_empty_arena_can_be_released)
{
	autoarena struct arena arena = {0};

	arena_release(&arena);
	ck_assert_ptr_null(arena.block);
}
END_TEST

START_TEST(allocations_are_aligned_and_do_not_overlap)
{
	autoarena struct arena arena = {0};
	static unsigned char *memory[ALLOCATIONS];
	static size_t sizes[ALLOCATIONS];
	unsigned seed = 1;

	for (size_t i = 0; i < ALLOCATIONS; i++) {
		unsigned random = (unsigned)rand_r(&seed);

		sizes[i] = i % 100 == 0 ? random % 300000 : random % 200;
		memory[i] = arena_alloc(&arena, sizes[i]);
		ck_assert_uint_eq((uintptr_t)memory[i] % _Alignof(max_align_t), 0);
		memset(memory[i], (int)(i % 251), sizes[i]);
	}
	for (size_t i = 0; i < ALLOCATIONS; i++)
		ck_assert(holds_only(memory[i], sizes[i], (unsigned char)(i % 251)));
}
END_TEST

START_TEST(allocating_nothing_gives_a_place_of_its_own)
{
	autoarena struct arena arena = {0};
	char *first = arena_alloc(&arena, 0);
	char *second = arena_alloc(&arena, 0);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_ne(first, second);
}
END_TEST

START_TEST(a_large_allocation_leaves_the_room_of_the_block_in_use)
{
	autoarena struct arena arena = {0};
	char *first = arena_alloc(&arena, 16);
	char *large = arena_alloc(&arena, (size_t)8 << 20);
	char *second = arena_alloc(&arena, 16);

	memset(large, 'x', (size_t)8 << 20);
	ck_assert_ptr_eq(second, first + 16);
}
END_TEST

START_TEST(zeroed_memory_is_zero_also_where_it_is_large)
{
	autoarena struct arena arena = {0};
	static const size_t counts[] = {0, 1, 7, 100, 100000};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		int *numbers = arena_zalloc(&arena, counts[i], sizeof(*numbers));

		ck_assert(holds_only(numbers, counts[i] * sizeof(*numbers), 0));
		memset(arena_alloc(&arena, 100), 0xff, 100);
	}
}
END_TEST

START_TEST(strings_are_copied_and_terminated)
{
	autoarena struct arena arena = {0};
	char source[] = "abc";
	char *copy = arena_strdup(&arena, source);
	char *part = arena_copy(&arena, slice_of(source, 2));
	char *nothing = arena_copy(&arena, slice_of(NULL, 0));
	char *formatted = arena_printf(&arena, "%s-%d", source, 7);

	memset(source, 'x', sizeof(source) - 1);
	ck_assert_str_eq(copy, "abc");
	ck_assert_str_eq(part, "ab");
	ck_assert_str_eq(nothing, "");
	ck_assert_str_eq(formatted, "abc-7");
}
END_TEST

START_TEST(a_released_arena_can_be_used_again)
{
	autoarena struct arena arena = {0};

	arena_strdup(&arena, "x");
	arena_release(&arena);
	ck_assert_str_eq(arena_strdup(&arena, "y"), "y");
}
END_TEST

START_TEST(an_overflowing_product_ends_the_process)
{
	autoarena struct arena arena = {0};
	volatile size_t huge = SIZE_MAX / 2;
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		(void)arena_zalloc(&arena, huge, 4);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

SUITE("base/arena", an_empty_arena_can_be_released, allocations_are_aligned_and_do_not_overlap,
    allocating_nothing_gives_a_place_of_its_own,
    a_large_allocation_leaves_the_room_of_the_block_in_use,
    zeroed_memory_is_zero_also_where_it_is_large, strings_are_copied_and_terminated,
    a_released_arena_can_be_used_again, an_overflowing_product_ends_the_process)
