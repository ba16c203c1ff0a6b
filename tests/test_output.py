"""What the command prints: whole outputs, compared with what was looked at and found good.

``UPDATE_SNAPSHOTS=1 python -m pytest tests/test_output.py`` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from iac_imds_lint import replacing
from iac_imds_lint.edit import Applicability, Edit, Fix, Step
from iac_imds_lint.engine import lint
from iac_imds_lint.fixer import Refused
from iac_imds_lint.output import FORMATS, fixed, full, json_report
from iac_imds_lint.output.excerpt import excerpt
from iac_imds_lint.output.fixed import Done
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.version import __version__
from tests.shell import run, tree
from tests.support import MemoryFiles

TOP = Path(__file__).resolve().parent.parent
SNAPSHOTS = Path(__file__).resolve().parent / "fixtures" / "output"
COMMANDS = {
    "check-full": ("check", "examples"),
    "check-concise": ("check", "--output-format", "concise", "examples"),
    "check-json": ("check", "--output-format", "json", "examples"),
    "check-github": ("check", "--output-format", "github", "examples"),
    "check-markdown": ("check", "--output-format", "markdown", "examples"),
    "check-rdjson": ("check", "--output-format", "rdjson", "examples"),
    "check-sarif": ("check", "--output-format", "sarif", "examples/terraform"),
    "check-gitlab": ("check", "--output-format", "gitlab", "examples"),
    "check-junit": ("check", "--output-format", "junit", "examples"),
    "check-colour": ("check", "--color", "always", "examples/terraform/workers.tf"),
    "check-statistics": ("check", "--statistics", "--output-format", "concise", "examples/cloudformation"),
    "check-diff": ("check", "--diff", "examples"),
    "check-diff-unsafe": ("check", "--diff", "--unsafe-fixes", "examples"),
    "check-fix": ("check", "--fix", "--unsafe-fixes", "examples"),
    "check-fix-safe": ("check", "--fix", "--output-format", "concise", "examples"),
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
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the examples in it, and with a plan beside its configuration; of no CI service."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(TOP / "examples", tmp_path / "examples")
    shutil.copytree(TOP / "tests" / "fixtures" / "plan" / "nested", tmp_path / "plan")
    shutil.copy(TOP / "LICENSE", tmp_path)
    return tmp_path


def scrubbed(text: str) -> str:
    """A text without what comes and goes with a version: the version itself, and in SARIF the pages of the rules."""
    text = text.replace(f'"semanticVersion": "{__version__}"', '"semanticVersion": "…"')
    return re.sub(r'"rules": \[\n.*?\n {10}\]', '"rules": "…"', text, flags=re.DOTALL)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_whole_output(name: str, place: Path) -> None:
    ran = run(place, *COMMANDS[name])
    out = scrubbed(ran.out.decode())
    told = f"exit status: {int(ran.status)}\n--- standard output\n{out}--- standard error\n{ran.err}"
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_json_on_standard_output_is_json_and_nothing_else(place: Path) -> None:
    found = json.loads(run(place, "check", "--output-format", "json", "--statistics", "examples").out)
    assert {entry["code"] for entry in found} == {"IMDS001", "IMDS002", "IMDS003", "IMDS004"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--output-format", "json"),
        ("check", "--output-format", "sarif"),
        ("check", "--output-format", "gitlab"),
        ("check", "--output-format", "junit"),
        ("check", "--output-format", "concise"),
        ("check",),
        ("check", "--diff"),
        ("inventory",),
        ("inventory", "--output-format", "json"),
    ],
)
def test_a_report_goes_to_a_file(arguments: tuple[str, ...], place: Path) -> None:
    shown = run(place, *arguments, "examples").out
    ran = run(place, *arguments, "--output-file", "report", "examples")
    assert ran.out == b""
    assert (place / "report").read_bytes() == shown


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no file has such a name")
@pytest.mark.parametrize("output_format", FORMATS)
def test_a_name_that_is_not_utf_8_is_written_in_every_format(output_format: str, tmp_path: Path) -> None:
    name = os.fsdecode(b"odd\xff.tf")
    (tmp_path / name).write_text('resource "aws_instance" "x" {\n}\n')
    ran = run(tmp_path, "check", "--output-format", output_format, "--output-file", "report", ".")
    assert (ran.status, ran.out) == (1, b"")
    assert b"odd" in (tmp_path / "report").read_bytes()


@pytest.mark.parametrize("name", ["report.json", "report.yaml", "report.txt"])
@pytest.mark.parametrize("output_format", ["json", "concise", "full", "sarif", "gitlab", "junit"])
def test_a_report_in_the_tree_is_not_linted(output_format: str, name: str, place: Path) -> None:
    arguments = ("check", "--output-format", output_format, "--output-file", f"examples/{name}", "examples")
    first = run(place, *arguments)
    content = (place / "examples" / name).read_bytes()
    again = run(place, *arguments)
    assert (place / "examples" / name).read_bytes() == content
    assert (first.status, again.status) == (1, 1)
    assert run(place, "check", "--output-format", "concise", f"examples/{name}").out == b""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("no/such/place.json", "no/such/place.json: No such file or directory"),
        ("examples", "examples: Is a directory"),
        ("LICENSE/report", "LICENSE/report: No such file or directory"),
    ],
)
def test_a_report_that_cannot_be_written_is_told(path: str, expected: str, place: Path) -> None:
    """Before anything else is done."""
    before = tree(place)
    ran = run(place, "check", "--fix", "--output-file", path, "examples")
    assert (ran.status, ran.out, ran.err) == (3, b"", f"Error: {expected}\n")
    assert tree(place) == before


@pytest.mark.parametrize(
    ("arguments", "expected", "why"),
    [
        (("--output-file", "plan/plan.json", "plan/plan.json"), "is to be read", "it is named"),
        (("--output-file", "./plan/../plan/plan.json", "plan/plan.json"), "is to be read", "by another name"),
        (("--output-file", "vars.json", "--parameter-file", "vars.json", "examples"), "is to be read", "an option reads it"),
        (("--output-file", "examples/cloudformation/web.yaml", "examples"), "was linted", "it is a template"),
        (("--output-file", "plan/plan.json", "plan"), "was linted", "it is a plan"),
        (("--output-file", "examples/clean.yaml", "examples"), "was linted", "a template without a finding"),
        (("--output-file", "examples/new.tf", "examples"), "would be read by Terraform", "the next run would read it"),
        (("--output-file", "x.tfvars.json", "examples"), "would be read by Terraform", "of variables"),
    ],
)  # fmt: skip
def test_a_report_never_takes_the_place_of_what_is_linted(
    arguments: tuple[str, ...], expected: str, why: str, place: Path
) -> None:
    (place / "vars.json").write_text("[]")
    (place / "examples/clean.yaml").write_text(
        "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        "        MetadataOptions: {HttpTokens: required}\n"
    )
    before = tree(place)
    ran = (
        run(place, "check", "--fix", "--unsafe-fixes", *arguments)
        if "json" not in arguments[1]
        else run(place, "check", *arguments)
    )
    assert (ran.status, ran.out) == (2, b""), why
    assert ran.err.endswith(f"Error: --output-file {arguments[1]} {expected}: name another file\n"), why
    assert tree(place) == before, why


def test_a_report_is_written_whole_or_not_at_all(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (place / "report").write_text("the last one\n")
    monkeypatch.setattr(replacing.os, "fsync", failing)
    before = tree(place)
    ran = run(place, "check", "--output-file", "report", "examples")
    assert (ran.status, ran.err.splitlines()[-1]) == (3, "Error: report: No space left on device")
    assert tree(place) == before


def test_a_new_report_may_be_read_like_any_new_file(place: Path) -> None:
    before = os.umask(0o027)
    try:
        run(place, "check", "--output-file", "report", "examples")
    finally:
        os.umask(before)
    assert stat.S_IMODE((place / "report").stat().st_mode) == 0o640
    (place / "report").chmod(0o604)
    run(place, "check", "--output-file", "report", "examples")
    assert stat.S_IMODE((place / "report").stat().st_mode) == 0o604, "an old one keeps its mode"


def test_a_report_goes_into_a_pipe(place: Path) -> None:
    """As a shell's >(command) is one."""
    shown = run(place, "check", "--output-format", "concise", "examples").out
    receiving, sending = os.pipe()
    ran = run(place, "check", "--output-format", "concise", "--output-file", f"/dev/fd/{sending}", "examples")
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        assert (ran.status, pipe.read()) == (1, shown)


