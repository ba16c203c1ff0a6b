"""The texts that an expression may be, and what has to hold for each."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from iac_imds_lint import texts
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.terraform import written_text
from iac_imds_lint.terraform.contents import is_sensitive
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Absent, Branches, Known, Origin, Unknown, Value, text_of

# Beyond these not every combination is made, but every part is in one.
_MOST = 16
SENSITIVE = "it is a sensitive value"
# Each question that was left open, and the answer that is taken.
When: TypeAlias = "tuple[tuple[str, str], ...]"


class Encoding(Enum):
    """What is made of a text before it is sent."""

    NONE = "as it is"
    BASE64 = "base64"
    GZIP = "gzip, and base64 of that"


class Alternative(NamedTuple):
    """A text, or the parts of a boot script; neither, where it is null. An encoded one is what it encodes.

    One that is not ``exact`` says the same as what Terraform makes, in other words.
    """

    span: Span
    text: Text | None
    when: When = ()
    encoding: Encoding = Encoding.NONE
    parts: tuple[Script | Unseen, ...] = ()
    exact: bool = True

    def supposing(self, question: str, answer: str) -> Alternative:
        """The same under one more condition."""
        return self._replace(when=((question, answer), *self.when))

    def within(self, condition: Span) -> Alternative:
        """The same, written in a condition or a loop."""
        return self if self.text is None else self._replace(text=self.text.conditional(condition))


Found: TypeAlias = "list[Alternative]"


def plain(text: Text, span: Span, when: When = ()) -> Alternative:
    """A text as it is."""
    return Alternative(span, text, when)


def unknown(span: Span, reason: str, when: When = ()) -> Alternative:
    """A text that is not known."""
    return Alternative(span, texts.unknown(span, reason), when)


def flat(one: Alternative) -> Text:
    """The text as it stands in another."""
    if one.parts or one.text is None or one.encoding is Encoding.GZIP:
        what = "null" if one.text is None and not one.parts else "made of parts" if one.parts else "compressed"
        return texts.unknown(one.span, f"it is {what}")
    if one.encoding is Encoding.NONE:
        return one.text
    return texts.encoded(base64.b64encode(one.text.content.encode()).decode("ascii"), one.span, one.text)


def of_value(value: Value, span: Span, scope: Scope, when: When = ()) -> Found:
    """The texts that a value may be; what was taken from a literal or a file as it is has its places."""
    match value:
        case Branches(condition, choices):
            some = (of_value(choice, span, scope, (*when, (condition, label))) for label, choice in choices)
            return [one for found in some for one in found]
        case Absent() | Known(None):
            return [Alternative(span, None, when)]
        case _ if is_sensitive(value):
            return [unknown(span, SENSITIVE, when)]
        case Known(str() as text, origins):
            return [plain(_located(text, origins, span, scope), span, when)]
        case Known(content) if (told := text_of(content)) is not None:
            return [plain(texts.made(told, span), span, when)]
        case Unknown(reason):
            return [unknown(span, reason, when)]
        case _:
            return [unknown(span, "it is no text", when)]


def _located(text: str, origins: Sequence[Origin], span: Span, scope: Scope) -> Text:
    source = scope.source(origins[-1].span.path) if origins and text else None
    if source is None:
        return texts.made(text, span)
    if source.text == text:
        return written_text.whole(source)
    nodes = written_text.written(source, origins[-1].span)
    if nodes and len(nodes) == 1 and isinstance(nodes[0], Text) and nodes[0].content == text:
        return nodes[0]
    return texts.made(text, span)


def agree(followed: Found, told: Found) -> bool:
    """Whether what was followed is what the value is, as far as that is known."""
    if any(one.text is not None and one.text.unknown() for one in told):
        return True
    if any(one.parts or one.encoding is Encoding.GZIP or not one.exact for one in followed):
        return True
    return _contents(followed) == _contents(told)


def _contents(found: Found) -> set[str | None]:
    return {None if one.text is None else flat(one).content for one in found}


def combined(parts: Sequence[Found]) -> Iterator[tuple[list[Alternative], When]]:
    """Each way in which parts one after the other may turn out; one question never has two answers at once."""
    if math.prod(max(len(part), 1) for part in parts if len(part) != 1) > _MOST:
        yield from _covering(parts)
        return
    ways: list[tuple[list[Alternative], dict[str, str]]] = [([], {})]
    for part in parts:
        if len(part) == 1 and not part[0].when:
            for way, _ in ways:
                way.append(part[0])
        else:
            ways = [extended for way in ways for extended in _extended(way, part)]
    for way, answers in ways:
        yield way, tuple(answers.items())


def _extended(
    way: tuple[list[Alternative], dict[str, str]], part: Found
) -> Iterator[tuple[list[Alternative], dict[str, str]]]:
    taken, answers = way
    for one in part:
        if are_consistent(answers, one.when):
            yield [*taken, one], {**answers, **dict(one.when)}


def are_consistent(answers: Mapping[str, str], when: When) -> bool:
    """Whether conditions have the answers that are given for them."""
    return all(answers.get(question, answer) == answer for question, answer in when)


def _covering(parts: Sequence[Found]) -> Iterator[tuple[list[Alternative], When]]:
    """So few ways that each alternative of each part is in one of them."""
    for number in range(max(map(len, parts))):
        yield [part[min(number, len(part) - 1)] for part in parts if part], ()


def distinct(found: Iterable[Alternative]) -> Found:
    """Each text once."""
    seen: dict[object, Alternative] = {}
    for one in found:
        key = (one.text.content, one.text.pieces) if one.text else one.parts
        seen.setdefault((key, one.encoding), one)
    return list(seen.values())
