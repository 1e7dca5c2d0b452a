"""What delineation must say of a source, worked out with CPython's own ast, tokenize and compile().

describe(bytes, name) gives {"elements", "documented", "documentation", "data"} as JSON values. An
element is [type, children, attributes], as in elements.json; the order of the attributes is that of
the file. misplaced(bytes, description) asks the tokens, not the tree, whether the areas select what
they should.
"""
import ast
import codecs
import inspect
import io
import json
import math
import re
import tokenize
import types
import unicodedata
import warnings

ORDER = ("identifier", "area", "documented", "qualifiers", "decorators", "path", "relative",
         "factor", "kind", "default", "optional", "syntax", "reference", "exported",
         "exported-open",
         "type-parameters", "keywords", "raises", "yields", "deprecated", "accessor", "method",
         "conditional", "source-encoding")
# What the language of this version may not have (PEP 695).
ALIASES = (ast.TypeAlias,) if hasattr(ast, "TypeAlias") else ()
TYPE_PARAMETERS = {"TypeVar": "type-var", "TypeVarTuple": "type-var-tuple",
                   "ParamSpec": "param-spec"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECIDING = {"classmethod": "classmethod", "staticmethod": "staticmethod",
            "abstractmethod": "abstractmethod",
            "property": "property", "abstractproperty": "abstractproperty",
            "cached_property": "property"}
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
BLANK = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")
TOO_LONG = 2 ** 332192  # the first integer that is not given as a number

# The tokens that may stand before and after a statement, a parameter and a type.
STATEMENT = ("\n", ";", ":"), ("\n", ";")
AROUND = {"parameter": (("(", ",", "*", "**"), (",", ")", "=")),
          "type": ((":", "->", "(", ","), (",", ")", "]", ":", "=", "\n", ";")),
          "type-parameter": (("[", ","), (",", "]"))}
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def cookie(data):
    """The name in the coding cookie as it is written, None if there is none."""
    for line in re.split(rb"\r\n|\r|\n", data.removeprefix(codecs.BOM_UTF8))[:2]:
        found = COOKIE.match(line)
        if found:
            return found[1].decode()
        if not BLANK.match(line):
            return None
    return None


def encoding(data):
    """The name of a source's encoding, as CPython's tokenizer gives it."""
    written = cookie(data) or "utf-8"
    start = written[:12].lower().replace("_", "-")
    for normal, names in (("utf-8", ("utf-8",)),
                          ("iso-8859-1", ("latin-1", "iso-8859-1", "iso-latin-1"))):
        if any(start == name or start.startswith(name + "-") for name in names):
            return normal
    return written


def decode(data):
    """A source's text: without byte order mark, with LF line ends."""
    name = encoding(data)
    if name == "utf-8":
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    else:
        text = re.sub(rb"\r\n?", b"\n", data).decode(name)
    return re.sub("\r\n?", "\n", text)


def parse(text, mode="exec"):
    """The tree of a text. Doubtful escapes and numbers in it are not this test's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode=mode)


def dotted(node):
    """a.b.c of a name or of attributes of one, else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return left and f"{left}.{node.attr}"
    return None


def blocks(statement):
    """The blocks of a statement in their order."""
    parts = getattr(statement, "handlers", []) + getattr(statement, "cases", [])
    found = [getattr(statement, "body", []), *(part.body for part in parts),
             getattr(statement, "orelse", []), getattr(statement, "finalbody", [])]
    return [block for block in found if isinstance(block, list) and block]


def own_blocks(statement):
    """The blocks of a compound statement that is no definition."""
    return [] if isinstance(statement, FUNCTIONS + (ast.ClassDef,)) else blocks(statement)


def is_string(statement):
    return (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str))


def strip_blank(lines):
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def trim(lines):
    """PEP 257, of lines that end at newlines only."""
    lines = [line.expandtabs() for line in lines]
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return [lines[0].strip()] + [line[margin:].rstrip() for line in lines[1:]]


