"""What each intrinsic function comes to: as it is meant, undecided, misused, and with something missing."""

from __future__ import annotations

import json

import pytest

from iac_imds_lint.value import Handle
from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import told

EXTENDED = "Transform: [AWS::LanguageExtensions]\n"
REST = """
Parameters:
  Env: {Type: String, Default: prod}
  Side: {Type: String, AllowedValues: [left, right]}
  Open: {Type: String}
  Ids: {Type: CommaDelimitedList, Default: "a, b ,c"}
  Numbers: {Type: List<Number>, Default: "1,2"}
  OpenIds: {Type: List<AWS::EC2::Subnet::Id>}
  Index: {Type: Number, Default: 1}
  Zero: {Type: Number, Default: "0"}
Conditions:
  Maybe: !Equals [!Ref Open, x]
"""
CUSTOM = """
  Maker: {Type: "Custom::TokenMaker", Properties: {ServiceToken: x}}
  Other: {Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: x}}
"""


def value_of(written: str, transform: str = EXTENDED) -> object:
    text = instance(f"MetadataOptions:\n  HttpTokens: {written}", CUSTOM + REST)
    return told(resource(transform + text).option(TOKENS))


NO_OPEN = "? parameter Open has no default"
NO_IDS = "? parameter OpenIds has no default"


