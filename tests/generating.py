"""What the properties are tested on: generated configurations and templates, in every layout."""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MORE = int(os.environ.get("IAC_IMDS_LINT_FUZZ", "0"))
BOM = b"\xef\xbb\xbf"


def examples(number: int) -> settings:
    """That many examples, the same ones each time unless more are asked for."""
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(
        max_examples=number * max(MORE, 1),
        derandomize=not MORE,
        deadline=None,
        database=None,
        suppress_health_check=slow,
    )


COMMENTS = ("", "a comment", "größer ☃ 🦀", '} http_tokens = "optional" } {', "TODO: MetadataOptions: {")
WORDS = ("web", "größe", "a b", "}", "{{x}}", "☃🦀", "# none", "//", "http_tokens")


class Generated(NamedTuple):
    """A file, and the comments that are in it."""

    name: str
    data: bytes
    comments: tuple[str, ...]


class Layout(NamedTuple):
    """How a file is laid out."""

    step: str
    newline: str
    bom: bool
    final_newline: bool

    def file(self, name: str, text: str, comments: tuple[str, ...]) -> Generated:
        """The bytes of a file whose text has one tab for each level of indentation."""
        text = re.sub(r"^\t+", lambda match: self.step * len(match[0]), text, flags=re.MULTILINE)
        text = text if self.final_newline else text.rstrip("\n")
        return Generated(name, (BOM if self.bom else b"") + text.replace("\n", self.newline).encode(), comments)


def layouts(*steps: str) -> st.SearchStrategy[Layout]:
    return st.builds(Layout, st.sampled_from(steps), st.sampled_from(("\n", "\r\n")), st.booleans(), st.booleans())


def indented(lines: str) -> str:
    """Lines one level deeper."""
    return re.sub(r"^(?=.)", "\t", lines, flags=re.MULTILINE)


TOKENS = st.sampled_from(
    (
        *('"optional"', '"required"', "null", '"Required"', '"${"optional"}"', '"${var.tokens}"', "lower(var.tokens)"),
        *("var.tokens", "local.tokens", "var.unset", 'var.v2 ? "required" : "optional"'),
    )
)
OTHERS = (
    'tags = { Name = "%s" }\n',
    'tags = {\n\tName = "%s"\n}\n',
    'user_data = <<EOF\n#!/bin/sh\nf() {\n}\necho "%s"\nEOF\n',
    "root_block_device {\n\tencrypted = true\n}\n",
    "root_block_device { encrypted = true }\n",
    'dynamic "ebs_block_device" {\n\tfor_each = var.disks\n\tcontent {\n\t\tdevice_name = ebs_block_device.value\n\t}\n}\n',
    "lifecycle {\n\tcreate_before_destroy = true\n}\n",
    "depends_on = [aws_vpc.x]\n",
    "\n",
)


@st.composite
def options_blocks(draw: st.DrawFn) -> str:
    """The options of a resource as a block: absent, empty, on one line, generated, in any order."""
    keys = draw(st.lists(st.sampled_from(("http_endpoint", "http_tokens", "http_put_response_hop_limit")), unique=True))
    values = {"http_endpoint": st.sampled_from(('"enabled"', '"disabled"', "null")), "http_tokens": TOKENS}
    written = [(key, draw(values.get(key, st.sampled_from(("1", "2"))))) for key in keys]
    width = max(map(len, keys), default=0) if draw(st.booleans()) else 0
    comment = draw(st.sampled_from(("", " # größer", " // }")))
    lines = "".join(f"{key.ljust(width)} = {value}{comment}\n" for key, value in written)
    if not lines and draw(st.booleans()):
        return ""
    if len(written) < 2 and draw(st.booleans()):
        inside = f" {written[0][0]} = {written[0][1]} " if written else ""
        return f"metadata_options {{{inside}}}\n"
    if draw(st.sampled_from((False, False, True))):
        each = draw(st.sampled_from(("[1]", "[]", "var.v2 ? [1] : []", "var.disks")))
        return (
            f'dynamic "metadata_options" {{\n\tfor_each = {each}\n\tcontent {{\n{indented(indented(lines))}\t}}\n}}\n'
        )
    return f"metadata_options {{\n{indented(lines)}}}\n"


