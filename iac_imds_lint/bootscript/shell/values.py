"""What a word of a script may come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from iac_imds_lint.bootscript.hosts import HOSTS, TOKEN_HEADER
from iac_imds_lint.texts import STAND_IN

# What is not known of a value.
HIDDEN = "\ufffc"
_MOST = 16
_LONGEST = 4096

# The bytes from and to which a command stands.
Key: TypeAlias = tuple[int, int]


class Value(NamedTuple):
    """One of the texts that a word may come to, with HIDDEN for what is not known.

    ``through`` is the variable that held the host. ``token`` is 2 where it depends on whether there is a token, and 1
    where it is an answer to a call with one. ``asked`` are the calls without a token that it is an answer to. ``at`` is
    the word of a function's call that it is.
    """

    text: str
    through: str = ""
    token: int = 0
    asked: tuple[Key, ...] = ()
    at: Key | None = None

    @property
    def telling(self) -> bool:
        """Whether it says where IMDS is, or what carries a token."""
        lower = self.text.lower()
        return TOKEN_HEADER.lower() in lower or any(host in lower for host in HOSTS)


Values: TypeAlias = tuple[Value, ...]
# What a variable may hold: lists of elements, of which one that is no array has one.
Held: TypeAlias = tuple[tuple[Value, ...], ...]

UNKNOWN: Values = (Value(HIDDEN),)
EMPTY: Values = (Value(""),)


def known(text: str) -> Values:
    """What is written as it is."""
    return (Value(text.replace(STAND_IN, HIDDEN)),)


def united(some: Iterable[Value]) -> Values:
    """All of them once; of too many, those that tell most."""
    found = tuple(dict.fromkeys(some))
    if len(found) > _MOST:
        found = tuple(sorted(found, key=lambda one: not one.telling)[:_MOST])
    return found


def joined(left: Values, right: Values) -> Values:
    """Each on the left with each on the right after it."""
    if left == EMPTY:
        return right
    if len(left) == 1 and len(left[0].text) >= _LONGEST:
        return left
    return united(_both(one, other) for one in left for other in right)


def _both(one: Value, other: Value) -> Value:
    return Value(
        (one.text + other.text)[:_LONGEST],
        one.through or other.through,
        max(one.token, other.token),
        tuple(dict.fromkeys((*one.asked, *other.asked))),
        one.at or other.at,
    )


def single(values: Values) -> str | None:
    """The one text that they come to, if it is known."""
    texts = {one.text for one in values}
    text = next(iter(texts), HIDDEN)
    return text if len(texts) == 1 and HIDDEN not in text else None
