"""How a resource's options are written in a template: splices of its text, and refusals where one is not certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog.schema import Control, Option
from iac_imds_lint.cloudformation import option_edit, parameter_files
from iac_imds_lint.cloudformation.completing import (
    Values,
    beside_loop,
    completed,
    editable,
    instead_of,
    is_nothing,
    node_at,
)
from iac_imds_lint.cloudformation.template import LOOP, SHARED, Call, Parsed, call_of, edited, is_no_value
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.insertion import Entries
from iac_imds_lint.documents.node import Member, Node, Scalar
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Absent, Known, Value, known_text, possibilities, text_of

Path: TypeAlias = "tuple[str, ...]"

_TOP = "Properties"


class _Spot(NamedTuple):
    """How far a path of keys is written: the innermost mapping, the indentation of a level there, and the keys that
    are still missing. ``empty`` is the key whose value sets nothing, where that is what stopped the way, and ``barred``
    says why nothing may be changed there.
    """

    mapping: tree.Mapping
    step: str
    missing: tuple[str, ...] = ()
    empty: Member | None = None
    barred: str = ""
    inherited: Entries = ()


class _Gap(NamedTuple):
    """A branch of ``Fn::If`` that sets nothing: ``AWS::NoValue`` in a list that stands in brackets, or in a block.
    ``owner`` is the key that has the function for its value.
    """

    owner: Member
    node: Node
    step: str
    flow: bool
    missing: tuple[str, ...]
    barred: str = ""


_Found: TypeAlias = "_Spot | _Gap | Refusal"
_Writing: TypeAlias = "tuple[_Found, Values]"


def write(sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
    """The edits that give each wanted option its value on this resource, or why they are not certain.

    Literals are replaced, missing keys inserted in the order of ``wanted``, the containers around them where they are
    missing too. What has its value already is left alone.
    """
    control = resource.entry.control
    if control is None:
        return Refusal("the resource has no options")
    keys = [key for option in wanted if (key := control.key(option)) is not None]
    values = {key.key: key.typed(wanted[key.option]) for key in keys}
    settled = {key.key for key in keys if known_text(resource.option(key.option)) == wanted[key.option]}
    return _written(sources, resource, control, {key: v for key, v in values.items() if key not in settled})


def replace_literal(sources: Sources, span: Span, value: str) -> Edit | Refusal:
    """The edit that writes ``value`` in place of a literal elsewhere: a parameter's default, a branch of ``Fn::If``."""
    source = sources.read(span.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{span.path} cannot be read again")
    root = _root(source, span.start)
    if root is None:
        return Refusal(f"{span.path} cannot be read again")
    found = node_at(root, span)
    if isinstance(found, Scalar):
        return insertion.replace(source, found, value)
    if found is not None and is_no_value(found):
        return instead_of(source, found, value)
    if found is None and _is_behind_a_name(source, span):
        return Edit(span, value)
    return Refusal("the value is not written as a literal, or shared through a YAML alias")


def _root(source: SourceFile, at: int) -> Node | None:
    """What the template around an offset holds, or a file of parameters' values."""
    parsed = edited(source, at)
    if isinstance(parsed, Parsed):
        return parsed.root
    values = parameter_files.tree(source)
    return None if isinstance(values, Problem) else values


def _is_behind_a_name(source: SourceFile, span: Span) -> bool:
    """Whether the value of a ``NAME=VALUE`` stands there, in a file of parameters' values."""
    values = parameter_files.read(source)
    return not isinstance(values, Problem) and any(one.span == span and one.literal for one in values.values())


def _parsed(sources: Sources, place: Span) -> Parsed | Refusal:
    source = sources.read(place.path)
    parsed = edited(source, place.start) if isinstance(source, SourceFile) else None
    return parsed if isinstance(parsed, Parsed) else Refusal(f"{place.path} cannot be read again")


def _written(sources: Sources, resource: Resource, control: Control, values: Values) -> tuple[Edit, ...] | Refusal:
    parsed = _parsed(sources, resource.head)
    if isinstance(parsed, Refusal):
        return parsed
    member = next((member for member in parsed.resources() if member.key_span == resource.head), None)
    if member is None:
        return Refusal(f"{resource.address} is not found again")
    if any(m.aliased for m in (member, *parsed.root.members) if m is member or m.key == "Resources"):
        return Refusal(f"{resource.address} is not changed: {SHARED}")
    if not values:
        return ()
    special = option_edit.edits(parsed, member, resource, values)
    if special is not None:
        return special
    path = (_TOP, *control.path)
    found = list(_into(parsed.source, member, member.value, path, "  "))
    if len(found) > 1:
        return _all_written(parsed, control, _in_branches(found, resource, control, values))
    return _all_written(parsed, control, [(spot, values) for spot in found])


def _below(source: SourceFile, mapping: tree.Mapping, path: Path, step: str) -> Iterator[_Found]:
    """Follow a path of keys from a mapping as far as it is written."""
    if not path:
        yield _Spot(mapping, step)
        return
    found = editable(mapping, path[0])
    if isinstance(found, Refusal):
        yield found
    elif found is None:
        inherited = _inherited(mapping, path)
        yield inherited if isinstance(inherited, Refusal) else _Spot(mapping, step, path, inherited=inherited)
    elif is_nothing(found.value):
        yield _Spot(mapping, step, path[1:], found)
    else:
        yield from _into(source, found, found.value, path[1:], step)


def _inherited(mapping: tree.Mapping, path: Path) -> Entries | Refusal:
    """What a merge key brings below the first of some keys, and a key of the mapping's own would hide."""
    match mapping.get(path[0]):
        case None:
            return ()
        case tree.Mapping(_, members) if len(path) == 1:
            held = [(member.key, member.value.content) for member in members if isinstance(member.value, Scalar)]
            copied = tuple((key, content) for key, content in held if isinstance(content, str | int))
            if len(copied) == len(dict(copied)) == len(members):
                return copied
    return Refusal(f"{path[0]} is not changed: {SHARED}")


def _into(source: SourceFile, holder: Member, node: Node, path: Path, step: str) -> Iterator[_Found]:
    """Follow a path of keys from a value: a mapping, or each branch of ``Fn::If``."""
    match node, call_of(node):
        case tree.Mapping() as mapping, None:
            own = next((member for member in mapping.members if not member.aliased), None)
            if own is not None and node is holder.value:
                step = insertion.step_between(source, holder.key_span.start, own.key_span.start, step)
            yield from _below(source, mapping, path, step)
        case _, Call("Fn::If", tree.Sequence(_, (_, _, _)) as branches):
            for index in (1, 2):
                found = _into_branch(source, holder, branches, index, path, step)
                barred = f"{holder.key} is not changed: {SHARED}" if index in branches.aliased else ""
                yield from (
                    spot._replace(barred=barred) if barred and not isinstance(spot, Refusal) else spot for spot in found
                )
        case _, Call(function) if function.startswith(LOOP):
            yield beside_loop(function, path[0]) if path else Refusal(f"{holder.key} is written by {function}")
        case _, Call(function):
            yield Refusal(f"{holder.key} is given by {function}")
        case _:
            yield Refusal(f"{holder.key} is not written as a mapping")


def _into_branch(
    source: SourceFile, holder: Member, branches: tree.Sequence, index: int, path: Path, step: str
) -> Iterator[_Found]:
    branch = branches.items[index]
    if is_nothing(branch):
        yield _Gap(holder, branch, step, branches.flow, path)
    else:
        yield from _into(source, holder, branch, path, step)


def _in_branches(found: list[_Found], resource: Resource, control: Control, values: Values) -> Iterator[_Writing]:
    """Of the branches that a path leads to, those that have to be changed, with what is to be written there.

    A branch that requires tokens stays, and so does one that sets nothing where another one is taken. What a function
    gives is changed where that is decided.
    """
    tokens = next(key for key in control.keys if key.option is Option.TOKENS)
    wanted = {**values, tokens.key: values.get(tokens.key, tokens.typed(tokens.secure))}
    taken = _taken(resource.container)
    for spot in found:
        if isinstance(spot, _Gap) and isinstance(resource.container, Known):
            continue
        if taken and not isinstance(spot, Refusal) and _standing(spot) not in taken:
            continue
        there = spot.mapping if isinstance(spot, _Spot) and not spot.missing else None
        written = there.get(tokens.key) if there else None
        if isinstance(written, Scalar) and text_of(written.content) == tokens.secure:
            continue
        yield spot, {key: value for key, value in wanted.items() if not (there and _is_given(there.get(key)))}


def _taken(container: Value) -> frozenset[Span]:
    """Where the containers stand, or the values that set nothing, to which the decided conditions lead; empty where
    that is not known of each.
    """
    ends = [end for _, end in possibilities(container)]
    ways = [end.origins for end in ends if isinstance(end, Known | Absent)]
    known = len(ways) == len(ends) and all(len(way) > 1 for way in ways)
    return frozenset(way[-1].span for way in ways) if known else frozenset()


def _standing(spot: _Spot | _Gap) -> Span:
    return spot.node.span if isinstance(spot, _Gap) else spot.mapping.span


def _is_given(node: Node | None) -> bool:
    """Whether a function gives what is written, other than one whose branches are followed."""
    if node is None or is_no_value(node):
        return False
    call = call_of(node)
    return call is not None and call.function != "Fn::If"


def _all_written(parsed: Parsed, control: Control, writings: Iterable[_Writing]) -> tuple[Edit, ...] | Refusal:
    edits: list[Edit] = []
    for spot, values in writings:
        new = spot if isinstance(spot, Refusal) else _written_at(parsed, control, spot, values)
        if isinstance(new, Refusal):
            return new
        edits += new
    return tuple(edits)


def _written_at(parsed: Parsed, control: Control, spot: _Spot | _Gap, values: Values) -> tuple[Edit, ...] | Refusal:
    if spot.barred:
        return Refusal(spot.barred)
    inherited = spot.inherited if isinstance(spot, _Spot) else ()
    entries: Entries = tuple({**values, **{key: old for key, old in inherited if key not in values}}.items())
    for key in reversed(spot.missing):
        entries = ((key, tuple(entries)),)
    match spot:
        case _Gap(owner, node, step, flow):
            return insertion.instead(parsed.source, owner, node, entries, step, flow=flow)
        case _Spot(mapping, step, _, Member() as empty):
            return insertion.fill(parsed.source, empty, entries, step, braces=mapping.flow)
        case _Spot(_, _, ()):
            keys = [key.key for key in control.keys if key.key in values or key.option is Option.TOKENS]
            return completed(parsed.source, spot.mapping, values, keys, spot.step)
        case _Spot(mapping, step):
            return insertion.insert(parsed.source, mapping, entries, step)
