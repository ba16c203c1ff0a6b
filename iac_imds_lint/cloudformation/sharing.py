"""What else a literal decides that is to be changed: a parameter's default or its value in a file, a mapping's entry,
or what a stack passes to one that it nests.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from iac_imds_lint.cloudformation import parameter_files, users
from iac_imds_lint.cloudformation.template import Parsed, edited
from iac_imds_lint.cloudformation.users import Use, Uses
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.node import Member
from iac_imds_lint.model import MOST_USERS, Resource, Shared, User
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources


class _Taken(NamedTuple):
    """What takes a value, but for what is ``dropped``, by what it is."""

    uses: Uses
    dropped: set[str]


class _Decision(NamedTuple):
    """What a literal is called, and what takes it first; ``is_open`` where code that is not here may take it too."""

    name: str
    uses: list[Uses]
    is_open: bool


def shared(sources: Sources, place: Span, resource: Resource) -> Shared | None:
    """What takes the literal at a place besides the options of a resource; None where that is not known."""
    source = sources.read(place.path)
    decision = _decision(sources, resource, source, place) if isinstance(source, SourceFile) else None
    if decision is None:
        return None
    taken = _taken(sources, resource, decision.uses)
    others = (use for one in taken for what, use in one.uses.every.items() if what not in one.dropped)
    users = tuple(User(use.span, use.what) for use in islice(others, MOST_USERS))
    return Shared(decision.name, users, decision.is_open or resource.included)


def _decision(sources: Sources, resource: Resource, source: SourceFile, place: Span) -> _Decision | None:
    parsed = edited(source, place.start)
    if not isinstance(parsed, Parsed):
        name = _name_in_file(source, place)
        root = resource.calls[0] if resource.calls else resource.head
        told = f"parameter {name} in {place.path}"
        return _Decision(told, _named(sources, root, name), is_open=True) if name else None
    there = users.index(source, place.start)
    if there is None:
        return None
    if parameter := _holding(parsed.section("Parameters"), place):
        told = f"the default of parameter {parameter.key}"
        return _Decision(told, _under(there, parameter.key), is_open=True)
    if entry := _entry(parsed, place):
        mapping, row, column = entry
        return _Decision(f"the entry {row}.{column} of mapping {mapping}", there.entry(*entry), is_open=True)
    stack = _holding(parsed.section("Resources"), place)
    passed = _passed(stack, place) if stack and stack.key_span in resource.calls else ""
    if not stack or not passed:
        return None
    told = f"parameter {passed} of stack {stack.key}"
    (uses := Uses()).add(Use(place, told, stack.key_span, passed=passed))
    return _Decision(told, [uses], is_open=False)


def _taken(sources: Sources, resource: Resource, first: Iterable[Uses]) -> list[_Taken]:
    """The uses, without the resource's own options; what the template does with the parameter, in place of a stack that
    leads there.
    """
    taken = [_Taken(uses, _own(uses, resource)) for uses in first]
    for call, following in zip(resource.calls, (*resource.calls, resource.head)[1:], strict=True):
        for one in list(taken):
            for use in one.uses.within(call):
                if use.passed:
                    one.dropped.add(use.what)
                    more = _named(sources, following, use.passed)
                    taken += [_Taken(uses, _own(uses, resource)) for uses in more]
    return taken


def _own(uses: Uses, resource: Resource) -> set[str]:
    """The uses that are the resource's own options."""
    control = resource.entry.control
    own = {key.key for key in control.keys} if control else set()
    return {use.what for use in uses.within(resource.head) if use.key in own}


def _named(sources: Sources, there: Span, name: str) -> list[Uses]:
    """The uses of a parameter in the template around a place."""
    source = sources.read(there.path)
    found = users.index(source, there.start) if isinstance(source, SourceFile) else None
    return _under(found, name) if found else []


def _under(found: users.Index, name: str) -> list[Uses]:
    return [found.named[name]] if name in found.named else []


def _name_in_file(source: SourceFile, span: Span) -> str:
    """The name of the parameter whose value stands at a place in a file of such; empty where none does."""
    values = parameter_files.read(source)
    found = () if isinstance(values, Problem) else values.items()
    return next((name for name, written in found if written.span == span), "")


def _entry(parsed: Parsed, span: Span) -> tuple[str, str, str] | None:
    """The mapping that holds an entry, and its two keys."""
    table = _holding(parsed.section("Mappings"), span)
    row = _holding(_members(table), span)
    column = _holding(_members(row), span)
    return (table.key, row.key, column.key) if table and row and column else None


def _passed(stack: Member, span: Span) -> str:
    """The parameter for which a nested stack holds a value; empty where that is not told by a key."""
    properties = _holding(_members(stack), span)
    parameters = _holding(_members(properties), span)
    passed = _holding(_members(parameters), span)
    return passed.key if passed and parameters and parameters.key == "Parameters" else ""


def _members(member: Member | None) -> tuple[Member, ...]:
    return member.value.members if member and isinstance(member.value, tree.Mapping) else ()


def _holding(members: Iterable[Member], span: Span) -> Member | None:
    """The member in whose value a place is."""
    return next((one for one in members if one.value.span.start <= span.start < one.value.span.end), None)
