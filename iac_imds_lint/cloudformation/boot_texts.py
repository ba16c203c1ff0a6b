"""The text that a node of a template comes to, with the places of its parts: what :mod:`evaluate` does for values.

What ``Fn::Sub`` and ``Fn::Join`` put together keeps the places of what is written out. What is inserted stands where
the insertion stands, and where that is not known a stand-in does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint import texts
from iac_imds_lint.cloudformation import boot_items, dynamic, serverless, substitution
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Fork, Place, Reached
from iac_imds_lint.cloudformation.template import Call, call_of
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents import scalar_text
from iac_imds_lint.documents.node import Node, Scalar, Sequence, Tagged
from iac_imds_lint.script import Language, Script, Unseen
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Absent, Branches, Known, Unknown, Value, known_text, possibilities

# Where the metadata of a resource say what cfn-init runs.
INIT = "AWS::CloudFormation::Init"

# So many texts one node may be, by the conditions in it; of more conditions each is taken one way in half of them.
_MOST_WAYS = 16
# Functions nested deeper in each other are evaluated as a whole: each level costs up to five Python frames.
_DEEPEST = 40

_INSERTED = re.compile(r"\$\{([^}]*)\}")
_RESOLVED = re.compile(r"\{\{resolve:[^{}]*\}\}")

# The file of a path, where it can be read.
Files: TypeAlias = "Callable[[str], SourceFile | None]"


class Way(NamedTuple):
    """A text that a node comes to, and what then stands there; ``text`` is None where nothing does."""

    place: Place
    text: Text | None


# What a part of a text comes to under the conditions that are taken as decided at a place.
_Part: TypeAlias = "Callable[[Place], Iterable[Way]]"


class Texts:
    """Puts together the texts of one template's nodes."""

    def __init__(self, scope: Scope, files: Files) -> None:
        self._scope = scope
        self._files = files

    def of(self, reached: Reached) -> tuple[Text, ...]:
        """Every text that what was reached may come to; none where nothing is written."""
        match reached:
            case Fork(_, choices):
                return tuple(text for _, choice in choices for text in self.of(choice))
            case Place():
                return tuple(way.text for way in self._whole(reached) if way.text)
            case Unknown(reason, origins) if origins:
                return (texts.unknown(origins[-1].span, reason),)
            case _:
                return ()

    def _whole(self, place: Place) -> Iterator[Way]:
        """What a place comes to by itself, each thing that a function may give where that is written."""
        if _is_spelt_out(place.node):
            yield from self._ways(place, 0)
            return
        value = self._scope.value(place)
        for _, leaf in possibilities(value):
            yield Way(place, self._written(leaf) or self._valued(leaf, place.node.span))

    def _ways(self, place: Place, level: int) -> tuple[Way, ...]:
        """Every text of a place, by the conditions that are not decided."""
        if level > _DEEPEST:
            return (Way(place, self._valued(self._scope.value(place), place.node.span)),)
        call, ways = call_of(place.node), self._reached(self._scope.settle(place), place, level)
        if call is None or call.function != "Fn::If":
            return tuple(ways)
        return tuple(Way(way.place, way.text and way.text.conditional(place.node.span)) for way in ways)

    def _reached(self, reached: Reached, place: Place, level: int) -> Iterator[Way]:
        match reached:
            case Fork(_, choices):
                for _, choice in choices:
                    yield from self._reached(choice, _under(choice, place), level)
            case Place():
                yield from self._built(reached, level)
            case Unknown(reason):
                yield Way(place, texts.unknown(place.node.span, reason))
            case Absent():
                yield Way(place, None)

    def _built(self, place: Place, level: int) -> Iterator[Way]:
        node, span = place.node, place.node.span
        match call_of(node):
            case None if isinstance(node, Scalar):
                yield Way(place, self._scalar(node))
            case Call("Fn::Sub", Scalar() as text):
                yield from self._substituted(place, text, {}, level)
            case Call("Fn::Sub", Sequence(_, (Scalar() as text, tree.Mapping(_, members)))):
                names = {member.key: member.value for member in members}
                yield from self._substituted(place, text, names, level)
            case Call("Fn::Sub", Tagged(_, "Rain::Embed", Scalar(_, str(path)))):
                yield Way(place, texts.unknown(span, f"rain writes {path} here before it is deployed"))
            case Call("Fn::Join", Sequence(_, (Scalar() as delimiter, items))):
                yield from self._joined(place, str(delimiter.content), items, level)
            case _:
                yield Way(place, self._inserted(self._scope.value(place), span))

    def _scalar(self, scalar: Scalar) -> Text:
        """A literal, in which what is read at deployment is not known."""
        text = self._literal(scalar)
        variable = serverless.variable_in(text.content)
        if variable is not None and variable == text.content.strip():
            return texts.unknown(scalar.span, f"{variable} is a variable of the Serverless Framework")
        return texts.joined(_resolved(text))

    def _literal(self, scalar: Scalar) -> Text:
        source = self._files(scalar.span.path)
        if source is None:
            return texts.made(known_text(Known(scalar.content)) or "", scalar.span)
        return scalar_text.text_of(scalar, source)

    def _substituted(self, place: Place, scalar: Scalar, names: Mapping[str, Node], level: int) -> Iterator[Way]:
        text = self._literal(scalar)
        if substitution.pieces(text.content) is None:
            yield Way(place, texts.unknown(scalar.span, "Fn::Sub has a ${ that no } closes"))
            return

        yield from _together(place, self._parts(text, names, level))

    def _parts(self, text: Text, names: Mapping[str, Node], level: int) -> Iterator[_Part]:
        """What is written out and what is inserted, by turns."""
        at = 0
        for found in _INSERTED.finditer(text.content, 0, text.content.rfind("}") + 1):
            yield _always(_in_sub(text, at, found.start()))
            yield self._insertion(text, found, names, level)
            at = found.end()
        yield _always(_in_sub(text, at, len(text.content)))

    def _insertion(self, text: Text, found: re.Match[str], names: Mapping[str, Node], level: int) -> _Part:
        """What ``Fn::Sub`` writes in one place."""
        piece, span = found[1], text.span(*found.span())
        if piece.startswith("!"):
            literal = (text.part(found.start(), found.start() + 2), text.part(found.start(1) + 1, found.end()))
            return _always(texts.joined(literal))
        settled = substitution.settled(piece)
        if settled is not None:
            return _always(self._valued(settled, span))
        node = names.get(piece.strip())
        if node is not None:
            return lambda here: (
                way._replace(text=_standing(way.text, span))
                for way in self._ways(here._replace(node=node, span=node.span), level + 1)
            )
        if reason := substitution.refusal(piece):
            return _always(texts.unknown(span, reason))
        return lambda here: (Way(here, self._inserted(self._scope.inserted(piece, here), span)),)

    def _inserted(self, value: Value, span: Span) -> Text | None:
        """A value as it stands where it is inserted."""
        return _standing(self._written(value), span) or self._valued(value, span)

    def _joined(self, place: Place, delimiter: str, items: Node, level: int) -> Iterator[Way]:
        listed = self._scope.settle(place._replace(node=items, span=items.span))
        for one in _each(listed, place):
            if isinstance(one, Place) and isinstance(one.node, Sequence):
                yield from self._listed(one, one.node, delimiter, level)
            else:
                value = self._scope.value(place)
                yield Way(place, self._valued(value, place.node.span))

    def _listed(self, place: Place, listed: Sequence, delimiter: str, level: int) -> Iterator[Way]:
        source = self._files(listed.span.path)

        def item(node: Node) -> _Part:
            lines = boot_items.lines(source, listed, node, delimiter) if source else None
            return lambda here: (
                way._replace(text=way.text and boot_items.beside(way.text, lines))
                for way in self._ways(here._replace(node=node, span=node.span), level + 1)
            )

        yield from _together(place, (item(node) for node in listed.items), delimiter)

    def _written(self, value: Value) -> Text | None:
        """A text that is a literal of the template, where that stands; None where it is none."""
        match value:
            case Known(str() as content, (*_, last)) if last.literal and not any(
                one.sensitive for one in value.origins
            ):
                source = self._files(last.span.path)
                begins = source.text[last.span.start : last.span.start + 1] if source else ""
                found = self._literal(Scalar(last.span, content, quoted=begins in ("'", '"', "|", ">")))
                return found if any(piece.even for piece in found.pieces) else None
            case _:
                return None

    def _valued(self, value: Value, span: Span) -> Text | None:
        """A value as a text that stands where it is inserted."""
        match value:
            case Known(_, origins) if hidden := next((one for one in origins if one.sensitive), None):
                named = hidden.what if "NoEcho" in hidden.what else "it comes of a parameter that has NoEcho"
                return texts.unknown(span, f"{named}, and is not shown")
            case Known() if (text := known_text(value)) is not None:
                return texts.made(text, span)
            case Known():
                return texts.unknown(span, "it is no text")
            case Absent():
                return None
            case Unknown(reason):
                return texts.unknown(span, reason)
            case Branches(condition):
                return texts.unknown(span, f"{condition} decides it at deployment")


