"""A stack with all that it nests: each template under the parameters that its parent passes.

``TemplateURL`` of ``AWS::CloudFormation::Stack`` and ``Location`` of ``AWS::Serverless::Application`` take a path,
relative to the template, of a local file that ``aws cloudformation package`` uploads; the CDK names its file in the
metadata.
Sources: AWS CLI Command Reference, "cloudformation package"; AWS CDK, ``aws:asset:path`` of cx-api's metadata.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog import Dialect, Entry, entries
from iac_imds_lint.cloudformation import cdk, includes, loops, metadata
from iac_imds_lint.cloudformation.budget import Budget
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.metadata import Ignore
from iac_imds_lint.cloudformation.places import Place, Reached
from iac_imds_lint.cloudformation.resources import resource
from iac_imds_lint.cloudformation.template import LOOP, Parsed, open_reason, parse, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Span, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Absent, Asked, Branches, Known, Origin, Unknown, Value, known_text

# What becomes of a resource whose condition cannot be evaluated.
AS_IF_CREATED = "is judged as if it were created"

# The types that nest a stack, each with the property that says where its template is.
_NESTING = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}

# Stacks that are nested deeper are not followed: each costs some of Python's frames.
_DEEPEST = 20

# What is given for the parameters that a template, its includes in their places, declares.
Giving: TypeAlias = "Callable[[Parsed], Names[str, Value]]"


class Nesting(NamedTuple):
    """Where a stack is: what precedes its logical IDs, the stacks that lead to it, outermost first, the templates of
    these and its own, and whether it is created for certain.
    """

    above: tuple[str, ...]
    prefix: str = ""
    calls: tuple[Span, ...] = ()
    certain: bool = True

    def below(self, stack: Member, path: str, *, certain: bool) -> Nesting:
        """Where the stack is that a member of ``Resources`` nests."""
        prefix, calls = f"{self.prefix}{stack.key}/", (*self.calls, stack.key_span)
        return Nesting((*self.above, path), prefix, calls, self.certain and certain)


class _Unread(NamedTuple):
    """A nested stack that is not followed: where it leads, or why nobody knows."""

    told: str


class Family:
    """What all stacks under one root share: each file read once, and what is to be told of them.

    ``chosen`` is where the values stand that the user gave.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.reached: set[str] = set()
        self.problems: dict[Problem, None] = {}
        self.unfollowed: dict[Unfollowed, None] = {}
        self.uncreated: dict[Uncreated, None] = {}
        self.chosen: frozenset[Origin] = frozenset()
        self.ignores: dict[Ignore, None] = {}
        self._parsed: dict[str, Parsed | Problem | str] = {}
        self.budget = Budget()

    def parsed(self, path: str) -> Parsed | Problem | str:
        """The template at a path; a Problem where it cannot be read, or a clause that says why there is none."""
        if path not in self._parsed:
            self._parsed[path] = self._read(path)
        return self._parsed[path]

    def _read(self, path: str) -> Parsed | Problem | str:
        if not self.sources.within(path):
            return "which is not in the project"
        source = self.sources.read(path)
        if source is None:
            return "which is not there"
        held = parse(source) if isinstance(source, SourceFile) else source
        return held or "which is no template"


