"""What a boot script asks of the instance metadata service."""

from __future__ import annotations

import base64
import binascii
import re

_HOSTS = ("169.254.169.254", "fd00:ec2::254", "//instance-data/")
_TOKEN_HEADER = "x-aws-ec2-metadata-token"
# What may be base64: one run, or lines of it. A URL of IMDS takes more than these characters.
_ENCODED = re.compile(r"[A-Za-z0-9+/]{32}(?:[A-Za-z0-9+/]|\r?\n[ \t]*)*={0,2}")


def reads_imds(text: str) -> bool:
    """Whether a text calls IMDS and never mentions the token header: an IMDSv1 caller that requiring tokens breaks.

    What is written in base64 in it counts as well. A text that does both may fall back knowingly, and is not held
    against a fix. Source: EC2 User Guide, configuring-instance-metadata-service (the token headers are unique to
    IMDSv2).
    """
    return _calls(text) or any(_calls(_decoded(found.group())) for found in _ENCODED.finditer(text))


def _calls(text: str) -> bool:
    return any(host in text for host in _HOSTS) and _TOKEN_HEADER not in text.lower()


def _decoded(encoded: str) -> str:
    """The text that is written in base64; empty where it is none."""
    digits = "".join(encoded.split())
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("latin-1")
    except binascii.Error:
        return ""
