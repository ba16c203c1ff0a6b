"""What an argument of a launch configuration may hold, by how it is written and by what it is in each instance.

For HCL and for the JSON syntax: both are read into the same expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Flag, auto
from typing import NamedTuple

from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.syntax import (
    Access,
    Call,
    Conditional,
    Expression,
    Literal,
    Splat,
    Template,
    Traversal,
)
from iac_imds_lint.value import Absent, Known, Value, known_text, possibilities

# How far local values are followed, and how many leaves of an expression are looked at.
_DEEPEST = 10
_MOST_LEAVES = 60
_ENCODING = frozenset({"base64encode", "base64gzip", "filebase64", "textencodebase64"})
_CHOOSING = frozenset({"coalesce", "try"})
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CLOUD_INIT = ("cloudinit_config", "template_cloudinit_config")
# Data sources whose attributes are plain text.
_TEXTS = frozenset({"template_file", "ignition_config", "local_file", "http", "aws_s3_object", "aws_s3_bucket_object"})
_NAME = re.compile(r"[a-zA-Z0-9().\-/_]+")


class Holds(Flag):
    """What a value may be."""

    ENCODED = auto()
    PLAIN = auto()
    EMPTY = auto()
    NULL = auto()
    GUESSED = auto()


class Held(NamedTuple):
    """What a value may be, and what had to be guessed of: references, as they are written."""

    holds: Holds
    guessed: tuple[str, ...] = ()


_NOTHING = Holds(0)


class Reader:
    """Reads the expressions of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def text(self, expression: Expression, values: Sequence[Value]) -> Held:
        """What a user data may be; ``values`` are what the instances have for it."""
        found = [self._leaf(leaf) for leaf in self.leaves(expression)]
        holds = _evaluated(values)
        if isinstance(expression, Traversal) and not holds & Holds.GUESSED and holds & (Holds.ENCODED | Holds.PLAIN):
            found = [Held(one.holds & ~Holds.GUESSED & ~(Holds.PLAIN | Holds.ENCODED)) for one in found]
        else:
            holds &= Holds.NULL
        for one in found:
            holds |= one.holds
        return Held(holds, tuple(dict.fromkeys(name for one in found for name in one.guessed)))

    def nothing(self, expression: Expression, values: Sequence[Value]) -> Holds:
        """Whether a value may be null or empty, and whether it may be anything else (``PLAIN``)."""
        holds = _NOTHING
        for leaf in self.leaves(expression):
            holds |= self._emptiness(leaf)
        return holds | (_evaluated(values) & (Holds.NULL | Holds.EMPTY))

    def leaves(self, expression: Expression) -> list[Expression]:
        """What an expression may come to: the arms of conditions, what functions choose from, and what locals are."""
        found: list[Expression] = []
        waiting = [(expression, 0)]
        while waiting and len(found) < _MOST_LEAVES:
            one, deep = waiting.pop()
            inner = self._inner(one) if deep < _DEEPEST else None
            if inner is None:
                found.append(one)
            else:
                waiting += [(each, deep + 1) for each in reversed(inner)]
        return found

    def _inner(self, expression: Expression) -> list[Expression] | None:
        match expression:
            case Conditional(_, _, _, yes, no):
                return [yes, no]
            case Call(_, name, arguments) if name in _CHOOSING and arguments:
                return list(arguments)
            case Call(_, "join", (Literal(_, ""), (Splat() | Traversal()) as joined)):
                return [joined]
            case Traversal(_, "local", (str() as name,)):
                attribute = self._module.local(name)
                return None if attribute is None else [attribute.read()]
            case _:
                return None

    def _leaf(self, leaf: Expression) -> Held:
        match leaf:
            case Literal(_, None):
                return Held(Holds.NULL)
            case Literal(_, content):
                return Held(_of_text(str(content)))
            case Call(_, name):
                return Held(Holds.ENCODED if name in _ENCODING else Holds.PLAIN)
            case Template():
                return Held(Holds.PLAIN)
            case Traversal(_, root, steps) | Splat(_, Traversal(_, root, _), steps):
                return self._reference(leaf, root, steps)
            case _:
                return Held(Holds.PLAIN | Holds.GUESSED, ("the user data",))

    def _reference(self, leaf: Expression, root: str, steps: Sequence[object]) -> Held:
        name = named(leaf)
        kind = _words(leaf)
        if root == "data" and len(kind) > 2 and kind[1] in _CLOUD_INIT:
            return self._cloud_init(kind[1], kind[2], name)
        if root == "data" and len(kind) > 1 and kind[1] in _TEXTS:
            return Held(Holds.ENCODED if kind[-1].endswith("base64") else Holds.PLAIN)
        null = self._default_is(leaf, None)
        if "base64" in name:
            return Held(Holds.ENCODED | Holds.GUESSED | null, (name,))
        return Held(Holds.PLAIN | Holds.GUESSED | null, (name,))

    def _cloud_init(self, type: str, label: str, name: str) -> Held:
        """Rendered in base64, unless that is turned off (documentation of ``cloudinit_config``)."""
        block = self._module.data(type, label)
        attribute = block.body.attribute("base64_encode") if block else None
        written = attribute.read() if attribute else Literal(block.head, True) if block else None
        match written:
            case Literal(_, True | "true"):
                return Held(Holds.ENCODED)
            case Literal(_, False | "false"):
                return Held(Holds.PLAIN)
            case _:
                return Held(Holds.ENCODED | Holds.GUESSED, (name,))

    def _emptiness(self, leaf: Expression) -> Holds:
        match leaf:
            case Literal(_, None):
                return Holds.NULL
            case Literal(_, ""):
                return Holds.EMPTY
            case Traversal(_, "var"):
                return Holds.PLAIN | self._default_is(leaf, None) | self._default_is(leaf, "")
            case Call(_, "lookup", (_, _, Literal(_, None | "" as content))):
                return Holds.PLAIN | (Holds.NULL if content is None else Holds.EMPTY)
            case _:
                return Holds.PLAIN

    def _default_is(self, leaf: Expression, content: str | None) -> Holds:
        """Whether a variable is null, or empty, unless a value is given for it."""
        match leaf:
            case Traversal(_, "var", (str() as name,)):
                block = self._module.variable(name)
                default = block.body.attribute("default") if block else None
                written = default.read() if default else None
                same = isinstance(written, Literal) and written.content == content
                return (Holds.NULL if content is None else Holds.EMPTY) if same else _NOTHING
            case _:
                return _NOTHING

    def root_device(self, expression: Expression, text: str) -> str:
        """The expression for the root device of an image that a data source finds; empty where none does.

        ``text`` is how the expression of the image is written.
        """
        match expression:
            case Traversal(_, "data", ("aws_ami", *_, "id" | "image_id")):
                return f"{text[: text.rindex('.')]}.root_device_name"
            case Traversal(_, "local", (str() as name,)):
                attribute = self._module.local(name)
                inner = attribute.read() if attribute else None
                if inner is None or not isinstance(inner, Traversal) or inner.root != "data":
                    return ""
                return self.root_device(inner, self._module.text(inner.span))
            case _:
                return ""


