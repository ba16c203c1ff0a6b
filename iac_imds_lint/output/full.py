"""The report for a person: each finding with its source, where it was decided, who is affected and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.finding import Finding, Suppressed
from iac_imds_lint.output import suppressed
from iac_imds_lint.output.excerpt import excerpt, on_one_line
from iac_imds_lint.output.notes import beside, counted, notes, row
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span

_MOST_PLACES = 6


def render(report: Report, view: View) -> str:
    """The findings, a blank line after each; then those that are suppressed, where the view asks for them."""
    again = _again(report)
    findings = (_finding(finding, report, view.style, again) for finding in report.findings)
    hidden = (_hidden(one, report, view.style) for one in suppressed.shown(report, view))
    return "".join("\n".join(lines) + "\n\n" for lines in chain(findings, hidden))


def _hidden(one: Suppressed, report: Report, style: Style) -> Iterator[str]:
    """A finding that is suppressed: where it is, and why it is not reported."""
    finding = one.finding
    yield f"suppressed {finding.rule.code} {finding.rule.name}: {style.bold(on_one_line(finding.message))}"
    gutter = len(str(row(finding.span, report)))
    yield from _shown(_Place(finding.span, finding.label, "^", "-->"), gutter, report, style)
    yield _note(gutter, style, f"suppressed by: {suppressed.why(one.by, report.sources)}")


def _again(report: Report) -> dict[Finding, str]:
    """The findings whose draft is that of an earlier one, and what that is about: instances have one in common."""
    first: dict[tuple[Edit, ...], Finding] = {}
    again: dict[Finding, str] = {}
    for finding in report.findings:
        if finding.fix is not None and finding.fix.edits and finding.resource is not None:
            earlier = first.setdefault(finding.fix.edits, finding)
            if earlier is not finding and earlier.resource is not None:
                again[finding] = earlier.resource.address
    return again


class _Place(NamedTuple):
    """A span to show, what stands under it, the mark that underlines it and the arrow that leads to it."""

    span: Span
    label: str
    mark: str = "-"
    arrow: str = ":::"


def _finding(finding: Finding, report: Report, style: Style, again: Mapping[Finding, str]) -> Iterator[str]:
    rule = finding.rule
    head = style.severity(f"{rule.severity.value} {rule.code}", rule.severity)
    yield f"{head} {rule.name}: {style.bold(on_one_line(finding.message))}"
    places = [_Place(finding.span, finding.label, "^", "-->")]
    places += [_Place(related.span, related.message) for related in finding.related[:_MOST_PLACES]]
    gutter = max(len(str(row(place.span, report))) for place in places)
    for place in places:
        yield from _shown(place, gutter, report, style)
    if len(finding.related) > _MOST_PLACES:
        yield _note(gutter, style, f"and {len(finding.related) - _MOST_PLACES} more places")
    for note in notes(finding):
        yield _note(gutter, style, note)
    if finding.fix is not None:
        yield from _offered(finding.fix, gutter, report, style, again.get(finding, ""))


def _offered(fix: Fix, gutter: int, report: Report, style: Style, shown: str) -> Iterator[str]:
    """The edits where no option applies them, what they leave to do by hand, and what else would do.

    ``shown`` is where the same edits were shown.
    """
    is_draft = fix.applicability is Applicability.DISPLAY_ONLY and fix.edits
    if is_draft and shown:
        yield _note(gutter, style, f"the draft is that of {shown}, above")
    elif is_draft:
        from iac_imds_lint.output import proposed

        yield from (f"{' ' * gutter} {style.frame('|')} {line}" for line in proposed.lines(fix, report.sources))
    yield from (_note(gutter, style, line) for line in beside(fix, report))


def _shown(place: _Place, gutter: int, report: Report, style: Style) -> Iterator[str]:
    source = report.sources.read(place.span.path)
    blank, path = " " * gutter, on_one_line(place.span.path)
    if not isinstance(source, SourceFile):
        yield f"{blank}{style.frame(place.arrow)} {path}"
        return
    shown = excerpt(source, place.span)
    marks = f"{' ' * shown.indent}{place.mark * shown.width} {on_one_line(place.label)}".rstrip()
    yield f"{blank}{style.frame(place.arrow)} {path}:{shown.row}:{shown.column}"
    yield f"{blank} {style.frame('|')}"
    yield f"{style.frame(str(shown.row).rjust(gutter) + ' |')} {shown.text}"
    yield f"{blank} {style.frame('|')} {style.bold(marks) if place.mark == '^' else marks}"


def _note(gutter: int, style: Style, text: str) -> str:
    return f"{' ' * gutter} {style.frame('=')} {on_one_line(text)}"


def summary(report: Report) -> str:
    """One line: how much was found in how many files, and what could be fixed."""
    total = len(report.findings)
    files = counted(report.files, "file")
    hidden = of_suppressed(report)
    if not total:
        unread = len({problem.path for problem in report.problems})
        return f"No findings in {files}{f', but {unread} could not be read' if unread else ''}.{hidden}"
    fixes = [finding.fix.applicability for finding in report.findings if finding.fix is not None]
    safe, unsafe = fixes.count(Applicability.SAFE), fixes.count(Applicability.UNSAFE)
    text = f"{counted(total, 'finding')} in {files}."
    if safe:
        text += f" {safe} fixable with --fix."
    if unsafe:
        text += f" {unsafe} {'more ' if safe else ''}fixable with --fix --unsafe-fixes."
    return text + hidden


def of_suppressed(report: Report) -> str:
    """How many findings are suppressed, to follow a summary; nothing where none is."""
    return f" {len(report.suppressed)} suppressed." if report.suppressed else ""
