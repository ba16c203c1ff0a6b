"""JUnit XML: what each suite and case says, and whether what reads such reports takes it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from iac_imds_lint import narrowing, rules
from iac_imds_lint.finding import Hiding, Severity, Suppressed, Suppression
from iac_imds_lint.output import junit
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, Span
from tests.shell import run
from tests.support import linted

WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
STRONG = 'resource "aws_instance" "s" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
URL = rules.RULES[0].url

# There is no published standard. These are the constraints that are common to what is read by Jenkins' JUnit and xUnit
# plugins (https://plugins.jenkins.io/junit/, https://plugins.jenkins.io/xunit/) and by GitLab
# (https://docs.gitlab.com/ci/testing/unit_test_reports/), written as a schema of our own.
SCHEMA = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:complexType name="outcome"><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="type" type="xs:string" use="required"/>
    <xs:attribute name="message" type="xs:string" use="required"/>
  </xs:extension></xs:simpleContent></xs:complexType>
  <xs:complexType name="case">
    <xs:choice minOccurs="0">
      <xs:element name="skipped" type="outcome"/>
      <xs:element name="error" type="outcome"/>
      <xs:element name="failure" type="outcome"/>
    </xs:choice>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="classname" type="xs:string" use="required"/>
  </xs:complexType>
  <xs:attributeGroup name="counts">
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
  </xs:attributeGroup>
  <xs:element name="testsuites">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="testsuite" maxOccurs="unbounded">
          <xs:complexType>
            <xs:sequence><xs:element name="testcase" type="case" maxOccurs="unbounded"/></xs:sequence>
            <xs:attributeGroup ref="counts"/>
            <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:attributeGroup ref="counts"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
"""


def read(report: Report, view: View | None = None) -> ET.Element:
    """The report as an XML parser reads it; the counts are those of what it holds."""
    root = ET.fromstring(junit.render(report, view or View()))
    counted(root)
    for suite in root:
        counted(suite)
        assert suite.get("skipped") == str(len(suite.findall(".//skipped")))
    return root


def counted(element: ET.Element) -> None:
    names = {"tests": ".//testcase", "failures": ".//failure", "errors": ".//error"}
    assert {name: element.get(name) for name in names} == {
        name: str(len(element.findall(path))) for name, path in names.items()
    }


def told(root: ET.Element) -> list[tuple[str | None, ...]]:
    """Suite, case and outcome of every case, in order."""
    return [
        (suite.get("name"), case.get("name"), next((child.tag for child in case), "passed"))
        for suite in root
        for case in suite
    ]


def test_the_whole_report() -> None:
    report = linted({"infra/main.tf": WEAK, "infra/strong.tf": STRONG})
    message = "aws_instance.x answers IMDSv1: metadata_options is not set"
    assert junit.render(report, View()) == (
        f'{HEAD}<testsuites name="iac-imds-lint" tests="2" failures="1" errors="0">\n'
        '  <testsuite name="infra/main.tf" tests="1" failures="1" errors="0" skipped="0">\n'
        '    <testcase name="IMDS001 missing-metadata-options aws_instance.x" classname="infra.main_tf">\n'
        f'      <failure type="error" message="{message}">infra/main.tf:1:1: error IMDS001 {message}\n'
        'fix (safe): set http_endpoint to "enabled" and http_tokens to "required"\n'
        f"{URL}</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="infra/strong.tf" tests="1" failures="0" errors="0" skipped="0">\n'
        '    <testcase name="no findings" classname="infra.strong_tf"/>\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_a_report_on_nothing_has_a_case_that_passes() -> None:
    """Jenkins fails a build whose reports hold none."""
    assert told(read(linted({}))) == [("iac-imds-lint", "nothing to lint", "passed")]


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected", "why"),
    [
        (Severity.ERROR, Severity.WARNING, "failure", "an error"),
        (Severity.WARNING, Severity.WARNING, "failure", "a warning fails the run"),
        (Severity.WARNING, Severity.ERROR, "skipped", "unless the user says otherwise"),
        (Severity.INFO, Severity.WARNING, "skipped", "information never does"),
    ],
)
def test_what_fails_the_run_fails_its_case(severity: Severity, fail_on: Severity, expected: str, why: str) -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    of_severity = replace(finding, rule=finding.rule._replace(severity=severity))
    root = read(replace(report, findings=(of_severity,), fail_on=fail_on))
    assert [outcome for _, _, outcome in told(root)] == [expected], why


def test_what_could_not_be_read_is_an_error() -> None:
    report = linted({"main.tf": 'resource "aws_instance" "x" {'})
    root = read(replace(report, problems=(Problem("secret.tf", "Permission denied"),)))
    assert told(root) == [
        ("main.tf", "IMDS900 syntax-error", "error"),
        ("secret.tf", "can be read", "error"),
    ]
    error = root[1][0][0]
    assert (error.get("type"), error.get("message"), error.text) == (
        "unreadable",
        "Permission denied",
        "secret.tf: Permission denied",
    )


