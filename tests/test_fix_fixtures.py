"""Whole files before and after a repair by the public command, compared byte for byte."""

from __future__ import annotations

import json
import shutil
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
        if found["fix"] is None:
            assert found["fix_unavailable"]
        else:
            assert found["fix"]["applicability"] == "display-only"
            assert found["fix"]["by_hand"]
            assert found["fix"]["edits"]
    unreadable = any(line.startswith("IMDS900") for line in fixture.left)
    assert ran.status == (3 if unreadable else 1 if fixture.left else 0)
    assert "Traceback" not in ran.err


@each_fixture
def test_a_draft_says_what_is_left_to_do_by_hand(fixture: Fixture, copied: Path) -> None:
    fixes = [found["fix"] for found in json.loads(run(copied, *FIX).out) if found["fix"]]
    steps = [
        f"{step['filename']}:{step['location']['row']}: {step['message']}" for fix in fixes for step in fix["by_hand"]
    ]
    assert steps == fixture.by_hand, fixture.why


@each_fixture
def test_repairing_again_changes_nothing(fixture: Fixture, copied: Path) -> None:
    run(copied, *FIX)
    once = tree(copied)
    again = run(copied, *FIX)
    assert tree(copied) == once
    assert "fixed in" not in again.err
    assert left(again) == fixture.left


def test_a_third_of_the_fixtures_stay_as_they_are() -> None:
    """A linter that repairs is trusted for what it leaves alone."""
    unchanged = [fixture for fixture in FIXTURES if not fixture.changes]
    assert len(FIXTURES) >= 30
    assert len(unchanged) * 3 >= len(FIXTURES)


@each_fixture
def test_a_fixture_is_complete(fixture: Fixture) -> None:
    assert {path.name for path in fixture.directory.iterdir()} <= {"before", "after", "WHY", "left", "by-hand"}
    assert fixture.why.strip()
    assert tree(fixture.before)
    assert not fixture.changes or tree(fixture.before) != tree(fixture.after)
