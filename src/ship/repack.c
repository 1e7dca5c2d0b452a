#include "ship/repack.h"

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/directory.h"
#include "image/oci_base.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/finish.h"
#include "ship/records.h"
#include "ship/reports.h"

/* A file that was unpacked. */
struct unpacked {
	size_t number; /* its name in the private directory */
	char head[PYC_HEADER_SIZE];
	size_t head_len;
};

/* A file of bytecode in another place than it was. */
struct moved {
	struct item *item;
	const char *from;
	struct slice source; /* the path of its source */
};

struct repacking {
	const struct repack_options *options;
	struct reporter *reporter;
	struct repack_result *result;
	struct tree_stage tree; /* with the unpacked files; never committed */
	struct tree_stage stage;
	struct image_contents *contents; /* of each image */
	struct plan plan;
	struct map owners; /* path -> the entry that has it */
	struct moved *moved;
	size_t moved_count, moved_capacity;
	size_t count; /* of unpacked files */
	struct file_writer writer;
	int64_t time;
	bool levels[COMPILE_LEVELS]; /* of bytecode whose new name does not tell the level */
};

static void repacking_release(struct repacking *repacking)
{
	file_writer_discard(&repacking->writer);
	tree_stage_discard(&repacking->tree);
	tree_stage_discard(&repacking->stage);
	for (size_t i = 0; repacking->options->images[i]; i++)
		image_contents_release(&repacking->contents[i]);
	free(repacking->contents);
	free(repacking->moved);
	map_release(&repacking->owners);
	plan_release(&repacking->plan);
}

static void report_problem(void *context, struct error *problem)
{
	struct repacking *repacking = context;

	reporter_error(repacking->reporter, problem);
	error_free(problem);
	repacking->result->failed++;
}

static void report_warning(void *context, struct error *note)
{
	struct repacking *repacking = context;

	reporter_warning(repacking->reporter, note);
	error_free(note);
}

/* Report what is wrong with an entry of an image. */
static void refuse(struct repacking *repacking, const struct image_contents *contents,
    const struct image_entry *entry, const char *reason)
{
	autofree char *place = xasprintf("%s/%s", contents->path, entry->path.data);
	struct error *problem = NULL;

	(void)fail_at(&problem, place, 0, 0, NULL, "%s", reason); /* always -1 */
	report_problem(repacking, problem);
}

static int begin_file(void *context, struct image_entry *entry, struct error **err)
{
	struct repacking *repacking = context;
	autofree char *name = xasprintf("%zu", repacking->count);
	struct unpacked *unpacked = arena_zalloc(&repacking->plan.arena, 1, sizeof(*unpacked));

	unpacked->number = repacking->count++;
	entry->data = unpacked;
	file_writer_discard(&repacking->writer); /* of a file that was damaged */
	return file_writer_open(
	    &repacking->writer, place_below(repacking->tree.fd, name, entry->path.data), 0600, err);
}

static int add_data(void *context, struct image_entry *entry, struct slice data, struct error **err)
{
	struct repacking *repacking = context;
	struct unpacked *unpacked = entry->data;
	size_t room = sizeof(unpacked->head) - unpacked->head_len;
	size_t len = data.len < room ? data.len : room;

	(void)slice_copy(unpacked->head + unpacked->head_len, slice_of(data.data, len));
	unpacked->head_len += len;
	if (file_write_fd(repacking->writer.fd, repacking->tree.path, data, err) < 0)
		return bundle_fail(repacking->options->image.output, err);
	return 0;
}

static int end_file(void *context, struct image_entry *entry, struct error **err)
{
	struct repacking *repacking = context;

	(void)entry;
	return file_writer_commit(&repacking->writer, 0, err);
}

static int unpack(struct repacking *repacking, struct error **err)
{
	const struct image_visitor visitor = {
	    begin_file, add_data, end_file, report_problem, repacking};
	const char *const *images = repacking->options->images;

	for (size_t i = 0; images[i]; i++) {
		if (image_read(&repacking->contents[i], images[i], &repacking->options->limits,
			&visitor, err) < 0)
			return -1;
	}
	return 0;
}

