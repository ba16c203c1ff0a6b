"""How a resource comes to require IMDSv2: which options to write, which literal to change, and how safe that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iac_imds_lint import bootscript
from iac_imds_lint.catalog.schema import Control, Option, OptionKey
from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import NewArgument, NewLiteral, Repair
from iac_imds_lint.model import Generator, Resource, Shared, Silent, User
from iac_imds_lint.posture import Use, World
from iac_imds_lint.rules.changes import (
    UNNAMED,
    Changes,
    changes_of,
    decided_at,
    is_inside,
    needed,
    torn_between,
    unplaced,
)
from iac_imds_lint.rules.versions import kept, renews
from iac_imds_lint.script import Harm
from iac_imds_lint.value import Absent, Branches, Known, Value, known_text, possibilities

# In more calls than these no argument is offered to be passed.
_MOST_CALLS = 5
# More literals are counted.
_MOST_TOLD = 2


def require_tokens(resource: Resource, world: World) -> Repair | Refusal:
    """The repair that makes a resource require tokens, or why there is none.

    ``http_endpoint`` is always written beside ``http_tokens``: the provider and the API have dropped or refused the one
    without the other (terraform-provider-aws issues 25547 and 30107; EC2 User Guide, configuring-IMDS-new-instances).
    """
    control = resource.entry.control
    reason = unplaced(resource)
    if reason or control is None:
        return Refusal(reason or resource.entry.undecided)
    if resource.generator is not None and not resource.generator.always:
        return _generated(resource, world, resource.generator, control)
    changes = changes_of(resource, control)
    if isinstance(changes, Refusal):
        return changes
    torn = torn_between(changes.literals)
    if torn:
        return Refusal(f"{torn} decides two options that take different values: write them apart")
    repair = _repair(resource, world, changes, _in_branches(resource, changes))
    preferred = _passed(_preferred(repair, list(_turned(resource, world, control, changes))), resource, world)
    return preferred._replace(alternatives=(*preferred.alternatives, *_on_itself(repair, resource, control)))


def _on_itself(repair: Repair, resource: Resource, control: Control) -> Iterator[Repair]:
    """For values that are shared: the options of the resource by themselves, which share nothing any more.

    That is no first choice, though it is safe: what decided them would decide nothing, and say that it does.
    """
    values = [(key, resource.option(key.option)) for key in needed(control)]
    written = [(key, value.origins[0].span) for key, value in values if isinstance(value, Known) and value.origins]
    here = [(key, span) for key, span in written if is_inside(span, resource) and _is_changed(key, repair, resource)]
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
    place = decided_at(resource.option(key.option))
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
    return _repair(resource, world, Changes((), (NewLiteral(by.span, by.turn.literal, by.what),)))


def _preferred(written: Repair, turned: list[Repair]) -> Repair:
    """The value that is taken is written anew, unless the condition can be turned and decides nothing else."""
    alone = [repair for repair in turned if not repair.shared and repair.applicability >= written.applicability]
    first, others = (alone[0], [written, *turned]) if alone else (written, turned)
    return first._replace(alternatives=tuple(other for other in others if other is not first))


def _repair(resource: Resource, world: World, changes: Changes, message: str = "") -> Repair:
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
    if is_inside(literal.span, resource):
        return _ALONE
    return world.sharing.shared(literal.span, resource) if world.sharing is not None else None


def _named(literal: NewLiteral, shared: Shared | None) -> NewLiteral:
    """A literal that has no name of its own is called after what it stands in."""
    unnamed = literal.what == UNNAMED and shared is not None and shared.name
    return literal._replace(what=f"the value in {shared.name}") if unnamed and shared is not None else literal


def _turned(resource: Resource, world: World, control: Control, changes: Changes) -> Iterator[Repair]:
    """For a condition that a literal decides: the other way, where that requires tokens, with all else that is due."""
    by = resource.generator.by if resource.generator is not None else None
    if by is not None and by.turn is not None:
        yield _repair(resource, world, Changes((), (NewLiteral(by.span, by.turn.literal, by.what),)))
    key, value = control.key(Option.TOKENS), resource.option(Option.TOKENS)
    if key is None or not isinstance(value, Known | Absent):
        return
    kept = tuple(
        literal for literal in changes.literals if [literal.span] != [origin.span for origin in value.origins[-1:]]
    )
    for origin in value.origins:
        if origin.turn is not None and origin.turn.gives == key.secure:
            turned = NewLiteral(origin.span, origin.turn.literal, origin.what)
            yield _repair(resource, world, Changes(changes.options, (*kept, turned)))


def _unreached(resource: Resource, world: World) -> Iterator[str]:
    """Who launches from the resource and does not get the repair: IMDS006 says more of these."""
    for use in world.uses(resource):
        version = kept(use.reference, resource, world, use.resource.scope)
        if version:
            yield f"{use.resource.address} launches {version}, which it does not change"


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
    if breaks := _breaking(resource):
        told.append(f"its boot script {breaks} (IMDS007), and fails once tokens are required")
    for use in world.uses_ever(resource):
        if renews(use.resource, use.reference, resource, world):
            told.append(f"{_user(use)} {use.resource.entry.renewal}")
        if breaks := _breaking(use.resource):
            told.append(f"the boot script of {_user(use)} {breaks} (IMDS007)")
    return list(dict.fromkeys(told))


def _breaking(resource: Resource) -> str:
    """What in the boot script of a resource breaks once tokens are required, as far as that can be seen."""
    harms = {one.call.harm for one in bootscript.calls(resource.boot)}
    if Harm.NO_TOKEN in harms:
        return "calls IMDS without a token"
    return "uses what is too old for tokens" if harms else ""


def _user(use: Use) -> str:
    """The address of what launches from something, with a clause that says where it is not created."""
    left_out = f", which is not created with these parameter values ({use.dormant})," if use.dormant else ""
    return f"{use.resource.address}{left_out}"


def _reaches(hop_limit: Value, least: int) -> bool:
    limits = [known_text(leaf) or "" for _, leaf in possibilities(hop_limit)]
    return all(limit.isdecimal() and int(limit) >= least for limit in limits)


def _in_branches(resource: Resource, changes: Changes) -> str:
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
