"""Type constraints, what they are read from, and what they make of a value."""

from __future__ import annotations

import pytest

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.conversion import converted, unify_branches
from iac_imds_lint.terraform.types import (
    Collection,
    List,
    Map,
    Member,
    ObjectOf,
    Partly,
    Set,
    Simple,
    TupleOf,
    Type,
    constraint,
)
from iac_imds_lint.value import ABSENT, Branches, Known, Origin, Unknown, Value
from tests.terraform.expressions import REFUSED, UNKNOWN, evaluated, plain, read, value_of

S, N = Simple.STRING, Simple.NUMBER
LITERAL = Origin(Span("main.tf", 3, 8), "here", literal=True)
LOST = Unknown("var.x has no default and no value is given for it")


def type_of(text: str) -> Type | None:
    return constraint(read(text), evaluated)


CONSTRAINTS = [
    ("string", S),
    ("any", Simple.ANY),
    ('"string"', S),
    ('"list"', Collection("list", Simple.ANY)),
    ('"map"', Collection("map", Simple.ANY)),
    ("list", Collection("list", Simple.ANY)),
    ("set(number)", Collection("set", N)),
    ("map(list(string))", Collection("map", Collection("list", S))),
    ("tuple([string, number])", TupleOf((S, N))),
    ("tuple([])", TupleOf(())),
    ("object({})", ObjectOf({})),
    ("object({ a = string, b = list(any) })", ObjectOf({"a": Member(S), "b": Member(Collection("list", Simple.ANY))})),
    ("object({ a = optional(string) })", ObjectOf({"a": Member(S, True, Known(None))})),
    ("text", None),
    ("list(string, number)", None),
    ("list(text)", None),
    ("tuple(string)", None),
    ("object(string)", None),
    ("object({ a = text })", None),
    ("optional(string)", None),
    ("object({ a = optional(string, 1, 2) })", None),
    ("var.x", None),
    ("1", None),
    ("[string]", None),
]


@pytest.mark.parametrize(("text", "expected"), CONSTRAINTS)
def test_a_constraint_is_read(text: str, expected: Type | None) -> None:
    assert type_of(text) == expected


CONVERTED = [
    ("string", "1", "1", "a number is written"),
    ("string", "true", "true", "a boolean is written"),
    ("string", "[]", REFUSED, "a tuple is no string"),
    ("number", '"1.50"', 1.5, "a string is read"),
    ("number", '"a"', REFUSED, "it is no number"),
    ("bool", '"1"', True, "the string 1 is true"),
    ("bool", "1", REFUSED, "the number 1 is not"),
    ("any", "[1]", [1], "whatever it is"),
    ("list(string)", '[1, "a", null]', ["1", "a", None], "each element"),
    ("list(string)", 'toset(["b", "a"])', ["a", "b"], "a set has an order"),
    ("list(any)", '[1, "a"]', ["1", "a"], "of one type"),
    ("list(any)", "[1, true]", REFUSED, "no type in common"),
    ("list", '[1, "a"]', ["1", "a"], "of one type"),
    ("list(string)", '"a"', REFUSED, "a string is no list"),
    ("set(string)", '["b", "a", "b"]', ["a", "b"], "each once"),
    ("set(number)", '["2", 2, 1]', [1, 2], "each once, as it is converted"),
    ("map(string)", "{ b = 1, a = true }", {"a": "true", "b": "1"}, "each member"),
    ("map(string)", "{ a = [] }", REFUSED, "a tuple is no string"),
    ("map(any)", '{ a = 1, b = "x" }', {"a": "1", "b": "x"}, "of one type"),
    ("map(string)", "[]", REFUSED, "a tuple is no map"),
    ("tuple([string, number])", '[1, "2"]', ["1", 2], "each element"),
    ("tuple([string])", "[1, 2]", REFUSED, "one too many"),
    ("tuple([string])", 'tolist(["a"])', REFUSED, "a list is no tuple"),
    ("object({ a = string })", "{ a = 1, b = 2 }", {"a": "1"}, "what is not named is dropped"),
    ("object({ a = string })", "{}", REFUSED, "it is required"),
    ("object({ a = string })", "{ a = null }", {"a": None}, "null is given"),
    ("object({ a = string })", 'tomap({ a = "x" })', {"a": "x"}, "a map has it"),
    ("object({ a = string })", '"x"', REFUSED, "a string is no object"),
    ("object({ a = optional(string) })", "{}", {"a": None}, "null without a default"),
    ('object({ a = optional(string, "d") })', "{}", {"a": "d"}, "the default"),
    ('object({ a = optional(string, "d") })', "{ a = null }", {"a": "d"}, "the default for null"),
    ('object({ a = optional(string, "d") })', '{ a = "" }', {"a": ""}, "an empty string is given"),
    ("object({ a = optional(string, 1) })", "{}", {"a": "1"}, "the default is converted"),
    ('object({ a = optional(object({ b = optional(string, "d") }), {}) })', "{}", {"a": {"b": "d"}}, "deeply"),
    ('object({ a = optional(object({ b = optional(string, "d") })) })', "{}", {"a": None}, "not within null"),
    ("list(object({ a = optional(number, 1) }))", "[{}, { a = 2 }]", [{"a": 1}, {"a": 2}], "in each element"),
    ("map(object({ a = optional(number, 1) }))", "{ x = {} }", {"x": {"a": 1}}, "in each member"),
    ("object({ a = any })", "{ a = [1] }", {"a": [1]}, "whatever it is"),
    ("list(object({ a = any }))", '[{ a = 1 }, { a = "x" }]', [{"a": "1"}, {"a": "x"}], "of one type"),
]


