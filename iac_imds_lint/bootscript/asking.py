"""Whether a URL asks IMDS, and for what.

Sources: EC2 User Guide, instancedata-data-retrieval (addresses, versions and categories). Other clouds answer at the
same address under other paths: Azure /metadata, Google /computeMetadata, OpenStack /openstack, Oracle /opc.
"""

from __future__ import annotations

import re

from iac_imds_lint.bootscript.hosts import HOST, TOKEN_HEADER
from iac_imds_lint.texts import STAND_IN

TOKEN_PATH = "latest/api/token"
_URL = re.compile(rf"\s*(?:https?://)?{HOST}(?::\d+)?(?P<path>(?:/[^\s\"'`<>|]*)?)\s*\Z", re.IGNORECASE)
_VERSION = re.compile(r"(?:latest|1\.0|\d{4}-\d\d-\d\d|)\Z")
_OTHER_CLOUDS = re.compile(r"metadata-flavor|metadata[\"']?\s*[:=]+>?\s*[\"']?true", re.IGNORECASE)
_HEADER = re.compile(re.escape(TOKEN_HEADER) + r"(?!-ttl)", re.IGNORECASE)


def asked(url: str) -> str | None:
    """The path that a URL asks IMDS for, without its first slash, as far as it is known; None where it asks another.

    The token itself is not asked for: to request it is what version 2 does.
    """
    found = _URL.match(url)
    if found is None:
        return None
    return asked_path(found["path"])


def asked_path(path: str) -> str | None:
    """The same for a path of the host."""
    path = re.sub("/{2,}", "/", path).lstrip("/").partition("?")[0]
    if path.rstrip("/").lower() == TOKEN_PATH:
        return None
    version = path.partition("/")[0]
    if not _VERSION.match(version) and STAND_IN not in version:
        return None
    return path.partition(STAND_IN)[0].rstrip("/")


def names_token(text: str) -> bool:
    """Whether a text names the header that carries a token."""
    return _HEADER.search(text) is not None


def is_of_token(text: str) -> bool:
    """Whether a text shows that its author knows of tokens: their header, or the path to request one."""
    lower = text.lower()
    return TOKEN_HEADER.lower() in lower or "api/token" in lower


def is_of_another_cloud(text: str) -> bool:
    """Whether a text names a header that Azure or Google want."""
    return _OTHER_CLOUDS.search(text) is not None
