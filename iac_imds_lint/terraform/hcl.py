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
from iac_imds_lint.terraform.syntax import (
    Access,
    Attribute,
    Block,
    Call,
    Conditional,
    Expression,
    Index,
    Literal,
    Object,
    Opaque,
    Operation,
    Template,
    Traversal,
    Tuple,
)

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
    """A top-level block that holds no syntax error: its type and labels, read; the rest, read when asked for."""

    type: str
    labels: tuple[str, ...]
    read: Callable[[], Block]


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
        return Header(block.type, block.labels, lambda: block)
    type, *labels = match.group().decode().split()
    return Header(type, tuple(label.strip('"') for label in labels), lambda: reader.block(node))


def body_of(source: SourceFile, root: tree_sitter.Node) -> HclBody:
    """The file as one body of arguments, as a ``.tfvars`` file is."""
    body = next((child for child in root.children if child.type == "body"), None)
    return HclBody(Reader(source), body)


class HclBody:
    """A body of tree-sitter's, read on first use."""

    __slots__ = ("_attributes", "_blocks", "_node", "_reader")

    def __init__(self, reader: Reader, node: tree_sitter.Node | None) -> None:
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

    def problem(self, depth: int = 0) -> Problem | None:
        """What HCL forbids and the grammar does not, here or in a nested block."""
        if depth > _DEEPEST:
            return None
        self._read()
        inner = (block.body.problem(depth + 1) for block in self._blocks if isinstance(block.body, HclBody))
        return self._own_problem() or next(filter(None, inner), None)

    def _own_problem(self) -> Problem | None:
        """An argument set twice, or two things on one line."""
        seen: set[str] = set()
        end = -1
        for child in self._node.children if self._node else ():
            if child.type not in ("attribute", "block"):
                continue
            name = self._reader.text(child.children[0])
            if child.type == "attribute" and name in seen:
                return self._reader.problem(child, f'the argument "{name}" is set twice')
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
            case "heredoc_template":
                return Opaque(self.span(node), "a heredoc")
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
        """A first expression with the ``get_attr`` and ``index`` nodes that follow it."""
        base = self.expression(nodes[0], depth + 1)
        if len(nodes) == 1:
            return base
        span = self.span(nodes[0], nodes[-1])
        steps: list[str | Index] = []
        for node in nodes[1:]:
            step = self._step(node, depth)
            if step is None:
                return Opaque(span, "a splat expression")
            steps.append(step)
        if isinstance(base, Traversal) and not base.steps:
            return Traversal(span, base.root, tuple(steps))
        return Access(span, base, tuple(steps))

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
        condition, yes, no = (child for child in node.children if child.type == "expression")
        parts = [self.expression(part, depth + 1) for part in (condition, yes, no)]
        return Conditional(self.span(node), parts[0], " ".join(self.text(condition).split()), parts[1], parts[2])

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
        parts: list[Expression] = []
        for child in node.children:
            match child.type:
                case "template_literal":
                    parts.append(Literal(self.span(child), unescape(self.text(child))))
                case "template_interpolation":
                    inner = next((c for c in child.children if c.type == "expression"), child)
                    parts.append(self.expression(inner, depth + 1))
                case "template_directive":
                    return Opaque(self.span(node), "a template with directives")
                case _:
                    continue
        span = self.span(node)
        if all(isinstance(part, Literal) and isinstance(part.content, str) for part in parts):
            return Literal(span, "".join(part.content for part in parts if isinstance(part, Literal)))  # type: ignore[misc]
        return parts[0] if len(parts) == 1 else Template(span, tuple(parts))

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
        if any(child.type == "ellipsis" for child in arguments.children):
            return Opaque(self.span(node), f"a call of {name} with expanded arguments")
        return Call(self.span(node), name, self._all(arguments, depth))

    _compound: ClassVar[dict[str, Callable[[Reader, tree_sitter.Node, int], Expression]]] = {
        "expression": _expression,
        "conditional": _conditional,
        "binary_operation": _operation,
        "unary_operation": _operation,
        "string_lit": _quoted,
        "quoted_template": _quoted,
        "tuple": _tuple,
        "object": _object,
        "function_call": _call,
    }


def _scalar(kind: str, text: str) -> int | float | bool | None:
    if kind == "null_lit":
        return None
    if kind == "bool_lit":
        return text == "true"
    return int(text) if text.isdigit() and len(text) < _MOST_DIGITS else float(text)
