"""Ruby, Perl, JavaScript, Go, PHP, Java, and Python that does not parse: by patterns that hold for all of them.

A script is read as strings, comments and what is between. What requests a URL is known by its name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from iac_imds_lint.bootscript.asking import asked, asked_path, is_of_another_cloud, names_token
from iac_imds_lint.bootscript.hosts import HOSTS
from iac_imds_lint.script import Call, Language, Looked, Part, Unseen
from iac_imds_lint.texts import STAND_IN, Text

_LEXEMES = re.compile(
    r"""
      (?P<comment> /\*.*?(?:\*/|\Z) | (?<!:)//[^\n]* | (?<![\w$&])\#(?!\{)[^\n]* )
    | (?P<string> (?:\"\"\"|''')(?P<long>.*?)(?:\"\"\"|'''|\Z)
                | "(?:[^"\\\n]+|\\.)*(?:"|(?=\n)|\\?\Z) | '(?:[^'\\\n]+|\\.)*(?:'|(?=\n)|\\?\Z)
                | `(?:[^`\\]+|\\.)*(?:`|\\?\Z) )
    """,
    re.VERBOSE | re.DOTALL,
)
# What requests the URL that comes after it, by the names of all these languages.
_REQUESTS = re.compile(
    r"""
      (?<![\w.$>:])(?:
        (?:URI\.)?open | fetch | axios | got | request | get | getstore | getprint | head
      | file_get_contents | fopen | readfile | curl_init | urlopen | urlretrieve | new\s+URL )
      (?=\s*\(|\s*["'`$])
    | (?<![\w:])(?:
        Net::HTTP\.(?:get|get_response|start|new) | (?:HTTParty|RestClient|Faraday|Excon|HTTP)\.get
      | (?:http|https|axios|request|got|superagent|needle|requests|session|client|rest|\$)\.(?:get|request|Get|head)
      | http\.(?:NewRequest|NewRequestWithContext) | (?:urllib2?|urllib\.request)\.(?:urlopen|urlretrieve)
      | (?:http\.client|httplib)\.HTTPConnection | HTTPConnection | (?:urllib2|urllib\.request)\.Request
      | HttpRequest\.newBuilder | URI\.create )
      (?=\s*\()
    | (?: -> | \)\. )(?:get|request|GET)(?=\s*\()
    | HTTP::Request->new(?=\s*\()
    | CURLOPT_URL(?=\s*(?:,|=>))
    """,
    re.VERBOSE,
)
_COMMANDS = re.compile(
    r"(?:\b(?:system|exec\w*|shell_exec|passthru|popen|spawn\w*|check_output|check_call|call|run|getoutput|Command)"
    r"\s*\(?\s*|\bqx\s*|%x)\Z"
)
# What starts a program, and a shell only where it is told to.
_WITHOUT_SHELL = re.compile(r"(?:spawn\w*|check_output|check_call|call|run|Command)\s*\(?\s*\Z")
_ASSIGNED = re.compile(
    r"(?<![\w.>])(?:(?:my|our|const|let|var|String)\s+)?[$@]{0,2}(?P<name>[A-Za-z_]\w*)\s*(?::=|=(?![=~>]))\s*"
)
_NAME = re.compile(r"[$@]{0,2}(?P<name>[A-Za-z_]\w*)")
_BETWEEN = re.compile(r"\s*(?:\+|\.(?!\w)|\.(?=\s*[$\"'])|%)\s*")
_FILLED = re.compile(r"\$\{(?P<js>\w+)\}|\#\{(?P<ruby>\w+)\}|\$(?P<php>\w+)|%[sv]|\{\w*\}|\$\{[^}]*\}|\#\{[^}]*\}")
_METHODS = re.compile(r"\s*(?:URI(?:\.parse)?|new\s+URL|URL|url\.parse|Uri\.parse|parse_url|uri)\s*\(\s*")
# Limits of what belongs to one call: its length in letters, the arguments and keys in it.
_LONGEST = 400
_MOST = 24
_NEAR = 10


class _String(NamedTuple):
    start: int
    end: int
    value: str


class _Source:
    """A script of which the strings and comments are known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.strings: list[_String] = []
        comments: list[tuple[int, int]] = []
        for found in _LEXEMES.finditer(text):
            if found["comment"] is not None:
                comments.append(found.span())
            else:
                edge = 3 if found["long"] is not None else 1
                self.strings.append(_String(*found.span(), found[0][edge:-edge]))
        self._starts = [one.start for one in self.strings]
        # Each string and comment as blanks between its edges, so that offsets hold.
        self.code = _blanked(text, comments, self.strings)
        self._held: dict[int, str] = {}
        self._said: dict[int, str] = {}
        self._assigned: dict[str, list[int]] = defaultdict(list)
        for match in _ASSIGNED.finditer(self.code):
            self._assigned[match["name"]].append(match.end())

    def string_at(self, offset: int) -> _String | None:
        """The string that begins at an offset."""
        number = bisect_left(self._starts, offset)
        found = self.strings[number] if number < len(self.strings) else None
        return found if found and found.start == offset else None

    def held(self, name: str, at: int, depth: int) -> str:
        """What a variable holds at an offset: as last assigned before it, or else first after it."""
        places = self._assigned.get(name)
        if not places or depth > 5:
            return STAND_IN
        place = places[max(bisect_right(places, at) - 1, 0)]
        if place not in self._held:
            self._held[place] = STAND_IN
            self._held[place] = self.value(place, depth + 1)[:_LONGEST]
        return self._held[place]

    def said(self, offset: int) -> str:
        """What an argument at an offset says; calls in calls share theirs."""
        if offset not in self._said:
            self._said[offset] = self.value(offset)
        return self._said[offset]

    def value(self, offset: int, depth: int = 0) -> str:
        """What an expression at an offset says: strings and variables, one after the other."""
        parts: list[str] = []
        while offset < len(self.text) and len(parts) < 20:
            wrapped = _METHODS.match(self.code, offset)
            offset = wrapped.end() if wrapped else offset
            string, name = self.string_at(offset), _NAME.match(self.code, offset)
            if string is not None:
                parts.append(_FILLED.sub(partial(self._filled, string.start, depth), string.value))
                offset = string.end
            elif name is not None:
                parts.append(self.held(name["name"], offset, depth + 1) if depth < 5 else STAND_IN)
                offset = name.end()
            else:
                break
            between = _BETWEEN.match(self.code, offset)
            if between is None:
                break
            offset = between.end()
        return "".join(parts)

    def _filled(self, at: int, depth: int, found: re.Match[str]) -> str:
        name = found["js"] or found["ruby"] or found["php"]
        return self.held(name, at, depth + 1) if name else STAND_IN

    def arguments(self, start: int) -> Iterator[int]:
        """Where each argument of a call begins, and its end; lists and tables in it are gone through."""
        offset, depth, limit = start, 0, min(len(self.code), start + _LONGEST)
        yield start + len(self.code[start:limit]) - len(self.code[start:limit].lstrip(" \t("))
        while offset < limit:
            letter = self.code[offset]
            depth += (letter in "([{") - (letter in ")]}")
            if depth < 0 or (depth == 0 and letter in ";\n"):
                return
            if letter in "([{,:>":
                after = offset + 1
                while after < limit and self.code[after] in " \t\r\n":
                    after += 1
                yield after
            offset += 1

    def end_of(self, start: int) -> int:
        """Where a call ends: behind its last parenthesis, or at the end of the line."""
        depth, limit = 0, min(len(self.code), start + 5 * _LONGEST)
        for offset in range(start, limit):
            letter = self.code[offset]
            depth += (letter in "([{") - (letter in ")]}")
            if depth < 0 or (depth == 0 and letter in ";\n"):
                return offset
            if depth == 0 and letter == ")":
                return offset + 1
        return limit


def look(part: Part) -> Looked:
    """The calls in a script, and the commands that it hands to a shell."""
    source = _Source(part.text.content)
    found = tuple(_calls(source))
    if names_token(_without_comments(source)):
        return Looked((), tuple(_commands(part, source)), tuple(_uncertain(part, source, found)))
    return Looked(found, tuple(_commands(part, source)))


def _blanked(text: str, comments: list[tuple[int, int]], strings: list[_String]) -> str:
    pieces, last = [], 0
    for start, end in sorted(
        [*comments, *((one.start + 1, one.end - 1) for one in strings if one.end - one.start > 1)]
    ):
        pieces += [text[last:start], " " * (end - start)]
        last = max(end, last)
    return "".join([*pieces, text[last:]])


def _without_comments(source: _Source) -> str:
    return "\n".join(one.value for one in source.strings)


def _calls(source: _Source) -> Iterator[Call]:
    last = 0
    for found in _REQUESTS.finditer(source.code):
        if found.start() < last or source.string_at(found.start()) is not None:
            continue
        path = _path(source, found.end())
        if path is None:
            continue
        last = source.end_of(found.end())
        if not is_of_another_cloud(source.text[found.start() : last]):
            yield Call(found.start(), last, _program(found[0]), path)


def _program(name: str) -> str:
    return re.sub(r"\s+", " ", name.removeprefix(")").lstrip(".->"))


def _path(source: _Source, start: int) -> str | None:
    """What the arguments ask IMDS for: by a URL, or by a host and a path."""
    values = [source.said(offset) for offset in islice(source.arguments(start), _MOST)]
    url = next((path for path in map(asked, values) if path is not None), None)
    if url is not None and url:
        return url
    hosts = any(value.strip("[]").lower() in HOSTS for value in values)
    paths = [value for value in values if value.startswith("/")]
    if hosts and paths:
        return asked_path(paths[0])
    return url


def _uncertain(part: Part, source: _Source, found: tuple[Call, ...]) -> Iterator[Unseen]:
    """Calls in a script that names the header, but not near them."""
    lines = [match.end() for match in re.finditer("\n", source.text)]
    for call in found:
        first, last = bisect_right(lines, call.start), bisect_right(lines, call.end)
        start = lines[first - _NEAR - 1] if first > _NEAR else 0
        end = lines[last + _NEAR] if last + _NEAR < len(lines) else len(source.text)
        if not names_token(source.text[start:end]):
            reason = f"whether {call.program} asks IMDS with the token that the script names is not known"
            yield Unseen(part.text.span(call.start, call.end), reason)


def _commands(part: Part, source: _Source) -> Iterator[Part]:
    """Strings that a shell runs."""
    for one in source.strings:
        if not any(host in one.value.lower() for host in HOSTS):
            continue
        before = source.code[max(one.start - 30, 0) : one.start]
        if (source.text[one.start] == "`" and re.match(r"\s*\w+\s", one.value)) or _COMMANDS.search(before):
            edge = (one.end - one.start - len(one.value)) // 2
            text = part.text.part(one.start + edge, one.end - edge)
            spelling = in_single_quotes if source.text[one.start] == "'" else nothing
            by = "the script" if _WITHOUT_SHELL.search(before) else ""
            spelt = Text(text.content, tuple(piece.inside((spelling,)) for piece in text.pieces))
            yield Part(spelt, Language.SHELL, part.what, by=by)


def in_single_quotes(text: str) -> str | None:
    """A text as it is written between single quotes, which all of these languages take as it stands."""
    return None if re.search(r"['\\\n]", text) else text


def nothing(_: str) -> None:
    """Nothing is written where what it means depends on the language."""
