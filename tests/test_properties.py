"""Properties that hold for every input: generated configurations and templates, and any bytes at all.

Derandomized: a run says the same as the one before. IAC_IMDS_LINT_FUZZ multiplies the number of examples and draws new
ones each time.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.fixer import Outcome, repair
from iac_imds_lint.model import Posture
from iac_imds_lint.output import concise, full, json_report, patch, table
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile
from tests.support import linted

MORE = int(os.environ.get("IAC_IMDS_LINT_FUZZ", "0"))
SUFFIXES = (".tf", ".tofu", ".tf.json", ".yaml", ".yml", ".json", ".template")
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


# --- What files are made of ------------------------------------------------------------------------------------------

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
        body = _unindented_heredocs(indented("".join(pieces)))
        parts.append(f'resource "{kind}" "x{number}" {{ # {number}\n{body}}}\n')
    parts += [f"{draw(st.sampled_from(('#', '//')))} {comment}\n" for comment in comments]
    return layout.file("main.tf", "\n".join(draw(st.permutations(parts))), comments)


def _unindented_heredocs(text: str) -> str:
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
each_kind = pytest.mark.parametrize("kind", FILES)


# --- What holds for a repair -----------------------------------------------------------------------------------------


def repaired(name: str, data: bytes) -> tuple[Report, Outcome, bytes]:
    """The report on a file, what repairing it comes to, and the file's bytes afterwards."""
    report = linted({name: data})
    outcome = repair(report, Options(), Applicability.UNSAFE)
    after = {changed.path: changed.encode() for _, changed in outcome.changed}
    return report, outcome, after.get(name, data)


@each_kind
def test_a_repair(kind: str) -> None:
    @examples(120 if kind == "hcl" else 80)
    @given(FILES[kind])
    def holds(file: Generated) -> None:
        report, outcome, after = repaired(file.name, file.data)
        assert not [finding for finding in report.findings if finding.rule.code in ("IMDS900", "IMDS999")]
        _only_others_stand_in_the_way(outcome)
        _nothing_else_changes(file, report, after)
        _the_file_is_as_it_was(file, after)
        _each_resource_is_mended_or_says_why(report, outcome)
        _once_is_enough(file.name, after)

    holds()


def _only_others_stand_in_the_way(outcome: Outcome) -> None:
    """A fix that is offered can be proven and works; what it may meet is another resource that shares the value."""
    for refused in outcome.refused:
        assert refused.reason.startswith("it would bring a new finding: ")
        assert not set(refused.finding.affected) & set(re.findall(r"aws_\w+\.\w+", refused.reason))


def _nothing_else_changes(file: Generated, report: Report, after: bytes) -> None:
    """Lines outside of the edits that the report shows are byte for byte the same, and so are lines within them that
    it does not show: what is deleted must be covered by an edit.
    """
    source = report.sources.read(file.name)
    assert isinstance(source, SourceFile)
    edits = [edit for finding in report.findings if finding.fix for edit in finding.fix.edits]
    replaced = {row for edit in edits for row in _rows(source, edit.span.start, edit.span.end)}
    before, now = (data.split(b"\n") for data in (file.data, after))
    for tag, first, last, _, _ in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag in ("replace", "delete"):
            assert set(range(first + 1, last + 1)) <= replaced


def _rows(source: SourceFile, start: int, end: int) -> range:
    return range(source.position(start).row, source.position(end).row + 1)


def _the_file_is_as_it_was(file: Generated, after: bytes) -> None:
    assert after.startswith(BOM) == file.data.startswith(BOM)
    assert after.endswith(b"\n") == file.data.endswith(b"\n")
    if b"\r\n" in file.data:
        assert after.count(b"\n") == after.count(b"\r\n")
    else:
        assert b"\r" not in after
    for comment in (*file.comments, "größer"):
        assert after.count(comment.encode()) == file.data.count(comment.encode())


def _each_resource_is_mended_or_says_why(report: Report, outcome: Outcome) -> None:
    before = {row.resource: row.posture for row in report.inventory}
    for row in outcome.report.inventory:
        told = [finding for finding in outcome.report.findings if row.resource in finding.affected]
        if row.posture in (Posture.V2_REQUIRED, Posture.IMDS_DISABLED):
            continue
        assert row.posture is before[row.resource], "what is not mended stays as it was"
        assert told, "what is not mended is found"
        assert all(finding.fix is None and finding.fix_unavailable for finding in told)
    assert {row.resource for row in outcome.report.inventory} == set(before)


