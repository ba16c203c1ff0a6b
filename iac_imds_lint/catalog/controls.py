"""What other tools' controls are to our rules: an exception that names one of them is one from those rules of ours.

A control stands for the rules that find the same thing on the same kinds of resources. What it does not look at, it
does not except: boot scripts, launch configurations as such, versions of templates, what cannot be decided.
"""

from __future__ import annotations

from typing import NamedTuple

# Whose exceptions may be honoured.
TOOLS = ("checkov", "trivy", "tfsec", "kics", "semgrep", "terrascan", "cfn-lint", "cdk-nag")


class ToolControl(NamedTuple):
    """A control of a tool: the ``ids`` by which exceptions name it, the codes of ours that find the same, and the types
    of resources that it looks at (all, where there are none). ``source`` is where the tool says so.
    """

    tool: str
    ids: tuple[str, ...]
    codes: tuple[str, ...]
    types: tuple[str, ...]
    source: str


# "IMDSv1 answers": nothing is set, tokens are optional, or what is set is dropped.
_ANSWERS = ("IMDS001", "IMDS002", "IMDS004")

_CHECKOV = "github.com/bridgecrewio/checkov: checkov/{}/checks/resource/aws/{}.py"
_TRIVY = "github.com/aquasecurity/trivy-checks: checks/cloud/aws/ec2/{}.rego"
_TFSEC = "github.com/aquasecurity/tfsec: docs/checks/aws/{}/index.md, internal/pkg/legacy/map.go"
_KICS = "docs.kics.io/latest/queries/{}"
_SEMGREP = "github.com/semgrep/semgrep-rules: terraform/{}.yaml"
_TERRASCAN = "github.com/tenable/terrascan: pkg/policies/opa/rego/aws/{}.json"
_CDK_NAG = "github.com/cdklabs/cdk-nag: src/rules/ec2/EC2IMDSv2Enabled.ts"
_CFN_LINT = "iac_imds_lint.cfn_lint_rules"

_OF_TEMPLATES = "aws-ec2-launch-template-metadata-service-v1-enabled"

_INSTANCES = ("aws_instance", "AWS::EC2::Instance")
_TEMPLATES = (
    "aws_launch_configuration",
    "aws_launch_template",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::EC2::LaunchTemplate",
)

CONTROLS = (
    ToolControl(
        "checkov",
        ("CKV_AWS_79",),
        _ANSWERS,
        ("aws_instance", "aws_launch_template", "aws_launch_configuration", "AWS::EC2::LaunchTemplate"),
        _CHECKOV.format("{terraform,cloudformation}", "IMDSv1Disabled"),
    ),
    ToolControl(
        "checkov",
        ("CKV_AWS_371",),
        _ANSWERS,
        ("aws_sagemaker_notebook_instance", "AWS::SageMaker::NotebookInstance"),
        _CHECKOV.format("{terraform,cloudformation}", "SagemakerNotebookInstanceAllowsIMDSv2"),
    ),
    ToolControl(
        "trivy",
        ("AWS-0028", "AVD-AWS-0028", "aws-ec2-enforce-http-token-imds", "enforce-http-token-imds"),
        _ANSWERS,
        _INSTANCES,
        _TRIVY.format("enforce_http_token_imds"),
    ),
    ToolControl(
        "trivy",
        (
            "AWS-0130",
            "AVD-AWS-0130",
            "aws-ec2-enforce-launch-config-http-token-imds",
            "enforce-launch-config-http-token-imds",
            "aws-autoscaling-enforce-http-token-imds",
        ),
        _ANSWERS,
        _TEMPLATES,
        _TRIVY.format("as_enforce_http_token_imds"),
    ),
    ToolControl(
        "tfsec",
        ("aws-ec2-enforce-http-token-imds", "AVD-AWS-0028", "AWS079"),
        _ANSWERS,
        ("aws_instance",),
        _TFSEC.format("ec2/enforce-http-token-imds"),
    ),
    ToolControl(
        "tfsec",
        (
            "aws-ec2-enforce-launch-config-http-token-imds",
            "aws-autoscaling-enforce-http-token-imds",
            "AVD-AWS-0130",
        ),
        _ANSWERS,
        ("aws_launch_configuration", "aws_launch_template"),
        _TFSEC.format("{ec2/enforce-launch-config-http-token-imds,autoscaling/enforce-http-token-imds}"),
    ),
    ToolControl(
        "kics",
        ("c306ac53-ee5b-41d3-86a9-0fd2722b4e67",),
        _ANSWERS,
        ("aws_instance", "aws_launch_configuration", "aws_launch_template"),
        _KICS.format("terraform-queries/aws/c306ac53-ee5b-41d3-86a9-0fd2722b4e67"),
    ),
    ToolControl(
        "kics",
        ("a4f5f706-80fd-4c96-9a24-6ab317d33d24",),
        _ANSWERS,
        ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"),
        _KICS.format("cloudformation-queries/aws/a4f5f706-80fd-4c96-9a24-6ab317d33d24"),
    ),
    ToolControl(
        "semgrep",
        ("terraform.lang.security.ec2-imdsv1-optional.ec2-imdsv1-optional",),
        _ANSWERS,
        ("aws_instance",),
        _SEMGREP.format("lang/security/ec2-imdsv1-optional"),
    ),
    ToolControl(
        "semgrep",
        (f"terraform.aws.security.{_OF_TEMPLATES}.{_OF_TEMPLATES}",),
        _ANSWERS,
        ("aws_launch_template",),
        _SEMGREP.format(f"aws/security/{_OF_TEMPLATES}"),
    ),
    ToolControl(
        "terrascan",
        ("AC_AWS_0479", "AC-AWS-NS-IN-M-1172"),
        _ANSWERS,
        _INSTANCES,
        _TERRASCAN.format("aws_instance/AC-AWS-NS-IN-M-1172"),
    ),
    ToolControl(
        "terrascan",
        ("AC_AWS_0487", "AC-AW-CA-LC-H-0439"),
        _ANSWERS,
        ("aws_launch_configuration", "AWS::AutoScaling::LaunchConfiguration"),
        _TERRASCAN.format("aws_launch_configuration/AC-AW-CA-LC-H-0439"),
    ),
    # It looks at instances and Auto Scaling groups, through these at what they launch from. A suppression of a
    # construct is written on all resources of it.
    ToolControl(
        "cdk-nag",
        (
            "HIPAA.Security-EC2IMDSv2Enabled",
            "NIST.800.53.R4-EC2IMDSv2Enabled",
            "NIST.800.53.R5-EC2IMDSv2Enabled",
        ),
        _ANSWERS,
        (
            "AWS::EC2::Instance",
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::AutoScaling::LaunchConfiguration",
            "AWS::EC2::LaunchTemplate",
        ),
        _CDK_NAG,
    ),
    # Our own rules under the IDs that they have there.
    *(
        ToolControl("cfn-lint", (name,), (code,), (), _CFN_LINT)
        for name, code in (
            ("E9501", "IMDS001"),
            ("E9502", "IMDS002"),
            ("E9503", "IMDS003"),
            ("E9504", "IMDS004"),
            ("W9505", "IMDS005"),
            ("W9506", "IMDS006"),
            ("E9507", "IMDS007"),
            ("W9510", "IMDS010"),
            ("E9511", "IMDS011"),
            ("W9513", "IMDS013"),
        )
    ),
)


def of(tool: str) -> tuple[ToolControl, ...]:
    """The controls of a tool."""
    return tuple(control for control in CONTROLS if control.tool == tool)
