"""What a CloudFormation template is, told by its content, and its outermost structure.

A template is a mapping with ``Resources``, of which at least one has a ``Type`` of the form ``AWS::...`` or
``Custom::...``, or is a module's; ``AWSTemplateFormatVersion`` is optional. The name of a file says nothing.

A text that cannot be parsed is a broken template (a Problem) only where it is plainly meant as one: it has the format
version or a top-level ``Resources``, a ``Type: AWS::...``, and no mark of a template language (``{{``, ``{%``, ``<%``,
``${{``) that would make it a template of templates, which has yet to be rendered and which nobody asked us to read.

The Serverless Framework's ``serverless.yml`` holds one under ``resources`` (Serverless Framework, "AWS
Infrastructure"): a mapping, or a list of mappings that the framework merges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, markers, names_policy_keys
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span

_TYPE_PREFIXES = ("AWS::", "Custom::")
# OpenStack Heat's format of templates that are written like CloudFormation's (Template Guide, "CFN").
_OF_OPENSTACK = "HeatTemplateFormatVersion"
LOOP = "Fn::ForEach::"

# What leads from a template to what another file holds.
_LEADING = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application", b"AWS::Include", b"::MODULE")

# How the types of modules of CloudFormation's registry end.
_MODULE = "::MODULE"

# The tag of a node that a rewriting of the tree leaves open. No text can hold it.
_UNDECIDED = " undecided"

# Characters. AWS CloudFormation User Guide, quotas: a template may have 1 MB.
# Why what an alias leads to is not changed.
SHARED = "others share it through a YAML alias"

_LARGEST = 5_000_000

_MEANT = re.compile(
    r"""^(?:AWSTemplateFormatVersion|Resources)[ \t]*:|["'](?:AWSTemplateFormatVersion|Resources)["']\s*:""",
    re.MULTILINE,
)
_SERVERLESS = (re.compile(r"^service[ \t]*:", re.MULTILINE), re.compile(r"^resources[ \t]*:", re.MULTILINE))
_TYPED = re.compile(r"""\bType["']?\s*:\s*["']?AWS::""")
_RENDERED = re.compile(r"\{\{(?!resolve:)|\{%|<%")


class Parsed(NamedTuple):
    """A template: as it is written, or with what loops and included files write in their places.

    ``enclosed`` says that it is part of a file which is none of CloudFormation's own. ``problem`` is why not
    all of it can be read.
    """

    source: SourceFile
    root: Mapping
    enclosed: bool = False
    problem: Problem | None = None

    @property
    def left_out(self) -> tuple[Span, ...]:
        """The places of what cannot be read."""
        return self.problem.left_out if self.problem is not None else ()

    def misses(self, member: Member) -> Span | None:
        """A place in a member of a section that cannot be read; None where there is none."""
        start, end = member.key_span.start, max(member.key_span.end, member.value.span.end)
        return next((place for place in self.left_out if place.start <= end and start <= place.end), None)

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


def undecided(span: Span, reason: str) -> Node:
    """A node that stands for what is not known, in a rewritten tree."""
    return Tagged(span, _UNDECIDED, Scalar(span, reason, quoted=True))


def open_reason(node: Node) -> str | None:
    """Why a node of a rewritten tree is not known; None where it is none of :func:`undecided`."""
    match node:
        case Tagged(_, tag, Scalar(_, str(reason), _)) if tag == _UNDECIDED:
            return reason
        case _:
            return None


def looks_like_template(data: bytes) -> bool:
    """Whether bytes may be a template that holds a resource which we judge, or leads to some: a search, no parsing."""
    return (
        (b"AWS::" in data or b"::MODULE" in data)
        and b"Resources" in data
        and (
            any(marker in data for marker in markers(Dialect.CLOUDFORMATION))
            or leads_on(data)
            or names_policy_keys(data)
        )
    )


def leads_on(data: bytes) -> bool:
    """Whether bytes may be a template that nests a stack, includes a file or uses a module: a search, no parsing."""
    return any(marker in data for marker in _LEADING)


def parse(source: SourceFile) -> Parsed | Problem | None:
    """The one template that a file holds; None where it holds none, a Problem where that cannot be read or is not one
    alone.
    """
    held = templates(source)
    if isinstance(held, Problem):
        return held
    if len(held) > 1:
        where = source.position(held[1].root.span.start)
        return Problem(source.path, "more than one template in a file, of which CloudFormation reads one", where)
    return held[0] if held else None


@lru_cache(maxsize=4)
def templates(source: SourceFile) -> tuple[Parsed, ...] | Problem:
    """The templates in the documents of a file, or a Problem where it plainly means to hold some and is broken."""
    if len(source.text) > _LARGEST:
        words = "too large: CloudFormation takes templates of 1 MB, and 5 MB are read here"
        return Problem(source.path, words) if _plainly_meant(source.text) else ()
    problem = None
    if source.text.lstrip()[:1] == "{":
        from iac_imds_lint.documents import json_reader

        tree = json_reader.read(source)
        if not isinstance(tree, Problem):
            return (Parsed(source, tree),) if isinstance(tree, Mapping) and is_template(tree) else ()
        problem = tree
    return _parse_yaml(source, problem)


