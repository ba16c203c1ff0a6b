"""What conditions come to, and that nothing is said of them that cannot be true together."""

from __future__ import annotations

import pytest

from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.template import Parsed, parse
from iac_imds_lint.source import SourceFile
from iac_imds_lint.value import Known
from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import told

REST = """
Parameters:
  Env: {Type: String, AllowedValues: [prod, test, dev]}
  Set: {Type: String, Default: "yes"}
  Flag: {Type: String, Default: true}
  Open: {Type: String}
  Ids: {Type: CommaDelimitedList, Default: ""}
  Secret: {Type: String, Default: s, NoEcho: true}
  ZeroOne: {Type: Number, Default: "01"}
  Yes: {Type: String, Default: yes}
  Blank: {Type: String, Default: ""}
  Spaced: {Type: CommaDelimitedList, Default: " a , b "}
Mappings:
  Sizes: {prod: {Tokens: required}, test: {Tokens: required}, dev: {Tokens: optional}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [dev, !Ref Env]
  NotProd: !Not [!Condition IsProd]
  Nowhere: !Equals [!Ref Env, stage]
  Anywhere: !Or [!Condition IsProd, !Equals [!Ref Env, test], !Condition IsDev]
  Strict: !Equals [!FindInMap [Sizes, !Ref Env, Tokens], required]
  IsSet: !Equals [!Ref Set, "yes"]
  IsTrue: !Equals [!Ref Flag, "true"]
  IsX: !Equals [!Ref Open, x]
  IsY: !Equals [y, !Ref Open]
  IsXOrY: !Or [!Condition IsX, !Condition IsY]
  HasOpen: !Not [!Equals [!Ref Open, ""]]
  HasIds: !Not [!Equals [!Join ["", !Ref Ids], ""]]
  InUsEast1: !Equals [!Ref "AWS::Region", us-east-1]
  InEuWest1: !Equals [!Ref "AWS::Region", eu-west-1]
  Joined: !Equals [!Sub "${Open}-a", !Join ["-", [!Ref Open, a]]]
  SameTwice: !Equals [!Ref Open, !Ref Open]
  Numbers: !Equals [1, "1"]
  Case: !Equals [a, A]
  YesAsText: !Equals [yes, "yes"]
  YesAsTrue: !Equals [on, "true"]
  SingleLetter: !Equals [y, "y"]
  Octal: !Equals [010, "8"]
  Date: !Equals [2020-01-01, "2020-01-01"]
  Clock: !Equals [12:30, "12:30"]
  Fraction: !Equals [1.50, "1.5"]
  WholeFraction: !Equals [1.0, "1"]
  WholeFractionAsText: !Equals [1.0, "1.0"]
  WholeFractions: !Equals [1.0, 1.0]
  ZeroNumber: !Equals [!Ref ZeroOne, "01"]
  ZeroNumberAsOne: !Equals [!Ref ZeroOne, "1"]
  YesByDefault: !Equals [!Ref Yes, "true"]
  YesByDefaultAsText: !Equals [!Ref Yes, "yes"]
  IsEmpty: !Equals [!Ref Blank, ""]
  SecondId: !Equals [!Select [1, !Ref Spaced], b]
  OfList: !Equals [!Ref Ids, x]
  OfMapping: !Equals [{a: b}, x]
  OfNothing: !Equals [!Ref AWS::NoValue, x]
  OfNowhere: !Equals [!Ref Missing, x]
  One: !Equals [a]
  NoList: !Equals a
  NotTwo: !Not [!Condition IsSet, !Condition IsSet]
  AndNone: !And []
  Text: true
  Itself: !And [!Condition Itself, !Condition IsX]
  Undefined: !Not [!Condition Missing]
  Lazy: !Or [!Condition IsSet, !Condition Missing]
  FromImport: !Equals [!ImportValue x, y]
  IsSecret: !Equals [!Ref Secret, s]
"""


def scope() -> Scope:
    parsed = parse(SourceFile("t.yaml", instance("", REST)))
    assert isinstance(parsed, Parsed)
    return Scope(parsed)


