"""What keeps a finding out of a report, in words."""

from __future__ import annotations

from iac_imds_lint.finding import Hiding, Suppression

_BY = {
    Hiding.COMMENT: "a comment",
    Hiding.METADATA: "the template's metadata",
    Hiding.CONFIGURATION: "the configuration",
    Hiding.BASELINE: "the baseline",
    Hiding.UNCHANGED: "the change, which does not touch it",
    Hiding.TOLD: "an earlier batch of this hook, which reports it",
}


def why(by: Suppression) -> str:
    """What hides the finding, for which tool it was written, until when it counts, and the reason that it gives."""
    tool = f" for {by.tool}" if by.tool else ""
    until = f" until {by.until.isoformat()}" if by.until else ""
    reason = f": {by.reason}" if by.reason else ""
    return f"suppressed by {_BY[by.hiding]}{tool}{until}{reason}"
