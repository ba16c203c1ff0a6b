"""What launches from templates: answered for by them, or judged by itself where they are not in the code."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import linted, repaired

V1, V2, OFF, OPEN = "v1-allowed", "v2-required", "imds-disabled", "unknown"
STRICT = 'resource "aws_launch_template" "strict" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
WEAK = 'resource "aws_launch_template" "weak" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
NESTED = (
    'resource "awscc_ec2_launch_template" "t" {\n  launch_template_data = {\n    metadata_options = {\n'
    '      http_tokens = "required"\n    }\n  }\n}\n'
)
OLD = 'resource "aws_launch_configuration" "old" {\n  image_id = "ami-1"\n}\n'


class Case(NamedTuple):
    """``expected`` is the consumer's posture and what decided it, ``codes`` what is found of the consumer itself."""

    name: str
    why: str
    text: str
    expected: tuple[str, str] | None
    codes: list[str] = []  # noqa: RUF012


def group(inside: str, type: str = "aws_autoscaling_group") -> str:
    return f'resource "{type}" "c" {{\n{inside}\n}}\n'


def template(reference: str) -> str:
    return f'  launch_template {{\n    {reference}\n    version = "$Latest"\n  }}\n'


def specification(reference: str) -> str:
    return f'launch_template_specification {{\n      {reference}\n      version = "$Latest"\n    }}'


def mixed(first: str, *overrides: str) -> str:
    inside = "".join(f"    override {{\n      {specification(one)}\n    }}\n" for one in overrides)
    return f"  mixed_instances_policy {{\n    launch_template {{\n    {specification(first)}\n{inside}    }}\n  }}\n"


def nested_mixed(overrides: str) -> str:
    return (
        "  mixed_instances_policy = {\n    launch_template = {\n      launch_template_specification = {\n"
        "        launch_template_id = awscc_ec2_launch_template.t.id\n"
        "        version = awscc_ec2_launch_template.t.latest_version_number\n      }\n"
        f"      overrides = [{overrides}]\n    }}\n  }}"
    )


STRICT_ID, WEAK_ID = "id = aws_launch_template.strict.id", "id = aws_launch_template.weak.id"
STRICT_SPEC, WEAK_SPEC = f"launch_template_{STRICT_ID}", f"launch_template_{WEAK_ID}"

