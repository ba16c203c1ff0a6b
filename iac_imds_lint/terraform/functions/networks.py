"""Functions of IP networks.

Source: Terraform language, Functions, "IP Network Functions". Leading zeros are decimal there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.numbers import Number
from iac_imds_lint.value import Unknown

if TYPE_CHECKING:
    import ipaddress

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

_ZEROS = re.compile(r"(?<![\da-fA-F:.])0+(?=\d)|(?<=\.)0+(?=\d)|(?<=/)0+(?=\d)")


def _network(prefix: str) -> Network | Unknown:
    """The network of a prefix; bits of a host are ignored."""
    import ipaddress

    plain = _ZEROS.sub("", prefix) if ":" not in prefix else prefix
    if not re.fullmatch(r"[\da-fA-F:.]+/\d{1,3}", plain, re.ASCII):
        return refusal("it needs a network in CIDR notation")
    try:
        network = ipaddress.ip_network(plain, strict=False)
    except ValueError:
        return refusal("it needs a network in CIDR notation")
    return Unknown("IPv4 in IPv6 is not evaluated") if "." in plain and network.version == 6 else network


def cidrsubnet(prefix: str, newbits: Number, number: Number) -> str | Unknown:
    """The network of that number, its prefix so many bits longer."""
    network = _network(prefix)
    if isinstance(network, Unknown):
        return network
    if not isinstance(newbits, int) or not isinstance(number, int):
        return refusal("the bits and the number must be whole numbers")
    if newbits < 0 or number < 0:
        return Unknown("negative bits and numbers of networks are not evaluated")
    length = network.prefixlen + newbits
    if length > network.max_prefixlen or number >= 2**newbits:
        return refusal(f"there is no network {number} in {newbits} more bits")
    start = int(network.network_address) + (number << (network.max_prefixlen - length))
    return _written(type(network)((start, length)))


def cidrsubnets(prefix: str, *newbits: Number) -> list[str] | Unknown:
    """Networks one after another, each prefix so many bits longer."""
    network = _network(prefix)
    if isinstance(network, Unknown):
        return network
    at = int(network.network_address)
    found: list[str] = []
    for bits in newbits:
        if not isinstance(bits, int) or not 0 < bits <= network.max_prefixlen - network.prefixlen:
            return refusal("each prefix must be longer by a whole number of bits that there is room for")
        size = 1 << (network.max_prefixlen - network.prefixlen - bits)
        at = -(-at // size) * size
        if at + size - 1 > int(network.broadcast_address):
            return refusal("there is not enough room for all networks")
        found.append(_written(type(network)((at, network.prefixlen + bits))))
        at += size
    return found


def cidrhost(prefix: str, number: Number) -> str | Unknown:
    """The address of that number, counted from the end where it is negative."""
    network = _network(prefix)
    if isinstance(network, Unknown):
        return network
    if not isinstance(number, int) or not -network.num_addresses <= number < network.num_addresses:
        return refusal("there is no such host in the network")
    return _address(network.network_address + number % network.num_addresses)


def cidrnetmask(prefix: str) -> str | Unknown:
    """The mask of a network of IPv4."""
    network = _network(prefix)
    if isinstance(network, Unknown):
        return network
    return str(network.netmask) if network.version == 4 else refusal("networks of IPv6 have no mask")


def _written(network: Network) -> str:
    return f"{_address(network.network_address)}/{network.prefixlen}"


def _address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Go does not shorten a single group of zeros, and neither does Python."""
    return str(address)
