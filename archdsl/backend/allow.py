"""What emitted code may hold, held against the text itself before it is written or executed.

Nothing of a `.arch` file reaches the emitter but names, numbers and words from fixed lists. This is
the second lock behind that one: the text is parsed again, and every construct in it must be one
that the emitter writes. Names of PyTorch must be those that the layers' definitions call, and
helpers must be word for word what stands beside those definitions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

BUILTINS = frozenset({"abs", "float", "getattr", "max", "min", "range", "str", "super"})
"""The functions of Python that emitted code calls."""

IMPORTS = {
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
}
"""What emitted code imports, by the names that it does so for."""

_BASES = {"nn.Module", "Steps"}

_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult,
    ast.And, ast.Or, ast.Not, ast.USub,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip


class Forbidden(ValueError):
    """Text that holds what emitted code never does; the message says what, and in which line."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a file may use besides Python: names of PyTorch as it writes them, and helpers' sources."""

    targets: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()


_Function: TypeAlias = ast.FunctionDef


def check(text: str, known: Known) -> ast.Module:
    """Emitted text, parsed.

    Raises:
        Forbidden: it holds what emitted code never does.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as problem:
        raise Forbidden(f"the text is no Python: {problem}") from None
    _Check(known).file(tree)
    return tree


class _Check:
    def __init__(self, known: Known) -> None:
        self.targets = known.targets
        self.helpers = {d.name: ast.dump(d) for s in known.sources for d in _definitions(s)}
        self.own: set[str] = set()
        self.attributes: set[str] = set()
        self.locals: set[str] = set()
        self.arguments: set[str] = set()

    # The file

    def file(self, tree: ast.Module) -> None:
        docstring, *rest = tree.body
        self._docstring(docstring)
        imports = [s for s in rest if isinstance(s, ast.Import | ast.ImportFrom)]
        for imported in imports:
            self._need(ast.unparse(imported) in IMPORTS.values(), imported)
        for statement in rest:
            if statement in imports:
                continue
            name = getattr(statement, "name", None)
            if name in self.helpers and ast.dump(statement) == self.helpers[name]:
                self.own.add(name)
            elif isinstance(statement, ast.ClassDef):
                self._class(statement)
                self.own.add(statement.name)
            else:
                raise self._no(statement)

    def _no(self, node: ast.AST) -> Forbidden:
        line = getattr(node, "lineno", 0)
        try:
            shown = ast.unparse(node)
        except (AttributeError, ValueError):
            shown = type(node).__name__
        return Forbidden(f"line {line}: emitted code never holds {shown[:80]!a}")

    def _need(self, condition: bool, node: ast.AST) -> None:
        if not condition:
            raise self._no(node)

    def _docstring(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(value=ast.Constant(value=str())):
                return
        raise self._no(statement)

    def _class(self, definition: ast.ClassDef) -> None:
        self._need(not definition.decorator_list and not definition.keywords, definition)
        self._need(_is_word(definition.name), definition)
        bases = [ast.unparse(base) for base in definition.bases]
        self._need(len(bases) == 1 and bases[0] in _BASES, definition)
        docstring, *methods = definition.body
        self._docstring(docstring)
        self.attributes = {"add_module", "modules"}
        for method in methods:
            if not isinstance(method, ast.FunctionDef):
                raise self._no(method)
            self._need(method.name in ("__init__", "forward"), method)
            for node in ast.walk(method):
                match node:
                    case ast.Attribute(value=ast.Name("self"), attr=name, ctx=ast.Store()):
                        self.attributes.add(name)
        for method in methods:
            assert isinstance(method, ast.FunctionDef)
            self._function(method)

    def _function(self, function: _Function) -> None:
        arguments = function.args
        self._need(
            not (
                function.decorator_list
                or function.returns
                or arguments.posonlyargs
                or arguments.kwonlyargs
                or arguments.vararg
                or arguments.kwarg
                or any(a.annotation for a in arguments.args)
            ),
            function,
        )
        names = [a.arg for a in arguments.args]
        self._need(names[:1] == ["self"] and all(map(_is_word, names)), function)
        self._need(not (set(names) & (BUILTINS | set(IMPORTS) | self.own)), function)
        self.arguments = set(names[1:])
        self.locals = set(names)
        for default in arguments.defaults:
            self._literal(default)
        self._body(function.body)

    # Statements

    def _body(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[target], value=value):
                self._expression(value)
                self._target(target)
            case ast.Expr(value=ast.Call() | ast.BinOp() as value):
                self._expression(value)
            case ast.If(test=test, body=body, orelse=otherwise):
                self._expression(test)
                self._body(body)
                self._body(otherwise)
            case ast.For(target=ast.Name(id=name), iter=iterable, body=body, orelse=[]):
                self._need(_is_word(name), statement)
                self._expression(iterable)
                self.locals.add(name)
                self._body(body)
            case ast.Return(value=value):
                self._need(value is not None, statement)
                assert value is not None
                self._expression(value)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._need(isinstance(target, ast.Name), statement)
            case ast.Pass():
                pass
            case _:
                raise self._no(statement)

    def _target(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                free = name not in BUILTINS | set(IMPORTS) | self.own | {"self"}
                self._need(free and (_is_word(name) or name == "_"), target)
                self.locals.add(name)
            case ast.Attribute(value=ast.Name("self"), attr=name):
                self._need(_is_attribute(name), target)
            case ast.Tuple(elts=items):
                for item in items:
                    self._need(isinstance(item, ast.Name), target)
                    self._target(item)
            case _:
                raise self._no(target)

    # Expressions

    def _all(self, expressions: Iterable[ast.expr]) -> None:
        for expression in expressions:
            self._expression(expression)

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Constant():
                self._literal(node)
            case ast.Name(id=name):
                self._need(name in self.locals, node)
            case ast.Attribute(value=value, attr=name):
                self._need(_is_attribute(name), node)
                self._expression(value)
            case ast.Call(func=ast.Name("isinstance")):
                self._is_of(node)
            case ast.Call():
                self._call(node)
            case ast.BinOp(left=left, op=operator, right=right):
                self._need(isinstance(operator, _OPERATORS), node)
                self._all((left, right))
            case ast.UnaryOp(op=operator, operand=operand):
                self._need(isinstance(operator, _OPERATORS), node)
                self._expression(operand)
            case ast.BoolOp(op=operator, values=values):
                self._need(isinstance(operator, _OPERATORS), node)
                self._all(values)
            case ast.Compare(left=left, ops=operators, comparators=others):
                if not _asks_for_none(node):
                    self._need(all(isinstance(o, _OPERATORS) for o in operators), node)
                self._all((left, *others))
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                self._all((test, body, otherwise))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                self._all(items)
            case ast.Dict(keys=keys, values=values):
                for key in keys:
                    self._need(isinstance(key, ast.Constant) and isinstance(key.value, str), node)
                self._all(values)
            case ast.Subscript(value=value, slice=ast.Constant(value=int())):
                self._expression(value)
            case ast.Subscript(value=value, slice=ast.Name(id="i") as number):
                self._expression(value)
                self._expression(number)
            case ast.Subscript(slice=ast.Constant(value=str())):
                self._looked_up_in_table(node)
            case ast.Starred(value=ast.GeneratorExp() as generator):
                self._generator(generator)
            case _:
                raise self._no(node)

    def _literal(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str(), kind=None):
                return
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                return
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for item in items:
                    self._literal(item)
                return
        raise self._no(node)

    def _generator(self, generator: ast.GeneratorExp) -> None:
        match generator.generators:
            case [ast.comprehension(target=ast.Name(id=name), iter=iterable, ifs=[], is_async=0)]:
                self._need(name in ("i", "_"), generator)
                self._expression(iterable)
                around = set(self.locals)
                self.locals.add(name)
                self._expression(generator.elt)
                self.locals = around
            case _:
                raise self._no(generator)

    def _call(self, call: ast.Call) -> None:
        self._callee(call)
        self._all(call.args)
        for keyword in call.keywords:
            if keyword.arg is not None:
                self._need(_is_attribute(keyword.arg), call)
                self._expression(keyword.value)
                continue
            match keyword.value:
                case ast.Dict():
                    self._expression(keyword.value)
                case ast.Call(func=ast.Name("numbered")):
                    self._call(keyword.value)
                case _:
                    raise self._no(call)

    def _is_of(self, call: ast.Call) -> None:
        """Whether a module is of some classes of PyTorch's."""
        match call:
            case ast.Call(args=[ast.Name() as module, classes], keywords=[]):
                self._expression(module)
                named = classes.elts if isinstance(classes, ast.Tuple) else [classes]
                self._need(all(ast.unparse(c) in self.targets for c in named), call)
            case _:
                raise self._no(call)

    def _callee(self, call: ast.Call) -> None:
        """A call is of the file's own, of what it is handed, of PyTorch's names, or of a method."""
        match call.func:
            case ast.Name(id="getattr"):
                self._looked_up(call)
            case ast.Name(id=name):
                self._need(name in BUILTINS | self.own | self.arguments, call)
            case ast.Attribute(value=ast.Call(func=ast.Name("super"), args=[], keywords=[])) as a:
                self._need(a.attr == "__init__", call)
            case ast.Attribute(value=ast.Name("self"), attr=name):
                self._need(name in self.attributes, call)
            case ast.Attribute(value=value, attr=name) as called:
                if ast.unparse(called) in self.targets:
                    return
                counts = isinstance(value, ast.Subscript) and _says(value, "num_batches_tracked")
                owned = _root(value) == "self" and name != "add_"
                self._need(f".{name}" in self.targets or owned or (counts and name == "add_"), call)
                self._need(_is_attribute(name), call)
                self._expression(value)
            case ast.Call(func=ast.Name("getattr")) as looked_up:
                self._call(looked_up)
            case ast.Subscript(value=ast.Name("r"), slice=ast.Constant(value=str())) as module:
                self._looked_up_in_table(module)
            case _:
                raise self._no(call)

    def _looked_up_in_table(self, lookup: ast.Subscript) -> None:
        """A module or tensor by its name, from a table that a module keeps or a local for one."""
        match lookup.value:
            case ast.Name(id="r" | "p" | "s" as name):
                self._need(name in self.locals, lookup)
            case ast.Attribute(value=value, attr="_parameters" | "_buffers"):
                self._expression(value)
            case _:
                raise self._no(lookup)

    def _looked_up(self, call: ast.Call) -> None:
        """`getattr` of a module by a name that stands there, or by a number."""
        match call.args:
            case [value, ast.Constant(value=str() as name)]:
                is_pythons = name.startswith("__") and name.endswith("__")
                self._need(not is_pythons or name.endswith("___"), call)
                self._expression(value)
            case [value, ast.Call(func=ast.Name("str"), args=[ast.Name("i")], keywords=[])]:
                self._expression(value)
            case _:
                raise self._no(call)
        self._need(not call.keywords, call)


def _definitions(source: str) -> list[ast.FunctionDef | ast.ClassDef]:
    return [d for d in ast.parse(source).body if isinstance(d, ast.FunctionDef | ast.ClassDef)]


def _root(node: ast.expr) -> str:
    """The name at the beginning of a chain of attributes and numbers."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _asks_for_none(comparison: ast.Compare) -> bool:
    """Whether a comparison is `... is not None`."""
    match comparison:
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
    return False


def _says(lookup: ast.Subscript, name: str) -> bool:
    """Whether a lookup is of one name."""
    return isinstance(lookup.slice, ast.Constant) and lookup.slice.value == name


def _is_word(name: str) -> bool:
    return name.isascii() and name.isidentifier() and not name.startswith("_")


def _is_attribute(name: str) -> bool:
    return name.isascii() and name.isidentifier() and not name.startswith("__")
