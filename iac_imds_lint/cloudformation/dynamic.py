"""Dynamic references: ``{{resolve:SERVICE:...}}`` in a text, read by CloudFormation when it deploys.

AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import re

from iac_imds_lint.catalog.images import public_image
from iac_imds_lint.value import Handle, Origin, Unknown

_REFERENCE = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_KINDS = {
    "ssm": "the Systems Manager parameter",
    "ssm-secure": "the secure Systems Manager parameter",
    "secretsmanager": "the secret",
}


def unread(text: str, origins: tuple[Origin, ...] = ()) -> Unknown | None:
    """The value of a text that is read at deployment; None where nothing in it is."""
    why = _reason(text)
    found = _REFERENCE.fullmatch(text.strip())
    service, _, parameter = found[1].partition(":") if found else ("", "", "")
    image = image_at(parameter, "resolve:ssm") if service == "ssm" else None
    return Unknown(why, origins, image) if why else None


def image_at(path: str, by: str) -> Handle | None:
    """An image of AWS's, by the path of the public parameter that holds its id; None where none of those is there."""
    return Handle(by, "", path) if path.startswith("/") and public_image(path) is not None else None


def _reason(text: str) -> str:
    """Why the value of a text is not known; empty where nothing in it is read at deployment."""
    if "{{resolve:" not in text:
        return ""
    found = _REFERENCE.search(text)
    service, _, rest = found[1].partition(":") if found else ("", "", "")
    if service not in _KINDS:
        return "a dynamic reference is resolved at deployment only"
    return f"{_KINDS[service]} {_name(service, rest)} is read at deployment only"


def _name(service: str, rest: str) -> str:
    """What is read: the ARN of a secret has colons, other names have none."""
    if service == "secretsmanager" and rest.startswith("arn:"):
        return ":".join(rest.split(":")[:7])
    return rest.partition(":")[0]
