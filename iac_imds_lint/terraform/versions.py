"""Version constraints: which eras of a module they admit, and whether they admit a version below another.

Releases are triples of numbers, so that every bound is the start of a half-open range: ``> 1.0.0`` is ``>= 1.0.1``.
Sources: Terraform language, "Version Constraints"; ``terraform init`` 1.11.4, with ``required_version`` for how modules
are read and with a provider mirror for how providers are. The two differ in ``~> 1`` alone: only for a provider does it
end before 2.0.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog.module_schema import Era

Release: TypeAlias = "tuple[int, int, int]"

_FIRST: Release = (0, 0, 0)
_NO_END: Release = (2**63, 0, 0)
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_TERM = re.compile(r"\s*(~>|>=|<=|!=|=|>|<)?\s*(\S+)\s*", re.ASCII)
# The lock file is written by Terraform, in this one form.
_LOCKED = re.compile(r'^provider[ \t]+"([^"\n]+)"[ \t]*\{[^}]*?^[ \t]*version[ \t]*=[ \t]*"([^"\n]+)"', re.MULTILINE)


class Malformed(NamedTuple):
    """A constraint, or a part of one, that Terraform refuses."""

    text: str


class Version(NamedTuple):
    """A version; ``pre`` is what follows the dash of a pre-release. ``parts`` is how many numbers were written."""

    release: Release
    pre: str = ""
    parts: int = 3

    def precedence(self) -> tuple[Release, bool, tuple[tuple[bool, int, str], ...]]:
        """What versions are ordered by (Semantic Versioning 2.0.0, 11)."""
        identifiers = self.pre.split(".") if self.pre else []
        parts = ((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in identifiers)
        return self.release, not self.pre, tuple(parts)


class _Term(NamedTuple):
    operator: str
    version: Version


class _Admitted(NamedTuple):
    """Releases from ``start`` to before ``end`` but those ``without``; or the one pre-release that is ``named``."""

    start: Release
    end: Release
    without: frozenset[Release] = frozenset()
    named: Version | None = None

    def meets(self, since: Version | None, until: Version | None) -> bool:
        """Whether a version from ``since`` to before ``until`` is admitted; None is no bound."""
        if self.named is not None:
            place = self.named.precedence()
            above = since is None or since.precedence() <= place
            return above and (until is None or place < until.precedence())
        start = max(self.start, since.release if since else _FIRST)
        end = min(self.end, until.release if until else _NO_END)
        if start[:2] < end[:2]:
            return True  # there is no last patch release
        return any((*start[:2], patch) not in self.without for patch in range(start[2], end[2]) if start[:2] == end[:2])


def parsed(text: str) -> Version | None:
    """A version of up to three numbers, or None where that is none."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    numbers = [int(number) for number in match.groups()[:3] if number is not None]
    major, minor, patch = (*numbers, 0, 0)[:3]
    return Version((major, minor, patch), match[4] or "", len(numbers))


def admitted(constraint: str, eras: Sequence[Era]) -> tuple[Era, ...] | Malformed:
    """The eras of a module in which some version lies that the constraint of a call admits.

    No constraint is the empty string. Several are joined by commas.
    """
    versions = _admitted(constraint, for_provider=False)
    if isinstance(versions, Malformed):
        return versions
    return tuple(era for era, since, until in _ranges(eras) if versions.meets(since, until))


def admits(constraint: str, version: str) -> bool:
    """Whether the constraint of a module call admits a version; no constraint, the empty string, admits any."""
    versions, one = _admitted(constraint, for_provider=False), parsed(version)
    if not constraint or isinstance(versions, Malformed) or one is None:
        return not constraint
    if versions.named is not None or one.pre:
        return versions.named is not None and versions.named.precedence() == one.precedence()
    return versions.start <= one.release < versions.end and one.release not in versions.without


def is_constraint(text: str) -> bool:
    """Whether Terraform takes a text for a version constraint."""
    return not isinstance(_admitted(text, for_provider=False), Malformed)


