"""The scripts in a PowerShell script: strings that it writes to files or hands to a program that runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.bootscript.languages.batch import unquoted
from iac_imds_lint.bootscript.languages.powershell.tokens import Kind, Token
from iac_imds_lint.bootscript.languages.powershell.values import Reading
from iac_imds_lint.script import Language, Part
from iac_imds_lint.texts import Spelling, Text

# What in a statement tells who runs a string of it, the most telling first.
_RUNS = (
    (re.compile(r"\.py\b|\bpython3?(?:\.exe)?\b"), Language.PYTHON),
    (re.compile(r"\.sh\b|\b(?:ba)?sh(?:\.exe)?\b"), Language.SHELL),
    (re.compile(r"\.ps1\b|\b(?:powershell|pwsh)(?:\.exe)?\b"), Language.POWERSHELL),
    (re.compile(r"\b(?:iex|invoke-expression|invoke-command|scriptblock|start-job)\b"), Language.POWERSHELL),
    (re.compile(r"\.(?:bat|cmd)\b|\bcmd(?:\.exe)?\b"), Language.BATCH),
    (re.compile(r"\bschtasks(?:\.exe)?\b"), Language.BATCH),
)
# The arguments of PowerShell, up to its script.
_ARGUMENTS = re.compile(r"\s*(?:-\w+\s+(?:[\w.]+\s+)?)*?-c(?:ommand)?\s+(?=\S)", re.IGNORECASE)
_SCRIPT_NAME = re.compile(r"\.(?:ps1|py|sh|bat|cmd)\Z", re.IGNORECASE)
# A statement that is longer, in tokens, is not looked through for who runs a string of it.
_NEAR = 60
_USES = 10
# Arguments before a script are shorter, in characters.
_LONGEST = 300


def parts(part: Part, reading: Reading) -> Iterator[Part]:
    """The scripts in the strings of a script, as what runs them sees them."""
    content, passed = part.text.content, 0
    for number, token in enumerate(reading.tokens):
        if token.kind is Kind.WORD and token.value.lower() in ("schtasks", "schtasks.exe"):
            yield from _task(part, reading, number)
        if number < passed or not _is_string(token) or content[token.start] not in "'\"@":
            continue
        passed = reading.past(number)
        last = passed - 1
        raw = content[token.start : reading.tokens[last].end]
        if is_of_interest(raw) and re.search(r"\s", raw.strip("@'\"\r\n")):
            language = _language(reading, number, last)
            if language is not None:
                text = _text(part.text, reading, number, last)
                command = _command(text) if language is Language.POWERSHELL else text
                yield Part(command, language, part.what, is_argument=True)


def _task(part: Part, reading: Reading, number: int) -> Iterator[Part]:
    """A task whose command is quoted as cmd wants it: by the backslashes its quotes reach the task all the same."""
    _, end = _statement(reading, number)
    text = part.text.part(reading.tokens[number].start, reading.tokens[end - 1].end)
    if '\\"' in text.content and is_of_interest(text.content):
        yield Part(text, Language.BATCH, part.what)


def _command(text: Text) -> Text:
    """The script in arguments of PowerShell; any other text as it is."""
    found = _ARGUMENTS.match(text.content[:_LONGEST])
    return unquoted(text, found.end(), len(text.content.rstrip())) if found else text


def _is_string(token: Token) -> bool:
    return token.kind is Kind.TEXT or (token.kind is Kind.OPEN and token.value in ('"', '@"'))


def _language(reading: Reading, number: int, last: int) -> Language | None:
    start, end = _statement(reading, number)
    found = _said(reading, start, number, last, end)
    first = reading.tokens[start]
    if found is None and first.kind is Kind.VARIABLE and start + 1 < number:
        uses = (n for n, token in enumerate(reading.tokens) if _is_use(token, first) and not start <= n <= last)
        for _, use in zip(range(_USES), uses, strict=False):
            begin, stop = _statement(reading, use)
            found = found or _said(reading, begin, use, use, stop)
    return found


def _is_use(token: Token, variable: Token) -> bool:
    return token.kind is Kind.VARIABLE and token.value == variable.value


def _statement(reading: Reading, number: int) -> tuple[int, int]:
    """The tokens of the statement around one, pipelines as a whole."""
    start = number
    while start > 0 and number - start < _NEAR:
        before = reading.tokens[start - 1]
        if before.kind is Kind.BREAK or (before.kind is Kind.OPEN and before.value in ("{", "$(")):
            break
        start -= 1
    end = number
    while end < len(reading.tokens) and end - number < _NEAR and reading.tokens[end].kind is not Kind.BREAK:
        if reading.tokens[end].value == "}" and reading.tokens[end].kind is Kind.CLOSE:
            break
        end = reading.past(end)
    return start, end


def _said(reading: Reading, start: int, number: int, last: int, end: int) -> Language | None:
    """Who runs what is at a token, by what is said around it."""
    others = (*reading.tokens[start:number], *reading.tokens[last + 1 : end])
    words = [one.value.lower() for one in others if one.kind in (Kind.WORD, Kind.TEXT) and len(one.value) < 300]
    held = (reading.held(one.value, number) for one in others if one.kind is Kind.VARIABLE)
    said = " ".join((*words, *(name.lower() for name in held if _SCRIPT_NAME.search(name))))
    return next((language for pattern, language in _RUNS if pattern.search(said)), None)


def _text(outer: Text, reading: Reading, number: int, last: int) -> Text:
    token = reading.tokens[number]
    if token.kind is Kind.TEXT:
        return _literal(outer, token)
    spelling = _in_expandable if token.value == '"' else _in_here
    return texts.joined(_expanded(outer, reading, number + 1, last, spelling))


def _literal(outer: Text, token: Token) -> Text:
    written = outer.content[token.start : token.end]
    if written.startswith("@"):
        start = token.start + written.index("\n") + 1
        return outer.part(start, start + len(token.value)).inside(_in_literal_here)
    pieces, start = [], token.start + 1
    for found in re.finditer("''", written[1:-1]):
        at = token.start + 1 + found.start()
        pieces += [outer.part(start, at).inside(_in_literal), texts.made("'", outer.span(at, at + 2))]
        start = at + 2
    end = token.end - (1 if written.endswith("'") and len(written) > 1 else 0)
    return texts.joined([*pieces, outer.part(start, end).inside(_in_literal)])


def _expanded(outer: Text, reading: Reading, start: int, end: int, spelling: Spelling) -> Iterator[Text]:
    while start < end:
        token, last = reading.tokens[start], reading.past(start)
        place = outer.span(token.start, reading.tokens[last - 1].end)
        if token.kind is Kind.TEXT and token.value == outer.content[token.start : token.end]:
            yield outer.part(token.start, token.end).inside(spelling)
        elif token.kind is Kind.TEXT:
            yield texts.made(token.value, place)
        else:
            value = reading.value(start, last)
            unknown = f"what {outer.content[token.start : token.end]} holds is not known"
            yield texts.unknown(place, unknown) if texts.STAND_IN in value else texts.made(value, place)
        start = last


def _in_literal(text: str) -> str | None:
    return text.replace("'", "''")


def _in_literal_here(text: str) -> str | None:
    return None if "\n'@" in text else text


def _in_expandable(text: str) -> str | None:
    return re.sub(r'([`"$])', r"`\1", text)


def _in_here(text: str) -> str | None:
    return None if '\n"@' in text else re.sub(r"([`$])", r"`\1", text)
