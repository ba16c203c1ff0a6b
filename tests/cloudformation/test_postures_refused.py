"""What CloudFormation would refuse in one branch: it is never left out of a verdict."""

from __future__ import annotations

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.inputs import Inputs
from tests.cloudformation.reading import instance, verdict
from tests.support import linted

_REST = """Parameters:
  Count: {Type: Number}
Conditions:
  Many: !Equals [!Ref Count, 2]
"""


@pytest.mark.parametrize(
    ("written", "reason", "why"),
    [
        (
            "{HttpTokens: !If [Many, !Ref Made, required]}",
            "v2-required if Many is false; unknown (Made is no parameter or resource of this template) if Many is true",
            "a macro that the template does not name may make it",
        ),
        (
            "{HttpTokens: !If [Many, !GetAtt Made.Tokens, required]}",
            "v2-required if Many is false; unknown (Made is no resource of this template) if Many is true",
            "an attribute of what is missing",
        ),
        (
            "{HttpTokens: !If [Many, !FindInMap [M, a, b], required]}",
            "v2-required if Many is false; unknown (mapping M is not defined) if Many is true",
            "a mapping that is missing",
        ),
        (
            "!If [Many, !FindInMap [M, a, b], {HttpTokens: required}]",
            "v2-required if Many is false; unknown (mapping M is not defined) if Many is true",
            "all options in a branch",
        ),
        ("{HttpTokens: !If [Many, required, required]}", "tokens are required", "nothing that would be refused"),
    ],
)
def test_a_branch_that_would_be_refused_is_told(written: str, reason: str, why: str) -> None:
    assert verdict(instance(f"MetadataOptions: {written}", _REST)).reason == reason, why


def test_a_launch_template_that_is_missing_in_one_branch_is_told() -> None:
    text = (
        "Resources:\n"
        "  Lt: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}}\n"
        "  Web:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n"
        "      LaunchTemplate: {LaunchTemplateId: !If [Many, !Ref Made, !Ref Lt], Version: $Latest}\n"
    )
    assert "Made is no parameter or resource of this template" in verdict(text + _REST).reason


def test_a_value_that_a_parameter_does_not_allow_is_told() -> None:
    rest = _REST.replace("Conditions", "  T: {Type: String, AllowedValues: [required, optional]}\nConditions")
    text = instance("MetadataOptions: {HttpTokens: !If [Many, !Ref T, required]}", rest)
    (row,) = linted({"t.yaml": text}, Options(inputs=Inputs(parameters={"T": "none"}))).inventory
    assert row.reason == 'v2-required if Many is false; unknown (parameter T does not allow "none") if Many is true'
