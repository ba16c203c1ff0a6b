"""What HttpTokens comes to, in every way that it can be written, with the places that decided it."""

from __future__ import annotations

import pytest

from iac_imds_lint.source import SourceFile
from iac_imds_lint.value import ABSENT, Absent, Branches, Handle, Known, Unknown, Value
from tests.cloudformation.reading import TOKENS, instance, resource

REST = """
Parameters:
  Secure: {Type: String, Default: required}
  Weak:
    Type: String
    Default: "optional"
  One: {Type: String, AllowedValues: [required]}
  Two: {Type: String, AllowedValues: [optional, required]}
  Open: {Type: String}
  Empty: {Type: String, Default: }
  Ssm: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
  List: {Type: CommaDelimitedList, Default: "a,b"}
  Secret: {Type: String, Default: "{{resolve:ssm:x}}"}
  Odd: [1]
  Env: {Type: String, Default: prod}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Other: !Not [!Condition Prod]
  Both: !And [!Condition Prod, !Condition Maybe]
  Neither: !And [!Condition Other, !Condition Maybe]
  Either: {"Fn::Or": [{Condition: Prod}, {Condition: Maybe}]}
  All: !And [!Condition Prod, !Equals [a, a]]
  Maybe: !Equals [!Ref Open, x]
  Region: !Equals [!Ref AWS::Region, x]
  NeverTwo: !Equals [!Ref Two, x]
  MaybeTwo: !Equals [!Ref Two, required]
  Loop: !Not [!Condition Loop2]
  Loop2: !Or [!Condition Loop, !Condition Maybe]
  Unread: {"Fn::EachMemberIn": [[a], [b]]}
  Broken: !Or [!Condition Maybe, !Condition Nowhere]
  Mapped: !Equals [!FindInMap [a, b, c], x]
Mappings: {}
"""


def told(value: Value) -> object:
    """A value without its places: short enough for a table."""
    match value:
        case Known(tuple() as items):
            return [told(item) for item in items]
        case Known(dict() as members):
            return {key: told(item) for key, item in members.items()}
        case Known(content):
            return content
        case Absent():
            return "(absent)"
        case Unknown(reason, _, None):
            return f"? {reason}"
        case Unknown(_, _, handle):
            return handle
        case Branches(condition, choices):
            return condition, {label: told(choice) for label, choice in choices}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("required", "required"),
        ("'required'", "required"),
        ("", "(absent)"),
        ("null", "(absent)"),
        ("!Ref AWS::NoValue", "(absent)"),
        ("{Ref: AWS::NoValue}", "(absent)"),
        ("2", 2),
        ("[a, !Ref Secure]", ["a", "required"]),
        ("!Ref Secure", "required"),
        ("{Ref: Weak}", "optional"),
        ("!Ref One", "required"),
        ("!Ref Two", ("parameter Two", {"Two is optional": "optional", "Two is required": "required"})),
        ("!Ref Open", "? parameter Open has no default"),
        ("!Ref Empty", "? parameter Empty has no default"),
        ("!Ref Ssm", "? parameter Ssm is read from the Systems Manager parameter store at deployment"),
        ("!Ref List", ["a", "b"]),
        ("!Ref Secret", "? the Systems Manager parameter x is read at deployment only"),
        ("!Ref Odd", "? parameter Odd is not declared as a mapping"),
        ("!Ref Nowhere", "? Nowhere is no parameter or resource of this template"),
        ("!Ref AWS::Region", "? AWS::Region is known at deployment only"),
        ("!Ref Web", Handle("Web", "Ref")),
        ("!Ref [a]", "? this use of Ref is not understood"),
        ("!GetAtt Web.PrivateIp", Handle("Web", "PrivateIp")),
        ("!GetAtt [Web, Tags.x]", Handle("Web", "Tags.x")),
        ("{'Fn::GetAtt': [Web, Id]}", Handle("Web", "Id")),
        ("!GetAtt [Web, !Ref Env]", Handle("Web", "prod")),
        ("!GetAtt [Web, !Ref Open]", Handle("Web", "attribute")),
        ("!GetAtt Nowhere.Id", "? Nowhere is no resource of this template"),
        ("!GetAtt {}", "? what Fn::GetAtt names is no resource of this template"),
        ("'{{resolve:ssm:/imds}}'", "? the Systems Manager parameter /imds is read at deployment only"),
        ("!Sub required", "required"),
        ("!Sub '${Secure}'", "required"),
        ("!Sub '${ Open }'", "? parameter Open has no default"),
        ("!Sub '${Web.Id}'", Handle("Web", "Id")),
        ("!Sub '${!x}'", "${x}"),
        ("!Sub '${Env}-${Secure}'", "prod-required"),
        ("!Sub '${Env}-${Open}'", "? parameter Open has no default"),
        (
            "!Sub '${Env}-${Two}'",
            ("parameter Two", {"Two is optional": "prod-optional", "Two is required": "prod-required"}),
        ),
        ("!Sub ['${a}d', {a: require}]", "required"),
        ("{'Fn::Sub': ['${a}', {a: !Ref Weak}]}", "optional"),
        ("!Sub [a]", "? this use of Fn::Sub is not understood"),
        ("!FindInMap [a, b, c]", "? mapping a is not defined"),
        ("!ImportValue x", "? export x of another stack is known at deployment only"),
        ("{'Fn::Transform': {Name: m}}", "? Fn::Transform has the macro m write it at deployment"),
        ("!If [Prod, required, optional]", "required"),
        ("!If [Other, required, optional]", "optional"),
        ("!If [Neither, required, optional]", "optional"),
        ("!If [Either, required, optional]", "required"),
        ("!If [All, required, optional]", "required"),
        ("!If [NeverTwo, required, optional]", "optional"),
        ("!If [Prod, !Ref AWS::NoValue, optional]", "(absent)"),
        ("!If [Maybe, a, b]", ("Maybe", {"Maybe is true": "a", "Maybe is false": "b"})),
        ("!If [Both, a, b]", ("Both", {"Both is true": "a", "Both is false": "b"})),
        ("!If [Region, a, b]", ("Region", {"Region is true": "a", "Region is false": "b"})),
        ("!If [MaybeTwo, a, b]", ("MaybeTwo", {"MaybeTwo is true": "a", "MaybeTwo is false": "b"})),
        ("!If [Unread, a, b]", ("Unread", {"Unread is true": "a", "Unread is false": "b"})),
        ("!If [Broken, a, b]", "? condition Nowhere is not defined"),
        ("!If [Mapped, a, b]", "? mapping a is not defined"),
        (
            "!If [Maybe, !If [Maybe, a, b], !If [Maybe, c, d]]",
            ("Maybe", {"Maybe is true": "a", "Maybe is false": "d"}),
        ),
        ("!If [Loop, a, b]", "? condition Loop refers to itself"),
        ("!If [Nowhere, a, b]", "? condition Nowhere is not defined"),
        ("!If [Prod, a]", "? this use of Fn::If is not understood"),
        ("!If [!Ref Env, a, b]", "? this use of Fn::If is not understood"),
        ("!Foo a", "? Fn::Foo is not evaluated"),
    ],
)
def test_a_value(written: str, expected: object) -> None:
    found = resource(instance(f"MetadataOptions:\n  HttpTokens: {written}", REST)).option(TOKENS)
    assert told(found) == expected


