"""Bodies of which a part cannot be read: what is there counts, what is not may still be written there."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Opaque

# Their presence changes how many there are of a block, or where, or what may be shown: taken for absent unless they are
# what is being written.
_META = ("count", "for_each", "provider", "region", "sensitive", "ephemeral")


class Typed(NamedTuple):
    """The name that something left out begins with: all of it where ``is_whole``, else what there is of it so far."""

    name: str
    is_whole: bool

    def may_be(self, name: str) -> bool:
        """Whether what was left out may turn out to be of this name."""
        return name == self.name if self.is_whole else name.startswith(self.name)


# Nobody knows what is being written.
ANYTHING = Typed("", is_whole=False)


class Missing(NamedTuple):
    """A place that is left out, and the name of what is being written there."""

    span: Span
    typed: Typed = ANYTHING

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
