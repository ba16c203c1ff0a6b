"""What is to be changed for a resource to require tokens: options to write, literals elsewhere; or why it cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Control, Option, OptionKey
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import NewLiteral
from iac_imds_lint.inert import inert_options
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, Branches, Known, Origin, Unknown, Value, known_text, possibilities

UNNAMED = "the value that it takes"
_ELSE_BY_TEMPLATE = "name a launch template that requires tokens"


class Changes(NamedTuple):
    """Options to write on the resource, and literals to change."""

    options: tuple[tuple[Option, str], ...]
    literals: tuple[NewLiteral, ...]


def unplaced(resource: Resource) -> str:
    """Why there is no place where the options could be written; empty where there is one."""
    entry, control = resource.entry, resource.entry.control
    if entry.unfixable or control is None:
        return entry.unfixable or entry.undecided
    if entry.gate is not None and (reason := inert_options(resource)):
        return f"{reason}: {_ELSE_BY_TEMPLATE}"
    if not _is_placed(resource.container):
        return f"whether {control.name} is set is not decided here"
    if "*" in control.path and not control.listed and isinstance(resource.container, Absent):
        return f"write {control.name} into each of its {_list_of(control)}, or {_ELSE_BY_TEMPLATE}"
    return ""


def changes_of(resource: Resource, control: Control) -> Changes | Refusal:
    """The options that are to be written and the literals that are to change, or which of them cannot."""
    options: list[tuple[Option, str]] = []
    literals: list[NewLiteral] = []
    for key in needed(control):
        value = resource.option(key.option)
        if key.option is Option.HOP_LIMIT and not isinstance(value, Absent):
            continue
        if key.option is Option.ENDPOINT and (_is_open(value, key) or _is_invalid(value, key)):
            continue
        for end in _ends(value):
            place = decided_at(end)
            if known_text(end) == key.secure:
                continue
            if place is None:
                options.append((key.option, key.secure))
            elif refused := next(filter(None, (one.refusal(key.secure) for one in (place, *place.alike))), ""):
                return Refusal(refused)
            elif place.literal:
                every = (place, *place.alike)
                literals += [NewLiteral(one.span, key.secure, _called(one, key, resource)) for one in every]
            else:
                return _elsewhere(key, end, place)
    return Changes(tuple(dict.fromkeys(options)), tuple(dict.fromkeys(literals)))


def torn_between(literals: Iterable[NewLiteral]) -> str:
    """What would have to take two values at once; empty where nothing would."""
    values: dict[Span, str] = {}
    return next((one.what for one in literals if values.setdefault(one.span, one.value) != one.value), "")


def is_inside(span: Span, resource: Resource) -> bool:
    """Whether a place is in the resource's own text, which no other code shares."""
    body = resource.body
    return span.path == body.path and body.start <= span.start < body.end


def needed(control: Control) -> tuple[OptionKey, ...]:
    """The options of which a value is asked for."""
    return tuple(key for key in control.keys if key.secure)


def decided_at(value: Value) -> Origin | None:
    """The place away from the resource's own argument that decided a value; None where that argument did."""
    match value:
        case Absent(()):
            return None
        case Known(_, (origin,)) | Absent((origin,)) if origin.literal or origin.merged:
            return None
        case Known(_, (*_, last)) | Absent((*_, last)) | Unknown(_, (*_, last), _) | Branches(_, _, (*_, last)):
            return last
        case _:
            return None


def _is_open(endpoint: Value, key: OptionKey) -> bool:
    """Whether it is written in every case, and may be on or off: that is for the user to say."""
    leaves = [leaf for _, leaf in possibilities(endpoint)]
    if isinstance(endpoint, Known) or any(isinstance(leaf, Absent) for leaf in leaves):
        return False
    return any(isinstance(leaf, Unknown) or key.turns_off(known_text(leaf)) for leaf in leaves)


def _is_invalid(endpoint: Value, key: OptionKey) -> bool:
    """Whether the service refuses it: what was meant, on or off, is for IMDS011 and the user to say."""
    texts = [known_text(leaf) for _, leaf in possibilities(endpoint)]
    return any(text is not None and text not in key.allowed for text in texts)


def _called(place: Origin, key: OptionKey, resource: Resource) -> str:
    """What a literal is called; one that stands in the argument's own expression has no other name."""
    if place.what != "here":
        return place.what
    return f"the value in {key.key}" if is_inside(place.span, resource) else UNNAMED


def _list_of(control: Control) -> str:
    """The innermost list of a path that passes the elements of some."""
    return [name for name, following in zip(control.path, control.path[1:], strict=False) if following == "*"][-1]


def _is_placed(container: Value) -> bool:
    """Whether the places are known where the options are to be written: each branch of a condition is written out."""
    return not isinstance(container, Unknown) and (not isinstance(container, Branches) or _is_written_out(container))


def _ends(value: Value) -> list[Value]:
    """What a value may be, where each is written out; else the value itself."""
    return [end for _, end in possibilities(value)] if _is_written_out(value) else [value]


def _is_written_out(value: Value) -> bool:
    return all(end == Absent() or _is_literal(end) for _, end in possibilities(value))


def _is_literal(value: Value) -> bool:
    return isinstance(value, Known | Absent) and bool(value.origins) and value.origins[-1].literal


def _elsewhere(key: OptionKey, value: Value, place: Origin) -> Refusal:
    match value:
        case Branches(condition, _, _):
            return Refusal(f"{key.key} depends on {condition}, which is not decided here")
        case Unknown(reason, _, _):
            return Refusal(f"{key.key} is not decided here: {reason}")
        case _ if place.fixed:
            return Refusal(f"{key.key} is not changed: {place.fixed}")
        case _ if any(origin.what.startswith("here, as") for origin in value.origins):
            what = "the expression" if place.what.startswith("here") else place.what
            return Refusal(f"a condition decides {key.key}: change {what}")
        case _ if not place.what.startswith("here"):
            return Refusal(f"{key.key} is decided by {place.what}: change it there")
        case _:
            return Refusal(f"{key.key} is computed, not written: change the expression")
