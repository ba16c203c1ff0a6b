"""What loops, includes and metadata write or say, down to what is left alone."""

from __future__ import annotations

import pytest

from iac_imds_lint.cloudformation.nesting import Plan, plan
from iac_imds_lint.source import Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Handle
from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import REST, told, ways
from tests.cloudformation.test_foreach import loop
from tests.support import MemoryFiles, linted

INCLUDE = "{Name: AWS::Include, Parameters: {Location: %s}}"


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!If ['Is${N}', required, optional]", "condition Is${N} is not defined", "the name of a condition stays"),
        (
            "!If [Open, '${N}', required]",
            "condition Open is not defined",
            "and what is not defined is told by its name",
        ),
        ("!If [Always, !Ref N, x]", "the API refuses the value", "a branch is written"),
    ],
)
def test_a_condition_in_a_loop_is_called_as_it_is_written(written: str, expected: str, why: str) -> None:
    (row,) = linted({"t.yaml": loop("[a]", "Web", written)}).inventory
    assert (row.resource, row.posture.value, row.reason) == ("Web", "unknown", expected), why


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("Resources:\n  Fn::Transform: %s\n", (Unfollowed("", "s3://b/x.yaml", "t.yaml"),), "resources may be missing"),
        (
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      Fn::Transform: %s\n",
            (),
            "what may be missing is properties, and the resource says so",
        ),
        (
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      Tags: [{'Fn::Transform': %s}]\n",
            (),
            "nothing of ours",
        ),
        (
            "Resources: {'Fn::Transform': %s}\n",
            (Unfollowed("", "s3://b/x.yaml", "t.yaml"),),
            "a section that holds nothing else",
        ),
    ],
)
def test_what_is_not_included_is_told_where_resources_may_be_missing(
    text: str, expected: tuple[Unfollowed, ...], why: str
) -> None:
    head = "AWSTemplateFormatVersion: '2010-09-09'\n"
    assert linted({"t.yaml": head + text % INCLUDE % "s3://b/x.yaml"}).unfollowed == expected, why


TAKES = (
    "Metadata iac-imds-lint takes ignore with a list of codes, "
    "such as {ignore: [IMDS002], reason: legacy agent, until: 2027-01-31}"
)
WEAK = "  Web:\n    Type: AWS::EC2::Instance\n    Properties: {MetadataOptions: {HttpTokens: optional}}\n"


@pytest.mark.parametrize(
    ("ignore", "found", "why"),
    [
        ("[IMDS002]", [], "a code"),
        ("[IMDS001, IMDS002]", ["IMDS901"], "two codes, of which one ignores nothing"),
        ("[IMDS002, 2]", ["IMDS002", TAKES], "a number is no code, and what is beside it is not guessed"),
        ("[IMDS002, {a: b}]", ["IMDS002", TAKES], "nor is a mapping"),
        ("IMDS002", ["IMDS002", TAKES], "no list"),
        ("[]", ["IMDS002", TAKES], "an empty list"),
    ],
)
def test_codes_that_metadata_ignores(ignore: str, found: list[str], why: str) -> None:
    text = f"Resources:\n{WEAK}    Metadata: {{iac-imds-lint: {{ignore: {ignore}}}}}\n"
    findings = linted({"t.yaml": text}).findings
    said = [one.message if one.message == TAKES else one.rule.code for one in findings]
    assert said == found, why


NESTS = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}}\n"
PLAIN = "Resources: {W: {Type: AWS::EC2::Instance}}\n"


@pytest.mark.parametrize(
    ("files", "expected", "why"),
    [
        ({"a": PLAIN, "b": PLAIN}, Plan(("a", "b")), "no template leads to another"),
        ({"a": NESTS % "b", "b": PLAIN}, Plan(("a",), (), ("b",)), "a parent is judged first"),
        ({"a": NESTS % "b", "b": NESTS % "c", "c": PLAIN}, Plan(("a",), ("b",), ("c",)), "its child after it"),
        ({"a": NESTS % "a", "b": PLAIN}, Plan(("a",), (), ("b",)), "one that names itself waits for nobody"),
        ({"a": NESTS % "b", "b": NESTS % "a"}, Plan((), ("a", "b"), ()), "two that name each other wait"),
    ],
)
def test_which_templates_are_judged_first(files: dict[str, str], expected: Plan, why: str) -> None:
    assert plan(files, Sources(MemoryFiles(files))) == expected, why


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!Join ['', [!If [Maybe, a, b], c]]", "!Join ['', [!If [Maybe, a, b], c]]", "a choice among others"),
        ("!Join ['', [!Ref Two, c]]", "!Join ['', [!Ref Two, c]]", "a parameter's"),
        ("!If [Maybe, a, b]", "!If [Maybe, a, b]", "a choice by itself"),
    ],
)
def test_what_is_undecided_is_told_of_the_whole(written: str, expected: str, why: str) -> None:
    assert ways(written) == [(expected, "here", False)], why


def test_what_conditions_compare_a_resource_with_is_not_what_it_is() -> None:
    rest = REST.replace("  Loop:", "  IsWeb: !Equals [!Ref Web, x]\n  Loop:")
    found = resource(instance("MetadataOptions:\n  HttpTokens: !If [IsWeb, !Sub '${Web}', y]", rest)).option(TOKENS)
    assert told(found) == ("IsWeb", {"IsWeb is true": Handle("Web", "Ref"), "IsWeb is false": "y"})
