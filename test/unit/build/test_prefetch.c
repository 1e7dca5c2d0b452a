#include "suite.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/file_stamp.h"
#include "base/tree.h"
#include "build/prefetch.h"

#define IMAGES 400

static void image_name(size_t i, struct str *ret)
{
	str_addf(ret, ".images/linux-cpython311/p/d%zu/module_%zu.i", i / 100, i);
}

static void put_image(size_t i)
{
	autostr struct str name = STR_INIT;
	autoerror struct error *error = NULL;

	image_name(i, &name);
	ck_ok(tree_make_parents(place_at(str_c(&name)), &error), error);
	suite_put(str_c(&name), "image");
}

/* The state file "state", with records of images that are there, but for every tenth. */
static void put_state(size_t count)
{
	autoarena struct arena arena = {0};
	autofree struct build_state_item *items = xcalloc(count + 1, sizeof(*items));
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	for (size_t i = 0; i < count; i++) {
		struct record *record = arena_zalloc(&arena, 1, sizeof(*record));
		autostr struct str name = STR_INIT;

		if (i % 10)
			put_image(i);
		image_name(i, &name);
		record->image = slice_of(arena_copy(&arena, str_slice(&name)), name.len);
		record->project = record->form = record->declaration = SLICE_LITERAL("");
		record->factor = SLICE_LITERAL("m");
		items[i] = (struct build_state_item){record->image, record, NULL};
	}
	ck_ok(build_state_write(NULL, items, count, &text, &error), error);
	ck_ok(file_replace(place_at("state"), str_slice(&text), 0644, 0, &error), error);
}

static struct prefetch *begin(void)
{
	return prefetch_begin(AT_FDCWD, place_at("state"));
}

/* Begin with the state, change it meanwhile, and fail the test if what was seen counts all the
 * same. */
static void ck_forgotten(void (*change)(void))
{
	autoprefetch struct prefetch *prefetch = begin();
	autobuild_state struct build_state state = {0};

	ck_assert_ptr_nonnull(prefetch);
	if (change)
		change();
	ck_assert(!prefetch_take(prefetch, &state));
	ck_assert_uint_eq(state.by_image.count, 0);
}

static void replace_state(void)
{
	put_state(IMAGES);
}

static void remove_state(void)
{
	ck_assert_int_eq(unlink("state"), 0);
}

START_TEST(images_are_seen)
{
	autoprefetch struct prefetch *prefetch = NULL;
	autobuild_state struct build_state state = {0};

	put_state(IMAGES);
	prefetch = begin();
	ck_assert_ptr_nonnull(prefetch);
	ck_assert(prefetch_take(prefetch, &state));
	ck_assert_uint_eq(state.by_image.count, IMAGES);
	for (size_t i = 0; i < IMAGES; i++) {
		autostr struct str name = STR_INIT;
		const struct file_stamp *seen;
		struct file_stamp now;

		image_name(i, &name);
		seen = prefetch_image(prefetch, map_find(&state.by_image, str_slice(&name)));
		ck_assert_int_eq(seen != NULL, i % 10 != 0);
		if (!seen)
			continue;
		ck_assert(file_stamp_take(place_at(str_c(&name)), &now));
		ck_assert(file_stamp_equal(seen, &now));
	}
}
END_TEST

START_TEST(what_was_seen_of_another_state_does_not_count)
{
	put_state(IMAGES);
	ck_forgotten(replace_state);
}
END_TEST

START_TEST(a_state_that_goes_does_not_count)
{
	put_state(IMAGES);
	ck_forgotten(remove_state);
}
END_TEST

START_TEST(a_damaged_state_does_not_count)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	put_state(IMAGES);
	ck_ok(file_read("state", FILE_READ_LIMIT, &text, NULL, &error), error);
	text.data[text.len - 1] ^= 1;
	ck_ok(file_replace(place_at("state"), str_slice(&text), 0644, 0, &error), error);
	ck_forgotten(NULL);
}
END_TEST

START_TEST(small_states_are_left_alone)
{
	put_state(3);
	ck_assert_ptr_null(begin());
	remove_state();
	ck_assert_ptr_null(begin());
}
END_TEST

START_TEST(it_need_not_be_taken)
{
	put_state(IMAGES);
	prefetch_free(begin());
	prefetch_free(NULL);
}
END_TEST

SUITE("build/prefetch", images_are_seen, what_was_seen_of_another_state_does_not_count,
    a_state_that_goes_does_not_count, a_damaged_state_does_not_count, small_states_are_left_alone,
    it_need_not_be_taken)
