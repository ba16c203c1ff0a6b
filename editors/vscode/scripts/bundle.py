"""Put the server into bundled/libs: the package of this repository, and what it needs on one platform.

Compiled modules carry the Python that they are for in their names, so those for all Pythons lie side by side in one
directory. Wheels are kept in build/wheels, and the package index is asked for them only when requirements.txt or this
script has changed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

HOME = Path(__file__).resolve().parents[1]
PACKAGE = HOME.parents[1] / "iac_imds_lint"
LIBS = HOME / "bundled" / "libs"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

# Targets of vsce: https://code.visualstudio.com/api/working-with-extensions/publishing-extension#platformspecific-extensions
# and the platform tags of the wheels that run there, newest first.
PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "alpine-x64": ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64"),
    "alpine-arm64": ("musllinux_1_2_aarch64", "musllinux_1_1_aarch64"),
    "darwin-x64": ("macosx_12_0_x86_64",),
    "darwin-arm64": ("macosx_12_0_arm64",),
    "win32-x64": ("win_amd64",),
}

# What installers write of a wheel and differs between those of one release, and what is of no use to those who run it.
_DROPPED = re.compile(r"(^|/)tests/|\.dist-info/(RECORD|WHEEL|entry_points\.txt|top_level\.txt)$|\.(c|h|pxd|pyi|pyx)$")


def bundle(target: str) -> None:
    """Make bundled/libs for a target of vsce anew."""
    wheels = _wheels(target)
    shutil.rmtree(LIBS, ignore_errors=True)
    for wheel in wheels:
        _unpack(wheel)
    shutil.copytree(PACKAGE, LIBS / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))


def _wheels(target: str) -> list[Path]:
    kept = HOME / "build" / "wheels" / target
    requirements = (HOME / "requirements.txt").read_text(encoding="utf-8")
    stamp = kept / "complete"
    made_of = hashlib.sha256((requirements + Path(__file__).read_text(encoding="utf-8")).encode()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_of:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        _download(requirements, PLATFORMS[target], kept)
        stamp.write_text(made_of, encoding="utf-8")
    return sorted(kept.glob("*.whl"))


def _download(requirements: str, platforms: tuple[str, ...], to: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--implementation=cp", f"--dest={to}"]
    command += [f"--platform={platform}" for platform in platforms]
    for python in PYTHONS:
        pinned = to / f"requirements-{python}.txt"
        pinned.write_text(_of(python, requirements), encoding="utf-8")
        subprocess.run([*command, f"--python-version={python}", f"--requirement={pinned}"], check=True)


def _of(python: str, requirements: str) -> str:
    """The requirements of one Python, without markers: pip would ask these of the Python that runs it."""
    kept = []
    for requirement in re.split(r"(?<!\\)\n", requirements):
        marker = re.search(r" ; python_full_version < '(\d+)\.(\d+)'(?= \\)", requirement)
        if marker is None or tuple(map(int, python.split("."))) < tuple(map(int, marker.groups())):
            kept.append(requirement.replace(marker[0] if marker else "", ""))
    return "\n".join(kept)


def _unpack(wheel: Path) -> None:
    for name, content in _members(wheel):
        place = LIBS / name
        if place.is_file() and place.read_bytes() != content:
            sys.exit(f"bundle.py: {wheel.name} has another {name} than a wheel before it")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _members(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".data/" in name:
                sys.exit(f"bundle.py: {wheel.name} has {name}, which only an installer can place")
            if not name.endswith("/") and not _DROPPED.search(name):
                yield name, archive.read(name)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PLATFORMS:
        sys.exit(f"usage: bundle.py {'|'.join(PLATFORMS)}")
    bundle(sys.argv[1])
