"""What counts as proven, and what a patch must not do."""

from __future__ import annotations

import sys

import pytest

from iac_imds_lint.cloudformation import proof
from iac_imds_lint.source import SourceFile
from tests.cloudformation.reading import instance

BASE = instance("KeyName: k", "Parameters: {T: {Type: String, Default: optional}}\n")
OPTIONS = "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: required\n"
WITH = BASE.replace("      KeyName: k\n", "      KeyName: k\n" + OPTIONS)
IF = instance(
    "MetadataOptions: {HttpTokens: !If [C, optional, !Ref AWS::NoValue]}", "Conditions: {C: !Equals [a, a]}\n"
)


def unproven(before: str, after: str) -> str:
    return proof.unproven(SourceFile("t", before), SourceFile("t", after))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (BASE, BASE, "nothing changes"),
        (BASE, WITH, "options are added"),
        (BASE, BASE.replace("Default: optional", "Default: required"), "a default becomes secure"),
        (BASE, BASE + "# comment\n", "a comment says nothing"),
        ("HttpTokens: optional", "HttpTokens: required", "what a template includes becomes secure"),
        (WITH.replace("required", "optional"), WITH, "an option changes to what the service takes"),
        (IF, IF.replace("optional", "required"), "a branch becomes secure"),
        (IF, IF.replace("!Ref AWS::NoValue", "required"), "a branch that set nothing becomes secure"),
        (
            BASE.replace("KeyName: k", "KeyName: k\n      KeyName: l"),
            WITH.replace("KeyName: k", "KeyName: k\n      KeyName: l"),
            "cfn-lint refuses both for a duplicate key",
        ),
        (
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n",
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n" + OPTIONS,
            "a missing parent is added",
        ),
        (
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n",
            "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n" + OPTIONS,
            "a null parent is filled",
        ),
        (
            instance("MetadataOptions: {HttpTokens: optional}"),
            instance("MetadataOptions: {HttpTokens: optional, HttpPutResponseHopLimit: 2}"),
            "a hop limit in its range",
        ),
    ],
)
def test_proven(before: str, after: str, why: str) -> None:
    assert unproven(before, after) == "", why


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (BASE, BASE.replace("ami-1", "ami-2"), "Resources/Web/Properties/ImageId would change as well"),
        (BASE, BASE.replace("      KeyName: k\n", ""), "Resources/Web/Properties/KeyName would change as well"),
        (BASE, WITH.replace("KeyName: k", "KeyName: 'true'"), "Resources/Web/Properties/KeyName would change as well"),
        (BASE, WITH.replace("required", "Required"), "Resources/Web/Properties/MetadataOptions would change as well"),
        (BASE, WITH.replace("HttpEndpoint", "Other"), "Resources/Web/Properties/MetadataOptions would change as well"),
        (BASE, BASE.replace("Default: optional", "Default: x"), "Parameters/T/Default would change as well"),
        (BASE, BASE.replace("String", "Number"), "Parameters/T/Type would change as well"),
        (WITH, BASE, "Resources/Web/Properties/MetadataOptions would change as well"),
        (
            IF,
            IF.replace("optional", "weak"),
            "Resources/Web/Properties/MetadataOptions/HttpTokens/!If/1 would change as well",
        ),
        (IF, IF.replace("[a, a]", "[a, b]"), "Conditions/C/!Equals/1 would change as well"),
        (
            instance("MetadataOptions: {HttpTokens: {a: b}}"),
            instance("MetadataOptions: {HttpTokens: required}"),
            "Resources/Web/Properties/MetadataOptions/HttpTokens would change as well",
        ),
        (
            instance("MetadataOptions: {HttpTokens: optional}"),
            instance("MetadataOptions: {HttpTokens: optional, HttpPutResponseHopLimit: 99}"),
            "Resources/Web/Properties/MetadataOptions/HttpPutResponseHopLimit would change as well",
        ),
        (BASE, "a: b", "the patched text cannot be read: it is no template any more"),
        (BASE, BASE + "a: b: c\n", "the patched text cannot be read: mapping values are not allowed in this context"),
        ("a: b", BASE, "a would change as well"),
        ("a: b: c", BASE, "the original is no template that can be read"),
        ("HttpTokens: optional", "HttpTokens: [", "the patched text cannot be read"),
        ("HttpTokens: optional", "HttpTokens: none", "HttpTokens would change as well"),
    ],
)
def test_not_proven(before: str, after: str, reason: str) -> None:
    assert unproven(before, after) == reason


