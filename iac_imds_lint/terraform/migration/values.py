"""What an argument of a launch configuration may hold, by how it is written and by what it is in each instance.

For HCL and for the JSON syntax: both are read into the same expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Flag, auto

from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.migration.leaves import leaves, words
from iac_imds_lint.terraform.syntax import Call, Expression, Literal, Template, Traversal
from iac_imds_lint.value import Absent, Known, Value, known_text, possibilities

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_NAME = re.compile(r"[a-zA-Z0-9().\-/_]+")


class Holds(Flag):
    """What a value may be."""

    ENCODED = auto()
    PLAIN = auto()
    EMPTY = auto()
    NULL = auto()
    GUESSED = auto()


_NOTHING = Holds(0)


class Reader:
    """Reads the expressions of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def nothing(self, expression: Expression, values: Sequence[Value]) -> Holds:
        """Whether a value may be null or empty, and whether it may be anything else (``PLAIN``)."""
        holds = _NOTHING
        for leaf in leaves(self._module, expression):
            holds |= self._emptiness(leaf)
        if is_coalesced(expression):
            holds &= ~(Holds.NULL | Holds.EMPTY)
        return holds | (evaluated(values) & (Holds.NULL | Holds.EMPTY))

    def _emptiness(self, leaf: Expression) -> Holds:
        match leaf:
            case Literal(_, None):
                return Holds.NULL
            case Literal(_, ""):
                return Holds.EMPTY
            case Traversal(_, "var"):
                return Holds.PLAIN | self.default_is(leaf, None) | self.default_is(leaf, "")
            case _:
                return Holds.PLAIN

    def default_is(self, leaf: Expression, content: str | None) -> Holds:
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


def is_coalesced(expression: Expression) -> bool:
    """Whether an expression is never null or empty, or fails."""
    return isinstance(expression, Call) and expression.name == "coalesce"


def named(expression: Expression) -> str:
    """A reference as messages write it."""
    return ".".join(words(expression))


def evaluated(values: Iterable[Value]) -> Holds:
    """What values are known to be, in some instance; ``GUESSED`` where one is not known."""
    holds = _NOTHING
    for value in values:
        for _, leaf in possibilities(value):
            match leaf:
                case Absent() | Known(None):
                    holds |= Holds.NULL
                case Known():
                    text = known_text(leaf)
                    holds |= Holds.GUESSED if text is None else of_text(text)
                case _:
                    holds |= Holds.GUESSED
    return holds


def of_text(text: str) -> Holds:
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
            found = words(expression)
            return bool(found) and found[-1] == "arn"


def is_name(expression: Expression) -> bool:
    """Whether what is written is the name of an instance profile for certain."""
    match expression:
        case Literal() | Template():
            return not is_arn(expression)
        case _:
            found = words(expression)
            return len(found) > 2 and found[-3].endswith("aws_iam_instance_profile") and found[-1] in ("name", "id")
