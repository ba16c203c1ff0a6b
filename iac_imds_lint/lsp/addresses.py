"""URIs and the paths that they name."""

from __future__ import annotations

import os.path

from pygls import uris


def path_of(uri: str) -> str:
    """The absolute path of the file that a URI names; the URI itself where it names none."""
    try:
        path = uris.to_fs_path(uri)
    except ValueError:  # what urllib says of a host that is none
        return uri
    return os.path.normpath(path) if path and os.path.isabs(path) and "\0" not in path else uri


def uri_of(path: str) -> str:
    """The URI of a file, by its absolute path."""
    return uris.from_fs_path(path) or ""
