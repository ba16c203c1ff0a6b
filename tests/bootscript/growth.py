"""Whether what reads a script takes time in proportion to its length, whatever is in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

# Twice as much takes twice as long where time is linear, four times as long where it is quadratic.
_MOST_GROWTH = 3
# Seconds of CPU below which a measurement says more of the clock than of us.
_MEASURABLE = 0.01

Make: TypeAlias = Callable[[int], str]


def _seconds(read: Callable[[str], object], script: str) -> float:
    begun = time.process_time()
    read(script)
    return max(time.process_time() - begun, _MEASURABLE)


def grows(read: Callable[[str], object], make: Make, size: int) -> bool:
    """Whether twice the size takes too long in the fastest of two runs, and of more on a machine that is busy."""
    few, many = [], []
    for run in range(12):
        few.append(_seconds(read, make(size)))
        many.append(_seconds(read, make(2 * size)))
        if run and min(many) < _MOST_GROWTH * min(few):
            return False
    return True