/* Append the source beside which a file of __pycache__ belongs, and set its tag. False for any
 * other file. */
static bool split_cached(struct slice path, struct str *ret_source, struct slice *ret_tag)
{
	return slice_is(path_name(path_parent(path)), "__pycache__") &&
	       path_add_source(ret_source, path, ret_tag);
}

static int level_of(struct slice tag)
{
	return slice_ends(tag, SLICE_LITERAL(".opt-1"))	  ? 1
	       : slice_ends(tag, SLICE_LITERAL(".opt-2")) ? 2
							  : 0;
}

/* Whether a file of __pycache__ is the embedded CPython's of the lowest level that there is. */
static bool is_lowest(
    const struct image_contents *contents, const struct image_entry *entry, struct slice tag)
{
	struct slice rest = tag, version;
	autostr struct str source = STR_INIT;
	int level = 0;

	if (!slice_next(&rest, '.', &version) || !slice_is(version, interpreter_cache_tag()) ||
	    !split_cached(entry->path, &source, &tag))
		return false;
	if (rest.data && !slice_is(rest, "opt-1") && !slice_is(rest, "opt-2"))
		return false;
	if (rest.data)
		level = rest.data[rest.len - 1] - '0';
	while (level-- > 0) {
		autostr struct str lower = STR_INIT;

		pyc_add_path(&lower, str_slice(&source), interpreter_cache_tag(), level);
		if (image_find(contents, str_slice(&lower)))
			return false;
	}
	return true;
}

/* Find the place of an entry where the form keeps bytecode elsewhere. False if the entry has no
 * place in the form; else *ret is the path, and *ret_source that of the source of bytecode that is
 * to be moved, else empty. */
static bool find_place(struct repacking *repacking, const struct image_contents *contents,
    const struct image_entry *entry, struct slice path, struct slice *ret, struct slice *ret_source)
{
	struct arena *arena = &repacking->plan.arena;
	enum image_form form = repacking->options->image.form;
	const struct unpacked *unpacked = entry->data;
	autostr struct str source = STR_INIT;
	autostr struct str place = STR_INIT;
	struct pyc_header header;
	struct slice tag;

	*ret = path;
	*ret_source = slice_of("", 0);
	if (entry->kind == IMAGE_DIRECTORY && image_form_is_zip(form) && !image_is_zip(contents) &&
	    slice_is(path_name(path), "__pycache__"))
		return false;
	if (entry->kind != IMAGE_FILE || image_form_is_zip(form) == image_is_zip(contents) ||
	    !slice_ends(path, SLICE_LITERAL(".pyc")))
		return true;
	if (image_form_is_zip(form)) {
		if (!split_cached(path, &source, &tag))
			return true;
		if (!is_lowest(contents, entry, tag))
			return false;
		repacking->levels[level_of(tag)] = true;
		str_add_slice(&place, str_slice(&source));
		str_addc(&place, 'c');
	} else {
		str_add(&source, path.data, path.len - 1);
		if (!image_find(contents, slice_of(entry->path.data, entry->path.len - 1)) ||
		    pyc_read_header(slice_of(unpacked->head, unpacked->head_len), &header))
			return true;
		pyc_add_path(&place, str_slice(&source), header.tag, 0);
	}
	*ret = arena_slice(arena, str_slice(&place));
	*ret_source = arena_slice(arena, str_slice(&source));
	return true;
}

static bool is_same(const struct image_entry *a, const struct image_entry *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == IMAGE_LINK)
		return strcmp(a->target, b->target) == 0;
	return a->kind == IMAGE_DIRECTORY ||
	       (a->size == b->size && !(a->mode & 0100) == !(b->mode & 0100) &&
		   memcmp(&a->sha256, &b->sha256, sizeof(a->sha256)) == 0);
}

