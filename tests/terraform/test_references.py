"""Consumers to their launch templates: by index, splat, function, local, output and dynamic block."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import linted

STRONG = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n'
WEAK = STRONG.replace("required", "optional")


def template(name: str, options: str = STRONG, more: str = "") -> str:
    return f'resource "aws_launch_template" "{name}" {{\n{more}{options}}}\n'


def group(identifier: str, more: str = "") -> str:
    block = f'  launch_template {{\n    id      = {identifier}\n    version = "$Latest"\n  }}\n'
    return f'resource "aws_autoscaling_group" "g" {{\n{more}{block}}}\n'


class Case(NamedTuple):
    name: str
    why: str
    text: str | dict[str, str]
    expected: dict[str, str]


ONE = template("t", more="  count = 1\n")
G = "aws_autoscaling_group.g"
V1, V2, OPEN = "v1-allowed", "v2-required", "unknown"

CASES = [
    Case("indexed", "an index names the instance", ONE + group("aws_launch_template.t[0].id"), {G: V2}),
    Case(
        "indexed-by-count",
        "each takes its own",
        template("t", WEAK, "  count = 2\n") + group("aws_launch_template.t[count.index].id", "  count = 2\n"),
        {f"{G}[0]": V1, f"{G}[1]": V1},
    ),
    Case(
        "by-key",
        "a key names the instance, and instances differ",
        'resource "aws_launch_template" "t" {\n  for_each = { a = "required", b = "optional" }\n'
        "  metadata_options {\n    http_tokens = each.value\n  }\n}\n"
        + group("aws_launch_template.t[each.key].id", '  for_each = toset(["a", "b"])\n'),
        {f'{G}["a"]': V2, f'{G}["b"]': V1},
    ),
    Case(
        "each-value-of-templates",
        "for_each over the templates themselves",
        'resource "aws_launch_template" "t" {\n  for_each = { a = "required", b = "optional" }\n'
        "  metadata_options {\n    http_tokens = each.value\n  }\n}\n"
        + group("each.value.id", "  for_each = aws_launch_template.t\n"),
        {f'{G}["a"]': V2, f'{G}["b"]': V1},
    ),
    Case("one", "one() of a splat", ONE + group("one(aws_launch_template.t[*].id)"), {G: V2}),
    Case("join", "join() of a legacy splat of one", ONE + group('join("", aws_launch_template.t.*.id)'), {G: V2}),
    Case(
        "element-of-concat",
        "the idiom of older modules",
        ONE + group('element(concat(aws_launch_template.t.*.id, [""]), 0)'),
        {G: V2},
    ),
    Case("try", "the first that is there", ONE + group('try(aws_launch_template.t[0].id, "lt-0")'), {G: V2}),
    Case(
        "try-not-there",
        "there is no instance: the fallback is a template of elsewhere",
        template("t", more="  count = 0\n") + group('try(aws_launch_template.t[0].id, "lt-0123456789abcdef0")'),
        {G: OPEN},
    ),
    Case(
        "coalesce",
        "a null variable is passed over",
        'variable "id" {\n  default = null\n}\n' + ONE + group("coalesce(var.id, aws_launch_template.t[0].id)"),
        {G: V2},
    ),
    Case(
        "chosen",
        "a known condition chooses",
        'variable "create" {\n  default = true\n}\nlocals {\n  id = var.create ? aws_launch_template.t[0].id : var.id\n}\n'
        'variable "id" {\n  default = null\n}\n' + ONE + group("local.id"),
        {G: V2},
    ),
    Case(
        "chosen-openly",
        "one of two, and both are safe",
        'variable "arm" {\n  type = bool\n}\n'
        + template("x")
        + template("y")
        + group("var.arm ? aws_launch_template.x.id : aws_launch_template.y.id"),
        {G: V2},
    ),
    Case(
        "chosen-openly-one-weak",
        "one of two, and one is weak",
        'variable "arm" {\n  type = bool\n}\n'
        + template("x")
        + template("y", WEAK)
        + group("var.arm ? aws_launch_template.x.id : aws_launch_template.y.id"),
        {G: OPEN},
    ),
    Case(
        "refused-otherwise",
        "where there is no template, Terraform refuses the group: it is not there without",
        'variable "a" {\n  type = bool\n}\n'
        + template("t", more="  count = var.a ? 1 : 0\n")
        + group("aws_launch_template.t[0].id"),
        {G: V2},
    ),
    Case(
        "count-undecided",
        "however many there are, they are alike",
        'variable "n" {}\n' + template("t", more="  count = var.n\n") + group("aws_launch_template.t[0].id"),
        {G: V2},
    ),
    Case(
        "splat-undecided",
        "and so is the one that a splat finds",
        'variable "n" {}\n' + template("t", more="  count = var.n\n") + group("one(aws_launch_template.t[*].id)"),
        {G: V2},
    ),
    Case(
        "output-of-a-counted-call",
        "an instance of a module call gives its own template",
        {
            "main.tf": 'module "t" {\n  source = "./t"\n  count  = 2\n'
            '  tokens = count.index == 0 ? "required" : "optional"\n}\n' + group("module.t[1].id"),
            "t/main.tf": 'variable "tokens" {}\n'
            + template("t", "  metadata_options {\n    http_tokens = var.tokens\n  }\n")
            + 'output "id" {\n  value = aws_launch_template.t.id\n}\n',
        },
        {G: V1},
    ),
    Case(
        "object-handed-down",
        "a whole resource is handed to a module",
        {
            "main.tf": template("t") + 'module "g" {\n  source = "./g"\n  t      = aws_launch_template.t\n}\n',
            "g/main.tf": 'variable "t" {}\n' + group("var.t.id"),
        },
        {f"module.g.{G}": V2},
    ),
    Case(
        "typed-object-handed-down",
        "and converted to a type on its way",
        {
            "main.tf": template("t")
            + 'module "g" {\n  source = "./g"\n  t      = { id = aws_launch_template.t.id }\n}\n',
            "g/main.tf": 'variable "t" {\n  type = object({ id = string, version = optional(string) })\n}\n'
            + group("var.t.id"),
        },
        {f"module.g.{G}": V2},
    ),
    Case(
        "dynamic",
        "a dynamic block names it by its iterator",
        template("t", WEAK)
        + 'resource "aws_autoscaling_group" "g" {\n  dynamic "launch_template" {\n    for_each = [aws_launch_template.t]\n'
        "    iterator = it\n    content {\n      id = it.value.id\n    }\n  }\n}\n",
        {G: V1},
    ),
    Case(
        "nested-dynamic",
        "each override of a policy, in a dynamic block within one; one of them is weak",
        template("s")
        + template("w", WEAK)
        + 'resource "aws_autoscaling_group" "g" {\n  dynamic "mixed_instances_policy" {\n    for_each = [1]\n    content {\n'
        "      launch_template {\n        launch_template_specification {\n"
        "          launch_template_id = aws_launch_template.s.id\n        }\n"
        '        dynamic "override" {\n          for_each = { a = aws_launch_template.s.id, b = aws_launch_template.w.id }\n'
        "          content {\n            launch_template_specification {\n"
        "              launch_template_id = override.value\n            }\n          }\n        }\n      }\n    }\n  }\n}\n",
        {G: V1},
    ),
    Case(
        "empty-nested-dynamic",
        "no override is generated",
        template("s")
        + template("w", WEAK)
        + 'resource "aws_autoscaling_group" "g" {\n  mixed_instances_policy {\n    launch_template {\n'
        "      launch_template_specification {\n        launch_template_id = aws_launch_template.s.id\n      }\n"
        '      dynamic "override" {\n        for_each = []\n        content {\n          launch_template_specification {\n'
        "            launch_template_id = aws_launch_template.w.id\n          }\n        }\n      }\n    }\n  }\n}\n",
        {G: V2},
    ),
    Case(
        "by-name",
        "a name that a local makes",
        'locals {\n  name = format("%s-%s", "web", "a")\n}\n'
        + template("t", more="  name = local.name\n")
        + 'resource "aws_instance" "i" {\n  launch_template {\n    name = "web-a"\n  }\n}\n',
        {"aws_instance.i": V2},
    ),
    Case(
        "by-generated-name",
        "the name that a prefix begins is known after apply, but whose it is, is known",
        template("t", more='  name_prefix = "web-"\n')
        + 'resource "aws_instance" "i" {\n  launch_template {\n    name = aws_launch_template.t.name\n  }\n}\n',
        {"aws_instance.i": V2},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_posture_of_the_consumer(case: Case) -> None:
    files = {"main.tf": case.text} if isinstance(case.text, str) else case.text
    found = {row.resource: row.posture.value for row in linted(files).inventory}
    assert {address: posture for address, posture in found.items() if "launch_template" not in address} == (
        case.expected
    ), case.why
