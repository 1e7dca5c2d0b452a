"""What instrumented code does beside counting: nothing; and the events of calls."""
import contextlib
import io
import marshal
import os
import pickle
import re
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import regions
import tap

FEATURES = ("coverage", "profile", "coverage:profile")

# Prints what a program can see of itself.
SEEN = '''\
"""documentation"""
from __future__ import annotations
import asyncio, contextlib, dataclasses, enum, inspect, pickle, sys, traceback
from os.path import *
x: int = 1
def plain(a, b: int = 1 or 2, /, *c, d=lambda: 3, **e) -> str:
    """plain's"""
    z = a if b else c
    print(sorted(locals()))
    return f"{a=} {b or c!r:>{4}}"
def empty():
    "only documentation"
def nothing(): pass
class Base:
    """Base's"""
    y: list[int] = []
    def __init__(self): self.made = [__class__.__name__, super().__repr__()[:5]]
class Color(enum.Enum):
    RED = 1
    BLUE = RED and 2
@dataclasses.dataclass
class Point:
    a: int
    b: int = dataclasses.field(default=2 and 3)
def generator():
    try:
        got = yield 1
        while True:
            try:
                got = yield got
            except KeyError as error:
                got = repr(error)
    finally:
        print("closed")
@contextlib.contextmanager
def manager():
    try:
        yield 1
    except ValueError as error:
        print("caught", error)
async def items():
    for i in range(3):
        yield i
class Async:
    async def __aenter__(self): return self
    async def __aexit__(self, *error): return True
async def run():
    async with Async() as one:
        raise KeyError
    async for i in items():
        if i == 1: continue
        await asyncio.sleep(0)
    else:
        print("else")
    return [i async for i in items() if i], {i: await asyncio.sleep(0, i) for i in (1, 2)}
def outer():
    n = 0
    def inner():
        nonlocal n
        global made
        n += 1
        made = n
        return n
    return inner() + inner()
def fails(a):
    if a and a.b:
        pass
    return [
        1 / i for i in (1, a)
        if i is not None]
def deep(n):
    try:
        return deep(n + 1)
    except RecursionError:
        return n
print(__doc__, plain.__doc__, empty.__doc__, nothing.__doc__, Base.__doc__)
print(inspect.signature(plain), plain.__annotations__, Base.__annotations__, __annotations__)
print(plain(1), plain.__defaults__, plain.__code__.co_varnames, plain.__code__.co_firstlineno)
print(Base().made, sorted(vars(Base)), list(Color), Point(1), outer(), made)
steps = generator()
print(next(steps), steps.send(5), steps.throw(KeyError("k")), inspect.getgeneratorlocals(steps))
steps.close()
with manager() as value: raise ValueError("v")
print(asyncio.run(run()))
for bad in (1, [], 0):
    try: fails(bad)
    except Exception: traceback.print_exc(file=sys.stdout)
try: assert 1 > 2, "no" or "yes"
except AssertionError as error: print(error, error.__traceback__.tb_lineno)
print(pickle.loads(pickle.dumps(Point(3, 4))), [y for x in (1, 2) if (y := x)], y)
sys.setrecursionlimit(200)
limit = deep(0) > 160
print(limit, join("a", "b"), inspect.getsource(nothing))
del x
print(sorted(name for name in globals() if not name.startswith("__")))
match [1, 2]:
    case [a, b] if a: print(a, b)
'''

# Programs, and the events of their calls: a letter and the name of the element.
EVENTS = (
    ("functions end however they are left", """\
def f(a):
    if a: return 1
    {}[a]
try: f(1); f(0)
except KeyError: pass
""", ": e | f: e x e x | : x"),
    ("the bodies of classes and nested functions", """\
'documentation'
class C:
    'documentation'
    def m(self):
        def inner(): pass
        return inner()
    class D: pass
C().m()
def empty(): 'documentation'
empty()
""", ": e | C: e | C.D: e x | C: x | C.m: e | C.m.<locals>.inner: e x | C.m: x | empty: e x | : x"),
    ("generators are suspended", """\
def g():
    try:
        x = yield 1
        try: yield x
        except ValueError: pass
        yield from [5]
    finally: pass
i = g()
next(i), i.send(2), i.throw(ValueError), i.close()
""", ": e | g: e s r s r s r x | : x"),
    ("coroutines are suspended", """\
class A:
    async def __aenter__(self): return 1
    async def __aexit__(self, *error): pass
    def __aiter__(self): return self
    async def __anext__(self): raise StopAsyncIteration
async def c():
    async with A(): pass
    async for x in A(): pass
async def d():
    await c()
try: d().send(None)
except StopIteration: pass
""", ": e | A: e x | d: e s | c: e s | A.__aenter__: e x | c: r s | A.__aexit__: e x | c: r s | "
     "A.__aiter__: e x | A.__anext__: e x | c: r x | d: r x | : x"),
)


