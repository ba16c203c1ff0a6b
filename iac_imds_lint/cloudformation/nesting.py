"""Which templates are judged first: those that may nest or include others, which then need none of their own."""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from iac_imds_lint.cloudformation.template import leads_on
from iac_imds_lint.sources import Sources

# Where the path of another file is written out. What this finds too much is judged later, and all the same.
_LEADS = re.compile(rb"""(?:TemplateURL|Location|aws:asset:path)["']?[ \t]*:[ \t]*["']?([^\s"',{}]+)""")


# What may be the name of a file, without directories.
_WORD = re.compile(rb"[\w.-]+\.[A-Za-z]+")


class Plan(NamedTuple):
    """In which order templates are judged: ``first``; then by itself each of ``between`` that turned out to be reached
    by none of those before it, one after the other; then each of ``last`` that was reached by none.
    """

    first: tuple[str, ...]
    between: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


def plan(paths: Iterable[str], sources: Sources) -> Plan:
    """The order for the templates at ``paths``. Where none of them leads to another file, all come first."""
    targets = {path: sources.alone(_targets, path) for path in paths}
    leading = [path for path, led_to in targets.items() if led_to is not None]
    if not leading:
        return Plan(tuple(targets))
    led_to = {target for path in leading for target in targets[path] or () if target != path}
    first = tuple(path for path in leading if path not in led_to)
    between = tuple(path for path in leading if path in led_to)
    return Plan(first, between, tuple(path for path, led_to in targets.items() if led_to is None))


def parents(paths: Iterable[str], templates: Iterable[str], sources: Sources) -> tuple[str, ...]:
    """Of the files at ``paths`` those that may nest one of these templates, or one that does: a search, no parsing."""
    contents = ((path, sources.data(path)) for path in paths)
    words = {path: set(_WORD.findall(data)) for path, data in contents if isinstance(data, bytes) and leads_on(data)}
    naming: dict[bytes, list[str]] = {}
    for path, found in words.items():
        for word in found:
            naming.setdefault(word, []).append(path)
    above: dict[str, None] = {}
    pending = list(templates)
    while pending:
        nesting = naming.get(os.path.basename(pending.pop()).encode(), ())
        new = [path for path in nesting if path not in above]
        above.update(dict.fromkeys(new))
        pending += new
    return tuple(above)


def repeated(nests: Mapping[str, Collection[str]]) -> set[str]:
    """The templates that were judged by themselves though another one turned out to nest them, its location a value.

    ``nests`` are the files that each template nests. Of those that nest each other one stays.
    """
    nested = {path for root, paths in nests.items() for path in paths if path != root}
    counting = {path for root in nests if root not in nested for path in (root, *nests[root])}
    found = {root for root in nests if root in nested and root in counting}
    for root in sorted(nested & nests.keys() - counting):
        if root in counting:
            found.add(root)
        counting.update((root, *nests[root]))
    return found


def _targets(sources: Sources, path: str) -> frozenset[str] | None:
    """The files to which a template leads by a path that is written out; None where it leads nowhere."""
    content = sources.data(path)
    if not isinstance(content, bytes) or not leads_on(content):
        return None
    directory = os.path.dirname(path)
    found = (match.decode("utf-8", "replace") for match in _LEADS.findall(content))
    return frozenset(os.path.normpath(os.path.join(directory, target)) for target in found)
