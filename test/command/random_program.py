"""Random programs of Python that end: every kind of statement and expression, and what they do is
logged. Loops have bounds, and functions call only those before them."""
import random

EXCEPTIONS = ("ValueError", "KeyError", "TypeError", "ZeroDivisionError", "NameError",
              "AttributeError", "(IndexError, KeyError)", "Exception")

# What programs find: a context manager, and a class for `async`.
PRELUDE = '''\
import contextlib
class Async:
    def __init__(self, items):
        self.items = items
    def __aiter__(self):
        self.at = iter(self.items)
        return self
    async def __anext__(self):
        for item in self.at:
            return item
        raise StopAsyncIteration
    async def __aenter__(self):
        return self.items
    async def __aexit__(self, *error):
        return error[0] is KeyError
class Manager:
    def __init__(self, value):
        self.value = value
    def __enter__(self):
        return self.value or [1]
    def __exit__(self, kind, *error):
        return kind is ValueError
'''


def drive(coroutine):
    """Run a coroutine to its end; programs find this, too, because what raises StopIteration cannot
    be evaluated."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = PRELUDE.splitlines()
        self.functions = {"def": [], "generator": [], "async": []}
        self.number = 0

    def choose(self, *items):
        return self.random.choice(items)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def name(self, prefix):
        self.number += 1
        return f"{prefix}{self.number}"

    def text(self):
        for _ in range(2):
            self.quiet(0)
            self.calm(0)
        for _ in range(self.random.randrange(2, 6)):
            self.define(0, self.choose("def", "def", "generator", "async", "class"))
        for _ in range(self.random.randrange(3, 7)):
            self.emit(0, "try:")
            self.block(1, 3)
            self.emit(0, f"except {self.choose('Exception', 'BaseException')} as error:")
            self.emit(1, "log(type(error).__name__)")
        return "\n".join(self.lines) + "\n"

    def emit(self, level, line):
        self.lines.append("    " * level + line)

    # Expressions

    def atom(self):
        if self.chance(4):
            return self.choose("(1 // 0)", "missing", "[][0]", "{}['k']", "None.a", "int('x')")
        return self.choose("a", "b", "c", "0", "1", "2", "None", "''", "'x'", "[]", "[1, 2]", "a",
                           "b", "c", "True", "False")

    def value(self, depth=3):
        """An expression, in parentheses where that is needed."""
        if depth <= 0 or self.chance(20):
            return self.atom()
        one, other, third = (self.value(depth - 1) for _ in range(3))
        call = self.random.choice(self.functions["def"]) if self.functions["def"] else "log"
        suspended = (self.random.choice(self.functions["generator"])
                     if self.functions["generator"] else "iter")
        return self.choose(
            f"({one} and {other})", f"({one} or {other})", f"({one} and {other} or {third})",
            f"({one} if {other} else {third})", f"(not {one})", f"({one} == {other})",
            f"({one} is {other} is not {third})", f"({one} == {other} != {third} == {one})",
            f"(1 < 2 < len(str({one})) < 4)", f"(lambda p, q={one}, *, r={other}: p or q)({third})",
            f"(lambda: {one})()", f"[i or {one} for i in range(3) if i or {other}]",
            f"len({{i for i in (1, 2, {self.choose(1, 2)}) if {one}}})",
            f"{{i: {one} for i in range(2) if {other} if i}}",
            f"any(i and {one} for i in range(3))", f"[j for i in range(2) for j in (i, {one})]",
            f"f\"{{{self.unquoted(one)}}} and {{b or c!r:>{{2}}}}\"", f"(a := {one})",
            f"{{1: {one}, 'k': {other}}}", f"({one}, *[{other}])", f"str({one})[0:{other} or 1]",
            f"{call}({one}, {other})", f"list({suspended}({one}, {other}))",
            f"({one} or 0 and {other})", f"(1 and {one})", f"(0 or {one} or 1 or {other})",
            f"({one} if 1 else {other})", f"log({one})", f"{one}")

    def unquoted(self, text):
        return text if "'" not in text and '"' not in text and "\\" not in text else "a"

    def condition(self):
        return self.choose(*[self.value()] * 9, "0", "1", "__debug__", "not 1", "a and 0",
                           "b or 1")

    # Statements

    def block(self, level, depth, loop=False, kind=""):
        for _ in range(self.random.randrange(1, 4)):
            self.statement(level, depth, loop, kind)

    def statement(self, level, depth, loop, kind):
        compound = ("if_", "while_", "for_", "with_", "match", "try_", "nested")
        if depth > 0 and self.chance(55):
            getattr(self, self.choose(*compound))(level, depth - 1, loop, kind)
        else:
            self.simple(level, loop, kind)

    def simple(self, level, loop, kind):
        name = self.choose("a", "b", "c")
        choices = [f"{name} = {self.value()}", f"log({self.value()})", f"{self.value()}",
                   f"{name} = 1", f"{name} = [0, 1]", "pass", f"a = {name} = {self.value(1)}",
                   f"{name}, d = {self.value(1)}, {self.value(1)}", f"e: int = {self.value(2)}",
                   f"assert {self.value(2)}, {self.value(1)}", "assert 1, 'never'",
                   f"{name} = 2; {name} += {self.choose(1, 'a')}", "'no documentation'",
                   f"{name} = {{}}; {name}[{self.value(1)}] = {self.value(1)}; del {name}[0]",
                   "import os.path as path; log(path.sep)", "from math import floor as f",
                   "x: int", f"raise {self.choose('ValueError', 'KeyError(a)', 'TypeError')}"
                   f"{self.choose('', ' from None')}"]
        if loop:
            choices += ["break", "continue"] * 2
        if kind:
            choices += [f"return {self.value()}" if kind != "generator" else "return",
                        f"del {name}; {name} = 1"]
        if kind == "generator":
            choices += [f"log((yield {self.value()}))", f"yield {self.value()}", "yield",
                        "a = yield from [1, b]"] * 2
        if kind == "async":
            awaited = self.random.choice(self.functions["async"] or ["Async([]).__aenter__"])
            arguments = "a, b" if self.functions["async"] else ""
            choices += [f"log(await {awaited}({arguments}))"] * 4
        self.emit(level, self.random.choice(choices))

    def if_(self, level, depth, loop, kind):
        self.emit(level, f"if {self.condition()}:")
        self.block(level + 1, depth, loop, kind)
        while self.chance(30):
            self.emit(level, f"elif {self.condition()}:")
            self.block(level + 1, depth, loop, kind)
        if self.chance(40):
            self.emit(level, "else:")
            self.block(level + 1, depth, loop, kind)

    def otherwise(self, level, depth, loop, kind):
        if self.chance(35):
            self.emit(level, "else:")
            self.block(level + 1, depth, loop, kind)

    def while_(self, level, depth, loop, kind):
        count = self.name("n")
        self.emit(level, f"{count} = 0")
        self.emit(level, self.choose(f"while {count} < 3 and {self.value(1)}:",
                                     f"while {count} < 2:", "while 1:", "while True:"))
        self.emit(level + 1, f"{count} += 1")
        self.emit(level + 1, f"if {count} > 3: break")
        self.block(level + 1, depth, True, kind)
        self.otherwise(level, depth, loop, kind)

    def for_(self, level, depth, loop, kind):
        name = self.choose("a", "b", "(b, c)")
        items = f"[(1, {self.value(1)}), (0, 2)]"
        if kind == "async" and self.chance(60):
            self.emit(level, f"async for {name} in Async({items}):")
        else:
            self.emit(level, f"for {name} in {items}:")
        self.block(level + 1, depth, True, kind)
        self.otherwise(level, depth, loop, kind)

    def with_(self, level, depth, loop, kind):
        if kind == "async" and self.chance(60):
            self.emit(level, f"async with Async({self.value(1)}) as b:")
        else:
            self.emit(level, f"with Manager({self.value(1)}) as a, contextlib.suppress"
                             f"({self.choose('KeyError', 'TypeError')}):")
        self.block(level + 1, depth, loop, kind)

    def match(self, level, depth, loop, kind):
        self.emit(level, f"match {self.value()}:")
        for _ in range(self.random.randrange(1, 4)):
            pattern = self.choose("0", "'x' | 1", "[a, b]", "None", "[x, 2 | None] as c", "(1 | 2)",
                                  "True")
            guard = self.choose("", "", f" if {self.value(2)}", " if 1")
            self.emit(level + 1, f"case {pattern}{guard}:")
            self.block(level + 2, depth, loop, kind)
        if self.chance(30):
            self.emit(level + 1, self.choose("case _:", "case y:", "case _ if 1:"))
            self.block(level + 2, depth, loop, kind)

    def try_(self, level, depth, loop, kind):
        self.emit(level, "try:")
        self.block(level + 1, depth, loop, kind)
        handlers = self.random.randrange(3)
        for _ in range(handlers):
            self.emit(level, f"except {self.choose(*EXCEPTIONS)}{self.choose('', ' as e')}:")
            self.block(level + 1, depth, loop, kind)
        if handlers and self.chance(40):
            self.emit(level, "except:")
            self.simple(level + 1, False, "")
        if handlers:
            self.otherwise(level, depth, loop, kind)
        if not handlers or self.chance(30):
            self.emit(level, "finally:")
            self.simple(level + 1, loop and self.chance(20), kind if self.chance(20) else "")

    def identity(self):
        """A condition that cannot fail where its names are bound."""
        names = ("a", "b", "more", "c")
        return self.choose("", "", "not ") + (
            f"{self.choose(*names)} {self.choose('is', 'is not')} "
            f"{self.choose('None', '1', *names)}")

    def quiet(self, level):
        """A function with next to nothing that can fail."""
        name = self.name("q")
        self.emit(level, f"def {name}(a, b={self.choose('1', 'None')}, *more, c=None):")
        self.emit(level + 1, "count = 0")
        self.quiet_block(level + 1, 3)
        self.functions["def"].append(name)

    def quiet_block(self, level, depth):
        for _ in range(self.random.randrange(1, 4)):
            kind = self.choose("if", "if", "while", "simple") if depth else "simple"
            if kind == "while":
                self.emit(level, self.choose("a = None", "b = 1", "log(a)"))
                self.emit(level, f"while {self.identity()}:")
                self.quiet_block(level + 1, depth - 1)
                self.emit(level + 1, "count += 1; log(count)")
                self.emit(level + 1, "if count > 2: break")
                self.quiet_else(level, depth)
            elif kind == "if":
                self.emit(level, f"if {self.identity()}:")
                self.quiet_block(level + 1, depth - 1)
                while self.chance(40):
                    self.emit(level, f"elif {self.identity()}:")
                    self.quiet_block(level + 1, depth - 1)
                self.quiet_else(level, depth)
            else:
                one, other = self.choose("a", "b", "1"), self.choose("b", "None", "2", "log(a)")
                self.emit(level, self.choose(
                    f"a = {one} if {self.identity()} else {other}", "b = a", "c = None", "pass",
                    f"log({one})", f"return {one} if {self.identity()} else {other}", "a, b = b, a",
                    f"b = [i for i in (1, a) if {self.identity()}]", "lambda: a is None",
                    f"c = ({one} if {self.identity()} else {other}, b is c)", "raise KeyError"))

    def quiet_else(self, level, depth):
        if self.chance(40):
            self.emit(level, "else:")
            self.quiet_block(level + 1, depth - 1)

    def operation(self, depth=2):
        """An expression without calls but of some builtin functions; it may fail."""
        if depth <= 0 or self.chance(40):
            return self.choose("a", "b", "c", "count", "0", "1", "2", "None")
        one, other = self.operation(depth - 1), self.operation(depth - 1)
        name = self.choose("a", "b", "c")  # what is made of constants alone is one
        return self.choose(
            f"({name} + {other})", f"({one} % {name})", f"({one} < {other})", f"-{name}",
            f"({one} and {other})", f"({one} or {other})", f"(not {one})", f"({one} is {other})",
            f"({one} if {self.operation(1)} else {other})", f"{one}.real" if one > "a" else one,
            f"len({one})", f"isinstance({one}, int)", f"{other}[0]" if other > "a" else other,
            f"({one} < {other} < 2)", f"({one} == {other})")

    def calm(self, level):
        """A function whose regions wait for the counters of others, and which is left in the middle
        of them."""
        name = self.name("k")
        self.emit(level, f"def {name}(a, b=1, *more, c=None):")
        self.emit(level + 1, "count = 0")
        self.calm_block(level + 1, 3, False)
        for arguments in ("0", "1, 0", "'x', 'y'", "[2], [], c=1", "None, 2, c=[1]"):
            self.emit(level, f"try: log({name}({arguments}))")
            self.emit(level, "except Exception as error: log(type(error).__name__)")

    def calm_block(self, level, depth, loop):
        for _ in range(self.random.randrange(1, 5)):
            self.calm_statement(level, depth, loop)

    def calm_statement(self, level, depth, loop):
        kind = self.choose("if", "if", "while", "for", "try", "with", "", "") if depth else ""
        if kind == "if":
            self.emit(level, f"if {self.operation()}:")
            self.calm_block(level + 1, depth - 1, loop)
            while self.chance(40):
                self.emit(level, f"elif {self.operation()}:")
                self.calm_block(level + 1, depth - 1, loop)
        elif kind == "while":
            self.emit(level, self.choose(f"while count < 3 and {self.operation()}:",
                                         "while count < 4:", f"while {self.operation()}:"))
            self.emit(level + 1, "count += 1")
            self.emit(level + 1, "if count > 5: break")
            self.calm_block(level + 1, depth - 1, True)
        elif kind == "for":
            self.emit(level, f"for {self.choose('a', '(b, c)')} in {self.operation(1)}, (1, 2):")
            self.calm_block(level + 1, depth - 1, True)
        elif kind in ("try", "with"):
            self.emit(level, "try:" if kind == "try" else "with contextlib.suppress(TypeError):")
            self.calm_block(level + 1, depth - 1, loop)
            if kind == "try":
                self.emit(level, f"except {self.choose(*EXCEPTIONS)}:")
                self.calm_block(level + 1, depth - 1, loop)
        if kind in ("if", "while", "for") and self.chance(40):
            self.emit(level, "else:")
            self.calm_block(level + 1, depth - 1, loop)
        if not kind:
            self.emit(level, self.choose(*self.calm_choices(loop)))

    def calm_choices(self, loop):
        one, other = self.operation(), self.operation()
        name = self.choose("a", "b", "c")
        return [f"{name} = {one}", f"{name} = {one}", f"a, {name} = {one}, {other}", f"{one}",
                f"{name} += {one}", f"c = [{one}, {other}]", f"c[0] = {one}", "x: int", "pass",
                f"log({one})", f"return {one}", f"{name} = {one} if {other} else {name}",
                f"return {one} if {other} else {name}", f"{one} if {other} else log({name})",
                f"assert {one}", "raise KeyError", *["break", "continue"] * loop]

    def nested(self, level, depth, loop, kind):
        if kind == "" or level > 4:
            self.simple(level, loop, kind)
            return
        name = self.name("inner")
        self.emit(level, f"def {name}(p, q={self.value(1)}):")
        self.emit(level + 1, f"{self.choose('nonlocal a', 'global g')}")
        self.emit(level + 1, f"a = g = {self.value(1)}" if self.chance(50) else "a = 1")
        self.emit(level + 1, "c = b" if self.chance(50) else "c = p")
        self.emit(level + 1, f"return c if {self.value(1)} else q".replace(" a ", " p "))
        self.emit(level, f"log({name}({self.value(1)}))")

    def define(self, level, kind):
        if kind == "class":
            name = self.name("Class")
            self.emit(level, f"class {name}({self.choose('object', 'Manager')}):")
            self.emit(level + 1, self.choose("'documentation'", "pass"))
            self.emit(level + 1, "a, b, c = 1, 0, [2]")
            self.emit(level + 1, f"try: d = {self.value()}")
            self.emit(level + 1, "except Exception: pass")
            return
        name = self.name(kind[0])
        if self.chance(25):
            self.emit(level, "@(log and (lambda f: f))")
        self.emit(level, f"{'async ' if kind == 'async' else ''}def {name}"
                         f"(a, b={self.choose('1', 'None', '[]')}, *more, c=2):")
        if self.chance(30):
            self.emit(level + 1, "'documentation'")
        if kind == "generator":
            self.emit(level + 1, "yield a")
        self.block(level + 1, 3, False, kind)
        if kind == "async":
            plain = self.name("d")
            self.emit(level, f"def {plain}(a=0, b=0): return drive({name}(a, b))")
            self.functions["def"].append(plain)
        self.functions[kind].append(name)


def program(seed):
    return Program(seed).text()
