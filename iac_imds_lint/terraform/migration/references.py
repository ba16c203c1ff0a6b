"""Every reference to a resource in the files of its module, and what kind of use it is."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform import tree
from iac_imds_lint.terraform.configuration import is_configuration
from iac_imds_lint.terraform.migration import json_places
from iac_imds_lint.terraform.migration.mapping import ALIKE, ALIKE_INSIDE, GROUP, OLD

_STEPS = ("get_attr", "index", "splat")
_REST = re.compile(r"(?:\.\*|\.\w[\w-]*|\[[^\]\[]*(?:\[[^\]\[]*\])?[^\]\[]*\])*")
_LAST = re.compile(r"\.([A-Za-z_][\w-]*)(?:\[[^\]]*\]|\.\d+)?$")
_ADDRESS = re.compile(r"(?<![\w.-])(?:data\.)?[\w-]+\.[\w-]+")
# Nothing is consumed but the first name: a name that ends a sentence in a comment is not part of what follows.
_DOTTED = re.compile(r"(?<![\w.-])(?=([\w-]+\s*\.\s*[\w-]+))(?=(data\s*\.\s*[\w-]+\s*\.\s*[\w-]+)?)[\w-]+")
# The files of a module are gone through for each resource that is migrated in it.
_MOST_FILES = 64
# All instances, or what each of them is called: how many there are does not change, nor do their keys.
_ALL = re.compile(r"(?:(?:\[\*\]|\.\*)(?:\.(?:name|id|arn))?)?")
_COUNTING = re.compile(r"\b(?:length|keys)\(\s*$")
_CLOSED = re.compile(r"\s*\)")
_STEP = re.compile(r"[\[\]]|\.([A-Za-z_][\w-]*)")
_BEFORE = 40
_LISTS_OF_RESOURCES = ("depends_on", "replace_triggered_by")


class Address(NamedTuple):
    """A resource by its type and its name; of a data source, the type begins with ``data.``."""

    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.type}.{self.name}"


class Kind(Enum):
    """What a reference is there for."""

    LAUNCHES = "a group launches from it"
    ORDERS = "something is made or replaced after it"
    LOOKS_UP = "a data source looks it up by its name"
    ALIKE = "an attribute that the template has as well"
    COUNTED = "how many there are, or their keys"
    OTHER = "anything else: its name or identifier, or all of it"


class Mention(NamedTuple):
    """One reference. ``address`` is the place of its type and name, ``whole`` that of all its steps, ``rest`` the text
    of the steps behind the name and ``attribute`` the last of those that is a name. ``is_counted`` says that only the
    number or the keys of what it gives are asked for.

    ``block`` are the type and the labels of the top-level block that it stands in, ``path`` the names of the blocks in
    that and of the argument, ``argument`` the argument with its name and ``value`` the place of its expression: of the
    scalar, in JSON.
    """

    address: Span
    whole: Span
    rest: str
    attribute: str
    block: tuple[str, ...]
    path: tuple[str, ...]
    argument: Span
    value: Span
    is_counted: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The steps that are names, without the indexes between them."""
        found, depth = [], 0
        for step in _STEP.finditer(self.rest):
            depth += {"[": 1, "]": -1}.get(step[0], 0)
            if step[1] and not depth:
                found.append(step[1])
        return tuple(found)

    @property
    def is_alike(self) -> bool:
        """Whether it leads to what configurations and templates have alike."""
        match self.names:
            case (name,):
                return name in ALIKE
            case (block, name):
                return name in ALIKE_INSIDE.get(block, ())
            case _:
                return False

    @property
    def kind(self) -> Kind:
        """What the reference is there for."""
        if self.path and self.path[-1] in _LISTS_OF_RESOURCES:
            return Kind.ORDERS
        if self.is_alike:
            return Kind.ALIKE
        if self.is_counted:
            return Kind.COUNTED
        names = self.attribute in ("name", "id")
        if self.block[:2] == ("resource", GROUP) and self.path == ("launch_configuration",) and names:
            return Kind.LAUNCHES
        if self.block[:2] == ("data", OLD) and self.path == ("name",) and names:
            return Kind.LOOKS_UP
        return Kind.OTHER


