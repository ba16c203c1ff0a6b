"""What ``cfn-init`` runs and writes: the commands and files of ``AWS::CloudFormation::Init``.

Source: AWS CloudFormation User Guide, "AWS::CloudFormation::Init" and "cfn-init". Which configs run, and in which
order, is said by config sets that the caller of ``cfn-init`` chooses: all are read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.cloudformation.boot_texts import Texts
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Place, Reached, each
from iac_imds_lint.cloudformation.template import call_of
from iac_imds_lint.documents.node import Mapping, Sequence
from iac_imds_lint.script import Language, Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Absent, Known, Unknown, known_text

KEY = "AWS::CloudFormation::Init"

# The resource whose metadata a call of cfn-init takes.
_CALL = re.compile(
    r"\bcfn-init(?:\.exe)?\b(?:[^\n\\;&|]|\\\r?\n|\\.)*?[ \t\"'](?:-r|--resource)(?:[ \t=]|\\\r?\n)*[\"']?(\w+)"
)
_WINDOWS = re.compile(
    r"<(?:powershell|script)>|\bcfn-init\.exe\b|\bpowershell\b|[cC]:\\|\.exe\b|\.ps1\b", re.IGNORECASE
)
_HOOK = re.compile(r"^[ \t]*action[ \t]*=[ \t]*([^\r\n]+)", re.MULTILINE)
_SHEBANG = re.compile(r"#![ \t]*(?:\S*/env[ \t]+(?:-\S+[ \t]+)*)?(?:\S*/)?([\w.-]+)")
_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")
_SUFFIXES = {
    ".sh": Language.SHELL,
    ".bash": Language.SHELL,
    ".ps1": Language.POWERSHELL,
    ".psm1": Language.POWERSHELL,
    ".bat": Language.BATCH,
    ".cmd": Language.BATCH,
    ".py": Language.PYTHON,
    ".rb": Language.OTHER,
    ".pl": Language.OTHER,
    ".js": Language.OTHER,
}
_WORD = re.compile(r"[\w./:@%+=,-]+")
_ANYONE_EXECUTES = 0o111
_LINK = "120"


def called_for(text: str) -> Iterator[str]:
    """The logical IDs of the resources whose metadata a script has ``cfn-init`` take."""
    for call in _CALL.finditer(text) if "cfn-init" in text else ():
        yield call[1]


def is_of_windows(text: str) -> bool:
    """Whether a script is one of Windows, where ``cfn-init`` runs commands by cmd.exe."""
    return bool(_WINDOWS.search(text))


class _Taken(NamedTuple):
    """How commands and files of one resource are read."""

    scope: Scope
    texts: Texts


def scripts(scope: Scope, reading: Texts, init: Reached, *, windows: bool) -> Iterator[Script | Unseen]:
    """Every command that is run and every script that is written, by all configs. ``windows`` says that who calls
    ``cfn-init`` is a script of Windows.
    """
    taken = _Taken(scope, reading)
    for name, config in _members(taken, init):
        if not name:
            yield from _scripts(reading, config, f"a config of {KEY}", None)
        elif name != "configSets":
            commands = list(_commands(taken, config))
            files = list(_members(taken, scope.member(config, "files")))
            by_cmd = windows or any(map(_is_windows_command, commands)) or any("\\" in path for path, _ in files)
            yield from (_by(one, Language.BATCH) if by_cmd else one for one in commands)
            for path, at in files:
                yield from _file(taken, at, path)


def _commands(taken: _Taken, config: Reached) -> Iterator[Script | Unseen]:
    """The commands of a config with their tests, as Linux runs them."""
    for name, at in _members(taken, taken.scope.member(config, "commands")):
        what = f"the command {name} of {KEY}"
        for key, said in (("test", f"the test of {what}"), ("command", what)):
            yield from _command(taken, taken.scope.member(at, key), said)


def _is_windows_command(one: Script | Unseen) -> bool:
    return isinstance(one, Script) and is_of_windows(one.text.content)


def _by(one: Script | Unseen, language: Language) -> Script | Unseen:
    return one._replace(language=language) if isinstance(one, Script) else one


def _members(taken: _Taken, reached: Reached) -> Iterator[tuple[str, Reached]]:
    """The members of a mapping, by all conditions; what is not known has no name."""
    for one in each(reached):
        match one:
            case Place(Mapping(_, members)) if call_of(one.node) is None:
                for member in members:
                    yield member.key, taken.scope.settle(one.below(member))
            case Unknown():
                yield "", one
            case Place():
                if isinstance(value := taken.scope.value(one), Unknown):
                    yield "", value
            case _:
                pass


def _command(taken: _Taken, reached: Reached, what: str) -> Iterator[Script | Unseen]:
    for one in each(reached):
        if isinstance(one, Place) and isinstance(one.node, Sequence):
            items = chain.from_iterable((_argument(text), _SPACE) for text in _items(taken, one))
            yield Script(texts.joined(items), what, Language.SHELL)
        else:
            yield from _scripts(taken.texts, one, what, Language.SHELL)


_SPACE = texts.made(" ", Span("", 0, 0))


def _items(taken: _Taken, listed: Place) -> Iterator[Text]:
    for item in taken.scope.items(listed):
        yield from taken.texts.of(item)[:1]


def _argument(text: Text) -> Text:
    """One of the words of a command, as a shell would have it. More cannot be written into it."""
    if _WORD.fullmatch(text.content):
        return Text(text.content, tuple(piece._replace(spellings=(_no_word,), lines=None) for piece in text.pieces))
    place = text.span(0, len(text.content))
    quote = "'" if "'" not in text.content else '"'
    if quote in text.content:
        return texts.made("'" + text.content.replace("'", "'\\''") + "'", place)
    begin, end = texts.made(quote, place._replace(end=place.start)), texts.made(quote, place._replace(start=place.end))
    inner = Text(text.content, tuple(piece._replace(spellings=(_no_word,), lines=None) for piece in text.pieces))
    return texts.joined((begin, inner, end))


def _no_word(_: str) -> None:
    """Spells nothing: what is a word to a shell is an item of a list here."""


def _file(taken: _Taken, at: Reached, path: str) -> Iterator[Script | Unseen]:
    what = f"the file {path} of {KEY}"
    mode = taken.scope.value(taken.scope.member(at, "mode"))
    runs = _is_executable(known_text(mode) or "", isinstance(mode, Known) and isinstance(mode.content, int))
    content, source = taken.scope.member(at, "content"), taken.scope.member(at, "source")
    if (known_text(mode) or "").startswith(_LINK):
        return
    if not isinstance(source, Absent) and (_suffix(path) in _SUFFIXES or (runs and not _suffix(path))):
        yield from _fetched(taken, source, what)
    encoded = known_text(taken.scope.value(taken.scope.member(at, "encoding"))) == "base64"
    for one in each(content):
        if isinstance(one, Place) and isinstance(one.node, Mapping) and call_of(one.node) is None:
            continue  # an object is written as JSON
        for text in taken.texts.of(one):
            plain = decoded(text) if encoded else text
            yield from (plain,) if isinstance(plain, Unseen) else _of_file(plain, path, what, runs=runs)


def _fetched(taken: _Taken, source: Reached, what: str) -> Iterator[Unseen]:
    for text in taken.texts.of(source):
        span = text.span(0, len(text.content))
        unknown = text.unknown(0, len(text.content))
        yield Unseen(span, f"{what} is fetched at boot{'' if unknown else f' from {text.content}'}")


def _of_file(text: Text, path: str, what: str, *, runs: bool) -> Iterator[Script | Unseen]:
    """A file as far as it is run: a script, or the actions of hooks of ``cfn-hup``."""
    language = _language(text.content, path, runs=runs)
    if language is not None:
        yield from told(text, what, language)
    elif "/hooks" in path or "\\hooks" in path:
        for action in _HOOK.finditer(text.content):
            yield Script(text.part(*action.span(1)), f"the action of {what}", Language.SHELL)


def _language(content: str, path: str, *, runs: bool) -> Language | None:
    """In which language a file is a script; None where it is none."""
    shebang = _SHEBANG.match(content)
    if shebang is None:
        return _SUFFIXES.get(_suffix(path), Language.SHELL if runs else None)
    program = shebang[1]
    if program in _SHELLS:
        return Language.SHELL
    return Language.PYTHON if program.startswith("python") else Language.OTHER


def _suffix(path: str) -> str:
    name = re.split(r"[/\\]", path)[-1]
    return name[name.rfind(".") :].lower() if "." in name else ""


def _is_executable(mode: str, is_number: bool) -> bool:
    """Whether a mode lets a file be run: octal as a text, a number where YAML read it so."""
    if not mode.isascii() or not mode.isdigit() or len(mode) > len("000755"):
        return False
    return (is_number and bool(int(mode) & _ANYONE_EXECUTES)) or (
        set(mode) <= set("01234567") and bool(int(mode, 8) & _ANYONE_EXECUTES)
    )


def _scripts(reading: Texts, reached: Reached, what: str, language: Language | None) -> Iterator[Script | Unseen]:
    for text in reading.of(reached):
        yield from told(text, what, language)


def told(text: Text, what: str, language: Language | None = None) -> Iterator[Script | Unseen]:
    """A text as a script; what of it is not seen, where that is all of it."""
    if text.pieces and all(piece.unknown for piece in text.pieces):
        yield Unseen(text.pieces[0].span, text.pieces[0].unknown)
    elif text.content:
        yield Script(text, what, language)


def decoded(text: Text) -> Text | Unseen:
    """What a text in base64 stands for."""
    span = text.span(0, len(text.content))
    if why := text.unknown(0, len(text.content)):
        return Unseen(span, why)
    try:
        data = base64.b64decode(text.content)
    except (binascii.Error, ValueError):
        return Unseen(span, "it is said to be base64, and is not")
    if data.startswith(b"\x1f\x8b"):
        return Unseen(span, "it is compressed with gzip, which is not read")
    return texts.made(data.decode("utf-8", "replace"), span)
