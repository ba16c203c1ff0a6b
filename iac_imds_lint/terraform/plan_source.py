"""Where the configuration declares what a plan creates: module calls followed by their local sources."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.plan import Plan, Planned, Step
from iac_imds_lint.terraform.scan import called_directory
from iac_imds_lint.terraform.syntax import Block


class Declared(NamedTuple):
    """Where a resource is declared: its head, all of it, and the module calls that lead there, outermost first: their
    heads, and all that they say.

    ``block`` is what stands there, where that is a configuration.
    """

    head: Span
    body: Span
    calls: tuple[Span, ...] = ()
    leading: tuple[Span, ...] = ()
    block: Block | None = None

    def generates(self, name: str) -> bool:
        """Whether a dynamic block generates blocks of that name."""
        return self.block is not None and any(inner.dynamic for inner in self.block.body.blocks(name))


class Configuration:
    """The configuration that a plan was made of, its root module in ``directory``; read as far as it is asked for."""

    def __init__(self, plan: Plan, sources: Sources, directory: str) -> None:
        self._plan = plan
        self._sources = sources
        self._root = directory
        self._modules: dict[str, Module] = {}
        self._blocks: dict[tuple[str, str], dict[str, Block]] = {}

    def declared(self, resource: Planned) -> Declared | None:
        """The block that declares a resource; None where it is not in a local module, or no longer there."""
        directory = self._root
        calls: list[Block] = []
        for number in range(len(resource.steps)):
            inner = self._called(directory, resource.steps[: number + 1])
            if inner is None:
                return None
            directory, call = inner
            calls.append(call)
        found = self._declared_in(directory, resource.type).get(resource.named)
        if found is None:
            return None
        heads, bodies = tuple(call.head for call in calls), tuple(call.span for call in calls)
        return Declared(found.head, found.span, heads, bodies, found)

    def _called(self, directory: str, steps: tuple[Step, ...]) -> tuple[str, Block] | None:
        """The directory that a call in a directory leads to, and the call."""
        source = self._plan.call(steps).get("source")
        block = self._module(directory).call(steps[-1].name)
        if block is None or not isinstance(source, str) or not source.startswith(("./", "../")):
            return None
        called = called_directory(directory, source)
        return (called, block) if self._sources.within(called) else None

    def _module(self, directory: str) -> Module:
        if directory not in self._modules:
            self._modules[directory] = Module(self._sources, directory)
        return self._modules[directory]

    def _declared_in(self, directory: str, type: str) -> dict[str, Block]:
        """The blocks of a type in a directory, by type and name."""
        key = (directory, type)
        if key not in self._blocks:
            blocks = self._module(directory).resources({type})
            self._blocks[key] = {".".join(block.labels): block for block in blocks}
        return self._blocks[key]
