"""Objects that ``yamlencode`` and ``jsonencode`` make texts of: the same object as JSON, which is YAML as well.

What is in it keeps its places so, and a part that is not known leaves the rest visible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from iac_imds_lint import texts
from iac_imds_lint.source import Span
from iac_imds_lint.terraform import written_text
from iac_imds_lint.terraform.alternatives import Found, flat, of_value, plain
from iac_imds_lint.terraform.contents import walk
from iac_imds_lint.terraform.evaluate import evaluate
from iac_imds_lint.terraform.script_text import Key, Reader, Where
from iac_imds_lint.terraform.syntax import Expression
from iac_imds_lint.terraform.types import Partly, Set
from iac_imds_lint.value import Known, Value

# No one writes larger ones, and each part is followed by itself.
_MOST_PARTS = 500


def serialised(reader: Reader, argument: Expression, where: Where, span: Span) -> Found | None:
    """An object or list as JSON; None where only the value tells."""
    value = evaluate(argument, where.frame)
    if not isinstance(value, Known) or not isinstance(value.content, Mapping | tuple):
        return None
    if sum(1 for _ in zip(walk([value]), range(_MOST_PARTS + 1), strict=False)) > _MOST_PARTS:
        return None
    found = reader.joined(list(_Writer(reader, argument, where, span).parts(value, ())), span)
    return [one._replace(exact=False) for one in found]


class _Writer:
    """Writes what an expression holds, part by part."""

    def __init__(self, reader: Reader, argument: Expression, where: Where, span: Span) -> None:
        self._reader = reader
        self._argument = argument
        self._where = where
        self._span = span

    def parts(self, value: Value, keys: tuple[Key, ...]) -> Iterator[Found]:
        """What keys lead to, which has a value."""
        match value:
            case Known(Partly()):
                yield from self._text(of_value(value, self._span, self._where.scope))
            case Known(Mapping() as members):
                inner = [(f"{json.dumps(key)}: ", self.parts(one, (*keys, key))) for key, one in members.items()]
                yield from self._listed("{", inner, "}")
            case Known(Set() as items):
                told = [self._text(of_value(item, self._span, self._where.scope)) for item in items]
                yield from self._listed("[", [("", one) for one in told], "]")
            case Known(tuple() as items):
                inside = [("", self.parts(one, (*keys, number))) for number, one in enumerate(items)]
                yield from self._listed("[", inside, "]")
            case Known(None | bool() | int() | float() as content):
                yield self._made(json.dumps(content))
            case _:
                yield from self._text(self._reader.alternatives(self._argument, self._where, keys))

    def _listed(self, begin: str, items: Sequence[tuple[str, Iterator[Found]]], end: str) -> Iterator[Found]:
        yield self._made(begin)
        for number, (label, parts) in enumerate(items):
            if before := f"{', ' if number else ''}{label}":
                yield self._made(before)
            yield from parts
        yield self._made(end)

    def _text(self, found: Found) -> Iterator[Found]:
        yield self._made('"')
        yield [plain(written_text.in_json(flat(one)), one.span, one.when) for one in found]
        yield self._made('"')

    def _made(self, content: str) -> Found:
        return [plain(texts.made(content, self._span), self._span)]
