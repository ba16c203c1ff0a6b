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
from iac_imds_lint.lsp.wishes import Read, Wishes
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.source import Position, Problem
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

    for begin in (
        lambda: folder.changed([str(tmp_path / "variables.tf")]),
        lambda: folder.watched([str(tmp_path / ".git")]),
        folder.look_again,
    ):
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


WRONG: list[tuple[str, str, str, Position]] = [
    (
        ".iac-imds-lint.toml",
        '# ours\n  selct = ["IMDS001"]\n',
        "key 'selct' is not known (the nearest is 'select')",
        Position(2, 3),
    ),
    (
        ".iac-imds-lint.toml",
        'fail-on = "error"\nignore = ["IMDS001", "IMDS01"]\n',
        "ignore: value 'IMDS01' is not known (the nearest is 'IMDS001')",
        Position(2, 23),
    ),
    (".iac-imds-lint.toml", "\nscripts = 1\n", "scripts: must be a boolean, not an integer", Position(2, 1)),
    (
        ".iac-imds-lint.toml",
        '[per-path-ignores]\n"old/" = 1\n',
        "per-path-ignores: old/: must be a list of strings, not an integer",
        Position(2, 2),
    ),
    (".iac-imds-lint.toml", "a = 1\nb == 2\n", "Invalid value (at line 2, column 4)", Position(2, 4)),
    (".iac-imds-lint.toml", "ignore = [\n", "Invalid value (at end of document)", Position(1, 1)),
    (
        "pyproject.toml",
        '[project]\nname = "selct"\n[tool.iac-imds-lint]\nselct = []\n',
        "key 'selct' is not known (the nearest is 'select')",
        Position(4, 1),
    ),
]


@pytest.mark.parametrize(("name", "text", "reason", "position"), WRONG)
def test_a_configuration_that_is_wrong_is_told_and_the_last_good_one_counts(
    tmp_path: Path, name: str, text: str, reason: str, position: Position
) -> None:
    good = 'ignore = ["IMDS001"]\n'
    if name == "pyproject.toml":
        good = f"[tool.iac-imds-lint]\n{good}"
    write(tmp_path, {"main.tf": INSTANCE, name: good})
    folder = Folder(str(tmp_path))
    assert (told(folder), folder.told, folder.mistakes) == ([], (), ())
    write(tmp_path, {name: text})
    assert folder.watched([str(tmp_path / name)])
    assert told(folder) == [], "as it was"
    assert folder.told == (f"{tmp_path / name}: {reason}; until it is mended, the settings stay as they were.",)
    assert folder.mistakes == (Problem(name, reason, position),)
    write(tmp_path, {name: good.replace("IMDS001", "IMDS002")})
    assert folder.watched([str(tmp_path / name)])
    assert (told(folder), folder.told, folder.mistakes) == ([("IMDS001", "main.tf")], (), ())


