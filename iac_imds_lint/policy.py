"""What a declarative policy for EC2 sets the account's defaults to."""

from __future__ import annotations

from collections.abc import Mapping

from iac_imds_lint.value import ABSENT, Known, Origin, Unknown, Value

# Organizations User Guide, "Declarative policy syntax and examples", instance metadata defaults.
_TOKENS = ("ec2_attributes", "instance_metadata_defaults", "http_tokens", "@@assign")


def declared_tokens(content: Value) -> Value:
    """What the policy assigns to ``http_tokens``; Absent where it does not speak of that."""
    place = _read(content)
    for key in _TOKENS:
        place = _member(place, key)
    return place


def _read(content: Value) -> Value:
    """The content, which is an object or the text of one in JSON."""
    if not isinstance(content, Known) or not isinstance(content.content, str):
        return content
    import json

    try:
        return _valued(json.loads(content.content), content.origins)
    except (ValueError, RecursionError):
        return Unknown("the policy's content is not JSON", content.origins)


def _valued(plain: object, origins: tuple[Origin, ...]) -> Value:
    match plain:
        case dict():
            return Known({key: _valued(item, origins) for key, item in plain.items()}, origins)
        case str() | int() | float() | None:
            return Known(plain, origins)
        case _:
            return Unknown("a policy has no lists here", origins)


def _member(value: Value, key: str) -> Value:
    match value:
        case Known(Mapping() as members):
            found: Value = members.get(key, ABSENT)
            return found
        case Known():
            return ABSENT
        case _:
            return value
