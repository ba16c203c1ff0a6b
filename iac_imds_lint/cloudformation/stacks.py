"""A stack with all that it nests: each template under the parameters that its parent passes."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog import Dialect, Entry, entries, names_policy_keys, policy_entries
from iac_imds_lint.cloudformation import cdk, includes, loops, metadata, nested
from iac_imds_lint.cloudformation.boot import Boot
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.family import NOTHING, Family, Read, Told, together, told_together
from iac_imds_lint.cloudformation.places import Place
from iac_imds_lint.cloudformation.resources import body, resource
from iac_imds_lint.cloudformation.template import LOOP, Parsed, is_module, open_reason, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar
from iac_imds_lint.model import TEMPLATE_ROLES, Dormant, Resource
from iac_imds_lint.source import Problem, SourceFile, Span, Uncreated, Unfollowed
from iac_imds_lint.value import (
    Absent,
    Asked,
    Branches,
    Known,
    Origin,
    Unknown,
    Value,
    answered,
    bounded,
    known_text,
    places,
    shown,
)

# What becomes of a resource whose condition cannot be evaluated.
AS_IF_CREATED = "is judged as if it were created"

# Stacks that are nested deeper are not followed: each costs some of Python's frames.
_DEEPEST = 20

# What is given for the parameters that a template, its includes in their places, declares.
Giving: TypeAlias = "Callable[[Parsed], Names[str, Value]]"


class Nesting(NamedTuple):
    """Where a stack is: the templates of those that lead to it, outermost first, and its own; what precedes its
    logical IDs, the places of the stacks that lead to it, all that these say and what decided whether they are there,
    whether it is created for certain, and where the values stand that the user gave.
    """

    above: tuple[str, ...]
    prefix: str = ""
    calls: tuple[Span, ...] = ()
    leading: tuple[Span, ...] = ()
    deciding: tuple[Span, ...] = ()
    certain: bool = True
    chosen: frozenset[Origin] = frozenset()

    def below(self, opening: _Opening, path: str) -> Nesting:
        """Where the stack is that a member of ``Resources`` nests."""
        return Nesting(
            above=(*self.above, path),
            prefix=f"{self.prefix}{opening.name}/",
            calls=(*self.calls, opening.member.key_span),
            leading=(*self.leading, body(opening.member)),
            deciding=(*self.deciding, *opening.deciding),
            certain=self.certain and opening.certain and not opening.taken,
            chosen=self.chosen,
        )


class _Opening(NamedTuple):
    """A resource that nests a stack: whether it is created for certain, the family of the stack, what decided whether
    it is created, and the choices that were taken, by their labels, of those that undecided conditions leave for where
    its template is.
    """

    member: Member
    certain: bool
    family: Family
    deciding: tuple[Span, ...] = ()
    taken: tuple[tuple[Branches, str], ...] = ()

    @property
    def name(self) -> str:
        """What the stack is called: two that one resource may nest have two names."""
        answers = " and ".join(label for _, label in self.taken)
        return f"{self.member.key}[{answers}]" if answers else self.member.key

    def assuming(self, location: Branches, label: str) -> _Opening:
        """The same with one more choice."""
        return self._replace(taken=(*self.taken, (location, label)))

    def value(self, value: Value) -> Value:
        """What a value is where these choices were taken."""
        for location, label in self.taken:
            supposed = answered(value, location, label)
            if supposed is None:
                return Unknown(f"it has no value where {label}")
            value = supposed
        return value


class _Choice(NamedTuple):
    """The stacks, or why there are none, that a resource nests by what decides its template's ``location``."""

    location: Branches
    ways: tuple[tuple[str, _Nested], ...]


_Nested: TypeAlias = "Stack | _Choice | str"


class _Child(NamedTuple):
    """What a resource nests, or why nothing is read; and what is to be told of that, beside what the stack says."""

    nested: _Nested
    told: Told = Told()

    def read(self) -> Read:
        """What all that it may nest launches."""
        return together([Read(told=self.told), *(stack.read() for stack in _stacks(self.nested))])


class _Completed(NamedTuple):
    """A template with what its includes and loops write, the files that were included, and what is to be told."""

    parsed: Parsed
    files: includes.Files
    told: Told


