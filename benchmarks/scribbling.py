"""What somebody does to a text who means nothing by it: characters, words, lines and blocks come, go and come back."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

# Language Server Protocol 3.17, "Text Documents".
_END = re.compile(r"\r\n|\n|\r")
_WORD = re.compile(r"\w+|[^\w\s]+")
_CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

_CHARACTERS = (
    *"abxyz019_-.,:;=#/*?!&|<>[](){}\"'\\$%~ \t\n",
    *("\r", "\r\n", "\0", "\x85", "\u2028", "\ufeff", "\u00e9", "e\u0301", "\u65e5\u672c", "\U0001f600", "${", "%{"),
)
_WORDS = (
    *("http_tokens", "metadata_options", "optional", "required", "enabled", "disabled", "null", "true", "each.value"),
    *("aws_instance", "aws_launch_template", "var.x", "local.tokens", "count = 0", "for_each = toset([])", "dynamic"),
    *('"${var.x}"', "HttpTokens", "MetadataOptions", "!Ref X", "!Sub '${X}'", "Fn::If", "AWS::EC2::Instance"),
    *("<<EOT", "EOT", "/*", "*/", "&a", "*a", "<<: *a", "---", "? ", "- ", "|", ">", "\N{SNOWMAN}\U0001f680"),
)
_LINES = (
    'http_tokens = "required"',
    'http_tokens = "optional"',
    "metadata_options {",
    "}",
    "# iac-imds-lint: ignore[IMDS001] they asked for it",
    "# \u65e5\u672c \U0001f600",
    "      HttpTokens: optional",
    "    Type: AWS::EC2::Instance",
    "    Condition: Never",
    'variable "tokens" { default = "optional" }',
)
_BLOCKS = (
    'resource "aws_instance" "web%d" {\n  ami = "ami-0"\n}\n',
    'resource "aws_instance" "web%d" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n',
    'resource "aws_launch_template" "one%d" {\n  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n',
    'module "call%d" {\n  source = "./"\n}\n',
    "  Web%d:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-0\n",
    '"Web%d": {"Type": "AWS::EC2::Instance", "Properties": {}},\n',
)
# More than these make no text that anybody has.
_LARGEST = 200_000


class Change(NamedTuple):
    """``new`` in place of what stands between two offsets."""

    start: int
    end: int
    new: str


class Text:
    """A text in an editor: what it is, and how to come back to what it was."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text = self._first = text
        self.version = 1
        self._encoding = encoding
        self._undo: list[Change] = []

    def change(self, change: Change) -> dict[str, Any]:
        """Make a change; as the protocol writes it."""
        start, end, new = self._with_whole_newlines(change)
        written = {"range": {"start": self.position(start), "end": self.position(end)}, "text": new}
        self._undo = [*self._undo[-99:], Change(start, start + len(new), self.text[start:end])]
        self.text = self.text[:start] + new + self.text[end:]
        return written

    def replace(self, text: str) -> dict[str, Any]:
        """Another text; as the protocol writes it."""
        self._undo = [*self._undo[-99:], Change(0, len(text), self.text)]
        self.text = text
        return {"text": text}

    def restore(self) -> dict[str, Any]:
        """The text that it was at first; as the protocol writes it."""
        return self.replace(self._first)

    def undo(self) -> dict[str, Any] | None:
        """Take the last change back, if there is one."""
        if not self._undo:
            return None
        change = self._undo.pop()
        written = self.change(change)
        self._undo.pop()
        return written

    def position(self, offset: int) -> dict[str, int]:
        """The position of an offset."""
        ends = [end.end() for end in _END.finditer(self.text, 0, offset)]
        codec, size = _CODECS[self._encoding]
        line = self.text[ends[-1] if ends else 0 : offset]
        return {"line": len(ends), "character": len(line.encode(codec)) // size}

    def _with_whole_newlines(self, change: Change) -> Change:
        """The change without an end in a CRLF: no position of the protocol is there."""
        start, end, new = change
        if self.text[max(start - 1, 0) : start + 1] == "\r\n":
            start, new = start - 1, f"\r{new}"
        if self.text[max(end - 1, 0) : end + 1] == "\r\n":
            end, new = end + 1, f"{new}\n"
        return Change(start, end, new)


class Scribbler:
    """Who makes the changes: as drawn from ``draw``."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._kinds: list[Callable[[Text], list[dict[str, Any] | None]]] = [
            *[self._character] * 6,
            *[self._word, self._line, self._block, self._gone] * 3,
            *[self._undone] * 8,
            *[self._doubled, self._whole, self._ends, self._several],
            lambda text: [text.restore()],
        ]

    def changes(self, text: Text) -> list[dict[str, Any]]:
        """Changes of one message, made in a text; at least one."""
        if len(text.text) > _LARGEST:
            return [text.restore()]
        made = [one for one in self._draw.choice(self._kinds)(text) if one is not None]
        return made or [text.change(self._at_somewhere(text, "#"))]

    def _character(self, text: Text) -> list[dict[str, Any] | None]:
        return [text.change(self._at_somewhere(text, self._draw.choice(_CHARACTERS)))]

    def _word(self, text: Text) -> list[dict[str, Any] | None]:
        """A word in place of another."""
        found = [match.span() for match in _WORD.finditer(text.text)]
        start, end = self._draw.choice(found or [(0, 0)])
        return [text.change(Change(start, end, self._draw.choice(_WORDS)))]

    def _line(self, text: Text) -> list[dict[str, Any] | None]:
        start, _ = self._some_line(text)
        return [text.change(Change(start, start, f"{self._draw.choice(_LINES)}{self._draw.choice(_END_OF_LINES)}"))]

    def _block(self, text: Text) -> list[dict[str, Any] | None]:
        start, _ = self._some_line(text)
        block = self._draw.choice(_BLOCKS) % self._draw.randrange(4)
        return [text.change(Change(start, start, block))]

    def _gone(self, text: Text) -> list[dict[str, Any] | None]:
        """A character, a line or several of them go."""
        start, end = self._some_line(text)
        if self._draw.random() < 0.5:
            start = self._draw.randint(0, len(text.text))
            end = min(len(text.text), start + self._draw.choice((1, 1, 2, 40)))
        elif self._draw.random() < 0.3:
            end = max(end, self._some_line(text)[1])
        return [text.change(Change(start, min(end, start + 3000), ""))]

    def _undone(self, text: Text) -> list[dict[str, Any] | None]:
        return [text.undo() for _ in range(self._draw.choice((1, 1, 2, 5, 20)))]

    def _doubled(self, text: Text) -> list[dict[str, Any] | None]:
        start, end = self._some_line(text)
        return [text.change(Change(end, end, text.text[start:end]))]

    def _whole(self, text: Text) -> list[dict[str, Any] | None]:
        """The whole text is sent, as it is or with a piece more."""
        return [text.replace(text.text + self._draw.choice(("", "\n", "# end\n")))]

    def _ends(self, text: Text) -> list[dict[str, Any] | None]:
        """All lines end otherwise."""
        return [text.replace(_END.sub(self._draw.choice(_END_OF_LINES), text.text))]

    def _several(self, text: Text) -> list[dict[str, Any] | None]:
        return [self._character(text)[0] for _ in range(self._draw.randint(2, 6))]

    def _some_line(self, text: Text) -> tuple[int, int]:
        """Where a line begins, and the next one."""
        starts = [0, *(end.end() for end in _END.finditer(text.text)), len(text.text)]
        at = self._draw.randrange(len(starts) - 1)
        return starts[at], starts[at + 1]

    def _at_somewhere(self, text: Text, new: str) -> Change:
        at = self._draw.randint(0, len(text.text))
        return Change(at, at, new)


_END_OF_LINES = ("\n", "\n", "\n", "\r\n", "\r\n", "\r")
