"""Functions of a script, and what their arguments are."""

from __future__ import annotations

from collections.abc import Sequence

import tree_sitter

from iac_imds_lint.bootscript.shell.state import DEEPEST, Ran, State
from iac_imds_lint.bootscript.shell.values import Value
from iac_imds_lint.bootscript.shell.variables import listed
from iac_imds_lint.bootscript.shell.words import Arg


def call(state: State, name: str, args: Sequence[Arg]) -> Ran:
    """Follow a function with its arguments."""
    if name in state.running or state.budget <= 0 or state.depth > DEEPEST - 4:
        return Ran()
    state.called.add(name)
    state.running.append(name)
    saved = {one: state.variables.held(one) for one in ("@", *map(str, range(1, 10)))}
    mark = len(state.events)
    parameters(state, args)
    _body(state, name)
    if not _is_one_command(state.functions[name]):
        state.decided_elsewhere(mark)
    for one, held in saved.items():
        state.variables.put(one, held)
    state.running.pop()
    return Ran()


def uncalled(state: State, name: str) -> None:
    """Follow a function that nothing calls, with whatever arguments."""
    state.called.add(name)
    state.running.append(name)
    for one in ("@", *map(str, range(1, 10))):
        state.variables.put(one, None)
    _body(state, name)
    state.running.pop()


def _is_one_command(function: tree_sitter.Node) -> bool:
    """Whether a function sets variables and runs a command, whose success is its own."""
    types = [one.type for one in function.named_children[-1].named_children if one.type != "comment"]
    return all(one in ("declaration_command", "variable_assignment") for one in types[:-1])


def _body(state: State, name: str) -> None:
    for one in state.functions[name].named_children[1:]:
        state.execute(state, one)


def parameters(state: State, args: Sequence[Arg]) -> None:
    """Set what ``$1`` and ``$@`` are."""
    placed = [tuple(one._replace(at=one.at or (arg.start, arg.end)) for one in arg.values) for arg in args]
    state.variables.put("@", listed(placed))
    for number in range(1, 10):
        held = tuple((one,) for one in placed[number - 1]) if number <= len(placed) else ((Value(""),),)
        state.variables.put(str(number), held)
