"""Random edits with the server running: no defect, and in the end what a fresh server and ``check`` say."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pygls")

import edits
from scribbling import Change, Scribbler, Text
from tests.fixing import FIXTURES

_EDITS = 150


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of both dialects, each as somebody wrote it."""
    top = tmp_path_factory.mktemp("files") / "fixtures"
    for fixture in random.Random(0).sample(FIXTURES, 12):
        shutil.copytree(fixture.before, top / fixture.dialect / fixture.name)
    return top


@pytest.mark.parametrize(
    "kind",
    [
        edits.Kind("utf-8"),
        edits.Kind("utf-16", pulls=True),
        edits.Kind("utf-32", pulls=True, watches=False),
    ],
    ids=["it waits for diagnostics", "it asks for them", "it does not tell of files"],
)
def test_nothing_is_amiss_after_random_edits(directory: Path, kind: edits.Kind) -> None:
    done = edits.scribble(str(directory), kind, _EDITS, 50, seed=1)
    assert [failure for failure in done.failures if failure] == []
    assert done.compared == 4
    assert done.diagnostics > 0
    assert done.answers > done.outdated


def test_what_a_server_does_not_say_is_seen() -> None:
    one, two = {"message": "one"}, {"message": "two"}
    assert edits._differing({"a": [one], "b": [two]}, {"a": [one], "b": [one]}) == [
        f"b: a fresh server does not say {[two]}, and says {[one]}"
    ]


_TEXTS = ["", "one\r\ntwo\n", "\r\n\r\n", "é\U0001f600\n\rx"]


@pytest.mark.parametrize("text", _TEXTS)
@pytest.mark.parametrize("seed", range(5))
def test_undo_leads_back(text: str, seed: int) -> None:
    written, draw = Text(text, "utf-16"), random.Random(seed)
    for _ in range(60):
        start, end = sorted(draw.randint(0, len(written.text)) for _ in range(2))
        written.change(Change(start, end, draw.choice(("\r", "\n", "x", "é\r\n", ""))))
    while written.undo() is not None:
        pass
    assert written.text == text


def test_no_position_is_in_a_newline() -> None:
    written = Text("a\r\nb", "utf-16")
    change = written.change(Change(2, 2, "x"))
    assert change == {
        "range": {"start": {"line": 0, "character": 1}, "end": {"line": 1, "character": 0}},
        "text": "\rx\n",
    }
    assert written.text == "a\rx\nb"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_columns_are_counted_in_the_units_of_the_encoding(encoding: str, column: int) -> None:
    assert Text("\r\né\U0001f600x", encoding).position(4) == {"line": 1, "character": column}


def test_edits_are_drawn_from_the_seed() -> None:
    texts = []
    for _ in range(2):
        text, scribbler = Text('resource "aws_instance" "web" {}\n', "utf-16"), Scribbler(random.Random(3))
        for _ in range(40):
            assert scribbler.changes(text) != []
        texts.append(text.text)
    assert texts[0] == texts[1]
