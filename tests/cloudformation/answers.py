"""Templates with their right answers: what is asked of each, and how it is compared with a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pytest
from _pytest.mark import ParameterSet

from iac_imds_lint.engine import Options
from iac_imds_lint.finding import Finding
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span
from tests.support import linted

# Postures, each with the level that decides it.
V1_HERE, V2_HERE, OFF_HERE = "v1-allowed by resource", "v2-required by resource", "imds-disabled by resource"
V1_SILENT, V2_SILENT = "v1-allowed by service-default", "v2-required by service-default"
V1_THERE, V2_THERE, OFF_THERE = (
    "v1-allowed by launch-template",
    "v2-required by launch-template",
    "imds-disabled by launch-template",
)
ONE_OF, REFUSED, OPEN = "unknown by launch-template", "unknown by resource", "unknown by unknown"


class Found(NamedTuple):
    """A finding: its code, the resource ("" where it is of a file), and what the marked text begins with.

    ``fix`` is "safe", "unsafe" or "none", ``origin`` what the text begins with at one of the places that led to the
    decision, ``told`` a part of the message. What is empty is not asked.
    """

    code: str
    resource: str
    at: str = ""
    fix: str = ""
    origin: str = ""
    told: str = ""


class Case(NamedTuple):
    """A template, or several files, and the answer.

    ``rows`` are the postures with what decides them, by address; ``says`` what the reason of each undecided one names.
    ``found`` is None where the findings are not settled by what AWS documents.
    """

    name: str
    why: str
    files: str | Mapping[str, str]
    rows: Mapping[str, str]
    found: tuple[Found, ...] | None = ()
    says: Mapping[str, tuple[str, ...]] = {}
    options: Options = Options()


def parameters(*tables: Iterable[Case]) -> list[ParameterSet]:
    """The cases of some tables for pytest."""
    cases = [case for table in tables for case in table]
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return [pytest.param(case, id=case.name) for case in cases]


def compare(case: Case) -> None:
    """Assert that the report on the files of a case is its answer."""
    files = {"t.yaml": case.files} if isinstance(case.files, str) else case.files
    report = linted(files, case.options)
    assert _rows(report) == case.rows, case.why
    assert not report.problems
    _compare_reasons(case, report)
    if case.found is not None:
        _compare_findings(case.found, report)


def _rows(report: Report) -> dict[str, str]:
    return {row.resource: f"{row.posture.value} by {row.decided_by.value}" for row in report.inventory}


def _compare_reasons(case: Case, report: Report) -> None:
    undecided = {row.resource: row.reason for row in report.inventory if row.decided_by.value == "unknown"}
    assert undecided.keys() == case.says.keys()
    for address, fragments in case.says.items():
        missing = [fragment for fragment in fragments if fragment not in undecided[address]]
        assert not missing, undecided[address]


def _compare_findings(expected: tuple[Found, ...], report: Report) -> None:
    wanted = sorted(expected, key=lambda found: (found.code, found.resource))
    findings = sorted(report.findings, key=_identity)
    assert [_identity(finding) for finding in findings] == [(found.code, found.resource) for found in wanted]
    for finding, found in zip(findings, wanted, strict=True):
        assert _text(report, finding.span).startswith(found.at)
        assert found.fix in ("", _fix(finding)), finding.fix_unavailable
        assert found.told in finding.message
        origins = [_text(report, related.span) for related in finding.related]
        assert not found.origin or any(origin.startswith(found.origin) for origin in origins), origins


def _identity(finding: Finding) -> tuple[str, str]:
    return finding.rule.code, finding.resource.address if finding.resource else ""


def _fix(finding: Finding) -> str:
    return finding.fix.applicability.label if finding.fix else "none"


def _text(report: Report, span: Span) -> str:
    """The text of a file from the start of a place on."""
    source = report.sources.read(span.path)
    assert isinstance(source, SourceFile)
    return source.text[span.start :]


def given(*files: str, **texts: str) -> Options:
    """A run with parameter files, and with parameters of the command line."""
    return Options(inputs=Inputs(parameters=texts, parameter_files=files))


def template(*resources: str, rest: str = "") -> str:
    """A template of resources, each as :func:`resource` writes it, and more sections."""
    return "Resources:\n" + "".join(resources) + rest


def resource(name: str, kind: str, properties: str = "", more: str = "") -> str:
    """A resource with properties, one a line, and with more attributes beside them."""
    lines = "".join(f"      {line}\n" for line in properties.splitlines())
    beside = "".join(f"    {line}\n" for line in more.splitlines())
    return f"  {name}:\n    Type: {kind}\n{beside}" + (f"    Properties:\n{lines}" if lines else "")


def web(properties: str = "", rest: str = "", more: str = "") -> str:
    """A template of one instance, ``Web``."""
    return template(resource("Web", "AWS::EC2::Instance", f"ImageId: ami-1\n{properties}", more), rest=rest)


def imds(written: str, rest: str = "") -> str:
    """A template of one instance whose ``HttpTokens`` is written so."""
    return web(f"MetadataOptions:\n  HttpTokens: {written}", rest)


def launch_template(name: str, options: str = "", more: str = "") -> str:
    """A launch template with metadata options in flow style."""
    data = f"ImageId: ami-1{options and f', MetadataOptions: {options}'}"
    return resource(name, "AWS::EC2::LaunchTemplate", f"LaunchTemplateData: {{{data}}}\n{more}")


STRICT = launch_template("Strict", "{HttpTokens: required}")
WEAK = launch_template("Weak")
WEAK_FOUND = Found("IMDS001", "Weak", "Weak")
