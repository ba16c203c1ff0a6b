"""A broken YAML text read without the lines that break it.

libyaml stops at the first error. So the lines that may be to blame are blanked, the fewest first, and the text is read
again: offsets stay those of the text. With a line go the deeper ones below it, which would belong to another key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.documents import yaml_reader
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.documents.tolerated import Tolerated
from iac_imds_lint.documents.yaml_reader import Stumble
from iac_imds_lint.source import Position, Problem, SourceFile, Span

# So many errors are passed over, and so many characters read for that in all.
_MOST_ERRORS = 4
_MOST_READ = 2_000_000
# How far a quote or bracket without its other one is looked for upwards, in lines.
_FAR = 40
_DEEP = 1000
# An error that begins with what was being read, not where the reading stopped.
_EARLIER = re.compile(r"expected ':'|quoted scalar|end of stream|flow|block scalar")
_NOT_NEWLINE = re.compile(r"[^\r\n]")
# What is no key, whatever it is to be.
_LONE = re.compile(r"\s*[^\s\w\"'{\[-][^:]*$|\s*-[^\s:][^:]*$")
_KEY = re.compile(r"[\w:.-]+(?:\s*|:\s.*)")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&[\w-]+")
_PAIRS = {"{": "}", "[": "]"}


class _Range(NamedTuple):
    """Some lines, by their rows from 0, up to ``end``."""

    start: int
    end: int


def read(source: SourceFile) -> Tolerated | None:
    """What can be read of a text that is broken; None where that is nothing, or nothing is wrong."""
    stumble = yaml_reader.attempt(source)
    if not isinstance(stumble, Stumble):
        return None
    reading = _Reading(source)
    documents = reading.documents(stumble)
    if documents is None:
        return None
    spans = sorted(reading.spans())
    problem = _placed(source, stumble, reading.left[0])
    return Tolerated(documents, problem, tuple(place for span in spans for place in _places(source, documents, span)))


class _Reading:
    """The text with more and more lines left out."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._lines = source.text.split("\n")
        self._budget = _MOST_READ
        self.left: list[_Range] = []

    def documents(self, stumble: Stumble) -> tuple[Node, ...] | None:
        """The documents of what is left; None where no few lines are to blame."""
        for _ in range(_MOST_ERRORS):
            best: tuple[Stumble, _Range] | None = None
            for lines in dict.fromkeys(self._suspects(stumble)):
                found = self._without(lines)
                if found is None:
                    return None
                if not isinstance(found, Stumble):
                    self.left.append(lines)
                    return found
                if best is None or found.at > best[0].at:
                    best = found, lines
            if best is None or best[0].at <= stumble.at:
                return None
            stumble, lines = best
            self.left.append(lines)
            self._blank(lines)
        return None

    def spans(self) -> Iterator[Span]:
        """What is left out, without the blanks around it."""
        for start, end in self.left:
            first = self._offset(start)
            text = self._source.text[first : self._offset(end)]
            yield Span(self._source.path, first + len(text) - len(text.lstrip()), first + len(text.rstrip()))

    def _offset(self, row: int) -> int:
        return self._source.offset(row + 1, 1) if row < len(self._lines) else len(self._source.text)

    def _without(self, lines: _Range) -> tuple[Node, ...] | Stumble | None:
        """What a reading without some more lines gives; None where it would be one too many."""
        self._budget -= len(self._source.text)
        if self._budget < 0:
            return None
        kept = [*self._lines[: lines.start], *self._blanked(lines), *self._lines[lines.end :]]
        return yaml_reader.attempt(SourceFile(self._source.path, "\n".join(kept)))

    def _blanked(self, lines: _Range) -> Iterator[str]:
        return (_NOT_NEWLINE.sub(" ", line) for line in self._lines[lines.start : lines.end])

    def _blank(self, lines: _Range) -> None:
        self._lines[lines.start : lines.end] = list(self._blanked(lines))

    def _suspects(self, stumble: Stumble) -> Iterator[_Range]:
        """The lines that may be to blame, the likeliest first."""
        at, within = (self._source.position(offset).row - 1 for offset in (stumble.at, stumble.within))
        first, second = (within, at) if _EARLIER.search(stumble.problem.reason) else (at, within)
        for row in (first, self._above(at), self._unpaired(at), second, *self._holding(at)):
            if 0 <= row < len(self._lines) and self._lines[row].strip():
                yield self._with_below(row)

    def _above(self, row: int) -> int:
        """The line above that is not blank."""
        return next((n for n in range(min(row, len(self._lines)) - 1, -1, -1) if self._lines[n].strip()), -1)

    def _holding(self, row: int) -> Iterator[int]:
        """The lines that hold a line by its indentation, from the innermost outwards, but for the outermost."""
        depth = _depth(self._lines[row]) if row < len(self._lines) and self._lines[row].strip() else _DEEP
        for number in range(min(row, len(self._lines)) - 1, -1, -1):
            line = self._lines[number]
            if line.strip() and not line.lstrip().startswith("#") and 0 < _depth(line) < depth:
                depth = _depth(line)
                yield number
            if depth == 0 or (line.strip() and _depth(line) == 0):
                return

    def _unpaired(self, row: int) -> int:
        """The nearest line above with a quote or a bracket that has no other one on it."""
        rows = range(min(row, len(self._lines) - 1), max(-1, row - _FAR), -1)
        return next((n for n in rows if _is_unpaired(self._lines[n])), -1)

    def _with_below(self, row: int) -> _Range:
        """A line with what belongs to it: what is deeper below, and the items of a list at its own depth."""
        depth = _depth(self._lines[row])
        if _LONE.match(self._lines[row]) or "\t" in self._lines[row][:depth]:
            return _Range(row, row + 1)
        has_items = self._lines[row].rstrip().endswith(":")
        end = row + 1
        for number in range(row + 1, len(self._lines)):
            line = self._lines[number]
            if not line.strip():
                continue
            is_item = has_items and _depth(line) == depth and line.lstrip().startswith("- ")
            if _depth(line) <= depth and not is_item:
                break
            end = number + 1
        return _Range(row, end)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_unpaired(line: str) -> bool:
    brackets = any(line.count(one) != line.count(other) for one, other in _PAIRS.items())
    return brackets or line.count('"') % 2 == 1 or line.count("'") % 2 == 1


