"""The conditions of a template: each evaluated once, and what they come to where others are taken as decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from typing import TypeAlias

from iac_imds_lint import value as values
from iac_imds_lint.cloudformation.decisions import (
    Broken,
    Decided,
    Split,
    Tree,
    answered,
    may_hold,
    narrowed,
    negated,
    open_question,
    split,
    together,
)
from iac_imds_lint.cloudformation.template import Call, call_of
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.value import (
    Branches,
    Content,
    Known,
    Origin,
    Turn,
    Unknown,
    Value,
    known_text,
    possibilities,
    text_of,
)

Assumed: TypeAlias = tuple[tuple[str, bool], ...]

# Conditions nested deeper than this are not followed: each level costs up to three Python frames.
_LONGEST = 120
# So many texts that a name is compared with are told apart.
_MOST_TEXTS = 64
# More pairs of what the sides of a comparison may be are not tried.
_MOST_PAIRS = 256
# What says more is told apart by itself, not by what it says: a loop writes several nodes at one place.
_MOST_WORDS = 100

CIRCULAR = "refers to itself"
TOO_DEEP = "its functions and conditions are nested too deeply to be followed"


class Conditions:
    """The conditions of one template. ``operand`` evaluates what ``Fn::Equals`` compares."""

    def __init__(self, definitions: Names[str, Node], operand: Callable[[Node, int], Value]) -> None:
        self._definitions = definitions
        self._operand = operand
        self._trees: dict[str, Tree] = {}
        self._worlds: dict[Assumed, Tree] = {}
        self._literals: dict[str, dict[str, Origin]] | None = None

    def truth(self, name: str, taken: Assumed = (), level: int = 0) -> Decided | Broken | None:
        """What a condition comes to where others are taken as decided; None where the deployment decides."""
        if name in dict(taken):
            return Decided(dict(taken)[name])
        tree = self._tree(name, level)
        if taken and isinstance(tree, Split):
            tree = narrowed(tree, self._world(taken)) or tree
        return None if isinstance(tree, Split) else tree

    def narrowed(self, value: Value, taken: Assumed) -> Value:
        """A parameter's value, without those that the conditions which are taken as decided leave out."""
        if not taken or not isinstance(value, Branches):
            return value
        world, question = self._world(taken), _question(value)
        left = [
            (label, choice)
            for label, choice in value.choices
            if may_hold(answered(world, question, frozenset({label})))
        ]
        if len(left) == 1:
            return left[0][1]
        return value._replace(choices=tuple(left)) if left else value

    def only(self, name: str, taken: Assumed) -> Known | None:
        """The one text that a name can stand for where conditions are taken as decided: what they compare it with."""
        literals = self._compared().get(name) if taken else None
        if not literals:
            return None
        world, question = self._world(taken), _named(name)
        left = [text for text in (*literals, None) if may_hold(answered(world, question, _answer(text)))]
        if len(left) != 1 or left[0] is None:
            return None
        return Known(left[0], (literals[left[0]],))

    def _world(self, taken: Assumed) -> Tree:
        """All that is taken as decided, as one tree."""
        if taken not in self._worlds:
            trees = [self._tree(name, 0) if holds else negated(self._tree(name, 0)) for name, holds in taken]
            usable: list[Tree] = [tree for tree in trees if isinstance(tree, Split)]
            self._worlds[taken] = together(usable, deciding=False, question=repr(taken))
        return self._worlds[taken]

    def _tree(self, name: str, level: int) -> Tree:
        if name not in self._definitions:
            return Broken(f"condition {name} is not defined")
        if name not in self._trees:
            self._trees[name] = Broken(f"condition {name} {CIRCULAR}")
            self._trees[name] = self._read(self._definitions[name], level + 1)
        return self._trees[name]

    def _read(self, node: Node, level: int) -> Tree:
        if level > _LONGEST:
            return Broken(TOO_DEEP)
        match call_of(node):
            case Call("Condition", Scalar(_, str(name), _)):
                return self._tree(name, level)
            case Call("Fn::Equals", Sequence(_, (one, other))):
                return self._equal(node, (one, other), level)
            case Call("Fn::Not", Sequence(_, (inner,))):
                return negated(self._read(inner, level + 1))
            case Call("Fn::And" | "Fn::Or" as function, Sequence(_, (_, *_) as parts)):
                trees = [self._read(part, level + 1) for part in _each_once(parts)]
                return together(trees, deciding=function == "Fn::Or", question=spelt(node))
            case Call("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" | "Condition" as function):
                return Broken(f"this use of {function} is not understood")
            case Call():
                return open_question(spelt(node))
            case None:
                return Broken("a condition is not one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition")

    def _equal(self, node: Node, sides: tuple[Node, Node], level: int) -> Tree:
        """``Fn::Equals``: CloudFormation compares texts, and takes numbers and booleans as such."""
        one, other = self._operand(sides[0], level + 1), self._operand(sides[1], level + 1)
        for value in (one, other):
            if reason := _refused(value):
                return Broken(reason)
        for side, value in ((sides[0], other), (sides[1], one)):
            literals = self._compared().get(_subject(side), {}) if _subject(side) else {}
            if (text := known_text(value)) in literals and isinstance(self._operand(side, level + 1), Unknown):
                rest = _answer(None).union(*(_answer(each) for each in literals if each != text))
                choices = ((_answer(text), Decided(True)), (rest, Decided(False)))
                return split(_named(_subject(side)), choices)
        if spelt(sides[0]) == spelt(sides[1]):
            return Decided(True)
        if len(list(possibilities(one))) * len(list(possibilities(other))) > _MOST_PAIRS:
            return open_question(spelt(node))
        return _compared(one, other, spelt(node))

    def _compared(self) -> dict[str, dict[str, Origin]]:
        """The texts that each name of the template is compared with in conditions."""
        if self._literals is None:
            self._literals = {}
            for one, other in _pairs(self._definitions):
                for side, against in ((one, other), (other, one)):
                    text = text_of(against.content) if isinstance(against, Scalar) else None
                    texts = self._literals.setdefault(_subject(side), {})
                    if text is not None and len(texts) < _MOST_TEXTS:
                        texts.setdefault(text, Origin(against.span, f"what conditions take {_subject(side)} to be"))
        return self._literals


