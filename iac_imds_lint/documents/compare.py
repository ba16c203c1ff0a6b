"""Two readings of a text, compared by structure: what an edit really changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged

Path: TypeAlias = "tuple[str | int, ...]"


class _Missing:
    """Stands for what is not there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


class Difference(NamedTuple):
    """A place where two readings differ. Either side is MISSING where the place is in the other only."""

    path: Path
    before: object
    after: object


def plain(node: Node) -> Any:
    """A tree as plain data: a tag becomes a mapping of one key, ``!Tag``, and of a key written twice the last one."""
    match node:
        case Scalar(_, content, _):
            return content
        case Sequence(_, items):
            return [plain(item) for item in items]
        case Mapping(_, members):
            return {member.key: plain(member.value) for member in members}
        case Tagged(_, tag, inner):
            return {f"!{tag}": plain(inner)}


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Where two pieces of plain data differ, in their order; types count, the order of keys does not."""
    found: list[Difference] = []
    waiting: list[Difference] = [Difference((), before, after)]
    while waiting:
        pair = waiting.pop()
        inner = _inside(pair)
        if inner is not None:
            waiting.extend(reversed(list(inner)))
        elif type(pair.before) is not type(pair.after) or pair.before != pair.after:
            found.append(pair)
    return tuple(found)


def _inside(pair: Difference) -> Iterator[Difference] | None:
    """The pairs of what two collections of one kind hold; None where they are no such pair."""
    match pair:
        case Difference(path, dict() as one, dict() as other):
            keys = dict.fromkeys((*one, *other))
            return (Difference((*path, key), one.get(key, MISSING), other.get(key, MISSING)) for key in keys)
        case Difference(path, list() as one, list() as other):
            both = zip_longest(one, other, fillvalue=MISSING)
            return (Difference((*path, index), left, right) for index, (left, right) in enumerate(both))
        case _:
            return None
