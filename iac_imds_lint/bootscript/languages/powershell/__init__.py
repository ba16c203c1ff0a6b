"""PowerShell: what asks IMDS in it, by its tokens.

tokens.py   a script as tokens
values.py   what variables and expressions hold
care.py     what carries a token, and what falls back from one
inner.py    the scripts that it writes or hands to others
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.bootscript.asking import asked
from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.bootscript.languages.powershell import inner
from iac_imds_lint.bootscript.languages.powershell.care import Care
from iac_imds_lint.bootscript.languages.powershell.tokens import Kind, Token
from iac_imds_lint.bootscript.languages.powershell.values import Reading
from iac_imds_lint.script import Call, Looked, Part, Unseen

# What requests a URL, by its name in small letters, and how it is called in a message.
COMMANDS = {
    "invoke-restmethod": "Invoke-RestMethod",
    "irm": "irm",
    "invoke-webrequest": "Invoke-WebRequest",
    "iwr": "iwr",
    "curl": "curl",
    "wget": "wget",
    "curl.exe": "curl.exe",
    "wget.exe": "wget.exe",
    "start-bitstransfer": "Start-BitsTransfer",
}
_METHODS = (
    ".downloadstring",
    ".downloadfile",
    ".downloaddata",
    ".downloadstringtaskasync",
    ".downloadfiletaskasync",
    ".openread",
    ".getstringasync",
    ".getasync",
    ".getstreamasync",
    ".getbytearrayasync",
)
_MAKERS = ("webrequest", "httpwebrequest", "httprequestmessage")
# Arguments that hold no URL to ask.
_NOT_ASKED = (
    *("-o", "-headers", "-h", "--header", "-body", "-outfile", "-proxy", "-x", "--proxy", "--noproxy", "-useragent"),
    *("-a", "--user-agent", "-method", "-timeoutsec", "-destination", "--output", "-d", "--data"),
)
_BEFORE = (
    *("return", "try", "do", "else", "throw", "exit", "!", "-not", "begin", "process", "end", "cmd", "/c", "."),
    *("-command", "-c"),
)


class _Asks(NamedTuple):
    """A request for something of IMDS: its tokens, and where its own headers are."""

    start: int
    end: int
    program: str
    path: str
    carrier: str = ""
    note: str = ""


def look(part: Part) -> Looked:
    """The calls in a PowerShell script, the scripts in it, and the requests whose headers are not known."""
    if not is_of_interest(part.text.content):
        return Looked()
    reading = Reading(part.text.content)
    requests = tuple(_requests(reading))
    care = Care(reading, requests)
    found = [*_asking(reading, requests), *_through_functions(reading, care, requests)]
    calls, unseen = [], []
    for one in found:
        if _is_careful(one, care):
            continue
        start, end = reading.tokens[one.start].start, reading.tokens[one.end - 1].end
        reason = _unknown_headers(one, reading)
        if reason:
            unseen.append(Unseen(part.text.span(start, end), reason))
        else:
            calls.append(Call(start, end, one.program, one.path, one.note))
    return Looked(tuple(sorted(calls, key=lambda call: call[:2])), tuple(inner.parts(part, reading)), tuple(unseen))


def is_command(reading: Reading, number: int) -> bool:
    """Whether a word is in the place of a command's name."""
    before = reading.before(number)
    if before is None or before.kind is Kind.BREAK or (before.kind is Kind.OPERATOR and before.value != ","):
        return not reading.is_next_to(number) or before is None or before.value != "$"
    if before.kind is Kind.OPEN:
        return before.value not in ("[", '"', '@"')
    if before.value == "}" or (before.value == "]" and not reading.is_next_to(number)):
        return True
    return before.kind is Kind.WORD and before.value.lower() in _BEFORE


def _requests(reading: Reading) -> Iterator[int]:
    """The tokens that request something: names of commands, of methods, of classes."""
    for number, token in enumerate(reading.tokens):
        if token.kind is not Kind.WORD:
            continue
        word = token.value.lower()
        if (word in COMMANDS and is_command(reading, number)) or _method(word) or _makes(reading, number):
            yield number


def _method(word: str) -> str:
    return next((name for name in _METHODS if word.endswith(name)), "") if "." in word else ""


def _makes(reading: Reading, number: int) -> bool:
    """Whether a word makes a request: ``[Net.WebRequest]::Create``, ``New-Object Net.Http.HttpRequestMessage``."""
    word = reading.tokens[number].value.lower()
    if word in ("::create", "::new", "::createhttp") and number >= 2:
        return reading.tokens[number - 2].value.lower().rpartition(".")[2] in _MAKERS
    before = reading.before(number)
    return word.rpartition(".")[2] in _MAKERS and before is not None and before.value.lower() == "new-object"


def _asking(reading: Reading, requests: tuple[int, ...]) -> Iterator[_Asks]:
    for number in requests:
        word = reading.tokens[number].value
        if word.lower() in COMMANDS:
            yield from _by_command(reading, number, COMMANDS[word.lower()])
        else:
            yield from _by_method(reading, number)


def _by_command(reading: Reading, number: int, program: str, note: str = "") -> Iterator[_Asks]:
    end = reading.end_of(number)
    urls = (asked(value) for value in _values(reading, number + 1, end))
    path = next((url for url in urls if url is not None), None)
    if path is not None:
        yield _Asks(number, end, program, path, note=note)


