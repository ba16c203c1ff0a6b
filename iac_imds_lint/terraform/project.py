"""A root module with all that it calls: which modules there are, and what they launch."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.catalog import Dialect, entries, policy_entries
from iac_imds_lint.inputs import ENVIRONMENT_PREFIX, Inputs
from iac_imds_lint.model import Downloaded, Resource
from iac_imds_lint.source import Problem, SourceFile, Span, Unfollowed, Unread
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.configuration import Module, variables_in
from iac_imds_lint.terraform.expansion import Expansion, Instance
from iac_imds_lint.terraform.resources import instances_of
from iac_imds_lint.terraform.scan import called_directory
from iac_imds_lint.terraform.scope import Budget, Call, Calls, Said, Scope, Written
from iac_imds_lint.terraform.syntax import Block, Body
from iac_imds_lint.value import Known, known_text

if TYPE_CHECKING:
    from iac_imds_lint.terraform import manifest
    from iac_imds_lint.terraform.module_calls import ModuleCall

# More calls of modules than these under one root are not followed: no one has so many, but a small text can.
_MOST_CALLS = 5_000
# Nor are modules that are nested deeper: Python's stack is the limit.
_DEEPEST = 50


class Called(NamedTuple):
    """A call of a module that is here: its address, and the directories that it stands in and leads to."""

    block: Block
    address: str
    directory: str
    target: str


class Project:
    """The modules that one root reaches, each directory loaded once; ``reached`` collects those that are called.

    ``left_out`` is what these values launch nothing of: blocks, and the files of modules.
    """

    def __init__(self, sources: Sources, reached: set[str], inputs: Inputs) -> None:
        self.budget = Budget()
        self._sources = sources
        self._modules: dict[str, Module] = {}
        self._reached = reached
        self._inputs = inputs
        self._files: dict[str, Body] = {}
        self._problems: dict[str, Problem] = {}
        self._manifest: dict[str, manifest.Copy] | None = None
        self.unfollowed: list[Unfollowed] = []
        self.left_out: list[Span] = []
        self._scopes = 0
        self._calls: dict[str, list[Called]] = {}
        self._targets: dict[Span, dict[str, None]] = {}

    def module(self, directory: str) -> Module:
        """The module in a directory."""
        if directory not in self._modules:
            self._modules[directory] = Module(self._sources, directory)
        return self._modules[directory]

    def problems(self) -> Iterator[Problem]:
        """What could not be read so far."""
        yield from self._problems.values()
        for module in self._modules.values():
            yield from module.problems.values()

    def root(self, directory: str) -> Scope:
        """A directory as the root module."""
        return Scope(self.module(directory), self)

    def resources(self, scope: Scope) -> Iterator[Resource]:
        """The resources of a module and of the local modules that it calls, depth first."""
        catalog = entries(Dialect.TERRAFORM)
        for block in scope.module.resources(catalog):
            entry = catalog.get(block.labels[0])
            if entry is not None:
                instances = list(instances_of(entry, block, scope))
                self.left_out += () if instances else (block.span,)
                yield from instances
        yield from self._policies(scope)
        for block in scope.module.calls():
            called = scope.instances(block.labels[0])
            for child in called.scopes.values():
                yield from self.resources(child)
            if called.missing:
                yield from self._absent(scope, block)

    def _policies(self, scope: Scope) -> Iterator[Resource]:
        """What holds policies in a module."""
        if not scope.module.names_policies:
            return
        from iac_imds_lint.catalog.policies import DOCUMENT

        rows = policy_entries(Dialect.TERRAFORM)
        for block in scope.module.policies(rows):
            if (block.type == "data") is (block.labels[0] == DOCUMENT):
                yield from instances_of(rows[block.labels[0]], block, scope)

    def _absent(self, scope: Scope, block: Block) -> Iterator[Resource]:
        """What a call launches of a module that is not here, by the catalog's row for it."""
        source = _remote(scope, block)
        if source is None:
            self._stray(scope, block)
            return
        call = self._known(scope, block, "")
        if call is None:
            self.unfollowed.append(Unfollowed(f"{scope.address}module.{block.labels[0]}", source, block.head.path))
            return
        from iac_imds_lint.terraform import module_calls

        yield from module_calls.resources_of(call)

    def _stray(self, scope: Scope, block: Block) -> None:
        """Tell of a call of a directory that is not there."""
        directory = self._directory(scope, block)
        if directory is not None and self._sources.within(directory) and not self._sources.names(directory):
            told = f"{directory}, which is not there"
            self.unfollowed.append(Unfollowed(f"{scope.address}module.{block.labels[0]}", told, block.head.path))

    def _known(self, scope: Scope, block: Block, version: str) -> ModuleCall | None:
        """A call of a module that the catalog has a row for; ``version`` is the one of a copy that is here."""
        from iac_imds_lint.terraform import module_calls, remote_source

        parsed = remote_source.parse(_remote(scope, block) or "")
        row = remote_source.row_of(parsed) if parsed else None
        if parsed is None or row is None:
            return None
        asked = module_calls.asked(parsed, block, scope)
        if version:
            asked = module_calls.Asked(version, f"{version} is what was downloaded")
        return module_calls.ModuleCall(row, block, scope, asked)

    def _copied(self, scope: Scope, block: Block, version: str, instance: Instance) -> Downloaded:
        """The call that is answerable for what a downloaded module launches."""
        address = f"{scope.address}module.{block.labels[0]}{instance.suffix}"
        call = self._known(scope, block, version)
        remedies: tuple[Resource, ...] = ()
        if call is not None:
            from iac_imds_lint.terraform import module_calls

            remedies = tuple(module_calls.launched(call, instance))
        return Downloaded(address, _remote(scope, block) or "", block.head, block.span, remedies)

    def calls(self, scope: Scope, name: str) -> Calls:
        """The module call of that name in a scope, with a scope for each instance of it."""
        block = scope.module.call(name)
        if block is None:
            return Calls({}, Expansion(None, False), f"module.{name} is not declared", is_undeclared=True)
        directory, copy = self._directory(scope, block), None
        if directory is None:
            copy = self._downloaded(scope, block)
            directory = copy.directory if copy else None
        missing = self._missing(scope, block, directory)
        expansion = scope.expansion(block)
        if missing or directory is None:
            return Calls({}, expansion, missing)
        self._reached.add(directory)
        self._remember(Called(block, f"{scope.address}module.{name}", scope.module.directory, directory))
        instances = expansion.instances()
        if not instances:
            self.left_out.append(block.span)
            self._pass_over(self.module(directory))
        self._scopes += len(instances)
        if self._scopes > _MOST_CALLS:
            return self._refused(scope, block, f"more than {_MOST_CALLS} module calls: the rest is not judged")
        address = f"{scope.address}module.{name}"
        module = self.module(directory)
        copied = partial(self._copied, scope, block, copy.version) if copy and not scope.downloaded else None
        calls = (Call(block, scope, one, copied(one) if copied else None, expansion.deciding) for one in instances)
        found = {call.instance.suffix: Scope(module, self, f"{address}{call.instance.suffix}.", call) for call in calls}
        return Calls(found, expansion)

    def _remember(self, call: Called) -> None:
        self._calls.setdefault(call.target, []).append(call)
        self._targets.setdefault(call.block.head, {})[call.target] = None

    def calls_of(self, directory: str) -> Sequence[Called]:
        """The calls of the module in a directory that were followed so far."""
        return self._calls.get(directory, ())

    def called_by(self, head: Span) -> Iterable[str]:
        """The directories that the call at a place leads to."""
        return self._targets.get(head, ())

    def text(self, path: str) -> SourceFile | None:
        """A file that is known to be there."""
        source = self._sources.read(path)
        return source if isinstance(source, SourceFile) else None

    def _pass_over(self, module: Module, deep: int = 0) -> None:
        """Count as reached what a module calls that is itself called, but never launched."""
        self.left_out += module.whole()
        for block in module.calls() if deep < _DEEPEST else ():
            directory = self._directory(Scope(module, self), block)
            if directory is not None and directory not in self._reached:
                self._reached.add(directory)
                self._pass_over(self.module(directory), deep + 1)

    def _missing(self, scope: Scope, block: Block, directory: str | None) -> str:
        """Why there is no module to be read at a call; empty where there is one."""
        name = block.labels[0]
        if directory is None:
            return f"module.{name} is not in this code"
        if not self._sources.within(directory):
            return self._refused(scope, block, f'the source of module "{name}" leads outside of the project').missing
        if directory in scope.path():
            reason = f'the call of module "{name}" leads back to a module that it is called from'
            return self._refused(scope, block, reason).missing
        if len(scope.calls) >= _DEEPEST:
            return self._refused(scope, block, f'module "{name}" is nested too deeply: it is not judged').missing
        return "" if self._sources.names(directory) else f"module.{name} is not in this code: there is no {directory}"

    def _refused(self, scope: Scope, block: Block, reason: str) -> Calls:
        scope.module.note(block.head, reason)
        return Calls({}, Expansion(None, False), reason)

    def _directory(self, scope: Scope, block: Block) -> str | None:
        """The directory of a called module that is a local path."""
        attribute = block.body.attribute("source")
        source = scope.attribute(attribute) if attribute else None
        if isinstance(source, Known) and isinstance(source.content, str) and source.content.startswith(("./", "../")):
            return called_directory(scope.module.directory, source.content)
        return None

    def _downloaded(self, scope: Scope, block: Block) -> manifest.Copy | None:
        """The copy that Terraform keeps of a called module, if it was initialised here for what the call says now."""
        from iac_imds_lint.terraform import manifest

        root = scope.root().module.directory
        if self._manifest is None:
            self._manifest = manifest.read(self._sources, root)
        copy = self._manifest.get(".".join((*scope.names, block.labels[0])))
        return copy if copy is not None and _is_current(copy, scope, block) else None

    def given(self, scope: Scope, name: str) -> Written | Said | None:
        """What the user and variable files give for a variable of the root module, the strongest of them."""
        if name in self._inputs.variables:
            return Said(self._inputs.variables[name], "--var")
        for file in reversed(self._inputs.variable_files):
            attribute = self._variable_file(file).attribute(name)
            if attribute is not None:
                return Written(attribute, file)
        for file, body in scope.module.tfvars():
            attribute = body.attribute(name)
            if attribute is not None:
                return Written(attribute, file)
        text = self._inputs.environment.get(name)
        return None if text is None else Said(text, ENVIRONMENT_PREFIX + name)

    def _variable_file(self, path: str) -> Body:
        if path not in self._files:
            self._files[path], problem = variables_in(self._sources, path)
            if problem is not None:
                self._problems[path] = problem
        return self._files[path]

    def file(self, path: str) -> SourceFile | Unread:
        """A file of the project, or why it is not read."""
        path = os.path.normpath(path)
        if not self._sources.within(path):
            return Unread(f"{path} is outside of the project")
        directory, name = os.path.split(path)
        if name not in self._sources.names(directory):
            return Unread(f"there is no file {path}", absent=True)
        source = self._sources.read(path)
        if isinstance(source, SourceFile):
            return source
        return Unread(f"{path} cannot be read" + (f": {source.reason}" if source else ""))

    def files_in(self, directory: str) -> tuple[str, ...] | str:
        """The names of the files in a directory of the project, or why it is not listed."""
        path = os.path.normpath(directory)
        if not self._sources.within(path):
            return f"{path} is outside of the project"
        return self._sources.names("" if path == os.curdir else path)


def _is_current(copy: manifest.Copy, scope: Scope, block: Block) -> bool:
    """Whether a copy is what Terraform would take for a call as it is written now, and not download another."""
    from iac_imds_lint.terraform import module_calls, remote_source, versions

    source = _remote(scope, block)
    if source is None or not remote_source.are_same(source, copy.source):
        return False
    parsed = remote_source.parse(source)
    if parsed is None or not parsed.provider:
        return True  # what a repository is asked for stands in the source
    return versions.admits(module_calls.asked(parsed, block, scope).constraint, copy.version)


def _remote(scope: Scope, block: Block) -> str | None:
    """The source of a call that is no local path."""
    attribute = block.body.attribute("source")
    text = known_text(scope.attribute(attribute)) if attribute else None
    return text if text and not text.startswith(("./", "../")) else None
