"""docs/ci: each snippet is what its service reads, and its commands do what the page says, in a repository made for it.

Only what the service provides is stood in for: the installation (what is installed is what is tested), Terraform with
a recorded plan, GitHub's command line. git is git.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.programs import program

TOP = Path(__file__).resolve().parent.parent
PAGES = sorted((TOP / "docs" / "ci").glob("*.md"))
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = {name: text for page in PAGES for language, name, text in FENCE.findall(page.read_text("utf-8")) if name}
PROGRAMS = Path(sys.executable).parent
WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
PLAN = json.dumps(
    {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [
            {
                "address": "aws_instance.x", "mode": "managed", "type": "aws_instance", "name": "x",
                "change": {"actions": ["create"], "after": {"metadata_options": [{"http_tokens": "optional"}]}, "after_unknown": {}},
            }
        ],
    }
)  # fmt: skip
STAND_INS = {
    "pip": "exit 0",
    "gh": 'printf "%s\\n" "$@" > "$RECORDED/gh"',
    "terraform": 'echo "$*" >> "$RECORDED/terraform"; if [ "$1" = show ]; then cat "$RECORDED/plan.json"; fi',
}

needs_command = pytest.mark.skipif(
    shutil.which("bash") is None or not (PROGRAMS / "iac-imds-lint").exists(),
    reason="needs bash, and the command installed beside this Python",
)


class Place(NamedTuple):
    """A repository on a branch with a new bad resource, and where the stand-ins write what they were asked."""

    repository: Path
    recorded: Path

    def run(self, command: str, directory: str = ".", **environment: str) -> tuple[int, str]:
        """Run a line of a snippet as its service does; exit status and all output."""
        path = os.pathsep.join((str(self.recorded / "bin"), str(PROGRAMS), os.environ["PATH"]))
        given = {**os.environ, "PATH": path, "RECORDED": str(self.recorded), "RUNNER_TEMP": str(self.recorded)}
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command], cwd=self.repository / directory, env={**given, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return ran.returncode, ran.stdout


@pytest.fixture
def place(tmp_path: Path) -> Place:
    repository, recorded = tmp_path / "repository", tmp_path / "recorded"
    (repository / "infra").mkdir(parents=True)
    (recorded / "bin").mkdir(parents=True)
    for name, script in STAND_INS.items():
        (recorded / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (recorded / "bin" / name).chmod(0o755)
    (recorded / "plan.json").write_text(PLAN)
    made = Place(repository, recorded)
    (repository / "infra/old.tf").write_text(WEAK.replace('"x"', '"old"'))
    commit(made, "git init -q -b main .")
    (repository / "infra/main.tf").write_text(WEAK)
    commit(made, "git checkout -q -b change")
    return made


def commit(place: Place, first: str) -> None:
    said = "git -c user.name=n -c user.email=e@example.org commit -q -m m"
    status, told = place.run(f"{first} && git add -A && {said}")
    assert status == 0, told


def steps(name: str) -> Iterator[str]:
    """The commands of a snippet, in order."""
    content = yaml.safe_load(NAMED[name])
    if name.startswith(".github/"):
        yield from (one["run"] for one in content["jobs"]["imds"]["steps"] if "run" in one)
    elif name.endswith(".gitlab-ci.yml"):
        yield from content["imds"]["script"]
    elif name == "azure-pipelines.yml":
        yield from (one["script"] for one in content["steps"] if "script" in one)
    else:
        plan = content["workflows"]["imds"]["plan"]["steps"]
        yield from (one["run"] for one in plan if isinstance(one, dict))


SCHEMAS = {
    ".github/": "vendor.github-workflows",
    "gitlab-ci.yml": "vendor.gitlab-ci",
    "azure": "vendor.azure-pipelines",
}


def test_every_snippet_has_a_test() -> None:
    assert set(NAMED) == {
        ".github/workflows/imds.yml", ".github/workflows/imds-changes.yml", ".github/workflows/imds-scanning.yml",
        ".github/workflows/imds-plain.yml", ".github/workflows/imds-comment.yml", ".gitlab-ci.yml",
        "changes/.gitlab-ci.yml", "azure-pipelines.yml", "atlantis.yaml",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMED if name != "atlantis.yaml"])
def test_the_service_reads_it(name: str, tmp_path: Path) -> None:
    """By the schema of SchemaStore or of the service, as check-jsonschema carries it."""
    pytest.importorskip("check_jsonschema")
    (schema,) = [schema for part, schema in SCHEMAS.items() if part in name]
    (tmp_path / "it.yml").write_text(NAMED[name])
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / "it.yml")]
    if "gitlab" in schema:
        command += ["--data-transform", "gitlab-ci"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith(".github/")])
def test_actionlint_finds_nothing(name: str, tmp_path: Path) -> None:
    actionlint = program("actionlint")
    if actionlint is None:
        pytest.skip("actionlint is not installed")
    (tmp_path / "it.yml").write_text(NAMED[name])
    ran = subprocess.run(
        [actionlint, "-no-color", str(tmp_path / "it.yml")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_the_inputs_are_those_of_the_action() -> None:
    inputs = yaml.safe_load((TOP / "action.yml").read_text("utf-8"))["inputs"]
    for name, text in NAMED.items():
        for one in yaml.safe_load(text).get("jobs", {}).get("imds", {}).get("steps", []):
            if one.get("uses", "").startswith("iac-imds-lint/"):
                assert one.get("with", {}).keys() <= inputs.keys(), name
    page = (TOP / "docs/ci/github-actions.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| (.*?) ?\|$", page, re.MULTILINE)
    assert [name for name, _ in rows] == list(inputs)
    shown = {name: default.strip("`") for name, default in rows if default.startswith("`")}
    assert shown == {name: str(one["default"]) for name, one in inputs.items() if one["default"]} | {
        "fail-on": "warning"
    }


@needs_command
def test_github_without_the_action(place: Place) -> None:
    install, check = steps(".github/workflows/imds-plain.yml")
    assert place.run(install) == (0, "")
    status, told = place.run(check)
    assert status == 1
    assert re.findall(r"^::error file=(\S+?),", told, re.MULTILINE) == ["infra/main.tf", "infra/old.tf"]


@needs_command
def test_a_comment_is_written_and_the_job_fails(place: Place) -> None:
    _, check, comment, verdict = steps(".github/workflows/imds-comment.yml")
    assert place.run(check)[0] == 0
    assert place.run(comment, NUMBER="7")[0] == 0
    assert (place.recorded / "gh").read_text().splitlines() == [
        "pr", "comment", "7", "--edit-last", "--create-if-none", "--body-file", str(place.recorded / "imds.md"),
    ]  # fmt: skip
    assert (place.recorded / "imds.md").read_text().startswith("### iac-imds-lint: 2 errors\n")
    assert place.run(verdict)[0] == 1


@needs_command
def test_gitlab(place: Place) -> None:
    _, write, check = steps(".gitlab-ci.yml")
    assert place.run(write)[0] == 0
    report = json.loads((place.repository / "gl-code-quality-report.json").read_text())
    assert [one["location"]["path"] for one in report] == ["infra/main.tf", "infra/old.tf"]
    status, told = place.run(check)
    assert status == 1
    assert " --> infra/main.tf:1:1\n" in told
    artifact: Any = yaml.safe_load(NAMED[".gitlab-ci.yml"])["imds"]["artifacts"]
    assert artifact["reports"]["codequality"] == "gl-code-quality-report.json"


@needs_command
def test_gitlab_only_what_changed(place: Place) -> None:
    _, check = steps("changes/.gitlab-ci.yml")
    _, base = place.run("git rev-parse main")
    status, told = place.run(check, CI_MERGE_REQUEST_DIFF_BASE_SHA=base.strip())
    assert status == 1
    assert re.findall(r"--> (\S+):\d+:\d+$", told, re.MULTILINE) == ["infra/main.tf"]


@needs_command
def test_azure_pipelines(place: Place) -> None:
    _, check = steps("azure-pipelines.yml")
    assert place.run(check)[0] == 1
    assert (place.repository / "imds.xml").read_text().count("<failure") == 2
    publish = yaml.safe_load(NAMED["azure-pipelines.yml"])["steps"][-1]["inputs"]
    assert publish["testResultsFiles"] == "imds.xml"


@needs_command
def test_atlantis(place: Place) -> None:
    show, check = steps("atlantis.yaml")
    variables = {"PLANFILE": "a plan", "SHOWFILE": str(place.recorded / "shown.json")}
    assert place.run(show, "infra", **variables)[0] == 0
    assert (place.recorded / "terraform").read_text() == "show -json a plan\n"
    status, told = place.run(check, "infra", **variables)
    assert status == 1
    assert "aws_instance.x answers IMDSv1" in told
    assert " --> main.tf:1:1\n" in told, "at its place in the configuration"


@needs_command
@pytest.mark.parametrize(
    ("tokens", "status", "asked"),
    [
        ("optional", 1, ["plan -out=tfplan", "show -json tfplan"]),
        ("required", 0, ["plan -out=tfplan", "show -json tfplan", "apply tfplan"]),
    ],
)
def test_a_gate_keeps_apply_from_running(tokens: str, status: int, asked: list[str], place: Place) -> None:
    ((language, _, script),) = FENCE.findall((TOP / "docs/ci/plan-gates.md").read_text("utf-8"))
    assert language == "sh"
    (place.recorded / "plan.json").write_text(PLAN.replace("optional", tokens))
    assert place.run(script, "infra")[0] == status
    assert (place.recorded / "terraform").read_text().splitlines() == asked