def told(text: Text, what: str, language: Language | None = None) -> Iterator[Script | Unseen]:
    """A text as a script; what of it is not seen, where that is all of it."""
    if text.pieces and all(piece.unknown for piece in text.pieces):
        yield Unseen(text.pieces[0].span, text.pieces[0].unknown)
    elif text.content:
        yield Script(text, what, language)


def _is_spelt_out(node: Node) -> bool:
    """Whether a node is a literal, or a function that puts texts together."""
    call = call_of(node)
    return isinstance(node, Scalar) if call is None else call.function in ("Fn::Sub", "Fn::Join")


def _under(reached: Reached, place: Place) -> Place:
    return reached if isinstance(reached, Place) else place


def _each(reached: Reached, place: Place) -> Iterator[Reached]:
    if isinstance(reached, Fork):
        for _, choice in reached.choices:
            yield from _each(choice, place)
    else:
        yield reached


def _always(text: Text | None) -> _Part:
    return lambda here: (Way(here, text),)


def _together(place: Place, parts: Iterable[_Part], delimiter: str = "") -> Iterator[Way]:
    """Parts one after the other, each under the conditions that those before it were taken by."""
    ways: list[tuple[Place, list[Text]]] = [(place, [])]
    for part in parts:
        following: list[tuple[Place, list[Text]]] = []
        for number, (here, before) in enumerate(ways):
            found = list(part(here))
            if len(found) * len(ways) > _MOST_WAYS:
                found = [found[number % len(found)]]
            for way in found:
                taken = here._replace(assumed=way.place.assumed)
                own = before if len(found) == 1 else list(before)
                own += [*_delimiter(own, delimiter), way.text] if way.text else []
                following.append((taken, own))
        ways = following
    yield from (Way(place._replace(assumed=here.assumed), texts.joined(found)) for here, found in ways)


