"""The rows that a comment covers: its own where code stands before it, else the next row of code, and the head of the
block that the comment is the first thing of.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.source import SourceFile

_COMMENTS = ("#", "//", "/*", "*")
_OPENING = ("{", ":")


class Rows(NamedTuple):
    """The rows of a file that hold code, in order.

    A comment's own row counts as covered: what is wrong with it is found there.
    """

    source: SourceFile
    code: tuple[int, ...]

    def covered(self, offset: int) -> frozenset[int]:
        """The rows that a comment covers which begins at an offset."""
        row = self.source.position(offset).row
        if self.is_code(row):
            return frozenset((row,))
        following = bisect_right(self.code, row)
        rows = {row, *self.code[following : following + 1]}
        above = self.code[bisect_left(self.code, row) - 1] if self.code and self.code[0] < row else 0
        if above and self.source.line(above).rstrip().endswith(_OPENING):
            rows.add(above)
        return frozenset(rows)

    def is_code(self, row: int) -> bool:
        """Whether a row holds code."""
        at = bisect_left(self.code, row)
        return at < len(self.code) and self.code[at] == row


@lru_cache(maxsize=2)
def of(source: SourceFile) -> Rows:
    """The rows of a file."""
    lines = source.text.split("\n")
    code = (row for row, line in enumerate(lines, 1) if (bare := line.strip()) and not bare.startswith(_COMMENTS))
    return Rows(source, tuple(code))