def test_a_file_has_no_colour_unless_it_is_asked_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iac_imds_lint.cli.commands.sys.stdout.isatty", lambda: True, raising=False)
    for choice, coloured in (("auto", False), ("never", False), ("always", True)):
        run(place, "check", "--color", choice, "--output-file", "report", "examples")
        assert (b"\x1b[" in (place / "report").read_bytes()) is coloured


STEERING = (
    'variable "t" {\n  default = "a\\n::error::b\x1b[31m"\n}\n'
    'resource "aws_launch_template" "x" {\n  metadata_options {\n    http_tokens = var.t\n  }\n}\n'
)


@pytest.mark.parametrize("output_format", ["concise", "full", "markdown"])
def test_no_name_and_no_value_steers_a_terminal_or_breaks_a_line(output_format: str, tmp_path: Path) -> None:
    """A log may be read by a program, too: GitHub's runner and Azure's agent take lines for commands."""
    directory = tmp_path / "a\n\x1b[2J\u202eb"
    directory.mkdir()
    (directory / "main.tf").write_text(STEERING)
    printed = run(tmp_path, "check", "--output-format", output_format).out.decode()
    assert [c for c in printed if not c.isprintable() and c not in "\n\u2060"] == []
    assert [line for line in printed.split("\n") if line.startswith("::error::")] == []
    assert "a\\x0a" in printed or "a&#92;x0a" in printed, "the name and the value are there as escapes"


