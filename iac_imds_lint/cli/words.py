"""Words as arguments: one of some, or several of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from iac_imds_lint.nearest import nearest


class Nearest(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only in newer releases
    """One of some words, or several of them parted by commas; another word is answered with the nearest of them."""

    def __init__(self, noun: str, words: Sequence[str], several: bool = False) -> None:
        self.name = noun
        self._words = words
        self._several = several

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What the help shows in place of the value."""
        return f"{self.name.upper()}[,...]" if self._several else f"[{'|'.join(self._words)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, or a tuple of words."""
        given = [word.strip() for word in value.split(",")] if self._several else [value]
        words = tuple(self._word(word) or word for word in given)
        for word in words:
            if word not in self._words:
                self.fail(f"{word!r} is no {self.name}; did you mean {nearest(word, self._words)!r}?", param, ctx)
        return words if self._several else words[0]

    def _word(self, given: str) -> str | None:
        """The word that is meant, in whatever case it is written."""
        return next((word for word in self._words if word.casefold() == given.casefold()), None)
