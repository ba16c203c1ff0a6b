"""Annotations: commands as the runner takes them apart, and nothing else that it would take for one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability, Edit, Fix, Step
from iac_imds_lint.finding import Hiding, Related, Rule, Severity, Suppressed, Suppression
from iac_imds_lint.output import github
from iac_imds_lint.output.excerpt import harmless
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Position, Problem, Span
from tests.shell import run
from tests.support import linted

WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
URL = "https://github.com/iac-imds-lint/iac-imds-lint/blob/main/docs/rules/IMDS001.md"


class Command(NamedTuple):
    """What the runner sees in a line."""

    name: str
    properties: dict[str, str]
    data: str


# ActionCommand.cs of actions/runner: which words are commands, and how the two forms are read.
REGISTERED = {"error", "warning", "notice", "group", "endgroup", "add-mask", "set-output", "save-state", "debug", "echo",
              "stop-commands", "add-matcher", "remove-matcher", "set-env", "add-path"}  # fmt: skip
DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text


def seen(line: str) -> Command | None:
    """The command that the runner finds in a line."""
    text = line.lstrip()
    if text.startswith("::") and (end := text.find("::", 2)) >= 0:
        name, _, given = text[2:end].partition(" ")
        if name in REGISTERED:
            pairs = (pair.split("=", 1) for pair in given.strip().split(",") if "=" in pair)
            return Command(name, {k: unescaped(v, PROPERTY) for k, v in pairs}, unescaped(text[end + 2 :], DATA))
    old = re.search(r"##\[([^\] ]*)[^\]]*\]", line)
    return Command(old[1], {}, "old form") if old and old[1] in REGISTERED else None


def commands(text: str) -> list[Command]:
    return [command for line in re.split(r"\r\n|\r|\n", text) if (command := seen(line)) is not None]


def of_severity(report: Report, *severities: Severity) -> Report:
    """The report with a finding of each of these severities, told apart by their messages."""
    (finding,) = report.findings
    rules = [finding.rule._replace(severity=severity) for severity in severities]
    found = (replace(finding, rule=rule, message=f"number {at}") for at, rule in enumerate(rules))
    return replace(report, findings=tuple(found))


def test_a_finding_is_a_command_with_its_range_and_all_is_listed() -> None:
    assert github.render(linted({"main.tf": WEAK}), View()) == (
        "::error file=main.tf,line=1,endLine=1,col=1,endColumn=27,title=IMDS001 missing-metadata-options::"
        "aws_instance.x answers IMDSv1: metadata_options is not set%0A"
        'fix (safe): set http_endpoint to "enabled" and http_tokens to "required"%0A'
        f"{URL}\n"
        "::group::1 finding\n"
        "main.tf:1:1: error IMDS001 aws_instance.x answers IMDSv1: metadata_options is not set [safe fix]\n"
        "::endgroup::\n"
    )


def test_nothing_is_said_of_nothing() -> None:
    assert github.render(linted({"main.tf": ""}), View()) == ""


@pytest.mark.parametrize(
    ("span", "expected", "why"),
    [
        ((0, 8), {"line": "1", "endLine": "1", "col": "1", "endColumn": "8"}, "within a line: the end is the last column"),
        ((9, 9), {"line": "1", "endLine": "1", "col": "10", "endColumn": "10"}, "empty: one column"),
        ((0, 42), {"line": "1", "endLine": "2"}, "columns are only for one line"),
        ((0, 30), {"line": "1", "endLine": "1", "col": "1", "endColumn": "30"}, "its newline does not make it two lines"),
    ],
)  # fmt: skip
def test_a_range(span: tuple[int, int], expected: dict[str, str], why: str) -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    report = replace(report, findings=(replace(finding, span=Span("main.tf", *span)),))
    (command, *_) = commands(github.render(report, View()))
    place = {key: value for key, value in command.properties.items() if key not in ("file", "title")}
    assert place == expected, why


def test_a_message_says_where_it_was_decided_and_what_to_do() -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    related = tuple(Related(Span("main.tf", at, at + 1), f"step {at}") for at in range(8))
    fix = Fix("migrate it", Applicability.UNSAFE, (), "it restarts", (Step(finding.span, "import it"),),
              (Fix("leave it", Applicability.SAFE, (Edit(finding.span, ""),)),))  # fmt: skip
    report = replace(report, findings=(replace(finding, related=related, fix=fix, consumers=("aws_x.y",)),))
    (command, *_) = commands(github.render(report, View()))
    assert command.data.split("\n") == [
        "aws_instance.x answers IMDSv1: metadata_options is not set",
        *(f"main.tf:1: step {at}" for at in range(6)),
        "and 2 more places",
        "used by: aws_x.y",
        "fix (unsafe: it restarts): migrate it",
        "by hand: main.tf:1: import it",
        "or fix (safe): leave it",
        URL,
    ]


def test_the_most_severe_come_first_and_the_rest_is_counted() -> None:
    """GitHub shows ten of each kind."""
    weak = linted({"main.tf": WEAK})
    kinds = [Severity.INFO] * 12 + [Severity.WARNING] * 11 + [Severity.ERROR] * 13
    text = github.render(of_severity(weak, *kinds), View())
    told = [(one.name, one.data.split("\n")[0]) for one in commands(text)]
    assert told == [
        *(("error", f"number {at}") for at in range(23, 33)),
        *(("warning", f"number {at}") for at in range(12, 22)),
        *(("notice", f"number {at}") for at in range(9)),
        ("notice", "7 more findings than GitHub shows as annotations: the log of this step lists all of them."),
        ("group", "36 findings"),
        ("endgroup", ""),
    ]
    assert [f"number {at} [safe fix]" in text for at in range(36)] == [True] * 36, "the log has them all"


def test_ten_are_shown_without_a_word() -> None:
    text = github.render(of_severity(linted({"main.tf": WEAK}), *[Severity.ERROR] * 10), View())
    assert [one.name for one in commands(text)] == ["error"] * 10 + ["group", "endgroup"]


def test_what_could_not_be_read_is_an_error_and_said_first() -> None:
    report = of_severity(linted({"main.tf": WEAK}), *[Severity.ERROR] * 10)
    problems = (
        Problem("big.tf", "too large"),
        Problem("odd.tf", "not UTF-8", Position(3, 1)),
        Problem("big.tf", "too large"),
    )
    told = commands(github.render(replace(report, problems=problems), View()))
    title = "iac-imds-lint could not read this"
    assert told[:2] == [
        Command("error", {"file": "big.tf", "title": title}, "too large"),
        Command("error", {"file": "odd.tf", "line": "3", "title": title}, "not UTF-8"),
    ]
    assert [one.name for one in told[2:]] == ["error"] * 8 + ["notice", "group", "endgroup"]
    assert told[10].data.startswith("2 more findings than GitHub shows")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a,line=9,title=b.tf", "a comma ends a property"),
        ("a::b.tf", "two colons end the properties"),
        ("100%25.tf", "an escape is a name here"),
        ("a\n::add-mask::b.tf", "a line feed would begin a command"),
        ("a\r::add-mask::b.tf", "so would a carriage return"),
        ("::error::b.tf", "a name may begin as a command does"),
        ("##[add-mask]b.tf", "the older form"),
        ("é 日本.tf", "any letter"),
    ],
)  # fmt: skip
def test_no_name_is_a_command(path: str, why: str) -> None:
    text = github.render(linted({path: WEAK}), View())
    (command, group, end) = commands(text)
    assert command.name == "error", why
    assert command.properties == {
        "file": path, "line": "1", "endLine": "1", "col": "1", "endColumn": "27", "title": "IMDS001 missing-metadata-options",
    }, why  # fmt: skip
    assert (group, end) == (Command("group", {}, "1 finding"), Command("endgroup", {}, "")), why


@pytest.mark.parametrize("message", ["x\n::set-output name=a::b", "##[set-output name=a]b", "100%0A", "\r\n::error::x"])
def test_no_message_is_a_command(message: str) -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    report = replace(report, findings=(replace(finding, message=message, rule=Rule("IMDS001", "a", Severity.INFO)),))
    told = commands(github.render(report, View()))
    assert [one.name for one in told] == ["notice", "group", "endgroup"]
    assert told[0].data.startswith(f"{message}\n")


def test_a_very_long_message_is_cut() -> None:
    report = linted({"main.tf": WEAK})
    (finding,) = report.findings
    (command, *_) = commands(github.render(replace(report, findings=(replace(finding, message="x" * 10_000),)), View()))
    assert command.data == "x" * 4000


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra" / "web").mkdir(parents=True)
    (tmp_path / "infra/web/main.tf").write_text(WEAK)
    for directory, argument in ((".", "infra"), ("infra", "web"), ("infra/web", "."), ("infra/web", "../web")):
        ran = run(tmp_path / directory, "check", "--output-format", "github", argument)
        assert commands(ran.out.decode())[0].properties["file"] == "infra/web/main.tf", directory
    assert ran.err == "1 finding in 1 file. 1 fixable with --fix.\n"
    assert ran.status == 1


def test_what_is_suppressed_is_a_notice_where_it_is_asked_for() -> None:
    report = linted({"main.tf": WEAK})
    hidden = Suppressed(report.findings[0], Suppression(Hiding.COMMENT, reason="a lab"))
    report = replace(report, findings=(), suppressed=(hidden,))
    assert github.render(report, View()) == ""
    (notice, *_) = commands(github.render(report, View(suppressed=True)))
    assert notice.name == "notice"
    assert notice.data.split("\n")[1] == "suppressed: comment: a lab"


def test_a_file_outside_of_the_repository_is_named_by_its_way_there() -> None:
    text = github.render(
        linted({"../other/main.tf": WEAK}, paths=("../other/main.tf",)), View(root=Root("/w/repo", "/w/repo"))
    )
    assert commands(text)[0].properties["file"] == "../other/main.tf"


def test_what_is_told_beside_it_is_no_command_either(tmp_path: Path) -> None:
    """The runner reads standard error, too."""
    for name in ("::add-mask::a.tf", "a\n::add-mask::b.tf", "##[add-mask]c.tf"):
        (tmp_path / name).write_bytes(b'resource "aws_instance" "y" { # \xff\n}\n')
    (tmp_path / "main.tf").write_text('module "m" {\n  source = "x##[add-mask]/y"\n}\n')
    ran = run(tmp_path, "check", "--output-format", "github")
    assert commands(ran.err) == []
    assert ran.err.splitlines()[:4] == [
        "##\\[add-mask]c.tf: not UTF-8: byte 32 is 0xff",
        "\\::add-mask::a.tf: not UTF-8: byte 32 is 0xff",
        "a\\x0a::add-mask::b.tf: not UTF-8: byte 32 is 0xff",
        "1 module call was not followed, the code is not here (run terraform init): module.m (x##\\[add-mask]/y)",
    ]


@pytest.mark.parametrize("line", ["::error::x", "  ::error::x", "\u00a0::error::x"])
def test_a_line_of_a_log_is_no_command(line: str) -> None:
    """The runner trims a line before it looks for a command."""
    assert not harmless(line).lstrip().startswith("::")
