"""What every fix promises (safe, proven, minimal, atomic), for each fixture and each example of the documentation.

The readers that it is held against are not ours (see :mod:`tests.reference`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import reference
from tests.fixing import CASES, Case, applied
from tests.shell import run, tree

MODE = 0o640
SAFE: tuple[str, ...] = ()
UNSAFE = ("--unsafe-fixes",)
CLOSED = ("v2-required", "imds-disabled")

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_threshold = pytest.mark.parametrize("threshold", [SAFE, UNSAFE], ids=["safe", "unsafe"])


class Linted(NamedTuple):
    """What a run says of a directory."""

    findings: list[dict[str, Any]]
    inventory: list[dict[str, Any]]


def linted(directory: Path) -> Linted:
    findings = run(directory, "check", "--output-format", "json")
    inventory = run(directory, "inventory", "--output-format", "json")
    return Linted(json.loads(findings.out), json.loads(inventory.out))


@pytest.fixture
def directory(case: Case, tmp_path: Path) -> Path:
    """A fresh copy of a case's files, with a mode that no other file gets by itself."""
    (tmp_path / "copy").mkdir()
    copy = case.write(tmp_path / "copy")
    for path in case.files:
        (copy / path).chmod(MODE)
    return copy


class Repaired(NamedTuple):
    """A case before and after a repair: what is said of it, the files, their modes, and the patch."""

    before: Linted
    after: Linted
    old: dict[str, bytes]
    new: dict[str, bytes]
    modes: dict[str, int]
    patch: bytes

    @property
    def touched(self) -> list[str]:
        return [path for path, data in self.new.items() if data != self.old[path]]


def repaired(directory: Path, old: dict[str, bytes], threshold: tuple[str, ...]) -> Repaired:
    before = linted(directory)
    patch = run(directory, "check", "--diff", *threshold).out
    assert tree(directory) == old, "--diff writes nothing"
    run(directory, "check", "--fix", *threshold)
    new = tree(directory)
    modes = {path: stat.S_IMODE((directory / path).stat().st_mode) for path in new}
    return Repaired(before, linted(directory), old, new, modes, patch)


@each_threshold
@each_case
def test_a_repair_keeps_its_promises(case: Case, threshold: tuple[str, ...], directory: Path, tmp_path: Path) -> None:
    fixed = repaired(directory, case.files, threshold)
    assert fixed.new.keys() == case.files.keys(), "no file comes or goes"
    assert fixed.modes == dict.fromkeys(case.files, MODE)
    assert _newly_unread(fixed.old, fixed.new) == {}
    _nothing_is_new_or_worse(fixed)
    _what_can_be_mended_is(fixed, ("safe", "unsafe") if threshold else ("safe",))
    _others_are_what_they_were(fixed)
    if not threshold:
        assert reference.dangers(fixed.old, fixed.new) == []
    for number, apply in enumerate(PATCHING):
        _the_patch_gives_the_same_bytes(fixed, case.write(tmp_path / f"patched{number}"), apply)


# --- What is said afterwards -----------------------------------------------------------------------------------------


