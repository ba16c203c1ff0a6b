"""What is of one stack and what of another: names, conditions and whether they are created are never mixed."""

from __future__ import annotations

import pytest

from tests.cloudformation.test_stacks import CHILD, parent, stack
from tests.support import linted, postures

STRICT, WEAK, OPEN = "v2-required", "v1-allowed", "unknown"

NAMED = """Parameters:
  Name: {Type: String, Default: a}
Resources:
  Lt:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: %s
      LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}
"""
GROUP = """  Asg:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchTemplate: {LaunchTemplateName: %s, Version: $Latest}}
"""
OWN = "!Sub '${AWS::StackName}-lt'"


@pytest.mark.parametrize(
    ("files", "expected", "why"),
    [
        ({"p.yaml": NAMED % OWN + GROUP % OWN}, {"Lt": STRICT, "Asg": STRICT}, "one stack, one name"),
        (
            {"p.yaml": parent(stack("Net", "c.yaml"), GROUP % OWN), "c.yaml": NAMED % OWN},
            {"Net/Lt": STRICT, "Asg": OPEN},
            "each stack has a name of its own",
        ),
        (
            {"p.yaml": parent(stack("Net", "c.yaml"), stack("Web", "w.yaml")), "c.yaml": NAMED % OWN, "w.yaml": parent(GROUP % OWN)},
            {"Net/Lt": STRICT, "Web/Asg": OPEN},
            "two that stand beside each other as well",
        ),
        (
            {"p.yaml": parent(stack("Net", "c.yaml"), GROUP % "a-lt"), "c.yaml": NAMED % "!Sub '${Name}-lt'"},
            {"Net/Lt": STRICT, "Asg": STRICT},
            "a name that is known is one in all stacks",
        ),
    ],
)  # fmt: skip
def test_names_that_are_made_of_a_stacks_own(files: dict[str, str], expected: dict[str, str], why: str) -> None:
    assert postures(files) == expected, why


SIDES = """Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, x]}
Resources: {T: {Type: AWS::SNS::Topic}}
Outputs:
  Endpoint: {Value: !If [C, enabled, disabled]}
  Tokens: {Value: !If [C, required, optional]}
"""


def web(endpoint: str, tokens: str) -> str:
    options = f"{{HttpEndpoint: !GetAtt {endpoint}.Outputs.Endpoint, HttpTokens: !GetAtt {tokens}.Outputs.Tokens}}"
    return f"  Web: {{Type: AWS::EC2::Instance, Properties: {{MetadataOptions: {options}}}}}\n"


PASSED = "Parameters: {P: {Type: String}, Q: {Type: String}}\n"
TWO = stack("A", "s.yaml", "P: !Ref P") + stack("B", "s.yaml", "P: !Ref Q")


@pytest.mark.parametrize(
    ("endpoint", "tokens", "posture", "reason", "why"),
    [
        (
            "A",
            "A",
            "v2-required",
            "tokens are required",
            "both by one condition: where it is enabled tokens are required",
        ),
        (
            "A",
            "B",
            OPEN,
            (
                "imds-disabled if C is false in stack A and C is false in stack B; "
                "imds-disabled if C is false in stack A and C is true in stack B; "
                "v1-allowed if C is true in stack A and C is false in stack B; "
                "v2-required if C is true in stack A and C is true in stack B"
            ),
            "the condition of one says nothing of the other's, though one template declares both",
        ),
    ],
)
def test_conditions_of_two_stacks_of_one_template(
    endpoint: str, tokens: str, posture: str, reason: str, why: str
) -> None:
    files = {"p.yaml": parent(TWO, web(endpoint, tokens), head=PASSED), "s.yaml": SIDES}
    (row,) = linted(files, paths=("p.yaml",)).inventory
    assert (row.resource, row.posture.value, row.reason) == ("Web", posture, reason), why


def test_a_condition_that_is_passed_down_twice_is_called_by_its_first_place() -> None:
    head = "Parameters: {P: {Type: String}}\nConditions: {IsX: !Equals [!Ref P, x]}\n"
    files = {
        "p.yaml": parent(stack("Mid", "m.yaml", "T: !If [IsX, required, optional]"), head=head),
        "m.yaml": parent(stack("Net", "c.yaml", "Tokens: !Ref T"), head="Parameters: {T: {Type: String}}\n"),
        "c.yaml": CHILD,
    }
    (row,) = linted(files, paths=("p.yaml",)).inventory
    assert (row.resource, row.reason) == (
        "Mid/Net/Lt",
        "v1-allowed if IsX is false in p.yaml; v2-required if IsX is true in p.yaml",
    )
