"""What may launch from one thing or another: each side is told with the condition that decides it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.cloudformation.answers import STRICT, resource, template
from tests.support import linted

OPEN = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x], D: !Not [!Condition C]}\n"
LAUNCHED = (
    "[{LaunchTemplateSpecification: {LaunchTemplateId: !Ref Strict, Version: !GetAtt Strict.LatestVersionNumber}}]"
)


class Case(NamedTuple):
    """What ``Web`` is and has, its posture, why that is so, and the findings on it."""

    why: str
    kind: str
    properties: str
    posture: str
    reason: str
    codes: list[str]
    more: str = ""


def compare(case: Case) -> None:
    report = linted({"t.yaml": template(resource("Web", case.kind, case.properties), STRICT, case.more, rest=OPEN)})
    row = next(row for row in report.inventory if row.resource == "Web")
    found = [finding.rule.code for finding in report.findings if finding.resource and finding.resource.address == "Web"]
    assert (row.posture.value, row.reason, found) == (case.posture, case.reason, case.codes)


def spot(written: str) -> str:
    return f"SpotFleetRequestConfigData: {written}"


FLEET = "AWS::EC2::SpotFleet"
SILENT = "nothing at any level asks for IMDSv2"
SPOT_FLEETS = [
    Case("one or the other, by one condition", FLEET, spot(f"{{LaunchTemplateConfigs: !If [C, {LAUNCHED}, !Ref AWS::NoValue], LaunchSpecifications: !If [C, !Ref AWS::NoValue, [{{ImageId: a}}]]}}"), "unknown", "v1-allowed if C is false; v2-required as Strict says if C is true", ["IMDS005"]),
    Case("specifications in both branches", FLEET, spot("{LaunchSpecifications: !If [C, [{ImageId: a}], [{ImageId: b}]]}"), "v1-allowed", SILENT, ["IMDS001"]),
    Case("templates in both branches", FLEET, spot(f"{{LaunchTemplateConfigs: !If [C, {LAUNCHED}, {LAUNCHED}], LaunchSpecifications: !If [C, !Ref AWS::NoValue, []]}}"), "v2-required", "as Strict says", []),
    Case("no content of a specification sets options", FLEET, spot("{LaunchSpecifications: !Ref P}"), "v1-allowed", SILENT, ["IMDS001"]),
    Case("nor of one of a list", FLEET, spot("{LaunchSpecifications: [!GetAtt Made.Data]}"), "v1-allowed", SILENT, ["IMDS001"], resource("Made", "Custom::Made", "ServiceToken: a")),
    Case("nobody says that it has options", FLEET, spot("!GetAtt Made.Data"), "unknown", "Made.Data is what the custom resource Made (Custom::Made) returns", ["IMDS005"], resource("Made", "Custom::Made", "ServiceToken: a")),
    Case("what a macro may add to its templates is not here", FLEET, spot(f"{{LaunchTemplateConfigs: {LAUNCHED}, 'Fn::Transform': {{Name: AWS::Include, Parameters: {{Location: s3://b/k}}}}}}"), "unknown", "Fn::Transform of s3://b/k may add LaunchSpecifications at deployment", ["IMDS005"]),
]  # fmt: skip


@pytest.mark.parametrize("case", SPOT_FLEETS, ids=lambda case: case.why)
def test_spot_fleets(case: Case) -> None:
    compare(case)


def advice(files: dict[str, str], address: str) -> str | None:
    """What to do about a version that stays as it is."""
    report = linted(files)
    found = [one for one in report.findings if one.rule.code == "IMDS006" and one.resource]
    return next(one.fix_unavailable for one in found if one.resource and one.resource.address == address)


PINNED = "{LaunchTemplateId: !Ref %s, Version: '1'}"


def test_a_fleet_is_not_told_of_options_that_it_does_not_have() -> None:
    specification = f"LaunchTemplateConfigs: [{{LaunchTemplateSpecification: {PINNED % 'Strict'}}}]"
    text = template(resource("Web", "AWS::EC2::EC2Fleet", specification), STRICT)
    told = "set Version to !GetAtt Strict.LatestVersionNumber; it is replaced when what it launches from changes"
    assert advice({"t.yaml": text}, "Web") == told
    alone = template(resource("Web", "AWS::EC2::Instance", f"LaunchTemplate: {PINNED % 'Strict'}"), STRICT)
    told = (
        "set Version to !GetAtt Strict.LatestVersionNumber; that replaces the instance, where MetadataOptions written "
        "on it would change it in place"
    )
    assert advice({"t.yaml": alone}, "Web") == told


GROUP = "AWS::AutoScaling::AutoScalingGroup"
STACK = "AWS::CloudFormation::Stack"
TAKING = template(resource("Web", GROUP, f"LaunchTemplate: {PINNED % 'Lt'}"), rest="Parameters: {Lt: {Type: String}}\n")
GIVING = template(STRICT, rest="Outputs: {Lt: {Value: !Ref Strict}}\n")


@pytest.mark.parametrize(
    ("outer", "web", "strict", "carried"),
    [
        ((STRICT, resource("A", STACK, "TemplateURL: taking.yaml\nParameters: {Lt: !Ref Strict}")), "A/Web", "Strict", "a parameter has"),
        ((resource("B", STACK, "TemplateURL: giving.yaml"), resource("Web", GROUP, f"LaunchTemplate: {PINNED.replace('!Ref', '!GetAtt') % 'B.Outputs.Lt'}")), "Web", "B/Strict", "an output has"),
        ((resource("B", STACK, "TemplateURL: giving.yaml"), resource("A", STACK, "TemplateURL: taking.yaml\nParameters: {Lt: !GetAtt B.Outputs.Lt}")), "A/Web", "B/Strict", "an output and a parameter have"),
    ],
    ids=["of the parent", "of a child", "of a sibling"],
)  # fmt: skip
def test_a_template_of_another_stack(outer: tuple[str, ...], web: str, strict: str, carried: str) -> None:
    files = {"main.yaml": template(*outer), "taking.yaml": TAKING, "giving.yaml": GIVING}
    told = f"set Version to the LatestVersionNumber of {strict}, which {carried} to pass on"
    assert (advice(files, web) or "").split(";")[0] == told