OPEN = "open"


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        ("IsProd", OPEN, "the parameter has no default"),
        ("NotProd", OPEN, "neither has what it turns round"),
        ("Nowhere", False, "no allowed value is that one"),
        ("Anywhere", True, "every allowed value is one of them"),
        ("Strict", OPEN, "a mapping says yes for some of them"),
        ("IsSet", True, "the default is that"),
        ("IsTrue", True, "a boolean is compared as text"),
        ("IsX", OPEN, "nobody gives a value"),
        ("HasOpen", OPEN, "nor says whether it is empty"),
        ("HasIds", False, "an empty list has no ids"),
        ("InUsEast1", OPEN, "a Region is known at deployment"),
        ("SameTwice", True, "a parameter is what it is"),
        ("Joined", OPEN, "two ways to write one text are not compared"),
        ("Numbers", True, "numbers are compared as texts"),
        ("Case", False, "letters count"),
        ("YesAsText", False, "a boolean of YAML 1.1 is true or false"),
        ("YesAsTrue", True, "every boolean of YAML 1.1 is"),
        ("SingleLetter", True, "but for single letters"),
        ("Octal", True, "a leading zero makes a number octal"),
        ("Date", True, "a date is a text"),
        ("Clock", True, "so is what YAML 1.1 counts in sixties"),
        ("Fraction", True, "zeros at its end are no part of a number"),
        ("WholeFraction", OPEN, "how such a number is written is documented nowhere"),
        ("WholeFractionAsText", OPEN, "nor is it the other way"),
        ("WholeFractions", True, "but it is what it is"),
        ("ZeroNumber", True, "Ref of a Number is the text that was given"),
        ("ZeroNumberAsOne", False, "and that is no other text for the same number"),
        ("YesByDefault", True, "a boolean for a default"),
        ("YesByDefaultAsText", False, "is not the word that was written"),
        ("IsEmpty", True, "an empty default is a default"),
        ("SecondId", True, "items of a list are trimmed"),
        ("Lazy", True, "one that is true decides"),
        ("FromImport", OPEN, "an export is known at deployment"),
        ("IsSecret", True, "what is not shown is known all the same"),
        ("OfList", "? Fn::Equals compares texts, and here is a list or a mapping", "CloudFormation refuses it"),
        ("OfMapping", "? Fn::Equals compares texts, and here is a list or a mapping", "CloudFormation refuses it"),
        ("OfNothing", OPEN, "what no value equals is documented nowhere"),
        ("OfNowhere", "? Missing is no parameter or resource of this template", "a name of nothing"),
        ("One", "? this use of Fn::Equals is not understood", "one side"),
        ("NoList", "? this use of Fn::Equals is not understood", "no sides"),
        ("NotTwo", "? this use of Fn::Not is not understood", "two conditions"),
        ("AndNone", "? this use of Fn::And is not understood", "no conditions"),
        ("Text", "? a condition is not one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition", "a text"),
        ("Itself", "? condition Itself refers to itself", "a circle"),
        ("Undefined", "? condition Missing is not defined", "a name of nothing"),
        ("Missing", "? condition Missing is not defined", "it is itself not there"),
    ],
)
def test_a_condition(name: str, expected: object, why: str) -> None:
    either = (name, {f"{name} is true": True, f"{name} is false": False})
    assert told(scope().truth(name)) == (either if expected == OPEN else expected), why


@pytest.mark.parametrize(
    ("taken", "name", "expected", "why"),
    [
        ((("IsProd", True),), "IsProd", True, "it is taken so"),
        ((("IsProd", True),), "IsDev", False, "a parameter is one thing"),
        ((("IsProd", False),), "IsDev", OPEN, "two values are left"),
        ((("IsProd", False), ("IsDev", False)), "Strict", True, "one value is left"),
        ((("IsProd", True),), "NotProd", False, "the opposite"),
        ((("NotProd", True),), "IsProd", False, "and back"),
        ((("IsProd", True),), "Strict", True, "by a mapping"),
        ((("Strict", False),), "IsDev", True, "and back"),
        ((("IsX", True),), "IsY", False, "without allowed values, too"),
        ((("IsX", False),), "IsY", OPEN, "it may be anything else"),
        ((("IsX", True),), "HasOpen", True, "x is not empty"),
        ((("IsXOrY", True), ("IsX", False)), "IsY", True, "one of both"),
        ((("IsXOrY", False),), "IsX", False, "none of both"),
        ((("InUsEast1", True),), "InEuWest1", False, "one Region"),
        ((("IsX", True),), "IsProd", OPEN, "two parameters have nothing to do with each other"),
        ((("IsX", True),), "IsSet", True, "what is decided stays"),
        ((("IsSet", False),), "IsProd", OPEN, "what cannot be changes nothing"),
    ],
)
def test_a_condition_where_others_are_taken_as_decided(
    taken: tuple[tuple[str, bool], ...], name: str, expected: object, why: str
) -> None:
    either = (name, {f"{name} is true": True, f"{name} is false": False})
    assert told(scope().truth(name, taken)) == (either if expected == OPEN else expected), why


