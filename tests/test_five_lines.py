"""As a new user would: a repository with 30 old findings, a few lines, and only the new bad resource fails.

The hook is tried in tests/test_pre_commit.py.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.shell import Ran, run

OLD = 30
INSTANCE = 'resource "aws_instance" "{}" {{\n  ami = "a"\n}}\n'
TEMPLATE = 'resource "aws_launch_template" "{}" {{\n  metadata_options {{\n    http_tokens = "optional"\n  }}\n}}\n'
STACK = "Resources:\n" + "".join(
    f"  Old{at}: {{Type: AWS::EC2::Instance, Properties: {{ImageId: a}}}}\n" for at in range(10)
)
NEW = 'resource "aws_launch_template" "new" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
GOOD = 'resource "aws_instance" "good" {\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = "required"\n  }\n}\n'


def git(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty old findings in Terraform and CloudFormation, committed on main."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/main.tf").write_text("".join(INSTANCE.format(f"old{at}") for at in range(10)))
    (tmp_path / "infra/templates.tf").write_text("".join(TEMPLATE.format(f"old{at}") for at in range(10)))
    (tmp_path / "stack.yaml").write_text(STACK)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=old")
    return tmp_path


def change(repository: Path, added: str) -> None:
    """A branch in which old code moves, and ``added`` comes after it."""
    git(repository, "checkout", "--quiet", "-b", "change")
    old = (repository / "infra/templates.tf").read_text()
    (repository / "infra/templates.tf").write_text(f"# A comment\n\n{old}\n{added}")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=new")


def addresses(ran: Ran) -> list[str]:
    return [entry["resource"] for entry in json.loads(ran.out)]


def test_without_a_baseline_everything_is_told(repository: Path) -> None:
    ran = run(repository, "check", "--output-format", "json")
    assert (ran.status, len(addresses(ran))) == (1, OLD)


GATE = ("check", "--baseline", "imds-baseline.json")


@pytest.fixture
def known(repository: Path) -> Path:
    """The repository with a baseline, which is written once and committed."""
    assert run(repository, "check", "--write-baseline", "imds-baseline.json").status == 0
    git(repository, "add", "imds-baseline.json")
    git(repository, "commit", "--quiet", "--message=baseline")
    ran = run(repository, *GATE)
    assert (ran.status, ran.out) == (0, b"")
    return repository


def test_the_gate_fails_for_the_new_resource_only(known: Path) -> None:
    change(known, NEW)
    ran = run(known, *GATE)
    assert ran.status == 1
    assert re.findall(r"^\w+ IMDS\d+ .*$", ran.out.decode(), re.MULTILINE) == [
        'error IMDS002 optional-http-tokens: aws_launch_template.new answers IMDSv1: http_tokens is "optional"'
    ]


def test_the_gate_lets_a_good_resource_through(known: Path) -> None:
    change(known, GOOD)
    ran = run(known, *GATE)
    assert (ran.status, ran.out) == (0, b"")


def test_the_pull_request_shows_it_at_its_line(known: Path) -> None:
    change(known, NEW)
    row = (known / "infra/templates.tf").read_text().split("\n").index('resource "aws_launch_template" "new" {') + 3
    ran = run(known, *GATE, "--output-format", "github")
    annotations = re.findall(r"^::(?!group|endgroup).*$", ran.out.decode(), re.MULTILINE)
    assert ran.status == 1
    assert [one.partition("::aws_")[0] for one in annotations] == [
        f"::error file=infra/templates.tf,line={row},endLine={row},col=19,endColumn=28,title=IMDS002 optional-http-tokens"
    ]


def test_code_scanning_has_it_alone(known: Path) -> None:
    change(known, NEW)
    ran = run(known, *GATE, "--output-format", "sarif")
    results = json.loads(ran.out)["runs"][0]["results"]
    places = [one["locations"][0] for one in results if not one.get("suppressions")]
    assert ran.status == 1
    assert [place["physicalLocation"]["artifactLocation"]["uri"] for place in places] == ["infra/templates.tf"]
    assert [name["fullyQualifiedName"] for name in places[0]["logicalLocations"]] == ["aws_launch_template.new"]


def test_a_comment_has_it_alone(known: Path) -> None:
    change(known, NEW)
    text = run(known, *GATE, "--output-format", "markdown").out.decode()
    assert text.startswith("### iac-imds-lint: 1 error\n")
    assert text.count("<details>") == 1


def test_only_what_changed_needs_no_baseline(repository: Path) -> None:
    change(repository, NEW)
    ran = run(repository, "check", "--diff-base", "main", "--output-format", "json")
    assert (ran.status, addresses(ran)) == (1, ["aws_launch_template.new"])


def test_both_gates_at_once(known: Path) -> None:
    change(known, NEW)
    ran = run(known, *GATE, "--diff-base", "main", "--output-format", "json")
    assert (ran.status, addresses(ran)) == (1, ["aws_launch_template.new"])
    assert "no longer" not in ran.err, "what the change does not touch is still in the baseline's code"
