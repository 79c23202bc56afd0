"""Jinja2 held to what cannot hang, blow up or differ between two runs.

A source is parsed, checked against a closed list of constructs, and rewritten: attribute
names become numbered variables (so that letter case does not count and a name may hold any
character), and Python methods become our filters. What is left has no loops, no calls, no
attribute access and no multiplication, so its cost is bounded by its own length.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from syncer.core.language.filters import FILTERS, METHODS, TESTS, AnyCase, as_text
from syncer.core.language.patterns import compile_pattern
from syncer.core.names import attribute_key

GROUPS: Final = "groups"
LONGEST_SOURCE: Final = 4000

_RESULT: Final = "result"
_EXPRESSION_NODES: Final = (
    nodes.Const,
    nodes.Name,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Getitem,
    nodes.Slice,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Keyword,
    nodes.Add,
    nodes.Sub,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Concat,
    nodes.Neg,
    nodes.Pos,
)
_TEMPLATE_NODES: Final = (
    *_EXPRESSION_NODES,
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
)
_SPOKEN: Final[Mapping[type[nodes.Node], str]] = {
    nodes.For: "a loop",
    nodes.Mul: "'*'",
    nodes.Pow: "'**'",
    nodes.Mod: "'%'",
    nodes.Call: "a function call",
    nodes.Getattr: "'.'",
    nodes.Assign: "'set'",
}
_FAULTS: Final = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a value of the wrong kind can cause in an operator or a filter."""

_WITH_PATTERN: Final = frozenset(
    {"regex_replace", "regex_search", "regex_match", "match", "search"}
)


