"""PowerShell scripts that ask for a token: one request before the first use, and a header in every call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript.hosts import TOKEN_HEADER
from iac_imds_lint.bootscript.languages import powershell
from iac_imds_lint.bootscript.languages.powershell.tokens import Kind
from iac_imds_lint.bootscript.languages.powershell.values import Reading
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Part
from iac_imds_lint.source import Span

_NAMES = ("token", "imdsToken", "imdsV2Token")
_CMDLETS = ("invoke-restmethod", "irm", "invoke-webrequest", "iwr", "curl", "wget")
# Parameters that the aliases share with the cmdlet; with any other, "curl" may be the real one.
_OF_CMDLET = ("-uri", "-usebasicparsing", "-outfile", "-timeoutsec", "-method", "-erroraction", "-disablekeepalive")
_SHARED = ("-timeoutsec", "-erroraction")
# What goes on with the construct that came before it, and what may only stand first.
_GOES_ON = ("else", "elseif", "catch", "finally", "while", "until")
_FIRST = ("param", "begin", "process", "end", "dynamicparam", "using", "class")
_CONDITIONS = ("if", "elseif", "while", "for", "foreach", "switch")
# A word that comes before a command on its line, which is not an argument of it.
_BEFORE_COMMAND = ("return", "throw", "exit", "&", ".", "else", "do", "try", "finally")
_OPENS_BLOCK = ("try", "else", "finally", "catch", "do", "%", "foreach-object")


class _Located(NamedTuple):
    """A call whose tokens are known, and the braces around it, outermost first."""

    call: Call
    number: int
    around: tuple[int, ...]


class _Insertion(NamedTuple):
    """What to write at an offset: the first of the ways that can be written there."""

    offset: int
    choices: tuple[str, ...]


def rewritten(part: Part, calls: Sequence[Call], beside: str = "", ignored: int = 0) -> Rewritten | Refusal:
    """The edits by which the calls of a PowerShell script ask with a token."""
    reading = Reading(part.text.content)
    style = _style(part, beside)
    if style is None:
        return Refusal("the names for a token are taken")
    found = list(_located(part, reading, calls))
    known = [one for _, one in found if isinstance(one, _Located)]
    steps = [_by_hand(part, call, why.reason, style) for call, why in found if isinstance(why, Refusal)]
    insertions: list[_Insertion] = []
    for some in _processes(reading, known):
        start = _statement(reading, some[0], _shared(reading, some))
        if isinstance(start, int) and "$?" in part.text.content[start : reading.tokens[some[0].number].start]:
            start = Refusal("$? tells of the command before it")
        if isinstance(start, Refusal):
            steps += (_by_hand(part, one.call, start.reason, style) for one in some)
            continue
        request = f"{style.request}{_options(reading, some[0])}"
        insertions.append(_before(part.text.content, start, request))
        insertions += (_Insertion(_end(reading, one), (_header(one, style),)) for one in some)
    return _written(part, insertions, steps, ignored)


def _processes(reading: Reading, known: Sequence[_Located]) -> Iterable[Sequence[_Located]]:
    """The calls of each process: a job, or a block that may be one, does not see the variables of the script."""
    found: dict[int, list[_Located]] = {}
    for one in known:
        around = zip(one.around, (-1, *one.around), strict=False)
        elsewhere = (
            brace for brace, outer in around if not _runs_here(reading, brace) and not _is_of_switch(reading, outer)
        )
        found.setdefault(max(elsewhere, default=-1), []).append(one)
    return found.values()


class _Style(NamedTuple):
    """How a script writes what it says."""

    variable: str
    host: str
    quote: str

    @property
    def request(self) -> str:
        """A line that sets the variable."""
        quote, name = self.quote, f"{TOKEN_HEADER}-ttl-seconds"
        headers = f"@{{{quote}{name}{quote} = {quote}21600{quote}}}"
        request = f"Invoke-RestMethod -Method PUT -Uri http://{self.host}/latest/api/token -Headers {headers}"
        return f"${self.variable} = {request}"

    @property
    def headers(self) -> str:
        """What sends the token."""
        return f"@{{{self.quote}{TOKEN_HEADER}{self.quote} = ${self.variable}}}"


def _style(part: Part, beside: str) -> _Style | None:
    content = part.text.content
    lower = content.lower()
    used = set(re.findall(r"\w+", (beside or content).lower()))
    name = next((name for name in _NAMES if name.lower() not in used), None)
    host = "[fd00:ec2::254]" if "fd00:ec2::254" in lower and "169.254.169.254" not in lower else "169.254.169.254"
    quote = "'" if part.is_argument or content.count("'") > content.count('"') else '"'
    return _Style(name, host, quote) if name else None


def _located(part: Part, reading: Reading, calls: Sequence[Call]) -> Iterator[tuple[Call, _Located | Refusal]]:
    """Each call with its tokens, in one pass over those of the script."""
    around: list[int] = []
    wanted = {call.start: call for call in calls}
    for number, token in enumerate(reading.tokens):
        call = wanted.pop(token.start, None)
        if call is not None:
            why = _uncertain(reading, call, number) or _lost(part, reading, number)
            yield call, Refusal(why) if why else _Located(call, number, tuple(around))
        if token.kind is Kind.OPEN and token.value == "{" and number in reading.pairs:
            around.append(number)
        elif token.kind is Kind.CLOSE and around and reading.pairs.get(number) == around[-1]:
            around.pop()
    yield from ((call, Refusal("its beginning is not that of a command")) for call in wanted.values())


def _uncertain(reading: Reading, call: Call, number: int) -> str:
    """Why it is not certain what to add to a call; empty where it is."""
    word = reading.tokens[number].value.lower()
    names = list(_parameters(reading, number))
    if call.note:
        return f"it asks {call.note}"
    if word not in (*_CMDLETS, "curl.exe", "wget.exe"):
        return f"{call.program} takes no headers in the call"
    if any(len(name) > 2 and "-headers".startswith(name) for name in names) and word in _CMDLETS:
        return "it sends headers of its own"
    if any(token.kind is Kind.SPLAT for token in reading.tokens[number : reading.end_of(number)]):
        return "its arguments are in a table"
    if word in ("curl", "wget") and not all(any(one.startswith(name) for one in _OF_CMDLET) for name in names):
        return f"{word} may be the program or the alias"
    return ""


def _lost(part: Part, reading: Reading, number: int) -> str:
    """Why a program of Windows would not get a header as it is written; empty where it would."""
    before = reading.before(number)
    if before and before.kind is Kind.WORD and before.value.lower() not in _BEFORE_COMMAND:
        return "another command takes it as arguments"
    if part.is_argument and reading.tokens[number].value.lower().endswith(".exe"):
        return "a header in double quotes would lose them on the way"
    return ""


def _parameters(reading: Reading, number: int) -> Iterator[str]:
    end, at = reading.end_of(number), number + 1
    while at < end:
        token = reading.tokens[at]
        if token.kind is Kind.WORD and token.value.startswith("-"):
            yield token.value.lower().rstrip(":")
        at = reading.past(at)


def _shared(reading: Reading, known: Sequence[_Located]) -> tuple[int, ...]:
    """The braces around all calls, as far in as a statement can be written there."""
    shared = known[0].around
    for one in known:
        same = sum(1 for _ in _while_equal(shared, one.around))
        shared = shared[:same]
    while shared and _is_of_switch(reading, shared[-1]):
        shared = shared[:-1]
    return shared


def _while_equal(one: Sequence[int], other: Sequence[int]) -> Iterator[int]:
    for mine, others in zip(one, other, strict=False):
        if mine != others:
            return
        yield mine


def _is_of_switch(reading: Reading, brace: int) -> bool:
    before = brace - 1
    if brace < 1 or reading.tokens[before].value != ")":
        return False
    number = reading.pairs.get(before, 0) - 1
    near = reading.tokens[max(number - 3, 0) : number + 1]
    return any(token.value.lower() == "switch" for token in near)


def _statement(reading: Reading, first: _Located, block: tuple[int, ...]) -> int | Refusal:
    """The offset of the statement in a block that holds the first call."""
    floor = block[-1] if block else -1
    number = _outermost(reading, first.number, floor)
    while True:
        number = _beginning(reading, number, floor)
        word = reading.tokens[number].value.lower()
        if word not in _GOES_ON or not _follows_block(reading, number, word):
            break
        last = _last_before(reading, number)
        number = reading.pairs.get(last, last)
    if word in _FIRST:
        return Refusal(f"it stands in {word}")
    return reading.tokens[number].start


def _runs_here(reading: Reading, brace: int) -> bool:
    """Whether a block is of a construct or a function, and so sees the variables of the script."""
    before = reading.before(brace)
    if before is None or before.kind is Kind.BREAK:
        return brace > 1
    if before.kind is Kind.CLOSE and before.value in (")", "]"):
        return before.value == "]" or _is_condition(reading, reading.pairs.get(brace - 1, 0))
    owner = reading.before(brace - 1)
    named = owner is not None and owner.value.lower() in ("function", "filter")
    return before.value.lower() in _OPENS_BLOCK or named


def _is_condition(reading: Reading, number: int) -> bool:
    """Whether parentheses are those of a construct, or the parameters of a function, and not an argument."""
    words = [token.value.lower() for token in reading.tokens[max(number - 4, 0) : number]]
    is_function = any(word in ("function", "filter") for word in words[-2:-1])
    return is_function or "switch" in words or any(word in _CONDITIONS for word in words[-1:])


def _outermost(reading: Reading, number: int, floor: int) -> int:
    """The outermost group below a brace that holds a token, or that token."""
    opened: list[int] = []
    for at in range(floor + 1, number):
        token = reading.tokens[at]
        if token.kind is Kind.OPEN:
            opened.append(at)
        elif token.kind is Kind.CLOSE and opened and reading.pairs.get(at) == opened[-1]:
            opened.pop()
    return opened[0] if opened else number


def _beginning(reading: Reading, number: int, floor: int) -> int:
    """The first token of the statement that a token is in."""
    while number - 1 > floor:
        before = reading.tokens[number - 1]
        if before.kind is Kind.BREAK and not _is_open(reading, number - 1):
            break
        number = reading.pairs.get(number - 1, number - 1) if before.kind is Kind.CLOSE else number - 1
    while reading.tokens[number].kind is Kind.BREAK:
        number += 1
    return number


def _is_open(reading: Reading, number: int) -> bool:
    """Whether the line before a break wants more: it ends in an operator."""
    before = reading.before(number)
    return reading.tokens[number].value == "\n" and before is not None and before.kind is Kind.OPERATOR


def _follows_block(reading: Reading, number: int, word: str) -> bool:
    last = _last_before(reading, number)
    if last < 0 or reading.tokens[last].value != "}":
        return False
    opener = reading.pairs.get(last, 0)
    return word not in ("while", "until") or (opener > 0 and reading.tokens[opener - 1].value.lower() == "do")


def _last_before(reading: Reading, number: int) -> int:
    number -= 1
    while number >= 0 and reading.tokens[number].kind is Kind.BREAK:
        number -= 1
    return number


def _options(reading: Reading, one: _Located) -> str:
    """What the first call says of failures, which the request says as well."""
    said = []
    for name, first, last in powershell.arguments(reading, one.number + 1, reading.end_of(one.number)):
        if name in _SHARED and last == first + 1 and reading.tokens[first].kind is Kind.WORD:
            cased = "-TimeoutSec" if name == "-timeoutsec" else "-ErrorAction"
            said.append(f" {cased} {reading.tokens[first].value}")
    return "".join(said)


def _end(reading: Reading, one: _Located) -> int:
    word = reading.tokens[one.number]
    return word.end if word.value.lower().endswith(".exe") else one.call.end


def _header(one: _Located, style: _Style) -> str:
    if one.call.program in ("curl.exe", "wget.exe"):
        option = "-H" if one.call.program == "curl.exe" else "--header"
        return f' {option} "{TOKEN_HEADER}: ${style.variable}"'
    return f" -Headers {style.headers}"


def _before(content: str, offset: int, request: str) -> _Insertion:
    line = content[content.rfind("\n", 0, offset) + 1 : offset]
    if line.strip() or "\n" not in content:
        return _Insertion(offset, (f"{request}; ",))
    newline = "\r\n" if "\r\n" in content else "\n"
    return _Insertion(offset, (f"{request}{newline}{line}", f"{request}; "))


def _by_hand(part: Part, call: Call, reason: str, style: _Style) -> Step:
    """What to write for a call whose rewrite is not certain."""
    client = call.program.partition(".")[0]
    if client in ("WebClient", "WebRequest", "HttpRequestMessage"):
        here = f'add ("{TOKEN_HEADER}", ${style.variable}) to its Headers'
    elif client == "HttpClient":
        here = f'add ("{TOKEN_HEADER}", ${style.variable}) to its DefaultRequestHeaders'
    else:
        here = f"call Invoke-RestMethod with -Headers {style.headers}"
    return Step(
        part.text.span(call.start, call.end),
        f"ask with a token ({reason}): write {style.request} before, and {here}",
    )


def _written(part: Part, insertions: Sequence[_Insertion], steps: list[Step], ignored: int) -> Rewritten | Refusal:
    """The insertions where they go in the user's files, if the script asks with a token afterwards."""
    left = len(steps) + ignored
    edits: list[Edit] = []
    chosen: list[tuple[int, str]] = []
    for offset, choices in insertions:
        splices = ((text, part.text.splice(offset, offset, text)) for text in choices)
        text, splice = next(((text, one) for text, one in splices if one is not None), (choices[0], None))
        chosen.append((offset, text))
        if splice is None:
            steps.append(Step(part.text.span(offset, offset), f"write {text.strip('; ')} here"))
        else:
            edits += (Edit(one.span, one.content, one.says) for one in splice.all)
    if _asks_without(part, chosen) > left:
        return Refusal("what it would become could not be proven: write it by hand")
    return Rewritten(tuple(edits), tuple(steps))


def _asks_without(part: Part, chosen: Sequence[tuple[int, str]]) -> int:
    """How many calls of the script with these insertions ask without a token."""
    pieces, last = [], 0
    for offset, text in sorted(chosen):
        pieces += [part.text.content[last:offset], text]
        last = offset
    content = "".join([*pieces, part.text.content[last:]])
    return len(powershell.look(part._replace(text=texts.placed(content, Span("", 0, len(content))))).calls)
