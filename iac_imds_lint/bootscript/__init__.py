"""What a boot script asks of the instance metadata service."""

from __future__ import annotations

_HOSTS = ("169.254.169.254", "fd00:ec2::254", "//instance-data/")
_TOKEN_HEADER = "x-aws-ec2-metadata-token"


def reads_imds(text: str) -> bool:
    """Whether a text calls IMDS and never mentions the token header: an IMDSv1 caller that requiring tokens breaks.

    A text that does both may fall back knowingly, and is not held against a fix. Source: EC2 User Guide,
    configuring-instance-metadata-service (the token headers are unique to IMDSv2).
    """
    return any(host in text for host in _HOSTS) and _TOKEN_HEADER not in text.lower()