def documentation(text):
    """The lines of a docstring."""
    lines = text.split("\n")
    probe = next((line for line in lines[1:] if line.strip()), lines[0])
    if not probe.startswith(("\t", "# ")):
        return strip_blank(trim(lines))
    tabs = len(probe) - len(probe.lstrip("\t"))
    result = []
    for line in lines:
        line = re.sub("^\t{0,%d}" % tabs, "", line)
        result.append(re.sub("^(\t*)# ", r"\1", line))
    return strip_blank(result)


def reachable(body):
    """Statements with the same definitions, of which CPython compiles all: none follows a jump or
    stands in a block that is never executed."""
    for index, statement in enumerate(body):
        for block in blocks(statement):
            reachable(block)
        parts = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)]
        if isinstance(statement, (ast.If, ast.While)):
            name = ast.copy_location(ast.Name("test", ast.Load()), statement)
            statement.test = ast.copy_location(ast.Call(name, parts, []), statement)
        elif isinstance(statement, (ast.Raise, ast.Assert, ast.Break, ast.Continue)):
            everything = ast.copy_location(ast.Tuple(parts, ast.Load()), statement)
            body[index] = ast.copy_location(ast.Expr(everything), statement)


class Generators:
    """Which functions CPython takes for generators, by the line of `def` or its first decorator,
    and name."""

    def __init__(self, text):
        self.found = set()
        tree = parse(text)
        reachable(tree.body)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.look(compile(tree, "source", "exec", dont_inherit=True, optimize=0))

    def look(self, code):
        if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
            self.found.add((code.co_firstlineno, code.co_name))
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self.look(constant)

    def has(self, node):
        line = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
        return (line, node.name) in self.found


