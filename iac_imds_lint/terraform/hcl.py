"""HCL by tree-sitter: top-level blocks at once, bodies and expressions as they are asked for.

Node types are those of tree-sitter-hcl's grammar. What the grammar accepts and HCL forbids (an argument set twice, two
arguments on one line) is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

import tree_sitter

from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import tree
from iac_imds_lint.terraform.syntax import (
    Access,
    Attribute,
    Block,
    Call,
    Conditional,
    Each,
    Expression,
    For,
    Index,
    Literal,
    Object,
    Opaque,
    Operation,
    Splat,
    Traversal,
    Tuple,
)
from iac_imds_lint.terraform.template import Kind, Piece, assembled

# Deeper expressions are not read: Python's stack is the limit, and no one writes them.
_DEEPEST = 60
# Python refuses to convert longer integers; no number of Terraform's is that long.
_MOST_DIGITS = 300
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|([$%])\4\{')
_HEADER = re.compile(rb"""[\w-]+(?:[ \t]+(?:"[^"\\$%\s]*"|[\w-]+))*(?=[ \t]*\{)""")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescape(text: str) -> str:
    """The text that a quoted template's literal part stands for (HCL native syntax, "Template Literals")."""
    if "\\" not in text and "{" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    short, long, simple, marker = match.groups()
    if marker:
        return f"{marker}{{"
    return _SIMPLE[simple] if simple else _character(int(short or long, 16))


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


class Header(NamedTuple):
    """A top-level block that holds no syntax error: its type and labels, read; the rest, read when asked for. ``start``
    orders it among the others of its file.
    """

    type: str
    labels: tuple[str, ...]
    read: Callable[[], Block]
    start: int


def headers(source: SourceFile, root: tree_sitter.Node) -> Iterator[Header]:
    """The headers of the top-level blocks, in order."""
    reader = Reader(source)
    for child in root.children:
        for node in child.children if child.type == "body" else (child,):
            if node.type == "block" and not node.has_error:
                yield _header(reader, source.utf8, node)


def _header(reader: Reader, text: bytes, node: tree_sitter.Node) -> Header:
    """By a search of the text up to the opening brace; by the tree where anything unusual stands there."""
    match = _HEADER.match(text, node.start_byte)
    if match is None:
        block = reader.block(node)
        return Header(block.type, block.labels, lambda: block, node.start_byte)
    type, *labels = match.group().decode().split()
    return Header(type, tuple(label.strip('"') for label in labels), lambda: reader.block(node), node.start_byte)


def body_of(source: SourceFile, root: tree_sitter.Node) -> HclBody:
    """The file as one body of arguments, as a ``.tfvars`` file is."""
    body = next((child for child in root.children if child.type == "body"), None)
    return HclBody(Reader(source), body)


class _Some(NamedTuple):
    """Some of the children of a node, as a node has them."""

    children: list[tree_sitter.Node]


def body_between(source: SourceFile, root: tree_sitter.Node, start: int, end: int) -> HclBody:
    """The arguments of a file that stand in a range of bytes as one body."""
    body = next((child for child in root.children if child.type == "body"), root)
    return HclBody(Reader(source), _Some([one for one in body.children if start <= one.start_byte < end]))


class HclBody:
    """A body of tree-sitter's, read on first use."""

    __slots__ = ("_attributes", "_blocks", "_node", "_reader")

    def __init__(self, reader: Reader, node: tree_sitter.Node | _Some | None) -> None:
        self._reader = reader
        self._node = node
        self._attributes: dict[str, Attribute] | None = None
        self._blocks: list[Block] = []

    def attribute(self, name: str) -> Attribute | None:
        """The argument of that name."""
        return self._read().get(name)

    def blocks(self, type: str) -> tuple[Block, ...]:
        """The nested blocks of that type, dynamic ones among them."""
        self._read()
        return tuple(block for block in self._blocks if block.type == type)

    def _read(self) -> dict[str, Attribute]:
        if self._attributes is None:
            self._attributes = {}
            for child in self._node.children if self._node else ():
                if child.type == "attribute":
                    attribute = self._reader.attribute(child)
                    self._attributes.setdefault(attribute.name, attribute)
                elif child.type == "block":
                    self._blocks.append(self._reader.nested(child))
        return self._attributes

    def items(self) -> tuple[Attribute | Block, ...]:
        """All arguments and nested blocks."""
        return (*self._read().values(), *self._blocks)

    def problem(self, depth: int = 0) -> Problem | None:
        """What HCL forbids and the grammar does not, here or in a nested block."""
        if depth > _DEEPEST:
            return None
        self._read()
        inner = (block.body.problem(depth + 1) for block in self._blocks if isinstance(block.body, HclBody))
        return self._own_problem() or next(filter(None, inner), None)

    def _own_problem(self) -> Problem | None:
        """An argument set twice, two things on one line, or the head of a block on several."""
        seen: set[str] = set()
        end = -1
        for child in self._node.children if self._node else ():
            if child.type not in ("attribute", "block"):
                continue
            name = self._reader.text(child.children[0])
            if child.type == "attribute" and name in seen:
                return self._reader.problem(child, f'the argument "{name}" is set twice')
            if child.type == "block" and tree.is_spread(child):
                return self._reader.problem(child, f"after {name} a value or a block is missing")
            if child.start_point[0] == end:
                return self._reader.problem(child, "an argument must begin on a line of its own")
            seen |= {name} if child.type == "attribute" else set()
            end = child.end_point[0]
        return None


