"""A template as the engine reads it: what it declares, what is wrong with it, what its metadata ignores."""

from __future__ import annotations

from dataclasses import dataclass

from iac_imds_lint.cloudformation.metadata import Ignore
from iac_imds_lint.cloudformation.parameters import given_parameters
from iac_imds_lint.cloudformation.stacks import Family, Nesting, Stack
from iac_imds_lint.cloudformation.template import Parsed, templates
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Problem, SourceFile, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources


@dataclass(frozen=True)
class Template:
    """What a template declares, with the stacks that it nests.

    ``problems`` are what is wrong with these without keeping them from being read; ``ignores`` the suppressions in
    their metadata, each also among ``suppressed`` of the resources that it counts for. ``reached`` are the files that
    it nests or includes, ``unfollowed`` what is not here of such, ``uncreated`` what its conditions leave out.
    ``parameters`` are those that it declares, of those that the user gave values for on the command line.
    """

    source: SourceFile
    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    reached: tuple[str, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    uncreated: tuple[Uncreated, ...] = ()
    parameters: frozenset[str] = frozenset()


def load(source: SourceFile, sources: Sources, inputs: Inputs) -> tuple[Template, ...] | Problem:
    """The templates that a file holds, each by itself; a Problem where it plainly means to hold some and is broken."""
    parsed = templates(source)
    if isinstance(parsed, Problem):
        return parsed
    return tuple(_loaded(one, sources, inputs) for one in parsed)


def _loaded(parsed: Parsed, sources: Sources, inputs: Inputs) -> Template:
    family = Family(sources)
    source = parsed.source
    stack = Stack(family, parsed, lambda whole: given_parameters(whole, inputs, sources), Nesting((source.path,)))
    resources = tuple(stack.resources())
    return Template(
        source,
        resources,
        tuple(family.problems),
        tuple(family.ignores),
        tuple(sorted(family.reached)),
        tuple(family.unfollowed),
        tuple(family.uncreated),
        stack.declared & inputs.parameters.keys(),
    )
