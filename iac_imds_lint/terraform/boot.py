"""What an instance runs when it boots, read out of the expression that is its user data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.terraform.evaluate import Bindings
from iac_imds_lint.terraform.places import Arguments, Place, written_member
from iac_imds_lint.terraform.syntax import Block, Expression
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Absent, Value

if TYPE_CHECKING:
    from iac_imds_lint.terraform.alternatives import Alternative, Found

# The provider sends a text that is base64 already as it is. What is decoded is then known by how it begins.
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{20,}={0,2}\s*")
_BEGINNINGS = ("#", "<", "Content-Type:", "MIME-Version:", "From ", "\x1f\x8b")
_GZIP = "H4sI"


def scripts(arguments: Arguments, place: Place, name: str, block: Block) -> Iterator[Script | Unseen]:
    """Every script that an argument of a block, or of an object in it, for user data may be."""
    value = arguments.at(place, name)
    if isinstance(value, Absent):
        return
    yield from scripts_of(_alternatives(value, arguments, place, name, block), name, place.span(name))


def _written(place: Place, name: str) -> Expression | None:
    if place.body is not None:
        attribute = place.body.attribute(name)
        return attribute.read() if attribute else None
    member = written_member(place.written, name)
    return member[1] if member else None


def _alternatives(value: Value, arguments: Arguments, place: Place, name: str, block: Block) -> Found:
    """The texts that the argument may be, where its instance exists."""
    written = _written(place, name)
    bindings = place.bindings if place.body is not None else arguments.instance.bindings
    return followed(value, Written(place.span(name), written), arguments, block, bindings)


class Written(NamedTuple):
    """Where a value is written: the expression, if there is one, and the keys that lead to the value in it."""

    span: Span
    expression: Expression | None
    keys: tuple[str | int, ...] = ()


def followed(value: Value, written: Written, arguments: Arguments, block: Block, bindings: Bindings) -> Found:
    """The texts that a value written in a block may be, where the instance exists."""
    from iac_imds_lint.terraform.alternatives import agree, are_consistent, of_value
    from iac_imds_lint.terraform.script_names import in_block
    from iac_imds_lint.terraform.script_text import Reader

    told = of_value(value, written.span, arguments.scope)
    if written.expression is None:
        return told
    where = in_block(block.body, arguments.scope, bindings)
    found = Reader().alternatives(written.expression, where, written.keys)
    supposed = {one.condition: one.label for one in arguments.instance.assumptions}
    found = [one for one in found if are_consistent(supposed, one.when)]
    return found if agree(found, told) else told


def scripts_of(found: Iterable[Alternative], what: str, span: Span) -> Iterator[Script | Unseen]:
    """Alternatives as scripts, each once; ``span`` is where a reader is pointed to what is not seen."""
    from iac_imds_lint.terraform.alternatives import Encoding, distinct

    for one in distinct(found):
        if one.parts:
            yield from one.parts
        elif one.text is not None and one.text.content:
            text = one.text if one.encoding is not Encoding.NONE else _decoded(one.text, what)
            yield _script(text, what, span)


def _script(text: Text | str, what: str, span: Span) -> Script | Unseen:
    if isinstance(text, str):
        return Unseen(span, text)
    reason = _hidden(text)
    return Unseen(span, reason) if reason else Script(text, what)


def _decoded(text: Text, what: str) -> Text | str:
    """A text that is base64 as what it stands for, or why that is not told."""
    from iac_imds_lint.terraform.script_encodings import from_base64

    must = what.endswith("base64")
    reason = text.unknown()
    if reason or not (must or _BASE64.fullmatch(text.content)):
        return reason if must and reason else text
    decoded = from_base64(text)
    if (
        must
        or text.content.startswith(_GZIP)
        or (isinstance(decoded, Text) and decoded.content.startswith(_BEGINNINGS))
    ):
        return decoded
    return text


def _hidden(text: Text) -> str:
    """Why nothing of a text is seen; empty where something is."""
    seen = any(not piece.unknown and text.content[piece.start : piece.end].strip() for piece in text.pieces)
    return "" if seen else text.unknown()
