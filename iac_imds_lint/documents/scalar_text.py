"""The text of a YAML or JSON scalar, with the places that its code points come from.

What the readers give is the law: where the places that are found here do not come to the same text, the whole text
comes from the whole scalar. Sources: RFC 8259, section 7; YAML 1.1, chapters 8 and 9, as libyaml reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.documents.node import Scalar
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import Piece, Requoted, Spelling, Splice, Text
from iac_imds_lint.value import text_of as as_text

# What a YAML text may hold as it is: printable, and none of its newlines or byte order marks.
_UNWRITABLE = re.compile("[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_FOLD = r"(?P<fold>[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*)"
_DOUBLE = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8}))"
    r"|(?P<wrap>\\\r?\n(?:[ \t]*\r?\n)*[ \t]*)"
    r"|\\(?P<letter>.)"
    rf"|{_FOLD}|[^\\ \t\r\n]+|[ \t]+"
)
_SINGLE = re.compile(rf"(?P<quote>'')|{_FOLD}|[^' \t\r\n]+|[ \t]+")
_PLAIN = re.compile(rf"{_FOLD}|[^ \t\r\n]+|[ \t]+")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?\r?\n")
_LINE = re.compile(r"(?P<blanks> *)[^\r\n]*")

_LETTERS = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def text_of(scalar: Scalar, source: SourceFile) -> Text:
    """The text of a scalar that stands in a file, as the reader of that file has it; that of a number as it is told.

    Text can be written into it where its style allows that.
    """
    content = as_text(scalar.content) or ""
    if isinstance(scalar.content, str) and not scalar.computed and scalar.span.path == source.path:
        text = _joined(_runs(scalar, source, content), source.path)
        if text.content == content:
            return text if scalar.quoted else _requoted(text, scalar.span, content)
    return texts.made(content, scalar.span)


def _requoted(text: Text, span: Span, content: str) -> Text:
    """The text of a scalar that has no quotes, and gets some where more is written into it that needs them."""
    quote = "'" if "'" not in content else '"'
    if len(text.pieces) != 1 or (quote == '"' and ('"' in content or "\\" in content)):
        return text
    spelling: Spelling = _Quoted(folds=False) if quote == "'" else _Escaped(folds=False)
    before, after = (Splice(Span(span.path, at, at), quote, "") for at in (span.start, span.end))
    return Text(content, (text.pieces[0]._replace(requoted=Requoted((spelling,), before, after)),))


class _Run(NamedTuple):
    """Code points of a text, and the range of the file that they come from."""

    content: str
    start: int
    end: int
    spelling: Spelling | None
    even: bool = True


def _joined(runs: Iterable[_Run], path: str) -> Text:
    """Runs one after the other; even ones that adjoin are one piece."""
    pieces: list[Piece] = []
    contents: list[str] = []
    length = 0
    for run in runs:
        contents.append(run.content)
        spellings = (run.spelling,) if run.spelling else ()
        piece = Piece(length, length + len(run.content), Span(path, run.start, run.end), run.even, spellings)
        length = piece.end
        last = pieces[-1] if pieces else None
        if last and last.even and piece.even and last.span.end == run.start and last.spellings == spellings:
            pieces[-1] = last._replace(end=length, span=last.span._replace(end=run.end))
        elif run.content:
            pieces.append(piece)
    return Text("".join(contents), tuple(pieces))


def _runs(scalar: Scalar, source: SourceFile, content: str) -> Iterator[_Run]:
    start, end = scalar.span.start, scalar.span.end
    match source.text[start : start + 1] if scalar.quoted else "":
        case '"':
            return _of_quotes(source, start + 1, end - 1, _DOUBLE, _Escaped)
        case "'":
            return _of_quotes(source, start + 1, end - 1, _SINGLE, _Quoted)
        case "|":
            return _of_literal(source, start, content)
        case ">":
            return _of_folded(source, scalar.span, content)
        case _:
            return _of_flow(source, start, end, _PLAIN, _plain)


class _Escaped(NamedTuple):
    """Spells a text in double quotes. Where lines are folded, blanks at a line's ends count only with an escape."""

    folds: bool

    def __call__(self, text: str) -> str | None:
        if _SURROGATE.search(text):
            return None
        written = _UNWRITABLE.sub(_hexadecimal, re.sub('[\n\r\t"\\\\]', lambda found: _ESCAPES[found[0]], text))
        if self.folds and written[-1:] == " ":
            written = f"{written[:-1]}\\ "
        return f"\\{written}" if self.folds and written[:1] == " " else written


