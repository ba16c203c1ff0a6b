"""What in a PowerShell script knows of tokens: variables that carry one, blocks that fall back from one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from iac_imds_lint.bootscript.asking import is_of_another_cloud, is_of_token, names_token
from iac_imds_lint.bootscript.languages.powershell.tokens import Kind
from iac_imds_lint.bootscript.languages.powershell.values import Reading

# Headers in a variable in a variable in a variable.
_ROUNDS = 4
# A block in a block in a block: an author who falls back does so near by.
_OUTWARDS = 20


class Function(NamedTuple):
    """A function: its name, its parameters, and the tokens of its body."""

    name: str
    parameters: frozenset[str]
    start: int
    end: int


class Care:
    """Knows which ranges of a script's tokens carry a token, and which fall back knowingly."""

    def __init__(self, reading: Reading, requests: Iterable[int]) -> None:
        self.reading = reading
        found = reading.tokens
        self.functions = tuple(_functions(reading))
        self._requests = sorted(requests)
        self._direct = [token.kind in (Kind.TEXT, Kind.WORD) and names_token(token.value) for token in found]
        self._foreign = [token.kind in (Kind.TEXT, Kind.WORD) and is_of_another_cloud(token.value) for token in found]
        self._touched = tuple(self._touches())
        self.carrying: frozenset[str] = frozenset()
        self._sums = self._summed(self._direct)
        for _ in range(_ROUNDS):
            more = frozenset(name for name, start, end in self._touched if self.carries(start, end))
            more |= self._handed(more)
            if more <= self.carrying:
                break
            self.carrying |= more
            self._sums = self._summed(self._direct)
        self._aware = self._summed(self._knows())
        self._informed = self._names_informed()
        self._chains = self._chained()
        self._around = self._enclosing()

    def carries(self, start: int, end: int) -> bool:
        """Whether a range of tokens names the header, or a variable that does."""
        return self._sums[end] > self._sums[start]

    def is_foreign(self, start: int, end: int) -> bool:
        """Whether a range names a header of another cloud."""
        return any(self._foreign[start : min(end, start + 500)])

    def falls_back(self, number: int) -> bool:
        """Whether a token is in a branch whose other branches, or whose condition, know of tokens."""
        if self._in_fallback(number):
            return True
        within = self.function_at(number)
        used = self._uses.get(within.name, ()) if within else ()
        return bool(used) and all(self._in_fallback(use) for use in used[:50])

    def function_at(self, number: int) -> Function | None:
        """The innermost function around a token."""
        last = bisect_right(self.functions, number, key=lambda one: one.start)
        near = reversed(self.functions[max(last - _OUTWARDS, 0) : last])
        return next((one for one in near if number < one.end), None)

    def _in_fallback(self, number: int) -> bool:
        block, steps = self._around[number], 0
        while block >= 0 and steps < _OUTWARDS:
            if any(self._knows_between(start, end) for start, end in self._chains.get(block, ()) if start != block):
                return True
            block, steps = self._around[block], steps + 1
        return False

    def _knows_between(self, start: int, end: int) -> bool:
        if self._aware[end] > self._aware[start]:
            return True
        condition = self.reading.tokens[start:end] if end - start < 20 else ()
        if not condition or condition[0].value != "(" or any(one.kind is Kind.TEXT for one in condition):
            return False
        return any(one.kind is Kind.VARIABLE and one.value in self._informed for one in condition)

    def _summed(self, marks: list[bool]) -> list[int]:
        found = self.reading.tokens
        held = (
            mark or (token.kind in (Kind.VARIABLE, Kind.SPLAT) and token.value in self.carrying)
            for mark, token in zip(marks, found, strict=True)
        )
        return [0, *accumulate(map(int, held))]

    def _touches(self) -> Iterator[tuple[str, int, int]]:
        """Variables, and the ranges that make them what they are, where those make no request."""
        reading = self.reading
        for one in reading.assigned:
            if not self._requests_in(one.start, one.end):
                yield one.name.partition(".")[0], one.first + 1, one.end
        for number, token in enumerate(reading.tokens[:-1]):
            after = reading.tokens[number + 1]
            if token.kind is Kind.VARIABLE and after.value.startswith(".") and reading.is_next_to(number + 1):
                end = reading.past(number + 2) if reading.tokens[number + 2 : number + 3] else number + 2
                yield token.value, number + 1, end

    def _requests_in(self, start: int, end: int) -> bool:
        at = bisect_left(self._requests, start)
        return at < len(self._requests) and self._requests[at] < end

    def _handed(self, carrying: frozenset[str]) -> frozenset[str]:
        """Parameters for headers of functions that are called with headers that carry a token."""
        parameters: set[str] = set()
        for one in self.functions:
            uses = self._uses.get(one.name, ())
            ends = [(use, self.reading.end_of(use)) for use in uses[:50]]
            if any(self.carries(use, end) for use, end in ends):
                parameters |= {name for name in one.parameters if "header" in name}
        return frozenset(parameters - carrying)

    @cached_property
    def _uses(self) -> dict[str, list[int]]:
        """Where each function is called."""
        names = {one.name for one in self.functions}
        found: dict[str, list[int]] = defaultdict(list)
        for number, token in enumerate(self.reading.tokens):
            if token.kind is Kind.WORD and token.value.lower() in names and not self._declares(number):
                found[token.value.lower()].append(number)
        return found

    def _declares(self, number: int) -> bool:
        before = self.reading.before(number)
        return before is not None and before.value.lower() in ("function", "filter")

    def _knows(self) -> list[bool]:
        """Which tokens show that their author knows of tokens: also calls of functions that do."""
        aware = [token.kind in (Kind.TEXT, Kind.WORD) and is_of_token(token.value) for token in self.reading.tokens]
        sums = self._summed(aware)
        for one in self.functions:
            if sums[one.end] > sums[one.start]:
                for use in self._uses.get(one.name, ()):
                    aware[use] = True
        return aware

    def _names_informed(self) -> frozenset[str]:
        """Variables that hold a token, or what was got with one."""
        sums = self._aware
        return frozenset(one.name for one in self.reading.assigned if sums[one.end] > sums[one.start])

    def _enclosing(self) -> list[int]:
        """For each token the number of the brace around it, or -1."""
        around, opened = [], [-1]
        for number, token in enumerate(self.reading.tokens):
            if token.kind is Kind.CLOSE and self.reading.pairs.get(number, -2) == opened[-1]:
                opened.pop()
            around.append(opened[-1])
            if token.value == "{" and token.kind is Kind.OPEN and number in self.reading.pairs:
                opened.append(number)
        return around

    def _chained(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """For the brace of each branch all ranges of its construct: its branches and conditions."""
        chains: dict[int, tuple[tuple[int, int], ...]] = {}
        for number, token in enumerate(self.reading.tokens):
            if token.kind is Kind.WORD and token.value.lower() in ("if", "try", "switch", "while"):
                ranges = tuple(self._ranges(number))
                chains.update({start: ranges for start, _ in ranges if self.reading.tokens[start].value == "{"})
        return chains

    def _ranges(self, number: int) -> Iterator[tuple[int, int]]:
        found, number, count = self.reading.tokens, number + 1, 0
        while number < len(found) and count < 100:
            token = found[number]
            if token.kind is Kind.OPEN and token.value in ("(", "{", "["):
                count += 1
                yield number, self.reading.past(number)
            elif token.value != "\n" and token.value.lower() not in ("elseif", "else", "catch", "finally"):
                return
            number = self.reading.past(number)


def _functions(reading: Reading) -> Iterator[Function]:
    for number, token in enumerate(reading.tokens[:-2]):
        if token.kind is not Kind.WORD or token.value.lower() not in ("function", "filter"):
            continue
        name, after = reading.tokens[number + 1].value.lower(), number + 2
        start = after
        if reading.tokens[after].value == "(":
            after = reading.past(after)
        while after < len(reading.tokens) and reading.tokens[after].kind is Kind.BREAK:
            after += 1
        if after < len(reading.tokens) and reading.tokens[after].value == "{":
            yield Function(name, frozenset(_parameters(reading, start, after)), after, reading.past(after))


def _parameters(reading: Reading, start: int, body: int) -> Iterator[str]:
    declared = [(start, body)]
    inner = next((n for n in range(body + 1, min(body + 20, len(reading.tokens))) if _is_param(reading, n)), None)
    if inner is not None:
        declared.append((inner, reading.past(inner + 1)))
    for first, last in declared:
        for token in reading.tokens[first:last]:
            if token.kind is Kind.VARIABLE:
                yield token.value


def _is_param(reading: Reading, number: int) -> bool:
    return reading.tokens[number].value.lower() == "param" and number + 1 < len(reading.tokens)
