#include "python/bytecode.h"

#include "base/path.h"
#include "python/interpreter.h"

/* Flags of PEP 552: bit 0: a hash follows; bit 1: the hash is checked. */
#define FLAG_HASH 1u
#define FLAG_CHECKED 2u

bool check_of_word(struct slice word, enum check *ret)
{
	static const char *const words[] = {
	    [CHECK_NEVER] = "never",
	    [CHECK_TIME] = "time",
	    [CHECK_HASH] = "hash",
	    [CHECK_UNCHECKED_HASH] = "unchecked-hash",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (slice_is(word, words[i])) {
			*ret = (enum check)i;
			return true;
		}
	}
	return false;
}

static void add_u32(struct str *ret, uint32_t number)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		str_addc(ret, (char)(number >> shift));
}

void pyc_add_header(struct str *ret, enum check check, const struct pyc_source *source)
{
	if (check == CHECK_NEVER)
		return;
	add_u32(ret, interpreter_magic());
	if (check == CHECK_TIME) {
		add_u32(ret, 0);
		add_u32(ret, (uint32_t)source->mtime);
		add_u32(ret, (uint32_t)source->size);
		return;
	}
	add_u32(ret, FLAG_HASH | (check == CHECK_HASH ? FLAG_CHECKED : 0));
	add_u32(ret, (uint32_t)source->siphash);
	add_u32(ret, (uint32_t)(source->siphash >> 32));
}

void pyc_add_name(struct str *ret, struct slice name, const char *tag, int optimize)
{
	const char *dot = memrchr(name.data, '.', name.len);
	size_t base = dot ? (size_t)(dot - name.data) : 0;

	if (base)
		str_add(ret, name.data, base);
	else
		str_add(ret, name.data + (dot != NULL), name.len - (dot != NULL));
	str_addf(ret, "%s%s", dot ? "." : "", tag);
	if (optimize > 0)
		str_addf(ret, ".opt-%d", optimize);
}

void pyc_add_path(struct str *ret, struct slice source, const char *tag, int optimize)
{
	struct slice name = path_name(source);

	str_add(ret, source.data, (size_t)(name.data - source.data));
	str_adds(ret, "__pycache__/");
	pyc_add_name(ret, name, tag, optimize);
	str_adds(ret, ".pyc");
}
