"""Repaired files are still what they were: valid to Terraform's own parser and provider, and to cfn-lint.

The provider is asked by a command that validates a directory and exits with 77 where it cannot; the environment
variable IAC_IMDS_LINT_TERRAFORM_VALIDATE names it. Without the variable, Terraform itself is asked, which needs the
provider in one of its own places on this machine: nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixing import FIXTURES, Case, Fixture, applied
from tests.shell import run, tree

CANNOT = 77
TERRAFORM = [fixture for fixture in FIXTURES if fixture.dialect == "terraform"]
TEMPLATES = [fixture for fixture in FIXTURES if fixture.dialect == "cloudformation"]

# What is not asked of the provider, and why.
NOT_READ = {"stays-unreadable": "it does not parse, which is what it is for"}
NOT_VALID_BEFORE = {"wrong-case": "the repair makes it valid", "stays-migrate-unknown-argument": "which is its subject"}
# Drafts that the provider takes as they are; others name what is no more, until somebody has done the rest by hand.
WHOLE_DRAFTS = {"stays-migrate-no-device", "stays-migrate-root-device"}
_AWSCC = "hashicorp/awscc is not among the providers that are kept for tests"
_CLOUDINIT = "hashicorp/cloudinit is not among them either"
_REGISTRY = "it calls modules of the registry, which is not asked in tests"
_CALLING = [fixture.name for fixture in TERRAFORM if fixture.name.startswith(("module-", "stays-module-"))]
NOT_HERE = dict.fromkeys(_CALLING, _REGISTRY) | {
    "awscc": _AWSCC,
    "awscc-beanstalk": _AWSCC,
    "awscc-objects": _AWSCC,
    "migrate-cloudinit": _CLOUDINIT,
}

_REQUIRED = re.compile(r'^variable "(\w+)" \{((?:(?!^\}|\bdefault\b).)*)^\}', re.MULTILINE | re.DOTALL)

# A needless DependsOn: said by name, and of a group once for each of its references to a template, of which it has two.
_NEEDLESS = "W3005"

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform here")


@needs_terraform
def test_fixtures_are_valid_to_the_provider(tmp_path: Path) -> None:
    """All of them as modules of one configuration: the provider starts once."""
    calls = [call for fixture in TERRAFORM for call in _calls(fixture, tmp_path)]
    (tmp_path / "main.tf").write_text("\n".join(calls), "utf-8")
    validated = _validate(tmp_path)
    if validated.returncode == CANNOT:
        pytest.skip(validated.stdout.strip() or "the command cannot validate here")
    assert validated.returncode == 0, validated.stdout + validated.stderr


def _calls(fixture: Fixture, root: Path) -> Iterator[str]:
    """Calls of a fixture's files as they were and as they are repaired, which are copied to where the calls look."""
    if fixture.name in (*NOT_READ, *NOT_HERE):
        return
    for name, files in _states(fixture).items():
        copy = root / fixture.name / name
        copy.mkdir(parents=True)
        Case(name, files).write(copy)
        for path in copy.glob("*.tofu"):
            path.rename(path.with_suffix(".tf"))
        arguments = [f"  {name} = null" for name in _required(copy)]
        head = f'module "{fixture.name}-{name}" {{\n  source = "./{fixture.name}/{name}"'
        yield "\n".join((head, *arguments, "}\n"))


def _states(fixture: Fixture) -> dict[str, dict[str, bytes]]:
    """The files of a fixture as they were, as they are repaired, and as they are with its drafts, if those are whole."""
    states = {} if fixture.name in NOT_VALID_BEFORE else {"before": tree(fixture.before)}
    if fixture.changes:
        states["after"] = tree(fixture.after)
    if fixture.name in WHOLE_DRAFTS:
        findings = json.loads(run(fixture.after, "check", "--output-format", "json").out)
        for number, found in enumerate(found for found in findings if found["fix"]):
            states[f"draft{number}"] = tree(fixture.after) | applied(tree(fixture.after), found["fix"]["edits"])
    return states


def _required(directory: Path) -> list[str]:
    """The variables that a module has to be called with."""
    texts = (path.read_text("utf-8") for path in sorted(directory.glob("*.tf")))
    return [match[1] for text in texts for match in _REQUIRED.finditer(text)]


def _validate(directory: Path) -> subprocess.CompletedProcess[str]:
    command = os.environ.get("IAC_IMDS_LINT_TERRAFORM_VALIDATE")
    if command:
        return subprocess.run([command, str(directory)], capture_output=True, text=True, check=False)
    # No network: what is not in a mirror or a cache of this machine is not found.
    offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    for step in (("init", "-backend=false", "-input=false"), ("validate",)):
        ran = subprocess.run(
            ["terraform", *step, "-no-color"],
            cwd=directory,
            env={**os.environ, **offline},
            capture_output=True,
            text=True,
            check=False,
        )
        if step[0] == "init" and ran.returncode:
            pytest.skip(
                "terraform finds no AWS provider on this machine; IAC_IMDS_LINT_TERRAFORM_VALIDATE may name a command"
            )
    return ran


@needs_terraform
def test_what_was_formatted_stays_formatted(tmp_path: Path) -> None:
    for fixture in TERRAFORM:
        if fixture.name not in NOT_READ:
            shutil.copytree(fixture.directory, tmp_path / fixture.name)
    for path in tmp_path.rglob("*.tofu"):
        path.rename(path.with_suffix(".tf"))
    command = ["terraform", "fmt", "-recursive", "-list=true", "-write=false"]
    formatted = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    unformatted = {tuple(Path(line).parts) for line in formatted.stdout.splitlines()}
    worse = [
        "/".join((name, which, *rest))
        for name, which, *rest in unformatted
        if which == "after" and (name, "before", *rest) not in unformatted
    ]
    assert worse == []


def test_what_is_left_out_is_there() -> None:
    """A fixture that is renamed must not leave its exception behind."""
    assert {*NOT_READ, *NOT_VALID_BEFORE, *NOT_HERE, *WHOLE_DRAFTS} <= {fixture.name for fixture in TERRAFORM}


@pytest.mark.parametrize("fixture", [f for f in TEMPLATES if f.changes], ids=str)
def test_cfn_lint_has_nothing_new_to_say(fixture: Fixture) -> None:
    pytest.importorskip("cfnlint")
    for name in tree(fixture.after):
        new = _messages(fixture.after / name) - _messages(fixture.before / name)
        assert new == Counter(), f"{fixture}/{name}"


def _messages(path: Path) -> Counter[tuple[str, str]]:
    """What cfn-lint says of a template, how often."""
    from cfnlint import api  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from cfnlint.config import ManualArgs  # type: ignore[import-not-found,import-untyped,unused-ignore]

    matches = api.lint_file(path, ManualArgs(regions=["us-east-1"], include_checks=["I"], configure_rules={}))
    said = Counter((match.rule.id, match.message) for match in matches if match.rule.id != _NEEDLESS)
    return said + Counter({(_NEEDLESS, "") for match in matches if match.rule.id == _NEEDLESS})