def renamed(mention: Mention, new: Address, attribute: str = "") -> str:
    """A reference to what became of a resource: to the same attribute, or to another one."""
    rest = mention.rest
    found = _LAST.search(rest)
    if attribute and found:
        rest = f"{rest[: found.start(1)]}{attribute}{rest[found.end(1) :]}"
    return f"{new}{rest}"


def files(sources: Sources, directory: str) -> Iterator[SourceFile]:
    """The files of a module that can be read, those that others override or shadow among them."""
    for name in filter(is_configuration, sources.names(directory)):
        source = sources.read(os.path.join(directory, name))
        if isinstance(source, SourceFile):
            yield source


def mentions(source: SourceFile, address: Address) -> Iterator[Mention]:
    """Every reference to a resource in one file, in order."""
    if address.type in source.text and address.name in source.text:
        yield from _in_json(source, address) if source.path.endswith(".json") else _in_hcl(source, address)


def _in_hcl(source: SourceFile, address: Address) -> Iterator[Mention]:
    root = tree.parse(source)
    for offset in _places(source).get(str(address), ()):
        byte = source.byte_of_offset(offset)
        node = root.descendant_for_byte_range(byte, byte + 1)
        while node is not None and node.type in ("identifier", "template_literal", "quoted_template_start"):
            node = node.parent
        mention = _mentioned(source, node, address) if node is not None else None
        if mention is not None:
            yield mention


@lru_cache(maxsize=_MOST_FILES)
def _places(source: SourceFile) -> dict[str, list[int]]:
    """Where the text of a file may name each address, looked for once: comments and other texts are among it."""
    found: dict[str, list[int]] = {}
    for name in _DOTTED.finditer(source.text):
        for names in (name[1], name[2]):
            if names is not None:
                found.setdefault("".join(names.split()), []).append(name.start())
    return found


def _mentioned(source: SourceFile, node: tree_sitter.Node, address: Address) -> Mention | None:
    """The reference that begins at a node; in lists of resources it may be a string."""
    if node.type == "variable_expr":
        return _traversal(source, node, address)
    place = _place(source, node)
    if node.type != "string_lit" or place is None or not place.path or place.path[-1] not in _LISTS_OF_RESOURCES:
        return None
    inside = Span(source.path, _start(source, node) + 1, _end(source, node) - 1)
    return Mention(inside, inside, "", "", *place) if source.slice(inside) == str(address) else None


def _traversal(source: SourceFile, node: tree_sitter.Node, address: Address) -> Mention | None:
    """The reference that begins with a name, if it is to this resource."""
    steps: list[tree_sitter.Node] = []
    follower = _next(node)
    while follower is not None and follower.type in _STEPS:
        steps.append(follower)
        follower = follower.next_sibling
    place = _place(source, node)
    names = str(address).split(".")[1:]
    if place is None or [_text(source, step).lstrip(".").strip() for step in steps[: len(names)]] != names:
        return None
    start, named, end = _start(source, node), _end(source, steps[len(names) - 1]), _end(source, steps[-1])
    rest = source.text[named:end]
    whole = Span(source.path, start, end)
    counted = _is_counted(source, whole, rest)
    return Mention(Span(source.path, start, named), whole, rest, _attribute(rest), *place, counted)


def _is_counted(source: SourceFile, whole: Span, rest: str) -> bool:
    """Whether a reference to all instances is all that ``length`` or ``keys`` is given."""
    before = source.text[max(0, whole.start - _BEFORE) : whole.start]
    return bool(_ALL.fullmatch(rest) and _COUNTING.search(before) and _CLOSED.match(source.text, whole.end))


