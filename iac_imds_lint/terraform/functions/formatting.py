"""``format`` and ``formatlist``.

Source: Terraform language, Functions, ``format``: its verbs, flags and widths are like Go's, but not all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.terraform.contents import MOST_CHARACTERS, TOO_LARGE
from iac_imds_lint.terraform.functions.encoding import jsonencode
from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.functions.text import clusters
from iac_imds_lint.terraform.numbers import is_number, normal, parsed, written
from iac_imds_lint.value import Unknown

if TYPE_CHECKING:
    from decimal import Decimal

_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\d+)?(?:\.(\d*))?(?:\[(\d+)\])?(.)?)", re.DOTALL | re.ASCII)
_WIDEST = 1000
_WHOLE = {"d": "d", "b": "b", "o": "o", "x": "x", "X": "X"}
_MARKS = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}


class Directive(NamedTuple):
    """``%-5.2s``: how to write an argument."""

    flags: str
    width: int
    precision: int | None
    verb: str


def formatted(pattern: str | None, *arguments: object) -> str | Unknown:
    """The pattern with its directives replaced by the arguments; all arguments must be used."""
    if pattern is None:
        return refusal("the format is null")
    if None in arguments:
        return Unknown("format() of null is not evaluated")
    return _filled(pattern, arguments)


def _filled(pattern: str, arguments: Sequence[object]) -> str | Unknown:
    pieces: list[str] = []
    at = place = used = characters = 0
    for match in _DIRECTIVE.finditer(pattern):
        piece: str | Unknown = "%"
        if match[0] != "%%":
            place = int(match[4]) if match[4] else place + 1
            used = max(used, place)
            piece = _directed(match, arguments[place - 1] if 0 < place <= len(arguments) else None)
        if isinstance(piece, Unknown):
            return piece
        characters += len(piece)
        if characters > MOST_CHARACTERS:
            return TOO_LARGE
        pieces += [pattern[at : match.start()], piece]
        at = match.end()
    if used < len(arguments):
        return refusal(f"the format uses {used} of {len(arguments)} arguments")
    return "".join([*pieces, pattern[at:]])


def _directed(match: re.Match[str], argument: object) -> str | Unknown:
    flags, width, precision, _, verb = match.groups()
    if argument is None:
        return refusal(f"there is no argument for {match[0]}")
    if len(width or "") > 4 or len(precision or "") > 4:
        return TOO_LARGE
    directive = Directive(flags, int(width or 0), None if precision is None else int(precision or 0), verb or "")
    if directive.width > _WIDEST or (directive.precision or 0) > _WIDEST:
        return TOO_LARGE
    written_so = _written(directive, argument)
    return refusal(f"{match[0]} does not fit its argument") if written_so is None else written_so


def _written(directive: Directive, argument: object) -> str | Unknown | None:
    """The argument as the directive asks; None where it does not fit."""
    match directive.verb:
        case "v":
            return _general(directive, argument)
        case "s" | "q":
            text = _text(argument)
            return _padded(directive, jsonencode(text) if directive.verb == "q" and isinstance(text, str) else text)
        case "t":
            truth = {"true": "true", "false": "false", True: "true", False: "false", "1": "true", "0": "false"}
            return truth.get(argument) if isinstance(argument, bool | str) else None
        case "d" | "b" | "o" | "x" | "X":
            number = _number(argument)
            return _whole(directive, number) if isinstance(number, int) else None
        case "e" | "E" | "f" | "g" | "G":
            number = _number(argument)
            return None if number is None else _decimal(directive, number)
        case _:
            return None


def _text(argument: object) -> str | Unknown | None:
    match argument:
        case bool():
            return "true" if argument else "false"
        case str():
            return argument
        case int() | float():
            return written(argument) or Unknown("a number has more digits than can be told")
        case _:
            return None


def _number(argument: object) -> int | float | None:
    found = parsed(argument) if isinstance(argument, str) else argument
    return normal(found) if is_number(found) and isinstance(found, int | float) else None


def _general(directive: Directive, argument: object) -> str | Unknown | None:
    """``%v``: strings as they are, numbers by ``%g``, collections as JSON."""
    if "#" in directive.flags or not isinstance(argument, str | int | float):
        return _padded(directive, jsonencode(argument))
    if isinstance(argument, int | float) and not isinstance(argument, bool):
        return _decimal(directive._replace(verb="g"), argument)
    return _text(argument) if isinstance(argument, bool) else _padded(directive, argument)


def _padded(directive: Directive, text: str | Unknown | None) -> str | Unknown | None:
    """Cut to the precision and filled up to the width, counted in characters."""
    if text is None or isinstance(text, Unknown):
        return text
    characters = clusters(text) if directive.width or directive.precision is not None else text
    if isinstance(characters, Unknown):
        return characters
    kept = characters if directive.precision is None else characters[: directive.precision]
    return _filled_up(directive, "", "".join(kept), len(kept))


def _filled_up(directive: Directive, sign: str, text: str, length: int) -> str:
    missing = max(directive.width - length - len(sign), 0)
    if "-" in directive.flags:
        return sign + text + " " * missing
    return sign + "0" * missing + text if "0" in directive.flags else " " * missing + sign + text


def _sign(directive: Directive, negative: bool) -> str:
    if negative:
        return "-"
    return "+" if "+" in directive.flags else " " if " " in directive.flags else ""


def _whole(directive: Directive, number: int) -> str:
    digits = format(abs(number), _WHOLE[directive.verb]).rjust(directive.precision or 0, "0")
    sign = _sign(directive, number < 0) + (_MARKS[directive.verb] if "#" in directive.flags else "")
    return _filled_up(directive, sign, digits, len(digits))


def _decimal(directive: Directive, number: float) -> str | Unknown:
    from decimal import Decimal

    verb = directive.verb
    exactly = Decimal(repr(number))
    if verb in "gG" and directive.precision is None:
        digits = _shortest(exactly.copy_abs())
    elif verb in "gG":
        digits = f"{abs(float(exactly)):.{directive.precision}g}"
    else:
        digits = (
            f"{exactly.copy_abs() or 0.0:.{6 if directive.precision is None else directive.precision}{verb.lower()}}"
        )
        digits = re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", digits)
    if digits is None:
        return Unknown("a number has more digits than can be told")
    sign = _sign(directive, exactly < 0)
    return _filled_up(directive, sign, digits.upper() if verb.isupper() else digits, len(digits))


def _shortest(number: Decimal) -> str | None:
    """As few digits as tell the number from others: ``1.5``, ``1e+06``."""
    exponent = number.adjusted()
    if -5 < exponent < 6 or not number:
        return written(float(number))
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def formatlist(pattern: str | None, *arguments: object) -> list[str] | Unknown:
    """The pattern filled in for each element of the lists among the arguments, which have one length."""
    lengths = {len(argument) for argument in arguments if isinstance(argument, list)}
    if len(lengths) > 1:
        return refusal("the lists have different lengths")
    found: list[str] = []
    characters = 0
    for number in range(lengths.pop() if lengths else 1):
        row = [argument[number] if isinstance(argument, list) else argument for argument in arguments]
        text = formatted(pattern, *row)
        if isinstance(text, Unknown):
            return text
        characters += len(text)
        if characters > MOST_CHARACTERS:
            return TOO_LARGE
        found.append(text)
    return found
