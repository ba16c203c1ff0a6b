"""What is written after our marker, in a comment of whatever language: ``ignore[CODES] [until=YYYY-MM-DD] reason``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.directive import Code, Mistake, Until, day_of
from iac_imds_lint.edit import Edit
from iac_imds_lint.nearest import nearest
from iac_imds_lint.rules import NAMES
from iac_imds_lint.source import SourceFile, Span

MARKER = "iac-imds-lint:"

_ASKS = re.compile(r"[ \t]*(ignore|ignore-file)\[([^\]\r\n]*)\]")
# A word that other tools' comments begin with: what stands from there on is theirs.
_OTHERS = re.compile(
    r"\b(?:checkov:skip|bridgecrew:skip|tfsec:ignore|trivy:ignore|kics-scan|nosemgrep|ts:skip|tflint-ignore|noqa)\b"
)
_UNTIL = re.compile(r"(?<!\S)until=(\S*)")
# Slips that would have a suppression count forever: another word before a day, another sign between the two.
_SLIP = r"(?:until|untill|expire[sd]?|expiry|expiration|exp|till?)"
_MEANT = re.compile(
    rf"(?:(?<=\])[ \t]*{_SLIP}[ \t]*[:=]?|(?<!\S){_SLIP}=)[ \t]*\d{{4}}-\d\d?(?:-\d\d?)?\b", re.IGNORECASE
)
_NO_CODE = "this comment ignores nothing: it names no code"
_HOW = "write until=YYYY-MM-DD, such as until=2027-01-31"


class Words(NamedTuple):
    """What a marker is followed by. ``is_dated`` is False where it has a last day that
    cannot be read: then it does not count. ``end`` is the offset where it ends.
    """

    is_file: bool
    codes: tuple[Code, ...]
    reason: str
    until: Until | None
    mistakes: tuple[Mistake, ...]
    end: int
    is_dated: bool = True


def read(source: SourceFile, start: int, end: int) -> Words | None:
    """The words between two offsets, the first of which is just behind a marker; None where they ask for nothing."""
    found = _ASKS.match(source.text, start, end)
    if found is None:
        return None
    listed = tuple(_listed(source, *found.span(2)))
    ours = _end(source.text, found.end(), end)
    until = _until(source, found.end(), ours)
    mistakes = [] if listed else [Mistake(Span(source.path, found.start(1), found.end()), _NO_CODE)]
    mistakes += [until] if isinstance(until, Mistake) else []
    return Words(
        found.group(1) == "ignore-file",
        listed,
        _reason(source.text[found.end() : ours]),
        until if isinstance(until, Until) else None,
        tuple(mistakes),
        ours,
        is_dated=not isinstance(until, Mistake),
    )


def _listed(source: SourceFile, start: int, end: int) -> Iterator[Code]:
    for match in re.compile(r"[^,\s]+").finditer(source.text, start, end):
        yield Code(match.group(), Span(source.path, *match.span()))


def _end(text: str, start: int, end: int) -> int:
    """Where the words end: before a word of another tool's."""
    other = _OTHERS.search(text, start, end)
    return other.start() if other else end


def _until(source: SourceFile, start: int, end: int) -> Until | Mistake | None:
    """The last day, or why that what is written is none."""
    found = list(_UNTIL.finditer(source.text, start, end))
    if len(found) > 1:
        return Mistake(Span(source.path, *found[1].span()), "until= is written twice: write one last day")
    if found:
        span, written = Span(source.path, *found[0].span(1)), found[0].group(1)
        day = day_of(written)
        return Until(day, span) if day is not None else Mistake(span, f"{written or 'until='} is no day: {_HOW}")
    slip = _MEANT.search(source.text, start, end)
    if slip is None:
        return None
    written = slip.group().strip()
    return Mistake(Span(source.path, slip.end() - len(written), slip.end()), f"{written} is no last day: {_HOW}")


def without(source: SourceFile, codes: Sequence[Code], removed: Collection[Span]) -> tuple[Edit, ...]:
    """The edits that take some codes, but not all, out of a list, each with the comma that parts it from the next."""
    return tuple(Edit(Span(source.path, *place), "") for place in _places(codes, frozenset(removed)))


def _places(codes: Sequence[Code], removed: Collection[Span]) -> Iterator[tuple[int, int]]:
    start, kept = None, 0
    for code in codes:
        if code.span in removed:
            start = code.span.start if start is None else start
            continue
        if start is not None:
            yield start, code.span.start
            start = None
        kept = code.span.end
    if start is not None:
        yield kept, codes[-1].span.end


@lru_cache(maxsize=64)
def no_rule(written: str) -> str:
    """What there is to say of a word that is written where the code of a rule belongs."""
    by_name = {name: code for code, name in NAMES.items()}
    meant = by_name.get(written.lower()) or nearest(written, NAMES)
    return f"{written} is not a rule" + (f"; did you mean {meant}?" if meant else "")


def _reason(text: str) -> str:
    """What a text gives as the reason."""
    bare = _UNTIL.sub(" ", text).strip(" \t\r\n-:;,#")
    return " ".join(re.sub(r"^reason\s*[:=]\s*", "", bare, flags=re.IGNORECASE).split())
