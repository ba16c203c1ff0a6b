"""A template as the engine reads it: what it declares, what is wrong with it, what its metadata ignores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from iac_imds_lint.cloudformation.family import Family, Told
from iac_imds_lint.cloudformation.parameters import given_parameters
from iac_imds_lint.cloudformation.stacks import Nesting, Stack
from iac_imds_lint.cloudformation.template import Parsed, templates
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Dormant, Resource, Shared
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources


class Lazily:
    """What else takes a value: looked for, and the search imported, where a value is asked for."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def shared(self, place: Span, resource: Resource) -> Shared | None:
        """What takes the literal at a place besides the resource; None where that is not known."""
        from iac_imds_lint.cloudformation import sharing

        return sharing.shared(self._sources, place, resource)


@dataclass(frozen=True)
class Template:
    """What a template declares, with the stacks that it nests; ``dormant`` is what other values would create.

    ``told`` is what is to be said beside that. ``parameters`` are those that it declares, of those that the user gave
    values for on the command line.
    """

    source: SourceFile
    resources: tuple[Resource, ...]
    dormant: tuple[Dormant, ...]
    told: Told
    parameters: frozenset[str]


def load(source: SourceFile, sources: Sources, inputs: Inputs) -> tuple[Template, ...] | Problem:
    """The templates that a file holds, each by itself; a Problem where it plainly means to hold some and is broken, and
    nothing of them can be read.
    """
    parsed = templates(source)
    if not isinstance(parsed, Problem):
        return tuple(_loaded(one, sources, inputs) for one in parsed)
    from iac_imds_lint.cloudformation import broken

    return tuple(_loaded(one, sources, inputs) for one in broken.rest(source, parsed)) or parsed


def _loaded(parsed: Parsed, sources: Sources, inputs: Inputs) -> Template:
    source = parsed.source
    given = partial(given_parameters, inputs=inputs, sources=sources)
    stack = Stack(Family(sources), parsed, given, Nesting((source.path,)))
    return Template(source, *stack.read(), stack.declared & inputs.parameters.keys())
