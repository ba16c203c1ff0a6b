"""The tree that YAML and JSON are read into: values with their places, nothing interpreted.

Trees share nodes where YAML has aliases (an alias is the anchored node itself), so walk them by need, never whole.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from iac_imds_lint.source import Span

# Deeper nesting than this is refused by the readers, so that whatever walks a tree may recurse. Real templates stay
# below 40; Python's own limit is 1,000 frames.
DEEPEST = 100


class Scalar(NamedTuple):
    """A leaf. ``content`` is typed as the language types it (YAML 1.1 core as CloudFormation reads it: booleans and
    numbers are told apart from quoted text); ``quoted`` says that the text stands in quotes or a block scalar;
    ``computed`` that the content is what a rewriting of the tree made of what stands there.
    """

    span: Span
    content: str | int | float | bool | None
    quoted: bool
    computed: bool = False


class Sequence(NamedTuple):
    """A list. ``flow`` is True for ``[...]``, False for YAML's dashes. ``aliased`` are the places of items that others
    share through an alias, as in :class:`Member`.
    """

    span: Span
    items: tuple[Node, ...]
    flow: bool
    aliased: tuple[int, ...] = ()


class Member(NamedTuple):
    """A key of a mapping with its value. ``aliased`` says that the value was reached through an alias or a merge key:
    never edit it there, others share it. ``merged`` that it was by a merge key, so that one may be written beside it.
    """

    key: str
    key_span: Span
    value: Node
    aliased: bool = False
    merged: bool = False


class Mapping(NamedTuple):
    """An object. Duplicate keys are kept, in order. ``flow`` is True for ``{...}``."""

    span: Span
    members: tuple[Member, ...]
    flow: bool

    def get(self, key: str) -> Node | None:
        """The value of a key (the last one, where it is written twice), or None."""
        return next((member.value for member in reversed(self.members) if member.key == key), None)


class Tagged(NamedTuple):
    """A node under a YAML tag of its own, such as ``!Ref``. ``tag`` has no exclamation mark."""

    span: Span
    tag: str
    node: Node


Node: TypeAlias = "Scalar | Sequence | Mapping | Tagged"
