"""What Fn::FindInMap comes to, and where its entries can be changed."""

from __future__ import annotations

import pytest

from iac_imds_lint.model import Posture
from iac_imds_lint.source import SourceFile
from tests.cloudformation.reading import TOKENS, instance, resource, verdict
from tests.cloudformation.test_evaluate import told

EXTENDED = "Transform: AWS::LanguageExtensions\n"
REST = """
Parameters:
  Env: {Type: String, Default: prod}
  Side: {Type: String, AllowedValues: [prod, dev]}
  Wide: {Type: String, AllowedValues: [prod, stage]}
  Open: {Type: String}
  Count: {Type: Number, Default: 1}
Conditions:
  IsProd: !Equals [!Ref Side, prod]
  IsHere: !Equals [!Ref AWS::Region, us-east-1]
Mappings:
  Sizes:
    prod: {Tokens: required, Endpoint: enabled, List: [a, b], Hops: 2}
    dev: {Tokens: optional, Endpoint: enabled}
  Regions:
    us-east-1: {Tokens: required}
    eu-west-1: {Tokens: optional}
  Alike:
    us-east-1: {Tokens: required, Other: a}
    eu-west-1: {Tokens: required}
  Numbers:
    1: {Tokens: one}
    "2": {Tokens: two}
  Names: {prod: {Map: Sizes}}
  Odd: {prod: x, dev: {Tokens: !Ref Env}, test: {Tokens: {a: b}}}
  Empty: {}
  Included: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: "s3://b/m.yaml"}}}
  Broken: [a]
"""


