"""Which folder a document belongs to: the client's, or one that is there for as long as the document is open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("pygls")

from iac_imds_lint import engine, ignoring
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.wishes import Read, Wishes
from iac_imds_lint.lsp.workspace import Workspace, beside
from tests.lsp_client import serving, uri

TEMPLATE = """\
resource "aws_launch_template" "web" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
"""


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text('resource "aws_instance" "web" {\n}\n')
    return root


@pytest.fixture(autouse=True)
def no_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever holds the temporary files is no repository."""
    git_root = ignoring.git_root

    def below(directory: str) -> str:
        found = git_root(directory)
        return found if found.startswith(str(tmp_path)) else ""

    monkeypatch.setattr(ignoring, "git_root", below)


def shown(workspace: Workspace) -> list[tuple[str, str | None, str]]:
    return [(folder.root, folder.only, folder.key) for folder in workspace]


def owners(workspace: Workspace, *paths: str) -> list[str | None]:
    folders = [workspace.of(path) for path in paths]
    return [folder.key if folder is not None else None for folder in folders]


def test_a_file_belongs_to_the_innermost_folder() -> None:
    workspace = Workspace()
    for root in ("/w", "/w/a/b", "/wa"):
        workspace.add(root)
    paths = ("/w/x.tf", "/w/a/x.tf", "/w/a/b/x.tf", "/w/a/bc/x.tf", "/wa/x.tf", "/x.tf", "untitled:x")
    assert owners(workspace, *paths) == ["/w", "/w", "/w/a/b", "/w", "/wa", None, None]
    workspace.remove("/w/a/b")
    workspace.remove("/never/there")
    assert owners(workspace, "/w/a/b/x.tf") == ["/w"]


def test_what_is_no_path_is_no_folder() -> None:
    workspace = Workspace()
    workspace.add("untitled:x")
    assert shown(workspace) == []


def test_a_folder_that_is_added_twice_is_the_same() -> None:
    workspace = Workspace()
    workspace.add("/w")
    (before,) = workspace
    workspace.add("/w")
    assert list(workspace) == [before]


def test_what_an_inner_folder_has_the_outer_one_does_not_lint(tmp_path: Path) -> None:
    write(tmp_path, "main.tf", "in/main.tf")
    workspace = Workspace()
    workspace.add(str(tmp_path))
    assert found(workspace) == {str(tmp_path): ["in/main.tf", "main.tf"]}
    workspace.add(str(tmp_path / "in"))
    assert found(workspace) == {str(tmp_path): ["main.tf"], str(tmp_path / "in"): ["main.tf"]}
    workspace.remove(str(tmp_path / "in"))
    assert found(workspace) == {str(tmp_path): ["in/main.tf", "main.tf"]}


def found(workspace: Workspace) -> Mapping[str, list[str]]:
    """The files with findings, by the keys of folders."""
    reports = {folder.key: folder.report({}, engine.in_one_go) for folder in workspace}
    return {key: [finding.span.path for finding in report.findings] for key, report in reports.items()}


def test_a_file_in_no_folder_has_one_for_as_long_as_it_is_open(tmp_path: Path) -> None:
    write(tmp_path, "a/main.tf", "a/other.tf", "a/deep/main.tf", "w/main.tf")
    one, two, other, inside = (str(tmp_path / name) for name in ("a/main.tf", "a/other.tf", "b/new.tf", "w/main.tf"))
    workspace = Workspace()
    workspace.add(str(tmp_path / "w"))
    workspace.opened([inside])
    assert shown(workspace) == [(str(tmp_path / "w"), None, str(tmp_path / "w"))]
    workspace.opened([inside, one])
    (folder,) = [folder for folder in workspace if folder.only is not None]
    assert owners(workspace, one, two, other, inside) == [str(tmp_path / "a")] * 2 + [None, str(tmp_path / "w")]
    workspace.opened([inside, one, two])
    workspace.opened([two])
    assert workspace.of(two) is folder, "one for the directory"
    workspace.opened([other, two])
    assert owners(workspace, one, other) == [str(tmp_path / "a"), str(tmp_path / "b")]
    workspace.opened([other])
    assert owners(workspace, one, other) == [None, str(tmp_path / "b")]
    assert folder not in workspace
    workspace.opened(["untitled:x"])
    assert owners(workspace, other) == [None]


def test_a_folder_that_is_added_has_what_was_open_in_none(tmp_path: Path) -> None:
    path = str(write(tmp_path, "a/main.tf") / "a/main.tf")
    workspace = Workspace()
    workspace.opened([path])
    workspace.add(str(tmp_path))
    workspace.opened([path])
    assert shown(workspace) == [(str(tmp_path), None, str(tmp_path))]


def test_without_a_repository_only_the_directory_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "a/main.tf", "a/deep/main.tf", "main.tf")
    folder = beside(str(tmp_path / "a"))
    assert (folder.root, folder.only) == (str(tmp_path / "a"), "")
    assert files(folder) == ["main.tf"]