class Stack:
    """One template with the values of its parameters; ``declared`` are the names of those."""

    def __init__(self, family: Family, written: Parsed, giving: Giving, at: Nesting) -> None:
        family.budget.spend_stack(written.source.text)
        self._family = family
        completed = _completed(family, written, giving)
        parsed = completed.parsed
        given = giving(parsed)
        self._included = completed.files
        self._source = written.source
        self._is_broken = written.problem is not None
        self.declared = frozenset(member.key for member in parsed.section("Parameters"))
        self._at = at if at.calls else at._replace(chosen=frozenset(_places(given)))
        self._members = {member.key: member for member in parsed.resources()}
        self._outputs = {member.key: member for member in parsed.section("Outputs")}
        self.scope = Scope(parsed, given, at.prefix, self._output)
        self._boot = Boot(self.scope, self._members, self._file)
        self._made = cdk.paths(parsed) if cdk.KEY in written.source.text else frozenset()
        self._children: dict[str, _Child] = {}
        self._told = told_together([completed.told, _said(written)])

    def read(self) -> Read:
        """What the stack launches, with the stacks that it nests."""
        return together([Read(told=self._told), *map(self._member, self._members.values())])

    def _member(self, member: Member) -> Read:
        kind = type_of(member)
        entry, holder = entries(Dialect.CLOUDFORMATION).get(kind), self._holders.get(kind)
        if holder is not None:
            policy = self._policy(member, holder)
            return policy if entry is None else together([self._own(member, entry), policy])
        if entry is not None:
            return self._own(member, entry)
        if kind in nested.LOCATIONS:
            return together([self._child(member.key).read(), self._resting(member)])
        return Read(told=self._module(member)) if is_module(kind) else NOTHING

    @cached_property
    def _holders(self) -> Names[str, Entry]:
        """The rows of what holds policies, if one may have a condition on IMDS."""
        return policy_entries(Dialect.CLOUDFORMATION) if names_policy_keys(self._source.utf8) else {}

    def _policy(self, member: Member, entry: Entry) -> Read:
        """A resource that holds policies, of which nothing is told where it is not created."""
        created = self.scope.launches(member)
        return NOTHING if _is(created, False) else Read((self._resource(member, entry, created),))

    def _own(self, member: Member, entry: Entry) -> Read:
        created = self.scope.launches(member)
        made = self._resource(member, entry, created)
        if _is(created, False):
            shares = made.references or made.entry.role in TEMPLATE_ROLES
            dormant = (Dormant(made, _why(member)),) if shares else ()
            return Read(dormant=dormant, told=self._left_out(member, created))
        problems = tuple(self._broken(member, created.reason)) if isinstance(created, Unknown) else ()
        return Read((made,), told=Told(problems=problems))

    def _file(self, path: str) -> SourceFile | None:
        source = self._family.sources.read(path)
        return source if isinstance(source, SourceFile) else None

    def _resource(self, member: Member, entry: Entry, created: Value) -> Resource:
        source = self._family.sources.read(member.key_span.path)
        written_in = source if isinstance(source, SourceFile) else self._source
        made = resource(written_in, self.scope, member, entry)
        if scripts := self._boot.scripts(member, entry):
            made = replace(made, boot=scripts)
        construct = cdk.construct(member, entry, self._made, is_output=self._is_output) if self._made else None
        include = self._included.get(member.key_span.path)
        calls = self._at.calls if include is None else (*self._at.calls, include)
        certain = self._at.certain and _is(created, True)
        deciding = (*self._at.deciding, *places(created))
        if construct or calls or deciding or not certain:
            included = include is not None
            leading = self._at.leading if include is None else (*self._at.leading, include)
            made = replace(made, calls=calls, leading=leading, deciding=deciding, included=included)
            made = replace(made, certain=certain, construct=construct)
        return made

    @property
    def _is_output(self) -> bool:
        return cdk.is_output(self._source.path, self._family.sources)

    def _broken(self, member: Member, reason: str) -> Iterator[Problem]:
        """The problem of a resource whose condition cannot be evaluated."""
        condition = member.value.get("Condition") if isinstance(member.value, Mapping) else None
        source = self._family.sources.read(member.key_span.path)
        if (
            self._is_broken
            or condition is None
            or open_reason(condition) is not None
            or not isinstance(source, SourceFile)
        ):
            return
        words = f"{reason}; {member.key} {AS_IF_CREATED}"
        yield Problem(source.path, words, source.position(condition.span.start), is_whole=False)

    def _left_out(self, member: Member, created: Value) -> Told:
        """What is to be told of a resource that is not created."""
        left = (Span(member.key_span.path, member.key_span.start, member.value.span.end),)
        deciding = created.origins if isinstance(created, Known) else ()
        if deciding and self._at.chosen.issuperset(map(_place, deciding)):
            return Told(left_out=left)
        told = Uncreated(self._at.prefix + member.key, _condition(member), member.key_span.path)
        return Told(uncreated=(told,), left_out=left)

    def _module(self, member: Member) -> Told:
        if _is(self.scope.launches(member), False):
            return Told()
        told = f"{type_of(member)}, a module of the CloudFormation registry"
        return Told(unfollowed=(Unfollowed(self._at.prefix + member.key, told, member.key_span.path),))

    def _child(self, name: str) -> _Child:
        """What a resource nests; why nothing, where it is not read."""
        if name not in self._children:
            self._children[name] = _Child("its own outputs decide its parameters")
            self._children[name] = self._nested(self._members[name])
        return self._children[name]

    def _nested(self, member: Member) -> _Child:
        created = self.scope.launches(member)
        if _is(created, False):
            return _Child(f"it is not created, for {_why(member)}", self._left_out(member, created))
        certain = _is(created, True) and type_of(member) != nested.STACK_SET
        opening = _Opening(member, certain, self._family, tuple(places(created)))
        return self._opened(opening, nested.location(self.scope, member))

    def _resting(self, member: Member) -> Read:
        """What a resource would nest if it were created, as far as it launches from what others may share."""
        if not _is(self.scope.launches(member), False):
            return NOTHING
        opening = _Opening(member, certain=False, family=self._family.resting)
        read = self._opened(opening, nested.location(self.scope, member)).read()
        using = (one for one in (*read.resources, *(one.resource for one in read.dormant)) if one.references)
        return Read(dormant=tuple(Dormant(one, _why(member)) for one in using))

    def _opened(self, opening: _Opening, location: Value) -> _Child:
        """What is nested where a template is at one location, or at one or another."""
        match location:
            case Branches(_, choices):
                ways = [(label, self._opened(opening.assuming(location, label), to)) for label, to in choices]
                told = told_together([child.told for _, child in ways])
                return _Child(_Choice(location, tuple((label, child.nested) for label, child in ways)), told)
            case Unknown(reason):
                return self._unfollowed(opening, reason)
            case Known(str(named)) if "://" in named:
                return self._unfollowed(opening, shown(location, "a place that is not shown"))
            case Known() if known_text(location):
                written = os.path.join(os.path.dirname(self._source.path), known_text(location) or "")
                return self._opened_at(opening, os.path.normpath(written))
            case _:
                said = "not set" if isinstance(location, Absent) else "no path"
                return self._unfollowed(opening, f"{nested.LOCATIONS[type_of(opening.member)]} is {said}")

    def _opened_at(self, opening: _Opening, path: str) -> _Child:
        family = opening.family
        if path in self._at.above:
            return self._unfollowed(opening, f"{path}, which nests itself")
        if len(self._at.above) > _DEEPEST or family.budget.is_spent:
            return self._unfollowed(opening, f"{path}, one stack or level of stacks too many")
        parsed = family.parsed(path)
        if isinstance(parsed, str):
            child = self._unfollowed(opening, f"{path}, {parsed}")
            return child._replace(told=child.told._replace(reached=(path,)))
        if isinstance(parsed, Problem):
            return _Child(f"{path}, which cannot be read", Told(reached=(path,), problems=(parsed,)))
        passed = cache(partial(self._passed, opening))
        stack = Stack(family, parsed, partial(_given, passed), self._at.below(opening, path))
        return _Child(stack, Told(reached=(path,)))

    def _unfollowed(self, opening: _Opening, told: str) -> _Child:
        """What there is of a stack that is not followed: where it leads."""
        unfollowed = Unfollowed(self._at.prefix + opening.name, told, self._source.path)
        return _Child(told, Told(unfollowed=(unfollowed,)))

    def _passed(self, opening: _Opening, name: str) -> Value:
        """The value that a parameter of a nested stack is given."""
        return _carried(opening.value(nested.passed(self.scope, opening.member, name)), self._where)

    @property
    def _where(self) -> str:
        """What tells the conditions of this stack apart from others'."""
        return f"stack {self._at.prefix.removesuffix('/')}" if self._at.prefix else self._source.path

    def _output(self, name: str, output: str) -> Value | None:
        """An output of a stack that this one nests; None where it nests none of that name."""
        member = self._members.get(name)
        if member is None or type_of(member) not in nested.LOCATIONS:
            return None
        return _output_of(self._child(name).nested, name, output)

    def output(self, name: str) -> Value:
        """An output of this stack, as the one that nests it has it."""
        declared = self._outputs.get(name)
        if declared is None or not isinstance(declared.value, Mapping):
            return Unknown(f"{self._source.path} has no output {name}")
        place = Place(declared.value, declared.key_span, what=f"output {name} of {self._source.path}")
        return _carried(self.scope.value(self.scope.member(place, "Value")), self._where)


