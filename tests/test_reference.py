"""The checker that safe fixes are held against finds what it is there for, and only that."""

from __future__ import annotations

import pytest

from tests.reference import dangers

WEAK = 'resource "aws_launch_template" "x" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
STRICT = WEAK.replace("optional", "required")
SCRIPT = 'resource "aws_instance" "x" {\n  user_data = "curl http://169.254.169.254/latest/%s"\n  %s\n}\n'
OPTIONS = 'metadata_options {\n    http_tokens = "required"\n  }'
LOCAL = 'locals {\n  tokens = "optional"\n}\n'
CONFIGURATION = WEAK.replace("aws_launch_template", "aws_launch_configuration")
INSTANCE = 'resource "aws_instance" "y" {\n  launch_template {\n    id      = aws_launch_template.x.id\n    version = %s\n  }\n}\n'
LATEST, PINNED = INSTANCE % "aws_launch_template.x.latest_version", INSTANCE % '"3"'
TEMPLATE = """Parameters:
  Tokens: {Type: String, Default: optional}
Mappings:
  M: {a: {b: optional}}
Resources:
  LT:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: optional}}}
  LC:
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties: {MetadataOptions: {HttpTokens: !Ref Tokens}}
  I:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref LT, Version: !GetAtt LT.LatestVersionNumber}}
"""

TABLE = {
    "options of a template": ("main.tf", WEAK, STRICT, []),
    "nothing": ("main.tf", WEAK, WEAK, []),
    "a comment": ("main.tf", WEAK, f"# x\n{WEAK}", []),
    "a default": (
        "main.tf",
        'variable "t" {\n  default = "optional"\n}\n',
        'variable "t" {\n  default = "required"\n}\n',
        ["main.tf: variable.t is shared"],
    ),
    "a line of tfvars": ("terraform.tfvars", 't = "optional"\n', 't = "required"\n', ["terraform.tfvars: t is shared"]),
    "a line of tfvars in JSON": (
        "terraform.tfvars.json",
        '{"t": "optional"}',
        '{"t": "required"}',
        ["terraform.tfvars.json: t is shared"],
    ),
    "a default in JSON": (
        "main.tf.json",
        '{"variable": {"t": {"default": "optional"}}}',
        '{"variable": {"t": {"default": "required"}}}',
        ["main.tf.json: variable.t is shared"],
    ),
    "a local of many": (
        "main.tf",
        LOCAL + "output a {\n  value = local.tokens\n}\noutput b {\n  value = local.tokens\n}\n",
        LOCAL.replace("optional", "required")
        + "output a {\n  value = local.tokens\n}\noutput b {\n  value = local.tokens\n}\n",
        ["main.tf: locals.tokens is shared"],
    ),
    "a local of one": (
        "main.tf",
        LOCAL + "output a {\n  value = local.tokens\n}\n",
        LOCAL.replace("optional", "required") + "output a {\n  value = local.tokens\n}\n",
        [],
    ),
    "a configuration": (
        "main.tf",
        CONFIGURATION,
        CONFIGURATION.replace("optional", "required"),
        ["main.tf: resource.aws_launch_configuration.x is replaced"],
    ),
    "a script that asks as ever": (
        "main.tf",
        SCRIPT % ("meta-data", ""),
        SCRIPT % ("meta-data", OPTIONS),
        ["main.tf: resource.aws_instance.x has a boot script that calls IMDSv1"],
    ),
    "a script that sends the token": (
        "main.tf",
        SCRIPT % ("meta-data -H X-aws-ec2-metadata-token:1", ""),
        SCRIPT % ("meta-data -H X-aws-ec2-metadata-token:1", OPTIONS),
        [],
    ),
    "an instance that follows the template": (
        "main.tf",
        WEAK + LATEST,
        STRICT + LATEST,
        ["main.tf: resource.aws_instance.y is recycled, since resource.aws_launch_template.x has another version"],
    ),
    "an instance that does not": ("main.tf", WEAK + PINNED, STRICT + PINNED, []),
}
TEMPLATES = {
    "a parameter": ("Default: optional", "Default: required", ["t.yaml: Parameters is shared"]),
    "a mapping": ("b: optional", "b: required", ["t.yaml: Mappings is shared"]),
    "a launch configuration": (
        "HttpTokens: !Ref Tokens",
        "HttpTokens: required",
        ["t.yaml: Resources.LC is replaced"],
    ),
    "a template that an instance follows": (
        "{HttpTokens: optional}",
        "{HttpTokens: required}",
        ["t.yaml: Resources.I is recycled, since Resources.LT has another version"],
    ),
}


@pytest.mark.parametrize(("path", "before", "after", "told"), TABLE.values(), ids=TABLE)
def test_terraform(path: str, before: str, after: str, told: list[str]) -> None:
    assert dangers({path: before.encode()}, {path: after.encode()}) == told


@pytest.mark.parametrize(("old", "new", "told"), TEMPLATES.values(), ids=TEMPLATES)
def test_templates(old: str, new: str, told: list[str]) -> None:
    pytest.importorskip("cfnlint")
    after = TEMPLATE.replace(old, new)
    assert dangers({"t.yaml": TEMPLATE.encode()}, {"t.yaml": after.encode()}) == told
