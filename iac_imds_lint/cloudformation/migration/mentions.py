"""Where a template speaks of its launch configurations: by functions, in DependsOn, and in text that scripts read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.migration import spoken
from iac_imds_lint.cloudformation.migration.naming import new_ids
from iac_imds_lint.cloudformation.template import LOOP, Call, Parsed, call_of, edited, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import SourceFile, Span

CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
GROUP = "AWS::AutoScaling::AutoScalingGroup"
# The property of a group that names a configuration.
LAUNCHED = "LaunchConfigurationName"

Path: TypeAlias = "tuple[str, ...]"

_SUBSTITUTED = re.compile(r"\$\{\s*([A-Za-z0-9]+)(?:\.[^{}]*)?\s*\}")
# Stands for what is inserted into a text: nothing that begins a comment.
_INSERTED = "$"


class Kind(Enum):
    """How a resource is spoken of."""

    REF = "Ref"
    GET_ATT = "Fn::GetAtt"
    SUB = "Fn::Sub"
    DEPENDS_ON = "DependsOn"
    TEXT = "text"


class Mention(NamedTuple):
    """One place: the scalar that holds the logical ID, the node of the whole call, and the keys that lead there."""

    kind: Kind
    name: str
    span: Span
    call: Node
    path: Path


class Index(NamedTuple):
    """All that a template says of its launch configurations, by logical ID, and the IDs that they would get.

    ``declared`` are all resources and ``parameters`` the declarations of parameters, by logical ID, ``heads`` the
    resources by their heads. ``configurations`` are those that stand in the template as such, by no loop, and
    ``groups`` what may launch from them. ``conditions`` are the definitions of conditions. ``computed`` is the name in
    a ``Ref`` that a loop makes, which may come to any; empty where there is none.
    """

    mentions: dict[str, tuple[Mention, ...]]
    ids: dict[str, str]
    declared: dict[str, Member]
    parameters: dict[str, Node]
    heads: dict[Span, Member]
    configurations: dict[str, Member]
    groups: dict[str, Member]
    conditions: dict[str, Node]
    computed: str = ""

    def launching(self, name: str) -> dict[str, Member]:
        """The groups that launch from a configuration, by logical ID."""
        named = (one.path[1] for one in self.mentions.get(name, ()) if self.is_launched(one))
        return {group: self.groups[group] for group in named}

    def is_launched(self, mention: Mention) -> bool:
        """Whether it is what a group launches from."""
        at_group = mention.path[:1] == ("Resources",) and mention.path[1] in self.groups
        return mention.kind is Kind.REF and at_group and mention.path[2:4] == ("Properties", LAUNCHED)


@lru_cache(maxsize=4)
def index(source: SourceFile, at: int) -> Index:
    """The index of the template that begins at an offset in a file."""
    parsed = edited(source, at)
    if not isinstance(parsed, Parsed):
        return Index({}, {}, {}, {}, {}, {}, {}, {})
    heads = {member.key_span: member for member in parsed.resources()}
    declared = {member.key: member for member in heads.values()}
    types = {name: type_of(member) for name, member in declared.items()}
    names = [name for name, kind in types.items() if kind == CONFIGURATION]
    wanted = frozenset(names)
    found: dict[str, list[Mention]] = {}
    computed = ""
    for mention in _Walk(wanted, types).mentions(parsed.root, ()):
        if mention.name in wanted:
            found.setdefault(mention.name, []).append(mention)
        else:
            computed = computed or mention.name
    taken = {member.key for section in ("Parameters", "Resources") for member in parsed.section(section)}
    taken.update(types)
    return Index(
        mentions={name: tuple(some) for name, some in found.items()},
        ids=new_ids(names, taken),
        declared=declared,
        parameters={member.key: member.value for member in parsed.section("Parameters")},
        heads=heads,
        configurations=_of_type(parsed, CONFIGURATION),
        groups=_of_type(parsed, GROUP),
        conditions={member.key: member.value for member in parsed.section("Conditions")},
        computed=computed,
    )


def _of_type(parsed: Parsed, wanted: str) -> dict[str, Member]:
    return {member.key: member for member in parsed.section("Resources") if type_of(member) == wanted}


class _Walk:
    """Walks a tree once, what is shared through aliases included."""

    def __init__(self, wanted: frozenset[str], types: dict[str, str]) -> None:
        self._wanted = wanted
        self._types = types
        self._shared: set[Span] = set()

    def mentions(self, node: Node, path: Path) -> Iterator[Mention]:
        """The mentions below a node; references that a loop computes under the name that is written."""
        match call_of(node):
            case Call("Ref", Scalar(span, str(name), _)) if name in self._wanted or "${" in name or "&{" in name:
                yield Mention(Kind.REF, name, span, node, path)
            case Call("Fn::GetAtt", argument):
                yield from self._attribute(node, argument, path)
                yield from self._below(argument, (*path, "Fn::GetAtt"))
            case Call("Fn::Sub", Scalar() as text):
                yield from self._substituted(node, text, frozenset(), path)
            case Call("Fn::Sub", Sequence(_, (Scalar() as text, Mapping() as given))):
                yield from self._substituted(node, text, frozenset(m.key for m in given.members), path)
                yield from self._below(given, (*path, "Fn::Sub"))
            case Call("Fn::Join", Sequence(_, (Scalar(_, str(delimiter), _) as between, Sequence() as joined))):
                yield from self._text(between, delimiter, (*path, "Fn::Join"))
                yield from self._joined(delimiter, joined, (*path, "Fn::Join"))
            case Call(function, argument):
                yield from self.mentions(argument, (*path, function))
            case None:
                yield from self._below(node, path)

    def _below(self, node: Node, path: Path) -> Iterator[Mention]:
        match node:
            case Mapping(_, members):
                for member in members:
                    if not member.aliased or self._first(member.value):
                        yield from self.mentions(member.value, (*path, member.key))
            case Sequence(_, items, _, aliased):
                for number, item in enumerate(items):
                    if number not in aliased or self._first(item):
                        yield from self.mentions(item, path)
            case Tagged(_, _, inner):
                yield from self.mentions(inner, path)
            case Scalar(span, str(text), _):
                if _is_dependency(path) and text in self._wanted:
                    yield Mention(Kind.DEPENDS_ON, text, span, node, path)
                else:
                    yield from self._text(node, text, path)
            case _:
                return

    def _joined(self, delimiter: str, joined: Sequence, path: Path) -> Iterator[Mention]:
        texts = [item.content if isinstance(item, Scalar) else None for item in joined.items]
        begin = spoken.pieces(delimiter, [text if isinstance(text, str) else None for text in texts])
        for number, (item, text, begins) in enumerate(zip(joined.items, texts, begin, strict=True)):
            if number in joined.aliased and not self._first(item):
                continue
            if isinstance(item, Scalar) and isinstance(text, str):
                yield from self._spoken(item, text, path, begins_line=begins)
            else:
                yield from self.mentions(item, path)

    def _first(self, shared: Node) -> bool:
        """Whether what an alias shares is met for the first time."""
        new = shared.span not in self._shared
        self._shared.add(shared.span)
        return new

    def _attribute(self, call: Node, argument: Node, path: Path) -> Iterator[Mention]:
        match argument:
            case Scalar(span, str(text), _) | Sequence(_, (Scalar(span, str(text), _), *_)):
                name = text.partition(".")[0]
                if name in self._wanted:
                    yield Mention(Kind.GET_ATT, name, span, call, path)
            case _:
                return

    def _substituted(self, call: Node, text: Scalar, given: frozenset[str], path: Path) -> Iterator[Mention]:
        if not isinstance(text.content, str):
            return
        names = {match[1] for match in _SUBSTITUTED.finditer(text.content)} - given
        for name in sorted(names & self._wanted):
            yield Mention(Kind.SUB, name, text.span, call, path)
        yield from self._text(text, _SUBSTITUTED.sub(_INSERTED, text.content), path)

    def _text(self, node: Scalar, text: str, path: Path) -> Iterator[Mention]:
        yield from self._spoken(node, text, path, begins_line="Fn::Join" not in path)

    def _spoken(self, node: Scalar, text: str, path: Path, *, begins_line: bool) -> Iterator[Mention]:
        """What text says that a script or an agent may read: scripts name a resource by its logical ID."""
        if spoken.is_silent(path, self._types.get(path[1], "") if len(path) > 1 else ""):
            return
        for name in sorted(self._wanted & spoken.words(text, begins_line=begins_line)):
            yield Mention(Kind.TEXT, name, node.span, node, path)


def _is_dependency(path: Path) -> bool:
    """Whether a path is that of a resource's DependsOn, also of one that a loop writes."""
    return path[:1] == ("Resources",) and path[-1] == "DependsOn" and (len(path) == 3 or path[1].startswith(LOOP))