static void note_moved(struct repacking *repacking, struct item *item, struct slice source)
{
	if (repacking->moved_count == repacking->moved_capacity) {
		repacking->moved_capacity = repacking->moved_capacity
						? 2 * repacking->moved_capacity
						: 64;
		repacking->moved = xreallocarray(
		    repacking->moved, repacking->moved_capacity, sizeof(*repacking->moved));
	}
	repacking->moved[repacking->moved_count++] = (struct moved){item, item->origin, source};
	item->origin = NULL; /* it is put into the stage */
}

/* Add an entry to the plan, at a path that nothing else has. */
static void add_item(struct repacking *repacking, const struct image_contents *contents,
    const struct image_entry *entry, struct slice path, struct slice source)
{
	static const enum item_kind kinds[] = {ITEM_DIRECTORY, ITEM_FILE, ITEM_LINK};
	struct item *item = plan_add(&repacking->plan, kinds[entry->kind], path);
	const struct unpacked *unpacked = entry->data;

	if (!item) {
		refuse(repacking, contents, entry, "is in the place of another image's directory");
		return;
	}
	*map_at(&repacking->owners, item->path) = (void *)(uintptr_t)entry;
	if (entry->kind == IMAGE_DIRECTORY)
		return;
	repacking->result->copied++;
	item->target = entry->target;
	if (entry->kind == IMAGE_LINK)
		return;
	item->executable = entry->mode & 0100;
	item->size = entry->size;
	item->origin = arena_printf(
	    &repacking->plan.arena, "%s/%zu", repacking->tree.path, unpacked->number);
	if (source.len)
		note_moved(repacking, item, source);
}

/* The path of an entry in the new image, from its path in an image. False if that has none. */
static bool find_root(const struct repacking *repacking, const struct image_contents *contents,
    struct slice path, struct slice *ret)
{
	const char *given = repacking->options->prefix;
	struct slice prefix = slice_c(given ? given : OCI_DEFAULT_PREFIX);

	*ret = path;
	if (strcmp(contents->form, "OCI") != 0)
		return true;
	while (slice_starts(prefix, SLICE_LITERAL("/")))
		prefix = slice_from(prefix, 1);
	while (slice_ends(prefix, SLICE_LITERAL("/")))
		prefix.len--;
	return path_below(path, prefix, ret) && ret->len;
}

static void add_entry(struct repacking *repacking, const struct image_contents *contents,
    const struct image_entry *entry)
{
	struct slice path, source;
	const struct image_entry *other;

	if (!find_root(repacking, contents, entry->path, &path) ||
	    !find_place(repacking, contents, entry, path, &path, &source)) {
		repacking->result->left_out += entry->kind != IMAGE_DIRECTORY;
		return;
	}
	if (entry->kind == IMAGE_LINK && !path_link_is_confined(path, slice_c(entry->target))) {
		refuse(repacking, contents, entry, "leads out of the image");
		return;
	}
	other = map_get(&repacking->owners, path);
	if (!other)
		add_item(repacking, contents, entry, path, source);
	else if (!is_same(entry, other))
		refuse(
		    repacking, contents, entry, "is another file than the one in an earlier image");
}

static int make_plan(struct repacking *repacking, struct error **err)
{
	for (size_t i = 0; repacking->options->images[i]; i++) {
		const struct image_contents *contents = &repacking->contents[i];

		for (size_t k = 0; k < contents->count; k++)
			add_entry(repacking, contents, contents->entries[k]);
	}
	plan_finish(&repacking->plan);
	if (repacking->options->image.form == FORM_PYZ &&
	    !map_get(&repacking->plan.by_path, SLICE_LITERAL("__main__.py")) &&
	    !map_get(&repacking->plan.by_path, SLICE_LITERAL("__main__.pyc")))
		return fail(err, ERROR_USAGE,
		    "a .pyz needs a __main__.py, which no image has: make it with 'kiln build -m'");
	return 0;
}

