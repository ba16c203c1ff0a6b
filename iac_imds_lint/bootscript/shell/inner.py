"""Scripts inside of a script: the texts of quoted words and here-documents, as what reads them sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from iac_imds_lint.bootscript.formats import units
from iac_imds_lint.bootscript.shell.state import State
from iac_imds_lint.bootscript.shell.values import HIDDEN, Values, single
from iac_imds_lint.bootscript.shell.words import evaluate, stretches
from iac_imds_lint.script import Language, Part
from iac_imds_lint.source import Span
from iac_imds_lint.texts import STAND_IN, Piece, Spelling, Text, joined, made, placed

SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh", "ksh", "rbash"])
_EXTENSIONS = {
    "sh": Language.SHELL, "bash": Language.SHELL, "zsh": Language.SHELL, "ksh": Language.SHELL,
    "py": Language.PYTHON, "ps1": Language.POWERSHELL, "bat": Language.BATCH, "cmd": Language.BATCH,
    "rb": Language.OTHER, "pl": Language.OTHER, "js": Language.OTHER, "php": Language.OTHER,
}  # fmt: skip
_SHELL_PATHS = re.compile(
    r"/etc/(?:rc\.local|rc\.d/|profile|bashrc|bash\.bashrc|cron\.(?:hourly|daily|weekly|monthly)/|init\.d/|network/if-|"
    r"update-motd\.d/|dhcp/dhclient)|/var/lib/cloud/scripts/|\.(?:bashrc|bash_profile|profile|bash_login)$"
)
_CRON_PATHS = re.compile(r"/etc/cron\.d/|/etc/crontab$|/var/spool/cron")
_UNIT_PATHS = re.compile(r"/systemd/.*\.(?:service|conf)$|\.service$")
_SHEBANG = re.compile(r"\s*#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?([\w.+-]+)")


def in_double_quotes(text: str) -> str:
    """How a text is written between double quotes."""
    return re.sub(r'([\\"$`])', r"\\\1", text)


def in_single_quotes(text: str) -> str:
    """How a text is written between single quotes."""
    return text.replace("'", "'\\''")


def in_here_document(text: str) -> str:
    """How a text is written in a here-document in which variables are filled in."""
    return re.sub(r"([\\$`])", r"\\\1", text)


def language(program: str) -> Language | None:
    """What the interpreter of a name reads; None if it is none."""
    name = program.rsplit("/", 1)[-1].removesuffix(".exe")
    if name in SHELLS:
        return Language.SHELL
    if re.fullmatch(r"python[\d.]*", name):
        return Language.PYTHON
    if name in ("pwsh", "powershell"):
        return Language.POWERSHELL
    return Language.OTHER if re.fullmatch(r"(?:perl|ruby|node|nodejs|php)[\d.]*", name) else None


def word_text(state: State, node: tree_sitter.Node) -> Text:
    """What a word is as a text of the script."""
    return _seen(state, _word(state, node))


def _seen(state: State, text: Text) -> Text:
    return text.seen_through(state.part.text)


def _word(state: State, node: tree_sitter.Node) -> Text:
    tree = state.tree
    match node.type:
        case "raw_string":
            return _even(state, node.start_byte + 1, node.end_byte - 1, (in_single_quotes,))
        case "string":
            return _filled(state, node, node.start_byte + 1, node.end_byte - 1, r'\\([\\"$`\n])', in_double_quotes)
        case "concatenation":
            return joined(_word(state, one) for one in node.children)
        case "word" | "number":
            return _escaped(state, node.start_byte, node.end_byte, r"\\(\n|.)", ())
        case "ansi_c_string":
            return made(evaluate(state, node)[0].text, _span(state, node.start_byte, node.end_byte))
        case _ if tree.text(node):
            return came_to(state, node.start_byte, node.end_byte, evaluate(state, node))
        case _:
            return joined(())


def came_to(state: State, start: int, end: int, values: Values) -> Text:
    """What an expansion came to, as a text; a stand-in where that is not one thing."""
    telling = next((one.text for one in values if one.telling), None)
    text = single(values)
    if text is None and telling is not None and HIDDEN not in telling:
        text = telling
    return made(STAND_IN if text is None else text, _span(state, start, end))


def here_document(state: State, redirect: tree_sitter.Node) -> Text | None:
    """The body of a here-document, as what reads it sees it."""
    nodes = {one.type: one for one in redirect.children}
    body, begin = nodes.get("heredoc_body"), nodes.get("heredoc_start")
    if body is None or begin is None:
        return None
    start = state.tree.data.rfind(b"\n", 0, body.start_byte) + 1
    last = nodes.get("heredoc_end")
    end = last.start_byte if last is not None else body.end_byte
    end = max(state.tree.data.rfind(b"\n", 0, end) + 1, start) if last is not None else end
    if re.search(r"['\"\\]", state.tree.text(begin)):
        text = _even(state, start, end, ())
    else:
        text = _filled(state, body, start, end, r"\\([\\$`\n])", in_here_document)
    return _seen(state, _without_tabs(text) if "<<-" in nodes else text)


def _without_tabs(text: Text) -> Text:
    """What <<- makes of a body."""
    kept, last = [], 0
    for found in re.finditer(r"^\t+", text.content, re.MULTILINE):
        kept.append(text.part(last, found.start()))
        last = found.end()
    return joined((*kept, text.part(last, len(text.content))))


def _filled(state: State, node: tree_sitter.Node, start: int, end: int, escape: str, spelling: Spelling) -> Text:
    """A text in which variables are filled in, and something is escaped."""
    texts = []
    for begin, finish, inner in stretches(state, node, start, end):
        if inner is None:
            texts.append(_escaped(state, begin, finish, escape, (spelling,)))
        else:
            texts.append(came_to(state, begin, finish, evaluate(state, inner)))
    return joined(texts)


def _escaped(state: State, start: int, end: int, escape: str, spellings: tuple[Spelling, ...]) -> Text:
    begin, finish = state.tree.offset(start), state.tree.offset(end)
    content = state.tree.content[begin:finish]
    return joined(_between_escapes(content, begin, escape, spellings))


def _between_escapes(content: str, begin: int, escape: str, spellings: tuple[Spelling, ...]) -> Iterator[Text]:
    last = 0
    for found in re.finditer(escape, content, re.DOTALL):
        yield placed(content[last : found.start()], Span("", begin + last, begin + found.start()), spellings)
        last = found.end()
        yield made(found[1].strip("\n"), Span("", begin + found.start(), begin + last))
    yield placed(content[last:], Span("", begin + last, begin + len(content)), spellings)


def _even(state: State, start: int, end: int, spellings: tuple[Spelling, ...]) -> Text:
    span = _span(state, start, max(start, end))
    return placed(state.tree.content[span.start : span.end], span, spellings)


def _span(state: State, start: int, end: int) -> Span:
    return Span("", state.tree.offset(start), state.tree.offset(end))


def interpreted(text: Text) -> Text:
    """What echo -e and printf make of a text."""
    kept, last = [], 0
    for found in re.finditer(r"\\([nt])", text.content):
        kept.append(text.part(last, found.start()))
        last = found.end()
        kept.append(_one("\n" if found[1] == "n" else "\t", text, found.start(), last))
    return joined((*kept, text.part(last, len(text.content))))


def _one(content: str, text: Text, start: int, end: int) -> Text:
    return Text(content, (Piece(0, len(content), text.span(start, end), even=False),))


def file_parts(text: Text, path: str) -> list[Part]:
    """The scripts that a file is or holds."""
    if _CRON_PATHS.search(path):
        return cron_parts(text, path)
    if _UNIT_PATHS.search(path):
        return list(units.of_unit(text, path))
    found = _file_language(text.content, path)
    if found is None:
        return list(units.held(text, path, path))
    return [Part(text, found, path)] if text.content.strip() else []


def cron_parts(text: Text, path: str) -> list[Part]:
    """The commands in lines of cron; a crontab of a user names no user."""
    return list(units.of_crontab(text, path, user=path.startswith("/etc/")))


def _file_language(content: str, path: str) -> Language | None:
    shebang = _SHEBANG.match(content)
    if shebang:
        return language(shebang[1]) or Language.OTHER
    extension = path.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    return _EXTENSIONS.get(extension) or (Language.SHELL if _SHELL_PATHS.search(path) else None)
