"""Files in memory with a caret in one of them, and the report on them: what the tests of the server's answers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iac_imds_lint import engine
from iac_imds_lint.engine import Options
from iac_imds_lint.report import Report
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles

CARET = "¦"


class Pointed(NamedTuple):
    """A report, the options that it was asked for, and the place of the caret."""

    report: Report
    options: Options
    path: str
    offset: int


def found(files: Mapping[str, str], options: Options | None = None) -> tuple[Report, Options]:
    """The report on files in memory, as the server finds it, and its options."""
    asked = options or Options()
    return engine.find(tuple(sorted(files)), Sources(MemoryFiles(files)), asked), asked


def pointed(files: Mapping[str, str], options: Options | None = None) -> Pointed:
    """The report on files without the caret that one of them holds."""
    ((path, offset),) = [(path, text.index(CARET)) for path, text in files.items() if CARET in text]
    return Pointed(*found({path: text.replace(CARET, "") for path, text in files.items()}, options), path, offset)
