"""URIs and the paths that they name. What is no file (``untitled:``, ``git:``, a notebook's cell) has none."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from urllib.parse import quote, unquote_to_bytes

_IS_WINDOWS = os.name == "nt"

# RFC 8089: "file:/path", "file:///path" and "file://host/path"; a query or a fragment names no file.
_FILE = re.compile(r"(?i:file):(?://(?P<host>[^/?#]*))?(?P<path>/[^?#]*)")
_DRIVE = re.compile(r"[/\\]?([A-Za-z]):(?=[/\\]|$)")


def path_of(uri: str, windows: bool = _IS_WINDOWS) -> str:
    """The absolute path of the file that a URI names, as the system writes it; the URI itself where it names none.

    Drive letters are small, as VS Code sends them.
    """
    match = _FILE.match(uri)
    if match is None:
        return uri
    host, path = _decoded(match["host"] or ""), _decoded(match["path"])
    is_remote = host.lower() not in ("", "localhost")
    if "\0" in host + path or (is_remote and not windows):
        return uri
    if windows:
        return _windows_path(f"//{host}{path}" if is_remote else path)
    return posixpath.normpath(f"/{path.lstrip('/')}")


def uri_of(path: str, windows: bool = _IS_WINDOWS) -> str:
    """The URI of a file at an absolute path."""
    if not windows:
        return f"file://{quote(os.fsencode(path))}"
    path = path.replace("\\", "/")
    drive = _DRIVE.match(path)
    if drive is not None:
        return f"file:///{drive[1].lower()}:{quote(path[drive.end() :])}"
    return f"file:{quote(path)}" if path.startswith("//") else f"file://{quote(path)}"


def _decoded(part: str) -> str:
    # A name that is not UTF-8 is percent-encoded, and what Python makes of it leads to the file.
    return unquote_to_bytes(part.encode("utf-8", "replace")).decode("utf-8", "surrogateescape")


def _windows_path(path: str) -> str:
    drive = _DRIVE.match(path)
    if drive is None:
        return ntpath.normpath(path)
    return ntpath.normpath(f"{drive[1].lower()}:{path[drive.end() :] or '/'}")
