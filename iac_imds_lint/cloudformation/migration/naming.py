"""The logical IDs that templates get: CloudFormation changes no type under an ID that a stack has already.

Sources: aws-sam-cli issue 6786 ("Update of resource type is not permitted", the error that such an update of a stack
ends with); Auto Scaling User Guide, "Migrate AWS CloudFormation stacks to launch templates", where the template has an
ID of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TEMPLATE = "LaunchTemplate"
_WORD = re.compile(r"(?:LaunchConfiguration|LaunchConfig|(?<![A-Z])LC)(?![a-z])")
# CloudFormation User Guide, quotas: a logical ID has 255 characters at most.
_LONGEST = 255


def new_ids(old: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """For each of the configurations' logical IDs one that nothing else in the template has."""
    used = set(taken)
    found: dict[str, str] = {}
    for name in old:
        found[name] = _unique(_renamed(name), used)
        used.add(found[name])
    return found


def _renamed(name: str) -> str:
    words = list(_WORD.finditer(name))
    if not words:
        return name[: _LONGEST - len(_TEMPLATE)] + _TEMPLATE
    last = words[-1]
    return (name[: last.start()] + _TEMPLATE + name[last.end() :])[:_LONGEST]


def _unique(name: str, used: set[str]) -> str:
    number, unique = 2, name
    while unique in used:
        unique = f"{name[: _LONGEST - 6]}{number}"
        number += 1
    return unique