class Moved(NamedTuple):
    """Addresses before, and what they are called afterwards."""

    names: dict[str, str]

    @classmethod
    def between(cls, before: Linted, after: Linted) -> Moved:
        """Launch configurations that are gone, and the templates that are there instead, in their order."""
        there, now = (Counter(_place(row) for row in one.inventory) for one in (before, after))
        gone = [row for row in before.inventory if now[_place(row)] == 0]
        new = [row for row in after.inventory if there[_place(row)] == 0]
        assert len(gone) == len(new), "nothing comes up, nothing is lost"
        for old, other in zip(gone, new, strict=True):
            assert "launch_configuration" in old["resource_type"] or "LaunchConfiguration" in old["resource_type"]
            assert "launch_template" in other["resource_type"] or "LaunchTemplate" in other["resource_type"]
            assert old["filename"] == other["filename"]
        return cls({old["resource"]: other["resource"] for old, other in zip(gone, new, strict=True)})

    def cause(self, found: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
        """What a finding is about, whatever it says of that."""
        return found["code"], found["filename"], tuple(self.names.get(name, name) for name in found["affected"])


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["filename"], row["resource"]


def _nothing_is_new_or_worse(fixed: Repaired) -> None:
    moved = Moved.between(fixed.before, fixed.after)
    there = Counter(map(moved.cause, fixed.before.findings))
    assert Counter(map(moved.cause, fixed.after.findings)) <= there, "no finding is new"
    rows = fixed.before.inventory
    postures = Counter((moved.names.get(row["resource"], row["resource"]), row["posture"]) for row in rows)
    for row in fixed.after.inventory:
        same = postures[row["resource"], row["posture"]] > 0
        better = row["posture"] in CLOSED or (row["posture"] == "unknown" and postures[row["resource"], "v1-allowed"])
        assert same or better, f"{row['resource']} is {row['posture']}"


def _what_can_be_mended_is(fixed: Repaired, applied: tuple[str, ...]) -> None:
    for found in fixed.after.findings:
        assert not found["fix"] or found["fix"]["applicability"] not in applied
        assert found["fix"] or found["fix_unavailable"]


# --- What is written -------------------------------------------------------------------------------------------------


def _newly_unread(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, reference.Unread]:
    """What its reader read before, and does not now."""
    read = {path: reference.read(path, data) for path, data in after.items() if data != before[path]}
    unread = {path: why for path, why in read.items() if isinstance(why, reference.Unread)}
    return {p: why for p, why in unread.items() if not isinstance(reference.read(p, before[p]), reference.Unread)}


def _others_are_what_they_were(fixed: Repaired) -> None:
    """As readers that are not ours read them: what no finding is about, and no finding's consumer, is the same."""
    about = {name for found in fixed.before.findings for name in (*found["affected"], *found["consumers"])}
    words = {word for name in about for word in re.split(r"[^\w-]+", name)}
    for path in fixed.touched:
        old, new = (reference.read(path, files[path]) for files in (fixed.old, fixed.new))
        if isinstance(old, reference.Content) and isinstance(new, reference.Content):
            for name in old.resources.keys() & new.resources.keys():
                if not words.intersection(name) and name[0] in ("resource", "Resources") and "::" not in name[-1]:
                    assert _but_references(old.resources[name]) == _but_references(new.resources[name]), name


def _but_references(value: Any) -> str:
    """A body without the words that a migration rewrites in whatever names its resource."""
    return re.sub(r"aws_launch_(?:configuration|template)", "", json.dumps(value, sort_keys=True))


# --- Patches ---------------------------------------------------------------------------------------------------------


def _git(directory: Path, patch: Path) -> subprocess.CompletedProcess[str]:
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(patch.parent)}
    return _ran(["git", "apply", "--whitespace=nowarn", str(patch)], directory, alone)


def _patch(directory: Path, patch: Path) -> subprocess.CompletedProcess[str]:
    return _ran(["patch", "-p1", "--no-backup-if-mismatch", "-i", str(patch)], directory, {})


def _ran(command: list[str], directory: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


PATCHING = [apply for program, apply in (("git", _git), ("patch", _patch)) if shutil.which(program)]


def _the_patch_gives_the_same_bytes(
    fixed: Repaired, directory: Path, apply: Callable[[Path, Path], subprocess.CompletedProcess[str]]
) -> None:
    assert bool(fixed.patch) == bool(fixed.touched)
    if fixed.patch:
        patch = directory.parent / "patch"
        patch.write_bytes(fixed.patch)
        applied = apply(directory, patch)
        assert (applied.returncode, applied.stderr) == (0, "")
        assert tree(directory) == fixed.new


# --- Drafts ----------------------------------------------------------------------------------------------------------


@each_case
def test_a_draft_can_be_read(case: Case, directory: Path) -> None:
    """Also what is only shown, and what is offered beside, leaves files that parse when somebody applies it."""
    fixes = [found["fix"] for found in linted(directory).findings if found["fix"]]
    offered = [one for fix in fixes for one in (fix, *fix["alternatives"])]
    for fix in offered:
        drafted = {**case.files, **applied(case.files, fix["edits"])}
        assert _newly_unread(case.files, drafted) == {}, fix["message"]
        again = Case(case.name, drafted).write(directory)
        assert not [found for found in linted(again).findings if found["code"] in ("IMDS900", "IMDS999")] or any(
            found["code"] == "IMDS900" for found in linted(case.write(directory)).findings
        )
