"""What conditions come to where many are taken as decided, and the places that decided them."""

from __future__ import annotations

import pytest

from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.template import Parsed, parse
from iac_imds_lint.source import SourceFile
from iac_imds_lint.value import Branches, Known, possibilities
from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import told

OPEN = "Parameters:\n" + "".join(f"  P{n}: {{Type: String}}\n" for n in range(20))


def wide(name: str, first: int) -> str:
    """A condition on eight parameters: two of these together have more ends than are looked into."""
    return f"  {name}: !And [{', '.join(f'!Equals [!Ref P{n}, x]' for n in range(first, first + 8))}]\n"


def test_a_condition_that_is_taken_as_decided_stays_so_beside_however_many() -> None:
    rest = f"{OPEN}Conditions:\n{wide('C', 0)}{wide('D', 8)}"
    found = resource(instance("MetadataOptions:\n  HttpTokens: !If [C, !If [D, !If [C, a, b], c], d]", rest))
    assert told(found.option(TOKENS)) == (
        "C",
        {"C is true": ("D", {"D is true": "a", "D is false": "c"}), "C is false": "d"},
    )


DECIDED = """Parameters:
  Set: {Type: String, Default: "yes"}
  Flag: {Type: String, Default: "no"}
Conditions:
  IsSet: !Equals [!Ref Set, "yes"]
  IsFlag: !Equals [!Ref Flag, "yes"]
  Both: !And [!Condition IsSet, !Not [!Condition IsFlag]]
  Neither: !Or [!Condition IsFlag, !Not [!Condition IsSet]]
  Either: !Or [!Condition IsSet, !Condition IsFlag]
  Fixed: !Equals [a, a]
"""


@pytest.mark.parametrize(
    ("name", "holds", "places", "why"),
    [
        ("Both", True, ["Set", "Flag"], "both have a part in it"),
        ("Neither", False, ["Flag", "Set"], "and in that none of them holds"),
        ("Either", True, ["Set"], "one is enough"),
        ("Fixed", True, [], "nothing but the condition itself"),
    ],
)
def test_the_places_that_decide_a_condition(name: str, holds: bool, places: list[str], why: str) -> None:
    parsed = parse(SourceFile("t.yaml", instance("", DECIDED)))
    assert isinstance(parsed, Parsed)
    found = Scope(parsed).truth(name)
    assert isinstance(found, Known)
    assert found.content is holds, why
    assert [step.what for step in found.origins] == [f"the default of parameter {place}" for place in places], why


def test_what_a_condition_takes_a_parameter_to_be_has_its_place_in_the_condition() -> None:
    text = instance(
        "MetadataOptions:\n  HttpTokens: !If [IsX, !Ref P0, a]", f"{OPEN}Conditions: {{IsX: !Equals [!Ref P0, xyz]}}\n"
    )
    found = resource(text).option(TOKENS)
    assert isinstance(found, Branches)
    source = SourceFile("t.yaml", text)
    way = [(source.slice(step.span), step.what, step.literal) for step in found.choices[0][1].origins[1:]]
    assert way == [
        ("!Ref P0", "the value where IsX is true", False),
        ("xyz", "what conditions take P0 to be", False),
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected", "why"),
    [
        ("[x]", "[y]", [["x"], ["y"]], "two lists"),
        ("x", "y", ["x", "y"], "two texts"),
        ("x", "x", ["x"], "one text that stands twice"),
        ("x", "[x]", ["x", ["x"]], "a text and a list"),
    ],
)
def test_entries_of_a_mapping_are_one_where_their_texts_are(
    one: str, other: str, expected: list[object], why: str
) -> None:
    rest = f"{OPEN}Mappings: {{M: {{a: {{T: {one}}}, b: {{T: {other}}}}}}}\n"
    found = resource(instance("MetadataOptions:\n  HttpTokens: !FindInMap [M, !Ref P0, T]", rest)).option(TOKENS)
    assert [told(end) for _, end in possibilities(found)] == expected, why
