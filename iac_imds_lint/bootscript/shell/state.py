"""What is known while a script is followed from its first line to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.shell.tree import Tree
from iac_imds_lint.bootscript.shell.values import UNKNOWN, Key, Value, Values
from iac_imds_lint.bootscript.shell.variables import Variables
from iac_imds_lint.script import Part, Unseen
from iac_imds_lint.texts import Text

# No script nests its commands, or what it calls, as deep: below it is read without following branches.
DEEPEST = 24
# No script exports as many variables.
_MOST_GIVEN = 200
# How many commands are followed for functions that are called again and again.
_BUDGET = 5_000


class Does(Enum):
    """What a command does at IMDS."""

    PUT = auto()  # asks for a token
    CARRY = auto()  # asks with one
    ASK = auto()  # asks without


@dataclass(eq=False)
class Event:
    """A command at IMDS, as it happened once. ``excused`` where it is what is done when there is no token."""

    does: Does
    key: Key
    program: str
    path: str = ""
    note: str = ""
    excused: bool = False


class Fetch(NamedTuple):
    """A download: from where, and to which file, "-" for what is printed."""

    url: str
    to: str


class Stdin(NamedTuple):
    """What a command reads: a text of the script, what that comes to, or a download."""

    text: Text | None = None
    values: Values = ()
    fetch: Fetch | None = None


@dataclass(eq=False)
class Reads:
    """What variables that were read depend on."""

    token: int = 0
    asked: set[Key] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, values: Values) -> None:
        """Note a variable that is read."""
        self.names.add(name)
        for one in values:
            self.token = max(self.token, one.token)
            self.asked.update(one.asked)


class Ran(NamedTuple):
    """How a command ended: ``jumps`` where what follows is not reached; ``without`` where only without a token."""

    jumps: bool = False
    without: bool = False


@dataclass(eq=False)
class State:
    """All of it. ``execute`` follows a node; what reads words needs it for substitutions.

    ``piped`` says that what is printed goes to another command, which may take the text, ``produced``, for a script.
    ``tried`` are the calls on whose failure one with a token follows; ``latest`` is the last event with a token.
    ``deaf`` are the calls that succeed as well where they are refused for want of a token, and decide on what follows.
    """

    part: Part
    tree: Tree
    execute: Callable[[State, tree_sitter.Node], Ran]
    variables: Variables = field(default_factory=Variables)
    functions: dict[str, tree_sitter.Node] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    running: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    tried: set[Key] = field(default_factory=set)
    deaf: set[Key] = field(default_factory=set)
    others: dict[Key, str] = field(default_factory=dict)
    printed: list[list[Values]] = field(default_factory=list)
    produced: Text | None = None
    piped: bool = False
    stdin: Stdin | None = None
    targets: tuple[str, ...] = ()
    reads: Reads = field(default_factory=Reads)
    last: Value = UNKNOWN[0]
    latest: int = -1
    guards: int = 0
    depth: int = 0
    budget: int = _BUDGET
    fetches: list[Fetch] = field(default_factory=list)
    written: dict[str, Text] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)

    def unknown(self, start: int, end: int) -> str:
        """Why something between two bytes is not known."""
        return self.part.text.unknown(self.tree.offset(start), self.tree.offset(end))

    def given(self) -> tuple[tuple[str, str], ...]:
        """The exported variables that say where IMDS is."""
        some = ((name, self.variables.values(name) or ()) for name in sorted(self.exported)[:_MOST_GIVEN])
        telling = ((name, next((one.text for one in values if one.telling), "")) for name, values in some)
        return tuple((name, text) for name, text in telling if text)

    def miss(self, key: Key, reason: str) -> None:
        """Say that something is not seen."""
        span = self.part.text.span(self.tree.offset(key[0]), self.tree.offset(key[1]))
        self.unseen.append(Unseen(span, reason))

    @property
    def is_read(self) -> bool:
        """Whether anything that is looked at takes what a command prints."""
        return bool(self.printed or self.targets)

    def put_out(self, values: Values) -> None:
        """Print something into the substitution that is read."""
        if self.printed:
            self.printed[-1].append(values)

    def has_token_since(self, mark: int) -> bool:
        """Whether a token was asked for, or carried, since an event."""
        return self.latest >= mark

    def note(self, event: Event) -> None:
        """Note what a command does."""
        if event.does is not Does.ASK:
            self.latest = len(self.events)
        self.events.append(event)

    def decided_elsewhere(self, mark: int) -> None:
        """What happened since an event does not decide on what follows: something after it does."""
        self.deaf.difference_update(event.key for event in self.events[mark:])

    def excuse(self, mark: int) -> None:
        """What happened since an event is done where there is no token."""
        for event in self.events[mark:]:
            event.excused = True

    def does(self, mark: int, *what: Does) -> list[Event]:
        """What of some kinds happened since an event."""
        return [event for event in self.events[mark:] if event.does in what]
