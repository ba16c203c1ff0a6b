"""The first look at every file: which of them can hold anything of ours. A byte search, nothing is parsed."""

from __future__ import annotations

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import bootscript
from iac_imds_lint.source import Foreign, Problem
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression.words import MARKER
from iac_imds_lint.terraform import plan_scan
from iac_imds_lint.terraform.scan import SUFFIXES, Scanner

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scan import Seen

_MARKER = MARKER.encode()
_NOT_UTF_8 = "not UTF-8 but UTF-16: convert it"


class Scanned(NamedTuple):
    """What a byte search found: Terraform files with what they hold, files that may be templates or plans, files with
    ignore comments, and what could not be read; and scripts that may call IMDS, where these were asked for.
    """

    seen: tuple[Seen, ...]
    templates: tuple[str, ...]
    commented: tuple[str, ...]
    problems: tuple[Problem, ...]
    plans: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


def is_native(path: str) -> bool:
    """Whether Terraform reads a file of that name."""
    return path.endswith(SUFFIXES)


def scan(
    paths: Sequence[str], sources: Sources, tick: Callable[[], None] = lambda: None, scripts: bool = False
) -> Scanned:
    """Search the files at ``paths``; ``tick`` is called once for each. ``scripts`` asks for those as well."""
    scanner = Scanner()
    seen, templates, commented, problems, plans, calling = [], [], [], [], [], []
    for path in paths:
        tick()
        data = sources.data(path)
        if isinstance(data, Foreign):
            continue
        if not isinstance(data, bytes):
            problems.append(data or Problem(path, "it is gone since it was listed"))
            continue
        calling += [path] if scripts and not is_native(path) and bootscript.may_call(path, data) else []
        if is_native(path):
            found = scanner.scan(path, data)
            seen += [found] if found is not None else []
            commented += [path] if _MARKER in data else []
        elif reason := plan_scan.unreadable(data):
            problems.append(Problem(path, reason))
        elif plan_scan.looks_like_plan(data):
            plans.append(path)
        elif _may_be_template(data):
            templates.append(path)
    return Scanned(
        tuple(seen), tuple(templates), tuple(commented), tuple(problems), tuple(plans), _once(calling, paths)
    )


def _once(scripts: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """The scripts, without links to files that are looked at anyway."""
    if not any(map(os.path.islink, scripts)):
        return tuple(scripts)
    found = {os.path.realpath(path) for path in paths if not os.path.islink(path)}
    return tuple(one for one in scripts if not os.path.islink(one) or os.path.realpath(one) not in found)


def in_another_encoding(paths: Sequence[str], sources: Sources) -> tuple[Problem, ...]:
    """The files, of those that the user named, that would hold something of ours if they were not UTF-16."""
    contents = ((path, sources.data(path)) for path in paths)
    return tuple(
        Problem(path, _NOT_UTF_8) for path, data in contents if isinstance(data, bytes) and _is_ours(path, data)
    )


def _is_ours(path: str, data: bytes) -> bool:
    if not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or plan_scan.unreadable(data):
        return False
    recoded = data.decode("utf-16", "replace").encode("utf-8", "replace")
    return Scanner().scan(path, recoded) is not None if is_native(path) else _may_be_template(recoded)


def _may_be_template(data: bytes) -> bool:
    from iac_imds_lint.cloudformation.template import looks_like_template

    return looks_like_template(data)


def joined(parts: Sequence[Scanned]) -> Scanned:
    """Several scans as one."""
    return Scanned(
        tuple(seen for part in parts for seen in part.seen),
        tuple(path for part in parts for path in part.templates),
        tuple(path for part in parts for path in part.commented),
        tuple(problem for part in parts for problem in part.problems),
        tuple(path for part in parts for path in part.plans),
        tuple(path for part in parts for path in part.scripts),
    )
