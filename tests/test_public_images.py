"""Machine images that AWS publishes and that ask for IMDSv2: found by a path or a name, in both dialects."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.model import AccountDefault
from tests.support import linted, texts_after

V1, V2, V2_AMI = "v1-allowed by service-default", "v2-required by resource", "v2-required by ami"
OPEN, V1_ACCOUNT, V2_ACCOUNT = "unknown by unknown", "v1-allowed by account-default", "v2-required by account-default"
NEUTRAL, OPTIONAL, REQUIRED = AccountDefault.NO_PREFERENCE, AccountDefault.OPTIONAL, AccountDefault.REQUIRED

AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
AL2 = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
EKS = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"


class Case(NamedTuple):
    """A file, the posture of ``x`` in it (with what decides it), and the codes that are found."""

    name: str
    why: str
    text: str
    posture: str
    codes: tuple[str, ...] = ()
    account: AccountDefault | None = None


def parameter(path: str, image: str = "data.aws_ssm_parameter.a.value", more: str = "", data: str = "") -> str:
    """An instance whose image is read from the parameter store."""
    source = f'data "aws_ssm_parameter" "a" {{\n{data}  name = "{path}"\n}}\n'
    return f'{source}resource "aws_instance" "x" {{\n  ami = {image}\n{more}}}\n'


def lookup(names: str, owners: str = '["amazon"]', more: str = "") -> str:
    """An instance whose image is looked up by its name."""
    by = f'  filter {{\n    name = "name"\n    values = {names}\n  }}\n'
    source = f'data "aws_ami" "a" {{\n  most_recent = true\n  owners = {owners}\n{by}{more}}}\n'
    return f'{source}resource "aws_instance" "x" {{\n  ami = data.aws_ami.a.id\n}}\n'


OPTIONS = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = "%s"\n  }\n'
DEFAULTS = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "%s"\n}\n'
TEMPLATE = 'resource "aws_launch_template" "%s" {\n  image_id = "%s"\n}\n'
FROM_T = "  launch_template {\n    id = aws_launch_template.t.id\n  }\n"
CHOICE = 'variable "new" {\n  type = bool\n}\n'
EITHER = 'var.new ? data.aws_ssm_parameter.a.value : "ami-1"'
DERIVED = parameter(AL2023, "local.image") + "locals {\n  image = nonsensitive(data.aws_ssm_parameter.a.value)\n}\n"
EACH = parameter("${each.value}", 'data.aws_ssm_parameter.a["n"].value', data=f'  for_each = {{ n = "{AL2023}" }}\n')

TERRAFORM = [
    Case("parameter", "an account default could overrule the image", parameter(AL2023), OPEN, ("IMDS005",)),
    Case("parameter-neutral", "none does", parameter(AL2023), V2_AMI, (), NEUTRAL),
    Case("parameter-optional", "it does (F7)", parameter(AL2023), V1_ACCOUNT, ("IMDS001",), OPTIONAL),
    Case("parameter-required", "the account asks for it too", parameter(AL2023), V2_ACCOUNT, (), REQUIRED),
    Case("parameter-versioned", "a version of it", parameter(AL2023 + ":3"), V2_AMI, (), NEUTRAL),
    Case("parameter-ecs", "ECS's image is one", parameter(ECS + "/recommended/image_id"), V2_AMI, (), NEUTRAL),
    Case("parameter-eks", "EKS's image is one", parameter(EKS), V2_AMI, (), NEUTRAL),
    Case(
        "parameter-eks-of-any-release",
        "which release of Kubernetes it is for does not matter",
        parameter(EKS.replace("1.33", "${var.release}")) + 'variable "release" {}\n',
        V2_AMI,
        (),
        NEUTRAL,
    ),
    Case("parameter-al2", "Amazon Linux 2 asks for nothing", parameter(AL2), V1, ("IMDS001",)),
    Case("parameter-al2-neutral", "nor does the account", parameter(AL2), V1, ("IMDS001",), NEUTRAL),
    Case("parameter-of-their-own", "whose it is, is not known", parameter("/our/al2023-ami"), V1, ("IMDS001",)),
    Case(
        "parameter-bottlerocket",
        "AWS does not document what it is registered with",
        parameter("/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"),
        V1,
        ("IMDS001",),
    ),
    Case("options-required", "the launch decides", parameter(AL2023, more=OPTIONS % "required"), V2),
    Case(
        "options-optional",
        "the launch overrules the image",
        parameter(AL2023, more=OPTIONS % "optional"),
        "v1-allowed by resource",
        ("IMDS002",),
        NEUTRAL,
    ),
    Case(
        "account-here-neutral", "the code says it", parameter(AL2023) + DEFAULTS % "no-preference", V2_AMI, ("IMDS010",)
    ),
    Case("account-here-required", "the code says it", parameter(AL2023) + DEFAULTS % "required", V2_ACCOUNT, ()),
    Case("through-a-local", "a local and a function hand it on", DERIVED, V2_AMI, (), NEUTRAL),
    Case("for-each", "one of several parameters", EACH, V2_AMI, (), NEUTRAL),
    Case("either", "the other image asks for nothing", parameter(AL2023, EITHER) + CHOICE, OPEN, ("IMDS005",), NEUTRAL),
    Case("name", "an account default could overrule the image", lookup('["al2023-ami-2023*"]'), OPEN, ("IMDS005",)),
    Case("name-neutral", "none does", lookup('["al2023-ami-*-x86_64"]'), V2_AMI, (), NEUTRAL),
    Case("name-by-account", "Amazon's account", lookup('["al2023-ami-*"]', '["137112412989"]'), V2_AMI, (), NEUTRAL),
    Case("name-eks", "EKS's image", lookup('["amazon-eks-node-al2023-x86_64-standard-*"]'), V2_AMI, (), NEUTRAL),
    Case(
        "name-eks-any",
        "it may be one for GPUs",
        lookup('["amazon-eks-node-al2023-x86_64-*"]'),
        V1,
        ("IMDS001",),
        NEUTRAL,
    ),
    Case("name-ecs", "ECS's image", lookup('["al2023-ami-ecs-hvm-*"]'), V2_AMI, (), NEUTRAL),
    Case("name-ecs-gpu", "AWS does not say it of GPUs", lookup('["al2023-ami-ecs-gpu-*"]'), V1, ("IMDS001",), NEUTRAL),
    Case(
        "parameter-ecs-gpu",
        "AWS does not say it of GPUs",
        parameter(ECS + "/gpu/recommended"),
        V1,
        ("IMDS001",),
        NEUTRAL,
    ),
    Case("parameter-ecs-arm64", "ECS's image", parameter(ECS + "/arm64/recommended/image_id"), V2_AMI, (), NEUTRAL),
    Case(
        "parameter-eks-gpu",
        "AWS does not say it of GPUs",
        parameter(EKS.replace("standard", "nvidia")),
        V1,
        ("IMDS001",),
        NEUTRAL,
    ),
    Case("name-of-others", "anybody may call one so", lookup('["al2023-ami-*"]', '["self"]'), V1, ("IMDS001",)),
    Case("name-of-two-owners", "or the other", lookup('["al2023-ami-*"]', '["amazon", "self"]'), V1, ("IMDS001",)),
    Case("name-of-two", "or Amazon Linux 2", lookup('["al2023-ami-*", "amzn2-*"]'), V1, ("IMDS001",)),
    Case("name-al2", "it asks for nothing", lookup('["amzn2-ami-hvm-*"]'), V1, ("IMDS001",)),
    Case("resolved", "EC2 takes a path", TEMPLATE % ("x", "resolve:ssm:" + AL2023), V2_AMI, (), NEUTRAL),
    Case("resolved-al2", "it asks for nothing", TEMPLATE % ("x", "resolve:ssm:" + AL2), V1, ("IMDS001",)),
    Case(
        "over-a-template",
        "the instance's own image takes the place of the template's",
        TEMPLATE % ("t", "ami-1") + parameter(AL2023, more=FROM_T),
        V2_AMI,
        ("IMDS001",),
        NEUTRAL,
    ),
    Case(
        "under-a-template",
        "the template's image is not launched",
        TEMPLATE % ("t", "resolve:ssm:" + AL2023) + f'resource "aws_instance" "x" {{\n  ami = "ami-1"\n{FROM_T}}}\n',
        V1,
        ("IMDS001",),
        NEUTRAL,
    ),
    Case(
        "inert-options",
        "one cause is one finding: options that never reach EC2 are reported",
        parameter(AL2023, more=OPTIONS % "required").replace("aws_instance", "aws_spot_instance_request"),
        OPEN,
        ("IMDS004",),
    ),
    Case("a-literal", "nothing says what that asks for", parameter(AL2023, '"ami-1"'), V1, ("IMDS001",), NEUTRAL),
]


def stored(path: str, kind: str = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", image: str = "!Ref P") -> str:
    """A template whose instance's image is read from the parameter store."""
    declared = f"Parameters:\n  P:\n    Type: {kind}\n    Default: {path}\n"
    return f"{declared}Resources:\n  x:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: {image}\n"


