"""Two readings of a text into which more was inserted: whether all that is new in them is that."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from iac_imds_lint.documents.compare import Difference, differences

# How a text is written where it stands: indented, its quotes and markers escaped. What it says stays without these.
_SPELT = re.compile(r"\\[nrt]|[\s\\]|(?<=\$)\$(?=\{)|(?<=%)%(?=\{)|(?<=\$\{)!")
_JOINS = ("Fn::Join", "!Join")
# An item of a list that goes before another one, with what parts the two.
_ITEM = re.compile(r"([\"']?)(.*)\1\s*(?:,|\n\s*-)\s*", re.DOTALL)


def ungrown(before: object, after: object, inserted: Sequence[str]) -> str:
    """The first place where two readings differ by anything but what was inserted, in order; empty where nowhere."""
    new = [_said(_item(text)) for text in inserted]
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


def _item(text: str) -> str:
    found = _ITEM.fullmatch(text)
    return found[2] if found else text


def _said(text: str) -> str:
    return _SPELT.sub("", text)


def grown(before: str, after: str, inserted: Sequence[str]) -> bool:
    """Whether ``after`` is ``before`` with some of the insertions, in their order, each once at most."""
    numbers: dict[str, list[int]] = {}
    for number, text in enumerate(inserted):
        numbers.setdefault(text, []).append(number)
    # By offsets in ``after``: how many characters were inserted before it, and the least insertion that may be next.
    reached: dict[int, dict[int, int]] = {0: {0: 0}}
    for offset in range(len(after)):
        for more, least in reached.pop(offset, {}).items():
            if offset - more < len(before) and after[offset] == before[offset - more]:
                _reach(reached, offset + 1, more, least)
            for text, places in numbers.items():
                place = bisect_left(places, least)
                if place < len(places) and after.startswith(text, offset):
                    _reach(reached, offset + len(text), more + len(text), places[place] + 1)
    return len(after) - len(before) in reached.get(len(after), {})


def _reach(reached: dict[int, dict[int, int]], offset: int, more: int, least: int) -> None:
    there = reached.setdefault(offset, {})
    there[more] = min(there.get(more, least), least)


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
