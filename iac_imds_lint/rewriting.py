"""Boot scripts that have calls in common, as a file that several run: a fix of one has to hold in all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal, joined
from iac_imds_lint.finding import Finding, Rewriting, Rewritten
from iac_imds_lint.script import Part
from iac_imds_lint.source import Span

_BOOTS_ANEW = "changed user data restarts or replaces what runs it"
_RUNS_ELSEWHERE = "what runs it is not known"


def whole(rewritings: Sequence[Rewriting]) -> Rewriting:
    """The rewritings of one call as one."""
    return rewritings[0]._replace(beside=tuple(dict.fromkeys(rewritings[1:])))


def families(findings: Iterable[Finding]) -> Mapping[Part, Sequence[Rewriting]]:
    """By each part, all rewritings that have to be written with its own: those of a common call, and so on."""
    found: dict[Part, list[Rewriting]] = {}
    for finding in findings:
        if isinstance(finding.repair, Rewriting):
            _unite(found, tuple(_each(finding.repair)))
    return found


def sparing(findings: Iterable[Finding], ignored: Iterable[Finding]) -> list[Finding]:
    """The findings, whose repairs leave alone the calls that others ignore."""
    spans = {finding.span for finding in ignored if isinstance(finding.repair, Rewriting)}
    return [_sparing(finding, spans) for finding in findings] if spans else list(findings)


def _sparing(finding: Finding, spans: Collection[Span]) -> Finding:
    if not isinstance(finding.repair, Rewriting):
        return finding
    first, *others = (_without(one, spans) for one in _each(finding.repair))
    return replace(finding, repair=first._replace(beside=tuple(others)))


def _without(rewriting: Rewriting, spans: Collection[Span]) -> Rewriting:
    """A rewriting without the calls at some places."""
    text = rewriting.part.text
    calls = tuple(call for call in rewriting.calls if text.span(call.start, call.end) not in spans)
    return rewriting._replace(calls=calls, ignored=len(rewriting.calls) - len(calls))


def _each(rewriting: Rewriting) -> Iterator[Rewriting]:
    yield rewriting._replace(beside=())
    yield from rewriting.beside


def _unite(found: dict[Part, list[Rewriting]], rewritings: Sequence[Rewriting]) -> None:
    """Have the parts of rewritings share one list, and all parts that share one with any of them."""
    shared = found.setdefault(rewritings[0].part, [rewritings[0]])
    for other in rewritings[1:]:
        more = found.setdefault(other.part, [other])
        if more is not shared:
            shared += more
            found.update((one.part, shared) for one in more)


def rewrite(rewriting: Rewriting, finding: Finding) -> Fix | Refusal:
    """Boot scripts whose calls ask with a token. Never safe: what an instance boots with changes.

    What is left to do is told for the call of the finding alone, if that is one of those left.
    """
    done: list[Rewritten] = []
    contents = dict.fromkeys(one.part.text.content for one in _each(rewriting))
    beside = "\n".join(contents) if len(contents) > 1 else ""
    for one in _each(rewriting):
        found = _rewritten(one, beside)
        if isinstance(found, Refusal):
            return found
        done.append(found)
    edits = tuple(dict.fromkeys(edit for one in done for edit in joined(one.edits)))
    if _clash(edits):
        return Refusal("other scripts have these calls as well, and it would have to be written otherwise for them")
    by_hand = tuple(dict.fromkeys(step for one in done for step in one.by_hand))
    note = _RUNS_ELSEWHERE if finding.resource is None else _BOOTS_ANEW
    return Fix(
        message=f"request a token in {rewriting.part.what}, and send it with every call of IMDS",
        applicability=Applicability.DISPLAY_ONLY if by_hand else Applicability.UNSAFE,
        edits=tuple(sorted(edits, key=lambda edit: edit.span)),
        note="; ".join(dict.fromkeys((note, *(more for one in done for more in one.notes)))),
        by_hand=tuple(step for step in by_hand if step.span == finding.span) or by_hand,
    )


def _clash(edits: Iterable[Edit]) -> bool:
    """Whether two edits go to one place, and it is not said which of them comes first."""
    spans = sorted(edit.span for edit in edits)
    return any(one.path == other.path and other.start <= one.end for one, other in pairwise(spans))


@lru_cache(maxsize=64)
def _rewritten(rewriting: Rewriting, beside: str) -> Rewritten | Refusal:
    from iac_imds_lint.bootscript.rewrite import rewritten

    return rewritten(rewriting.part, rewriting.calls, beside, rewriting.ignored)