class Reader:
    """Turns tree-sitter's nodes of one file into syntax."""

    __slots__ = ("_source",)

    def __init__(self, source: SourceFile) -> None:
        self._source = source

    def text(self, node: tree_sitter.Node) -> str:
        """The text of a node."""
        return self._source.utf8[node.start_byte : node.end_byte].decode("utf-8")

    def span(self, first: tree_sitter.Node, last: tree_sitter.Node | None = None) -> Span:
        """The span from the start of one node to the end of another, or of the same."""
        source = self._source
        end = (last or first).end_byte
        return Span(source.path, source.offset_of_byte(first.start_byte), source.offset_of_byte(end))

    def problem(self, node: tree_sitter.Node, reason: str) -> Problem:
        """A problem at a node."""
        return Problem(self._source.path, reason, self._source.position(self.span(node).start))

    def attribute(self, node: tree_sitter.Node) -> Attribute:
        """An ``attribute`` node."""
        name, value = node.children[0], node.children[-1]
        return Attribute(self.text(name), self.span(name), self.span(node), lambda: self.expression(value))

    def block(self, node: tree_sitter.Node) -> Block:
        """A ``block`` node."""
        head = [child for child in node.children if child.type in ("identifier", "string_lit")]
        labels = tuple(self._label(label) for label in head[1:])
        return Block(self.text(head[0]), labels, self.span(head[0], head[-1]), self.span(node), self._body(node))

    def nested(self, node: tree_sitter.Node) -> Block:
        """A block inside a block; a ``dynamic`` one under the type that it generates."""
        block = self.block(node)
        if block.type == "dynamic" and block.labels:
            return block._replace(type=block.labels[0], labels=(), dynamic=True)
        return block

    def _body(self, node: tree_sitter.Node) -> HclBody:
        return HclBody(self, next((child for child in node.children if child.type == "body"), None))

    def _label(self, node: tree_sitter.Node) -> str:
        return self.text(node) if node.type == "identifier" else unescape(self.text(node)[1:-1])

    def expression(self, node: tree_sitter.Node, depth: int = 0) -> Expression:
        """Any expression node."""
        if depth > _DEEPEST:
            return Opaque(self.span(node), "an expression that is nested too deeply")
        match node.type:
            case "literal_value" | "template_expr" | "collection_value" | "operation":
                return self.expression(node.children[0], depth)
            case "numeric_lit" | "bool_lit" | "null_lit":
                return Literal(self.span(node), _scalar(node.type, self.text(node)))
            case "variable_expr":
                return Traversal(self.span(node), self.text(node), ())
            case kind if (read := self._compound.get(kind)) is not None:
                return read(self, node, depth)
            case other:
                return Opaque(self.span(node), f"a {other.replace('_expr', '').replace('_', ' ')} expression")

    def _tuple(self, node: tree_sitter.Node, depth: int) -> Expression:
        return Tuple(self.span(node), self._all(node, depth))

    def _object(self, node: tree_sitter.Node, depth: int) -> Expression:
        return Object(self.span(node), tuple(self._members(node, depth)))

    def _all(self, node: tree_sitter.Node, depth: int) -> tuple[Expression, ...]:
        return tuple(self.expression(child, depth + 1) for child in node.children if child.type == "expression")

    def _expression(self, node: tree_sitter.Node, depth: int) -> Expression:
        children = [child for child in node.children if child.type not in ("(", ")", "comment")]
        return self._chain(children, depth) if children else Opaque(self.span(node), "an empty expression")

    def _chain(self, nodes: list[tree_sitter.Node], depth: int) -> Expression:
        """A first expression with the ``get_attr``, ``index`` and ``splat`` nodes that follow it."""
        read = self.expression(nodes[0], depth + 1)
        for number, node in enumerate(nodes[1:], 2):
            span = self.span(nodes[0], nodes[number - 1])
            if node.type == "splat":
                read = self._splat(read, node, span, depth)
            elif (step := self._step(node, depth)) is not None:
                read = _followed(read, step, span)
            else:
                return Opaque(span, f"a {node.type} expression")
        return read

    def _splat(self, base: Expression, node: tree_sitter.Node, span: Span, depth: int) -> Expression:
        """``[*]`` takes all steps that follow from each element; ``.*`` takes names only, an index then the result."""
        splat = node.children[0]
        followers = [child for child in splat.children if child.type in ("get_attr", "index")]
        count = len(followers)
        if splat.type == "attr_splat":
            brackets = (number for number, child in enumerate(followers) if self._is_bracket(child))
            count = next(brackets, count)
        steps = self._steps(followers[:count], depth)
        if isinstance(base, Splat) and splat.type == "full_splat":
            return Splat(span, base.base, (*base.steps, Each(steps)))
        read: Expression = Splat(span, base, steps)
        for step in self._steps(followers[count:], depth):
            read = _followed(read, step, span)
        return read

    def _steps(self, nodes: list[tree_sitter.Node], depth: int) -> tuple[str | Index, ...]:
        steps = (self._step(node, depth) for node in nodes)
        return tuple(step for step in steps if step is not None)

    def _is_bracket(self, node: tree_sitter.Node) -> bool:
        return node.type == "index" and node.children[0].type != "legacy_index"

    def _step(self, node: tree_sitter.Node, depth: int) -> str | Index | None:
        if node.type == "get_attr":
            return self.text(node.children[-1])
        if node.type != "index":
            return None
        inner = node.children[0]
        if inner.type == "legacy_index":
            digits = self.text(inner).strip(". \t")
            return Index(Literal(self.span(inner), _scalar("numeric_lit", digits)))
        return next((Index(self.expression(c, depth + 1)) for c in inner.children if c.type == "expression"), None)

    def _conditional(self, node: tree_sitter.Node, depth: int) -> Expression:
        """``a ? b : c ? d : e``: the grammar takes the first for the condition of the second, HCL the second for the
        last branch of the first.
        """
        arms: list[tree_sitter.Node] = []
        inner: tree_sitter.Node | None = node
        while inner is not None:
            condition, *branches = (child for child in inner.children if child.type == "expression")
            arms = [*branches, *arms]
            only = condition.children[0] if len(condition.children) == 1 else condition
            inner = only if only.type == "conditional" else None
        arms = [condition, *arms]
        read = self.expression(arms[-1], depth + len(arms) // 2)
        for number in range(len(arms) - 3, -1, -2):
            test, yes = (self.expression(arm, depth + 1) for arm in arms[number : number + 2])
            text = " ".join(self.text(arms[number]).split())
            read = Conditional(self.span(arms[number], arms[-1]), test, text, yes, read)
        return read

    def _operation(self, node: tree_sitter.Node, depth: int) -> Expression:
        """Operands may be bare chains: the grammar lays their steps beside the operator."""
        groups: list[list[tree_sitter.Node]] = [[]]
        operator = ""
        for child in node.children:
            if child.type in ("(", ")", "comment"):
                continue
            if not child.is_named:
                operator = self.text(child)
                groups.append([])
            else:
                groups[-1].append(child)
        operands = tuple(self._chain(group, depth) for group in groups if group)
        return Operation(self.span(node), operator, operands)

    def _quoted(self, node: tree_sitter.Node, depth: int) -> Expression:
        inside = node.start_byte + 1, node.end_byte - 1
        return assembled(self.span(node), self.pieces(node, *inside, unescape, depth))

    def _heredoc(self, node: tree_sitter.Node, depth: int) -> Expression:
        """Its text begins on the line after the first marker and ends before the line of the last."""
        text = self._source.utf8
        flush = self.text(node.children[0]).endswith("-")
        start = text.find(b"\n", node.start_byte, node.end_byte) + 1
        end = text.rfind(b"\n", start - 1, node.children[-1].start_byte) + 1
        return assembled(self.span(node), self.pieces(node, start, max(start, end), _unmarked, depth), flush)

    def pieces(
        self, node: tree_sitter.Node, start: int, end: int, unescaped: Callable[[str], str], depth: int
    ) -> Iterator[Piece]:
        """What stands between two offsets. Text is what lies between the rest: the grammar drops white space there."""
        for child in _marks(node):
            yield from self._text(start, child.start_byte, unescaped)
            yield self._mark(child, depth)
            start = child.end_byte
        yield from self._text(start, end, unescaped)

    def _text(self, start: int, end: int, unescaped: Callable[[str], str]) -> Iterator[Piece]:
        if start < end:
            source = self._source
            span = Span(source.path, source.offset_of_byte(start), source.offset_of_byte(end))
            yield Piece(Kind.TEXT, self.placed(span), unescaped(source.utf8[start:end].decode("utf-8")))

    def placed(self, span: Span) -> Span:
        """Where a span of the text that is read stands in the user's file."""
        return span

    def _mark(self, node: tree_sitter.Node, depth: int) -> Piece:
        """An interpolation or one end of a directive."""
        held = next((child for child in node.children if child.type == "expression"), None)
        strips = [child.start_byte for child in node.children if child.type == "strip_marker"]
        middle = held.start_byte if held is not None else (node.start_byte + node.end_byte) // 2
        return Piece(
            _MARKS[node.type],
            self.span(node),
            " ".join(self.text(held).split()) if held is not None else "",
            self.expression(held, depth + 1) if held is not None else None,
            tuple(self.text(child) for child in node.children if child.type == "identifier"),
            any(start < middle for start in strips),
            any(start >= middle for start in strips),
        )

    def _for(self, node: tree_sitter.Node, depth: int) -> Expression:
        inner = node.children[0]
        parts: dict[str, tree_sitter.Node] = {child.type: child for child in inner.children}
        intro, results = parts["for_intro"], [c for c in inner.children if c.type == "expression"]
        names = tuple(self.text(child) for child in intro.children if child.type == "identifier")
        collection = next(child for child in intro.children if child.type == "expression")
        tests = parts["for_cond"].children if "for_cond" in parts else ()
        condition = next((child for child in tests if child.type == "expression"), None)
        return For(
            self.span(node),
            names,
            self.expression(collection, depth + 1),
            self.expression(results[0], depth + 1) if len(results) > 1 else None,
            self.expression(results[-1], depth + 1),
            self.expression(condition, depth + 1) if condition is not None else None,
            "ellipsis" in parts,
        )

    def _members(self, node: tree_sitter.Node, depth: int) -> Iterator[tuple[Expression, Expression]]:
        for element in node.children:
            if element.type == "object_elem":
                key, value = (child for child in element.children if child.type == "expression")
                yield self._key(key, depth), self.expression(value, depth + 1)

    def _key(self, node: tree_sitter.Node, depth: int) -> Expression:
        """A bare word is a name, not a reference; in parentheses it is a reference."""
        read = self.expression(node, depth + 1)
        if isinstance(read, Traversal) and not read.steps and node.children[0].type == "variable_expr":
            return Literal(read.span, read.root)
        return read

    def _call(self, node: tree_sitter.Node, depth: int) -> Expression:
        arguments = next((child for child in node.children if child.type == "function_arguments"), None)
        name = self.text(node).split("(", 1)[0].strip()
        if arguments is None:
            return Call(self.span(node), name, ())
        expanded = any(child.type == "ellipsis" for child in arguments.children)
        return Call(self.span(node), name, self._all(arguments, depth), expanded)

    def template(self, node: tree_sitter.Node) -> Expression:
        """A heredoc node without the last newline, as if its text stood alone."""
        text = self._source.utf8
        start = text.find(b"\n", node.start_byte) + 1
        end = text.rfind(b"\n", start - 1, node.children[-1].start_byte)
        return assembled(self.span(node), self.pieces(node, start, end, _unmarked, 0))

    _compound: ClassVar[dict[str, Callable[[Reader, tree_sitter.Node, int], Expression]]] = {
        "expression": _expression,
        "conditional": _conditional,
        "binary_operation": _operation,
        "unary_operation": _operation,
        "string_lit": _quoted,
        "quoted_template": _quoted,
        "heredoc_template": _heredoc,
        "for_expr": _for,
        "tuple": _tuple,
        "object": _object,
        "function_call": _call,
    }


_MARKS = {
    "template_interpolation": Kind.VALUE,
    "template_if_intro": Kind.IF,
    "template_else_intro": Kind.ELSE,
    "template_if_end": Kind.END_IF,
    "template_for_start": Kind.FOR,
    "template_for_end": Kind.END_FOR,
}


def _marks(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The interpolations and the ends of directives in a template, in order."""
    waiting = node.children[::-1]
    while waiting:
        child = waiting.pop()
        if child.type in _MARKS:
            yield child
        elif child.type in ("template_directive", "template_if", "template_for"):
            waiting += child.children[::-1]


def _unmarked(text: str) -> str:
    """The text of a heredoc: nothing is escaped but the two markers."""
    return text.replace("$${", "${").replace("%%{", "%{")


def _followed(base: Expression, step: str | Index, span: Span) -> Expression:
    """An expression and one step more."""
    match base:
        case Traversal(_, root, steps):
            return Traversal(span, root, (*steps, step))
        case Access(_, inner, steps):
            return Access(span, inner, (*steps, step))
        case _:
            return Access(span, base, (step,))


def _scalar(kind: str, text: str) -> int | float | bool | None:
    if kind == "null_lit":
        return None
    if kind == "bool_lit":
        return text == "true"
    if text.isdigit() and len(text) < _MOST_DIGITS:
        return int(text)
    number = float(text)
    return int(number) if number.is_integer() else number