def _placed(source: SourceFile, stumble: Stumble, first: _Range) -> Problem:
    """What was wrong, at the place where it stopped the reading if that is left out, else where what is begins."""
    for place in (source.position(stumble.at), source.position(stumble.within)):
        if first.start < place.row <= first.end:
            return stumble.problem._replace(position=place)
    row = first.start + 1
    return stumble.problem._replace(position=Position(row, _depth(source.line(row)) + 1))


def _places(source: SourceFile, documents: tuple[Node, ...], span: Span) -> Iterator[Span]:
    """A place that is left out, and the key of what it would be a part of by its indentation, which counts only for
    what looks like a key. What others share through an alias is a part of them wherever they stand.
    """
    first = source.slice(span).split("\n")[0]
    is_key = _KEY.fullmatch(first) and "\t" not in source.indentation(span.start)
    depth = span.start - source.line_start(span.start) if is_key else _DEEP
    node = next((one for one in reversed(documents) if one.span.start <= span.start), None)
    inner, is_shared = None, _ANCHOR.search(source.slice(span)) is not None
    while node is not None and (found := _before(source, node, span.start, depth)) is not None:
        inner, node, is_shared = found, found.node, is_shared or found.is_shared
    yield Span(source.path, 0, len(source.text)) if is_shared else span
    if inner is not None:
        yield Span(source.path, inner.start, inner.start)


class _Inner(NamedTuple):
    """A member or an item: where it begins, and whether others share it."""

    start: int
    node: Node
    is_shared: bool


def _before(source: SourceFile, node: Node, at: int, depth: int) -> _Inner | None:
    """The member or item that stands before an offset, if what is indented so deep may belong to it."""
    places: list[_Inner] = []
    match node:
        case Mapping(_, members):
            places = [_Inner(one.key_span.start, one.value, one.aliased) for one in members if not one.merged]
        case Sequence(_, items, _, aliased):
            places = [_Inner(one.span.start, one, number in aliased) for number, one in enumerate(items)]
        case Tagged(_, _, inner):
            places = [_Inner(node.span.start, inner, is_shared=False)]
        case Scalar():
            pass
    last = max((one for one in places if one.start <= at), key=lambda one: one.start, default=None)
    return last if last is not None and last.start - source.line_start(last.start) < depth else None
