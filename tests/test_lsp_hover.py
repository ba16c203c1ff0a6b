"""Hover: what a popup says at a place, whole; and the places at which there is nothing to say."""

from __future__ import annotations

from typing import NamedTuple

import pytest

pytest.importorskip("lsprotocol")
pytest.importorskip("pygls")

from iac_imds_lint.engine import Options
from iac_imds_lint.lsp.hover import said
from iac_imds_lint.lsp.markup import MARKDOWN, PLAIN, Markup
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.rules import RULES
from tests.lsp_places import pointed


class Case(NamedTuple):
    """``files`` with a caret, the text that is marked there, and what is said."""

    why: str
    files: dict[str, str]
    marked: str
    text: str


def rule(code: str) -> str:
    """A rule as a popup names it."""
    return next(f"[{code}]({one.url}) {one.name}" for one in RULES if one.code == code)


def shown(files: dict[str, str], options: Options | None = None, markup: Markup = MARKDOWN) -> tuple[str, str] | None:
    """The text that a hover marks, and what it says."""
    at = pointed(files, options)
    found = said(at.path, at.offset, at.report, at.options, markup)
    if found is None:
        return None
    span, text = found
    return files[at.path].replace("¦", "")[span.start : span.end], text


def instance(tokens: str, name: str = "x") -> str:
    return f'resource "aws_instance" "{name}" {{\n  metadata_options {{\n    http_tokens = {tokens}\n  }}\n}}\n'


VARIABLE = 'variable "tokens" {\n  type    = string\n  default = "optional"\n}\n'
DEFAULTS = (
    "`http_put_response_hop_limit` (default: 1, or 2 where the AMI asks for IMDSv2), "
    "`http_protocol_ipv6` (default: disabled), `instance_metadata_tags` (default: disabled)"
)
TEMPLATE = """\
resource "aws_launch_template" "web" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"""
GROUP = """\
resource "aws_autoscaling_group" "web" {
  launch_template {
    id      = %s
    version = %s
  }
}
"""
STACK = """\
Parameters:
  %s:
    Type: String
    Default: optional
Mappings:
  %s:
    prod:
      Tokens: required
Conditions:
  %s: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: web
      LaunchTemplateData:
        MetadataOptions:
          HttpTokens: %s
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      LaunchTemplate:
        LaunchTemplateName: %s
        Version: %s
"""


def stack(
    parameter: str = "Tokens",
    mapping: str = "ByStage",
    condition: str = "IsMain",
    tokens: str = "!Ref Tokens",
    name: str = "web",
    version: str = '"1"',
) -> dict[str, str]:
    return {"t.yaml": STACK % (parameter, mapping, condition, tokens, name, version)}


WEB = (
    'module "web" {\n  source = "./web"\n  tokens = "optional"\n}\n',
    instance("var.tokens") + 'variable "tokens" {}\n',
)
CONFIGURATION = """\
resource "aws_launch_configuration" "web" {
  image_id = "ami-1"
}
resource "aws_autoscaling_group" "web" {
  launch_configuration = aws_launch_configuration.web.name
}
"""
BEANSTALK = """\
resource "aws_elastic_beanstalk_environment" "e" {
  setting {
    namespace = "aws:autoscaling:launchconfiguration"
    name      = "DisableIMDSv1"
    value     = "false"
  }
}
"""
CALLED = """\
module "eks" {
  source  = "terraform-aws-modules/eks/aws//modules/eks-managed-node-group"
  version = "20.0.0"
  metadata_options = {
    http_tokens = "optional"
  }
}
"""
BOOTED = """\
resource "aws_instance" "x" {
  user_data = <<-E
    #!/bin/sh
    curl http://169.254.169.254/latest/meta-data/
  E
}
"""
JSON = """\
{"Parameters": {"Tokens": {"Type": "String", "Default": "optional"}},
 "Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {
   "MetadataOptions": {"HttpTokens": {"Ref": "Tokens"}}}}}}
"""
TF_JSON = """\
{"variable": {"tokens": {"default": "optional"}},
 "resource": {"aws_instance": {"x": {
   "metadata_options": {"http_tokens": "${var.tokens}"}}}}}
"""


