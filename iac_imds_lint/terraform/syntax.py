"""Terraform's syntax, the same for HCL and JSON: bodies with arguments and blocks, and expressions.

The nodes are NamedTuples, not dataclasses: a hundredth of the start-up cost, and there are many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeAlias

from iac_imds_lint.source import Span
from iac_imds_lint.value import Scalar


class Literal(NamedTuple):
    """A string without interpolation, a number, a boolean or null; ``alone`` says that its span holds nothing else."""

    span: Span
    content: Scalar
    alone: bool = True


class Template(NamedTuple):
    """A string with interpolations, in parts."""

    span: Span
    parts: tuple[Expression, ...]


class Index(NamedTuple):
    """``[key]`` in a traversal."""

    key: Expression


class Traversal(NamedTuple):
    """A name and what follows it: ``var.x``, ``local.a["b"].c``, ``aws_instance.x[0].id``."""

    span: Span
    root: str
    steps: tuple[str | Index, ...]


class Access(NamedTuple):
    """A traversal that starts at an expression: ``merge(a, b).c``, ``(x).y``."""

    span: Span
    base: Expression
    steps: tuple[str | Index, ...]


class Conditional(NamedTuple):
    """``condition ? yes : no``; ``text`` is the condition as it is written."""

    span: Span
    condition: Expression
    text: str
    yes: Expression
    no: Expression


class Operation(NamedTuple):
    """A unary or binary operator with its operands."""

    span: Span
    operator: str
    operands: tuple[Expression, ...]


class Tuple(NamedTuple):
    """``[a, b]``."""

    span: Span
    items: tuple[Expression, ...]


class Object(NamedTuple):
    """``{ key = value }``; a bare key is a literal."""

    span: Span
    items: tuple[tuple[Expression, Expression], ...]


class Call(NamedTuple):
    """A function call; ``expanded`` says that the last argument holds several, ``f(a, b...)``."""

    span: Span
    name: str
    arguments: tuple[Expression, ...]
    expanded: bool = False


class For(NamedTuple):
    """``[for key, value in collection : result if condition]``; ``result_key`` makes it an object, ``grouped`` one
    of tuples.
    """

    span: Span
    names: tuple[str, ...]
    collection: Expression
    result_key: Expression | None
    result: Expression
    condition: Expression | None
    grouped: bool = False


class Each(NamedTuple):
    """``[*]`` among the steps of another: these steps are taken from each element of what the ones before led to."""

    steps: tuple[Step, ...]


class Splat(NamedTuple):
    """``base[*]`` and the steps that are taken from each of its elements."""

    span: Span
    base: Expression
    steps: tuple[Step, ...]


class Opaque(NamedTuple):
    """An expression that is not read; ``what`` names it for the user."""

    span: Span
    what: str


Step: TypeAlias = "str | Index | Each"
Expression: TypeAlias = (
    "Literal | Template | Traversal | Access | Conditional | Operation | Tuple | Object | Call | For | Splat | Opaque"
)


class Attribute(NamedTuple):
    """An argument: its name's place, the place of ``name = value``, and its expression, read when asked for."""

    name: str
    name_span: Span
    span: Span
    read: Callable[[], Expression]


class Block(NamedTuple):
    """A block. ``head`` is its type and labels, ``span`` all of it; ``dynamic`` marks the body of a dynamic block."""

    type: str
    labels: tuple[str, ...]
    head: Span
    span: Span
    body: Body
    dynamic: bool = False


class Body(Protocol):
    """The inside of a block or of a file."""

    def attribute(self, name: str) -> Attribute | None:
        """The argument of that name."""

    def blocks(self, type: str) -> tuple[Block, ...]:
        """The nested blocks of that type, in order, dynamic ones among them."""

    def items(self) -> Iterable[Attribute | Block]:
        """All arguments and nested blocks; in JSON, where blocks are written alike, arguments."""


class Merged(NamedTuple):
    """A body under an override: its arguments replace, and so do its blocks of a type that it has.

    Source: Terraform language, "Override files".
    """

    base: Body
    override: Body

    def attribute(self, name: str) -> Attribute | None:
        """The overriding argument, else the original one."""
        return self.override.attribute(name) or self.base.attribute(name)

    def blocks(self, type: str) -> tuple[Block, ...]:
        """The overriding blocks, else the original ones."""
        return self.override.blocks(type) or self.base.blocks(type)

    def items(self) -> Iterable[Attribute | Block]:
        """Those of both."""
        return (*self.override.items(), *self.base.items())
