"""The cases of boot scripts: what somebody wrote, and every IMDSv1 call in it.

Each directory under ``fixtures/boot_scripts/cases`` holds the files of a case and ``expected.toml``: ``why`` is one
sentence. Each of ``calls`` has ``file``, ``row`` and ``column`` of its first character, counted in code points from 1;
``program``; ``asked``, or ``asked_starts`` where the rest is not known; and ``too_old`` where it is a client that knows
IMDSv1 only. ``unseen`` are words out of the reasons for what cannot be seen.

A script by itself is named ``script.*``, user data in any format ``user-data.txt``; all else is a module or a template.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.shell import tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DIRECTORY = Path(__file__).parents[1] / "fixtures" / "boot_scripts" / "cases"
_EXPECTED = "expected.toml"
_CONFIGURATIONS = (".tf", ".tf.json", ".yaml", "template.json")


class Expected(NamedTuple):
    """A call that has to be found. ``asked`` is the whole of what it asks for, or what that begins with."""

    file: str
    row: int
    column: int
    program: str
    asked: str = ""
    asked_starts: str = ""
    too_old: bool = False


class Case(NamedTuple):
    """One directory of fixtures."""

    name: str
    why: str
    files: dict[str, bytes]
    calls: tuple[Expected, ...]
    unseen: tuple[str, ...]

    @property
    def linted(self) -> tuple[str, ...]:
        """The modules and templates of the case; none where it is a script by itself."""
        return tuple(path for path in self.files if path.endswith(_CONFIGURATIONS))

    def __str__(self) -> str:
        return self.name


def _read(directory: Path) -> Case:
    files = tree(directory)
    said: dict[str, Any] = tomllib.loads(files.pop(_EXPECTED).decode())
    calls = tuple(Expected(**call) for call in said.pop("calls", ()))
    return Case(directory.name, said.pop("why"), files, calls, tuple(said.pop("unseen", ())), **said)


CASES = tuple(_read(path) for path in sorted(DIRECTORY.iterdir()))
SCRIPTS = tuple(case for case in CASES if not case.linted)
CONFIGURATIONS = tuple(case for case in CASES if case.linted)
