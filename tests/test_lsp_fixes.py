"""Quick fixes over the fixtures of repaired files: what an editor has after each is what the command would write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from edits import headline
from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, find, with_fixes
from iac_imds_lint.finding import Hiding, Suppressed, Suppression
from iac_imds_lint.fixer import repair
from iac_imds_lint.sources import Sources
from tests.editing import ABLE, BOM, PLAIN, UTF8, UTF16, UTF32, Editor
from tests.fixing import FIXTURES, Fixture
from tests.shell import tree
from tests.support import MemoryFiles

# Where the order in which fixes are applied shows: a menu has one after the other, the command all at once.
ORDERED = {
    "cloudformation/migrate-documents": "two documents of one file have the IDs in common: neither is proven alone",
    "terraform/migrate-json-one-of-several": "options that were written first move to another place in the object",
    "terraform/migrate-json-split": "options that were written first move to another place in the object",
}


@pytest.fixture
def root(fixture: Fixture, tmp_path: Path) -> Path:
    """A fresh copy of what a fixture was before."""
    return Path(shutil.copytree(fixture.before, tmp_path / "copy"))


def fixes(editor: Editor, name: str) -> list[types.CodeAction]:
    """The quick fixes in all of a file, without drafts and what hides findings."""
    found = editor.asked(name, editor.whole(name), ["quickfix"])
    return [one for one in found if one.disabled is None and not one.title.startswith(("Draft: ", "Ignore "))]


def texts(root: Path) -> Iterator[str]:
    """The files of a directory that an editor would show as text."""
    for name, data in tree(root).items():
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        yield name


def is_migration(action: types.CodeAction) -> bool:
    return "igrate it to a launch template" in action.title


def one_chosen(editor: Editor) -> bool:
    """Whether there was a fix to choose: a migration first, as the command does it, and else the first one."""
    found = [(name, action) for name in texts(editor.root) for action in fixes(editor, name)]
    for _, action in sorted(found, key=lambda one: not is_migration(one[1])):
        edit = editor.resolved(action).edit
        if edit is not None:
            editor.apply(edit)
            return True
    return False


@pytest.mark.parametrize("fixture", [one for one in FIXTURES if str(one) not in ORDERED], ids=str)
def test_one_fix_after_the_other_ends_where_the_command_does(fixture: Fixture, root: Path) -> None:
    editor = Editor(root)
    for _ in range(60):
        if not one_chosen(editor):
            break
    assert tree(root) == tree(fixture.after), fixture.why


class About(NamedTuple):
    """What tells a diagnostic's finding from others."""

    code: object
    start: int
    message: str


def reference(files: dict[str, bytes], name: str, wanted: set[About]) -> dict[str, bytes]:
    """The files as the command leaves them that is to fix these findings of a file."""
    found = find(tuple(sorted(files)), Sources(MemoryFiles(files)), Options())
    chosen, others = [], []
    for one, written in zip(found.findings, with_fixes(found).findings, strict=True):
        is_wanted = one.span.path == name and About(one.rule.code, one.span.start, one.message) in wanted
        (chosen if is_wanted else others).append(written if is_wanted else one)
    hidden = [Suppressed(one, Suppression(Hiding.UNCHANGED)) for one in others]
    narrowed = replace(found, findings=tuple(chosen), suppressed=(*found.suppressed, *hidden))
    outcome = repair(narrowed, Options(), Applicability.DISPLAY_ONLY)
    return {**files, **{after.path: after.encode() for _, after in outcome.changed}}


class Guise(NamedTuple):
    """What makes positions hard to count, and who counts them."""

    encoding: types.PositionEncodingKind
    able: bool
    crlf: bool
    bom: bool
    is_open: bool

    def __str__(self) -> str:
        words = (
            "resolves" if self.able else "plain",
            self.crlf and "crlf",
            self.bom and "bom",
            self.is_open and "open",
        )
        return "-".join(filter(None, (self.encoding.value, *words)))

    def put_on(self, name: str, data: bytes) -> bytes:
        """A file that says the same."""
        text = data.decode().removeprefix(BOM)
        if name.endswith((".tf", ".tofu", ".yaml", ".yml")):
            text = f"# \u00e9 \u4e2d \U0001f680 e\u0301\n{text}"
        if self.crlf:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return (("" if not self.bom else BOM) + text).encode()


GUISES = [
    Guise(encoding, able, crlf, bom, is_open)
    for encoding, (able, crlf, bom, is_open) in product(
        (UTF8, UTF16, UTF32),
        (
            (True, False, False, True),
            (False, True, True, False),
            (True, True, False, False),
            (False, False, True, True),
        ),
    )
]


@pytest.mark.parametrize(("fixture", "guise"), [*zip(FIXTURES, cycle(GUISES), strict=False)], ids=str)
def test_each_fix_writes_what_the_command_does(fixture: Fixture, guise: Guise, root: Path) -> None:
    for name in texts(root):
        (root / name).write_bytes(guise.put_on(name, (root / name).read_bytes()))
    editor = Editor(root, ABLE if guise.able else PLAIN, guise.encoding)
    files = tree(root)
    for name in texts(root):
        if guise.is_open:
            editor.open(name, version=7)
    for name in texts(root):
        seen: set[About] = set()
        for action in fixes(editor, name):
            text = editor.text(name)
            about = {
                About(one.code, text.offset(one.range.start), headline(one.message)) for one in action.diagnostics or ()
            }
            edit = editor.resolved(action).edit
            if edit is None or about <= seen:  # not proven, or an alternative
                continue
            seen |= about
            editor.apply(edit)
            assert tree(root) == reference(files, name, about), action.title
            restored(editor, files)


def restored(editor: Editor, files: dict[str, bytes]) -> None:
    """Have all files as they were."""
    for name, data in files.items():
        if (editor.root / name).read_bytes() != data:
            (editor.root / name).write_bytes(data)
            document = editor.documents.pop(str(editor.root / name), None)
            editor.folder.changed([str(editor.root / name)])
            if document is not None:
                editor.open(name, version=document.version + 1)
