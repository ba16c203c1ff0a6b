"""Policies in arguments: as ``jsonencode(...)``, as the text of a heredoc or of a file, as blocks of a data source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from iac_imds_lint import statements
from iac_imds_lint.documents import held_json, json_reader
from iac_imds_lint.documents.key_places import key_before
from iac_imds_lint.source import Problem, Span
from iac_imds_lint.statements import Document, Entry, Patterns, Statement, Word, word, words
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.places import Arguments, Place, member, written_key
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.syntax import Expression, Traversal
from iac_imds_lint.value import Absent, Known, Value, possibilities

# The blocks of a name in a place.
Inside: TypeAlias = "Callable[[Place, str], Iterator[Place]]"
# So many locals are followed to what an argument is written as.
_MOST_STEPS = 5


def held(arguments: Arguments, place: Place, name: str) -> tuple[Document, ...]:
    """All that the policy in an argument may be."""
    value = arguments.instance.assuming(_value(arguments.scope, place, name))
    key_place = partial(_key_place, arguments.scope)
    leaves = (_opened(leaf, arguments.scope, name) for _, leaf in possibilities(value))
    return tuple(statements.read(leaf, key_place) for leaf in leaves)


def _value(scope: Scope, place: Place, name: str) -> Value:
    expression = _expression(place, name)
    if expression is None:
        return member(place, name)
    return evaluate(_written(expression, scope), Frame(scope, place.bindings))


def _expression(place: Place, name: str) -> Expression | None:
    if place.body is not None:
        attribute = place.body.attribute(name)
        return attribute.read() if attribute else None
    found = written_key(place.written, name)
    return found[1] if found else None


def _written(expression: Expression, scope: Scope) -> Expression:
    """An expression as what the JSON holds that it is, if that is written out here or in a local."""
    from iac_imds_lint.terraform.embedded import written_out

    for _ in range(_MOST_STEPS):
        match expression:
            case Traversal(_, "local", (str(name),)) if (local := scope.module.local(name)) is not None:
                expression = local.read()
            case _:
                break
    source = scope.source(expression.span.path)
    return (written_out(expression, source) if source else None) or expression


def _opened(value: Value, scope: Scope, name: str) -> Value:
    """A text as what its JSON holds: with its places where it is all of a file."""
    match value:
        case Known(str() as text, (*_, last)):
            source = scope.source(last.span.path)
            tree = json_reader.read(source) if source is not None and source.text == text else None
            if tree is None or isinstance(tree, Problem):
                return held_json.decoded(value, name)
            return held_json.placed(tree)
        case _:
            return value


def _key_place(scope: Scope, key: str, value: Value) -> Span | None:
    for origin in value.origins:
        source = scope.source(origin.span.path)
        found = key_before(source, origin.span, key) if source else None
        if found is not None:
            return found
    return None


def by_blocks(arguments: Arguments, top: Place, places: list[Place], inside: Inside) -> Document:
    """The statements that a data source writes by blocks.

    Source: the provider's documentation of aws_iam_policy_document: a document that overrides others by
    ``override_policy_documents`` replaces statements that have the same ``sid``.
    """
    overridden = any(
        not isinstance(arguments.at(top, name), Absent) for name in ("override_policy_documents", "override_json")
    )
    found = (_statement(arguments, place, inside) for place in places if isinstance(place.exists, Known))
    return tuple(one for one in found if not (overridden and one.sid))


def _statement(arguments: Arguments, place: Place, inside: Inside) -> Statement:
    conditions = list(inside(place, "condition"))
    certain = [one for one in conditions if isinstance(one.exists, Known)]
    effect = word(arguments.at(place, "effect"))
    return Statement(
        span=place.head,
        sid=word(arguments.at(place, "sid")).text or "",
        effect=Word("Allow", place.head) if isinstance(arguments.at(place, "effect"), Absent) else effect,
        actions=_patterns(arguments, place, "actions"),
        resources=_patterns(arguments, place, "resources"),
        entries=tuple(_entries(arguments, certain)),
        whole=len(certain) == len(conditions),
    )


def _patterns(arguments: Arguments, place: Place, name: str) -> Patterns | None:
    for key, negated in ((name, False), (f"not_{name}", True)):
        value = arguments.at(place, key)
        if not isinstance(value, Absent):
            return Patterns(words(value), negated)
    return None


def _entries(arguments: Arguments, places: list[Place]) -> Iterator[Entry]:
    for place in places:
        test, variable, values = (arguments.at(place, name) for name in ("test", "variable", "values"))
        yield Entry(word(test), word(variable), words(values))
