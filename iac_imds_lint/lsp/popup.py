"""What a popup says of the resources that a place has to do with: short, the posture first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.explaining import Explained, Launching, Reading, Step, concerning
from iac_imds_lint.lsp.markup import Markup
from iac_imds_lint.model import DecidedBy, Posture
from iac_imds_lint.output import notes, suppressed
from iac_imds_lint.report import Report
from iac_imds_lint.rules.versions import Reach
from iac_imds_lint.source import Span
from iac_imds_lint.verdict import WORST_FIRST

# So many of a kind are told by name.
_MOST = 5
_MOST_STEPS = 8

_ANSWERS = {
    Posture.V1_ALLOWED: ("answers IMDSv1", "answer IMDSv1"),
    Posture.V2_REQUIRED: ("requires IMDSv2", "require IMDSv2"),
    Posture.IMDS_DISABLED: ("has IMDS turned off", "have IMDS turned off"),
    Posture.UNKNOWN: ("may answer IMDSv1", "may answer IMDSv1"),
}
_LEVELS = {
    DecidedBy.RESOURCE: "Decided on the resource",
    DecidedBy.LAUNCH_TEMPLATE: "Decided by what it launches from",
    DecidedBy.ACCOUNT_DEFAULT: "Decided by the account's default",
    DecidedBy.AMI: "Decided by the AMI",
    DecidedBy.SERVICE_DEFAULT: "Decided by default",
    DecidedBy.MODULE: "Decided by the module",
    DecidedBy.UNKNOWN: "Not decided here",
}
_REACHES = {
    Reach.KEPT: "{} does not reach it",
    Reach.LAUNCHES: "{} reaches what it launches from then on",
    Reach.OPEN: "whether {} reaches it is not decided",
}


class Told(NamedTuple):
    """What popups are written with: the file that they are shown in, the report that they are about, and how text is
    marked.
    """

    name: str
    report: Report
    markup: Markup

    def at(self, span: Span) -> str:
        """A place: its row in this file, ``path:row`` elsewhere."""
        if span.path == self.name:
            return f"line {notes.row(span, self.report)}"
        return self.markup.code(notes.at(span, self.report))

    def names(self, all_of: Sequence[str], told: Callable[[str], str] | None = None) -> str:
        """Names in a row, and how many more there are."""
        shown = ", ".join(map(told or self.markup.code, all_of[:_MOST]))
        return shown + (f" and {len(all_of) - _MOST} more" if len(all_of) > _MOST else "")


def written(all_of: Sequence[Explained], told: Told, *, more: bool = False) -> str:
    """What there is to say of resources; of those that are alike once. ``more`` says that other root modules have
    to do with the place, too, which were not looked at.
    """
    groups: dict[tuple[object, ...], list[Explained]] = {}
    for one in sorted(all_of, key=_badness):
        groups.setdefault((one.verdict.posture, one.verdict.decided_by, one.verdict.reason), []).append(one)
    parts = [*_whole(list(all_of), told)] if len(groups) == 1 else [*_several(list(groups.values()), told)]
    parts += ["More root modules have to do with this than were looked at."] if more else []
    return "\n\n".join(parts)


def _badness(one: Explained) -> int:
    return WORST_FIRST.index(one.verdict.posture)


def _several(groups: Sequence[list[Explained]], told: Told) -> Iterator[str]:
    """A line for each kind of what resources are, after the options that are the same for all."""
    everything = [one for group in groups for one in group]
    readings = list(dict.fromkeys(reading for one in everything for reading in one.readings))
    if len(readings) == 1:
        yield _reading(readings[0], told)
    lines = [f"- {_head(group, everything, told)}: {_because(group, told)}" for group in groups]
    shown = lines[:_MOST]
    left = sum(len(group) for group in groups[_MOST:])
    yield "\n".join([*shown, *([f"- and {left} more"] if left else [])])


def _because(group: Sequence[Explained], told: Told) -> str:
    """Why resources are what they are, and the one place that decided it, if there is one."""
    verdict = group[0].verdict
    ends = {chain[-1] for one in group for chain in (_leading(one),) if chain}
    reason = told.markup.text(verdict.reason)
    if len(ends) != 1 or verdict.posture is Posture.UNKNOWN:
        return reason
    end = ends.pop()
    return f"{reason}, {'by' if end.what else 'at'} {_steps((end,), told)}"


def _leading(one: Explained) -> tuple[Step, ...]:
    """What leads to what decided a resource's posture."""
    return one.chain or next((reading.chain for reading in one.readings if reading.decides), ())


def _whole(alike: Sequence[Explained], told: Told) -> Iterator[str]:
    """All that there is to say of resources that are alike; of several what they have in common, and who uses them."""
    first = alike[0].verdict
    yield _head(alike, alike, told)
    yield f"{_LEVELS[first.decided_by]}: {told.markup.text(first.reason)}."
    lines = [*(_own(alike[0], told) if len(alike) == 1 else _common(alike, told)), *_together(alike, told)]
    if lines:
        yield "\n".join(f"- {line}" for line in dict.fromkeys(lines))


