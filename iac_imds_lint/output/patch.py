"""Changed files as a patch that ``git apply`` and ``patch -p1`` take from the directory that the command ran in."""

from __future__ import annotations

import difflib
import os.path
from collections.abc import Iterable, Iterator

from iac_imds_lint.source import SourceFile


def render(changed: Iterable[tuple[SourceFile, SourceFile]]) -> str:
    """A unified diff of (before, after) pairs, in the order given; a file with several names is in it once."""
    unique = {_name(before.path): (before, after) for before, after in changed}
    return "".join(line for before, after in unique.values() for line in _file(before, after))


def _file(before: SourceFile, after: SourceFile) -> Iterator[str]:
    name = _name(before.path)
    tab = "\t" if " " in name else ""
    old, new = (_lines(source) for source in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}{tab}", f"b/{name}{tab}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _name(path: str) -> str:
    """How a patch calls a file: from the working directory, and what a link leads to rather than the link."""
    if os.path.islink(path):
        path = os.path.realpath(path)
    return (os.path.relpath(path) if os.path.isabs(path) else path).replace("\\", "/")


def _lines(source: SourceFile) -> list[str]:
    text = ("\ufeff" if source.bom else "") + source.text
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
