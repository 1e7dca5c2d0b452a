#include "ship/pyproject.h"

#include "base/file.h"
#include "base/path.h"

/* The largest file of a project that a version is looked for in, or is a text of its dist-info. */
#define TEXT_LIMIT ((size_t)1 << 20)

int pyproject_read_text(
    const struct pyproject *project, const char *path, struct str *ret, struct error **err)
{
	autofree char *shown = xasprintf("%s/%s", project->directory, path);
	struct place place = place_below(project->fd, path, shown);
	struct stat stat;

	if (!path_is_confined(slice_c(path)) || place_stat(place, &stat) < 0 ||
	    !S_ISREG(stat.st_mode))
		return 0;
	return file_read_place(place, TEXT_LIMIT, ret, NULL, err) < 0 ? -1 : 1;
}

struct pyproject_text *pyproject_add_text(struct pyproject_info *info, const char *name)
{
	struct pyproject_text *text;

	info->texts = xreallocarray(info->texts, info->count + 1, sizeof(*info->texts));
	text = &info->texts[info->count++];
	*text = (struct pyproject_text){name, STR_INIT};
	return text;
}

void pyproject_info_release(struct pyproject_info *info)
{
	str_release(&info->name);
	for (size_t i = 0; i < info->count; i++)
		str_release(&info->texts[i].content);
	free(info->texts);
	notes_release(&info->notes);
}