def branches(name: str, one: object, other: object) -> object:
    return name, {f"{name} is true": one, f"{name} is false": other}


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!If [IsProd, !Ref Env, x]", branches("IsProd", "prod", "x"), "what the condition says of the parameter"),
        (
            "!If [IsProd, x, !Ref Env]",
            branches("IsProd", "x", ("parameter Env", {"Env is test": "test", "Env is dev": "dev"})),
            "what it leaves",
        ),
        ("!If [IsX, !Ref Open, a]", branches("IsX", "x", "a"), "a parameter without allowed values"),
        ("!If [HasOpen, a, !Ref Open]", branches("HasOpen", "a", ""), "the empty text"),
        ("!If [HasOpen, !Ref Open, a]", branches("HasOpen", "? parameter Open has no default", "a"), "anything else"),
        ("!If [IsProd, !FindInMap [Sizes, !Ref Env, Tokens], x]", branches("IsProd", "required", "x"), "a mapping's key"),
        ("!If [IsProd, !Sub '${Env}!', x]", branches("IsProd", "prod!", "x"), "in a text"),
        ("!If [IsProd, a, !If [IsDev, b, !If [NotProd, c, d]]]", branches("IsProd", "a", branches("IsDev", "b", "c")), "nested"),
        ("!If [IsDev, !If [IsProd, a, b], c]", branches("IsDev", "b", "c"), "what cannot be is left out"),
        ("!If [Strict, !If [IsDev, optional, required], optional]", branches("Strict", "required", "optional"), "by a mapping"),
        ("!If [Anywhere, a, b]", "a", "decided for every allowed value"),
        ("!If [InUsEast1, !Ref AWS::Region, x]", branches("InUsEast1", "us-east-1", "x"), "a pseudo parameter"),
        ("!Join ['', [!If [IsProd, a, b], !If [IsProd, c, d]]]", branches("IsProd", "ac", "bd"), "two pieces by one condition"),
    ],
)  # fmt: skip
def test_what_stands_under_a_condition(written: str, expected: object, why: str) -> None:
    assert told(resource(instance(f"MetadataOptions:\n  HttpTokens: {written}", REST)).option(TOKENS)) == expected, why


def member_of(resource_text: str) -> tuple[Scope, object]:
    parsed = parse(SourceFile("t.yaml", f"Resources:\n  Web: {resource_text}\n{REST}"))
    assert isinstance(parsed, Parsed)
    (member,) = parsed.resources()
    read = Scope(parsed)
    properties = read.member(read.settle(read.start(member)), "Properties")
    return read, (told(read.launches(member)), told(read.value(read.member(properties, "T"))))


@pytest.mark.parametrize(
    ("written", "launches", "value", "why"),
    [
        ("{Type: AWS::X, Properties: {T: a}}", True, "a", "without a condition it is created"),
        ("{Type: AWS::X, Condition: IsSet, Properties: {T: a}}", True, "a", "its condition holds"),
        ("{Type: AWS::X, Condition: Nowhere, Properties: {T: a}}", False, "a", "its condition does not"),
        ("{Type: AWS::X, Condition: IsProd, Properties: {T: !If [IsProd, a, b]}}", branches("IsProd", True, False), "a", "inside of it the condition holds"),
        ("{Type: AWS::X, Condition: IsProd, Properties: {T: !Ref Env}}", branches("IsProd", True, False), "prod", "and the parameter is what it says"),
        ("{Type: AWS::X, Condition: NotProd, Properties: {T: !If [IsProd, a, b]}}", branches("NotProd", True, False), "b", "the opposite"),
        ("{Type: AWS::X, Condition: Missing, Properties: {T: a}}", "? condition Missing is not defined", "a", "not there"),
        ("{Type: AWS::X, Condition: [IsProd], Properties: {T: a}}", "? the Condition of Web is no name of a condition", "a", "no name"),
        ("{Type: AWS::X, Condition: !Ref Env, Properties: {T: a}}", "? the Condition of Web is no name of a condition", "a", "a function"),
    ],
)  # fmt: skip
def test_whether_a_resource_is_created(written: str, launches: object, value: object, why: str) -> None:
    assert member_of(written)[1] == (launches, value), why


def test_what_decided_a_condition_is_on_the_way() -> None:
    found = scope().truth("IsSet")
    assert isinstance(found, Known)
    assert [(origin.what, origin.literal) for origin in found.origins] == [("the default of parameter Set", False)]
