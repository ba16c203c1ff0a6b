"""The fixtures of repaired files.

Each directory under ``fixtures/fixes/DIALECT`` holds ``before``, the files as somebody wrote them; ``after``, the same
files repaired, where a repair changes anything; ``WHY``, what the case is about; and ``left``, the findings that stay
(code and resource, or file), where any do.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FIXES = Path(__file__).parent / "fixtures" / "fixes"


class Fixture(NamedTuple):
    """One directory of fixtures."""

    dialect: str
    name: str

    @property
    def directory(self) -> Path:
        return FIXES / self.dialect / self.name

    @property
    def before(self) -> Path:
        return self.directory / "before"

    @property
    def changes(self) -> bool:
        """Whether a repair changes anything."""
        return self._after.is_dir()

    @property
    def after(self) -> Path:
        """The directory with the files as a repair leaves them."""
        return self._after if self.changes else self.before

    @property
    def _after(self) -> Path:
        return self.directory / "after"

    @property
    def why(self) -> str:
        return (self.directory / "WHY").read_text("utf-8")

    @property
    def left(self) -> list[str]:
        """The findings that stay after a repair."""
        path = self.directory / "left"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


FIXTURES = [Fixture(path.parent.name, path.name) for path in sorted(FIXES.glob("*/*"))]
