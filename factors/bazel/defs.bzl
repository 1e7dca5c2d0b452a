"""Bytecode of Python sources as build actions.

Each source is an action of its own, `KilnPrecompile`, so that a cache or a cluster that executes actions remotely
has them one by one. Where the strategy for the mnemonic is `worker`, one process serves many of them.
"""

KilnBytecodeInfo = provider(
    doc = "What kiln_bytecode() made.",
    fields = {
        "bytecode": "depset of the bytecode files",
        "sources": "depset of the sources they are made of",
    },
)

# What --invalidation_mode takes; none of the default's bytes depend on times, so that caches hit.
_MODES = ["unchecked_hash", "checked_hash", "timestamp"]

_LAYOUTS = ["pycache", "legacy"]

def _output_name(source, level, layout, version):
    """The path of the bytecode, relative to the package of the target."""
    directory, _, name = source.rpartition("/")
    if layout == "legacy":
        return source + "c"
    suffix = ".opt-%d" % level if level > 0 else ""
    tag = "cpython-" + version.replace(".", "")
    name = "%s.%s%s.pyc" % (name[:-len(".py")], tag, suffix)
    return "/".join([part for part in [directory, "__pycache__", name] if part])

def _relative(path, package):
    """A short path without the package; one of another package keeps its own."""
    if package and path.startswith(package + "/"):
        return path[len(package) + 1:]
    return path

def _recorded(path, strip):
    """The path that tracebacks show."""
    if strip and path.startswith(strip + "/"):
        return path[len(strip) + 1:]
    return path

def _precompile(ctx, source, level):
    place = _relative(source.short_path, ctx.label.package)
    output = ctx.actions.declare_file(_output_name(place, level, ctx.attr.layout, ctx.attr.python_version))
    arguments = ctx.actions.args()
    arguments.add("--src", source)
    arguments.add("--src_name", _recorded(source.short_path, ctx.attr.strip_prefix))
    arguments.add("--pyc", output)
    arguments.add("--invalidation_mode", ctx.attr.invalidation_mode)
    arguments.add("--optimize", str(level))
    arguments.add("--python_version", ctx.attr.python_version)

    # A worker is started with what precedes the file, and is sent what is in it.
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    ctx.actions.run(
        executable = ctx.executable.kiln,
        arguments = ["precompile", arguments],
        inputs = [source],
        outputs = [output],
        mnemonic = "KilnPrecompile",
        progress_message = "Compiling %s" % source.short_path,
        execution_requirements = {
            "requires-worker-protocol": "json",
            "supports-multiplex-workers": "1",
            "supports-workers": "1",
        },
    )
    return output

def _kiln_bytecode_impl(ctx):
    if ctx.attr.layout == "legacy" and len(ctx.attr.levels) != 1:
        fail("the layout legacy has one name for all levels: give one level")
    bytecode = [
        _precompile(ctx, source, level)
        for source in ctx.files.srcs
        for level in ctx.attr.levels
    ]
    made = depset(bytecode)
    return [
        DefaultInfo(files = made, runfiles = ctx.runfiles(files = bytecode + ctx.files.srcs)),
        KilnBytecodeInfo(bytecode = made, sources = depset(ctx.files.srcs)),
    ]

kiln_bytecode = rule(
    implementation = _kiln_bytecode_impl,
    doc = "Bytecode files of Python sources, where CPython looks for them.",
    attrs = {
        "invalidation_mode": attr.string(
            default = _MODES[0],
            doc = "How importing checks a file: by the hash of its source, or not at all (the default: the build " +
                  "keeps them up to date), or by the source's time, which differs from machine to machine",
            values = _MODES,
        ),
        "kiln": attr.label(
            cfg = "exec",
            default = "@kiln//:kiln",
            doc = "The executable of kiln",
            executable = True,
            allow_single_file = True,
        ),
        "layout": attr.string(
            default = _LAYOUTS[0],
            doc = "`pycache`: __pycache__/NAME.cpython-311.pyc; `legacy`: NAME.pyc, which loads without a source",
            values = _LAYOUTS,
        ),
        "levels": attr.int_list(default = [0], doc = "Optimization levels: 0, 1, 2"),
        "python_version": attr.string(
            default = "3.11",
            doc = "The version that the bytecode is for; another one than kiln's is an error",
        ),
        "srcs": attr.label_list(allow_files = [".py"], doc = "Python sources", mandatory = True),
        "strip_prefix": attr.string(doc = "A directory to leave out of the paths that tracebacks show"),
    },
)