def value_of(written: str, transform: str = "") -> object:
    return told(resource(transform + instance(f"MetadataOptions:\n  HttpTokens: {written}", REST)).option(TOKENS))


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!FindInMap [Sizes, prod, Tokens]", "required", "literal keys"),
        ("{'Fn::FindInMap': [Sizes, dev, Tokens]}", "optional", "the long form"),
        ("!FindInMap [Sizes, !Ref Env, Tokens]", "required", "a key by a parameter"),
        ("!FindInMap [!FindInMap [Names, !Ref Env, Map], prod, Tokens]", "required", "a mapping by a mapping"),
        ("!FindInMap [Sizes, prod, !Select [0, [Tokens, Hops]]]", "required", "a key by a function"),
        ("!FindInMap [Numbers, 1, Tokens]", "one", "a number for a key"),
        ("!FindInMap [Numbers, '2', Tokens]", "two", "a key in quotes"),
        ("!FindInMap [Numbers, !Ref Count, Tokens]", "one", "a number by a parameter"),
        ("!FindInMap [Sizes, prod, List]", ["a", "b"], "a list"),
        ("!Select [1, !FindInMap [Sizes, prod, List]]", "b", "an item of it"),
        ("!FindInMap [Sizes, prod, Hops]", 2, "a number"),
        (
            "!FindInMap [Sizes, !Ref Side, Tokens]",
            ("parameter Side", {"Side is prod": "required", "Side is dev": "optional"}),
            "each allowed value",
        ),
        (
            "!FindInMap [Sizes, !Ref Wide, Tokens]",
            ("parameter Wide", {"Wide is prod": "required", "Wide is stage": "? mapping Sizes has no key stage"}),
            "an allowed value that no row is for",
        ),
        ("!FindInMap [Sizes, !Ref Side, Endpoint]", ("parameter Side", {"Side is prod": "enabled", "Side is dev": "enabled"}), "all the same"),
        (
            "!FindInMap [Regions, !Ref AWS::Region, Tokens]",
            ("AWS::Region", {"AWS::Region is us-east-1": "required", "AWS::Region is eu-west-1": "optional"}),
            "each row",
        ),
        ("!FindInMap [Alike, !Ref AWS::Region, Tokens]", "required", "each row says the same"),
        ("!FindInMap [Alike, !Ref AWS::Region, Other]", "a", "one row has it; in others CloudFormation fails"),
        (
            "!FindInMap [Sizes, !Ref Open, Tokens]",
            ("Open", {"Open is prod": "required", "Open is dev": "optional"}),
            "a parameter without a value",
        ),
        (
            "!FindInMap [Regions, !Select [0, !Split ['-', !Ref Open]], Tokens]",
            (
                "key 1 of Fn::FindInMap",
                {"key 1 of Fn::FindInMap is us-east-1": "required", "key 1 of Fn::FindInMap is eu-west-1": "optional"},
            ),
            "a function's key",
        ),
        (
            "!If [IsProd, !FindInMap [Sizes, !Ref Side, Tokens], x]",
            ("IsProd", {"IsProd is true": "required", "IsProd is false": "x"}),
            "the condition says which row",
        ),
        (
            "!If [IsHere, !FindInMap [Regions, !Ref AWS::Region, Tokens], x]",
            ("IsHere", {"IsHere is true": "required", "IsHere is false": "x"}),
            "the condition says which Region",
        ),
        ("!FindInMap [Nowhere, a, b]", "? mapping Nowhere is not defined", "no mapping"),
        ("!FindInMap [Broken, a, b]", "? mapping Broken is not defined", "a list for a mapping"),
        ("!FindInMap [Sizes, stage, Tokens]", "? mapping Sizes has no key stage", "no row"),
        ("!FindInMap [Sizes, prod, Nothing]", "? prod of mapping Sizes has no key Nothing", "no entry"),
        ("!FindInMap [Sizes, Prod, Tokens]", "? mapping Sizes has no key Prod", "letters count"),
        ("!FindInMap [Empty, !Ref Open, Tokens]", "? parameter Open has no default", "no rows at all"),
        ("!FindInMap [!Ref Open, a, b]", "? parameter Open has no default", "which mapping is not known"),
        ("!FindInMap [Odd, prod, Tokens]", "? prod of mapping Odd is no mapping", "a text for a row"),
        ("!FindInMap [Odd, dev, Tokens]", "? the entry dev.Tokens of mapping Odd is a function, and mappings hold none", "a function for an entry"),
        ("!FindInMap [Included, a, b]", "? it is included from s3://b/m.yaml, which is not read", "a macro"),
        ("!FindInMap [Sizes, [prod], Tokens]", "? a key of Fn::FindInMap is no text", "a list for a key"),
        ("!FindInMap [Sizes, !Ref Missing, Tokens]", "? Missing is no parameter or resource of this template", "a name of nothing"),
        ("!FindInMap [Sizes, prod]", "? this use of Fn::FindInMap is not understood", "too few"),
        ("!FindInMap Sizes", "? this use of Fn::FindInMap is not understood", "a text"),
        ("!FindInMap [Sizes, prod, Tokens, {DefaultValue: x}, y]", "? this use of Fn::FindInMap is not understood", "too many"),
        ("!FindInMap [Sizes, stage, Tokens, {DefaultValue: x}]", "? DefaultValue of Fn::FindInMap needs the transform AWS::LanguageExtensions", "CloudFormation does not know it by itself"),
    ],
)  # fmt: skip
def test_an_entry(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!FindInMap [Sizes, prod, Tokens, {DefaultValue: x}]", "required", "the entry is there"),
        ("!FindInMap [Sizes, stage, Tokens, {DefaultValue: x}]", "x", "no row"),
        ("!FindInMap [Sizes, prod, Nothing, {DefaultValue: x}]", "x", "no entry"),
        ("!FindInMap [Nowhere, a, b, {DefaultValue: x}]", "x", "no mapping"),
        ("!FindInMap [Sizes, stage, Tokens, {DefaultValue: !Ref Env}]", "prod", "a function"),
        ("!FindInMap [Sizes, stage, Tokens, {DefaultValue: !Ref AWS::NoValue}]", "(absent)", "no value"),
        (
            "!FindInMap [Sizes, !Ref Wide, Tokens, {DefaultValue: optional}]",
            ("parameter Wide", {"Wide is prod": "required", "Wide is stage": "optional"}),
            "for the allowed value without a row",
        ),
        (
            "!FindInMap [Alike, !Ref AWS::Region, Tokens, {DefaultValue: optional}]",
            (
                "AWS::Region",
                {
                    "AWS::Region is us-east-1": "required",
                    "AWS::Region is eu-west-1": "required",
                    "AWS::Region is any other": "optional",
                },
            ),
            "for other Regions",
        ),
        ("!FindInMap [Alike, !Ref AWS::Region, Tokens, {DefaultValue: required}]", "required", "all the same"),
        ("!FindInMap [Sizes, stage, Tokens, {Default: x}]", "? this use of Fn::FindInMap is not understood", "another key"),
        ("!FindInMap [Sizes, stage, Tokens, x]", "? this use of Fn::FindInMap is not understood", "no mapping"),
    ],
)  # fmt: skip
def test_a_default_value(written: str, expected: object, why: str) -> None:
    assert value_of(written, EXTENDED) == expected, why


