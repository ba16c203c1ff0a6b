"""What is decided of a resource, and how decisions for several cases come together as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Option
from iac_imds_lint.model import CLOSED, DecidedBy, Posture, Resource
from iac_imds_lint.value import ABSENT, OTHERWISE, Branches, Unknown, Value

# What a resource is that launches from several templates: as open as the most open of them.
WORST_FIRST = (Posture.V1_ALLOWED, Posture.UNKNOWN, Posture.V2_REQUIRED, Posture.IMDS_DISABLED)
# More cases than these are told by what they come to, so many of each by name.
_MOST_CLAUSES = 4


class Verdict(NamedTuple):
    """A posture, the level that decided it, why in a clause, and the value that did.

    ``left_to_image`` says that the machine image asks for IMDSv2, and that a level above it may decide otherwise.
    """

    posture: Posture
    decided_by: DecidedBy
    reason: str
    value: Value = ABSENT
    left_to_image: bool = False


def is_refused(value: Value) -> bool:
    """Whether Terraform refuses it: what cannot be, decides nothing while something else can. Templates keep it."""
    return isinstance(value, Unknown) and value.invalid


def one_of(outcomes: list[tuple[tuple[str, ...], Verdict]], resource: Resource) -> Verdict:
    """One verdict for all branches: theirs where they agree, unknown and each branch's where they do not."""
    agreed = agreed_on([outcome for _, outcome in outcomes])
    if agreed is not None:
        return agreed
    told = {(" and ".join(dict.fromkeys(labels)), _told(outcome)) for labels, outcome in outcomes}
    ordered = sorted(told, key=lambda case: (OTHERWISE in case[0], *case))
    parts = "; ".join(_clauses([(outcome, labels) for labels, outcome in ordered]))
    options = (resource.option(Option.TOKENS), resource.option(Option.ENDPOINT), resource.container)
    named = (reference.target for reference in resource.references)
    candidates = (*options, resource.image, resource.inline, *named)
    value = next((v for v in candidates if isinstance(v, Branches)), ABSENT)
    to_image = any(outcome.left_to_image for _, outcome in outcomes)
    return Verdict(Posture.UNKNOWN, _all_by([outcome for _, outcome in outcomes]), parts, value, to_image)


def unlike(outcomes: list[Verdict], named: Value) -> Verdict:
    """One verdict for several resources of one name, of which one is created."""
    parts = "; ".join(dict.fromkeys(map(_told, outcomes)))
    return Verdict(Posture.UNKNOWN, _all_by(outcomes), f"one of these: {parts}", named)


def _all_by(outcomes: list[Verdict]) -> DecidedBy:
    by_templates = all(outcome.decided_by is DecidedBy.LAUNCH_TEMPLATE for outcome in outcomes)
    return DecidedBy.LAUNCH_TEMPLATE if by_templates else DecidedBy.UNKNOWN


def _clauses(cases: list[tuple[str, str]]) -> Iterator[str]:
    """What is the case under which conditions; many with the same outcome in one clause."""
    if len(cases) <= _MOST_CLAUSES:
        yield from (f"{outcome} if {labels}" for outcome, labels in cases)
        return
    for outcome in dict.fromkeys(outcome for outcome, _ in cases):
        alike = [labels for said, labels in cases if said == outcome]
        more = len(alike) - _MOST_CLAUSES
        rest = [f"in {more} more {'cases' if more > 1 else 'case'}"] if more > 0 else []
        yield f"{outcome} if {', or '.join([*alike[:_MOST_CLAUSES], *rest])}"


def agreed_on(outcomes: list[Verdict]) -> Verdict | None:
    """The verdict on which all agree, whatever is the case; where IMDS is off in some and requires tokens in the
    others, it requires them wherever it answers. What a template does not answer for is told first.
    """
    postures = {outcome.posture for outcome in outcomes}
    if len(postures) > 1 and postures.issubset(CLOSED):
        return next(outcome for outcome in outcomes if outcome.posture is Posture.V2_REQUIRED)
    own = sorted(outcomes, key=lambda outcome: outcome.decided_by is DecidedBy.LAUNCH_TEMPLATE)
    return own[0] if len(postures) == 1 else None


def _told(outcome: Verdict) -> str:
    """What a branch comes to; whose word that is, and why, where even that is not decided."""
    posture = outcome.posture.value
    if outcome.posture is Posture.UNKNOWN:
        return f"{posture} ({outcome.reason})"
    return f"{posture} {outcome.reason}" if outcome.decided_by is DecidedBy.LAUNCH_TEMPLATE else posture
