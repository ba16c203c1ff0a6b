"""What HttpTokens comes to by parameters, conditions, mappings and functions, and the posture that follows.

The rules of the functions are those of the CloudFormation User Guide, "Intrinsic function reference" and "Condition
functions"; ``Fn::Length``, ``Fn::ToJsonString``, ``Fn::ForEach`` and the ``DefaultValue`` of ``Fn::FindInMap`` need the
transform AWS::LanguageExtensions.
"""

from __future__ import annotations

import pytest

from tests.cloudformation.answers import (
    OFF_HERE,
    OPEN,
    V1_HERE,
    V1_SILENT,
    V2_HERE,
    Case,
    Found,
    compare,
    given,
    imds,
    parameters,
    web,
)


def found(code: str, at: str = "", origin: str = "", fix: str = "") -> Found:
    return Found(code, "Web", at, fix, origin)


def secure(name: str, why: str, files: str, **more: object) -> Case:
    """A case in which tokens are required."""
    return Case(name, why, files, {"Web": V2_HERE}, **more)  # type: ignore[arg-type]


def weak(name: str, why: str, files: str, at: str = "", origin: str = "", **more: object) -> Case:
    """A case in which tokens are optional, with the finding at the value on the resource and what decided it."""
    return Case(name, why, files, {"Web": V1_HERE}, (found("IMDS002", at, origin),), **more)  # type: ignore[arg-type]


def undecided(name: str, why: str, files: str, *says: str, at: str = "", **more: object) -> Case:
    """A case that is not decided, with what the reason has to name."""
    findings = (found("IMDS005", at, fix="none"),)
    return Case(name, why, files, {"Web": OPEN}, findings, {"Web": says}, **more)  # type: ignore[arg-type]


def parameter(declared: str) -> str:
    """``HttpTokens: !Ref T`` with a parameter ``T``."""
    return imds("!Ref T", f"Parameters:\n  T: {{{declared}}}\n")


EITHER = "Type: String, AllowedValues: [required, optional]"
GIVEN_REQUIRED, GIVEN_OPTIONAL = given(T="required"), given(T="optional")


def filed(text: str, default: str = "optional") -> dict[str, str]:
    """The same with a file of parameters."""
    return {"p.json": text, "t.yaml": parameter(f"Type: String, Default: {default}")}


CLI = '[{"ParameterKey": "T", "ParameterValue": "%s"}]'
PARAMETERS = [
    secure("default", "the default counts", parameter("Type: String, Default: required")),
    weak("default-optional", "the default counts", parameter("Type: String, Default: optional"), "!Ref T", "optional"),
    secure("default-among-others", "the default counts, not what else is allowed", parameter(f"{EITHER}, Default: required")),
    secure("only-allowed-value", "nothing else can be given", parameter("Type: String, AllowedValues: [required]")),
    undecided("allowed-values", "each may be given", parameter(EITHER), "v1-allowed", "v2-required", "T", at="!Ref T"),
    undecided("no-default", "whoever deploys it decides", parameter("Type: String"), "T", at="!Ref T"),
    undecided("from-the-store", "the parameter store is asked at deployment", parameter("Type: 'AWS::SSM::Parameter::Value<String>', Default: /imds/tokens"), "T", at="!Ref T"),
    undecided("not-declared", "CloudFormation refuses the template", imds("!Ref Nowhere"), "Nowhere", at="!Ref Nowhere"),
    secure("given", "what is given wins over the default", parameter("Type: String, Default: optional"), options=GIVEN_REQUIRED),
    weak("given-optional", "what is given wins over the default", parameter("Type: String, Default: required"), "!Ref T", options=GIVEN_OPTIONAL),
    secure("given-without-default", "what is given decides", parameter(EITHER), options=GIVEN_REQUIRED),
    undecided("given-not-allowed", "CloudFormation refuses a value that is not allowed", parameter(f"{EITHER}, Default: required"), "T", options=given(T="sometimes")),
    secure("given-elsewhere", "a name that this template does not declare changes nothing", parameter("Type: String, Default: required"), options=given(Other="optional")),
    Case("file-of-the-cli", "the AWS CLI's list of keys and values", filed(CLI % "required"), {"Web": V2_HERE}, options=given("p.json")),
    Case("file-of-the-pipeline", "CodePipeline's template configuration", filed('{"Parameters": {"T": "required"}, "Tags": {"a": "b"}}'), {"Web": V2_HERE}, options=given("p.json")),
    Case("file-optional", "what the file gives wins over the default", filed(CLI % "optional", "required"), {"Web": V1_HERE}, (found("IMDS002", "!Ref T"),), options=given("p.json")),
    Case("file-of-previous-values", "what was deployed before is not known here, and is not given", filed('[{"ParameterKey": "T", "UsePreviousValue": true}]', "required"), {"Web": V2_HERE}, options=given("p.json")),
    Case("command-line-over-file", "the command line wins", filed(CLI % "optional"), {"Web": V2_HERE}, options=given("p.json", T="required")),
    secure("list-parameter", "a list of texts is split at its commas", imds("!Select [1, !Ref L]", "Parameters: {L: {Type: CommaDelimitedList, Default: 'optional, required'}}\n")),
    Case("endpoint-by-default", "the default turns IMDS off", web("MetadataOptions: {HttpEndpoint: !Ref E}", "Parameters: {E: {Type: String, Default: disabled}}\n"), {"Web": OFF_HERE}),
    Case("endpoint-as-given", "what is given turns IMDS off", web("MetadataOptions: {HttpEndpoint: !Ref E}", "Parameters: {E: {Type: String, Default: enabled}}\n"), {"Web": OFF_HERE}, options=given(E="disabled")),
    Case("file-of-other-names", "what the file gives for other templates changes nothing", {"p.json": CLI.replace('"T"', '"Other"') % "optional", "t.yaml": parameter("Type: String, Default: required")}, {"Web": V2_HERE}, options=given("p.json")),
]  # fmt: skip

