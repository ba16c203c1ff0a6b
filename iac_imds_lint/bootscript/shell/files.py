"""What a script writes and reads by redirections, and which of the files that it writes are scripts."""

from __future__ import annotations

import re
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.shell import inner
from iac_imds_lint.bootscript.shell.state import Does, Event, Fetch, State, Stdin
from iac_imds_lint.bootscript.shell.urls import Kind, target
from iac_imds_lint.bootscript.shell.values import HIDDEN, UNKNOWN, Key, Value
from iac_imds_lint.bootscript.shell.words import WORDS, evaluate
from iac_imds_lint.script import Language, Part
from iac_imds_lint.texts import STAND_IN, Text

REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_TCP = re.compile(r"/dev/tcp/(?P<host>[^/]+)/")
# What belongs to the system, or is told in no script that anyone would show.
_OF_THE_SYSTEM = re.compile(
    r"/(?:etc|usr|bin|sbin|lib|lib64|opt/aws|opt/elasticbeanstalk|proc|dev|run)/|~|(?:.*/)?\.\w|\$HOME|.*\bactivate$"
)
_SCRIPT_NAME = re.compile(r"(?:.*/)?[^/\s]*\.(?:sh|bash|py|rb|pl|ps1)")
# Of what is run by its path, what is a script by its name; the rest are programs.
_RUNS_AS_SCRIPT = re.compile(r"\.(?:sh|bash|py|rb|pl)$|(?:^|/)(?:install|setup|bootstrap|init)$")
# Programs that are downloaded in order to install packages.
_INSTALLERS = re.compile(r"(?:.*/)?get-pip\.py")


class Redirections(NamedTuple):
    """What a command reads and writes, and the commands that stand behind the delimiter of a here-document."""

    stdin: Stdin | None
    targets: tuple[str, ...]
    behind: tuple[tree_sitter.Node, ...]


def redirections(state: State, node: tree_sitter.Node) -> Redirections:
    """The redirections among the children of a node."""
    stdin: Stdin | None = None
    targets: list[str] = []
    behind: list[tree_sitter.Node] = []
    for one in node.children:
        if one.type == "file_redirect":
            targets += _target(state, one)
        elif one.type == "herestring_redirect":
            stdin = _here_string(state, one)
        elif one.type == "heredoc_redirect":
            targets += (path for each in one.children if each.type == "file_redirect" for path in _target(state, each))
            behind += (each for each in one.named_children if _is_behind(each))
            text = inner.here_document(state, one)
            stdin = Stdin(text, (Value(text.content[:4096].replace(STAND_IN, HIDDEN)),)) if text else stdin
    return Redirections(stdin, tuple(targets), tuple(behind))


def _is_behind(node: tree_sitter.Node) -> bool:
    return node.type not in REDIRECTS and not node.type.startswith("heredoc_") and node.type not in WORDS


def _here_string(state: State, node: tree_sitter.Node) -> Stdin:
    word = node.named_children[-1]
    return Stdin(inner.word_text(state, word), evaluate(state, word))


def _target(state: State, node: tree_sitter.Node) -> list[str]:
    """The files that a redirection writes."""
    broken = next((number for number, one in enumerate(node.children) if one.type == "ERROR"), len(node.children))
    words = [one for one in node.children[:broken] if one.type in WORDS]
    writes = any(one.type in (">", ">>", "&>", "&>>", ">|") for one in node.children)
    descriptor = next((state.tree.text(one) for one in node.named_children if one.type == "file_descriptor"), "1")
    values = [evaluate(state, one) for one in words]
    if not writes or descriptor != "1":
        return []
    return [one[0].text for one in values if one]


def connections(state: State, node: tree_sitter.Node) -> None:
    """A connection by /dev/tcp. What is asked is printed into it later: any header of a token in the script is its.

    Without a request in the script, it only shows that something answers.
    """
    for one in node.children:
        found = _TCP.search(state.tree.text(one)) if one.type == "file_redirect" else None
        words = [each for each in one.named_children if each.type in WORDS] if found else []
        values = evaluate(state, words[-1]) if words else UNKNOWN
        hosts = [each for value in values for each in _TCP.finditer(value.text)]
        if state.tree.has_request and any(_is_imds(each["host"]) for each in hosts):
            carried = state.tree.has_token_header
            key = node.start_byte, node.end_byte
            state.note(Event(Does.CARRY if carried else Does.ASK, key, "/dev/tcp"))


def _is_imds(host: str) -> bool:
    found = target(Value(host))
    return found is not None and found.kind is Kind.DATA


def write(state: State, text: Text, paths: tuple[str, ...]) -> None:
    """Note what is written to files; those that are scripts are parts."""
    for path in paths:
        if path.startswith("/dev/"):
            continue
        state.written[_name(path)] = text
        state.parts += inner.file_parts(text, path)


def give(state: State, text: Text, language: Language, what: str) -> None:
    """Note a script that is handed to what interprets it."""
    if text.content.strip():
        state.parts.append(Part(text, language, what, given=state.given()))


def run(state: State, path: str, language: Language | None, key: Key, direct: bool = False) -> None:
    """A file is run, or sourced: it is seen where this script writes it.

    What is run by its path (``direct``) may be anything of what was installed, unless it was downloaded by itself.
    """
    name = _name(path)
    text = state.written.get(name)
    if text is not None:
        known = any(part.text is text for part in state.parts)
        if not known and language is not None:
            give(state, text, language, path)
        return
    fetch = next((one for one in reversed(state.fetches) if _name(one.to) == name), None)
    if fetch is not None and not _INSTALLERS.fullmatch(path) and (not direct or _RUNS_AS_SCRIPT.search(path)):
        state.miss(key, downloaded(fetch))
    elif (
        not direct
        and name not in state.part.beside
        and HIDDEN not in path
        and _SCRIPT_NAME.fullmatch(path)
        and not _is_of_the_system(path)
    ):
        state.miss(key, f"it runs {path}, which it does not write itself")


def _is_of_the_system(path: str) -> bool:
    return bool(_OF_THE_SYSTEM.match(path) or _INSTALLERS.fullmatch(path))


def downloaded(fetch: Fetch) -> str:
    """Why what is downloaded and run is not seen."""
    return f"it runs {fetch.url}, which is downloaded when it boots"


def _name(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]