@pytest.mark.parametrize(("type", "expression", "expected", "why"), CONVERTED)
def test_a_value_is_converted(type: str, expression: str, expected: object, why: str) -> None:
    asked = type_of(type)
    assert asked is not None
    assert plain(converted(value_of(expression), asked)) == expected, why


def test_null_and_what_is_not_known_stay_what_they_are() -> None:
    for value in (ABSENT, Known(None), LOST):
        assert converted(value, Collection("list", S)) == value
        assert converted(value, S) == value


def test_a_literal_stays_a_literal() -> None:
    given = Known({"tokens": Known("optional", (LITERAL,)), "hops": Known(1, (LITERAL,))})
    asked = ObjectOf({"tokens": Member(S), "hops": Member(S)})
    assert converted(given, asked) == Known({"tokens": Known("optional", (LITERAL,)), "hops": Known("1", (LITERAL,))})


def test_a_default_leads_to_where_it_is_written() -> None:
    asked = type_of('object({ tokens = optional(string, "optional") })')
    assert asked is not None
    made = converted(Known({}), asked)
    assert isinstance(made, Known)
    assert isinstance(made.content, dict)
    (origin,) = made.content["tokens"].origins
    assert origin.literal


def test_branches_are_converted_within() -> None:
    either = Branches("var.v2", (("yes", Known(1)), ("no", LOST)))
    assert converted(either, S) == Branches("var.v2", (("yes", Known("1")), ("no", LOST)))
    assert converted(Known((either,)), Collection("list", S)) == Known(List([converted(either, S)]))


def test_collections_know_what_they_are() -> None:
    value = Known((Known("b"), Known("a")))
    made = [converted(value, Collection(kind, S)) for kind in ("list", "set")]
    assert [type(each.content) for each in made if isinstance(each, Known)] == [List, Set]
    assert isinstance(converted(Known({}), Collection("map", S)).content, Map)  # type: ignore[union-attr]


def test_what_is_partly_known_stays_so() -> None:
    part = Known(Partly({"a": Known(1)}, LOST))
    made = converted(part, Collection("map", S))
    assert isinstance(made, Known)
    assert isinstance(made.content, Partly)
    assert made.content == {"a": Known("1")}
    named = converted(part, ObjectOf({"a": Member(S), "b": Member(S)}))
    assert plain(named) == {"a": "1", "b": UNKNOWN}


UNIFIED: list[tuple[Value, Value, object]] = [
    (Known(1), Known("a"), "1"),
    (Known(1), Known(None), 1),
    (Known(1), LOST, 1),
    (Known(1), Branches("c", (("yes", Known("a")), ("no", Known("b")))), "1"),
    (Known(True), Known(1), REFUSED),
    (LOST, Known(1), UNKNOWN),
    (Known((Known(1),)), Known(()), [1]),
]


@pytest.mark.parametrize(("taken", "other", "expected"), UNIFIED)
def test_the_results_of_a_condition_have_one_type(taken: Value, other: Value, expected: object) -> None:
    assert plain(unify_branches(taken, other)) == expected
