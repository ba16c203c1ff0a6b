"""Security groups, of which a launch configuration took names as well, and a launch template's takes IDs alone here.

Source: EC2 API, RequestLaunchTemplateData: SecurityGroupIds, and those of a network interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Fact
from iac_imds_lint.terraform.migration.changes import Job
from iac_imds_lint.terraform.migration.leaves import leaves, within, words
from iac_imds_lint.terraform.migration.values import named
from iac_imds_lint.terraform.syntax import Call, Expression, For, Literal, Splat, Template, Traversal
from iac_imds_lint.value import Known, Unknown, Value, known_text, possibilities

_OF_GROUPS = ("aws_security_group", "aws_default_security_group")


class Told(NamedTuple):
    """What is left to do about groups, and what is taken for granted of them."""

    by_hand: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def told(job: Job, expression: Expression) -> Told:
    """What is to be said of what is given for security groups."""
    found = [_leaf(leaf) for leaf in leaves(job.module, expression, of_many=True)]
    made = (leaf for leaf in leaves(job.module, expression, of_many=True) if isinstance(leaf, Call))
    found += (_leaf(part) for leaf in made for part in within(job.module, leaf, frozenset()) if words(part))
    known = tuple(_evaluated(resource.fact(Fact.GROUPS) for resource in job.migration.resources))
    by_hand = (*(step for one in found for step in one.by_hand), *known)
    notes = () if known else (note for one in found for note in one.notes)
    return Told(tuple(dict.fromkeys(by_hand)), tuple(dict.fromkeys(notes)))


def _leaf(leaf: Expression) -> Told:
    match leaf:
        case Literal(_, str() as text):
            return Told(tuple(_named(text)))
        case Template(_, (Literal(_, str() as text), *_)) if text.startswith("sg-"):
            return Told()
        case Template(_, parts):
            return Told(tuple(_named("".join(_shown(part) for part in parts))))
        case For(span, names, collection, None, Traversal(_, root, steps)) if root in names:
            return _reference(Splat(span, collection, steps))
        case _:
            return _reference(leaf)


def _named(text: str) -> Iterator[str]:
    if text and not text.startswith("sg-"):
        yield f"write the ID of the security group {text}: a name does not do"


def _shown(part: Expression) -> str:
    return str(part.content) if isinstance(part, Literal) else f"${{{named(part) or '...'}}}"


def _reference(leaf: Expression) -> Told:
    kind = words(leaf)
    if not kind or not kind[-1].lower().endswith(("name", "names")):
        return Told()
    name = named(leaf)
    if kind[-1] == "name" and {*kind[:2]} & {*_OF_GROUPS}:
        return Told((_by_name(name),))
    return Told(notes=(f"{name} is taken to give IDs of security groups, not names",))


def _by_name(reference: str) -> str:
    return f"write the ID of the security group in place of {reference}: a name does not do"


def _evaluated(values: Iterable[Value]) -> Iterator[str]:
    """What is to be done about the groups that are known."""
    for value in values:
        for _, leaf in possibilities(value):
            items = leaf.content if isinstance(leaf, Known) and isinstance(leaf.content, tuple) else ()
            for _, item in (found for one in items for found in possibilities(one)):
                yield from _item(item)


def _item(item: Value) -> Iterator[str]:
    match item:
        case Known():
            yield from _named(known_text(item) or "")
        case Unknown(handle=handle) if handle is not None and handle.attribute == "name":
            if any(f"{type}." in handle.address for type in _OF_GROUPS):
                yield _by_name(f"{handle.address}.name")
        case _:
            return
