"""What the server is measured with: edits that change what they say, every one taken back, and what is waited for."""

import json
import os
import random
from itertools import islice

import pytest

pytest.importorskip("pygls")

import benchmark_tree
import lsp
from benchmark_workspace import Workspace

SIZE = benchmark_tree.Size(modules=20, templates=20)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(str(tmp_path), SIZE, callers=3, seed=0)


def test_what_is_on_disk_is_what_the_client_believes(workspace):
    found = {path: text for path, text in workspace.texts.items() if text != _read(workspace, path)}
    assert found == {}
    assert all(text.isascii() for text in workspace.texts.values())


def _read(workspace, path):
    with open(os.path.join(workspace.root, path), encoding="utf-8", newline="") as file:
        return file.read()


def test_every_kind_of_edit_is_made_in_a_file_of_its_kind(workspace):
    kinds = list(workspace.kinds)
    assert kinds == [*lsp._OFTEN[:2], "of no interest", "shared", "widely shared"]
    for edit in islice(workspace.edits(random.Random(0), kinds), 20):
        assert edit.path in workspace.kinds[edit.kind]


@pytest.mark.parametrize("kind", ["in a resource", "in a template", "of no interest", "shared", "widely shared"])
def test_an_edit_is_taken_back_by_the_next_one_of_the_document(workspace, kind):
    workspace.kinds[kind] = workspace.kinds[kind][:1]
    first = dict(workspace.texts)
    edits = islice(workspace.edits(random.Random(0), [kind]), 6)
    changed = [workspace.texts != first for _ in edits]
    assert changed == [True, False, True, False, True, False]


def test_positions_are_those_of_the_protocol():
    text = "one\ntwo\n"
    assert [tuple(lsp._position(text, at).values()) for at in (0, 3, 4, 7, 8)] == [
        (0, 0),
        (0, 3),
        (1, 0),
        (1, 3),
        (2, 0),
    ]


def test_measures_and_finds_what_a_fresh_server_finds(capsys):
    arguments = ["--modules", "20", "--templates", "20", "--callers", "3", "--edits", "8", "--json"]
    assert lsp.main(arguments) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["differing"] == []
    assert {row["kind"]: row["edits"] for row in measured["rows"]} == {
        "all but the last": 8,
        **dict.fromkeys(lsp._OFTEN, 2),
        "widely shared": 2,
    }
    for row in measured["rows"]:
        assert 0 < row["median"] <= row["of_twenty_one"] <= row["worst"]


def test_the_table_says_what_differs():
    row = lsp.Row("in a resource", 3, 1.0, 2.0, 3.0, 4.0)
    text = lsp._text(lsp.Measured(1.5, [row], 100.0, 101.0, ["file:///main.tf"]))
    assert text.splitlines() == [
        "first diagnostics after 1.5 s; 100.0 MB, after the edits 101.0 MB",
        "",
        "             edits  number  median ms       95 %      worst  x no-op",
        "     in a resource       3        1.0        2.0        3.0      4.0",
        "",
        "other than a fresh server says:",
        "file:///main.tf",
    ]
