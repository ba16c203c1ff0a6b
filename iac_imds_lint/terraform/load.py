"""Which directories are root modules, and what they launch.

Only files that hold a resource type of the catalog, or lead to one by a local module call, are ever parsed.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Resource, Shared
from iac_imds_lint.posture import World
from iac_imds_lint.source import Problem, Span, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform import manifest
from iac_imds_lint.terraform.configuration import is_configuration
from iac_imds_lint.terraform.project import Project
from iac_imds_lint.terraform.scan import Scanner, Seen

if TYPE_CHECKING:
    from iac_imds_lint.terraform.sharing import References


class Loaded(NamedTuple):
    """What a root module launches, and what could not be read of it and of the modules that it calls; ``declared`` are
    the variables, of those that the user gave values for, that it has; ``left_out`` is what these values launch nothing
    of.
    """

    world: World
    problems: tuple[Problem, ...]
    declared: frozenset[str]
    unfollowed: tuple[Unfollowed, ...]
    left_out: tuple[Span, ...]


class _Lazily:
    """What else takes a value: looked for, and the search imported, where a value is asked for."""

    def __init__(self, project: Project, root: str) -> None:
        self._project, self._root = project, root

    @cached_property
    def _references(self) -> References:
        from iac_imds_lint.terraform.sharing import References

        return References(self._project, self._root)

    def shared(self, place: Span, resource: Resource) -> Shared | None:
        """What takes the literal at a place besides the resource; None where that is not known."""
        return self._references.shared(place, resource)


def plan(sources: Sources, files: tuple[Sequence[Seen], Sequence[Seen]]) -> tuple[list[str], list[str]]:
    """The directories of the root modules, and those of all modules that declare something of interest.

    ``files`` are those of interest, and those whose calls may lead to their modules and that are of no other interest.

    A module that a root reaches is judged by its calls. What no root reaches is to be judged by itself.
    """
    seen, calling = files
    interesting, callers, distant = _graph(seen, sources)
    interesting |= _astray(callers, sources)
    for item in calling:
        callers.setdefault(item.directory, set()).update(item.calls)
    called_by = _inverted(callers)
    interesting |= {d for d in distant - interesting if _is_initialised(_leading_to({d}, called_by), sources)}
    leading = _leading_to(interesting, called_by)
    calls = ((source, target) for source in leading for target in callers.get(source, ()))
    called = {target for source, target in calls if source != target}
    return sorted(leading - called), sorted(interesting)


def load(directory: str, sources: Sources, reached: set[str], inputs: Inputs) -> Loaded:
    """The root module in a directory with all that it calls; their directories are added to ``reached``."""
    project = Project(sources, reached, inputs)
    root = project.root(directory)
    resources = tuple(project.resources(root))
    problems = tuple(project.problems())
    unread = tuple(span for problem in problems for span in problem.left_out)
    world = World(resources, sharing=_Lazily(project, directory), unread=unread)
    declared = frozenset(name for name in inputs.variables if root.module.variable(name) is not None)
    return Loaded(world, problems, declared, tuple(project.unfollowed), tuple(dict.fromkeys(project.left_out)))


def leading(directories: set[str], calling: Iterable[Seen]) -> set[str]:
    """These directories, and those of all modules from which calls lead there."""
    callers: dict[str, set[str]] = {}
    for item in calling:
        callers.setdefault(item.directory, set()).update(item.calls)
    return _leading_to(directories, _inverted(callers))


def _is_initialised(directories: Iterable[str], sources: Sources) -> bool:
    """Whether Terraform has downloaded modules for one of these roots: then those are judged, whatever they are."""
    return any(manifest.exists(sources, directory) for directory in directories)


def _graph(seen: Iterable[Seen], sources: Sources) -> tuple[set[str], dict[str, set[str]], set[str]]:
    """The directories of interest, who calls whom, and which directories call modules from elsewhere; directories
    outside the checked paths are followed as well.
    """
    interesting: set[str] = set()
    distant: set[str] = set()
    callers: dict[str, set[str]] = {}
    known: set[str] = set()
    for item in seen:
        known.add(item.directory)
        interesting |= {item.directory} if item.interesting else set()
        distant |= {item.directory} if item.remote else set()
        callers.setdefault(item.directory, set()).update(item.calls)
    pending = {target for targets in callers.values() for target in targets} - known
    scanner = Scanner()
    while pending:
        directory = pending.pop()
        known.add(directory)
        for found in _scanned(scanner, directory, sources):
            interesting |= {directory} if found.interesting else set()
            distant |= {directory} if found.remote else set()
            callers.setdefault(directory, set()).update(found.calls)
            pending |= set(found.calls) - known
    return interesting, callers, distant


def _astray(callers: dict[str, set[str]], sources: Sources) -> set[str]:
    """The directories with calls that lead out of the project, or nowhere: that is to be told."""
    targets = {target for targets in callers.values() for target in targets}
    lost = {target for target in targets if not sources.within(target) or not sources.names(target)}
    return {source for source, called in callers.items() if called & lost}


def _scanned(scanner: Scanner, directory: str, sources: Sources) -> Iterator[Seen]:
    if not sources.within(directory):
        return
    for name in sources.names(directory):
        path = os.path.join(directory, name)
        data = sources.data(path) if is_configuration(name) else None
        found = scanner.scan(path, data) if isinstance(data, bytes) else None
        if found is not None:
            yield found


def _inverted(callers: dict[str, set[str]]) -> dict[str, set[str]]:
    called_by: dict[str, set[str]] = {}
    for source, targets in callers.items():
        for target in targets:
            called_by.setdefault(target, set()).add(source)
    return called_by


def _leading_to(interesting: set[str], called_by: dict[str, set[str]]) -> set[str]:
    """The directories of interest and those from which calls lead there."""
    leading: set[str] = set()
    pending = set(interesting)
    while pending:
        directory = pending.pop()
        leading.add(directory)
        pending |= called_by.get(directory, set()) - leading
    return leading
