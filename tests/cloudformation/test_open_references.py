"""What may launch from one thing or another: each side is told with the condition that decides it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.cloudformation.answers import STRICT, WEAK, launch_template, resource, template
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