def misused(function: str) -> str:
    return f"? this use of {function} is not understood"


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!Join ['', [req, uired]]", "required", "texts"),
        ("!Join [-, [a, b, c]]", "a-b-c", "with a delimiter"),
        ("{'Fn::Join': ['', [a, 1, true]]}", "a1true", "numbers and booleans as texts"),
        ("!Join [',', !Ref Ids]", "a,b,c", "a list parameter, trimmed"),
        ("!Join [',', !Split ['-', a-b]]", "a,b", "a list that a function makes"),
        ("!Join ['', [!Ref Env, !Ref Env]]", "prodprod", "parameters"),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b", "what is no value is left out"),
        ("!Join ['', []]", "", "nothing"),
        ("!Join ['', [!Ref Env]]", "prod", "one item"),
        (
            "!Join ['', [!Ref Side, s]]",
            ("parameter Side", {"Side is left": "lefts", "Side is right": "rights"}),
            "each allowed value",
        ),
        (
            "!Join ['', [!Ref Side, '-', !Ref Side]]",
            ("parameter Side", {"Side is left": "left-left", "Side is right": "right-right"}),
            "one parameter is one thing at a time",
        ),
        (
            "!Join ['', !If [Maybe, [a, b], [c]]]",
            ("Maybe", {"Maybe is true": "ab", "Maybe is false": "c"}),
            "a list by a condition",
        ),
        (
            "!Join ['-', [a, !If [Maybe, b, !Ref AWS::NoValue]]]",
            ("Maybe", {"Maybe is true": "a-b", "Maybe is false": "a"}),
            "an item by a condition",
        ),
        ("!Join ['', [a, !Ref Open]]", NO_OPEN, "an item that is not known"),
        ("!Join ['', !Ref OpenIds]", NO_IDS, "a list that is not known"),
        ("!Join [!Ref Open, [a, b]]", NO_OPEN, "a delimiter that is not known"),
        ("!Join ['', [a, [b]]]", "? Fn::Join joins texts, and an item is none", "a list in the list"),
        ("!Join ['', a]", misused("Fn::Join"), "no list"),
        ("!Join ['']", misused("Fn::Join"), "too few"),
        ("!Join ['', [a], [b]]", misused("Fn::Join"), "too many"),
        ("!Join a", misused("Fn::Join"), "a text"),
        (
            "!Join ['', ['{{res', 'olve:ssm:/a}}']]",
            "? the Systems Manager parameter /a is read at deployment only",
            "a dynamic reference in pieces",
        ),
    ],
)
def test_join(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!Select [0, [required, optional]]", "required", "the first"),
        ("!Select ['1', [required, optional]]", "optional", "an index in quotes"),
        ("!Select [1, !Ref Ids]", "b", "of a list parameter"),
        ("!Select [!Ref Index, !Ref Ids]", "b", "an index by a parameter"),
        ("!Select [!Ref Zero, !Ref Ids]", "a", "an index by a parameter that is a text"),
        ("!Select [0, !Split [',', !Join [',', !Ref Ids]]]", "a", "nested short forms"),
        ("{'Fn::Select': [0, {'Fn::Split': ['-', {Ref: Env}]}]}", "prod", "nested long forms"),
        ("!Select [0, [!Ref Side]]", ("parameter Side", {"Side is left": "left", "Side is right": "right"}), "an item that is not decided"),
        ("!Select [1, [!Ref Open, b]]", "b", "another item is not known"),
        ("!Select [0, [!Ref Open, b]]", NO_OPEN, "the item is not known"),
        ("!Select [0, [!Ref AWS::NoValue, b]]", "b", "what is no value is no item"),
        ("!Select [0, [!If [Maybe, a, !Ref AWS::NoValue], b]]", ("Maybe", {"Maybe is true": "a", "Maybe is false": "(absent)"}), "an item that may be none"),
        ("!Select [2, [a, b]]", "? Fn::Select asks for item 2 of a list of 2", "out of range"),
        ("!Select [-1, [a, b]]", "? Fn::Select counts from 0, and its index is no such number", "negative"),
        ("!Select [x, [a, b]]", "? Fn::Select counts from 0, and its index is no such number", "no number"),
        ("!Select [1.5, [a, b]]", misused("Fn::Select"), "a fraction"),
        ("!Select [!Ref Open, [a, b]]", NO_OPEN, "an index that is not known"),
        ("!Select [0, !Ref OpenIds]", NO_IDS, "a list that is not known"),
        ("!Select [0, !GetAZs '']", "? the Availability Zones of a Region are known at deployment only", "zones"),
        ("!Select [0, a]", misused("Fn::Select"), "no list"),
        ("!Select [0]", misused("Fn::Select"), "nothing to take from"),
        ("!Select {}", misused("Fn::Select"), "a mapping"),
    ],
)  # fmt: skip
def test_select(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!Split [',', 'a,b,,c']", ["a", "b", "", "c"], "empty parts are kept"),
        ("!Split ['|', a]", ["a"], "nothing to split at"),
        ("!Split ['-', !Sub '${Env}-x']", ["prod", "x"], "a text that is made"),
        ("!Split ['-', 5]", ["5"], "a number as text"),
        ("!Split ['e', !Ref Side]", ("parameter Side", {"Side is left": ["l", "ft"], "Side is right": ["right"]}), "each allowed value"),
        ("!Split [',', !Ref Open]", NO_OPEN, "a text that is not known"),
        ("!Split [!Ref Open, a]", NO_OPEN, "a delimiter that is not known"),
        ("!Split ['', a]", misused("Fn::Split"), "no delimiter"),
        ("!Split [',', [a]]", misused("Fn::Split"), "a list"),
        ("!Split [',']", misused("Fn::Split"), "no text"),
        ("!Length [a, b]", 2, "a list"),
        ("!Length []", 0, "an empty list"),
        ("!Length [!Ref Open, !Ref AWS::NoValue]", 1, "what is not known counts, what is no value does not"),
        ("!Length [a, !If [Maybe, b, !Ref AWS::NoValue]]", ("Maybe", {"Maybe is true": 2, "Maybe is false": 1}), "an item by a condition"),
        ("!Length {Ref: Numbers}", 2, "a list parameter"),
        ("!Length {Ref: OpenIds}", NO_IDS, "a list that is not known"),
        ("!Length abc", misused("Fn::Length"), "a text"),
        ("!Length {a: b}", misused("Fn::Length"), "a mapping"),
        ("!ToJsonString {a: 1, b: [x, true]}", '{"a":1,"b":["x",true]}', "in the order that is written"),
        ("!ToJsonString [!Ref Env, é]", '["prod","é"]', "texts as they are"),
        ("!ToJsonString {a: !Ref Open}", NO_OPEN, "a part is not known"),
        ("!ToJsonString {a: !Ref Side}", "? what Fn::ToJsonString writes is not decided in all its parts", "a part is not decided"),
        ("!ToJsonString a", misused("Fn::ToJsonString"), "a text"),
        ("!Base64 abc", "YWJj", "a text"),
        ("{'Fn::Base64': !Sub '${Env}'}", "cHJvZA==", "a text that is made"),
        ("!Base64 {Ref: Open}", NO_OPEN, "a text that is not known"),
        ("!Base64 [a]", misused("Fn::Base64"), "a list"),
        ("!Cidr ['10.0.0.0/16', 4, 8]", "? Fn::Cidr is not evaluated", "nothing of ours is a range"),
        ("!GetAZs {Ref: AWS::Region}", "? the Availability Zones of a Region are known at deployment only", "zones"),
        ("!Foo [a]", "? Fn::Foo is not evaluated", "no function of CloudFormation"),
    ],
)  # fmt: skip
def test_texts_and_lists(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!ImportValue shared-tokens", "? export shared-tokens of another stack is known at deployment only", "by its name"),
        ("!ImportValue {'Fn::Sub': '${Env}-tokens'}", "? export prod-tokens of another stack is known at deployment only", "by a name that is made"),
        ("!ImportValue {'Fn::Sub': '${Open}-t'}", "? Fn::ImportValue reads an export of another stack whose name is not known: parameter Open has no default", "by a name that is not known"),
        ("!ImportValue [a]", "? Fn::ImportValue reads an export of another stack whose name is not known", "no name"),
        ("{'Fn::Transform': {Name: Macro, Parameters: {a: b}}}", "? Fn::Transform has the macro Macro write it at deployment", "a macro"),
        ("{'Fn::Transform': x}", "? Fn::Transform has a macro write it at deployment", "a macro without a name"),
        ("!Transform {Name: !Ref Open}", "? Fn::Transform has a macro write it at deployment", "a name that is not known"),
        ("'{{resolve:ssm:/imds/tokens}}'", "? the Systems Manager parameter /imds/tokens is read at deployment only", "a parameter of Systems Manager"),
        ("'{{resolve:ssm:/imds/tokens:3}}'", "? the Systems Manager parameter /imds/tokens is read at deployment only", "with its version"),
        ("'{{resolve:ssm-secure:tokens:3}}'", "? the secure Systems Manager parameter tokens is read at deployment only", "a secure one"),
        ("'{{resolve:secretsmanager:Mine:SecretString:k}}'", "? the secret Mine is read at deployment only", "a secret"),
        ("'{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:Mine-x:SecretString:k}}'", "? the secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:Mine-x is read at deployment only", "a secret by its ARN"),
        ("'{{resolve:other:x}}'", "? a dynamic reference is resolved at deployment only", "another service"),
        ("'a {{resolve:ssm:x}} b'", "? the Systems Manager parameter x is read at deployment only", "in a text"),
        ("!Sub '{{resolve:ssm:/${Env}/tokens}}'", "? the Systems Manager parameter /prod/tokens is read at deployment only", "by a name that is made"),
        ("'{{resolve}}'", "{{resolve}}", "no reference"),
        ("!GetAtt Maker.Tokens", Handle("Maker", "Tokens"), "a custom resource"),
    ],
)  # fmt: skip
def test_what_is_known_at_deployment_only(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("!GetAtt Maker.Tokens", "Maker.Tokens is what the custom resource Maker (Custom::TokenMaker) returns"),
        ("!GetAtt [Other, Tokens]", "Other.Tokens is what the custom resource Other (AWS::CloudFormation::CustomResource) returns"),
        ("!Sub '${Maker.Tokens}'", "Maker.Tokens is what the custom resource Maker (Custom::TokenMaker) returns"),
        ("!GetAtt Web.Tokens", "Web.Tokens is known after deployment only"),
    ],
)  # fmt: skip
def test_the_reason_of_an_attribute_names_what_returns_it(written: str, reason: str) -> None:
    found = resource(instance(f"MetadataOptions:\n  HttpTokens: {written}", CUSTOM + REST)).option(TOKENS)
    assert getattr(found, "reason", found) == reason


