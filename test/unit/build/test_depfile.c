#include "suite.h"

#include "build/depfile.h"

/* Fails the test unless these are the names of the text, a "|" behind each. */
static void expect(const char *text, const char *expected)
{
	autofields struct fields names = FIELDS_INIT;
	autoerror struct error *error = NULL;
	autostr struct str found = STR_INIT;
	bool has_rule;

	ck_ok(depfile_parse(slice_c(text), &names, &has_rule, &error), error);
	for (size_t i = 0; i < names.count; i++)
		str_addf(&found, "%s|", fields_at(&names, i).data);
	ck_assert_str_eq(str_c(&found), expected);
	ck_assert(has_rule == (strchr(text, ':') != NULL));
}

static void refuse(struct slice text, const char *message)
{
	autofields struct fields names = FIELDS_INIT;
	autoerror struct error *error = NULL;
	bool has_rule;

	fields_adds(&names, "before");
	ck_fails(depfile_parse(text, &names, &has_rule, &error), error, message);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_uint_eq(names.count, 1);
}

START_TEST(prerequisites_are_read_over_lines)
{
	expect("main.o: main.c /usr/include/stdc-predef.h \\\n  one.h \\\n  two.h\n",
	    "main.c|/usr/include/stdc-predef.h|one.h|two.h|");
	expect("main.o: main.c", "main.c|");
	expect("main.o: \\\n  main.c\\\n  one.h", "main.c|one.h|");
	expect("main.o:\\\nmain.c\n", "main.c|");
	expect("main.o: main.c \\\r\n\tone.h\r\n\r\n", "main.c|one.h|");
}
END_TEST

START_TEST(rules_may_be_several_and_have_several_targets)
{
	expect("a.o a.d: a.c one.h\n\none.h:\n\ntwo.h: \n", "a.c|one.h|");
	expect("a.o: a.c\nb.o c.o : b.c\n", "a.c|b.c|");
	expect("# told by a wrapper\na.o: a.c # and more\n", "a.c|");
	expect("a.o :\n", "");
	expect("", "");
	expect("a.o: a.c \\\n", "a.c|");
	expect("\n \\\n\t\n", "");
}
END_TEST

START_TEST(special_characters_are_escaped)
{
	expect("a.o: two\\ words.h tab\\\there.h", "two words.h|tab\there.h|");
	expect("a.o: x\\#y.h x#y.h $$HOME.h 1$2.h", "x#y.h|x#y.h|$HOME.h|1$2.h|");
	expect("a.o: back\\slash.h two\\\\slashes.h", "back\\slash.h|two\\\\slashes.h|");
	/* 2N + 1 are N and the blank, 2N before a blank that separates are N. */
	expect("a.o: x\\\\\\ y.h x\\\\ y.h", "x\\ y.h|x\\|y.h|");
	expect("a.o: c:d.h e\\:f.h g: h", "c:d.h|e:f.h|g:|h|");
	expect("c:/x\\ y.o d\\: e.o: a.c", "a.c|");
	expect("a.o: x\\\\\n  y.h: z.h\n", "x\\\\|z.h|");
	expect("a.o: end\\", "end\\|");
	expect("a.o: r\rn.h", "r\rn.h|");
}
END_TEST

START_TEST(what_is_no_dependency_file_is_refused)
{
	autostr struct str text = STR_INIT;

	refuse(SLICE_LITERAL("a.o a.c\n"), "expected ':'");
	refuse(SLICE_LITERAL("a.o: a.c\nb.o"), "expected ':'");
	refuse(SLICE_LITERAL("a.o: a\0b\n"), "dependency file, line 1: invalid name");
	refuse(SLICE_LITERAL("a.o: \\\n\0"), "line 2");
	refuse(SLICE_LITERAL("\x7f"
			     "ELF\2\1\1\0\0\0"),
	    "invalid name");
	str_adds(&text, "a.o: ");
	for (size_t i = 0; i < 5000; i++)
		str_addc(&text, 'x');
	refuse(str_slice(&text), "invalid name");
	str_truncate(&text, 5);
	for (size_t i = 0; i <= DEPFILE_NAMES; i++)
		str_adds(&text, "a ");
	refuse(str_slice(&text), "too many");
}
END_TEST

SUITE("build/depfile", prerequisites_are_read_over_lines,
    rules_may_be_several_and_have_several_targets, special_characters_are_escaped,
    what_is_no_dependency_file_is_refused)
