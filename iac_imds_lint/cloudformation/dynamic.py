"""Dynamic references: ``{{resolve:SERVICE:...}}`` in a text, read by CloudFormation when it deploys.

AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import re

from iac_imds_lint.catalog.images import public_image
from iac_imds_lint.value import Handle, Origin, Unknown

_REFERENCE = re.compile(r"\{\{resolve:([^:{}]*):?([^{}]*)\}\}")
_KINDS = {
    "ssm": "the Systems Manager parameter",
    "ssm-secure": "the secure Systems Manager parameter",
    "secretsmanager": "the secret",
}


def unread(text: str, origins: tuple[Origin, ...] = ()) -> Unknown | None:
    """The value of a text that is read at deployment; None where nothing in it is."""
    why = _reason(text)
    found = _REFERENCE.fullmatch(text.strip())
    parameter = found[2] if found and found[1] == "ssm" else ""
    return Unknown(why, origins, image_at(parameter, "resolve:ssm")) if why else None


def image_at(path: str, by: str) -> Handle | None:
    """An image of AWS's, by the path of the public parameter that holds its id; None where none of those is there."""
    return Handle(by, "", path) if path.startswith("/") and public_image(path) is not None else None


def _reason(text: str) -> str:
    """Why the value of a text is not known; empty where nothing in it is read at deployment."""
    if "{{resolve:" not in text:
        return ""
    found = _REFERENCE.search(text)
    kind = _KINDS.get(found[1]) if found else None
    if found is None or kind is None:
        return "a dynamic reference is resolved at deployment only"
    return f"{kind} {_name(found[1], found[2])} is read at deployment only"


def _name(service: str, rest: str) -> str:
    """What is read: the ARN of a secret has colons, other names have none."""
    if service == "secretsmanager" and rest.startswith("arn:"):
        return ":".join(rest.split(":")[:7])
    return rest.partition(":")[0]