def test_concise_is_a_line_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a\nb.tf").write_text(STEERING)
    assert run(tmp_path, "check", "--output-format", "concise").out.decode() == (
        'a\\x0ab.tf:6:19: error IMDS011 aws_launch_template.x will be refused: http_tokens is "a\\x0a::error::b\\x1b[31m", '
        'not "optional" or "required" [unsafe fix]\n'
    )


CODE = 'resource "aws_instance" "x" {\n\tami = "a"\r\n}\n# e\x1bnd\noutput "name" {}\n'


def offered() -> Report:
    """A finding with everything that a fix can offer."""
    report = lint(("main.tf",), Sources(MemoryFiles({"main.tf": CODE})))
    (finding,) = report.findings
    brace, last = CODE.index("}"), CODE.index("output")
    edits = (
        Edit(Span("main.tf", 0, 8), "data"),
        Edit(Span("main.tf", brace, brace), "\tkey = 1\r\n"),
        Edit(Span("main.tf", last, last + 6), "local"),
    )
    fix = Fix(
        "migrate it",
        Applicability.DISPLAY_ONLY,
        edits,
        note="its name is used",
        by_hand=(Step(Span("main.tf", last, last + 6), "give it the other name"), Step(finding.span, "import it")),
        alternatives=(
            Fix("set the default", Applicability.UNSAFE, edits[:1], note="others use it"),
            Fix("leave it", Applicability.SAFE, edits[:1]),
        ),
    )
    return replace(report, findings=(replace(finding, fix=fix, fix_unavailable=""),))


def test_a_fix_that_is_to_be_looked_at_is_shown_whole() -> None:
    assert full.render(offered(), View(Style())).partition("nothing at any level asks for IMDSv2\n")[
        2
    ].splitlines() == [
        "  = fix (display-only: its name is used): migrate it",
        "  | main.tf:1",
        '  | - resource "aws_instance" "x" {',
        '  | + data "aws_instance" "x" {',
        "  | main.tf:3",
        "  | +     key = 1",
        "  | main.tf:5",
        '  | - output "name" {}',
        '  | + local "name" {}',
        "  = by hand: main.tf:5: give it the other name",
        "  = by hand: main.tf:1: import it",
        "  = or fix (unsafe: others use it): set the default",
        "  = or fix (safe): leave it",
        "",
    ]


