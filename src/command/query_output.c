#include "command/query.h"

void query_value(struct query_output *output, struct slice field)
{
	if (output->has_field)
		str_addc(&output->text, '\t');
	output->has_field = true;
	if (output->settings->is_nul)
		str_add_slice(&output->text, field);
	else
		str_add_printable(&output->text, field);
}

void query_field(struct query_output *output, struct slice field)
{
	query_value(output, field.len ? field : SLICE_LITERAL("-"));
}

void query_line_end(struct query_output *output)
{
	str_addc(&output->text, output->settings->is_nul ? '\0' : '\n');
	output->has_field = false;
}

void query_member(struct query_output *output, const char *key, struct slice value)
{
	json_key(&output->json, key);
	if (value.len)
		json_string(&output->json, value);
	else
		json_null(&output->json);
}

void query_member_bool(struct query_output *output, const char *key, bool value)
{
	json_key(&output->json, key);
	json_bool(&output->json, value);
}

void query_member_fields(struct query_output *output, const char *key, const struct fields *value)
{
	json_key(&output->json, key);
	json_array(&output->json);
	for (size_t i = 0; i < value->count; i++)
		json_string(&output->json, fields_at(value, i));
	json_array_end(&output->json);
}

void query_factor_name(const struct factor *factor, struct str *ret)
{
	str_add_slice(ret, factor->project->path);
	if (factor->project->path.len && factor->path.len)
		str_addc(ret, '.');
	str_add_slice(ret, factor->path);
}
