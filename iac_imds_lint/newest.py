"""What is made of files, kept for those that were asked for last: of one that is edited, its newest versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from iac_imds_lint.source import SourceFile

_T = TypeVar("_T")
_Kept: TypeAlias = "tuple[tuple[SourceFile, _T], ...]"

# Another version is made with every key that is pressed; a repair goes back and forth between two.
_FILES, _VERSIONS = 16, 2


class Newest(Generic[_T]):
    """A function of a file that remembers its results."""

    def __init__(self, make: Callable[[SourceFile], _T]) -> None:
        self._make = make
        self._kept: dict[str, _Kept[_T]] = {}

    def __call__(self, source: SourceFile) -> _T:
        """What is made of this file."""
        kept = self._kept.pop(source.path, ())
        found = next((one for one in kept if one[0] == source), None) or (source, self._make(source))
        self._kept[source.path] = (found, *(one for one in kept if one is not found))[:_VERSIONS]
        if len(self._kept) > _FILES:
            del self._kept[next(iter(self._kept))]
        return found[1]