def test_where_there_was_no_good_configuration_the_defaults_count(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": INSTANCE, ".iac-imds-lint.toml": "ignore = 1\n"})
    folder = Folder(str(tmp_path))
    assert told(folder) == [("IMDS001", "main.tf")]
    reason = "ignore: must be a list of strings, not an integer"
    assert folder.told == (f"{tmp_path}/.iac-imds-lint.toml: {reason}; until it is mended, the defaults count.",)


def test_configuration_counts_when_it_is_saved(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": INSTANCE, ".iac-imds-lint.toml": ""})
    folder = Folder(str(tmp_path))
    unsaved = document(tmp_path / ".iac-imds-lint.toml", 'ignore = ["IMDS001"]\n')
    assert told(folder, unsaved) == [("IMDS001", "main.tf")]


WISHES: dict[str, tuple[dict[str, Any], list[str], dict[str, str]]] = {
    "nothing": ({}, [], {"main.tf": INSTANCE}),
    "select": ({"select": ("IMDS002",)}, ["--select", "IMDS002"], {"main.tf": INSTANCE}),
    "ignore": ({"ignore": ("IMDS001",)}, ["--ignore", "IMDS001"], {"main.tf": INSTANCE}),
    "select stands before the configuration": (
        {"select": ("IMDS001",)},
        ["--select", "IMDS001"],
        {"main.tf": INSTANCE, ".iac-imds-lint.toml": 'select = ["IMDS002"]\n'},
    ),
    "configuration": (
        {"configuration": "own.toml"},
        ["--config", "own.toml"],
        {"main.tf": INSTANCE, "own.toml": 'ignore = ["IMDS001"]\n', ".iac-imds-lint.toml": "wrong = 1\n"},
    ),
    "variables": (
        {"variables": (("tokens", "optional"),)},
        ["--var", "tokens=optional"],
        {"main.tf": WEAK + 'variable "tokens" {}\n'},
    ),
    "variableFiles": (
        {"variable_files": ("own.tfvars",)},
        ["--var-file", "own.tfvars"],
        {"main.tf": WEAK, "variables.tf": CONFIGURED, "own.tfvars": 'tokens = "optional"\n'},
    ),
    "parameters": (
        {"parameters": (("Ami", "ami-1"),)},
        ["--parameter", "Ami=ami-1"],
        {"stack.yaml": "Parameters:\n  Ami: {Type: String}\nResources:\n  I:\n    Type: AWS::EC2::Instance\n"},
    ),
    "scripts": ({"scripts": True}, ["--scripts"], {"run.sh": "curl http://169.254.169.254/latest/\n"}),
}


@pytest.mark.parametrize("why", WISHES)
def test_wishes_of_the_client_are_options_of_the_command(tmp_path: Path, why: str) -> None:
    wishes, arguments, files = WISHES[why]
    write(tmp_path, files)
    folder = Folder(str(tmp_path))
    told(folder)
    folder.wish(Read(Wishes(**wishes)))
    assert rendered(folder) == checked(tmp_path, *arguments)
    assert folder.told == ()


def test_a_folder_that_is_not_wished_for_is_not_linted(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": INSTANCE})
    folder = Folder(str(tmp_path))
    folder.wish(Read(Wishes(enable=False)))
    assert told(folder, document(tmp_path / "new.tf", INSTANCE)) == []
    folder.wish(Read(Wishes()))
    assert told(folder) == [("IMDS001", "main.tf")]


def test_wishes_that_lead_nowhere_are_told_and_the_others_count(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK, "variables.tf": CONFIGURED, "own.tfvars": 'tokens = "optional"\n', "p.json": "1"})
    wishes = Wishes(configuration="gone.toml", variable_files=("one.tfvars", "own.tfvars"), parameter_files=("p.json",))
    folder = Folder(str(tmp_path))
    folder.wish(Read(wishes, ("Setting x means nothing.",)))
    assert told(folder) == [("IMDS002", "main.tf")]
    first, second, third, fourth = folder.told
    assert first == "Setting x means nothing."
    assert second.startswith(f"no such file: {tmp_path}/gone.toml"), second
    assert second.endswith("; until it is mended, the defaults count."), second
    assert third == (
        f"Setting variableFiles: no such file: {tmp_path}/one.tfvars (the nearest is {tmp_path}/own.tfvars)."
    )
    assert fourth.startswith(f"Setting parameterFiles: {tmp_path}/p.json"), fourth
    write(tmp_path, {"gone.toml": 'ignore = ["IMDS002"]\n', "one.tfvars": "", "p.json": "[]"})
    assert folder.watched([str(tmp_path / "gone.toml")])
    assert (told(folder), folder.told) == ([], ("Setting x means nothing.",))


def test_wishes_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"home/own.toml": 'ignore = ["IMDS001"]\n', "w/main.tf": INSTANCE})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    folder = Folder(str(tmp_path / "w"))
    folder.wish(Read(Wishes(configuration="~/own.toml")))
    assert (told(folder), folder.told) == ([], ())


