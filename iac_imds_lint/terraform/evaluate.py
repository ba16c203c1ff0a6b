"""What an expression is known to be, in the scope of one call of a module.

Null and unknown propagate as in Terraform; what this module does not evaluate is Unknown and says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.operators import computed, short_circuit, truth
from iac_imds_lint.terraform.scan import called_directory
from iac_imds_lint.terraform.syntax import (
    Access,
    Attribute,
    Body,
    Call,
    Conditional,
    Expression,
    Index,
    Literal,
    Object,
    Opaque,
    Operation,
    Template,
    Traversal,
    Tuple,
)
from iac_imds_lint.value import (
    Absent,
    Branches,
    Handle,
    Known,
    Origin,
    Unknown,
    Value,
    bounded,
    led_through,
    text_of,
)

# Longer chains of references and deeper nesting are not followed: Python's stack is the limit.
_DEEPEST = 90

Bindings = Mapping[str, Value]
_NONE: Bindings = {}


class ModuleCall(NamedTuple):
    """A call: its arguments, the scope that they are evaluated in, and its head."""

    arguments: Body
    caller: Scope
    head: Span


class Scope:
    """One call of a module: its declarations, and the values that its caller gave.

    ``address`` is the prefix of its resources ("module.web."), ``calls`` where it was called, outermost first.
    """

    def __init__(
        self,
        module: Module,
        children: Callable[[Scope, str], Scope | None],
        address: str = "",
        called: ModuleCall | None = None,
        certain: bool = True,
    ) -> None:
        self.module = module
        self.address = address
        self.certain = certain
        self.arguments = called.arguments if called else None
        self.caller = called.caller if called else None
        self.calls: tuple[Span, ...] = (*called.caller.calls, called.head) if called else ()
        self._load = children
        self._children: dict[str, Scope | None] = {}
        self._values: dict[tuple[str, str], Value] = {}
        self._underway: set[tuple[str, str]] = set()

    def child(self, name: str) -> Scope | None:
        """The scope of a local module that this one calls, made once."""
        if name not in self._children:
            self._children[name] = self._load(self, name)
        return self._children[name]

    def path(self) -> Iterator[str]:
        """The directories of this module and of those that lead to it."""
        yield self.module.directory
        if self.caller is not None:
            yield from self.caller.path()

    def named(self, condition: str) -> str:
        """A condition by which no other module's is called: that of two modules may be written alike."""
        return f"{condition} in {self.address.rstrip('.')}" if self.address else condition

    def value(self, kind: str, name: str, depth: int) -> Value:
        """The value of ``var.name`` or ``local.name``, computed once."""
        key = (kind, name)
        if key in self._underway:
            return Unknown(f"{kind}.{name} refers to itself")
        if key not in self._values:
            self._underway.add(key)
            self._values[key] = self._variable(name, depth) if kind == "var" else self._local(name, depth)
            self._underway.discard(key)
        return self._values[key]

    def _local(self, name: str, depth: int) -> Value:
        attribute = self.module.local(name)
        if attribute is None:
            return Unknown(f"local.{name} is not defined")
        return _named(self.attribute(attribute, depth), f"local.{name}")

    def _variable(self, name: str, depth: int) -> Value:
        given = self._given(name, depth)
        if given is not None:
            return given
        declaration = self.module.variable(name)
        if declaration is None:
            return Unknown(f"var.{name} is not declared")
        default = declaration.attribute("default")
        if default is None:
            return Unknown(f"var.{name} has no default and no value is given for it")
        return _named(self.attribute(default, depth), f"the default of var.{name}")

    def _given(self, name: str, depth: int) -> Value | None:
        """What the caller, or at the root a variable file, gives for a variable."""
        if self.caller is not None and self.arguments is not None:
            argument = self.arguments.attribute(name)
            if argument is None:
                return None
            value = self.caller.attribute(argument, depth)
            return _named(value, f"the argument {name} of {self.address.rstrip('.')}")
        for file, body in self.module.tfvars():
            attribute = body.attribute(name)
            if attribute is not None:
                return _named(self.attribute(attribute, depth), f"var.{name} in {file}")
        return None

    def attribute(self, attribute: Attribute, depth: int = 0, bindings: Bindings = _NONE) -> Value:
        """The value of an argument of this module's code."""
        return evaluate(attribute.read(), self, bindings, depth + 1)

    def output(self, call: str, name: str, depth: int) -> Value:
        """The value of ``module.call.name``."""
        child = self.child(call)
        body = child.module.output(name) if child else None
        value = body.attribute("value") if body else None
        if child is None or value is None:
            return Unknown(f"module.{call}.{name} is not in this code")
        return child.attribute(value, depth)