class Judge:
    def __init__(self, data, name):
        self.text = decode(data)
        self.lines = self.text.split("\n")
        self.utf8 = [line.encode("utf-8", "surrogatepass") for line in self.lines]
        self.encoding = encoding(data)
        self.name = name
        self.tree = parse(self.text)
        self.generators = Generators(self.text)
        # Comments that fill their lines, by these, and others, by what they follow but for `;`.
        self.comments, self.trailing, self.signs, end = {}, {}, [], None
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT and not token.line[:token.start[1]].strip():
                self.comments[token.start[0]] = token
            elif token.type == tokenize.COMMENT:
                self.trailing[end] = token
            elif token.type == tokenize.OP and token.string == "@":
                self.signs.append(token.start)
            if token.string != ";" and token.type not in LAYOUT:
                end = token.end
        self.exported, self.exported_open = None, False

    # Positions

    def column(self, line, byte):
        return len(self.utf8[line - 1][:byte].decode("utf-8", "surrogatepass"))

    def area(self, node, first=None):
        start = first or (node.lineno, self.column(node.lineno, node.col_offset))
        end = self.column(node.end_lineno, node.end_col_offset)
        return [[start[0], start[1] + 1], [node.end_lineno, end]]

    def syntax(self, node):
        """The text of a node."""
        lines = self.utf8[node.lineno - 1:node.end_lineno]
        lines[-1] = lines[-1][:node.end_col_offset]
        lines[0] = lines[0][node.col_offset:]
        return b"\n".join(lines).decode("utf-8", "surrogatepass")

    def definition_area(self, node):
        if not node.decorator_list:
            return self.area(node)
        first = node.decorator_list[0]
        place = (first.lineno, self.column(first.lineno, first.col_offset))
        return self.area(node, max(sign for sign in self.signs if sign < place))

    # Elements

    @staticmethod
    def element(type_, children, /, **attributes):
        """Attributes that are None do not apply."""
        given = {name.replace("_", "-"): value for name, value in attributes.items()
                 if value is not None}
        return [type_, children, {name: given[name] for name in ORDER if name in given}]

    def type(self, node):
        return self.element("type", [], area=self.area(node), syntax=self.syntax(node),
                            reference=dotted(node))

    def types(self, *nodes):
        return [self.type(node) for node in nodes if node]

    def docstring(self, body):
        """(area, lines) of the docstring of a body, or None."""
        if not body or not is_string(body[0]):
            return None
        return self.area(body[0].value), documentation(body[0].value.value)

    def describe(self):
        self.documented, self.data = [], []
        notes = self.docstring(self.tree.body)
        self.note([], notes)
        children = self.body(self.tree.body, [], "module", skip=notes is not None)
        count = len(self.lines) - (self.lines[-1] == "")
        module = self.element(
            "module", children, identifier=self.name, area=[[1, 1], [max(count, 1), 0]],
            documented=notes and notes[0], exported=self.exported,
            exported_open=self.exported_open or None, source_encoding=self.encoding)
        return {"elements": module, "documented": [path for path, _ in self.documented],
                "documentation": [lines for _, lines in self.documented],
                "data": [[path for path, _ in self.data], [value for _, value in self.data]]}

    def note(self, path, notes):
        if notes:
            self.documented.append((path, notes[1]))

    def body(self, body, path, container, conditional=None, skip=False, fields=None):
        elements = []
        for index, statement in enumerate(body):
            if skip and index == 0:
                continue
            following = body[index + 1] if index + 1 < len(body) else None
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                elements += self.imports(statement, conditional)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                elements += self.assignment(statement, following, path, container, conditional)
            elif isinstance(statement, ALIASES):
                elements.append(self.alias(statement, following, path, container, conditional))
            elif isinstance(statement, FUNCTIONS):
                elements.append(self.function(statement, path, container, conditional, fields))
            elif isinstance(statement, ast.ClassDef):
                elements.append(self.class_(statement, path, conditional))
            else:
                if container == "module":
                    self.extend_exported(statement)
                for block in own_blocks(statement):
                    elements += self.body(block, path, container, True, fields=fields)
        return elements

    def imports(self, statement, conditional):
        source = ((statement.module or "").split(".")
                  if isinstance(statement, ast.ImportFrom) else [])
        for alias in statement.names:
            path = [part for part in source if part] + (
                alias.name.split(".") if isinstance(statement, ast.Import) else [alias.name])
            name = alias.asname or (path[0] if isinstance(statement, ast.Import) else alias.name)
            yield self.element("import", [], identifier=name, area=self.area(statement), path=path,
                               relative=getattr(statement, "level", None), factor=True,
                               qualifiers=["lazy"] if getattr(statement, "is_lazy", 0) else None,
                               conditional=conditional)

    # Assignments

    def comment_notes(self, statement):
        """(area, lines) of the #: comment that ends a statement's last line, or else of those
        directly above a statement that begins its line, or None."""
        after = self.trailing.get(tuple(self.area(statement)[1]))
        if after and after.string.startswith("#:") and after.start[0] == statement.end_lineno:
            text = re.sub("^#: ?", "", after.string).rstrip()
            begin, end = [after.start[0], after.start[1] + 1], list(after.end)
            return [begin, end], strip_blank([text])
        line = statement.lineno
        if self.utf8[line - 1][:statement.col_offset].strip(b" \t\f"):
            return None
        found = []
        while (above := self.comments.get(line - 1)) and above.string.startswith("#:"):
            found.insert(0, above)
            line -= 1
        if not found:
            return None
        texts = [re.sub("^#: ?", "", token.string).rstrip() for token in found]
        return ([[line, found[0].start[1] + 1], list(found[-1].end)], strip_blank(texts))

    def assignment_notes(self, statement, following):
        if following is not None and is_string(following):
            return self.area(following.value), documentation(following.value.value)
        return self.comment_notes(statement)

    def bound(self, statement):
        """(target, value or None) of each name and attribute that an assignment binds."""
        if isinstance(statement, ast.AnnAssign):
            yield from self.unpacked(statement.target, statement.value)
        else:
            for target in statement.targets:
                yield from self.unpacked(target, statement.value)

    def unpacked(self, target, value):
        if isinstance(target, ast.Starred):
            yield from self.unpacked(target.value, None)
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = [None] * len(target.elts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(items):
                if not any(isinstance(item, ast.Starred) for item in value.elts + target.elts):
                    items = value.elts
            for part, item in zip(target.elts, items):
                yield from self.unpacked(part, item)
        else:
            yield target, value

    def assignment(self, statement, following, path, container, conditional):
        notes = self.assignment_notes(statement, following)
        annotation = getattr(statement, "annotation", None)
        for target, value in self.bound(statement):
            if not isinstance(target, ast.Name):
                continue
            if container == "module" and target.id == "__all__" and (value or not annotation):
                self.exported = self.constant_names(value)
                self.exported_open = self.exported is None
            self.note(path + [target.id], notes)
            if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
                self.data.append((path + [target.id], self.value(value)))
            yield self.element("data", self.types(annotation), identifier=target.id,
                               area=self.area(statement), documented=notes and notes[0],
                               conditional=conditional)

    def alias(self, statement, following, path, container, conditional):
        """The element of a `type` statement, of which nothing is evaluated."""
        name = statement.name.id
        notes = self.assignment_notes(statement, following)
        if container == "module" and name == "__all__":
            self.exported, self.exported_open = None, True
        self.note(path + [name], notes)
        value = {"syntax": self.syntax(statement.value), "area": self.area(statement.value)}
        self.data.append((path + [name], value))
        return self.element("data", self.type_parameters(statement), identifier=name,
                            area=self.area(statement), documented=notes and notes[0],
                            qualifiers=["type"], type_parameters=self.type_names(statement),
                            conditional=conditional)

    def constant_names(self, node):
        """The strings of a constant list or tuple, or of a sum of them; else None."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.constant_names(node.left), self.constant_names(node.right)
            return None if left is None or right is None else left + right
        if not isinstance(node, (ast.List, ast.Tuple)):
            return None
        names = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
        return names if all(isinstance(name, str) for name in names) else None

    def extend_exported(self, statement):
        more = None
        if isinstance(statement, ast.AugAssign):
            if not isinstance(statement.target, ast.Name) or statement.target.id != "__all__":
                return
            if isinstance(statement.op, ast.Add):
                more = self.constant_names(statement.value)
        else:
            call = statement.value if isinstance(statement, ast.Expr) else None
            name = dotted(call.func) if isinstance(call, ast.Call) else None
            if not name or not re.fullmatch(r"__all__\.\w+", name):
                return
            if name == "__all__.extend" and len(call.args) == 1 and not call.keywords:
                more = self.constant_names(call.args[0])
        if more is not None and self.exported is not None:
            self.exported = self.exported + more
        else:
            self.exported_open = True

    def value(self, node):
        if isinstance(node, (ast.Tuple, ast.List)):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Constant):
            value = node.value
            if value is None or isinstance(value, (str, bool)):
                return value
            if isinstance(value, bytes):
                return repr(value)[2:-1]
            if isinstance(value, int) and value < TOO_LONG:
                return value
            if isinstance(value, float) and math.isfinite(value):
                return value
        return {"syntax": self.syntax(node), "area": self.area(node)}

    # Functions and classes

    def decorators(self, node, deciding):
        """(qualifiers, decorators, deciding name) of a definition."""
        simple = [decorator.id for decorator in node.decorator_list
                  if isinstance(decorator, ast.Name)]
        decided = next((name for name in simple if deciding and name in DECIDING), None)
        if decided:
            simple.remove(decided)
        if isinstance(node, ast.AsyncFunctionDef):
            simple.append("async")
        return (simple or None, [self.syntax(decorator) for decorator in node.decorator_list]
                or None, decided)

    @staticmethod
    def accessor(node):
        names = [dotted(decorator) or "" for decorator in node.decorator_list]
        return next((name for name in names if name.endswith((".setter", ".deleter"))), None)

    @staticmethod
    def deprecation(node):
        for call in node.decorator_list:
            if (isinstance(call, ast.Call) and (dotted(call.func) or "").endswith("deprecated")
                and call.args):
                if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
                    return call.args[0].value
        return None

    def raised(self, body):
        names = {}
        for statement in body:
            if isinstance(statement, ast.Raise) and statement.exc:
                raised = statement.exc
                name = dotted(raised.func if isinstance(raised, ast.Call) else raised)
                if name:
                    names[name] = True
            for block in own_blocks(statement):
                names |= self.raised(block)
        return names

    def parameters(self, arguments):
        positional = arguments.posonlyargs + arguments.args
        defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
        for index, (argument, default) in enumerate(zip(positional, defaults)):
            only = index < len(arguments.posonlyargs)
            yield self.parameter(argument, "positional-only" if only else "positional", default)
        if arguments.vararg:
            yield self.parameter(arguments.vararg, "vararg", None, "*")
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            yield self.parameter(argument, "keyword-only", default)
        if arguments.kwarg:
            yield self.parameter(arguments.kwarg, "kwarg", None, "**")

    def parameter(self, argument, kind, default, stars=None):
        return self.element(
            "parameter", self.types(argument.annotation), identifier=argument.arg,
            area=self.area(argument), kind=kind, default=self.syntax(default) if default else None,
            optional=True if default else None, syntax=stars and stars + argument.arg)

    @staticmethod
    def type_names(node):
        return [parameter.name for parameter in getattr(node, "type_params", ())] or None

    def type_parameters(self, node):
        """The elements of the type parameters of a function, class or alias."""
        return [self.element(
            "type-parameter", self.types(getattr(parameter, "bound", None)),
            identifier=parameter.name, area=self.area(parameter),
            kind=TYPE_PARAMETERS[type(parameter).__name__],
            default=self.syntax(parameter.default_value)
            if getattr(parameter, "default_value", None) else None,
            optional=True if getattr(parameter, "default_value", None) else None,
            syntax=self.syntax(parameter)) for parameter in getattr(node, "type_params", ())]

    def function(self, node, path, container, conditional, fields):
        qualifiers, decorators, decided = self.decorators(node, container == "class")
        kind = DECIDING[decided] if decided else "method" if container == "class" else "function"
        notes = self.docstring(node.body)
        self.note(path + [node.name], notes)
        children = self.types(node.returns) + self.type_parameters(node)
        if kind not in ("property", "abstractproperty"):
            children += self.parameters(node.args)
        if fields is not None:
            self.fields(node.body, node.name, conditional, fields)
        return self.element(
            kind, children, identifier=node.name, area=self.definition_area(node),
            documented=notes and notes[0],
            qualifiers=qualifiers, decorators=decorators, type_parameters=self.type_names(node),
            raises=list(self.raised(node.body)) or None,
            yields=True if self.generators.has(node) else None, deprecated=self.deprecation(node),
            accessor=self.accessor(node) if container == "class" else None, conditional=conditional)

    def fields(self, body, method, conditional, found):
        for index, statement in enumerate(body):
            following = body[index + 1] if index + 1 < len(body) else None
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                for target, _ in self.bound(statement):
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        if target.value.id == "self" and target.attr not in found:
                            found[target.attr] = (statement, following, method, conditional)
            for block in own_blocks(statement):
                self.fields(block, method, True, found)

    def field(self, name, path, statement, following, method, conditional):
        notes = self.assignment_notes(statement, following)
        self.note(path + [name], notes)
        return self.element("field", self.types(getattr(statement, "annotation", None)),
                            identifier=name, area=self.area(statement),
                            documented=notes and notes[0], method=method, conditional=conditional)

    def class_(self, node, path, conditional):
        qualifiers, decorators, _ = self.decorators(node, False)
        path = path + [node.name]
        notes = self.docstring(node.body)
        self.note(path, notes)
        fields = {}
        children = [["inheritance", self.types(*node.bases), {}], *self.type_parameters(node)]
        children += self.body(node.body, path, "class", skip=notes is not None, fields=fields)
        children += [self.field(name, path, *found) for name, found in fields.items()]
        keywords = {keyword.arg: self.syntax(keyword.value) for keyword in node.keywords
                    if keyword.arg}
        return self.element("class", children, identifier=node.name,
                            area=self.definition_area(node),
                            documented=notes and notes[0], qualifiers=qualifiers,
                            decorators=decorators, type_parameters=self.type_names(node),
                            keywords=keywords or None, conditional=conditional)


def joined(value):
    """A JSON value whose pairs of surrogates are characters, since JSON has the same escapes for
    both."""
    if isinstance(value, str):
        return json.loads(json.dumps(value))
    if isinstance(value, list):
        return list(map(joined, value))
    if isinstance(value, dict):
        return {joined(key): joined(item) for key, item in value.items()}
    return value


def describe(data, name):
    """What delineation must say of a source, whose module has this name."""
    return joined(Judge(data, name).describe())


def select(lines, area):
    """The text in an area of lines."""
    (first, begin), (last, end) = area
    lines = lines[first - 1:last]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin - 1:]
    return "\n".join(lines)


class Tokens:
    """The tokens of a text, without its layout; a logical line ends with a newline."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.strings, self.begins, self.ends = ["\n"], {}, {}
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in LAYOUT:
                self.begins[token.start] = self.ends[token.end] = len(self.strings)
                self.strings.append("\n" if token.type == tokenize.NEWLINE else token.string)

    def cut(self, area):
        """(token before, tokens within, token after) an area; None if it cuts one."""
        first = self.begins.get((area[0][0], area[0][1] - 1))
        last = self.ends.get(tuple(area[1]))
        if first is None or last is None:
            return None
        return self.strings[first - 1], self.strings[first:last + 1], self.strings[last + 1]

    def select(self, area):
        return select(self.lines, area)


def well_placed(tokens, kind, attributes):
    """Whether the area of an element is a whole statement, parameter or expression, and the right
    one."""
    cut = tokens.cut(attributes["area"])
    if cut is None:
        return False
    before, within, after = cut
    befores, afters = AROUND.get(kind, STATEMENT)
    if before not in befores or after not in afters:
        return False
    text = unicodedata.normalize("NFKC", "".join(within))
    if kind == "type":
        return tokens.select(attributes["area"]) == attributes["syntax"]
    name = attributes["identifier"]
    if kind == "type-parameter":
        return text.lstrip("*").startswith(name)
    if kind == "parameter":
        return text.startswith(name)
    if kind in ("import", "data"):
        return name in text
    if kind == "field":
        return "." + name in text
    if ("decorators" in attributes) != (within[0] == "@"):
        return False
    return ("class" if kind == "class" else "def") + name in text


def misplaced(data, description):
    """Lines that tell which areas of a description do not select what they should."""
    tokens = Tokens(decode(data))
    elements, values = [description["elements"]], list(description["data"][1])
    result = []
    for kind, children, attributes in elements:
        elements += children
        if kind not in ("module", "inheritance") and not well_placed(tokens, kind, attributes):
            text = tokens.select(attributes["area"])
            name = attributes.get("identifier")
            result.append(f"{kind} {name}: {attributes['area']} selects {text[:60]!r}")
    for value in values:
        if isinstance(value, list):
            values += value
        elif isinstance(value, dict) and tokens.select(value["area"]) != value["syntax"]:
            result.append(f"value {value['syntax'][:60]!r}: {value['area']} selects other text")
    return result
