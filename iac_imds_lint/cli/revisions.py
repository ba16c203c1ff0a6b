"""Which commit a change is compared with: the one at which the work tree left the revision that the user names."""

from __future__ import annotations

import os
import re

from iac_imds_lint.cli.git import Repository
from iac_imds_lint.errors import UsageError
from iac_imds_lint.nearest import nearest

_HASH = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
# How actions/checkout is asked for all commits; by itself it fetches one.
_ALL_COMMITS = "with actions/checkout, set fetch-depth: 0"


def merge_base(revision: str, held: Repository) -> str:
    """The commit. Raises UsageError with what to do where there is none."""
    if not _commit("HEAD", held):
        raise UsageError("--diff-base: this repository has no commit yet, so that there is nothing to compare with")
    commit = "" if revision.startswith("-") or not revision.strip("\0 ") else _commit(revision, held)
    if not commit:
        raise UsageError(f"--diff-base: {_unknown(revision, held)}")
    ended = held.tried("merge-base", commit, "HEAD")
    if ended.returncode:
        raise UsageError(f"--diff-base: {_unrelated(revision, held)}")
    return ended.stdout.decode().split()[0]


def _commit(revision: str, held: Repository) -> str:
    """The name of the commit that a revision stands for; empty where there is none."""
    ended = held.tried("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return "" if ended.returncode else ended.stdout.decode().strip()


def _unknown(revision: str, held: Repository) -> str:
    """Why a revision is not known, and what would make it so."""
    if ".." in revision:
        return f"{revision} is a range: name the one revision to compare with"
    told = f"git knows no revision {revision!r}"
    references = os.fsdecode(held.run("for-each-ref", "--format=%(refname:short)")).split()
    if (near := nearest(revision, references)) and not _HASH.fullmatch(revision):
        told += f" (the nearest is {near})"
    fetched = _fetched(revision, os.fsdecode(held.run("remote")).split())
    fetched = f"; fetch it: {fetched}" if fetched else ""
    shallow = f"; {_ALL_COMMITS}" if _is_shallow(held) else ""
    return told + fetched + shallow


def _fetched(revision: str, remotes: list[str]) -> str:
    """The command that fetches a revision; empty where none is known to."""
    if revision.startswith("-") or re.search(r"[\s~^:?*\[\\@]", revision):
        return ""
    if _HASH.fullmatch(revision):
        return f"git fetch {remotes[0]} {revision}" if remotes else ""
    remote, _, branch = revision.partition("/")
    if remote in remotes and branch:
        return f"git fetch {remote} {branch}:refs/remotes/{revision}"
    return ""


def _unrelated(revision: str, held: Repository) -> str:
    """Why there is no commit at which a revision was left."""
    if _is_shallow(held):
        return (
            f"this clone is shallow and does not reach the commit at which HEAD left {revision}: "
            f"run git fetch --deepen=1000 or git fetch --unshallow; {_ALL_COMMITS}"
        )
    return f"HEAD and {revision} have no commit in common"


def _is_shallow(held: Repository) -> bool:
    return held.run("rev-parse", "--is-shallow-repository").strip() == b"true"
