"""What the tests share: files in memory, and short ways to lint them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.fixer import Outcome, repair
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem
from iac_imds_lint.sources import Sources


class MemoryFiles:
    """Files by path, as :class:`iac_imds_lint.sources.Files`."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    def data(self, path: str) -> bytes | Problem | None:
        return self.files.get(path)

    def names(self, directory: str) -> tuple[str, ...]:
        return tuple(sorted(os.path.basename(path) for path in self.files if os.path.dirname(path) == directory))

    def within(self, path: str) -> bool:
        return not os.path.isabs(path) and not os.path.normpath(path).startswith("..")


def linted(files: Mapping[str, str | bytes], options: Options | None = None, paths: tuple[str, ...] = ()) -> Report:
    """The report on files in memory; ``paths`` where only some of them are to be checked."""
    return lint(paths or tuple(sorted(files)), Sources(MemoryFiles(files)), options)


def postures(files: Mapping[str, str | bytes]) -> dict[str, str]:
    """Posture by address."""
    return {row.resource: row.posture.value for row in linted(files).inventory}


def codes(files: Mapping[str, str | bytes]) -> list[str]:
    """The codes found, in order."""
    return [finding.rule.code for finding in linted(files).findings]


def repaired(files: Mapping[str, str | bytes], threshold: Applicability = Applicability.UNSAFE) -> Outcome:
    """What repairing files in memory comes to."""
    return repair(linted(files), Options(), threshold)


def texts_after(files: Mapping[str, str], threshold: Applicability = Applicability.UNSAFE) -> dict[str, str]:
    """The texts of all files after repairing them."""
    changed = {after.path: after.encode().decode() for _, after in repaired(files, threshold).changed}
    return {**files, **changed}