@pytest.mark.parametrize(
    ("written", "expected", "why"),
    [
        ("!Sub '${Env}s'", "prods", "a parameter"),
        ("!Sub 'a ${!Env} b'", "a ${Env} b", "what is meant to stay"),
        ("!Sub '${!Env}${Env}'", "${Env}prod", "both"),
        ("!Sub '$Env $ {Env} }'", "$Env $ {Env} }", "no names"),
        ("!Sub ['${x}-${Env}', {x: !Select [1, !Ref Ids]}]", "b-prod", "a name of its own"),
        ("!Sub ['${Env}', {Env: own}]", "own", "a name of its own before a parameter"),
        ("!Sub ['${a.b}', {a.b: own}]", "own", "a name with a dot"),
        ("!Sub ['${x}', {x: !Ref AWS::NoValue}]", "(absent)", "no value at all"),
        ("!Sub ['${x}y', {x: !Ref AWS::NoValue}]", "? Fn::Sub inserts texts, and this is none", "no value in a text"),
        ("!Sub '${Side}-x'", ("parameter Side", {"Side is left": "left-x", "Side is right": "right-x"}), "each allowed value"),
        ("!Sub ['${x}', {x: !If [Maybe, a, b]}]", ("Maybe", {"Maybe is true": "a", "Maybe is false": "b"}), "by a condition"),
        ("!Sub '${Ids}'", "? Fn::Sub inserts texts, and this is none", "a list"),
        ("!Sub 'x${Open}'", NO_OPEN, "what is not known"),
        ("!Sub 'x${AWS::Region}'", "? AWS::Region is known at deployment only", "a pseudo parameter"),
        ("!Sub 'x${Maker.Id}'", "? Maker.Id is what the custom resource Maker (Custom::TokenMaker) returns", "an attribute in a text"),
        ("!Sub '${Nowhere}'", "? Nowhere is no parameter or resource of this template", "a name of nothing"),
        ("!Sub '${Env'", "? Fn::Sub has a ${ that no } closes", "an unclosed brace"),
        ("!Sub '${Env}-${Env'", "? Fn::Sub has a ${ that no } closes", "the last one unclosed"),
        ("!Sub '${a b}'", "? Fn::Sub takes ${a b} for a name, and it is none: write ${!a b}", "a variable of a shell"),
        ("!Sub '${x:-y}'", "? Fn::Sub takes ${x:-y} for a name, and it is none: write ${!x:-y}", "a default of a shell"),
        ("!Sub '${}'", "? Fn::Sub takes ${} for a name, and it is none: write ${!}", "nothing"),
        ("!Sub [!Ref Env, {}]", misused("Fn::Sub"), "a text that is made"),
        ("!Sub ['${x}', [a]]", misused("Fn::Sub"), "no mapping of names"),
        ("!Sub {a: b}", misused("Fn::Sub"), "a mapping"),
        ("!Sub ''", "", "an empty text"),
    ],
)  # fmt: skip
def test_sub(written: str, expected: object, why: str) -> None:
    assert value_of(written) == expected, why


@pytest.mark.parametrize(
    ("transform", "expected", "why"),
    [
        ("", "? Fn::Length needs the transform AWS::LanguageExtensions", "CloudFormation does not know it by itself"),
        ("Transform: AWS::Serverless-2016-10-31\n", "? Fn::Length needs the transform AWS::LanguageExtensions", "nor does another transform"),
        ("Transform: AWS::LanguageExtensions\n", 2, "alone"),
        ("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n", 2, "with another"),
    ],
)  # fmt: skip
def test_what_language_extensions_add(transform: str, expected: object, why: str) -> None:
    assert value_of("!Length [a, b]", transform) == expected, why


def test_json_spells_the_same() -> None:
    properties = {"MetadataOptions": {"HttpTokens": {"Fn::Select": ["1", {"Fn::Split": [",", {"Ref": "List"}]}]}}}
    template = {
        "Parameters": {"List": {"Type": "String", "Default": "optional,required"}},
        "Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": properties}},
    }
    assert told(resource(json.dumps(template)).option(TOKENS)) == "required"


def test_a_policy_may_have_a_key_condition() -> None:
    assert value_of("{Condition: {a: !Ref Env}}") == {"Condition": {"a": "prod"}}
