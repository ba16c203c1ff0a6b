"""Which texts call IMDS without a token."""

from __future__ import annotations

import base64
import textwrap

import pytest

from iac_imds_lint.bootscript import reads_imds
from tests.support import linted

V1 = "#!/bin/bash\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"
V2 = V1.replace("curl", 'curl -H "X-aws-ec2-metadata-token: $T"')
OTHER = "#!/bin/bash\necho nothing of the kind happens in this script\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        ("a call", V1, True),
        ("by IPv6", "curl http://[fd00:ec2::254]/latest/meta-data/", True),
        ("in base64", f"UserData: {encoded(V1)}\n", True),
        ("in base64, quoted", f'user_data_base64 = "{encoded(V1)}"', True),
        ("in lines of base64", textwrap.indent("\n".join(textwrap.wrap(encoded(V1), 40)), "    "), True),
        ("in base64 without its padding", encoded(V1).rstrip("="), True),
        ("with a token", V2, False),
        ("in base64, with a token", encoded(V2), False),
        ("no call", OTHER, False),
        ("in base64, no call", encoded(OTHER), False),
        ("no base64: a digest", "a" * 64, False),
        ("one digit too many", "A" * 33, False),
    ],
)
def test_what_calls_without_a_token(why: str, text: str, expected: bool) -> None:
    assert reads_imds(text) is expected, why


@pytest.mark.parametrize(("script", "fix"), [(V1, "unsafe"), (V2, "safe")])
def test_a_fix_that_breaks_an_encoded_script_is_not_safe(script: str, fix: str) -> None:
    template = f"Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties: {{UserData: {encoded(script)}}}\n"
    configuration = f'resource "aws_instance" "x" {{\n  user_data_base64 = "{encoded(script)}"\n}}\n'
    found = linted({"t.yaml": template, "main.tf": configuration}).findings
    assert [(one.span.path, one.fix.applicability.label) for one in found if one.fix] == [
        ("main.tf", fix),
        ("t.yaml", fix),
    ]
