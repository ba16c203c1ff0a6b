"""What may launch from one thing or another: each side is told with the condition that decides it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability
from tests.cloudformation.answers import STRICT, WEAK, launch_template, resource, template
from tests.support import linted, texts_after

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


INSTANCE, EMR = "AWS::EC2::Instance", "AWS::EMR::Cluster"
NODES, BATCH = "AWS::EKS::Nodegroup", "AWS::Batch::ComputeEnvironment"
GOOD = "{LaunchTemplateId: !Ref Strict, Version: !GetAtt Strict.LatestVersionNumber}"
BAD = "{LaunchTemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}"
NODES_GOOD = "{Id: !Ref Strict, Version: !GetAtt Strict.LatestVersionNumber}"
FAR = "{LaunchTemplateId: lt-1, Version: '2'}"
NONE = "!Ref AWS::NoValue"
UNNAMED = "it names no launch template, and what its kind of AMI gets without one is not documented"
NO_SECURITY = "it names no security configuration, and what its release gets without one is not documented"
SECURITY = resource(
    "Sec",
    "AWS::EMR::SecurityConfiguration",
    "SecurityConfiguration: {InstanceMetadataServiceConfiguration: {MinimumInstanceMetadataServiceVersion: 2, "
    "HttpPutResponseHopLimit: 1}}",
)
OLD = resource("Old", "AWS::AutoScaling::LaunchConfiguration", "ImageId: a\nMetadataOptions: {HttpTokens: required}")
LOOSE = resource("Loose", "AWS::AutoScaling::LaunchConfiguration", "ImageId: a")
TWO_WEAK = WEAK + launch_template("Weaker")


def either(there: str, otherwise: str, condition: str = "C") -> str:
    return f"!If [{condition}, {there}, {otherwise}]"


SIDES = [
    Case("one template or another", GROUP, f"LaunchTemplate: {either(GOOD, BAD)}", "unknown", "v1-allowed as Weak says if C is false; v2-required as Strict says if C is true", [], WEAK),
    Case("one name or another", GROUP, "LaunchTemplate: {LaunchTemplateId: !If [C, !Ref Strict, !Ref Weak], Version: $Latest}", "unknown", "v1-allowed as Weak says if C is false; v2-required as Strict says if C is true", [], WEAK),
    Case("both are weak, as they say themselves", GROUP, "LaunchTemplate: {LaunchTemplateId: !If [C, !Ref Weaker, !Ref Weak], Version: $Latest}", "v1-allowed", "as Weaker says", [], TWO_WEAK),
    Case("both are strict", GROUP, f"LaunchTemplate: {either(GOOD, GOOD)}", "v2-required", "as Strict says", []),
    Case("a group cannot be without one", GROUP, f"LaunchTemplate: {either(GOOD, NONE)}", "v2-required", "as Strict says", []),
    Case("one that is not here", GROUP, f"LaunchTemplate: {either(GOOD, FAR)}", "unknown", 'unknown (what it launches from is not in this code ("lt-1")) if C is false; v2-required as Strict says if C is true', ["IMDS005"]),
    Case("an instance with one or with none", INSTANCE, f"LaunchTemplate: {either(GOOD, NONE)}", "unknown", "v1-allowed if C is false; v2-required as Strict says if C is true", ["IMDS005"]),
    Case("its options answer for it whatever it launches from", INSTANCE, f"MetadataOptions: {{HttpTokens: required}}\nLaunchTemplate: {either(GOOD, NONE)}", "v2-required", "tokens are required", []),
    Case("nodes with one or with none", NODES, f"LaunchTemplate: {either(NODES_GOOD, NONE)}", "unknown", f"unknown ({UNNAMED}) if C is false; v2-required as Strict says if C is true", ["IMDS005"]),
    Case("nodes that require tokens without one", NODES, f"AmiType: AL2023_x86_64_STANDARD\nLaunchTemplate: {either(NODES_GOOD, NONE)}", "v2-required", "the service requires tokens for its kind", []),
    Case("a compute environment with one or with none", BATCH, f"ComputeResources: {{Type: EC2, LaunchTemplate: {either(GOOD, NONE)}}}", "unknown", "unknown (its AMI decides, and nothing here says what that asks for) if C is false; v2-required as Strict says if C is true", ["IMDS005"]),
    Case("a cluster with one or with none", EMR, "SecurityConfiguration: !If [C, !Ref Sec, !Ref AWS::NoValue]", "unknown", f"unknown ({NO_SECURITY}) if C is false; v2-required as Sec says if C is true", ["IMDS005"], SECURITY),
    Case("a template or a configuration, both strict", GROUP, f"LaunchTemplate: {either(GOOD, NONE)}\nLaunchConfigurationName: {either(NONE, '!Ref Old')}", "v2-required", "as Strict says", [], OLD),
    Case("a template or a weak configuration", GROUP, f"LaunchTemplate: {either(GOOD, NONE)}\nLaunchConfigurationName: {either(NONE, '!Ref Loose')}", "unknown", "v1-allowed as Loose says if C is false; v2-required as Strict says if C is true", [], LOOSE),
    Case("a template or a policy of several", GROUP, f"LaunchTemplate: {either(GOOD, NONE)}\nMixedInstancesPolicy: {either(NONE, f'{{LaunchTemplate: {{LaunchTemplateSpecification: {BAD}}}}}')}", "unknown", "v1-allowed as Weak says if C is false; v2-required as Strict says if C is true", [], WEAK),
]  # fmt: skip


@pytest.mark.parametrize("case", SIDES, ids=lambda case: case.why)
def test_each_side_is_told(case: Case) -> None:
    compare(case)


def named(name: str, tokens: str, condition: str) -> str:
    data = f"LaunchTemplateData: {{MetadataOptions: {{HttpTokens: {tokens}}}}}"
    written = f"LaunchTemplateName: web\n{data}"
    return resource(name, "AWS::EC2::LaunchTemplate", written, f"Condition: {condition}")


@pytest.mark.parametrize(
    ("tokens", "posture", "reason", "why"),
    [
        (("required", "required"), "v2-required", "as A or B says", "whichever is created requires tokens"),
        (("optional", "optional"), "v1-allowed", "as A or B says", "whichever is created does not"),
        (("required", "optional"), "unknown", "one of these: v2-required as A says; v1-allowed as B says", "one does"),
    ],
)
def test_two_templates_of_one_name(tokens: tuple[str, str], posture: str, reason: str, why: str) -> None:
    by_name = "LaunchTemplate: {LaunchTemplateName: web, Version: $Latest}"
    text = template(resource("Web", GROUP, by_name), named("A", tokens[0], "C"), named("B", tokens[1], "D"), rest=OPEN)
    report = linted({"t.yaml": text})
    row = next(row for row in report.inventory if row.resource == "Web")
    assert (row.posture.value, row.reason) == (posture, reason), why
    assert [one.rule.code for one in report.findings if one.resource and one.resource.address == "Web"] == [], why


def test_an_open_side_is_closed_on_the_instance_itself() -> None:
    text = template(resource("Web", INSTANCE, f"LaunchTemplate: {either(GOOD, NONE)}"), STRICT, rest=OPEN)
    after = texts_after({"t.yaml": text}, Applicability.SAFE)["t.yaml"]
    written = (
        f"      LaunchTemplate: {either(GOOD, NONE)}\n"
        "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: required\n"
    )
    assert after == text.replace(f"      LaunchTemplate: {either(GOOD, NONE)}\n", written)


def test_nodes_are_to_name_one_whatever_the_condition_is() -> None:
    text = template(resource("Web", NODES, f"LaunchTemplate: {either(NODES_GOOD, NONE)}"), STRICT, rest=OPEN)
    (finding,) = linted({"t.yaml": text}).findings
    told = "name a launch template of this code whatever C is, or say in an ignore comment why it is safe"
    assert finding.fix_unavailable == told
