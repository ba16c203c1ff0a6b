"""A mapping of options completed: literals replaced, missing keys added; and what of a tree may be changed at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from iac_imds_lint.cloudformation.template import LOOP, SHARED, Call, call_of, is_no_value
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.insertion import Written
from iac_imds_lint.documents.node import Member, Node, Scalar
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import text_of

Values: TypeAlias = "Mapping[str, Written]"


def editable(mapping: tree.Mapping, key: str) -> Member | Refusal | None:
    """The one member with a key, if it may be edited; None where there is none and one may be added, as beside what a
    merge key brings.
    """
    found = [member for member in mapping.members if member.key == key and not member.merged]
    if len(found) > 1:
        return Refusal(f"{key} is written twice")
    if not found:
        added = next((member.key for member in mapping.members if member.key.startswith("Fn::")), None)
        if added is None:
            return None
        return beside_loop(added, key) if added.startswith(LOOP) else Refusal(f"{added} may add {key}")
    if found[0].aliased:
        return Refusal(f"{key} is not changed: {SHARED}")
    return found[0]


def beside_loop(loop: str, key: str) -> Refusal:
    """A key is not added beside a loop, which would write it a second time if it ever came to that name."""
    return Refusal(f"{loop} writes what stands beside {key}: add it by hand, beside the loop or in its body")


def node_at(node: Node, span: Span) -> Node | None:
    """The node that stands at exactly this span, unless others share it."""
    if node.span == span:
        return node
    match node:
        case tree.Mapping(_, members):
            inner = [member.value for member in members if not member.aliased]
        case tree.Sequence(_, items, _, aliased):
            inner = [item for index, item in enumerate(items) if index not in aliased]
        case tree.Tagged(_, _, tagged):
            inner = [tagged]
        case _:
            return None
    around = (child for child in inner if child.span.start <= span.start and span.end <= child.span.end)
    return next((found for child in around if (found := node_at(child, span)) is not None), None)


def completed(
    source: SourceFile, mapping: tree.Mapping, values: Values, order: Sequence[str], step: str = "  "
) -> tuple[Edit, ...] | Refusal:
    """The edits that give the keys of a mapping these values: they replace what is written, and add what is not, each
    group of these before the option of ``order`` that follows.
    """
    edits: list[Edit] = []
    waiting: list[tuple[str, Written]] = []
    for key in order:
        member = editable(mapping, key) if key in values else _own(mapping, key)
        if isinstance(member, Refusal):
            return member
        if member is None:
            waiting += [(key, values[key])] if key in values else []
            continue
        added = insertion.insert(source, mapping, waiting, step, member) if waiting else ()
        changed = _replaced(source, key, member.value, values[key]) if key in values else ()
        both = _together(added, changed)
        if isinstance(both, Refusal):
            return both
        edits += both
        waiting = []
    added = insertion.insert(source, mapping, waiting, step) if waiting else ()
    return added if isinstance(added, Refusal) else _joined((*edits, *added))


def is_nothing(node: Node) -> bool:
    """Whether a node sets nothing: null or ``AWS::NoValue``."""
    return is_no_value(node) or (isinstance(node, Scalar) and node.content is None)


def instead_of(source: SourceFile, node: Node, value: Written) -> Edit | Refusal:
    """A literal in place of a call; nobody's quotes say of what type it is."""
    typed = value == "true" if value in ("true", "false") else value
    return insertion.replace(source, Scalar(node.span, None, False), typed)


def _joined(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Edits of which those that insert at one place have become one, in their order."""
    inserted: dict[Span, str] = {}
    for edit in edits:
        inserted[edit.span] = inserted.get(edit.span, "") + edit.content
    return tuple(Edit(span, content) for span, content in inserted.items())


def _own(mapping: tree.Mapping, key: str) -> Member | None:
    return next((member for member in mapping.members if member.key == key and not member.aliased), None)


def _replaced(source: SourceFile, key: str, old: Node, value: Written) -> tuple[Edit, ...] | Refusal:
    """The edits that write a value in place of what a key has, in each branch of ``Fn::If`` that has another."""
    match old, call_of(old):
        case Scalar(_, content), None:
            new = None if text_of(content) == _text(value) else insertion.replace(source, old, value)
        case _ if is_nothing(old):
            new = instead_of(source, old, value)
        case _, Call("Fn::If", tree.Sequence(_, (_, _, _), _, (_, *_))):
            return Refusal(f"{key} is not changed: {SHARED}")
        case _, Call("Fn::If", tree.Sequence(_, (_, then, otherwise))):
            return _together(_replaced(source, key, then, value), _replaced(source, key, otherwise, value))
        case _, Call(function):
            return Refusal(f"{key} is given by {function}")
        case _:
            return Refusal(f"{key} is not written as a literal")
    if isinstance(new, Refusal):
        return new
    return (new,) if new else ()


def _together(one: tuple[Edit, ...] | Refusal, other: tuple[Edit, ...] | Refusal) -> tuple[Edit, ...] | Refusal:
    if isinstance(one, Refusal):
        return one
    return other if isinstance(other, Refusal) else (*one, *other)


def _text(value: Written) -> str | None:
    return text_of(value) if isinstance(value, str | int) else None
