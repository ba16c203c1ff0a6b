"""From where a call in a shell script is reached: where it stands, or where the functions that hold it are called."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from iac_imds_lint.bootscript.rewrite.tree import Tree, Way
from iac_imds_lint.edit import Refusal

# What runs a function that it is told of in another shell, which does not know our variables.
_RUNNERS = frozenset((
    "at", "bash", "batch", "crontab", "dash", "env", "find", "flock", "ksh", "nohup", "parallel", "runuser", "setsid",
    "sh", "ssh", "su", "sudo", "timeout", "watch", "xargs", "zsh",
))  # fmt: skip
# A function of which more is said is taken to be called at once.
_MOST = 200
_COMMANDS = ("command", "declaration_command")


def uses(tree: Tree, way: Way) -> tuple[Way, ...] | Refusal:
    """The ways to the code from which a call is reached, outside of functions, or in a loop of one that may go on for
    long. Each function is followed once, however many ways lead through it.
    """
    found: dict[Way, None] = {}
    waiting, followed = [way], set[str]()
    while waiting:
        here = waiting.pop()
        number = _function(here)
        if number is None or any(polls(tree, here, at) for at in range(number + 1, len(here) - 1)):
            found[here] = None
        elif (name := _name(tree, here[number])) not in followed:
            followed.add(name)
            for site in _sites(tree, name, here[number]):
                if isinstance(site, Refusal):
                    return site
                waiting.append(site)
    number = _function(way)
    return tuple(found) or (way if number is None else way[: number + 1],)


def _function(way: Way) -> int | None:
    """The number of the innermost function that a way leads through."""
    return next((number for number in reversed(range(len(way))) if way[number].type == "function_definition"), None)


def _name(tree: Tree, definition: tree_sitter.Node) -> str:
    name = definition.child_by_field_name("name")
    return tree.text(name) if name is not None else ""


def _sites(tree: Tree, name: str, definition: tree_sitter.Node) -> Iterator[Way | Refusal]:
    """The ways to the commands that name a function, or why one of them cannot share a variable with it."""
    mentions = tree.mentions(name) if name else ()
    for start, end in mentions if len(mentions) <= _MOST else ():
        way = tree.way(start, end)
        if any(node.type == "comment" or node == definition for node in way):
            continue
        yield _site(tree, name, way)


def _site(tree: Tree, name: str, way: Way) -> Way | Refusal:
    if not way or any(node.type == "heredoc_body" for node in way):
        return Refusal(f"a here-document names the function {name}")
    number = next((at for at in reversed(range(len(way))) if way[at].type in _COMMANDS), len(way) - 1)
    words = tree.text(way[number]).split() if way[number].type in _COMMANDS else []
    if words and words[0].rsplit("/", 1)[-1] in _RUNNERS and words[0] != name:
        return Refusal(f"{words[0]} runs the function {name} in another shell")
    if words[1:] and words[0] in ("export", "declare", "typeset") and words[1].startswith("-f"):
        return Refusal(f"{words[0]} -f gives the function {name} to another shell")
    return way[: number + 1]


def polls(tree: Tree, way: Way, at: int) -> bool:
    """Whether a node of a way is a loop that may go on for long, or that tries again, and holds what follows."""
    kind = way[at].type
    if kind == "while_statement":
        return tree.polls(way[at])
    inside = at + 1 < len(way) and way[at + 1].type == "do_group"
    return inside and kind in ("for_statement", "c_style_for_statement") and tree.polls(way[at])