@pytest.mark.parametrize(
    ("properties", "expected", "why"),
    [
        ("MetadataOptions: {}", "(absent)", "nothing is set"),
        ("", "(absent)", "no container"),
        ("MetadataOptions: !If [Prod, {HttpTokens: a}, !Ref AWS::NoValue]", "a", "a container that is decided"),
        ("MetadataOptions: !If [Other, {HttpTokens: a}, !Ref AWS::NoValue]", "(absent)", "and one that is not there"),
        (
            "MetadataOptions: !If [Maybe, {HttpTokens: a}, !Ref AWS::NoValue]",
            ("Maybe", {"Maybe is true": "a", "Maybe is false": "(absent)"}),
            "a container that is not decided",
        ),
        (
            "MetadataOptions: !If [Maybe, {HttpTokens: !If [Maybe, a, b]}, {}]",
            ("Maybe", {"Maybe is true": "a", "Maybe is false": "(absent)"}),
            "inside of a branch its condition is decided",
        ),
        ("MetadataOptions: !If [Maybe, {}, {}]", "(absent)", "no branch says anything"),
        ("MetadataOptions: !Ref Weak", "? what should hold HttpTokens is no mapping", "a text"),
        ("MetadataOptions: !Ref Open", "? parameter Open has no default", "a parameter"),
        ("MetadataOptions: [a]", "? what should hold HttpTokens is no mapping", "a list"),
        (
            "MetadataOptions: {'Fn::Transform': {Name: m}}",
            "? Fn::Transform has the macro m write it at deployment",
            "a macro",
        ),
        (
            "MetadataOptions: {HttpEndpoint: enabled, 'Fn::Transform': {Name: m}}",
            "? Fn::Transform may add HttpTokens at deployment",
            "a macro beside other keys",
        ),
        (
            "MetadataOptions: {HttpTokens: a, 'Fn::Transform': {Name: m}}",
            "a",
            "a macro beside the key itself",
        ),
    ],
)
def test_a_value_in_what_may_be_conditional(properties: str, expected: object, why: str) -> None:
    assert told(resource(instance(properties, REST)).option(TOKENS)) == expected, why


