"""The setting ``account-default``: it stands in for what the code does not say of the account, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.model import AccountDefault
from tests.shell import run
from tests.support import linted

REQUIRED, OPTIONAL, NEUTRAL = AccountDefault.REQUIRED, AccountDefault.OPTIONAL, AccountDefault.NO_PREFERENCE
V1, V2, OPEN = "v1-allowed", "v2-required", "unknown"

SILENT = 'resource "aws_instance" "x" {\n  ami = "ami-1"\n}\n'
TEMPLATE = 'resource "aws_launch_template" "x" {\n  image_id = "ami-1"\n}\n'
SAYS = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "%s"\n  }\n}\n'
STRICT_IMAGE = (
    'resource "aws_ami" "a" {\n  imds_support = "v2.0"\n}\nresource "aws_instance" "x" {\n  ami = aws_ami.a.id\n}\n'
)
DEFAULT = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "%s"\n}\n'
ELSEWHERE = DEFAULT.replace("{", "{\n  provider = aws.other", 1)
NOTEBOOK = 'resource "aws_sagemaker_notebook_instance" "x" {\n  name = "x"\n}\n'
BATCH = 'resource "aws_batch_compute_environment" "x" {\n  compute_resources {\n    type = "EC2"\n  }\n}\n'
GATED = 'resource "aws_launch_configuration" "x" {\n  metadata_options {\n    http_endpoint = "enabled"\n  }\n}\n'
SPOT = SILENT.replace("aws_instance", "aws_spot_instance_request")

CASES = [
    (SILENT, None, (V1, "service-default"), "nothing at any level asks for IMDSv2"),
    (SILENT, REQUIRED, (V2, "account-default"), "the account fills in what is not said"),
    (SILENT, OPTIONAL, (V1, "account-default"), "the account leaves it open"),
    (SILENT, NEUTRAL, (V1, "service-default"), "nobody decides, so it is optional"),
    (TEMPLATE, REQUIRED, (V2, "account-default"), "a template says nothing either"),
    (SPOT, REQUIRED, (V2, "account-default"), "a spot request cannot say anything"),
    (BATCH, REQUIRED, (V2, "account-default"), "the account is above the AMI"),
    (BATCH, NEUTRAL, (OPEN, "unknown"), "the AMI decides, and is not here"),
    (STRICT_IMAGE, None, (OPEN, "unknown"), "an account default could overrule the image"),
    (STRICT_IMAGE, NEUTRAL, (V2, "ami"), "none does"),
    (STRICT_IMAGE, OPTIONAL, (V1, "account-default"), "optional overrules the image (F7)"),
    (SAYS % "optional", REQUIRED, (V1, "resource"), "what a launch says is above the account"),
    (SAYS % "required", OPTIONAL, (V2, "resource"), "what a launch says is above the account"),
    (SILENT + DEFAULT % "optional", REQUIRED, (V1, "account-default"), "the code says better"),
    (SILENT + DEFAULT % "no-preference", REQUIRED, (V1, "service-default"), "the code says better"),
    (SILENT + ELSEWHERE % "optional", REQUIRED, (V2, "account-default"), "that is the default of another Region"),
    (NOTEBOOK, REQUIRED, (V1, "service-default"), "SageMaker has a default of its own"),
    (GATED, REQUIRED, (V1, "service-default"), "Auto Scaling sets tokens to optional beside other options"),
]


@pytest.mark.parametrize(("text", "default", "expected", "why"), CASES)
def test_postures(text: str, default: AccountDefault | None, expected: tuple[str, str], why: str) -> None:
    report = linted({"main.tf": text}, Options(account_default=default))
    rows = [(row.posture.value, row.decided_by.value) for row in report.inventory if row.resource.endswith(".x")]
    assert rows == [expected], why


def test_it_says_what_decided() -> None:
    (row,) = linted({"main.tf": SILENT}, Options(account_default=REQUIRED)).inventory
    assert row.reason == 'by the setting account-default = "required"'
    (finding,) = linted({"main.tf": SILENT}, Options(account_default=OPTIONAL)).findings
    assert (finding.rule.code, finding.label) == ("IMDS001", 'by the setting account-default = "optional"')


def test_templates_of_cloudformation_are_in_an_account_as_well() -> None:
    text = "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"
    assert not linted({"t.yaml": text}, Options(account_default=REQUIRED)).findings
    assert linted({"t.yaml": text}).findings


def test_the_command_takes_it_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SILENT, encoding="utf-8")
    assert run(tmp_path, "check").status == 1
    (tmp_path / ".iac-imds-lint.toml").write_text('account-default = "required"\n', encoding="utf-8")
    assert run(tmp_path, "check").status == 0
    assert b"v2-required  aws_instance.x" in run(tmp_path, "inventory").out
