#include "python/parse/scanner.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with single underscores between them. False if there is none. */
static bool skip_digits(const char **at)
{
	const char *c = *at;

	if (!is_digit(*c))
		return false;
	while (is_digit(*c) || (*c == '_' && is_digit(c[1])))
		c++;
	*at = c;
	return true;
}

static bool is_digit_of(char c, char base)
{
	switch (base) {
	case 'x':
		return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	case 'o':
		return c >= '0' && c <= '7';
	default:
		return c == '0' || c == '1';
	}
}

/* What is behind 0x, 0o or 0b. */
static bool skip_based(const char **at, char base)
{
	const char *c = *at;
	bool has_digits = false;

	for (;;) {
		if (*c == '_')
			c++;
		if (!is_digit_of(*c, base))
			break;
		has_digits = true;
		c++;
	}
	if (c[-1] == '_')
		return false;
	*at = c;
	return has_digits;
}

/* A fraction, an exponent, and the j of an imaginary one. False if that is malformed. */
static bool skip_rest(const char **at)
{
	const char *c = *at;

	if (*c == '.') {
		c++;
		if (is_digit(*c))
			(void)skip_digits(&c);
	}
	if (*c == 'e' || *c == 'E') {
		c++;
		if (*c == '+' || *c == '-')
			c++;
		if (!skip_digits(&c))
			return false;
	}
	if (*c == 'j' || *c == 'J')
		c++;
	*at = c;
	return true;
}

/* A number that begins with 0: other digits than 0 are only allowed if it is no integer. */
static bool skip_zero(const char **at)
{
	const char *begin = *at, *end;

	(void)skip_digits(at);
	end = *at;
	if (!skip_rest(at))
		return false;
	return *at > end || strspn(begin, "0_") >= (size_t)(end - begin);
}

static bool skip_number(const char **at)
{
	char base = (char)((*at)[1] | 0x20);

	if (**at != '0')
		return (**at == '.' || skip_digits(at)) && skip_rest(at);
	if (base == 'x' || base == 'o' || base == 'b') {
		*at += 2;
		return skip_based(at, base);
	}
	return skip_zero(at);
}

void scan_number(struct scanner *scanner)
{
	const char *begin = scanner->at, *at = begin;

	if (!skip_number(&at) || scan_is_word(*at)) {
		scan_give_up(scanner);
		return;
	}
	scanner->at = at;
	scan_add(scanner, TOKEN_NUMBER, begin);
}
