"""Terraform's operators on values, and its conversion of their operands.

Source: Terraform language, "Operators" and "Types and Values"; both sides of ``&&`` and ``||`` must be boolean.
"""

from __future__ import annotations

from collections.abc import Sequence

from iac_imds_lint.terraform.contents import (
    TOO_LARGE,
    is_invalid,
    is_null,
    lost,
    oversized,
    refused,
    settled,
    told,
)
from iac_imds_lint.terraform.conversion import converted
from iac_imds_lint.terraform.equality import same
from iac_imds_lint.terraform.types import Simple
from iac_imds_lint.value import Branches, Known, Unknown, Value


def operated(operator: str, values: Sequence[Value]) -> Value:
    """What an operator makes of its operands."""
    if oversized(values):
        return TOO_LARGE
    return settled(values, lambda operands: _operated(operator, operands))


def _operated(operator: str, values: Sequence[Value]) -> Value:
    wrong = next((value for value in values if isinstance(value, Unknown) and value.invalid), None)
    if wrong is not None:
        return lost(wrong)
    match operator, values:
        case (("==" | "!="), [one, two]):
            equal = same(one, two)
            return lost(equal) if isinstance(equal, Unknown) else Known(equal is (operator == "=="), told(values))
        case (("!" | "&&" | "||"), _):
            return _logical(operator, [_operand(operator, value, Simple.BOOL) for value in values])
        case _, [_] | [_, _]:
            from iac_imds_lint.terraform.arithmetic import calculated

            return calculated(operator, [_operand(operator, value, Simple.NUMBER) for value in values])
        case _:
            return refused(f"the operator {operator} has other operands", *values)


def _operand(operator: str, value: Value, type: Simple) -> Value:
    if is_null(value):
        return refused(f"an operand of {operator} is null", value)
    return converted(value, type)


def _logical(operator: str, values: Sequence[Value]) -> Value:
    """One side decides where it is enough, whatever the other is."""
    wrong = next(filter(is_invalid, values), None)
    if wrong is not None:
        return wrong
    truths = [value.content for value in values if isinstance(value, Known)]
    enough = operator == "||"
    if operator != "!" and enough in truths:
        return Known(enough, told(values))
    unknown = next((value for value in values if isinstance(value, Unknown)), None)
    if unknown is not None:
        return lost(unknown)
    return Known(not truths[0] if operator == "!" else not enough, told(values))


def truth(value: Value) -> Value:
    """Terraform's conversion of a condition to bool."""
    match value:
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, truth(choice)) for label, choice in choices), origins)
        case _ if is_null(value):
            return refused("the condition is null", value)
        case _:
            return converted(value, Simple.BOOL)
