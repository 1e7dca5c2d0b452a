"""What CPython itself makes of a source, and how code objects are compared with that."""
import importlib.util
import json
import marshal
import os
import signal
import struct
import sys
import traceback
import warnings

HEADER = 16
CODE = type((lambda: None).__code__)
# What gives iterators; co_branches since CPython 3.14.
METHODS = [name for name in ("co_positions", "co_lines", "co_branches") if hasattr(CODE, name)]
ATTRIBUTES = [name for name in dir(CODE) if name.startswith("co_") and name not in (
    "co_consts", "co_lnotab", *METHODS)]
NUMBERS = {float: lambda number: struct.pack("<d", number),
           complex: lambda number: struct.pack("<dd", number.real, number.imag)}


def compile_source(data, recorded, level):
    """compile() as the specification has it. No file of the recorded name may be there: CPython
    would take the line that an error shows, and so its column, from that file."""
    if os.path.lexists(recorded):
        raise RuntimeError(f"'{recorded}' exists")
    return compile(data, recorded, "exec", dont_inherit=True, optimize=level)


def columns(source, line, offset):
    """What the column of a SyntaxError may be: the offset, and the same place counted in
    characters. CPython counts bytes of UTF-8 in what the compiler refuses, and in sources without a
    cookie."""
    try:
        text = importlib.util.decode_source(source).split("\n")[line - 1]
    except (IndexError, SyntaxError, UnicodeError, LookupError):
        return [offset]
    before = text.encode("utf-8", "surrogatepass")[:offset - 1]
    return [offset, len(before.decode("utf-8", "replace")) + 1]


def place(exception, source):
    """What compile() raised for a source as [text, line, columns that it may be]; 0 is unknown."""
    if isinstance(exception, SyntaxError):
        line, offset = (number if number and number > 0 else 0
                        for number in (exception.lineno, exception.offset))
        possible = columns(source, line, offset) if line and offset else [offset]
        return [str(exception.msg), line, possible]
    text = str(exception)
    name = type(exception).__name__
    return [f"{name}: {text}" if text else name, 0, [0]]


def key(value):
    """A constant as something that is equal for values of equal type and bits only."""
    kind = type(value)
    if kind in NUMBERS:
        return kind, NUMBERS[kind](value)
    if kind is tuple:
        return kind, tuple(map(key, value))
    if kind is frozenset:
        return kind, frozenset(map(key, value))
    if kind is slice:
        return kind, key(value.start), key(value.stop), key(value.step)
    return kind, value


def difference(ours, theirs):
    """Where two code objects differ first, or None."""
    pending = [(ours, theirs, "module")]
    while pending:
        ours, theirs, where = pending.pop()
        for name in ATTRIBUTES:
            left, right = getattr(ours, name), getattr(theirs, name)
            if type(left) is not type(right) or left != right:
                return f"{where}: {name}: {left!r:.300} instead of {right!r:.300}"
        for name in METHODS:
            if list(getattr(ours, name)()) != list(getattr(theirs, name)()):
                return f"{where}: {name}() differs"
        if len(ours.co_consts) != len(theirs.co_consts):
            return f"{where}: {len(ours.co_consts)} constants instead of {len(theirs.co_consts)}"
        for index, (left, right) in enumerate(zip(ours.co_consts, theirs.co_consts)):
            if type(left) is CODE and type(right) is CODE:
                pending.append((left, right, f"{where}.{right.co_name}"))
            elif type(left) is CODE or type(right) is CODE or key(left) != key(right):
                return f"{where}: constant {index}: {left!r:.300} instead of {right!r:.300}"
    return None


def header(data):
    """The header of a hash-based bytecode file that is not checked."""
    return importlib.util.MAGIC_NUMBER + struct.pack("<I", 1) + importlib.util.source_hash(data)


def file_difference(file, source, theirs):
    """What is wrong with a .pyc that should be the source's, with its code as CPython has it."""
    if file[:HEADER] != header(source):
        return f"header {file[:HEADER].hex()} instead of {header(source).hex()}"
    try:
        ours = marshal.loads(file[HEADER:])
    except (EOFError, ValueError, TypeError) as error:
        return f"does not load: {error}"
    return difference(ours, theirs)


def outcome(source, recorded, level, file=None):
    """What compile() says of a source: a dictionary of the `error` (a place()) or None, the
    `warnings` (text and line), whether its code is `storable`, and, given the file that kiln made
    of it, a `difference` or None."""
    result = {"error": None, "difference": None, "storable": True}
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            code = compile_source(source, recorded, level)
        except Exception as error:
            code, result["error"] = None, place(error, source)
    result["warnings"] = sorted({(str(one.message), one.lineno) for one in seen
                                 if one.category is SyntaxWarning})
    if code is not None:
        # Compared code may be nested as deep as compile() allows, which goes by this limit too.
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(100000)
        try:
            result["size"] = HEADER + len(marshal.dumps(code))
        except ValueError:
            result["storable"] = False
        if file is not None:
            result["difference"] = file_difference(file, source, code)
        sys.setrecursionlimit(limit)
    return result


def guarded_outcome(*arguments):
    """outcome() in a process of its own; {"signal": NUMBER} if CPython dies of the source."""
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(receiving)
        status = 1
        try:
            signal.alarm(300)
            with open(sending, "w", encoding="utf-8", errors="surrogatepass") as file:
                json.dump(outcome(*arguments), file)
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    os.close(sending)
    with open(receiving, encoding="utf-8", errors="surrogatepass") as file:
        text = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status < 0:
        return {"signal": -status}
    return json.loads(text)
