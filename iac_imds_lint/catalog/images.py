"""Machine images that AWS publishes, and that ask for IMDSv2: data, one row a family, each with its source.

An image is known by the path of the public Systems Manager parameter that holds its id, or by its name among Amazon's.
Only families of which AWS says that they are registered with ``ImdsSupport`` v2.0 have a row.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class PublicImage(NamedTuple):
    """A family of images that ask for IMDSv2: what paths and names of it match, and what it is called."""

    pattern: str
    title: str
    source: str


# Who registers them: the alias, and the accounts of Amazon Linux, ECS and EKS. Anybody may give an image such a name.
OWNERS = ("amazon", "137112412989", "591542846629", "602401143452")

# Of images for GPUs and the like, the sources do not speak.
_ACCELERATED = "(?:gpu|neuron|inf)"

ROWS: tuple[PublicImage, ...] = (
    PublicImage(
        rf"/aws/service/ecs/optimized-ami/amazon-linux-2023(?!/{_ACCELERATED})(?:[/:]|$)|al2023-ami-ecs-(?!{_ACCELERATED})",
        "the ECS-optimised Amazon Linux 2023",
        "aws/amazon-ecs-ami issue 248 (they ask for IMDSv2 by default)",
    ),
    PublicImage(
        r"/aws/service/eks/optimized-ami/[^/]+/amazon-linux-2023/[^/]+/standard/|amazon-eks-node-al2023-[^-]+-standard-",
        "the EKS-optimised Amazon Linux 2023",
        "AWS Containers blog, Amazon EKS-Optimized Amazon Linux 2023 AMIs Now Available (IMDSv2 by default)",
    ),
    PublicImage(
        r"/aws/service/ami-amazon-linux-latest/al2023-ami-|al2023-ami(?!-ecs-)",
        "Amazon Linux 2023",
        "Amazon Linux 2023 User Guide, imdsv2 (imds-support is v2.0)",
    ),
)


def public_image(named: str) -> PublicImage | None:
    """The family that a parameter's path, or the name of an image of Amazon's, leads to; None where it has no row."""
    return next((row for row in ROWS if re.match(row.pattern, named)), None)