def arguments(reading: Reading, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The arguments of a command: the name of the parameter before each, and its tokens."""
    name = ""
    while start < end:
        last = reading.past(start)
        while last < end and (reading.is_next_to(last) or _goes_on(reading, last)):
            last = reading.past(last)
        first = reading.tokens[start]
        if first.kind is Kind.WORD and first.value.startswith("-") and first.value[1:2] not in ("", "."):
            name = first.value.lower()
            if name.endswith(":") and last > start + 1:
                yield name[:-1], start + 1, last
                name = ""
        else:
            yield name, start, last
            name = ""
        start = last


def _goes_on(reading: Reading, number: int) -> bool:
    commas = (reading.tokens[number - 1].value, reading.tokens[number].value)
    return "," in commas


def _values(reading: Reading, start: int, end: int) -> Iterator[str]:
    """What the arguments of a command hold that may be URLs."""
    for name, first, last in arguments(reading, start, end):
        token = reading.tokens[first]
        if token.kind is Kind.SPLAT:
            yield reading.held(f"{token.value}.uri", first)
        elif not any(name == one or (len(name) > 3 and one.startswith(name)) for one in _NOT_ASKED):
            yield reading.value(first, last)


def _by_method(reading: Reading, number: int) -> Iterator[_Asks]:
    opened = number + 1
    if opened >= len(reading.tokens) or reading.tokens[opened].value != "(":
        return
    end = reading.past(opened)
    inside = list(_listed(reading, opened + 1, end - 1))
    path = next((url for url in map(asked, inside) if url is not None), None)
    if path is not None:
        start = _receiver(reading, number)
        yield _Asks(start, end, _called(reading, start, number), path, _carrier(reading, start))


def _listed(reading: Reading, start: int, end: int) -> Iterator[str]:
    while start < end:
        last = min(reading.end_of(start, ","), end)
        yield reading.value(start, last)
        start = max(last, start) + 1


def _receiver(reading: Reading, number: int) -> int:
    """Where the expression begins whose method is called."""
    if reading.tokens[number].value.lower().rpartition(".")[2] in _MAKERS:
        return number - 1
    while reading.is_next_to(number) and number > 0:
        before = number - 1
        if reading.tokens[before].kind is Kind.CLOSE:
            number = reading.pairs.get(before, before)
        elif reading.tokens[before].kind in (Kind.VARIABLE, Kind.WORD):
            number = before
        else:
            break
        if reading.tokens[number].kind is Kind.VARIABLE:
            break
    return number


def _called(reading: Reading, start: int, number: int) -> str:
    word, kinds = reading.tokens[number].value, ("WebClient", "HttpClient", "HttpRequestMessage", "WebRequest")
    receiver = reading.tokens[start : min(number + 1, start + 12)]
    first = receiver[0]
    made = reading.assignment(first.value, start) if first.kind is Kind.VARIABLE else None
    more = reading.tokens[made.start : min(made.end, made.start + 12)] if made else ()
    said = " ".join(token.value.lower() for token in (*receiver, *more))
    name = next((kind for kind in kinds if kind.lower() in said), "")
    return name + word if word.startswith(".") and name else name or word.lstrip(".:")


def _carrier(reading: Reading, start: int) -> str:
    """The variable whose headers the request has: the object asked, or the one to which the request is assigned."""
    if reading.tokens[start].kind is Kind.VARIABLE:
        return reading.tokens[start].value
    before = start - 1
    while before > 0 and reading.tokens[before].value in ("]", "("):
        before = reading.pairs.get(before, before) - 1 if reading.tokens[before].value == "]" else before - 1
    named = before > 0 and reading.tokens[before].value == "=" and reading.tokens[before - 1].kind is Kind.VARIABLE
    return reading.tokens[before - 1].value if named else ""


def _through_functions(reading: Reading, care: Care, requests: tuple[int, ...]) -> Iterator[_Asks]:
    """Calls of functions that request what they are given, and put no token to it."""
    handing = {}
    for number in requests:
        within = care.function_at(number)
        if within and _hands_on(reading, number, within.parameters) and not _carries(reading, care, number):
            handing[within.name] = reading.tokens[number].value
    for number, token in enumerate(reading.tokens) if handing else ():
        if token.kind is Kind.WORD and token.value.lower() in handing and is_command(reading, number):
            program = handing[token.value.lower()].lstrip(".:")
            yield from _by_command(reading, number, COMMANDS.get(program.lower(), program), f"through {token.value}")


def _hands_on(reading: Reading, number: int, parameters: frozenset[str]) -> bool:
    end = reading.past(number + 1) if reading.tokens[number].value[:1] in ".:" else reading.end_of(number)
    few = reading.tokens[number : min(end, number + 50)]
    return any(_is_of(token, parameters) for token in few)


def _is_of(token: Token, parameters: frozenset[str]) -> bool:
    return token.kind is Kind.VARIABLE and token.value in parameters and "header" not in token.value


def _carries(reading: Reading, care: Care, number: int) -> bool:
    return care.carries(number, reading.end_of(number)) or bool(_unknown_in(reading, number, reading.end_of(number)))


def _is_careful(one: _Asks, care: Care) -> bool:
    if care.carries(one.start, one.end) or care.is_foreign(one.start, one.end):
        return True
    return one.carrier in care.carrying or care.falls_back(one.start)


def _unknown_headers(one: _Asks, reading: Reading) -> str:
    name = _unknown_in(reading, one.start, one.end)
    return f"the headers in ${name} with which {one.program} asks IMDS are not known" if name else ""


def _unknown_in(reading: Reading, start: int, end: int) -> str:
    """The variable that holds the headers of a request, where nothing is assigned to it."""
    for name, first, _ in arguments(reading, start + 1, end):
        token = reading.tokens[first]
        is_headers = len(name) > 2 and "-headers".startswith(name)
        if is_headers and token.kind is Kind.VARIABLE and reading.assignment(token.value, first) is None:
            return token.value
    return ""
