"""Work spread over processes, where the system can fork: each child does a part, and sends back what it found."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

# Forking and sending results back costs more than it gains on fewer items.
_LEAST = 200


class Processes:
    """Spreads work over ``jobs`` processes, this one among them."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs if hasattr(os, "fork") else 1

    def __call__(self, work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> list[_R]:
        """The results of ``work`` over parts of ``items``. What a child does not bring back is done here."""
        if self._jobs < 2 or len(items) < _LEAST:
            return [work(items)]
        parts = _parts(items, self._jobs)
        children = [(_child(work, part), part) for part in parts[1:]]
        results = [work(parts[0])]
        for child, part in children:
            results += (child.result() if child is not None else []) or [work(part)]
        return results


def _child(work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> _Child | None:
    """A child at work, or None where the system allows no more processes."""
    try:
        return _Child.start(work, items)
    except OSError:
        return None


def _parts(items: Sequence[_T], number: int) -> list[Sequence[_T]]:
    """Runs of about equal length: what stands side by side stays together."""
    bounds = [len(items) * index // number for index in range(number + 1)]
    return [items[start:end] for start, end in pairwise(bounds)]


class _Child:
    """A forked process and the end of the pipe on which its result comes."""

    def __init__(self, process: int, pipe: int) -> None:
        self._process = process
        self._pipe = pipe

    @classmethod
    def start(cls, work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> _Child:
        """Fork; the child works, writes the pickled result and leaves without any clean-up of the parent's."""
        receiving, sending = os.pipe()
        try:
            process = os.fork()
        except OSError:
            os.close(receiving)
            os.close(sending)
            raise
        if process:
            os.close(sending)
            return cls(process, receiving)
        status = 1
        try:
            os.close(receiving)
            with os.fdopen(sending, "wb") as file:
                pickle.dump(work(items), file, pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)

    def result(self) -> list[Any]:
        """What the child found, as a list of one; empty where it did not come to an end."""
        with os.fdopen(self._pipe, "rb") as file:
            data = file.read()
        _, status = os.waitpid(self._process, 0)
        return [pickle.loads(data)] if status == 0 else []  # noqa: S301 - written by our own child
