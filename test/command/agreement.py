"""Whether a report of kiln and one of coverage.py 6.5 agree on the lines and branches of a source.

What is known to differ, of that version: it follows jumps of the bytecode, so that a branch has
more exits where CPython doubled a jump or an expression has several lines; comprehensions, lambdas,
`with` and definitions with decorators are branches; a docstring behind comments and an annotation
without a value are statements; what ran lists excluded lines, too. CPython gives the line of the
last statement of `finally` to the way out when there is an exception. It cannot see branches within
a line."""
import ast

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
OTHER_BRANCHES = COMPREHENSIONS + DEFINITIONS + (ast.With, ast.AsyncWith)


def lines_of(tree, kinds):
    """The lines of nodes, and those on which the statements begin that have them."""
    found = set()
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt):
            continue
        for node in ast.walk(statement):
            if isinstance(node, kinds):
                found.add(node.lineno)
                if not hasattr(statement, "body"):
                    found.update((statement.lineno, node.end_lineno))
    return found


def one_liners(tree):
    """The lines of compound statements whose bodies stand behind their heads."""
    return {node.lineno for node in ast.walk(tree)
            if isinstance(getattr(node, "body", None), list) and node.body
            and isinstance(node, ast.stmt) and node.body[0].lineno == node.lineno}


def decorators(tree):
    """The lines of decorators."""
    return {line for node in ast.walk(tree) if isinstance(node, DEFINITIONS)
            for decorator in node.decorator_list
            for line in range(decorator.lineno, node.lineno)}


def other_statements(tree):
    """The lines of what only coverage.py takes for statements: docstrings, and annotations without
    values."""
    docstrings = {
        node.body[0].lineno for node in ast.walk(tree)
        if isinstance(node, (ast.Module, *DEFINITIONS)) and node.body
        and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)}
    return docstrings | {line for node in ast.walk(tree)
                         if isinstance(node, ast.AnnAssign) and node.value is None
                         for line in range(node.lineno, node.end_lineno + 1)}


def ways_out(tree):
    """The lines of the last statements of `finally`."""
    return {line for node in ast.walk(tree) if getattr(node, "finalbody", None)
            for line in range(node.finalbody[-1].lineno, node.finalbody[-1].end_lineno + 1)}


def debugging(tree):
    """The lines of `if __debug__:`."""
    return {node.lineno for node in ast.walk(tree) if isinstance(node, ast.If)
            and isinstance(node.test, ast.Name) and node.test.id == "__debug__"}


def branches(found):
    """Of each line with branches: whether its exits were taken, sorted."""
    result = {}
    for key, taken in (("executed_branches", True), ("missing_branches", False)):
        for line, _ in found[key]:
            result.setdefault(line, []).append(taken)
    return {line: sorted(taken) for line, taken in result.items()}


def _differences_of_lines(tree, theirs, ours):
    missed = set(ours["missing_lines"]), set(theirs["missing_lines"])
    ran = set(ours["executed_lines"]), set(theirs["executed_lines"])
    endings = ways_out(tree) & ran[1]
    yield "missed only in ours", missed[0] - missed[1] - endings
    yield "missed only in theirs", missed[1] - missed[0] - other_statements(tree)
    yield "ran only in ours", ran[0] - ran[1]
    yield "ran only in theirs", (ran[1] - ran[0] - set(theirs["excluded_lines"]) - endings
                                 - other_statements(tree))


def _differences_of_branches(tree, theirs, ours):
    theirs, ours = branches(theirs), branches(ours)
    endings = ways_out(tree)
    yield "a branch only in theirs", (set(theirs) - set(ours) - lines_of(tree, OTHER_BRANCHES)
                                      - decorators(tree) - endings - debugging(tree))
    yield "a branch only in ours", set(ours) - set(theirs) - one_liners(tree)
    inner = lines_of(tree, COMPREHENSIONS) | one_liners(tree) | endings
    common = (set(ours) & set(theirs)) - inner
    yield "a branch with fewer ways in theirs", {
        line for line in common if len(theirs[line]) < len(ours[line])}
    yield "a branch of which other ways were taken", {
        line for line in common
        if (all(ours[line]), any(ours[line])) != (all(theirs[line]), any(theirs[line]))}


def differences(source, theirs, ours):
    """A text for each way in which the reports of a source, of the form of `coverage json`, differ,
    with its lines."""
    tree = ast.parse(source)
    return [f"{what}: {sorted(lines)}"
            for compare in (_differences_of_lines, _differences_of_branches)
            for what, lines in compare(tree, theirs, ours) if lines]
