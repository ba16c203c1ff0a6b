"""The image: pinned, without root, and its installation works here as it does there. No image is built: see hadolint."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import program

TOP = Path(__file__).resolve().parent.parent
DOCKERFILE = (TOP / "Dockerfile").read_text(encoding="utf-8")
REQUIREMENTS = (TOP / "requirements-image.txt").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """The instructions, lines that go on joined."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in re.sub(r" \\\n\s+", " ", "\n".join(lines)).splitlines()]  # type: ignore[misc]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def test_the_base_is_pinned_by_its_hash_and_the_same_in_both_stages() -> None:
    build, final = of("FROM")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", final)
    assert build == f"{final} AS build"


def test_it_runs_without_root_in_the_mounted_directory() -> None:
    after = instructions()[[name for name, _ in instructions()].index("USER") :]
    assert after == [
        ("USER", "10001"),
        ("WORKDIR", "/src"),
        ("ENTRYPOINT", '["iac-imds-lint"]'),
        ("CMD", '["check"]'),
    ]


def test_git_is_there_and_takes_a_repository_of_another_owner() -> None:
    (system,) = [run for run in of("RUN") if "apt-get" in run]
    assert "--no-install-recommends git" in system
    assert "git config --system --add safe.directory '*'" in system
    assert "rm -rf /var/lib/apt/lists/*" in system


def test_all_that_is_installed_is_pinned_by_hash_and_nothing_of_the_dependencies_is_missing() -> None:
    pinned = re.findall(r"^([\w.-]+)==\S+(?: ; .*)? \\$", REQUIREMENTS, re.MULTILINE)
    blocks = re.split(r"^(?=[\w.-]+==)", REQUIREMENTS, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    pyproject = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.findall(
        r'^    "([\w-]+)>=[\d.]+",$', pyproject.partition("dependencies = [")[2].partition("]")[0], re.MULTILINE
    )
    assert {name.lower() for name in wanted} | {"hatchling"} <= {name.lower() for name in pinned}
    assert "://" not in REQUIREMENTS, "no index is named"


def test_only_what_the_package_is_made_of_goes_into_the_build() -> None:
    rules = [line for line in (TOP / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*", "all is left out but what follows"
    taken = {line[1:].rstrip("/") for line in rules if line.startswith("!")}
    assert taken == {"iac_imds_lint", "pyproject.toml", "README.md", "LICENSE", "requirements-image.txt"}


@pytest.mark.skipif(not (TOP / "iac_imds_lint").is_dir(), reason="the source is not beside the tests")
@pytest.mark.skipif(sys.version_info < (3, 11), reason="what is pinned is for the Python of the image")
def test_its_installation_works(tmp_path: Path) -> None:
    """The commands of the first stage, on what .dockerignore lets through, in other directories."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, source)
    shutil.copytree(TOP / "iac_imds_lint", source / "iac_imds_lint", ignore=shutil.ignore_patterns("__pycache__"))
    places = {
        "/opt/iac-imds-lint": target,
        "/tmp/requirements-image.txt": TOP / "requirements-image.txt",
        "/tmp/source": source,
    }
    for run in of("RUN")[:2]:
        command = run.replace("python -m venv", f"{sys.executable} -m venv")
        for place, here in places.items():
            command = command.replace(place, str(here))
        done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, check=False)
        if "No matching distribution" in done.stderr or "Connection" in done.stderr:
            pytest.skip("the package index here does not have what is pinned")
        assert done.returncode == 0, done.stderr
    (tmp_path / "main.tf").write_text('resource "aws_instance" "x" {\n}\n')
    ran = subprocess.run(
        [target / "bin/iac-imds-lint", "check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "IMDS001" in ran.stdout
    assert not (target / "bin/pip").exists(), "nothing can be installed afterwards"


@pytest.mark.skipif(program("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_finds_nothing() -> None:
    ran = subprocess.run(
        [str(program("hadolint")), str(TOP / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