# Functions whose lines a tracer sees, wherever control leaves them.
TRACED = """\
import contextlib
def f(a):
    match a:
        case 1:
            pass
        case [x] if x:
            pass
    for i in (1, 2):
        if i == a or i and a:
            continue
        elif a:
            pass
    while a is None:
        a = 0
    try:
        with open({True: "/dev/null"}[bool(a)]):
            pass
    except (TypeError,
            KeyError):
        return a
    finally:
        a = 1
for a in (0, 1, 2, [0], [1], None, ""):
    f(a)
def a1(x):
    return (
        x +
        1)
def a2(x):
    @contextlib.contextmanager
    def inner():
        try:
            yield x
        finally:
            x
    with inner() as y:
        return y
def a3(x):
    (
        x.
        real)
    for i in (1,
              2): pass
def a4(x): return x
class C:
    @property
    def p(self):
        "doc"
        return 1
    y: int = 1
    def q(self): "doc"
    def r(self):
        '''doc'''
        pass
def gen(n):
    for i in range(n):
        yield i
        z = yield (i,
            n)
    return 3
def gen2():
    x = yield from gen(2)
    yield
    return (yield
            )
async def co():
    async with A() as q:
        await co2()
        if not q: return 1
    async for i in A():
        if i: continue
        break
    else:
        pass
    [j async for j in A()]
    return await co2()
async def co2():
    pass
class A:
    n = 0
    async def __aenter__(self): return 1
    async def __aexit__(self, *e): return True
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 2: raise StopAsyncIteration
        return 1
def w(x):
    while x:
        x -= 1
        if x == 3: break
    else:
        return 5
    try:
        raise KeyError
    except (ValueError,
            TypeError):
        pass
def m(x):
    match x:
        case 1: return 5
        case [a, b]:
            return a
    return 1 or x
def nested(x):
    def k():
        return {}[x]
    return k()
a1(1); a2(2); a3(3); a4(4)
C().p, C().q(), C().r()
list(gen2())
g = gen2(); next(g)
try: g.throw(KeyError)
except KeyError: pass
try: co().send(None)
except StopIteration: pass
w(2)
try: w(5)
except KeyError: pass
m(1), m([1, 2]), m(3)
lambda: (
  1)
t = g and m(
   1) or 5
if not g: pass
elif g: pass
while g:
    g = 0
with contextlib.suppress(KeyError): raise KeyError
assert t, "x"
del t
try: nested(0)
except KeyError: pass
def d1():
    '''doc

    x'''
def d2():
    "a"
    "b"
def d3():
    try:
        return 1
    finally:
        for i in (1, 2): pass
def d4():
    with contextlib.suppress(KeyError):
        return {}[1]
def d5(): 
    for i in 1, 2:
        with contextlib.suppress(KeyError):
            if i: raise KeyError
            continue
        break
    raise KeyError
def d6(x,
  y=lambda:
     1):
    class D(A):
        '''q'''
    class E: x = 1
    del x
    return [
       i
       for i in (1, 2)]
def d7():
    import os
    yield
    try:
        yield 1
    except KeyError:
        return 5
    finally:
        x = 1
def d8():
    while True:
        try:
            yield 1
        except ValueError: yield 2
        else: pass
        finally:
            pass
d1(); d2(); d3(); d4()
try: d5()
except KeyError: pass
d6(1)
g = d7(); next(g); next(g)
try: g.throw(KeyError)
except StopIteration: pass
g = d8(); next(g); next(g); g.throw(ValueError); next(g)
g.close()
g = d8(); next(g)
try: g.throw(TypeError)
except TypeError: pass
class F(object,
     metaclass=type):
    z = 1
raise KeyError
"""


