"""What reviewdog reads: the schema of its format holds, and its suggestions, applied as it applies them, are the fixes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.finding import Hiding, Suppressed, Suppression
from iac_imds_lint.output import rdjson
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Position, Problem, Span
from tests.rdjson_schema import SCHEMA
from tests.shell import run
from tests.support import MemoryFiles, linted, repaired

WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
TOKENS = 'resource "aws_instance" "é" {\n  metadata_options {\n    /* 日本 */ http_tokens = "optional"\n    http_endpoint = "enabled"\n  }\n}\n'


def printed(report: Report, view: View | None = None) -> dict[str, Any]:
    return json.loads(rdjson.render(report, view or View()))  # type: ignore[no-any-return]


def applied(data: bytes, suggestion: dict[str, Any]) -> bytes:
    """The bytes of a file after a suggestion: lines and columns count from 1, columns in bytes, the end is exclusive."""
    lines = data.split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    start, end = (
        starts[place["line"] - 1] + place["column"] - 1
        for place in (suggestion["range"]["start"], suggestion["range"]["end"])
    )
    return data[:start] + suggestion["text"].encode() + data[end:]


def test_a_finding_whole() -> None:
    assert printed(linted({"main.tf": WEAK})) == {
        "source": {"name": "iac-imds-lint", "url": "https://github.com/iac-imds-lint/iac-imds-lint"},
        "diagnostics": [
            {
                "message": "aws_instance.x answers IMDSv1: metadata_options is not set\n"
                'fix (safe): set http_endpoint to "enabled" and http_tokens to "required"',
                "location": {
                    "path": "main.tf",
                    "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 28}},
                },
                "severity": "ERROR",
                "code": {
                    "value": "IMDS001",
                    "url": "https://github.com/iac-imds-lint/iac-imds-lint/blob/main/docs/rules/IMDS001.md",
                },
                "suggestions": [
                    {
                        "range": {"start": {"line": 2, "column": 12}, "end": {"line": 2, "column": 12}},
                        "text": '\n\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }',
                    }
                ],
                "related_locations": [],
            }
        ],
    }


def test_a_clean_report_has_no_diagnostics() -> None:
    assert printed(linted({"main.tf": ""}))["diagnostics"] == []


FILES = {
    "an insertion": WEAK,
    "a value": TOKENS,
    "with a byte order mark, on its line": '\ufeffresource "aws_instance" "x" { metadata_options { http_tokens = "optional" } }\n',
    "Windows newlines": WEAK.replace("\n", "\r\n"),
    "letters of four bytes before it": TOKENS.replace("日本", "😀"),
    "several edits": 'resource "aws_instance" "x" {\n  metadata_options {\n    http_endpoint = null\n    http_put_response_hop_limit = 1\n    http_tokens = null\n  }\n}\n',
    "no newline at the end": 'resource "aws_instance" "x" {}',
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_suggestion_is_the_fix(name: str) -> None:
    """One suggestion, whatever number of edits, for a reviewer commits one at a time."""
    files = {"main.tf": FILES[name]}
    (diagnostic,) = printed(linted(files))["diagnostics"]
    (suggestion,) = diagnostic["suggestions"]
    ((_, after),) = repaired(files).changed
    assert applied(FILES[name].encode(), suggestion) == after.encode()


def test_columns_count_bytes() -> None:
    (diagnostic,) = printed(linted({"main.tf": TOKENS}))["diagnostics"]
    place = diagnostic["location"]["range"]
    line = TOKENS.encode().split(b"\n")[place["start"]["line"] - 1]
    assert line[place["start"]["column"] - 1 : place["end"]["column"] - 1] == b'"optional"'


SHARED = {
    "main.tf": 'resource "aws_instance" "x" {\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = var.t\n  }\n}\n',
    "variables.tf": 'variable "t" {\n  default = "optional"\n}\n',
}


def test_a_fix_in_another_file_is_no_suggestion_but_what_else_mends_it_here_is() -> None:
    (diagnostic,) = printed(linted(SHARED))["diagnostics"]
    assert "fix (unsafe: " in diagnostic["message"]
    assert [one["text"] for one in diagnostic["suggestions"]] == ['"required"']
    assert diagnostic["suggestions"][0]["range"] == diagnostic["location"]["range"]
    assert [(one["message"], one["location"]["path"]) for one in diagnostic["related_locations"]] == [
        ("the default of var.t", "variables.tf")
    ]


HERE, THERE = Edit(Span("main.tf", 0, 8), "a"), Edit(Span("variables.tf", 0, 8), "b")
FAR = Edit(Span("main.tf", len(WEAK) + 300, len(WEAK) + 300), "c")


@pytest.mark.parametrize(
    ("fix", "expected", "why"),
    [
        (Fix("m", Applicability.SAFE, (HERE,)), ["a"], "safe"),
        (Fix("m", Applicability.UNSAFE, (HERE,)), ["a"], "unsafe: whoever commits it has looked at it"),
        (Fix("m", Applicability.DISPLAY_ONLY, (HERE,)), [], "a draft is never applied"),
        (Fix("m", Applicability.SAFE, (HERE, THERE)), [], "half a fix is none"),
        (Fix("m", Applicability.SAFE, (THERE,)), [], "a suggestion has no path"),
        (Fix("m", Applicability.SAFE, (HERE, FAR)), [], "too far apart for one comment"),
        (Fix("m", Applicability.DISPLAY_ONLY, (HERE,), alternatives=(Fix("n", Applicability.SAFE, (HERE,)),)), ["a"], "another way is none"),
        (None, [], "there is none"),
    ],
)  # fmt: skip
def test_what_is_suggested(fix: Fix | None, expected: list[str], why: str) -> None:
    report = linted({"main.tf": WEAK + "\n" * 400, "variables.tf": 'variable "t" {}\n'})
    (finding,) = report.findings
    (diagnostic,) = printed(replace(report, findings=(replace(finding, fix=fix),)))["diagnostics"]
    assert [one["text"] for one in diagnostic["suggestions"]] == expected, why


def test_what_could_not_be_read_is_a_diagnostic() -> None:
    report = replace(
        linted({"main.tf": ""}), problems=(Problem("odd.tf", "not UTF-8", Position(3, 1)), Problem("b.tf", "large"))
    )
    assert [(one["message"], one["location"], one["severity"]) for one in printed(report)["diagnostics"]] == [
        ("not judged: not UTF-8", {"path": "odd.tf", "range": {"start": {"line": 3}}}, "ERROR"),
        ("not judged: large", {"path": "b.tf", "range": {"start": {"line": 1}}}, "ERROR"),
    ]


def test_what_is_suppressed_is_information_where_it_is_asked_for() -> None:
    report = linted({"main.tf": WEAK})
    hidden = Suppressed(report.findings[0], Suppression(Hiding.COMMENT, reason="a lab"))
    report = replace(report, findings=(), suppressed=(hidden,))
    assert printed(report)["diagnostics"] == []
    (told,) = printed(report, View(suppressed=True))["diagnostics"]
    assert (told["severity"], told["suggestions"]) == ("INFO", [])
    assert told["message"].endswith("\nsuppressed: comment: a lab")


def test_the_schema_of_the_format_holds(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for name, text in {
        **SHARED,
        "web.yaml": "Resources:\n  W: {Type: AWS::EC2::Instance}\n",
        "bad.tf": 'resource "aws_instance" {',
    }.items():
        (tmp_path / name).write_text(text)
    ran = run(tmp_path, "check", "--output-format", "rdjson")
    content = json.loads(ran.out)
    validator.validate(content)
    assert {one["code"]["value"] for one in content["diagnostics"]} == {"IMDS001", "IMDS002", "IMDS900"}
    assert ran.err == "", "nothing else is printed"
    assert any(one["suggestions"] for one in content["diagnostics"]), "fixes are judged, too"
    content["diagnostics"][0]["location"]["range"]["start"]["line"] = "1"
    assert not validator.is_valid(content), "the schema can be broken"


def test_a_file_that_is_not_there_any_more_has_no_range() -> None:
    report = linted({"main.tf": WEAK})
    gone = replace(report, sources=linted({}).sources)
    (diagnostic,) = printed(gone)["diagnostics"]
    assert diagnostic["location"] == {"path": "main.tf", "range": {"start": {"line": 1}}}
    assert diagnostic["suggestions"] == []
    assert MemoryFiles({}).data("main.tf") is None
