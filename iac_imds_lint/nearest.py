"""The known word that a user most likely meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The member of ``known`` that looks most like ``word``, letter case aside; empty where nothing is known."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, "", word.lower())

    def likeness(candidate: str) -> float:
        matcher.set_seq1(candidate.lower())
        return matcher.ratio()

    return max(sorted(known), key=likeness, default="")
