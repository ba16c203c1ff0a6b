"""What conditions come to, as trees of what is not decided: a parameter's value, or a comparison that no one can make.

Each question stands in a tree by its name, so that one answer counts in all conditions that ask it: what is assumed of
one condition narrows what others come to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from iac_imds_lint.value import Origin

# A tree with more ends is not looked into: it becomes a question of its own.
_MOST_ENDS = 64


class Decided(NamedTuple):
    """True or false, and the places that decided it."""

    holds: bool
    origins: tuple[Origin, ...] = ()


class Broken(NamedTuple):
    """CloudFormation cannot evaluate it, for this reason."""

    reason: str


class Split(NamedTuple):
    """It depends on the answer to a question; each choice is for some of the answers, and all answers are there."""

    question: str
    choices: tuple[tuple[frozenset[str], Tree], ...]


Tree: TypeAlias = "Decided | Broken | Split"

_YES, _NO = frozenset({"true"}), frozenset({"false"})


def open_question(question: str) -> Tree:
    """What may be true and may be false."""
    return Split(question, ((_YES, Decided(True)), (_NO, Decided(False))))


def split(question: str, choices: Iterable[tuple[frozenset[str], Tree]]) -> Tree:
    """A tree by the answers to a question; without the question where the answer makes no difference."""
    merged: dict[Tree, frozenset[str]] = {}
    for answers, tree in choices:
        merged[tree] = merged.get(tree, frozenset()) | answers
    if len(merged) == 1:
        return next(iter(merged))
    return Split(question, tuple((answers, tree) for tree, answers in merged.items()))


def answered(tree: Tree, question: str, answers: frozenset[str]) -> Tree:
    """The tree where the answer to a question is one of these."""
    if not isinstance(tree, Split):
        return tree
    if tree.question != question:
        return split(tree.question, ((some, answered(below, question, answers)) for some, below in tree.choices))
    left = [(some & answers, answered(below, question, answers)) for some, below in tree.choices if some & answers]
    return split(question, left) if left else tree


def negated(tree: Tree) -> Tree:
    """``Fn::Not``."""
    match tree:
        case Decided(holds, origins):
            return Decided(not holds, origins)
        case Broken():
            return tree
        case Split(question, choices):
            return Split(question, tuple((answers, negated(below)) for answers, below in choices))


def together(trees: list[Tree], *, deciding: bool, question: str) -> Tree:
    """``Fn::Or`` (one that is true decides) or ``Fn::And`` (one that is false does); ``question`` is what it asks as a
    whole, should it depend on too much.
    """
    decisive = next((tree for tree in trees if isinstance(tree, Decided) and tree.holds is deciding), None)
    if decisive is not None:
        return decisive if len(trees) == 1 else Decided(deciding, _origins(decisive))
    broken = next((tree for tree in trees if isinstance(tree, Broken)), None)
    if broken is not None:
        return broken
    undecided = [tree for tree in trees if isinstance(tree, Split)]
    if not undecided:
        return Decided(not deciding, tuple(origin for tree in trees for origin in _origins(tree)))
    whole: Tree = Decided(not deciding)
    for tree in reversed(undecided):
        if _ends(tree) * _ends(whole) > _MOST_ENDS:
            return open_question(question)
        whole = _grafted(tree, deciding, whole)
    return whole


def narrowed(tree: Tree, world: Tree) -> Tree | None:
    """The tree where ``world`` holds; None where it cannot."""
    match world:
        case Decided(holds):
            return tree if holds else None
        case Broken():
            return tree
        case Split(question, choices):
            below = [(some, narrowed(answered(tree, question, some), inner)) for some, inner in choices]
            left = [(some, part) for some, part in below if part is not None]
            return split(question, left) if left else None


def may_hold(world: Tree) -> bool:
    """Whether some answers make it true."""
    match world:
        case Decided(holds):
            return holds
        case Broken():
            return True
        case Split(_, choices):
            return any(may_hold(below) for _, below in choices)


def _grafted(tree: Tree, deciding: bool, following: Tree) -> Tree:
    """``following`` in place of each end of the tree that does not decide."""
    match tree:
        case Decided(holds):
            return tree if holds is deciding else following
        case Broken():
            return tree
        case Split(question, choices):
            return split(
                question,
                ((some, _grafted(below, deciding, answered(following, question, some))) for some, below in choices),
            )


def _origins(tree: Tree) -> tuple[Origin, ...]:
    """The places that decided a part of a whole: what turns the part may leave the whole as it is."""
    return tuple(origin._replace(turn=None) for origin in tree.origins) if isinstance(tree, Decided) else ()


def _ends(tree: Tree) -> int:
    return sum(_ends(below) for _, below in tree.choices) if isinstance(tree, Split) else 1
