"""Boot scripts as Terraform's expressions make them: what runs, and where each character of it is written."""

from __future__ import annotations

import pytest

from iac_imds_lint.inputs import Inputs
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.load import load
from iac_imds_lint.texts import STAND_IN, Text
from tests.support import MemoryFiles

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
    (
        '<<EOT\n%{ for x in ["a", "b"] ~}\n${x} @@here@@\n%{ endfor ~}\nEOT',
        "",
        f"a {MARK}\nb {MARK}\n",
        "main.tf:5:6",
    ),
    ('"a ${local.b} c"', 'locals {\n  b = "@@here@@"\n}\n', f"a {MARK} c", "main.tf:3:18 ${local.b}"),
    ('"a\\n${local.b}"', 'locals {\n  b = <<E\nx\n@@here@@\nE\n}\n', f"a\nx\n{MARK}\n", "main.tf:8:1"),
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
    ('base64decode("QEBoZXJlQEA=")', "", MARK, 'main.tf:3:29 QEBoZXJlQEA='),
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
    ("data.local_file.t.content", 'data "local_file" "t" {\n  filename = "b.sh"\n}\n', f"#!/bin/sh\n${{x}} {MARK}\n", "b.sh:2:6"),
    ("local_file.t.content", 'resource "local_file" "t" {\n  content  = "@@here@@"\n  filename = "z"\n}\n', MARK, "main.tf:6:15"),
    (
        'jsonencode({ a = "@@here@@", b = aws_instance.y.id })',
        'resource "aws_instance" "y" {\n}\n',
        f'{{"a":"{MARK}","b":"{U}"}}',
        'main.tf:3:15 jsonencode({ a = "@@here@@", b = aws_instance.y.id })',
    ),
    ('"${aws_eip.y.id} @@here@@"', 'resource "aws_eip" "y" {\n}\n', f"{U} {MARK}", "main.tf:3:32"),
    ('"${var.s} @@here@@"', 'variable "s" {\n  default   = "secret"\n  sensitive = true\n}\n', f"{U} {MARK}", "main.tf:3:25"),
    (
        'templatefile("b.tpl", { x = var.s, s = "" })',
        'variable "s" {\n  default   = "secret"\n  sensitive = true\n}\n',
        f"#!/bin/sh\n{U} ${{z}} {MARK}\n",
        "b.tpl:2:12",
    ),
    (
        'templatefile("b.tpl", local.v)',
        "locals {\n  v = merge(var.v, { y = 1 })\n}\nvariable \"v\" {}\n",
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
