"""IMDS006: which consumers a new version of their template reaches, and which it does not."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability, Fix
from tests.support import linted, repaired

LATEST = "aws_launch_template.t.latest_version"


class Case(NamedTuple):
    """``version`` is what the group says of it, ``template`` what the template says of its own versions."""

    why: str
    version: str
    template: str = ""
    rest: str = ""


def code(case: Case, kind: str = "aws_autoscaling_group") -> str:
    return (
        f'resource "aws_launch_template" "t" {{\n  {case.template}\n  metadata_options {{\n    http_tokens = "required"\n'
        f'  }}\n}}\nresource "{kind}" "c" {{\n  launch_template {{\n    id = aws_launch_template.t.id\n    {case.version}\n'
        f"  }}\n}}\n{case.rest}"
    )


MOVING = [
    Case("the newest, as the template counts", f"version = {LATEST}"),
    Case("the same in quotes", f'version = "${{{LATEST}}}"'),
    Case("the newest, as EC2 counts", 'version = "$Latest"'),
    Case("the default follows the newest", "", "update_default_version = true"),
    Case("the default follows the newest", 'version = "$Default"', "update_default_version = true"),
    Case(
        "the default follows the newest",
        "version = aws_launch_template.t.default_version",
        'update_default_version = "true"',
    ),
    Case("which is the default is decided elsewhere", "", "default_version = var.v", 'variable "v" {}\n'),
    Case("whether it follows is not decided", "", "update_default_version = var.f", 'variable "f" {}\n'),
    Case("which version is not decided", "version = var.v", "", 'variable "v" {}\n'),
    Case("the newest by default", "version = var.v", "", 'variable "v" {\n  default = "$Latest"\n}\n'),
    Case("one branch is the newest", 'version = var.v ? "$Latest" : "$Default"', "", 'variable "v" {}\n'),
    Case("the version of a data source", "version = data.aws_launch_template.t.default_version"),
    Case("no version that there is", 'version = "latest"'),
]
STALE = [
    ("version 1", Case("pinned", 'version = "1"')),
    ("version 3", Case("pinned by a number", "version = 3")),
    ("version 2", Case("pinned, whatever the default does", "version = 2", "update_default_version = true")),
    ("version 1", Case("pinned by a variable", "version = var.v", "", 'variable "v" {\n  default = "1"\n}\n')),
    ("the default version", Case("none is named", "")),
    ("the default version", Case("null is none", "version = null")),
    ("the default version", Case("by its name", 'version = "$Default"')),
    ("the default version", Case("by its attribute", "version = aws_launch_template.t.default_version")),
    ("the default version", Case("it does not follow", "", "update_default_version = false")),
    ("the default version", Case("it is pinned", "", "default_version = 1")),
    (
        "the default version",
        Case("both branches are the default", 'version = var.v ? null : "$Default"', "", 'variable "v" {}\n'),
    ),
]


@pytest.mark.parametrize("case", MOVING, ids=lambda case: f"{case.version} {case.template}")
def test_a_new_version_reaches_it_or_that_is_not_decided(case: Case) -> None:
    assert not linted({"main.tf": code(case)}).findings, case.why


@pytest.mark.parametrize(("version", "case"), STALE, ids=lambda item: str(item)[:40])
def test_a_new_version_does_not_reach_it(version: str, case: Case) -> None:
    (finding,) = linted({"main.tf": code(case)}).findings
    assert finding.rule.code == "IMDS006", case.why
    assert finding.message == (
        f"aws_autoscaling_group.c launches {version} of aws_launch_template.t: a change of the template makes a newer "
        "version, which does not reach it"
    )
    assert finding.fix_unavailable.startswith("set version to the latest_version of aws_launch_template.t")
    assert ("update_default_version" in finding.fix_unavailable) == (version == "the default version")


def test_where_it_points() -> None:
    text = code(Case("", "version = var.v", "", 'variable "v" {\n  default = "1"\n}\n'))
    (finding,) = linted({"main.tf": text}).findings
    assert text[finding.span.start :].startswith("var.v\n")
    related = [text[place.span.start :].splitlines()[0] for place in finding.related]
    assert related == ['"1"', 'resource "aws_launch_template" "t" {']


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("aws_instance", "that replaces the instance, where metadata_options written on it would change it in place"),
        ("aws_eks_node_group", "it replaces all its nodes when what it launches from changes"),
    ],
)
def test_it_says_what_another_version_sets_off(kind: str, effect: str) -> None:
    (finding,) = linted({"main.tf": code(Case("", 'version = "1"'), kind)}).findings
    assert finding.fix_unavailable.endswith(effect)


def test_an_instance_that_decides_for_itself_is_not_concerned() -> None:
    text = code(Case("", 'version = "1"'), "aws_instance")
    own = text.replace('"c" {', '"c" {\n  metadata_options {\n    http_tokens = "required"\n  }')
    assert not linted({"main.tf": own}).findings


def test_several_overrides_of_one_template_are_one_finding() -> None:
    one = (
        "launch_template_specification {\n        launch_template_id = aws_launch_template.t.id\n"
        '        version = "1"\n      }\n'
    )
    text = (
        code(Case("", 'version = "$Latest"')).partition('resource "aws_autoscaling_group"')[0]
        + 'resource "aws_autoscaling_group" "c" {\n  mixed_instances_policy {\n    launch_template {\n      '
        + one
        + f"      override {{\n      {one}      }}\n    }}\n  }}\n}}\n"
    )
    (finding,) = linted({"main.tf": text}).findings
    assert [place.message for place in finding.related] == [
        "version 1 here as well",
        "what is written here is the newest version",
    ]


def test_a_launch_configuration_has_no_versions() -> None:
    text = (
        'resource "aws_launch_configuration" "t" {\n  metadata_options {\n    http_endpoint = "enabled"\n'
        '    http_tokens = "required"\n  }\n}\nresource "aws_autoscaling_group" "c" {\n'
        "  launch_configuration = aws_launch_configuration.t.name\n}\n"
    )
    assert [finding.rule.code for finding in linted({"main.tf": text}).findings] == ["IMDS003"]


def test_the_repair_of_a_template_says_whom_it_does_not_reach() -> None:
    weak = code(Case("", 'version = "1"')).replace('"required"', '"optional"')
    before = linted({"main.tf": weak})
    assert [finding.rule.code for finding in before.findings] == ["IMDS002", "IMDS006"]
    fix = before.findings[0].fix
    assert fix is not None
    assert fix.applicability is Applicability.SAFE, "it disturbs nobody"
    assert fix.note == "aws_autoscaling_group.c launches version 1, which it does not change"
    after = repaired({"main.tf": weak}).report
    assert [finding.rule.code for finding in after.findings] == ["IMDS006"]


TEMPLATES = [
    ("!GetAtt T.LatestVersionNumber", ""),
    ("!Ref V", ""),
    ("!GetAtt T.DefaultVersionNumber", "the default version"),
    ("'1'", "version 1"),
    ("$Default", "the default version"),
]


@pytest.mark.parametrize(("version", "kept"), TEMPLATES)
def test_templates_of_cloudformation(version: str, kept: str) -> None:
    text = (
        "Parameters:\n  V: {Type: String}\nResources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n"
        "    Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}\n"
        "  C:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n      LaunchTemplate:\n"
        f"        LaunchTemplateId: !Ref T\n        Version: {version}\n"
    )
    found = linted({"t.yaml": text}).findings
    assert [finding.rule.code for finding in found] == (["IMDS006"] if kept else [])
    for finding in found:
        assert f"launches {kept} of T" in finding.message
        assert finding.fix_unavailable == "set Version to !GetAtt T.LatestVersionNumber"


@pytest.mark.parametrize(
    ("version", "applicability"), [('version = "1"', Applicability.SAFE), ('version = "$Latest"', Applicability.UNSAFE)]
)
def test_a_repair_recycles_only_the_nodes_that_it_reaches(version: str, applicability: Applicability) -> None:
    weak = code(Case("", version), "aws_eks_node_group").replace('"required"', '"optional"')
    fix = linted({"main.tf": weak}).findings[0].fix
    assert fix is not None
    assert fix.applicability is applicability
    assert ("replaces all its nodes" in fix.note) == (applicability is Applicability.UNSAFE)


REACHED = {
    "I": ("AWS::EC2::Instance", "LaunchTemplate: {{LaunchTemplateId: !Ref T, Version: {version}}}", "is replaced"),
    "G": (
        "AWS::AutoScaling::AutoScalingGroup",
        (
            "LaunchTemplate: {{LaunchTemplateId: !Ref T, Version: {version}}}\n"
            "    UpdatePolicy: {{AutoScalingRollingUpdate: {{}}}}"
        ),
        "replaces its instances (UpdatePolicy)",
    ),
    "N": ("AWS::EKS::Nodegroup", "LaunchTemplate: {{Id: !Ref T, Version: {version}}}", "replaces all its nodes"),
    "B": (
        "AWS::Batch::ComputeEnvironment",
        "ComputeResources: {{Type: EC2, LaunchTemplate: {{LaunchTemplateId: !Ref T, Version: {version}}}}}",
        "may replace its instances",
    ),
    "F": (
        "AWS::EC2::EC2Fleet",
        "LaunchTemplateConfigs: [{{LaunchTemplateSpecification: {{LaunchTemplateId: !Ref T, Version: {version}}}}}]",
        "is replaced",
    ),
    "S": (
        "AWS::EC2::SpotFleet",
        (
            "SpotFleetRequestConfigData: {{LaunchTemplateConfigs: [{{LaunchTemplateSpecification: "
            "{{LaunchTemplateId: !Ref T, Version: {version}}}}}]}}"
        ),
        "may be replaced",
    ),
    "P": (
        "AWS::PCS::ComputeNodeGroup",
        "CustomLaunchTemplate: {{TemplateId: !Ref T, Version: {version}}}",
        "may replace its instances",
    ),
}


def weak_template_for(consumer: str, version: str) -> Fix:
    """The fix of a template in CloudFormation that has no options and one consumer."""
    kind, properties, _ = REACHED[consumer]
    text = (
        "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {LaunchTemplateData: {ImageId: ami-1}}\n"
        f"  {consumer}:\n    Type: {kind}\n    Properties:\n      {properties.format(version=version)}\n"
    )
    (fix,) = (found.fix for found in linted({"t.yaml": text}).findings if found.rule.code == "IMDS001" and found.fix)
    return fix


@pytest.mark.parametrize("consumer", REACHED)
def test_a_repair_tells_what_the_new_version_does_to_what_runs(consumer: str) -> None:
    fix = weak_template_for(consumer, "!GetAtt T.LatestVersionNumber")
    assert fix.applicability is Applicability.UNSAFE
    assert fix.note == f"{consumer} {REACHED[consumer][2]} when what it launches from changes"


@pytest.mark.parametrize("consumer", REACHED)
def test_the_newest_by_its_name_is_the_same_text_afterwards_and_updates_nothing(consumer: str) -> None:
    fix = weak_template_for(consumer, "$Latest")
    assert (fix.applicability, fix.note) == (Applicability.SAFE, "")


@pytest.mark.parametrize("consumer", REACHED)
def test_a_repair_tells_who_stays_on_another_version(consumer: str) -> None:
    fix = weak_template_for(consumer, "!GetAtt T.DefaultVersionNumber")
    assert fix.applicability is Applicability.SAFE
    assert fix.note == f"{consumer} launches the default version, which it does not change"
