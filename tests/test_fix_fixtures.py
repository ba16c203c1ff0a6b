"""Whole files before and after a repair by the public command, compared byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixing import FIXTURES, Fixture
from tests.shell import Ran, run, tree

FIX = ("check", "--fix", "--unsafe-fixes", "--output-format", "json")

each_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=str)


@pytest.fixture
def copied(fixture: Fixture, tmp_path: Path) -> Path:
    """A fresh copy of what a fixture was before."""
    return Path(shutil.copytree(fixture.before, tmp_path / "copy"))


def left(ran: Ran) -> list[str]:
    """What a run still finds, as the fixtures' ``left`` says it."""
    return sorted(f"{found['code']} {found['resource'] or found['filename']}" for found in json.loads(ran.out))


@each_fixture
def test_it_is_repaired(fixture: Fixture, copied: Path) -> None:
    run(copied, *FIX)
    assert tree(copied) == tree(fixture.after), fixture.why


@each_fixture
def test_what_stays_has_no_fix_and_says_why(fixture: Fixture, copied: Path) -> None:
    ran = run(copied, *FIX)
    assert left(ran) == fixture.left, fixture.why
    for found in json.loads(ran.out):
        assert found["fix"] is None
        assert found["fix_unavailable"]
    unreadable = any(line.startswith("IMDS900") for line in fixture.left)
    assert ran.status == (3 if unreadable else 1 if fixture.left else 0)
    assert "Traceback" not in ran.err


@each_fixture
def test_repairing_again_changes_nothing(fixture: Fixture, copied: Path) -> None:
    run(copied, *FIX)
    once = tree(copied)
    again = run(copied, *FIX)
    assert tree(copied) == once
    assert "fixed in" not in again.err
    assert left(again) == fixture.left


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
@each_fixture
def test_the_patch_applies_to_the_same_bytes(fixture: Fixture, copied: Path, tmp_path: Path) -> None:
    patch = run(copied, "check", "--diff", "--unsafe-fixes").out
    assert tree(copied) == tree(fixture.before), "--diff writes nothing"
    if fixture.changes:
        (tmp_path / "patch").write_bytes(patch)
        _git_apply(copied, tmp_path / "patch")
    else:
        assert patch == b""
    assert tree(copied) == tree(fixture.after)


def _git_apply(directory: Path, patch: Path) -> None:
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(patch.parent)}
    command = ["git", "apply", "--whitespace=nowarn", str(patch)]
    applied = subprocess.run(
        command, cwd=directory, env={**os.environ, **alone}, capture_output=True, text=True, check=False
    )
    assert (applied.returncode, applied.stderr) == (0, "")


def test_a_third_of_the_fixtures_stay_as_they_are() -> None:
    """A linter that repairs is trusted for what it leaves alone."""
    unchanged = [fixture for fixture in FIXTURES if not fixture.changes]
    assert len(FIXTURES) >= 30
    assert len(unchanged) * 3 >= len(FIXTURES)


@each_fixture
def test_a_fixture_is_complete(fixture: Fixture) -> None:
    assert {path.name for path in fixture.directory.iterdir()} <= {"before", "after", "WHY", "left"}
    assert fixture.why.strip()
    assert tree(fixture.before)
    assert not fixture.changes or tree(fixture.before) != tree(fixture.after)
