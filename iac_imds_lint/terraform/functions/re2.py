"""RE2's syntax in Python's: what differs is translated, and what cannot be is not evaluated.

Source: github.com/google/re2, "Syntax". Classes are ASCII there, ``$`` is the very end, and nothing is possessive.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.value import Unknown

_LONGEST = 1000
_MOST_REPEATED = 1000
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_GROUP = re.compile(r"\(\?(?:P?<(?P<name>\w+)>|(?P<flags>[imsU]*(?:-[imsU]+)?)(?P<end>[:)]))", re.ASCII)
_REPEAT = re.compile(r"(?:[*+?]|\{(\d+)(?:,(\d*))?\})(\??)", re.ASCII)
_HEXADECIMAL = re.compile(r"x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")


class Pattern(NamedTuple):
    """A pattern in Python. ``repeats`` counts open repetitions, ``nested`` says that one is within another.

    ``folds`` says that case is ignored, which is done for ASCII only.
    """

    compiled: re.Pattern[str]
    repeats: int
    nested: bool
    folds: bool


class _Stop(Exception):  # noqa: N818
    """Ends a translation; it does not leave this module."""

    def __init__(self, answer: Unknown) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def translated(pattern: str) -> Pattern | Unknown:
    """The pattern in Python's syntax."""
    if len(pattern) > _LONGEST:
        return Unknown("so long a regular expression is not evaluated")
    translation = _Translation(pattern)
    try:
        text = translation.read()
        compiled = re.compile(text, re.ASCII | re.MULTILINE | (re.IGNORECASE if translation.ignores_case else 0))
    except _Stop as stop:
        return stop.answer
    except (re.error, RecursionError, OverflowError):
        return _not_evaluated("a part of it").answer
    if translation.folds and not pattern.isascii():
        return _not_evaluated("case of other letters than ASCII's").answer
    return Pattern(compiled, translation.repeats, translation.nested, translation.folds)


def _wrong(what: str) -> _Stop:
    return _Stop(refusal(f"the regular expression is not valid: {what}"))


def _not_evaluated(what: str) -> _Stop:
    return _Stop(Unknown(f"{what} in a regular expression is not evaluated"))


class _Group(NamedTuple):
    """An open group: where it starts in the result, the flags before it, and the repetitions before it."""

    start: int
    flags: frozenset[str]
    varying: int