def said_of(who: str, decided: str, *lines: str, posture: str = "v1-allowed", does: str = "answers IMDSv1") -> str:
    """What is said of a resource, or of several that are alike."""
    head = f"**{posture}**: {who} {does}\n\n{decided}."
    return head + ("\n\n" + "\n".join(f"- {line}" for line in lines) if lines else "")


OPTIONAL = "Decided on the resource: tokens are optional"
REQUIRED = "Decided on the resource: tokens are required"
UNDECIDED = "Not decided here: v1-allowed if {0} is false; v2-required if {0} is true"
TO_DO = "to do: decide it in the code: by a literal, a default or a variable file"
KEPT = "(version 1: the next version does not reach it)"
LATER = "the next version reaches what it launches from then on"


def of_instance(*lines: str) -> str:
    return said_of("`aws_instance.x`", OPTIONAL, *lines, rule("IMDS002"))


def of_stack(*lines: str) -> str:
    used = f"used by `Group` {KEPT}"
    return said_of("`AWS::EC2::LaunchTemplate Web`", OPTIONAL, *lines, used, rule("IMDS002"))


LITERAL = of_instance('`http_tokens` is "optional": line 3')
BY_DEFAULT = of_instance('`http_tokens` is "optional": line 3 → the default of var.tokens (line 8)')
BY_PARAMETER = of_stack('`HttpTokens` is "optional": line 18 → the default of parameter Tokens (line 4)')
BY_CALL = said_of(
    "`module.web.aws_instance.x`",
    OPTIONAL,
    '`http_tokens` is "optional": `web/main.tf:3` → the argument tokens of module.web (line 3)',
    rule("IMDS002"),
)
BY_CONDITION = said_of(
    "`aws_instance.x`",
    UNDECIDED.format("var.p"),
    "`http_tokens` is decided by var.p: line 3",
    TO_DO,
    rule("IMDS005"),
    posture="unknown",
    does="may answer IMDSv1",
)


def of_template(*lines: str, at: int = 4, version: str = f'("$Latest": {LATER})') -> str:
    used = f"used by `aws_autoscaling_group.web` {version}"
    return said_of("`aws_launch_template.web`", OPTIONAL, f"decided at line {at}", used, rule("IMDS002"))


def of_group(version: str, *lines: str) -> str:
    who, decided = "`aws_autoscaling_group.web`", "Decided by what it launches from: as aws_launch_template.web says"
    return said_of(who, decided, "decided at line 4", f"launches from `aws_launch_template.web` {version}", *lines)


