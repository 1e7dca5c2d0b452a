#include "record/description_files.h"

#include "base/file.h"

const char *const description_file_names[DESCRIPTION_FILES] = {
    "elements.json", "documented.json", "documentation.json", "data.json"};

static int read_file(struct place directory, const char *name, struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory.path, name);
	autofree char *shown = xasprintf("%s/%s", directory.shown, name);

	return file_read_place(
	    (struct place){directory.root, path, shown}, RECORD_SIZE_LIMIT, ret, NULL, err);
}

int description_files_read(
    struct place directory, struct description_files *ret, struct error **err)
{
	for (size_t i = 0; i < DESCRIPTION_FILES; i++) {
		if (read_file(directory, description_file_names[i], &ret->texts[i], err) < 0)
			return -1;
	}
	return 0;
}

void description_files_parts(const struct description_files *files, struct record_parts *ret)
{
	ret->elements = str_slice(&files->texts[0]);
	ret->documented = str_slice(&files->texts[1]);
	ret->documentation = str_slice(&files->texts[2]);
	ret->data = str_slice(&files->texts[3]);
}

void description_files_release(struct description_files *files)
{
	for (size_t i = 0; i < DESCRIPTION_FILES; i++)
		str_release(&files->texts[i]);
}
