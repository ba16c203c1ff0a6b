"""A template as the engine reads it: what it declares, what is wrong with it, what its metadata ignores."""

from __future__ import annotations

from dataclasses import dataclass

from iac_imds_lint.cloudformation.metadata import Ignore
from iac_imds_lint.cloudformation.parameters import given_parameters
from iac_imds_lint.cloudformation.stacks import Family, Nesting, Stack
from iac_imds_lint.cloudformation.template import Parsed, parse
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Unfollowed
from iac_imds_lint.sources import Sources


@dataclass(frozen=True)
class Template:
    """What a template declares, with the stacks that it nests.

    ``problems`` are what is wrong with these without keeping them from being read; ``ignores`` the suppressions in
    their metadata, each also among ``suppressed`` of the resources that it counts for. ``reached`` are the files that
    it nests or includes, ``unfollowed`` what is not here of such. ``parameters`` are those that it declares, of those
    that the user gave values for on the command line.
    """

    source: SourceFile
    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    reached: tuple[str, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    parameters: frozenset[str] = frozenset()


def load(source: SourceFile, sources: Sources, inputs: Inputs) -> Template | Problem | None:
    """The template that a file holds; None where it holds none, a Problem where it plainly means to and is broken."""
    parsed = parse(source)
    if not isinstance(parsed, Parsed):
        return parsed
    family = Family(sources)
    stack = Stack(family, parsed, given_parameters(parsed, inputs, sources), Nesting((source.path,)))
    resources = tuple(stack.resources())
    return Template(
        source,
        resources,
        tuple(family.problems),
        tuple(family.ignores),
        tuple(sorted(family.reached)),
        tuple(family.unfollowed),
        frozenset(inputs.parameters) & {member.key for member in parsed.section("Parameters")},
    )
