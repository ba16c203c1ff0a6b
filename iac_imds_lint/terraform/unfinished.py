"""Bodies of which a part cannot be read: what is there counts, what is not may still be written there."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Opaque

# Their presence changes how many there are of a block, or what may be shown: taken for absent unless they are what is
# being written.
_META = ("count", "for_each", "sensitive", "ephemeral")


class Name(Protocol):
    """What is known of a name that is being written."""

    name: str

    def may_be(self, name: str) -> bool:
        """Whether it may turn out to be this one."""


class Missing(NamedTuple):
    """A place that is left out, and the name of what is being written there."""

    span: Span
    typed: Name

    def may_be(self, name: str) -> bool:
        """Whether what is being written may turn out to be of this name."""
        return self.typed.may_be(name) and (bool(self.typed.name) or name not in _META)

    def attribute(self, name: str) -> Attribute:
        """An argument of which only the name is known."""
        span = self.span
        return Attribute(name, span, span, lambda: Opaque(span, f"what {span.path} gives, which cannot be read,"))


class Unfinished(NamedTuple):
    """A body without what cannot be read. An argument that may be written there is not known."""

    body: Body
    missing: tuple[Missing, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The argument, or one that is not known."""
        found = self.body.attribute(name)
        if found is not None:
            return found
        return next((one.attribute(name) for one in self.missing if one.may_be(name)), None)

    def blocks(self, type: str) -> tuple[Block, ...]:
        """The nested blocks that can be read."""
        return self.body.blocks(type)

    def items(self) -> tuple[Attribute | Block, ...]:
        """What can be read."""
        return tuple(self.body.items())
