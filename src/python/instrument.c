#include "python/instrument.h"

#include "python/carried.h"
#include "python/region_walk.h"
#include "python/visit.h"

static const struct {
	const char *word;
	unsigned feature;
} words_of_features[] = {
    {"coverage", INSTRUMENT_COVERAGE},
    {"profile", INSTRUMENT_PROFILE},
};

#define FEATURES (sizeof(words_of_features) / sizeof(*words_of_features))

static unsigned feature_of(struct slice word)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (slice_is(word, words_of_features[i].word))
			return words_of_features[i].feature;
	}
	return 0;
}

bool instrument_of_words(struct slice words, unsigned *ret)
{
	struct slice word;

	*ret = 0;
	while (words.len && slice_next(&words, ':', &word)) {
		unsigned feature = feature_of(word);

		if (!feature)
			return false;
		*ret |= feature;
	}
	return true;
}

static void add_words(unsigned features, char separator, struct str *ret)
{
	bool is_first = true;

	for (size_t i = 0; i < FEATURES; i++) {
		if (!(features & words_of_features[i].feature))
			continue;
		if (!is_first)
			str_addc(ret, separator);
		str_adds(ret, words_of_features[i].word);
		is_first = false;
	}
}

void instrument_add_words(unsigned features, struct str *ret)
{
	add_words(features, ':', ret);
}

/* The header, which leaves no name behind. The two constants are replaced: by the description and
 * by the runtime, which other modules may have loaded, or may be loading. Modules that the runtime
 * imports may be instrumented, too: those that it is not ready for are not measured. */
static const char header_text[] = "def _fi_load(description, runtime):\n"
				  "    import _imp, sys\n"
				  "    _imp.acquire_lock()\n"
				  "    try:\n"
				  "        import _fi_metrics\n"
				  "    except ImportError:\n"
				  "        import marshal\n"
				  "        _fi_metrics = type(sys)('_fi_metrics')\n"
				  "        sys.modules['_fi_metrics'] = _fi_metrics\n"
				  "        try:\n"
				  "            exec(marshal.loads(runtime), _fi_metrics.__dict__)\n"
				  "        except BaseException as error:\n"
				  "            del sys.modules['_fi_metrics']\n"
				  "            _fi_metrics = None\n"
				  "            if not isinstance(error, Exception):\n"
				  "                raise\n"
				  "    finally:\n"
				  "        _imp.release_lock()\n"
				  "    load = getattr(_fi_metrics, 'load', None)\n"
				  "    if load:\n"
				  "        module = sys._getframe(1)\n"
				  "        load(module.f_code, description, module.f_globals)\n"
				  "_fi_load(b'', b'')\n"
				  "del _fi_load\n";

static void add_areas(const struct regions *regions, struct str *ret)
{
	size_t at = 0, count = 0;
	char type;

	while (regions_next(regions, &at, &type))
		count++;
	str_addf(ret, "counters %d\nareas %zu\n", regions->counters, count);
	at = 0;
	for (size_t begin = 0; regions_next(regions, &at, &type); begin = at) {
		region_add_area(&regions->items[begin].area, ret);
		for (; begin < at; begin++) {
			if (regions->items[begin].counter == REGION_UNREACHED)
				continue;
			str_addc(ret, ' ');
			str_add_number(ret, (uint64_t)regions->items[begin].counter);
		}
		str_addc(ret, '\n');
	}
}

/* What is counted in a module. */
struct counted {
	struct regions regions;
	struct str names; /* of the elements, a line each */
	int elements;
};

static void counted_release(struct counted *counted)
{
	regions_release(&counted->regions);
	str_release(&counted->names);
}

/* What the module says of itself to the runtime. */
static PyObject *describe(
    const struct counted *counted, unsigned features, PyObject *recorded, const struct hash *hash)
{
	autostr struct str text = STR_INIT;
	py_owned PyObject *path = PyUnicode_EncodeFSDefault(recorded);
	char hex[2 * HASH_SIZE + 1];

	if (!path)
		return NULL;
	hash_hex(hash, hex);
	str_addf(&text, INSTRUMENT_START "hash %s\npath ", hex);
	str_add(&text, PyBytes_AS_STRING(path), (size_t)PyBytes_GET_SIZE(path));
	str_adds(&text, "\nfeatures ");
	add_words(features, ' ', &text);
	str_addc(&text, '\n');
	add_areas(&counted->regions, &text);
	str_addf(&text, "elements %d\n", counted->elements);
	str_add_slice(&text, str_slice(&counted->names));
	return PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.len);
}

/* Give all nodes of the header one position. */
static void place_node(enum node_type_name type, void *node, void *at)
{
	if (node_types[type].position)
		memcpy((char *)node + node_types[type].position, at, sizeof(struct stretch));
}

static int set_constant(struct tree *tree, expr_ty call, Py_ssize_t at, PyObject *value)
{
	asdl_seq_GET(call->v.Call.args, at)->v.Constant.value = value;
	if (value && _PyArena_AddPyObject(tree->arena, value) == 0)
		return 0;
	Py_XDECREF(value);
	return -1;
}

static int add_header(struct tree *tree, PyObject *description)
{
	mod_ty header = python_parse(
	    slice_c(header_text), tree->recorded, PyCF_SOURCE_IS_UTF8, tree->arena, NULL);
	struct stretch at = python_injected_stretch(tree->module->v.Module.body);
	asdl_stmt_seq *statements;
	expr_ty call;

	if (!header)
		return -1;
	statements = header->v.Module.body;
	visit_nodes(&(struct visitor){.leave = place_node, .context = &at}, NODE_MODULE, header);
	call = asdl_seq_GET(statements, 1)->v.Expr.value;
	if (set_constant(tree, call, 0, Py_NewRef(description)) < 0 ||
	    set_constant(tree, call, 1,
		PyBytes_FromStringAndSize(
		    (const char *)carried_runtime, (Py_ssize_t)carried_runtime_size)) < 0)
		return -1;
	return python_insert(tree, statements);
}

static int rewrite(struct tree *tree, unsigned features, const struct hash *hash)
{
	CLEANUP(counted_release) struct counted counted = {.elements = 0};
	struct page page = page_of(&tree->layout);
	struct region_walk walk = {.ret = &counted.regions, .page = &page, .arena = tree->arena};
	py_owned PyObject *description = NULL;

	if (counters_set_apart(tree->module, page.layout->text, tree->arena) < 0)
		return -1;
	if (features & INSTRUMENT_COVERAGE) {
		walk_module(&walk, tree->module);
		counters_settle(tree->module);
	}
	if (features & INSTRUMENT_PROFILE)
		counted.elements = instrument_calls(&walk, tree->module, &counted.names);
	if (walk.failed)
		return -1;
	if (!counted.regions.counters && !counted.elements)
		return 0;
	description = describe(&counted, features, tree->recorded, hash);
	return description ? add_header(tree, description) : -1;
}

int tree_instrument(struct tree *tree, unsigned features, const char *encoding,
    const struct hash *hash, struct error **err)
{
	if (!features || PyUnicode_FindChar(
			     tree->recorded, '\n', 0, PyUnicode_GET_LENGTH(tree->recorded), 1) >= 0)
		return 0;
	if (python_lay_out(tree, encoding, err) < 0)
		return -1;
	if (rewrite(tree, features, hash) < 0)
		return python_fail(err, tree->shown, SLICE_LITERAL(""));
	return 0;
}
