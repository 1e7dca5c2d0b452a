"""Runs Python by walking its syntax tree, and counts regions as docs/formats.rst defines them: an
oracle that shares nothing with instrumented code but CPython's parser.

Every step is a generator, so that what runs can be suspended: a `yield` of the program is a
`yield` here. Sources are ASCII, and have one space between `async`, `def` and a name.
"""
import ast
import builtins
import collections
import inspect
import operator
import types

BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
          ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitOr: operator.or_,
          ast.BitAnd: operator.and_, ast.Div: operator.truediv}
IN_PLACE = {ast.Add: operator.iadd, ast.Sub: operator.isub, ast.Mult: operator.imul,
            ast.BitOr: operator.ior}
UNARY = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
           ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Is: operator.is_,
           ast.IsNot: operator.is_not, ast.In: lambda a, b: a in b,
           ast.NotIn: lambda a, b: a not in b}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# How a block ends when it does not end at its end.
BREAK, CONTINUE, RETURN = "break", "continue", "return"


def own_nodes(node):
    """The nodes in a function's own scope."""
    pending = list(node.body) if isinstance(node.body, list) else [node.body]
    while pending:
        one = pending.pop()
        yield one
        if isinstance(one, (*FUNCTIONS, ast.ClassDef)):
            continue
        if isinstance(one, SCOPES):
            pending.append(one.generators[0].iter)
            # names that `:=` binds are the function's
            pending += [inner for inner in ast.walk(one) if isinstance(inner, ast.NamedExpr)]
            continue
        pending += ast.iter_child_nodes(one)


