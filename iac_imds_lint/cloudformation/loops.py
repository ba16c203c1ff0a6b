"""``Fn::ForEach``: what a loop writes, in the place where it stands.

Source: AWS CloudFormation Template Reference, "Fn::ForEach". Every ``${Identifier}`` in a key or a text of the body is
the item, ``&{Identifier}`` the item without what is no letter or digit, ``Ref`` of the identifier the item; the name
of a condition in ``Fn::If`` is left alone. Spans stay those of the body, which all its copies share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.budget import Budget
from iac_imds_lint.cloudformation.template import LOOP, Parsed, call_of, open_reason, undecided
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.node import Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.value import Branches, Known, Unknown, Value, known_text, shown

_SECTIONS = ("Conditions", "Resources", "Outputs")
_NAMED = re.compile(r"[$&]\{([0-9A-Za-z]+)\}")
_NO_LETTER = re.compile(r"[^0-9A-Za-z]+")

# The items that identifiers stand for; Unknown where the collection is not known.
_Items: TypeAlias = "Mapping[str, str | Unknown]"


class _Loop(NamedTuple):
    identifier: str
    collection: Node
    body: tuple[Member, ...]


def expanded(parsed: Parsed, value_of: Callable[[Node], Value], budget: Budget) -> Parsed:
    """The template with what its loops write; ``value_of`` says what a collection comes to.

    The body of a loop whose collection is not known is there once, its identifier undecided, and so is what is left
    of loops that would write too much.
    """
    writing = _Writing(value_of, budget)
    sections = [
        member._replace(value=writing.node(member.value, {})) if member.key in _SECTIONS else member
        for member in parsed.root.members
    ]
    return parsed._replace(root=parsed.root._replace(members=tuple(sections)))


class _Writing:
    """Writes copies of bodies, within a budget."""

    def __init__(self, value_of: Callable[[Node], Value], budget: Budget) -> None:
        self._value_of = value_of
        self._budget = budget

    def node(self, node: Node, items: _Items) -> Node:
        """A node with the items in place of their identifiers, the loops in it written out."""
        self._budget.spend(bool(items))
        call = call_of(node)
        match node:
            case Scalar(_, str(text), _):
                return _text(node, text, items)
            case _ if call is not None and call.function == "Ref" and _name(call.argument) in items:
                return _item(node, items[_name(call.argument)])
            case Tagged(span, _, inner):
                written = self._argument(inner, items, conditional=call is not None and call.function == "Fn::If")
                reason = open_reason(written)
                return undecided(span, reason) if reason is not None else node._replace(node=written)
            case tree.Mapping(span, (Member() as only,)) if call is not None and not only.key.startswith(LOOP):
                written = self._argument(only.value, items, conditional=call.function == "Fn::If")
                reason = open_reason(written)
                return (
                    undecided(span, reason)
                    if reason is not None
                    else node._replace(members=(only._replace(value=written),))
                )
            case tree.Mapping(_, members):
                return node._replace(members=tuple(self._members(members, items)))
            case Sequence():
                return node._replace(items=tuple([self.node(item, items) for item in node.items]))
            case _:
                return node

    def _argument(self, argument: Node, items: _Items, *, conditional: bool) -> Node:
        """The argument of a function; the name of a condition stays as it is."""
        match argument:
            case Sequence(_, (condition, *choices)) if conditional:
                return argument._replace(items=(condition, *[self.node(choice, items) for choice in choices]))
            case _:
                return self.node(argument, items)

    def _members(self, members: tuple[Member, ...], items: _Items) -> Iterator[Member]:
        for member in members:
            loop = _loop_of(member)
            if loop is not None:
                yield from self._turns(member, loop, items)
            else:
                yield member._replace(key=_key(member.key, items), value=self.node(member.value, items))

    def _turns(self, member: Member, loop: _Loop, items: _Items) -> Iterator[Member]:
        """What a loop writes, turn by turn."""
        name = member.key.removeprefix(LOOP)
        for item in self._items(loop.collection, name, items):
            self._budget.spend_turn()
            enough = self._budget.is_spent
            taken = Unknown("the loops of this template write more than is followed") if enough else item
            body = self._members(loop.body, {**items, loop.identifier: taken})
            yield from (one._replace(aliased=one.aliased or member.aliased) for one in body)
            if enough:
                return

    def _items(self, collection: Node, name: str, items: _Items) -> tuple[str | Unknown, ...]:
        match self._value_of(self.node(collection, items)):
            case Known(tuple(found)):
                return tuple(dict.fromkeys(_flat(found, name)))
            case Unknown(reason):
                return (Unknown(f"the collection of the loop {name} is not known: {reason}"),)
            case Branches(condition):
                return (Unknown(f"the collection of the loop {name} depends on {condition}"),)
            case _:
                return (Unknown(f"the collection of the loop {name} is no list"),)


def _flat(found: tuple[Value, ...], name: str) -> Iterator[str | Unknown]:
    """The items of a collection, in which a reference to a list stands for the items of that."""
    for value in found:
        match value:
            case Known(tuple(inner)):
                yield from (_single(one, name) for one in inner)
            case _:
                yield _single(value, name)


def _single(value: Value, name: str) -> str | Unknown:
    text = shown(value, "")
    if text or known_text(value) == "":
        return text
    reason = f": {value.reason}" if isinstance(value, Unknown) else ""
    return Unknown(f"an item of the loop {name} is not known{reason}")


def _loop_of(member: Member) -> _Loop | None:
    match member.value:
        case Sequence(_, (Scalar(_, str(identifier), _), collection, tree.Mapping(_, body))) if member.key.startswith(
            LOOP
        ):
            return _Loop(identifier, collection, body)
        case _:
            return None


def _name(argument: Node) -> str:
    return argument.content if isinstance(argument, Scalar) and isinstance(argument.content, str) else ""


def _item(node: Node, item: str | Unknown) -> Node:
    if isinstance(item, Unknown):
        return undecided(node.span, item.reason)
    return Scalar(node.span, item, quoted=True, computed=True)


def _text(node: Scalar, text: str, items: _Items) -> Node:
    """A text with the items in it; one that holds an item that is not known is not known."""
    named = [items[name] for name in _NAMED.findall(text) if name in items] if items else []
    stopped = next((item for item in named if isinstance(item, Unknown)), None)
    if stopped is not None:
        return undecided(node.span, stopped.reason)
    return node._replace(content=_key(text, items), computed=True) if named else node


def _key(text: str, items: _Items) -> str:
    """A text with the items that are known in it; the others stay as they are written."""
    return _NAMED.sub(lambda match: _replacement(match[0], items.get(match[1])), text) if items else text


def _replacement(written: str, item: str | Unknown | None) -> str:
    if not isinstance(item, str):
        return written
    return _NO_LETTER.sub("", item) if written.startswith("&") else item