PROD = "Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n"
ENV = "Parameters: {Env: {Type: String%s}}\n"
PROD_ENV, DEV_ENV, ANY_ENV = (
    ENV % ", Default: prod" + PROD,
    ENV % ", Default: dev" + PROD,
    ENV % "" + PROD,
)
NAMED_ENV = ENV % ", AllowedValues: [prod, dev]" + PROD
BY_PROD = "!If [IsProd, required, optional]"
BRANCHES = ("v1-allowed if IsProd is false", "v2-required if IsProd is true")


def conditions(defined: str, env: str = ENV % ", Default: prod") -> str:
    """``HttpTokens`` by condition ``C``, which is defined so."""
    return imds(
        "!If [C, required, optional]", f"{env}Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n  C: {defined}\n"
    )


UNKNOWN_ENV = ENV % ""
CONDITIONS = [
    secure("if-true", "the parameter's default makes it true", imds(BY_PROD, PROD_ENV)),
    weak("if-false", "the parameter's default makes it false", imds(BY_PROD, DEV_ENV)),
    secure("if-given", "the parameter that is given makes it true", imds(BY_PROD, DEV_ENV), options=given(Env="prod")),
    weak("if-given-false", "the parameter that is given makes it false", imds(BY_PROD, PROD_ENV), options=given(Env="dev")),
    undecided("if-undecided", "each branch is told", imds(BY_PROD, ANY_ENV), *BRANCHES, at="!If"),
    secure("if-both", "it does not matter which", imds("!If [IsProd, required, required]", ANY_ENV)),
    undecided("if-no-value", "without the options nothing asks for IMDSv2", web("MetadataOptions: !If [IsProd, {HttpTokens: required}, !Ref AWS::NoValue]", ANY_ENV), *BRANCHES),
    Case("if-no-value-decided", "without the options nothing asks for IMDSv2", web("MetadataOptions: !If [IsProd, {HttpTokens: required}, !Ref AWS::NoValue]", DEV_ENV), {"Web": V1_SILENT}, (found("IMDS002"),)),
    secure("if-in-if", "a condition is one thing throughout a resource", web("MetadataOptions: !If [IsProd, {HttpTokens: !If [IsProd, required, optional]}, {HttpTokens: required}]", ANY_ENV)),
    secure("if-nested", "inner conditions are followed", imds("!If [IsProd, !If [IsProd, required, optional], optional]", PROD_ENV)),
    secure("if-long-form", "the long form is the same", web("MetadataOptions:\n  Fn::If:\n  - IsProd\n  - HttpTokens: required\n  - HttpTokens: optional", PROD_ENV)),
    secure("not", "Fn::Not of what is false", conditions("!Not [!Equals [!Ref Env, dev]]")),
    secure("and", "Fn::And of what is true", conditions("!And [!Condition IsProd, !Equals [a, a]]")),
    weak("and-false", "one that is false decides Fn::And", conditions("!And [!Condition IsProd, !Equals [!Ref Env, x]]")),
    weak("and-undecided-false", "one that is false decides Fn::And, whatever the other is", conditions("!And [!Condition IsProd, !Equals [a, b]]", UNKNOWN_ENV)),
    secure("or", "one that is true decides Fn::Or", conditions("!Or [!Equals [a, b], !Condition IsProd]")),
    secure("or-undecided-true", "one that is true decides Fn::Or, whatever the other is", conditions("!Or [!Condition IsProd, !Equals [a, a]]", UNKNOWN_ENV)),
    undecided("or-undecided", "Fn::Or of what is false and what is undecided", conditions("!Or [!Condition IsProd, !Equals [a, b]]", UNKNOWN_ENV), "v1-allowed", "v2-required"),
    secure("condition-of-condition", "a condition may be another one", conditions("{Condition: IsProd}")),
    secure("numbers-and-texts", "Fn::Equals compares texts: 1 is '1'", conditions("!Equals [1, '1']")),
    undecided("region", "the Region is known at deployment", imds("!If [East, required, optional]", "Conditions: {East: !Equals [!Ref AWS::Region, us-east-1]}\n"), "v2-required if East is true", "v1-allowed if East is false"),
    undecided("condition-of-allowed-values", "one of the allowed values makes it true", imds(BY_PROD, NAMED_ENV), "v1-allowed", "v2-required"),
    secure("condition-of-no-allowed-value", "no allowed value makes it false", imds("!If [Never, optional, required]", ENV % ", AllowedValues: [prod, dev]" + "Conditions: {Never: !Equals [!Ref Env, test]}\n")),
    secure("condition-of-its-own-parameter", "where the condition is true the parameter is required", imds("!If [Asked, !Ref T, required]", f"Parameters: {{T: {{{EITHER}}}}}\nConditions: {{Asked: !Equals [!Ref T, required]}}\n")),
    undecided("condition-undefined", "CloudFormation refuses the template", imds("!If [Nowhere, required, optional]"), "Nowhere", at="!If"),
    undecided("condition-circular", "CloudFormation refuses the template", imds("!If [A, required, optional]", "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n"), "A", at="!If"),
    secure("region-both", "it does not matter which", imds("!If [East, required, required]", "Conditions: {East: !Equals [!Ref AWS::Region, us-east-1]}\n")),
    Case("off-in-both", "it does not matter which", web("MetadataOptions: !If [IsProd, {HttpEndpoint: disabled}, {HttpEndpoint: disabled, HttpTokens: optional}]", ANY_ENV), {"Web": OFF_HERE}),
    Case("off-decided", "the parameter's default turns IMDS off", web("MetadataOptions: {HttpTokens: optional, HttpEndpoint: !If [IsProd, disabled, enabled]}", PROD_ENV), {"Web": OFF_HERE}),
    secure("or-given", "what is given makes it true", conditions("!Or [!Condition IsProd, !Equals [a, b]]", UNKNOWN_ENV), options=given(Env="prod")),
]  # fmt: skip


