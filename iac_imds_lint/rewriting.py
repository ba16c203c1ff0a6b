"""Boot scripts that have calls in common, as a file that several run: a fix of one has to hold in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal, joined
from iac_imds_lint.finding import Finding, Rewriting, Rewritten
from iac_imds_lint.script import Call, Part

_BOOTS_ANEW = "what instances boot with changes, for which some are restarted or replaced"


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


def rewrite(rewriting: Rewriting) -> Fix | Refusal:
    """Boot scripts whose calls ask with a token. Never safe: what an instance boots with changes."""
    done: list[Rewritten] = []
    contents = dict.fromkeys(one.part.text.content for one in _each(rewriting))
    beside = "\n".join(contents) if len(contents) > 1 else ""
    for one in _each(rewriting):
        found = _rewritten(one.part, one.calls, beside)
        if isinstance(found, Refusal):
            return found
        done.append(found)
    edits = tuple(dict.fromkeys(edit for one in done for edit in joined(one.edits)))
    if _clash(edits):
        return Refusal("other scripts have these calls as well, and it would have to be written otherwise for them")
    by_hand = tuple(dict.fromkeys(step for one in done for step in one.by_hand))
    return Fix(
        message=f"request a token in {rewriting.part.what}, and send it with every call of IMDS",
        applicability=Applicability.DISPLAY_ONLY if by_hand else Applicability.UNSAFE,
        edits=tuple(sorted(edits, key=lambda edit: edit.span)),
        note="; ".join(dict.fromkeys((_BOOTS_ANEW, *(note for one in done for note in one.notes)))),
        by_hand=by_hand,
    )


def _clash(edits: Iterable[Edit]) -> bool:
    """Whether two edits go to one place, and it is not said which of them comes first."""
    spans = sorted(edit.span for edit in edits)
    return any(one.path == other.path and other.start <= one.end for one, other in pairwise(spans))


@lru_cache(maxsize=64)
def _rewritten(part: Part, calls: tuple[Call, ...], beside: str) -> Rewritten | Refusal:
    from iac_imds_lint.bootscript.rewrite import rewritten

    return rewritten(part, calls, beside)
