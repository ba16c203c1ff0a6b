"""What ``terraform init`` downloaded: the modules that ``.terraform/modules/modules.json`` lists.

The file has no published format; its keys are those that Terraform has written since 0.12 (``internal/modsdir``).
"""

from __future__ import annotations

import os.path
from typing import NamedTuple

from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources

_PLACE = os.path.join(".terraform", "modules")
_NAME = "modules.json"


class Copy(NamedTuple):
    """A module that was downloaded: the directory of the copy, its version where it came from a registry, and the
    source that the call had then.
    """

    directory: str
    version: str
    source: str


def exists(sources: Sources, root: str) -> bool:
    """Whether ``terraform init`` was run in a directory."""
    place = os.path.join(root, _PLACE)
    return _NAME in sources.names(place) and sources.within(place)


def read(sources: Sources, root: str) -> dict[str, Copy]:
    """The modules that were downloaded for a root module, by the names of the calls, "a.b".

    Empty where there are none, or nothing that can be read.
    """
    from iac_imds_lint.documents import json_reader
    from iac_imds_lint.documents.node import Mapping, Sequence

    place = os.path.join(root, _PLACE)
    file = sources.read(os.path.join(place, _NAME)) if exists(sources, root) else None
    node = json_reader.read(file) if isinstance(file, SourceFile) else None
    modules = node.get("Modules") if isinstance(node, Mapping) else None
    found: dict[str, Copy] = {}
    for item in modules.items if isinstance(modules, Sequence) else ():
        if isinstance(item, Mapping):
            key, directory, version, source = (_text(item.get(name)) for name in ("Key", "Dir", "Version", "Source"))
            if key and directory:
                found[key] = Copy(os.path.normpath(os.path.join(root, directory)), version, source)
    return found


def _text(node: object) -> str:
    content = getattr(node, "content", None)
    return content if isinstance(content, str) else ""