CASES = [
    # Answered for by a template of this code: one root cause is one finding.
    Case("strict", "its template answers", STRICT + group(template(STRICT_ID)), (V2, "launch-template")),
    Case("weak", "the hole is the template's finding", WEAK + group(template(WEAK_ID)), (V1, "launch-template")),
    Case(
        "off",
        "IMDS is off in all that it launches",
        STRICT.replace('http_tokens = "required"', 'http_endpoint = "disabled"') + group(template(STRICT_ID)),
        (OFF, "launch-template"),
    ),
    Case(
        "configuration",
        "a launch configuration answers as a template does",
        OLD + group("  launch_configuration = aws_launch_configuration.old.name"),
        (V1, "launch-template"),
    ),
    Case(
        "mixed-strict",
        "every template that it may take is strict",
        STRICT + group(mixed(STRICT_SPEC, STRICT_SPEC)),
        (V2, "launch-template"),
    ),
    Case(
        "mixed-weak-override",
        "as open as the most open template",
        STRICT + WEAK + group(mixed(STRICT_SPEC, WEAK_SPEC)),
        (V1, "launch-template"),
    ),
    Case(
        "one-or-the-other-both-strict",
        "whichever it is, it is strict",
        'variable "x" {}\n'
        + STRICT
        + STRICT.replace('"strict"', '"also"')
        + group(template("id = var.x ? aws_launch_template.strict.id : aws_launch_template.also.id")),
        (V2, "launch-template"),
    ),
    Case(
        "one-or-the-other",
        "it depends on which, and the weak one has its finding",
        'variable "x" {}\n'
        + STRICT
        + WEAK
        + group(template("id = var.x ? aws_launch_template.strict.id : aws_launch_template.weak.id")),
        (OPEN, "launch-template"),
    ),
    Case(
        "node-group-of-a-template",
        "the template answers, whatever the AMI type",
        STRICT + group(template(STRICT_ID) + '  ami_type = "AL2_x86_64"', "aws_eks_node_group"),
        (V2, "launch-template"),
    ),
    # The template is not in this code.
    Case("literal", "what lt-1 says is not here", group(template('id = "lt-1"')), (OPEN, "unknown"), ["IMDS005"]),
    Case(
        "variable",
        "no one says which template",
        'variable "t" {}\n' + group(template("id = var.t")),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "data-source",
        "what a data source finds is not here",
        'data "aws_launch_template" "t" {}\n' + group(template("id = data.aws_launch_template.t.id")),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "one-or-one-from-elsewhere",
        "the other one is not here",
        'variable "x" {}\n' + STRICT + group(template('id = var.x ? aws_launch_template.strict.id : "lt-1"')),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "mixed-strict-and-elsewhere",
        "one of its templates is not here",
        STRICT + group(mixed(STRICT_SPEC, 'launch_template_id = "lt-1"')),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "mixed-weak-and-elsewhere",
        "open by one template, and the other is reported now as it will be when the first is mended",
        WEAK + group(mixed(WEAK_SPEC, 'launch_template_id = "lt-1"')),
        (V1, "launch-template"),
        ["IMDS005"],
    ),
    Case("group-of-nothing", "it is generated in some way that is not read", group(""), (OPEN, "unknown"), ["IMDS005"]),
    # None is named, and none is needed.
    Case(
        "nodes-of-al2023",
        "EKS requires IMDSv2 for these",
        group('  ami_type = "AL2023_x86_64_STANDARD"', "aws_eks_node_group"),
        (V2, "service-default"),
    ),
    Case(
        "nodes-of-al2023-either-way",
        "on either processor it is AL2023",
        'variable "arm" {}\n'
        + group('  ami_type = var.arm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD"', "aws_eks_node_group"),
        (V2, "service-default"),
    ),
    Case(
        "nodes-of-al2023-or-not",
        "it is not decided",
        'variable "new" {}\n'
        + group('  ami_type = var.new ? "AL2023_x86_64_STANDARD" : "AL2_x86_64"', "aws_eks_node_group"),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "awscc-group",
        "nested attributes lead to the template as blocks do",
        NESTED
        + group(
            "  launch_template = {\n    launch_template_id = awscc_ec2_launch_template.t.id\n"
            "    version = awscc_ec2_launch_template.t.latest_version_number\n  }",
            "awscc_autoscaling_auto_scaling_group",
        ),
        (V2, "launch-template"),
    ),
    Case(
        "awscc-overrides-without-a-template",
        "they take the group's",
        NESTED
        + group(
            nested_mixed("{ instance_type = " + '"t3.micro"' + " }"),
            "awscc_autoscaling_auto_scaling_group",
        ),
        (V2, "launch-template"),
    ),
    Case(
        "awscc-override-from-elsewhere",
        "one of its templates is not here",
        NESTED
        + group(
            nested_mixed('{}, { launch_template_specification = { launch_template_id = "lt-1" } }'),
            "awscc_autoscaling_auto_scaling_group",
        ),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "awscc-fleet",
        "each of its templates is strict",
        NESTED
        + group(
            "  launch_template_configs = [{\n    launch_template_specification = {\n"
            "      launch_template_id = awscc_ec2_launch_template.t.id\n"
            "      version = awscc_ec2_launch_template.t.latest_version_number\n    }\n"
            '    overrides = [{ instance_type = "t3.micro" }]\n  }]',
            "awscc_ec2_ec2_fleet",
        ),
        (V2, "launch-template"),
    ),
    Case(
        "awscc-nodes",
        "its template is not here",
        group('  custom_launch_template = {\n    template_id = "lt-1"\n  }', "awscc_pcs_compute_node_group"),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "awscc-batch-on-fargate",
        "no instances there",
        group('  compute_resources = {\n    type = "FARGATE"\n  }', "awscc_batch_compute_environment"),
        None,
    ),
    Case(
        "nodes-of-al2",
        "not documented",
        group('  ami_type = "AL2_x86_64"', "aws_eks_node_group"),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "nodes-of-the-default", "EKS picks by version", group("", "aws_eks_node_group"), (OPEN, "unknown"), ["IMDS005"]
    ),
    Case(
        "batch-on-ec2",
        "its AMI decides",
        group('  compute_resources {\n    type = "SPOT"\n  }', "aws_batch_compute_environment"),
        (OPEN, "unknown"),
        ["IMDS005"],
    ),
    Case(
        "batch-under-a-strict-default",
        "the account's default is above any AMI",
        group('  compute_resources {\n    type = "EC2"\n  }', "aws_batch_compute_environment")
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        (V2, "account-default"),
    ),
    Case(
        "batch-under-an-open-default",
        "nothing else is above any AMI",
        group('  compute_resources {\n    type = "EC2"\n  }', "aws_batch_compute_environment")
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "optional"\n}\n',
        (V1, "account-default"),
        ["IMDS001"],
    ),
    Case(
        "batch-on-fargate",
        "no instances there",
        group('  compute_resources {\n    type = "FARGATE_SPOT"\n  }', "aws_batch_compute_environment"),
        None,
    ),
    Case("batch-unmanaged", "others launch for it", group("", "aws_batch_compute_environment"), None),
    Case(
        "image-distribution",
        "it writes images into a template, and launches nothing",
        group(
            '  distribution {\n    launch_template_configuration {\n      launch_template_id = "lt-1"\n    }\n  }',
            "aws_imagebuilder_distribution_configuration",
        ),
        None,
    ),
    Case("no-group", "nothing is launched", group('  count = 0\n  launch_configuration = "x"'), None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_consumer(case: Case) -> None:
    report = linted({"main.tf": case.text})
    rows = [(row.posture.value, row.decided_by.value) for row in report.inventory if row.resource.endswith(".c")]
    assert rows == ([case.expected] if case.expected else []), case.why
    found = [f.rule.code for f in report.findings if f.resource and f.resource.address.endswith(".c")]
    assert found == case.codes, case.why


def test_an_open_reference_says_why_and_where() -> None:
    text = 'variable "t" {}\n' + group(template("id = var.t"))
    (finding,) = linted({"main.tf": text}).findings
    assert finding.message.startswith(
        "whether aws_autoscaling_group.c answers IMDSv1 is not decided here: what it launches from is not in "
        "this code (var.t "
    )
    assert text[finding.span.start : finding.span.end] == "var.t"
    assert "ignore comment" in finding.fix_unavailable


TEMPLATES = [
    ("AWS::EKS::Nodegroup", "{AmiType: AL2023_ARM_64_STANDARD}", (V2, "service-default"), []),
    ("AWS::EKS::Nodegroup", "{AmiType: AL2_x86_64}", (OPEN, "unknown"), ["IMDS005"]),
    ("AWS::EKS::Nodegroup", "{LaunchTemplate: {Id: !Ref T, Version: 1}}", (V2, "launch-template"), []),
    ("AWS::Batch::ComputeEnvironment", "{ComputeResources: {Type: FARGATE}}", None, []),
    ("AWS::Batch::ComputeEnvironment", "{Type: UNMANAGED}", None, []),
    ("AWS::Batch::ComputeEnvironment", "{ComputeResources: {Type: EC2}}", (OPEN, "unknown"), ["IMDS005"]),
    ("AWS::AutoScaling::AutoScalingGroup", "{LaunchConfigurationName: x}", (OPEN, "unknown"), ["IMDS005"]),
    ("AWS::PCS::ComputeNodeGroup", "{CustomLaunchTemplate: {TemplateId: !Ref T}}", (V2, "launch-template"), []),
    (
        "AWS::ImageBuilder::DistributionConfiguration",
        "{Distributions: [{LaunchTemplateConfigurations: [{LaunchTemplateId: !Ref T}]}]}",
        None,
        [],
    ),
]


@pytest.mark.parametrize(("type", "properties", "expected", "codes"), TEMPLATES)
def test_a_consumer_of_a_template(type: str, properties: str, expected: tuple[str, str], codes: list[str]) -> None:
    strict = "{LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}"
    text = f"Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {strict}\n"
    report = linted({"t.yaml": f"{text}  C:\n    Type: {type}\n    Properties: {properties}\n"})
    rows = [(row.posture.value, row.decided_by.value) for row in report.inventory if row.resource == "C"]
    assert rows == ([expected] if expected else [])
    assert [f.rule.code for f in report.findings if f.rule.code == "IMDS005"] == codes


def test_a_template_is_mended_though_another_is_not_here() -> None:
    text = WEAK + group(mixed(WEAK_SPEC, 'launch_template_id = "lt-1"'))
    outcome = repaired({"main.tf": text})
    assert not outcome.refused
    assert [finding.rule.code for finding in outcome.mended] == ["IMDS002"]
    assert [finding.rule.code for finding in outcome.report.findings] == ["IMDS005"]
