"""What the metadata of templates' resources excepts for other tools, in YAML and JSON.

- Checkov: ``checkov: {skip: [{id: CKV_AWS_79, comment: ...}]}``, or ``bridgecrew`` (checkov:
  ``cloudformation/context_parser.py``).
- cfn-lint: ``cfn-lint: {config: {ignore_checks: [E9501]}}``; that of the template takes beginnings of ids (cfn-lint:
  ``template/template.py``, ``rules/_rule.py``).
- cdk-nag: ``cdk_nag: {rules_to_suppress: [{id: ..., reason: ...}]}`` (cdk-nag: ``src/nag-pack.ts``); a reason may be
  encoded with Base64, as version 2 does.
- Terrascan: ``runterrascan.io/skip``, a text of JSON (terrascan: ``pkg/utils/skip_rules.go``).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from iac_imds_lint.catalog import controls
from iac_imds_lint.directive import Code, Directive, Inside, WholeFile
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence
from iac_imds_lint.finding import Hiding
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, outline


class _Excepted(NamedTuple):
    """An id that metadata excepts, where it stands, and why."""

    id: str
    span: Span
    reason: str = ""


def checkov(source: SourceFile) -> Iterator[Directive]:
    """What Checkov skips by the metadata of resources."""
    yield from _of_resources("checkov", source, ("checkov", "bridgecrew"), _skipped)


def cdk_nag(source: SourceFile) -> Iterator[Directive]:
    """What cdk-nag is told to suppress by the metadata of resources."""
    yield from _of_resources("cdk-nag", source, ("cdk_nag",), _suppressed)


def terrascan(source: SourceFile) -> Iterator[Directive]:
    """What Terrascan skips by the metadata of resources."""
    yield from _of_resources("terrascan", source, ("runterrascan.io/skip",), _in_json)


def cfn_lint(source: SourceFile) -> Iterator[Directive]:
    """What cfn-lint ignores by metadata: the ids of our rules in it."""
    yield from _of_resources("cfn-lint", source, ("cfn-lint",), _ignored)
    held = outline.of(source).metadata if "cfn-lint" in source.text else None
    for excepted in _ignored(_under(held, "cfn-lint")):
        found = (one.codes for one in controls.of("cfn-lint") if one.ids[0].startswith(excepted.id))
        codes = tuple(Code(code, excepted.span) for some in found for code in some)
        if codes and excepted.id:
            yield Directive(excepted.span, codes, WholeFile(), Hiding.METADATA, tool="cfn-lint")


def _of_resources(
    tool: str, source: SourceFile, keys: tuple[str, ...], read: Callable[[Node | None], Iterator[_Excepted]]
) -> Iterator[Directive]:
    if outline.is_hcl(source) or not any(key in source.text for key in keys):
        return
    for resource in outline.of(source).declared:
        for excepted in (one for key in keys for one in read(_under(resource.metadata, key))):
            codes = excepting.codes(tool, resource.type, excepted.span, excepted.id.__eq__)
            if codes:
                reach = Inside(resource.span)
                yield Directive(excepted.span, codes, reach, Hiding.METADATA, reason=excepted.reason, tool=tool)


def _skipped(node: Node | None) -> Iterator[_Excepted]:
    yield from _with_reasons(_under(node, "skip"), "comment")


def _suppressed(node: Node | None) -> Iterator[_Excepted]:
    for item in _items(_under(node, "rules_to_suppress")):
        for excepted in _with_reason(item, "reason"):
            encoded = _under(item, "is_reason_encoded")
            is_encoded = isinstance(encoded, Scalar) and encoded.content is True
            yield excepted._replace(reason=_decoded(excepted.reason)) if is_encoded else excepted


def _ignored(node: Node | None) -> Iterator[_Excepted]:
    for item in _items(_under(_under(node, "config"), "ignore_checks")):
        if isinstance(item, Scalar):
            yield _Excepted(str(item.content), item.span)


def _in_json(node: Node | None) -> Iterator[_Excepted]:
    if not isinstance(node, Scalar) or not isinstance(node.content, str):
        return
    try:
        held = json.loads(node.content)
    except (ValueError, RecursionError):
        return
    for item in held if isinstance(held, list) else ():
        if isinstance(item, dict) and isinstance(item.get("rule"), str):
            yield _Excepted(item["rule"], node.span, str(item.get("comment", "")))


def _with_reasons(node: Node | None, key: str) -> Iterator[_Excepted]:
    for item in _items(node):
        yield from _with_reason(item, key)


def _with_reason(item: Node, key: str) -> Iterator[_Excepted]:
    name, reason = _under(item, "id"), _under(item, key)
    if isinstance(name, Scalar):
        said = reason.content if isinstance(reason, Scalar) else None
        yield _Excepted(str(name.content), name.span, str(said) if said is not None else "")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None
