"""What carries a token, and what is done where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.shell.state import Does, Ran, Reads, State
from iac_imds_lint.bootscript.shell.values import HIDDEN, Key
from iac_imds_lint.bootscript.shell.words import Arg

# The header of a token; that of its time to live is another, and without a value it is not sent.
_HEADER = re.compile(r"x-aws-ec2-metadata-token(?!-ttl)(?!: *['\"]?$)", re.IGNORECASE)
_SAYS_SO = re.compile(r"token|header|imds_?(?:opts|args)", re.IGNORECASE)
_HEADER_FILE = re.compile(r"@.|-H@.|--header=@.")
_ABOUT_TOKENS = re.compile(r"token|imds", re.IGNORECASE)


class When(Enum):
    """What a condition says of the token, where it holds."""

    PRESENT = auto()
    ABSENT = auto()
    DEPENDS = auto()
    NOTHING = auto()


# What ends as the last of its commands does.
_SEVERAL = frozenset({"compound_statement", "subshell", "if_statement", "case_statement"})
_OPPOSITE = {When.PRESENT: When.ABSENT, When.ABSENT: When.PRESENT}


class Condition(NamedTuple):
    """What a condition says, the calls without a token that it depends on, and what happened since ``mark``."""

    when: When
    asked: frozenset[Key]
    mark: int
    ran: Ran = Ran()

    @property
    def without(self) -> bool:
        """Whether what runs if it holds is for want of a token."""
        return self.when in (When.ABSENT, When.DEPENDS)

    @property
    def otherwise(self) -> bool:
        """Whether what runs if it does not hold is for want of a token."""
        return self.when in (When.PRESENT, When.DEPENDS)


def carried(state: State, argv: Sequence[Arg]) -> bool:
    """Whether any word of a client is the header of a token, or a file or a variable of the kind.

    A file of headers or options is not seen, and who keeps one does so for the token; the same goes for a variable that
    is named for it and comes from elsewhere.
    """
    return any(_carries(state, arg, argv[number - 1].text) for number, arg in enumerate(argv) if number)


def _carries(state: State, arg: Arg, before: str) -> bool:
    if any(_HEADER.search(one.text) for one in arg.values):
        return True
    if before in ("-H", "--header", "-K", "--config") and arg.text.startswith("@" if before[-1] != "K" else ""):
        return before in ("-K", "--config") or bool(_HEADER_FILE.match(arg.text))
    if _HEADER_FILE.match(arg.text) and arg.text[0] == "-":
        return True
    written = state.tree.between(arg.start, arg.end)
    return arg.text.startswith(HIDDEN) and "$" in written and bool(_SAYS_SO.search(written)) and "/" not in arg.text


def condition(state: State, node: tree_sitter.Node) -> Condition:
    """Follow a command whose success decides, and say what it says of the token."""
    turned = False
    while node.type == "negated_command" and node.named_children:
        node, turned = node.named_children[-1], not turned
    mark, reads = len(state.events), state.reads
    state.reads = Reads()
    ran = state.execute(state, node)
    if node.type in _SEVERAL and node.named_child_count > 1:
        state.decided_elsewhere(mark)
    found, state.reads = state.reads, reads
    state.reads.names |= found.names
    when, asked = _says(state, node, found, mark)
    return Condition(_OPPOSITE.get(when, when) if turned else when, asked, mark, ran)


def _says(state: State, node: tree_sitter.Node, reads: Reads, mark: int) -> tuple[When, frozenset[Key]]:
    text = state.tree.text(node)
    asked = frozenset(event.key for event in state.does(mark, Does.ASK))
    tokens = state.has_token_since(mark)
    if not _is_test(node, text):
        return (When.PRESENT if tokens else When.NOTHING), asked - state.deaf
    sense = _sense(text)
    # Who only looks whether there is an answer takes the page that says 401 for one.
    asked |= reads.asked - (frozenset() if sense is When.DEPENDS else state.deaf)
    named = any(_ABOUT_TOKENS.search(name) for name in reads.names) and state.has_token_since(0)
    if not (reads.token or tokens or named):
        return When.NOTHING, asked
    if sense is When.DEPENDS and not (reads.token == 2 or tokens or named):
        return When.NOTHING, asked
    return sense, asked


def _is_test(node: tree_sitter.Node, text: str) -> bool:
    return node.type in ("test_command", "case_statement", "list") or bool(re.match(r"(?:test|\[|\(\()\s", text))


def _sense(text: str) -> When:
    """Whether a test holds where there is a token: it is not empty, or it is, or something else is asked."""
    inner = re.sub(r"^(?:test\b|\[\[?|\(\()|\]\]?$|\)\)$", "", text.strip()).strip()
    turned = inner.startswith("!")
    inner = inner.lstrip("! \t")
    when = When.DEPENDS
    word = r"[\"']?[^\s\"']*[\"']?"
    if re.search(r"&&|\|\||\s-[ao]\s", inner):
        when = When.DEPENDS
    elif re.match(r"-z\s", inner) or re.fullmatch(rf"{word}\s*==?\s*(?:\"\"|''|[\"']?x[\"']?)", inner):
        when = When.ABSENT
    elif (
        re.match(r"-n\s", inner)
        or re.fullmatch(rf"{word}\s*!=\s*(?:\"\"|''|[\"']?x[\"']?)", inner)
        or re.fullmatch(r"\"[^\"]*\"|\S+", inner)
    ):
        when = When.PRESENT
    return _OPPOSITE.get(when, when) if turned else when


def settle(state: State, asked: AbstractSet[Key], mark: int, branches: Sequence[int] = ()) -> None:
    """Excuse calls without a token that are tried, where one with a token follows on their failure after ``mark``.

    So are those in branches, which begin at some events, that run where it did not fail.
    """
    if not asked or not state.has_token_since(mark):
        return
    state.tried |= asked
    for begin, end in pairwise((*branches, len(state.events))):
        some = state.events[begin:end]
        if all(event.does is Does.ASK for event in some):
            for event in some:
                event.excused = True


def opposite(when: When) -> When:
    """What a condition says where it does not hold."""
    return _OPPOSITE.get(when, when)


def follow(state: State, found: Condition, jumps: bool, mark: int) -> bool:
    """Whether what follows a branch is reached only without a token: the branch that has one leaves."""
    if not jumps:
        return False
    return found.when is When.PRESENT or (found.when is When.DEPENDS and state.has_token_since(mark))
