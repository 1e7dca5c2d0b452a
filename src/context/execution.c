#include "context/execution.h"

struct plan_parser {
	const char *name;
	long line;
	struct execution *plan;
	bool has_executable;
};

static int refuse(const struct plan_parser *parser, struct error **err, const char *reason)
{
	if (!err)
		return -1;
	fail_at(err, parser->name, parser->line, 0, NULL, "%s", reason);
	return fail_as(err, ERROR_USAGE);
}

/* ":A B C": words between single spaces; spaces at both ends are dropped. */
static void add_several(struct execution *plan, struct slice text)
{
	struct slice argument;

	while (text.len > 0 && text.data[0] == ' ')
		text = slice_from(text, 1);
	while (text.len > 0 && text.data[text.len - 1] == ' ')
		text.len--;
	while (slice_next(&text, ' ', &argument))
		fields_add(&plan->arguments, argument);
}

/* "\nn TEXT": n newlines and a text for the last argument. */
static int append(struct plan_parser *parser, struct slice text, struct error **err)
{
	struct fields *arguments = &parser->plan->arguments;
	size_t newlines = 0;

	if (arguments->count == 0)
		return refuse(parser, err, "'\\' appends to an argument, but none precedes it");
	while (newlines < text.len && text.data[newlines] == 'n')
		newlines++;
	if (newlines < text.len && text.data[newlines] != ' ')
		return refuse(parser, err, "expected a space and text after '\\' and its n's");
	for (size_t i = 0; i < newlines; i++)
		fields_extend(arguments, SLICE_LITERAL("\n"));
	if (newlines < text.len)
		fields_extend(
		    arguments, slice_of(text.data + newlines + 1, text.len - newlines - 1));
	return 0;
}

/* A line without its tab. */
static int parse_argument(struct plan_parser *parser, struct slice line, struct error **err)
{
	struct slice text;

	if (!parser->has_executable)
		return refuse(parser, err, "argument before the executable");
	if (line.len == 0)
		return refuse(parser, err, "empty line");
	text = slice_from(line, 1);
	switch (line.data[0]) {
	case '|':
		fields_add(&parser->plan->arguments, text);
		return 0;
	case ':':
		add_several(parser->plan, text);
		return 0;
	case '-':
		if (text.len > 0)
			return refuse(parser, err, "unexpected text after '-'");
		fields_add(&parser->plan->arguments, str_slice(&parser->plan->executable));
		return 0;
	case '\\':
		return append(parser, text, err);
	default:
		return refuse(
		    parser, err, "expected an argument that begins with '|', ':', '-' or '\\'");
	}
}

/* A line without tab: the executable; an earlier such line was a variable. */
static int parse_head(struct plan_parser *parser, struct slice line, struct error **err)
{
	struct execution *plan = parser->plan;

	if (plan->arguments.count > 0)
		return refuse(
		    parser, err, "expected an argument: only arguments may follow the first one");
	if (line.len == 0)
		return refuse(parser, err, "empty line");
	if (parser->has_executable) {
		if (plan->executable.data[0] == '=') {
			parser->line--;
			return refuse(parser, err, "variable without a name");
		}
		fields_add(&plan->environment, str_slice(&plan->executable));
		str_truncate(&plan->executable, 0);
	}
	str_add_slice(&plan->executable, line);
	parser->has_executable = true;
	return 0;
}

int execution_parse(struct slice text, const char *name, struct execution *ret, struct error **err)
{
	struct plan_parser parser = {name, 0, ret, false};
	struct slice line;

	fields_truncate(&ret->environment, 0);
	str_truncate(&ret->executable, 0);
	fields_truncate(&ret->arguments, 0);
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (text.len == 0)
		text.data = NULL;
	while (slice_next(&text, '\n', &line)) {
		int failed;

		parser.line++;
		if (parser.line == 1 && slice_starts(line, SLICE_LITERAL("#!")))
			continue;
		if (line.len > 0 && memchr(line.data, 0, line.len))
			return refuse(&parser, err, "NUL byte in a plan");
		failed = line.len > 0 && line.data[0] == '\t'
			     ? parse_argument(&parser, slice_from(line, 1), err)
			     : parse_head(&parser, line, err);
		if (failed < 0)
			return -1;
	}
	return parser.has_executable ? 0 : refuse(&parser, err, "plan without an executable");
}

void execution_release(struct execution *execution)
{
	fields_release(&execution->environment);
	str_release(&execution->executable);
	fields_release(&execution->arguments);
}
