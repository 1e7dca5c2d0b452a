#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Every kind of constant, names, tables of exceptions, nested code, and values that occur again. */
static const char source[] =
    "'A docstring'\n"
    "import os\n"
    "x = [None, True, False, ..., 1, -1, 1 << 40, -(1 << 90), 1.5, 2j, b'bytes', 'text', "
    "'\xc3\xa9', '\\ud800']\n"
    "y = x in {1, 'two', (3, b'4'), 5.0}, ('nested', ('tuple', 2, None)), 'again and again'\n"
    "class Class:\n"
    "    def method(self, a, /, b, *c, d=1, **e):\n"
    "        try:\n"
    "            return lambda: (self, a, [f for f in c if f is not d])\n"
    "        except (OSError, ValueError) as error:\n"
    "            raise os.error('again and again') from error\n"
    "    async def other(\xc3\xa9): await \xc3\xa9\n";

/* A code object whose constant is the object, as CPython writes it; all else is empty. */
static void add_code_with(struct str *ret, struct slice object)
{
	static const char empty[] = ")\0)\0s\0\0\0\0z\0z\0z\0\1\0\0\0s\0\0\0\0s\0\0\0";

	str_adds(ret, "\xe3");
	for (int i = 0; i < 20; i++)
		str_addc(ret, 0);
	str_add(ret, "s\0\0\0\0", 5);
	str_add(ret, ")\1", 2);
	str_add_slice(ret, object);
	str_add(ret, empty, sizeof(empty)); /* with the NUL at its end */
}

static bool is_object(struct slice object)
{
	autostr struct str code = STR_INIT;

	add_code_with(&code, object);
	return code_is_complete(str_slice(&code));
}

START_TEST(a_body_is_complete_only_as_a_whole)
{
	autostr struct str bytes = STR_INIT;

	start_python();
	add_bytecode(&bytes, source);
	ck_assert_uint_gt(bytes.len, 500);
	for (size_t len = 0; len < bytes.len; len++) {
		/* Where nothing may be read behind it. */
		autofree char *copy = xmalloc(len + 1);

		memcpy(copy, bytes.data, len);
		ck_assert(!code_is_complete(slice_of(copy, len)));
	}
	ck_assert(code_is_complete(str_slice(&bytes)));
	str_addc(&bytes, 'N');
	ck_assert(!code_is_complete(str_slice(&bytes)));
}
END_TEST

START_TEST(a_long_body_is_complete)
{
	autostr struct str text = STR_INIT, bytes = STR_INIT;

	start_python();
	/* Lengths and counts beyond one byte. */
	str_adds(&text, "x = ('a");
	for (int i = 0; i < 300; i++)
		str_adds(&text, " b");
	str_adds(&text, "', '\xc3\xa9', (");
	for (int i = 0; i < 300; i++)
		str_addf(&text, "%d, ", i);
	str_adds(&text, "))\n");
	add_bytecode(&bytes, str_c(&text));
	ck_assert(code_is_complete(str_slice(&bytes)));
	bytes.len--;
	ck_assert(!code_is_complete(str_slice(&bytes)));
}
END_TEST

/* As marshal.dumps() gives them, but where noted. */
START_TEST(all_types_are_known)
{
	const struct slice objects[] = {
	    SLICE_LITERAL("N"),
	    SLICE_LITERAL("S"),
	    SLICE_LITERAL("."),
	    SLICE_LITERAL("T"),
	    SLICE_LITERAL("F"),
	    SLICE_LITERAL("i\0\0\0\x80"),
	    SLICE_LITERAL("\xe9\1\0\0\0"),
	    SLICE_LITERAL("I\1\0\0\0\0\0\0\0"), /* by version 2 */
	    SLICE_LITERAL("l\3\0\0\0\0\0\0\0\0\1"),
	    SLICE_LITERAL("l\xfd\xff\xff\xff\0\0\0\0\0\1"),
	    SLICE_LITERAL("g\0\0\0\0\0\0\xf8?"),
	    SLICE_LITERAL("y\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf8?"),
	    SLICE_LITERAL("f\003"
			  "1.5"), /* by version 1 */
	    SLICE_LITERAL("x\0010\003"
			  "1.5"),
	    SLICE_LITERAL("s\2\0\0\0ab"),
	    SLICE_LITERAL("z\2a "),
	    SLICE_LITERAL("Z\2ab"),
	    SLICE_LITERAL("a\2\0\0\0ab"),
	    SLICE_LITERAL("A\2\0\0\0ab"),
	    SLICE_LITERAL("u\2\0\0\0\xc3\xa9"),
	    SLICE_LITERAL("t\2\0\0\0\xc3\xa9"),
	    SLICE_LITERAL(")\0"),
	    SLICE_LITERAL(")\2NT"),
	    SLICE_LITERAL("(\2\0\0\0NT"),
	    SLICE_LITERAL("[\2\0\0\0NT"),
	    SLICE_LITERAL("<\2\0\0\0NT"),
	    SLICE_LITERAL(">\2\0\0\0NT"),
	    SLICE_LITERAL("{0"),
	    SLICE_LITERAL("{NTTN0"),
	};

	for (size_t i = 0; i < COUNT(objects); i++) {
		ck_assert_msg(is_object(objects[i]), "object %zu", i);
		for (size_t len = 0; len < objects[i].len; len++)
			ck_assert_msg(!is_object(slice_of(objects[i].data, len)),
			    "object %zu, %zu bytes", i, len);
	}
}
END_TEST

