"""How a resource's options are written in a template: splices of its text, and refusals where one is not certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog.schema import Control, Option
from iac_imds_lint.cloudformation import option_edit, parameter_files
from iac_imds_lint.cloudformation.template import Call, Parsed, call_of, edited
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.insertion import Entries, Written
from iac_imds_lint.documents.node import Member, Node, Scalar
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Known, known_text, text_of

Path: TypeAlias = "tuple[str, ...]"

_TOP = "Properties"
_SHARED = "others share it through a YAML alias"


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


Values: TypeAlias = "Mapping[str, Written]"
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
    found = _node_at(root, span)
    if isinstance(found, Scalar):
        return insertion.replace(source, found, value)
    if found is not None and _is_no_value(found):
        return _instead_of(source, found, value)
    return Refusal("the value is not written as a literal, or shared through a YAML alias")


def _root(source: SourceFile, at: int) -> Node | None:
    """What the template around an offset holds, or a file of parameters' values."""
    parsed = edited(source, at)
    if isinstance(parsed, Parsed):
        return parsed.root
    values = parameter_files.tree(source)
    return None if isinstance(values, Problem) else values


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
        return Refusal(f"{resource.address} is not changed: {_SHARED}")
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
    found = _only(mapping, path[0])
    if isinstance(found, Refusal):
        yield found
    elif found is None:
        yield _Spot(mapping, step, path)
    elif _is_nothing(found.value):
        yield _Spot(mapping, step, path[1:], found)
    else:
        yield from _into(source, found, found.value, path[1:], step)


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
                barred = f"{holder.key} is not changed: {_SHARED}" if index in branches.aliased else ""
                yield from (
                    spot._replace(barred=barred) if barred and not isinstance(spot, Refusal) else spot for spot in found
                )
        case _, Call(function):
            yield Refusal(f"{holder.key} is given by {function}")
        case _:
            yield Refusal(f"{holder.key} is not written as a mapping")


def _into_branch(
    source: SourceFile, holder: Member, branches: tree.Sequence, index: int, path: Path, step: str
) -> Iterator[_Found]:
    branch = branches.items[index]
    if _is_nothing(branch):
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
    for spot in found:
        if isinstance(spot, _Gap) and isinstance(resource.container, Known):
            continue
        there = spot.mapping if isinstance(spot, _Spot) and not spot.missing else None
        written = there.get(tokens.key) if there else None
        if isinstance(written, Scalar) and text_of(written.content) == tokens.secure:
            continue
        yield spot, {key: value for key, value in wanted.items() if not (there and _is_given(there.get(key)))}


def _is_given(node: Node | None) -> bool:
    """Whether a function gives what is written, other than one whose branches are followed."""
    if node is None or _is_no_value(node):
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
    entries: Entries = tuple(values.items())
    for key in reversed(spot.missing):
        entries = ((key, tuple(entries)),)
    match spot:
        case _Gap(owner, node, step, flow):
            return insertion.instead(parsed.source, owner, node, entries, step, flow=flow)
        case _Spot(mapping, step, _, Member() as empty):
            return insertion.fill(parsed.source, empty, entries, step, braces=mapping.flow)
        case _Spot(_, _, ()):
            return _completed(parsed, control, spot, values)
        case _Spot(mapping, step):
            return insertion.insert(parsed.source, mapping, entries, step)


def _only(mapping: tree.Mapping, key: str) -> Member | Refusal | None:
    """The one member with a key, if it may be edited; None where there is none and one may be added."""
    found = [member for member in mapping.members if member.key == key]
    if len(found) > 1:
        return Refusal(f"{key} is written twice")
    if not found:
        added = next((member.key for member in mapping.members if member.key.startswith("Fn::")), None)
        return Refusal(f"{added} may add {key}") if added else None
    if found[0].aliased:
        return Refusal(f"{key} is not changed: {_SHARED}")
    return found[0]


def _completed(parsed: Parsed, control: Control, spot: _Spot, values: Values) -> tuple[Edit, ...] | Refusal:
    """Replace what is written in the container and add what is not, each group before the option that follows."""
    edits: list[Edit] = []
    waiting: list[tuple[str, Written]] = []
    for key in [key.key for key in control.keys if key.key in values or key.option is Option.TOKENS]:
        member = _only(spot.mapping, key) if key in values else _own(spot.mapping, key)
        if isinstance(member, Refusal):
            return member
        if member is None:
            waiting += [(key, values[key])] if key in values else []
            continue
        added = insertion.insert(parsed.source, spot.mapping, waiting, spot.step, member) if waiting else ()
        changed = _replaced(parsed, key, member.value, values[key]) if key in values else ()
        both = _together(added, changed)
        if isinstance(both, Refusal):
            return both
        edits += both
        waiting = []
    added = insertion.insert(parsed.source, spot.mapping, waiting, spot.step) if waiting else ()
    return added if isinstance(added, Refusal) else _joined((*edits, *added))


def _joined(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Edits of which those that insert at one place have become one, in their order."""
    inserted: dict[Span, str] = {}
    for span, content in edits:
        inserted[span] = inserted.get(span, "") + content
    return tuple(Edit(span, content) for span, content in inserted.items())


def _own(mapping: tree.Mapping, key: str) -> Member | None:
    return next((member for member in mapping.members if member.key == key and not member.aliased), None)


def _replaced(parsed: Parsed, key: str, old: Node, value: Written) -> tuple[Edit, ...] | Refusal:
    """The edits that write a value in place of what a key has, in each branch of ``Fn::If`` that has another."""
    match old, call_of(old):
        case Scalar(_, content), None:
            new = None if text_of(content) == _text(value) else insertion.replace(parsed.source, old, value)
        case _ if _is_nothing(old):
            new = _instead_of(parsed.source, old, value)
        case _, Call("Fn::If", tree.Sequence(_, (_, _, _), _, (_, *_))):
            return Refusal(f"{key} is not changed: {_SHARED}")
        case _, Call("Fn::If", tree.Sequence(_, (_, then, otherwise))):
            return _together(_replaced(parsed, key, then, value), _replaced(parsed, key, otherwise, value))
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


def _is_nothing(node: Node) -> bool:
    """Whether a node sets nothing: null or ``AWS::NoValue``."""
    return _is_no_value(node) or (isinstance(node, Scalar) and node.content is None)


def _is_no_value(node: Node) -> bool:
    call = call_of(node)
    return call is not None and isinstance(call.argument, Scalar) and call.argument.content == "AWS::NoValue"


def _instead_of(source: SourceFile, node: Node, value: Written) -> Edit | Refusal:
    """A literal in place of a call; nobody's quotes say of what type it is."""
    typed = value == "true" if value in ("true", "false") else value
    return insertion.replace(source, Scalar(node.span, None, False), typed)


def _node_at(node: Node, span: Span) -> Node | None:
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
    return next((found for child in around if (found := _node_at(child, span)) is not None), None)
