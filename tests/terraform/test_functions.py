"""What functions and operators make of values that are not wholly known, where they lead, and where they stop."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.contents import walk
from iac_imds_lint.terraform.conversion import converted, unify_branches
from iac_imds_lint.terraform.functions import NAMES, call
from iac_imds_lint.terraform.operators import operated
from iac_imds_lint.terraform.types import Collection, List, Map, Member, ObjectOf, Partly, Set, Simple, TupleOf
from iac_imds_lint.value import ABSENT, Branches, Handle, Known, Origin, Unknown, Value
from tests.terraform.expressions import REFUSED, UNKNOWN, plain
from tests.test_properties import examples


def at(start: int, literal: bool = True, sensitive: bool = False, what: str = "here") -> Origin:
    return Origin(Span("main.tf", start, start + 1), what, literal, sensitive)


def text(content: str, start: int = 1) -> Known:
    return Known(content, (at(start),))


def obj(**members: Value) -> Known:
    return Known(members, (at(50, literal=False),))


def tup(*elements: Value) -> Known:
    return Known(elements, (at(60, literal=False),))


DEFAULT = at(9, what="the default of var.x")
GIVEN = Known("optional", (DEFAULT,))
LOST = Unknown("var.x is given elsewhere", (at(7, literal=False),), Handle("aws_instance.x", "id"))
WRONG = Unknown("it has no such attribute", (), None, invalid=True)
EITHER = Branches("var.v2", (("var.v2 is true", text("required", 2)), ("var.v2 is false", text("optional", 3))))
A, B = text("a", 1), text("b", 2)
NUMBER, ZERO = Known(2), Known(0)

# Calls that hand a value on: exactly the one that went in comes out, with its origins and its literal.
PASSED = [
    ("coalesce", (ABSENT, Known(""), GIVEN, LOST), GIVEN, "what comes after does not matter"),
    ("coalesce", (Known(None), LOST, GIVEN), LOST, "an unknown one may be null or not"),
    ("try", (WRONG, GIVEN), GIVEN, "what is refused is passed over"),
    ("try", (LOST, GIVEN), LOST, "what is not known may be valid"),
    ("try", (tup(A, WRONG), GIVEN), GIVEN, "also where a part of it is refused"),
    ("lookup", (obj(a=GIVEN), A, B), GIVEN, "the member"),
    ("lookup", (obj(a=LOST), A, B), LOST, "the member, known or not"),
    ("lookup", (obj(), A, GIVEN), GIVEN, "the default"),
    ("lookup", (Known(Partly({"a": GIVEN}, LOST)), A, B), GIVEN, "a member that is certain"),
    ("lookup", (Known(Partly({}, LOST)), A, B), LOST, "any other may be there"),
    ("element", (tup(A, GIVEN), Known(3)), GIVEN, "the element"),
    ("element", (tup(A, LOST), Known(1)), LOST, "the element, known or not"),
    ("one", (tup(GIVEN),), GIVEN, "the only one"),
    ("one", (Known(Set([LOST])),), LOST, "the only one, known or not"),
    ("join", (Known(""), tup(LOST)), LOST, "one element that is not known is still whose it is"),
    ("tostring", (GIVEN,), GIVEN, "a string is one"),
    ("tostring", (LOST,), LOST, "still whose it is"),
    ("nonsensitive", (LOST,), LOST, "still whose it is"),
    ("coalescelist", (tup(), tup(LOST)), tup(LOST), "the list as it is"),
]


@pytest.mark.parametrize(("name", "arguments", "expected", "why"), PASSED)
def test_what_is_picked_is_handed_on(name: str, arguments: tuple[Value, ...], expected: Value, why: str) -> None:
    assert call(name, arguments) == expected, why


# Calls that put values into collections: the members are those that went in.
HELD = [
    ("merge", (obj(a=A, b=B), obj(a=GIVEN)), {"a": GIVEN, "b": B}),
    ("merge", (obj(a=LOST), ABSENT, obj(b=EITHER)), {"a": LOST, "b": EITHER}),
    ("concat", (tup(GIVEN), tup(LOST, EITHER)), (GIVEN, LOST, EITHER)),
    ("flatten", (tup(tup(GIVEN), tup(tup(A))),), (GIVEN, A)),
    ("flatten", (tup(GIVEN, EITHER),), (GIVEN, EITHER)),
    ("values", (obj(b=LOST, a=GIVEN),), (GIVEN, LOST)),
    ("zipmap", (tup(A, B), tup(GIVEN, LOST)), {"a": GIVEN, "b": LOST}),
    ("slice", (tup(A, GIVEN, LOST), Known(1), Known(3)), (GIVEN, LOST)),
    ("reverse", (tup(GIVEN, LOST),), (LOST, GIVEN)),
    ("tolist", (tup(GIVEN, LOST, EITHER),), List([GIVEN, LOST, EITHER])),
    ("tomap", (obj(b=LOST, a=GIVEN),), Map({"a": GIVEN, "b": LOST})),
    ("toset", (tup(B, A, LOST, A),), Set([A, B, LOST])),
    ("setunion", (tup(B), tup(LOST, A)), Set([A, B, LOST])),
    ("matchkeys", (tup(GIVEN, LOST), tup(A, B), tup(B)), List([LOST])),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), HELD)
def test_what_is_not_looked_into_is_held_as_it_was(
    name: str, arguments: tuple[Value, ...], expected: tuple[Value, ...] | dict[str, Value]
) -> None:
    result = call(name, arguments)
    assert isinstance(result, Known)
    assert result.content == expected
    assert type(result.content) is type(expected)


# Calls of which no more, or no less, is certain.
OPEN = [
    ("lower", (LOST,), UNKNOWN, "the text decides"),
    ("length", (tup(LOST, A),), 2, "a tuple has so many elements, known or not"),
    ("length", (Known(Set([LOST, A])),), UNKNOWN, "a set has the unknown one twice or not"),
    ("length", (Known(Set([LOST])),), 1, "there is nothing that it could equal"),
    ("length", (LOST,), UNKNOWN, "how many there are is not known"),
    ("length", (Known(Partly({"a": A}, LOST)),), UNKNOWN, "there may be more"),
    ("keys", (Known(Partly({"a": A}, LOST)),), UNKNOWN, "there may be more"),
    ("values", (Known(Partly({"a": A}, LOST)),), UNKNOWN, "there may be more"),
    ("keys", (obj(a=LOST),), ["a"], "the keys are known"),
    ("contains", (tup(LOST, A), A), True, "one is enough"),
    ("contains", (tup(LOST, A), B), UNKNOWN, "the unknown one may be it"),
    ("contains", (tup(), LOST), False, "there is nothing that it could equal"),
    ("index", (tup(A, LOST), A), 0, "the first one decides"),
    ("index", (tup(LOST, A), A), UNKNOWN, "the unknown one may come first"),
    ("lookup", (LOST, A, B), UNKNOWN, "whether it is there is not known"),
    ("lookup", (obj(a=A), LOST, B), UNKNOWN, "which one is not known"),
    ("element", (tup(A, B), LOST), UNKNOWN, "which one is not known"),
    ("one", (Known(Set([LOST, A])),), UNKNOWN, "they may be one"),
    ("one", (tup(LOST, A),), REFUSED, "they are two"),
    ("can", (LOST,), UNKNOWN, "it may be refused"),
    ("can", (WRONG,), False, "it is refused"),
    ("can", (tup(A, WRONG),), False, "a part of it is refused"),
    ("try", (WRONG, WRONG), REFUSED, "nothing is left"),
    ("alltrue", (tup(LOST, Known(False)),), False, "one is enough"),
    ("anytrue", (tup(LOST, Known(True)),), True, "one is enough"),
    ("anytrue", (tup(LOST, Known(False)),), UNKNOWN, "the other decides"),
    ("alltrue", (tup(),), True, "none is false"),
    ("flatten", (tup(tup(A), LOST),), UNKNOWN, "it may be a list"),
    ("distinct", (tup(A, LOST),), UNKNOWN, "it may be there already"),
    ("setintersection", (tup(A), tup(LOST)), UNKNOWN, "it may be in both"),
    ("jsonencode", (obj(a=LOST),), UNKNOWN, "all of it decides"),
    ("join", (Known(","), tup(A, LOST)), UNKNOWN, "all of it decides"),
    ("max", (NUMBER, LOST), UNKNOWN, "it may be greater"),
    ("lower", (ABSENT,), REFUSED, "null is no string"),
    ("lower", (WRONG,), REFUSED, "what is refused stays so"),
    ("merge", (WRONG, obj(a=A)), REFUSED, "what is refused stays so"),
    ("timestamp", (), UNKNOWN, "it depends on when it is called"),
    ("provider::aws::arn_parse", (A,), UNKNOWN, "a provider's"),
    ("issensitive", (Known("a", (at(1, sensitive=True),)),), True, "marked"),
]


@pytest.mark.parametrize(("name", "arguments", "expected", "why"), OPEN)
def test_no_more_is_said_than_is_certain(name: str, arguments: tuple[Value, ...], expected: object, why: str) -> None:
    assert plain(call(name, arguments)) == expected, why


def test_what_comes_before_something_unknown_is_not_certain() -> None:
    merged = call("merge", [obj(a=A), LOST, obj(b=GIVEN)])
    assert call("lookup", [merged, B, A]) == GIVEN
    before = call("lookup", [merged, A, B])
    assert isinstance(before, Unknown)
    assert before.reason == LOST.reason
    again = call("merge", [obj(a=A), merged, obj(a=B)])
    assert call("lookup", [again, A, A]) == B
    assert call("lookup", [again, B, A]) == GIVEN


def test_computed_values_lead_to_what_they_are_computed_from() -> None:
    joined = call("join", [Known("-"), tup(A, Known("x", (DEFAULT,)))])
    assert joined == Known("a-x", (at(60, literal=False), DEFAULT._replace(literal=False)))


def test_an_unknown_argument_keeps_its_reason_and_no_longer_is_an_attribute() -> None:
    assert call("lower", [LOST]) == LOST._replace(handle=None)
    assert call("jsonencode", [obj(a=tup(LOST))]) == LOST._replace(handle=None)


def test_what_is_computed_from_something_sensitive_is_sensitive() -> None:
    secret = Known("A", (at(1, sensitive=True),))
    for result in (call("lower", [secret]), call("jsonencode", [obj(a=tup(secret))]), operated("==", [secret, A])):
        assert any(origin.sensitive for origin in result.origins)
    picked = call("lookup", [Known({"a": GIVEN}, (at(4, literal=False, sensitive=True),)), A])
    assert isinstance(picked, Known)
    assert any(origin.sensitive for origin in picked.origins)
    assert picked.origins[-1] == DEFAULT


def test_values_are_marked_and_unmarked() -> None:
    marked = call("sensitive", [GIVEN])
    assert marked == Known("optional", (DEFAULT._replace(sensitive=True),))
    assert call("nonsensitive", [marked]) == GIVEN
    assert call("sensitive", [LOST]).origins[0].sensitive


def test_a_refusal_does_not_show_what_is_sensitive() -> None:
    secret = Known("hunter2", (at(1, sensitive=True),))
    shown = call("tonumber", [text("hunter2")])
    hidden = call("tonumber", [secret])
    assert isinstance(shown, Unknown)
    assert "hunter2" in shown.reason
    assert isinstance(hidden, Unknown)
    assert "hunter2" not in hidden.reason


def test_an_undecided_condition_is_distributed() -> None:
    result = call("upper", [EITHER])
    assert isinstance(result, Branches)
    assert [(label, plain(choice)) for label, choice in result.choices] == [
        ("var.v2 is true", "REQUIRED"),
        ("var.v2 is false", "OPTIONAL"),
    ]


def test_an_undecided_condition_within_an_argument_is_distributed_too() -> None:
    for result in (
        call("jsonencode", [obj(a=EITHER, b=tup(EITHER))]),
        operated("==", [obj(a=EITHER), obj(a=text("required"))]),
    ):
        assert isinstance(result, Branches)
        assert result.condition == "var.v2"
    encoded = call("jsonencode", [obj(a=EITHER, b=tup(EITHER))])
    assert isinstance(encoded, Branches)
    assert plain(encoded.choices[0][1]) == '{"a":"required","b":["required"]}'


def test_too_many_undecided_conditions_are_not_followed() -> None:
    many = [Branches(f"c{number}", (("yes", A), ("no", B))) for number in range(40)]
    result = call("jsonencode", [tup(*many)])
    assert isinstance(result, Unknown)
    assert "too many" in result.reason


OPERATED = [
    ("&&", (Known(False), LOST), False, "one side decides"),
    ("&&", (LOST, Known(False)), False, "whichever it is"),
    ("||", (LOST, text("true")), True, "also where it is converted"),
    ("&&", (LOST, Known(True)), UNKNOWN, "the other decides"),
    ("&&", (Known(False), WRONG), REFUSED, "what is refused stays so"),
    ("&&", (Known(False), NUMBER), REFUSED, "a number is no boolean"),
    ("!", (LOST,), UNKNOWN, "it decides"),
    ("==", (LOST, A), UNKNOWN, "it may be it"),
    ("==", (LOST, ABSENT), UNKNOWN, "it may be null"),
    ("==", (ABSENT, Known(None)), True, "null is null"),
    ("!=", (ABSENT, A), True, "a string is not"),
    ("==", (tup(LOST, A), tup(LOST, B)), False, "one element decides"),
    ("==", (tup(LOST), tup(A)), UNKNOWN, "the element decides"),
    ("==", (tup(LOST), tup(A, B)), False, "the lengths decide"),
    ("==", (obj(a=LOST), obj(b=LOST)), False, "the keys decide"),
    ("==", (Known(Partly({"a": A}, LOST)), obj(a=B)), False, "a certain member decides"),
    ("==", (Known(Partly({"a": A}, LOST)), obj(a=A)), UNKNOWN, "there may be more"),
    ("+", (LOST, NUMBER), UNKNOWN, "it decides"),
    ("/", (NUMBER, ZERO), UNKNOWN, "infinite, which Terraform does not refuse"),
    ("+", (NUMBER,), UNKNOWN, "there is no such operator"),
]


@pytest.mark.parametrize(("operator", "values", "expected", "why"), OPERATED)
def test_operators_on_what_is_not_known(operator: str, values: tuple[Value, ...], expected: object, why: str) -> None:
    assert plain(operated(operator, values)) == expected, why


LONG = Known("a" * 900_000)
MANY = Known(tuple(Known(number) for number in range(20_000)))


def doubled(value: Value, times: int) -> Value:
    for _ in range(times):
        value = Known((value, value))
    return value


LARGE = [
    ("range", (Known(10**9),), "more than 1024"),
    ("setproduct", (MANY, MANY), "too large"),
    ("join", (LONG, MANY), "too large"),
    ("join", (Known(""), tup(LONG, LONG)), "too large"),
    ("replace", (LONG, Known("a"), LONG), "too large"),
    ("replace", (LONG, Known("/a/"), Known("aa")), "too large"),
    ("indent", (Known(10**6), Known("\n" * 10**6)), "too large"),
    ("format", (Known("%999999999d"), NUMBER), "too large"),
    ("format", (Known("%.999999999f"), NUMBER), "too large"),
    ("formatlist", (Known("%s%s"), Known(MANY.content[:1000]), LONG), "too large"),
    ("jsonencode", (doubled(A, 60),), "too large"),
    ("flatten", (doubled(A, 60),), "too large"),
    ("pow", (NUMBER, Known(1e300)), "too large"),
    ("tonumber", (Known("1e999999999"),), "too large"),
    ("jsondecode", (Known("[" * 100_000),), "too large"),
    ("jsondecode", (Known("[" * 200 + "]" * 200),), "too large"),
    ("yamldecode", (Known("[" * 50_000),), "too large"),
    ("yamldecode", (Known("a: " + "x" * 200_000),), "too large"),
    ("yamldecode", (Known("&a [*a]"),), "too large"),
    ("regex", (Known("(a+)+b"), Known("a" * 40)), "so long a text"),
    ("regex", (Known("(a|a)*b"), Known("a" * 40)), "so long a text"),
    ("regex", (Known("(a|a){40}b"), Known("a" * 40)), "so long a text"),
    ("regex", (Known("(a|a)" * 40 + "b"), Known("a" * 40)), "so long a text"),
    ("regex", (Known("(a?){40}a{40}"), Known("a" * 40)), "so long a text"),
    ("regex", (Known(".*.*.*.*.*.*="), Known("a" * 1000)), "so long a text"),
    ("regex", (Known("(" * 2000), A), "so long a regular expression"),
    ("parseint", (Known("9" * 10_000), Known(10)), "too large"),
]


@pytest.mark.parametrize(("name", "arguments", "reason"), LARGE, ids=lambda part: part if isinstance(part, str) else "")
def test_nothing_takes_for_ever(name: str, arguments: tuple[Value, ...], reason: str) -> None:
    start = time.process_time()
    result = call(name, arguments)
    assert time.process_time() - start < 10
    assert isinstance(result, Unknown)
    assert reason in result.reason


def test_yaml_that_refers_to_itself_many_times_is_not_expanded() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    assert plain(call("yamldecode", [Known("\n".join(lines))])) == UNKNOWN


def test_operators_and_sums_of_what_is_doubled_stop() -> None:
    deep = doubled(A, 60)
    assert plain(operated("==", [deep, deep])) == UNKNOWN


# Told, but not evaluated: what Python cannot say, or what depends on where Terraform runs.
UNTOLD = [
    ("regex", ("\\pL+", "é")),
    ("regex", ("(?U)a+", "a")),
    ("regex", ("(?i)é", "É")),
    ("regex", ("a(?i)b", "aB")),
    ("pathexpand", ("~/x",)),
    ("abspath", ("x",)),
    ("textencodebase64", ("a", "windows-1252")),
    ("yamlencode", ("a\nb",)),
    ("yamldecode", ("a: 2020-01-01T01:02:03Z",)),
    ("length", ("👨\u200d👩\u200d👧",)),
    ("cidrsubnet", ("10.0.0.0/8", "-1", "0")),
    ("base64gzip", ("a",)),
    ("tonumber", ("1p3",)),
]


@pytest.mark.parametrize(("name", "arguments"), UNTOLD)
def test_what_is_not_evaluated_is_not_refused(name: str, arguments: tuple[str, ...]) -> None:
    assert plain(call(name, [Known(argument) for argument in arguments])) == UNKNOWN


def test_numbers_whose_digits_are_not_all_known_are_not_written() -> None:
    third = operated("/", [Known(1), Known(3)])
    assert plain(call("tostring", [third])) == UNKNOWN
    assert plain(call("jsonencode", [third])) == UNKNOWN
    assert plain(operated("==", [operated("*", [third, Known(3)]), Known(1)])) == UNKNOWN
    assert plain(operated(">", [third, Known(0)])) is True


ORDINARY = [
    ("^(t2|t3|m5|m6i|c5)\\.(nano|micro|small|[0-9]*x?large)$", "m6i.2xlarge"),
    ("^arn:aws[a-z-]*:iam::[0-9]{12}:role/(.*)$", "arn:aws:iam::123456789012:role/service/instance-role-of-ours"),
    ("^([^/]+)/([^/]+)/([^/]+)$", "modules/instances/production"),
    ("(?i)^(required|optional)$", "Required"),
    ("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "web-1"),
]


@pytest.mark.parametrize(("pattern", "subject"), ORDINARY)
def test_ordinary_regular_expressions_are_evaluated(pattern: str, subject: str) -> None:
    assert plain(call("can", [call("regex", [Known(pattern), Known(subject)])])) is True


def test_every_function_of_terraform_that_is_pure_is_there() -> None:
    impure = {"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt", "file", "templatefile", "fileset"}
    assert not NAMES & impure
    assert len(NAMES) > 85


# --- Whatever the arguments are --------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ("true", "1", "-1.5", "10.0.0.0/8", "/a+/", "(a|b)*", "%s%[2]d", "a: [1, *b]", '{"a": [1e5]}', "e\u0301")
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.floats(),
    st.sampled_from((10**400, 1e308, -0.0)),
    TEXTS,
)
ORIGINS = st.sampled_from(((), (DEFAULT,), (at(1, sensitive=True), at(2))))
LEAVES = st.one_of(
    st.builds(Known, SCALARS, ORIGINS),
    st.sampled_from((ABSENT, LOST, WRONG, EITHER, Branches("c", (("yes", LOST), ("no", tup(A)))))),
)


def _held(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    elements = st.lists(inner, max_size=4)
    members = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    contents = st.one_of(
        *(st.builds(kind, elements) for kind in (tuple, List, Set)),
        *(st.builds(kind, members) for kind in (dict, Map)),
        st.builds(Partly, members, st.just(LOST)),
    )
    branches = st.builds(
        lambda yes, no, name: Branches(name, (("yes", yes), ("no", no))), inner, inner, st.sampled_from("cd")
    )
    return st.one_of(st.builds(Known, contents, ORIGINS), branches)


VALUES = st.recursive(LEAVES, _held, max_leaves=8)
TYPES = st.recursive(
    st.sampled_from(Simple),
    lambda inner: st.one_of(
        st.builds(Collection, st.sampled_from(("list", "set", "map")), inner),
        st.builds(TupleOf, st.lists(inner, max_size=2).map(tuple)),
        st.builds(
            ObjectOf,
            st.dictionaries(
                st.sampled_from("abc"),
                st.builds(Member, inner, st.booleans(), st.one_of(st.none(), LEAVES)),
                max_size=2,
            ),
        ),
    ),
    max_leaves=4,
)


def _is_value(value: Value) -> None:
    """Every part is a value, and what is one number is held as one."""
    for part in walk([value]):
        assert isinstance(part, Known | Branches | Unknown | type(ABSENT))
        assert all(isinstance(origin, Origin) for origin in part.origins)


def test_a_call_always_has_a_value() -> None:
    @examples(600)
    @given(st.sampled_from(sorted(NAMES)), st.lists(VALUES, max_size=3))
    def holds(name: str, arguments: list[Value]) -> None:
        _is_value(call(name, arguments))

    holds()


def test_an_operation_always_has_a_value() -> None:
    @examples(200)
    @given(st.sampled_from("! - && || == != < > <= >= + * / %".split()), st.lists(VALUES, min_size=1, max_size=2))
    def holds(operator: str, values: list[Value]) -> None:
        _is_value(operated(operator, values))

    holds()


def test_a_conversion_always_has_a_value() -> None:
    @examples(150)
    @given(VALUES, VALUES, TYPES)
    def holds(value: Value, other: Value, type: object) -> None:
        once = converted(value, type)
        _is_value(once)
        _is_value(unify_branches(value, other))
        assert converted(once, type) == once, "what has the type already keeps it"

    holds()
