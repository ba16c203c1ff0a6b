"""What the code does not decide, or Terraform would refuse: unknown with a reason, or a finding; nothing outside read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.inputs import Inputs
from tests.support import linted, postures
from tests.terraform.test_postures import instance, options

X = "aws_instance.x"


class Case(NamedTuple):
    name: str
    text: str | dict[str, str]
    reason: str
    address: str = X


def tokens(expression: str) -> str:
    return instance(options(f"http_tokens = {expression}"))


CASES = [
    Case(
        "no-value",
        'variable "t" {}\n' + tokens("var.t"),
        "var.t has no default and no value is given for it",
    ),
    Case("undeclared", tokens("var.t"), "var.t is not declared"),
    Case("undefined-local", tokens("local.t"), "local.t is not defined"),
    Case("local-of-itself", "locals {\n  t = local.t\n}\n" + tokens("local.t"), "local.t refers to itself"),
    Case("provider-function", tokens("provider::aws::arn_parse(1)"), "the function provider::aws::arn_parse() is not"),
    Case("impure-function", tokens("timestamp()"), "the function timestamp() is not evaluated"),
    Case("workspace", tokens("terraform.workspace"), "terraform.workspace depends on where"),
    Case(
        "branches-that-differ",
        tokens('terraform.workspace == "p" ? "required" : null'),
        'v1-allowed if terraform.workspace == "p" is false; v2-required if terraform.workspace == "p" is true',
    ),
    Case("data-source", tokens("data.aws_ssm_parameter.t.value"), "data.aws_ssm_parameter.t.value is read when Terraf"),
    Case(
        "resource-attribute",
        'resource "random_pet" "p" {}\n' + tokens("random_pet.p.id"),
        "random_pet.p.id is known only after apply",
    ),
    Case("resource-not-declared", tokens("random_pet.p.id"), "random_pet.p.id is not declared"),
    Case("member-of-scalar", 'locals {\n  t = "a"\n}\n' + tokens("local.t.b"), "local.t is no collection"),
    Case("no-such-member", "locals {\n  t = {}\n}\n" + tokens("local.t.b"), 'local.t is given no "b"'),
    Case("no-such-element", "locals {\n  t = []\n}\n" + tokens("local.t[0]"), "local.t has no element 0"),
    Case("member-of-null", "locals {\n  t = null\n}\n" + tokens("local.t.b"), "local.t is null"),
    Case(
        "which-member",
        'variable "k" {}\nlocals {\n  t = { a = "required" }\n}\n' + tokens("local.t[var.k]"),
        "which element of local.t is taken is not known: var.k has no default",
    ),
    Case("null-in-template", tokens('"a${null}"'), "a part of the string is null or a collection"),
    Case(
        "each-unknown",
        'variable "m" {}\n' + instance("  for_each = var.m\n" + options("http_tokens = each.value.t")),
        "var.m has no default and no value is given for it",
    ),
    Case("each-without-for-each", tokens("each.value"), "each.value means nothing here"),
    Case(
        "for-each-list",
        instance('  for_each = ["required"]\n' + options("http_tokens = each.value")),
        "for_each takes a map or a set of strings",
    ),
    Case(
        "for-over-unknown",
        'variable "m" {}\n' + tokens('[for t in var.m : "required"][0]'),
        "var.m has no default and no value is given for it",
    ),
    Case(
        "for-with-open-condition",
        'variable "v" {}\n' + tokens('[for t in ["required"] : t if var.v == t][0]'),
        "var.v has no default and no value is given for it",
    ),
    Case(
        "duplicate-key",
        tokens('{ for t in ["a", "b"] : "k" => "required" }.k'),
        'two elements have the key "k"',
    ),
    Case(
        "module-not-here",
        'module "m" {\n  source = "example/nothing/aws"\n}\n' + tokens("module.m.t"),
        "module.m is not in this code",
    ),
    Case("module-not-declared", tokens("module.m.t"), "module.m is not declared"),
    Case(
        "no-such-output",
        {"main.tf": 'module "m" {\n  source = "./m"\n}\n' + tokens("module.m.t"), "m/main.tf": ""},
        'module.m is given no "t"',
    ),
    Case(
        "missing-template-file",
        tokens('templatefile("${path.module}/none.tpl", {})'),
        "there is no file none.tpl",
    ),
    Case(
        "template-lacks-a-variable",
        {"main.tf": tokens('templatefile("t.tpl", {})'), "t.tpl": "${tokens}"},
        "the template is given no tokens",
    ),
    Case(
        "template-that-does-not-parse",
        {"main.tf": tokens('templatefile("t.tpl", {})'), "t.tpl": "%{ if }"},
        "t.tpl is no template that parses",
    ),
    Case("file-outside", tokens('file("../secret")'), "../secret is outside of the project"),
    Case("file-anywhere", tokens('file("/etc/hostname")'), "/etc/hostname is outside of the project"),
    Case(
        "wrong-type",
        'variable "n" {\n  type    = number\n  default = "many"\n}\n' + tokens('var.n == 1 ? "required" : "optional"'),
        "number",
    ),
    Case(
        "validation-admits-two",
        'variable "t" {\n  validation {\n    condition = contains(["required", "optional"], var.t)\n  }\n}\n'
        + tokens("var.t"),
        'var.t is "optional"',
    ),
    Case(
        "too-long-a-chain",
        "locals {\n" + "".join(f"  l{n} = local.l{n + 1}\n" for n in range(300)) + "}\n" + tokens("local.l0"),
        "the chain of references is too long to follow",
    ),
    Case(
        "too-much",
        "locals {\n  a = [for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i]]]\n}\n"
        + tokens("local.a[0][0][0]"),
        "there is too much to evaluate",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_says_what_is_missing(case: Case) -> None:
    files = {"main.tf": case.text} if isinstance(case.text, str) else case.text
    rows = {row.resource: row for row in linted(files).inventory}
    assert rows[case.address].posture.value == "unknown"
    assert case.reason in rows[case.address].reason


DECIDED = {
    "validation admits only what is required": (
        'variable "t" {\n  validation {\n    condition = var.t == "required"\n  }\n}\n' + tokens("var.t"),
        "v2-required",
    ),
    "all that the validation admits is weak": (
        'variable "t" {\n  validation {\n    condition = contains(["optional"], var.t) || var.t == null\n  }\n}\n'
        + tokens("var.t"),
        "v1-allowed",
    ),
    "two conditions have to hold": (
        'variable "t" {\n  validation {\n    condition = contains(["required", "optional"], var.t)\n  }\n'
        '  validation {\n    condition = can(regex("^(required|no)$", var.t))\n  }\n}\n' + tokens("var.t"),
        "v2-required",
    ),
    "a boolean is true or false, and both are safe": (
        'variable "v" {\n  type = bool\n}\n' + tokens('var.v ? "required" : (var.v ? "optional" : "required")'),
        "v2-required",
    ),
    "one condition is not two things at once": (
        'variable "v" {\n  type = bool\n}\nresource "aws_instance" "x" {\n  count = var.v ? 1 : 0\n'
        + options('http_tokens = var.v ? "required" : "optional"').replace("metadata", "metadata")
        + "\n}\n",
        "v2-required",
    ),
    "a map of which a part is not known": (
        'variable "o" {}\n' + tokens('merge(var.o, { tokens = "required" }).tokens'),
        "v2-required",
    ),
    "of two blocks one is generated, and both are safe": (
        'variable "o" {}\n'
        + instance(
            '  dynamic "metadata_options" {\n    for_each = var.o != null ? [var.o] : []\n    content {\n'
            '      http_tokens = "required"\n    }\n  }\n'
            '  dynamic "metadata_options" {\n    for_each = var.o != null ? [] : [0]\n    content {\n'
            '      http_tokens = "required"\n    }\n  }'
        ),
        "v2-required",
    ),
    "an unknown number of safe ones": (
        'variable "n" {}\n' + instance("  count = var.n\n" + options('http_tokens = "required"')),
        "v2-required",
    ),
}


OPEN = {
    "an instance that exists either way, and is open in one": (
        'variable "c" {\n  type = bool\n}\nresource "aws_instance" "w" {\n'
        '  for_each = var.c ? toset(["a", "b"]) : toset(["b"])\n'
        + options('http_tokens = var.c ? "required" : "optional"')
        + "\n}\n",
        {'aws_instance.w["a"]': "v2-required", 'aws_instance.w["b"]': "unknown"},
    ),
    "a condition of two elements is not one condition": (
        'variable "e" {}\n'
        + tokens('length(compact([for k in ["a", "b"] : contains(var.e, k) ? k : ""])) == 1 ? "optional" : "required"'),
        {X: "unknown"},
    ),
    "a condition of a template is not that of another rendering": (
        {
            "main.tf": 'variable "e" {}\nvariable "f" {}\n'
            + tokens('templatefile("t", { x = var.e }) == templatefile("t", { x = var.f }) ? "required" : "optional"'),
            "t": '%{ if x == "1" }a%{ else }b%{ endif }',
        },
        {X: "unknown"},
    ),
    "a boolean may be null, where the code asks for that": (
        'variable "t" {\n  type = bool\n}\n' + tokens('var.t == null ? "optional" : "required"'),
        {X: "unknown"},
    ),
    "an override asks for the element": (
        {
            "main.tf": 'resource "aws_instance" "x" {\n  for_each = { a = "required", b = "optional" }\n'
            + options('http_tokens = "required"')
            + "\n}\n",
            "override.tf": 'resource "aws_instance" "x" {\n' + options("http_tokens = each.value") + "\n}\n",
        },
        {f'{X}["a"]': "v2-required", f'{X}["b"]': "v1-allowed"},
    ),
    "two conditions, of which neither is decided": (
        'variable "a" {\n  type = bool\n}\nvariable "b" {\n  type = bool\n}\nresource "aws_instance" "x" {\n'
        "  count = var.a && var.b ? 1 : 0\n"
        + options('http_tokens = var.a && var.b ? "required" : "optional"')
        + "\n}\n",
        {f"{X}[0]": "v2-required"},
    ),
}


@pytest.mark.parametrize("why", OPEN)
def test_conditions_are_told_apart(why: str) -> None:
    text, expected = OPEN[why]
    assert postures({"main.tf": text} if isinstance(text, str) else text) == expected


@pytest.mark.parametrize("why", DECIDED)
def test_is_decided_all_the_same(why: str) -> None:
    text, posture = DECIDED[why]
    assert list(postures({"main.tf": text}).values()) == [posture]


FINDINGS = {
    "cycle": (
        {
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\n' + instance(""),
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
        'the call of module "a" leads back to a module that it is called from',
    ),
    "outside": (
        {"main.tf": 'module "m" {\n  source = "../../other"\n}\n' + instance("")},
        'the source of module "m" leads outside of the project',
    ),
    "tfvars": (
        {"main.tf": 'variable "t" {}\n' + tokens("var.t"), "terraform.tfvars": "t = = 1\n"},
        "",
    ),
    "two-defaults": (
        {
            "a.tf": 'variable "t" {\n  default = "a"\n}\n' + tokens("var.t"),
            "b.tf": 'variable "t" {\n  default = "b"\n}\n',
        },
        "var.t is declared twice in this module; the second is not judged",
    ),
    "two-locals": (
        {"a.tf": 'locals {\n  t = "a"\n}\n' + tokens("local.t"), "b.tf": 'locals {\n  t = "b"\n}\n'},
        "local.t is defined twice in this module",
    ),
    "two-values": (
        {"main.tf": 'variable "t" {}\n' + tokens("var.t"), "terraform.tfvars": 't = "a"\nt = "b"\n'},
        'the argument "t" is set twice',
    ),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_what_is_wrong_with_the_code_is_a_finding(name: str) -> None:
    files, message = FINDINGS[name]
    found = [finding for finding in linted(files).findings if finding.rule.code == "IMDS900"]
    assert len(found) == 1
    assert message in found[0].message


def given(text: str, *, variables: dict[str, str] | None = None, environment: dict[str, str] | None = None) -> str:
    files = {"main.tf": text, "weak.tfvars": 't = "optional"\n', "strong.tfvars": 't = "required"\n'}
    inputs = Inputs(variables or {}, (), environment or {})
    return linted(files, Options(inputs=inputs)).inventory[0].posture.value


def test_values_that_the_user_gives_in_terraforms_order() -> None:
    text = 'variable "t" {\n  type    = string\n  default = "optional"\n}\n' + tokens("var.t")
    files = {"main.tf": text, "weak.tfvars": 't = "optional"\n', "strong.tfvars": 't = "required"\n'}

    def posture(inputs: Inputs, **more: str) -> str:
        return linted({**files, **more}, Options(inputs=inputs)).inventory[0].posture.value

    strong = {"t": "required"}
    weak = {"t": "optional"}
    assert posture(Inputs(environment=strong)) == "v2-required", "the environment wins over the default"
    auto = {"a.auto.tfvars": 't = "optional"\n'}
    assert posture(Inputs(environment=strong), **auto) == "v1-allowed", "a variable file wins over the environment"
    assert posture(Inputs(variable_files=("strong.tfvars",)), **auto) == "v2-required", (
        "--var-file wins over automatic files"
    )
    assert posture(Inputs(variable_files=("strong.tfvars", "weak.tfvars"))) == "v1-allowed", "the last --var-file wins"
    assert posture(Inputs(variables=strong, variable_files=("weak.tfvars",), environment=weak)) == "v2-required", (
        "--var wins"
    )


def test_a_value_that_the_user_gives_is_an_expression_where_the_type_is_no_string() -> None:
    text = 'variable "o" {\n  type = object({ t = string })\n}\n' + tokens("var.o.t")
    assert given(text, variables={"o": '{ t = "required" }'}) == "v2-required"
    assert given(text, environment={"o": '{ t = "optional" }'}) == "v1-allowed"
    assert given(text, variables={"o": "{ t = "}) == "unknown"


def test_a_value_that_the_user_gives_does_not_reach_a_called_module() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n}\n',
        "m/main.tf": 'variable "t" {\n  default = "optional"\n}\n' + tokens("var.t"),
    }
    rows = linted(files, Options(inputs=Inputs({"t": "required"}))).inventory
    assert [(row.resource, row.posture.value) for row in rows] == [("module.m.aws_instance.x", "v1-allowed")]


def test_variables_that_no_root_declares_are_told() -> None:
    text = 'variable "t" {}\n' + tokens("var.t")
    report = linted({"main.tf": text}, Options(inputs=Inputs({"t": "required", "u": "x"})))
    assert report.undeclared == ("u",)


def test_secrets_are_not_shown() -> None:
    text = 'variable "t" {\n  sensitive = true\n  default   = "optional"\n}\n' + tokens("var.t")
    finding = linted({"main.tf": text}).findings[0]
    assert "optional" not in finding.message
    assert "optional" not in finding.label
    shown = [related.message for related in finding.related]
    assert shown == ["var.t, which is sensitive"]


def test_a_link_out_of_the_project_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iac_imds_lint.engine import lint
    from iac_imds_lint.files import FileSystem
    from iac_imds_lint.sources import Sources

    (tmp_path / "project").mkdir()
    (tmp_path / "secret").write_text("required")
    (tmp_path / "project/linked").symlink_to("../secret")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/main.tf").write_text(instance(""))
    (tmp_path / "project/module").symlink_to("../other")
    text = tokens('file("linked")') + 'module "m" {\n  source = "./module"\n}\n'
    (tmp_path / "project/main.tf").write_text(text)
    monkeypatch.chdir(tmp_path / "project")
    report = lint(["main.tf"], Sources(FileSystem([os.curdir])))
    assert [(row.resource, row.reason) for row in report.inventory] == [(X, "linked is outside of the project")]
    assert [f.message for f in report.findings if f.rule.code == "IMDS900"] == [
        'the source of module "m" leads outside of the project'
    ]


def test_no_literal_inside_of_a_json_string_is_changed() -> None:
    """The string is one place: what stands in it cannot be told apart, and the whole must not be overwritten."""
    text = (
        '{"variable": {"o": {"type": "object({t = optional(string, \\"optional\\")})", "default": {}}}, '
        '"resource": {"aws_instance": {"x": {"metadata_options": {"http_endpoint": "enabled", '
        '"http_tokens": "${try(var.o.none, var.o.t)}"}}}}}'
    )
    report = linted({"main.tf.json": text})
    assert [row.posture.value for row in report.inventory] == ["v1-allowed"]
    assert [finding.fix for finding in report.findings] == [None]


# What Terraform would find there is not known: it may well be a file that it can read.
UNREAD = [
    ('try(file("../x"), "required")', "../x is outside of the project"),
    ('fileexists("../x") ? "optional" : "required"', 'v2-required if fileexists("../x") is false'),
    ('can(file("../x")) ? "optional" : "required"', 'v2-required if can(file("../x")) is false'),
    ('try(file("bad"), "required")', "bad cannot be read"),
    ('fileexists("bad") ? "optional" : "required"', 'v2-required if fileexists("bad") is false'),
    ('try(file("there is no file/../../x"), "required")', "../x is outside of the project"),
]


@pytest.mark.parametrize(("expression", "reason"), UNREAD)
def test_a_file_that_is_not_read_is_not_taken_for_an_absent_one(expression: str, reason: str) -> None:
    (row,) = linted({"main.tf": tokens(expression), "bad": b"\xff\xfe\x00"}, paths=("main.tf",)).inventory
    assert row.posture.value == "unknown"
    assert reason in row.reason


@pytest.mark.parametrize("expression", ['try(file("x"), "required")', 'fileexists("x") ? "optional" : "required"'])
def test_an_absent_file_is_one(expression: str) -> None:
    assert postures({"main.tf": tokens(expression)}) == {X: "v2-required"}


@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars", "terraform.tfvars.json"])
def test_what_a_broken_variable_file_gives_is_not_known(name: str) -> None:
    """It may give any variable any value: the default does not count."""
    text = 'variable "t" {\n  default = "required"\n}\n' + tokens("var.t")
    (row,) = linted({"main.tf": text, name: 't = "optional'}).inventory
    assert row.posture.value == "unknown"
    assert f"{name} gives, which cannot be read" in row.reason


def test_a_module_that_is_not_there_is_told() -> None:
    report = linted({"main.tf": 'module "m" {\n  source = "./nope"\n}\n'})
    assert [(one.address, one.source) for one in report.unfollowed] == [("module.m", "nope, which is not there")]


def test_a_module_outside_is_told_where_nothing_else_is_of_interest() -> None:
    report = linted({"main.tf": 'module "m" {\n  source = "../../q"\n}\n'})
    assert [f.message for f in report.findings] == ['the source of module "m" leads outside of the project']


def test_a_declaration_that_is_refused_does_not_keep_the_rest_of_its_file_from_repair() -> None:
    text = instance("") + 'module "m" {\n  source = "../../q"\n}\n'
    fixes = {finding.rule.code: finding.fix is not None for finding in linted({"main.tf": text}).findings}
    assert fixes == {"IMDS001": True, "IMDS900": False}