def launched(condition: str, options: str, rest: str) -> str:
    return web(f"MetadataOptions: {options}", rest, f"Condition: {condition}")


OPTIONAL, REQUIRED = "{HttpTokens: optional}", "{HttpTokens: required}"
CREATED = [
    Case("created", "the condition is true", launched("IsProd", OPTIONAL, PROD_ENV), {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    Case("not-created", "the condition is false: it launches nothing", launched("IsProd", OPTIONAL, DEV_ENV), {}),
    Case("not-created-as-given", "what is given makes the condition false", launched("IsProd", OPTIONAL, PROD_ENV), {}, options=given(Env="dev")),
    Case("created-as-given", "what is given makes the condition true", launched("IsProd", OPTIONAL, DEV_ENV), {"Web": V1_HERE}, (found("IMDS002", "optional"),), options=given(Env="prod")),
    Case("perhaps-created", "if it is created it answers IMDSv1", launched("IsProd", OPTIONAL, ANY_ENV), {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    secure("perhaps-created-required", "if it is created it requires tokens", launched("IsProd", REQUIRED, ANY_ENV)),
    secure("created-and-decided-by-one", "it is created where its tokens are required", launched("IsProd", "{HttpTokens: !If [IsProd, required, optional]}", ANY_ENV)),
    Case("not-created-ever", "no allowed value makes the condition true", launched("Never", OPTIONAL, ENV % ", AllowedValues: [prod, dev]" + "Conditions: {Never: !Equals [!Ref Env, test]}\n"), {}),
    Case("not-created-whatever", "one that is false decides Fn::And", launched("C", OPTIONAL, UNKNOWN_ENV + "Conditions: {C: !And [!Equals [a, b], !Equals [!Ref Env, prod]]}\n"), {}),
    Case("not-created-not", "Fn::Not of what is true", launched("C", OPTIONAL, PROD_ENV + "  C: !Not [!Condition IsProd]\n"), {}),
]  # fmt: skip

MAP = "Mappings:\n  Imds:\n    prod: {Tokens: required, Old: optional}\n    dev: {Tokens: required, Old: required}\n"
REGIONS = "Mappings:\n  Regions:\n    us-east-1: {Tokens: required, Mixed: required}\n    eu-west-1: {Tokens: required, Mixed: optional}\n"
EXTENDED = "Transform: AWS::LanguageExtensions\n"
MAPPINGS = [
    secure("map", "the entry decides", imds("!FindInMap [Imds, prod, Tokens]", MAP)),
    weak("map-optional", "the entry decides", imds("!FindInMap [Imds, prod, Old]", MAP), "!FindInMap", "optional"),
    secure("map-by-default", "the default is the key", imds("!FindInMap [Imds, !Ref Env, Old]", MAP + ENV % ", Default: dev")),
    weak("map-as-given", "what is given is the key", imds("!FindInMap [Imds, !Ref Env, Old]", MAP + ENV % ", Default: dev"), "!FindInMap", "optional", options=given(Env="prod")),
    secure("map-long-form", "the long form is the same", imds("{'Fn::FindInMap': [Imds, dev, Old]}", MAP)),
    secure("map-any-region", "the entry is the same for every Region", imds("!FindInMap [Regions, !Ref AWS::Region, Tokens]", REGIONS)),
    undecided("map-some-regions", "the entry depends on the Region", imds("!FindInMap [Regions, !Ref AWS::Region, Mixed]", REGIONS), "Region", at="!FindInMap"),
    secure("map-any-allowed-value", "the entry is the same for each value that is allowed", imds("!FindInMap [Imds, !Ref Env, Tokens]", MAP + ENV % ", AllowedValues: [prod, dev]")),
    undecided("map-some-allowed-values", "the entry depends on what is given", imds("!FindInMap [Imds, !Ref Env, Old]", MAP + ENV % ", AllowedValues: [prod, dev]"), "v1-allowed", "v2-required", at="!FindInMap"),
    secure("map-default-value", "the default value stands in for a key that is missing", imds("{'Fn::FindInMap': [Imds, test, Tokens, {DefaultValue: required}]}", MAP + EXTENDED)),
    weak("map-over-default-value", "the default value does not count where there is an entry", imds("{'Fn::FindInMap': [Imds, prod, Old, {DefaultValue: required}]}", MAP + EXTENDED)),
    undecided("map-missing-key", "CloudFormation refuses the template", imds("!FindInMap [Imds, staging, Tokens]", MAP), "Imds", "staging", at="!FindInMap"),
    undecided("map-missing-second-key", "CloudFormation refuses the template", imds("!FindInMap [Imds, prod, Toknes]", MAP), "Imds", "Toknes", at="!FindInMap"),
    undecided("map-missing", "CloudFormation refuses the template", imds("!FindInMap [Nowhere, prod, Tokens]", MAP), "Nowhere", at="!FindInMap"),
    secure("map-in-sub", "what is put in is an entry", imds("!Sub ['${X}', {X: !FindInMap [Imds, dev, Old]}]", MAP)),
    secure("map-by-select", "a key may be a function's value", imds("!FindInMap [Imds, !Select [1, [prod, dev]], Old]", MAP + EXTENDED)),
]  # fmt: skip

TAIL = "Parameters: {Tail: {Type: String, Default: ired}, Open: {Type: String}, T: {Type: String, Default: optional}}\n"
LOOKUP = "  Lookup: {Type: 'Custom::Lookup', Properties: {ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:f'}}\n"
FUNCTIONS = [
    secure("sub", "a parameter is put into the text", imds("!Sub 'requ${Tail}'", TAIL)),
    weak("sub-of-one", "the text is the parameter", imds("!Sub '${T}'", TAIL), "!Sub", "optional"),
    secure("sub-with-names", "names of its own come before parameters", imds("!Sub ['requ${T}', {T: ired}]", TAIL)),
    secure("sub-without-names", "nothing to put in", imds("!Sub required")),
    undecided("sub-open", "what is put in is not decided", imds("!Sub 'requ${Open}'", TAIL), "Open", at="!Sub"),
    undecided("sub-unclosed", "CloudFormation refuses the template", imds("!Sub 'requ${Tail'", TAIL), "Sub", at="!Sub"),
    secure("join", "parts are joined", imds("!Join ['', [requ, !Ref Tail]]", TAIL)),
    weak("join-optional", "parts are joined", imds("!Join [i, [opt, onal]]"), "!Join"),
    undecided("join-open", "one part is not decided", imds("!Join ['', [requ, !Ref Open]]", TAIL), "Open", at="!Join"),
    secure("select", "counted from 0", imds("!Select [1, [optional, required]]")),
    weak("select-first", "counted from 0, and an index may be a text", imds("!Select ['0', [optional, required]]"), "!Select"),
    undecided("select-too-far", "CloudFormation refuses the template", imds("!Select [2, [optional, required]]"), "Select", at="!Select"),
    secure("split", "the text between the delimiters", imds("!Select [0, !Split [',', 'required,2']]")),
    weak("split-of-parameter", "the text between the delimiters", imds("!Select [1, !Split ['-', !Ref S]]", "Parameters: {S: {Type: String, Default: imds-optional}}\n"), "!Select"),
    secure("length", "a list has so many elements", imds("!If [Two, required, optional]", EXTENDED + "Conditions:\n  Two: !Equals [{'Fn::Length': [a, b]}, 2]\n")),
    weak("length-of-parameter", "a list has so many elements", imds("!If [Two, required, optional]", EXTENDED + "Parameters: {L: {Type: CommaDelimitedList, Default: a}}\nConditions:\n  Two: !Equals [{'Fn::Length': !Ref L}, 2]\n")),
    undecided("import", "another stack exports it", imds("!ImportValue shared-tokens"), "shared-tokens", at="!ImportValue"),
    undecided("import-by-sub", "another stack exports it", imds("!ImportValue {'Fn::Sub': '${T}-tokens'}", TAIL), "optional-tokens", at="!ImportValue"),
    undecided("dynamic-reference", "the parameter store is asked at deployment", imds("'{{resolve:ssm:/imds/tokens:1}}'"), "/imds/tokens"),
    undecided("dynamic-secret", "Secrets Manager is asked at deployment", imds("'{{resolve:secretsmanager:imds-secret:SecretString:tokens}}'"), "imds-secret"),
    undecided("custom-resource", "a custom resource answers at deployment", imds("!GetAtt Lookup.Tokens", LOOKUP), "Lookup", at="!GetAtt"),
    undecided("attribute-of-nothing", "CloudFormation refuses the template", imds("!GetAtt Nowhere.Tokens"), "Nowhere", at="!GetAtt"),
    undecided("circular", "CloudFormation refuses a resource that depends on itself", imds("!Ref Web"), "Web", at="!Ref"),
    undecided("macro-of-options", "a macro writes the options", web("MetadataOptions: {'Fn::Transform': {Name: ImdsMacro}}"), "ImdsMacro"),
    undecided("pseudo-parameter", "the stack's name is known at deployment", imds("!Ref AWS::StackName"), "AWS::StackName", at="!Ref"),
    secure("sub-long-form", "the long form is the same", imds("{'Fn::Sub': 'requ${Tail}'}", TAIL)),
    secure("sub-as-given", "what is given is put in", imds("!Sub '${T}'", TAIL), options=GIVEN_REQUIRED),
    secure("join-as-given", "what is given is joined", imds("!Join ['', [requ, !Ref Open]]", TAIL), options=given(Open="ired")),
    secure("select-by-text", "an index may be a text", imds("!Select ['1', [optional, required]]")),
    secure("split-of-parameter-required", "the text between the delimiters", imds("!Select [1, !Split ['-', !Ref S]]", "Parameters: {S: {Type: String, Default: imds-required}}\n")),
    secure("length-as-given", "what is given has so many elements", imds("!If [Two, required, optional]", EXTENDED + "Parameters: {L: {Type: CommaDelimitedList, Default: a}}\nConditions:\n  Two: !Equals [{'Fn::Length': !Ref L}, 2]\n"), options=given(L="a,b")),
]  # fmt: skip


@pytest.mark.parametrize("case", parameters(PARAMETERS, CONDITIONS, CREATED, MAPPINGS, FUNCTIONS))
def test_the_answer(case: Case) -> None:
    compare(case)