def _once_is_enough(name: str, after: bytes) -> None:
    _, outcome, again = repaired(name, after)
    assert again == after
    assert not outcome.mended


# --- What holds for any bytes ----------------------------------------------------------------------------------------


def renders(report: Report) -> None:
    """Every output format takes the report."""
    plain = Style(False)
    texts = [
        full.render(report, plain),
        full.render(report, Style(True)),
        full.summary(report),
        concise.render(report, plain),
        table.inventory(report, plain),
        table.statistics(report),
        patch.render(repair(report, Options(), Applicability.UNSAFE).changed),
    ]
    for text in texts:
        text.encode()
    assert len(json.loads(json_report.render(report))) == len(report.findings)
    assert len(json.loads(json_report.inventory(report))) == len(report.inventory)


def never_fails(name: str, data: bytes) -> None:
    report = linted({name: data})
    assert isinstance(report, Report)
    assert not [finding for finding in report.findings if finding.rule.code == "IMDS999"], "a defect of ours"
    renders(report)


WORDS_OF_OURS = r"""
{ } [ ] ( ) " ' = : , - ? | > # // /* */ << <<EOF EOF ${ %{ \\ --- %YAML &a *a !If !Ref !Sub Fn::If ~ null 1e999 \\ud800 é 🦀
"aws_instance" aws_launch_template resource module locals variable dynamic for_each content source "../x" metadata_options
http_tokens "required" AWS::EC2::Instance AWS::EC2::LaunchTemplate Resources Type Properties LaunchTemplateData
MetadataOptions HttpTokens Parameters Conditions iac-imds-lint: ignore[IMDS001] ignore[
"""
BLANKS_AND_WORSE = (
    b" ",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\x1b[31m",
    b"\xc2\x85",
    b"9" * 400,
    BOM,
)
SOUP = st.lists(
    st.sampled_from((*WORDS_OF_OURS.encode().split(), *BLANKS_AND_WORSE, *[b" ", b"\n"] * 6)), max_size=60
).map(b"".join)
BEGINNINGS = (
    b"",
    b'resource "aws_instance" "x" {\n',
    b'{"resource": {"aws_instance": {"x": ',
    b"Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties: ",
    b'{"Resources": {"W": {"Type": "AWS::EC2::Instance", "Properties": ',
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_bytes_end_in_a_report(suffix: str) -> None:
    @examples(120)
    @given(st.sampled_from(BEGINNINGS), st.one_of(SOUP, st.binary(max_size=200)))
    def holds(beginning: bytes, rest: bytes) -> None:
        never_fails(f"x{suffix}", beginning + rest)

    holds()


class Slip(NamedTuple):
    """A slip of somebody who edits a file: a slice of it deleted, doubled, or swapped with what follows."""

    kind: str
    where: float
    length: int

    def apply(self, data: bytes) -> bytes:
        start = int(self.where * len(data))
        middle = start + self.length
        end = middle + self.length
        head, one, two, tail = data[:start], data[start:middle], data[middle:end], data[end:]
        changed: dict[str, Callable[[], bytes]] = {
            "deleted": lambda: head + two + tail,
            "doubled": lambda: head + one + one + two + tail,
            "swapped": lambda: head + two + one + tail,
        }
        return changed[self.kind]()


SLIPS = st.builds(Slip, st.sampled_from(("deleted", "doubled", "swapped")), st.floats(0, 1), st.integers(1, 40))


@each_kind
def test_a_broken_file_ends_in_a_report(kind: str) -> None:
    @examples(160)
    @given(FILES[kind], st.lists(SLIPS, min_size=1, max_size=3))
    def holds(file: Generated, slips: list[Slip]) -> None:
        data = file.data
        for slip in slips:
            data = slip.apply(data)
        never_fails(file.name, data)

    holds()


@each_kind
def test_what_a_broken_file_is_repaired_to_is_repaired(kind: str) -> None:
    """A file that can still be read after a slip is repaired, once and for all, or left as it is."""

    @examples(80)
    @given(FILES[kind], SLIPS)
    def holds(file: Generated, slip: Slip) -> None:
        _, _, after = repaired(file.name, slip.apply(file.data))
        _once_is_enough(file.name, after)

    holds()