class ExpressionError(ValueError):
    """A source that cannot be compiled: one sentence, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EvaluationError(ValueError):
    """An expression that cannot be worked out for one person."""


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2 with our filters and tests, and nothing of its own."""

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, autoescape=False, finalize=as_text, cache_size=0
        )
        self.globals.clear()
        self.filters = dict(FILTERS)
        self.tests = dict(TESTS)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a list or table, or characters of a text; empty when there is none."""
        if isinstance(obj, dict) and isinstance(argument, AnyCase):
            return next((value for key, value in obj.items() if argument == key), "")
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return ""


_ENVIRONMENT: Final = _Environment()


@dataclass(frozen=True, slots=True)
class Compared:
    """A constant that a source holds against a name, by the key of the name.

    With `inside` the source looks for the constant within the name: `'eng' in groups`.
    """

    key: str
    constant: object
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """A checked source. `names` are attribute keys, in the order of the variables.

    `spellings` holds the same names as written. `groups_asked` are the group names that the
    source looks for in `groups`; `only_asks` says that it uses `groups` in no other way.
    `compared` are constants that names are held against, `items` those that stand in brackets
    after a name: both let whoever knows the values of a name find what can never be.
    """

    template: Template
    names: tuple[str, ...]
    spellings: tuple[str, ...]
    groups_asked: tuple[str, ...]
    only_asks: bool
    compared: tuple[Compared, ...] = ()
    items: tuple[tuple[str, object], ...] = ()

    def variables(self, values: tuple[object, ...]) -> dict[str, object]:
        """The variables of one evaluation, for values in the order of `names`."""
        return {f"a{number}": value for number, value in enumerate(values)}

    def value(self, values: tuple[object, ...]) -> object:
        """The value of the expression. Raises EvaluationError."""
        context = self.template.new_context(self.variables(values))
        try:
            for _ in self.template.root_render_func(context):
                pass
        except _FAULTS as error:
            raise EvaluationError(_spoken_error(error)) from None
        return context.vars[_RESULT]

    def text(self, values: tuple[object, ...]) -> str:
        """The text of the template. Raises EvaluationError."""
        try:
            return self.template.render(self.variables(values))
        except _FAULTS as error:
            raise EvaluationError(_spoken_error(error)) from None


def _spoken_error(error: Exception) -> str:
    text = str(error)
    if isinstance(error, TypeError) and "not supported between" in text:
        return "a text is compared with a number; use '| int'"
    return text


@lru_cache(maxsize=4096)
def compiled_expression(source: str) -> Compiled:
    """The expression, checked and compiled. Raises ExpressionError."""
    try:
        return _expression(source)
    except RecursionError:
        raise ExpressionError(f"{source[:60]!r}... is nested too deeply") from None


@lru_cache(maxsize=4096)
def compiled_template(source: str) -> Compiled:
    """The template, checked and compiled. Raises ExpressionError."""
    try:
        return _template(source)
    except RecursionError:
        raise ExpressionError(f"{source[:60]!r}... is nested too deeply") from None


def _expression(source: str) -> Compiled:
    try:
        parser = Parser(_ENVIRONMENT, _checked_length(source), state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            raise ExpressionError(f"{source!r} goes on after its end: {parser.stream.current}")
    except TemplateSyntaxError as error:
        raise ExpressionError(f"{source!r} is no expression: {error.message}") from None
    rewriter = _Rewriter(source)
    expression = rewriter.visit(expression)
    _check_nodes(source, expression, _EXPRESSION_NODES)
    assignment = nodes.Assign(nodes.Name(_RESULT, "store"), expression, lineno=1)
    tree = nodes.Template([assignment], lineno=1)
    return rewriter.finish(_built(source, tree))


def _template(source: str) -> Compiled:
    try:
        tree = Parser(_ENVIRONMENT, _checked_length(source)).parse()
    except TemplateSyntaxError as error:
        raise ExpressionError(f"{source!r} is no template: {error.message}") from None
    rewriter = _Rewriter(source)
    tree = rewriter.visit(tree)
    _check_nodes(source, tree, _TEMPLATE_NODES)
    return rewriter.finish(_built(source, tree))


def _checked_length(source: str) -> str:
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(
            f"an expression of {len(source)} characters is too long",
            f"the limit is {LONGEST_SOURCE}; a directory group says the same in one word",
        )
    return source


def _built(source: str, tree: nodes.Template) -> Template:
    tree.set_environment(_ENVIRONMENT)
    try:
        return _ENVIRONMENT.from_string(tree)
    except (TemplateError, SyntaxError) as error:
        raise ExpressionError(f"{source!r} cannot be compiled: {error}") from None


def _check_nodes(source: str, tree: nodes.Node, allowed: tuple[type[nodes.Node], ...]) -> None:
    for node in (tree, *tree.find_all(nodes.Node)):
        if type(node) not in allowed:
            what = _SPOKEN.get(type(node), f"'{type(node).__name__.lower()}'")
            raise ExpressionError(
                f"{source!r} uses {what}, which expressions here do not have",
                "there are comparisons, and, or, not, in, if-else, [..] and filters",
            )
        if isinstance(node, nodes.Filter):
            _check_filter(source, node, FILTERS, "filter")
        elif isinstance(node, nodes.Test):
            _check_filter(source, node, TESTS, "test")


def _check_filter(
    source: str, node: nodes.Filter | nodes.Test, known: Mapping[str, object], what: str
) -> None:
    if node.name not in known:
        near = get_close_matches(node.name, known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise ExpressionError(
            f"{source!r} uses an unknown {what} '{node.name}'",
            f"{hint}The {what}s there are: {', '.join(sorted(known))}",
        )
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise ExpressionError(f"{source!r} passes '*' arguments, which are not available")
    if node.name in _WITH_PATTERN:
        pattern = node.args[0] if node.args else None
        if not isinstance(pattern, nodes.Const) or not isinstance(pattern.value, str):
            raise ExpressionError(
                f"{source!r}: '{node.name}' takes a regular expression in quotes"
            )
        try:
            compile_pattern(pattern.value)
        except ValueError as error:
            raise ExpressionError(f"{source!r}: {error}") from None


def _compared(left: nodes.Node, operator: str, right: nodes.Node) -> list[Compared]:
    """What one comparison holds against what, where one side is a name and one is constant."""
    listed = right.items if isinstance(right, nodes.List | nodes.Tuple) else [right]
    constants = [node.value for node in listed if isinstance(node, nodes.Const)]
    if isinstance(left, nodes.Name):
        if operator in {"in", "notin"} and listed == [right]:
            return []  # a part of a text: any text may be one
        return [Compared(attribute_key(left.name), constant) for constant in constants]
    if isinstance(left, nodes.Const) and isinstance(right, nodes.Name):
        inside = operator in {"in", "notin"}
        return [Compared(attribute_key(right.name), left.value, inside)]
    return []


class _Rewriter(NodeTransformer):
    """Turns names into numbered variables and methods into filters, and notes the names."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._names: dict[str, str] = {}
        self._asked: list[str] = []
        self._groups_used = 0
        self._compared: list[Compared] = []
        self._items: list[tuple[str, object]] = []

    def finish(self, template: Template) -> Compiled:
        return Compiled(
            template,
            names=tuple(self._names),
            spellings=tuple(self._names.values()),
            groups_asked=tuple(self._asked),
            only_asks=self._groups_used == len(self._asked),
            compared=tuple(self._compared),
            items=tuple(self._items),
        )

    def _variable(self, spelling: str, lineno: int) -> nodes.Name:
        key = attribute_key(spelling)
        self._names.setdefault(key, spelling)
        self._groups_used += key == GROUPS
        return nodes.Name(f"a{list(self._names).index(key)}", "load", lineno=lineno)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - named by the library
        return self._variable(node.name, node.lineno)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - as above
        first = node.ops[0]
        if (
            len(node.ops) == 1
            and first.op in {"in", "notin"}
            and isinstance(first.expr, nodes.Name)
            and attribute_key(first.expr.name) == GROUPS
            and isinstance(node.expr, nodes.Const)
            and isinstance(node.expr.value, str)
        ):
            self._asked.append(node.expr.value)
        left = node.expr
        for operand in node.ops:
            self._compared += _compared(left, operand.op, operand.expr)
            left = operand.expr
        return self.generic_visit(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - as above
        if isinstance(node.node, nodes.Name) and isinstance(node.arg, nodes.Const):
            self._items.append((attribute_key(node.node.name), node.arg.value))
        return self.generic_visit(node)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802 - as above
        if node.expr2 is None:
            node.expr2 = nodes.Const("", lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as above
        callee = node.node
        if isinstance(callee, nodes.Getattr) and callee.attr in METHODS:
            filtered = nodes.Filter(
                callee.node,
                METHODS[callee.attr],
                node.args,
                node.kwargs,
                node.dyn_args,
                node.dyn_kwargs,
                lineno=node.lineno,
            )
            return self.generic_visit(filtered)
        if isinstance(callee, nodes.Name) and callee.name == "attribute":
            if len(node.args) == 1 and isinstance(node.args[0], nodes.Const):
                return self._variable(str(node.args[0].value), node.lineno)
            raise ExpressionError(
                f"{self._source!r}: attribute(...) takes one name in quotes",
                "for example attribute('Status [READ ONLY]')",
            )
        called = callee.attr if isinstance(callee, nodes.Getattr) else getattr(callee, "name", "")
        raise ExpressionError(
            f"{self._source!r} calls '{called}', which expressions here do not have",
            f"the methods there are: {', '.join(sorted(METHODS))}; filters do the rest",
        )
