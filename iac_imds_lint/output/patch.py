"""Changed files as a patch that ``git apply`` and ``patch -p1`` take from the directory that the command ran in.

Lines end at a line feed and nowhere else. Names with a line feed, and what is not below the directory, are refused by
one of the two tools or by both: :func:`unnameable` says so beforehand. The headers have no ``diff --git`` line, for
after one git takes names from the top of the repository, and ``patch`` from the directory.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Sequence

from iac_imds_lint.ignoring import git_root
from iac_imds_lint.output.differing import Piece, differing
from iac_imds_lint.source import Problem, SourceFile

_CONTEXT = 3
# What git's quoting is for: control characters, the quote and the backslash (quote.c of git); bytes that are no UTF-8.
_QUOTED = re.compile(rb'[\x00-\x1f"\\\x7f]')
_ESCAPES = {0x07: "a", 0x08: "b", 0x09: "t", 0x0B: "v", 0x0C: "f", 0x0D: "r", 0x22: '"', 0x5C: "\\"}


def render(changed: Iterable[tuple[SourceFile, SourceFile]]) -> str:
    """A unified diff of (before, after) pairs, in the order given; a file with several names is in it once."""
    unique = {_name(before.path): (before, after) for before, after in changed}
    prefix = _prefix() if unique else ""
    return "".join(part for name, pair in unique.items() for part in _file(name, prefix, *pair))


def unnameable(paths: Iterable[str]) -> list[Problem]:
    """Which files a patch cannot name, and why."""
    named = ((path, _name(path)) for path in paths)
    return [Problem(path, reason) for path, name in named if (reason := _unnameable(name))]


def _unnameable(name: str) -> str:
    if "\n" in name:
        return "not in the patch: patch takes no name that holds a line feed"
    if os.path.isabs(name) or name.split("/", 1)[0] == os.pardir:
        above = os.path.commonpath([os.path.realpath(os.curdir), os.path.realpath(name)])
        return f"not in the patch, which reaches what is below the working directory: run this in {above}"
    return ""


def _file(name: str, prefix: str, before: SourceFile, after: SourceFile) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    pieces = differing(old, new)
    if not pieces:
        return
    yield f"--- {'a' if _is_misread(name, prefix) else _shown(f'a/{name}')}\n+++ {_shown(f'b/{name}')}\n"
    for hunk in _hunks(pieces):
        yield from _hunk(hunk, old, new)


def _is_misread(name: str, prefix: str) -> bool:
    """Whether git would strip more than one directory: in sub, it takes a/sub/main.tf for sub/main.tf, which is
    sub/sub/main.tf (guess_p_value in apply.c, version 2.39). It does not where the header of the old file has no slash,
    and neither git nor patch needs that one.
    """
    return _stripped(f"b/{name}", prefix) > 1


def _stripped(header: str, prefix: str) -> int:
    """How many directories git thinks that a name in a header begins with too many; -1 where it does not know."""
    if not prefix:
        return -1
    if header.startswith(prefix):
        return prefix.count("/")
    return prefix.count("/") + 1 if header.partition("/")[2].startswith(prefix) else -1


def _hunks(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces whose context meets, together."""
    hunk: list[Piece] = []
    for piece in pieces:
        if hunk and piece.old_start - hunk[-1].old_end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(piece)
    yield hunk


def _hunk(pieces: Sequence[Piece], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    first, last = pieces[0], pieces[-1]
    lead = min(_CONTEXT, first.old_start)
    end = min(len(old), last.old_end + _CONTEXT)
    new_end = last.new_end + end - last.old_end
    at = first.old_start - lead
    yield f"@@ -{_range(at, end)} +{_range(first.new_start - lead, new_end)} @@\n"
    for piece in pieces:
        yield from _marked(" ", old[at : piece.old_start])
        yield from _marked("-", old[piece.old_start : piece.old_end])
        yield from _marked("+", new[piece.new_start : piece.new_end])
        at = piece.old_end
    yield from _marked(" ", old[at:end])


def _range(start: int, end: int) -> str:
    """Lines as a header of a hunk has them: from 1, or the line before where there are none."""
    count = end - start
    return str(start + 1) if count == 1 else f"{start + 1 if count else start},{count}"


def _marked(mark: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _name(path: str) -> str:
    """How a patch calls a file: from the working directory, links followed, for neither tool follows one."""
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(os.curdir))
    return name.replace(os.sep, "/")


def _prefix() -> str:
    """The working directory as git sees it: from the top of its repository, ending in a slash; empty at the top."""
    here = os.path.realpath(os.curdir)
    root = git_root(here)
    name = os.path.relpath(here, root) if root else os.curdir
    return "" if name == os.curdir else name.replace(os.sep, "/") + "/"


def _shown(name: str) -> str:
    """A name in a header: quoted as git does, where need be; a tab after one with blanks, which would end it."""
    data = os.fsencode(name)
    if not _QUOTED.search(data) and name.isprintable():
        return f"{name}\t" if " " in name else name
    return f'"{"".join(map(_escaped, data))}"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _lines(source: SourceFile) -> list[str]:
    text = ("\ufeff" if source.bom else "") + source.text
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
