"""The public API: every name is there, and a run through it does what the command does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import iac_imds_lint
from iac_imds_lint import Applicability, FileSystem, Options, Posture, Sources, discover, lint, repair, write_all


@pytest.mark.parametrize("name", iac_imds_lint.__all__)
def test_a_name_of_the_api_is_there(name: str) -> None:
    assert getattr(iac_imds_lint, name) is not None


def test_any_other_name_is_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'lnit'"):
        iac_imds_lint.lnit  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys, iac_imds_lint; print([name for name in sys.modules if name.startswith('iac_imds_lint.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_find_and_repair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_instance" "x" {\n  ami = "a"\n}\n')
    monkeypatch.chdir(tmp_path)
    report = lint(discover(["."]).files, Sources(FileSystem()))
    assert [(row.resource, row.posture) for row in report.inventory] == [("aws_instance.x", Posture.V1_ALLOWED)]
    outcome = repair(report, Options(), Applicability.SAFE)
    assert write_all(outcome.changed) == []
    assert lint(["main.tf"], Sources(FileSystem())).findings == ()
    assert (tmp_path / "main.tf").read_text() == (
        'resource "aws_instance" "x" {\n  ami = "a"\n\n  metadata_options {\n'
        '    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
    )
