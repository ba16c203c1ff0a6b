"""What a template's names decide: the properties, conditions and outputs that take a parameter or a mapping's entry.

Each text is walked once. A mapping's entry is taken by every ``Fn::FindInMap`` whose keys do not name another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Names
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.cloudformation import nested, substitution
from iac_imds_lint.cloudformation.template import LOOP, Call, Parsed, all_edited, call_of, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Tagged
from iac_imds_lint.documents.node import Sequence as List
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.value import text_of

# Keys that say nothing of what they hold: the one around them does.
_PALE = frozenset(("Key", "Name", "Value", "Values"))
_NAMED_SECTIONS = {"Conditions": "the condition", "Outputs": "the output", "Rules": "the rule"}
_WALKED = ("Resources", *_NAMED_SECTIONS, "Globals")


class Use(NamedTuple):
    """A place that takes a value, and what it is. ``head`` is where the resource begins that it is in, ``key`` the
    property there; ``passed`` is the parameter of a nested stack that is given the value.
    """

    span: Span
    what: str
    head: Span | None = None
    key: str = ""
    passed: str = ""


class Uses:
    """What takes one value: by what it is, the first place of each, and by the resource that it is in."""

    def __init__(self) -> None:
        self.every: dict[str, Use] = {}
        self._within: dict[Span, list[Use]] = {}

    def add(self, use: Use) -> None:
        """Add what is not there yet."""
        if use.what not in self.every:
            self.every[use.what] = use
            if use.head is not None:
                self._within.setdefault(use.head, []).append(use)

    def within(self, head: Span) -> Sequence[Use]:
        """Those in the resource that begins there."""
        return self._within.get(head, ())


class Entry(NamedTuple):
    """What an ``Fn::FindInMap`` asks for: the mapping and its two keys, None where a key is no literal."""

    mapping: str
    row: str | None
    column: str | None


class Index(NamedTuple):
    """The uses in one template, by the names of parameters and the entries of mappings, in the order of the text."""

    begin: int
    named: Names[str, Uses]
    found: Names[Entry, Uses]

    def entry(self, mapping: str, row: str, column: str) -> list[Uses]:
        """What takes one entry of a mapping: by its keys, or by one that is not written out."""
        keys = [Entry(mapping, one, other) for one in (row, None) for other in (column, None)]
        return [self.found[key] for key in keys if key in self.found]


def index(source: SourceFile, at: int) -> Index | None:
    """The uses in the template around an offset; None where there is none."""
    held = _indices(source)
    return next((one for one in reversed(held) if one.begin <= at), held[0] if held else None)


@lru_cache(maxsize=4)
def _indices(source: SourceFile) -> tuple[Index, ...]:
    held = all_edited(source)
    return () if isinstance(held, Problem) else tuple(_Walk(parsed).index() for parsed in held)


class _Where(NamedTuple):
    """How far a walk has come: the section, the member of it, and the property that a value is for."""

    section: str
    holder: Member
    key: str = ""
    depth: int = 0
    stack: bool = False

    def into(self, member: Member) -> _Where:
        """What a member of the value here is for."""
        if member.key.startswith("Fn::"):
            return self
        parameter = self.depth == 2 and self.key == "Parameters" and self.stack
        pale = member.key in _PALE and self.depth > 1
        key = f"parameter {member.key}" if parameter else self.key if pale else member.key
        return self._replace(key=key, depth=self.depth + 1)

    def use(self, span: Span) -> Use:
        """A place there, and what it is."""
        name = self.holder.key
        if self.section in _NAMED_SECTIONS:
            return Use(span, f"{_NAMED_SECTIONS[self.section]} {name}")
        if self.section == "Globals":
            return Use(span, f"the {self.key} of the {name} globals")
        if name.startswith(LOOP):
            return Use(span, f"the loop {name.removeprefix(LOOP)}")
        if self.stack and self.key.startswith("parameter "):
            return Use(
                span, f"{self.key} of stack {name}", self.holder.key_span, passed=self.key.removeprefix("parameter ")
            )
        return Use(span, f"{name}'s {self.key or 'declaration'}", self.holder.key_span, self.key)


class _Walk:
    """One walk through a template. What aliases share is looked at in each place; the reader bounds it."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._named: dict[str, Uses] = {}
        self._found: dict[Entry, Uses] = {}

    def index(self) -> Index:
        for section in _WALKED:
            for member in self._parsed.section(section):
                self._member(section, member)
        return Index(self._parsed.root.span.start, self._named, self._found)

    def _member(self, section: str, member: Member) -> None:
        """A member of a section; of a loop, each thing that it repeats."""
        match member.value:
            case List(_, (_, collection, Mapping(_, repeated))) if member.key.startswith(LOOP):
                self._walk(collection, _Where(section, member))
                for inner in repeated:
                    self._member(section, inner)
            case value:
                stack = section == "Resources" and type_of(member) in nested.LOCATIONS
                self._walk(value, _Where(section, member, stack=stack))

    def _walk(self, node: Node, where: _Where) -> None:
        if isinstance(node, Scalar):
            return
        call = call_of(node)
        if call is not None:
            self._called(call, where.use(node.span))
        for child, inside in _children(node, where):
            self._walk(child, inside)

    def _called(self, call: Call, use: Use) -> None:
        match call:
            case Call("Ref", Scalar(_, str(name))):
                self._named.setdefault(name, Uses()).add(use)
            case Call("Fn::FindInMap", List(_, (mapping, row, column, *_))):
                entry = Entry(_text(mapping) or "", _text(row), _text(column))
                self._found.setdefault(entry, Uses()).add(use)
            case Call("Fn::Sub", argument):
                for name in _inserted(argument):
                    self._named.setdefault(name, Uses()).add(use)
            case _:
                pass


def _children(node: Node, where: _Where) -> Iterator[tuple[Node, _Where]]:
    match node:
        case Tagged(_, _, inner):
            yield inner, where
        case List(_, items):
            yield from ((item, where) for item in items)
        case Mapping(_, members):
            yield from ((member.value, where.into(member)) for member in members)
        case Scalar():
            return


def _inserted(argument: Node) -> Iterator[str]:
    """The names that ``Fn::Sub`` inserts, but for those that it brings itself."""
    match argument:
        case Scalar(_, str(text)):
            own: frozenset[str] = frozenset()
        case List(_, (Scalar(_, str(text)), Mapping(_, members))):
            own = frozenset(member.key for member in members)
        case _:
            return
    names = (piece.strip() for piece in (substitution.pieces(text) or [])[1::2])
    yield from dict.fromkeys(name for name in names if name not in own)


def _text(node: Node) -> str | None:
    return text_of(node.content) if isinstance(node, Scalar) else None