OPTIONS = [
    Case("the value", {"main.tf": instance('"opt¦ional"')}, '"optional"', LITERAL),
    Case("its key", {"main.tf": instance('"optional"').replace("http_", "ht¦tp_")}, "http_tokens", LITERAL),
    Case(
        "what holds the options: those that are not set have their defaults",
        {"main.tf": instance('"optional"').replace("metadata", "meta¦data")},
        "metadata_options",
        of_instance('`http_tokens` is "optional": line 3', f"not set: `http_endpoint` (default: enabled), {DEFAULTS}"),
    ),
    Case(
        "another option: what decided the posture is told beside it",
        {"main.tf": instance('"optional"\n    http_endpoint = "dis¦abled"')},
        '"disabled"',
        said_of(
            "`aws_instance.x`",
            "Decided on the resource: IMDS is turned off",
            '`http_endpoint` is "disabled": line 4',
            posture="imds-disabled",
            does="has IMDS turned off",
        ),
    ),
    Case(
        "nothing is wrong",
        {"main.tf": instance('"req¦uired"\n    http_endpoint = "enabled"')},
        '"required"',
        said_of(
            "`aws_instance.x`",
            REQUIRED,
            '`http_tokens` is "required": line 3',
            posture="v2-required",
            does="requires IMDSv2",
        ),
    ),
    Case(
        "a setting of Elastic Beanstalk",
        {"main.tf": BEANSTALK.replace("false", "fal¦se")},
        '"false"',
        said_of(
            "`aws_elastic_beanstalk_environment.e`",
            OPTIONAL,
            '`DisableIMDSv1` is "false": line 5',
            rule("IMDS002"),
        ),
    ),
    Case(
        "an argument of a module of the catalog",
        {"main.tf": CALLED.replace("http_", "ht¦tp_")},
        "http_tokens",
        said_of(
            "`module.eks`",
            "Decided by the module: tokens are optional",
            '`http_tokens` is "optional": line 5',
            rule("IMDS012"),
        ),
    ),
    Case(
        "a value from a file that means something to Markdown",
        {"main.tf": instance('"a`*[x](http://e)¦"')},
        '"a`*[x](http://e)"',
        said_of(
            "`aws_instance.x`",
            "Decided on the resource: the API refuses the value",
            r'`http_tokens` is "a\`\*\[x\](http://e)": line 3',
            rule("IMDS011"),
            posture="unknown",
            does="may answer IMDSv1",
        ),
    ),
]
CHAINS = [
    Case("the use of a variable", {"main.tf": instance("var.¦tokens") + VARIABLE}, "var.tokens", BY_DEFAULT),
    Case(
        "the head of the variable",
        {"main.tf": instance("var.tokens") + VARIABLE.replace("variable", "var¦iable")},
        'variable "tokens"',
        BY_DEFAULT,
    ),
    Case("its default", {"main.tf": instance("var.tokens") + VARIABLE.replace("defa", "de¦fa")}, "default", BY_DEFAULT),
    Case(
        "a line of a variable file",
        {"main.tf": instance("var.tokens") + 'variable "tokens" {}\n', "terraform.tfvars": 'to¦kens = "optional"\n'},
        "tokens",
        of_instance('`http_tokens` is "optional": `main.tf:3` → var.tokens in terraform.tfvars (line 1)'),
    ),
    Case(
        "a local",
        {"main.tf": instance("local.tokens") + 'locals {\n  tok¦ens = "optional"\n}\n'},
        "tokens",
        of_instance('`http_tokens` is "optional": line 3 → local.tokens (line 7)'),
    ),
    Case("an argument", {"main.tf": WEB[0].replace("tok", "t¦ok"), "web/main.tf": WEB[1]}, "tokens", BY_CALL),
    Case(
        "the variable of a module that takes it",
        {"main.tf": WEB[0], "web/main.tf": WEB[1].replace('"tokens"', '"¦tokens"')},
        'variable "tokens"',
        BY_CALL.replace("`web/main.tf:3`", "line 3").replace("(line 3)", "(`main.tf:3`)"),
    ),
    Case(
        "a call: all that it leads to",
        {"main.tf": WEB[0].replace('"web"', '"w¦eb"'), "web/main.tf": WEB[1]},
        'module "web"',
        BY_CALL.replace('`http_tokens` is "optional":', "decided at"),
    ),
    Case(
        "no value, and what would decide it",
        {"main.tf": instance("v¦ar.tokens") + 'variable "tokens" {}\n'},
        "var.tokens",
        said_of(
            "`aws_instance.x`",
            "Not decided here: var.tokens has no default and no value is given for it",
            "`http_tokens` is not known: line 3",
            TO_DO,
            rule("IMDS005"),
            posture="unknown",
            does="may answer IMDSv1",
        ),
    ),
    Case(
        "a branch of a condition",
        {"main.tf": instance('var.p ? "req¦uired" : "optional"') + 'variable "p" {}\n'},
        '"required"',
        BY_CONDITION,
    ),
    Case(
        "the variable of the condition",
        {"main.tf": instance('var.p ? "required" : "optional"') + 'vari¦able "p" {}\n'},
        'variable "p"',
        BY_CONDITION,
    ),
    Case(
        "a sensitive value is not shown",
        {"main.tf": instance("var.¦tokens") + VARIABLE.replace("type    = string", "sensitive = true")},
        "var.tokens",
        of_instance("`http_tokens` is a sensitive value: line 3 → var.tokens, which is sensitive (line 6)"),
    ),
]
HEADS = [
    Case(
        "a resource",
        {"main.tf": instance('"optional"').replace("res", "r¦es")},
        'resource "aws_instance" "x"',
        of_instance("decided at line 3"),
    ),
    Case(
        "a template by its id",
        {"main.tf": TEMPLATE + GROUP % ("aws_launch_¦template.web.id", '"$Latest"')},
        "aws_launch_template.web.id",
        of_template(),
    ),
    Case(
        "the block in which a template is named",
        {"main.tf": TEMPLATE + (GROUP % ("aws_launch_template.web.id", '"$Latest"')).replace("launch_", "launch¦_", 1)},
        "launch_template",
        of_template(),
    ),
    Case(
        "a template by its name",
        {
            "main.tf": TEMPLATE.replace("{", '{\n  name = "web"', 1)
            + (GROUP % ('"w¦eb"', '"1"')).replace("id  ", "name")
        },
        '"web"',
        of_template(at=5, version=KEPT),
    ),
    Case(
        "the version that is asked for",
        {"main.tf": TEMPLATE + GROUP % ("aws_launch_template.web.id", "aws_launch_template.web.latest¦_version")},
        "aws_launch_template.web.latest_version",
        of_group(f"(latest_version: {LATER})"),
    ),
    Case(
        "the key of a version that stays",
        {"main.tf": TEMPLATE + (GROUP % ("aws_launch_template.web.id", '"1"')).replace("vers", "ver¦s")},
        "version",
        of_group(KEPT, rule("IMDS006")),
    ),
    Case(
        "a template that is not here",
        {"main.tf": GROUP % ('"lt-¦1"', "1")},
        '"lt-1"',
        said_of(
            "`aws_autoscaling_group.web`",
            'Not decided here: what it launches from is not in this code ("lt-1")',
            "decided at line 3",
            "to do: name a launch template of this code, or say in an ignore comment why it is safe",
            rule("IMDS005"),
            posture="unknown",
            does="may answer IMDSv1",
        ),
    ),
    Case(
        "a launch configuration: it has no versions",
        {"main.tf": CONFIGURATION.replace('"web"', '"w¦eb"', 1)},
        'resource "aws_launch_configuration" "web"',
        said_of(
            "`aws_launch_configuration.web`",
            "Decided by default: nothing at any level asks for IMDSv2",
            "used by `aws_autoscaling_group.web` (a change reaches what it launches from then on)",
            rule("IMDS001"),
            rule("IMDS003"),
        ),
    ),
    Case(
        "a boot script calls IMDSv1",
        {"main.tf": BOOTED.replace("resource", "resour¦ce")},
        'resource "aws_instance" "x"',
        said_of(
            "`aws_instance.x`",
            "Decided by default: nothing at any level asks for IMDSv2",
            "the boot script calls IMDSv1: line 4",
            rule("IMDS001"),
            rule("IMDS007"),
        ),
    ),
    Case(
        "what is suppressed is told as that",
        {"main.tf": "# iac-imds-lint: ignore[IMDS002] legacy agent\n" + instance('"opti¦onal"')},
        '"optional"',
        said_of(
            "`aws_instance.x`",
            OPTIONAL,
            '`http_tokens` is "optional": line 4',
            f"{rule('IMDS002')}, suppressed by comment at main.tf:1: legacy agent",
        ),
    ),
]
TEMPLATES = [
    Case("a parameter's use", stack(tokens="!Ref Tok¦ens"), "!Ref Tokens", BY_PARAMETER),
    Case("a parameter", stack(parameter="Tok¦ens"), "Tokens", BY_PARAMETER),
    Case(
        "a mapping",
        stack(mapping="By¦Stage", tokens="!FindInMap [ByStage, prod, Tokens]"),
        "ByStage",
        said_of(
            "`AWS::EC2::LaunchTemplate Web`",
            REQUIRED,
            '`HttpTokens` is "required": line 18 → the entry prod.Tokens of mapping ByStage (line 8)',
            f"used by `Group` {KEPT}",
            posture="v2-required",
            does="requires IMDSv2",
        ),
    ),
    Case(
        "a condition",
        stack(condition="Is¦Main", tokens="!If [IsMain, required, optional]"),
        "IsMain",
        said_of(
            "`AWS::EC2::LaunchTemplate Web`",
            UNDECIDED.format("IsMain"),
            "`HttpTokens` is decided by IsMain: line 18",
            "to do: decide it: by a literal, a default or a parameter file (--parameter-file)",
            f"used by `Group` {KEPT}",
            rule("IMDS005"),
            posture="unknown",
            does="may answer IMDSv1",
        ),
    ),
    Case(
        "a template's name",
        stack(name="w¦eb"),
        "web",
        of_stack("decided at line 18 → the default of parameter Tokens (line 4)"),
    ),
    Case(
        "what a template is named in",
        {"t.yaml": stack()["t.yaml"].replace("LaunchTemplate:\n", "Launch¦Template:\n")},
        "LaunchTemplate",
        of_stack("decided at line 18 → the default of parameter Tokens (line 4)"),
    ),
    Case(
        "a template's version",
        stack(version='"¦1"'),
        '"1"',
        said_of(
            "`AWS::AutoScaling::AutoScalingGroup Group`",
            "Decided by what it launches from: as Web says",
            "decided at line 18 → the default of parameter Tokens (line 4)",
            f"launches from `Web` {KEPT}",
            rule("IMDS006"),
        ),
    ),
    Case(
        "JSON",
        {"t.json": JSON.replace("optional", "op¦tional")},
        '"optional"',
        said_of(
            "`AWS::EC2::Instance Web`",
            OPTIONAL,
            '`HttpTokens` is "optional": line 3 → the default of parameter Tokens (line 1)',
            rule("IMDS002"),
        ),
    ),
    Case(
        "Terraform's JSON",
        {"main.tf.json": TF_JSON.replace('"tokens"', '"to¦kens"')},
        '"tokens"',
        of_instance('`http_tokens` is "optional": line 3 → the default of var.tokens (line 1)'),
    ),
]
SEVERAL = [
    Case(
        "instances of one block",
        {"main.tf": TEMPLATE.replace('"web" {', '"w¦eb" {\n  for_each = toset(["a", "b"])')},
        'resource "aws_launch_template" "web"',
        said_of(
            '`aws_launch_template.web["a"]`, `aws_launch_template.web["b"]`',
            OPTIONAL,
            "decided at line 5",
            rule("IMDS002"),
            does="answer IMDSv1",
        ),
    ),
    Case(
        "more than are told by name",
        {"main.tf": VARIABLE.replace("var", "v¦ar") + "".join(instance("var.tokens", f"x{i}") for i in range(7))},
        'variable "tokens"',
        said_of(
            "`aws_instance.x0`, `aws_instance.x1`, `aws_instance.x2`, `aws_instance.x3`, `aws_instance.x4` and 2 more",
            OPTIONAL,
            '`http_tokens` is "optional": the default of var.tokens (line 3)',
            rule("IMDS002"),
            does="answer IMDSv1",
        ),
    ),
    Case(
        "each root module's",
        {
            "a/main.tf": WEB[0].replace("./web", "../web"),
            "b/main.tf": WEB[0].replace("./web", "../web").replace("optional", "required"),
            "web/main.tf": WEB[1].replace("var.", "var¦."),
        },
        "var.tokens",
        "- **v1-allowed**: `module.web.aws_instance.x` in `a` answers IMDSv1: tokens are optional, "
        "by the argument tokens of module.web (`a/main.tf:3`)\n"
        "- **v2-required**: `module.web.aws_instance.x` in `b` requires IMDSv2: tokens are required, "
        "by the argument tokens of module.web (`b/main.tf:3`)",
    ),
]


