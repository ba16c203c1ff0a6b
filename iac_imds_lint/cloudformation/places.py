"""Where an evaluation stands in a template: at a node, at nothing, or at what an undecided condition leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.conditions import Assumed
from iac_imds_lint.documents.node import Node
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, Asked, Origin, Unknown


class Place(NamedTuple):
    """A node that the template settles on.

    ``span`` is the key or item that it stands at, ``trail`` what led from the resource to the node and ``what`` what
    the node is on that way, ``shared`` says that an alias leads to it, ``assumed`` are conditions taken as decided.
    """

    node: Node
    span: Span
    trail: tuple[Origin, ...] = ()
    what: str = "here"
    shared: bool = False
    assumed: Assumed = ()

    def way(self, *, literal: bool = False) -> tuple[Origin, ...]:
        """The way from the resource to this node."""
        return (*self.trail, Origin(self.node.span, self.what, literal and not self.shared))


class Fork(NamedTuple):
    """What stands at one place, by a condition that cannot be decided; as ``Branches`` have it."""

    condition: str
    choices: tuple[tuple[str, Reached], ...]
    way: tuple[Origin, ...]
    asked: Asked | None = None


Reached: TypeAlias = "Place | Absent | Unknown | Fork"


def each(reached: Reached) -> Iterator[Reached]:
    """All that may stand at a place, whatever the conditions come to."""
    if isinstance(reached, Fork):
        for _, choice in reached.choices:
            yield from each(choice)
    else:
        yield reached


def is_alias(node: Node, holder: Node) -> bool:
    """Whether a node that is held by another is reached through an alias: what that stands for is written before."""
    return node.span.path == holder.span.path and node.span.start < holder.span.start