def _hexadecimal(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


class _Quoted(NamedTuple):
    """Spells a text in single quotes, in which nothing can be escaped."""

    folds: bool

    def __call__(self, text: str) -> str | None:
        lost = self.folds and text != text.strip(" \t")
        return None if lost or _UNWRITABLE.search(text) else text.replace("'", "''")


# What may mean something to YAML in or at the ends of a text without quotes, wherever that stands.
_MEANS = re.compile(r"""[,\[\]{}]|:(?=[ \t]|\Z)|[ \t]\#|\A[-?:\#&*!|>'"%@`\s]|\s\Z""")


def _plain(text: str) -> str | None:
    return None if not text or _MEANS.search(text) or _UNWRITABLE.search(text) else text


class _Lines(NamedTuple):
    """Spells a text in a literal block: each further line after its margin. The first line may tell what that is."""

    newline: str
    margin: str
    tells: bool

    def __call__(self, text: str) -> str | None:
        if _UNWRITABLE.search(text.replace("\n", "")) or (self.tells and text[:1] in (" ", "\n")):
            return None
        *lines, last = text.split("\n")
        if not lines:
            return last
        inner = [f"{self.margin}{line}" if line else "" for line in lines[1:]]
        return self.newline.join([lines[0], *inner, f"{self.margin}{last}"])


def spelt(text: str, quote: str) -> str | None:
    """A text as a scalar of one line in these quotes, or without any; None where it cannot be one."""
    if quote:
        inner = _Escaped(folds=False)(text) if quote == '"' else _Quoted(folds=False)(text)
        return None if inner is None else f"{quote}{inner}{quote}"
    # A single word may be read as a number or a boolean.
    return _plain(text) if " " in text or "=" in text else None


def _on_a_line(text: str) -> str | None:
    """Spells a text in a folded block, where newlines mean something else, and so do blanks that begin a line."""
    return None if text[:1] in ("", " ", "\t") or _UNWRITABLE.search(text) else text


def _in_a_line(text: str) -> str | None:
    """Spells a text in a folded block behind what begins a line, where blanks are only blanks."""
    return None if not text or _UNWRITABLE.search(text) else text


def _unspelt(_: str) -> None:
    """Spells nothing, in a place that is none to write at."""


def _of_quotes(
    source: SourceFile, start: int, end: int, pattern: re.Pattern[str], spelling: type[_Escaped | _Quoted]
) -> Iterator[_Run]:
    """What stands in quotes: blanks that are written at the ends of its lines do not count, where it has several."""
    folds = "\n" in source.text[start:end]
    for run in _of_flow(source, start, end, pattern, spelling(folds)):
        yield from _apart(source, run, spelling) if folds and run.even else (run,)


def _apart(source: SourceFile, run: _Run, spelling: type[_Escaped | _Quoted]) -> Iterator[_Run]:
    """The characters that begin and end a line, and what lies between."""
    begins = not source.text[source.line_start(run.start) : run.start].strip()
    ends = not source.text[run.end : source.line_end(run.end)].strip()
    first = run.start + begins
    last = max(run.end - ends, first)
    for begin, end, at_end in ((run.start, first, True), (first, last, False), (last, run.end, True)):
        yield _Run(source.text[begin:end], begin, end, spelling(at_end))


def _of_flow(source: SourceFile, start: int, end: int, pattern: re.Pattern[str], spelling: Spelling) -> Iterator[_Run]:
    """What stands in quotes, or without any, with its lines folded."""
    at = start
    while at < end and (found := pattern.match(source.text, at, end)):
        content = _meant(found)
        yield _Run(content, at, found.end(), spelling, even=found.lastgroup is None)
        at = found.end()


def _meant(found: re.Match[str]) -> str:
    """What a part of a text in quotes stands for."""
    written = found[0]
    match found.lastgroup:
        case None:
            return written
        case "pair":
            return chr(0x10000 + ((int(written[2:6], 16) - 0xD800) << 10) + int(written[8:], 16) - 0xDC00)
        case "x" | "u" | "U":
            return _character(int(found[str(found.lastgroup)], 16))
        case "wrap":
            return "\n" * (written.count("\n") - 1)
        case "letter":
            return _LETTERS.get(written[1], "")
        case "quote":
            return "'"
        case _:
            newlines = written.count("\n")
            return "\n" * (newlines - 1) if newlines > 1 else " "


def _character(number: int) -> str:
    """A character by its number; U+FFFD for half of one, as the reader of JSON has it."""
    return "�" if 0xD800 <= number < 0xE000 else chr(min(number, 0x10FFFF))


class _Block(NamedTuple):
    """The lines of a block scalar from the first one after its header, and how far they are indented."""

    begin: int
    margin: int


def _block(source: SourceFile, start: int, content: str) -> _Block | None:
    """The block that begins with a header. The margin is told by the first line that has anything in it."""
    header = _HEADER.match(source.text, start)
    if header is None:
        return None
    empty = len(content) - len(content.lstrip("\n"))
    at = header.end()
    for _ in range(empty):
        at = _next_line(source, at)
    line = _LINE.match(source.text, at)
    blanks = len(line["blanks"]) if line else 0
    own = content[empty:]
    return _Block(header.end(), max(blanks - (len(own) - len(own.lstrip(" "))), 0))


def _next_line(source: SourceFile, at: int) -> int:
    newline = source.text.find("\n", at)
    return len(source.text) if newline < 0 else newline + 1


def _of_literal(source: SourceFile, start: int, content: str) -> Iterator[_Run]:
    """Each line after its margin, and the newlines between with the margins."""
    block = _block(source, start, content)
    if block is None:
        return
    spelling = _Lines(source.newline, " " * block.margin, tells=True)
    at, ended, breaks = block.begin, block.begin, ""
    for number, line in enumerate(content.split("\n")):
        breaks += "\n" if number else ""
        if line:
            begin = at + block.margin
            yield _Run(breaks, ended, begin, spelling if ended > block.begin else None, even=False)
            breaks, ended = "", begin + len(line)
            if source.text[begin:ended] != line:
                return
            yield _Run(line[:1], begin, begin + 1, spelling)
            spelling = spelling._replace(tells=False)
            yield _Run(line[1:], begin + 1, ended, spelling)
        at = _next_line(source, at)
    yield _Run(breaks, ended, min(at, len(source.text)), None, even=False)


def _of_folded(source: SourceFile, span: Span, content: str) -> Iterator[_Run]:
    """Each line after its margin, and what lies between as it is folded."""
    block = _block(source, span.start, content)
    if block is None:
        return
    at, ended, empty, indented, told = block.begin, block.begin, 0, True, 0
    while at < span.end:
        begin, end = at + block.margin, source.line_end(at)
        if end > begin:
            blank = source.text[begin] in " \t"
            between = _between(empty, kept=indented or blank, first=ended == block.begin)
            words = end - len(source.text[begin:end].lstrip(" \t"))
            yield _Run(between, ended, begin, None, even=False)
            yield _Run(source.text[begin:words], begin, words, _unspelt)
            yield _Run(source.text[words : words + 1], words, words + 1, _on_a_line)
            yield _Run(source.text[words + 1 : end], words + 1, end, _in_a_line)
            told += len(between) + end - begin
            ended, empty, indented = end, 0, blank
        else:
            empty += 1
        at = _next_line(source, at)
    yield _Run(content[told:], ended, span.end, None, even=False)


def _between(empty: int, *, kept: bool, first: bool) -> str:
    """What newlines come to between two lines, of which as many as ``empty`` lie between."""
    if first:
        return "\n" * empty
    if kept:
        return "\n" * (empty + 1)
    return "\n" * empty if empty else " "
