"""A stack with all that it nests: each template under the parameters that its parent passes.

``TemplateURL`` of ``AWS::CloudFormation::Stack`` and ``Location`` of ``AWS::Serverless::Application`` take a path,
relative to the template, of a local file that ``aws cloudformation package`` uploads; the CDK names its file in the
metadata.
Sources: AWS CLI Command Reference, "cloudformation package"; AWS CDK, ``aws:asset:path`` of cx-api's metadata.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, Entry, entries
from iac_imds_lint.cloudformation import includes, loops, metadata
from iac_imds_lint.cloudformation.budget import Budget
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.metadata import Ignore
from iac_imds_lint.cloudformation.places import Place, Reached
from iac_imds_lint.cloudformation.resources import resource
from iac_imds_lint.cloudformation.template import LOOP, Parsed, open_reason, parse, type_of
from iac_imds_lint.documents.node import Mapping, Member, Node
from iac_imds_lint.model import Construct, Resource
from iac_imds_lint.source import Problem, SourceFile, Span, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Absent, Branches, Known, Unknown, Value, known_text

# What becomes of a resource whose condition cannot be evaluated.
AS_IF_CREATED = "is judged as if it were created"

# The types that nest a stack, each with the property that says where its template is.
_NESTING = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}

# Stacks that are nested deeper are not followed: each costs some of Python's frames.
_DEEPEST = 20

# What precedes where a condition is from, in other templates. The name of one has no blank.
_FROM = " in "

# The types whose CDK constructs of level 2 take requireImdsv2 (AWS CDK API Reference: Instance, LaunchTemplate and
# AutoScalingGroup, which makes a launch configuration or template).
_REQUIRING = ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")


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


class Family:
    """What all stacks under one root share: each file read once, and what is to be told of them."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.reached: set[str] = set()
        self.problems: dict[Problem, None] = {}
        self.unfollowed: dict[Unfollowed, None] = {}
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
    """One template with the values of its parameters."""

    def __init__(self, family: Family, written: Parsed, given: Names[str, Value], at: Nesting) -> None:
        family.budget.spend_stack(written.source.text)
        self._family = family
        self._at = at
        self._included: dict[str, Span] = {}
        parsed = self._completed(written, given)
        self._source = written.source
        self._members = {member.key: member for member in parsed.resources()}
        self._outputs = {member.key: member for member in parsed.section("Outputs")}
        self.scope = Scope(parsed, given, at.prefix, self._output)
        self._children: dict[str, Stack | None] = {}
        self._ignores = self._told(written)

    def _completed(self, written: Parsed, given: Names[str, Value]) -> Parsed:
        """The template with what its includes and loops write. Most have neither, and nothing is copied."""
        parsed, text, family = written, written.source.text, self._family
        if "AWS::Include" in text:
            value_of = partial(_value, Scope(written, given))
            included = includes.included(parsed, family.sources, value_of, family.budget)
            parsed = included.parsed
            self._included.update(included.files)
            family.reached.update(included.files)
            family.problems.update(dict.fromkeys(included.problems))
            family.unfollowed.update(dict.fromkeys(included.unfollowed))
        if LOOP in text or self._included:
            parsed = loops.expanded(parsed, partial(_value, Scope(parsed, given)), family.budget)
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
                yield from child.resources() if child is not None else ()

    def _own(self, member: Member, entry: Entry) -> Iterator[Resource]:
        created = self.scope.launches(member)
        if _is(created, False):
            return
        if isinstance(created, Unknown):
            self._tell_broken(member, created.reason)
        source = self._family.sources.read(member.key_span.path)
        written_in = source if isinstance(source, SourceFile) else self._source
        made = resource(written_in, self.scope, member, entry, metadata.suppressed(self._ignores, member))
        path, certain = metadata.construct(member), self._at.certain and _is(created, True)
        calls = self._calls(member)
        if path or calls or not certain:
            made = replace(made, calls=calls, certain=certain, construct=_construct(path, entry))
        yield made

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

    def _child(self, name: str) -> Stack | None:
        """The stack that a resource nests; None where it is not here, is not created, or is asked for by itself."""
        if name not in self._children:
            self._children[name] = None
            self._children[name] = self._nested(self._members[name])
        return self._children[name]

    def _nested(self, member: Member) -> Stack | None:
        created = self.scope.launches(member)
        path = self._template_of(member)
        if path is None:
            return None
        self._family.reached.add(path)
        if _is(created, False):
            return None
        parsed = self._family.parsed(path)
        if not isinstance(parsed, Parsed):
            self._tell_unread(member, path, parsed)
            return None
        at = self._at.below(member, path, certain=_is(created, True))
        return Stack(self._family, parsed, dict(self._passed(member)), at)

    def _template_of(self, member: Member) -> str | None:
        """The local template of a nested stack; None where it has none that is followed, which is told."""
        key = _NESTING[type_of(member)]
        asked = self.scope.value(self._property(member, key))
        named = metadata.asset(member) or known_text(asked)
        path = os.path.normpath(os.path.join(os.path.dirname(self._source.path), named or ""))
        if named is None:
            reason = asked.reason if isinstance(asked, Unknown) else f"{key} is no path"
            self._unfollowed(member, reason)
        elif "://" in named:
            self._unfollowed(member, named)
        elif path in self._at.above:
            self._unfollowed(member, f"{path}, which nests itself")
        elif len(self._at.above) > _DEEPEST or self._family.budget.is_spent:
            self._unfollowed(member, f"{path}, one stack or level of stacks too many")
        else:
            return path
        return None

    def _tell_unread(self, member: Member, path: str, why: Problem | str) -> None:
        if isinstance(why, Problem):
            self._family.problems[why] = None
        else:
            self._unfollowed(member, f"{path}, {why}")

    def _unfollowed(self, member: Member, told: str) -> None:
        self._family.unfollowed[Unfollowed(self._at.prefix + member.key, told, self._source.path)] = None

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
        """An output of a stack that this one nests; None where that is not read."""
        member = self._members.get(name)
        child = self._child(name) if member is not None and type_of(member) in _NESTING else None
        return child.output(output) if child is not None else None

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
    where = "" if _FROM in value.condition else f"{_FROM}{origin}"
    choices = tuple((f"{label}{where}", _carried(choice, origin)) for label, choice in value.choices)
    return Branches(f"{value.condition}{where}", choices, value.origins)


def _value(scope: Scope, node: Node) -> Value:
    return scope.value(scope.settle(Place(node, node.span)))


def _is(created: Value, expected: bool) -> bool:
    return isinstance(created, Known) and created.content is expected


def _construct(path: str, entry: Entry) -> Construct | None:
    """What is said of a resource that the CDK wrote: a change of the template would be lost with the next synthesis."""
    if not path:
        return None
    control, made = entry.control, path.removesuffix("/Resource")
    secure = (key.key for key in control.keys if key.secure) if control else iter(())
    what = "requireImdsv2: true" if entry.type in _REQUIRING else next(secure, "the option")
    return Construct(path, f"a CDK app writes this template: set {what} on {made} there, and synthesise it again")
