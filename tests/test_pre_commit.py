"""The hooks, as pre-commit and prek run them: installed from this repository into a cache of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from iac_imds_lint.discovery import _SUFFIXES
from tests.programs import program
from tests.shell import run

TOP = Path(__file__).resolve().parent.parent
TAG = "v0.0.1"
REQUIRED = 'metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n'
WEAK = 'resource "aws_instance" "x" {\n  ami = "ami-1"\n}\n'
STRONG = WEAK.replace("}\n", f"\n  {REQUIRED}}}\n")
TOKENS = STRONG.replace('"required"', "var.tokens") + 'variable "tokens" {}\n'
BOOTED = STRONG.replace("{\n", '{\n  user_data = file("userdata.sh")\n', 1)
ACCOUNT = 'resource "aws_ec2_instance_metadata_defaults" "all" {\n  http_tokens = "required"\n}\n'
ASKS = "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"

# prek installs by uv, which trusts the system's certificates only where it is told to, as pip does by itself.
CERTIFICATES = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of pytest-xdist have in common: what is slow to make is made once."""
    base = tmp_path_factory.getbasetemp()
    target = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pre-commit"
    target.mkdir(exist_ok=True)
    return target


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """This project as a repository with a tag; the worker that is first has made it."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    if not (TOP / ".git").exists() or not (TOP / "iac_imds_lint").is_dir():
        pytest.skip("the hooks are installed from the source tree, and this is no clone of it")
    target = shared / "source"
    if not target.exists():
        with suppress(OSError):  # another one was faster
            tagged(tmp_path_factory.mktemp("source")).rename(target)
    return target


def tagged(target: Path) -> Path:
    """A copy of this project, committed and tagged."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if not name.startswith(("tests/", "benchmarks/")) and (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(TOP / name, target / name)
    git(target, "init", "--quiet")
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", "all")
    git(target, "tag", TAG)
    return target


