"""Files of parameters' values, in each form that AWS's own tools take.

- ``[{"ParameterKey": NAME, "ParameterValue": VALUE}]``: AWS CLI, ``cloudformation create-stack --parameters``
- ``["NAME=VALUE"]``: AWS CLI, ``cloudformation deploy --parameter-overrides``
- ``{"Parameters": {NAME: VALUE}}``: CodePipeline's template configuration files, which ``deploy`` takes as well;
  ``parameters`` in deployment files of Git sync

YAML is read like JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.value import text_of

_Part: TypeAlias = "tuple[str, Written | None] | Node"

_FORMS = (
    'a parameter file is a list of {"ParameterKey": ..., "ParameterValue": ...} or of "NAME=VALUE",'
    ' or a mapping {"Parameters": {NAME: VALUE}}'
)


class Written(NamedTuple):
    """A value in a file: ``literal`` where the node is nothing but the value."""

    text: str
    span: Span
    literal: bool


@lru_cache(maxsize=8)
def read(source: SourceFile) -> dict[str, Written] | Problem:
    """The values by the names of parameters, each with its place in the file; why and where the file is none."""
    tree = _tree(source)
    if isinstance(tree, Problem):
        return tree
    values: dict[str, Written] = {}
    for part in _parts(tree):
        match part:
            case (str(name), Written() as written):
                values[name] = written
            case (str(), None):
                pass  # the value that the stack has, which is not known here
            case node:
                return Problem(source.path, _FORMS, source.position(node.span.start))
    return values


def _tree(source: SourceFile) -> Node | Problem:
    if source.text.lstrip()[:1] in ("{", "["):
        from iac_imds_lint.documents import json_reader

        tree = json_reader.read(source)
        if not isinstance(tree, Problem) or source.path.endswith(".json"):
            return tree
    from iac_imds_lint.documents import yaml_reader

    documents = yaml_reader.read(source)
    if isinstance(documents, Problem):
        return documents
    return documents[0] if len(documents) == 1 else Problem(source.path, _FORMS)


def _parts(tree: Node) -> Iterator[_Part]:
    """Names with their values, None where the file leaves that to the stack; a node that is neither."""
    section = (tree.get("Parameters") or tree.get("parameters")) if isinstance(tree, Mapping) else None
    match tree:
        case Mapping() if isinstance(section, Mapping):
            for member in section.members:
                written = _written(member.value)
                yield (member.key, written) if written else member.value
        case Sequence(_, items):
            yield from map(_listed, items)
        case _:
            yield tree


def _listed(item: Node) -> _Part:
    match item:
        case Scalar(span, str(text), _) if text.partition("=")[1] and not text.startswith("="):
            name, _, rest = text.partition("=")
            return name, Written(rest, span, literal=False)
        case Mapping():
            key, value, previous = map(item.get, ("ParameterKey", "ParameterValue", "UsePreviousValue"))
            written = None if value is None or _is_true(previous) else _written(value)
            if isinstance(key, Scalar) and isinstance(key.content, str) and (written or previous):
                return key.content, written
            return item
        case _:
            return item


def _written(node: Node) -> Written | None:
    text = text_of(node.content) if isinstance(node, Scalar) else None
    return None if text is None else Written(text, node.span, literal=True)


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and text_of(node.content) == "true"