def named(expression: Expression) -> str:
    """A reference as messages write it."""
    return ".".join(_words(expression))


def _words(expression: Expression) -> tuple[str, ...]:
    match expression:
        case Traversal(_, root, steps):
            return (root, *(step for step in steps if isinstance(step, str)))
        case Splat(_, base, steps) | Access(_, base, steps):
            return (*_words(base), *(step for step in steps if isinstance(step, str)))
        case _:
            return ()


def _evaluated(values: Iterable[Value]) -> Holds:
    holds = _NOTHING
    for value in values:
        for _, leaf in possibilities(value):
            match leaf:
                case Absent() | Known(None):
                    holds |= Holds.NULL
                case Known():
                    text = known_text(leaf)
                    holds |= Holds.GUESSED if text is None else _of_text(text)
                case _:
                    holds |= Holds.GUESSED
    return holds


def _of_text(text: str) -> Holds:
    """What a text is to the provider: base64 is what decodes as that (``verify.Base64Encode``)."""
    if not text:
        return Holds.EMPTY
    return Holds.ENCODED if _BASE64.fullmatch(text.replace("\n", "").replace("\r", "")) else Holds.PLAIN


def known_texts(values: Iterable[Value]) -> Iterator[str]:
    """The texts that a value is known to be, in some instance."""
    for value in values:
        yield from (text for _, leaf in possibilities(value) if (text := known_text(leaf)) is not None)


def literals(expression: Expression) -> Iterator[str]:
    """The parts of a text that are written out."""
    match expression:
        case Literal(_, str() as text):
            yield text
        case Template(_, parts):
            for part in parts:
                yield from literals(part)
        case _:
            return


def is_refused(text: str, is_prefix: bool = False) -> bool:
    """Whether a launch template may not have a name.

    Source: EC2 API, LaunchTemplateName (3 to 128 of these characters); the provider's schema takes 125, 99 of a prefix.
    """
    return not 3 <= len(text) <= (99 if is_prefix else 125) or has_refused_characters(text)


def has_refused_characters(text: str) -> bool:
    """Whether no name of a launch template may hold a text."""
    return bool(text) and not _NAME.fullmatch(text)


def is_arn(expression: Expression) -> bool:
    """Whether what is written is an ARN: a literal that begins so, or a reference to one."""
    match expression:
        case Literal(_, str() as text) | Template(_, (Literal(_, str() as text), *_)):
            return text.startswith("arn:")
        case _:
            words = _words(expression)
            return bool(words) and words[-1] == "arn"


def is_name(expression: Expression) -> bool:
    """Whether what is written is the name of an instance profile for certain."""
    match expression:
        case Literal() | Template():
            return not is_arn(expression)
        case _:
            words = _words(expression)
            return len(words) > 2 and words[-3].endswith("aws_iam_instance_profile") and words[-1] in ("name", "id")
