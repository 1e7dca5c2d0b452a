"""Counted regions, and what instrumented code does beside counting: cases counted by hand."""
import json
import marshal
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import regions
import tap

# Of each case: its name, the source, and its regions: type, count, text of the first line.
CASES = (
    ("statements", """\
'documentation'
from __future__ import annotations
import os
x: int
y: int = 1
def f(a):
    'documentation'
    global z
    z = a
    del a; pass
    'no documentation'
class C(object):
    'documentation'
    b = 1
f(1); f(2)
""", """\
+ 1 from __future__ import annotations
+ 1 import os
+ 1 y: int = 1
+ 1 def f
+ 2 z = a
+ 2 del a
+ 2 pass
+ 2 'no documentation'
+ 1 class C
+ 1 b = 1
+ 1 f(1)
+ 1 f(2)
"""),
    ("a statement that fails ends the block", """\
def f(a):
    a = 1
    b = c = [2]
    a.b
    pass
try:
    f(1)
except AttributeError:
    pass
""", """\
+ 1 def f
+ 1 a = 1
+ 1 b = c = [2]
+ 1 a.b
+ 0 pass
+ 1 f(1)
/ 1 AttributeError
+ 1 pass
"""),
    ("conditions", """\
def f(a):
    if a:
        return 1
    elif a is None:
        pass
    else:
        a = 1
    if not a:
        pass
f(0), f(None), f(2)
""", """\
+ 1 def f
/ 3 a
+ 1 return 1
/ 2 a is None
+ 1 pass
+ 1 a = 1
~ 1 if not a:
/ 2 not a
+ 1 pass
+ 1 f(0), f(None), f(2)
"""),
    ("a condition that fails takes neither way", """\
def f(a):
    if a.b:
        pass
try:
    f(1)
except (ValueError,
        AttributeError) as e:
    pass
""", """\
+ 1 def f
~ 0 if a.b:
/ 1 a.b
+ 0 pass
+ 1 f(1)
/ 1 (ValueError,
+ 1 pass
"""),
    ("loops", """\
n = 0
while n < 3:
    n += 1
    if n == 2:
        continue
while True:
    break
for i in range(3):
    break
for i in range(2):
    pass
else:
    n = 4
""", """\
+ 1 n = 0
~ 1 while n < 3:
/ 4 n < 3
+ 3 n += 1
~ 2 if n == 2:
/ 3 n == 2
+ 1 continue
  0 while True:
  0 True
+ 1 break
~ 0 for i in range(3):
/ 1 range(3)
+ 1 break
/ 1 range(2)
+ 2 pass
+ 1 n = 4
"""),
    ("with", """\
from contextlib import suppress
with suppress(ValueError) as a, suppress(KeyError):
    raise KeyError
    pass
with suppress(TypeError), suppress(1 / ''):
    pass
""", """\
+ 1 from contextlib import suppress
/ 1 suppress(ValueError)
/ 1 suppress(KeyError)
+ 1 raise KeyError
  0 pass
/ 1 suppress(TypeError)
/ 1 suppress(1 / '')
+ 0 pass
"""),
    ("match", """\
def f(a):
    match a:
        case 1 if a > 3:
            pass
        case [x, y]:
            pass
        case 1 | 2:
            pass
    match a:
        case 3: pass
        case x: pass
f(1), f([1, 2]), f(5)
""", """\
+ 1 def f
~ 1 match a:
/ 3 a
/ 3 1
/ 1 a > 3
+ 0 pass
/ 3 [x, y]
+ 1 pass
/ 2 1 | 2
+ 1 pass
/ 3 a
/ 3 3
+ 0 pass
/ 3 x
+ 3 pass
+ 1 f(1), f([1, 2]), f(5)
"""),
    ("try", """\
def f(a):
    try:
        1 / a
    except ZeroDivisionError:
        pass
    except TypeError:
        pass
    else:
        a = 1
    finally:
        a = 2
f(0), f(1), f('')
""", """\
+ 1 def f
+ 3 1 / a
/ 2 ZeroDivisionError
+ 1 pass
/ 1 TypeError
+ 1 pass
+ 1 a = 1
+ 3 a = 2
+ 1 f(0), f(1), f('')
"""),
    ("groups of exceptions", """\
try:
    raise ExceptionGroup('', [ValueError(), TypeError()])
except* ValueError:
    pass
except* (KeyError, TypeError):
    pass
""", """\
+ 1 raise ExceptionGroup('', [ValueError(), TypeError()])
/ 1 ValueError
+ 1 pass
/ 1 (KeyError, TypeError)
+ 1 pass
"""),
    ("definitions", """\
def d(x):
    return lambda f: f
@d(1)
@d
async   def \\
        f(a=1, b=int, /, c=2, *, d, e=3): pass
@d(0)
class C(metaclass=type): pass
""", """\
+ 1 def d
+ 3 return lambda f: f
/ 2 f
/ 1 d(1)
/ 1 d
+ 1 async   def \\
/ 1 1
/ 1 int
/ 1 2
/ 1 3
+ 0 pass
/ 1 d(0)
+ 1 class C
+ 1 pass
"""),
    ("operands", """\
def f(a, b, c):
    return a and (b or c)
f(0, 0, 0), f(1, 0, 0), f(1, 2, 0)
1 < 2 < 3 < 3 < 4
""", """\
+ 1 def f
+ 3 return a and (b or c)
/ 3 a
/ 2 b
/ 2 b or c
/ 1 c
+ 1 f(0, 0, 0), f(1, 0, 0), f(1, 2, 0)
+ 1 1 < 2 < 3 < 3 < 4
/ 1 3
/ 1 3
/ 0 4
"""),
    ("conditional expressions", """\
def f(a): return 1 if a else 2 if a is None else 3
f(0), f(None), f(1)
""", """\
+ 1 def f
+ 3 return 1 if a else 2 if a is None else 3
/ 1 1
/ 3 a
/ 1 2
/ 2 2 if a is None else 3
/ 2 a is None
/ 1 3
+ 1 f(0), f(None), f(1)
"""),
    ("comprehensions", """\
[i for i in range(4) if i if i > 1 for j in 'ab']
{i for i in 'ab'}
{i: 1 for i in 'ab' if i == 'a'}
any(x for x in (0, 1, 2))
""", """\
+ 1 [i for i in range(4) if i if i > 1 for j in 'ab']
/ 4 i
/ 4 i
/ 3 i > 1
+ 1 {i for i in 'ab'}
/ 2 i
+ 1 {i: 1 for i in 'ab' if i == 'a'}
/ 1 i: 1
/ 2 i == 'a'
+ 1 any(x for x in (0, 1, 2))
/ 2 x
"""),
    ("lambda and assert", """\
f = lambda a=1, *, b=2: a
f(), f()
try:
    assert 1, 'never'
    assert f, 'no'
    assert not f, 'yes'
    pass
except AssertionError: pass
""", """\
+ 1 f = lambda a=1, *, b=2: a
/ 1 1
/ 1 2
/ 2 a
+ 1 f(), f()
+ 1 assert 1, 'never'
  0 'never'
+ 1 assert f, 'no'
/ 0 'no'
+ 1 assert not f, 'yes'
/ 1 'yes'
+ 0 pass
/ 1 AssertionError
+ 1 pass
"""),
    ("what is never reached", """\
def f():
    if 0:
        pass
    elif __debug__:
        return 1
    else:
        pass
    pass
def g():
    while 1:
        try:
            break
        finally:
            return 2
    lambda: 3
def h(a):
    a or 1 or a
    if 3 - 2 * 1: a
    else: pass
    if a and 0: pass
    assert False
    pass
f(), g()
""", """\
+ 1 def f
  0 0
  0 pass
  0 __debug__
+ 1 return 1
  0 pass
  0 pass
+ 1 def g
  0 while 1:
  0 1
+ 1 break
+ 1 return 2
  0 lambda: 3
  0 3
+ 1 def h
/ 0 a
+ 0 a or 1 or a
/ 0 1
  0 a
  0 3 - 2 * 1
+ 0 a
  0 pass
~ 0 if a and 0: pass
/ 0 a
/ 0 a and 0
/ 0 0
  0 pass
+ 0 assert False
  0 pass
+ 1 f(), g()
"""),
    ("operations that fail", """\
def f(a, b):
    c = a + b
    d = c[0]
    if c is d or a < b:
        a.x
        return d
    while d:
        d -= 1
        10 % d
    return c if a[d:] > [2] else b.y
cases = "[1], []", "[3], []", "[0], []", "2, 2", "1, ''", "[2], [0]", "[None], []", "[1], [2]"
for one in cases:
    try: eval("f(" + one + ")")
    except Exception: pass
""", """\
+ 1 def f
+ 8 c = a + b
+ 7 d = c[0]
~ 5 if c is d or a < b:
/ 6 c is d
/ 6 c is d or a < b
/ 6 a < b
+ 1 a.x
+ 0 return d
~ 2 while d:
/ 8 d
+ 6 d -= 1
+ 6 10 % d
+ 2 return c if a[d:] > [2] else b.y
/ 0 c
/ 2 a[d:] > [2]
/ 1 b.y
+ 1 cases = "[1], []", "[3], []", "[0], []", "2, 2", "1, ''", "[2], [0]", "[None], []", "[1], [2]"
~ 1 for one in cases:
/ 1 cases
+ 8 eval("f(" + one + ")")
/ 8 Exception
+ 8 pass
"""),
    ("generators and coroutines", """\
import asyncio
async def g(n):
    for i in range(n):
        yield i or None
async def f():
    async for i in g(2):
        await asyncio.sleep(0)
    return [j async for j in g(3) if j]
asyncio.run(f())
""", """\
+ 1 import asyncio
+ 1 async def g
~ 2 for i in range(n):
/ 2 range(n)
+ 5 yield i or None
/ 5 i
/ 2 None
+ 1 async def f
~ 1 async for i in g(2):
/ 1 g(2)
+ 2 await asyncio.sleep(0)
+ 1 return [j async for j in g(3) if j]
/ 2 j
/ 3 j
+ 1 asyncio.run(f())
"""),
)