class Stack:
    """One template with the values of its parameters; ``declared`` are the names of those."""

    def __init__(self, family: Family, written: Parsed, giving: Giving, at: Nesting) -> None:
        family.budget.spend_stack(written.source.text)
        self._family = family
        self._at = at
        self._included: dict[str, Span] = {}
        parsed = self._completed(written, giving)
        given = giving(parsed)
        self._source = written.source
        self.declared = frozenset(member.key for member in parsed.section("Parameters"))
        if not at.calls:
            family.chosen = frozenset(_place(origin) for value in given.values() for origin in value.origins)
        self._members = {member.key: member for member in parsed.resources()}
        self._outputs = {member.key: member for member in parsed.section("Outputs")}
        self.scope = Scope(parsed, given, at.prefix, self._output)
        self._made = cdk.paths(parsed) if cdk.KEY in written.source.text else frozenset()
        self._children: dict[str, Stack | str] = {}
        self._ignores = self._told(written)

    def _completed(self, written: Parsed, giving: Giving) -> Parsed:
        """The template with what its includes and loops write. Most have neither, and nothing is copied."""
        parsed, text, family = written, written.source.text, self._family
        if "AWS::Include" in text:
            value_of = partial(_value, Scope(written, giving(written)))
            included = includes.included(parsed, family.sources, value_of, family.budget)
            parsed = included.parsed
            self._included.update(included.files)
            family.reached.update(included.files)
            family.problems.update(dict.fromkeys(included.problems))
            family.unfollowed.update(dict.fromkeys(included.unfollowed))
        if LOOP in text or self._included:
            parsed = loops.expanded(parsed, partial(_value, Scope(parsed, giving(parsed))), family.budget)
        return parsed

    def _told(self, written: Parsed) -> tuple[Ignore, ...]:
        """Hand over what the template says of itself; the suppressions in it."""
        counting = {member.key: member for member in written.resources()}.values()
        own = [member for member in counting if type_of(member) in entries(Dialect.CLOUDFORMATION)]
        ignores, problems = metadata.ignores(written, own)
        self._family.ignores.update(dict.fromkeys(ignores))
        self._family.problems.update(dict.fromkeys([*problems, *metadata.duplicates(written, own)]))
        return ignores

    def resources(self) -> Iterator[Resource]:
        """What the stack launches, with the stacks that it nests."""
        catalog = entries(Dialect.CLOUDFORMATION)
        for member in self._members.values():
            kind = type_of(member)
            if kind in catalog:
                yield from self._own(member, catalog[kind])
            elif kind in _NESTING:
                child = self._child(member.key)
                yield from child.resources() if isinstance(child, Stack) else ()

    def _own(self, member: Member, entry: Entry) -> Iterator[Resource]:
        created = self.scope.launches(member)
        if _is(created, False):
            self._tell_uncreated(member, created)
            return
        if isinstance(created, Unknown):
            self._tell_broken(member, created.reason)
        source = self._family.sources.read(member.key_span.path)
        written_in = source if isinstance(source, SourceFile) else self._source
        made = resource(written_in, self.scope, member, entry, metadata.suppressed(self._ignores, member))
        construct = cdk.construct(member, entry, self._made, is_output=self._is_output) if self._made else None
        calls, certain = self._calls(member), self._at.certain and _is(created, True)
        if construct or calls or not certain:
            made = replace(made, calls=calls, certain=certain, construct=construct)
        yield made

    @property
    def _is_output(self) -> bool:
        return cdk.is_output(self._source.path, self._family.sources)

    def _calls(self, member: Member) -> tuple[Span, ...]:
        """What leads to a resource: the stacks, and the include if it stands in another file."""
        include = self._included.get(member.key_span.path)
        return self._at.calls if include is None else (*self._at.calls, include)

    def _tell_broken(self, member: Member, reason: str) -> None:
        """Tell of a resource whose condition cannot be evaluated."""
        condition = member.value.get("Condition") if isinstance(member.value, Mapping) else None
        source = self._family.sources.read(member.key_span.path)
        if condition is None or open_reason(condition) is not None or not isinstance(source, SourceFile):
            return
        words = f"{reason}; {member.key} {AS_IF_CREATED}"
        where = source.position(condition.span.start)
        self._family.problems[Problem(source.path, words, where, is_whole=False)] = None

    def _tell_uncreated(self, member: Member, created: Value) -> str:
        """Tell of what is not created, unless values decide it that the user gave; a clause that says so."""
        name = member.value.get("Condition") if isinstance(member.value, Mapping) else None
        condition = name.content if isinstance(name, Scalar) else ""
        deciding = created.origins if isinstance(created, Known) else ()
        if not deciding or not self._family.chosen.issuperset(map(_place, deciding)):
            told = Uncreated(self._at.prefix + member.key, str(condition), member.key_span.path)
            self._family.uncreated[told] = None
        return f"it is not created, for {condition} is false"

    def _child(self, name: str) -> Stack | str:
        """The stack that a resource nests; why there is none, where it is not read."""
        if name not in self._children:
            self._children[name] = "its own outputs decide its parameters"
            self._children[name] = self._nested(self._members[name])
        return self._children[name]

    def _nested(self, member: Member) -> Stack | str:
        created = self.scope.launches(member)
        if _is(created, False):
            return self._tell_uncreated(member, created)
        path = self._template_of(member)
        if isinstance(path, _Unread):
            return self._unfollowed(member, path.told)
        self._family.reached.add(path)
        parsed = self._family.parsed(path)
        if not isinstance(parsed, Parsed):
            return self._tell_unread(member, path, parsed)
        passed = dict(self._passed(member))
        return Stack(self._family, parsed, lambda _: passed, self._at.below(member, path, certain=_is(created, True)))

    def _template_of(self, member: Member) -> str | _Unread:
        """The local template of a nested stack, unless it has none that is followed."""
        key = _NESTING[type_of(member)]
        asked = self.scope.value(self._property(member, key))
        named = metadata.asset(member) or known_text(asked)
        path = os.path.normpath(os.path.join(os.path.dirname(self._source.path), named or ""))
        if named is None:
            return _Unread(asked.reason if isinstance(asked, Unknown) else f"{key} is no path")
        if "://" in named:
            return _Unread(named)
        if path in self._at.above:
            return _Unread(f"{path}, which nests itself")
        if len(self._at.above) > _DEEPEST or self._family.budget.is_spent:
            return _Unread(f"{path}, one stack or level of stacks too many")
        return path

    def _tell_unread(self, member: Member, path: str, why: Problem | str) -> str:
        if isinstance(why, str):
            return self._unfollowed(member, f"{path}, {why}")
        self._family.problems[why] = None
        return f"{path}, which cannot be read"

    def _unfollowed(self, member: Member, told: str) -> str:
        """Tell of a stack that is not followed, and where it leads; that, again."""
        self._family.unfollowed[Unfollowed(self._at.prefix + member.key, told, self._source.path)] = None
        return told

    def _property(self, member: Member, key: str) -> Reached:
        return self.scope.member(self.scope.member(self.scope.start(member), "Properties"), key)

    def _passed(self, member: Member) -> Iterator[tuple[str, Value]]:
        """The values that a nested stack's parameters are given."""
        match self._property(member, "Parameters"):
            case Place(Mapping(_, members)) as parameters:
                for one in members:
                    what = f"parameter {one.key} of stack {member.key}"
                    value = self.scope.value(self.scope.member(parameters._replace(what=what), one.key))
                    if not isinstance(value, Absent):
                        yield one.key, _carried(value, self._where)
            case _:
                return

    @property
    def _where(self) -> str:
        """What tells the conditions of this stack apart from others'."""
        return f"stack {self._at.prefix.removesuffix('/')}" if self._at.prefix else self._source.path

    def _output(self, name: str, output: str) -> Value | None:
        """An output of a stack that this one nests; None where it nests none of that name."""
        member = self._members.get(name)
        if member is None or type_of(member) not in _NESTING:
            return None
        child = self._child(name)
        if isinstance(child, Stack):
            return child.output(output)
        return Unknown(f"{name}.Outputs.{output} is of a stack that is not read: {child}")

    def output(self, name: str) -> Value:
        """An output of this stack."""
        declared = self._outputs.get(name)
        if declared is None or not isinstance(declared.value, Mapping):
            return Unknown(f"{self._source.path} has no output {name}")
        place = Place(declared.value, declared.key_span, what=f"output {name} of {self._source.path}")
        return _carried(self.scope.value(self.scope.member(place, "Value")), self._where)


def _carried(value: Value, origin: str) -> Value:
    """A value as another template has it: undecided conditions are not taken for that one's of the same names."""
    if not isinstance(value, Branches):
        return value
    question, asked_at = value.question
    where = "" if asked_at else f" in {origin}"
    choices = tuple((f"{label}{where}", _carried(choice, origin)) for label, choice in value.choices)
    answers = tuple((f"{label}{where}", value.answers(label)) for label, _ in value.choices)
    return Branches(f"{value.condition}{where}", choices, value.origins, Asked(question, answers, asked_at or origin))


def _value(scope: Scope, node: Node) -> Value:
    return scope.value(scope.settle(Place(node, node.span)))


def _is(created: Value, expected: bool) -> bool:
    return isinstance(created, Known) and created.content is expected


def _place(origin: Origin) -> Origin:
    """A place, whether what stands there may be changed or not."""
    return origin._replace(literal=False)