def lies_in(version: str, since: str, until: str) -> bool:
    """Whether a version lies from ``since`` on and before ``until``."""
    return not is_before(version, since) and is_before(version, until)


def newest_lies_in(constraint: str, since: str, until: str) -> bool:
    """Whether the newest release of a provider that a constraint admits lies from ``since`` on and before ``until``."""
    versions, first, last = _admitted(constraint, for_provider=True), parsed(since), parsed(until)
    if isinstance(versions, Malformed) or first is None or last is None:
        return False
    if versions.named is not None:
        return versions.meets(first, last)
    return versions.start < versions.end <= last.release and versions.end > first.release


def is_before(version: str, other: str) -> bool:
    """Whether a version comes before another; "" is before all."""
    first, second = parsed(version or "0.0.0"), parsed(other)
    return first is not None and second is not None and first.precedence() < second.precedence()


def may_be_below(constraint: str, version: str) -> bool | Malformed:
    """Whether a constraint on a provider admits a version that is below ``version``."""
    versions = _admitted(constraint, for_provider=True)
    bound = parsed(version)
    if isinstance(versions, Malformed) or bound is None:
        return versions if isinstance(versions, Malformed) else Malformed(version)
    return versions.meets(None, bound)


def locked(text: str) -> dict[str, str]:
    """The versions that a ``.terraform.lock.hcl`` selects, by the full address of the provider."""
    return {match[1]: match[2] for match in _LOCKED.finditer(text)}


def _ranges(eras: Sequence[Era]) -> Iterator[tuple[Era, Version | None, Version | None]]:
    """Each era with where it begins and where the next one does; the first begins nowhere, the last has no end."""
    starts = [parsed(era.since) for era in eras]
    yield from zip(eras, starts, [*starts[1:], None], strict=True)


def _admitted(constraint: str, *, for_provider: bool) -> _Admitted | Malformed:
    terms: list[_Term] = []
    for text in constraint.split(",") if constraint else ():
        match = _TERM.fullmatch(text)
        version = parsed(match[2]) if match else None
        if match is None or version is None:
            return Malformed(text.strip())
        terms.append(_Term(match[1] or "=", version))
    named = {term.version for term in terms if term.operator == "=" and term.version.pre}
    return _one_named(named.pop(), terms) if named else _joined(terms, for_provider=for_provider)


def _joined(terms: Sequence[_Term], *, for_provider: bool) -> _Admitted:
    """The releases that all terms admit. They admit no pre-release: those are to be named."""
    ranges = [_range(term, for_provider=for_provider) for term in terms]
    without = (term.version for term in terms if term.operator == "!=")
    return _Admitted(
        max((start for start, _ in ranges), default=_FIRST),
        min((end for _, end in ranges), default=_NO_END),
        frozenset(version.release for version in without if not version.pre),
    )


def _range(term: _Term, *, for_provider: bool) -> tuple[Release, Release]:
    """The releases that one term admits; the release of a pre-release is above it."""
    release, pre, parts = term.version
    major, minor, patch = release
    after = release if pre else (major, minor, patch + 1)
    match term.operator:
        case "=":
            return release, after
        case ">":
            return after, _NO_END
        case ">=":
            return release, _NO_END
        case "<":
            return _FIRST, release
        case "<=":
            return _FIRST, after
        case "~>" if parts == 3:
            return release, (major, minor + 1, 0)
        case "~>" if parts == 2 or for_provider:
            return release, (major + 1, 0, 0)
        case "~>":
            return release, _NO_END
        case _:
            return _FIRST, _NO_END


def _one_named(named: Version, terms: Sequence[_Term]) -> _Admitted:
    """The pre-release, unless another term refuses it."""
    place = named.precedence()
    for operator, version in terms:
        other = version.precedence()
        refused = {
            "=": place != other,
            "!=": place == other,
            "<": place >= other,
            "<=": place > other,
            ">": place <= other,
            ">=": place < other,
            "~>": place < other,
        }
        if refused[operator]:
            return _Admitted(_NO_END, _FIRST)
    return _Admitted(_FIRST, _NO_END, named=named)
