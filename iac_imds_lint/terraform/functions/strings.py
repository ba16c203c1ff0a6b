"""Functions of strings, but for ``format`` and regular expressions.

Source: Terraform language, Functions, "String Functions"; they are Go's, and so is what they take for white space.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from iac_imds_lint.terraform.contents import MOST_CHARACTERS, TOO_LARGE, is_null, refused
from iac_imds_lint.terraform.functions.signature import Computing, refusal, sequence
from iac_imds_lint.terraform.functions.text import clusters
from iac_imds_lint.terraform.types import STRINGS, Simple
from iac_imds_lint.value import Unknown, Value

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def lower(text: str) -> str:
    """One character is always one: Go's mapping of runes."""
    return text.lower() if text.isascii() else "".join(_one(each, each.lower()) for each in text)


def upper(text: str) -> str:
    """One character is always one: Go's mapping of runes."""
    return text.upper() if text.isascii() else "".join(_one(each, each.upper()) for each in text)


def _one(character: str, mapped: str) -> str:
    return mapped if len(mapped) == 1 else character


def title(text: str) -> str:
    """The first letter of each word in upper case; Go's words end at anything but letters, digits and ``_``."""
    previous = " "
    letters: list[str] = []
    for character in text:
        starts = not (previous.isalnum() or previous == "_") if previous.isascii() else previous in _SPACE
        letters.append(upper(character) if starts else character)
        previous = character
    return "".join(letters)


def trimspace(text: str) -> str:
    """Without white space at either end."""
    return text.strip(_SPACE)


def trim(text: str, characters: str) -> str:
    """Without any of the characters at either end."""
    return text.strip(characters) if characters else text


def chomp(text: str) -> str:
    """Without newlines at the end."""
    return text.rstrip("\r\n")


def indent(spaces: float, text: str) -> str | Unknown:
    """So many spaces before each line but the first."""
    if not isinstance(spaces, int) or spaces < 0:
        return refusal("the number of spaces must be a whole number")
    if spaces * (text.count("\n") + 1) > MOST_CHARACTERS:
        return TOO_LARGE
    return text.replace("\n", "\n" + " " * spaces)


def literally_replaced(text: str, part: str, other: str) -> str | Unknown:
    """Every occurrence of a part replaced."""
    if (text.count(part)) * len(other) > MOST_CHARACTERS:
        return TOO_LARGE
    return text.replace(part, other)


def split(separator: str, text: str) -> list[str] | Unknown:
    """The parts between the separators; without a separator, the characters."""
    return text.split(separator) if separator else list(text)


def substr(text: str, offset: float, length: float) -> str | Unknown:
    """So many characters from an offset, which counts from the end where it is negative."""
    characters = clusters(text)
    if isinstance(characters, Unknown):
        return characters
    if not isinstance(offset, int) or not isinstance(length, int):
        return refusal("the offset and the length must be whole numbers")
    start = max(offset + len(characters), 0) if offset < 0 else offset
    end = None if length < 0 else start + length
    return "".join(characters[start:end])


def strrev(text: str) -> str | Unknown:
    """The characters from last to first."""
    characters = clusters(text)
    return characters if isinstance(characters, Unknown) else "".join(reversed(characters))


def sort(texts: Sequence[str | None]) -> list[str] | Unknown:
    """Strings in the order of their code points."""
    found = [text for text in texts if text is not None]
    return sorted(found) if len(found) == len(texts) else refusal("an element is null")


def compact(texts: Sequence[str | None]) -> list[str]:
    """Without null and empty strings."""
    return [text for text in texts if text]


def joined(separator: str, *lists: Sequence[str | None]) -> str | Unknown:
    """The elements of all lists, one after another."""
    texts = [text for text in chain.from_iterable(lists) if text is not None]
    if len(texts) < sum(map(len, lists)):
        return refusal("an element is null")
    if sum(map(len, texts)) + len(separator) * len(texts) > MOST_CHARACTERS:
        return TOO_LARGE
    return separator.join(texts)


_JOIN = Computing((Simple.STRING, STRINGS), joined, rest=STRINGS)


def join(arguments: Sequence[Value]) -> Value:
    """The elements of lists in one string; one element that is not known is that element."""
    if any(map(is_null, arguments)):
        return refused("it is given null", *arguments)
    lists = [sequence(argument) for argument in arguments[1:]]
    elements = [each for found in lists if not isinstance(found, Unknown) for each in found]
    whole = not any(isinstance(found, Unknown) for found in lists)
    if whole and len(elements) == 1 and isinstance(elements[0], Unknown):
        return elements[0]
    return _JOIN("join", arguments)
