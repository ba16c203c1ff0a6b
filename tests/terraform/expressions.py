"""Expressions read by the reader and evaluated without a configuration around them: no references, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.contents import is_null, picked
from iac_imds_lint.terraform.conversion import unify_branches
from iac_imds_lint.terraform.functions import call
from iac_imds_lint.terraform.hcl import body_of
from iac_imds_lint.terraform.operators import operated, truth
from iac_imds_lint.terraform.syntax import Access, Call, Conditional, Expression, Literal, Object, Operation, Tuple
from iac_imds_lint.terraform.tree import parse
from iac_imds_lint.value import Known, Origin, Unknown, Value, text_of

REFUSED = "refused by Terraform"
UNKNOWN = "not known"


def read(text: str) -> Expression:
    """The expression that a text is."""
    source = SourceFile("main.tf", f"x = {text}\n")
    root = parse(source)
    assert not root.has_error, text
    attribute = body_of(source, root).attribute("x")
    assert attribute is not None
    return attribute.read()


def value_of(text: str) -> Value:
    """What an expression without references is known to be."""
    return evaluated(read(text))


def evaluated(node: Expression) -> Value:
    match node:
        case Literal(span, content):
            return Known(content, (Origin(span, "here", literal=True),))
        case Tuple(span, items):
            return _whole(Known(tuple(map(evaluated, items)), (Origin(span, "here"),)))
        case Object(span, items):
            members = {text_of(evaluated(key).content): evaluated(item) for key, item in items}
            return _whole(Known(members, (Origin(span, "here"),)))
        case Call(_, name, arguments):
            return call(name, [evaluated(argument) for argument in arguments])
        case Operation(_, operator, operands):
            return operated(operator, [evaluated(operand) for operand in operands])
        case Conditional(_, condition, _, yes, no):
            return _chosen(truth(evaluated(condition)), yes, no)
        case Access(_, base, steps):
            return _stepped(evaluated(base), steps)
        case _:
            return Unknown(f"{type(node).__name__} is not evaluated here")


def _whole(value: Known) -> Value:
    parts = value.content.values() if isinstance(value.content, Mapping) else value.content
    return next((part for part in parts if isinstance(part, Unknown) and part.invalid), value)


def _chosen(condition: Value, yes: Expression, no: Expression) -> Value:
    if not isinstance(condition, Known):
        return condition
    taken, other = (yes, no) if condition.content else (no, yes)
    return picked(unify_branches(evaluated(taken), evaluated(other)), condition)


def _stepped(value: Value, steps: Sequence[object]) -> Value:
    for step in steps:
        key = step if isinstance(step, str) else evaluated(step.key).content
        content = value.content if isinstance(value, Known) else None
        inside = isinstance(content, tuple) and isinstance(key, int) and -1 < key < len(content)
        if inside or (isinstance(content, Mapping) and key in content):
            value = picked(content[key], value)
        else:
            return Unknown("there is no such member", invalid=True)
    return value


def plain(value: Value) -> object:
    """A value as JSON has it; REFUSED or UNKNOWN where it is neither known nor null."""
    if is_null(value):
        return None
    match value:
        case Known(Mapping() as members):
            return {key: plain(member) for key, member in members.items()}
        case Known(tuple() as elements):
            return [plain(element) for element in elements]
        case Known(content):
            return content
        case Unknown(invalid=True):
            return REFUSED
        case _:
            return UNKNOWN