def _next(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What follows a name: beside it, or beside the expression that it is alone."""
    if node.next_sibling is not None or node.parent is None or node.parent.type != "expression":
        return node.next_sibling
    return node.parent.next_sibling


def _attribute(rest: str) -> str:
    found = _LAST.search(rest)
    return found[1] if found else ""


class _Where(NamedTuple):
    block: tuple[str, ...]
    path: tuple[str, ...]
    argument: Span
    value: Span


def _place(source: SourceFile, node: tree_sitter.Node) -> _Where | None:
    """The block and the argument that a node stands in."""
    names: list[str] = []
    argument: tree_sitter.Node | None = None
    block: tree_sitter.Node | None = None
    around = node.parent
    while around is not None:
        if around.type == "attribute":
            argument = around
            names.append(_text(source, around.children[0]))
        elif around.type == "block":
            block = around
            names.append(_text(source, around.children[0]))
        around = around.parent
    if argument is None or block is None:
        return None
    head = tuple(_text(source, c).strip('"') for c in block.children if c.type in ("identifier", "string_lit"))
    span, value = (_span(source, found) for found in (argument, argument.children[-1]))
    return _Where(head, tuple(reversed(names[:-1])), span, value)


def _text(source: SourceFile, node: tree_sitter.Node) -> str:
    return source.utf8[node.start_byte : node.end_byte].decode("utf-8")


def _start(source: SourceFile, node: tree_sitter.Node) -> int:
    return source.offset_of_byte(node.start_byte)


def _end(source: SourceFile, node: tree_sitter.Node) -> int:
    return source.offset_of_byte(node.end_byte)


def _span(source: SourceFile, node: tree_sitter.Node) -> Span:
    return Span(source.path, _start(source, node), _end(source, node))


def _in_json(source: SourceFile, address: Address) -> Iterator[Mention]:
    for where, start, end in _named(source).get(str(address), ()):
        rest = _REST.match(source.text, start + len(str(address)), end)
        last = rest.end() if rest else start + len(str(address))
        named, whole = Span(source.path, start, start + len(str(address))), Span(source.path, start, last)
        said = source.text[named.end : last]
        yield Mention(named, whole, said, _attribute(said), *where, _is_counted(source, whole, said))


@lru_cache(maxsize=_MOST_FILES)
def _named(source: SourceFile) -> dict[str, list[tuple[_Where, int, int]]]:
    """Where each address stands in the expressions of a file, looked for once: the place, the start and the end of the
    expression.
    """
    found: dict[str, list[tuple[_Where, int, int]]] = {}
    root = json_places.read(source)
    for path, argument, scalar in () if isinstance(root, Problem) else _scalars(root):
        where = _json_place(path, argument, scalar)
        for start, end in _referring(source, scalar, where.path):
            for name in _ADDRESS.finditer(source.text, start, end):
                found.setdefault(name[0], []).append((where, name.start(), end))
    return found


_Found = tuple[tuple[str, ...], Span, Scalar]


def _scalars(root: Node) -> Iterator[_Found]:
    """Every string, with the keys that lead to it and the place of the member that it belongs to."""
    waiting: list[tuple[tuple[str, ...], Span, Node]] = [((), root.span, root)]
    while waiting:
        path, member, node = waiting.pop()
        match node:
            case Scalar(_, str()):
                yield path, member, node
            case Mapping(_, members):
                for one in reversed(members):
                    whole = Span(one.key_span.path, one.key_span.start, one.value.span.end)
                    waiting.append(((*path, one.key), whole, one.value))
            case Sequence(_, items):
                waiting.extend((path, member, item) for item in reversed(items))
            case Tagged() | Scalar():
                pass


_LABELS = {"resource": 3, "data": 3, "variable": 2, "output": 2, "module": 2, "provider": 2, "check": 2}


def _json_place(path: tuple[str, ...], argument: Span, scalar: Scalar) -> _Where:
    labels = _LABELS.get(path[0], 1) if path else 0
    return _Where(path[:labels], path[labels:], argument, scalar.span)


def _referring(source: SourceFile, scalar: Scalar, path: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The stretches of a string that are expressions: all of it where a resource is named, else what is interpolated.

    Source: Terraform language, "JSON Configuration Syntax".
    """
    start, end = scalar.span.start + 1, scalar.span.end - 1
    if path and path[-1] in _LISTS_OF_RESOURCES:
        yield start, end
        return
    at = start
    while (opened := source.text.find("{", at, end)) != -1:
        at = opened + 1
        if source.text[max(start, opened - 1) : opened] in ("$", "%") and not _is_escaped(source.text, start, opened):
            at = _closing(source.text, at, end)
            yield opened + 1, at


def _is_escaped(text: str, start: int, brace: int) -> bool:
    mark = text[brace - 1]
    return brace - 2 >= start and text[brace - 2] == mark


def _closing(text: str, at: int, end: int) -> int:
    """Where the brace closes that was opened before an offset."""
    deep = 1
    for found in re.compile(r"[{}]").finditer(text, at, end):
        deep += 1 if found[0] == "{" else -1
        if not deep:
            return found.start()
    return end
