"""What statements of policies that are to enforce IMDSv2 let through, or deny beside that: only what is certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from iac_imds_lint.access import (
    ENDPOINT,
    HOP_LIMIT,
    INSTANCES,
    MODIFIED_ENDPOINT,
    MODIFIED_HOP_LIMIT,
    MODIFIED_TOKENS,
    ROLE_DELIVERY,
    TOKENS,
    Request,
    concerns,
    everybody,
    everything,
    holds,
    known_key,
    meant_key,
    operator,
    reaches_instances,
)
from iac_imds_lint.source import Span
from iac_imds_lint.statements import Entry, Patterns, Statement, Word
from iac_imds_lint.value import Origin

_LAUNCHING = "ec2:RunInstances"
_MODIFYING = "ec2:ModifyInstanceMetadataOptions"
# Service Authorization Reference, "Amazon EC2" and "Amazon EC2 Auto Scaling": no request of these has such a key.
_WITHOUT_KEYS = frozenset(
    {
        "ec2:createlaunchtemplate",
        "ec2:createlaunchtemplateversion",
        "ec2:modifylaunchtemplate",
        "ec2:requestspotfleet",
        "ec2:requestspotinstances",
        "autoscaling:createautoscalinggroup",
        "autoscaling:updateautoscalinggroup",
        "autoscaling:createlaunchconfiguration",
    }
)
_NO_KEY: Request = dict.fromkeys(
    (TOKENS, ENDPOINT, HOP_LIMIT, MODIFIED_TOKENS, MODIFIED_ENDPOINT, MODIFIED_HOP_LIMIT), None
)
# The keys whose other entries narrow down who is denied, and not on which resource of a launch.
_OF_WHO = ("aws:principal", "aws:requestedregion")


class Weakness(NamedTuple):
    """What is wrong with a statement: ``effect`` is what it does in place of enforcing IMDSv2, ``cause`` a clause that
    says why, ``remedy`` what to write.

    ``span`` is where that stands, ``new`` the text to write in place of a literal, ``sid`` the statement's name.
    """

    span: Span | None
    effect: str
    cause: str
    remedy: str
    new: tuple[Origin, str] | None = None
    sid: str = ""


class _Aim(NamedTuple):
    """What a key is for: the action by which it is there, requests that lead to IMDSv1 and one that does not, in words
    as well; and what all requests are called.
    """

    key: str
    action: str
    old: tuple[Request, ...]
    new: Request
    old_told: str
    new_told: str
    every: str
    wanted: str


def _launch(tokens: str, hops: str) -> Request:
    return {**_NO_KEY, TOKENS: tokens, ENDPOINT: "enabled", HOP_LIMIT: hops}


def _change(tokens: str, endpoint: str | None, hops: str | None) -> Request:
    return {MODIFIED_TOKENS: tokens, MODIFIED_ENDPOINT: endpoint, MODIFIED_HOP_LIMIT: hops}


_AIMS = (
    _Aim(
        TOKENS,
        _LAUNCHING,
        tuple(_launch("optional", hops) for hops in ("1", "64")),
        _launch("required", "1"),
        "launches that leave IMDSv1 on",
        "launches that require IMDSv2",
        "every launch, those that require IMDSv2 too",
        f'Deny {_LAUNCHING} on {INSTANCES} where StringNotEquals {TOKENS} "required"',
    ),
    _Aim(
        MODIFIED_TOKENS,
        _MODIFYING,
        tuple(_change("optional", *rest) for rest in product(("enabled", None), ("1", "64", None))),
        _change("required", "enabled", "1"),
        "changes that turn IMDSv1 on",
        "changes that require IMDSv2",
        "every change of tokens, those that require IMDSv2 too",
        f'Deny {_MODIFYING} where StringNotEquals {MODIFIED_TOKENS} "required" and Null {MODIFIED_TOKENS} "false"',
    ),
    _Aim(
        ROLE_DELIVERY,
        "",
        ({ROLE_DELIVERY: "1.0"},),
        {ROLE_DELIVERY: "2.0"},
        "requests with credentials that IMDSv1 delivered",
        "requests with credentials that IMDSv2 delivered",
        "every request with an instance's credentials, those that IMDSv2 delivered too",
        f'Deny where NumericLessThan {ROLE_DELIVERY} "2.0"',
    ),
)


def weaknesses(document: Sequence[Statement]) -> Iterator[Weakness]:
    """What keeps the statements of one policy from enforcing IMDSv2, the first thing of each."""
    held = frozenset(aim.key for aim in _AIMS if any(_denies(one, aim) for one in document))
    for statement in document:
        found = (_weakness(statement, aim, held) for aim in _AIMS if _means(statement, aim.key))
        first = next((one for one in found if one is not None), None)
        if first is not None:
            yield first._replace(sid=statement.sid)


def _means(statement: Statement, key: str) -> bool:
    """Whether a statement compares a key, or what is written in its place."""
    return any(_key(entry) == key and operator(entry.operator.text or "").base != "null" for entry in statement.entries)


def _key(entry: Entry) -> str | None:
    return known_key(entry.key) or meant_key(entry.key)


def _weakness(statement: Statement, aim: _Aim, held: frozenset[str]) -> Weakness | None:
    match statement.effect.text:
        case "Deny":
            return _of_denying(statement, aim, held)
        case "Allow":
            return _of_allowing(statement, aim) if aim.key not in held else None
        case _:
            return None


def _of_allowing(statement: Statement, aim: _Aim) -> Weakness | None:
    """A statement that is to deny, and allows."""
    entry = next(one for one in statement.entries if _key(one) == aim.key)
    found = operator(entry.operator.text or "")
    copied = found.negated or found.base.startswith("numericless")
    about = not aim.action or concerns(statement, aim.action) is True
    inverted = all(_ours(statement, one) for one in aim.old) and _ours(statement, aim.new) is False
    if not (copied and about and inverted):
        return None
    effect = f"allows {aim.old_told}, and denies nothing"
    return Weakness(statement.effect.span, effect, "its effect is Allow", f"write: {aim.wanted}")


def _of_denying(statement: Statement, aim: _Aim, held: frozenset[str]) -> Weakness | None:
    if not aim.action:
        return _by_requests(statement, aim, held)
    about = concerns(statement, aim.action)
    if about is False:
        return _without_key(statement, aim, held)
    if about is None:
        return None
    if aim.key == TOKENS and reaches_instances(statement) is False:
        return _elsewhere(statement, aim, held)
    return _by_requests(statement, aim, held) or _on_all_resources(statement, aim) or _on_launches(statement, aim)


def _by_requests(statement: Statement, aim: _Aim, held: frozenset[str]) -> Weakness | None:
    """By the requests that are to be denied, and the one that is not."""
    passing = next((one for one in aim.old if _ours(statement, one) is False), None)
    if passing is not None:
        inverted = _ours(statement, aim.new) is True
        if not inverted and aim.key in held:
            return None
        culprit = next(one for one in statement.entries if holds(one, passing) is False)
        effect = (
            f"denies {aim.new_told} and lets {aim.old_told} through" if inverted else f"does not deny {aim.old_told}"
        )
        return _because(culprit, aim, effect, passing)
    if statement.whole and all(_ours(statement, one) for one in (*aim.old, aim.new)):
        culprit = next(one for one in statement.entries if _key(one) == aim.key)
        return _because(culprit, aim, f"denies {aim.every}", aim.new)
    return None


def _ours(statement: Statement, request: Request) -> bool | None:
    """Whether the entries whose keys decide about IMDS hold for a request; others may."""
    found = [(holds(entry, request), _key(entry)) for entry in statement.entries]
    if any(one is False for one, _ in found):
        return False
    return True if all(one is True for one, key in found if key is not None) else None


def _denies(statement: Statement, aim: _Aim) -> bool:
    """Whether a statement denies what is to be denied, if not to everybody."""
    if statement.effect.text != "Deny" or (aim.action and concerns(statement, aim.action) is False):
        return False
    if aim.key == TOKENS and reaches_instances(statement) is False:
        return False
    about = not statement.entries or _means(statement, aim.key)
    return about and all(_ours(statement, one) is True for one in aim.old)


def _because(entry: Entry, aim: _Aim, effect: str, request: Request) -> Weakness:
    """The weakness that an entry is the cause of."""
    remedy = f"write: {aim.wanted}"
    if (meant := meant_key(entry.key)) is not None:
        return Weakness(entry.key.span, effect, f"there is no condition key {entry.key.text}: {meant} is", remedy)
    if (all_of_them := everybody(entry)) is not None:
        place = all_of_them.span or entry.key.span
        return Weakness(place, effect, "everybody is among those that it leaves out", "name those that are left out")
    if _key(entry) != aim.key:
        pair = f"{known_key(entry.key)} = {request.get(known_key(entry.key) or '')}"
        cause = f"all its conditions have to hold, and {entry.operator.text} does not for {pair}"
        return Weakness(entry.key.span, effect, cause, "give each condition a statement of its own")
    return _of_value(entry, effect, remedy) or _of_operator(entry, effect, remedy)


def _of_value(entry: Entry, effect: str, remedy: str) -> Weakness | None:
    """A value that EC2 spells otherwise."""
    if operator(entry.operator.text or "").base != "stringequals":
        return None
    for value in entry.values:
        right = (value.text or "").strip().lower()
        if right in ("required", "optional") and right != value.text:
            cause = f'"{value.text}" is compared to the letter, and EC2 says "{right}"'
            return Weakness(value.span, effect, cause, remedy, value.literal and (value.literal, right))
    return None


def _of_operator(entry: Entry, effect: str, remedy: str) -> Weakness:
    """An operator that holds for what it is not to hold for."""
    word, found = entry.operator, operator(entry.operator.text or "")
    values = " or ".join(f'"{value.text}"' for value in entry.values)
    cause = f"its condition is {word.text} {entry.key.text} {values}"
    right = f"StringNotEquals{'IfExists' if found.if_exists else ''}"
    mended = found == operator(right)._replace(negated=False) and [one.text for one in entry.values] == ["required"]
    new = (word.literal, right) if mended and word.literal else None
    return Weakness(word.span, effect, cause, remedy, new)


def _elsewhere(statement: Statement, aim: _Aim, held: frozenset[str]) -> Weakness | None:
    """What is on resources of a launch that are no instances: their requests have none of the keys."""
    resources = statement.resources or Patterns(())
    cause = f"{_quoted(resources)} is no instance, and {aim.key} is there for instances only"
    return _absent(statement, aim, held, _first(resources), cause)


def _without_key(statement: Statement, aim: _Aim, held: frozenset[str]) -> Weakness | None:
    """What is about actions whose requests have none of the keys."""
    actions = statement.actions
    named = [(one.text or "").lower() for one in actions.words] if actions and not actions.negated else []
    elsewhere = _WITHOUT_KEYS | ({_LAUNCHING.lower()} if aim.key == MODIFIED_TOKENS else set())
    if actions is None or not named or not elsewhere.issuperset(named):
        return None
    cause = f"requests of {_quoted(actions)} have no {aim.key}: those of {aim.action} do"
    return _absent(statement, aim, held, _first(actions), cause)


def _absent(statement: Statement, aim: _Aim, held: frozenset[str], place: Word | None, cause: str) -> Weakness | None:
    """The weakness of a statement on requests that have none of the keys."""
    denied = _ours(statement, _NO_KEY)
    span, remedy = place.span if place else statement.span, f"write: {aim.wanted}"
    if denied is False and aim.key not in held:
        return Weakness(span, f"does not deny {aim.old_told}", cause, remedy)
    if denied is True and _is_of_who(statement):
        return Weakness(span, "denies every request that it is about", cause, remedy)
    return None


def _on_all_resources(statement: Statement, aim: _Aim) -> Weakness | None:
    """A launch is authorised for each of its resources, of which the instance alone has the keys.

    Sources: EC2 User Guide, "Launch instances (RunInstances)" (what a launch needs permission for); Service
    Authorization Reference, "Amazon EC2", RunInstances (the keys of each resource type).
    """
    place = everything(statement.resources)
    if aim.key != TOKENS or place is None or _ours(statement, _NO_KEY) is not True or not _is_of_who(statement):
        return None
    cause = f"it counts for the AMI, the subnet and all else that a launch needs, which have no {aim.key}"
    new = (place.literal, INSTANCES) if place.literal and place.text == "*" and _is_for_launches(statement) else None
    effect = f"denies {aim.every}"
    return Weakness(place.span, effect, cause, f"write {INSTANCES} as its resource", new)


def _is_for_launches(statement: Statement) -> bool:
    words = statement.actions.words if statement.actions and not statement.actions.negated else ()
    return [(one.text or "").lower() for one in words] == [_LAUNCHING.lower()]


def _on_launches(statement: Statement, aim: _Aim) -> Weakness | None:
    """What is for changes, and counts for launches, whose requests have no such key."""
    about = aim.key == MODIFIED_TOKENS and concerns(statement, _LAUNCHING) is True
    if not about or _ours(statement, _NO_KEY) is not True or not _is_of_who(statement):
        return None
    place = _first(statement.actions or Patterns(()))
    cause = f"launches have no {aim.key}, and an absent key is none that equals"
    remedy = f"give launches a statement of their own, with {TOKENS}"
    return Weakness(place.span if place else statement.span, "denies every launch", cause, remedy)


def _is_of_who(statement: Statement) -> bool:
    """Whether all that is not about IMDS says who is denied, so that what others do is denied for any resource."""
    other = [(one.key.text or "").lower() for one in statement.entries if _key(one) is None]
    return statement.whole and all(key.startswith(_OF_WHO) for key in other)


def _quoted(patterns: Patterns) -> str:
    return " or ".join(dict.fromkeys(f'"{one.text}"' for one in patterns.words[:3]))


def _first(patterns: Patterns) -> Word | None:
    return next(iter(patterns.words), None)
