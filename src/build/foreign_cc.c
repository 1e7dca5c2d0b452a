#include "build/foreign_cc.h"

#include "base/fields.h"
#include "python/identity.h"
#include "python/interpreter.h"

void foreign_pythons_init(struct foreign_pythons *pythons, const struct installed *installed)
{
	pythons->installed = installed;
	pythons->list = xcalloc(installed->versions.count, sizeof(*pythons->list));
	for (size_t i = 0; i < installed->versions.count; i++) {
		struct slice version = fields_at(&installed->versions, i);
		const char *program = fields_at(&installed->programs, i).data;

		if (!*program)
			continue; /* this one */
		pythons->list[pythons->count++] = (struct foreign_python){
		    installed_variant(version), {program, version.data, 0, -1}, STR_INIT};
	}
}

void foreign_pythons_end(struct foreign_pythons *pythons)
{
	for (size_t i = 0; i < pythons->count; i++)
		foreign_worker_end(&pythons->list[i].worker);
}

void foreign_pythons_release(struct foreign_pythons *pythons)
{
	for (size_t i = 0; i < pythons->count; i++) {
		free(pythons->list[i].architecture);
		str_release(&pythons->list[i].identity);
	}
	free(pythons->list);
}

int foreign_pythons_find(struct foreign_pythons *pythons, struct slice architecture,
    struct foreign_python **ret, struct error **err)
{
	autostr struct str version = STR_INIT;

	*ret = NULL;
	if (slice_is(architecture, interpreter_variant()))
		return 0;
	for (size_t i = 0; i < pythons->count; i++) {
		if (slice_is(architecture, pythons->list[i].architecture)) {
			*ret = &pythons->list[i];
			return 0;
		}
	}
	if (!installed_version_of(architecture, &version))
		return 0;
	(void)installed_fail(
	    pythons->installed, str_slice(&version), "cannot build this variant", false, err);
	return fail_as(err, ERROR_INPUT);
}

int foreign_python_add_key(struct foreign_python *python, struct str *ret, struct error **err)
{
	if (!python->identity.len && identity_add_program(python->worker.program,
					 python->worker.version, &python->identity, err) < 0)
		return -1;
	str_add_slice(ret, str_slice(&python->identity));
	return 0;
}

int foreign_cc(struct foreign_python *python, const struct cc_place *place,
    const char *const *arguments, struct notes *notes, struct error **err)
{
	autostr struct str request = STR_INIT;
	size_t count = 0;

	while (arguments[count])
		count++;
	pack_number(&request, FOREIGN_CC);
	pack_number(&request, (uint64_t)interpreter_digits());
	pack_string(&request, slice_c(place->directory));
	pack_number(&request, count);
	for (size_t i = 0; i < count; i++)
		pack_string(&request, slice_c(arguments[i]));
	return foreign_worker_call(&python->worker, str_slice(&request), *place->root, notes, err);
}

int foreign_cc_answer(
    struct unpacker *request, int directory, struct notes *notes, struct error **err)
{
	autofields struct fields words = FIELDS_INIT;
	autofree const char **arguments = NULL;
	struct cc_place place = {NULL, &directory};
	size_t count;

	interpreter_limit_digits((int)unpack_number(request));
	place.directory = unpack_path(request).data;
	count = unpack_count(request, 2);
	for (size_t i = 0; i < count; i++)
		fields_add(&words, unpack_string(request));
	if (request->is_bad || request->at != request->end)
		return fail(err, ERROR_INTERNAL, "the request of a build cannot be read");
	arguments = fields_arguments(&words);
	return cc_run(&place, arguments, notes, err);
}
