"""Text edits: what they are, how safe, and how they are applied. Knows nothing of rules or dialects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from iac_imds_lint.source import SourceFile, Span


class Applicability(IntEnum):
    """How far a fix may be trusted; a threshold is one comparison."""

    DISPLAY_ONLY = 0
    UNSAFE = 1
    SAFE = 2

    @property
    def label(self) -> str:
        """The name that reports use."""
        return self.name.lower().replace("_", "-")


class Edit(NamedTuple):
    """Replace the text of a span (empty for an insertion) by ``content``.

    ``says`` is what that is to whoever reads the file, where it is something else than what is written: a line as an
    item of a list, quotes that are written around a text.
    """

    span: Span
    content: str
    says: str | None = None

    @property
    def said(self) -> str:
        """What it is to whoever reads the file."""
        return self.content if self.says is None else self.says


class Step(NamedTuple):
    """What is left to do by hand, in a clause, and where."""

    span: Span
    message: str


class Renamed(NamedTuple):
    """An address of the file at ``path``, as its own module or template writes it, and what it becomes."""

    path: str
    before: str
    after: str


class Wanted(NamedTuple):
    """What fixes write: the values in place of literals, and the arguments that they add to calls of modules."""

    values: frozenset[str]
    arguments: frozenset[tuple[str, str]] = frozenset()


class Fix(NamedTuple):
    """What to do about a finding. ``note`` says why the fix is not safe, where it is not; ``edits`` are in order.

    ``by_hand`` is what they leave to do: with any of it, the edits are a draft. ``alternatives`` would mend the finding
    as well, in another place, and have none of their own. ``renamed`` are the resources that get another address.
    """

    message: str
    applicability: Applicability
    edits: tuple[Edit, ...]
    note: str = ""
    by_hand: tuple[Step, ...] = ()
    alternatives: tuple[Fix, ...] = ()
    renamed: tuple[Renamed, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """The files that it changes."""
        return frozenset(edit.span.path for edit in self.edits)


class Refusal(NamedTuple):
    """Why there is no fix, in words for the user: a result of its own, not an error."""

    reason: str


def conflicts(fix: Fix, taken: Mapping[str, Collection[Edit]]) -> bool:
    """Whether any edit of ``fix`` touches text that one of those ``taken``, by path, touches; equal ones do not."""
    for edit in fix.edits:
        others = taken.get(edit.span.path, ())
        if edit not in others and any(_touch(edit.span, other.span) for other in others):
            return True
    return False


def _touch(one: Span, other: Span) -> bool:
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits in order of places, each once; those that meet at an offset as one, in the order in which they are given.

    Who applies them need not know then which of two insertions at one place comes first.
    """
    done: list[Edit] = []
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.span):
        last = done[-1] if done else None
        if last is not None and last.span.path == edit.span.path and last.span.end == edit.span.start:
            says = None if last.says is edit.says is None else last.said + edit.said
            done[-1] = Edit(last.span._replace(end=edit.span.end), last.content + edit.content, says)
        else:
            done.append(edit)
    return tuple(done)


def between(source: SourceFile, start: int, end: int, edits: Iterable[Edit]) -> str:
    """The text between two offsets as edits of it leave it, which come in order."""
    parts, at = [], start
    for edit in edits:
        parts += [source.text[at : edit.span.start], edit.content]
        at = edit.span.end
    return "".join((*parts, source.text[at:end]))


def apply(source: SourceFile, edits: Iterable[Edit]) -> SourceFile:
    """The file with every edit of it spliced in, from the end; edits of other files are passed over.

    Raises ValueError where two edits overlap: callers drop conflicting fixes first.
    """
    text, limit = source.text, len(source.text)
    parts: list[str] = []
    for edit in sorted(
        {e for e in edits if e.span.path == source.path}, key=lambda e: (e.span.start, e.span.end), reverse=True
    ):
        if edit.span.end > limit:
            raise ValueError(f"overlapping edits at offset {edit.span.start} of {source.path}")
        parts += (text[edit.span.end : limit], edit.content)
        limit = edit.span.start
    parts.append(text[:limit])
    return SourceFile(source.path, "".join(reversed(parts)), source.bom)
