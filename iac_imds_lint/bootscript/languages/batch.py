"""Batch files, and the commands that cfn-init runs on Windows: line by line.

Sources: the help of cmd.exe ("cmd /?", "for /?", "set /?"), of curl, certutil and bitsadmin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript.asking import asked, is_of_another_cloud, names_token
from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Call, Language, Looked, Part
from iac_imds_lint.texts import STAND_IN, Text

# A line with those that a caret at its end continues.
_LINE = re.compile(r"(?:[^\n^]|\^(?:\r?\n)?)*")
_COMMENT = re.compile(r"\s*(?:@\s*)?(?:rem\b|::)", re.IGNORECASE)
_SHOWN = re.compile(r"\s*(?:@\s*)?(?:echo|title|msg)\b", re.IGNORECASE)
_COMMAND = re.compile(
    r"""
      (?:^|[&|(@'"`]|(?:\b(?:do|call|else|start)|/c|/wait|/b)\s)\s*(?:@\s*)?
      (?P<call> (?:[\w:.\\%()-]{0,200}\\)?(?P<program>curl|wget|certutil|bitsadmin)(?:\.exe)?\s
        (?P<rest> (?:\^\r?\n|[^&|\n'])* ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What is handed to PowerShell: in quotes, in braces, or as it stands up to the end of the line.
_POWERSHELL = re.compile(
    r"""\b(?:powershell|pwsh)(?:\.exe)?["']?\s (?:[^\n&|"']|\^&){0,300}?
        (?P<script> "(?:[^"\\\n]|\\.|"")*" | \{[^\n]*\} )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(
    r"\b(?:powershell|pwsh)(?:\.exe)?\s[^\n\"']{0,300}?-c(?:ommand)?\s+(?P<script>[^\s\"'&{-][^\n]*)", re.IGNORECASE
)
_SET = re.compile(r"\bset\s+\"?(?P<name>\w+)=(?P<value>[^\"&|\r\n]*)", re.IGNORECASE)
_VARIABLE = re.compile(r"%(?P<name>\w+)%|!(?P<late>\w+)!|%%?~?\w")
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_LONGEST = 2000
# Longer lines are not run: Microsoft, "Command prompt line string limitation".
_LONGEST_LINE = 8191


class _Line(NamedTuple):
    start: int
    content: str


def look(part: Part) -> Looked:
    """The calls in a batch file, and what it hands to PowerShell."""
    lines = [line for line in _lines(part.text.content) if not _COMMENT.match(line.content)]
    return Looked(tuple(_calls(lines)), tuple(_powershell(part, lines)))


def _lines(text: str) -> Iterator[_Line]:
    for found in _LINE.finditer(text):
        if found[0]:
            yield _Line(found.start(), found[0][:_LONGEST_LINE])


def _calls(lines: list[_Line]) -> Iterator[Call]:
    held: dict[str, str] = {}
    for line in lines:
        if is_of_interest(line.content) or "%" in line.content or "!" in line.content:
            yield from _of_line(line, held)
        for found in _SET.finditer(line.content):
            held[found["name"].lower()] = _filled(found["value"].strip(), held)[:_LONGEST]


def _of_line(line: _Line, held: dict[str, str]) -> Iterator[Call]:
    if _SHOWN.match(line.content) or names_token(_filled(line.content[:_LONGEST], held)):
        return
    for found in _COMMAND.finditer(line.content):
        words = [_filled(word[0] or word[1], held) for word in _WORD.findall(found["rest"][:_LONGEST])]
        path = _path([word.rstrip(")") for word in words])
        if path is not None and not is_of_another_cloud(found["rest"]):
            length = len(found["call"].rstrip('^ \t\r\n)`"' if found["call"].count('"') % 2 else "^ \t\r\n)`"))
            yield Call(line.start + found.start("call"), line.start + found.start("call") + length, _name(found), path)


def _name(found: re.Match[str]) -> str:
    return found["program"].lower()


def _path(words: list[str]) -> str | None:
    before = ["", *words]
    urls = (asked(word) for name, word in zip(before, words, strict=False) if name not in ("--noproxy", "-x", "-o"))
    return next((url for url in urls if url is not None), None)


def _filled(text: str, held: dict[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        name = (found["name"] or found["late"] or "").lower()
        return held.get(name, STAND_IN)

    return _VARIABLE.sub(fill, text)


def _powershell(part: Part, lines: list[_Line]) -> Iterator[Part]:
    for line in lines:
        if not is_of_interest(line.content) or _SHOWN.match(line.content):
            continue
        for found in (*_POWERSHELL.finditer(line.content), *_BARE.finditer(line.content)):
            start, end = line.start + found.start("script"), line.start + found.end("script")
            if is_of_interest(found["script"]):
                yield Part(unquoted(part.text, start, end), Language.POWERSHELL, part.what, is_argument=True)


def unquoted(outer: Text, start: int, end: int) -> Text:
    """What PowerShell sees of its argument: without the quotes around it, and with those that are escaped."""
    content = outer.content[start:end]
    if not content.startswith('"'):
        return outer.part(start, start + len(content.rstrip()))
    pieces, last = [], start + 1
    for found in re.finditer(r'\\"|""', content[1:-1]):
        at = start + 1 + found.start()
        pieces += [outer.part(last, at).inside(_in_quotes), texts.made('"', outer.span(at, at + 2))]
        last = at + 2
    return texts.joined([*pieces, outer.part(last, end - 1).inside(_in_quotes)])


def _in_quotes(text: str) -> str | None:
    return None if "%" in text or "\n" in text else text.replace('"', '\\"')
