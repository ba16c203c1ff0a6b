"""What a parameter admits: a fix that its declaration would refuse is not offered, wherever the value stands."""

from __future__ import annotations

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.inputs import Inputs
from tests.support import linted

WEB = """
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref T}
"""
GIVEN = '[{"ParameterKey": "T", "ParameterValue": "optional"}]'
PARENT = """
Resources:
  Net:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: t.yaml, Parameters: {T: optional}}
"""
# What is declared beside the Type, why the fix is refused (empty where it is offered), why that is so.
DECLARED = [
    ("", "", "anything goes"),
    ("AllowedValues: [optional, required]", "", "the value is one of them"),
    ("AllowedValues: [optional, 'on']", 'parameter T does not allow "required"', "somebody chose these"),
    ("AllowedPattern: '^(optional|required)$'", "", "the pattern names it"),
    ("AllowedPattern: optional|required", "", "a pattern has to match the whole value"),
    ("AllowedPattern: opt.*", 'parameter T has an AllowedPattern that "required" may not match', "patterns are not run"),
    ("AllowedPattern: optional|none", 'parameter T has an AllowedPattern that "required" may not match', "it is no word of it"),
    ("MinLength: 8, MaxLength: '8'", "", "required has eight letters, as optional has"),
    ("MaxLength: 7", 'parameter T has a MinLength or MaxLength that "required" does not meet', "too long"),
    ("MinLength: 9", 'parameter T has a MinLength or MaxLength that "required" does not meet', "too short"),
    ("MinLength: many", 'parameter T has a MinLength or MaxLength that "required" does not meet', "nobody knows"),
]  # fmt: skip


def refusals(files: dict[str, str], inputs: Inputs, paths: tuple[str, ...]) -> list[str | None]:
    """Why each finding has no fix; None where it has one."""
    findings = linted(files, Options(inputs=inputs), paths).findings
    return [None if finding.fix else finding.fix_unavailable for finding in findings]


@pytest.mark.parametrize(("declared", "reason", "why"), DECLARED)
def test_a_default(declared: str, reason: str, why: str) -> None:
    files = {"t.yaml": f"Parameters:\n  T: {{Type: String, Default: optional, {declared}}}{WEB}"}
    assert refusals(files, Inputs(), ()) == [reason or None], why


@pytest.mark.parametrize(("declared", "reason", "why"), DECLARED)
def test_a_value_in_a_parameter_file(declared: str, reason: str, why: str) -> None:
    files = {"t.yaml": f"Parameters:\n  T: {{Type: String, {declared}}}{WEB}", "p.json": GIVEN}
    assert refusals(files, Inputs(parameter_files=("p.json",)), ("t.yaml",)) == [reason or None], why


@pytest.mark.parametrize(("declared", "reason", "why"), DECLARED)
def test_what_a_parent_passes(declared: str, reason: str, why: str) -> None:
    files = {"t.yaml": f"Parameters:\n  T: {{Type: String, {declared}}}{WEB}", "parent.yaml": PARENT}
    assert refusals(files, Inputs(), ()) == [reason or None], why


def test_what_a_parent_hands_on_is_within_both_limits() -> None:
    parent = PARENT.replace("T: optional", "T: !Ref Above")
    above = "Parameters:\n  Above: {Type: String, Default: optional, AllowedValues: [optional]}"
    files = {"t.yaml": f"Parameters:\n  T: {{Type: String}}{WEB}", "parent.yaml": above + parent}
    assert refusals(files, Inputs(), ()) == ['parameter Above does not allow "required"']


BEANSTALK = """
Resources:
  Env:
    Type: AWS::ElasticBeanstalk::Environment
    Properties:
      ApplicationName: x
      OptionSettings:
        - Namespace: aws:autoscaling:launchconfiguration
          OptionName: DisableIMDSv1
          Value: !Ref Off
"""
EMR = """
Resources:
  Sc:
    Type: AWS::EMR::SecurityConfiguration
    Properties:
      SecurityConfiguration:
        InstanceMetadataServiceConfiguration:
          MinimumInstanceMetadataServiceVersion: !Ref Least
          HttpPutResponseHopLimit: 2
"""


@pytest.mark.parametrize(
    ("text", "reason", "why"),
    [
        (f"Parameters:\n  Off: {{Type: String, Default: false, AllowedValues: [true, false]}}{BEANSTALK}", None, "booleans are read as texts"),
        (f"Parameters:\n  Off: {{Type: String, Default: 'false', AllowedValues: ['false']}}{BEANSTALK}", "parameter Off does not allow true", "one text alone"),
        (f"Parameters:\n  Least: {{Type: Number, Default: 1, MaxValue: 2}}{EMR}", None, "2 is the most"),
        (f"Parameters:\n  Least: {{Type: Number, Default: 1, MaxValue: 1}}{EMR}", 'parameter Least is a Number, and does not take "2"', "2 is too much"),
    ],
)  # fmt: skip
def test_values_that_are_no_words(text: str, reason: str | None, why: str) -> None:
    assert refusals({"t.yaml": text}, Inputs(), ()) == [reason], why


def test_another_spelling_is_refused_like_another_value() -> None:
    text = f"Parameters:\n  T: {{Type: String, Default: Enabled, AllowedValues: [Enabled]}}{WEB}"
    text = text.replace("HttpEndpoint: enabled, HttpTokens: !Ref T", "HttpEndpoint: !Ref T, HttpTokens: required")
    assert refusals({"t.yaml": text}, Inputs(), ()) == ['parameter T does not allow "enabled"']
