"""Terraform's operators on values that are known, and its conversion of conditions."""

from __future__ import annotations

from collections.abc import Mapping

from iac_imds_lint.value import Branches, Known, Unknown, Value


def truth(value: Value) -> Value:
    """Terraform's conversion of a condition to bool."""
    match value:
        case Known(bool()):
            return value
        case Known("true" | "false" as text, origins):
            return Known(text == "true", origins)
        case Known(_, origins):
            return Unknown("the condition is not a boolean", origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, truth(choice)) for label, choice in choices), origins)
        case _:
            return value


def short_circuit(operator: str, values: list[Value]) -> bool | None:
    """``false && x`` and ``true || x``, whatever x is."""
    truths = [known.content for known in map(truth, values) if isinstance(known, Known)]
    if operator == "&&" and False in truths:
        return False
    if operator == "||" and True in truths:
        return True
    return None


def computed(operator: str, contents: list[object]) -> bool | int | float | None:
    """What an operator makes of known operands; None where that is not evaluated."""
    match operator, contents:
        case "!", [bool() as one]:
            return not one
        case "-", [int() | float() as one]:
            return -one
        case "&&" | "||", [bool() as one, bool() as two]:
            return (one and two) if operator == "&&" else (one or two)
        case "==" | "!=", [one, two]:
            same = _equal(one, two)
            return None if same is None else same is (operator == "==")
        case "<" | ">" | "<=" | ">=", [int() | float() as one, int() | float() as two]:
            return {"<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}[operator]
        case _:
            return None


def _equal(one: object, two: object) -> bool | None:
    """Terraform's equality: types must agree; collections are compared only where both are empty."""
    if isinstance(one, tuple | Mapping) or isinstance(two, tuple | Mapping):
        empty = (one in ((), {}), two in ((), {}))
        return all(empty) if type(one) is type(two) and any(empty) else (False if one is None or two is None else None)
    if isinstance(one, bool) != isinstance(two, bool):
        return False
    return one == two
