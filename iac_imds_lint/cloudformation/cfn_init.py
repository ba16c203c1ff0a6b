"""What ``cfn-init`` runs and writes: the commands and files of ``AWS::CloudFormation::Init``.

Source: AWS CloudFormation User Guide, "AWS::CloudFormation::Init" and "cfn-init". Which configs run, and in which
order, is said by config sets that the caller of ``cfn-init`` chooses: all are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats import commands, written_files
from iac_imds_lint.bootscript.formats.encoded import from_base64
from iac_imds_lint.bootscript.formats.shebang import of_name
from iac_imds_lint.cloudformation.boot_texts import INIT, Texts, told
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Place, Reached, each
from iac_imds_lint.cloudformation.template import call_of
from iac_imds_lint.documents.node import Mapping, Sequence
from iac_imds_lint.script import Language, Part, Script, Unseen
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Known, Unknown, Value, known_text

# The resource whose metadata a call of cfn-init takes.
_CALL = re.compile(
    r"\bcfn-init(?:\.exe)?\b(?:[^\n\\;&|]|\\\r?\n|\\.){0,1000}?[ \t\"'](?:-r|--resource)(?:[ \t=]|\\\r?\n)*[\"']?(\w+)"
)
_WINDOWS = re.compile(
    r"<(?:powershell|script)>|\bcfn-init\.exe\b|\bpowershell\b|[cC]:\\|\.exe\b|\.ps1\b", re.IGNORECASE
)
_HOOKS = re.compile(r"[/\\]hooks\.d[/\\]|[/\\]hooks\.conf\Z")
_OCTAL = re.compile("[0-7]{1,6}")
_ACTION = re.compile(r"^[ \t]*action[ \t]*=[ \t]*([^\r\n]+)", re.MULTILINE)
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
    configs = list(_members(taken, init))
    beside = frozenset(name for _, config in configs for name in _names(taken, config))
    for name, config in configs:
        if not name:
            yield from _scripts(reading, config, f"a config of {INIT}", None)
        elif name != "configSets":
            for one in _of_config(taken, config, windows=windows):
                yield one._replace(beside=beside) if isinstance(one, Script) else one


def _names(taken: _Taken, config: Reached) -> Iterator[str]:
    """The names of the files that a config writes, without directories."""
    for path, _ in _members(taken, taken.scope.member(config, "files")):
        yield re.split(r"[/\\]", path)[-1]


def _of_config(taken: _Taken, config: Reached, *, windows: bool) -> Iterator[Script | Unseen]:
    run = list(_commands(taken, config))
    files = list(_members(taken, taken.scope.member(config, "files")))
    said = "\n".join(one.text.content for one in run if isinstance(one, Script))
    by_cmd = windows or is_of_windows(said) or any("\\" in path for path, _ in files)
    yield from (_by(one, Language.BATCH) if by_cmd else one for one in run)
    run_as = written_files.run_by(said)
    for path, at in files:
        yield from _file(taken, at, path, run_as.get(path))


def _commands(taken: _Taken, config: Reached) -> Iterator[Script | Unseen]:
    """The commands of a config with their tests, as Linux runs them."""
    for name, at in _members(taken, taken.scope.member(config, "commands")):
        what = f"the command {name} of {INIT}"
        for key, said in (("test", f"the test of {what}"), ("command", what)):
            yield from _command(taken, taken.scope.member(at, key), said)


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
            words = tuple(_items(taken, one))
            inner = commands.inner(words, what)
            joined = texts.joined(part for word in words for part in (_space(word), _argument(word)))
            joined = joined.part(1, len(joined.content))
            yield Script(inner.text, what, inner.language) if inner else Script(joined, what, Language.SHELL)
        else:
            yield from _scripts(taken.texts, one, what, Language.SHELL)


def _space(word: Text) -> Text:
    place = word.span()
    return texts.made(" ", place._replace(end=place.start))


def _items(taken: _Taken, listed: Place) -> Iterator[Text]:
    for item in taken.scope.items(listed):
        yield from taken.texts.of(item)[:1]


def _argument(word: Text) -> Text:
    """One of the words of a command, as a shell would have it. More cannot be written into it."""
    place = word.span()
    pieces = (piece._replace(spellings=(commands.as_word,), lines=None, requoted=None) for piece in word.pieces)
    own = Text(word.content, tuple(pieces))
    if _WORD.fullmatch(word.content):
        return own
    if "'" in word.content:
        return texts.made("'" + word.content.replace("'", "'\\''") + "'", place)
    begin, end = place._replace(end=place.start), place._replace(start=place.end)
    return texts.joined((texts.made("'", begin), own, texts.made("'", end)))


def _file(taken: _Taken, at: Reached, path: str, run_as: Language | None) -> Iterator[Script | Unseen]:
    mode = taken.scope.value(taken.scope.member(at, "mode"))
    if (known_text(mode) or "").startswith(_LINK):
        return
    yield from _fetched(taken, taken.scope.member(at, "source"), path)
    encoded = known_text(taken.scope.value(taken.scope.member(at, "encoding"))) == "base64"
    runs = _is_executable(mode)
    for one in each(taken.scope.member(at, "content")):
        if isinstance(one, Place) and isinstance(one.node, Mapping) and call_of(one.node) is None:
            continue  # an object is written as JSON
        for text in taken.texts.of(one):
            content = from_base64(text) if encoded else text
            file = written_files.File(path, content, INIT, runs, run_as)
            yield from map(_as_script, written_files.parts(file))
            yield from _hooks(file)


def _as_script(part: Part | Unseen) -> Script | Unseen:
    return part if isinstance(part, Unseen) else Script(part.text, part.what, part.language)


def _hooks(file: written_files.File) -> Iterator[Script]:
    """The actions of hooks of ``cfn-hup``, which a shell runs (AWS CloudFormation User Guide, "cfn-hup")."""
    content = file.content
    if isinstance(content, Text) and _HOOKS.search(file.path):
        for action in _ACTION.finditer(content.content):
            yield Script(content.part(*action.span(1)), f"the action of {file.named}", Language.SHELL)


def _fetched(taken: _Taken, source: Reached, path: str) -> Iterator[Unseen]:
    """A script that is downloaded. What else is downloaded is mostly an archive, whatever its mode."""
    for text in taken.texts.of(source) if of_name(path) else ():
        end = len(text.content)
        place = "" if text.unknown(0, end) else f" from {text.content}"
        yield Unseen(text.span(0, end), f"{path} in {INIT} is fetched{place} when the instance boots")


def _is_executable(mode: Value) -> bool:
    """Whether a mode lets a file be run: octal as a text, a number where YAML read it so."""
    match mode:
        case Known(int(number)):
            return bool(number & _ANYONE_EXECUTES)
        case Known(str(text)) if _OCTAL.fullmatch(text):
            return bool(int(text, 8) & _ANYONE_EXECUTES)
        case _:
            return False


def _scripts(reading: Texts, reached: Reached, what: str, language: Language | None) -> Iterator[Script | Unseen]:
    for text in reading.of(reached):
        yield from told(text, what, language)
