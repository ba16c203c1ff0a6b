"""curl and wget as a script calls them: which options a request of a token shares with a call, and which host it asks.

Sources: the manuals of curl and GNU Wget. BusyBox's wget knows --header, and no --method.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.hosts import HOST
from iac_imds_lint.bootscript.rewrite.tree import Tree
from iac_imds_lint.edit import Refusal

# What runs the command that follows as it is written: the shell has expanded its arguments.
_WRAPPERS = frozenset(
    ("chronic", "command", "env", "exec", "ionice", "nice", "nohup", "setsid", "stdbuf", "sudo", "timeout")
)
_PROGRAMS = ("curl", "wget")
_LITERAL = re.compile(rf"(?:https?://)?{HOST}(?::\d+)?(?=/|$)")
_HELD = re.compile(r"((?:https?://)?)\$(?:(\w+)|\{(\w+)\})(/latest\b)?")
_ANYWHERE = re.compile(HOST)
_PLAIN = re.compile(r"[\w.,:%/@+*-]+|'[^'$]*'|\"[^\"$`\\]*\"")

# A function that runs what it is told is short.
_LONGEST = 2000

# Options that make a call robust, for each program: alone, with a value after a blank, or with one after "=".
_ALONE = {
    "curl": re.compile(r"-[46]|--ipv[46]|--retry-connrefused|--retry-all-errors"),
    "wget": re.compile(
        r"-[46]|--inet[46]-only|--no-proxy|--retry-connrefused|-[Tt][\d.]+"
        r"|--(?:timeout|connect-timeout|read-timeout|dns-timeout|tries|waitretry)=[\w.]+"
    ),
}
_VALUED = {
    "curl": re.compile(r"-m|--(?:connect-timeout|max-time|retry|retry-delay|retry-max-time|noproxy)"),
    "wget": re.compile(r"-[Tt]|--(?:timeout|connect-timeout|read-timeout|dns-timeout|tries|waitretry)"),
}
# In a bunch of curl's options, the last may be the one that takes the seconds.
_BUNCH = re.compile(r"-[fgikLsSv46]+m([\d.]*)")
# What calls curl, what installs it, and what asks whether it is there.
_CURL = re.compile(r"(?:^|[;&|(`!]|\b(?:then|do|else|if|while|sudo)\b)[ \t]*(?:/usr)?(?:/bin/)?curl[ \t]", re.MULTILINE)
_INSTALLS = re.compile(r"^[^#\n]*\b(?:install|add)\b[^#\n;&|]*\bcurl\b", re.MULTILINE)
_ASKS = re.compile(r"\b(?:command[ \t]+-v|which|type|hash)[ \t]+\S*\bcurl\b")
_FAILS = re.compile(r"-[gikLsSv46]*f|--fail(?:-with-body)?$")


class Client(NamedTuple):
    """A command that asks IMDS: ``word`` is the program's name, after which its arguments follow."""

    program: str
    word: tree_sitter.Node
    arguments: tuple[tree_sitter.Node, ...]


def client(tree: Tree, command: tree_sitter.Node) -> Client | Refusal:
    """Which program a command runs, where that is one to which a header can be given."""
    words = tuple(_words(command))
    for number, word in enumerate(words):
        name = tree.text(word).rsplit("/", 1)[-1]
        if name in _PROGRAMS:
            return _checked(tree, Client(name, word, words[number + 1 :]))
        if number == 0 and name not in _WRAPPERS and not _passes_on(tree.content, name):
            return Refusal(f"{name} runs it")
    return Refusal("no program runs it that is known")


def _passes_on(content: str, name: str) -> bool:
    """Whether a name is that of a function of the script which runs its arguments as they are."""
    begin = re.search(
        rf"^[ \t]*(?:function[ \t]+{re.escape(name)}\b|{re.escape(name)}[ \t]*\(\))", content, re.MULTILINE
    )
    body = content[begin.end() :].split("\n}", 1)[0][:_LONGEST] if begin else ""
    return '"$@"' in body and not re.search(r"\$\*|(?<!\")\$@|\beval\b", body)