def _head(alike: Sequence[Explained], everything: Sequence[Explained], told: Told) -> str:
    posture = alike[0].verdict.posture
    roots = {one.root for one in everything}
    named = {(one.resource.title, one.root if len(roots) > 1 else ""): None for one in alike}
    names = [
        f"{told.markup.code(name)} in {told.markup.code(root)}" if root else told.markup.code(name)
        for name, root in named
    ]
    does = _ANSWERS[posture][len(names) > 1]
    return f"{told.markup.strong(posture.value)}: {told.names(names, str)} {does}"


def _own(one: Explained, told: Told) -> Iterator[str]:
    """What decided a resource's posture, and what it launches from."""
    yield from _readings(one.readings, told)
    if one.chain:
        yield f"decided at {_steps(one.chain, told)}"
    if one.remedy:
        yield f"to do: {told.markup.text(one.remedy)}"
    yield from (f"launches from {_launching(launching, told)}" for launching in one.launches[:_MOST])


def _common(alike: Sequence[Explained], told: Told) -> Iterator[str]:
    """What decided the posture of all of these: their options, each with the end of its chain."""
    ends = [tuple(reading._replace(chain=reading.chain[-1:]) for reading in one.readings) for one in alike]
    yield from _readings([reading for reading in ends[0] if all(reading in other for other in ends)], told)
    if len({one.chain for one in alike}) == 1 and alike[0].chain:
        yield f"decided at {_steps(alike[0].chain, told)}"
    launches = [launching for launching in alike[0].launches if all(launching in one.launches for one in alike)]
    yield from (f"launch from {_launching(launching, told)}" for launching in launches[:_MOST])
    yield from (f"to do: {told.markup.text(remedy)}" for remedy in {one.remedy: None for one in alike if one.remedy})


def _together(alike: Sequence[Explained], told: Told) -> Iterator[str]:
    """Who uses resources, what they boot with, and what is found of them."""
    users = dict.fromkeys(_launching(user, told) for one in alike for user in one.users)
    calls = dict.fromkeys(told.at(call) for one in alike for call in one.calls)
    if users:
        yield f"used by {told.names(list(users), str)}"
    if calls:
        yield f"the boot script calls IMDSv1: {told.names(list(calls), str)}"
    elif alike[0].unseen:
        yield f"the boot script is not visible: {told.markup.text(alike[0].unseen)}"
    yield from _findings(alike, told)


def _readings(readings: Sequence[Reading], told: Told) -> Iterator[str]:
    """Options that are set, a line each; those that are not and have a default together."""
    unset = [reading for reading in readings if reading.silence and not reading.chain]
    yield from (_reading(reading, told) for reading in readings if reading not in unset)
    if unset:
        defaults = (f"{told.markup.code(one.name)} (default: {told.markup.text(one.silence)})" for one in unset)
        yield f"not set: {', '.join(defaults)}"


def _reading(reading: Reading, told: Told) -> str:
    silence = f" (default: {told.markup.text(reading.silence)})" if reading.silence else ""
    said = f"{told.markup.code(reading.name)} is {told.markup.text(reading.said)}{silence}"
    return said + (f": {_steps(reading.chain, told)}" if reading.chain else "")


def _steps(chain: Sequence[Step], told: Told) -> str:
    """The way from a resource to what decided a value; of a long one its beginning and its end."""
    shown = [
        f"{told.markup.text(step.what)} ({told.at(step.span)})" if step.what else told.at(step.span) for step in chain
    ]
    if len(shown) > _MOST_STEPS:
        shown = [*shown[: _MOST_STEPS // 2], "…", *shown[-(_MOST_STEPS // 2) :]]
    return " → ".join(shown)


def _launching(launching: Launching, told: Told) -> str:
    name = told.markup.code(launching.resource.address)
    if launching.reach is None:
        return name
    change = "the next version" if launching.version else "a change"
    words = launching.renewal or _REACHES[launching.reach].format(change)
    version = f"{launching.version}: " if launching.version else ""
    return f"{name} ({told.markup.text(version + words)})"


def _findings(alike: Iterable[Explained], told: Told) -> Iterator[str]:
    """The findings about resources, each rule once, with a link to its page; what is suppressed is told as that."""
    about = concerning([one.resource for one in alike], told.report)
    for finding in about.found:
        yield f"{told.markup.link(finding.rule.code, finding.rule.url)} {finding.rule.name}"
    for hidden in about.suppressed:
        rule = hidden.finding.rule
        why = told.markup.text(suppressed.why(hidden.by, told.report.sources))
        yield f"{told.markup.link(rule.code, rule.url)} {rule.name}, suppressed by {why}"
