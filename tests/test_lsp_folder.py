"""A folder of the server: what it reports is what the command says there, whatever became of its files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from iac_imds_lint import engine, output
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import Root, View
from tests.shell import run

FIXTURES = Path(__file__).parent / "fixtures"
EXAMPLES = Path(__file__).parent.parent / "examples"

INSTANCE = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n'
WEAK = """\
resource "aws_instance" "web" {
  ami = "ami-1"
  metadata_options {
    http_tokens = var.tokens
  }
}
"""
VARIABLE = 'variable "tokens" {\n  default = "optional"\n}\n'
CONFIGURED = VARIABLE.replace("optional", "required")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's working directory is of no importance."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, newline="")
    return root


def document(path: Path, text: str) -> Document:
    return Document(str(path), f"file://{path}", 1, text, Lines(text))


def told(folder: Folder, *documents: Document) -> list[tuple[str, str]]:
    """Code and place of each finding, with these documents open."""
    report = folder.report({one.path: one for one in documents}, engine.in_one_go)
    return [(finding.rule.code, finding.span.path) for finding in report.findings]


def rendered(folder: Folder, *documents: Document) -> Any:
    """The whole report as the command prints it, with what is suppressed."""
    report = engine.with_fixes(folder.report({one.path: one for one in documents}, engine.in_one_go))
    return json.loads(output.rendered(report, "json", View(Style(False), True, Root(folder.root, folder.root), "")))


def checked(directory: Path, *arguments: str) -> Any:
    """What the command says there."""
    said = json.loads(run(directory, "check", "--output-format", "json", "--show-suppressed", *arguments).out)
    # For what a baseline hides, no fix is written in an editor.
    known = [one for one in said if one["suppressed"] and one["suppressed"]["by"] == "baseline"]
    return [{**one, "fix": None, "fix_unavailable": None} if one in known else one for one in said]


def same(folder: Folder) -> None:
    assert rendered(folder) == checked(Path(folder.root))


@pytest.mark.parametrize(
    "directory",
    [*sorted(path for path in FIXTURES.iterdir() if path.is_dir()), EXAMPLES],
    ids=lambda path: path.name,
)
def test_a_folder_says_what_the_command_says_there(directory: Path) -> None:
    said = checked(directory)
    assert rendered(Folder(str(directory))) == said


SETTINGS: dict[str, dict[str, str]] = {
    "select and ignore": {".iac-imds-lint.toml": 'ignore = ["IMDS001"]\n', "main.tf": INSTANCE},
    "exclude": {".iac-imds-lint.toml": 'exclude = ["old/"]\n', "main.tf": INSTANCE, "old/main.tf": INSTANCE},
    "per-path-ignores": {
        ".iac-imds-lint.toml": '[per-path-ignores]\n"old/" = ["IMDS001"]\n',
        "main.tf": INSTANCE,
        "old/main.tf": INSTANCE,
    },
    ".gitignore": {".git/HEAD": "", ".gitignore": "old/\n", "main.tf": INSTANCE, "old/main.tf": INSTANCE},
    "scripts": {
        ".iac-imds-lint.toml": "scripts = true\n",
        "run.sh": "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/\n",
    },
    "account-default": {".iac-imds-lint.toml": 'account-default = "required"\n', "main.tf": INSTANCE},
    "honour": {
        ".iac-imds-lint.toml": 'honour = ["checkov"]\n',
        "main.tf": INSTANCE.replace("{\n", "{\n  # checkov:skip=CKV_AWS_79: later\n", 1),
    },
    "require-reason": {
        ".iac-imds-lint.toml": "require-reason = true\n",
        "main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + INSTANCE,
    },
    "pyproject": {"pyproject.toml": '[tool.iac-imds-lint]\nselect = ["IMDS002"]\n', "main.tf": INSTANCE},
    "a module with its caller": {
        "main.tf": 'module "m" {\n  source = "./m"\n  tokens = "optional"\n}\n',
        "m/main.tf": WEAK + 'variable "tokens" {}\n',
    },
    "what cannot be read": {"main.tf": 'resource "aws_instance" {{\n' + INSTANCE, "other.tf": INSTANCE},
}


@pytest.mark.parametrize("why", SETTINGS)
@pytest.mark.parametrize("below", ["", "below"])
def test_with_whatever_configuration(tmp_path: Path, why: str, below: str) -> None:
    files = SETTINGS[why]
    root = tmp_path / below
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        is_above = below and name in (".iac-imds-lint.toml", "pyproject.toml", ".git/HEAD", ".gitignore")
        write(tmp_path if is_above else root, {name: text})
    same(Folder(str(root)))


def test_values_of_the_environment_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"main.tf": WEAK + 'variable "tokens" {}\n'})
    monkeypatch.setenv("TF_VAR_tokens", "optional")
    folder = Folder(str(tmp_path))
    same(folder)
    assert told(folder) == [("IMDS002", "main.tf")]


def test_a_link_to_a_script_that_is_looked_at_is_not_looked_at_twice(tmp_path: Path) -> None:
    write(tmp_path, {"a.sh": "curl http://169.254.169.254/latest/\n", ".iac-imds-lint.toml": "scripts = true\n"})
    (tmp_path / "b.sh").symlink_to("a.sh")
    folder = Folder(str(tmp_path))
    same(folder)
    assert told(folder) == [("IMDS007", "a.sh")]


def test_what_a_baseline_knows_is_hidden(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": INSTANCE})
    run(tmp_path, "check", "--write-baseline", "known.json")
    write(tmp_path, {".iac-imds-lint.toml": 'baseline = "known.json"\n', "new/main.tf": INSTANCE})
    folder = Folder(str(tmp_path))
    same(folder)
    assert told(folder) == [("IMDS001", "new/main.tf")]
    (tmp_path / "known.json").write_text("{<<<<")
    assert folder.watched([str(tmp_path / "known.json")])
    assert told(folder) == [("IMDS001", "new/main.tf")], "the last good one counts"
    assert folder.told == (
        f"{tmp_path / 'known.json'} is no baseline: not JSON: line 1: Expecting property name enclosed in double quotes.",
    )
    run(tmp_path, "check", "--config", "/dev/null")
    (tmp_path / "known.json").unlink()
    run(tmp_path / "new", "check", "--config", os.devnull, "--write-baseline", "../known.json")
    assert folder.watched([str(tmp_path / "known.json")])
    same(folder)
    assert (told(folder), folder.told) == ([("IMDS001", "main.tf")], ())


def test_buffers_override_files_and_move_what_is_said_of_others(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK, "variables.tf": CONFIGURED})
    folder = Folder(str(tmp_path))
    assert told(folder) == []
    opened = document(tmp_path / "variables.tf", VARIABLE)
    assert told(folder, opened) == [("IMDS002", "main.tf")]
    assert told(folder, opened._replace(text=CONFIGURED)) == []
    assert told(folder, opened) == [("IMDS002", "main.tf")]
    assert told(folder) == [], "it was closed without being saved"


def test_what_did_not_change_is_not_judged_again(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": INSTANCE})
    folder = Folder(str(tmp_path))
    report = folder.report({}, engine.in_one_go)
    assert folder.report({}, engine.in_one_go) is report
    opened = {str(tmp_path / "main.tf"): document(tmp_path / "main.tf", INSTANCE)}
    again = folder.report(opened, engine.in_one_go)
    assert folder.report(dict(opened), engine.in_one_go) is again


class StoppedError(BaseException):
    """Something newer is asked for."""


def test_a_run_that_is_stopped_leaves_nothing_stale(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK, "variables.tf": CONFIGURED})
    folder = Folder(str(tmp_path))
    assert told(folder) == []

    def stopping(work, items):
        raise StoppedError

    for begin in (lambda: folder.changed([str(tmp_path / "variables.tf")]), folder.begin_anew, folder.look_again):
        write(tmp_path, {"variables.tf": VARIABLE})
        begin()
        with pytest.raises(StoppedError):
            folder.report({}, stopping)
        assert told(folder) == [("IMDS002", "main.tf")]
        write(tmp_path, {"variables.tf": CONFIGURED})
        folder.changed([str(tmp_path / "variables.tf")])
        assert told(folder) == []


def test_what_changes_while_a_report_is_made_is_seen_by_the_next(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK, "variables.tf": CONFIGURED})
    folder = Folder(str(tmp_path))

    def changing(work, items):
        results = [work(items)]
        write(tmp_path, {"variables.tf": VARIABLE})
        folder.changed([str(tmp_path / "variables.tf")])
        return results

    folder.changed([str(tmp_path / "variables.tf")])
    folder.report({}, changing)
    assert told(folder) == [("IMDS002", "main.tf")]


NEVER_SAVED = [
    ("new.tf", [("IMDS001", "new.tf")], "discovery would find it"),
    ("not/there/new.tf", [("IMDS001", "not/there/new.tf")], "its directory is not there yet"),
    ("new.txt", [], "it is called otherwise"),
    ("old/new.tf", [], ".gitignore leaves it out"),
    ("legacy/new.tf", [], "the configuration leaves it out"),
    (".terraform/modules/new.tf", [], "a tool keeps copies there"),
    ("../new.tf", [], "it is elsewhere"),
]


@pytest.mark.parametrize(("name", "said", "why"), NEVER_SAVED)
def test_what_was_never_saved_is_linted_if_discovery_would_find_it(tmp_path: Path, name: str, said, why: str) -> None:
    root = write(
        tmp_path / "root",
        {".git/HEAD": "", ".gitignore": "old/\n", ".iac-imds-lint.toml": 'exclude = ["legacy/"]\n'},
    )
    opened = document(Path(os.path.normpath(root / name)), INSTANCE)
    assert told(Folder(str(root)), opened) == said, why


def test_what_was_never_saved_counts_for_what_reads_its_directory(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK})
    assert told(Folder(str(tmp_path)), document(tmp_path / "variables.tf", VARIABLE)) == [("IMDS002", "main.tf")]


def test_a_document_whose_folder_is_deleted_is_what_the_user_has(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": INSTANCE, "b/main.tf": INSTANCE})
    folder = Folder(str(tmp_path))
    opened = document(tmp_path / "a/main.tf", INSTANCE)
    assert told(folder, opened) == [("IMDS001", "a/main.tf"), ("IMDS001", "b/main.tf")]
    shutil.rmtree(tmp_path / "a")
    shutil.rmtree(tmp_path / "b")
    assert folder.watched([str(tmp_path / "a"), str(tmp_path / "b")])
    assert told(folder, opened) == [("IMDS001", "a/main.tf")]
    assert told(folder) == []


DISK: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a file changes": (lambda root: write(root, {"variables.tf": VARIABLE}), ("variables.tf",)),
    "a file comes": (lambda root: write(root, {"new.tf": INSTANCE.replace("web", "new")}), ("new.tf",)),
    "a file goes": (lambda root: (root / "variables.tf").unlink(), ("variables.tf",)),
    "values come": (lambda root: write(root, {"terraform.tfvars": 'tokens = "optional"\n'}), ("terraform.tfvars",)),
    "a module comes that was called": (lambda root: write(root, {"m/main.tf": INSTANCE}), ("m",)),
    "a module goes": (lambda root: shutil.rmtree(root / "n"), ("n",)),
    "a module is renamed": (lambda root: (root / "n").rename(root / "m"), ("n", "m")),
    "a module's script changes": (
        lambda root: write(root, {"boot.sh": "curl http://169.254.169.254/\n"}),
        ("boot.sh",),
    ),
    ".gitignore comes": (lambda root: write(root, {".gitignore": "o/\n"}), (".gitignore",)),
    "configuration comes": (
        lambda root: write(root, {".iac-imds-lint.toml": 'ignore = ["IMDS001"]\n'}),
        (".iac-imds-lint.toml",),
    ),
    "configuration comes above": (
        lambda root: write(root.parent, {".iac-imds-lint.toml": 'ignore = ["IMDS001"]\n'}),
        ("../.iac-imds-lint.toml",),
    ),
    "a directory becomes a repository": (
        lambda root: write(root, {".git/HEAD": "", ".git/info/exclude": "o/\n"}),
        (".git",),
    ),
    "what git leaves out changes": (
        lambda root: write(root, {".git/info/exclude": "o/\n"}),
        (".git/info/exclude", ".git"),
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path / "project",
        {
            "main.tf": WEAK
            + 'module "m" {\n  source = "./m"\n}\nmodule "n" {\n  source = "./n"\n}\n'
            + 'resource "aws_instance" "boot" {\n  user_data = file("boot.sh")\n}\n',
            "variables.tf": CONFIGURED,
            "n/main.tf": INSTANCE,
            "o/main.tf": INSTANCE,
            "boot.sh": "true\n",
        },
    )


@pytest.mark.parametrize("why", DISK)
def test_what_becomes_of_files_is_seen_when_it_is_told(project: Path, why: str) -> None:
    change, names = DISK[why]
    folder = Folder(str(project))
    before = rendered(folder)
    change(project)
    assert folder.watched([os.path.normpath(project / name) for name in names])
    said = checked(project)
    assert said != before, "the case is a case"
    assert rendered(folder) == said


@pytest.mark.parametrize("why", sorted(DISK.keys() - {"a directory becomes a repository"}))
def test_what_becomes_of_files_is_seen_when_it_is_looked_for(project: Path, why: str) -> None:
    folder = Folder(str(project))
    rendered(folder)
    DISK[why][0](project)
    folder.look_again()
    assert rendered(folder) == checked(project)


@pytest.mark.parametrize("name", [".git/index.lock", "node_modules/x/main.tf", ".venv/a.py", "x/.git/HEAD"])
def test_what_no_run_reads_is_no_news(project: Path, name: str) -> None:
    folder = Folder(str(project))
    report = folder.report({}, engine.in_one_go)
    assert not folder.watched([str(project / name)])
    assert folder.report({}, engine.in_one_go) is report
