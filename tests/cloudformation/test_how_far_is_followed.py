"""Where following ends: what is just within a limit is told, and what is beyond it is undecided, never guessed."""

from __future__ import annotations

import pytest

from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import told
from tests.support import linted, postures

OPEN = "Parameters:\n" + "".join(f"  P{n}: {{Type: String}}\n" for n in range(20))
ATOMS = "Conditions:\n" + "".join(f"  A{n}: !Equals [!Ref P{n}, x]\n" for n in range(20))
TOO_MANY = "? it depends on too many undecided conditions"


def value_of(written: str, rest: str) -> object:
    return told(resource(instance(f"MetadataOptions:\n  HttpTokens: {written}", rest)).option(TOKENS))


def either(name: str, one: object, other: object) -> object:
    return name, {f"{name} is true": one, f"{name} is false": other}


@pytest.mark.parametrize(("depth", "innermost"), [(12, "a"), (13, TOO_MANY)])
def test_twelve_conditions_may_be_undecided_on_one_way(depth: int, innermost: str) -> None:
    written = "".join(f"!If [A{n}, " for n in range(depth)) + "a" + ", b]" * depth
    expected: object = innermost
    for n in reversed(range(min(depth, 12))):
        expected = either(f"A{n}", expected, "b")
    assert value_of(written, OPEN + ATOMS) == expected


def compared(texts: int) -> str:
    """Conditions that compare one parameter with so many texts."""
    return OPEN + "Conditions:\n" + "".join(f"  E{n}: !Equals [!Ref P0, x{n}]\n" for n in range(texts))


@pytest.mark.parametrize(
    ("texts", "where_true", "why"),
    [
        (64, "b", "a parameter is not two texts at once"),
        (65, either("E0", "a", "b"), "of a text more it is not said whether the parameter is that as well"),
    ],
)
def test_so_many_texts_of_one_name_are_told_apart(texts: int, where_true: object, why: str) -> None:
    last = f"E{texts - 1}"
    assert value_of(f"!If [{last}, !If [E0, a, b], c]", compared(texts)) == either(last, where_true, "c"), why


def allowed(choices: int) -> str:
    """Two parameters that have no allowed value in common, and a condition that takes them to be the same."""
    one, other = (", ".join(f"{letter}{n}" for n in range(choices)) for letter in "pq")
    return (
        f"Parameters:\n  P: {{Type: String, AllowedValues: [{one}]}}\n  Q: {{Type: String, AllowedValues: [{other}]}}\n"
        "Conditions: {Same: !Equals [!Ref P, !Ref Q]}\n"
    )


@pytest.mark.parametrize(
    ("choices", "expected", "why"),
    [(16, "b", "256 pairs are tried, and none is alike"), (17, either("Same", "a", "b"), "289 are not tried")],
)
def test_so_many_pairs_of_allowed_values_are_compared(choices: int, expected: object, why: str) -> None:
    assert value_of("!If [Same, a, b]", allowed(choices)) == expected, why


def long(last: str) -> str:
    """A text of more words than are compared."""
    return f"!Join ['', [{', '.join(['!Ref P0'] * 40)}, {last}]]"


@pytest.mark.parametrize(
    ("written", "conditions", "expected", "why"),
    [
        ("!If [C, a, b]", f"C: !Equals [{long('x')}, {long('y')}]", either("C", "a", "b"), "its sides are not alike"),
        (
            "!If [C, !If [D, a, b], c]",
            f"C: !Equals [{long('x')}, z]\n  D: !Equals [{long('y')}, z]",
            either("C", either("D", "a", "b"), "c"),
            "one says nothing of the other",
        ),
        (
            "!If [C, !If [D, a, b], c]",
            "C: !Equals [!Sub 'x${P0}', z]\n  D: !Equals [!Sub 'x${P0}', z]",
            either("C", "a", "c"),
            "short ones that are spelt alike are one question",
        ),
    ],
)
def test_long_comparisons_are_told_apart_by_their_places(
    written: str, conditions: str, expected: object, why: str
) -> None:
    assert value_of(written, f"{OPEN}Conditions:\n  {conditions}\n") == expected, why


@pytest.mark.parametrize(
    ("index", "expected", "why"),
    [
        ("'00000001'", "b", "leading zeros"),
        ("'000000001'", "b", "nine digits"),
        ("'0000000001'", "? Fn::Select counts from 0, and its index is no such number", "ten digits"),
        (f"'{'9' * 5000}'", "? Fn::Select counts from 0, and its index is no such number", "more than Python reads"),
    ],
)
def test_an_index_has_nine_digits_at_most(index: str, expected: str, why: str) -> None:
    assert value_of(f"!Select [{index}, [a, b]]", OPEN) == expected, why


def spelt(joins: int) -> str:
    """A name that is known at deployment only, in so many functions."""
    return "!Join ['-', [a, " * joins + "!Ref AWS::StackName" + "]]" * joins


@pytest.mark.parametrize(
    ("joins", "expected", "why"),
    [
        (2, {"T": "v2-required", "X": "v2-required"}, "it is one name"),
        (3, {"T": "v2-required", "X": "unknown"}, "names that are nested deeper are not compared"),
    ],
)
def test_names_are_compared_two_functions_deep(joins: int, expected: dict[str, str], why: str) -> None:
    text = (
        "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n"
        f"      LaunchTemplateName: {spelt(joins)}\n"
        "      LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}\n"
        "  X:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n"
        f"      LaunchTemplate: {{LaunchTemplateName: {spelt(joins)}, Version: $Latest}}\n"
    )
    assert postures({"t.yaml": text}) == expected, why


def chained(files: int, value: str) -> dict[str, str]:
    """An instance with tags and one option beside them in files, each of which holds the next one 40 lists deep."""
    include = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: f%d.yaml}}}"
    texts = {f"f{n}.yaml": "[" * 40 + include % (n + 1) + "]" * 40 + "\n" for n in range(files)}
    options = f"{{HttpEndpoint: enabled, HttpTokens: {value}}}"
    properties = f"{{Tags: {include % 0}, MetadataOptions: {options}}}"
    text = f"Resources: {{Web: {{Type: AWS::EC2::Instance, Properties: {properties}}}}}\n"
    return {**texts, f"f{files}.yaml": "a: b\n", "t.yaml": text}


@pytest.mark.parametrize(
    ("files", "value", "codes", "why"),
    [
        (2, "required", [], "a few files"),
        (40, "required", [], "more than can be followed, where nothing of ours is"),
        (40, "optional", ["IMDS002"], "and what is written beside it counts"),
    ],
)
def test_includes_that_lead_too_deep_hide_nothing_else(files: int, value: str, codes: list[str], why: str) -> None:
    report = linted(chained(files, value), paths=("t.yaml",))
    assert [finding.rule.code for finding in report.findings] == codes, why
    assert [row.resource for row in report.inventory] == ["Web"], why


def test_an_option_that_is_included_too_deep_says_so() -> None:
    include = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: PATH}}}"
    deep = "!Select [0, [" * 30 + include + "]]" * 30
    text = instance(f"MetadataOptions:\n  HttpTokens: {include.replace('PATH', 'f0.yaml')}")
    files = {"t.yaml": text, "f0.yaml": deep.replace("PATH", "f1.yaml"), "f1.yaml": deep.replace("PATH", "f2.yaml")}
    (row,) = linted(files, paths=("t.yaml",)).inventory
    assert row.reason == "what is included here is too much, or nested too deeply, to be followed"