# Conditions after which something is raised.
CONDITIONS = """\
class Bad:
    def __bool__(self): raise KeyError
a, b, u, bad = 1, 0, [], Bad()
def f1(): assert a and b, "x"
def f2():
    assert (a and
            b), "x" or \\
        1
def f3():
    assert not (a == 0 or
                a), "x"
def f4():
    assert (a if b
            else 0)
def f5(): assert a and (a == 0 or b) and not u
def f6():
    assert not (a if a == 1
                else b)
def f7(): assert (0 < a and
                  1 < b <
                  2)
def f8(): {u for x in (1,) if a or
           b}
def f9(): {u: b or 1 for x in (1,) if a == 1 if a for y in (2,) if b or
           a}
def f10():
    if a and (b or bad): pass
def f11():
    while a and not bad: pass
def f12(): return 1 if a and bad else 0
def f13(): return [1 for x in (1,) if bad]
def f14(): return list(1 for x in (1,) if a != 0 and bad)
def f15():
    if b: pass
    elif a and \\
            bad: pass
def f16(): return (1 if a == 1 and bad else 0) if a else 2
def f17(): assert (1 if a and bad else 0), 1
"""


class Instrument(program.Case):
    def cc(self, *arguments):
        self.kiln("cc", *arguments, status=0)

    def instrument(self, source, features, kind=regions.Instrumented):
        path = self.write("m.py", source)
        return kind(self.cc, path, self.path("m"), features)

    def printed(self, run):
        limit, out = sys.getrecursionlimit(), io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                run({"__name__": "m"})
        finally:
            sys.setrecursionlimit(limit)
        return re.sub("0x[0-9a-f]+", "", out.getvalue())

    def run_in_module(self, run):
        """Run with the globals of a module that can be imported."""
        module = type(sys)("m")
        module.__file__ = self.path("m.py")
        sys.modules["m"] = module
        self.addCleanup(sys.modules.pop, "m", None)
        return self.printed(lambda names: run(module.__dict__))

    def test_a_program_sees_nothing_of_it(self):
        path = self.write("m.py", SEEN)
        code = compile(SEEN, path, "exec", dont_inherit=True)
        expected = self.run_in_module(lambda names: exec(code, names))
        self.assertIn("BLUE", expected)
        for features in FEATURES:
            with self.subTest(features=features):
                module = self.instrument(SEEN, features)
                self.assertEqual(self.run_in_module(module.run), expected)

    def test_a_tracer_sees_the_same(self):
        path = self.write("m.py", TRACED)
        expected = self.traced(path, lambda names: exec(compile(TRACED, path, "exec"), names))
        self.assertGreater(len(expected), 200)
        for features in FEATURES:
            for kind in (regions.Instrumented, regions.Mapped):
                with self.subTest(features=features, kind=kind.__name__):
                    self.assertEqual(
                        self.traced(path, self.instrument(TRACED, features, kind).run), expected)

    def test_what_follows_conditions_has_its_position(self):
        path = self.write("m.py", CONDITIONS)
        expected = self.raised(lambda names: exec(compile(CONDITIONS, path, "exec"), names))
        self.assertEqual(len(expected), CONDITIONS.count("def f"))
        for features in FEATURES:
            with self.subTest(features=features):
                module = self.instrument(CONDITIONS, features)
                self.assertEqual(self.raised(module.run), expected)

    def raised(self, run):
        """Where exceptions were raised in the functions of CONDITIONS."""
        names, found = {"__name__": "m"}, []
        run(names)
        for name in [name for name in names if name[0] == "f"]:
            try:
                names[name]()
            except (AssertionError, KeyError, TypeError) as error:
                *_, at = (entry for entry in traceback.extract_tb(error.__traceback__)
                          if entry.name != "__bool__")
                found.append((name, at.lineno, at.colno, at.end_lineno, at.end_colno))
        return found

    def test_constants_that_look_like_counters_stay(self):
        source = """\
x, y = b"_fi_\\0c0", rb"\\0" and (b"_fi" b"_\\x00c1", b"_fi_\\x00e0")
def f(z=b"_fi_\\0c2"):
    return [z, b"_fi_\\0x1", b"_fi_\\0"]
made = f()
"""
        expected = {}
        exec(source, expected)
        for features in FEATURES:
            with self.subTest(features=features):
                names = self.instrument(source, features).run()
                for name in ("x", "y", "made"):
                    self.assertEqual(repr(names[name]), repr(expected[name]))

    def traced(self, path, run):
        """The events of a file's functions, their lines, and those of the traceback in the end."""
        found = []

        def trace(frame, event, argument):
            if frame.f_code.co_filename != path or frame.f_code.co_name == "_fi_load":
                return None
            found.append((event, frame.f_code.co_name, frame.f_lineno))
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            run({"__name__": "m"})
        except KeyError as error:
            found += [(entry.name, entry.lineno, entry.colno, entry.end_colno)
                      for entry in traceback.extract_tb(error.__traceback__)
                      if entry.filename == path]
        finally:
            sys.settrace(before)
        return found

    def test_calls_begin_end_and_are_suspended(self):
        for name, source, expected in EVENTS:
            with self.subTest(name):
                module = self.instrument(source, "profile")
                module.run()
                self.assertEqual(self.told(module), expected)

    def told(self, module):
        """The events, those of one element in a row together; what goes on without having been
        suspended says nothing."""
        found, suspended = [], set()
        for letter, number in module.events:
            if letter == "r" and number not in suspended:
                continue
            (suspended.add if letter == "s" else suspended.discard)(number)
            if found and found[-1][0] == number:
                found[-1][1].append(letter)
            else:
                found.append((number, [letter]))
        return " | ".join(f"{module.names[number]}: {' '.join(letters)}"
                          for number, letters in found)

    def test_handlers_that_were_added_are_copied_as_bytes(self):
        module = self.instrument("def f(a):\n    b = a + 1\n    return b\n", "coverage",
                                 regions.Mapped)
        code = module.run()["f"].__code__
        [constant] = [constant for constant in code.co_consts
                      if type(constant).__name__ == "handler"]
        value = pickle.loads(pickle.dumps(constant))
        self.assertTrue(value.startswith(regions.HANDLER))
        self.assertEqual((type(value), value == constant, constant == value, hash(constant),
                          repr(constant), constant == b""),
                         (bytes, True, True, hash(value), repr(value), False))
        self.assertIn(value, marshal.loads(marshal.dumps(code)).co_consts)

    def test_handlers_of_the_source_stay_as_they_are(self):
        """What they begin with may have any number, that of an exit's constant, too."""
        names = [f"v{i}" for i in range(20)]
        source = "".join(f"""
def f{i}({", ".join(names)}):
    try:
        1 / 0
    except:
        v{i}
        v{i}()
        raise
""" for i in range(20)) + "fs = [" + ", ".join(f"f{i}" for i in range(20)) + "]\n"
        for features in FEATURES:
            fs = self.instrument(source, features).run()["fs"]
            for number, function in enumerate(fs):
                with self.subTest(features=features, number=number):
                    try:
                        function(*[lambda: None] * 20)
                    except ZeroDivisionError as error:
                        lines = [entry.lineno
                                 for entry in traceback.extract_tb(error.__traceback__)]
                    self.assertEqual(lines[1:], [4 + 8 * number])
                    self.assertEqual(sys.exc_info(), (None, None, None))

    def test_nesting_as_deep_as_cpython_allows_stays_possible(self):
        blocks = "".join("    " * (level + 1) + f"for i{level} in (1,):\n" for level in range(19))
        sources = {
            "blocks": "def f():\n" + blocks + "    " * 20 + "return 7\nx = f()\n",
            "elif": "y = 600\nif 0: pass\n" + "".join(
                f"elif y == {i}: x = 7\n" for i in range(700)),
            "conditional": "y = 600\nx = " + "".join(f"{i} if y == {i} else " for i in range(600))
                           + "7\n",
            "operands": "x = 0" + " or 0" * 3000 + " or 7\n",
        }
        for name, source in sources.items():
            for features in FEATURES:
                with self.subTest(name=name, features=features):
                    self.assertEqual(self.instrument(source, features).run()["x"], 7)

    def test_a_path_that_cannot_be_recorded_is_not_instrumented(self):
        self.write("m.py", "x = 1\n")
        self.cc("m.unit", "m.py", "instrumentation", "coverage", "origin", "a\nb.py")
        self.cc("m.code", "m.unit", *regions.AST)
        self.assertNotIn(b"kiln-regions", program.read(self.path("m.code")))

    def test_what_cannot_be_compiled_is_refused_as_before(self):
        for source in ("return 1\n", "def f():\n    x = 1\n    global x\n", "break\n",
                       "x = 1\nfrom __future__ import annotations\n",
                       "from __future__ import division; x = 1; from __future__ import division"):
            with self.subTest(source=source):
                self.write("m.py", source)
                messages = []
                for features in ("", "coverage", "profile"):
                    self.cc("m.unit", "m.py", "instrumentation", features)
                    messages.append(self.kiln("cc", "m.code", "m.unit", *regions.AST,
                                              status=1).stderr)
                self.assertEqual(len(set(messages)), 1, messages)


if __name__ == "__main__":
    tap.main()
