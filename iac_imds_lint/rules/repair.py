"""How a resource comes to require IMDSv2: which options to write, which literal to change, and how safe that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Control, Option, OptionKey
from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import NewArgument, NewLiteral, Repair
from iac_imds_lint.inert import inert_options
from iac_imds_lint.model import Generator, Resource, Shared, Silent, User
from iac_imds_lint.posture import Use, World
from iac_imds_lint.rules.versions import kept, renews
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, Branches, Known, Origin, Unknown, Value, known_text, possibilities

# In more calls than these no argument is offered to be passed.
_MOST_CALLS = 5
_UNNAMED = "the value that it takes"
# More literals are counted.
_MOST_TOLD = 2
_ELSE_BY_TEMPLATE = "name a launch template that requires tokens"


def require_tokens(resource: Resource, world: World) -> Repair | Refusal:
    """The repair that makes a resource require tokens, or why there is none.

    ``http_endpoint`` is always written beside ``http_tokens``: the provider and the API have dropped or refused the one
    without the other (terraform-provider-aws issues 25547 and 30107; EC2 User Guide, configuring-IMDS-new-instances).
    """
    control = resource.entry.control
    reason = _unplaced(resource)
    if reason or control is None:
        return Refusal(reason or resource.entry.undecided)
    if resource.generator is not None and not resource.generator.always:
        return _generated(resource, world, resource.generator, control)
    changes = _changes(resource, control)
    if isinstance(changes, Refusal):
        return changes
    torn = _torn(changes.literals)
    if torn:
        return Refusal(f"{torn} decides two options that take different values: write them apart")
    repair = _repair(resource, world, changes, _in_branches(resource, changes))
    preferred = _passed(_preferred(repair, list(_turned(resource, world, control, changes))), resource, world)
    return preferred._replace(alternatives=(*preferred.alternatives, *_on_itself(repair, resource, control)))


def _on_itself(repair: Repair, resource: Resource, control: Control) -> Iterator[Repair]:
    """For values that are shared: the options of the resource by themselves, which share nothing any more.

    That is no first choice, though it is safe: what decided them would decide nothing, and say that it does.
    """
    values = [(key, resource.option(key.option)) for key in _needed(control)]
    written = [(key, value.origins[0].span) for key, value in values if isinstance(value, Known) and value.origins]
    here = [(key, span) for key, span in written if _inside(span, resource) and _is_changed(key, repair, resource)]
    if repair.shared and len(here) == len(repair.literals) and not repair.options:
        literals = tuple(NewLiteral(span, key.secure, key.key, is_expression=True) for key, span in here)
        disturbed = bool(repair.note)
        yield Repair(
            resource=resource,
            message=f"{_message(resource, (), literals)} on {resource.address} itself",
            applicability=Applicability.UNSAFE if disturbed else Applicability.SAFE,
            literals=literals,
            note=repair.note,
        )


def _is_changed(key: OptionKey, repair: Repair, resource: Resource) -> bool:
    place = _decided_at(resource.option(key.option))
    return place is not None and any(literal.span == place.span for literal in repair.literals)


def _passed(repair: Repair, resource: Resource, world: World) -> Repair:
    """The repair of a default, with that of the calls of the module that leave the argument out.

    Where one call of several does, it is the exception, and gets the argument: the default is for all that come. Where
    no call passes one, the default is what is meant for all of them, and a module that nobody here calls otherwise, as
    the one that its own examples call, would be left as it is.
    """
    silent = repair.shared[0].silent if len(repair.shared) == 1 and len(repair.literals) == 1 else None
    if silent is None or not silent.calls or repair.options:
        return repair
    users = tuple(user for user in repair.shared[0].users if not user.call)
    calls = (*silent.calls, *(user for user in repair.shared[0].users if user.call))
    if len(calls) > _MOST_CALLS:
        return repair
    passing = _passing(repair, silent._replace(calls=calls), users, disruptions(resource, world))
    first, second = (passing, repair) if silent.others and len(calls) == 1 else (repair, passing)
    return first._replace(alternatives=(second._replace(alternatives=()), *repair.alternatives))


def _passing(repair: Repair, silent: Silent, users: tuple[User, ...], disturbed: list[str]) -> Repair:
    """The repair that passes an argument in each call that leads to a resource and leaves it out."""
    literal = repair.literals[0]
    calls = " and ".join(call.call for call in silent.calls)
    shared = (Shared(f"the argument {silent.argument} of {calls}", users),) if users else ()
    return repair._replace(
        message=f"pass {silent.argument} = {literal.shown} to {calls}",
        applicability=Applicability.UNSAFE if users or disturbed else Applicability.SAFE,
        literals=(),
        shared=shared,
        arguments=tuple(NewArgument(call.span, silent.argument, literal.value) for call in silent.calls),
    )


def _generated(resource: Resource, world: World, generator: Generator, control: Control) -> Repair | Refusal:
    """What is left to a generator may be generated elsewhere: another container beside that would be refused there."""
    by = generator.by
    if by is None or by.turn is None:
        name = control.path[0]
        return Refusal(f"{name} is left to {generator.over}, which has none here: let it hold one that requires tokens")
    return _repair(resource, world, _Changes((), (NewLiteral(by.span, by.turn.literal, by.what),)))


def _preferred(written: Repair, turned: list[Repair]) -> Repair:
    """The value that is taken is written anew, unless the condition can be turned and decides nothing else."""
    alone = [repair for repair in turned if not repair.shared and repair.applicability >= written.applicability]
    first, others = (alone[0], [written, *turned]) if alone else (written, turned)
    return first._replace(alternatives=tuple(other for other in others if other is not first))


def _repair(resource: Resource, world: World, changes: _Changes, message: str = "") -> Repair:
    """The repair that some changes are, with what they disturb and what else they decide."""
    uses = [(literal, _uses(literal, resource, world)) for literal in changes.literals]
    named = [(_named(literal, shared), shared) for literal, shared in uses]
    notes = [f"other code may use {literal.what}" for literal, shared in named if shared is None]
    notes += disruptions(resource, world)
    shared = dict.fromkeys(one._replace(name=literal.what) for literal, one in named if one is not None)
    others = tuple(one for one in shared if one.is_open or one.users)
    literals = tuple(literal for literal, _ in named)
    return Repair(
        resource=resource,
        message=message or _message(resource, changes.options, literals),
        applicability=Applicability.UNSAFE if notes or others else Applicability.SAFE,
        options=changes.options,
        literals=literals,
        note="; ".join((*notes, *_unreached(resource, world))),
        shared=others,
    )


_ALONE = Shared("")


def _uses(literal: NewLiteral, resource: Resource, world: World) -> Shared | None:
    """What else takes a literal; None where that is not known. What stands in the resource is its own."""
    if _inside(literal.span, resource):
        return _ALONE
    return world.sharing.shared(literal.span, resource) if world.sharing is not None else None


def _named(literal: NewLiteral, shared: Shared | None) -> NewLiteral:
    """A literal that has no name of its own is called after what it stands in."""
    unnamed = literal.what == _UNNAMED and shared is not None and shared.name
    return literal._replace(what=f"the value in {shared.name}") if unnamed and shared is not None else literal


def _turned(resource: Resource, world: World, control: Control, changes: _Changes) -> Iterator[Repair]:
    """For a condition that a literal decides: the other way, where that requires tokens, with all else that is due."""
    by = resource.generator.by if resource.generator is not None else None
    if by is not None and by.turn is not None:
        yield _repair(resource, world, _Changes((), (NewLiteral(by.span, by.turn.literal, by.what),)))
    key, value = control.key(Option.TOKENS), resource.option(Option.TOKENS)
    if key is None or not isinstance(value, Known | Absent):
        return
    kept = tuple(
        literal for literal in changes.literals if [literal.span] != [origin.span for origin in value.origins[-1:]]
    )
    for origin in value.origins:
        if origin.turn is not None and origin.turn.gives == key.secure:
            turned = NewLiteral(origin.span, origin.turn.literal, origin.what)
            yield _repair(resource, world, _Changes(changes.options, (*kept, turned)))


class _Changes(NamedTuple):
    """Options to write on the resource, and literals to change."""

    options: tuple[tuple[Option, str], ...]
    literals: tuple[NewLiteral, ...]


def _unplaced(resource: Resource) -> str:
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


def _changes(resource: Resource, control: Control) -> _Changes | Refusal:
    options: list[tuple[Option, str]] = []
    literals: list[NewLiteral] = []
    for key in _needed(control):
        value = resource.option(key.option)
        if key.option is Option.HOP_LIMIT and not isinstance(value, Absent):
            continue
        if key.option is Option.ENDPOINT and (_is_open(value, key) or _is_invalid(value, key)):
            continue
        for end in _ends(value):
            place = _decided_at(end)
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
    return _Changes(tuple(dict.fromkeys(options)), tuple(dict.fromkeys(literals)))


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


def _torn(literals: Iterable[NewLiteral]) -> str:
    """What would have to take two values at once; empty where nothing would."""
    values: dict[Span, str] = {}
    return next((one.what for one in literals if values.setdefault(one.span, one.value) != one.value), "")


def _inside(span: Span, resource: Resource) -> bool:
    """Whether a place is in the resource's own text, which no other code shares."""
    body = resource.body
    return span.path == body.path and body.start <= span.start < body.end