def _pairs(definitions: Names[str, Node]) -> Iterator[tuple[Node, Node]]:
    """The sides of all comparisons, each node looked at once."""
    waiting, seen = list(definitions.values()), set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node, call_of(node):
            case _, Call("Fn::Equals", Sequence(_, (one, other))):
                yield one, other
            case Mapping(_, members), _:
                waiting += [member.value for member in members]
            case Sequence(_, items), _:
                waiting += items
            case Tagged(_, _, inner), _:
                waiting.append(inner)
            case _:
                pass


def _each_once(parts: tuple[Node, ...]) -> list[Node]:
    """Nodes without those that an alias repeats."""
    return list({id(part): part for part in parts}.values())


def _compared(one: Value, other: Value, question: str) -> Tree:
    match one, other:
        case Branches(_, choices), _:
            return split(
                _question(one),
                (
                    (frozenset({label}), _compared(choice, _where(other, one, label), question))
                    for label, choice in choices
                ),
            )
        case _, Branches():
            return _compared(other, one, question)
        case _:
            texts = _as_compared(one), _as_compared(other)
            if None in texts:
                return open_question(question)
            equal = texts[0] == texts[1]
            sides = ((one, texts[1]), (other, texts[0]))
            return Decided(equal, tuple(step for side, text in sides for step in _decisive(side, text or "", equal)))


def _where(value: Value, by: Branches, label: str) -> Value:
    """A value where another one is what it is by a label."""
    found = values.answered(value, by, label)
    return Unknown(f"it has no value where {label}") if found is None else found


def _as_compared(value: Value) -> str | None:
    """The text of a value; None for a number with an empty fraction, of which no document says how it is written."""
    return None if isinstance(value, Known) and _is_whole_fraction(value.content) else known_text(value)


def _is_whole_fraction(content: Content) -> bool:
    return isinstance(content, float) and content.is_integer()


def _refused(value: Value) -> str:
    """Why CloudFormation compares no such value; empty where it does."""
    match value:
        case Known(tuple() | dict()):
            return "Fn::Equals compares texts, and here is a list or a mapping"
        case Unknown(reason, invalid=True):
            return reason
        case _:
            return ""


def _decisive(value: Value, against: str, equal: bool) -> tuple[Origin, ...]:
    """Where one side of a comparison was decided, if not in the condition itself; and what would turn it there."""
    if not isinstance(value, Known) or len(value.origins) < 2:
        return ()
    last = value.origins[-1]
    turning = _only_other(last, against) if equal else against
    turn = Turn(turning) if turning and last.literal and not last.sensitive and not last.refusal(turning) else None
    return (last._replace(literal=False, turn=turn),)


def _only_other(place: Origin, text: str) -> str:
    """The one text beside another that a literal may be; empty where it may be none, or one of several."""
    admitted = {value for limits in place.limits for value in limits.values or ()} - {text}
    return admitted.pop() if len(admitted) == 1 else ""


def _question(value: Branches) -> str:
    """What decides between choices. The answers are part of it: two questions with other answers are never mixed."""
    return "\n".join((value.condition, *(label for label, _ in value.choices)))


def _named(name: str) -> str:
    return f"Ref {name}"


def _answer(text: str | None) -> frozenset[str]:
    """What a name stands for; None is all that it is not compared with."""
    return frozenset({"other" if text is None else f"={text}"})


def _subject(node: Node) -> str:
    """The name that a comparison refers to; empty where it does not."""
    match call_of(node):
        case Call("Ref", Scalar(_, str(name), _)):
            return name
        case _:
            return ""


def spelt(node: Node) -> str:
    """What a node says, in either spelling of its functions; that it is this node, if it says much."""
    words: list[str] = []
    waiting: list[Node | str] = [node]
    while waiting and len(words) <= _MOST_WORDS:
        match waiting.pop():
            case str(word):
                words.append(word)
            case Scalar(_, content, _):
                words.append(repr(content if _is_whole_fraction(content) else text_of(content)))
            case Sequence(_, items):
                waiting += ["]", *reversed(items), "["]
            case other:
                waiting += _parts(other)
    return " ".join(words) if len(words) <= _MOST_WORDS else f"node {id(node)}"


def _parts(node: Node) -> list[Node | str]:
    call = call_of(node)
    if call is not None:
        return [")", call.argument, f"({call.function}"]
    members = node.members if isinstance(node, Mapping) else ()
    return ["}", *(part for member in members for part in (member.value, member.key)), "{"]
