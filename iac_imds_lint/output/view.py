"""How a report is shown."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.output.style import Style


class View(NamedTuple):
    """In which colours, and whether with the findings that are suppressed, each with what suppresses it."""

    style: Style = Style()
    suppressed: bool = False
