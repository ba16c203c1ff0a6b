"""An endpoint that the service refuses is for the user: a fix for tokens leaves it alone, and IMDS011 tells of it."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from tests.support import texts_after


def template(options: str) -> dict[str, str]:
    web = f"{{Type: AWS::EC2::Instance, Properties: {{ImageId: ami-1, MetadataOptions: {{{options}}}}}}}"
    return {"t.yaml": f"Resources: {{Web: {web}}}\n"}


def configuration(endpoint: str, tokens: str) -> dict[str, str]:
    options = f"    http_endpoint = {endpoint}\n    http_tokens   = {tokens}\n"
    return {"main.tf": f'resource "aws_instance" "x" {{\n  metadata_options {{\n{options}  }}\n}}\n'}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (
            template("HttpTokens: optional, HttpEndpoint: false"),
            template("HttpTokens: required, HttpEndpoint: false"),
            "off may be meant: it is not turned on",
        ),
        (
            configuration('"false"', '"optional"'),
            configuration('"false"', '"required"'),
            "the same in Terraform",
        ),
        (
            template("HttpTokens: optional, HttpEndpoint: Disabled"),
            template("HttpTokens: required, HttpEndpoint: disabled"),
            "what is only written in the wrong case is meant",
        ),
        (
            template("HttpTokens: optional, HttpEndpoint: enabled"),
            template("HttpTokens: required, HttpEndpoint: enabled"),
            "nothing is wrong with it",
        ),
        (
            template("HttpTokens: optional, HttpEndpoint: disabled"),
            template("HttpTokens: optional, HttpEndpoint: disabled"),
            "IMDS is off: nothing is to be mended",
        ),
    ],
)
def test_what_becomes_of_it(before: dict[str, str], after: dict[str, str], why: str) -> None:
    assert texts_after(before, Applicability.UNSAFE) == after, why
