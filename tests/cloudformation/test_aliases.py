"""What YAML's aliases share: it is read wherever it counts, and never changed for one of those that share it."""

from __future__ import annotations

import pytest

from iac_imds_lint.cloudformation.places import is_alias
from iac_imds_lint.documents.node import Scalar
from iac_imds_lint.edit import Refusal
from iac_imds_lint.source import Span
from tests.cloudformation.test_edit import written
from tests.support import linted, texts_after

FLEET = """Resources:
  F:
    Type: AWS::EC2::EC2Fleet
    Properties:
      Type: instant
      LaunchTemplateConfigs:
        - Overrides:
            - MetadataOptions: {first}
            - MetadataOptions: {second}
"""
EMR = "Resources:\n  X: {{Type: AWS::EMR::SecurityConfiguration, Properties: {0}}}\n"
BEANSTALK = """Resources:
  X:
    Type: AWS::ElasticBeanstalk::Environment
    Properties: {{SolutionStackName: 64bit Amazon Linux 2 v3.5.0 running Docker, OptionSettings: {0}}}
"""
SHARED = "{} is not changed: others share it through a YAML alias"
WEB = "{Web: {Type: AWS::EC2::Instance, Properties: {MetadataOptions: {HttpTokens: optional}}}}"


@pytest.mark.parametrize(
    ("text", "reason", "why"),
    [
        (f"Metadata: &r {WEB}\nResources: *r\n", SHARED.format("Web"), "all resources"),
        (
            FLEET.format(first="&o {HttpTokens: optional}", second="*o"),
            SHARED.format("MetadataOptions"),
            "the options of two overrides",
        ),
        (
            "Metadata: {s: &s {SecurityConfiguration: '{}'}}\n" + EMR.format("*s"),
            SHARED.format("Properties"),
            "the properties around a text of JSON",
        ),
        (
            "Metadata: {s: &s '{}'}\n" + EMR.format("{SecurityConfiguration: *s}"),
            SHARED.format("SecurityConfiguration"),
            "a text of JSON",
        ),
        (
            "Metadata: {s: &s [{Namespace: a, OptionName: b}]}\n" + BEANSTALK.format("*s"),
            SHARED.format("OptionSettings"),
            "a list of settings",
        ),
        (
            "Metadata: {a: &a {Namespace: a, OptionName: b}}\n" + BEANSTALK.format("[{Namespace: c}, *a]"),
            "its last element is reached through a YAML alias",
            "the last setting: no layout to follow",
        ),
    ],
)
def test_what_others_share_is_refused(text: str, reason: str, why: str) -> None:
    assert written(text) == Refusal(reason), why


@pytest.mark.parametrize(
    ("text", "after", "why"),
    [
        (
            FLEET.format(first="&o {HttpTokens: optional}", second="{HttpTokens: required}"),
            FLEET.format(
                first="&o {HttpEndpoint: enabled, HttpTokens: required}",
                second="{HttpEndpoint: enabled, HttpTokens: required}",
            ),
            "an anchor that no alias names",
        ),
        (
            BEANSTALK.format("[&a {Namespace: a, OptionName: b}, {Namespace: c, OptionName: d}]"),
            BEANSTALK.format(
                "[&a {Namespace: a, OptionName: b}, {Namespace: c, OptionName: d}, {Namespace: "
                'aws:autoscaling:launchconfiguration, OptionName: DisableIMDSv1, Value: "true"}]'
            ),
            "an anchor before the last setting",
        ),
    ],
)
def test_what_only_could_be_shared_is_changed(text: str, after: str, why: str) -> None:
    assert texts_after({"t.yaml": text})["t.yaml"] == after, why


BODY = "[N, [a, b], {'W${N}': {Type: AWS::EC2::Instance, Properties: {MetadataOptions: {HttpTokens: optional}}}}]"


def test_a_loop_that_an_alias_stands_for_is_judged_and_not_changed() -> None:
    text = f"Metadata:\n  Body: &l {BODY}\nResources:\n  Fn::ForEach::Webs: *l\n"
    (finding,) = linted({"t.yaml": text}).findings
    assert (finding.rule.code, finding.affected, finding.fix) == ("IMDS002", ("Wa", "Wb"), None)
    assert texts_after({"t.yaml": text}) == {"t.yaml": text}


def test_a_loop_that_is_written_in_its_place_is_changed() -> None:
    text = f"Resources:\n  Fn::ForEach::Webs: {BODY}\n"
    after = text.replace("HttpTokens: optional", "HttpEndpoint: enabled, HttpTokens: required")
    assert texts_after({"t.yaml": text}) == {"t.yaml": after}


@pytest.mark.parametrize(
    ("path", "start", "expected", "why"),
    [
        ("t.yaml", 20, True, "an alias stands for what was written before what holds it"),
        ("t.yaml", 120, False, "what is written inside comes after the beginning"),
        ("o.yaml", 0, False, "another file, which is included, has places of its own"),
    ],
)
def test_what_is_reached_through_an_alias(path: str, start: int, expected: bool, why: str) -> None:
    held, holder = (
        Scalar(Span(file, at, at + 8), "optional", quoted=False) for file, at in ((path, start), ("t.yaml", 100))
    )
    assert is_alias(held, holder) is expected, why
