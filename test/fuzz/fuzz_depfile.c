/*
 * Any bytes as a dependency file: it is refused, or the names in it, written as a compiler does,
 * are read as the same.
 */
#include "build/depfile.h"
#include "fuzz.h"

#define SIZE_LIMIT 65536

/* As libcpp's munge(). */
static void write_name(struct slice name, struct str *ret)
{
	size_t backslashes = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c == ' ' || c == '\t') {
			for (; backslashes; backslashes--)
				str_addc(ret, '\\');
		}
		if (c == ' ' || c == '\t' || c == '#')
			str_addc(ret, '\\');
		if (c == '$')
			str_addc(ret, '$');
		backslashes = c == '\\' ? backslashes + 1 : 0;
		str_addc(ret, c);
	}
}

/* What no compiler can write so that it is read again: a backslash at the end, before a colon, and
 * newlines. */
static bool can_be_written(struct slice name)
{
	if (name.data[name.len - 1] == '\\' || name.data[name.len - 1] == '\r')
		return false;
	return !memchr(name.data, '\n', name.len) && !memmem(name.data, name.len, "\\:", 2) &&
	       !memmem(name.data, name.len, "\\#", 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields struct fields names = FIELDS_INIT, again = FIELDS_INIT;
	autofields struct fields written = FIELDS_INIT;
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	bool has_rule;

	if (size > SIZE_LIMIT)
		return 0;
	if (depfile_parse(slice_of((const char *)data, size), &names, &has_rule, &error) < 0) {
		fuzz_assert(error->kind == ERROR_INPUT && names.count == 0);
		return 0;
	}
	fuzz_assert(has_rule || !names.count);
	str_adds(&text, "a.o more\\ targets:");
	for (size_t i = 0; i < names.count; i++) {
		fuzz_assert(fields_at(&names, i).len);
		if (!can_be_written(fields_at(&names, i)))
			continue;
		fields_add(&written, fields_at(&names, i));
		str_adds(&text, i % 2 ? " \\\n  " : " ");
		write_name(fields_at(&names, i), &text);
	}
	fuzz_assert(depfile_parse(str_slice(&text), &again, &has_rule, NULL) == 0);
	fuzz_assert(has_rule && again.count == written.count);
	for (size_t i = 0; i < again.count; i++)
		fuzz_assert(slice_equal(fields_at(&again, i), fields_at(&written, i)));
	return 0;
}