def test_a_folder_that_is_reached_by_a_link(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"real/w/main.tf": WEAK, "real/w/variables.tf": CONFIGURED, "real/.iac-imds-lint.toml": 'ignore = ["IMDS005"]'},
    )
    (tmp_path / "link").symlink_to("real/w")
    folder = Folder(str(tmp_path / "link"))
    said = checked(tmp_path / "link")
    assert rendered(folder) == said
    opened = document(tmp_path / "link/variables.tf", VARIABLE)
    assert told(folder, opened) == [("IMDS002", "main.tf")]
    assert told(folder, opened._replace(path=str(tmp_path / "real/w/variables.tf"))) == [("IMDS002", "main.tf")]
    assert folder.place("main.tf") == str(tmp_path / "link/main.tf")
    assert folder.place("../x.tf") == str(tmp_path / "real/x.tf")
    assert [folder.name(str(tmp_path / name)) for name in ("link/a/b.tf", "real/w/b.tf", "real/c.tf")] == [
        "a/b.tf",
        "b.tf",
        "../c.tf",
    ]
    write(tmp_path, {"real/w/variables.tf": VARIABLE})
    assert folder.watched([str(tmp_path / "link/variables.tf")])
    assert told(folder) == [("IMDS002", "main.tf")]


def test_a_buffer_stands_before_its_file_whatever_link_leads_there(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "./modules/m"\n}\n'
    write(tmp_path, {"a/main.tf": call, "shared/m/main.tf": WEAK + CONFIGURED, "a/modules/x": ""})
    (tmp_path / "a/modules/m").symlink_to("../../shared/m")
    (tmp_path / ".git").mkdir()
    folder = Folder(str(tmp_path / "a"))
    assert told(folder) == []
    opened = document(tmp_path / "shared/m/main.tf", WEAK + VARIABLE)
    assert told(folder, opened) == [("IMDS002", "modules/m/main.tf")]
    assert told(folder, opened._replace(text=WEAK + CONFIGURED)) == []


def linked(root: Path) -> Folder:
    """A folder in which a module has its variables by a link, and a second module stands beside it."""
    write(root, {"m/main.tf": WEAK, "common/variables.tf": CONFIGURED, "n/variables.tf": VARIABLE})
    (root / "m/variables.tf").symlink_to("../common/variables.tf")
    folder = Folder(str(root))
    assert told(folder) == []
    return folder


def test_a_buffer_stands_before_the_links_that_lead_to_its_file(tmp_path: Path) -> None:
    folder = linked(tmp_path)
    opened = document(tmp_path / "common/variables.tf", VARIABLE)
    assert told(folder, opened) == [("IMDS002", "m/main.tf")]
    assert told(folder, opened._replace(text=CONFIGURED)) == []
    by_link = document(tmp_path / "m/variables.tf", VARIABLE)
    assert told(folder, by_link) == [("IMDS002", "m/main.tf")]
    assert told(folder, opened._replace(text=CONFIGURED), by_link) == [("IMDS002", "m/main.tf")], "its own is nearer"
    assert told(folder) == []


def test_a_file_that_changes_on_disk_changes_where_links_lead_to_it(tmp_path: Path) -> None:
    folder = linked(tmp_path)
    write(tmp_path, {"common/variables.tf": VARIABLE})
    assert folder.watched([str(tmp_path / "common/variables.tf")])
    assert told(folder) == [("IMDS002", "m/main.tf")]
    shutil.rmtree(tmp_path / "common")
    assert folder.watched([str(tmp_path / "common")])
    assert rendered(folder) == checked(tmp_path)


def test_a_link_that_leads_elsewhere_now_is_followed_there(tmp_path: Path) -> None:
    folder = linked(tmp_path)
    (tmp_path / "m/variables.tf").unlink()
    (tmp_path / "m/variables.tf").symlink_to("../n/variables.tf")
    assert folder.watched([str(tmp_path / "m/variables.tf")])
    assert told(folder) == [("IMDS002", "m/main.tf")]
    write(tmp_path, {"n/variables.tf": CONFIGURED})
    assert folder.watched([str(tmp_path / "n/variables.tf")])
    assert told(folder) == []


def test_a_file_is_named_as_it_was_found_whatever_link_it_was_opened_by(tmp_path: Path) -> None:
    write(tmp_path, {"real/main.tf": INSTANCE, "../beyond/main.tf": INSTANCE})
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "away").symlink_to("../beyond")
    folder = Folder(str(tmp_path))
    assert folder.name(str(tmp_path / "link/main.tf")) == "real/main.tf"
    assert folder.name(str(tmp_path / "away/main.tf")) == "away/main.tf", "it is not in the folder by another name"


