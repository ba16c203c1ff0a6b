"""What ``terraform init`` downloaded: the modules that ``.terraform/modules/modules.json`` lists.

The file has no published format; its keys are those that Terraform has written since 0.12 (``internal/modsdir``).
"""

from __future__ import annotations

import os.path

from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources

_PLACE = os.path.join(".terraform", "modules")
_NAME = "modules.json"


def read(sources: Sources, root: str) -> dict[str, str]:
    """The directories of the modules that were downloaded for a root module, by the names of the calls, "a.b".

    Empty where there are none, or nothing that can be read.
    """
    from iac_imds_lint.documents import json_reader
    from iac_imds_lint.documents.node import Mapping, Sequence

    place = os.path.join(root, _PLACE)
    source = sources.read(os.path.join(place, _NAME)) if _NAME in sources.names(place) else None
    node = json_reader.read(source) if isinstance(source, SourceFile) else None
    modules = node.get("Modules") if isinstance(node, Mapping) else None
    found: dict[str, str] = {}
    for item in modules.items if isinstance(modules, Sequence) else ():
        if isinstance(item, Mapping):
            key, directory = (getattr(item.get(name), "content", None) for name in ("Key", "Dir"))
            if isinstance(key, str) and isinstance(directory, str) and key:
                found[key] = os.path.normpath(os.path.join(root, directory))
    return found
