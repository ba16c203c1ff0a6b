"""Boot scripts: what an instance runs when it boots, in which language, and what of that calls IMDS."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.texts import Text


class Language(Enum):
    """What runs a script."""

    SHELL = "shell"
    POWERSHELL = "PowerShell"
    BATCH = "batch"
    PYTHON = "Python"
    OTHER = "another language"


class Script(NamedTuple):
    """A text that an instance runs when it boots. ``what`` is what it is called: "user_data", "the command 01_setup".

    ``language`` is set where what stands around it decides that; else its beginning tells its format, as cloud-init and
    EC2Launch read it. ``content_type`` is the media type that a part of several is said to have; empty where none is,
    or where that leaves it to the beginning, as text/plain does. ``beside`` is as a part has it.
    """

    text: Text
    what: str
    language: Language | None = None
    content_type: str = ""
    beside: frozenset[str] = frozenset()


class Unseen(NamedTuple):
    """A boot script, or a part of one, that the code does not show, and why, in a clause."""

    span: Span
    reason: str


class Part(NamedTuple):
    """A text in one language, that runs or is written to run later. ``what`` is what it is called.

    ``strict`` says that what runs it stops at the first command that fails, whatever it says itself. ``beside`` are the
    names, without directories, of files that are written around it: what it runs of them is seen. ``given`` are
    variables that it is run with, as far as they say where IMDS is. ``by`` is what starts its commands without a shell:
    "systemd". ``is_argument`` says that it may be handed to a program of Windows as an argument, which loses double
    quotes.
    """

    text: Text
    language: Language
    what: str
    strict: bool = False
    beside: frozenset[str] = frozenset()
    given: tuple[tuple[str, str], ...] = ()
    by: str = ""
    is_argument: bool = False


class Harm(Enum):
    """What is wrong with a call."""

    NO_TOKEN = "it asks IMDS without a token"
    TOO_OLD = "what it runs is too old for tokens"


class Call(NamedTuple):
    """The range of a part's text that calls IMDS over version 1.

    ``program`` is what calls: "curl", "Invoke-RestMethod". ``asked`` is the path that it asks for, as far as that is
    known: "latest/meta-data/instance-id". ``note`` says more in a clause: "through METADATA_URL". For what is too old,
    ``program`` is what is too old with its version, and ``note`` which version is needed.
    """

    start: int
    end: int
    program: str
    asked: str = ""
    note: str = ""
    harm: Harm = Harm.NO_TOKEN


class Looked(NamedTuple):
    """What a reader of one language found in a part: calls, other scripts inside of it, and what it runs unseen."""

    calls: tuple[Call, ...] = ()
    parts: tuple[Part, ...] = ()
    unseen: tuple[Unseen, ...] = ()


class Found(NamedTuple):
    """A call, and the part in which it is."""

    part: Part
    call: Call

    @property
    def span(self) -> Span:
        """Where the call stands in the user's file."""
        return self.part.text.span(self.call.start, self.call.end)


class Reading(NamedTuple):
    """All that is found in a boot script."""

    found: tuple[Found, ...] = ()
    unseen: tuple[Unseen, ...] = ()