def test_cfn_lint_may_object() -> None:
    pytest.importorskip("cfnlint")
    twice = BASE.replace("KeyName: k", "KeyName: k\n      KeyName: k")
    assert unproven(twice, BASE) == "cfn-lint reads the patched text, but not the original"
    assert unproven(BASE, twice).startswith("cfn-lint cannot read the patched text: Duplicate found 'KeyName'")


def test_works_without_cfn_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cfnlint.decode", None)
    assert unproven(BASE, WITH) == ""
    twice = BASE.replace("KeyName: k", "KeyName: k\n      KeyName: k")
    assert unproven(BASE, twice) == "", "our own reading sees no difference"


VALUES = '[{"ParameterKey": "T", "ParameterValue": "optional"}, {"ParameterKey": "U", "ParameterValue": "a"}]'


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (IF, IF.replace("!Ref AWS::NoValue", "required").replace("optional", "required"), "both branches"),
        (
            instance("MetadataOptions: !If [C, {HttpTokens: optional}, !Ref AWS::NoValue]"),
            instance("MetadataOptions: !If [C, {HttpTokens: required}, {HttpTokens: required}]"),
            "a branch that set nothing gets options",
        ),
        (
            instance("MetadataOptions: {Fn::If: [C, {HttpTokens: !If [D, optional, x]}, {}]}"),
            instance("MetadataOptions: {Fn::If: [C, {HttpTokens: !If [D, required, x]}, {HttpEndpoint: enabled}]}"),
            "branches inside of branches, in both spellings",
        ),
        (
            instance("MetadataOptions: {HttpTokens: !FindInMap [M, a, b]}", "Mappings: {M: {a: {b: optional}}}\n"),
            instance("MetadataOptions: {HttpTokens: !FindInMap [M, a, b]}", "Mappings: {M: {a: {b: required}}}\n"),
            "an entry of a mapping becomes secure",
        ),
        (VALUES, VALUES.replace("optional", "required"), "a value in a parameter file becomes secure"),
        ('["T=optional"]', '["T=required"]', "a value behind the name of its parameter becomes secure"),
    ],
)
def test_proven_where_conditions_and_other_places_decide(before: str, after: str, why: str) -> None:
    assert unproven(before, after) == "", why


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (
            instance("MetadataOptions: !If [C, {HttpTokens: optional}, {}]"),
            instance("MetadataOptions: !If [required, {HttpTokens: optional}, {}]"),
            "Resources/Web/Properties/MetadataOptions/!If/0 would change as well",
        ),
        (
            instance("KeyName: !If [C, !Ref AWS::NoValue, k]"),
            instance("KeyName: !If [C, required, k]"),
            "Resources/Web/Properties/KeyName/!If/1 would change as well",
        ),
        (
            instance("KeyName: k", "Mappings: {M: {a: {b: optional}}}\n"),
            instance("KeyName: k", "Mappings: {M: {a: {b: weak}}}\n"),
            "Mappings/M/a/b would change as well",
        ),
        (VALUES, VALUES.replace("optional", "weak"), "0/ParameterValue would change as well"),
        (VALUES, VALUES.replace('"U"', '"V"'), "1/ParameterKey would change as well"),
        ('["T=optional"]', '["U=required"]', "0 would change as well"),
        ('["T=optional"]', '["T=weak"]', "0 would change as well"),
        (VALUES, VALUES[:-1], "the patched text cannot be read"),
    ],
)
def test_not_proven_where_conditions_and_other_places_decide(before: str, after: str, reason: str) -> None:
    assert unproven(before, after) == reason
