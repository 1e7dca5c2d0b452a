#include "record/description_files.h"

#include "base/file.h"

static int read_file(struct place directory, const char *name, struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory.path, name);
	autofree char *shown = xasprintf("%s/%s", directory.shown, name);

	return file_read_place(
	    (struct place){directory.root, path, shown}, RECORD_SIZE_LIMIT, ret, NULL, err);
}

int description_files_read(struct place directory, struct description_files *ret,
    struct record_parts *parts, struct error **err)
{
	static const char *const names[] = {
	    "elements.json", "documented.json", "documentation.json", "data.json"};
	struct slice *const slices[] = {
	    &parts->elements, &parts->documented, &parts->documentation, &parts->data};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (read_file(directory, names[i], &ret->texts[i], err) < 0)
			return -1;
		*slices[i] = str_slice(&ret->texts[i]);
	}
	return 0;
}

void description_files_release(struct description_files *files)
{
	for (size_t i = 0; i < sizeof(files->texts) / sizeof(*files->texts); i++)
		str_release(&files->texts[i]);
}
