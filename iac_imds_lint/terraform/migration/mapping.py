"""What each argument of ``aws_launch_configuration`` becomes on ``aws_launch_template``.

Sources: the provider's documentation and schemas of both resources, and what it sends for them; EC2 Auto Scaling User
Guide, "Migrate your Auto Scaling groups to launch templates".
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

OLD = "aws_launch_configuration"
NEW = "aws_launch_template"
GROUP = "aws_autoscaling_group"


class Kept(NamedTuple):
    """An argument with the same value, by this name."""

    name: str


class Encoded(NamedTuple):
    """An argument by this name, whose value is encoded: the configuration encoded what is not encoded already."""

    name: str


class Inside(NamedTuple):
    """The argument ``name`` of a block; ``path`` is that of blocks, and ``beside`` stands in the first of them."""

    path: tuple[str, ...]
    name: str
    beside: tuple[tuple[str, str], ...] = ()


class Devices(NamedTuple):
    """A block that becomes a ``block_device_mappings``: what of it goes there, and what into the ``ebs`` in that."""

    outer: tuple[str, ...]
    ebs: tuple[str, ...] = ()
    is_root: bool = False


class Unwritten(NamedTuple):
    """A block that says what a configuration does by itself."""

    block: str
    pair: tuple[str, str]


class Options(NamedTuple):
    """The block of the metadata options, whose arguments are called the same."""


class Dropped(NamedTuple):
    """An argument that says nothing any more, for a reason that is a clause."""

    why: str


Fate: TypeAlias = "Kept | Encoded | Inside | Devices | Options | Dropped"

_EBS = ("delete_on_termination", "encrypted", "iops", "snapshot_id", "throughput", "volume_size", "volume_type")
_CLASSIC = "EC2-Classic, which is retired, and its links with it"

# Security groups are those of the network interface where an address is asked for.
NETWORK = "network_interfaces"

FATES: dict[str, Fate] = {
    **{name: Kept(name) for name in ("count", "for_each", "provider", "region", "depends_on", "lifecycle", "timeouts")},
    **{name: Kept(name) for name in ("provisioner", "connection", "name", "name_prefix", "image_id", "instance_type")},
    **{name: Kept(name) for name in ("key_name", "ebs_optimized")},
    "security_groups": Kept("vpc_security_group_ids"),
    "user_data": Encoded("user_data"),
    "user_data_base64": Kept("user_data"),
    "iam_instance_profile": Inside(("iam_instance_profile",), "name"),
    "associate_public_ip_address": Inside((NETWORK,), "associate_public_ip_address"),
    "placement_tenancy": Inside(("placement",), "tenancy"),
    "spot_price": Inside(("instance_market_options", "spot_options"), "max_price", beside=(("market_type", '"spot"'),)),
    "enable_monitoring": Inside(("monitoring",), "enabled"),
    "metadata_options": Options(),
    "root_block_device": Devices((), _EBS, is_root=True),
    "ebs_block_device": Devices(("device_name", "no_device"), _EBS),
    "ephemeral_block_device": Devices(("device_name", "virtual_name", "no_device")),
    "vpc_classic_link_id": Dropped(_CLASSIC),
    "vpc_classic_link_security_groups": Dropped(_CLASSIC),
}

# The order in which blocks are written that the configuration had as arguments.
ORDER = (
    "iam_instance_profile",
    NETWORK,
    "placement",
    "instance_market_options",
    "monitoring",
    "metadata_options",
)

# What a configuration does that says nothing, and a template has to be told.
MONITORED = Unwritten("monitoring", ("enabled", "true"))
DELETED = ("delete_on_termination", "true")

# Attributes that are the same of both: references to them are renamed.
ALIKE = frozenset({"image_id", "instance_type", "key_name", "ebs_optimized", "name_prefix", "region"})
# Arguments of a block that is the same of both.
ALIKE_INSIDE = {"metadata_options": frozenset({"http_endpoint", "http_tokens", "http_put_response_hop_limit"})}

# The orders in which a group ends instances, by what they become.
POLICIES = {"OldestLaunchConfiguration": "OldestLaunchTemplate"}


def ignored(name: str, *, addressed: bool = False) -> str | None:
    """What a name in ``ignore_changes`` becomes; None where the template has no such argument.

    ``addressed`` says that there is a network interface, which has the security groups.
    """
    match FATES.get(name):
        case Kept("vpc_security_group_ids") if addressed:
            return NETWORK
        case Kept(new) | Encoded(new):
            return new
        case Inside(path):
            return path[0]
        case Devices():
            return "block_device_mappings"
        case Options():
            return name
        case Dropped() | None:
            return None
