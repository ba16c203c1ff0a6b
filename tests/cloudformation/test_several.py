"""Several templates in the documents of one file: CloudFormation deploys one, and each may be that one."""

from __future__ import annotations

import pytest

from iac_imds_lint.source import Position, SourceFile
from tests.support import linted, texts_after

WEB = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {%s}\n"
STRICT, WEAK = (
    WEB % f"MetadataOptions: {{HttpEndpoint: enabled, HttpTokens: {it}}}" for it in ("required", "optional")
)
BY_DEFAULT = (
    "Parameters: {T: {Type: String, Default: %s}}\n"
    + WEB % "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref T}"
)
IGNORED = "Metadata: {iac-imds-lint: {ignore: [IMDS002]}}\n" + WEAK


def places(text: str) -> list[tuple[str, str, int]]:
    """Address, posture and row of all resources."""
    report = linted({"t.yaml": text})
    source = report.sources.read("t.yaml")
    assert isinstance(source, SourceFile)
    return [(row.resource, row.posture.value, source.position(row.span.start).row) for row in report.inventory]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (f"{STRICT}---\n{WEAK}", [("Web", "v2-required", 2), ("Web", "v1-allowed", 7)], "one name in both"),
        (
            f"{BY_DEFAULT % 'required'}---\n{BY_DEFAULT % 'optional'}",
            [("Web", "v2-required", 3), ("Web", "v1-allowed", 9)],
            "each has parameters of its own",
        ),
        (f"a: b\n---\n{STRICT}---\nc: d\n", [("Web", "v2-required", 4)], "others are no templates"),
        (f"{STRICT}---\n- {{Type: AWS::EC2::Instance}}\n", [("Web", "v2-required", 2)], "a list is none"),
    ],
)
def test_each_is_judged_by_itself(text: str, expected: list[tuple[str, str, int]], why: str) -> None:
    assert places(text) == expected, why


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (f"{STRICT}---\n{WEAK}", f"{STRICT}---\n{STRICT}", "the second"),
        (f"{WEAK}---\n{STRICT}", f"{STRICT}---\n{STRICT}", "the first"),
        (f"{WEAK}---\n{WEAK}", f"{STRICT}---\n{STRICT}", "both"),
        (
            f"{BY_DEFAULT % 'required'}---\n{BY_DEFAULT % 'optional'}",
            f"{BY_DEFAULT % 'required'}---\n{BY_DEFAULT % 'required'}",
            "the default of the one, not of the other",
        ),
        (f"{IGNORED}---\n{WEAK}", f"{IGNORED}---\n{STRICT}", "the metadata of the one ignores nothing in the other"),
        (
            f"{STRICT}---\n{IGNORED}---\n{WEAK}",
            f"{STRICT}---\n{IGNORED}---\n{STRICT}",
            "the third beside one that stays open, of the same name as one that never was",
        ),
        (f"{STRICT}---\n{STRICT}", f"{STRICT}---\n{STRICT}", "neither"),
    ],
)
def test_each_is_mended_in_its_place(before: str, after: str, why: str) -> None:
    assert texts_after({"t.yaml": before}) == {"t.yaml": after}, why


def test_what_is_ignored_in_one_is_not_ignored_in_the_other() -> None:
    report = linted({"t.yaml": f"{WEAK}---\n{IGNORED}"})
    source = report.sources.read("t.yaml")
    assert isinstance(source, SourceFile)
    assert [(f.rule.code, source.position(f.span.start)) for f in report.findings] == [("IMDS002", Position(4, 71))]
    assert [(f.rule.code, source.position(f.span.start).row) for f, _ in report.suppressed] == [("IMDS002", 10)]


def test_a_reference_does_not_lead_into_the_other() -> None:
    group = (
        "Resources:\n  Asg:\n    Type: AWS::AutoScaling::AutoScalingGroup\n"
        "    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Lt, Version: '1'}}\n"
    )
    template = "Resources:\n  Lt: {Type: AWS::EC2::LaunchTemplate}\n"
    assert places(f"{template}---\n{group}") == [("Lt", "v1-allowed", 2), ("Asg", "unknown", 5)]


def test_a_stack_nests_no_file_of_several() -> None:
    parent = "Resources:\n  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n"
    report = linted({"p.yaml": parent, "t.yaml": f"{STRICT}---\n{STRICT}"}, paths=("p.yaml",))
    assert [problem.reason for problem in report.problems] == [
        "this file cannot be read: more than one template in a file, of which CloudFormation reads one"
    ]
    assert report.inventory == ()