def _called(place: Origin, key: OptionKey, resource: Resource) -> str:
    """What a literal is called; one that stands in the argument's own expression has no other name."""
    if place.what != "here":
        return place.what
    return f"the value in {key.key}" if _inside(place.span, resource) else _UNNAMED


def _list_of(control: Control) -> str:
    """The innermost list of a path that passes the elements of some."""
    return [name for name, following in zip(control.path, control.path[1:], strict=False) if following == "*"][-1]


def _unreached(resource: Resource, world: World) -> Iterator[str]:
    """Who launches from the resource and does not get the repair: IMDS006 says more of these."""
    for use in world.uses(resource):
        version = kept(use.reference, resource, world, use.resource.scope)
        if version:
            yield f"{use.resource.address} launches {version}, which it does not change"


def _needed(control: Control) -> tuple[OptionKey, ...]:
    return tuple(key for key in control.keys if key.secure)


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


def _decided_at(value: Value) -> Origin | None:
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


def disruptions(resource: Resource, world: World) -> list[str]:
    """What applying the repair would disturb, a clause each."""
    told = [resource.entry.disruption] if resource.entry.disruption else []
    if resource.entry.collision and not isinstance(resource.name, Absent):
        told.append(resource.entry.collision)
    hops = resource.entry.hops
    if hops is not None and not _reaches(resource.option(Option.HOP_LIMIT), hops.least):
        told.append(hops.needed)
    if resource.ignores_changes:
        told.append("its lifecycle ignores changes of the options: what runs already keeps answering")
    if resource.reads_imds:
        told.append("its boot script calls IMDS without a token, and fails once tokens are required")
    for use in world.uses_ever(resource):
        if renews(use.resource, use.reference, resource, world):
            told.append(f"{_user(use)} {use.resource.entry.renewal}")
        if use.resource.reads_imds:
            told.append(f"the boot script of {_user(use)} calls IMDS without a token")
    return list(dict.fromkeys(told))