@st.composite
def configurations(draw: st.DrawFn) -> Generated:
    """A Terraform file with some resources of ours."""
    layout = draw(layouts("  ", "    ", "\t", " "))
    comments = tuple(draw(st.lists(st.sampled_from(COMMENTS[1:]), min_size=1, max_size=3)))
    default = draw(st.sampled_from(('"optional"', '"required"', "null")))
    parts = [
        f'variable "tokens" {{\n\tdefault = {default}\n}}\n',
        'variable "unset" {}\nvariable "disks" {\n\tdefault = []\n}\nvariable "v2" {\n\ttype = bool\n}\n',
        'locals {\n\ttokens = "optional"\n}\n',
    ]
    kinds = ("aws_instance", "aws_launch_template", "aws_launch_configuration", "aws_vpc")
    for number, kind in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))):
        inside = draw(st.lists(st.sampled_from(OTHERS), max_size=3, unique_by=lambda other: other.split(" ")[0]))
        inside = [other % draw(st.sampled_from(WORDS[:1] + WORDS[3:])) if "%s" in other else other for other in inside]
        pieces = draw(st.permutations([*inside, draw(options_blocks()) if kind != "aws_vpc" else ""]))
        body = unindented_heredocs(indented("".join(pieces)))
        parts.append(f'resource "{kind}" "x{number}" {{ # {number}\n{body}}}\n')
    parts += [f"{draw(st.sampled_from(('#', '//')))} {comment}\n" for comment in comments]
    return layout.file("main.tf", "\n".join(draw(st.permutations(parts))), comments)


def unindented_heredocs(text: str) -> str:
    """Heredocs keep their lines at column 0: the closing word has to stand there."""
    return re.sub(
        r"<<EOF\n.*?\bEOF\n", lambda match: re.sub(r"^\t+", "", match[0], flags=re.MULTILINE), text, flags=re.DOTALL
    )


JSON_TOKENS = st.sampled_from(("optional", "required", None, "${var.tokens}", "${var.unset}"))
JSON_ENDPOINTS = st.sampled_from(("enabled", "disabled", None, "${null}"))
JSON_OPTIONS = st.fixed_dictionaries({}, optional={"http_tokens": JSON_TOKENS, "http_endpoint": JSON_ENDPOINTS})


@st.composite
def json_configurations(draw: st.DrawFn) -> Generated:
    """The same in Terraform's JSON."""
    resources: dict[str, dict[str, object]] = {}
    for number, kind in enumerate(draw(st.lists(st.sampled_from(("aws_instance", "aws_launch_template")), min_size=1))):
        body: dict[str, object] = {"//": draw(st.sampled_from(COMMENTS)), "name": draw(st.sampled_from(WORDS))}
        container = draw(st.sampled_from((None, "object", "list")))
        if container:
            options = draw(JSON_OPTIONS)
            body["metadata_options"] = [options] if container == "list" else options
        resources.setdefault(kind, {})[f"x{number}"] = dict(draw(st.permutations(list(body.items()))))
    whole = {"resource": resources, "variable": {"tokens": {"default": "optional"}, "unset": {}}}
    return _dumped(draw, "main.tf.json", dict(draw(st.permutations(list(whole.items())))))


def _dumped(draw: st.DrawFn, name: str, content: object) -> Generated:
    layout = draw(layouts("\t"))
    indent = draw(st.sampled_from((None, 1, 2, 4, "\t")))
    separators = draw(st.sampled_from(((",", ":"), (", ", ": "), (" ,", " : "))))
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    return layout.file(name, text + "\n", ())


TEMPLATE_VALUES = (
    "optional",
    "required",
    "!Ref Tokens",
    "!Ref Unset",
    "!If [Always, optional, required]",
    "'optional'",
)
TEMPLATE_OTHERS = (
    "ImageId: ami-0123456789abcdef0\n",
    "Tags:\n- Key: Name\n  Value: größer ☃\n",
    "Tags: [{Key: a, Value: '}'}] # }\n",
    "UserData:\n\tFn::Base64: |\n\t\t#!/bin/sh\n\t\tMetadataOptions: {}\n",
    "# größer\n",
    "\n",
)