@lru_cache(maxsize=4)
def fragment(source: SourceFile) -> Node | Problem | None:
    """The first document in a file that templates include; None where there is nothing in it."""
    if source.text.lstrip()[:1] in ("{", "["):
        from iac_imds_lint.documents import json_reader

        held = json_reader.read(source)
        if not isinstance(held, Problem):
            return held
    from iac_imds_lint.documents import yaml_reader

    documents = yaml_reader.read(source)
    if isinstance(documents, Problem):
        return documents
    return documents[0] if documents else None


def all_edited(source: SourceFile) -> tuple[Parsed, ...] | Problem:
    """What is edited in a file: the templates that it holds, or the resources that others include from it."""
    parsed = templates(source)
    if parsed:
        return parsed
    held = fragment(source)
    if not isinstance(held, Mapping):
        return held if isinstance(held, Problem) else ()
    around = Mapping(held.span, (Member("Resources", held.span, held),), held.flow)
    return (Parsed(source, around, enclosed=True),) if is_template(around) else ()


def is_edited(source: SourceFile) -> bool:
    """Whether a file holds a template, or resources that others include."""
    held = all_edited(source)
    return not isinstance(held, Problem) and bool(held)


def edited(source: SourceFile, at: int) -> Parsed | Problem | None:
    """What is edited around an offset in a file: the last template that begins before it, or the first of all."""
    held = all_edited(source)
    if isinstance(held, Problem):
        return held
    return next((parsed for parsed in reversed(held) if parsed.root.span.start <= at), held[0] if held else None)


def _parse_yaml(source: SourceFile, json_problem: Problem | None) -> tuple[Parsed, ...] | Problem:
    """Like :func:`templates`, for what is no strict JSON: CloudFormation, too, takes such a text as YAML."""
    from iac_imds_lint.documents import yaml_reader

    documents = yaml_reader.read(source)
    if isinstance(documents, Problem):
        return (json_problem or documents) if _plainly_meant(source.text) else ()
    return held_in(source, documents)


def held_in(source: SourceFile, documents: Iterable[Node]) -> tuple[Parsed, ...]:
    """The templates in documents of a file."""
    mappings = [tree for tree in documents if isinstance(tree, Mapping)]
    own = (Parsed(source, tree) for tree in mappings if is_template(tree))
    enclosed = (Parsed(source, tree, enclosed=True) for tree in map(_of_serverless, mappings) if tree is not None)
    return (*own, *enclosed)


def _of_serverless(root: Mapping) -> Mapping | None:
    """The template in a configuration of the Serverless Framework; None where it is none, or has none."""
    held = root.get("resources")
    if root.get("service") is None or held is None:
        return None
    parts = held.items if isinstance(held, Sequence) else (held,)
    template = merged(held.span, [part for part in parts if isinstance(part, Mapping)])
    return template if is_template(template) else None


def merged(span: Span, roots: Iterable[Mapping]) -> Mapping:
    """One template of several: the members of sections of one name together."""
    sections: dict[str, Member] = {}
    for member in (member for root in roots for member in root.members):
        first = sections.get(member.key)
        if first is not None and isinstance(first.value, Mapping) and isinstance(member.value, Mapping):
            both = first.value._replace(members=(*first.value.members, *member.value.members))
            sections[member.key] = first._replace(value=both)
        else:
            sections[member.key] = member
    return Mapping(span, tuple(sections.values()), flow=False)


def is_template(root: Mapping) -> bool:
    """Whether a mapping is a template by its shape, and none of OpenStack's, which have AWS's types as well."""
    resources = root.get("Resources")
    if not isinstance(resources, Mapping) or root.get(_OF_OPENSTACK) is not None:
        return False
    included = root.get("AWSTemplateFormatVersion") is not None and resources.get("Fn::Transform") is not None
    return included or any(_is_type(type_of(member)) for member in _flattened(resources.members))


def _is_type(name: str) -> bool:
    return name.startswith(_TYPE_PREFIXES) or is_module(name)


def is_module(name: str) -> bool:
    """Whether a resource type is a module of CloudFormation's registry, whose template is there."""
    return name.endswith(_MODULE)


def transforms(root: Mapping) -> tuple[str, ...]:
    """The transforms that a template names, one or a list; those with parameters by their name."""
    declared = root.get("Transform")
    items = declared.items if isinstance(declared, Sequence) else (declared,)
    named = (item.get("Name") if isinstance(item, Mapping) else item for item in items)
    return tuple(str(one.content) for one in named if isinstance(one, Scalar))


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


def is_no_value(node: Node) -> bool:
    """Whether a node is ``AWS::NoValue``, which takes the property away that has it."""
    match call_of(node):
        case Call("Ref", Scalar(_, "AWS::NoValue", _)):
            return True
        case _:
            return False


def _flattened(members: tuple[Member, ...]) -> Iterator[Member]:
    for member in members:
        match member.value:
            case Sequence(_, (_, _, Mapping(_, repeated))) if member.key.startswith(LOOP):
                yield from _flattened(repeated)
            case _:
                yield member


def _plainly_meant(text: str) -> bool:
    meant = _MEANT.search(text) or all(sign.search(text) for sign in _SERVERLESS)
    return bool(meant and _TYPED.search(text)) and not _RENDERED.search(text) and _OF_OPENSTACK not in text