def evaluate(expression: Expression, scope: Scope, bindings: Bindings = _NONE, depth: int = 0) -> Value:
    """The value of an expression. Never raises; ``bindings`` are the iterators of dynamic blocks around it."""
    if depth > _DEEPEST:
        return Unknown("the chain of references is too long to follow", (Origin(expression.span, "here"),))
    match expression:
        case Literal(span, content):
            return Known(content, (Origin(span, "here", literal=True),))
        case Traversal():
            return _traversed(expression, scope, bindings, depth)
        case Access(span, base, steps):
            value = evaluate(base, scope, bindings, depth + 1)
            return _step_into(value, steps, scope, bindings, depth, "the value")
        case Conditional():
            return _conditional(expression, scope, bindings, depth)
        case Template(span, parts):
            return _joined(span, [evaluate(part, scope, bindings, depth + 1) for part in parts])
        case Tuple(span, items):
            return Known(tuple(evaluate(item, scope, bindings, depth + 1) for item in items), (Origin(span, "here"),))
        case Object(span, items):
            return _object(expression, scope, bindings, depth)
        case Operation(span, operator, operands):
            values = [evaluate(operand, scope, bindings, depth + 1) for operand in operands]
            return _operated(span, operator, values)
        case Call(span, name, _):
            return Unknown(f"the function {name}() is not evaluated yet", (Origin(span, "here"),))
        case Opaque(span, what):
            return Unknown(f"{what} is not evaluated yet", (Origin(span, "here"),))


def _named(value: Value, what: str) -> Value:
    """The value, its first origin called ``what``: a literal is then the default or the local that it stands in."""
    if not value.origins:
        return value
    renamed = (value.origins[0]._replace(what=what), *value.origins[1:])
    match value:
        case Known(content, _):
            return Known(content, renamed)
        case Absent():
            return Absent(renamed)
        case Unknown():
            return value._replace(origins=renamed)
        case Branches(condition, choices, _):
            return Branches(condition, choices, renamed)


def _traversed(node: Traversal, scope: Scope, bindings: Bindings, depth: int) -> Value:
    here = Origin(node.span, "here")
    if node.root in bindings:
        return led_through(_step_into(bindings[node.root], node.steps, scope, bindings, depth, node.root), here)
    first = node.steps[0] if node.steps else ""
    match node.root:
        case "var" | "local" if isinstance(first, str) and first:
            value = scope.value(node.root, first, depth)
            name = f"{node.root}.{first}"
            return led_through(_step_into(value, node.steps[1:], scope, bindings, depth, name), here)
        case "module" if len(node.steps) > 1 and isinstance(first, str):
            return led_through(_output(node, scope, bindings, depth), here)
        case "each" | "count" | "self":
            return Unknown(f"{_written(node)} differs between instances, which are not told apart yet", (here,))
        case "path" | "terraform":
            return Unknown(f"{_written(node)} depends on where Terraform runs", (here,))
        case "data" | "ephemeral":
            return Unknown(f"{_written(node)} is read when Terraform plans", (here,))
        case _:
            return _resource(node, scope, here)


def _output(node: Traversal, scope: Scope, bindings: Bindings, depth: int) -> Value:
    call, *rest = node.steps
    while rest and isinstance(rest[0], Index):
        rest = rest[1:]
    if not rest or not isinstance(rest[0], str):
        return Unknown(f"{_written(node)} is not evaluated yet")
    value = scope.output(str(call), rest[0], depth)
    return _step_into(value, tuple(rest[1:]), scope, bindings, depth, f"module.{call}.{rest[0]}")


def _resource(node: Traversal, scope: Scope, here: Origin) -> Value:
    """An attribute of a managed resource: known after apply, but whose it is, is known."""
    names = [step for step in node.steps if isinstance(step, str)]
    reason = f"{_written(node)} is known only after apply"
    if not names:
        return Unknown(f"{_written(node)} is not defined", (here,))
    attribute = names[1] if len(names) > 1 else ""
    handle = Handle(f"{scope.address}{node.root}.{names[0]}", attribute)
    return Unknown(reason, (here,), handle if scope.module.declares(node.root, names[0]) else None)


def _written(node: Traversal) -> str:
    """The traversal as a user would recognise it; indexes are shortened."""
    return node.root + "".join(f".{step}" if isinstance(step, str) else "[...]" for step in node.steps)


def _step_into(
    value: Value, steps: tuple[str | Index, ...], scope: Scope, bindings: Bindings, depth: int, name: str
) -> Value:
    for number, step in enumerate(steps):
        match value:
            case Known(content, origins):
                key = step if isinstance(step, str) else _key(step, scope, bindings, depth)
                value = _member(content, key, name, origins)
                name = f"{name}.{key}"
            case Branches(condition, choices, origins):
                rest = steps[number:]
                inner = tuple((k, _step_into(v, rest, scope, bindings, depth, name)) for k, v in choices)
                return Branches(condition, inner, origins)
            case Unknown() | Absent():
                return value
    return value