def ways(written: str, rest: str = REST, transform: str = "") -> list[tuple[str, str, bool]]:
    text = transform + instance(f"MetadataOptions:\n  HttpTokens: {written}", rest)
    source = SourceFile("t.yaml", text)
    return [(source.slice(o.span), o.what, o.literal) for o in resource(text).option(TOKENS).origins]


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("!FindInMap [Sizes, dev, Tokens]", ("optional", "the entry dev.Tokens of mapping Sizes", True)),
        ("!FindInMap [Sizes, !Ref Env, Tokens]", ("required", "the entry prod.Tokens of mapping Sizes", True)),
        ("!FindInMap [Alike, !Ref AWS::Region, Tokens]", ("required", "the entry us-east-1.Tokens of mapping Alike", True)),
        ("!FindInMap [Sizes, stage, Tokens, {DefaultValue: weak}]", ("weak", "the DefaultValue of Fn::FindInMap", True)),
        ("!Select [0, [weak, b]]", ("weak", "the item that Fn::Select takes", True)),
        ("!Select [0, !Split [',', 'a,b']]", ("'a,b'", "the item that Fn::Select takes", False)),
        ("!Join ['', [weak]]", ("weak", "the only item that Fn::Join joins", True)),
        ("!Join ['', [we, ak]]", ("!Join ['', [we, ak]]", "here", False)),
        ("!Select [0, [!Ref Env]]", ("prod", "the default of parameter Env", True)),
        ("!Sub ['${a}', {a: weak}]", ("weak", "here", True)),
    ],
)  # fmt: skip
def test_the_place_that_decided(written: str, last: tuple[str, str, bool]) -> None:
    assert ways(written, transform=EXTENDED)[-1] == last


def test_an_entry_behind_an_alias_is_not_to_be_replaced() -> None:
    rest = "Mappings:\n  A: {x: &x {Tokens: optional}, y: *x}\n"
    assert ways("!FindInMap [A, y, Tokens]", rest)[-1] == ("optional", "the entry y.Tokens of mapping A", False)
    assert ways("!FindInMap [A, x, Tokens]", rest)[-1] == ("optional", "the entry x.Tokens of mapping A", False)


@pytest.mark.parametrize(
    "written", ["!Select [0, [*t]]", "!If [Nowhere, *t, x]", "!Join ['', [*t]]", "!Sub ['${a}', {a: *t}]"]
)
def test_an_item_behind_an_alias_is_not_to_be_replaced(written: str) -> None:
    top = "Metadata: {a: &t weak}\n"
    rest = "Conditions: {Nowhere: !Equals [a, a]}\n"
    assert [(text, literal) for text, _, literal in ways(written, rest, top)][-1] == ("weak", False)


def test_rows_for_many_regions_are_one_value_where_they_agree() -> None:
    rows = "".join(f"    r{n}: {{Tokens: required}}\n" for n in range(40))
    text = instance(
        "MetadataOptions: {HttpTokens: !FindInMap [M, !Ref AWS::Region, Tokens]}", f"Mappings:\n  M:\n{rows}"
    )
    assert told(resource(text).option(TOKENS)) == "required"
    mixed = text.replace("r7: {Tokens: required}", "r7: {Tokens: optional}")
    assert told(resource(mixed).option(TOKENS)) == (
        "AWS::Region",
        {"AWS::Region is r0 or one of 38 others": "required", "AWS::Region is r7": "optional"},
    )
    different = "".join(f"    r{n}: {{Tokens: t{n}}}\n" for n in range(40))
    assert (
        told(resource(text.replace(rows, different)).option(TOKENS)) == "? it depends on too many undecided conditions"
    )


