"""What PowerShell variables and expressions hold, as far as a script writes it out."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from iac_imds_lint.bootscript.asking import asked
from iac_imds_lint.bootscript.languages.powershell.tokens import Kind, Token, partners, tokens
from iac_imds_lint.texts import STAND_IN

# Expressions in expressions: deeper ones are not read.
_DEEPEST = 12
# An expression that is longer than this, in tokens, is no URL.
_LONGEST = 200
_LONGEST_URL = 2000
_KEEP = (".tostring", ".trim", ".trimend", ".trimstart", ".tolower")


class Assigned(NamedTuple):
    """An assignment: the name ("base", or "options.uri" for a key of it), and the ranges of tokens of all and of the
    value. ``adds`` is for ``+=``.
    """

    name: str
    first: int
    start: int
    end: int
    adds: bool


class Reading:
    """A script as tokens, with what its variables hold. Numbers are those of tokens."""

    def __init__(self, text: str) -> None:
        self.tokens: Sequence[Token] = tokens(text)
        self.pairs = partners(self.tokens)
        self._kept: dict[int, str] = {}
        # Each token is passed over once on the way to the end of what it is in.
        self._ends: dict[str, dict[int, int]] = defaultdict(dict)

    def past(self, number: int) -> int:
        """The number after a token, or after all of the group that it opens."""
        if self.tokens[number].kind is Kind.OPEN:
            return self.pairs.get(number, len(self.tokens) - 1) + 1
        return number + 1

    def end_of(self, number: int, also: str = "") -> int:
        """Where a command or a value ends that begins at a token; ``also`` are more operators that end it."""
        passed: list[int] = []
        ends = self._ends[also]
        while number < len(self.tokens) and number not in ends and not self._is_end(self.tokens[number], also):
            passed.append(number)
            number = self.past(number)
        end = ends.get(number, number)
        ends.update(dict.fromkeys(passed, end))
        return end

    @staticmethod
    def _is_end(token: Token, also: str) -> bool:
        if token.kind is Kind.OPERATOR:
            return token.value in ("|", "&&", "||", "&", *also)
        return token.kind in (Kind.BREAK, Kind.CLOSE)

    def before(self, number: int) -> Token | None:
        """The token before another."""
        return self.tokens[number - 1] if number else None

    def is_next_to(self, number: int) -> bool:
        """Whether nothing is between a token and the one before it."""
        return 0 < number < len(self.tokens) and self.tokens[number - 1].end == self.tokens[number].start

    @cached_property
    def assigned(self) -> tuple[Assigned, ...]:
        """All assignments, in order."""
        return tuple(self._assigned())

    @cached_property
    def _by_name(self) -> dict[str, list[Assigned]]:
        found: dict[str, list[Assigned]] = defaultdict(list)
        for one in self.assigned:
            found[one.name].append(one)
        return found

    def assignment(self, name: str, at: int) -> Assigned | None:
        """The last assignment of a name before a token; the first after it, where there is none: in a function."""
        found = self._by_name.get(name, [])
        number = bisect_left(found, at, key=lambda one: one.end)
        return found[max(number - 1, 0)] if found else None

    def held(self, name: str, at: int, depth: int = 0) -> str:
        """What a variable, or a key of it, holds at a token; with a stand-in for what is not known."""
        one = self.assignment(name, at)
        if one is None or one.end - one.start > _LONGEST or depth > _DEEPEST:
            return STAND_IN
        if one.first not in self._kept:
            self._kept[one.first] = STAND_IN
            before = self.held(name, one.first, depth + 1) if one.adds else ""
            self._kept[one.first] = (before + self.value(one.start, one.end, depth + 1))[:_LONGEST_URL]
        return self._kept[one.first]

    def value(self, start: int, end: int, depth: int = 0) -> str:
        """What tokens say as an expression; of several with commas between, the one that asks IMDS."""
        if depth > _DEEPEST or end - start > _LONGEST:
            return STAND_IN
        values, number = [""], start
        while number < end:
            token = self.tokens[number]
            if token.kind is Kind.OPERATOR and token.value == ",":
                values.append("")
            elif token.kind is Kind.WORD and token.value.lower() == "-f":
                return self._formatted(values[-1], number + 1, end, depth)
            elif not (token.kind is Kind.OPERATOR and token.value == "+"):
                values[-1] += self._one(number, end, depth)
                number = self._past_members(number, end)
                continue
            number = self.past(number)
        return next((one for one in values if asked(one) is not None), values[0] if len(values) == 1 else STAND_IN)

    def _one(self, number: int, end: int, depth: int) -> str:
        token, last = self.tokens[number], self.past(number)
        match token.kind:
            case Kind.TEXT:
                return token.value
            case Kind.VARIABLE:
                return self._variable(number, end, depth)
            case Kind.OPEN if token.value in ('"', '@"'):
                return "".join(self._one(inner, last - 1, depth + 1) for inner in self._inside(number))
            case Kind.OPEN if token.value in ("(", "$(", "@(") and depth < _DEEPEST:
                return self._group(number, last, depth)
            case Kind.OPEN if token.value == "[" and not self.is_next_to(number):
                return ""
            case Kind.WORD if self._is_bare(number):
                return token.value
            case Kind.BREAK:
                return ""
            case _:
                return STAND_IN

    def _inside(self, number: int) -> Iterator[int]:
        """The tokens of a string, each group once."""
        last, inner = self.past(number) - 1, number + 1
        while inner < min(last, number + _LONGEST):
            yield inner
            inner = self.past(inner)

    def _group(self, number: int, last: int, depth: int) -> str:
        inner = number + 1
        while inner < last and self.tokens[inner].kind is Kind.BREAK:
            inner += 1
        runs = inner < last and self.tokens[inner].kind is Kind.WORD and "/" not in self.tokens[inner].value
        piped = self.end_of(inner) != last - 1
        return STAND_IN if runs or piped else self.value(inner, last - 1, depth + 1)

    def _variable(self, number: int, end: int, depth: int) -> str:
        name, after = self.tokens[number].value, number + 1
        if after < end and self.is_next_to(after) and self.tokens[after].kind is Kind.WORD:
            member = self.tokens[after].value.lower()
            if member.startswith(".") and member not in _KEEP:
                return self.held(name + member, number, depth + 1)
        return self.held(name, number, depth + 1)

    def _past_members(self, number: int, end: int) -> int:
        """The number after an operand and what is asked of it: a property, a method with its arguments."""
        token, after = self.tokens[number], self.past(number)
        owns = token.kind in (Kind.VARIABLE, Kind.TEXT) or token.value in ("(", "$(", '"', "[")
        while owns and after < end and self.is_next_to(after):
            member = self.tokens[after]
            named = member.kind is Kind.WORD and member.value[:1] in (".", ":")
            called = member.value == "(" and self.tokens[after - 1].value.lower() in _KEEP
            if not (named and "/" not in member.value) and not called:
                break
            after = self.past(after)
        return after

    def _is_bare(self, number: int) -> bool:
        return "/" in self.tokens[number].value or "." in self.tokens[number].value or self.is_next_to(number)

    def _formatted(self, form: str, start: int, end: int, depth: int) -> str:
        given: list[str] = []
        while start < end and len(given) < 10:
            last = min(self.end_of(start, ","), end)
            given.append(self.value(start, last, depth + 1))
            start = last + 1
        for number, value in enumerate(given):
            form = form.replace(f"{{{number}}}", value)
        return form

    def _assigned(self) -> Iterator[Assigned]:
        opened: list[int] = []
        hashes: list[str] = []
        for number, token in enumerate(self.tokens):
            if token.kind is Kind.OPEN:
                opened.append(number)
                around = hashes[-1] if hashes and token.value == '"' else ""
                hashes.append(self._hash_of(number) if token.value == "@{" else around)
            elif token.kind is Kind.CLOSE and self.pairs.get(number, -1) == (opened[-1] if opened else -2):
                opened.pop()
                hashes.pop()
            elif token.kind is Kind.VARIABLE:
                in_list = bool(opened) and self.tokens[opened[-1]].value == "("
                yield from self._of_variable(number, in_list)
            elif hashes and hashes[-1] and token.kind in (Kind.WORD, Kind.TEXT):
                yield from self._of_key(hashes[-1], number)

    def _hash_of(self, number: int) -> str:
        """The variable to which a hash table is assigned."""
        first = number - 1
        if first >= 2 and self.tokens[first].value == "]":
            first = self.pairs.get(first, first) - 1
        named = first >= 1 and self.tokens[first].value == "=" and self.tokens[first - 1].kind is Kind.VARIABLE
        return self.tokens[first - 1].value if named else ""

    def _of_variable(self, number: int, in_list: bool) -> Iterator[Assigned]:
        name, after = self.tokens[number].value, number + 1
        key = self.tokens[after] if after < len(self.tokens) else None
        if key and key.kind is Kind.WORD and key.value.startswith(".") and self.is_next_to(after):
            name, after = name + key.value.lower(), after + 1
        elif key and key.value == "[" and self.is_next_to(after) and self.past(after) - after <= 6:
            name, after = f"{name}.{self._index(after + 1, self.past(after) - 1)}", self.past(after)
        operator = self.tokens[after] if after < len(self.tokens) else None
        if operator and operator.value in ("=", "+="):
            end = self.end_of(after + 1, "," if in_list else "")
            yield Assigned(name, number, after + 1, end, operator.value == "+=")
        elif operator and operator.value.lower() == "in" and in_list:
            yield Assigned(name, number, after + 1, self.end_of(after + 1), False)

    def _index(self, start: int, end: int) -> str:
        """What stands between brackets; variables are not known yet while their assignments are looked for."""
        held = any(token.kind is Kind.VARIABLE for token in self.tokens[start:end])
        return STAND_IN if held else self.value(start, end).lower()

    def _of_key(self, name: str, number: int) -> Iterator[Assigned]:
        after = number + 1
        if after < len(self.tokens) and self.tokens[after].value == '"':
            after += 1
        if after < len(self.tokens) and self.tokens[after].value == "=":
            key = self.tokens[number].value.lower()
            yield Assigned(f"{name}.{key}", number, after + 1, self.end_of(after + 1), False)