def test_a_mapping_is_known_by_its_members() -> None:
    found = resource(instance("MetadataOptions: {HttpTokens: {a: !Ref Secure}}", REST)).option(TOKENS)
    assert told(found) == {"a": "required"}


def test_properties_may_be_conditional_as_a_whole() -> None:
    text = (
        "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n"
        "    Properties: !If [Maybe, {MetadataOptions: {HttpTokens: required}}, {ImageId: x}]\n" + REST
    )
    assert told(resource(text).option(TOKENS)) == (
        "Maybe",
        {"Maybe is true": "required", "Maybe is false": "(absent)"},
    )


def ways(written: str) -> list[tuple[str, str, bool]]:
    """The way of HttpTokens: the text, what it is, and whether it can be replaced."""
    text = instance(f"MetadataOptions:\n  HttpTokens: {written}", REST)
    source = SourceFile("t.yaml", text)
    found = resource(text).option(TOKENS)
    return [(source.slice(origin.span), origin.what, origin.literal) for origin in found.origins]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("optional # c", [("optional", "here", True)]),
        ("null", [("null", "here", True)]),
        ("!Ref AWS::NoValue", [("!Ref AWS::NoValue", "here", True)]),
        ("!Ref Weak", [("!Ref Weak", "here", False), ('"optional"', "the default of parameter Weak", True)]),
        (
            "!Sub '${Secure}'",
            [("!Sub '${Secure}'", "here", False), ("required", "the default of parameter Secure", True)],
        ),
        ("!Sub optional", [("optional", "here", True)]),
        ("!Ref One", [("!Ref One", "here", False), ("required", "the only allowed value of parameter One", False)]),
        (
            "!If [Prod, optional, required]",
            [
                ("!If [Prod, optional, required]", "here", False),
                ("prod", "the default of parameter Env", False),
                ("optional", "the value where Prod is true", True),
            ],
        ),
        (
            "!If [Other, required, !Ref Weak]",
            [
                ("!If [Other, required, !Ref Weak]", "here", False),
                ("prod", "the default of parameter Env", False),
                ("!Ref Weak", "the value where Other is false", False),
                ('"optional"', "the default of parameter Weak", True),
            ],
        ),
        ("!If [Maybe, a, b]", [("!If [Maybe, a, b]", "here", False)]),
        ("!Ref Open", [("!Ref Open", "here", False)]),
        ("!Sub '${Env}-${Open}'", [("!Sub '${Env}-${Open}'", "here", False)]),
    ],
)
def test_the_way_to_what_decided(written: str, expected: list[tuple[str, str, bool]]) -> None:
    assert ways(written) == expected


def test_a_literal_that_others_share_is_not_to_be_replaced() -> None:
    text = instance("MetadataOptions: *o", "x: 1\n").replace(
        "Resources:", "Metadata: {a: &o {HttpTokens: optional}}\nResources:"
    )
    (origin,) = resource(text).option(TOKENS).origins
    assert (origin.what, origin.literal) == ("here", False)


def test_long_chains_end() -> None:
    chain = "".join(f"  C{i}: !Not [!Condition C{i + 1}]\n" for i in range(5000))
    found = resource(instance("MetadataOptions: {HttpTokens: !If [C0, a, b]}", f"Conditions:\n{chain}"))
    assert told(found.option(TOKENS)) == "? its functions and conditions are nested too deeply to be followed"
    nested = "!If [Maybe, " * 90 + "a" + ", b]" * 90
    assert isinstance(resource(instance(f"MetadataOptions: {{HttpTokens: {nested}}}", REST)).option(TOKENS), Branches)


def test_many_allowed_values_are_not_tried() -> None:
    rest = f"Parameters:\n  P: {{Type: String, AllowedValues: {list(range(100))}}}\n"
    rest += "Conditions:\n  C: !Equals [!Ref Q, x]\n"
    found = resource(instance("MetadataOptions: {HttpTokens: !Ref P}", rest)).option(TOKENS)
    assert told(found) == "? parameter P has no default and more than 16 allowed values"
    pair = "".join(f"  {name}: {{Type: String, AllowedValues: {list(range(16))}}}\n" for name in "PQ")
    rest = f"Parameters:\n{pair}Conditions:\n  C: !Equals [!Ref P, !Ref Q]\n"
    found = resource(instance("MetadataOptions: {HttpTokens: !If [C, a, b]}", rest)).option(TOKENS)
    assert told(found) == ("C", {"C is true": "a", "C is false": "b"})


def test_nothing_written_is_absent_without_a_place() -> None:
    assert resource(instance("")).option(TOKENS) == ABSENT
    assert resource(instance("MetadataOptions: !Ref AWS::NoValue")).option(TOKENS) == ABSENT
