"""``AWS::Include``: what a local file writes, in the place where it is included.

Source: AWS CloudFormation Template Reference, "AWS::Include transform". ``aws cloudformation package`` takes a path,
relative to the template, for ``Location``, and uploads the file; what lies in S3 already is not read.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.budget import Budget
from iac_imds_lint.cloudformation.template import Parsed, call_of, fragment, merged, undecided
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.node import DEEPEST, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Unknown, Value, shown

_NAME = "AWS::Include"
_TRANSFORM = "Fn::Transform"
_REMOTE = ("s3://", "http://", "https://")
_SECTIONS = ("Resources", "Parameters", "Conditions", "Mappings", "Outputs")

# CloudFormation takes 1 MB in all: more files than these are no template of anybody's.
_MOST_FILES = 200
_TOO_MUCH = "what is included here is too much, or nested too deeply, to be followed"

Files: TypeAlias = "Mapping[str, Span]"
NO_FILES: Files = {}


class Included(NamedTuple):
    """A template with what it includes: the files that were read, each with the place in the template that leads to it,
    those that could not be, and what is not here.
    """

    parsed: Parsed
    files: Files
    problems: tuple[Problem, ...]
    unfollowed: tuple[Unfollowed, ...]


def included(parsed: Parsed, sources: Sources, value_of: Callable[[Node], Value], budget: Budget) -> Included:
    """The template with its includes in their places; ``value_of`` says what a location comes to.

    Where nothing can be included a function stays that says why: whatever it might write is not known.
    """
    reading = _Reading(sources, value_of, budget)
    root = reading.root(parsed.root, parsed.source.path)
    return Included(
        parsed._replace(root=root), reading.files, tuple(reading.problems.values()), tuple(reading.unfollowed)
    )


class _Stopped(NamedTuple):
    """An include that is not followed: where it leads, and why it is not, as a clause that follows that."""

    location: str
    why: str = ""

    @property
    def told(self) -> str:
        return f"{self.location}{self.why}"


_NO_MAPPING = _Stopped("several files", ", of which one holds no mapping,")
_NOT_READ = ", which is not read"


class _Found(NamedTuple):
    path: str
    node: Node


class _Reading:
    """Follows includes. ``above`` are the files that are being read, innermost last."""

    def __init__(self, sources: Sources, value_of: Callable[[Node], Value], budget: Budget) -> None:
        self.files: dict[str, Span] = {}
        self.problems: dict[str, Problem] = {}
        self.unfollowed: list[Unfollowed] = []
        self._sources = sources
        self._value_of = value_of
        self._read = 0
        self._deep = 0
        self._budget = budget

    def root(self, root: tree.Mapping, path: str) -> tree.Mapping:
        """A template's root; each of its sections may be included, and the root may include whole ones."""
        added = []
        for location in _locations(root.get("Transform")):
            found = self._found(location, (path,))
            if isinstance(found, _Found) and isinstance(found.node, tree.Mapping):
                added.append(found.node)
            else:
                self._tell(_told(found), path)
        sections = [
            member._replace(value=self.node(member.value, (path,))) if member.key in _SECTIONS else member
            for member in root.members
        ]
        own = root._replace(members=tuple(sections))
        return merged(root.span, [*added, own]) if added else own

    def _tell(self, told: str, path: str) -> None:
        """Tell of an include that is not followed, where whole resources may be missing for it."""
        if self._deep <= 1:
            self.unfollowed.append(Unfollowed("", told.rstrip(","), path))

    def node(self, node: Node, above: tuple[str, ...]) -> Node:
        """A node with what is included in it."""
        self._deep += 1
        enough = self._deep > DEEPEST or not self._budget.spend()
        written = undecided(node.span, _TOO_MUCH) if enough else self._written(node, above)
        self._deep -= 1
        return written

    def _written(self, node: Node, above: tuple[str, ...]) -> Node:
        call = call_of(node)
        if call is not None and call.function == _TRANSFORM and _locations(call.argument):
            return self._instead(node, call.argument, above)
        match node:
            case Tagged():
                return node._replace(node=self.node(node.node, above))
            case Sequence():
                return node._replace(items=tuple([self.node(item, above) for item in node.items]))
            case tree.Mapping():
                return node._replace(members=tuple(self._members(node.members, above)))
            case _:
                return node

    def _instead(self, node: Node, argument: Node, above: tuple[str, ...]) -> Node:
        """What stands in place of a mapping that only includes something."""
        found = self._all(argument, above)
        if len(found) == 1 and isinstance(found[0], _Found):
            return found[0].node
        if all(isinstance(one, _Found) and isinstance(one.node, tree.Mapping) for one in found):
            members = [m for one in found if isinstance(one, _Found) for m in _members_of(one.node)]
            return tree.Mapping(node.span, tuple(members), flow=False)
        stopped = next((one for one in found if isinstance(one, _Stopped)), _NO_MAPPING)
        self._tell(stopped.told, above[-1])
        return undecided(node.span, f"it is included from {stopped.told.rstrip(',')}{'' if stopped.why else _NOT_READ}")

    def _members(self, members: tuple[Member, ...], above: tuple[str, ...]) -> Iterator[Member]:
        """The members of a mapping after those that are included in it: of two with one key, its own counts."""
        own = [member for member in members if member.key != _TRANSFORM or not _locations(member.value)]
        for member in members:
            if member.key == _TRANSFORM:
                for found in self._all(member.value, above):
                    if isinstance(found, _Found) and isinstance(found.node, tree.Mapping):
                        yield from found.node.members
                    else:
                        self._tell(_told(found), above[-1])
                        yield member._replace(key=f"{_TRANSFORM} of {_told(found)}")
        for member in own:
            yield member._replace(value=self.node(member.value, above))

    def _all(self, transform: Node, above: tuple[str, ...]) -> list[_Found | _Stopped]:
        return [self._found(location, above) for location in _locations(transform)]

    def _found(self, location: Node, above: tuple[str, ...]) -> _Found | _Stopped:
        """What a location leads to, with what is included in that."""
        value = self._value_of(location)
        text = shown(value, "")
        if not text:
            reason = f" ({value.reason})" if isinstance(value, Unknown) else ""
            return _Stopped("a file", f" whose location is not known{reason}")
        if text.startswith(_REMOTE):
            return _Stopped(text)
        path = os.path.normpath(os.path.join(os.path.dirname(above[-1]), text))
        self._read += 1
        if path in above:
            return _Stopped(text, ", which includes itself,")
        if not self._sources.within(path):
            return _Stopped(text, ", which is not in the project,")
        if self._read > _MOST_FILES:
            return _Stopped(text, f", after {_MOST_FILES} other files,")
        self.files.setdefault(path, self.files.get(above[-1], location.span))
        return self._opened(text, path, above)

    def _opened(self, text: str, path: str, above: tuple[str, ...]) -> _Found | _Stopped:
        source = self._sources.read(path)
        held = fragment(source) if isinstance(source, SourceFile) else source
        match held:
            case None:
                return _Stopped(text, ", which is not there,")
            case Problem():
                whole = Span(path, 0, len(source.text)) if isinstance(source, SourceFile) else Span(path, 0, 0)
                self.problems.setdefault(path, held._replace(left_out=(whole,)))
                return _Stopped(text, ", which cannot be read,")
            case _:
                return _Found(path, self.node(held, (*above, path)))


def _told(found: _Found | _Stopped) -> str:
    return found.told if isinstance(found, _Stopped) else f"{found.path}, which is no mapping,"


def _members_of(node: Node) -> tuple[Member, ...]:
    return node.members if isinstance(node, tree.Mapping) else ()


def _locations(transform: Node | None) -> list[Node]:
    """The locations that a transform, or a list of them, includes."""
    transforms = transform.items if isinstance(transform, Sequence) else (transform,)
    found = []
    for one in transforms:
        parameters = one.get("Parameters") if isinstance(one, tree.Mapping) and _is_include(one) else None
        location = parameters.get("Location") if isinstance(parameters, tree.Mapping) else None
        found += [location] if location is not None else []
    return found


def _is_include(transform: tree.Mapping) -> bool:
    name = transform.get("Name")
    return isinstance(name, Scalar) and name.content == _NAME
