"""One call of a module: what its names stand for."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from iac_imds_lint.model import Downloaded
from iac_imds_lint.source import Problem, SourceFile, Span, Unread
from iac_imds_lint.terraform import snippets, types
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.contents import called_so, unplaced
from iac_imds_lint.terraform.evaluate import Bindings, Frame, evaluate
from iac_imds_lint.terraform.expansion import Expansion, Instance
from iac_imds_lint.terraform.steps import Outputs
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Expression, Literal, Object, Traversal
from iac_imds_lint.terraform.variables import Variable
from iac_imds_lint.value import Handle, Known, Origin, Unknown, Value, known_text

_NONE: Bindings = {}


# Longer chains of references and deeper nesting are not followed: Python's stack is the limit.
_DEEPEST = 70


class Budget:
    """How much may still be evaluated, for one root module and all that it calls.

    No real configuration comes near the limits; a small text can ask for far more.
    """

    def __init__(self, steps: int = 200_000) -> None:
        self._steps = steps
        self._depth = 0
        # Whether ``count`` or ``each`` was asked for since somebody set this to False.
        self.told_apart = False
        self._cases: dict[object, int] = {}

    def entered(self) -> str:
        """Go one expression deeper; or why not to."""
        if self._depth >= _DEEPEST:
            return "the chain of references is too long to follow"
        if self._steps <= 0:
            return "there is too much to evaluate"
        self._depth += 1
        self._steps -= 1
        return ""

    def case(self, key: object) -> int:
        """A number by which one case of something is told from others; the same for equal keys."""
        return self._cases.setdefault(key, len(self._cases) + 1)

    def spend(self, steps: int) -> None:
        """Count what a function has to look through: as so many expressions."""
        self._steps -= steps

    def left(self) -> None:
        """Come back from an expression."""
        self._depth -= 1


class Written(NamedTuple):
    """What a line of a variable file gives for a variable."""

    attribute: Attribute
    file: str


class Said(NamedTuple):
    """What the user gives for a variable: a text, and how it was given."""

    text: str
    by: str


class Call(NamedTuple):
    """A module call as one instance of it is: its block, the scope that it stands in, and its ``count`` or ``each``.

    ``downloaded`` where what it calls is a copy of somebody else's code. ``deciding`` are the places that decided which
    instances there are.
    """

    block: Block
    caller: Scope
    instance: Instance
    downloaded: Downloaded | None = None
    deciding: tuple[Span, ...] = ()


class Calls(NamedTuple):
    """What a module call expands to, by suffix; empty where the module is not there, for the reason that is given, or
    where there is no such call.
    """

    scopes: Mapping[str, Scope]
    expansion: Expansion
    missing: str = ""
    is_undeclared: bool = False


class Surroundings(Protocol):
    """What a scope asks of all that is known together."""

    budget: Budget

    def calls(self, scope: Scope, name: str) -> Calls:
        """The module call of that name in a scope."""

    def given(self, scope: Scope, name: str) -> Written | Said | None:
        """What variable files and the user give for a variable of the root module."""

    def file(self, path: str) -> SourceFile | Unread:
        """A file of the project by its path, or why it is not read."""

    def text(self, path: str) -> SourceFile | None:
        """A file that is known to be there."""

    def files_in(self, directory: str) -> tuple[str, ...] | str:
        """The names of the files in a directory of the project, or why it is not listed."""


class Scope:
    """One call of a module: its declarations, and the values that its caller gave.

    ``address`` is the prefix of its resources ("module.web."), ``names`` are those of the calls that lead here,
    ``calls`` their places and ``leading`` all that they say, outermost first; ``deciding`` are the places that decided
    whether it is called.
    """

    def __init__(self, module: Module, around: Surroundings, address: str = "", call: Call | None = None) -> None:
        self.module = module
        self.address = address
        self.caller = call.caller if call else None
        self.names: tuple[str, ...] = (*call.caller.names, call.block.labels[0]) if call else ()
        self.arguments: Body | None = call.block.body if call else None
        self.calls: tuple[Span, ...] = (*call.caller.calls, call.block.head) if call else ()
        self.leading: tuple[Span, ...] = (*call.caller.leading, call.block.span) if call else ()
        self.deciding: tuple[Span, ...] = (*call.caller.deciding, *call.deciding) if call else ()
        self.instance = call.instance if call else Instance("")
        self.certain: bool = call.caller.certain and call.instance.certain if call else True
        self.downloaded: Downloaded | None = (call.caller.downloaded or call.downloaded) if call else None
        self.budget = around.budget
        self._around = around
        self._values: dict[tuple[str, str], Value] = {}
        self._underway: set[tuple[str, str]] = set()
        self._called: dict[str, Calls] = {}
        self._expansions: dict[tuple[str, str], Expansion] = {}

    def path(self) -> Iterator[str]:
        """The directories of this module and of those that lead to it."""
        yield self.module.directory
        if self.caller is not None:
            yield from self.caller.path()

    def root(self) -> Scope:
        """The scope of the root module."""
        return self if self.caller is None else self.caller.root()

    def named(self, condition: str) -> str:
        """A condition by which no other module's is called: that of two modules may be written alike."""
        return f"{condition} in {self.address.rstrip('.')}" if self.address else condition

    def attribute(self, attribute: Attribute, bindings: Bindings = _NONE) -> Value:
        """The value of an argument of this module's code."""
        return evaluate(attribute.read(), Frame(self, bindings))

    def value(self, kind: str, name: str) -> Value:
        """The value of ``var.name`` or ``local.name``, computed once."""
        key = (kind, name)
        if key in self._underway:
            return Unknown(f"{kind}.{name} refers to itself", invalid=True)
        if key not in self._values:
            self._underway.add(key)
            self._values[key] = self._variable(name) if kind == "var" else self._local(name)
            self._underway.discard(key)
        return self._values[key]

    def _local(self, name: str) -> Value:
        attribute = self.module.local(name)
        if attribute is None:
            return self.undeclared(f"local.{name} is not defined")
        return called_so(self.attribute(attribute), f"local.{name}")

    def _variable(self, name: str) -> Value:
        declaration = self.module.variable(name)
        if declaration is None:
            return self.undeclared(f"var.{name} is not declared")
        variable = Variable(name, declaration, self)
        value = variable.value()
        return (
            unplaced(value, (Origin(declaration.head, f"var.{name}, which is sensitive", sensitive=True),))
            if (variable.is_secret())
            else value
        )

    def undeclared(self, reason: str) -> Unknown:
        """What is not declared in this module, unless that is done where a file cannot be read."""
        lost = self.module.lost
        return Unknown(reason, (Origin(lost, f"what {lost.path} declares, which cannot be read"),) if lost else ())

    def argument(self, name: str, head: Span, declared: types.Type | None) -> Value | None:
        """What the caller, or at the root a variable file or the user, gives for a variable; None where none does."""
        if self.caller is not None and self.arguments is not None:
            argument = self.arguments.attribute(name)
            if argument is None:
                return None
            value = self.caller.attribute(argument, self.instance.bindings)
            return called_so(self.instance.assuming(value), f"the argument {name} of {self.address.rstrip('.')}")
        match self._around.given(self, name):
            case Written(attribute, file):
                return called_so(self.attribute(attribute), f"var.{name} in {file}")
            case Said() as said:
                return self._said(name, said, head, declared)
            case None:
                return None

    def _said(self, name: str, said: Said, head: Span, declared: types.Type | None) -> Value:
        """A value that the user gives: text, or an expression where the type asks for one."""
        origin = Origin(head, f"var.{name}, given by {said.by}")
        if declared is None or (isinstance(declared, types.Simple) and declared is not types.Simple.ANY):
            return Known(said.text, (origin,))
        expression = snippets.expression_at(origin.span, said.text)
        if isinstance(expression, Problem):
            return Unknown(f"what {said.by} gives for var.{name} is no expression", (origin,))
        return unplaced(evaluate(expression, Frame(self, isolated=True)), (origin,))

    def output(self, name: str, attribute: Attribute) -> Value:
        """The value of an output of this module, computed once."""
        key = ("output", name)
        if key in self._underway:
            return Unknown(f"the output {name} refers to itself", invalid=True)
        if key not in self._values:
            self._underway.add(key)
            self._values[key] = self.attribute(attribute)
            self._underway.discard(key)
        return self._values[key]

    def called(self, name: str) -> Value:
        """What ``module.name`` stands for."""
        calls = self.instances(name)
        if calls.missing:
            return self.undeclared(calls.missing) if calls.is_undeclared else Unknown(calls.missing)
        undecided = not calls.expansion.is_decided()
        return calls.expansion.shaped(lambda suffix: Known(_Outputs(calls.scopes[suffix], undecided)))

    def instances(self, name: str) -> Calls:
        """The scopes of a module call, made once."""
        if name not in self._called:
            self._called[name] = self._around.calls(self, name)
        return self._called[name]

    def resource(self, type: str, name: str) -> Value | None:
        """What ``type.name`` stands for: of its attributes is known only whose they are. None where it is no one's."""
        block = self.module.resource(type, name)
        if block is None:
            return None
        reason = f"{type}.{name} is known only after apply"
        address = f"{self.address}{type}.{name}"
        return self.expansion(block).shaped(lambda suffix: Unknown(reason, (), Handle(address + suffix, "")))

    def data(self, type: str, name: str) -> Value:
        """What ``data.type.name`` stands for: what it finds is not known, but an image of AWS's is told."""
        key = (f"data.{type}", name)
        if key in self._underway:
            return Unknown(f"{key[0]}.{name} refers to itself", invalid=True)
        if key not in self._values:
            self._underway.add(key)
            self._values[key] = self._data(type, name)
            self._underway.discard(key)
        return self._values[key]

    def _data(self, type: str, name: str) -> Value:
        from iac_imds_lint.terraform.published import published

        block = self.module.data(type, name)
        found = Unknown(f"data.{type}.{name} is read when Terraform plans")
        if block is None:
            return found
        expansion = self.expansion(block)
        bindings = {instance.suffix: instance.bindings for instance in expansion.instances()}

        def leaf(suffix: str) -> Value:
            named = published(block, self, bindings.get(suffix, _NONE))
            return found._replace(handle=Handle(f"{self.address}data.{type}.{name}", "", named)) if named else found

        return expansion.shaped(leaf)

    def provider(self, name: str) -> str:
        """The provider configuration that a name such as "aws" or "aws.west" stands for here, as the root calls it."""
        if self.caller is None or self.arguments is None:
            return name
        handed = None if self.module.has_provider(name) else self.caller.handed(self.arguments, name)
        return self.address + name if handed is None else handed

    def region_of(self, provider: str) -> str | None:
        """The Region that a provider configuration of the root module, "aws" or "aws.west", is set to."""
        root = self.root()
        name, _, alias = provider.partition(".")
        for block in root.module.providers(name):
            told = [block.body.attribute(key) for key in ("alias", "region")]
            values = [known_text(root.attribute(attribute)) if attribute else None for attribute in told]
            if (values[0] or "") == alias:
                return values[1]
        return None

    def handed(self, call: Body, name: str) -> str | None:
        """The provider configuration that a call in this module hands on by a name; None where it hands on none.

        Source: Terraform language, "Providers Within Modules": without ``providers`` a call hands on the default ones.
        """
        attribute = call.attribute("providers")
        if attribute is None:
            return None if "." in name else self.provider(name)
        written = attribute.read()
        passed = dict(_pairs(written)) if isinstance(written, Object) else {}
        return self.provider(passed[name]) if name in passed else None

    def expansion(self, block: Block) -> Expansion:
        """What a resource or a module call expands to."""
        key = (block.type, ".".join(block.labels))
        if key not in self._expansions:
            found = [(name, block.body.attribute(name)) for name in ("count", "for_each")]
            written = next(((name, attribute) for name, attribute in found if attribute is not None), None)
            decider = self.attribute(written[1]) if written else None
            self._expansions[key] = Expansion(decider, written is not None and written[0] == "count")
        return self._expansions[key]

    def path_of(self, name: str) -> Value:
        """``path.module`` and ``path.root``, from the root module's directory; ``path.cwd`` the code cannot tell."""
        if name == "root":
            return Known(os.curdir)
        if name == "module":
            return Known(os.path.relpath(self.module.directory or os.curdir, self.root().module.directory or os.curdir))
        return Unknown(f"path.{name} depends on where Terraform runs")

    def source(self, path: str) -> SourceFile | None:
        """The file that a span of what was evaluated is in."""
        return self._around.text(path) if path else None

    def given(self, name: str) -> Written | Said | None:
        """What variable files and the user give for a variable of the root module."""
        return self._around.given(self, name)

    def file(self, path: str) -> SourceFile | Unread:
        """A file of the project, by its path from the root module's directory; or why there is none."""
        return self._around.file(os.path.join(self.root().module.directory, path))

    def files_in(self, directory: str) -> tuple[str, ...] | str:
        """The names of the files in a directory of the project, by its path from the root module's; or why not."""
        return self._around.files_in(os.path.join(self.root().module.directory, directory))


class _Outputs(Outputs):
    """The outputs of one instance of a module call."""

    def __init__(self, scope: Scope, undecided: bool) -> None:
        super().__init__(frozenset(scope.module.outputs()), undecided)
        self._scope = scope

    def __getitem__(self, name: str) -> Value:
        declaration = self._scope.module.output(name)
        value = declaration.attribute("value") if declaration else None
        if value is None:
            raise KeyError(name)
        return self._scope.output(name, value)


def _pairs(written: Object) -> Iterator[tuple[str, str]]:
    """The names of provider configurations in a ``providers`` argument, the caller's behind the called module's."""
    for key, item in written.items:
        yield dotted(key), dotted(item)


def dotted(name: Expression) -> str:
    """``aws.west``, which the JSON syntax writes as a string."""
    if isinstance(name, Traversal):
        return ".".join((name.root, *(step for step in name.steps if isinstance(step, str))))
    return str(name.content) if isinstance(name, Literal) else ""
