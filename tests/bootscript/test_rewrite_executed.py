"""Scripts before and after their rewrites, run by the real shell, curl and wget against a stand-in for IMDS.

``UPDATE_SNAPSHOTS=1 python -m pytest tests/bootscript/test_rewrite_executed.py`` writes ``effects`` anew; read the
difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bootscript.rewrites import Case, cases, text
from tests.bootscript.running import run, skip_unless_possible

RUN = [case for case in cases() if not case.is_draft]


@pytest.mark.parametrize("case", RUN, ids=str)
def test_before_fails_where_tokens_are_required_and_after_does_not(case: Case, tmp_path: Path) -> None:
    skip_unless_possible()
    optional = run(case.before, tmp_path / "before-optional", required=False)
    snapshot = case.directory / "effects"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_bytes(str(optional.effects).encode())
    assert str(optional.effects) == text(snapshot), optional.said

    required = run(case.before, tmp_path / "before-required", required=True)
    assert required.effects != optional.effects, f"the script needs no token: {case.why}"
    assert required.refused > 0

    for mode in (True, False):
        after = run(case.after, tmp_path / f"after-{mode}", required=mode)
        assert after.effects == optional.effects, after.said
        assert (after.token_requests, after.refused) == (case.tokens, 0), case.why
