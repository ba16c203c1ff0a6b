"""The newest version that a requirement admits, as package managers write requirements.

Sources: PEP 440 (pip), npm's semver ranges, RubyGems' Gem::Requirement, Composer's version constraints, conda's match
specifications.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Bound(NamedTuple):
    """The upper bound of a requirement: a version, all versions that begin with it, or those before it."""

    version: tuple[int, ...]
    prefix: bool = False
    below: bool = False

    def is_below(self, minimum: tuple[int, ...]) -> bool:
        """Whether all that is admitted is older than a version."""
        width = max(len(self.version), len(minimum))
        if self.prefix:
            return self.version < minimum[: len(self.version)]
        version, least = _padded(self.version, width), _padded(minimum, width)
        return version <= least if self.below else version < least


def _padded(version: tuple[int, ...], width: int) -> tuple[int, ...]:
    return version + (0,) * (width - len(version))


def written(version: tuple[int, ...]) -> str:
    """A version as one writes it."""
    return ".".join(map(str, version))


def parsed(version: str) -> tuple[int, ...]:
    """The numbers with which a version begins."""
    found = re.match(r"v?((?:\d{1,9}\.)*\d{1,9})", version.strip())
    return tuple(map(int, found[1].split("."))) if found else ()


def of_exact(text: str) -> Bound | None:
    """A version by itself."""
    version = parsed(text)
    return Bound(version) if version else None


def of_pip(text: str) -> Bound | None:
    """``==1.14.5``, ``~=1.14.5``, ``>=1.2,<1.3``: the least of its upper bounds."""
    bounds = [_of_pip(one[1], one[2]) for one in re.finditer(r"(===?|~=|<=|>=|<|>|!=)\s*([\w.*]+)", text)]
    return _least([one for one in bounds if one is not None])


def _of_pip(operator: str, text: str) -> Bound | None:
    version = parsed(text)
    match operator:
        case _ if not version:
            return None
        case "==" | "===" | "<=":
            return Bound(version, prefix="*" in text)
        case "~=":
            return Bound(version[:-1], prefix=True)
        case "<":
            return Bound(version, below=True)
        case _:
            return None


def of_conda(text: str) -> Bound | None:
    """``=1.9`` for all that begins so, ``==1.9`` for that alone."""
    version = parsed(text.lstrip("="))
    return Bound(version, prefix=not text.startswith("==")) if version else None


def of_npm(text: str) -> Bound | None:
    """``2.5.0``, ``2.5``, ``~2.5.0``, ``^2.5.0``, ``<2.700.0``."""
    operator, version = _split(text)
    match operator:
        case _ if not version:
            return None
        case "^":
            return Bound(version[:1] if version[0] else version[:2], prefix=True)
        case "~":
            return Bound(version[:2], prefix=True)
        case "" | "=" | "<=":
            return Bound(version, prefix=len(version) < 3)
        case "<":
            return Bound(version, below=True)
        case _:
            return None


def of_composer(text: str) -> Bound | None:
    """The same as npm's, but ``~3.1`` admits all of 3, and ``3.1`` is that alone."""
    operator, version = _split(text)
    if operator == "~" and version:
        return Bound(version[:-1] or version, prefix=True)
    if not operator and version:
        return Bound(version, prefix="*" in text or "x" in text)
    return of_npm(text)


def of_gem(text: str) -> Bound | None:
    """``3.1.0``, ``~> 3.1.0``, ``< 3``."""
    operator, version = _split(text)
    match operator:
        case _ if not version:
            return None
        case "~>":
            return Bound(version[:-1] or version, prefix=True)
        case "" | "=" | "<=":
            return Bound(version)
        case "<":
            return Bound(version, below=True)
        case _:
            return None


def _split(text: str) -> tuple[str, tuple[int, ...]]:
    found = re.match(r"([\^~<>=]*)\s*(.*)", text.strip("\"' "))
    return (found[1], parsed(found[2])) if found else ("", ())


def _least(bounds: list[Bound]) -> Bound | None:
    return min(bounds, key=lambda one: one.version) if bounds else None