START_TEST(what_is_no_object_is_refused)
{
	const struct slice objects[] = {
	    SLICE_LITERAL("0"), /* ends a dictionary only */
	    SLICE_LITERAL("\0"),
	    SLICE_LITERAL("?"),
	    SLICE_LITERAL("R\0\0\0\0"), /* of Python 2 */
	    SLICE_LITERAL("NN"),
	    SLICE_LITERAL("s\xff\xff\xff\xff"),
	    SLICE_LITERAL("s\xff\xff\xff\x7f"),
	    SLICE_LITERAL("u\0\0\0\x80"),
	    SLICE_LITERAL("(\xff\xff\xff\xff"),
	    SLICE_LITERAL("(\xff\xff\xff\x7fN"),
	    SLICE_LITERAL("[\xff\xff\xff\xff"),
	    SLICE_LITERAL("l\0\0\0\x80"),
	    SLICE_LITERAL("l\xff\xff\xff\x7f"),
	    SLICE_LITERAL("{N"),
	};

	for (size_t i = 0; i < COUNT(objects); i++)
		ck_assert_msg(!is_object(objects[i]), "object %zu", i);
}
END_TEST

START_TEST(references_are_to_what_came_before)
{
	/* The code object is 0. */
	ck_assert(is_object(SLICE_LITERAL(")\2\xda\1ar\1\0\0\0")));
	ck_assert(is_object(SLICE_LITERAL("\xa9\2Nr\1\0\0\0")));
	ck_assert(is_object(SLICE_LITERAL(")\3\xda\1a\xe9\0\0\0\0r\2\0\0\0")));
	ck_assert(!is_object(SLICE_LITERAL(")\2Z\1ar\1\0\0\0")));
	ck_assert(!is_object(SLICE_LITERAL(")\2r\1\0\0\0\xda\1a")));
	ck_assert(!is_object(SLICE_LITERAL(")\2\xda\1ar\2\0\0\0")));
	ck_assert(!is_object(SLICE_LITERAL(")\2\xda\1ar\xff\xff\xff\xff")));
	/* Nothing refers to what there is one of. */
	ck_assert(!is_object(SLICE_LITERAL(")\2\xcer\1\0\0\0")));
}
END_TEST

START_TEST(only_code_is_a_body)
{
	ck_assert(!code_is_complete(slice_of(NULL, 0)));
	ck_assert(!code_is_complete(SLICE_LITERAL("N")));
	ck_assert(!code_is_complete(SLICE_LITERAL(")\0")));
	ck_assert(!code_is_complete(SLICE_LITERAL("c")));
	ck_assert(!code_is_complete(SLICE_LITERAL("\0\0\0\0\0\0\0\0\0\0\0\0")));
}
END_TEST

/* Tuples in each other, around None. */
static void add_nested(struct str *ret, size_t count)
{
	for (size_t i = 0; i < count; i++)
		str_add(ret, ")\1", 2);
	str_addc(ret, 'N');
}

START_TEST(depth_is_bounded_as_in_cpython)
{
	/* Above are the code and its tuple of constants, below is None. */
	static const struct {
		size_t count;
		bool is_complete;
	} cases[] = {{10, true}, {1997, true}, {1998, false}, {(size_t)1 << 22, false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autostr struct str object = STR_INIT;

		add_nested(&object, cases[i].count);
		ck_assert_int_eq(is_object(str_slice(&object)), cases[i].is_complete);
	}
}
END_TEST

SUITE("python/skim", a_body_is_complete_only_as_a_whole, a_long_body_is_complete,
    all_types_are_known, what_is_no_object_is_refused, references_are_to_what_came_before,
    only_code_is_a_body, depth_is_bounded_as_in_cpython)
