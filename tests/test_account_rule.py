"""IMDS010: what decides for launches that say nothing, and where it is nobody's business."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.model import AccountDefault
from tests.support import linted, repaired, texts_after


def default(inside: str) -> str:
    return f'resource "aws_ec2_instance_metadata_defaults" "d" {{\n  {inside}\n}}\n'


def image(inside: str = "", rest: str = "") -> str:
    return f'resource "aws_ami" "a" {{\n  name = "a"\n  {inside}\n}}\n{rest}'


def policy(content: str, type: str = "DECLARATIVE_POLICY_EC2") -> str:
    text = content.replace('"', '\\"')
    return f'resource "aws_organizations_policy" "p" {{\n  type = "{type}"\n  content = "{text}"\n}}\n'


def declared(value: str) -> str:
    return f'{{"ec2_attributes": {{"instance_metadata_defaults": {{"http_tokens": {{"@@assign": "{value}"}}}}}}}}'


LAUNCH = 'resource "aws_instance" "x" {\n  ami = aws_ami.a.id\n%s}\n'
STRICT = '  metadata_options {\n    http_tokens = "required"\n  }\n'

FINDINGS = [
    (default('http_tokens = "optional"'), 'http_tokens is "optional", which also overrules AMIs that ask for IMDSv2'),
    (default('http_tokens = "no-preference"'), 'http_tokens is "no-preference"'),
    (default("http_put_response_hop_limit = 2"), "http_tokens is not set"),
    (default("http_tokens = var.t") + 'variable "t" {\n  default = "optional"\n}\n', 'http_tokens is "optional"'),
    (image(), "imds_support is not set"),
    (image("", LAUNCH % STRICT + LAUNCH.replace('"x"', '"y"') % ""), "imds_support is not set"),
    (policy(declared("optional")), 'http_tokens is "optional"'),
    (policy(declared("no_preference")), 'http_tokens is "no_preference"'),
]
CLEAN = [
    (default('http_tokens = "required"'), "it requires tokens"),
    (default('http_endpoint = "disabled"'), "it turns IMDS off"),
    (default("http_tokens = var.t") + 'variable "t" {}\n', "not decided here"),
    (default('http_tokens = "optional"\n  count = 0'), "it is not created"),
    (image('imds_support = "v2.0"'), "it asks for IMDSv2"),
    (image("", LAUNCH % STRICT), "every launch of it asks for IMDSv2 itself"),
    (image() + default('http_tokens = "required"'), "the account decides"),
    ('data "aws_ami" "a" {\n  owners = ["self"]\n}\n', "it is not registered here"),
    (policy(declared("required")), "it requires tokens"),
    (
        policy('{"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}}'),
        "of something else",
    ),
    (policy('{"ec2_attributes": {"instance_metadata_defaults": {}}}'), "it leaves tokens as they are"),
    (policy(declared("optional"), "SERVICE_CONTROL_POLICY"), "another kind of policy"),
    (policy("not JSON"), "nobody can read it"),
    (policy("[]"), "nor this"),
    (policy("${data.x.y.z}"), "not decided here"),
]


@pytest.mark.parametrize(("text", "told"), FINDINGS)
def test_it_leaves_imdsv1_on(text: str, told: str) -> None:
    (finding,) = [found for found in linted({"main.tf": text}).findings if found.rule.code == "IMDS010"]
    assert "leaves IMDSv1 on for launches that say nothing of their own" in finding.message
    assert finding.message.endswith(told) or told in finding.message


@pytest.mark.parametrize(("text", "why"), CLEAN)
def test_it_does_not(text: str, why: str) -> None:
    assert "IMDS010" not in [found.rule.code for found in linted({"main.tf": text}).findings], why


def test_the_setting_speaks_for_the_account() -> None:
    for said, found in ((None, 1), ("no-preference", 1), ("required", 0), ("optional", 0)):
        options = Options(account_default=AccountDefault(said) if said else None)
        assert len(linted({"main.tf": image()}, options).findings) == found, said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (default('http_tokens = "optional"'), default('http_tokens = "required"')),
        (
            default('http_endpoint = "enabled"'),
            default('http_endpoint = "enabled"\n  http_tokens   = "required"'),
        ),
        (default("http_put_response_hop_limit = 2"), None),
        (image("imds_support = null"), image('imds_support = "v2.0"')),
    ],
)
def test_the_repair_sets_one_argument(before: str, after: str | None) -> None:
    fixed = texts_after({"main.tf": before})["main.tf"]
    assert after in (None, fixed)
    assert fixed.count("http_endpoint") == before.count("http_endpoint")
    outcome = repaired({"main.tf": before})
    assert not outcome.report.findings
    assert [f.fix.applicability for f in outcome.mended if f.fix] == [Applicability.UNSAFE]


def test_a_policy_of_cloudformation_may_be_text() -> None:
    text = (
        "Resources:\n  P:\n    Type: AWS::Organizations::Policy\n    Properties:\n      Type: DECLARATIVE_POLICY_EC2\n"
        f"      Content: '{declared('optional')}'\n"
    )
    (finding,) = linted({"t.yaml": text}).findings
    assert (finding.rule.code, finding.fix_unavailable) == (
        "IMDS010",
        'write "required" for http_tokens into the content of the policy',
    )