@pytest.mark.parametrize(
    ("rows", "reason", "why"),
    [
        (["optional", "required"], "v1-allowed if {0}; v2-required if {1}", "few rows are told one by one"),
        (
            ["optional", "required", "required", "required", "optional", "required", "required"],
            "v1-allowed if {0}, or {4}; v2-required if {1}, or {2}, or {3}, or {5}, or in 1 more case",
            "many by what they come to",
        ),
        (
            ["required"] * 7 + ["optional"] * 6,
            (
                "v2-required if {0}, or {1}, or {2}, or {3}, or in 3 more cases;"
                " v1-allowed if {7}, or {8}, or {9}, or {10}, or in 2 more cases"
            ),
            "of which not all are named",
        ),
    ],
)
def test_the_reason_of_many_rows_is_short(rows: list[str], reason: str, why: str) -> None:
    names = [f"r{number:02}" for number in range(len(rows))]
    table = "".join(f"    {name}: {{Tokens: {tokens}}}\n" for name, tokens in zip(names, rows, strict=True))
    found = verdict(
        instance(
            "MetadataOptions:\n  HttpTokens: !FindInMap [R, !Ref AWS::Region, Tokens]", f"Mappings:\n  R:\n{table}"
        )
    )
    assert found.reason == reason.format(*(f"AWS::Region is {name}" for name in names)), why


_TWENTY = "".join(
    f"    r{n}: {{E: {'disabled' if n < 10 else 'enabled'}, T: {'required' if 0 < n < 11 else 'optional'}}}\n"
    for n in range(20)
)
_LOOKED_UP = "MetadataOptions:\n  HttpEndpoint: !FindInMap [M, {0}, E]\n  HttpTokens: !FindInMap [N, {1}, T{2}]"
_HERE = "!Ref AWS::Region"


@pytest.mark.parametrize(
    ("keys", "rows", "reason", "why"),
    [
        (
            (_HERE, _HERE, ", {DefaultValue: optional}"),
            ("{a-1: {E: enabled}, b-1: {E: disabled}}", "{b-1: {T: required}}"),
            "v1-allowed if AWS::Region is a-1; imds-disabled if AWS::Region is b-1",
            "a row of one mapping is one of all others to another, whose DefaultValue counts",
        ),
        (
            (_HERE, _HERE, ", {DefaultValue: optional}"),
            ("{b-1: {E: enabled}, c-1: {E: disabled}}", "{b-1: {T: required}, c-1: {T: required}}"),
            "nothing",
            "the DefaultValue counts in no Region that the other mapping has",
        ),
        (
            ("{'Fn::GetAtt': [P, A]}", "{'Fn::GetAtt': [P, B]}", ""),
            ("{a: {E: enabled}, b: {E: disabled}}", "{a: {T: required}, b: {T: optional}}"),
            "v1-allowed if key 1 of Fn::FindInMap is a and key 1 of Fn::FindInMap is b",
            "two keys without names are two questions",
        ),
        (
            ("{'Fn::GetAtt': [P, A]}", "{'Fn::GetAtt': [P, A]}", ""),
            ("{a: {E: enabled}, b: {E: disabled}}", "{a: {T: required}, b: {T: optional}}"),
            "nothing",
            "one key is one question: it is off where it is optional",
        ),
        (
            (_HERE, _HERE, ""),
            ("{a-1: {E: enabled}, b-1: {E: disabled}}", "{c-1: {T: required}, d-1: {T: optional}}"),
            "its options have no values together, whatever AWS::Region is",
            "mappings for other Regions: nothing can be deployed",
        ),
        (
            (_HERE, _HERE, ""),
            ("{a-1: {E: disabled}, b-1: {E: enabled}}", "{b-1: {T: required}, c-1: {T: optional}}"),
            "nothing",
            "only b-1 is in both mappings",
        ),
    ],
)
def test_one_question_has_one_answer_and_two_have_two(
    keys: tuple[str, str, str], rows: tuple[str, str], reason: str, why: str
) -> None:
    found = verdict(
        EXTENDED
        + instance(_LOOKED_UP.format(*keys), f"  P: {{Type: Custom::P}}\nMappings:\n  M: {rows[0]}\n  N: {rows[1]}\n")
    )
    if reason == "nothing":
        assert found.posture is Posture.V2_REQUIRED, (found, why)
    else:
        assert (found.posture, reason in found.reason) == (Posture.UNKNOWN, True), (found, why)


def test_groups_of_rows_by_two_keys_are_not_taken_for_one_question() -> None:
    text = instance(_LOOKED_UP.replace("[N", "[M").format(_HERE, _HERE, ""), f"Mappings:\n  M:\n{_TWENTY}")
    assert verdict(text).posture is Posture.UNKNOWN
    assert "v1-allowed if AWS::Region is r10" in verdict(text).reason, "r11 to r19 answer, and do not ask for tokens"
    assert verdict(text.replace("optional", "required")).posture is Posture.V2_REQUIRED
