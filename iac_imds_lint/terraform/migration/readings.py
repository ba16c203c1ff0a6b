"""Pieces of a second reading of HCL: blocks, the bare texts of values, and boot scripts in two ways to write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def each(data: Any) -> list[Any]:
    """A block, or a list of them."""
    return [data] if isinstance(data, dict) else [item for item in data if isinstance(item, dict)] if data else []


def leaves(data: Any) -> Iterator[str]:
    """The values of arguments as bare texts, without what quotes and brackets hold them together."""
    waiting = [data]
    while waiting:
        match waiting.pop():
            case dict() as members:
                waiting.extend(members.values())
            case list() as items:
                waiting.extend(items)
            case leaf:
                yield bare(leaf)


def bare(value: Any) -> str:
    """A value without quotes, blanks and the brackets of an interpolation that is all of it."""
    text = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    text = re.sub(r'\\[nrt]|[\s"\\]', "", text)
    return text[2:-1] if text.startswith("${") and text.endswith("}") and text.count("${") == 1 else text


def is_nothing(value: Any) -> bool:
    """Whether a value is null or an empty text, as it is written."""
    return bare(value) in ("", "null")


def _is_encoding(text: str) -> bool | None:
    """Whether what gives a boot script encodes it; None where that is not known of it."""
    if re.match(r"(?:base64encode|base64gzip|filebase64|textencodebase64)\(", text):
        return True
    return False if text.startswith(("#!", "<<")) else None


def is_encoded(old: Any, new: Any) -> bool:
    """Whether a boot script is the same, encoded or not."""
    twice = "base64encode(base64encode("
    if twice in bare(new) and twice not in bare(old):
        return False
    is_encoding = _is_encoding(bare(old))
    same = bare(new).count("base64encode(") == bare(old).count("base64encode(")
    if is_encoding is not None and is_encoding is not same:
        return False
    first, second = (re.sub(r"base64encode|[()]|\$\{|\}", "", bare(one)) for one in (old, new))
    return second in (first, f"{first}==null?null:{first}")
