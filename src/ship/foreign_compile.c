#include "ship/foreign_compile.h"

#include "python/interpreter.h"

int foreign_compile(struct foreign_worker *worker, int root, const struct item *item,
    const char *recorded, struct slice bytes, const struct compile_options *options,
    struct notes *notes, struct error **err)
{
	autostr struct str request = STR_INIT;

	pack_number(&request, FOREIGN_COMPILE);
	pack_string(&request, item->path);
	pack_string(&request, slice_c(item_shown(item)));
	pack_string(&request, slice_c(recorded));
	pack_string(&request, bytes);
	pack_number(&request, options->layout);
	for (int level = 0; level < COMPILE_LEVELS; level++)
		pack_number(&request, options->levels[level]);
	pack_number(&request, options->check);
	pack_number(&request, options->constants);
	pack_number(&request, options->instrumentation);
	pack_number(&request, options->cpython);
	pack_string(&request, slice_c(options->scratch ? options->scratch : ""));
	pack_number(&request, (uint64_t)options->time);
	pack_number(&request, (uint64_t)interpreter_digits());
	return foreign_worker_call(worker, str_slice(&request), root, notes, err);
}

int foreign_compile_answer(
    struct unpacker *request, int root, struct notes *notes, struct error **err)
{
	struct item item = {.kind = ITEM_PYTHON};
	struct compile_options options = {0};
	const char *recorded;
	struct slice bytes;

	item.path = unpack_path(request);
	item.origin = unpack_path(request).data;
	recorded = unpack_string(request).data;
	bytes = unpack_string(request);
	options.layout = (enum layout)unpack_number(request);
	for (int level = 0; level < COMPILE_LEVELS; level++)
		options.levels[level] = unpack_number(request) != 0;
	options.check = (enum check)unpack_number(request);
	options.constants = unpack_number(request) != 0;
	options.instrumentation = (unsigned)unpack_number(request);
	options.cpython = unpack_number(request) != 0;
	options.scratch = unpack_string(request).data;
	options.time = (int64_t)unpack_number(request);
	interpreter_limit_digits((int)unpack_number(request));
	if (request->is_bad || request->at != request->end)
		return fail(err, ERROR_INTERNAL, "the request to compile cannot be read");
	return compile_bytecode(root, &item, recorded, bytes, &options, notes, err);
}