def _user(use: Use) -> str:
    """The address of what launches from something, with a clause that says where it is not created."""
    left_out = f", which is not created with these parameter values ({use.dormant})," if use.dormant else ""
    return f"{use.resource.address}{left_out}"


def _reaches(hop_limit: Value, least: int) -> bool:
    limits = [known_text(leaf) or "" for _, leaf in possibilities(hop_limit)]
    return all(limit.isdecimal() and int(limit) >= least for limit in limits)


def _in_branches(resource: Resource, changes: _Changes) -> str:
    """What is done, where some branches of a condition say something of tokens and others do not; else empty."""
    tokens = resource.option(Option.TOKENS)
    if not isinstance(tokens, Branches) or not changes.options or not changes.literals:
        return ""
    return f"require tokens whatever {tokens.condition} is"


def _message(resource: Resource, options: Iterable[tuple[Option, str]], literals: Iterable[NewLiteral]) -> str:
    keys = {key.option: key for key in resource.entry.control.keys} if resource.entry.control else {}
    parts = [f"{keys[option].key} to {keys[option].literal(value)}" for option, value in options]
    told = list(literals)
    more = len(told) - _MOST_TOLD if len(told) > _MOST_TOLD + 1 else 0
    parts += [f"{literal.what} to {literal.shown}" for literal in told[: len(told) - more]]
    parts += [f"{more} more alike"] if more else []
    return f"set {' and '.join(parts)}"
