"""What leads out of the project is neither read nor written, unless the user named it."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from iac_imds_lint import discovery, ignoring
from iac_imds_lint.files import FileSystem
from iac_imds_lint.replacing import write_all
from iac_imds_lint.source import Problem, SourceFile
from tests.shell import run, tree

UNREADABLE = 3
VARIABLE = 'variable "tokens" {\n  default = "optional"\n}\n'
MAIN = """resource "aws_instance" "a" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A project, and a directory beside it that is none of it."""
    (tmp_path / "proj/.git").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "proj/main.tf").write_text(MAIN)
    (tmp_path / "out/vars.tf").write_text(VARIABLE)
    (tmp_path / "out/secret.tfvars").write_text('tokens = "optional"\n')
    return tmp_path


@pytest.mark.parametrize("named", [".", "main.tf"])
def test_a_linked_configuration_outside_is_not_read_for_context(top: Path, named: str) -> None:
    (top / "proj/vars.tf").symlink_to("../out/vars.tf")
    before = tree(top)
    ran = run(top / "proj", "check", "--fix", "--unsafe-fixes", named)
    assert tree(top) == before
    assert ran.err.count("Not followed, for they lead out of the project: vars.tf\n") == 1
    assert b"IMDS005" in ran.out
    assert b"optional" not in ran.out


@pytest.mark.parametrize("named", [".", "main.tf"])
@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars"])
def test_a_linked_variable_file_outside_is_not_read_for_context(top: Path, name: str, named: str) -> None:
    (top / "proj/vars.tf").write_text('variable "tokens" {}\n')
    (top / "proj" / name).symlink_to("../out/secret.tfvars")
    before = tree(top)
    ran = run(top / "proj", "check", "--fix", "--unsafe-fixes", named)
    assert tree(top) == before
    assert ran.err.count(f"Not followed, for they lead out of the project: {name}\n") == 1
    assert b"IMDS005" in ran.out
    assert b"optional" not in ran.out


@pytest.mark.parametrize("path", ["boot.sh", "scripts/boot.sh"])
def test_a_linked_script_outside_is_not_read(top: Path, path: str) -> None:
    from iac_imds_lint.sources import Sources
    from iac_imds_lint.terraform.configuration import Module

    (top / "out/boot.sh").write_text("curl http://169.254.169.254/latest/meta-data/\n")
    (top / "proj/boot.sh").symlink_to("../out/boot.sh")
    (top / "proj/scripts").symlink_to("../out")
    within = Module(Sources(FileSystem([str(top)])), str(top / "proj"))
    assert within.script(path).startswith("curl")
    assert Module(Sources(FileSystem([str(top / "proj")])), str(top / "proj")).script(path) == ""


def test_a_linked_manifest_outside_is_not_read(top: Path) -> None:
    from iac_imds_lint.sources import Sources
    from iac_imds_lint.terraform import manifest

    (top / "out/modules").mkdir()
    (top / "out/modules/modules.json").write_text('{"Modules": [{"Key": "m", "Source": "a/b/c", "Dir": "m"}]}')
    (top / "proj/.terraform").symlink_to("../out")
    root = str(top / "proj")
    assert set(manifest.read(Sources(FileSystem([str(top)])), root)) == {"m"}
    assert manifest.read(Sources(FileSystem([root])), root) == {}


def test_a_link_that_stays_inside_is_followed(top: Path) -> None:
    (top / "proj/shared").mkdir()
    (top / "proj/shared/vars.tf").write_text(VARIABLE)
    (top / "proj/vars.tf").symlink_to("shared/vars.tf")
    ran = run(top / "proj", "check", "--fix", "--unsafe-fixes", "main.tf", "vars.tf")
    assert (ran.status, "Not followed" in ran.err) == (0, False)
    assert "required" in (top / "proj/shared/vars.tf").read_text()


def test_a_link_that_the_user_names_is_followed(top: Path) -> None:
    (top / "proj/vars.tf").symlink_to("../out/vars.tf")
    ran = run(top / "proj", "check", "--fix", "--unsafe-fixes", "main.tf", "vars.tf")
    assert (ran.status, "Not followed" in ran.err) == (0, False)
    assert "required" in (top / "out/vars.tf").read_text()


def test_a_variable_file_that_the_user_names_is_written(top: Path) -> None:
    (top / "proj/vars.tf").write_text('variable "tokens" {}\n')
    ran = run(top / "proj", "check", "--fix", "--unsafe-fixes", "--var-file", "../out/secret.tfvars", ".")
    assert ran.status == 0
    assert (top / "out/secret.tfvars").read_text() == 'tokens = "required"\n'


def test_nothing_is_written_out_of_the_project(top: Path) -> None:
    (top / "proj/vars.tf").symlink_to("../out/vars.tf")
    path = str(top / "proj/vars.tf")
    before, after = (SourceFile.decode(path, text.encode()) for text in (VARIABLE, VARIABLE + "\n"))
    assert isinstance(before, SourceFile)
    assert isinstance(after, SourceFile)
    within = FileSystem([str(top / "proj")]).within
    assert write_all([(before, after)], within) == [Problem(path, "leads out of the project, left alone")]
    assert (top / "out/vars.tf").read_text() == VARIABLE


def test_the_root_of_the_file_system_is_no_project(
    top: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain = tmp_path_factory.mktemp("plain").resolve()
    monkeypatch.setattr(ignoring, "git_root", Mock(return_value=""))
    monkeypatch.chdir("/")
    assert discovery.project([str(plain)]) == (str(plain),)
    assert discovery.project([str(top / "proj/main.tf")]) == (str((top / "proj").resolve()),)
    monkeypatch.setattr("os.path.isdir", Mock(return_value=False))
    assert discovery.project(["/main.tf"]) == ("/main.tf",)


def test_the_root_of_the_file_system_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignoring, "git_root", Mock(return_value=""))
    monkeypatch.chdir("/")
    assert discovery.project(["/"]) == discovery.project(["."]) == ("/",)


LARGE = b"\n" * 6_000_000


@pytest.mark.parametrize("expression", ['try(file("x"), "required")', 'file("x") == "" ? "required" : "optional"'])
def test_a_file_too_large_to_be_read_is_not_empty(top: Path, expression: str) -> None:
    (top / "proj/main.tf").write_text(MAIN.replace("var.tokens", expression))
    (top / "proj/x").write_bytes(LARGE)
    ran = run(top / "proj", "check")
    assert b"IMDS005" in ran.out
    assert ("try" in expression) == (b"x cannot be read: larger than 5 MB, not read" in ran.out)


@pytest.mark.parametrize("name", ["terraform.tfvars", "more.tf"])
def test_a_context_file_too_large_to_be_read_is_told(top: Path, name: str) -> None:
    (top / "proj/vars.tf").write_text(VARIABLE.replace("optional", "required"))
    (top / "proj" / name).write_bytes(LARGE + b'tokens = "optional"\n')
    ran = run(top / "proj", "check")
    assert f"{name}: larger than 5 MB, not read\n" in ran.err
    assert ran.status == UNREADABLE
