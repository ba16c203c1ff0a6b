"""Which addresses are those of IMDS, and what is asked there.

Sources: facts of the EC2 User Guide (instancedata-data-retrieval); the paths of other clouds at the same address are
those that their own documentation names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from iac_imds_lint.bootscript.hosts import HOST
from iac_imds_lint.bootscript.shell.values import HIDDEN, Value

_URL = re.compile(
    rf"['\"]?(?:http://)?(?:[^/@\s]*@)?(?P<host>{HOST})(?::(?:80|{HIDDEN}+))?(?P<path>(?:[/?#{HIDDEN}].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN_HOST = re.compile(
    rf"['\"]?(?:http://)?(?P<host>{HIDDEN}+)/*(?P<path>/(?:latest|1\.0)/(?:meta-data|dynamic/instance-identity|user-data)\b.*)",
    re.DOTALL,
)
_OTHERS = re.compile(
    r"(?:computemetadata|metadata|openstack|hetzner|opc|v1|v1\.json|v2|conf|latest/meta_data\.json|"
    r"latest/api/versions|vultr|linode|exoscale|2009-04-04/meta-data/tencent)(?:[/?.]|$)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"latest/api/token/?$", re.IGNORECASE)


class Kind(Enum):
    """What a URL asks for."""

    DATA = auto()
    TOKEN = auto()
    OTHER = auto()


class Target(NamedTuple):
    """What a URL of the address of IMDS asks for; ``sure`` where the host is known."""

    kind: Kind
    path: str
    through: str
    sure: bool = True


def target(value: Value) -> Target | None:
    """What a word asks of IMDS; None where it is no URL of it."""
    found = _URL.fullmatch(value.text) or _HIDDEN_HOST.fullmatch(value.text)
    if not found:
        return None
    path = _path(found["path"])
    sure = HIDDEN not in found["host"]
    if _TOKEN.fullmatch(path):
        return Target(Kind.TOKEN, path, value.through, sure)
    return Target(Kind.OTHER if _OTHERS.match(path) else Kind.DATA, path, value.through, sure)


def _path(written: str) -> str:
    path = re.split(r"[?#'\"\s]", written, maxsplit=1)[0]
    return re.sub(rf"{HIDDEN}+", "…", re.sub("/+", "/", path)).strip("/")


def asked(paths: Iterable[str]) -> str:
    """One path for all of them, with … from where they differ."""
    found = tuple(dict.fromkeys(paths))
    if len(found) == 1:
        return found[0]
    return "/".join(_common(path.split("/") for path in found)) + "…" if found else ""


def _common(paths: Iterable[list[str]]) -> list[str]:
    """The segments with which all begin, and an empty one after them."""
    shared: list[str] = []
    for segments in zip(*paths, strict=False):
        if len(set(segments)) > 1 or segments[0] == "…":
            break
        shared.append(segments[0])
    return [*shared, ""] if shared else []