@st.composite
def templates(draw: st.DrawFn) -> Generated:
    """A template in YAML, in blocks and in braces."""
    layout = draw(layouts("  ", "    ", " "))
    comments = tuple(draw(st.lists(st.sampled_from(COMMENTS[1:]), min_size=1, max_size=3)))
    parts = ["Resources:\n"]
    for number, launches in enumerate(draw(st.lists(st.booleans(), min_size=1, max_size=4))):
        inside = [*draw(st.lists(st.sampled_from(TEMPLATE_OTHERS), max_size=3, unique=True)), draw(_template_options())]
        lines = "".join(_one_of_each(draw(st.permutations(inside)))) or "ImageId: ami-0123456789abcdef0\n"
        if not re.search(r"^[A-Z]", lines, re.MULTILINE):
            lines += "ImageId: ami-0123456789abcdef0\n"
        head = f"\tR{number}: # {number}\n\t\tType: AWS::EC2::{'LaunchTemplate' if launches else 'Instance'}\n\t\tProperties:\n"
        body = f"LaunchTemplateData:\n{indented(lines)}" if launches else lines
        parts.append(head + indented(indented(indented(body))))
    parts.append("Parameters:\n\tTokens: {Type: String, Default: optional}\n\tUnset:\n\t\tType: String\n")
    parts.append('Conditions: {Always: !Equals ["a", "a"], Maybe: !Equals [!Ref Unset, "a"]}\n')
    text = "".join(parts) + "".join(f"# {comment}\n" for comment in comments)
    return layout.file("template.yaml", text, comments)


def _one_of_each(pieces: list[str]) -> list[str]:
    """Without keys that are there already."""
    return list({piece.split(":")[0]: piece for piece in pieces}.values())


@st.composite
def _template_options(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.sampled_from(("HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit")), unique=True))
    values = {"HttpEndpoint": ("enabled", "disabled"), "HttpTokens": TEMPLATE_VALUES}
    written = [f"{key}: {draw(st.sampled_from(values.get(key, ('1', '2'))))}" for key in keys]
    style = draw(st.sampled_from(("absent", "braces", "block", "branches")))
    if style == "absent":
        return ""
    if style == "branches":
        other = draw(st.sampled_from(("!Ref AWS::NoValue", "{}", "{HttpTokens: optional}", "{HttpTokens: required}")))
        condition = draw(st.sampled_from(("Always", "Maybe")))
        both = draw(st.permutations((f"{{{', '.join(written)}}}", other)))
        return f"MetadataOptions: !If [{condition}, {', '.join(both)}]\n"
    if style == "braces" or not written:
        return f"MetadataOptions: {{{', '.join(written)}}}\n"
    return "MetadataOptions: # größer\n" + indented("".join(f"{line} # }}\n" for line in written))


@st.composite
def json_templates(draw: st.DrawFn) -> Generated:
    """A template in JSON."""
    resources: dict[str, object] = {}
    for number, launches in enumerate(draw(st.lists(st.booleans(), min_size=1, max_size=4))):
        inside: dict[str, object] = {"ImageId": "ami-0123456789abcdef0", "KeyName": draw(st.sampled_from(WORDS))}
        values = st.sampled_from(("optional", "required", {"Ref": "Tokens"}, {"Ref": "AWS::NoValue"}))
        if draw(st.booleans()):
            inside["MetadataOptions"] = draw(st.dictionaries(st.just("HttpTokens"), values, max_size=1))
        inside = dict(draw(st.permutations(list(inside.items()))))
        kind = "AWS::EC2::LaunchTemplate" if launches else "AWS::EC2::Instance"
        resources[f"R{number}"] = {"Type": kind, "Properties": {"LaunchTemplateData": inside} if launches else inside}
    whole = {"Resources": resources, "Parameters": {"Tokens": {"Type": "String", "Default": "optional"}}}
    return _dumped(draw, "template.json", whole)


FILES = {
    "hcl": configurations(),
    "tf.json": json_configurations(),
    "yaml": templates(),
    "json": json_templates(),
}
