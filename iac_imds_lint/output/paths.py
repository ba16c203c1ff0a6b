"""Paths as other programs read them: from the root of the repository, with slashes, whatever the machine is."""

from __future__ import annotations

import os
from urllib.parse import quote

from iac_imds_lint.output.view import Root


def told(path: str, root: Root) -> str:
    """A path from the root of the repository; one that leads out of it begins with ``..``, or is absolute."""
    return slashed(inside(path, root) or _outside(path, root))


def uri(path: str, root: Root) -> tuple[str, bool]:
    """The percent-encoded reference to a file, and whether it is relative to the root of the repository (RFC 3986)."""
    found = inside(path, root)
    if found is not None:
        return _quoted(slashed(found)), True
    location = _absolute(path, root)
    scheme = _scheme(location)
    # The colon of a drive stays; in a relative reference it would end a scheme.
    return scheme + _quoted(slashed(location), "/:" if scheme else "/"), False


def inside(path: str, root: Root) -> str | None:
    """A path from the root of the repository, with the separators of this machine; None where it leads out of it."""
    location = _absolute(path, root)
    if not root.repository:
        return None if os.path.isabs(location) or _leads_out(location) else location
    begin = os.path.join(root.repository, "")
    is_below = os.path.normcase(location).startswith(os.path.normcase(begin))
    return location[len(begin) :] if is_below else None


def slashed(path: str, separator: str = os.sep) -> str:
    """A path with slashes; a backslash stays where it is a letter of a name."""
    return path.replace(separator, "/")


def _absolute(path: str, root: Root) -> str:
    return os.path.normpath(os.path.join(root.directory, path))


def _outside(path: str, root: Root) -> str:
    location = _absolute(path, root)
    if os.path.isabs(path) or not root.repository:
        return location
    try:
        return os.path.relpath(location, root.repository)
    except ValueError:  # on another drive
        return location


def _scheme(location: str) -> str:
    """What a reference to a file that is named from the root of the machine, or from a drive, begins with."""
    if not os.path.isabs(location):
        return ""
    return "file://" if slashed(location).startswith("/") else "file:///"


def _quoted(path: str, safe: str = "/") -> str:
    """A path, percent-encoded as the bytes that the file system has, whatever they are."""
    try:
        return quote(os.fsencode(path), safe=safe)
    except UnicodeEncodeError:  # half a surrogate pair, which no file system gave us
        return quote(path.encode("utf-8", "replace"), safe=safe)


def _leads_out(location: str) -> bool:
    return location == os.pardir or location.startswith(os.path.join(os.pardir, ""))