def launch(image: str) -> str:
    """A launch template with an image."""
    data = f"LaunchTemplateData:\n        ImageId: '{image}'\n"
    return f"Resources:\n  x:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      {data}"


def resolve(path: str) -> str:
    """A dynamic reference to a parameter of the store."""
    return "{{resolve:ssm:" + path + "}}"


STRICT = "      MetadataOptions: {HttpTokens: required}\n"
CLOUDFORMATION = [
    Case("parameter", "an account default could overrule the image", stored(AL2023), OPEN, ("IMDS005",)),
    Case("parameter-neutral", "none does", stored(AL2023), V2_AMI, (), NEUTRAL),
    Case("parameter-optional", "it does (F7)", stored(AL2023), V1_ACCOUNT, ("IMDS001",), OPTIONAL),
    Case("parameter-required", "the account asks for it too", stored(AL2023), V2_ACCOUNT, (), REQUIRED),
    Case("parameter-ecs", "ECS's image", stored(ECS + "/recommended/image_id"), V2_AMI, (), NEUTRAL),
    Case("parameter-eks", "EKS's image", stored(EKS), V2_AMI, (), NEUTRAL),
    Case(
        "parameter-text",
        "the store's value as a text",
        stored(AL2023, "AWS::SSM::Parameter::Value<String>"),
        V2_AMI,
        (),
        NEUTRAL,
    ),
    Case("parameter-plain", "a path is no image", stored(AL2023, "String"), V1, ("IMDS001",), NEUTRAL),
    Case("parameter-al2", "Amazon Linux 2 asks for nothing", stored(AL2), V1, ("IMDS001",)),
    Case("parameter-of-their-own", "whose it is, is not known", stored("/our/al2023-ami"), V1, ("IMDS001",)),
    Case("options", "the launch decides", stored(AL2023) + STRICT, V2),
    Case("dynamic", "read at deployment", launch(resolve(AL2023)), OPEN, ("IMDS005",)),
    Case("dynamic-neutral", "nothing overrules it", launch(resolve(AL2023 + ":1")), V2_AMI, (), NEUTRAL),
    Case("dynamic-al2", "it asks for nothing", launch(resolve(AL2)), V1, ("IMDS001",)),
    Case("resolved", "EC2 takes a path", launch("resolve:ssm:" + AL2023), V2_AMI, (), NEUTRAL),
    Case("resolved-al2", "it asks for nothing", launch("resolve:ssm:" + AL2), V1, ("IMDS001",), NEUTRAL),
]
CASES = [pytest.param(case, "main.tf", id=f"terraform-{case.name}") for case in TERRAFORM]
CASES += [pytest.param(case, "t.yaml", id=f"cloudformation-{case.name}") for case in CLOUDFORMATION]