def _completed(family: Family, written: Parsed, giving: Giving) -> _Completed:
    """The template with what its includes and loops write. Most have neither, and nothing is copied."""
    parsed, text, files, told = written, written.source.text, includes.NO_FILES, Told()
    if "AWS::Include" in text:
        value_of = partial(_value, Scope(written, giving(written)))
        included = includes.included(parsed, family.sources, value_of, family.budget)
        parsed, files = included.parsed, included.files
        told = Told(tuple(files), included.problems, included.unfollowed)
    if LOOP in text or files:
        parsed = loops.expanded(parsed, partial(_value, Scope(parsed, giving(parsed))), family.budget)
    return _Completed(parsed, files, told)


def _given(passed: Callable[[str], Value], parsed: Parsed) -> dict[str, Value]:
    """What is passed for the parameters that a template declares."""
    values = ((member.key, passed(member.key)) for member in parsed.section("Parameters"))
    return {name: value for name, value in values if not isinstance(value, Absent)}


def _said(written: Parsed) -> Told:
    """What a template says of itself: the suppressions in it, and what is wrong with it."""
    counting = {member.key: member for member in written.resources()}.values()
    own = [member for member in counting if type_of(member) in entries(Dialect.CLOUDFORMATION)]
    own_problem = (written.problem,) if written.problem is not None else ()
    return Told(problems=own_problem or tuple(metadata.duplicates(written, own)), said=metadata.said(written, own))


