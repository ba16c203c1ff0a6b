"""Boot scripts as Terraform's expressions make them: what runs, and where each character of it is written."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from iac_imds_lint.inputs import Inputs
from iac_imds_lint.script import Language, Script, Unseen
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform import plan_resources
from iac_imds_lint.terraform.load import load
from iac_imds_lint.texts import STAND_IN, Text
from tests.support import MemoryFiles
from tests.terraform.test_plan import WEB, Item, plan

MARK = "@@here@@"
BEGIN = 'resource "aws_instance" "x" {\n  ami       = "ami-1"\n  user_data = '
END = "\n}\n"
U = STAND_IN


def boots(files: dict[str, str | bytes], directory: str = "") -> dict[str, tuple[Script | Unseen, ...]]:
    """The boot scripts of each resource."""
    loaded = load(directory, Sources(MemoryFiles(files)), set(), Inputs())
    return {resource.address: resource.boot for resource in loaded.world.resources}


def boot(files: dict[str, str | bytes]) -> tuple[Script | Unseen, ...]:
    """Those of the only resource that has any."""
    (found,) = (scripts for scripts in boots(files).values() if scripts)
    return found


def told(files: dict[str, str | bytes]) -> list[str]:
    """What each script says, or why it says nothing."""
    return [one.text.content if isinstance(one, Script) else one.reason for one in boot(files)]


def place(text: Text, files: dict[str, str | bytes]) -> str:
    """Where the mark in a text stands."""
    start = text.content.index(MARK)
    span = text.span(start, start + len(MARK))
    source = SourceFile.decode(span.path, _data(files[span.path]))
    assert isinstance(source, SourceFile)
    row, column = source.position(span.start)
    exact = "" if source.slice(span) == MARK else f" {source.slice(span)}"
    return f"{span.path}:{row}:{column}{exact}"


def _data(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


# What user_data is written as and the rest of the file; then what runs, and where the mark in it is written.
WRITTEN = [
    ('"@@here@@"', "", MARK, "main.tf:3:16"),
    ('"#!/bin/sh\\ncurl @@here@@\\n"', "", f"#!/bin/sh\ncurl {MARK}\n", "main.tf:3:32"),
    ('"a\\"\\\\\\u0041$${b}%%{c}@@here@@"', "", 'a"\\A${b}%{c}@@here@@', "main.tf:3:37"),
    ("<<EOT\na\n  @@here@@\nEOT", "", f"a\n  {MARK}\n", "main.tf:5:3"),
    ("<<-EOT\n    a\n      @@here@@\n  EOT", "", f"a\n  {MARK}\n", "main.tf:5:7"),
    ("<<-EOT\n\n    a $${b} @@here@@\n  EOT", "", f"\na ${{b}} {MARK}\n", "main.tf:5:13"),
    ("<<-EOT\n\t\ta\n\t\t\t@@here@@\n\tEOT", "", f"a\n\t{MARK}\n", "main.tf:5:4"),
    ('<<EOT\n${"x"}é@@here@@\nEOT', "", f"xé{MARK}\n", "main.tf:4:8"),
    ("<<EOT\na\n%{ if true ~}\n  @@here@@\n%{ endif ~}\nb\nEOT", "", f"a\n  {MARK}\nb\n", "main.tf:6:3"),
    ('<<EOT\na\n  ${~ "b" } @@here@@\nEOT', "", f"a\nb {MARK}\n", ""),
    (
        '<<EOT\n%{ for x in ["a", "b"] ~}\n${x} @@here@@\n%{ endfor ~}\nEOT',
        "",
        f"a {MARK}\nb {MARK}\n",
        "main.tf:5:6",
    ),
    ('"a ${local.b} c"', 'locals {\n  b = "@@here@@"\n}\n', f"a {MARK} c", "main.tf:3:18 ${local.b}"),
    ('"a\\n${local.b}"', "locals {\n  b = <<E\nx\n@@here@@\nE\n}\n", f"a\nx\n{MARK}\n", "main.tf:8:1"),
    ("local.b", 'locals {\n  b = "@@here@@"\n}\n', MARK, "main.tf:6:8"),
    ("var.b", 'variable "b" {\n  default = "@@here@@"\n}\n', MARK, "main.tf:6:14"),
    ("var.b.c", 'variable "b" {\n  default = {\n    c = "@@here@@"\n  }\n}\n', MARK, "main.tf:7:10"),
    ('local.b["c"][1]', 'locals {\n  b = { c = ["", "@@here@@"] }\n}\n', MARK, "main.tf:6:19"),
    ('merge({ a = "x" }, { a = "@@here@@" }).a', "", MARK, "main.tf:3:41"),
    ('lookup({ a = "@@here@@" }, "a", "x")', "", MARK, "main.tf:3:29"),
    ('lookup({ a = "x" }, "b", "@@here@@")', "", MARK, "main.tf:3:41"),
    ('element(["x", "@@here@@"], 3)', "", MARK, "main.tf:3:30"),
    ('coalesce(null, "", "@@here@@")', "", MARK, "main.tf:3:35"),
    ('try(local.b.c, "@@here@@")', "locals {\n  b = {}\n}\n", MARK, "main.tf:3:31"),
    ('[for x in ["a", "b"] : "${x} @@here@@"][1]', "", f"b {MARK}", "main.tf:3:44"),
    ('{ for x in ["a", "b"] : x => "${x} @@here@@" }.b', "", f"b {MARK}", "main.tf:3:50"),
    ('true ? "@@here@@" : "x"', "", MARK, "main.tf:3:23"),
    ('join("\\n", ["a", "@@here@@"])', "", f"a\n{MARK}", "main.tf:3:33"),
    ('join("\\n", concat(["a"], ["@@here@@"]))', "", f"a\n{MARK}", "main.tf:3:42"),
    ('join("\\n", compact(["", "@@here@@"]))', "", MARK, "main.tf:3:40"),
    ('format("a %s %% @@here@@", "b")', "", f"a b % {MARK}", "main.tf:3:31"),
    ('format("a %s", "@@here@@")', "", f"a {MARK}", "main.tf:3:31"),
    ('format("%05d @@here@@", 3)', "", f"00003 {MARK}", 'main.tf:3:15 format("%05d @@here@@", 3)'),
    ('replace("a __X__ @@here@@", "__X__", "b")', "", f"a b {MARK}", "main.tf:3:32"),
    ('replace("a\\r\\n@@here@@", "\\r\\n", "\\n")', "", f"a\n{MARK}", "main.tf:3:29"),
    ('replace("ab @@here@@", "/a(.)/", "$1")', "", f"b {MARK}", 'main.tf:3:15 replace("ab @@here@@", "/a(.)/", "$1")'),
    ('trimspace("  @@here@@\\n")', "", MARK, "main.tf:3:28"),
    ('chomp("@@here@@\\n")', "", MARK, "main.tf:3:22"),
    ('indent(4, "a\\n@@here@@")', "", f"a\n    {MARK}", "main.tf:3:29"),
    ('upper("@@here@@")', "", MARK.upper(), ""),
    ('base64encode("@@here@@")', "", MARK, "main.tf:3:29"),
    ('base64gzip("@@here@@")', "", MARK, "main.tf:3:27"),
    ('base64decode("QEBoZXJlQEA=")', "", MARK, "main.tf:3:29 QEBoZXJlQEA="),
    ('base64decode(base64encode("@@here@@"))', "", MARK, "main.tf:3:42"),
    ('"IyEvYmluL3NoCkBAaGVyZUBACg=="', "", f"#!/bin/sh\n{MARK}\n", "main.tf:3:16 IyEvYmluL3NoCkBAaGVyZUBACg=="),
    ('"${base64encode("x")} @@here@@"', "", f"eA== {MARK}", "main.tf:3:37"),
    ('file("b.sh")', "", f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ('file("${path.module}/b.sh")', "", f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ('"${file("b.sh")}"', "", f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ('base64encode(file("b.sh"))', "", f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ('filebase64("b.sh")', "", f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ('templatefile("b.tpl", { x = "y", s = "" })', "", f"#!/bin/sh\ny ${{z}} {MARK}\n", "b.tpl:2:12"),
    (
        'templatefile("c.tpl", { s = file("b.sh") })',
        "",
        f"#!/bin/sh\n#!/bin/sh\n${{x}} {MARK}\n\n",
        "b.sh:2:6",
    ),
    (
        'templatefile("c.tpl", merge({ s = "x" }, { s = <<-E\n    a\n    @@here@@\n  E\n  }))',
        "",
        f"#!/bin/sh\na\n{MARK}\n\n",
        "main.tf:5:5",
    ),
    (
        'templatestring(local.t, { x = "y" })',
        "locals {\n  t = <<-E\n    a $${x}\n    @@here@@\n  E\n}\n",
        f"a y\n{MARK}\n",
        "main.tf:8:5",
    ),
    (
        "data.template_file.t.rendered",
        'data "template_file" "t" {\n  template = file("b.tpl")\n  vars = {\n    x = "y"\n  }\n}\n',
        f"#!/bin/sh\ny ${{z}} {MARK}\n",
        "b.tpl:2:12",
    ),
    (
        "data.template_file.t.rendered",
        'data "template_file" "t" {\n  template = <<E\n$${x} @@here@@\nE\n  vars {\n    x = "y"\n  }\n}\n',
        f"y {MARK}\n",
        "main.tf:7:7",
    ),
    (
        "data.template_file.t[1].rendered",
        'data "template_file" "t" {\n  count    = 2\n  template = "$${x} @@here@@"\n  vars     = { x = count.index }\n}\n',
        f"1 {MARK}",
        "main.tf:7:21",
    ),
    (
        "element(data.template_file.t.*.rendered, 1)",
        'data "template_file" "t" {\n  count    = 2\n  template = "$${x} @@here@@"\n  vars     = { x = count.index }\n}\n',
        f"1 {MARK}",
        "main.tf:7:21",
    ),
    (
        "data.local_file.t.content",
        'data "local_file" "t" {\n  filename = "b.sh"\n}\n',
        f"#!/bin/sh\n${{x}} {MARK}\n",
        "b.sh:2:6",
    ),
    (
        "local_file.t.content",
        'resource "local_file" "t" {\n  content  = "@@here@@"\n  filename = "z"\n}\n',
        MARK,
        "main.tf:6:15",
    ),
    (
        'jsonencode({ a = "@@here@@", b = aws_instance.y.id })',
        'resource "aws_instance" "y" {\n}\n',
        f'{{"a": "{MARK}", "b": "{U}"}}',
        "main.tf:3:33",
    ),
    (
        '"#cloud-config\\n${yamlencode({ runcmd = [["sh", file("b.sh")], 1, null, true], x = toset(["y"]) })}"',
        "",
        f'#cloud-config\n{{"runcmd": [["sh", "#!/bin/sh\\n${{x}} {MARK}\\n"], 1, null, true], "x": ["y"]}}',
        "b.sh:2:6",
    ),
    ('"${aws_eip.y.id} @@here@@"', 'resource "aws_eip" "y" {\n}\n', f"{U} {MARK}", "main.tf:3:32"),
    (
        '"${var.s} @@here@@"',
        'variable "s" {\n  default   = "secret"\n  sensitive = true\n}\n',
        f"{U} {MARK}",
        "main.tf:3:25",
    ),
    (
        'templatefile("b.tpl", { x = var.s, s = "" })',
        'variable "s" {\n  default   = "secret"\n  sensitive = true\n}\n',
        f"#!/bin/sh\n{U} ${{z}} {MARK}\n",
        "b.tpl:2:12",
    ),
    (
        'templatefile("b.tpl", local.v)',
        'locals {\n  v = merge(var.v, { y = 1 })\n}\nvariable "v" {}\n',
        f"#!/bin/sh\n{U} ${{z}} {MARK}\n",
        "b.tpl:2:12",
    ),
    (
        "<<E\n%{ for x in var.v ~}\n${x} @@here@@\n%{ endfor ~}\nE",
        'variable "v" {}\n',
        f"{U} {MARK}\n",
        "main.tf:5:6",
    ),
]
SCRIPTS: dict[str, str | bytes] = {
    "b.sh": "#!/bin/sh\n${x} @@here@@\n",
    "b.tpl": "#!/bin/sh\n${x} $${z} @@here@@\n",
    "c.tpl": "#!/bin/sh\n${s}\n",
}


@pytest.mark.parametrize(("user_data", "rest", "content", "where"), WRITTEN)
def test_a_script_says_what_runs_and_where_it_is_written(user_data: str, rest: str, content: str, where: str) -> None:
    files = {"main.tf": BEGIN + user_data + END + rest, **SCRIPTS}
    (script,) = boot(files)
    assert isinstance(script, Script)
    assert script.text.content == content
    if where:
        assert place(script.text, files) == where


# What else there is, and where the mark is then written.
BOOT_FILES: list[tuple[dict[str, str | bytes], str, str]] = [
    (
        {"main.tf": BEGIN + "<<-EOT\n    a\n    @@here@@\n  EOT" + END},
        "main.tf:5:5",
        "a file that ends its lines with a newline",
    ),
    (
        {"main.tf": (BEGIN + "<<-EOT\n    a\n    @@here@@\n  EOT" + END).replace("\n", "\r\n")},
        "main.tf:5:5",
        "and one that ends them with two characters",
    ),
    ({"main.tf": BEGIN + 'file("b.sh")' + END, "b.sh": "\ufeffé\r\n@@here@@\r\n"}, "b.sh:2:1", "a byte order mark"),
    (
        {"main.tf": BEGIN + "var.s" + END + 'variable "s" {}\n', "terraform.tfvars": 's = "a @@here@@"\n'},
        "terraform.tfvars:1:8",
        "a variable file gives it",
    ),
    (
        {
            "main.tf": BEGIN + "var.s" + END + 'variable "s" {}\n',
            "terraform.tfvars.json": '{"s": "a\\n@@here@@"}\n',
        },
        "terraform.tfvars.json:1:11",
        "a variable file in JSON does",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source = "./m"\n  s      = <<-E\n    a @@here@@\n  E\n}\n',
            "m/main.tf": BEGIN + "var.s" + END + 'variable "s" {}\n',
        },
        "main.tf:4:7",
        "the caller does",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source = "./m"\n  s      = { a = "@@here@@" }\n}\n',
            "m/main.tf": BEGIN + "var.s.a" + END + 'variable "s" {\n  type = object({ a = string })\n}\n',
        },
        "main.tf:3:19",
        "as a member of an object",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source   = "./m"\n  for_each = { a = "${path.root} @@here@@" }\n  s        = each.value\n}\n',
            "m/main.tf": BEGIN + "var.s" + END + 'variable "s" {}\n',
        },
        "main.tf:3:34",
        "as what it goes through",
    ),
    (
        {
            "main.tf": BEGIN + "module.m.s" + END + 'module "m" {\n  source = "./m"\n}\n',
            "m/main.tf": 'output "s" {\n  value = "${path.module} @@here@@"\n}\n',
        },
        "m/main.tf:2:27",
        "an output of a module",
    ),
    (
        {
            "main.tf": BEGIN + "module.m.s" + END + 'module "m" {\n  source = "./m"\n}\n',
            "m/main.tf": 'output "s" {\n  value = templatefile("${path.module}/b.tpl", {})\n}\n',
            "m/b.tpl": "a\n  @@here@@\n",
        },
        "m/b.tpl:2:3",
        "a template beside it",
    ),
    (
        {
            "main.tf": 'resource "aws_instance" "x" {\n  for_each  = local.m\n  user_data = each.value.s\n}\n'
            'locals {\n  m = { for k in ["a"] : k => { s = "${k} @@here@@" } }\n}\n'
        },
        "main.tf:6:43",
        "a member of what for_each goes through, which is made",
    ),
    (
        {
            "main.tf.json": '{"resource": {"aws_instance": {"x": {"user_data": "#!/bin/sh\\n\\u0041 @@here@@ ${1 + 1}"}}}}'
        },
        "main.tf.json:1:70",
        "a string of JSON",
    ),
    (
        {"main.tf.json": '{"resource": {"aws_instance": {"x": {"user_data": "${base64encode(\\"a @@here@@\\")}"}}}}'},
        "main.tf.json:1:71",
        "a string in an expression in a string of JSON",
    ),
    (
        {
            "main.tf.json": '{"resource": {"aws_instance": {"x": {"user_data": "${local.s}"}}}, "locals": {"s": "@@here@@"}}'
        },
        "main.tf.json:1:85",
        "a local in JSON",
    ),
    (
        {
            "main.tf": 'resource "aws_launch_template" "x" {\n  user_data = base64encode(join("\\n", ["a", local.s]))\n}\n'
            'locals {\n  s = format("%s @@here@@", "a")\n}\n'
        },
        "main.tf:5:18",
        "the user data of a template",
    ),
    (
        {
            "main.tf": 'resource "aws_spot_fleet_request" "x" {\n  launch_specification {\n    user_data = "@@here@@"\n  }\n}\n'
        },
        "main.tf:3:18",
        "that of a specification",
    ),
    (
        {
            "main.tf": 'resource "awscc_ec2_launch_template" "x" {\n  launch_template_data = {\n'
            '    user_data = base64encode("a @@here@@")\n  }\n}\n'
        },
        "main.tf:3:33",
        "that of an object",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source    = "terraform-aws-modules/ec2-instance/aws"\n  user_data = "a @@here@@"\n}\n'
        },
        "main.tf:3:18",
        "a call of a module that is not here",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source  = "terraform-aws-modules/eks/aws"\n  version = "~> 20.0"\n'
            "  self_managed_node_groups = {\n    a = {\n"
            "      pre_bootstrap_user_data = <<-E\n        a @@here@@\n      E\n    }\n  }\n}\n"
        },
        "main.tf:7:11",
        "an element of a group in such a call",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source  = "terraform-aws-modules/eks/aws"\n  version = "~> 20.0"\n'
            "  eks_managed_node_groups = {\n    a = {\n"
            '      cloudinit_pre_nodeadm = [{ content = "a @@here@@" }]\n    }\n  }\n}\n'
        },
        "main.tf:6:47",
        "a part that such an element gives",
    ),
    (
        {
            "main.tf": 'module "m" {\n  source  = "terraform-aws-modules/eks/aws"\n  version = "~> 19.0"\n'
            '  self_managed_node_group_defaults = {\n    pre_bootstrap_user_data = "a @@here@@"\n  }\n'
            "  self_managed_node_groups = {\n    a = {}\n  }\n}\n"
        },
        "main.tf:5:34",
        "the defaults of its group do",
    ),
]


@pytest.mark.parametrize(("files", "where", "why"), BOOT_FILES, ids=[why for *_, why in BOOT_FILES])
def test_a_script_is_found_where_it_is_written(files: dict[str, str | bytes], where: str, why: str) -> None:
    script = boot(files)[0]
    assert isinstance(script, Script), why
    assert place(script.text, files) == where, why


VARIABLES = 'variable "s" {}\nvariable "on" {\n  type = bool\n}\n'
# What is read as user data, with what stands beside it; what each script says, or why it says nothing.
READ: list[tuple[str, str, list[str], str]] = [
    ("null", "", [], "null is nothing to run"),
    ('""', "", [], "and so is an empty text"),
    ("local.n", "locals {\n  n = null\n}\n", [], "wherever it stands"),
    ('true ? null : "x"', "", [], "or what is decided to be null"),
    ("var.s", VARIABLES, ["var.s has no default and no value is given for it"], "nobody gives it"),
    ('"${var.s}"', VARIABLES, ["var.s has no default and no value is given for it"], "it is nothing but that"),
    ('"${var.s}\\n"', VARIABLES, ["var.s has no default and no value is given for it"], "and blanks"),
    ('"${var.s}a"', VARIABLES, [f"{U}a"], "with something that is seen"),
    ("aws_eip.y.id", 'resource "aws_eip" "y" {\n}\n', ["aws_eip.y.id is known only after apply"], "after apply"),
    ("data.http.y.body", 'data "http" "y" {\n}\n', ["data.http.y.body is read when Terraform plans"], "when planning"),
    ("module.m.s", "", ["module.m is not declared"], "there is no such module"),
    ('file("z.sh")', "", ["there is no file z.sh"], "there is no such file"),
    ('file("../z.sh")', "", ["../z.sh is outside of the project"], "it is nowhere that may be read"),
    (
        'file("${var.s}.sh")',
        VARIABLES,
        ["which file is read is not known: var.s has no default and no value is given for it"],
        "a name that is not known",
    ),
    ('file("latin.sh")', "", ["latin.sh cannot be read: not UTF-8: byte 2 is 0xe9"], "a file in Latin-1"),
    ('file("binary")', "", ["binary cannot be read: not text: NUL byte at offset 1"], "a binary file"),
    ('filebase64("binary")', "", ["binary cannot be read: not text: NUL byte at offset 1"], "read in base64"),
    ('templatefile("broken.tpl", {})', "", ["broken.tpl is no template that parses"], "a template that is none"),
    ('"H4sIAAAAAAAAAytOLUpNSk3LLC4BAA=="', "", ["it is compressed with gzip"], "what is compressed"),
    ('"IyEvYmluL3NoCmVjaG8g6QphYWFhYWFh"', "", ["IyEvYmluL3NoCmVjaG8g6QphYWFhYWFh"], "base64 of no text is a text"),
    ('sensitive("x")', "", ["it is a sensitive value"], "what is not to be shown"),
    (
        "var.x",
        'variable "x" {\n  default   = "x"\n  sensitive = true\n}\n',
        ["it is a sensitive value"],
        "by its variable",
    ),
    ('["a"]', "", ["it is no text"], "what is no text"),
    ('"a ${["b"]}"', "", [f"a {U}"], "and what is none in one"),
    ('var.on ? "a" : "b"', VARIABLES, ["a", "b"], "either"),
    ('var.on ? "a" : null', VARIABLES, ["a"], "one or nothing"),
    ('"${var.on ? "a" : "b"} ${var.on ? "c" : "d"}"', VARIABLES, ["a c", "b d"], "one question has one answer"),
    ("<<E\n%{ if var.on ~}\na\n%{ else ~}\nb\n%{ endif ~}\nE", VARIABLES, ["a\n", "b\n"], "in a template, too"),
    (
        'var.on ? file("b.sh") : var.s',
        VARIABLES,
        [SCRIPTS["b.sh"], "var.s has no default and no value is given for it"],
        "one of them seen",
    ),
    ("local.a", 'locals {\n  a = "${local.b}"\n  b = "${local.a}"\n}\n', ["local.a refers to itself"], "a circle"),
    (
        "data.template_file.a.rendered",
        'data "template_file" "a" {\n  template = data.template_file.a.rendered\n}\n',
        ["data.template_file.a refers to itself"],
        "a circle of data",
    ),
    (
        "data.cloudinit_config.c.rendered",
        'data "cloudinit_config" "c" {\n  gzip = true\n  part {\n    content = "a"\n  }\n  part {\n    content_type = "text/x-shellscript"\n    content = var.s\n  }\n  part {\n    content = file("b.sh")\n  }\n}\n'
        + VARIABLES,
        ["a", "var.s has no default and no value is given for it", SCRIPTS["b.sh"]],
        "parts, however they are sent",
    ),
    (
        "data.cloudinit_config.c.rendered",
        'data "cloudinit_config" "c" {\n  dynamic "part" {\n    for_each = ["a", "b"]\n    content {\n      content = "x ${part.value}"\n    }\n  }\n}\n',
        ["x a", "x b"],
        "parts that are generated",
    ),
    (
        "data.cloudinit_config.c.rendered",
        'data "cloudinit_config" "c" {\n  dynamic "part" {\n    for_each = var.s\n    content {\n      content = "x ${part.value}"\n    }\n  }\n}\n'
        + VARIABLES,
        [f"x {U}"],
        "as many as nobody knows",
    ),
    (
        "var.on ? data.cloudinit_config.c.rendered : null",
        'data "cloudinit_config" "c" {\n  part {\n    content = "a"\n  }\n}\n' + VARIABLES,
        ["a"],
        "parts or nothing",
    ),
    (
        '"${data.cloudinit_config.c.rendered}\\nb"',
        'data "cloudinit_config" "c" {\n  part {\n    content = "a"\n  }\n}\n',
        [f"{U}\nb"],
        "parts in another text",
    ),
]
FILES: dict[str, str | bytes] = {
    **SCRIPTS,
    "latin.sh": b"#!\xe9\n",
    "binary": b"a\0\n",
    "broken.tpl": "${",
}


@pytest.mark.parametrize(("user_data", "rest", "says", "why"), READ, ids=[why for *_, why in READ])
def test_a_script_says_what_runs_or_why_it_is_not_seen(user_data: str, rest: str, says: list[str], why: str) -> None:
    found = boots({"main.tf": BEGIN + user_data + END + rest, **FILES})["aws_instance.x"]
    assert [one.text.content if isinstance(one, Script) else one.reason for one in found] == says, why


# Text that every kind of string escapes differently. Escaped markers are not escaped once more.
NEW = 'x "y" \\z ${A} %{B} $c\n  é\n\tend'
ESCAPED_TWICE = ("format", "$${x}")


def new_in(text: str) -> str:
    """What is written in place of the mark in a configuration."""
    new = NEW.replace("${", "").replace("%{", "") if any(one in text for one in ESCAPED_TWICE) else NEW
    if "jsonencode" in text or "yamlencode" in text:
        return json.dumps(new, ensure_ascii=False)[1:-1]
    return new.replace("\n", "\n    ") if "indent" in text else new


def spliced(files: dict[str, str | bytes], new: str) -> dict[str, str | bytes] | None:
    """The files with something else where the mark stands."""
    script = boot(files)[0]
    assert isinstance(script, Script)
    start = script.text.content.index(MARK)
    splice = script.text.splice(start, start + len(MARK), new)
    if splice is None:
        return None
    source = SourceFile.decode(splice.span.path, _data(files[splice.span.path]))
    assert isinstance(source, SourceFile)
    text = source.text[: splice.span.start] + splice.content + source.text[splice.span.end :]
    return {**files, splice.span.path: SourceFile(source.path, text, source.bom).encode()}


EXACT = [(user_data, rest, content) for user_data, rest, content, where in WRITTEN if where and " " not in where]


@pytest.mark.parametrize(("user_data", "rest", "content"), EXACT)
def test_what_is_written_into_a_script_is_what_then_runs(user_data: str, rest: str, content: str) -> None:
    new = new_in(user_data + rest)
    after = spliced({"main.tf": BEGIN + user_data + END + rest, **SCRIPTS}, new)
    assert after is not None
    assert told(after) == [content.replace(MARK, new)]


@pytest.mark.parametrize(("files", "where", "why"), BOOT_FILES, ids=[why for *_, why in BOOT_FILES])
def test_what_is_written_into_a_file_is_what_then_runs(files: dict[str, str | bytes], where: str, why: str) -> None:
    script = boot(files)[0]
    new = new_in("".join(str(text) for text in files.values()))
    after = spliced(files, new)
    assert isinstance(script, Script)
    assert after is not None, (where, why)
    newline = "\r\n" if "\r\n" in script.text.content else "\n"
    assert told(after)[0] == script.text.content.replace(MARK, new.replace("\n", newline)), why


@pytest.mark.parametrize(
    ("user_data", "new", "why"),
    [
        ('"@@here@@"', "{", "it would make a marker with a dollar before it"),
        ('"@@here@@"', "$", "or after it"),
        ('"@@here@@"', "$${", "no one knows how that is escaped"),
        ('replace("@@here@@", "X", "Y")', "aXb", "it would be replaced"),
        ('indent(2, "a\\n@@here@@")', "b\nc", "it would be moved in"),
        ('"${local.s}"', "b", "it is written elsewhere, and changed on the way"),
        ("<<-E\n    a\n  @@here@@${1}\n  \n  E", "b\n\n", "this can be written"),
    ],
)
def test_what_cannot_be_written_is_not(user_data: str, new: str, why: str) -> None:
    files: dict[str, str | bytes] = {"main.tf": BEGIN + user_data + END + 'locals {\n  s = lower("@@HERE@@")\n}\n'}
    after = spliced(files, new)
    assert (after is None) is (why != "this can be written"), why


def test_a_line_can_be_added_to_a_heredoc_at_the_beginning_of_each_of_its_lines() -> None:
    """``<<-`` takes away what all lines share: empty ones have none of it."""
    files: dict[str, str | bytes] = {"main.tf": BEGIN + "<<-E\n    a\n\n      b ${1 + 1}\n\t\n    c\n  E" + END}
    (script,) = boot(files)
    assert isinstance(script, Script)
    content = script.text.content
    lines = [0, *(number + 1 for number, letter in enumerate(content[:-1]) if letter == "\n")]
    for start in lines:
        splice = script.text.splice(start, start, "x\n\ty\n")
        if splice is None:
            assert content[start] == "\t"
            continue
        text = str(files["main.tf"])
        after = text[: splice.span.start] + splice.content + text[splice.span.end :]
        assert told({"main.tf": after}) == [content[:start] + "x\n\ty\n" + content[start:]]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on this machine")
def test_terraform_reads_the_same_texts_before_and_after(tmp_path: Path) -> None:
    cases = [
        user_data
        for user_data, rest, _ in EXACT
        if not rest and not any(one in user_data for one in ("base64", "encode"))
    ]
    for path, script in SCRIPTS.items():
        (tmp_path / path).write_bytes(_data(script))
    expected = []
    written = []
    for user_data in cases:
        files = {"main.tf": BEGIN + user_data + END, **SCRIPTS}
        expected += told(files)
        written.append(user_data)
        after = spliced(files, new_in(user_data))
        assert after is not None
        if after["main.tf"] != _data(files["main.tf"]) and all(after[path] == files[path] for path in SCRIPTS):
            expected += told(after)
            written.append(_data(after["main.tf"]).decode().removeprefix(BEGIN).removesuffix(END))
    locals_ = "".join(f"  c{number} = {one}\n" for number, one in enumerate(written))
    (tmp_path / "main.tf").write_text(f"locals {{\n{locals_}}}\n", encoding="utf-8")
    names = ", ".join(f"local.c{number}" for number in range(len(written)))
    asked = f"jsonencode([{names}])\n"
    ran = subprocess.run(  # the command is ours
        ["terraform", "console"],
        input=asked,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(json.loads(ran.stdout)) == expected


PART = (
    'resource "aws_instance" "x" {{\n  user_data = data.cloudinit_config.c.rendered\n}}\n'
    'data "cloudinit_config" "c" {{\n  part {{\n    content = "x"\n  }}\n'
    '  part {{\n    content_type = {kind}\n    content = "{content}"\n  }}\n}}\n'
)


@pytest.mark.parametrize(
    ("kind", "content", "language", "content_type", "why"),
    [
        (
            '"text/x-shellscript"',
            "echo",
            Language.SHELL,
            "text/x-shellscript",
            "a script that does not say what runs it",
        ),
        ('"text/x-shellscript"', "#!/usr/bin/python3", None, "text/x-shellscript", "one that does"),
        ('"text/cloud-config; charset=utf-8"', "runcmd: []", None, "text/cloud-config", "parameters are no type"),
        ('"text/plain"', "#!/bin/sh", None, "", "its beginning tells"),
        ("null", "#!/bin/sh", None, "", "nothing is said"),
        ("var.kind", "#!/bin/sh", None, "", "what is said is not known"),
    ],
)
def test_a_part_is_what_it_is_said_to_be(
    kind: str, content: str, language: Language | None, content_type: str, why: str
) -> None:
    files: dict[str, str | bytes] = {"main.tf": PART.format(kind=kind, content=content) + 'variable "kind" {}\n'}
    first, second = boot(files)
    assert isinstance(first, Script)
    assert isinstance(second, Script)
    assert (first.what, first.content_type) == ("part 1 of data.cloudinit_config.c", "")
    assert second.what == "part 2 of data.cloudinit_config.c"
    assert (second.language, second.content_type) == (language, content_type), why


NODES = (
    'module "m" {{\n  source  = "terraform-aws-modules/eks/aws"\n  version = "~> 20.0"\n'
    "  eks_managed_node_groups = {{\n    a = {{\n      {0}\n    }}\n  }}\n}}\n"
)


@pytest.mark.parametrize(
    ("written", "says", "why"),
    [
        (
            'pre_bootstrap_user_data = "a"',
            [("eks_managed_node_groups.a.pre_bootstrap_user_data", "a", Language.SHELL)],
            "it goes into a script",
        ),
        (
            'pre_bootstrap_user_data = "#!/bin/python"',
            [("eks_managed_node_groups.a.pre_bootstrap_user_data", "#!/bin/python", None)],
            "it says what it is",
        ),
        (
            'ami_type = "WINDOWS_CORE_2022_x86_64"\n      pre_bootstrap_user_data = "a"',
            [("eks_managed_node_groups.a.pre_bootstrap_user_data", "a", Language.POWERSHELL)],
            "the group runs Windows",
        ),
        (
            'cloudinit_pre_nodeadm = [{ content = "a" }, { content = "b" }]',
            [
                ("eks_managed_node_groups.a.cloudinit_pre_nodeadm[0].content", "a", None),
                ("eks_managed_node_groups.a.cloudinit_pre_nodeadm[1].content", "b", None),
            ],
            "each part",
        ),
        ('bootstrap_extra_args = "a"', [], "arguments are no script"),
        ("pre_bootstrap_user_data = null", [], "nothing is given"),
    ],
)
def test_a_call_of_a_module_hands_scripts_on(
    written: str, says: list[tuple[str, str, Language | None]], why: str
) -> None:
    (found,) = boots({"main.tf": NODES.format(written)}).values()
    assert [(one.what, one.text.content, one.language) for one in found if isinstance(one, Script)] == says, why
    assert not any(isinstance(one, Unseen) for one in found), why


def test_instances_that_are_alike_have_one_script() -> None:
    """What reads it, reads it once."""
    text = 'resource "aws_instance" "x" {\n  count     = 3\n  user_data = file("b.sh")\n}\n'
    first, *others = boots({"main.tf": text, **SCRIPTS}).values()
    assert [one[0] is first[0] for one in others] == [True, True]


def test_instances_that_differ_have_scripts_of_their_own() -> None:
    text = 'resource "aws_instance" "x" {\n  for_each  = toset(["a", "b"])\n  user_data = "echo ${each.key}"\n}\n'
    found = boots({"main.tf": text})
    assert {address: one.text.content for address, (one,) in found.items() if isinstance(one, Script)} == {
        'aws_instance.x["a"]': "echo a",
        'aws_instance.x["b"]': "echo b",
    }


def test_a_condition_that_decides_whether_there_is_an_instance_decides_its_script() -> None:
    text = 'resource "aws_instance" "x" {\n  count     = var.on ? 1 : 0\n  user_data = var.on ? "a" : "b"\n}\n'
    assert told({"main.tf": text + VARIABLES}) == ["a"]


HASH = "0" * 40


@pytest.mark.parametrize(
    ("item", "says", "why"),
    [
        (Item(WEB, after={"user_data": "#!/bin/sh\n"}), ["#!/bin/sh\n"], "the plan holds it"),
        (Item(WEB, after={"user_data_base64": "IyEvYmluL3NoCg=="}), ["#!/bin/sh\n"], "in base64"),
        (Item(WEB, after={"user_data": "IyEvYmluL3NoCmVjaG8gMQo="}), ["#!/bin/sh\necho 1\n"], "which is sent as it is"),
        (
            Item(WEB, after={"user_data": HASH}),
            ["the plan holds only a hash of user_data"],
            "the provider keeps a hash",
        ),
        (
            Item(WEB, after={"user_data": HASH}, expressions={"user_data": {"constant_value": "a"}}),
            ["a"],
            "of a text that is written out",
        ),
        (
            Item(
                WEB, after={}, unknown={"user_data": True}, expressions={"user_data": {"references": ["aws_eip.x.id"]}}
            ),
            ["it is known after apply"],
            "it is made of what is not known yet",
        ),
        (Item(WEB, after={}, unknown={"user_data": True}), [], "the provider computes it, as nothing is written"),
        (
            Item(WEB, after={"user_data": "a"}, sensitive={"user_data": True}),
            ["it is a sensitive value"],
            "not to be shown",
        ),
        (Item(WEB, after={"user_data": ""}), [], "there is none"),
        (Item(WEB, after={}), [], "nothing is written"),
    ],
)
def test_a_plan_tells_what_it_holds(item: Item, says: list[str], why: str) -> None:
    loaded = plan_resources.load(SourceFile("plan.json", plan(item)), Sources(MemoryFiles({})), None)
    assert isinstance(loaded, plan_resources.Loaded)
    (found,) = loaded.world.resources
    assert [one.text.content if isinstance(one, Script) else one.reason for one in found.boot] == says, why


MANY = "curl http://169.254.169.254/\n" * 20_000
HOSTILE: list[tuple[str, str, str, str]] = [
    ("<<E\n" + MANY + "E", "", MANY, "a large heredoc"),
    (
        '"${' * 500 + '"x"' + '}"' * 500,
        "",
        "what main.tf gives, which cannot be read, is not evaluated",
        "too many quotes in quotes: the file does not parse",
    ),
    (
        "<<E\n" + "%{ if true }" * 3_000 + "x" + "%{ endif }" * 3_000 + "\nE",
        "",
        "a template that is nested too deeply is not evaluated",
        "too many directives in directives",
    ),
    (
        "local.a0",
        "locals {\n"
        + "".join(f'  a{n} = "${{local.a{n + 1}}}${{local.a{n + 1}}}"\n' for n in range(60))
        + '  a60 = ""\n}\n',
        "the script is too large to be put together",
        "nothing, doubled sixty times",
    ),
    (
        'templatefile("self.tpl", {})',
        "",
        "which file is read is not known: the chain of references is too long to follow",
        "a template that renders itself",
    ),
    (
        '"' + "".join(f'${{var.v{n} ? "x" : "y"}}' for n in range(60)) + '"',
        "".join(f'variable "v{n}" {{}}\n' for n in range(60)),
        "x" * 60,
        "many open questions",
    ),
]


@pytest.mark.parametrize(("user_data", "rest", "says", "why"), HOSTILE, ids=[why for *_, why in HOSTILE])
def test_nothing_takes_for_ever(user_data: str, rest: str, says: str, why: str) -> None:
    files: dict[str, str | bytes] = {
        "main.tf": BEGIN + user_data + END + rest,
        "self.tpl": '${templatefile("self.tpl", {})}',
    }
    found = [one for scripts in boots(files).values() for one in scripts]
    first = "".join(one.text.content if isinstance(one, Script) else one.reason for one in found[:1])
    assert first == says, why