def test_cases_that_are_alike_are_told_apart() -> None:
    report = linted({"main.tf": WEAK})
    name = "IMDS001 missing-metadata-options aws_instance.x"
    assert [case for _, case, _ in told(read(replace(report, findings=report.findings * 3)))] == [
        name,
        f"{name} (2)",
        f"{name} (3)",
    ]


def test_what_is_suppressed_is_skipped_where_it_is_asked_for() -> None:
    report = linted({"main.tf": WEAK})
    by = Suppression(Hiding.COMMENT, None, "old fleet")
    hidden = narrowing.without(report, [Suppressed(report.findings[0], by)])
    assert told(read(hidden)) == [("main.tf", "no findings", "passed")]
    root = read(hidden, View(suppressed=True))
    assert told(root) == [("main.tf", "IMDS001 missing-metadata-options aws_instance.x", "skipped")]
    assert root[0][0][0].get("message") == "suppressed by: comment: old fleet"


def test_a_path_begins_at_the_root_of_the_repository() -> None:
    root = read(linted({"main.tf": WEAK}), View(root=Root("/home/me/repo/infra", "/home/me/repo")))
    assert (root[0].get("name"), root[0][0].get("classname")) == ("infra/main.tf", "infra.main_tf")
    assert (root[0][0][0].text or "").startswith("infra/main.tf:1:1: ")


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("a < b && c > d", "a < b && c > d", "markup"),
        ("]]>", "]]>", "the end of a section that is none"),
        ("\"'", "\"'", "quotes"),
        ("a\tb\nc\rd", "a\tb\nc\rd", "blanks as they are"),
        ("\x1b[31m", "\\x1b[31m", "what could steer a terminal is no character of XML"),
        ("\0\x0b\x7f\x85", "\\x00\\x0b\x7f\x85", "nor are these; the last two are"),
        ("\ud800", "\\xd800", "half a surrogate pair is no character"),
        ("\ufffe\uffff", "\\xfffe\\xffff", "nor are these"),
        ("🦀é", "🦀é", "other planes"),
        ("x" * 1_000_000, "x" * 1_000_000, "a long line"),
    ],
    ids=lambda value: str(ascii(value))[:20],
)
def test_any_text_is_told(text: str, expected: str, why: str) -> None:
    report = linted({"main.tf": WEAK})
    finding = replace(report.findings[0], message=text, fix=None, fix_unavailable="")
    failure = read(replace(report, findings=(finding,)))[0][0][0]
    assert failure.get("message") == expected, why
    assert failure.text == f"main.tf:1:1: error IMDS001 {expected}\n{URL}", why


def test_any_name_of_a_file_is_told() -> None:
    report = linted({"main.tf": WEAK})
    finding = replace(report.findings[0], span=Span('a"<&\x01\udcff/b.tf', 0, 0))
    root = read(replace(report, findings=(finding,), relevant=()))
    assert root[0].get("name") == 'a"<&\\x01\\xdcff/b.tf'


def everything() -> Report:
    """A report with a case of every kind."""
    report = linted({"main.tf": WEAK, "strong.tf": STRONG, "broken.tf": 'resource "aws_instance" "x" {'})
    hidden = Suppressed(report.findings[-1], Suppression(Hiding.BASELINE))
    return replace(report, suppressed=(hidden,), problems=(Problem("secret.tf", "Permission denied"),))


@pytest.mark.parametrize("report", [everything(), linted({})], ids=["everything", "nothing"])
def test_the_schema_allows_it(report: Report) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    xmlschema.XMLSchema(SCHEMA).validate(junit.render(report, View(suppressed=True)))


def test_a_reader_of_such_reports_reads_it() -> None:
    junitparser = pytest.importorskip("junitparser")
    found = junitparser.JUnitXml.fromstring(junit.render(everything(), View(suppressed=True)).encode())
    assert (found.tests, found.failures, found.errors) == (5, 1, 2)
    outcomes = {
        (suite.name, case.name): [type(result).__name__ for result in case.result] for suite in found for case in suite
    }
    assert outcomes == {
        ("broken.tf", "IMDS900 syntax-error"): ["Error"],
        ("main.tf", "IMDS001 missing-metadata-options aws_instance.x"): ["Failure"],
        ("main.tf", "IMDS001 missing-metadata-options aws_instance.x (2)"): ["Skipped"],
        ("secret.tf", "can be read"): ["Error"],
        ("strong.tf", "no findings"): [],
    }


def test_the_command_prints_a_report_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(WEAK)
    ran = run(tmp_path, "check", "--output-format", "junit")
    assert (ran.status, ran.err) == (1, "")
    assert told(ET.fromstring(ran.out)) == [("main.tf", "IMDS001 missing-metadata-options aws_instance.x", "failure")]