@pytest.mark.parametrize(("case", "path"), CASES)
def test_postures(case: Case, path: str) -> None:
    report = linted({path: case.text}, Options(account_default=case.account))
    rows = {row.resource: f"{row.posture.value} by {row.decided_by.value}" for row in report.inventory}
    assert rows["x" if path == "t.yaml" else next(name for name in rows if name.endswith(".x"))] == case.posture, (
        case.why
    )
    assert tuple(finding.rule.code for finding in report.findings) == case.codes, case.why


@pytest.mark.parametrize(
    ("text", "path"), [(parameter(AL2023), "main.tf"), (stored(AL2023), "t.yaml")], ids=("terraform", "cloudformation")
)
def test_the_finding_says_what_asks_and_what_overrides_it(text: str, path: str) -> None:
    (finding,) = linted({path: text}).findings
    assert finding.message.endswith(
        f"is not decided here: its AMI (Amazon Linux 2023, by {AL2023}) asks for IMDSv2, and an account "
        "default of optional, which is not here, overrides it"
    )


def test_the_inventory_says_which_image_decides() -> None:
    (row,) = linted({"main.tf": lookup('["al2023-ami-*"]')}, Options(account_default=NEUTRAL)).inventory
    assert row.reason == "by its AMI (Amazon Linux 2023, by al2023-ami-*)"


def test_options_on_the_resource_are_a_safe_fix() -> None:
    files = {"main.tf": parameter(AL2023), "t.yaml": stored(AL2023)}
    after = texts_after(files, Applicability.SAFE)
    written = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
    assert after["main.tf"].endswith(written)
    options = "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: required\n"
    assert after["t.yaml"] == stored(AL2023) + options
    assert not linted(after).findings


def test_an_image_of_this_code_has_the_same_fix() -> None:
    text = 'resource "aws_ami" "a" {\n  imds_support = "v2.0"\n}\n'
    text += 'resource "aws_instance" "x" {\n  ami = aws_ami.a.id\n}\n'
    (finding,) = linted({"main.tf": text}).findings
    assert finding.fix is not None
    assert (finding.rule.code, finding.fix.applicability) == ("IMDS005", Applicability.SAFE)
