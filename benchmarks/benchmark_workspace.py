"""A workspace to edit in: a generated repository with modules that many roots call, and what happens to its files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import NamedTuple

import benchmark_tree

_CALLED = """\
variable "tokens" {
  default = "optional"
}

resource "aws_instance" "shared" {
  ami = "ami-0123456789abcdef0"

  metadata_options {
    http_tokens = var.tokens
  }
}
"""
_CALL = 'module "shared" {\n  source = "../../%s"\n}\n'
_BLOCKS = {".tf": "metadata_options {\n", ".yaml": "    Type: AWS::EC2::Instance\n"}
# What is typed, and taken back with the next edit of the document; half of it leaves code that does not parse.
_TYPED = ("# a comment\n", "\n", "x", '"', "{", 'tags = { Name = "web" }\n', "http_tok", "  Key: value\n")


class Edit(NamedTuple):
    """A change of a document: ``new`` is put in place of the ``length`` characters at an offset."""

    kind: str
    path: str
    start: int
    length: int
    new: str


class Workspace:
    """The files that are edited, by kind, and their texts as they are now. All ASCII, so that columns are characters.

    Called modules are edited where they decide something for their callers: ``shared`` for some, ``widely shared`` for
    many.
    """

    def __init__(self, root: str, size: benchmark_tree.Size, callers: int, seed: int) -> None:
        benchmark_tree.write(root, size, seed)
        self.root = root
        os.makedirs(os.path.join(root, ".git"), exist_ok=True)
        files = dict(benchmark_tree.repository(size, seed))
        shared = {"shared": 10, "widely shared": callers}
        self.kinds: dict[str, list[str]] = {
            "in a resource": [path for path, text in files.items() if path.endswith(".tf") and _BLOCKS[".tf"] in text],
            "in a template": [
                path for path, text in files.items() if path.endswith(".yaml") and _edited_at(path, text)
            ],
            "of no interest": [path for path in files if path.endswith("outputs.tf")],
            **{kind: [f"modules/{kind.replace(' ', '_')}/main.tf"] for kind in shared},
        }
        for kind, number in shared.items():
            files.update(_called(self.kinds[kind][0], number, root))
        self.texts = files
        self._before: dict[str, Edit] = {}

    def edits(self, dice: random.Random, kinds: list[str]) -> Iterator[Edit]:
        """Edits without end, of these kinds in turns; every other one of a document takes the one before it back."""
        while True:
            for kind in kinds:
                path = dice.choice(self.kinds[kind][:20])
                edit = self._undone(path) or self._typed(dice, kind, path)
                text = self.texts[path]
                self.texts[path] = text[: edit.start] + edit.new + text[edit.start + edit.length :]
                yield edit

    def _undone(self, path: str) -> Edit | None:
        edit = self._before.pop(path, None)
        if edit is None:
            return None
        old = '"optional"' if edit.length else ""
        return Edit(edit.kind, path, edit.start, len(edit.new), old)

    def _typed(self, dice: random.Random, kind: str, path: str) -> Edit:
        text = self.texts[path]
        if "shared" in kind:
            edit = Edit(kind, path, text.index('"optional"'), len('"optional"'), '"required"')
        else:
            edit = Edit(kind, path, max(0, _edited_at(path, text)), 0, dice.choice(_TYPED))
        self._before[path] = edit
        return edit


def _edited_at(path: str, text: str) -> int:
    """Where a text is edited: behind the first line of a block that is judged; 0 where it has none."""
    line = _BLOCKS[os.path.splitext(path)[1]]
    return text.index(line) + len(line) if line in text else 0


def _called(path: str, callers: int, root: str) -> dict[str, str]:
    """A module that so many roots call, written to the disk."""
    directory = os.path.dirname(path)
    name = os.path.basename(directory)
    files = {path: _CALLED, **{f"roots/{name}_{at}/main.tf": _CALL % directory for at in range(callers)}}
    for place, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(root, place)), exist_ok=True)
        with open(os.path.join(root, place), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return files
