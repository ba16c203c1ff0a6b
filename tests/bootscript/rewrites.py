"""The cases in fixtures/boot_scripts/rewrites, and the rewrite of a whole script.

A case is a directory: ``before.sh``, ``after.sh``, and ``WHY``, whose first line says what it shows. A line ``tokens: N``
says how many times it requests a token where that is not once. ``effects`` are what the script does where IMDS answers;
a case with ``by_hand`` is a draft, which lists what is left to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from iac_imds_lint import bootscript, texts
from iac_imds_lint.bootscript.rewrite import rewritten
from iac_imds_lint.edit import Edit, Refusal, Step, apply, joined
from iac_imds_lint.script import Call, Found, Language, Part, Script
from iac_imds_lint.source import SourceFile

CASES = Path(__file__).resolve().parent.parent / "fixtures" / "boot_scripts" / "rewrites"


class Case(NamedTuple):
    """A script, what it becomes, and why."""

    directory: Path
    before: str
    why: str
    tokens: int
    is_draft: bool

    def __str__(self) -> str:
        return self.directory.name

    @property
    def after(self) -> str:
        return text(self.directory / "after.sh")


class Done(NamedTuple):
    """A script after its rewrite, and what is left to do."""

    text: str
    by_hand: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()


def text(path: Path) -> str:
    """The text of a file, with its newlines as they are."""
    return path.read_bytes().decode()


def cases() -> list[Case]:
    """Every case, in order of names."""
    return [_case(directory) for directory in sorted(CASES.iterdir()) if (directory / "before.sh").is_file()]


def _case(directory: Path) -> Case:
    why, *more = text(directory / "WHY").splitlines()
    said = dict(line.split(": ", 1) for line in more)
    is_draft = (directory / "by_hand").is_file()
    return Case(directory, text(directory / "before.sh"), why, int(said.get("tokens", "1")), is_draft)


def found(content: str) -> tuple[Found, ...]:
    """The calls without a token in a shell script."""
    script = Script(texts.whole(SourceFile("boot.sh", content)), "user_data", Language.SHELL)
    return bootscript.read(script).found


def done(content: str) -> Done:
    """A shell script after its rewrite."""
    return of_found(SourceFile("boot.sh", content), found(content))


def of_found(source: SourceFile, calls: tuple[Found, ...]) -> Done:
    """A file after the calls in it are rewritten."""
    told = [(part, rewritten(part, some)) for part, some in _by_part(calls)]
    wrote = [one for _, one in told if not isinstance(one, Refusal)]
    edits = joined(edit for one in wrote for edit in one.edits)
    return Done(
        apply(source, edits).text,
        tuple(step for one in wrote for step in one.by_hand),
        tuple(note for one in wrote for note in one.notes),
        tuple(one.reason for _, one in told if isinstance(one, Refusal)),
        edits,
    )


def _by_part(calls: tuple[Found, ...]) -> Iterator[tuple[Part, list[Call]]]:
    for part in dict.fromkeys(one.part for one in calls):
        yield part, [one.call for one in calls if one.part == part]