def test_a_draft_that_instances_have_in_common_is_shown_once() -> None:
    report = offered()
    (finding,) = report.findings
    both = full.render(replace(report, findings=(finding, replace(finding))), View(Style()))
    assert both.count("  | + data") == 1
    assert (
        "  = fix (display-only: its name is used): migrate it\n  = the draft is that of aws_instance.x, above\n" in both
    )
    assert both.count("  = by hand: main.tf:1: import it\n") == 2


def test_json_has_all_that_a_fix_offers() -> None:
    (entry,) = json.loads(json_report.render(offered(), View()))
    assert list(entry["fix"]) == ["applicability", "message", "note", "edits", "by_hand", "alternatives"]
    assert entry["fix"]["by_hand"][0] == {
        "filename": "main.tf",
        "location": {"row": 5, "column": 1},
        "end_location": {"row": 5, "column": 7},
        "message": "give it the other name",
    }
    assert [list(other) for other in entry["fix"]["alternatives"]] == [
        ["applicability", "message", "note", "edits", "by_hand"]
    ] * 2
    assert [other["message"] for other in entry["fix"]["alternatives"]] == ["set the default", "leave it"]


def test_what_is_left_says_why() -> None:
    report = offered()
    (finding,) = report.findings
    assert finding.fix is not None
    reasons = {
        "its fix (its name is used) is to be looked at and done by hand, see --output-format full": finding,
        "its fix is unsafe (its name is used), use --unsafe-fixes": replace(finding, fix=finding.fix._replace(applicability=Applicability.UNSAFE)),
        "its fix is unsafe, use --unsafe-fixes": replace(finding, fix=finding.fix._replace(applicability=Applicability.UNSAFE, note="")),
        "its fix was not applied": replace(finding, fix=finding.fix._replace(applicability=Applicability.SAFE)),
        "no fix: a macro writes it": replace(finding, fix=None, fix_unavailable="a macro writes it"),
        "no fix": replace(finding, fix=None),
        "fix refused: it would bring a new finding": replace(finding, message="m", fix=None, fix_unavailable="it would bring a new finding"),
    }  # fmt: skip
    for reason, one in reasons.items():
        refused = (Refused(one, "it would bring a new finding"),) if one.message == "m" else ()
        done = Done((), (), refused, replace(report, findings=(one,)), Applicability.SAFE)
        assert fixed.left(done) == f"left in main.tf\n  IMDS001 aws_instance.x, line 1: {reason}\n"
    unsafe = replace(report, findings=(reasons["its fix is unsafe, use --unsafe-fixes"],))
    for threshold, end in (
        (Applicability.SAFE, "fixable with --unsafe-fixes"),
        (Applicability.UNSAFE, "with a fix that was not applied"),
    ):
        assert (
            fixed.count(Done((), (), (), unsafe, threshold), "fixed") == f"no finding fixed, 1 left in 1 file, {end}."
        )
    hindered = Done((), (), (), unsafe, Applicability.UNSAFE, (Problem("main.tf", "read-only, left alone"),))
    assert "its fix could not be written (read-only, left alone)\n" in fixed.left(hindered)
    assert fixed.count(hindered, "fixed").endswith("1 left in 1 file, with a fix that could not be written.")
    everything = Done((finding,), (finding,), (), replace(report, findings=tuple(reasons.values())), Applicability.SAFE)
    assert fixed.count(everything, "fixed") == (
        "2 findings fixed, 7 left in 1 file: 2 fixable with --unsafe-fixes, 1 with a fix that is to be looked at, "
        "1 with a fix that was not applied, 3 without a fix."
    )
    assert (
        fixed.changes(everything)
        == "fixed in main.tf\n  IMDS001 aws_instance.x: migrate it\n  IMDS001 aws_instance.x: gone with that\n"
    )
    assert (
        fixed.count(Done((finding,), (), (), replace(report, findings=()), Applicability.SAFE), "fixed")
        == "1 finding fixed, none left."
    )
    assert (
        fixed.count(Done((), (), (), replace(report, findings=()), Applicability.SAFE), "fixed")
        == "No findings in 1 file."
    )


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
