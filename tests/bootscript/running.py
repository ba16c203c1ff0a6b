"""Runs a script as it is against a stand-in for IMDS, and tells what it does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bootscript.imds_stand_in import Imds, imds

# What scripts call that must not happen here: each is a file that notes its arguments.
_STUBS = ("apt-get aws consul docker hostnamectl logger puppet service shutdown systemctl watch yum").split()
_NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
_SUDO = '#!/bin/sh\nexec "$@"\n'
# "sleep" does not wait; and it ends what would sleep for ever.
_SLEEP = '#!/bin/sh\necho >> "$CALLS.naps"\n[ "$(wc -l < "$CALLS.naps")" -lt 20 ] || kill "$PPID"\n'
NEEDED = ("bash", "curl", "wget", "jq", "python3", "sh")


class Effects(NamedTuple):
    """What a script did: its exit status, what it printed, what it wrote and what it called."""

    status: int
    out: str
    files: tuple[tuple[str, str], ...]
    calls: str

    def __str__(self) -> str:
        files = "".join(f"--- {name}\n{content.rstrip()}\n" for name, content in self.files)
        return f"status {self.status}\n--- stdout\n{self.out.rstrip()}\n--- calls\n{self.calls.rstrip()}\n{files}"


class Ran(NamedTuple):
    """The effects, and how IMDS was asked."""

    effects: Effects
    token_requests: int
    refused: int
    said: str


def skip_unless_possible() -> None:
    """Skip a test, and say why, where a program that scripts call is not on this machine."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")


def run(script: str, directory: Path, required: bool) -> Ran:
    """Run a script in a directory of its own; what has no ``#!`` is a command for ``sh -c``."""
    home, stubs = directory / "home", directory / "stubs"
    home.mkdir(parents=True)
    _write_stubs(stubs)
    file = directory / "script"
    file.write_bytes(script.encode())
    file.chmod(0o755)
    command = [str(file)] if script.startswith("#!") else ["/bin/sh", "-c", script]
    with imds(required) as server:
        ran = subprocess.run(
            command, cwd=home, env=_environment(server, home, stubs), capture_output=True, timeout=60, check=False
        )
        calls = directory / "calls"
        effects = Effects(
            ran.returncode, ran.stdout.decode(), _files(home), calls.read_text() if calls.exists() else ""
        )
        refused = sum(one.status == 401 for one in server.requests)
        return Ran(effects, server.token_requests, refused, ran.stderr.decode())


def _environment(server: Imds, home: Path, stubs: Path) -> dict[str, str]:
    """Nothing of what surrounds the tests."""
    path = os.pathsep.join((str(stubs), os.defpath, *_directories()))
    return {"PATH": path, "HOME": str(home), "CALLS": str(home.parent / "calls"), "LC_ALL": "C.UTF-8"} | {
        "http_proxy": server.proxy,
    }


def _directories() -> list[str]:
    found = (shutil.which(name) for name in NEEDED)
    return list(dict.fromkeys(os.path.dirname(path) for path in found if path))


def _write_stubs(directory: Path) -> None:
    directory.mkdir()
    bodies = {**dict.fromkeys(_STUBS, _NOTE), "sudo": _SUDO, "sleep": _SLEEP}
    for name, body in bodies.items():
        (directory / name).write_text(body)
        (directory / name).chmod(0o755)


def _files(home: Path) -> tuple[tuple[str, str], ...]:
    """What was written, but scripts: a rewrite changes these."""
    every = (path for path in sorted(home.rglob("*")) if path.is_file() and path.suffix != ".sh")
    return tuple((path.relative_to(home).as_posix(), path.read_text()) for path in every)
