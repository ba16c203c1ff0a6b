"""The code quality report of GitLab: what each entry says, and what GitLab's documentation asks of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iac_imds_lint import narrowing
from iac_imds_lint.finding import Hiding, Severity, Suppressed, Suppression
from iac_imds_lint.output import gitlab
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Span
from tests.shell import run
from tests.support import linted

WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
SEVERITIES = ("info", "minor", "major", "critical", "blocker")


def complaints(entries: Any) -> list[str]:
    """What GitLab's documentation has against a report.

    https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format names the members, their types and the
    severities; a fingerprint is unique, and a path is relative to the repository and does not begin with "./".
    """
    if not isinstance(entries, list):
        return ["no list"]
    found = [f"{number}: {what}" for number, entry in enumerate(entries) for what in _wrong(entry)]
    fingerprints = [entry["fingerprint"] for entry in entries]
    return found if len(set(fingerprints)) == len(fingerprints) else [*found, "a fingerprint is not unique"]


def _wrong(entry: dict[str, Any]) -> list[str]:
    texts = ("description", "check_name", "fingerprint", "severity")
    found = [name for name in texts if not isinstance(entry.get(name), str) or not entry[name]]
    if entry["severity"] not in SEVERITIES:
        found.append("severity")
    location = entry["location"]
    if not isinstance(location["path"], str) or location["path"].startswith(("./", "/")) or "\\" in location["path"]:
        found.append("location.path")
    begin, end = location["lines"]["begin"], location["lines"]["end"]
    if not (type(begin) is type(end) is int and 1 <= begin <= end):
        found.append("location.lines")
    return found


def entries(report: Report, view: View | None = None) -> list[dict[str, Any]]:
    found = json.loads(gitlab.render(report, view or View()))
    assert complaints(found) == []
    return found  # type: ignore[no-any-return]


def test_an_entry() -> None:
    (entry,) = entries(linted({"main.tf": WEAK}))
    assert re.fullmatch("[0-9a-f]{32}", entry.pop("fingerprint"))
    assert entry == {
        "description": "IMDS001 missing-metadata-options: aws_instance.x answers IMDSv1: metadata_options is not set",
        "check_name": "IMDS001",
        "severity": "critical",
        "location": {"path": "main.tf", "lines": {"begin": 1, "end": 1}},
    }


def test_no_finding_is_an_empty_list() -> None:
    assert gitlab.render(linted({}), View()) == "[]\n"


@pytest.mark.parametrize(
    ("severity", "expected"), [(Severity.ERROR, "critical"), (Severity.WARNING, "major"), (Severity.INFO, "info")]
)
def test_a_severity(severity: Severity, expected: str) -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    (entry,) = entries(replace(report, findings=(replace(finding, rule=finding.rule._replace(severity=severity)),)))
    assert entry["severity"] == expected


def test_a_finding_of_several_lines() -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    (entry,) = entries(replace(report, findings=(replace(finding, span=Span("main.tf", 0, len(WEAK) - 1)),)))
    assert entry["location"]["lines"] == {"begin": 1, "end": 3}


def test_findings_that_are_alike_have_fingerprints_of_their_own() -> None:
    report = linted({"main.tf": WEAK})
    assert len(entries(replace(report, findings=report.findings * 3))) == 3


def test_a_path_begins_at_the_root_of_the_repository() -> None:
    view = View(root=Root("/home/me/repo/infra", "/home/me/repo"))
    assert [entry["location"]["path"] for entry in entries(linted({"main.tf": WEAK}), view)] == ["infra/main.tf"]


@pytest.mark.parametrize("shown", [False, True])
def test_what_is_suppressed_is_left_out(shown: bool) -> None:
    """GitLab has no word for it, and would show it as found."""
    report = linted({"main.tf": WEAK})
    hidden = narrowing.without(report, [Suppressed(report.findings[0], Suppression(Hiding.BASELINE))])
    assert entries(hidden, View(suppressed=shown)) == []


def test_a_file_that_cannot_be_read_is_an_entry() -> None:
    (entry,) = entries(linted({"main.tf": 'resource "aws_instance" "x" {'}))
    assert (entry["check_name"], entry["location"]["path"]) == ("IMDS900", "main.tf")


def test_the_command_prints_a_list_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(WEAK)
    ran = run(tmp_path, "check", "--output-format", "gitlab")
    assert (ran.status, ran.err) == (1, "")
    assert complaints(json.loads(ran.out)) == []
