"""Expressions as the texts that they may be, with the place of each of their characters.

What :mod:`evaluate` knows is the value. Here the same expressions are followed to the strings, heredocs and files that
a text is put together of, through locals, variables, calls of modules, ``for`` and ``for_each``; a part that is not
known leaves the rest visible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from iac_imds_lint import texts
from iac_imds_lint.source import Span
from iac_imds_lint.terraform import written_text
from iac_imds_lint.terraform.alternatives import Alternative, Found, combined, flat, of_value, plain, unknown
from iac_imds_lint.terraform.contents import MOST_CHARACTERS
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.syntax import (
    Access,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Object,
    Splat,
    Template,
    Traversal,
    Tuple,
)
from iac_imds_lint.terraform.written_text import Choice, Hole, Loop, Nodes
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Known, Unknown, Value, possibilities

Key: TypeAlias = "str | int"
_TOO_LARGE = "the script is too large to be put together"
# So many expressions are followed for one script, and so many elements of one collection.
_MOST_STEPS = 5_000
MOST_ELEMENTS = 200
_MOST_PIECES = 50_000


class Bound(NamedTuple):
    """What a name stands for: what some keys lead to in an expression that stands in another place.

    ``member`` is the name that is taken of it first, as ``value`` is of ``each``.
    """

    expression: Expression
    where: Where
    keys: tuple[Key, ...]
    member: str = ""


class Where(NamedTuple):
    """Where an expression stands: what names are evaluated to, and which expressions they stand for."""

    frame: Frame
    bound: Mapping[str, Bound] = {}  # a tuple's default; no one writes into it

    @property
    def scope(self) -> Scope:
        """The call of a module that it stands in."""
        return self.frame.scope

    def binding(self, values: Mapping[str, Value], bound: Mapping[str, Bound]) -> Where:
        """The same place with more names bound."""
        others = {name: one for name, one in self.bound.items() if name not in values}
        return Where(self.frame.binding(values), {**others, **bound})


class Reader:
    """Follows the expressions that one script is made of."""

    def __init__(self) -> None:
        self._steps = _MOST_STEPS
        self._named: dict[tuple[str, object], Found] = {}

    def alternatives(self, expression: Expression, where: Where, keys: tuple[Key, ...] = ()) -> Found:
        """Every text that an expression, or the member of it that keys lead to, may be."""
        budget = where.scope.budget
        if self._steps <= 0:
            return [unknown(expression.span, _TOO_LARGE)]
        self._steps -= 1
        refusal = budget.entered()
        if refusal:
            return [unknown(expression.span, refusal)]
        try:
            found = self._followed(expression, where, keys)
            return self.valued(expression, where, keys) if found is None else found
        finally:
            budget.left()

    def _followed(self, expression: Expression, where: Where, keys: tuple[Key, ...]) -> Found | None:
        """The same; None where only the value tells."""
        from iac_imds_lint.terraform import script_calls, script_names

        nodes = None if keys else _written(expression, where)
        if nodes is not None:
            return self.rendered(nodes, expression.span, where)
        match expression:
            case Traversal():
                return script_names.traversed(self, expression, where, keys)
            case Access(_, base, steps):
                return script_names.stepped(self, base, steps, where, keys)
            case Splat(_, base, steps) if keys:
                return script_names.stepped(self, base, (_index(base, keys[0]), *steps), where, keys[1:])
            case Conditional():
                return self._conditional(expression, where, keys)
            case Object() | Tuple() | For() if keys:
                return script_names.member(self, expression, where, keys)
            case Call():
                return script_calls.called(self, expression, where, keys)
            case _:
                return None

    def valued(self, expression: Expression, where: Where, keys: tuple[Key, ...] = ()) -> Found:
        """By the value alone."""
        return of_value(self.value(expression, where, keys), expression.span, where.scope)

    def value(self, expression: Expression, where: Where, keys: tuple[Key, ...] = ()) -> Value:
        """The value of what keys lead to in an expression."""
        steps = tuple(_index(expression, key) for key in keys)
        return evaluate(Access(expression.span, expression, steps) if steps else expression, where.frame)

    def once(self, name: str, key: object, span: Span, read: Callable[[], Found]) -> Found:
        """What is read under a name, read once."""
        if (name, key) not in self._named:
            self._named[name, key] = [unknown(span, f"{name} refers to itself")]
            self._named[name, key] = read()
        return self._named[name, key]

    def rendered(self, nodes: Nodes, span: Span, where: Where) -> Found:
        """What a template comes to; one that is only an interpolation is what that is."""
        if len(nodes) == 1 and isinstance(nodes[0], Hole):
            return self.alternatives(nodes[0].expression, where)
        return self.joined([self._node(node, where) for node in nodes], span)

    def joined(self, parts: Sequence[Found], span: Span) -> Found:
        """Texts one after the other, for each way in which undecided conditions in them may turn out."""
        return [
            Alternative(span, _joined([flat(one) for one in way], span), when, exact=all(one.exact for one in way))
            for way, when in combined(parts)
        ]

    def _node(self, node: written_text.Node, where: Where) -> Found:
        match node:
            case Text():
                return [plain(node, node.span())]
            case Hole(span, expression):
                return [_interpolated(one, span) for one in self.alternatives(expression, where)]
            case Choice(span, condition, text, yes, no):
                found = self._either(
                    condition, text, where, span, lambda taken: self.rendered(yes if taken else no, span, where)
                )
                return [one.within(span) for one in found]
            case Loop(span):
                return [one.within(span) for one in self._loop(node, where)]

    def _loop(self, node: Loop, where: Where) -> Found:
        """What the body is for each element; once, with its names unknown, where the elements are not known."""
        elements = spread(evaluate(node.collection, where.frame))
        if isinstance(elements, Unknown) or len(elements) > MOST_ELEMENTS:
            unsaid = elements if isinstance(elements, Unknown) else Unknown("there are too many elements")
            return self.rendered(node.body, node.span, where.binding(dict.fromkeys(node.names, unsaid), {}))
        self._steps -= len(elements)
        if self._steps <= 0:
            return [unknown(node.span, _TOO_LARGE)]
        rounds = [bound_to(node.names, node.collection, pair, where) for pair in elements]
        return self.joined([self.rendered(node.body, node.span, inner) for inner in rounds], node.span)

    def _conditional(self, node: Conditional, where: Where, keys: tuple[Key, ...]) -> Found:
        def branch(taken: bool) -> Found:
            return self.alternatives(node.yes if taken else node.no, where, keys)

        return self._either(node.condition, node.text, where, node.span, branch)

    def _either(
        self, condition: Expression, text: str, where: Where, span: Span, branch: Callable[[bool], Found]
    ) -> Found:
        """What is taken by a condition; both, where it is not decided."""
        value = evaluate(condition, where.frame)
        if isinstance(value, Unknown) and value.invalid:
            return [unknown(span, value.reason)]
        leaves = [leaf.content if isinstance(leaf, Known) else None for _, leaf in possibilities(value)]
        for taken in (True, False):
            if all(content in (taken, str(taken).lower()) for content in leaves):
                return branch(taken)
        if any(name in text for name in where.frame.bindings):
            return [*branch(True), *branch(False)]
        name = where.scope.named(text)
        answers = ((True, f"{name} is true"), (False, f"{name} is false"))
        return [one.supposing(name, answer) for taken, answer in answers for one in branch(taken)]


def _written(expression: Expression, where: Where) -> Nodes | None:
    """What is written out in quotes, in a heredoc, or in a string of JSON, whatever that holds."""
    span = expression.span
    in_json = written_text.is_json(span.path)
    if not in_json and not (isinstance(expression, Template) or _is_string(expression)):
        return None
    source = where.scope.source(span.path)
    if source is None or (in_json and not source.text.startswith('"', span.start) and not _is_string(expression)):
        return None
    return written_text.written(source, span)


def _is_string(expression: Expression) -> bool:
    return isinstance(expression, Literal) and isinstance(expression.content, str)


def _index(expression: Expression, key: Key) -> Index:
    return Index(Literal(expression.span, key))


def _joined(words: Sequence[Text], span: Span) -> Text:
    if len(words) == 1:
        return words[0]
    if sum(len(word.content) for word in words) > MOST_CHARACTERS or sum(len(w.pieces) for w in words) > _MOST_PIECES:
        return texts.unknown(span, _TOO_LARGE)
    return texts.joined(words)


def _interpolated(one: Alternative, span: Span) -> Alternative:
    """What is interpolated stands where that is done, but for a text of more lines, or of an object, which is a script
    of its own.
    """
    text = flat(one._replace(span=span))
    is_own = "\n" in text.content or not one.exact
    return Alternative(span, text if is_own else _at(text, span), one.when, exact=one.exact)


def _at(text: Text, span: Span) -> Text:
    """A text at one place, its unknown parts too."""
    return Text(text.content, tuple(piece._replace(span=span, even=False, spellings=()) for piece in text.pieces))


def bound_to(names: Sequence[str], collection: Expression, pair: tuple[Value, Value], where: Where) -> Where:
    """A place in which the names of a ``for`` are bound to a key and an element."""
    values = dict(zip(names, pair if len(names) > 1 else pair[1:], strict=False))
    key = key_of(pair[0])
    return where.binding(values, {} if key is None else {names[-1]: Bound(collection, where, (key,))})


def key_of(value: Value) -> Key | None:
    """What leads to a member; None where that is not known."""
    match value:
        case Known(bool()):
            return None
        case Known(str() | int() as key):
            return key
        case _:
            return None