/* Put into the stage what is not read where it was unpacked. */
static int fill_stage(struct repacking *repacking, struct error **err)
{
	int stage = repacking->stage.fd;

	if (bundle_make_directories(stage, &repacking->plan, interrupted, err) < 0)
		return -1;
	for (size_t i = 0; i < repacking->moved_count; i++) {
		const struct moved *moved = &repacking->moved[i];

		if (bundle_copy(stage, moved->item->path.data, place_at(moved->from),
			moved->item->executable, repacking->time, err) < 0)
			return -1;
	}
	if (repacking->options->image.form != FORM_DIRECTORY)
		return 0;
	for (size_t i = 0; i < repacking->plan.count; i++) {
		const struct item *item = repacking->plan.items[i];
		const char *path = item->path.data;

		if (item->target &&
		    bundle_link(stage, path, item->target, repacking->time, err) < 0)
			return -1;
		if (item->origin && bundle_copy(stage, path, place_at(item->origin),
					item->executable, repacking->time, err) < 0)
			return -1;
	}
	return 0;
}

static int write_records(struct repacking *repacking, struct error **err)
{
	const struct plan_listener listener = {report_problem, NULL, repacking};
	autofree struct record_bytecode *bytecode = xcalloc(
	    repacking->moved_count + 1, sizeof(*bytecode));
	const struct scripts scripts = {0};
	struct records records = {
	    &repacking->plan, repacking->stage.fd, repacking->time, &scripts, bytecode, 0};

	for (size_t i = 0; i < repacking->moved_count; i++) {
		const struct moved *moved = &repacking->moved[i];
		const struct item *source = map_get(&repacking->plan.by_path, moved->source);

		if (source)
			bytecode[records.bytecode_count++] = (struct record_bytecode){
			    moved->item->path, source};
	}
	return records_write(&records, &listener, err);
}

/* Find out from the names of the bytecode how it was compiled: its layout, and the levels that its
 * names have. In a source's place no name tells the level. False if there is no Python. */
static bool find_compilation(const struct repacking *repacking, struct compile_options *ret)
{
	bool has_sources = false, has_bytecode = false;

	memcpy(ret->levels, repacking->levels, sizeof(ret->levels));

	for (size_t i = 0; i < repacking->plan.count; i++) {
		const struct item *item = repacking->plan.items[i];
		autostr struct str source = STR_INIT;
		struct slice tag;

		if (item->kind != ITEM_FILE)
			continue;
		has_sources |= slice_ends(item->path, SLICE_LITERAL(".py"));
		has_bytecode |= slice_ends(item->path, SLICE_LITERAL(".pyc"));
		if (item->origin && split_cached(item->path, &source, &tag))
			ret->levels[level_of(tag)] = true;
	}
	ret->layout = !has_bytecode ? LAYOUT_PLAIN : has_sources ? LAYOUT_SOURCE : LAYOUT_BYTECODE;
	return has_sources || has_bytecode;
}

/* Open the first of the images that is an OCI image: what is made of it has its config. */
static int open_like(const struct repacking *repacking, struct oci_base *ret, struct error **err)
{
	const struct repack_options *options = repacking->options;
	autoarena struct arena arena = {0};
	struct oci_platform platform;

	for (size_t i = 0; options->images[i]; i++) {
		const char *name = options->images[i];
		autofree char *reference = xasprintf("oci:%s", name);
		struct stat stat;

		if (strcmp(repacking->contents[i].form, "OCI") != 0)
			continue;
		if (options->limits.platform &&
		    oci_platform_read(options->limits.platform, &arena, &platform, err) < 0)
			return -1;
		if (!oci_is_reference(name) && place_look(place_at(name), &stat) == 0 &&
		    S_ISDIR(stat.st_mode))
			name = reference;
		return oci_image_open(ret, name, options->limits.platform ? &platform : NULL, err);
	}
	return 0;
}

/* Take the config and the platform of the first OCI image, unless a base or an option says it. */
static int take_config(const struct repacking *repacking, struct oci_options *oci,
    struct oci_base *like, struct fields *ret_platforms, struct error **err)
{
	if (oci->base)
		return 0;
	if (open_like(repacking, like, err) < 0)
		return -1;
	oci->settings.like = like->config;
	if (!like->config || oci->platforms.count)
		return 0;
	fields_adds(ret_platforms, like->platform.os);
	fields_extend(ret_platforms, SLICE_LITERAL("/"));
	fields_extend(ret_platforms, slice_c(like->platform.architecture));
	if (*like->platform.variant) {
		fields_extend(ret_platforms, SLICE_LITERAL("/"));
		fields_extend(ret_platforms, slice_c(like->platform.variant));
	}
	oci->platforms = *ret_platforms;
	return 0;
}

