"""``yamldecode`` and ``yamlencode``.

Source: Terraform language, Functions, ``yamldecode``; what plain scalars are, by its console: booleans are those
of YAML 1.1, numbers those of 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import yaml

from iac_imds_lint.terraform.contents import MOST_ELEMENTS, TOO_LARGE
from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.numbers import parsed, written
from iac_imds_lint.value import Unknown

_MOST_CHARACTERS = 100_000
_DEEPEST = 50
_LONGEST_LINE = 60
_STANDARD = "tag:yaml.org,2002:"
_PLAIN = "plain"
_TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
_FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
_NULL = {"", "~", "null", "Null", "NULL"}
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d.*", re.ASCII)
_BASED = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+)")
_ESCAPES = re.compile(r"[^ !#-\[\]-~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\t": "\\t"}


class _Reader(yaml.SafeLoader):
    """Leaves plain scalars unresolved: what they are is Terraform's to say."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """A mark for plain scalars, a string for others."""
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else f"{_STANDARD}str"
        return f"{_STANDARD}{'seq' if kind is yaml.SequenceNode else 'map'}"


def decoded(text: str) -> Any:
    """The value of the one document in a text."""
    if len(text) > _MOST_CHARACTERS:
        return TOO_LARGE
    if "\t" in text or text.startswith("%"):
        return Unknown("YAML with tabs or directives is not evaluated")
    try:
        node = yaml.compose(text, Loader=_Reader)
    except RecursionError:
        return TOO_LARGE
    except yaml.YAMLError as error:
        return refusal(f"the string is no YAML: {str(error).splitlines()[0]}")
    if node is None:
        return refusal("the string is an empty YAML document")
    nodes = list(islice(_all(node), MOST_ELEMENTS))
    return TOO_LARGE if len(nodes) == MOST_ELEMENTS or max(nodes) > _DEEPEST else _content(node)


def _all(node: yaml.Node) -> Iterator[int]:
    """The depth of every node, of shared ones each time; without end where one holds itself."""
    waiting = [(node, 0)]
    while waiting:
        each, depth = waiting.pop()
        yield depth
        match each.value:
            case list() as inner:
                flat = [one for item in inner for one in (item if isinstance(item, tuple) else (item,))]
                waiting.extend((one, depth + 1) for one in flat)
            case _:
                continue


def _content(node: yaml.Node) -> Any:
    match node:
        case yaml.SequenceNode():
            elements = [_content(each) for each in node.value]
            wrong = _wrong(elements)
            return tuple(elements) if wrong is None else wrong
        case yaml.MappingNode() if node.tag == f"{_STANDARD}map":
            return _mapping(node)
        case yaml.ScalarNode():
            return _scalar(node)
        case _:
            return refusal(f"YAML's {node.tag} is not supported")


def _wrong(contents: Sequence[Any]) -> Unknown | None:
    return next((content for content in contents if isinstance(content, Unknown)), None)


def _mapping(node: yaml.MappingNode) -> Any:
    members: dict[str, Any] = {}
    for key, value in node.value:
        content = _content(value)
        if isinstance(content, Unknown):
            return content
        if key.value == "<<" and key.tag == _PLAIN:
            if not isinstance(content, dict):
                return refusal("only a mapping can be merged by << in YAML")
            members |= content
            continue
        name = _name(key)
        if isinstance(name, Unknown):
            return name
        members[name] = content
    return members


def _name(node: yaml.Node) -> str | Unknown:
    match _content(node):
        case bool() as content:
            return "true" if content else "false"
        case str() as content:
            return content
        case int() | float() as content:
            return written(content) or Unknown("a key has more digits than can be told")
        case Unknown() as unknown:
            return unknown
        case _:
            return refusal("a key in YAML must be a string")


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    match node.tag.removeprefix(_STANDARD):
        case "plain":
            return _resolved(text)
        case "str" | "binary":
            return text
        case "null":
            return None
        case "int" | "float" if isinstance(content := _resolved(text), int | float) and not isinstance(content, bool):
            return content
        case "bool" if isinstance(content := _resolved(text), bool):
            return content
        case _:
            return refusal(f"YAML's {node.tag} is not supported")


def _resolved(text: str) -> Any:
    """What a plain scalar is."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INFINITE.fullmatch(text):
        return refusal("an infinite number in YAML")
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _TIME.fullmatch(text):
        return Unknown("times in YAML are not evaluated")
    if date := _DATE.fullmatch(text):
        return f"{date[1]}-{int(date[2]):02d}-{int(date[3]):02d}T00:00:00Z"
    number = parsed(text)
    return text if number is None else number


def encoded(content: object) -> str | Unknown:
    """The YAML of a value, its strings in quotes, its keys sorted."""
    if content is None or isinstance(content, bool | int | float):
        text = _plain(content)
        return f"{text}\n...\n" if isinstance(text, str) else text
    lines = list(_lines(content))
    wrong = next((line for line in lines if isinstance(line, Unknown)), None)
    return "".join(f"{line}\n" for line in lines) if wrong is None else wrong


def _lines(content: object) -> Iterator[str | Unknown]:
    match content:
        case Mapping() if content:
            for key in sorted(content):
                yield from _member(_plain(key), content[key])
        case list() if content:
            for element in content:
                inner = list(_lines(element))
                yield from (_put("- " if not number else "  ", line) for number, line in enumerate(inner))
        case _:
            yield _plain(content)


def _member(key: str | Unknown, value: object) -> Iterator[str | Unknown]:
    if isinstance(key, Unknown):
        yield key
    elif value and isinstance(value, Mapping | list):
        yield f"{key}:"
        yield from (_put("" if isinstance(value, list) else "  ", line) for line in _lines(value))
    else:
        yield _put(f"{key}: ", _plain(value))


def _put(before: str, line: str | Unknown) -> str | Unknown:
    return line if isinstance(line, Unknown) else before + line


def _plain(content: object) -> str | Unknown:
    match content:
        case None:
            return "null"
        case bool():
            return "true" if content else "false"
        case int() | float():
            return written(content) or Unknown("a number has more digits than can be told")
        case str() if "\n" in content or len(content) > _LONGEST_LINE or not content.isprintable():
            return Unknown("yamlencode() of long strings and of several lines is not evaluated")
        case str():
            return f'"{_ESCAPES.sub(_escaped, content)}"'
        case _:
            return "{}" if isinstance(content, Mapping) else "[]"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _SHORT.get(match[0]) or (f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")