def bound_names(node):
    """The names that a function binds, and those that it declares to be others'."""
    found, declared = set(), {}
    for one in own_nodes(node):
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            found.add(one.id)
        elif isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(one.name)
        elif isinstance(one, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and one.name:
            found.add(one.name)
        elif isinstance(one, ast.alias):
            found.add((one.asname or one.name).partition(".")[0])
        elif isinstance(one, (ast.Global, ast.Nonlocal)):
            declared.update(dict.fromkeys(one.names, type(one)))
    return found - set(declared), declared


class Scope:
    """Names and their values; `kind` is module, class or function."""

    def __init__(self, kind, parent=None, names=None, bound=(), declared=None):
        self.kind, self.parent, self.bound = kind, parent, set(bound)
        self.names = {} if names is None else names
        self.declared = declared or {}

    def module(self):
        return self if self.kind == "module" else self.parent.module()

    def around(self):
        """The next function's or the module's scope: classes are not seen from within."""
        scope = self.parent
        while scope.kind == "class":
            scope = scope.parent
        return scope

    def place(self, name):
        """The scope in which a name is bound."""
        if self.declared.get(name) is ast.Global:
            return self.module()
        if name in self.declared:
            scope = self.around()
            while name not in scope.bound:
                scope = scope.around()
            return scope
        return self

    def load(self, name, is_own=True):
        scope = self.place(name)
        if scope.kind == "function" and name not in scope.bound:
            return scope.around().load(name, False)
        if name in scope.names:
            return scope.names[name]
        if scope.kind == "function":
            raise (UnboundLocalError if is_own and scope is self else NameError)(name)
        if scope.kind == "class":
            return scope.around().load(name, False)
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise NameError(name)

    def delete(self, name):
        scope = self.place(name)
        if name not in scope.names:
            raise (UnboundLocalError if scope.kind == "function" and scope is self
                   else NameError)(name)
        del scope.names[name]


def finish(steps):
    """What steps return that are not suspended."""
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("suspended outside of a generator")


def awaiting(awaited):
    """The steps of `await`; coroutines are generators here."""
    if inspect.isgenerator(awaited):
        return awaited
    if not hasattr(awaited, "__await__"):
        raise TypeError
    return awaited.__await__()


def is_constant(node):
    """Whether CPython folds a condition."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return is_constant(node.operand)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name)
                                              and node.id == "__debug__")


class Evaluator:
    """Runs a module: `counts` maps areas to how often their evaluation began."""

    def __init__(self, source, names):
        self.tree = ast.parse(source)
        self.counts = collections.Counter()
        self.scope = Scope("module", names=names)

    def run(self):
        finish(self.block(self.tree.body, self.scope, documented=True))

    def count(self, node, last=None):
        last = last or node
        self.counts[node.lineno, node.col_offset + 1, last.end_lineno, last.end_col_offset] += 1

    # Statements: each returns how it ends its block, and None if the next one follows.

    def block(self, body, scope, documented=False):
        for number, statement in enumerate(body):
            if (documented and not number and isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and isinstance(statement.value.value, str)):
                continue
            ended = yield from self.statement(statement, scope)
            if ended:
                return ended

    def statement(self, node, scope):
        compound = getattr(self, "do_" + type(node).__name__, None)
        if compound:
            return (yield from compound(node, scope))
        if not isinstance(node, (ast.Global, ast.Nonlocal)):
            self.count(node)
            return (yield from getattr(self, "simple_" + type(node).__name__)(node, scope))

    def simple_Pass(self, node, scope):
        return
        yield

    def simple_Break(self, node, scope):
        return BREAK, None
        yield

    def simple_Continue(self, node, scope):
        return CONTINUE, None
        yield

    def simple_Return(self, node, scope):
        return RETURN, (yield from self.value(node.value, scope)) if node.value else None

    def simple_Expr(self, node, scope):
        yield from self.value(node.value, scope)

    def simple_Assign(self, node, scope):
        value = yield from self.value(node.value, scope)
        for target in node.targets:
            yield from self.assign(target, value, scope)

    def simple_AugAssign(self, node, scope):
        target = node.target
        if isinstance(target, ast.Name):
            old = scope.load(target.id)
            new = IN_PLACE[type(node.op)](old, (yield from self.value(node.value, scope)))
            scope.place(target.id).names[target.id] = new
            return
        owner = yield from self.value(target.value, scope)
        key = yield from self.value(target.slice, scope)
        old = owner[key]
        owner[key] = IN_PLACE[type(node.op)](old, (yield from self.value(node.value, scope)))

    def do_AnnAssign(self, node, scope):
        if node.value:
            self.count(node)
            yield from self.assign(node.target, (yield from self.value(node.value, scope)), scope)

    def simple_Delete(self, node, scope):
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.delete(target.id)
            else:
                owner = yield from self.value(target.value, scope)
                del owner[(yield from self.value(target.slice, scope))]

    def simple_Raise(self, node, scope):
        if node.exc is None:
            raise
        error = yield from self.value(node.exc, scope)
        if node.cause:
            raise error from (yield from self.value(node.cause, scope))
        raise error

    def simple_Assert(self, node, scope):
        if not (yield from self.value(node.test, scope)):
            if node.msg:
                raise AssertionError((yield from self.region(node.msg, scope)))
            raise AssertionError

    def simple_Import(self, node, scope):
        for alias in node.names:
            module = __import__(alias.name)
            name = (alias.asname or alias.name).partition(".")[0]
            scope.place(name).names[name] = module
        return
        yield

    def simple_ImportFrom(self, node, scope):
        module = __import__(node.module, fromlist=["*"])
        for alias in node.names:
            name = alias.asname or alias.name
            scope.place(name).names[name] = getattr(module, alias.name)
        return
        yield

    def condition(self, node, scope):
        if not is_constant(node):
            self.count(node)
        return (yield from self.value(node, scope))

    def do_If(self, node, scope):
        if (yield from self.condition(node.test, scope)):
            return (yield from self.block(node.body, scope))
        if not node.orelse:
            self.count(node)
        return (yield from self.block(node.orelse, scope))

    def do_While(self, node, scope):
        while (yield from self.condition(node.test, scope)):
            ended = yield from self.block(node.body, scope)
            if ended and ended[0] == BREAK:
                return
            if ended and ended[0] == RETURN:
                return ended
        return (yield from self.leave_loop(node, scope))

    def leave_loop(self, node, scope):
        if not node.orelse:
            self.count(node)
        return (yield from self.block(node.orelse, scope))

    def do_For(self, node, scope):
        for item in (yield from self.region(node.iter, scope)):
            yield from self.assign(node.target, item, scope)
            ended = yield from self.block(node.body, scope)
            if ended and ended[0] == BREAK:
                return
            if ended and ended[0] == RETURN:
                return ended
        return (yield from self.leave_loop(node, scope))

    def do_AsyncFor(self, node, scope):
        items = (yield from self.region(node.iter, scope)).__aiter__()
        while True:
            try:
                item = yield from awaiting(items.__anext__())
            except StopAsyncIteration:
                return (yield from self.leave_loop(node, scope))
            yield from self.assign(node.target, item, scope)
            ended = yield from self.block(node.body, scope)
            if ended and ended[0] == BREAK:
                return
            if ended and ended[0] == RETURN:
                return ended

    def do_With(self, node, scope, items=None):
        items = node.items if items is None else items
        if not items:
            return (yield from self.block(node.body, scope))
        with (yield from self.region(items[0].context_expr, scope)) as value:
            if items[0].optional_vars:
                yield from self.assign(items[0].optional_vars, value, scope)
            return (yield from self.do_With(node, scope, items[1:]))

    def do_AsyncWith(self, node, scope):
        [item] = node.items
        manager = yield from self.region(item.context_expr, scope)
        if not hasattr(manager, "__aenter__"):
            raise TypeError
        value = yield from awaiting(manager.__aenter__())
        if item.optional_vars:
            yield from self.assign(item.optional_vars, value, scope)
        try:
            ended = yield from self.block(node.body, scope)
        except BaseException as error:
            if not (yield from awaiting(manager.__aexit__(type(error), error, None))):
                raise
            return None
        yield from awaiting(manager.__aexit__(None, None, None))
        return ended

    def do_Try(self, node, scope):
        try:
            try:
                ended = yield from self.block(node.body, scope)
            except BaseException as error:
                handler = yield from self.handler(node.handlers, error, scope)
                if handler is None:
                    raise
                ended = yield from self.handle(handler, error, scope)
            else:
                ended = ended or (yield from self.block(node.orelse, scope))
        finally:
            other = yield from self.block(node.finalbody, scope)
            if other:
                return other
        return ended

    def handler(self, handlers, error, scope):
        for handler in handlers:
            if handler.type is None or isinstance(
                    error, (yield from self.region(handler.type, scope))):
                return handler

    def handle(self, handler, error, scope):
        if handler.name:
            scope.place(handler.name).names[handler.name] = error
        try:
            return (yield from self.block(handler.body, scope))
        finally:
            if handler.name:
                scope.place(handler.name).names.pop(handler.name, None)

    def do_Match(self, node, scope):
        subject = yield from self.region(node.subject, scope)
        for case in node.cases:
            self.count(case.pattern)
            bound = {}
            if not (yield from self.matches(case.pattern, subject, bound, scope)):
                continue
            for name, value in bound.items():
                scope.place(name).names[name] = value
            if case.guard is None or (yield from self.condition(case.guard, scope)):
                return (yield from self.block(case.body, scope))
        self.count(node)

    def matches(self, pattern, subject, bound, scope):
        kind = type(pattern).__name__
        if kind == "MatchValue":
            return subject == (yield from self.value(pattern.value, scope))
        if kind == "MatchSingleton":
            return subject is pattern.value
        if kind == "MatchOr":
            for one in pattern.patterns:
                if (yield from self.matches(one, subject, bound, scope)):
                    return True
            return False
        if kind == "MatchSequence":
            return (yield from self.matches_all(pattern.patterns, subject, bound, scope))
        if pattern.pattern and not (yield from self.matches(pattern.pattern, subject, bound,
                                                            scope)):
            return False
        if pattern.name:
            bound[pattern.name] = subject
        return True

    def matches_all(self, patterns, subject, bound, scope):
        if not isinstance(subject, (list, tuple)) or len(subject) != len(patterns):
            return False
        for one, item in zip(patterns, subject):
            if not (yield from self.matches(one, item, bound, scope)):
                return False
        return True

    # Definitions

    def define(self, node, scope, kind, make):
        begin = node.col_offset
        self.counts[node.lineno, begin + 1, node.lineno,
                    begin + len(kind) + 1 + len(node.name)] += 1
        decorators = []
        for decorator in node.decorator_list:
            decorators.append((yield from self.region(decorator, scope)))
        made = yield from make(node, scope)
        for decorator in reversed(decorators):
            made = decorator(made)
        scope.place(node.name).names[node.name] = made

    def do_FunctionDef(self, node, scope):
        yield from self.define(node, scope, "def", self.function)

    def do_AsyncFunctionDef(self, node, scope):
        yield from self.define(node, scope, "async def", self.function)

    def do_ClassDef(self, node, scope):
        yield from self.define(node, scope, "class", self.make_class)

    def make_class(self, node, scope):
        bases = []
        for base in node.bases:
            bases.append((yield from self.value(base, scope)))
        names = {}
        yield from self.block(node.body, Scope("class", scope, names), documented=True)
        return type(node.name, tuple(bases), names)

    def parameters(self, arguments, scope):
        plain = arguments.posonlyargs + arguments.args
        defaults = [inspect.Parameter.empty] * (len(plain) - len(arguments.defaults))
        for default in arguments.defaults:
            defaults.append((yield from self.region(default, scope)))
        kinds = ([inspect.Parameter.POSITIONAL_ONLY] * len(arguments.posonlyargs)
                 + [inspect.Parameter.POSITIONAL_OR_KEYWORD] * len(arguments.args))
        found = [inspect.Parameter(one.arg, kind, default=default)
                 for one, kind, default in zip(plain, kinds, defaults)]
        if arguments.vararg:
            found.append(inspect.Parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            given = inspect.Parameter.empty
            if default is not None:
                given = yield from self.region(default, scope)
            found.append(inspect.Parameter(one.arg, inspect.Parameter.KEYWORD_ONLY, default=given))
        return inspect.Signature(found)

    def function(self, node, scope):
        signature = yield from self.parameters(node.args, scope)
        bound, declared = bound_names(node)
        bound |= set(signature.parameters)

        def steps(arguments):
            inner = Scope("function", scope, dict(arguments), bound, declared)
            if isinstance(node, ast.Lambda):
                return (yield from self.region(node.body, inner))
            ended = yield from self.block(node.body, inner, documented=True)
            return ended[1] if ended else None

        def bind(args, kwargs):
            found = signature.bind(*args, **kwargs)
            found.apply_defaults()
            return found.arguments

        if isinstance(node, ast.AsyncFunctionDef):
            return types.coroutine(lambda *args, **kwargs: (yield from steps(bind(args, kwargs))))
        if any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in own_nodes(node)):
            return lambda *args, **kwargs: steps(bind(args, kwargs))
        return lambda *args, **kwargs: finish(steps(bind(args, kwargs)))

    # Targets

    def assign(self, target, value, scope):
        if isinstance(target, ast.Name):
            scope.place(target.id).names[target.id] = value
        elif isinstance(target, ast.Subscript):
            owner = yield from self.value(target.value, scope)
            owner[(yield from self.value(target.slice, scope))] = value
        elif isinstance(target, ast.Attribute):
            setattr((yield from self.value(target.value, scope)), target.attr, value)
        else:
            items = list(value)
            if len(items) != len(target.elts):
                raise ValueError
            for one, item in zip(target.elts, items):
                yield from self.assign(one, item, scope)

    # Expressions

    def region(self, node, scope):
        self.count(node)
        return (yield from self.value(node, scope))

    def value(self, node, scope):
        return (yield from getattr(self, "value_" + type(node).__name__)(node, scope))

    def value_Constant(self, node, scope):
        return node.value
        yield

    def value_Name(self, node, scope):
        return scope.load(node.id)
        yield

    def value_BoolOp(self, node, scope):
        for operand in node.values:
            value = yield from self.region(operand, scope)
            if bool(value) == isinstance(node.op, ast.Or):
                break
        return value

    def value_NamedExpr(self, node, scope):
        value = yield from self.value(node.value, scope)
        while getattr(scope, "is_comprehension", False):
            scope = scope.parent
        scope.place(node.target.id).names[node.target.id] = value
        return value

    def value_BinOp(self, node, scope):
        left = yield from self.value(node.left, scope)
        return BINARY[type(node.op)](left, (yield from self.value(node.right, scope)))

    def value_UnaryOp(self, node, scope):
        return UNARY[type(node.op)]((yield from self.value(node.operand, scope)))

    def value_Lambda(self, node, scope):
        return (yield from self.function(node, scope))

    def value_IfExp(self, node, scope):
        chosen = (yield from self.condition(node.test, scope))
        return (yield from self.region(node.body if chosen else node.orelse, scope))

    def values(self, nodes, scope):
        found = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found.extend((yield from self.value(node.value, scope)))
            else:
                found.append((yield from self.value(node, scope)))
        return found

    def value_List(self, node, scope):
        return (yield from self.values(node.elts, scope))

    def value_Tuple(self, node, scope):
        return tuple((yield from self.values(node.elts, scope)))

    def value_Set(self, node, scope):
        return set((yield from self.values(node.elts, scope)))

    def value_Dict(self, node, scope):
        found = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                found.update((yield from self.value(value, scope)))
            else:
                key = yield from self.value(key, scope)
                found[key] = yield from self.value(value, scope)
        return found

    def value_Compare(self, node, scope):
        left = yield from self.value(node.left, scope)
        for number, (op, comparator) in enumerate(zip(node.ops, node.comparators)):
            if number:
                self.count(comparator)
            right = yield from self.value(comparator, scope)
            result = COMPARE[type(op)](left, right)
            if not result or number == len(node.ops) - 1:
                return result
            left = right

    def value_Call(self, node, scope):
        function = yield from self.value(node.func, scope)
        arguments = yield from self.values(node.args, scope)
        keywords = {}
        for keyword in node.keywords:
            keywords[keyword.arg] = yield from self.value(keyword.value, scope)
        return function(*arguments, **keywords)

    def value_Attribute(self, node, scope):
        return getattr((yield from self.value(node.value, scope)), node.attr)

    def value_Subscript(self, node, scope):
        owner = yield from self.value(node.value, scope)
        return owner[(yield from self.value(node.slice, scope))]

    def value_Slice(self, node, scope):
        parts = []
        for part in (node.lower, node.upper, node.step):
            parts.append((yield from self.value(part, scope)) if part else None)
        return slice(*parts)

    def value_JoinedStr(self, node, scope):
        found = []
        for part in node.values:
            found.append(str((yield from self.value(part, scope))))
        return "".join(found)

    def value_FormattedValue(self, node, scope):
        value = yield from self.value(node.value, scope)
        if node.conversion != -1:
            value = {"r": repr, "s": str, "a": ascii}[chr(node.conversion)](value)
        form = (yield from self.value(node.format_spec, scope)) if node.format_spec else ""
        return format(value, form)

    def value_Yield(self, node, scope):
        return (yield (yield from self.value(node.value, scope)) if node.value else None)

    def value_YieldFrom(self, node, scope):
        return (yield from (yield from self.value(node.value, scope)))

    def value_Await(self, node, scope):
        return (yield from awaiting((yield from self.value(node.value, scope))))

    def inside(self, generators, first, scope, element):
        """Run `element` for each item of nested generators; the results are suspended."""
        generator, rest = generators[0], generators[1:]
        for item in first:
            yield from self.assign(generator.target, item, scope)
            for condition in generator.ifs:
                if not (yield from self.condition(condition, scope)):
                    break
            else:
                if rest:
                    more = yield from self.value(rest[0].iter, scope)
                    yield from self.inside(rest, more, scope, element)
                else:
                    yield from element(scope)

    def comprehension(self, node, scope, element):
        first = iter((yield from self.value(node.generators[0].iter, scope)))
        bound = {name.id for generator in node.generators for name in ast.walk(generator.target)
                 if isinstance(name, ast.Name)}
        inner = Scope("function", scope, bound=bound)
        inner.is_comprehension = True
        return self.inside(node.generators, first, inner, element)

    def collect(self, node, scope, add):
        def element(inner):
            add((yield from self.region(node.elt, inner)))
        yield from (yield from self.comprehension(node, scope, element))

    def value_ListComp(self, node, scope):
        found = []
        yield from self.collect(node, scope, found.append)
        return found

    def value_SetComp(self, node, scope):
        found = set()
        yield from self.collect(node, scope, found.add)
        return found

    def value_DictComp(self, node, scope):
        found = {}

        def element(inner):
            self.count(node.key, node.value)
            key = yield from self.value(node.key, inner)
            found[key] = yield from self.value(node.value, inner)
        yield from (yield from self.comprehension(node, scope, element))
        return found

    def value_GeneratorExp(self, node, scope):
        def element(inner):
            yield (yield from self.region(node.elt, inner))
        return (yield from self.comprehension(node, scope, element))
