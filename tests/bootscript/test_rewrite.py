"""What is written into shell scripts that ask IMDS without a token.

``UPDATE_SNAPSHOTS=1 python -m pytest tests/bootscript/test_rewrite.py`` writes ``after.sh`` and ``by_hand`` anew.
"""

from __future__ import annotations

import os

import pytest

from iac_imds_lint.source import SourceFile
from tests.bootscript.rewrites import Case, Done, cases, done, found, text


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_script_becomes_what_its_case_says(case: Case) -> None:
    after = done(case.before)
    _compare(case, "after.sh", after.text)
    if case.is_draft:
        _compare(case, "by_hand", _left(case, after))
    else:
        assert (after.by_hand, after.refused) == ((), ())


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_rewrite_only_inserts_and_a_second_one_changes_nothing(case: Case) -> None:
    after = done(case.before)
    assert all(edit.span.start == edit.span.end for edit in after.edits)
    assert done(after.text).text == after.text
    if not case.is_draft:
        assert found(after.text) == ()


def _compare(case: Case, name: str, actual: str) -> None:
    file = case.directory / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_bytes(actual.encode())
    assert actual == text(file), case.why


def _left(case: Case, after: Done) -> str:
    source = SourceFile("boot.sh", case.before)
    steps = [f"{source.position(step.span.start).row}: {step.message}" for step in after.by_hand]
    return "".join(f"{line}\n" for line in (*steps, *(f"refused: {reason}" for reason in after.refused)))
