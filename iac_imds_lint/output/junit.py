"""JUnit XML, as Jenkins, GitLab and Azure Pipelines read test results: a suite a file, a case a finding.

Nobody owns the format. What is written here is what the schema of Jenkins' xUnit plugin (junit-10.xsd) allows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.finding import Finding, Suppressed
from iac_imds_lint.output import paths, suppressed
from iac_imds_lint.output.notes import notes
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.rules import UNJUDGED
from iac_imds_lint.source import Problem, SourceFile

# Jenkins fails a build whose reports hold no test.
_NOTHING = "nothing to lint"
# Production 2 of XML 1.0 (Char): no other character can be written, not even as a reference.
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


class _Case(NamedTuple):
    """A test case: its name, and what it came to, which is nothing where it passed."""

    name: str
    element: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def render(report: Report, view: View) -> str:
    """The findings as failures, and a case that passes for each file that could have had one and has none."""
    suites = _suites(report, view)
    cases = [case for found in suites.values() for case in found]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_counts('iac-imds-lint', cases)}>"]
    for path, found in suites.items():
        lines += _suite(path, found)
    return "\n".join([*lines, "</testsuites>", ""])


def _suites(report: Report, view: View) -> dict[str, list[_Case]]:
    """The cases by the paths of their files, those in order."""
    cases = [
        *((problem.path, _unread(problem, view.root)) for problem in report.problems),
        *((finding.span.path, _found(finding, report, view.root)) for finding in report.findings),
    ]
    cases += [(one.finding.span.path, _hidden(one, report, view.root)) for one in suppressed.shown(report, view)]
    suites: dict[str, list[_Case]] = {}
    for path, case in cases:
        suites.setdefault(path, []).append(case)
    for path in report.relevant:
        suites.setdefault(path, [_Case("no findings")])
    named = {paths.told(path, view.root): _told_apart(found) for path, found in sorted(suites.items())}
    return named or {"iac-imds-lint": [_Case(_NOTHING)]}


def _told_apart(cases: Iterable[_Case]) -> list[_Case]:
    """Cases of one suite, numbered where they would have a name in common: Jenkins shows one of these only."""
    seen: Counter[str] = Counter()
    done = []
    for case in cases:
        seen[case.name] += 1
        number = seen[case.name]
        done.append(case if number == 1 else case._replace(name=f"{case.name} ({number})"))
    return done


def _unread(problem: Problem, root: Root) -> _Case:
    text = f"{paths.told(problem.path, root)}: {problem.reason}"
    return _Case("can be read", "error", "unreadable", problem.reason, text)


def _found(finding: Finding, report: Report, root: Root) -> _Case:
    if not report.fails(finding):
        return _skipped(finding, f"does not fail the run: {finding.message}", report, root)
    element = "error" if finding.rule.code in UNJUDGED else "failure"
    return _Case(_name(finding), element, finding.rule.severity.value, finding.message, _text(finding, report, root))


def _hidden(one: Suppressed, report: Report, root: Root) -> _Case:
    return _skipped(one.finding, f"suppressed by: {suppressed.why(one.by, report.sources)}", report, root)


def _skipped(finding: Finding, message: str, report: Report, root: Root) -> _Case:
    return _Case(_name(finding), "skipped", finding.rule.severity.value, message, _text(finding, report, root))


def _name(finding: Finding) -> str:
    """The rule and the resource: the same from run to run, by which Jenkins knows since when a test fails."""
    address = f" {finding.resource.address}" if finding.resource else ""
    return f"{finding.rule.code} {finding.rule.name}{address}"


def _text(finding: Finding, report: Report, root: Root) -> str:
    source = report.sources.read(finding.span.path)
    row, column = source.position(finding.span.start) if isinstance(source, SourceFile) else (1, 1)
    place = f"{paths.told(finding.span.path, root)}:{row}:{column}"
    head = f"{place}: {finding.rule.severity.value} {finding.rule.code} {finding.message}"
    return "\n".join([head, *notes(finding), finding.rule.url])


def _suite(path: str, cases: Sequence[_Case]) -> Iterator[str]:
    skipped = sum(case.element == "skipped" for case in cases)
    yield f'  <testsuite{_counts(path, cases)} skipped="{skipped}">'
    for case in cases:
        named = f'name="{_attribute(case.name)}" classname="{_attribute(_class(path))}"'
        if not case.element:
            yield f"    <testcase {named}/>"
            continue
        yield f"    <testcase {named}>"
        said = f'type="{_attribute(case.type)}" message="{_attribute(case.message)}"'
        yield f"      <{case.element} {said}>{_content(case.text)}</{case.element}>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _class(path: str) -> str:
    """A path as a class in a package, by whose dots Jenkins and Azure Pipelines arrange what they show."""
    return path.replace(".", "_").replace("/", ".")


def _counts(name: str, cases: Sequence[_Case]) -> str:
    counts = Counter(case.element for case in cases)
    numbers = f'tests="{len(cases)}" failures="{counts["failure"]}" errors="{counts["error"]}"'
    return f' name="{_attribute(name)}" {numbers}'


def _attribute(text: str) -> str:
    return _written(text).translate(_ESCAPES)


def _content(text: str) -> str:
    return _written(text).translate(_TEXT_ESCAPES)


def _written(text: str) -> str:
    """The text with escapes that a person reads in place of what is no character of XML."""
    return _NO_CHARACTER.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
