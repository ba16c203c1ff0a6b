"""Annotations of GitHub Actions: workflow commands that show each finding at its line, and all findings in the log.

A command is a line ``::error file=…,line=…::message``; escaping is that of actions/toolkit (command.ts in
packages/core/src) and of the runner that takes it apart again (src/Runner.Common/ActionCommand.cs). The runner looks
for commands in every line: at its start, leading blanks or not, for ``::``, and anywhere in it for ``##[``, the older
form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.finding import Finding, Severity
from iac_imds_lint.output import concise, suppressed
from iac_imds_lint.output.excerpt import harmless
from iac_imds_lint.output.notes import at, beside, counted, notes
from iac_imds_lint.output.paths import told as named
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, SourceFile, Span

# "10 warning annotations, 10 error annotations, and 10 notice annotations per step", "50 annotations per job"
# (docs/problem-matchers.md of actions/toolkit). More are dropped without a word.
_MOST = 10
_MOST_PLACES = 6
_LONGEST = 4000
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
# In this order the escapes are undone as they were made: the sign of the escapes comes first.
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


class _Told(NamedTuple):
    """A finding and the command that tells it; ``suppressed`` says by what it is, if it is."""

    finding: Finding
    command: str
    suppressed: str = ""


def render(report: Report, view: View) -> str:
    """A command for each finding, errors first, as many as GitHub shows; how many more there are; then all as text."""
    unread = list(dict.fromkeys(report.problems))
    every = [_Told(finding, _COMMANDS[finding.rule.severity]) for finding in report.findings]
    every += [
        _Told(one.finding, "notice", f"suppressed: {suppressed.why(one.by, report.sources)}")
        for one in suppressed.shown(report, view)
    ]
    shown = _shown(every, min(len(unread), _MOST))
    lines = [_unreadable(problem, view.root) for problem in unread[:_MOST]]
    lines += [_annotation(told, report, view.root) for told in shown]
    if left := len(every) - len(shown):
        lines.append(_command("notice", {"title": "iac-imds-lint"}, _rest(left)))
    return "".join(f"{line}\n" for line in (*lines, *_listed(len(every), report, view)))


def _rest(left: int) -> str:
    more = counted(left, "more finding")
    return f"{more} than GitHub shows as annotations: the log of this step lists all of them."


def _shown(every: Iterable[_Told], unread: int) -> list[_Told]:
    """What GitHub shows, the most severe first, beside so many files that could not be read."""
    room = {"error": _MOST - unread, "warning": _MOST, "notice": _MOST - 1}
    by_command: dict[str, list[_Told]] = {command: [] for command in room}
    for one in every:
        by_command[one.command].append(one)
    return [one for command, limit in room.items() for one in by_command[command][:limit]]


def _annotation(told: _Told, report: Report, root: Root) -> str:
    rule = told.finding.rule
    properties = {**_place(told.finding.span, report, root), "title": f"{rule.code} {rule.name}"}
    return _command(told.command, properties, "\n".join(_message(told, report)))


def _message(told: _Told, report: Report) -> Iterator[str]:
    finding = told.finding
    yield finding.message
    if told.suppressed:
        yield told.suppressed
    for related in finding.related[:_MOST_PLACES]:
        yield f"{at(related.span, report)}: {related.message}"
    if len(finding.related) > _MOST_PLACES:
        yield f"and {len(finding.related) - _MOST_PLACES} more places"
    yield from notes(finding)
    if finding.fix is not None:
        yield from beside(finding.fix, report)
    yield finding.rule.url


def _unreadable(problem: Problem, root: Root) -> str:
    row = {"line": str(problem.position.row)} if problem.position is not None else {}
    properties = {"file": named(problem.path, root), **row, "title": "iac-imds-lint could not read this"}
    return _command("error", properties, problem.reason)


def _place(span: Span, report: Report, root: Root) -> dict[str, str]:
    """File and range. Columns may only be sent for a single line (core/src/core.ts of actions/toolkit)."""
    source = report.sources.read(span.path)
    file = {"file": named(span.path, root)}
    if not isinstance(source, SourceFile):
        return {**file, "line": "1"}
    first, last = source.position(span.start), source.position(max(span.start, span.end - 1))
    rows = {**file, "line": str(first.row), "endLine": str(last.row)}
    return rows if first.row != last.row else {**rows, "col": str(first.column), "endColumn": str(last.column)}


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    return f"::{name} {given}::{_escaped(message[:_LONGEST], _DATA)}"


def _escaped(text: str, escapes: Iterable[tuple[str, str]]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text


def _listed(number: int, report: Report, view: View) -> Iterator[str]:
    """All findings as text that is no command, folded away."""
    if number:
        yield f"::group::{counted(number, 'finding')}"
        for line in concise.render(report, View(suppressed=view.suppressed)).split("\n")[:-1]:
            yield harmless(line)
        yield "::endgroup::"
