"""Scripts that ask for a token: what to write into one for each language."""

from __future__ import annotations

from collections.abc import Sequence

from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Part


def rewritten(part: Part, calls: Sequence[Call]) -> Rewritten | Refusal:
    """The edits by which all calls of a part ask with a token, which is requested once.

    ``by_hand`` of the result says what to write where that is not certain; then the edits are a draft.
    """
    return Refusal("write it by hand")