@pytest.mark.parametrize("case", [*OPTIONS, *CHAINS, *HEADS, *TEMPLATES, *SEVERAL], ids=lambda case: case.why)
def test_what_is_said(case: Case) -> None:
    assert shown(case.files) == (case.marked, case.text)


def test_of_more_kinds_than_are_told_the_worst_are() -> None:
    """Five calls that are fine do not hide the sixth, which is the one to know of."""
    call = 'module "{0}" {{\n  source = "./web"\n  tokens = "{1}"\n}}\n'
    calls = "".join(call.format(name, "optional" if name == "f" else "required") for name in "abcdefg")
    web = 'variable "tokens" {}\n' + TEMPLATE.replace('"optional"', "var.tokens")
    web += GROUP.replace('"web"', '"w¦eb"') % ("aws_launch_template.web.id", '"$Latest"')
    answer = shown({"main.tf": calls, "web/main.tf": web})
    assert answer is not None
    first, *_, last = answer[1].splitlines()
    assert first.startswith("- **v1-allowed**: `module.f.aws_autoscaling_group.web` answers IMDSv1")
    assert last == "- and 2 more"


TAGS = 'resource "aws_instance" "y" {\n  tags = {\n    http_¦tokens = "optional"\n  }\n}\n'
SILENT = [
    ("a comment", {"main.tf": "# about http_¦tokens\n" + instance('"optional"')}),
    ("an empty line", {"main.tf": "¦\n" + instance('"optional"')}),
    ("an argument that is no option", {"main.tf": instance('"optional"').replace("{", "{\n  instance_¦type = 1", 1)}),
    ("a tag that is called like one", {"main.tf": TAGS}),
    ("a variable that decides nothing", {"main.tf": instance('"optional"') + VARIABLE.replace("var", "v¦ar")}),
    (
        "a variable of another module",
        {"main.tf": instance('"optional"') + WEB[0], "web/main.tf": VARIABLE.replace("v", "¦v", 1)},
    ),
    (
        "a variable whose name begins so",
        {"main.tf": instance("var.tokens-x") + VARIABLE.replace("va", "¦va", 1) + 'variable "tokens-x" {}\n'},
    ),
    ("another argument of a variable", {"main.tf": instance("var.tokens") + VARIABLE.replace("type", "ty¦pe")}),
    ("between a key and its value", {"main.tf": instance('"optional"').replace("http_tokens =", "http_tokens¦ =")}),
    (
        "a resource of a type without options",
        {"main.tf": 'resource "aws_s3_¦bucket" "b" {}\n' + instance('"optional"')},
    ),
    ("a parameter that decides nothing", stack(parameter="Tok¦ens", tokens="optional")),
    ("a block that names no template", {"main.tf": GROUP.replace("{", "{\n  launch¦_template {}", 1) % ("var.x", "1")}),
    ("the type of a parameter", {"t.yaml": stack()["t.yaml"].replace("Type: String", "Ty¦pe: String")}),
    ("the name of a section", {"t.yaml": stack()["t.yaml"].replace("Parameters:", "Para¦meters:")}),
    ("a file of another kind", {"main.tf": instance('"optional"'), "notes.txt": "http_¦tokens"}),
    ("a file that cannot be read", {"main.tf": 'resource "aws_inst¦ance" {{{'}),
    ("a template that cannot be read", {"t.yaml": stack()["t.yaml"].replace("Para", "P¦ara") + "  - : ["}),
]


