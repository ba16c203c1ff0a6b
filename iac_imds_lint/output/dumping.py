"""JSON that every reader takes."""

from __future__ import annotations

import json


def dumped(content: object) -> str:
    """The content as indented JSON. What is no character, as the undecoded bytes of a file's name, is a question mark:
    half a surrogate pair is refused by strict readers, and cannot be written as UTF-8.
    """
    return json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"