def _delimiter(before: list[Text], delimiter: str) -> list[Text]:
    """What stands between a text and the one before it."""
    if not delimiter or not before:
        return []
    last = next((text for text in reversed(before) if text.pieces), None)
    end = last.pieces[-1].span if last else Span("", 0, 0)
    return [texts.made(delimiter, end._replace(start=end.end))]


def _in_sub(text: Text, start: int, end: int) -> Text:
    """A part of the text of ``Fn::Sub``, in which what looks like an insertion is spelt so that it is none."""
    part = texts.joined(_resolved(text.part(start, end)))
    return Text(part.content, tuple(piece.inside((literally,)) for piece in part.pieces))


def literally(text: str) -> str:
    """A text as ``Fn::Sub`` writes it."""
    return text.replace("${", "${!")


def _resolved(text: Text) -> Iterator[Text]:
    """A text with stand-ins for what CloudFormation reads at deployment."""
    at = 0
    for found in _RESOLVED.finditer(text.content) if "{{resolve:" in text.content else ():
        unread = dynamic.unread(found[0])
        if unread is not None:
            yield text.part(at, found.start())
            yield texts.unknown(text.span(*found.span()), unread.reason)
            at = found.end()
    yield text.part(at, len(text.content))


def _standing(text: Text | None, span: Span) -> Text | None:
    """A text that is inserted at a place: as it stands where it is of several lines, else as one with the place."""
    if text is None or "\n" in text.content:
        return text
    pieces = (piece._replace(span=span, even=False, spellings=(), lines=None, requoted=None) for piece in text.pieces)
    return Text(text.content, tuple(pieces))
