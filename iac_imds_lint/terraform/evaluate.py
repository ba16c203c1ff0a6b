"""What an expression is known to be, in the scope of one call of a module.

Null and unknown propagate as in Terraform. What Terraform refuses is Unknown and marked as such; what nothing here
decides is Unknown and says what is missing. Nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.contents import (
    MOST_CHARACTERS,
    TOO_LARGE,
    carried,
    is_sensitive,
    picked,
)
from iac_imds_lint.terraform.steps import member, spread, written
from iac_imds_lint.terraform.syntax import (
    Access,
    Call,
    Conditional,
    Each,
    Expression,
    For,
    Literal,
    Object,
    Opaque,
    Operation,
    Splat,
    Step,
    Template,
    Traversal,
    Tuple,
)
from iac_imds_lint.value import (
    Absent,
    Branches,
    Known,
    Origin,
    Turn,
    Unknown,
    Value,
    bounded,
    distributed,
    led_through,
    text_of,
)

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scope import Scope

# Data sources of which it is told how many there are.
_COUNTED = frozenset({"aws_ami", "aws_ssm_parameter", "cloudinit_config", "template_cloudinit_config", "template_file"})

Bindings = Mapping[str, Value]
_NONE: Bindings = {}


class Frame(NamedTuple):
    """Where an expression is evaluated.

    ``bindings`` are the names that stand for values around it: ``each`` and ``count``, the iterators of dynamic blocks
    and of ``for``. ``isolated`` says that there are no others: so is the text of a template file.
    """

    scope: Scope
    bindings: Bindings = _NONE
    isolated: bool = False

    def binding(self, more: Bindings) -> Frame:
        """The same place with more names bound."""
        return self._replace(bindings={**self.bindings, **more})


def evaluate(expression: Expression, frame: Frame) -> Value:
    """The value of an expression."""
    budget = frame.scope.budget
    refusal = budget.entered()
    if refusal:
        return Unknown(refusal, (_here(expression.span),))
    try:
        return _evaluated(expression, frame)
    finally:
        budget.left()


def _evaluated(expression: Expression, frame: Frame) -> Value:
    match expression:
        case Literal(span, content, alone):
            return Known(content, (Origin(span, "here", literal=alone),))
        case Traversal():
            return _traversed(expression, frame)
        case Access(span, base, steps):
            return led_through(_stepped(evaluate(base, frame), steps, frame, "the value"), _here(span))
        case Conditional():
            return _conditional(expression, frame)
        case Template(span, parts):
            return distributed([evaluate(part, frame) for part in parts], lambda values: _joined(span, values))
        case Operation(span, operator, operands):
            return led_through(_operated(operator, [evaluate(operand, frame) for operand in operands]), _here(span))
        case Tuple() | Object():
            return _collection(expression, frame)
        case Call():
            return led_through(_call(expression, frame), _here(expression.span))
        case For():
            return led_through(_repeated(expression, frame), _here(expression.span))
        case Splat():
            return led_through(_each(evaluate(expression.base, frame), expression.steps, frame), _here(expression.span))
        case Opaque(span, what):
            return Unknown(f"{what} is not evaluated", (_here(span),))


# What Terraform does with values is imported where an expression asks for it: many files ask for nothing.


def _operated(operator: str, operands: Sequence[Value]) -> Value:
    from iac_imds_lint.terraform.operators import operated

    return operated(operator, operands)


def _truth(condition: Value) -> Value:
    from iac_imds_lint.terraform.operators import truth

    return truth(condition)


def _here(span: Span) -> Origin:
    return Origin(span, "here")


def _traversed(node: Traversal, frame: Frame) -> Value:
    here = _here(node.span)
    first = node.steps[0] if node.steps else ""
    if node.root in frame.bindings:
        frame.scope.budget.told_apart |= node.root in ("count", "each")
        return led_through(_stepped(frame.bindings[node.root], node.steps, frame, node.root), here)
    if frame.isolated:
        return Unknown(f"the template is given no {node.root}", (here,), invalid=True)
    match node.root:
        case "var" | "local" if isinstance(first, str) and first:
            value = frame.scope.value(node.root, first)
            return led_through(_stepped(value, node.steps[1:], frame, f"{node.root}.{first}"), here)
        case "module" if isinstance(first, str) and first:
            value = frame.scope.called(first)
            return led_through(_stepped(value, node.steps[1:], frame, f"module.{first}"), here)
        case "each" | "count" | "self":
            return Unknown(f"{written(node)} means nothing here", (here,), invalid=True)
        case "path":
            return led_through(frame.scope.path_of(str(first)), here)
        case "terraform":
            return Unknown(f"{written(node)} depends on where Terraform runs", (here,))
        case "data" | "ephemeral":
            return led_through(_read_later(node, frame), here)
        case _:
            return led_through(_resource(node, frame), here)


def _resource(node: Traversal, frame: Frame) -> Value:
    """What a managed resource is: known after apply, but whose an attribute is, is known before."""
    first, *rest = node.steps or ("",)
    declared = frame.scope.resource(node.root, first) if isinstance(first, str) else None
    if declared is None:
        return frame.scope.undeclared(f"{written(node)} is not declared")
    return _after_apply(_stepped(declared, tuple(rest), frame, f"{node.root}.{first}"), written(node))


def _read_later(node: Traversal, frame: Frame) -> Value:
    """What a data source finds: not known, but for which of the images of AWS's it is.

    How many there are of it is told of those that boot scripts are made with, too.
    """
    reason = f"{written(node)} is read when Terraform plans"
    match node.steps:
        case (str(type), str(name), *rest) if node.root == "data" and type in _COUNTED:
            found = _stepped(frame.scope.data(type, name), tuple(rest), frame, f"data.{type}.{name}")
            return found._replace(reason=reason) if isinstance(found, Unknown) and not found.invalid else found
        case _:
            return Unknown(reason)


def _after_apply(value: Value, name: str) -> Value:
    if isinstance(value, Unknown) and not value.invalid:
        return value._replace(reason=f"{name} is known only after apply")
    return value


def _stepped(value: Value, steps: Sequence[Step], frame: Frame, name: str) -> Value:
    """The value that some steps lead to."""
    for step in steps:
        if isinstance(step, Each):
            value = _each(value, step.steps, frame)
            continue
        key = Known(step) if isinstance(step, str) else evaluate(step.key, frame)
        is_name, of = isinstance(step, str), name
        value = distributed([value, key], lambda pair: member(pair[0], pair[1], of, is_name))  # noqa: B023
        name = f"{name}.{step}" if isinstance(step, str) else f"{name}[...]"
    return value


def _each(base: Value, steps: Sequence[Step], frame: Frame) -> Value:
    return distributed([base], lambda values: _splat(values[0], steps, frame))


def _splat(base: Value, steps: Sequence[Step], frame: Frame) -> Value:
    """``base[*]``: null is none, what is no list is one (HCL native syntax specification, "Splat Operators")."""
    match base:
        case Unknown(_, origins, handle) if handle is None:
            return base
        case Unknown():
            return _stepped(base, steps, frame, "the value")
        case Absent(origins) | Known(None, origins):
            return Known((), origins)
        case Known(tuple() as items, origins):
            return Known(tuple(_stepped(item, steps, frame, "the element") for item in items), origins)
        case _:
            return Known((_stepped(base, steps, frame, "the value"),), base.origins)


def _conditional(node: Conditional, frame: Frame) -> Value:
    condition = _truth(evaluate(node.condition, frame))
    here = _here(node.span)
    match condition:
        case Known(content, origins):
            taken, other = (node.yes, node.no) if content else (node.no, node.yes)
            beside = evaluate(other, frame)
            value = _of_common_type(evaluate(taken, frame), beside)
            told = Origin(node.span, f"here, as {node.text} is {text_of(content)}")
            return _decided_by_condition(value, told, _switched(origins, content is True, beside))
        case Branches(text, choices, _):
            taken_by = tuple((label, _branch(node, choice, frame)) for label, choice in choices)
            return bounded(Branches(text, taken_by, (here,)))
        case Unknown(invalid=True):
            return led_through(condition, here)
        case Unknown() | Absent():
            yes, no = evaluate(node.yes, frame), evaluate(node.no, frame)
            name = frame.scope.named(_told_apart(node.text, frame))
            choices = ((f"{name} is true", yes), (f"{name} is false", no))
            return bounded(Branches(name, choices, (here, *condition.origins)))


def _of_common_type(taken: Value, beside: Value) -> Value:
    """The result of a conditional has a type that both have (Terraform language, "Conditional Expressions")."""
    from iac_imds_lint.terraform.conversion import unify_branches

    return unify_branches(taken, beside) if isinstance(taken, Known) and isinstance(beside, Known) else taken


def _switched(condition: tuple[Origin, ...], holds: bool, other: Value) -> tuple[Origin, ...]:
    """The origins of a condition; a literal that decides it alone is marked as one that could turn it."""
    if not condition or not condition[-1].literal:
        return condition
    gives = text_of(other.content) if isinstance(other, Known) else None
    return (*condition[:-1], condition[-1]._replace(turn=Turn("false" if holds else "true", gives or "")))


def _branch(node: Conditional, choice: Value, frame: Frame) -> Value:
    match choice:
        case Known(content, _):
            return evaluate(node.yes if content else node.no, frame)
        case Branches(text, choices, _):
            return bounded(Branches(text, tuple((label, _branch(node, one, frame)) for label, one in choices)))
        case Unknown(invalid=True):
            return choice
        case _:
            return Unknown(f"{node.text} is not known", (_here(node.span),))


def _told_apart(condition: str, frame: Frame) -> str:
    """A condition by which no other is called: what is bound around it may differ where it is written alike."""
    read = [name for name in frame.bindings if re.search(rf"\b{re.escape(name)}\b", condition)]
    told = [spelt for name in read if (spelt := _case(name, frame.bindings[name], frame))]
    return f"{condition} with {' and '.join(told)}" if told else condition


def _case(name: str, value: Value, frame: Frame) -> str:
    """Which of several things a name is bound to; empty where one instance stands for all."""
    match value:
        case Known(str() | bool() | int() | float() as content) if not is_sensitive(value):
            return f'{name} = "{content}"' if isinstance(content, str) else f"{name} = {text_of(content)}"
        case Known(Mapping() as members) if all(isinstance(member, Unknown) for member in members.values()):
            return ""
        case _:
            return f"case {frame.scope.budget.case((name, repr(value)))} of {name}"


def _decided_by_condition(value: Value, told: Origin, condition: tuple[Origin, ...]) -> Value:
    """The value of the branch taken, which the condition decided, and then the literal in that branch."""
    kept = (step._replace(literal=False) for step in condition if step.what != "here" or step.sensitive or step.turn)
    return led_through(value, told, *kept)


def _collection(node: Tuple | Object, frame: Frame) -> Value:
    if isinstance(node, Object):
        return _object(node, frame)
    return Known(tuple(evaluate(item, frame) for item in node.items), (_here(node.span),))


def _object(node: Object, frame: Frame) -> Value:
    members: dict[str, Value] = {}
    names: list[Value] = []
    here = (_here(node.span),)
    for key, item in node.items:
        name = evaluate(key, frame)
        text = text_of(name.content) if isinstance(name, Known) else None
        if text is None:
            reason = name.reason if isinstance(name, Unknown) else "null or undecided"
            return Unknown(f"an object has a key that is not known: {reason}", here)
        members[text] = evaluate(item, frame)
        names.append(name)
    return picked(Known(members, here), *names)


def _joined(span: Span, parts: Sequence[Value]) -> Value:
    """A template of parts, none of which is divided."""
    here = _here(span)
    words: list[str] = []
    for part in parts:
        match part:
            case Known(content) if (text := text_of(content)) is not None:
                words.append(text)
            case Unknown(_, origins):
                return part._replace(origins=(here, *origins), handle=None)
            case _:
                return Unknown("a part of the string is null or a collection", (here,), invalid=True)
    if sum(map(len, words)) > MOST_CHARACTERS:
        return TOO_LARGE._replace(origins=(here,))
    return Known("".join(words), (here, *carried(parts)))


def _call(node: Call, frame: Frame) -> Value:
    arguments = [evaluate(argument, frame) for argument in node.arguments]
    if node.expanded and arguments:
        return distributed(arguments[-1:], lambda last: _expanded(node, arguments[:-1], last[0], frame))
    return _called(node.name, arguments, frame)


def _expanded(node: Call, arguments: list[Value], last: Value, frame: Frame) -> Value:
    match last:
        case Known(tuple() as items):
            return _called(node.name, [*arguments, *(picked(item, last) for item in items)], frame)
        case Unknown():
            return last
        case _:
            return Unknown(f"the last argument of {node.name}() is no list", last.origins, invalid=True)


def _called(name: str, arguments: Sequence[Value], frame: Frame) -> Value:
    from iac_imds_lint.terraform import file_functions, functions

    name = name.removeprefix("core::")
    held = (argument.content for argument in arguments if isinstance(argument, Known))
    frame.scope.budget.spend(sum(len(content) for content in held if isinstance(content, tuple | Mapping)) // 25)
    if name not in file_functions.NAMES:
        return functions.call(name, arguments)

    def render(template: Expression, variables: Bindings) -> Value:
        return evaluate(template, Frame(frame.scope, variables, isolated=True))

    return distributed(arguments, lambda values: file_functions.call(name, values, frame.scope, render))


def _repeated(node: For, frame: Frame) -> Value:
    return distributed([evaluate(node.collection, frame)], lambda values: _for(node, values[0], frame))


def _for(node: For, collection: Value, frame: Frame) -> Value:
    elements = spread(collection)
    if isinstance(elements, Unknown):
        return elements
    frames = [frame.binding(_bound(node.names, key, item)) for key, item in elements]
    if node.condition is None:
        return _collected(node, frames, [])
    conditions = [_truth(evaluate(node.condition, inner)) for inner in frames]
    return distributed(conditions, lambda decided: _collected(node, frames, decided))


def _bound(names: Sequence[str], key: Value, item: Value) -> Bindings:
    return {names[0]: key, names[1]: item} if len(names) > 1 else {names[0]: item}


def _collected(node: For, frames: Sequence[Frame], conditions: Sequence[Value]) -> Value:
    """The results for those elements whose condition holds, none of them divided."""
    open_one = next((condition for condition in conditions if isinstance(condition, Unknown)), None)
    if open_one is not None:
        return open_one
    held = [isinstance(condition, Known) and condition.content is True for condition in conditions]
    taken = [frame for frame, holds in zip(frames, held or [True] * len(frames), strict=True) if holds]
    if node.result_key is None:
        return Known(tuple(evaluate(node.result, frame) for frame in taken))
    return _keyed(node, node.result_key, taken)


def _keyed(node: For, key: Expression, frames: Sequence[Frame]) -> Value:
    members: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    names: list[Value] = []
    for frame in frames:
        name = evaluate(key, frame)
        text = text_of(name.content) if isinstance(name, Known) else None
        if text is None:
            return name if isinstance(name, Unknown) else Unknown("a key is null or undecided", name.origins)
        if text in members and not node.grouped:
            told = "same sensitive key" if is_sensitive(name) else f'key "{text}"'
            return Unknown(f"two elements have the {told}", name.origins, invalid=True)
        names.append(name)
        members[text] = evaluate(node.result, frame)
        groups.setdefault(text, []).append(members[text])
    found = {text: Known(tuple(items)) for text, items in groups.items()} if node.grouped else members
    return picked(Known(dict(_sorted(found))), *names)


def _sorted(members: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """In the order in which Terraform goes through keys: that of their bytes."""
    yield from sorted(members.items(), key=lambda pair: pair[0].encode())
