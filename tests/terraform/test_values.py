"""How values reach resources: expressions, variables, expansion and modules, each case judged by Terraform as well.

A case is written once, about a ``thing`` with ``tokens``. For us a thing is an instance with these tokens. For Terraform
it is a ``terraform_data`` with this input, which needs no provider: one plan of all cases says what their values are.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import postures

V1, V2 = "v1-allowed", "v2-required"


class Case(NamedTuple):
    name: str
    why: str
    text: str | dict[str, str]
    expected: dict[str, str]

    @property
    def files(self) -> dict[str, str]:
        return {"main.tf": self.text} if isinstance(self.text, str) else self.text


def child(tokens: str = "var.tokens", default: str = "") -> str:
    """A module that takes tokens and has one thing."""
    return f'variable "tokens" {{\n{default}\n}}\nthing "x" {{\n  tokens = {tokens}\n}}\n'


CASES = [
    # Functions as real code uses them around this option.
    Case(
        "lower",
        "functions of strings are evaluated",
        'thing "x" {\n  tokens = lower("REQUIRED")\n}\n',
        {"x": V2},
    ),
    Case(
        "lookup-found",
        "the map has the key",
        'locals {\n  o = { tokens = "required" }\n}\nthing "x" {\n  tokens = lookup(local.o, "tokens", "optional")\n}\n',
        {"x": V2},
    ),
    Case(
        "lookup-default",
        "the map lacks the key: the default counts",
        'locals {\n  o = {}\n}\nthing "x" {\n  tokens = lookup(local.o, "tokens", "optional")\n}\n',
        {"x": V1},
    ),
    Case(
        "try-first",
        "the first that is no error counts",
        'locals {\n  o = { tokens = "required" }\n}\nthing "x" {\n  tokens = try(local.o.tokens, "optional")\n}\n',
        {"x": V2},
    ),
    Case(
        "try-falls-back",
        "an attribute that is not there is an error",
        'locals {\n  o = { hop = 1 }\n}\nthing "x" {\n  tokens = try(local.o.tokens, "optional")\n}\n',
        {"x": V1},
    ),
    Case(
        "coalesce-null",
        "null and the empty string are passed over",
        'thing "x" {\n  tokens = coalesce(null, "", "required")\n}\n',
        {"x": V2},
    ),
    Case(
        "merge-later-wins",
        "of two maps the later wins",
        'locals {\n  o = merge({ tokens = "optional" }, { tokens = "required" })\n}\nthing "x" {\n  tokens = local.o.tokens\n}\n',
        {"x": V2},
    ),
    Case(
        "merge-earlier-stays",
        "what the later lacks stays",
        'locals {\n  o = merge({ tokens = "optional" }, { hop = 1 })\n}\nthing "x" {\n  tokens = local.o["tokens"]\n}\n',
        {"x": V1},
    ),
    Case(
        "element-wraps",
        "element() begins again at the end",
        'thing "x" {\n  tokens = element(["optional", "required"], 3)\n}\n',
        {"x": V2},
    ),
    Case(
        "contains-decides",
        "membership decides the condition",
        'thing "x" {\n  tokens = contains(["dev", "test"], "prod") ? "optional" : "required"\n}\n',
        {"x": V2},
    ),
    Case(
        "regex",
        "a match is its text",
        'thing "x" {\n  tokens = regex("[a-z]+", "1required2")\n}\n',
        {"x": V2},
    ),
    Case(
        "jsondecode",
        "JSON is decoded",
        'thing "x" {\n  tokens = jsondecode("{\\"t\\": \\"required\\"}").t\n}\n',
        {"x": V2},
    ),
    Case(
        "yamldecode",
        "YAML is decoded",
        'locals {\n  y = yamldecode("imds:\\n  tokens: optional\\n")\n}\nthing "x" {\n  tokens = local.y.imds.tokens\n}\n',
        {"x": V1},
    ),
    Case(
        "format",
        "format() writes",
        'thing "x" {\n  tokens = format("%s%s", "requi", "red")\n}\n',
        {"x": V2},
    ),
    Case(
        "one-of-splat",
        "one() of one element is that element",
        'locals {\n  l = [{ t = "required" }]\n}\nthing "x" {\n  tokens = one(local.l[*].t)\n}\n',
        {"x": V2},
    ),
    Case(
        "expanded-arguments",
        "the last argument is spread",
        'locals {\n  l = ["", "required"]\n}\nthing "x" {\n  tokens = coalesce(local.l...)\n}\n',
        {"x": V2},
    ),
    # Expressions.
    Case(
        "for-object",
        "a for expression builds a map",
        'locals {\n  m = { for k in ["a", "b"] : k => "required" if k != "b" }\n}\nthing "x" {\n'
        '  tokens = lookup(local.m, "a", "optional")\n}\nthing "y" {\n  tokens = lookup(local.m, "b", "optional")\n}\n',
        {"x": V2, "y": V1},
    ),
    Case(
        "for-grouped",
        "... groups what has one key",
        'locals {\n  m = { for k in ["a", "b"] : "t" => k... }\n}\nthing "x" {\n'
        '  tokens = length(local.m.t) == 2 ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "for-in-key-order",
        "a map is gone through by its keys",
        'locals {\n  l = [for k, v in { z = "optional", a = "required" } : v]\n}\nthing "x" {\n  tokens = local.l[0]\n}\n',
        {"x": V2},
    ),
    Case(
        "splat-of-null",
        "null has no elements",
        'locals {\n  n = null\n}\nthing "x" {\n  tokens = length(local.n[*]) == 0 ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "legacy-splat",
        "the older splat takes attributes",
        'locals {\n  l = [{ t = "optional" }, { t = "required" }]\n}\nthing "x" {\n  tokens = local.l.*.t[1]\n}\n',
        {"x": V2},
    ),
    Case(
        "directives",
        "a template with directives is a string",
        'variable "v2" {\n  default = true\n}\nthing "x" {\n'
        '  tokens = "%{ if var.v2 }required%{ else }optional%{ endif }"\n}\n',
        {"x": V2},
    ),
    Case(
        "heredoc",
        "a heredoc is a string that ends with a line break",
        'thing "x" {\n  tokens = trimspace(local.h)\n}\nlocals {\n  h = <<-EOT\n    ${"requ"}ired\n  EOT\n}\n',
        {"x": V2},
    ),
    Case(
        "white-space-in-templates",
        "white space between interpolations is text",
        'thing "x" {\n  tokens = "${"a"}  ${"b"}" == "a  b" ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "arithmetic",
        "numbers are exact, and modulo is Terraform's",
        'thing "x" {\n  tokens = 0.1 + 0.2 == 0.3 && 7 % 3 == 1 ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "deep-equality",
        "collections are compared by what they hold",
        'thing "x" {\n  tokens = { a = [1, "b"] } == { a = [1, "b"] } ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "a-list-is-no-tuple",
        "values of different types are not equal",
        'thing "x" {\n  tokens = tolist(["a"]) == ["a"] ? "required" : "optional"\n}\n',
        {"x": V1},
    ),
    # Variables: types, defaults, null.
    Case(
        "optional-default",
        "an attribute that is not given has the default of its type",
        'variable "o" {\n  type    = object({ tokens = optional(string, "required"), hop = number })\n'
        '  default = { hop = 1 }\n}\nthing "x" {\n  tokens = var.o.tokens\n}\n',
        {"x": V2},
    ),
    Case(
        "optional-null",
        "null counts as not given where the type has a default",
        'variable "o" {\n  type    = object({ tokens = optional(string, "required") })\n'
        '  default = { tokens = null }\n}\nthing "x" {\n  tokens = var.o.tokens\n}\n',
        {"x": V2},
    ),
    Case(
        "optional-without-default",
        "an optional attribute without a default is null",
        'variable "o" {\n  type    = object({ tokens = optional(string) })\n  default = {}\n}\n'
        'thing "x" {\n  tokens = var.o.tokens\n}\n',
        {"x": V1},
    ),
    Case(
        "optional-in-a-map",
        "defaults are filled in for each element",
        'variable "m" {\n  type    = map(object({ tokens = optional(string, "required") }))\n  default = { a = {} }\n}\n'
        'thing "x" {\n  tokens = var.m["a"].tokens\n}\n',
        {"x": V2},
    ),
    Case(
        "dropped-attribute",
        "what the type does not name is dropped",
        'variable "o" {\n  type    = object({ hop = number })\n  default = { hop = 1, tokens = "required" }\n}\n'
        'thing "x" {\n  tokens = try(var.o.tokens, "optional")\n}\n',
        {"x": V1},
    ),
    Case(
        "converted-to-bool",
        "a string is converted to the type",
        'variable "v2" {\n  type    = bool\n  default = "true"\n}\nthing "x" {\n'
        '  tokens = var.v2 == true ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    Case(
        "converted-to-string",
        "a number is converted to the type",
        'variable "n" {\n  type    = string\n  default = 2\n}\nthing "x" {\n'
        '  tokens = var.n == "2" ? "required" : "optional"\n}\n',
        {"x": V2},
    ),
    # count and for_each.
    Case(
        "count",
        "each instance has its index",
        'thing "x" {\n  count  = 2\n  tokens = count.index == 0 ? "required" : "optional"\n}\n',
        {"x[0]": V2, "x[1]": V1},
    ),
    Case("count-none", "none is launched", 'thing "x" {\n  count  = 0\n  tokens = "optional"\n}\n', {}),
    Case(
        "count-by-condition",
        "the condition decides the number",
        'variable "on" {\n  default = true\n}\nthing "x" {\n  count  = var.on ? 1 : 0\n  tokens = "required"\n}\n',
        {"x[0]": V2},
    ),
    Case(
        "count-by-length",
        "the length of a list is known",
        'thing "x" {\n  count  = length(["a", "b"])\n  tokens = element(["required", "optional"], count.index)\n}\n',
        {"x[0]": V2, "x[1]": V1},
    ),
    Case(
        "for-each-map",
        "each instance has its value",
        'thing "x" {\n  for_each = { a = "required", "b c" = "optional" }\n  tokens   = each.value\n}\n',
        {'x["a"]': V2, 'x["b c"]': V1},
    ),
    Case(
        "for-each-set",
        "the value of a set's element is its key",
        'thing "x" {\n  for_each = toset(["required"])\n  tokens   = each.value == each.key ? each.key : "optional"\n}\n',
        {'x["required"]': V2},
    ),
    Case(
        "for-each-objects",
        "attributes of the element are read, and missing ones",
        'locals {\n  all = {\n    a = { tokens = "required" }\n    b = {}\n  }\n}\nthing "x" {\n'
        "  for_each = local.all\n  tokens   = try(each.value.tokens, null)\n}\n",
        {'x["a"]': V2, 'x["b"]': V1},
    ),
    Case("for-each-none", "none is launched", 'thing "x" {\n  for_each = {}\n  tokens   = "optional"\n}\n', {}),
    Case(
        "for-each-for",
        "a for expression makes the instances",
        'thing "x" {\n  for_each = { for i, t in ["required"] : "n${i}" => t }\n  tokens   = each.value\n}\n',
        {'x["n0"]': V2},
    ),
    # Modules.
    Case(
        "module-argument",
        "the argument of the call decides",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  tokens = "required"\n}\n',
            "child/main.tf": child(default='default = "optional"'),
        },
        {"module.m.x": V2},
    ),
    Case(
        "module-null",
        "null is given: the default does not count",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  tokens = null\n}\n',
            "child/main.tf": child(default='default = "required"'),
        },
        {"module.m.x": V1},
    ),
    Case(
        "module-null-not-nullable",
        "null is no value of a variable that is not nullable",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  tokens = null\n}\n',
            "child/main.tf": child(default='default = "required"\n  nullable = false'),
        },
        {"module.m.x": V2},
    ),
    Case(
        "module-count",
        "each instance of a call is told apart",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  count  = 2\n'
            '  tokens = count.index == 0 ? "required" : "optional"\n}\n',
            "child/main.tf": child(),
        },
        {"module.m[0].x": V2, "module.m[1].x": V1},
    ),
    Case(
        "module-for-each",
        "each instance of a call has its value",
        {
            "main.tf": 'module "m" {\n  source   = "./child"\n  for_each = { a = "required", b = "optional" }\n'
            "  tokens   = each.value\n}\n",
            "child/main.tf": child(),
        },
        {'module.m["a"].x': V2, 'module.m["b"].x': V1},
    ),
    Case(
        "module-none",
        "a call that is made for nothing launches nothing, nor does what it calls",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  count  = 0\n}\n',
            "child/main.tf": 'module "g" {\n  source = "./grand"\n}\n',
            "child/grand/main.tf": 'thing "x" {\n  tokens = "optional"\n}\n',
        },
        {},
    ),
    Case(
        "module-output",
        "an output is what the child makes of its arguments",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  t      = "REQUIRED"\n}\nthing "x" {\n  tokens = module.m.t\n}\n',
            "child/main.tf": 'variable "t" {}\noutput "t" {\n  value = lower(var.t)\n}\n',
        },
        {"x": V2},
    ),
    Case(
        "module-outputs-indexed",
        "the outputs of a counted call are a list",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  count  = 2\n  t      = count.index\n}\n'
            'thing "x" {\n  tokens = module.m[1].t\n}\nthing "y" {\n  tokens = module.m.*.t[0]\n}\n',
            "child/main.tf": 'variable "t" {}\noutput "t" {\n  value = var.t == 1 ? "required" : "optional"\n}\n',
        },
        {"x": V2, "y": V1},
    ),
    Case(
        "module-outputs-of-each",
        "those of a call for each element are a map",
        {
            "main.tf": 'module "m" {\n  source   = "./child"\n  for_each = { a = "required" }\n  t        = each.value\n}\n'
            'locals {\n  all = { for k, m in module.m : k => m.t }\n}\nthing "x" {\n  tokens = local.all["a"]\n}\n',
            "child/main.tf": 'variable "t" {}\noutput "t" {\n  value = var.t\n}\n',
        },
        {"x": V2},
    ),
    Case(
        "module-in-module",
        "arguments are handed down",
        {
            "main.tf": 'module "m" {\n  source = "./child"\n  imds   = { tokens = "required" }\n}\n',
            "child/main.tf": 'variable "imds" {\n  type = object({ tokens = optional(string, "optional") })\n}\n'
            'module "g" {\n  source = "./grand"\n  tokens = var.imds.tokens\n}\n',
            "child/grand/main.tf": child(),
        },
        {"module.m.module.g.x": V2},
    ),
    Case(
        "each-of-the-caller",
        "count and each of a call are its own, not those of the child's resources",
        {
            "main.tf": 'module "m" {\n  source   = "./child"\n  for_each = toset(["optional"])\n  tokens   = each.key\n}\n',
            "child/main.tf": 'variable "tokens" {}\nthing "x" {\n  for_each = toset(["required"])\n'
            "  tokens   = each.key\n}\n",
        },
        {'module.m["optional"].x["required"]': V2},
    ),
    # Files.
    Case(
        "templatefile",
        "a template file sees the variables that it is given",
        {
            "main.tf": 'thing "x" {\n  tokens = trimspace(templatefile("${path.module}/t.tpl", { words = ["requi", "red"] }))\n}\n',
            "t.tpl": "%{ for w in words ~}\n${w}\n%{~ endfor }\n",
        },
        {"x": V2},
    ),
    Case(
        "file-with-json",
        "a file of the module is read",
        {
            "main.tf": 'thing "x" {\n  tokens = jsondecode(file("${path.module}/o.json")).tokens\n}\n',
            "o.json": '{"tokens": "required"}',
        },
        {"x": V2},
    ),
    Case(
        "fileset",
        "the files of a directory by a pattern",
        {
            "main.tf": 'locals {\n  all = [for f in fileset("${path.module}/conf", "*.json") : jsondecode(file("${path.module}/conf/${f}"))]\n}\n'
            'thing "x" {\n  tokens = local.all[1].t\n}\nthing "y" {\n  tokens = length(fileset(path.module, "conf/b.*")) == 1 ? "required" : null\n}\n',
            "conf/a.json": '{"t": "optional"}',
            "conf/b.json": '{"t": "required"}',
            "conf/c.txt": "",
        },
        {"x": V2, "y": V2},
    ),
    Case(
        "file-exists-not",
        "a file that is not there is not there",
        'thing "x" {\n  tokens = fileexists("${path.module}/none.json") ? "optional" : "required"\n}\n',
        {"x": V2},
    ),
    Case(
        "json-syntax",
        "strings of the JSON syntax are templates",
        {
            "main.tf.json": json.dumps(
                {
                    "variable": {"m": {"type": "map(string)", "default": {"t": "required"}}},
                    "locals": {"t": '${lookup(var.m, "t", "optional")}', "s": "a ${1 + 1}"},
                }
            ),
            "thing.tf": 'thing "x" {\n  tokens = local.s == "a 2" ? local.t : "optional"\n}\n',
        },
        {"x": V2},
    ),
    Case(
        "override-of-a-local",
        "locals are merged by their names",
        {
            "main.tf": 'locals {\n  t = "optional"\n  u = "required"\n}\nthing "x" {\n  tokens = local.t\n}\n'
            'thing "y" {\n  tokens = local.u\n}\n',
            "main_override.tf": 'locals {\n  t = "required"\n}\n',
        },
        {"x": V2, "y": V2},
    ),
    Case(
        "override-of-a-default",
        "a variable's default is replaced, its type stays",
        {
            "main.tf": 'variable "t" {\n  type    = string\n  default = "optional"\n}\nthing "x" {\n  tokens = var.t\n}\n',
            "override.tf": 'variable "t" {\n  default = "required"\n}\n',
        },
        {"x": V2},
    ),
]


def for_us(text: str) -> str:
    text = re.sub(r'\bthing "', 'resource "aws_instance" "', text)
    return re.sub(r"^( *)tokens +=(.*)$", r"\1metadata_options {\n    http_tokens =\2\n  }", text, flags=re.MULTILINE)


def for_terraform(text: str) -> str:
    text = re.sub(r'\bthing "', 'resource "terraform_data" "', text)
    return re.sub(r"^( *)tokens +=(.*)$", r"\1input =\2", text, flags=re.MULTILINE)


def written(case: Case, translate: Callable[[str], str]) -> dict[str, str]:
    """The files of a case with its things translated, and nothing else."""
    files = {}
    for path, text in case.files.items():
        blocks = re.split(r"^(?=\w+ .*\{$)", text, flags=re.MULTILINE)
        files[path] = "".join(translate(block) if block.startswith("thing ") else block for block in blocks)
    return files


def addressed(address: str, type: str) -> str:
    """The address of a thing as a resource of some type."""
    match = re.fullmatch(r"((?:module\.\w+(?:\[[^]]*\])?\.)*)(.*)", address)
    assert match is not None
    return f"{match[1]}{type}.{match[2]}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_posture(case: Case) -> None:
    expected = {addressed(address, "aws_instance"): posture for address, posture in case.expected.items()}
    assert postures(written(case, for_us)) == expected, case.why


def test_terraform_says_the_same(tmp_path: Path) -> None:
    """All cases as modules of one configuration, planned once."""
    if shutil.which("terraform") is None:
        pytest.skip("there is no terraform on this machine")
    calls = []
    for case in CASES:
        for path, text in written(case, for_terraform).items():
            target = tmp_path / case.name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        calls.append(f'module "{case.name}" {{\n  source = "./{case.name}"\n}}\n')
    (tmp_path / "main.tf").write_text("".join(calls))
    _run(tmp_path, "init", "-backend=false")
    _run(tmp_path, "plan", "-out=plan.bin")
    plan = json.loads(_run(tmp_path, "show", "-json", "plan.bin"))
    found = {
        change["address"]: V2 if change["change"]["after"].get("input") == "required" else V1
        for change in plan["resource_changes"]
    }
    expected = {
        f"module.{case.name}.{addressed(address, 'terraform_data')}": posture
        for case in CASES
        for address, posture in case.expected.items()
    }
    assert found == expected


def _run(directory: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["terraform", *arguments, *(() if arguments[0] == "show" else ("-no-color", "-input=false"))],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
