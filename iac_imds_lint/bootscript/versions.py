"""Clients of IMDS that are too old for tokens, where a script says which version it installs or runs."""

from __future__ import annotations

from iac_imds_lint.script import Call, Part


def outdated(part: Part) -> tuple[Call, ...]:
    """What a script installs or runs that knows only IMDSv1 (Harm.TOO_OLD)."""
    return ()
