"""A finding as a SARIF result (section 3.27)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from iac_imds_lint import rules
from iac_imds_lint.edit import Applicability, Fix
from iac_imds_lint.finding import Finding, Hiding, Related, Suppression
from iac_imds_lint.output import suppressed
from iac_imds_lint.output.notes import notes, offer
from iac_imds_lint.output.sarif.places import Places
from iac_imds_lint.output.sarif.tool import LEVELS

# GitHub rejects a result with more locations.
_MOST_RELATED = 1_000
# So many of them are linked to in the message, which is how GitHub shows them.
_MOST_LINKED = 6
_FINGERPRINT = "findingHash/v1"
_IN_SOURCE = (Hiding.COMMENT, Hiding.METADATA)
_INDICES = {code: index for index, code in enumerate(rules.CODES)}


class Reported(NamedTuple):
    """A finding, its fingerprint and what suppresses it; None where the run does not speak of suppressions at all."""

    finding: Finding
    fingerprint: str
    by: tuple[Suppression, ...] | None


def result(one: Reported, places: Places) -> dict[str, Any]:
    """The result. What there is none of is left out."""
    finding = one.finding
    related = finding.related[:_MOST_RELATED]
    members = {
        "ruleId": finding.rule.code,
        "ruleIndex": _INDICES[finding.rule.code],
        "level": LEVELS[finding.rule.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, places)],
        "relatedLocations": [_related(number, place, places) for number, place in enumerate(related, 1)],
        "partialFingerprints": {_FINGERPRINT: one.fingerprint},
        "fixes": [_fix(fix, places) for fix in _offered(finding)],
        "properties": _properties(finding),
    }
    present = {name: value for name, value in members.items() if value not in ([], {})}
    return present if one.by is None else {**present, "suppressions": [_suppression(by, places) for by in one.by]}


def _message(finding: Finding) -> str:
    """Sentences, for GitHub shows the first where there is little room."""
    sentences = [_literal(finding.message)]
    if finding.related:
        more = len(finding.related) - _MOST_LINKED
        links = [_link(number, place) for number, place in enumerate(finding.related[:_MOST_LINKED], 1)]
        sentences.append(f"See {', '.join(links)}{f' and {more} more' if more > 0 else ''}")
    if finding.posture:
        sentences.append(f"Posture: {finding.posture.value}")
    sentences += [_literal(note[:1].upper() + note[1:]) for note in notes(finding)]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences)


def _literal(text: str) -> str:
    """The text, so that no reader takes a part of it for a link. Braces stay single, against section 3.11.5: readers
    show messages without arguments as they are.
    """
    return text.replace("](", "] (")


def _link(number: int, place: Related) -> str:
    text = place.message.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return f"[{text}]({number})"


def _location(finding: Finding, places: Places) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": places.place(finding.span)}
    if finding.resource:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.resource.address, "kind": "resource"}]
    return location


def _related(number: int, place: Related, places: Places) -> dict[str, Any]:
    return {"id": number, "physicalLocation": places.place(place.span), "message": {"text": _literal(place.message)}}


def _offered(finding: Finding) -> list[Fix]:
    """The fixes that an option applies, the surest first: a tool might take the first, and what is only to be looked
    at as well.
    """
    fixes = (finding.fix, *finding.fix.alternatives) if finding.fix else ()
    appliable = [fix for fix in fixes if fix.edits and fix.applicability is not Applicability.DISPLAY_ONLY]
    return sorted(appliable, key=lambda fix: -fix.applicability)


def _fix(fix: Fix, places: Places) -> dict[str, Any]:
    by_file = groupby(sorted(fix.edits, key=lambda edit: edit.span.path), key=lambda edit: edit.span.path)
    changes = [
        {
            "artifactLocation": places.file(path),
            "replacements": [
                {"deletedRegion": places.region(edit.span), "insertedContent": {"text": edit.content}} for edit in edits
            ],
        }
        for path, edits in by_file
    ]
    properties = {"applicability": fix.applicability.label}
    return {"description": {"text": _literal(offer(fix))}, "artifactChanges": changes, "properties": properties}


def _properties(finding: Finding) -> dict[str, Any]:
    values: dict[str, str | Sequence[str]] = {
        "resourceType": finding.resource.entry.type if finding.resource else "",
        "posture": finding.posture.value if finding.posture else "",
        "affected": list(finding.affected),
        "consumers": list(finding.consumers),
    }
    return {name: value for name, value in values.items() if value}


def _suppression(by: Suppression, places: Places) -> dict[str, Any]:
    kind = "inSource" if by.hiding in _IN_SOURCE else "external"
    location = {"location": {"physicalLocation": places.place(by.span)}} if by.span else {}
    justification = f"suppressed by: {suppressed.why(by, places.sources)}"
    return {"kind": kind, "status": "accepted", "justification": justification, **location}
