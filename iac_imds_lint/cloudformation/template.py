"""What a CloudFormation template is, told by its content, and its outermost structure.

A template is a mapping with ``Resources``, of which at least one has a ``Type`` of the form ``AWS::...`` or
``Custom::...``; ``AWSTemplateFormatVersion`` is optional. The name of a file says nothing.

A text that cannot be parsed is a broken template (a Problem) only where it is plainly meant as one: it has the format
version or a top-level ``Resources``, a ``Type: AWS::...``, and no mark of a template language (``{{``, ``{%``, ``<%``,
``${{``) that would make it a template of templates, which has yet to be rendered and which nobody asked us to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, markers
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile

_TYPE_PREFIXES = ("AWS::", "Custom::")
_FOR_EACH = "Fn::ForEach::"

# Characters. AWS CloudFormation User Guide, quotas: a template may have 1 MB.
_LARGEST = 5_000_000

_MEANT = re.compile(
    r"""^(?:AWSTemplateFormatVersion|Resources)[ \t]*:|["'](?:AWSTemplateFormatVersion|Resources)["']\s*:""",
    re.MULTILINE,
)
_TYPED = re.compile(r"""\bType["']?\s*:\s*["']?AWS::""")
_RENDERED = re.compile(r"\{\{(?!resolve:)|\{%|<%")


class Parsed(NamedTuple):
    """A template as it is written."""

    source: SourceFile
    root: Mapping

    def section(self, name: str) -> tuple[Member, ...]:
        """The members of a top-level section; none where there is no such mapping."""
        found = self.root.get(name)
        return found.members if isinstance(found, Mapping) else ()

    def resources(self) -> tuple[Member, ...]:
        """The resources in order, those that ``Fn::ForEach`` repeats included (once each)."""
        return tuple(_flattened(self.section("Resources")))


class Call(NamedTuple):
    """An intrinsic function with its argument, in the long spelling: ``Ref``, ``Condition`` or ``Fn::...``."""

    function: str
    argument: Node


def looks_like_template(data: bytes) -> bool:
    """Whether bytes may be a template that holds a resource which we judge: a search, no parsing."""
    return (
        b"AWS::" in data and b"Resources" in data and any(marker in data for marker in markers(Dialect.CLOUDFORMATION))
    )


@lru_cache(maxsize=4)
def parse(source: SourceFile) -> Parsed | Problem | None:
    """The template that a file holds; None where it holds none, a Problem where it plainly means to and is broken."""
    if len(source.text) > _LARGEST:
        words = "too large: CloudFormation takes templates of 1 MB, and 5 MB are read here"
        return Problem(source.path, words) if _plainly_meant(source.text) else None
    problem = None
    if source.text.lstrip()[:1] == "{":
        from iac_imds_lint.documents import json_reader

        tree = json_reader.read(source)
        if not isinstance(tree, Problem):
            return Parsed(source, tree) if isinstance(tree, Mapping) and is_template(tree) else None
        problem = tree
    return _parse_yaml(source, problem)


def _parse_yaml(source: SourceFile, json_problem: Problem | None) -> Parsed | Problem | None:
    """Like :func:`parse`, for what is no strict JSON: CloudFormation, too, takes such a text as YAML."""
    from iac_imds_lint.documents import yaml_reader

    documents = yaml_reader.read(source)
    if isinstance(documents, Problem):
        return (json_problem or documents) if _plainly_meant(source.text) else None
    templates = [tree for tree in documents if isinstance(tree, Mapping) and is_template(tree)]
    if len(templates) > 1:
        where = source.position(templates[1].span.start)
        return Problem(source.path, "more than one template in a file, of which CloudFormation reads one", where)
    return Parsed(source, templates[0]) if templates else None


def is_template(root: Mapping) -> bool:
    """Whether a mapping is a template by its shape."""
    resources = root.get("Resources")
    return isinstance(resources, Mapping) and any(
        type_of(member).startswith(_TYPE_PREFIXES) for member in _flattened(resources.members)
    )


def has_transform(root: Mapping, name: str) -> bool:
    """Whether a template names a transform, alone or in a list."""
    declared = root.get("Transform")
    items = declared.items if isinstance(declared, Sequence) else (declared,)
    return any(isinstance(item, Scalar) and item.content == name for item in items)


def type_of(resource: Member) -> str:
    """The resource type that a member of ``Resources`` declares; empty where it is no resource."""
    declared = resource.value.get("Type") if isinstance(resource.value, Mapping) else None
    return declared.content if isinstance(declared, Scalar) and isinstance(declared.content, str) else ""


def call_of(node: Node) -> Call | None:
    """The intrinsic function that a node calls, in either spelling."""
    match node:
        case Tagged(_, tag, argument):
            return Call(tag if tag in ("Ref", "Condition") else f"Fn::{tag}", argument)
        case Mapping(_, (Member(key, _, argument),)) if key in ("Ref", "Condition") or key.startswith("Fn::"):
            return Call(key, argument)
        case _:
            return None


def _flattened(members: tuple[Member, ...]) -> Iterator[Member]:
    for member in members:
        match member.value:
            case Sequence(_, (_, _, Mapping(_, repeated))) if member.key.startswith(_FOR_EACH):
                yield from _flattened(repeated)
            case _:
                yield member


def _plainly_meant(text: str) -> bool:
    return bool(_MEANT.search(text) and _TYPED.search(text)) and not _RENDERED.search(text)