static int write_image(struct repacking *repacking, struct error **err)
{
	const struct plan_listener listener = {report_problem, NULL, repacking, report_warning};
	struct assemble_options image = repacking->options->image;
	struct oci_options oci = image.oci ? *image.oci : (struct oci_options){0};
	autobase struct oci_base like = OCI_BASE_INIT;
	autofields struct fields platforms = FIELDS_INIT;
	const struct finish finish = {&image, &repacking->plan, &repacking->stage, repacking->time,
	    &listener, &repacking->result->oci};
	bool has_layout = find_compilation(repacking, &image.compile);
	const struct reports reports = {.options = &image,
	    .is_of_images = true,
	    .has_layout = has_layout,
	    .compile = &image.compile,
	    .plan = &repacking->plan,
	    .bundle = &repacking->plan,
	    .listener = &listener,
	    .oci = &repacking->result->oci};

	if (image.oci) {
		if (take_config(repacking, &oci, &like, &platforms, err) < 0)
			return -1;
		oci.settings.optimize = compile_lowest_level(&image.compile);
		image.oci = &oci;
	}
	image.shebang = scripts_shebang(compile_lowest_level(&image.compile));
	image.compile.time = repacking->time;
	finish_links(&finish);
	if (fill_stage(repacking, err) < 0 || write_records(repacking, err) < 0)
		return bundle_fail(image.output, err);
	if (finish_image(&finish, err) < 0)
		return -1;
	return reports_write(&reports, err);
}

/* Nothing may be written into a directory that is read. */
static int check_outside(const char *image, const char *output, struct error **err)
{
	bool is_inside;

	if (plan_check_output(image, output, err) < 0 ||
	    plan_has_inside(image, output, &is_inside, err) < 0)
		return -1;
	if (is_inside)
		return fail(err, ERROR_USAGE,
		    "'%s' is inside the image '%s', which is read: name an output outside", output,
		    image);
	return 0;
}

int repack_check_output(const struct repack_options *options, struct error **err)
{
	const struct assemble_options *image = &options->image;
	const char *const outputs[] = {image->output, image->manifest, image->bill};

	for (size_t i = 0; options->images[i]; i++) {
		const char *name = options->images[i];

		for (size_t k = 0; k < sizeof(outputs) / sizeof(*outputs); k++) {
			bool is_layout = k == 0 && image->form == FORM_OCI;

			if (!outputs[k])
				continue;
			if (oci_is_reference(name)
				? oci_check_output(name, outputs[k], is_layout, err) < 0
				: check_outside(name, outputs[k], err) < 0)
				return -1;
		}
	}
	return 0;
}

int repack(const struct repack_options *options, struct reporter *reporter,
    struct repack_result *ret, struct error **err)
{
	CLEANUP(repacking_release)
	struct repacking repacking = {
	    .options = options,
	    .reporter = reporter,
	    .result = ret,
	    .tree = TREE_STAGE_INIT,
	    .stage = TREE_STAGE_INIT,
	    .writer = FILE_WRITER_INIT,
	};
	autofree char *tree = xasprintf("%s.unpacked", options->image.output);
	size_t count = 0;

	*ret = (struct repack_result){0};
	while (options->images[count])
		count++;
	repacking.contents = xcalloc(count, sizeof(*repacking.contents));
	if (assemble_check(&options->image, err) < 0 || repack_check_output(options, err) < 0 ||
	    bundle_time(&repacking.time, err) < 0 ||
	    tree_stage_open(&repacking.tree, place_at(tree), err) < 0 ||
	    tree_stage_open(&repacking.stage, place_at(options->image.output), err) < 0)
		return -1;
	if (unpack(&repacking, err) < 0 || make_plan(&repacking, err) < 0)
		return -1;
	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return ret->failed ? 0 : write_image(&repacking, err);
}