def _words(command: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    for child in command.named_children:
        if child.type == "command_name":
            yield child.named_children[0] if child.named_child_count == 1 else child
        elif child.type not in (
            "variable_assignment",
            "file_redirect",
            "herestring_redirect",
            "heredoc_redirect",
            "comment",
        ):
            yield child


def _checked(tree: Tree, found: Client) -> Client | Refusal:
    """A header goes to every URL of a command; and BusyBox has a wget of its own."""
    urls = (bare(tree, word) for word in found.arguments)
    others = [url for url in urls if "://" in url and not _LITERAL.match(url) and "://$" not in url]
    if others:
        return Refusal("it may ask another host as well, which must not get the token")
    if found.program == "wget" and _is_of_busybox(tree.content):
        return Refusal("the wget of BusyBox cannot request a token: use curl")
    return found


@lru_cache(maxsize=2)
def _is_of_busybox(content: str) -> bool:
    return bool(re.search(r"\b(?:busybox|apk|alpine)\b", content))


def bare(tree: Tree, word: tree_sitter.Node) -> str:
    """A word without its quotes."""
    text = tree.text(word)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def url(tree: Tree, found: Client) -> tree_sitter.Node | None:
    """The argument that says what is asked."""
    named = [word for word in found.arguments if _ANYWHERE.search(tree.text(word))]
    held = [word for word in found.arguments if re.search(r"\$.*/|/latest/|meta-data", tree.text(word))]
    return next(iter((*named, *held)), None)


def robust(tree: Tree, found: Client) -> tuple[str, ...]:
    """The options that decide how long a call waits, how often it tries, and by which way, as they are written."""
    words = [tree.text(word) for word in found.arguments]
    taken: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if _ALONE[found.program].fullmatch(word):
            taken.append(word)
        elif _VALUED[found.program].fullmatch(word) and _PLAIN.fullmatch(following):
            taken.append(f"{word} {following}")
        elif found.program == "curl" and (bunch := _BUNCH.fullmatch(word)):
            seconds = bunch[1] or following
            taken += [f"-m {seconds}"] if _PLAIN.fullmatch(seconds) else []
    return tuple(taken)


def fails(tree: Tree, found: Client) -> bool:
    """Whether a call fails where IMDS answers with an error."""
    return found.program == "wget" or any(_FAILS.match(tree.text(word)) for word in found.arguments)


def base(tree: Tree, found: Client, before: int) -> str | Refusal:
    """Where a token is asked for, without the path: as the call says it, if that is known at an offset."""
    word = url(tree, found)
    text = bare(tree, word) if word is not None else ""
    if literal := _LITERAL.match(text):
        return _with_scheme(literal[0])
    held = _HELD.match(text)
    value = _held(tree.content, held[2] or held[3]) if held else None
    if held and value and (known := _LITERAL.match(value[0])):
        whole = known[0] == value[0] and bool(held[4]) and value[1] <= before
        asked = f"{held[1]}${held[2] or held[3]}" if whole else known[0]
        return asked if whole and "://" in value[0] else _with_scheme(asked)
    hosts = sorted({host.rstrip(".") for host in _ANYWHERE.findall(tree.content)})
    return f"http://{hosts[0]}" if len(hosts) == 1 else Refusal("which host it asks is not certain")


def _with_scheme(host: str) -> str:
    return host if "://" in host else f"http://{host}"


def _held(content: str, name: str) -> tuple[str, int] | None:
    """What a variable holds that is assigned once, at the top of a script and as it is written, and where."""
    every = list(re.finditer(rf"(?<![\w$])(?:{name})\+?=", content))
    found = re.search(rf"^(?:(?:export|readonly) )?{name}=([\"']?)([^\s\"'`$;]+)\1[ \t]*\r?$", content, re.MULTILINE)
    return (found[2], found.end()) if found and len(every) == 1 else None


@lru_cache(maxsize=2)
def has_curl(content: str, before: int) -> bool:
    """Whether a script has curl at an offset: it installs it before, or calls it somewhere as if it were there."""
    installed = _INSTALLS.search(content)
    if installed:
        return installed.end() <= before
    return _CURL.search(content) is not None and _ASKS.search(content) is None


def quote(texts: Sequence[str]) -> str:
    """The quotes that words have: single ones only where all that have any have these."""
    used = [text[0] for text in texts if text[:1] in ("'", '"')]
    return "'" if used and set(used) == {"'"} else '"'