class Regions(program.Case):
    def cc(self, *arguments):
        self.kiln("cc", *arguments, status=0)

    def instrument(self, source):
        self.write("m.py", source)
        return regions.Instrumented(self.cc, self.path("m.py"), self.path("m"))

    def described(self):
        self.kiln("delineate", "m.py", "-o", "described", status=0)
        return regions.types_of(self.path("described"))

    def test_counts_are_those_counted_by_hand(self):
        for name, source, expected in CASES:
            with self.subTest(name):
                module = self.instrument(source)
                module.run()
                lines = source.split("\n")
                counts, kinds = module.counts(), self.described()
                self.assertEqual(list(counts), list(kinds))
                found = [f"{kind} {counts[area]} {regions.text_of(lines, area)}\n"
                         for area, kind in kinds.items()]
                self.assertEqual("".join(found), expected)

    def captured(self, path):
        """The counts below a directory of captures: {area: count}."""
        found = {}
        for parent, _, names in os.walk(self.path(path)):
            if "counts" in names:
                areas, counts = (program.read(os.path.join(parent, name)).splitlines()
                                 for name in ("areas", "counts"))
                found.update(zip((tuple(map(int, area.split())) for area in areas),
                                 map(int, counts)))
        return found

    def test_an_image_with_coverage_counts_where_it_runs(self):
        self.write("src/m.py", "def f(a):\n    return a or 1\nf(0), f(2)\n")
        options = ["src", "--coverage", "--no-cache", "--check", "hash", "--manifest", "manifest"]
        self.kiln("build", *options, "-o", "image", status=0)
        [made] = [entry["origin"]["parameters"] for entry in
                  json.loads(program.read(self.path("manifest")))["entries"]
                  if entry.get("origin", {}).get("kind") == "compiled"]
        self.assertEqual((made["instrumentation"], made["optimize"]), ("coverage", 0))
        self.run_python("-c", "import m", PYTHONPATH=self.path("image"),
                        METRICS_CAPTURE=self.path("captures"))
        self.assertEqual(self.captured("captures"), {
            (1, 1, 1, 5): 1, (2, 5, 2, 17): 2, (2, 12, 2, 12): 2, (2, 17, 2, 17): 1,
            (3, 1, 3, 10): 1})
        for wrong in (("--optimize", "1"), ("--no-docs",), ("--pyc-bytes", "cpython")):
            result = self.kiln("build", *options, *wrong, "-o", "other", status=2)
            self.assertIn("--coverage", result.stderr)

    def test_exceptions_are_counted_without_positions(self):
        """By the runtime in Python, which knows the instruction."""
        source, = (source for name, source, _ in CASES if name == "operations that fail")
        module = self.instrument(source)
        module.run()
        self.write("src/other.py", source)
        self.kiln("build", "src", "--coverage", "--no-cache", "-o", "image", status=0)
        variables = {"PYTHONPATH": self.path("image"), "METRICS_CAPTURE": self.path("captures")}
        self.run_python("-X", "no_debug_ranges", "-c", "import other", **variables)
        self.assertEqual(self.captured("captures"), module.counts())

    def test_a_build_in_place_with_coverage_counts(self):
        self.write("src/m.py", "1 or 2\n")
        self.kiln("build", "src", status=0)
        plain = self.built()
        self.kiln("build", "src", "--coverage", status=0)
        code = marshal.loads(self.built())
        self.assertEqual(regions.areas_of(regions.description_in(code)),
                         [((1, 1, 1, 1), (0,)), ((1, 1, 1, 6), (0,)), ((1, 6, 1, 6), ())])
        self.kiln("build", "src", status=0)
        self.assertEqual(self.built(), plain)

    def built(self):
        [path] = [os.path.join(parent, name) for parent, _, names in
                  os.walk(self.path("src", ".images")) for name in names if name.endswith(".i")]
        return program.read(path)

    def run_python(self, *arguments, **variables):
        result = subprocess.run([tap.PYTHON, *arguments], env=tap.environment(**variables),
                                capture_output=True, text=True, cwd=self.directory)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout


if __name__ == "__main__":
    tap.main()
