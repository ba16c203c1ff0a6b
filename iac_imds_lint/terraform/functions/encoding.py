"""Functions that encode and decode text.

Source: Terraform language, Functions, "Encoding Functions" and "Hash and Crypto Functions"; JSON is written as Go does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from iac_imds_lint.terraform.contents import TOO_LARGE
from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.numbers import parsed, written
from iac_imds_lint.value import Unknown

_DEEPEST = 50
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
}
_NAMESPACES = ("dns", "url", "oid", "x500")
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ESCAPES = re.compile("[<>&\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class _Uncertain(Exception):  # noqa: N818
    """A number whose digits cannot all be told; it does not leave this module."""


def jsonencode(content: object) -> str | Unknown:
    """The JSON of a value, on one line, its keys sorted."""
    try:
        return "".join(_json(content))
    except _Uncertain:
        return Unknown("a number has more digits than can be told")


def _json(content: object) -> Iterator[str]:
    match content:
        case None:
            yield "null"
        case bool():
            yield "true" if content else "false"
        case int() | float():
            yield _digits(content)
        case str():
            yield quoted(content)
        case Mapping():
            members = (f"{quoted(key)}:{''.join(_json(content[key]))}" for key in sorted(content))
            yield f"{{{','.join(members)}}}"
        case Sequence():
            yield f"[{','.join(''.join(_json(element)) for element in content)}]"
        case _:
            raise _Uncertain


def _digits(number: float) -> str:
    text = written(number)
    if text is None:
        raise _Uncertain
    return text


def quoted(text: str) -> str:
    """A string in JSON as Go writes it."""
    import json

    return _ESCAPES.sub(lambda match: _ESCAPED[match[0]], json.dumps(text, ensure_ascii=False))


def jsondecode(text: str) -> Any:
    """The value that JSON stands for: arrays are tuples, objects objects."""
    import json

    try:
        content = json.loads(text, parse_float=parsed, parse_int=parsed, parse_constant=_constant)
    except RecursionError:
        return TOO_LARGE
    except ValueError as error:
        return refusal(f"the string is no JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error))
    return TOO_LARGE if too_deep(content) else _frozen(content)


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def too_deep(content: object) -> bool:
    """Whether a value is nested so deeply that Python's stack would not do."""
    level = [content]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
    return bool(level)


def _inside(content: object) -> Sequence[object]:
    if isinstance(content, dict):
        return list(content.values())
    return content if isinstance(content, list | tuple) else ()


def _frozen(content: object) -> object:
    match content:
        case str():
            return _SURROGATES.sub("\ufffd", content)
        case list():
            return tuple(map(_frozen, content))
        case dict():
            return {_SURROGATES.sub("\ufffd", key): _frozen(value) for key, value in content.items()}
        case _:
            return content


_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=,|\n|\Z)|([^",\n]*)(?=,|\n|\Z)')


def csvdecode(text: str) -> Any:
    """A list of objects, their attributes named by the first line (RFC 4180, as Go reads it)."""
    rows = _rows(text.replace("\r\n", "\n").removesuffix("\r"))
    if not rows:
        return refusal("the string is no CSV")
    head, *others = rows
    if len(set(head)) < len(head) or any(len(row) != len(head) for row in others):
        return refusal("a column is named twice, or a line has more or fewer fields than the first")
    return [dict(zip(head, row, strict=True)) for row in others]


def _rows(text: str) -> list[list[str]] | None:
    """The lines that are not empty, in fields; None where a quote stands in a bare field, or is not closed."""
    rows: list[list[str]] = []
    row: list[str] = []
    at = 0
    while at < len(text):
        if not row and text[at] == "\n":
            at += 1
            continue
        match = _FIELD.match(text, at)
        if match is None:
            return None
        row.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end() + 1
        if text[match.end() : at] != ",":
            rows.append(row)
            row = []
        elif at == len(text):
            row.append("")
    return [*rows, row] if row else rows


def base64encode(text: str) -> str:
    """The bytes of the text in base64."""
    return _base64(text.encode())


def base64decode(text: str) -> str | Unknown:
    """The text whose bytes are given in base64."""
    return _decoded(text, "utf-8")


def _decoded(text: str, codec: str) -> str | Unknown:
    import base64
    import binascii

    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True).decode(codec)
    except binascii.Error:
        return refusal("the string is no base64")
    except UnicodeDecodeError:
        return refusal("the bytes are no text in that encoding")
    except ValueError:
        return refusal("the string is no base64")


def textencodebase64(text: str, encoding: str) -> str | Unknown:
    """The bytes of the text in an encoding, in base64."""
    codec = _ENCODINGS.get(encoding.lower())
    if codec is None:
        return Unknown(f"the encoding {encoding} is not evaluated")
    try:
        return _base64(text.encode(codec))
    except UnicodeEncodeError:
        return refusal(f"the string cannot be written in {encoding}")


def textdecodebase64(text: str, encoding: str) -> str | Unknown:
    """The text whose bytes in an encoding are given in base64."""
    codec = _ENCODINGS.get(encoding.lower())
    return _decoded(text, codec) if codec else Unknown(f"the encoding {encoding} is not evaluated")


def urlencode(text: str) -> str:
    """The text as part of a query; a space is ``+``."""
    from urllib.parse import quote_plus

    return quote_plus(text, safe="-_.~")


def _digest(algorithm: str, text: str) -> bytes:
    import hashlib

    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()


def digest(algorithm: str) -> Callable[[str], str]:
    """The function of that digest, in hexadecimal digits."""
    return lambda text: _digest(algorithm, text).hex()


def base64digest(algorithm: str) -> Callable[[str], str]:
    """The function of that digest, in base64."""
    return lambda text: _base64(_digest(algorithm, text))


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def uuidv5(namespace: str, name: str) -> str | Unknown:
    """The UUID of a name in a namespace (RFC 4122)."""
    import uuid

    try:
        space = getattr(uuid, f"NAMESPACE_{namespace.upper()}") if namespace in _NAMESPACES else uuid.UUID(namespace)
        return str(uuid.uuid5(space, name))
    except ValueError:
        return refusal("the namespace is neither a known one nor a UUID")


def yamldecode(text: str) -> Any:
    """The value that YAML stands for."""
    from iac_imds_lint.terraform.functions import yaml_documents

    return yaml_documents.decoded(text)


def yamlencode(content: object) -> str | Unknown:
    """The YAML of a value."""
    from iac_imds_lint.terraform.functions import yaml_documents

    return yaml_documents.encoded(content)