def test_in_a_repository_callers_are_looked_for(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", "a/b/main.tf", "a/b/deep/main.tf", "main.tf")
    folder = beside(str(tmp_path / "a/b"))
    assert (folder.root, folder.only, folder.key) == (str(tmp_path), "a/b", str(tmp_path / "a/b"))
    assert files(folder) == ["a/b/main.tf"]
    top = beside(str(tmp_path))
    assert (top.root, top.only) == (str(tmp_path), "")
    assert files(top) == ["main.tf"]


def test_a_home_that_is_a_repository_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ".git/HEAD", "a/main.tf", "main.tf")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = beside(str(tmp_path / "a"))
    assert (folder.root, folder.only) == (str(tmp_path / "a"), "")
    assert files(folder) == ["main.tf"]


def files(folder: Folder) -> list[str]:
    return [finding.span.path for finding in folder.report({}, engine.in_one_go).findings]


def test_wishes_are_those_of_all_folders_that_there_are_and_that_come(tmp_path: Path) -> None:
    write(tmp_path, "a/main.tf", "b/main.tf", "c/main.tf")
    workspace = Workspace()
    workspace.add(str(tmp_path / "a"))
    workspace.wish(Read(Wishes(ignore=("IMDS001",))))
    workspace.add(str(tmp_path / "b"))
    workspace.opened([str(tmp_path / "c/main.tf")])
    assert found(workspace) == {str(tmp_path / name): [] for name in "abc"}
    workspace.wish(Read(Wishes()))
    assert found(workspace) == {str(tmp_path / name): ["main.tf"] for name in "abc"}


def test_a_file_outside_is_told_of_while_it_is_open(tmp_path: Path) -> None:
    write(tmp_path, "w/main.tf", "a/main.tf", "a/deep/main.tf")
    outside = tmp_path / "a/main.tf"
    with serving(tmp_path / "w") as client:
        assert [one["code"] for one in client.diagnostics(tmp_path / "w/main.tf")] == ["IMDS001"]
        client.open(outside)
        assert [one["code"] for one in client.diagnostics(outside, 1)] == ["IMDS001"]
        client.seen.clear()
        client.close(outside)
        assert client.diagnostics(outside) == []
        assert uri(tmp_path / "a/deep/main.tf") not in {one["params"].get("uri") for one in client.seen}


def test_of_nested_folders_each_file_is_told_of_once(tmp_path: Path) -> None:
    write(tmp_path, "main.tf", "in/main.tf")
    (tmp_path / "call.tf").write_text('module "in" {\n  source = "./in"\n}\n')
    with serving(tmp_path, tmp_path / "in") as client:
        inner = client.diagnostics(tmp_path / "in/main.tf")
        assert [(one["code"], one["message"].partition("\n")[0]) for one in inner] == [
            ("IMDS001", "aws_instance.web answers IMDSv1: metadata_options is not set")
        ]
        assert [one["code"] for one in client.diagnostics(tmp_path / "main.tf")] == ["IMDS001"]


def test_where_files_are_not_watched_a_save_has_all_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "main.tf")
    with serving(tmp_path) as client:
        assert [one["code"] for one in client.diagnostics(tmp_path / "main.tf")] == ["IMDS001"]
        write(tmp_path, "made/by/another.tf")
        client.open(tmp_path / "main.tf")
        client.save(tmp_path / "main.tf", (tmp_path / "main.tf").read_text())
        assert [one["code"] for one in client.diagnostics(tmp_path / "made/by/another.tf")] == ["IMDS001"]


def test_where_files_are_not_watched_another_branch_counts_once_a_file_is_opened(tmp_path: Path) -> None:
    """Neovim watches nothing on Linux, and whoever comes back to it from ``git checkout`` loads the file again."""
    weak, strict = (f'variable "tokens" {{\n  default = "{word}"\n}}\n' for word in ("optional", "required"))
    main = tmp_path / "main.tf"
    files = {"main.tf": TEMPLATE, "variables.tf": strict}
    with serving(tmp_path, files=files) as client:
        client.open(main)
        assert client.diagnostics(main, 1) == []
        (tmp_path / "variables.tf").write_text(weak)
        client.close(main)
        after = len(client.seen)
        client.open(main, version=2)
        assert [one["code"] for one in client.diagnostics(main, 2, after=after)] == ["IMDS002"]


def test_who_asks_for_diagnostics_and_cannot_be_told_to_ask_again_is_sent_them(tmp_path: Path) -> None:
    """Newer Neovims ask after their own changes only: what a change in one buffer does to another they would not show."""
    weak, strict = (f'variable "tokens" {{\n  default = "{word}"\n}}\n' for word in ("optional", "required"))
    main, variables = tmp_path / "main.tf", tmp_path / "variables.tf"
    client_can = {"textDocument": {"diagnostic": {}, "publishDiagnostics": {"versionSupport": True}}}
    with serving(tmp_path, files={"main.tf": TEMPLATE, "variables.tf": strict}, capabilities=client_can) as client:
        client.open(main)
        assert client.diagnostics(main, 1) == []
        client.open(variables)
        after = len(client.seen)
        client.change(variables, {"text": weak})
        assert [one["code"] for one in client.diagnostics(main, 1, after=after)] == ["IMDS002"]
