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
    """A value in a file: ``literal`` where the value stands at its place as it is."""

    text: str
    span: Span
    literal: bool


@lru_cache(maxsize=8)
def read(source: SourceFile) -> dict[str, Written] | Problem:
    """The values by the names of parameters, each with its place in the file; why and where the file is none."""
    root = tree(source)
    if isinstance(root, Problem):
        return root
    values: dict[str, Written] = {}
    for part in _parts(source, root):
        match part:
            case (str(name), Written() as written):
                values[name] = written
            case (str(), None):
                pass  # the value that the stack has, which is not known here
            case node:
                return Problem(source.path, _FORMS, source.position(node.span.start))
    return values


def tree(source: SourceFile) -> Node | Problem:
    """The one document of a file, or why it cannot be read."""
    if source.text.lstrip()[:1] in ("{", "["):
        from iac_imds_lint.documents import json_reader

        found = json_reader.read(source)
        if not isinstance(found, Problem) or source.path.endswith(".json"):
            return found
    from iac_imds_lint.documents import yaml_reader

    documents = yaml_reader.read(source)
    if isinstance(documents, Problem):
        return documents
    return documents[0] if len(documents) == 1 else Problem(source.path, _FORMS)


def _parts(source: SourceFile, root: Node) -> Iterator[_Part]:
    """Names with their values, None where the file leaves that to the stack; a node that is neither."""
    section = (root.get("Parameters") or root.get("parameters")) if isinstance(root, Mapping) else None
    match root:
        case Mapping() if isinstance(section, Mapping):
            for member in section.members:
                written = _written(member.value)
                yield (member.key, written) if written else member.value
        case Sequence(_, items):
            yield from (_listed(source, item) for item in items)
        case _:
            yield root


def _listed(source: SourceFile, item: Node) -> _Part:
    match item:
        case Scalar(span, str(text), _) if text.partition("=")[1] and not text.startswith("="):
            name, _, rest = text.partition("=")
            return name, _behind(source, span, text, rest)
        case Mapping():
            key, value, previous = map(item.get, ("ParameterKey", "ParameterValue", "UsePreviousValue"))
            written = None if value is None or _is_true(previous) else _written(value)
            if isinstance(key, Scalar) and isinstance(key.content, str) and (written or previous):
                return key.content, written
            return item
        case _:
            return item


def _behind(source: SourceFile, span: Span, text: str, rest: str) -> Written:
    """The value behind the name in ``NAME=VALUE``: at its own place where the text has no escapes."""
    written = source.slice(span)
    quote = 1 if written[:1] in ("'", '"') else 0
    end = span.end - quote
    verbatim = written[quote : len(written) - quote] == text
    return Written(rest, Span(span.path, end - len(rest), end) if verbatim else span, literal=verbatim and bool(rest))


def _written(node: Node) -> Written | None:
    text = text_of(node.content) if isinstance(node, Scalar) else None
    return None if text is None else Written(text, node.span, literal=True)


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and text_of(node.content) == "true"