@pytest.fixture
def user(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, shared: Path) -> Path:
    """A fresh repository that pins the tag, with both hooks; the tools lock the caches that they share."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(shared / "cache-of-pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(shared / "cache-of-prek"))
    for name, value in CERTIFICATES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))  # where uv is
    top = tmp_path / "user"
    top.mkdir()
    git(top, "init", "--quiet")
    configure(top, source, "  - id: iac-imds-lint\n  - id: iac-imds-lint-fix\n    stages: [manual]\n")
    return top


def git(top: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=top, capture_output=True, text=True, check=True)
    return done.stdout


def configure(top: Path, source: Path, hooks: str) -> None:
    indented = "".join(f"  {line}\n" for line in hooks.splitlines())
    staged(top, ".pre-commit-config.yaml", f"repos:\n- repo: {source}\n  rev: {TAG}\n  hooks:\n{indented}")
    git(top, "commit", "--quiet", "--message", "hooks")


def staged(top: Path, name: str, text: str) -> None:
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    (top / name).write_text(text)
    git(top, "add", name)


def hooked(top: Path, *arguments: str, tool: str = "pre_commit") -> tuple[int, str]:
    """The exit status of pre-commit, or prek, and all that it prints."""
    command = [str(program("prek"))] if tool == "prek" else [sys.executable, "-m", tool]
    # A small stack is a short command line: prek goes by what the system takes, pre-commit by 128 KiB at most.
    command = ["sh", "-c", 'ulimit -s 1024; exec "$@"', "sh", *command, *arguments]
    done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def findings(printed: str) -> list[str]:
    """The lines of the format concise, sorted."""
    return sorted(re.findall(r"^ *(\S+:\d+:\d+: .*IMDS\d+.*)$", printed, re.MULTILINE))


@pytest.fixture(params=["pre_commit", "prek"])
def tool(request: pytest.FixtureRequest) -> str:
    """The module of pre-commit, or the program prek where it can install what hooks need."""
    if request.param == "prek" and not _is_installing():
        pytest.skip("prek, or uv by which it installs, is not installed, or uv reaches no package index")
    return str(request.param)


@cache
def _is_installing() -> bool:
    uv = program("uv")
    if uv is None or program("prek") is None:
        return False
    command = [uv, "pip", "install", "--quiet", "--dry-run", "--python", sys.executable, "--upgrade", "hatchling"]
    return not subprocess.run(command, env=os.environ | CERTIFICATES, capture_output=True, check=False).returncode


def test_a_repository_that_pins_a_tag(user: Path, tool: str) -> None:
    """What only decides a posture fails a commit by itself, too; what has nothing to do with it is not looked at."""
    staged(user, "README.md", "# A project\n")
    status, printed = hooked(user, "run", tool=tool)
    assert (status, "(no files to check)Skipped" in printed) == (0, True), printed
    staged(user, "main.tf", WEAK)
    status, printed = hooked(user, "run", tool=tool)
    assert (status, "error IMDS001 missing-metadata-options: aws_instance.x" in printed) == (1, True), printed
    git(user, "rm", "--cached", "--quiet", "main.tf")
    (user / "main.tf").unlink()
    for directory, text in (("values", TOKENS), ("script", BOOTED), ("strong", STRONG)):
        staged(user, f"{directory}/main.tf", text)
    staged(user, "values/terraform.tfvars", 'tokens = "required"\n')
    staged(user, "script/userdata.sh", "#!/bin/sh\n")
    status, printed = hooked(user, "run", tool=tool)
    assert (status, "Passed" in printed) == (0, True), printed
    git(user, "commit", "--quiet", "--message", "all")
    staged(user, "values/terraform.tfvars", 'tokens = "optional"\n')
    status, printed = hooked(user, "run", tool=tool)
    assert (status, re.findall("IMDS[0-9]+", printed)) == (1, ["IMDS002"]), printed
    git(user, "reset", "--quiet", "--hard")
    staged(user, "script/userdata.sh", ASKS)
    status, printed = hooked(user, "run", tool=tool)
    assert (status, re.findall("IMDS[0-9]+", printed)) == (1, ["IMDS007"]), printed


def test_thirty_old_findings_and_a_new_one(user: Path, source: Path, tool: str) -> None:
    for stack in range(3):
        staged(user, f"stack{stack}/old.tf", "".join(WEAK.replace('"x"', f'"x{number}"') for number in range(10)))
    ran = run(user, "check", "--write-baseline", "imds-baseline.json")
    assert (ran.status, ran.err.splitlines()[0]) == (0, "imds-baseline.json: 30 findings written.")
    configure(user, source, "  - id: iac-imds-lint\n    args: [--baseline, imds-baseline.json]\n")
    git(user, "add", "imds-baseline.json")
    status, printed = hooked(user, "run", "--all-files", tool=tool)
    assert (status, "Passed" in printed) == (0, True), printed
    git(user, "commit", "--quiet", "--message", "a baseline")
    staged(user, "stack1/new.tf", WEAK.replace('"x"', '"new"'))
    staged(user, "stack1/old.tf", "# Moved down.\n" + (user / "stack1/old.tf").read_text())
    status, printed = hooked(user, "run", tool=tool)
    assert (status, re.findall(r"IMDS\d+ .*: (\S+) answers", printed)) == (1, ["aws_instance.new"]), printed


def test_what_a_commit_takes_away(user: Path, source: Path, tool: str) -> None:
    """The tools pass on no file that is gone, and a line that is gone has no place: usage.md says what finds both."""
    by_head = "  - id: iac-imds-lint\n    args: [--diff-base, HEAD]\n    pass_filenames: false\n    always_run: true\n"
    configure(user, source, by_head)
    staged(user, "web/main.tf", WEAK)
    staged(user, "web/account.tf", ACCOUNT)
    git(user, "commit", "--quiet", "--message", "all")
    status, printed = hooked(user, "run", tool=tool)
    assert (status, "Passed" in printed) == (0, True), printed
    git(user, "rm", "--quiet", "web/account.tf")
    status, printed = hooked(user, "run", tool=tool)
    assert (status, re.findall("IMDS[0-9]+", printed)) == (1, ["IMDS001"]), printed
    git(user, "reset", "--quiet", "--hard")
    staged(user, "web/account.tf", "# No default any more.\n")
    status, printed = hooked(user, "run", tool=tool)
    assert (status, re.findall("IMDS[0-9]+", printed)) == (1, ["IMDS001"]), printed


def test_try_repo(user: Path, source: Path, tool: str) -> None:
    staged(user, "main.tf", WEAK)
    status, printed = hooked(user, "try-repo", str(source), "iac-imds-lint", "--all-files", tool=tool)
    assert (status, "error IMDS001 missing-metadata-options: aws_instance.x" in printed) == (1, True), printed


def test_the_hook_that_fixes_leaves_alone_what_is_not_staged(user: Path, tool: str) -> None:
    text = WEAK + "\n" * 10 + 'output "end" {\n  value = 1\n}\n'
    staged(user, "main.tf", text)
    (user / "main.tf").write_text(text.replace("value = 1", "value = 2"))
    arguments = ("run", "--hook-stage", "manual", "iac-imds-lint-fix")
    status, printed = hooked(user, *arguments, tool=tool)
    assert (status, "files were modified by this hook" in printed) == (1, True), printed
    mended = text.replace('"ami-1"\n', f'"ami-1"\n\n  {REQUIRED}')
    assert (user / "main.tf").read_text() == mended.replace("value = 1", "value = 2")
    assert git(user, "show", ":main.tf") == text, "what is staged is the user's to change"
    staged(user, "main.tf", mended)
    assert hooked(user, *arguments, tool=tool)[0] == 0


def test_two_thousand_files_in_batches_give_each_finding_once(user: Path, source: Path, tool: str) -> None:
    """Modules that are called from other batches, so that every batch finds what is in them."""
    configure(user, source, "  - id: iac-imds-lint\n    args: [--output-format, concise]\n    verbose: true\n")
    long = "a-directory-with-a-name-that-is-long-enough-for-a-command-line-to-be-parted-by-it/" * 2
    for number in range(1960):
        name = user / long / f"{number:04}" / "main.tf"
        name.parent.mkdir(parents=True)
        name.write_text(
            f'module "m" {{\n  source = "../../../modules/m{number // 49:02}"\n}}\n' if number % 49 < 2 else ""
        )
    for number in range(40):
        name = user / "modules" / f"m{number:02}" / "main.tf"
        name.parent.mkdir(parents=True)
        name.write_text(WEAK)
    git(user, "add", "--all")
    expected = findings(run(user, "check", "--output-format", "concise").out.decode())
    status, printed = hooked(user, "run", "--all-files", tool=tool)
    assert len(re.findall(r"^ *(?:\d+|No) findings? in \d+ files?\.", printed, re.MULTILINE)) > 1, "several batches"
    assert len(expected) == 40
    assert (status, findings(printed)) == (1, expected), printed


def test_hooks_are_given_what_a_directory_would_give_and_what_decides_it() -> None:
    hooks = TOP / ".pre-commit-hooks.yaml"
    pattern = re.search(r"files: &files '(.*)'$", hooks.read_text(encoding="utf-8"), re.MULTILINE)
    assert pattern is not None
    read = [f"a/b{suffix}" for suffix in (*_SUFFIXES, ".tfvars", ".tfvars.json", ".sh", ".ps1", ".tftpl")]
    read += ["user_data", "modules/web/userdata", "user-data.txt"]
    other = ["a.txt", "atf", "README.md", "main.py", "main.go", "a.tf.bak", "Makefile", "Dockerfile", "my.userdatas"]
    assert [name for name in (*read, *other) if re.search(pattern[1], name)] == read
