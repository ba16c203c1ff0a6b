"""Terraform's operators on numbers, which are decimals: ``0.1 + 0.2`` is ``0.3``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import trunc

from iac_imds_lint.terraform.contents import TOO_LARGE, carried, lost, missing, told
from iac_imds_lint.terraform.numbers import exact, held
from iac_imds_lint.value import Known, Unknown, Value

_COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda one, two: one < two,
    ">": lambda one, two: one > two,
    "<=": lambda one, two: one <= two,
    ">=": lambda one, two: one >= two,
}
_COMPUTED: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "/": lambda one, two: one / two,
    "%": lambda one, two: one - two * trunc(one / two) if two else one,
}


def calculated(operator: str, values: Sequence[Value]) -> Value:
    """What an operator makes of operands that are converted to numbers."""
    unknown = missing(values)
    if unknown is not None:
        return lost(unknown)
    contents = [value.content for value in values if isinstance(value, Known)]
    numbers = [exact(content) for content in contents if isinstance(content, int | float)]
    match operator, numbers:
        case "-", [number]:
            return _computed(-number, values)
        case "/", [Fraction(numerator=dividend), Fraction(numerator=0)]:
            return Unknown("a number is divided by zero", carried(values), invalid=not dividend)
        case _, [one, two] if operator in _COMPUTED:
            return _computed(_COMPUTED[operator](one, two), values)
        case _, [one, two] if operator in _COMPARED:
            return Known(_COMPARED[operator](one, two), told(values))
        case _:
            return Unknown(f"the operator {operator} is not evaluated")


def _computed(number: Fraction, values: Sequence[Value]) -> Value:
    content = held(number)
    return TOO_LARGE if content is None else Known(content, told(values))
