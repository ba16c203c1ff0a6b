"""What readers that are not ours make of a file: its resources, and what they share.

It knows nothing of how fixes are written, and is what their promises are held against.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_SHARED_SECTIONS = {"variable", "locals", "Parameters", "Mappings"}


class Unread(NamedTuple):
    """A file that its reader cannot read, or that none is here for."""

    why: str


class Content(NamedTuple):
    """The resources of a file (also modules, data sources and outputs) by section and name, and what others use."""

    resources: dict[tuple[str, ...], Any]
    shared: dict[tuple[str, ...], Any]


def read(path: str, data: bytes) -> Content | Unread:
    """A file as its dialect's own reader reads it."""
    text = data.decode("utf-8-sig", "replace")
    if path.endswith((".tf", ".tofu", ".tfvars")):
        return _hcl(path, text)
    if path.endswith((".tf.json", ".tfvars.json")):
        return _content(path, _section_lists(json.loads(text)))
    if path.endswith((".yaml", ".yml", ".json", ".template")):
        return _template(text)
    return Unread("nobody reads it")


def _hcl(path: str, text: str) -> Content | Unread:
    import hcl2
    from lark.exceptions import LarkError

    try:
        return _content(path, _without_layout(hcl2.loads(text if text.endswith("\n") else text + "\n")))
    except (LarkError, RuntimeError, ValueError) as error:
        return Unread(f"{type(error).__name__}: {error}")


def _without_layout(value: Any) -> Any:
    """Without what tells of comments and blocks."""
    match value:
        case dict():
            return {
                key.strip('"'): _without_layout(inner)
                for key, inner in value.items()
                if key not in ("__comments__", "__inline_comments__", "__is_block__")
            }
        case list():
            return [_without_layout(item) for item in value]
        case _:
            return value


def _section_lists(whole: Any) -> dict[str, list[Any]]:
    return {key: value if isinstance(value, list) else [value] for key, value in whole.items()}


_LABELS = {"resource": 2, "data": 2, "module": 1, "output": 1, "variable": 1, "locals": 1}


def _content(path: str, sections: Mapping[str, list[Any]]) -> Content:
    resources: dict[tuple[str, ...], Any] = {}
    shared: dict[tuple[str, ...], Any] = {}
    if ".tfvars" in path:
        return Content({}, {(name,): value for name, value in sections.items()})
    for section, blocks in sections.items():
        into = shared if section in _SHARED_SECTIONS else resources
        for number, block in enumerate(blocks):
            for names, body in _labelled(block, _LABELS.get(section, 0)):
                into[(section, *names) if names else (section, str(number))] = body
    return Content(resources, shared)


def _labelled(block: Any, labels: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    if labels == 0 or not isinstance(block, dict):
        yield (), block
        return
    for name, inner in block.items():
        for one in inner if isinstance(inner, list) and labels > 1 else [inner]:
            for names, body in _labelled(one, labels - 1):
                yield (name, *names), body


def _template(text: str) -> Content | Unread:
    try:
        from cfnlint.decode import decode_str  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return Unread("cfn-lint is not installed")
    template, matches = decode_str(text)
    if not isinstance(template, dict):
        return Unread("; ".join(match.message for match in matches))
    plain = json.loads(json.dumps(template, default=str))
    resources = {("Resources", name): body for name, body in _mapping(plain.get("Resources")).items()}
    resources |= {("Outputs", name): body for name, body in _mapping(plain.get("Outputs")).items()}
    shared = {(section,): plain[section] for section in _SHARED_SECTIONS & plain.keys()}
    return Content(resources, shared)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


# --- What a safe fix must not do -------------------------------------------------------------------------------------

# They are created anew when their options change (facts: ForceNew in the provider, createOnly in the schema).
REPLACED = {
    "aws_launch_configuration",
    "aws_spot_instance_request",
    "awscc_autoscaling_launch_configuration",
    "awscc_ec2_ec2_fleet",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::EC2::EC2Fleet",
    "AWS::WorkspacesInstances::WorkspaceInstance",
}
# What runs is replaced by and by when the template that they name has another version.
RECYCLED = {"aws_instance", "aws_eks_node_group", "AWS::EC2::Instance", "AWS::EKS::Nodegroup"}
_ASKS_V1 = re.compile(r"169\.254\.169\.254")
_TOKEN = re.compile(r"x-aws-ec2-metadata-token", re.IGNORECASE)


def dangers(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """What the changes to some files do that no safe fix may do, in words."""
    first, second = ({path: read(path, data) for path, data in files.items()} for files in (before, after))
    pairs = [(path, old, second[path]) for path, old in first.items() if isinstance(old, Content)]
    told: list[str] = []
    for path, old, new in pairs:
        assert isinstance(new, Content), f"{path} could be read: {new}"
        told += [f"{path}: {'.'.join(name)} is shared" for name in _changed_shared(old, new, after)]
        for name in _changed(old.resources, new.resources):
            body = new.resources.get(name)
            told += [f"{path}: {why}" for why in _risks(name, body, [content for _, _, content in pairs])]
    return told


def _changed(old: Mapping[tuple[str, ...], Any], new: Mapping[tuple[str, ...], Any]) -> list[tuple[str, ...]]:
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _changed_shared(old: Content, new: Content, after: Mapping[str, bytes]) -> list[tuple[str, ...]]:
    """What is shared and changed, but for a local that one place uses."""
    text = b"\n".join(after.values()).decode("utf-8", "replace")
    changed = _changed(old.shared, new.shared)
    return [n for n in changed if n[0] != "locals" or len(re.findall(rf"\blocal\.{re.escape(n[-1])}\b", text)) != 1]


def _risks(name: tuple[str, ...], body: Any, everything: list[Content | Unread]) -> Iterator[str]:
    kind = _kind(name, body)
    if kind in REPLACED:
        yield f"{'.'.join(name)} is replaced"
    text = json.dumps(body)
    if _ASKS_V1.search(text) and not _TOKEN.search(text):
        yield f"{'.'.join(name)} has a boot script that calls IMDSv1"
    if "launch_template" in kind or "LaunchTemplate" in kind:
        for content in everything:
            assert isinstance(content, Content)
            for other, inner in content.resources.items():
                if _kind(other, inner) in RECYCLED and _names(inner, name):
                    yield f"{'.'.join(other)} is recycled, since {'.'.join(name)} has another version"


def _kind(name: tuple[str, ...], body: Any) -> str:
    if name[0] == "resource":
        return name[1]
    return str(body.get("Type", "")) if name[0] == "Resources" and isinstance(body, dict) else ""


def _names(body: Any, name: tuple[str, ...]) -> bool:
    """Whether a body asks for the newest version of a template."""
    text = json.dumps(body)
    if name[0] == "resource":
        return re.search(rf"\b{name[1]}\.{name[2]}\b[^\"]*latest_version", text) is not None
    return f'["{name[1]}", "LatestVersionNumber"]' in text or f'"{name[1]}.LatestVersionNumber"' in text
