"""The one place that catches everything: a defect of ours must not end a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def guarded(work: Callable[[], _T], otherwise: Callable[[Exception], _T | None]) -> _T | None:
    """What ``work`` returns, or what ``otherwise`` makes of the exception that it raised."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the one broad except: it is reported, and the run goes on
        return otherwise(error)
