"""Two readings of a text into which more was inserted: whether all that is new in them is that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from iac_imds_lint.documents.compare import Difference, differences

# How a text is written where it stands: indented, its quotes and markers escaped. What it says stays without these.
_SPELT = re.compile(r"[\s\\]|(?<=\$)\$(?=\{)|(?<=%)%(?=\{)|(?<=\$\{)!")
_JOINS = ("Fn::Join", "!Join")


def ungrown(before: object, after: object, inserted: Sequence[str]) -> str:
    """The first place where two readings differ by anything but what was inserted, in order; empty where nowhere."""
    new = [_said(text) for text in inserted]
    for difference in differences(_joined(before), _joined(after)):
        if not _is_grown(difference, new):
            return ".".join(str(step) for step in difference.path) or "the file"
    return ""


def _is_grown(difference: Difference, inserted: Sequence[str]) -> bool:
    match difference:
        case Difference(_, str() as before, str() as after):
            return grown(_said(before), _said(after), inserted)
        case _:
            return False


def _said(text: str) -> str:
    return _SPELT.sub("", text)


def grown(before: str, after: str, inserted: Sequence[str]) -> bool:
    """Whether ``after`` is ``before`` with some of the insertions that follow each other, each once."""
    firsts: dict[str, list[int]] = {}
    for number, text in enumerate(inserted):
        firsts.setdefault(text, []).append(number)
    # By offsets in ``after``: how many characters were inserted before, and which insertion is next; -1 is any.
    reached: dict[int, set[tuple[int, int]]] = {0: {(0, -1)}}
    for offset in range(len(after)):
        for more, following in reached.pop(offset, ()):
            if offset - more < len(before) and after[offset] == before[offset - more]:
                reached.setdefault(offset + 1, set()).add((more, following))
            for text, numbers in firsts.items():
                if (following == -1 or following in numbers) and after.startswith(text, offset):
                    states = reached.setdefault(offset + len(text), set())
                    states.update((more + len(text), number + 1) for number in numbers if following in (-1, number))
    return any(len(after) - more == len(before) for more, _ in reached.get(len(after), ()))


def _joined(reading: Any) -> Any:
    """Plain data in which texts that CloudFormation joins are one: an insertion may be another item of theirs."""
    match reading:
        case dict():
            found = {key: _joined(value) for key, value in reading.items()}
            return {key: _as_one(value) if key in _JOINS else value for key, value in found.items()}
        case list():
            return [_joined(item) for item in reading]
        case _:
            return reading


def _as_one(arguments: Any) -> Any:
    """The arguments of ``Fn::Join`` with the texts that follow each other joined."""
    match arguments:
        case [str() as between, [*items]]:
            kept: list[Any] = []
            for item in items:
                if kept and isinstance(item, str) and isinstance(kept[-1], str):
                    kept[-1] += between + item
                else:
                    kept.append(item)
            return [between, kept]
        case _:
            return arguments
