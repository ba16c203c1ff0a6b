"""Functions of numbers.

Source: Terraform language, Functions, "Numeric Functions"; ``pow`` and ``log`` compute with floats there too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from iac_imds_lint.terraform.contents import TOO_LARGE
from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.numbers import Number, exact, held
from iac_imds_lint.value import Unknown

# Source: Terraform language, Functions, range: "an upper limit on the number of values".
_LONGEST_RANGE = 1024
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_DIGITS = 300


def absolute(number: Number) -> Number:
    """The number without its sign."""
    return abs(number)


def ceil(number: Number) -> Number:
    """The next whole number."""
    return math.ceil(exact(number))


def floor(number: Number) -> Number:
    """The whole number before."""
    return math.floor(exact(number))


def signum(number: Number) -> Number | Unknown:
    """-1, 0 or 1."""
    if not isinstance(number, int):
        return refusal("a whole number is needed")
    return (number > 0) - (number < 0)


def greatest(*numbers: Number) -> Number:
    """The greatest of the numbers."""
    return max(numbers)


def least(*numbers: Number) -> Number:
    """The least of the numbers."""
    return min(numbers)


def total(numbers: Sequence[Number | None]) -> Number | Unknown:
    """The sum of the numbers."""
    found = [number for number in numbers if number is not None]
    if not found or len(found) < len(numbers):
        return refusal("an element is null" if found else "there is nothing to add")
    result = held(sum(map(exact, found), start=exact(0)))
    return TOO_LARGE if result is None else result


def counted(*numbers: Number) -> list[Number] | Unknown:
    """``range``: numbers from a start up to, or down to, an end."""
    start, end = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) > 2 else (1 if end >= start else -1)
    if step == 0 or (len(numbers) > 2 and (end > start) != (step > 0) and end != start):
        return refusal("the step does not lead from the start to the end")
    steps = math.ceil((exact(end) - exact(start)) / exact(step))
    if steps > _LONGEST_RANGE:
        return refusal(f"there are more than {_LONGEST_RANGE} numbers")
    found = [held(exact(start) + number * exact(step)) for number in range(steps)]
    return [number for number in found if number is not None]


def power(base: Number, exponent: Number) -> Number | Unknown:
    """The base to the power of the exponent."""
    return _finite(lambda: math.pow(base, exponent))


def logarithm(number: Number, base: Number) -> Number | Unknown:
    """The logarithm to a base."""
    return _finite(lambda: math.log(number) / math.log(base) if base else -0.0)


def _finite(compute: Callable[[], float]) -> Number | Unknown:
    try:
        result = compute()
    except (ValueError, OverflowError, ZeroDivisionError):
        return refusal("there is no such number")
    return result if math.isfinite(result) else refusal("there is no such number")


def parseint(text: object, base: Number) -> Number | Unknown:
    """The whole number that digits in a base stand for; above 36, upper case letters come after lower case."""
    if not isinstance(text, str) or not isinstance(base, int) or not 2 <= base <= 62:
        return refusal("it takes a string and a base from 2 to 62")
    sign, digits = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
    values = [_DIGITS.find(digit.lower() if base <= 36 else digit) for digit in digits]
    if not digits or not all(0 <= value < base for value in values):
        return refusal(f"the string is no whole number in base {base}")
    if len(digits) > _MOST_DIGITS:
        return TOO_LARGE
    number = 0
    for value in values:
        number = number * base + value
    return -number if sign == "-" else number
