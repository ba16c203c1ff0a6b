"""What the command prints: whole outputs, compared with what was looked at and found good.

``UPDATE_SNAPSHOTS=1 python -m pytest tests/test_output.py`` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from iac_imds_lint.output.excerpt import excerpt
from iac_imds_lint.source import SourceFile, Span
from tests.shell import run, tree

TOP = Path(__file__).resolve().parent.parent
SNAPSHOTS = Path(__file__).resolve().parent / "fixtures" / "output"
COMMANDS = {
    "check-full": ("check", "examples"),
    "check-concise": ("check", "--output-format", "concise", "examples"),
    "check-json": ("check", "--output-format", "json", "examples"),
    "check-colour": ("check", "--color", "always", "examples/terraform/workers.tf"),
    "check-statistics": ("check", "--statistics", "--output-format", "concise", "examples/cloudformation"),
    "check-diff": ("check", "--diff", "examples"),
    "check-diff-unsafe": ("check", "--diff", "--unsafe-fixes", "examples"),
    "check-fix": ("check", "--fix", "--unsafe-fixes", "examples"),
    "inventory-table": ("inventory", "examples"),
    "inventory-json": ("inventory", "--output-format", "json", "examples"),
    "check-plan": ("check", "plan/plan.json"),
    "check-plan-source": ("check", "--source", "plan", "plan/plan.json"),
    "check-plan-both": ("check", "--output-format", "concise", "--source", "plan", "plan"),
    "inventory-plan": ("inventory", "--source", "plan", "plan/plan.json"),
    "rule-list": ("rule",),
    "rule-IMDS004": ("rule", "IMDS004"),
    "nothing": ("check", "LICENSE"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the examples in it, and with a plan beside its configuration."""
    shutil.copytree(TOP / "examples", tmp_path / "examples")
    shutil.copytree(TOP / "tests" / "fixtures" / "plan" / "nested", tmp_path / "plan")
    shutil.copy(TOP / "LICENSE", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_the_whole_output(name: str, place: Path) -> None:
    ran = run(place, *COMMANDS[name])
    told = f"exit status: {int(ran.status)}\n--- standard output\n{ran.out.decode()}--- standard error\n{ran.err}"
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_json_on_standard_output_is_json_and_nothing_else(place: Path) -> None:
    found = json.loads(run(place, "check", "--output-format", "json", "--statistics", "examples").out)
    assert {entry["code"] for entry in found} == {"IMDS001", "IMDS002", "IMDS003", "IMDS004"}


def test_a_report_goes_to_a_file(place: Path) -> None:
    shown = run(place, "check", "--output-format", "json", "examples").out
    ran = run(place, "check", "--output-format", "json", "--output-file", "report.json", "examples")
    assert ran.out == b""
    assert (place / "report.json").read_bytes() == shown


def test_a_report_that_cannot_be_written_is_told(place: Path) -> None:
    ran = run(place, "check", "--output-file", "no/such/place.json", "examples")
    assert (ran.status, ran.out) == (3, b"")
    assert "no/such/place.json: No such file or directory" in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("check", "examples"), 1),
        (("check", "--exit-zero", "examples"), 0),
        (("check", "--select", "IMDS011", "examples"), 0),
        (("check", "--ignore", "IMDS001,IMDS002,IMDS003,IMDS004", "examples"), 0),
        (("check", "LICENSE"), 0),
        (("inventory", "examples"), 0),
        (("check", "--color", "never", "examples/terraform/versions.tf"), 0),
    ],
)
def test_the_exit_status(arguments: tuple[str, ...], expected: int, place: Path) -> None:
    assert run(place, *arguments).status == expected


def test_warnings_fail_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "t" {}\nresource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = var.t\n  }\n}\n'
    )
    assert run(tmp_path, "check").status == 1
    assert run(tmp_path, "check", "--fail-on", "error").status == 0
    (tmp_path / ".iac-imds-lint.toml").write_text('fail-on = "error"\n')
    assert run(tmp_path, "check").status == 0


def test_check_and_diff_write_nothing(place: Path) -> None:
    before = tree(place)
    for arguments in (("check",), ("check", "--diff", "--unsafe-fixes"), ("inventory",)):
        run(place, *arguments, "examples")
    assert tree(place) == before


@pytest.mark.parametrize(
    ("text", "span", "expected", "why"),
    [
        ("ab = cd\n", (5, 7), (1, 6, "ab = cd", 5, 2), "plain"),
        ("\tab\n", (1, 3), (1, 2, "    ab", 4, 2), "a tab takes four columns"),
        ("日本 = x\n", (5, 6), (1, 6, "日本 = x", 7, 1), "wide characters take two columns"),
        ("e\u0301 = x\n", (5, 6), (1, 6, "e\u0301 = x", 4, 1), "combining ones take none"),
        ("a\x1b[31m = x\n", (0, 1), (1, 1, "a\\x1b[31m = x", 0, 1), "control characters steer no terminal"),
        ("a {\n  b\n}\n", (0, 9), (1, 1, "a {", 0, 3), "of several lines the first is shown"),
        ("a\r\nb\r\n", (3, 4), (2, 1, "b", 0, 1), "the carriage return is no text"),
        ("a", (1, 1), (1, 2, "a", 1, 1), "an empty span at the end still gets a mark"),
    ],
)
def test_an_excerpt(text: str, span: tuple[int, int], expected: tuple[object, ...], why: str) -> None:
    assert excerpt(SourceFile("x", text), Span("x", *span)) == expected, why


def test_a_very_long_line_is_cut_around_the_place() -> None:
    text = "a" * 5000 + "HERE" + "b" * 5000
    shown = excerpt(SourceFile("x", text), Span("x", 5000, 5004))
    assert shown.text == "…" + "a" * 60 + "HERE" + "b" * 96 + "…"
    assert shown.text[shown.indent : shown.indent + shown.width] == "HERE"
