"""The first look at every file: which of them can hold anything of ours. A byte search, nothing is parsed."""

from __future__ import annotations

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import bootscript
from iac_imds_lint.source import Foreign, Problem
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression.words import MARKER
from iac_imds_lint.terraform import plan_scan
from iac_imds_lint.terraform.scan import SUFFIXES, Scanner

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scan import Seen

_scanner = cache(Scanner)
_MARKER = MARKER.encode()
# So many files are searched again where one of them has changed.
_TOGETHER = 50
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


_NOTHING = Scanned((), (), (), ())


def is_native(path: str) -> bool:
    """Whether Terraform reads a file of that name."""
    return path.endswith(SUFFIXES)


def scan(
    paths: Sequence[str], sources: Sources, tick: Callable[[int], None] = lambda _: None, scripts: bool = False
) -> Scanned:
    """Search the files at ``paths``; ``tick`` is called with how many were. ``scripts`` asks for those as well."""
    search = _searched_for_scripts_too if scripts else _searched
    found = []
    for at in range(0, len(paths), _TOGETHER):
        some = tuple(paths[at : at + _TOGETHER])
        found.append(sources.once(search, some))
        tick(len(some))
    return joined(found)


def _searched(sources: Sources, paths: tuple[str, ...]) -> Scanned:
    return joined([sources.alone(_look, path) for path in paths])


def _searched_for_scripts_too(sources: Sources, paths: tuple[str, ...]) -> Scanned:
    return joined([sources.alone(_look_for_scripts_too, path) for path in paths])


def _look_for_scripts_too(sources: Sources, path: str) -> Scanned:
    """What a byte search finds in one file, which may be a script that calls IMDS."""
    data = sources.data(path)
    calls = isinstance(data, bytes) and not is_native(path) and bootscript.may_call(path, data)
    return _look(sources, path)._replace(scripts=(path,) if calls else ())


def _look(sources: Sources, path: str) -> Scanned:
    """What a byte search finds in one file."""
    data = sources.data(path)
    if isinstance(data, Foreign):
        return _NOTHING
    if not isinstance(data, bytes):
        return _NOTHING._replace(problems=(data or Problem(path, "it is gone since it was listed"),))
    if is_native(path):
        found, is_commented = _scanner().scan(path, data), _MARKER in data
        if found is None and not is_commented:
            return _NOTHING
        return _NOTHING._replace(seen=(found,) if found else (), commented=(path,) if is_commented else ())
    if reason := plan_scan.unreadable(data):
        return _NOTHING._replace(problems=(Problem(path, reason),))
    if plan_scan.looks_like_plan(data):
        return _NOTHING._replace(plans=(path,))
    return _NOTHING._replace(templates=(path,)) if _may_be_template(data) else _NOTHING


def once(scanned: Scanned, paths: Sequence[str], root: str = "") -> Scanned:
    """What was found at ``paths``, which begin in ``root``; without scripts that are links to others of these files."""
    links = {one: os.path.realpath(os.path.join(root, one)) for one in scanned.scripts if _is_link(root, one)}
    if not links:
        return scanned
    found = {os.path.realpath(os.path.join(root, path)) for path in paths if not _is_link(root, path)}
    return scanned._replace(scripts=tuple(one for one in scanned.scripts if links.get(one) not in found))


def _is_link(root: str, path: str) -> bool:
    return os.path.islink(os.path.join(root, path))


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
    return _scanner().scan(path, recoded) is not None if is_native(path) else _may_be_template(recoded)


def _may_be_template(data: bytes) -> bool:
    from iac_imds_lint.cloudformation.template import looks_like_template

    return looks_like_template(data)


def joined(parts: Sequence[Scanned]) -> Scanned:
    """Several scans as one."""
    found = [part for part in parts if part is not _NOTHING]
    return Scanned(*map(tuple, map(chain.from_iterable, zip(*found, strict=True)))) if found else _NOTHING
