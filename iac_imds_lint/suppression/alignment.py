"""What terraform fmt aligned, and a row between would part: the equals signs of arguments that follow one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ARGUMENT = re.compile(r"[ \t]*[\w-]+([ \t]*)=(?![=>])")


def is_parted(text: str, row: int) -> bool:
    """Whether a row put in above this one leaves arguments that are padded for no reason."""
    rows = text.split("\n")
    above, below = list(_paddings(reversed(rows[: row - 1]))), list(_paddings(rows[row - 1 :]))
    return bool(above and below) and max(min(above), min(below)) > 1


def _paddings(rows: Iterable[str]) -> Iterator[int]:
    """The blanks before the equals signs of the first arguments. One whose value goes on below is not aligned."""
    for row in rows:
        found = _ARGUMENT.match(row)
        if found is None or row.rstrip().endswith(("{", "[", "(")):
            return
        yield len(found.group(1))