def test_a_buffer_is_as_large_as_a_file_may_be(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": ""})
    folder = Folder(str(tmp_path))
    opened = document(tmp_path / "main.tf", INSTANCE + "#\n" * (5 * 1024 * 1024 // 2))
    report = folder.report({opened.path: opened}, engine.in_one_go)
    assert [(one.path, one.reason) for one in report.problems] == [("main.tf", "larger than 5 MB, not read")]
    assert report.findings == ()


def test_the_uri_of_an_open_document_is_the_clients_own(tmp_path: Path) -> None:
    write(tmp_path, {"a b.tf": INSTANCE})
    folder = Folder(str(tmp_path))
    uri = f"file://{tmp_path}/%61 b.tf"
    opened = document(tmp_path / "a b.tf", INSTANCE)._replace(uri=uri)
    assert told(folder, opened) == [("IMDS001", "a b.tf")]
    assert (folder.uri("a b.tf"), folder.document("a b.tf")) == (uri, opened)
    told(folder)
    assert (folder.uri("a b.tf"), folder.document("a b.tf")) == (f"file://{tmp_path}/a%20b.tf", None)


@pytest.mark.parametrize("uri", ["untitled:new.tf", "git:/w/main.tf?x", "vscode-notebook-cell:/w/x.ipynb#new.tf"])
def test_what_is_no_file_is_not_linted(tmp_path: Path, uri: str) -> None:
    write(tmp_path, {"main.tf": WEAK})
    folder = Folder(str(tmp_path))
    before = told(folder)
    opened = Document(uri, uri, 1, INSTANCE, Lines(INSTANCE))
    assert told(folder, opened) == before


def test_a_buffer_that_holds_what_no_file_can(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": ""})
    folder = Folder(str(tmp_path))
    half = document(tmp_path / "main.tf", "# \ud83d\n" + INSTANCE)
    report = folder.report({half.path: half}, engine.in_one_go)
    assert [(one.rule.code, one.span.start) for one in report.findings] == [("IMDS001", 4)]
    marked = document(tmp_path / "main.tf", "\ufeff" + INSTANCE.replace("\n", "\r\n"))
    report = folder.report({marked.path: marked}, engine.in_one_go)
    assert [(one.rule.code, one.span.start) for one in report.findings] == [("IMDS001", 0)]


def test_what_is_left_to_another_folder_is_linted_here_only_where_it_is_called(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "./inner/m"\n  tokens = "optional"\n}\n'
    inner = {"inner/main.tf": INSTANCE, "inner/m/main.tf": WEAK + 'variable "tokens" {\n  default = "required"\n}\n'}
    write(tmp_path, {"main.tf": call, "in/main.tf": INSTANCE, **inner})
    folder = Folder(str(tmp_path))
    everything = told(folder)
    assert ("IMDS001", "inner/main.tf") in everything
    folder.leave([str(tmp_path / "inner")])
    assert told(folder) == [one for one in everything if one != ("IMDS001", "inner/main.tf")]
    assert {path for _, path in told(folder)} == {"in/main.tf", "inner/m/main.tf"}
    folder.leave([])
    assert told(folder) == everything


def test_one_directory_of_a_repository_with_what_calls_it(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "../m"\n  tokens = "optional"\n}\n'
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            ".iac-imds-lint.toml": 'ignore = ["IMDS005"]\n',
            "app/main.tf": call + INSTANCE,
            "m/main.tf": WEAK + 'variable "tokens" {}\n',
            "m/x/main.tf": INSTANCE,
        },
    )
    folder = Folder(str(tmp_path), "m", str(tmp_path / "m"))
    said = checked(tmp_path, "m/main.tf")
    assert rendered(folder) == said
    assert [(one["code"], one["filename"]) for one in said] == [("IMDS002", "m/main.tf")]
    new = document(tmp_path / "m/new.tf", INSTANCE.replace("web", "new"))
    assert told(folder, new) == [("IMDS002", "m/main.tf"), ("IMDS001", "m/new.tf")]
    write(tmp_path, {"app/main.tf": call.replace("optional", "required")})
    assert folder.watched([str(tmp_path / "app/main.tf")])
    assert told(folder) == []
    write(tmp_path, {"b/main.tf": call})
    assert folder.watched([str(tmp_path / "b")])
    assert told(folder) == [("IMDS002", "m/main.tf")]
