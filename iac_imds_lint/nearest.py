"""What a user who named something that does not exist most likely meant."""

from __future__ import annotations

import os
from collections.abc import Iterable

# Names of files that are less alike than this have nothing to do with each other: difflib's own measure.
_LEAST_LIKENESS = 0.6


def nearest(word: str, known: Iterable[str], least: float = 0.0) -> str:
    """The member of ``known`` that looks most like ``word``, letter case aside; empty where nothing is known that is at
    least so much like it.
    """
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, "", word.lower())

    def likeness(candidate: str) -> float:
        matcher.set_seq1(candidate.lower())
        return matcher.ratio()

    return max((one for one in sorted(known) if likeness(one) >= least), key=likeness, default="")


def no_such(what: str, path: str) -> str:
    """A clause on a path that does not exist, naming the nearest one that does."""
    parent, name = os.path.split(os.path.normpath(path))
    while parent and not os.path.isdir(parent):
        parent, name = os.path.split(parent)
    try:
        found = nearest(name, os.listdir(parent or os.curdir), _LEAST_LIKENESS)
    except OSError:
        found = ""
    return f"no such {what}: {path}" + (f" (the nearest is {os.path.join(parent, found)})" if found else "")
