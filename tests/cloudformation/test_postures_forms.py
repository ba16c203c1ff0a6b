"""The shapes that templates come in: their texts, what wraps them, what they include, nest and repeat, and mistakes."""

from __future__ import annotations

import json

import pytest

from tests.cloudformation.answers import (
    OFF_HERE,
    OPEN,
    STRICT,
    V1_HERE,
    V1_SILENT,
    V2_HERE,
    V2_THERE,
    Case,
    Found,
    compare,
    given,
    imds,
    parameters,
    resource,
    template,
    web,
)

INSTANCE = "AWS::EC2::Instance"


def found(code: str, at: str = "", resource: str = "Web", **more: str) -> Found:
    return Found(code, resource, at, **more)


REQUIRED, OPTIONAL = {"HttpTokens": "required"}, {"HttpTokens": "optional"}


def as_json(options: object, indent: int | str | None = 2, **more: object) -> str:
    properties = {"ImageId": "ami-1", "MetadataOptions": options}
    return json.dumps({"Resources": {"Web": {"Type": INSTANCE, "Properties": properties}}, **more}, indent=indent)


BY_PARAMETER = {"HttpTokens": {"Fn::If": ["V2", "required", {"Ref": "T"}]}}
MORE = {
    "Parameters": {"T": {"Type": "String", "Default": "optional"}},
    "Conditions": {"V2": {"Fn::Equals": [{"Ref": "T"}, "required"]}},
}
TEXTS = [
    Case("json", "asked for", {"t.json": as_json(REQUIRED)}, {"Web": V2_HERE}),
    Case("json-optional", "left open", {"t.json": as_json(OPTIONAL)}, {"Web": V1_HERE}, (found("IMDS002", '"optional"', fix="safe"),)),
    Case("json-tabs", "tabs are white space in JSON", {"t.json": as_json(REQUIRED, "\t")}, {"Web": V2_HERE}),
    Case("json-one-line", "no white space at all", {"t.json": as_json(OPTIONAL, None)}, {"Web": V1_HERE}, (found("IMDS002", '"optional"', fix="safe"),)),
    Case("json-functions", "functions in their long form", {"t.json": as_json(BY_PARAMETER, **MORE)}, {"Web": V1_HERE}, (found("IMDS002"),)),
    Case("json-as-given", "functions in their long form", {"t.json": as_json(BY_PARAMETER, **MORE)}, {"Web": V2_HERE}, options=given(T="required")),
    Case("json-escapes", "escapes are read", {"t.json": as_json(REQUIRED).replace("required", "re\\u0071uired")}, {"Web": V2_HERE}),
    Case("byte-order-mark", "a mark at the start is no part of the text", "\ufeff" + imds("required"), {"Web": V2_HERE}),
    Case("windows", "lines may end with two characters", imds("optional").replace("\n", "\r\n"), {"Web": V1_HERE}, (found("IMDS002", "optional", fix="safe"),)),
    Case("extension-template", "a template by what it holds", {"web.template": imds("required")}, {"Web": V2_HERE}),
    Case("extension-none", "a template by what it holds", {"web": as_json(REQUIRED)}, {"Web": V2_HERE}),
    Case("extension-template-of-json", "a template by what it holds", {"web.template": as_json(OPTIONAL)}, {"Web": V1_HERE}, (found("IMDS002", '"optional"'),)),
    Case("version-and-comments", "what stands around it changes nothing", "# a stack\nAWSTemplateFormatVersion: '2010-09-09' # the only one\n" + imds("required # as asked"), {"Web": V2_HERE}),
    Case("no-template", "resources of something else", "Resources:\n  cpu: 2\n  memory: 4\n", {}),
    Case("not-a-template-of-types", "a manifest of another tool", "apiVersion: v1\nkind: Pod\nspec: {resources: {limits: {cpu: 2}}}\n", {}),
    Case("suppressed", "the metadata says why it is left", web(more="Metadata: {iac-imds-lint: {ignore: [IMDS001]}}"), {"Web": V1_SILENT}),
    Case("suppressed-by-comment", "the comment says why it is left", imds("optional # iac-imds-lint: ignore[IMDS002] a legacy agent"), {"Web": V1_HERE}),
    Case("json-long-forms", "functions in their long form", {"t.json": json.dumps({"Resources": {"Strict": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"MetadataOptions": REQUIRED}}}, "Web": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Strict"}, "Version": {"Fn::GetAtt": ["Strict", "LatestVersionNumber"]}}}}}})}, {"Web": V2_THERE, "Strict": V2_HERE}),
    Case("quoted-keys", "keys may be quoted", imds("required").replace("HttpTokens", "'HttpTokens'").replace("Web:", '"Web":'), {"Web": V2_HERE}),
]  # fmt: skip

ANCHORED = resource("Base", INSTANCE, "ImageId: ami-1\nMetadataOptions: &imds {HttpTokens: %s}")
ALIASED = template(ANCHORED, resource("Web", INSTANCE, "ImageId: ami-1\nMetadataOptions: *imds"))
MERGED = template(
    resource("Base", INSTANCE, "&base\nImageId: ami-1\nMetadataOptions: {HttpTokens: required}").replace(
        "Properties:\n      &base", "Properties: &base"
    ),
    resource("Web", INSTANCE, "<<: *base\nInstanceType: t3.micro"),
    resource("Over", INSTANCE, "<<: *base\nMetadataOptions: {HttpTokens: optional}"),
    resource("Off", INSTANCE, "MetadataOptions: {HttpEndpoint: disabled}\n<<: *base"),
)
SECOND = "---\n" + template(resource("Second", INSTANCE, "ImageId: ami-1"))
YAML = [
    Case("alias", "an alias stands for what is anchored", ALIASED % "required", {"Base": V2_HERE, "Web": V2_HERE}),
    Case("alias-optional", "both answer, for one cause", ALIASED % "optional", {"Base": V1_HERE, "Web": V1_HERE}, (found("IMDS002", "optional", "Base"),)),
    Case("merge-key", "what is merged counts unless it is written beside", MERGED, {"Base": V2_HERE, "Web": V2_HERE, "Over": V1_HERE, "Off": OFF_HERE}, (found("IMDS002", "optional", "Over"),)),
    Case("several-documents", "one of the documents is a template", "name: values\n---\n" + imds("optional"), {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    Case("several-templates", "CloudFormation takes one, and each may be that one", imds("required") + SECOND, {"Web": V2_HERE, "Second": V1_SILENT}, (found("IMDS001", "Second", "Second"),)),
    Case("document-markers", "one document between its markers", "---\n" + imds("required") + "...\n", {"Web": V2_HERE}),
    Case("duplicate-key", "the last one counts, and that is told", web("MetadataOptions: {HttpTokens: optional, HttpTokens: required}"), {"Web": V2_HERE}, (found("IMDS900", resource=""),)),
    Case("duplicate-key-optional", "the last one counts, and that is told", web("MetadataOptions: {HttpTokens: required, HttpTokens: optional}"), {"Web": V1_HERE}, (found("IMDS002", "optional"), found("IMDS900", resource=""))),
    Case("duplicate-resource", "the last one counts, and that is told", imds("optional") + resource("Web", INSTANCE, "MetadataOptions: {HttpTokens: required}"), {"Web": V2_HERE}, (found("IMDS900", "Web", ""),)),
    Case("duplicate-key-of-json", "the last one counts, and that is told", {"t.json": '{"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {"MetadataOptions": {"HttpTokens": "optional", "HttpTokens": "required"}}}}}'}, {"Web": V2_HERE}, (found("IMDS900", '"HttpTokens": "required"', ""),)),
    Case("broken", "what does not parse is told, and not judged", web("a: b: c"), {}, (found("IMDS900", resource=""),)),
    Case("broken-json", "what does not parse is told, and the rest judged", {"t.json": as_json(REQUIRED) + "}"}, {"Web": V2_HERE}, (found("IMDS900", resource=""),)),
    Case("alias-in-flow", "an alias stands for what is anchored", template(ANCHORED % "&t required", resource("Web", INSTANCE, "MetadataOptions: {HttpTokens: *t }")), {"Base": V2_HERE, "Web": V2_HERE}),
]  # fmt: skip

SAM = "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 3}}\n"
FUNCTION = resource("Handler", "AWS::Serverless::Function", "Handler: app.handler\nRuntime: python3.13")
CDK_PATH = "App/Web/Instance/Resource"


def construct(options: object) -> dict[str, str]:
    made = {"Type": INSTANCE, "Properties": {"ImageId": "ami-1"}, "Metadata": {"aws:cdk:path": CDK_PATH}}
    if options:
        made["Properties"] = {"ImageId": "ami-1", "MetadataOptions": options}
    return {"cdk.out/App.template.json": json.dumps({"Resources": {"Web0A1B2C3D": made}}, indent=1)}


def serverless(tokens: str, rest: str = "") -> dict[str, str]:
    """A configuration of the Serverless Framework with the resources of a template in it."""
    inner = "".join(f"  {line}\n" for line in imds(tokens, rest).splitlines())
    return {
        "serverless.yml": f"service: web\nprovider: {{name: aws}}\ncustom: {{tokens: required}}\nresources:\n{inner}"
    }


LISTED = "service: web\nprovider: {name: aws}\nresources:\n- Resources:\n    Web: {Type: 'AWS::EC2::Instance', Properties: {MetadataOptions: {HttpTokens: %s}}}\n- Outputs: {}\n"
WRAPPED = [
    Case("sam", "an instance among functions is an instance", web(rest=FUNCTION + SAM), {"Web": V1_SILENT}, (found("IMDS001", "Web", fix="safe"),)),
    Case("sam-required", "asked for", imds("required", FUNCTION + SAM), {"Web": V2_HERE}),
    Case("sam-alone", "no type of SAM's own has IMDS options", template(FUNCTION, rest=SAM), {}),
    Case("cdk", "the message names the construct", construct(None), {"Web0A1B2C3D": V1_SILENT}, (found("IMDS001", resource="Web0A1B2C3D", told=CDK_PATH),)),
    Case("cdk-required", "the construct asks for it", construct(REQUIRED), {"Web0A1B2C3D": V2_HERE}),
    Case("serverless", "the resources of a template in another file", serverless("required"), {"Web": V2_HERE}),
    Case("serverless-optional", "the resources of a template in another file", serverless("optional"), {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    Case("serverless-parameter", "its own parameters and their defaults", serverless("!Ref T", "Parameters: {T: {Type: String, Default: required}}\n"), {"Web": V2_HERE}),
    Case("serverless-variable", "the Serverless Framework puts it in before CloudFormation sees it", serverless("${self:custom.tokens}"), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("self:custom.tokens",)}),
    Case("serverless-list", "resources may be a list", {"serverless.yml": LISTED % "required"}, {"Web": V2_HERE}),
    Case("serverless-list-optional", "resources may be a list", {"serverless.yml": LISTED % "optional"}, {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    Case("serverless-alone", "functions of the framework have no IMDS options", {"serverless.yml": "service: web\nprovider: {name: aws}\nfunctions: {a: {handler: a.b}}\n"}, {}),
]  # fmt: skip

EXTENDED = "Transform: AWS::LanguageExtensions\n"


def loop(collection: str, tokens: str = "required", rest: str = "") -> str:
    """A loop over a collection that makes instances ``Web…``."""
    return (
        f"{EXTENDED}Resources:\n  Fn::ForEach::Webs:\n  - Name\n  - {collection}\n  - Web${{Name}}:\n"
        f"      Type: {INSTANCE}\n      Properties:\n        ImageId: ami-1\n        MetadataOptions:\n"
        f"          HttpTokens: {tokens}\n{rest}"
    )


NESTED_LOOP = (
    f"{EXTENDED}Resources:\n  Fn::ForEach::Sites:\n  - Site\n  - [East, West]\n  - Fn::ForEach::Tiers:\n    - Tier\n"
    f"    - [A, B]\n    - Web${{Site}}${{Tier}}:\n        Type: {INSTANCE}\n        Properties:\n"
    "          MetadataOptions: {HttpTokens: required}\n"
)
LIST = "Parameters: {L: {Type: CommaDelimitedList%s}}\n"
LOOPS = [
    Case("loop", "one resource for each element", loop("[A, B]"), {"WebA": V2_HERE, "WebB": V2_HERE}),
    Case("loop-optional", "one cause is one finding", loop("[A, B]", "optional"), {"WebA": V1_HERE, "WebB": V1_HERE}, (found("IMDS002", "optional", "WebA"),)),
    Case("loop-by-element", "Ref of the loop's name is the element", loop("[required, optional]", "!Ref Name"), {"Webrequired": V2_HERE, "Weboptional": V1_HERE}, (found("IMDS002", resource="Weboptional"),)),
    Case("loop-by-sub", "the loop's name is replaced in texts", loop("[ired]", "!Sub 'requ${Name}'"), {"Webired": V2_HERE}),
    Case("loop-over-parameter", "the default is the collection", loop("!Ref L", rest=LIST % ", Default: 'A,B'"), {"WebA": V2_HERE, "WebB": V2_HERE}),
    Case("loop-as-given", "what is given is the collection", loop("!Ref L", rest=LIST % ", Default: 'A,B'"), {"WebC": V2_HERE}, options=given(L="C")),
    Case("loop-over-unknown", "whatever the elements are, each requires tokens", loop("!Ref L", rest=LIST % ""), {"Web${Name}": V2_HERE}),
    Case("loop-in-loop", "one resource for each pair", NESTED_LOOP, dict.fromkeys(("WebEastA", "WebEastB", "WebWestA", "WebWestB"), V2_HERE)),
]  # fmt: skip

CHILD = imds("!Ref T", "Parameters: {T: {Type: String, Default: %s}}\n")
SHARED = template(
    STRICT, rest="Outputs:\n  Id: {Value: !Ref Strict}\n  Newest: {Value: !GetAtt Strict.LatestVersionNumber}\n"
)
TAKER = resource("Web", "AWS::AutoScaling::AutoScalingGroup", "LaunchTemplate: {LaunchTemplateId: %s, Version: %s}")
TAKEN = template(TAKER % ("!Ref Id", "!Ref V"), rest="Parameters: {Id: {Type: String}, V: {Type: String}}\n")


def stack(name: str, url: str, given: str = "", more: str = "") -> str:
    return resource(name, "AWS::CloudFormation::Stack", f"TemplateURL: {url}\n{given and f'Parameters: {given}'}", more)


def nested(parent: str, **children: str) -> dict[str, str]:
    return {"parent.yaml": parent, **{f"{name}.yaml": text for name, text in children.items()}}


OUTPUTS = ("!GetAtt Shared.Outputs.Id", "!GetAtt Shared.Outputs.Newest")
BY_OUTPUTS = "{Id: !GetAtt Shared.Outputs.Id, V: !GetAtt Shared.Outputs.Newest}"
STACKS = [
    Case("stack", "the child's own default counts", nested(template(stack("Site", "child.yaml")), child=CHILD % "required"), {"Site/Web": V2_HERE}),
    Case("stack-optional", "the finding stands in the child's file", nested(template(stack("Site", "./child.yaml")), child=CHILD % "optional"), {"Site/Web": V1_HERE}, (found("IMDS002", "!Ref T", "Site/Web", origin="optional"),)),
    Case("stack-given", "what the parent gives wins over the child's default", nested(template(stack("Site", "child.yaml", "{T: required}")), child=CHILD % "optional"), {"Site/Web": V2_HERE}),
    Case("stack-given-optional", "what the parent gives wins over the child's default", nested(template(stack("Site", "child.yaml", "{T: optional}")), child=CHILD % "required"), {"Site/Web": V1_HERE}, (found("IMDS002", "!Ref T", "Site/Web"),)),
    Case("stack-parameter-of-parent", "the parent's parameter is handed down", nested(template(stack("Site", "child.yaml", "{T: !Ref P}"), rest="Parameters: {P: {Type: String, Default: required}}\n"), child=CHILD % "optional"), {"Site/Web": V2_HERE}),
    Case("stack-open-parameter", "whoever deploys the parent decides", nested(template(stack("Site", "child.yaml", "{T: !Ref P}"), rest="Parameters: {P: {Type: String}}\n"), child=CHILD % "required"), {"Site/Web": OPEN}, (found("IMDS005", "!Ref T", "Site/Web"),), {"Site/Web": ("parameter P",)}),
    Case("stack-not-created", "the stack's condition is false: its template is judged by itself", nested(template(stack("Site", "child.yaml", more="Condition: Never"), rest="Conditions: {Never: !Equals [a, b]}\n"), child=CHILD % "optional"), {"Web": V1_HERE}, (found("IMDS002", "!Ref T", "Web"),)),
    Case("stack-twice", "each stack has its own parameters", nested(template(stack("A", "child.yaml", "{T: required}"), stack("B", "child.yaml", "{T: optional}")), child=CHILD % "required"), {"A/Web": V2_HERE, "B/Web": V1_HERE}, (found("IMDS002", resource="B/Web"),)),
    Case("stack-in-stack", "a child may have children", nested(template(stack("Site", "middle.yaml")), middle=template(stack("Deep", "child.yaml", "{T: required}")), child=CHILD % "optional"), {"Site/Deep/Web": V2_HERE}),
    Case("stack-in-json", "a child may be JSON", {"parent.yaml": template(stack("Site", "child.json")), "child.json": as_json(REQUIRED)}, {"Site/Web": V2_HERE}),
    Case("stack-elsewhere", "what stands at an address is not read", nested(template(stack("Site", "https://s3.amazonaws.com/bucket/child.yaml"), STRICT)), {"Strict": V2_HERE}),
    Case("stack-of-itself", "a stack that nests itself is read once", {"parent.yaml": template(stack("Site", "parent.yaml"), STRICT)}, {"Strict": V2_HERE}, None),
    Case("stack-output", "an output hands a template up", nested(template(stack("Shared", "child.yaml"), TAKER % OUTPUTS), child=SHARED), {"Web": V2_THERE, "Shared/Strict": V2_HERE}),
    Case("stack-to-stack", "an output of one child is a parameter of the other", nested(template(stack("Shared", "shared.yaml"), stack("Site", "child.yaml", BY_OUTPUTS)), shared=SHARED, child=TAKEN), {"Site/Web": V2_THERE, "Shared/Strict": V2_HERE}),
    Case("stack-of-sam", "an application of SAM is a nested stack", nested(template(resource("Site", "AWS::Serverless::Application", "Location: child.yaml\nParameters: {T: required}"), rest="Transform: AWS::Serverless-2016-10-31\n"), child=CHILD % "optional"), {"Site/Web": V2_HERE}),
]  # fmt: skip


def including(location: str) -> str:
    """An instance whose properties include another file."""
    return web(f"Fn::Transform: {{Name: 'AWS::Include', Parameters: {{Location: {location}}}}}")


INCLUDES = [
    Case("include", "what is included stands in its place", {"t.yaml": including("./imds.yaml"), "imds.yaml": "MetadataOptions: {HttpTokens: required}\n"}, {"Web": V2_HERE}),
    Case("include-optional", "the finding stands in the included file", {"t.yaml": including("imds.yaml"), "imds.yaml": "MetadataOptions: {HttpTokens: optional}\n"}, {"Web": V1_HERE}, (found("IMDS002", "optional"),)),
    Case("include-resources", "resources are included as well", {"t.yaml": "Resources:\n  Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: more.yaml}}\n" + STRICT, "more.yaml": "Web:\n  Type: AWS::EC2::Instance\n  Properties: {ImageId: ami-1}\n"}, {"Strict": V2_HERE, "Web": V1_SILENT}, (found("IMDS001", "Web"),)),
    Case("include-of-bucket", "what stands in a bucket is not read", including("s3://bucket/imds.yaml"), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("s3://bucket/imds.yaml",)}),
    Case("include-missing", "there is no such file", including("nowhere.yaml"), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("nowhere.yaml",)}),
]  # fmt: skip


@pytest.mark.parametrize("case", parameters(TEXTS, YAML, WRAPPED, LOOPS, STACKS, INCLUDES))
def test_the_answer(case: Case) -> None:
    compare(case)
