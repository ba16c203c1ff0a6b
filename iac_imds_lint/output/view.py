"""How a report is shown."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.output.style import Style


class Root(NamedTuple):
    """Where paths begin, both absolute: a report's relative ones at the working directory, those of other programs at
    the root of the repository that it is in (the working directory itself where it is in none). Without the two, paths
    are told as they are.
    """

    directory: str = ""
    repository: str = ""


class View(NamedTuple):
    """In which colours, and whether with the findings that are suppressed, each with what suppresses it; ``root`` is
    for the formats that other programs read. ``address`` is where a browser finds the files of the repository at the
    commit that is judged, up to their names; empty where that is not known.
    """

    style: Style = Style()
    suppressed: bool = False
    root: Root = Root()
    address: str = ""
