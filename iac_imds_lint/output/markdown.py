"""A comment in a pull request, or a job summary: a verdict, a table, and each finding folded under it.

What comes from files cannot break it: punctuation that means something to Markdown or HTML is written as entities,
names call nobody (GitHub looks for @name and #1 in what is rendered, where an entity does not help but a joiner of no
width does), and source text is in fences longer than any in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from iac_imds_lint.edit import Applicability, Fix
from iac_imds_lint.finding import Finding, Severity
from iac_imds_lint.output import full, proposed, suppressed
from iac_imds_lint.output.excerpt import printable
from iac_imds_lint.output.notes import at, counted, row
from iac_imds_lint.output.paths import uri
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report

# GitHub takes 65,536 characters in a comment, 1 MiB in a step summary; GitLab a million. Counted in bytes here.
_MOST = 60_000
# So much of it is for each of the two tables.
_TABLE = 20_000
_UNREAD = 8_000
_LONGEST_CELL = 400
_LONGEST_DETAIL = 6_000

_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}
_TICKS = re.compile("`+")
_ESCAPES = {ord(c): f"&#{ord(c)};" for c in "&<>\\`|*_[]~$"} | {ord(c): f"{c}&#8288;" for c in "@#"}


def render(report: Report, view: View) -> str:
    """The verdict, what could not be read, the tables and the details, as much of them as a comment takes."""
    hidden = suppressed.shown(report, view)
    if not report.findings and not report.problems and not hidden:
        return f"**iac-imds-lint**: {full.summary(report)}\n"
    findings = sorted(report.findings, key=lambda finding: list(Severity).index(finding.rule.severity))
    told = f"### iac-imds-lint: {_verdict(report)}\n\n{full.summary(report)}\n\n{_unread(report)}"
    rows = (_row(finding, _fix(finding), report, view) for finding in findings)
    told += _table(_HEAD, rows, len(findings))
    rows = (
        _row(one.finding, f"; suppressed: {_text(suppressed.why(one.by, report.sources))}", report, view)
        for one in hidden
    )
    told += _table(f"Suppressed:\n\n{_HEAD}", rows, len(hidden))
    return told + _within(_MOST - _size(told), _details(findings, report), len(findings), _LEFT_OUT)


def _table(head: str, rows: Iterator[str], number: int) -> str:
    return f"{head}{_within(_TABLE, rows, number, _MORE_ROWS)}\n" if number else ""


_MORE_ROWS = "| | | | and {} more |\n"
_LEFT_OUT = "The details of {} more are left out.\n"
_HEAD = "| severity | rule | place | finding |\n|---|---|---|---|\n"


def _verdict(report: Report) -> str:
    counts = Counter(finding.rule.severity for finding in report.findings)
    parts = [counted(counts[severity], _NOUNS[severity]) for severity in Severity if counts[severity]]
    if report.problems:
        parts.append(f"{counted(len({problem.path for problem in report.problems}), 'file')} not judged")
    return ", ".join(parts) or "no findings"


def _within(room: int, parts: Iterator[str], number: int, left: str) -> str:
    """As many of a number of parts as there is room for, in bytes, and how many are left out."""
    taken: list[str] = []
    room -= len(left) + len(str(number))
    for part in parts:
        room -= _size(part)
        if room < 0:
            return "".join((*taken, left.format(number - len(taken))))
        taken.append(part)
    return "".join(taken)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _unread(report: Report) -> str:
    problems = list(dict.fromkeys(report.problems))
    lines = (f"- not judged: {_code(problem.path)}: {_text(problem.reason)}\n" for problem in problems)
    return _within(_UNREAD, lines, len(problems), "- and {} more\n") + "\n" if problems else ""


def _row(finding: Finding, more: str, report: Report, view: View) -> str:
    rule = finding.rule
    place = _place(finding, report, view)
    return f"| {rule.severity.value} | [{rule.code}]({rule.url}) | {place} | {_text(finding.message)}{more} |\n"


def _fix(finding: Finding) -> str:
    return f" ({finding.fix.applicability.label} fix)" if finding.fix is not None else ""


def _place(finding: Finding, report: Report, view: View) -> str:
    """The place, with a link to its row where a browser finds it."""
    shown = _code(at(finding.span, report))
    name, is_inside = uri(finding.span.path, view.root)
    if not view.address or not is_inside:
        return shown
    return f"[{shown}]({view.address}{name}#L{row(finding.span, report)})"


def _details(findings: Iterable[Finding], report: Report) -> Iterator[str]:
    for finding in findings:
        title = f"{finding.rule.code} {_code(at(finding.span, report))}"
        shown = _fenced(full.render(replace(report, findings=(finding,)), View()).rstrip(), "text")
        yield f"<details><summary>{title}</summary>\n\n{shown}{_diff(finding.fix, report)}\n</details>\n\n"


def _diff(fix: Fix | None, report: Report) -> str:
    if fix is None or fix.applicability is Applicability.DISPLAY_ONLY:
        return ""
    return "\n" + _fenced("\n".join(proposed.lines(fix, report.sources)), "diff")


def _fenced(text: str, language: str) -> str:
    text = text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}\n…"
    ticks = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}\n"


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Text from files as itself; a very long one is cut."""
    cut = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
    return printable(cut).translate(_ESCAPES).replace("://", "&#58;//").replace("www.", "www&#46;")
