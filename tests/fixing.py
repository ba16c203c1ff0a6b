"""The fixtures of repaired files.

Each directory under ``fixtures/fixes/DIALECT`` holds ``before``, the files as somebody wrote them; ``after``, the same
files repaired, where a repair changes anything; ``WHY``, what the case is about; and ``left``, the findings that stay
(code and resource, or file), where any do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from iac_imds_lint import rules
from tests.shell import tree

FIXES = Path(__file__).parent / "fixtures" / "fixes"
TOP = Path(__file__).resolve().parent.parent


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

    @property
    def by_hand(self) -> list[str]:
        """What the drafts of fixes leave to do."""
        path = self.directory / "by-hand"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


FIXTURES = [Fixture(path.parent.name, path.name) for path in sorted(FIXES.glob("*/*"))]


class Case(NamedTuple):
    """Files that may be repaired, by their paths, from a fixture or from the documentation."""

    name: str
    files: dict[str, bytes]

    def write(self, directory: Path) -> Path:
        """Write the files into a new directory."""
        for path, data in self.files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(data)
        return directory

    def __str__(self) -> str:
        return self.name


_FILES = {"hcl": "main.tf", "yaml": "template.yaml", "json": "template.json"}
_FENCE = re.compile(r"^ *```(hcl|yaml|json)(?: (\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def _documented() -> list[Case]:
    """Every configuration and template that the documentation shows: in the rules' docstrings and on its pages."""
    texts = {f"{module.RULE.code}.py": module.__doc__ or "" for module in rules.MODULES}
    pages = [*TOP.glob("*.md"), *TOP.glob("docs/*.md")]
    texts |= {page.relative_to(TOP).as_posix(): page.read_text("utf-8") for page in sorted(pages)}
    cases = []
    for source, text in texts.items():
        for number, (language, name, content) in enumerate(_FENCE.findall(text), 1):
            file = name if "." in name else _FILES[language]
            cases.append(Case(f"{source}-{number}-{name or language}", {file: content.encode()}))
    return cases


DOCUMENTED = _documented()
CASES = [*(Case(str(fixture), tree(fixture.before)) for fixture in FIXTURES), *DOCUMENTED]


def applied(files: Mapping[str, bytes], edits: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files that edits change, as JSON tells them, from the end of each file."""
    changed: dict[str, bytes] = {}
    for edit in sorted(edits, key=lambda edit: _where(edit["location"]), reverse=True):
        data = changed.get(edit["filename"], files[edit["filename"]])
        mark, text = (data[:3], data[3:].decode()) if data.startswith(b"\xef\xbb\xbf") else (b"", data.decode())
        start, end = (_offset(text, edit[key]) for key in ("location", "end_location"))
        changed[edit["filename"]] = mark + f"{text[:start]}{edit['content']}{text[end:]}".encode()
    return changed


def _where(location: Mapping[str, int]) -> tuple[int, int]:
    return location["row"], location["column"]


def _offset(text: str, location: Mapping[str, int]) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[: location["row"] - 1]) + location["column"] - 1
