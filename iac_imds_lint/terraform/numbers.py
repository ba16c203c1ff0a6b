"""Terraform's numbers: decimals, held as int where they are whole and as float where they are not."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

Number = int | float

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BINARY = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)p[+-]?\d+", re.ASCII)
_MOST_DIGITS = 300
# As many digits of a decimal as every float keeps.
_EXACT_DIGITS = 15


def is_number(content: object) -> bool:
    """Whether a content is a number: Python's booleans are none of Terraform's."""
    return isinstance(content, int | float) and not isinstance(content, bool)


def exact(number: Number) -> Fraction:
    """The decimal that a number stands for; it must be finite."""
    from decimal import Decimal
    from fractions import Fraction

    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def held(number: Fraction) -> Number | None:
    """A number as a value holds it; None where it has too many digits."""
    if abs(number) >= 10**_MOST_DIGITS:
        return None
    return number.numerator if number.denominator == 1 else float(number)


def normal(number: Number) -> Number | None:
    """The same number, as an int where it is whole; None where it has too many digits."""
    if isinstance(number, int):
        return number if abs(number) < 10**_MOST_DIGITS else None
    if not math.isfinite(number):
        return None
    return held(exact(number)) if number.is_integer() else number


def parsed(text: str) -> Number | None:
    """The number that a string is converted to; infinite where it cannot be told, None where it is none."""
    if not _NUMBER.fullmatch(text):
        return math.inf if _BINARY.fullmatch(text) else None
    if len(text) > _MOST_DIGITS:
        return math.inf
    if text.isdigit():
        return int(text)
    from decimal import Decimal, InvalidOperation
    from fractions import Fraction

    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal takes
        return math.inf
    if abs(number.adjusted()) > _MOST_DIGITS:
        return math.inf if number else 0
    return held(Fraction(number))


def written(number: Number) -> str | None:
    """A number as Terraform converts it to a string; None where a float cannot tell all of its digits."""
    plain = normal(number)
    if plain is None:
        return None
    if isinstance(plain, int):
        return str(plain)
    from decimal import Decimal

    decimal = Decimal(repr(plain))
    return format(decimal, "f") if len(decimal.as_tuple().digits) <= _EXACT_DIGITS else None
