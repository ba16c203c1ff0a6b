"""A shell script from its first line to its last, and the calls that come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iac_imds_lint.bootscript.hosts import HOSTS
from iac_imds_lint.bootscript.shell import functions, statements
from iac_imds_lint.bootscript.shell.state import Does, Event, State
from iac_imds_lint.bootscript.shell.tree import Tree, parsed
from iac_imds_lint.bootscript.shell.urls import asked
from iac_imds_lint.bootscript.shell.values import HIDDEN, Key, Value
from iac_imds_lint.script import Call, Looked, Part, Unseen

_HOSTS = re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE)
_STATEMENTS = frozenset(
    [
        "command",
        "variable_assignment",
        "declaration_command",
        "comment",
        "heredoc_body",
        "redirected_statement",
        "test_command",
        "case_statement",
        "for_statement",
    ]
)


def followed(part: Part) -> Looked:
    """What a shell script does at IMDS, what scripts are in it, and what of it is not seen."""
    tree = parsed(part.text.content)
    if tree is None:
        return Looked(unseen=_too_long(part))
    state = State(part, tree, statements.execute)
    for name, value in part.given:
        state.variables.set(name, (Value(value),))
        state.exported.add(name)
    for root in tree.roots:
        statements.execute(state, root)
    for name in [name for name in state.functions if name not in state.called]:
        if name not in state.called:
            functions.uncalled(state, name)
    calls = _calls(state)
    unseen = (*state.unseen, *_swallowed(state))
    beside = part.beside | frozenset(state.written)
    parts = (one._replace(beside=beside) for one in dict.fromkeys(state.parts))
    return Looked(calls, tuple(parts), tuple(dict.fromkeys(unseen)))


def _too_long(part: Part) -> tuple[Unseen, ...]:
    found = _HOSTS.search(part.text.content)
    if not found:
        return ()
    return (Unseen(part.text.span(*found.span()), "it does not parse"),)


def _calls(state: State) -> tuple[Call, ...]:
    """One call for each command that asks without a token, other than for want of one.

    Who never asks with one does not fall back, whatever conditions there are.
    """
    by_key: dict[Key, list[Event]] = {}
    falls_back = bool(state.does(0, Does.PUT, Does.CARRY))
    for event in state.events:
        excused = falls_back and (event.excused or event.key in state.tried)
        if event.does is Does.ASK and not excused:
            by_key.setdefault(event.key, []).append(event)
    return tuple(_call(state, key, events) for key, events in sorted(by_key.items()))


def _call(state: State, key: Key, events: list[Event]) -> Call:
    start, end = state.tree.offset(key[0]), state.tree.offset(key[1])
    notes = [one.note for one in events if one.note][:1]
    if key in state.others:
        notes.append(f"which also asks {state.others[key].replace(HIDDEN, '…')}")
    program = events[0].program.replace(HIDDEN, "…")
    return Call(start, end, program, asked(one.path for one in events), ", ".join(notes))


def _swallowed(state: State) -> Iterable[Unseen]:
    """A host in text that does not parse, outside of all that was followed."""
    tree = state.tree
    if not tree.root.has_error:
        return
    followed = [event.key for event in state.events]
    for found in _HOSTS.finditer(tree.content):
        byte = tree.byte(found.start())
        line = _error_at(tree, byte)
        if line and not any(start <= byte < end for start, end in followed):
            yield Unseen(state.part.text.span(*found.span()), f"it does not parse from line {line} on")
            return


def _error_at(tree: Tree, byte: int) -> int:
    """The line from which on a place does not parse; 0 where it does."""
    node = tree.root.descendant_for_byte_range(byte, byte + 1)
    while node is not None and node.type not in _STATEMENTS:
        if node.type == "ERROR":
            return tree.line(node)
        node = node.parent
    return tree.line(node) if node is not None and node.type == "variable_assignment" and node.has_error else 0
