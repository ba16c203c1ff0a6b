"""How IMDS is spelt.

Sources: EC2 User Guide, instancedata-data-retrieval (both addresses); "instance-data" is a name that Amazon's resolvers
answer in VPCs, seen in much public code.
"""

from __future__ import annotations

HOSTS = ("169.254.169.254", "fd00:ec2::254", "instance-data")
# The same as a pattern, as they stand in a URL: a name may end in the dot of the root.
HOST = r"(?:169\.254\.169\.254|\[fd00:ec2::254\]|instance-data(?:\.ec2\.internal)?)\.?"
TOKEN_HEADER = "X-aws-ec2-metadata-token"
# What may be found of interest without one of the hosts: callers that know the address themselves, and old clients.
NAMES = ("get_instance_metadata", "ec2-metadata", "ec2metadata", "aws-sdk", "boto", "awscli")


def is_of_interest(text: str) -> bool:
    """Whether a text can hold anything that this package tells of: a search that is cheap for all others."""
    lower = text.lower()
    return any(name in lower for name in (*HOSTS, *NAMES))