class _Translation:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[str] = []
        self._flags: frozenset[str] = frozenset()
        self._groups: list[_Group] = []
        self._names: set[str] = set()
        # What a repetition would repeat: nothing, an atom, or a group with choices or repetitions inside.
        self._atom = ""
        self._varying = 0
        self.repeats = 0
        self.nested = False
        self.folds = False
        self.ignores_case = False

    def read(self) -> str:
        """The whole pattern in Python's syntax."""
        while self._at < len(self._pattern):
            self._step(self._pattern[self._at])
        if self._groups:
            raise _wrong("a parenthesis is not closed")
        return "".join(self._out)

    def _step(self, character: str) -> None:
        match character:
            case "(":
                self._open()
            case ")":
                self._close()
            case "[":
                self._put(self._class())
            case "\\":
                self._at += 1
                self._escape()
            case "*" | "+" | "?":
                self._repeat()
            case "{" if _REPEAT.match(self._pattern, self._at):
                self._repeat()
            case "|":
                self._varying += 1
                self._put("|", "")
                self._at += 1
            case _:
                self._put(self._literal(character))
                self._at += 1

    def _literal(self, character: str) -> str:
        match character:
            case "^":
                return "^" if "m" in self._flags else r"\A"
            case "$":
                return "$" if "m" in self._flags else r"\Z"
            case ".":
                return r"[\s\S]" if "s" in self._flags else "."
            case _:
                return re.escape(character)

    def _put(self, text: str, atom: str = "atom") -> None:
        self._out.append(text)
        self._atom = atom

    def _open(self) -> None:
        if not self._pattern.startswith("(?", self._at):
            return self._enter("(", self._at + 1)
        match = _GROUP.match(self._pattern, self._at)
        if match is None or match[0] in ("(?)", "(?-)"):
            raise _wrong("RE2 knows no such group")
        if match["name"]:
            return self._named(match["name"], match.end())
        return self._flagged(match["flags"], match["end"] == ":", match.end())

    def _named(self, name: str, end: int) -> None:
        if name in self._names:
            raise _not_evaluated("a name of two groups")
        if not name.isidentifier():
            raise _not_evaluated("a name that starts with a digit")
        self._names.add(name)
        self._enter(f"(?P<{name}>", end)

    def _flagged(self, flags: str, encloses: bool, end: int) -> None:
        on, _, off = flags.partition("-")
        if "U" in flags:
            raise _not_evaluated("the flag U")
        before = self._flags
        after = (before | set(on)) - set(off)
        if not encloses:
            self._set(after)
            self._at = end
            return
        changed = ("i" in before) != ("i" in after)
        self._enter("(?:" if not changed else "(?i:" if "i" in after else "(?-i:", end)
        self._flags = frozenset(after)
        self.folds = self.folds or "i" in after

    def _set(self, flags: set[str] | frozenset[str]) -> None:
        """Flags for the rest of the group. Python ignores case from the start or in groups of its own."""
        if ("i" in flags) != ("i" in self._flags):
            if self._out or "i" not in flags:
                raise _not_evaluated("the flag i in the middle")
            self.ignores_case = self.folds = True
        self._flags = frozenset(flags)

    def _enter(self, text: str, end: int) -> None:
        self._groups.append(_Group(len(self._out), self._flags, self._varying))
        self._put(text, "")
        self._at = end

    def _close(self) -> None:
        if not self._groups:
            raise _wrong("a parenthesis is not opened")
        group = self._groups.pop()
        self._flags = group.flags
        self._put(")", "varying" if self._varying > group.varying else "atom")
        self._at += 1

    def _repeat(self) -> None:
        match = _REPEAT.match(self._pattern, self._at)
        if match is None or not self._atom:
            raise _wrong("there is nothing to repeat")
        if self._atom == "repeated":
            raise _wrong("a repetition is repeated")
        least, most = match[1], match[2]
        if any(len(bound or "") > 4 or int(bound or 0) > _MOST_REPEATED for bound in (least, most)):
            raise _wrong("more than 1000 repetitions")
        if self._out[-1] in (r"\A", r"\Z", "^", "$", r"\b", r"\B"):
            raise _not_evaluated("a repetition of nothing")
        self.nested = self.nested or (self._atom == "varying" and match[0].rstrip("?") not in ("", "{1}"))
        fixed = least is not None and most is None
        self.repeats += 0 if fixed else 1
        self._varying += 0 if fixed else 1
        self._put(match[0], "repeated")
        self._at = match.end()

    def _escape(self) -> None:
        rest = self._pattern[self._at : self._at + 1]
        match rest:
            case "":
                raise _wrong("it ends in a backslash")
            case "d" | "D" | "w" | "W" | "s" | "S" | "b" | "B" | "A":
                self._put(f"\\{rest}")
                self._at += 1
            case "z":
                self._put(r"\Z")
                self._at += 1
            case "Q":
                end = self._pattern.find("\\E", self._at)
                quoted = self._pattern[self._at + 1 : end if end >= 0 else None]
                for character in quoted:
                    self._put(re.escape(character))
                self._at += 1 + len(quoted) + (2 if end >= 0 else 0)
            case _:
                self._put(self._character())

    def _character(self) -> str:
        """An escape that stands for one character, in a class or not."""
        rest = self._pattern[self._at]
        if match := _HEXADECIMAL.match(self._pattern, self._at):
            code = int(match[1] or match[2], 16)
        elif match := _OCTAL.match(self._pattern, self._at):
            code = int(match[0], 8)
        elif rest in _CONTROL or (rest.isascii() and not rest.isalnum()):
            match, code = None, _CONTROL.get(rest, ord(rest))
        else:
            raise _not_evaluated("a class of Unicode") if rest in "pP" else _wrong(f"RE2 knows no \\{rest}")
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise _wrong("there is no such character")
        self._at = match.end() if match else self._at + 1
        return re.escape(chr(code))

    def _class(self) -> str:
        """``[...]``, each of its parts so escaped that Python takes it for nothing else."""
        self._at += 1
        parts = ["["]
        if self._pattern.startswith("^", self._at):
            parts.append("^")
            self._at += 1
        first = True
        while first or not self._pattern.startswith("]", self._at):
            parts.append(self._part())
            first = False
        self._at += 1
        return "".join([*parts, "]"])

    def _part(self) -> str:
        """A named class, a range, or a character of a class."""
        if match := _POSIX_CLASS.match(self._pattern, self._at):
            if match[2] not in _POSIX:
                raise _wrong(f"there is no class {match[2]}")
            if match[1]:
                raise _not_evaluated("a negated class in a class")
            self._at = match.end()
            return _POSIX[match[2]]
        if self._pattern.startswith("\\", self._at) and self._pattern[self._at + 1 : self._at + 2] in tuple("dDwWsS"):
            self._at += 2
            return self._pattern[self._at - 2 : self._at]
        low = self._member()
        if not self._pattern.startswith("-", self._at) or self._pattern[self._at + 1 : self._at + 2] in ("]", ""):
            return low
        self._at += 1
        high = self._member()
        if ord(low[-1]) > ord(high[-1]):
            raise _wrong("a range is the wrong way round")
        return f"{low}-{high}"

    def _member(self) -> str:
        if self._at >= len(self._pattern):
            raise _wrong("a class is not closed")
        character = self._pattern[self._at]
        if character == "\\":
            self._at += 1
            if self._at >= len(self._pattern):
                raise _wrong("it ends in a backslash")
            return self._character()
        self._at += 1
        return character if character.isalnum() else f"\\{character}"