def _stacks(held: _Nested) -> Iterator[Stack]:
    """The stacks that a resource may nest."""
    match held:
        case Stack():
            yield held
        case _Choice(_, ways):
            for _, way in ways:
                yield from _stacks(way)
        case str():
            return


def _output_of(held: _Nested, name: str, output: str) -> Value:
    """An output of what the resource of a name nests."""
    match held:
        case Stack():
            return held.output(output)
        case _Choice(location, ways):
            choices = tuple((label, _output_of(way, name, output)) for label, way in ways)
            return bounded(location._replace(choices=choices, origins=()))
        case str(why):
            return Unknown(f"{name}.Outputs.{output} is of a stack that is not read: {why}")


def _carried(value: Value, origin: str) -> Value:
    """A value as another template has it: undecided conditions are not taken for that one's of the same names."""
    if not isinstance(value, Branches):
        return value
    question, asked_at = value.question
    where = "" if asked_at else f" in {origin}"
    choices = tuple((f"{label}{where}", _carried(choice, origin)) for label, choice in value.choices)
    answers = tuple((f"{label}{where}", value.answers(label)) for label, _ in value.choices)
    return Branches(f"{value.condition}{where}", choices, value.origins, Asked(question, answers, asked_at or origin))


def _condition(member: Member) -> str:
    name = member.value.get("Condition") if isinstance(member.value, Mapping) else None
    return str(name.content) if isinstance(name, Scalar) else ""


def _why(member: Member) -> str:
    """Why a resource is not created."""
    return f"{_condition(member)} is false"


def _value(scope: Scope, node: Node) -> Value:
    return scope.value(scope.settle(Place(node, node.span)))


def _is(created: Value, expected: bool) -> bool:
    return isinstance(created, Known) and created.content is expected


def _places(given: Names[str, Value]) -> Iterator[Origin]:
    return (_place(origin) for value in given.values() for origin in value.origins)


def _place(origin: Origin) -> Origin:
    """A place, whether what stands there may be changed or not."""
    return Origin(origin.span, origin.what)