@pytest.mark.parametrize(("why", "files"), SILENT, ids=[why for why, _ in SILENT])
def test_where_there_is_nothing_to_say(why: str, files: dict[str, str]) -> None:
    assert shown(files) is None


def test_plain_text_has_no_marks() -> None:
    _, text = shown({"main.tf": instance('"opt¦ional"')}, markup=PLAIN) or ("", "")
    url = next(one.url for one in RULES if one.code == "IMDS002")
    assert text == (
        "v1-allowed: aws_instance.x answers IMDSv1\n\nDecided on the resource: tokens are optional.\n\n"
        f'- http_tokens is "optional": line 3\n- IMDS002 ({url}) optional-http-tokens'
    )


def test_the_settings_count() -> None:
    files = {"main.tf": 'resource "aws_instance" "¦x" {\n}\n'}
    decided = 'Decided by the account\'s default: by the setting account-default = "required"'
    expected = said_of("`aws_instance.x`", decided, posture="v2-required", does="requires IMDSv2")
    assert shown(files, Options(account_default=AccountDefault.REQUIRED)) == ('resource "aws_instance" "x"', expected)


def test_roots_that_were_not_looked_at_are_told_of() -> None:
    call = WEB[0].replace("./web", "../web")
    files = {f"r{i}/main.tf": call for i in range(9)} | {"web/main.tf": WEB[1].replace("var.", "var¦.")}
    _, text = shown(files) or ("", "")
    names = ", ".join(f"`module.web.aws_instance.x` in `r{i}`" for i in range(5))
    assert text.splitlines()[0] == f"**v1-allowed**: {names} and 3 more answer IMDSv1"
    assert text.splitlines()[-1] == "More root modules have to do with this than were looked at."