def _key(step: Index, scope: Scope, bindings: Bindings, depth: int) -> str | int | None:
    value = evaluate(step.key, scope, bindings, depth + 1)
    if isinstance(value, Known) and isinstance(value.content, str | int):
        return value.content
    return None


def _member(content: object, key: str | int | None, name: str, origins: tuple[Origin, ...]) -> Value:
    if key is None:
        return Unknown(f"which element of {name} is taken is not known", origins)
    if isinstance(content, Mapping) and str(key) in content:
        member: Value = content[str(key)]
        return member
    if isinstance(content, tuple) and isinstance(key, int) and -1 < key < len(content):
        item: Value = content[key]
        return item
    return Unknown(f'{name} is given no "{key}"', origins)


def _conditional(node: Conditional, scope: Scope, bindings: Bindings, depth: int) -> Value:
    condition = evaluate(node.condition, scope, bindings, depth + 1)
    here = Origin(node.span, "here")
    match truth(condition):
        case Known(True, origins) | Known(False, origins) as known:
            taken = node.yes if known.content else node.no
            value = evaluate(taken, scope, bindings, depth + 1)
            told = Origin(node.span, f"here, as {node.text} is {text_of(known.content)}")
            return _decided_by_condition(value, told, origins)
        case Branches(text, choices, _):
            branches = tuple((label, _branch(node, choice, scope, bindings, depth)) for label, choice in choices)
            return bounded(Branches(text, branches, (here,)))
        case _:
            yes = evaluate(node.yes, scope, bindings, depth + 1)
            no = evaluate(node.no, scope, bindings, depth + 1)
            name = scope.named(node.text)
            origins = condition.origins if isinstance(condition, Unknown) else ()
            return bounded(Branches(name, ((f"{name} is true", yes), (f"{name} is false", no)), (here, *origins)))


def _branch(node: Conditional, choice: Value, scope: Scope, bindings: Bindings, depth: int) -> Value:
    match truth(choice):
        case Known(content, _):
            return evaluate(node.yes if content else node.no, scope, bindings, depth + 1)
        case _:
            return Unknown(f"{node.text} is not known", (Origin(node.span, "here"),))


def _decided_by_condition(value: Value, told: Origin, condition: tuple[Origin, ...]) -> Value:
    """The value of the branch taken. What decided it is the condition: changing the branch's literal is no repair."""
    if not isinstance(value, Known):
        return led_through(value, told)
    steps = (*value.origins, *condition)
    return Known(value.content, (told, *(step._replace(literal=False) for step in steps if step.what != "here")))


def _object(node: Object, scope: Scope, bindings: Bindings, depth: int) -> Value:
    members: dict[str, Value] = {}
    here = (Origin(node.span, "here"),)
    for key, item in node.items:
        name = evaluate(key, scope, bindings, depth + 1)
        text = text_of(name.content) if isinstance(name, Known) else None
        if text is None:
            return Unknown("an object has a key that is not known", here)
        members[text] = evaluate(item, scope, bindings, depth + 1)
    return Known(members, here)


def _joined(span: Span, parts: list[Value]) -> Value:
    here = Origin(span, "here")
    words: list[str] = []
    for part in parts:
        match part:
            case Known(content, _) if (text := text_of(content)) is not None:
                words.append(text)
            case Unknown(reason, origins):
                return Unknown(reason, (here, *origins))
            case _:
                return Unknown("a part of the string is not known", (here,))
    return Known("".join(words), (here, *(origin._replace(literal=False) for origin in _origins(parts))))


def _origins(values: list[Value]) -> Iterator[Origin]:
    for value in values:
        if isinstance(value, Known):
            yield from (origin for origin in value.origins if not origin.literal or origin.what != "here")


def _operated(span: Span, operator: str, values: list[Value]) -> Value:
    here = Origin(span, "here")
    known = [value for value in values if isinstance(value, Known)]
    decided: bool | int | float | None = short_circuit(operator, values)
    if decided is None and len(known) == len(values):
        decided = computed(operator, [value.content for value in known])
    if decided is not None:
        return Known(decided, (here, *(origin._replace(literal=False) for origin in _origins(values))))
    unknown = next((value for value in values if isinstance(value, Unknown)), None)
    if unknown is not None:
        return Unknown(unknown.reason, (here, *unknown.origins))
    return Unknown(f"the operator {operator} is not evaluated on these values yet", (here,))


def local_directory(scope: Scope, source: Value) -> str | None:
    """The directory that a module call's ``source`` names, if it is a local path."""
    if isinstance(source, Known) and isinstance(source.content, str) and source.content.startswith(("./", "../")):
        return called_directory(scope.module.directory, source.content)
    return None
