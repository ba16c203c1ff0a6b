"""What a boot script in Terraform may be: base64 already, which a configuration passed on, or text, which it encoded.

Sources: the documentation of the functions and of the data sources; the provider, which encodes what does not decode.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.migration.leaves import leaves, within, words
from iac_imds_lint.terraform.migration.values import Holds, Reader, evaluated, is_coalesced, named, of_text
from iac_imds_lint.terraform.syntax import Call, Expression, Literal, Template, Tuple
from iac_imds_lint.value import Value

_ENCODING = frozenset({"base64encode", "base64gzip", "filebase64", "textencodebase64"})
# Functions that make text, whatever is put into it.
_WRITING = frozenset(
    {"templatefile", "templatestring", "jsonencode", "yamlencode", "base64decode", "textdecodebase64", "file"}
)
_WHOLE = _ENCODING | _WRITING
_CLOUD_INIT = ("cloudinit_config", "template_cloudinit_config")
# Data sources whose attributes are plain text.
_TEXTS = frozenset({"template_file", "ignition_config", "local_file", "http", "aws_s3_object", "aws_s3_bucket_object"})
_VERB = re.compile(r"%[-+ #0-9.\[\]*]*[a-zA-Z%]")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\r\n]")
_NOTHING = Holds(0)
_EITHER = Holds.PLAIN | Holds.ENCODED
_SCRIPT = "the user data"


class Held(NamedTuple):
    """What a script may be, and what had to be guessed of: references, as they are written.

    ``mixed`` says that something in base64 is put into it, and that it cannot be told what comes of that.
    """

    holds: Holds
    guessed: tuple[str, ...] = ()
    mixed: bool = False


def read(module: Module, expression: Expression, values: Sequence[Value]) -> Held:
    """What a script may be; ``values`` are what the instances have for it."""
    reader = _Scripts(module)
    found = [reader.leaf(leaf) for leaf in leaves(module, expression)]
    known = evaluated(values)
    if known & _EITHER and not known & Holds.GUESSED:
        found = [_beside(one, is_alone=len(found) == 1) for one in found]
    holds = known & ~Holds.GUESSED
    for one in found:
        holds |= one.holds
    if is_coalesced(expression):
        holds &= ~Holds.NULL
    guessed = tuple(dict.fromkeys(name for one in found for name in one.guessed))
    return Held(holds, guessed, any(one.mixed for one in found))


def _beside(leaf: Held, is_alone: bool) -> Held:
    """What is to be thought of a leaf where it is known what the script is: of others, what is certain."""
    if is_alone or leaf.mixed or leaf.holds & Holds.GUESSED:
        return Held(leaf.holds & Holds.NULL)
    return leaf


class _Scripts:
    """Reads the leaves of scripts in one module."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def leaf(self, leaf: Expression) -> Held:
        """What one of the expressions may be that a script may come to."""
        match leaf:
            case Literal(_, None):
                return Held(Holds.NULL)
            case Literal(_, content):
                return Held(of_text(str(content)))
            case Call(_, name) if name in _ENCODING:
                return Held(Holds.ENCODED)
            case Call(_, "file", (Literal(_, str() as path),)) if _speaks_of_base64(path):
                return Held(Holds.ENCODED | Holds.GUESSED, (path,))
            case _ if words(leaf):
                return self._reference(leaf)
            case _ if _is_text(leaf):
                return Held(Holds.PLAIN)
            case _:
                return self._composed(leaf)

    def _composed(self, leaf: Expression) -> Held:
        """What is put together from other values."""
        guessed: list[str] = []
        for part in within(self._module, leaf, _WHOLE):
            held = self.leaf(part) if words(part) else Held(_NOTHING)
            if held.holds & Holds.ENCODED or (isinstance(part, Call) and part.name in _ENCODING):
                return Held(_NOTHING, mixed=True)
            guessed += held.guessed
        if isinstance(leaf, Call | Template):
            return Held(Holds.PLAIN | (Holds.GUESSED if guessed else _NOTHING), tuple(guessed))
        return Held(Holds.PLAIN | Holds.GUESSED, (_SCRIPT,))

    def _reference(self, leaf: Expression) -> Held:
        name, kind = named(leaf), words(leaf)
        is_data = kind[0] == "data"
        type, label = kind[is_data : is_data + 2] if len(kind) > 1 + is_data else ("", "")
        if type in _CLOUD_INIT:
            return self._cloud_init(is_data, type, label, name)
        if is_data and type in _TEXTS:
            return Held(Holds.ENCODED if kind[-1].endswith("base64") else Holds.PLAIN)
        null = Reader(self._module).default_is(leaf, None)
        is_template = type == "aws_launch_template" and kind[-1] == "user_data"
        said = Holds.ENCODED if is_template or _speaks_of_base64(name) else Holds.PLAIN
        return Held(said | Holds.GUESSED | null, (name,))

    def _cloud_init(self, is_data: bool, type: str, label: str, name: str) -> Held:
        """Rendered in base64, unless that is turned off (documentation of ``cloudinit_config``)."""
        block = self._module.data(type, label) if is_data else self._module.resource(type, label)
        attribute = block.body.attribute("base64_encode") if block else None
        written = attribute.read() if attribute else Literal(block.head, True) if block else None
        match written:
            case Literal(_, True | "true" | None):
                return Held(Holds.ENCODED)
            case Literal(_, False | "false"):
                return Held(Holds.PLAIN)
            case _:
                return Held(Holds.ENCODED | Holds.GUESSED, (name,))


def _speaks_of_base64(name: str) -> bool:
    return "base64" in name.lower() or name.lower().endswith("b64")


def _is_text(expression: Expression) -> bool:
    """Whether it is certain, by what is written out, that a value does not decode."""
    match expression:
        case Call(_, "format", (Literal(_, str() as text), *_)):
            return bool(_NOT_BASE64.search(_VERB.sub("", text)))
        case Call(_, "join", (Literal(_, str() as text), Tuple(_, items))):
            between = len(items) > 1 and bool(_NOT_BASE64.search(text))
            return between or any(_is_written(item) for item in items)
        case _:
            return _is_written(expression)


def _is_written(expression: Expression) -> bool:
    match expression:
        case Literal(_, str() as text):
            return bool(_NOT_BASE64.search(text))
        case Template(_, parts):
            return any(isinstance(part, Literal) and _is_written(part) for part in parts)
        case Call(_, name):
            return name in _WRITING
        case _:
            return False
