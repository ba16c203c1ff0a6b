"""The action: its steps run in bash as the runner runs them, with the environment that the runner gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.programs import program

TOP = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((TOP / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
PROGRAMS = Path(sys.executable).parent
WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
STRONG = 'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


class Ran(NamedTuple):
    """What a step left: its status, the log, its outputs, the job summary."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str


def step(name: str, place: Path, inputs: dict[str, str], outputs: dict[str, dict[str, str]]) -> Ran:
    """Run a step's shell; ``inputs`` are those that the workflow gives, ``outputs`` those of the steps before."""
    place.mkdir(exist_ok=True)
    given = {key: value["default"] for key, value in ACTION["inputs"].items()} | inputs
    files = {name: place.parent / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    temporary = place.parent / "temporary"
    temporary.mkdir(exist_ok=True)

    def value(text: str) -> str:
        def of(match: re.Match[str]) -> str:
            kind, _, rest = match[1].partition(".")
            return given[rest] if kind == "inputs" else outputs[rest.split(".")[0]].get(rest.split(".")[2], "")

        return re.sub(r"\$\{\{ (\S+) \}\}", of, text)

    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    environment |= {
        "RUNNER_TEMP": str(temporary),
        "GITHUB_ACTION_PATH": str(TOP),
        **{k: str(v) for k, v in files.items()},
    }
    environment |= {key: value(text) for key, text in STEPS[name].get("env", {}).items()}
    script = place.parent / "step.sh"
    script.write_text(STEPS[name]["run"])
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=place / value(STEPS[name].get("working-directory", ".")), env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    pairs = (line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return Ran(ran.returncode, ran.stdout, dict(pairs), files["GITHUB_STEP_SUMMARY"].read_text())


def checked(place: Path, **inputs: str) -> Ran:
    """The step that lints, with these inputs; dashes are underscores here."""
    if not (PROGRAMS / "iac-imds-lint").exists():
        pytest.skip("the command is not installed beside this Python")
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    return step("Check", place, named, {"install": {"programs": str(PROGRAMS)}})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checked-out repository."""
    directory = tmp_path / "repo"
    (directory / "infra").mkdir(parents=True)
    (directory / ".git").mkdir()
    (directory / "infra/main.tf").write_text(WEAK)
    return directory


def test_findings_are_annotated_and_summarised(place: Path) -> None:
    ran = checked(place)
    assert ran.status == 0, "the verdict is the last step's"
    assert ran.outputs == {"exit-status": "1", "findings": "1"}
    assert ran.log.startswith("::error file=infra/main.tf,line=1,endLine=1,")
    assert "1 finding in 1 file. 1 fixable with --fix.\n" in ran.log
    assert ran.summary.startswith("### iac-imds-lint: 1 error\n")


def test_a_clean_repository(place: Path) -> None:
    (place / "infra/main.tf").write_text(STRONG)
    ran = checked(place)
    assert (ran.status, ran.outputs) == (0, {"exit-status": "0", "findings": "0"})
    assert "::error" not in ran.log
    assert ran.summary == "**iac-imds-lint**: No findings in 1 file.\n"


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_the_verdict_is_the_status_of_the_command(status: int, place: Path) -> None:
    assert step("Verdict", place, {}, {"check": {"exit-status": str(status)}}).status == status


def test_where_something_cannot_be_read_the_rest_is_reported(place: Path) -> None:
    (place / "infra/bad.tf").write_bytes(b'resource "aws_instance" "y" { # \xff\n}\n')
    ran = checked(place)
    assert ran.outputs == {"exit-status": "3", "findings": "1"}
    assert "- not judged: <code>infra/bad.tf</code>: not UTF-8" in ran.summary
    assert "::error file=infra/bad.tf,title=iac-imds-lint could not read this::not UTF-8" in ran.log


def test_wrong_use_is_told_and_nothing_else_is_done(place: Path) -> None:
    ran = checked(place, paths="infar")
    assert (ran.status, ran.outputs, ran.summary) == (0, {"exit-status": "2"}, "")
    assert "infar" in ran.log


def test_a_wrong_format_is_told(place: Path) -> None:
    ran = checked(place, output_format="sarfi")
    assert (ran.status, ran.outputs, ran.summary) == (0, {"exit-status": "2"}, "")
    assert "'sarfi' is no format" in ran.log


def test_the_format_has_an_input_and_is_no_argument(place: Path) -> None:
    ran = checked(place, args="--output-format=concise\n--output-file=x")
    assert ran.outputs == {"exit-status": "1", "findings": "1"}
    assert ran.log.startswith("::error file=infra/main.tf")
    assert not (place / "x").exists(), "nothing but what has an input is written"


def test_an_input_may_be_a_block_of_yaml(place: Path) -> None:
    ran = checked(place, sarif_file="out.sarif\n")
    assert ran.outputs == {"exit-status": "1", "findings": "1", "sarif-file": str(place / "out.sarif")}


def test_paths_and_arguments_are_one_a_line(place: Path) -> None:
    for name in ("with blank", "-dash", "other"):
        (place / name).mkdir()
        (place / name / "main.tf").write_text(WEAK)
    ran = checked(place, paths="with blank\n-dash\n", args="--select=IMDS001\n--var\na=b c\n", output_format="concise")
    assert re.findall(r"^(.*):1:1: ", ran.log, re.MULTILINE) == ["-dash/main.tf", "with blank/main.tf"]
    assert "--var a: no root module here declares" in ran.log


def test_a_working_directory(place: Path) -> None:
    assert "::error file=infra/main.tf,line=1," in checked(place, working_directory="infra").log


def test_options_have_inputs(place: Path) -> None:
    (place / "strict.toml").write_text('select = ["IMDS003"]\n')
    assert checked(place, config="strict.toml").outputs["findings"] == "0"
    (place / "infra/main.tf").write_text(
        'variable "t" {}\nresource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = var.t\n  }\n}\n'
    )
    assert checked(place).outputs == {"exit-status": "1", "findings": "1"}
    assert checked(place, fail_on="error").outputs == {"exit-status": "0", "findings": "1"}


def test_no_summary_where_none_is_wanted(place: Path) -> None:
    assert checked(place, summary="false").summary == ""


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [({"sarif_file": "out.sarif"}, "repo/out.sarif"), ({"upload_sarif": "true"}, "temporary/iac-imds-lint.sarif")],
)
def test_sarif_is_written_where_it_is_asked_for(inputs: dict[str, str], expected: str, place: Path) -> None:
    ran = checked(place, **inputs)
    assert ran.outputs["sarif-file"] == str(place.parent / expected)
    content = json.loads((place.parent / expected).read_text())
    assert [result["ruleId"] for result in content["runs"][0]["results"]] == ["IMDS001"]


@pytest.mark.parametrize("text", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '"])
def test_an_input_is_never_run(text: str, place: Path) -> None:
    refused = checked(place, paths=text, config=text, baseline=text, args=text, fail_on=text, output_format=text)
    assert refused.outputs == {"exit-status": "2"}
    assert checked(place, summary=text, sarif_file=text, upload_sarif=text).outputs["sarif-file"] == str(place / text)
    assert not list(place.parent.rglob("pwned"))


def test_an_input_is_no_output(place: Path) -> None:
    """The last word on an output counts, and the verdict is one."""
    ran = checked(place, sarif_file="a\nexit-status=0")
    assert (ran.status, ran.outputs) == (0, {"exit-status": "2"})
    assert ran.log.startswith("::error title=iac-imds-lint::sarif-file, ")


def test_what_is_suppressed_does_not_count(place: Path) -> None:
    (place / "infra/main.tf").write_text(f"# iac-imds-lint: ignore[IMDS001] a lab\n{WEAK}")
    assert checked(place, args="--show-suppressed").outputs == {"exit-status": "0", "findings": "0"}


@pytest.mark.parametrize(("upload", "results"), [("true", 0), ("false", 1)])
def test_what_is_suppressed_is_not_uploaded(upload: str, results: int, place: Path) -> None:
    """Code scanning knows no suppressions: they would be open alerts there."""
    (place / "infra/main.tf").write_text(f"# iac-imds-lint: ignore[IMDS001] a lab\n{WEAK}")
    ran = checked(place, args="--show-suppressed", sarif_file="out.sarif", upload_sarif=upload)
    assert (ran.outputs["exit-status"], "a lab" in ran.summary) == ("0", True)
    assert len(json.loads((place / "out.sarif").read_text("utf-8"))["runs"][0]["results"]) == results


def test_no_expression_stands_in_a_script() -> None:
    """It would be put there before bash reads it."""
    assert [name for name, one in STEPS.items() if "${{" in one.get("run", "")] == []


@pytest.mark.parametrize("output_format", ["github", "concise", "full"])
def test_a_name_in_the_repository_is_no_command(output_format: str, place: Path) -> None:
    (place / "a\n::add-mask::b").mkdir()
    (place / "a\n::add-mask::b/main.tf").write_text(WEAK)
    (place / "a\n::add-mask::b/bad.tf").write_bytes(b'resource "aws_instance" "y" { # \xff\n}\n')
    token, taken = "", []
    for line in checked(place, output_format=output_format).log.splitlines():
        stopped = re.match(r"::stop-commands::(\w+)$", line)
        if token:
            token = "" if line == f"::{token}::" else token
        elif stopped:
            token = stopped[1]
        elif line.lstrip().startswith("::"):
            taken.append(line.lstrip()[2:].split(" ")[0].split("::")[0])
    assert token == "", "commands are read again"
    assert set(taken) == ({"error", "group", "endgroup"} if output_format == "github" else set())


def test_the_token_cannot_be_foreseen(place: Path) -> None:
    tokens = re.findall(r"::stop-commands::(\w+)", checked(place).log + checked(place).log)
    assert len(tokens) == len(set(tokens)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", token) for token in tokens)


@pytest.mark.skipif(not (TOP / "iac_imds_lint").is_dir(), reason="the source is not beside the tests")
def test_it_installs_itself_and_nothing_of_the_repository_is_imported(place: Path) -> None:
    for name in ("venv.py", "pip.py", "click.py", "json.py"):
        (place / name).write_text("open('imported', 'w')\n")
    ran = step("Install", place, {}, {})
    if ran.status and "Could not find a version" in ran.log:
        pytest.skip("there is no package index here")
    assert ran.status == 0, ran.log
    done = step("Check", place, {}, {"install": ran.outputs})
    assert done.outputs == {"exit-status": "1", "findings": "1"}
    assert not (place / "imported").exists()


def test_the_action_is_what_github_reads() -> None:
    """Its schema of SchemaStore, as check-jsonschema carries it."""
    pytest.importorskip("check_jsonschema")
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-actions",
        str(TOP / "action.yml"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.skipif(program("zizmor") is None, reason="zizmor is not installed")
def test_zizmor_finds_nothing() -> None:
    command = [str(program("zizmor")), "--offline", "--no-progress", "--persona", "auditor", str(TOP / "action.yml")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_other_actions_are_pinned_by_commit() -> None:
    used = [one["uses"] for one in STEPS.values() if "uses" in one]
    assert used == ["github/codeql-action/upload-sarif@8aad20d150bbac5944a9f9d289da16a4b0d87c1e"]
    assert STEPS["Upload SARIF"]["if"] == "inputs.upload-sarif == 'true' && steps.check.outputs.sarif-file != ''"


@pytest.mark.skipif(program("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "install.sh").write_text(f"#!/usr/bin/env bash\n{STEPS['Install']['run']}")
    for script in (TOP / "action" / "check.sh", tmp_path / "install.sh"):
        ran = subprocess.run(
            [str(program("shellcheck")), "--shell=bash", str(script)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout
