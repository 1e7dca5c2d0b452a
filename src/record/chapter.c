#include "record/chapter.h"

#include "base/file.h"
#include "base/tree.h"
#include "image/directory.h"

int chapter_write_elements(const struct text_node *chapter, struct str *ret, struct error **err)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_array(&json);
	json_string(&json, SLICE_LITERAL("factor"));
	json_array(&json);
	if (text_write(chapter, &json, err) < 0)
		return -1;
	json_array_end(&json);
	json_object(&json);
	json_object_end(&json);
	json_array_end(&json);
	str_addc(ret, '\n');
	return 0;
}

static const struct text_node *find_child(const struct text_node *parent, enum text_type type)
{
	for (const struct text_node *child = parent->first; child; child = child->next) {
		if (child->type == type)
			return child;
	}
	return NULL;
}

static const struct text_node *find_context(const struct text_node *chapter)
{
	for (const struct text_node *child = chapter->first; child; child = child->next) {
		const struct text_node *directory = NULL;

		if (child->type == TEXT_ADMONITION && slice_is(child->text, "CONTEXT"))
			directory = find_child(child, TEXT_DIRECTORY);
		if (directory)
			return directory;
	}
	return NULL;
}

/* Of equal keys the last one counts. */
static const struct text_node *find_value(const struct text_node *directory, const char *key)
{
	const struct text_node *value = NULL;

	for (const struct text_node *item = directory->first; item; item = item->next) {
		if (slice_is(item->text, key))
			value = item->last;
	}
	return value;
}

/* The text of a value that is one inline node, apart from empty strings; data is NULL for any other
 * value. */
static struct slice plain_value(const struct text_node *value)
{
	const struct text_node *paragraph = value ? value->first : NULL, *found = NULL;

	if (!paragraph || paragraph->next || paragraph->type != TEXT_PARAGRAPH)
		return slice_of(NULL, 0);
	for (const struct text_node *node = paragraph->first; node; node = node->next) {
		if (node->type == TEXT_STRING && !node->text.len)
			continue;
		if (found)
			return slice_of(NULL, 0);
		found = node;
	}
	if (!found || found->type != TEXT_REFERENCE)
		return found ? found->text : slice_of(NULL, 0);
	return found->reference->url.data ? found->reference->url : found->reference->title;
}

bool chapter_write_context(const struct text_node *chapter, struct str *ret)
{
	static const char *const keys[] = {"icon", "protocol", "title"};
	const struct text_node *directory = find_context(chapter);
	struct json_writer json;

	if (!directory)
		return false;
	json_begin(&json, ret);
	json_object(&json);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct slice value = plain_value(find_value(directory, keys[i]));

		if (value.data)
			json_member_slice(&json, keys[i], value);
	}
	json_object_end(&json);
	str_addc(ret, '\n');
	return true;
}

int chapter(struct place output, const char *origin, struct notes *notes, struct error **err)
{
	autoarena struct arena arena = {NULL};
	autostr struct str bytes = STR_INIT;
	autostr struct str elements = STR_INIT;
	autostr struct str context = STR_INIT;
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	struct text_node *tree;

	if (file_read(origin, TEXT_SIZE_LIMIT, &bytes, NULL, err) < 0 ||
	    text_parse(&arena, str_slice(&bytes), TEXT_FILE, origin, notes, &tree, err) < 0)
		return -1;
	if (chapter_write_elements(tree, &elements, err) < 0)
		return fail_at(err, origin, 0, 0, NULL, "elements take more than %zu MiB",
		    TEXT_OUTPUT_LIMIT >> 20);
	(void)chapter_write_context(tree, &context); /* empty if there is none */
	if (tree_stage_open(&stage, output, err) < 0 ||
	    bundle_put(
		stage.fd, "elements.json", str_slice(&elements), false, BUNDLE_UNTIMED, err) < 0)
		return -1;
	if (context.len && bundle_put(stage.fd, "context.json", str_slice(&context), false,
			       BUNDLE_UNTIMED, err) < 0)
		return -1;
	return tree_stage_commit(&stage, 0755, err);
}
