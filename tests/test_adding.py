"""Suppressions that are written for what is there: where they go, what they say, and what can carry none."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.adding import add
from iac_imds_lint.engine import Options
from iac_imds_lint.suppression.writing_ours import Asked
from tests.support import linted

AMI = '  ami = "ami-0123456789abcdef0"\n'
PLAIN = f'resource "aws_instance" "x" {{\n{AMI}}}\n'
OPTIONAL = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
SAFE = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
ALIGNED = OPTIONAL.replace("    http_tokens ", '    http_endpoint = "enabled"\n    http_tokens   ')
APART = ALIGNED.replace('enabled"\n', 'enabled"\n\n').replace("tokens   ", "tokens ")
CONFIGURATION = 'resource "aws_launch_configuration" "x" {\n  image_id = "ami-1"\n}\n'
BOOT = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "required"\n  }\n  user_data = <<-EOT\n    #!/bin/sh\n    curl http://169.254.169.254/latest/\n  EOT\n}\n'
YAML = "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-1\n"
IGNORE = "# iac-imds-lint: ignore"


class Case(NamedTuple):
    name: str
    why: str
    before: str
    after: str
    path: str = "main.tf"
    asked: Asked = Asked("legacy")


CASES = [
    Case("head", "above the resource", PLAIN, f"{IGNORE}[IMDS001] legacy\n{PLAIN}"),
    Case("no-reason", "which is optional", PLAIN, f"{IGNORE}[IMDS001]\n{PLAIN}", asked=Asked()),
    Case(
        "until",
        "the last day",
        PLAIN,
        f"{IGNORE}[IMDS001] until=2027-01-31 legacy\n{PLAIN}",
        asked=Asked("legacy", date(2027, 1, 31)),
    ),
    Case(
        "value",
        "above the value's own line",
        OPTIONAL,
        OPTIONAL.replace("    http", f"    {IGNORE}[IMDS002] legacy\n    http"),
    ),
    Case(
        "aligned",
        "above the resource: a comment among arguments would part what terraform fmt aligned",
        ALIGNED,
        f"{IGNORE}[IMDS002] legacy\n{ALIGNED}",
    ),
    Case(
        "apart",
        "above the value's own line, for a blank row parts them already",
        APART,
        APART.replace("    http_t", f"    {IGNORE}[IMDS002] legacy\n    http_t"),
    ),
    Case(
        "aligned-in-yaml",
        "above the value's own line: nobody aligns YAML",
        YAML + "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens:   optional\n",
        YAML
        + f"      MetadataOptions:\n        HttpEndpoint: enabled\n        {IGNORE}[IMDS002] legacy\n"
        + "        HttpTokens:   optional\n",
        "t.yaml",
    ),
    Case("several", "one comment for one place", CONFIGURATION, f"{IGNORE}[IMDS001, IMDS003] legacy\n{CONFIGURATION}"),
    Case(
        "merged",
        "a comment of ours that is there",
        f"{IGNORE}[IMDS001] old\n{CONFIGURATION}",
        f"{IGNORE}[IMDS001, IMDS003] old\n{CONFIGURATION}",
    ),
    Case(
        "merged-at-the-end",
        "at the end of the line",
        CONFIGURATION.replace("{\n", f"{{ {IGNORE}[IMDS001]\n", 1),
        CONFIGURATION.replace("{\n", f"{{ {IGNORE}[IMDS001, IMDS003]\n", 1),
    ),
    Case(
        "not-merged",
        "another last day",
        f"{IGNORE}[IMDS001] until=2027-01-31 old\n{CONFIGURATION}",
        f"{IGNORE}[IMDS001] until=2027-01-31 old\n{IGNORE}[IMDS003] legacy\n{CONFIGURATION}",
    ),
    Case("script", "outside of the script, which stays", BOOT, f"{IGNORE}[IMDS007] legacy\n{BOOT}"),
    Case(
        "crlf", "its newlines", PLAIN.replace("\n", "\r\n"), f"{IGNORE}[IMDS001] legacy\n{PLAIN}".replace("\n", "\r\n")
    ),
    Case("mark", "its byte order mark", f"\ufeff{PLAIN}", f"\ufeff{IGNORE}[IMDS001] legacy\n{PLAIN}"),
    Case(
        "tabs",
        "its indentation",
        OPTIONAL.replace("  ", "\t"),
        OPTIONAL.replace("  ", "\t").replace("\t\thttp", f"\t\t{IGNORE}[IMDS002] legacy\n\t\thttp"),
    ),
    Case("clean", "nothing is found", SAFE, SAFE),
    Case("yaml", "above the logical ID", YAML, YAML.replace("  X:", f"  {IGNORE}[IMDS001] legacy\n  X:"), "t.yaml"),
    Case(
        "yaml-value",
        "above the value's own line",
        YAML + "      MetadataOptions:\n        HttpTokens: optional\n",
        YAML + f"      MetadataOptions:\n        {IGNORE}[IMDS002] legacy\n        HttpTokens: optional\n",
        "t.yaml",
    ),
    Case(
        "json",
        "metadata, for JSON has no comments",
        '{\n  "Resources": {\n    "X": {\n      "Type": "AWS::EC2::Instance",\n      "Properties": {}\n    }\n  }\n}\n',
        '{\n  "Resources": {\n    "X": {\n      "Type": "AWS::EC2::Instance",\n      "Properties": {},\n'
        '      "Metadata": {\n        "iac-imds-lint": {\n          "ignore": ["IMDS001"],\n'
        '          "reason": "legacy"\n        }\n      }\n    }\n  }\n}\n',
        "t.json",
    ),
    Case(
        "json-metadata",
        "into metadata that is there",
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance", "Metadata": {"a": 1}}}}\n',
        '{"Resources": {"X": {"Type": "AWS::EC2::Instance", "Metadata": {"a": 1, "iac-imds-lint": {"ignore": ["IMDS001"], "reason": "legacy"}}}}}\n',
        "t.json",
    ),
    Case(
        "json-merged",
        "into the list that is there",
        '{"Resources": {"X": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001"]}}}}}\n',
        '{"Resources": {"X": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001", "IMDS003"]}}}}}\n',
        "t.json",
    ),
    Case(
        "terraform-json",
        "its property for comments",
        '{\n  "resource": {\n    "aws_instance": {\n      "x": {\n        "ami": "ami-1"\n      }\n    }\n  }\n}\n',
        '{\n  "resource": {\n    "aws_instance": {\n      "x": {\n        "//": "iac-imds-lint: ignore[IMDS001] legacy",\n'
        '        "ami": "ami-1"\n      }\n    }\n  }\n}\n',
        "main.tf.json",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_written(case: Case) -> None:
    today = date(2026, 11, 22)
    report = linted({case.path: case.before}, Options(today=today))
    added = add(report, Options(today=today), case.asked)
    after = {one.path: one.encode().decode() for _, one in added.changed}
    assert after.get(case.path, case.before) == case.after, case.why
    again = linted({case.path: case.after}, Options(today=today))
    assert [(finding.rule.code, finding.message) for finding in again.findings] == []
    assert add(again, Options(today=today), case.asked).changed == ()


class Left(NamedTuple):
    name: str
    files: dict[str, str]
    reasons: list[tuple[str, str]]
    options: Options = Options()


LEFT = [
    Left(
        "unused",
        {"main.tf": f"{IGNORE}[IMDS001]\n{SAFE}"},
        [("IMDS901", "it is to be mended, not suppressed")],
    ),
    Left("broken", {"main.tf": 'resource "aws_instance" "x" {\n'}, [("IMDS900", "it is to be mended, not suppressed")]),
    Left(
        "script",
        {"boot.sh": "#!/bin/sh\ncurl http://169.254.169.254/latest/\n"},
        [("IMDS007", "a comment in a script changes what boots with it: write one by hand above the line")],
        Options(scripts=True),
    ),
    Left(
        "comment-property",
        {"main.tf.json": '{"resource": {"aws_instance": {"x": {"//": "mine", "ami": "ami-1"}}}}\n'},
        [("IMDS001", 'its block has a comment "//" already: add iac-imds-lint: ignore[IMDS001] legacy to it')],
    ),
]


@pytest.mark.parametrize("case", LEFT, ids=[case.name for case in LEFT])
def test_what_can_carry_none_is_left_with_the_reason(case: Left) -> None:
    added = add(linted(case.files, case.options), case.options, Asked("legacy"))
    assert [(one.finding.rule.code, one.reason) for one in added.left] == case.reasons
    assert added.changed == ()
    assert added.done == ()


def test_what_is_not_selected_stays_as_it_is() -> None:
    options = Options(select=("IMDS003",))
    added = add(linted({"main.tf": CONFIGURATION}, options), options, Asked())
    assert [after.text for _, after in added.changed] == [f"{IGNORE}[IMDS003]\n{CONFIGURATION}"]
    assert [finding.rule.code for finding in linted({"main.tf": added.changed[0][1].text}).findings] == ["IMDS001"]


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "iac_imds_lint", "check", *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_command_writes_and_is_clean_then(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PLAIN)
    done = run(tmp_path, "--add-suppressions", "--reason", "legacy")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 finding suppressed, 0 left\n"
    assert (tmp_path / "main.tf").read_text() == f"{IGNORE}[IMDS001] legacy\n{PLAIN}"
    assert run(tmp_path).returncode == 0


def test_a_patch_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PLAIN)
    done = run(tmp_path, "--add-suppressions", "--diff")
    assert done.returncode == 1
    assert done.stderr == "1 finding would be suppressed, 0 left\n"
    assert done.stdout == (
        f"--- a/main.tf\n+++ b/main.tf\n@@ -1,3 +1,4 @@\n+{IGNORE}[IMDS001]\n"
        + "".join(f" {line}\n" for line in PLAIN.splitlines())
    )
    assert (tmp_path / "main.tf").read_text() == PLAIN


WRONG = {
    ("--reason", "x"): "Error: --reason goes with --add-suppressions\n",
    ("--until", "2099-01-01"): "Error: --until goes with --add-suppressions\n",
    ("--add-suppressions", "--fix"): "Error: --add-suppressions and --fix: use one of them\n",
    ("--add-suppressions", "--until", "soon"): "Error: --until takes a day as YYYY-MM-DD, not 'soon'\n",
    ("--add-suppressions", "--until", "20990131"): "Error: --until takes a day as YYYY-MM-DD, not '20990131'\n",
    ("--add-suppressions", "--until", "2020-01-01"): "Error: --until 2020-01-01 is past\n",
    ("--add-suppressions", "--reason", "a\nb"): "Error: --reason is one line of text\n",
}


@pytest.mark.parametrize("arguments", list(WRONG), ids=[" ".join(key) for key in WRONG])
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "main.tf").write_text(PLAIN)
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stderr) == (2, WRONG[arguments])
    assert (tmp_path / "main.tf").read_text() == PLAIN


def test_a_required_reason_has_to_be_given(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PLAIN)
    (tmp_path / ".iac-imds-lint.toml").write_text("require-reason = true\n")
    done = run(tmp_path, "--add-suppressions")
    assert (done.returncode, done.stderr) == (
        2,
        "Error: the configuration requires a reason: give one with --reason\n",
    )
    assert run(tmp_path, "--add-suppressions", "--reason", "legacy").returncode == 0
