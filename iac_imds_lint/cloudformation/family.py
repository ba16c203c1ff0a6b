"""What all stacks under one root share, and what reading a stack gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from iac_imds_lint.cloudformation.budget import Budget
from iac_imds_lint.cloudformation.template import Parsed, parse, templates
from iac_imds_lint.directive import Said
from iac_imds_lint.model import Dormant, Resource
from iac_imds_lint.source import Problem, SourceFile, Span, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources

_T = TypeVar("_T")


class Told(NamedTuple):
    """What is to be told of a stack with all that it nests, beside what it launches.

    ``reached`` are the files that it nests or includes, ``unfollowed`` what is not here of such; ``problems`` do not
    keep anything from being read. ``uncreated`` is what conditions leave out, unless values decide it that the user
    gave; ``left_out`` are the bodies of all that they leave out.
    """

    reached: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    uncreated: tuple[Uncreated, ...] = ()
    said: tuple[Said, ...] = ()
    left_out: tuple[Span, ...] = ()


class Read(NamedTuple):
    """What a stack launches, what it would launch with other values, and what is to be told of it."""

    resources: tuple[Resource, ...] = ()
    dormant: tuple[Dormant, ...] = ()
    told: Told = Told()


NOTHING = Read()


def together(parts: Iterable[Read]) -> Read:
    """Several results as one."""
    counting = [part for part in parts if part is not NOTHING]
    return Read(
        tuple(chain.from_iterable(part.resources for part in counting)),
        tuple(chain.from_iterable(part.dormant for part in counting)),
        told_together([part.told for part in counting]),
    )


def told_together(parts: Sequence[Told]) -> Told:
    """All that several say, each once."""
    return Told(
        reached=_each(one.reached for one in parts),
        problems=_each(one.problems for one in parts),
        unfollowed=_each(one.unfollowed for one in parts),
        uncreated=_each(one.uncreated for one in parts),
        said=_each(one.said for one in parts),
        left_out=_each(one.left_out for one in parts),
    )


def _each(parts: Iterable[Iterable[_T]]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


class Family:
    """What all stacks under one root share: each file read once, within one budget.

    ``resting`` is that of what is not created, which takes nothing off the budget of what is.
    """

    def __init__(self, sources: Sources, resting: bool = False) -> None:
        self.sources = sources
        self.budget = Budget()
        self.resting: Family = self if resting else Family(sources, resting=True)
        self._parsed: dict[str, Parsed | Problem | str] = {}

    def parsed(self, path: str) -> Parsed | Problem | str:
        """The template at a path; a Problem where it cannot be read, or a clause that says why there is none."""
        if path not in self._parsed:
            self._parsed[path] = self._read(path)
        return self._parsed[path]

    def _read(self, path: str) -> Parsed | Problem | str:
        if not self.sources.within(path):
            return "which is not in the project"
        source = self.sources.read(path)
        if source is None:
            return "which is not there"
        held = parse(source) if isinstance(source, SourceFile) else source
        if isinstance(source, SourceFile) and isinstance(held, Problem):
            return _rest(source, held)
        return held or "which is no template"


def _rest(source: SourceFile, problem: Problem) -> Parsed | Problem:
    """What can be read of a broken template."""
    from iac_imds_lint.cloudformation import broken

    rest = broken.rest(source, problem) if isinstance(templates(source), Problem) else ()
    return rest[0] if rest else problem
