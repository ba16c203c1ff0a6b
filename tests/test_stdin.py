"""``check --stdin-filename NAME -``: what an editor holds is judged as the file would be after saving."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from tests.shell import run, tree

OPTIONAL = 'metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "optional"\n  }'
REQUIRED = OPTIONAL.replace("optional", "required")
BY_VARIABLE = OPTIONAL.replace('"optional"', "var.tokens")


def instance(body: str, name: str = "web") -> str:
    return f'resource "aws_instance" "{name}" {{\n  ami = "ami-0123456789abcdef0"\n  {body}\n}}\n'


VARIABLE = 'variable "tokens" {\n  type    = string\n  default = "required"\n}\n'
CALL = 'module "a" {\n  source = "./mod"\n  tokens = "required"\n}\n'
TEMPLATE = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}
"""
PARENT = """\
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Tokens: required}}
"""
CHILD = """\
Parameters:
  Tokens: {Type: String, Default: optional}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}
"""
SCRIPT = "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"
BOOTED = instance(f'user_data = file("${{path.module}}/boot.sh")\n  {REQUIRED}')


class Case(NamedTuple):
    """The files on disk, what is typed into which of them, and the codes found with their files and rows."""

    why: str
    files: dict[str, str]
    name: str
    typed: str | bytes
    expected: list[tuple[str, str, int]]
    options: tuple[str, ...] = ()


CASES = [
    Case(
        "what is typed is judged, not what is on disk",
        {"main.tf": instance(REQUIRED)},
        "main.tf",
        instance(OPTIONAL),
        [("IMDS002", "main.tf", 5)],
    ),
    Case("what is on disk does not count", {"main.tf": instance(OPTIONAL)}, "main.tf", instance(REQUIRED), []),
    Case("a file that was never saved", {}, "main.tf", instance(OPTIONAL), [("IMDS002", "main.tf", 5)]),
    Case("a directory that is not there yet", {}, "new/main.tf", instance(OPTIONAL), [("IMDS002", "new/main.tf", 5)]),
    Case(
        "a name with dots in it is the file's shortest",
        {"main.tf": instance(REQUIRED)},
        "./sub/../main.tf",
        instance(OPTIONAL),
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "files beside it are read as they are on disk",
        {"main.tf": instance(REQUIRED), "variables.tf": VARIABLE.replace("required", "optional")},
        "main.tf",
        instance(BY_VARIABLE),
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "a variable file decides what a file beside it launches",
        {".git/HEAD": "", "main.tf": instance(BY_VARIABLE) + VARIABLE, "terraform.tfvars": 'tokens = "required"\n'},
        "terraform.tfvars",
        'tokens = "optional"\n',
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "a variable file that was never saved",
        {".git/HEAD": "", "main.tf": instance(BY_VARIABLE) + VARIABLE},
        "new.auto.tfvars",
        'tokens = "optional"\n',
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "a file of the module that was never saved declares the variable",
        {".git/HEAD": "", "main.tf": instance(BY_VARIABLE)},
        "variables.tf",
        VARIABLE.replace("required", "optional"),
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "a variable file that Terraform does not read by itself says nothing",
        {".git/HEAD": "", "main.tf": instance(BY_VARIABLE) + VARIABLE},
        "prod.tfvars",
        'tokens = "optional"\n',
        [],
    ),
    Case(
        "a variable file that the run is given",
        {".git/HEAD": "", "main.tf": instance(BY_VARIABLE) + VARIABLE, "prod.tfvars": 'tokens = "required"\n'},
        "prod.tfvars",
        'tokens = "optional"\n',
        [("IMDS002", "main.tf", 5)],
        ("--var-file", "prod.tfvars"),
    ),
    Case(
        "a module is judged by the calls that lead to it from the top of the repository",
        {".git/HEAD": "", "main.tf": CALL, "mod/main.tf": instance(REQUIRED)},
        "mod/main.tf",
        instance(BY_VARIABLE) + VARIABLE.replace("required", "optional"),
        [],
    ),
    Case(
        "a call that passes what is weak",
        {".git/HEAD": "", "main.tf": CALL, "mod/main.tf": instance(BY_VARIABLE) + VARIABLE},
        "main.tf",
        CALL.replace("required", "optional"),
        [("IMDS002", "mod/main.tf", 5)],
    ),
    Case(
        "a script that something boots with",
        {".git/HEAD": "", "main.tf": BOOTED, "boot.sh": "#!/bin/sh\n"},
        "boot.sh",
        SCRIPT,
        [("IMDS007", "boot.sh", 2)],
    ),
    Case(
        "a script that nothing boots with",
        {".git/HEAD": "", "main.tf": instance(REQUIRED), "boot.sh": "#!/bin/sh\n"},
        "boot.sh",
        SCRIPT,
        [],
    ),
    Case(
        "a script that nothing boots with, where these are asked for",
        {"main.tf": instance(REQUIRED)},
        "boot.sh",
        SCRIPT,
        [("IMDS007", "boot.sh", 2)],
        ("--scripts",),
    ),
    Case(
        "a template",
        {"web.yaml": TEMPLATE},
        "web.yaml",
        TEMPLATE.replace("required", "optional"),
        [("IMDS002", "web.yaml", 5)],
    ),
    Case(
        "a template that is nested",
        {".git/HEAD": "", "parent.yaml": PARENT, "child.yaml": CHILD},
        "child.yaml",
        CHILD.replace("HttpTokens: required", "HttpTokens: !Ref Tokens"),
        [],
    ),
    Case(
        "YAML that is no template",
        {"web.yaml": TEMPLATE},
        "web.yaml",
        "on: [push]\njobs: {}\n",
        [],
    ),
    Case(
        "an ignored file, for it is named",
        {".git/HEAD": "", ".gitignore": "*.tf\n", "main.tf": ""},
        "main.tf",
        instance(OPTIONAL),
        [("IMDS002", "main.tf", 5)],
    ),
    Case(
        "an excluded file, for it is named",
        {".iac-imds-lint.toml": 'exclude = ["old/"]\n', "old/main.tf": ""},
        "old/main.tf",
        instance(OPTIONAL),
        [("IMDS002", "old/main.tf", 5)],
    ),
    Case(
        "the configuration counts",
        {".iac-imds-lint.toml": 'ignore = ["IMDS002"]\n'},
        "main.tf",
        instance(OPTIONAL),
        [],
    ),
    Case(
        "what is ignored by directory",
        {".iac-imds-lint.toml": '[per-path-ignores]\n"old/" = ["IMDS002"]\n'},
        "old/main.tf",
        instance(OPTIONAL),
        [],
    ),
    Case(
        "a comment that is typed ignores",
        {"main.tf": instance(OPTIONAL)},
        "main.tf",
        "# iac-imds-lint: ignore[IMDS002] legacy\n" + instance(OPTIONAL),
        [],
    ),
    Case(
        "a comment on disk does not",
        {"main.tf": "# iac-imds-lint: ignore[IMDS002] legacy\n" + instance(OPTIONAL)},
        "main.tf",
        instance(OPTIONAL),
        [("IMDS002", "main.tf", 5)],
    ),
    Case("nothing is typed", {"main.tf": instance(OPTIONAL)}, "main.tf", "", []),
    Case(
        "half of a file",
        {"main.tf": instance(OPTIONAL)},
        "main.tf",
        'resource "aws_instance" "web" {\n  metadata_options {\n',
        [("IMDS900", "main.tf", 2)],
    ),
    Case(
        "a byte order mark and Windows' newlines",
        {},
        "main.tf",
        b"\xef\xbb\xbf" + instance(OPTIONAL).replace("\n", "\r\n").encode(),
        [("IMDS002", "main.tf", 5)],
    ),
    Case("bytes that are no text", {"main.tf": instance(OPTIONAL)}, "main.tf", b"\x7fELF\0\xff", []),
    Case("UTF-16", {}, "web.yaml", TEMPLATE.replace("required", "optional").encode("utf-16"), []),
    Case(
        "more than is read",
        {"main.tf": instance(REQUIRED)},
        "main.tf",
        instance(OPTIONAL) + "# aws_instance\n" * 400_000,
        [],
    ),
    Case("more than is read, of nobody's interest", {}, "data.json", '["x"]' + " " * 6_000_000, []),
]


def write(directory: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_what_is_typed_is_judged_as_the_file_would_be_after_saving(case: Case, tmp_path: Path) -> None:
    write(tmp_path, case.files)
    typed = case.typed if isinstance(case.typed, bytes) else case.typed.encode()
    before = tree(tmp_path)
    ran = run(tmp_path, "check", *JSON, *case.options, "--stdin-filename", case.name, "-", typed=typed)
    found = json.loads(ran.out)
    assert [(one["code"], one["filename"], one["location"]["row"]) for one in found] == case.expected
    assert tree(tmp_path) == before
    (tmp_path / "sub").mkdir(exist_ok=True)
    write(tmp_path, {os.path.normpath(case.name): typed})
    assert ran == run(tmp_path, "check", *JSON, *case.options, case.name)


JSON = ("--output-format", "json")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_an_absolute_name_is_as_good(case: Case, tmp_path: Path) -> None:
    """Most editors give one; and the calls that lead to a module are found all the same."""
    write(tmp_path, case.files)
    typed = case.typed if isinstance(case.typed, bytes) else case.typed.encode()
    name = str(tmp_path / case.name)
    options = [str(tmp_path / option) if option in case.files else option for option in case.options]
    ran = run(tmp_path, "check", *JSON, *options, "--stdin-filename", name, "-", typed=typed)
    found = json.loads(ran.out)
    places = [(one["code"], os.path.relpath(one["filename"], tmp_path), one["location"]["row"]) for one in found]
    assert places == case.expected


def test_a_link_leads_to_the_file_that_is_typed(tmp_path: Path) -> None:
    write(tmp_path, {"real/variables.tf": VARIABLE, "app/main.tf": instance(BY_VARIABLE)})
    (tmp_path / "app" / "shared.tf").symlink_to("../real/variables.tf")
    typed = VARIABLE.replace("required", "optional").encode()
    name = "real/variables.tf"
    (tmp_path / ".git").mkdir()
    ran = run(tmp_path, "check", *JSON, "--stdin-filename", name, "-", typed=typed)
    write(tmp_path, {name: typed})
    assert ran == run(tmp_path, "check", *JSON, name)


def test_a_baseline_knows_what_is_typed(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": instance(OPTIONAL)})
    assert run(tmp_path, "check", "--write-baseline", "known.json").status == 0
    typed = (instance(OPTIONAL) + instance(OPTIONAL, "new")).encode()
    ran = run(tmp_path, "check", *JSON, "--baseline", "known.json", "--stdin-filename", "main.tf", "-", typed=typed)
    assert [one["resource"] for one in json.loads(ran.out)] == ["aws_instance.new"]


@pytest.mark.parametrize(
    ("why", "typed", "expected", "err"),
    [
        (
            "one finding",
            instance(OPTIONAL),
            instance(REQUIRED),
            'fixed in main.tf\n  IMDS002 aws_instance.web: set http_tokens to "required"\n1 finding fixed, none left.\n',
        ),
        ("nothing to fix", instance(REQUIRED), instance(REQUIRED), "No findings in 1 file.\n"),
        ("nothing at all", "", "", "Nothing to lint: no file here declares a resource that is judged.\n"),
        (
            "Windows' newlines and a byte order mark stay",
            "\ufeff" + instance(OPTIONAL).replace("\n", "\r\n"),
            "\ufeff" + instance(REQUIRED).replace("\n", "\r\n"),
            'fixed in main.tf\n  IMDS002 aws_instance.web: set http_tokens to "required"\n1 finding fixed, none left.\n',
        ),
        ("what does not parse", instance(OPTIONAL) + "{{{", instance(OPTIONAL) + "{{{", None),
        ("what is no text", b"\xff aws_instance", b"\xff aws_instance", None),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 50 else "",
)
def test_fix_prints_the_fixed_text_and_writes_nothing(
    why: str, typed: str | bytes, expected: str | bytes, err: str | None, tmp_path: Path
) -> None:
    """As formatters do: standard output takes the place of what is typed, whatever is wrong with it."""
    given, wanted = (text if isinstance(text, bytes) else text.encode() for text in (typed, expected))
    ran = run(tmp_path, "check", "--fix", "--stdin-filename", "main.tf", "-", typed=given)
    assert ran.out == wanted
    assert ran.err == err or err is None
    assert tree(tmp_path) == {}


def test_fix_prints_the_text_whatever_format_is_asked_for(tmp_path: Path) -> None:
    ran = run(tmp_path, "check", "--fix", *JSON, "--stdin-filename", "main.tf", "-", typed=instance(OPTIONAL).encode())
    assert (ran.status, ran.out.decode()) == (0, instance(REQUIRED))


def test_a_fix_that_is_left_is_told_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, {"variables.tf": VARIABLE.replace("required", "optional")})
    typed = instance(BY_VARIABLE) + instance(OPTIONAL, "other")
    asked = ("check", "--fix", "--unsafe-fixes", "--stdin-filename", "main.tf", "-")
    ran = run(tmp_path, *asked, typed=typed.encode())
    assert ran.out.decode() == instance(BY_VARIABLE) + instance(REQUIRED, "other"), "the fix of a variable is elsewhere"
    assert ran.status == 1
    assert ran.err == (
        'fixed in main.tf\n  IMDS002 aws_instance.other: set http_tokens to "required"\n'
        "left in main.tf\n  IMDS002 aws_instance.web, line 5: "
        "its fix could not be written (variables.tf: only standard input is fixed)\n"
        "1 finding fixed, 1 left in 1 file, with a fix that could not be written.\n"
    )
    assert tree(tmp_path) == {"variables.tf": VARIABLE.replace("required", "optional").encode()}
    assert run(tmp_path, *asked, "--exit-zero", typed=typed.encode()).status == 0, "what formatters ask for"


def test_diff_prints_a_patch_of_what_is_typed(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": instance(BY_VARIABLE), "variables.tf": VARIABLE.replace("required", "optional")})
    typed = instance(BY_VARIABLE) + instance(OPTIONAL, "other")
    asked = ("check", "--diff", "--unsafe-fixes", "--stdin-filename", "main.tf", "-")
    ran = run(tmp_path, *asked, typed=typed.encode())
    assert ran.out.decode() == (
        "--- a/main.tf\n+++ b/main.tf\n@@ -9,6 +9,6 @@\n"
        '   ami = "ami-0123456789abcdef0"\n   metadata_options {\n     http_endpoint = "enabled"\n'
        '-    http_tokens   = "optional"\n+    http_tokens   = "required"\n   }\n }\n'
    )
    assert ran.err == (
        'not fixed: aws_instance.web answers IMDSv1: http_tokens is "optional": '
        "its fix changes other files, and only standard input is fixed\n"
        "1 finding would be fixed, 1 left in 1 file, with a fix that was not applied.\n"
    )


WRONG = [
    (("-",), "- is standard input: say which file it stands for with --stdin-filename NAME"),
    (
        ("--stdin-filename", "main.tf"),
        "--stdin-filename goes with -: iac-imds-lint check --stdin-filename NAME -",
    ),
    (
        ("--stdin-filename", "main.tf", "main.tf"),
        "--stdin-filename goes with -: iac-imds-lint check --stdin-filename NAME -",
    ),
    (("--stdin-filename", "main.tf", "-", "other.tf"), "- is linted by itself: leave other.tf out"),
    (("--stdin-filename", "sub", "-"), "--stdin-filename takes the name of a file, and sub is none"),
    (("--stdin-filename", "none/", "-"), "--stdin-filename takes the name of a file, and none/ is none"),
    (("--stdin-filename", "", "-"), "--stdin-filename takes the name of a file, and nothing is none"),
    *(
        (
            ("--stdin-filename", "main.tf", *option, "-"),
            f"{option[0]} is about files on disk: it does not go with -",
        )
        for option in (
            ("--add-suppressions",),
            ("--write-baseline", "known.json"),
            ("--diff-base", "HEAD"),
        )
    ),
    (("--stdin-filename", "main.tf", "--fix", "--diff", "-"), "--fix writes and --diff only shows: use one of them"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda value: str(value)[:60])
def test_wrong_use_is_told_and_nothing_is_printed(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    ran = run(tmp_path, "check", *JSON, *arguments, typed=instance(OPTIONAL).encode())
    assert (ran.status, ran.out, ran.err) == (2, b"", f"Error: {message}\n")
    assert tree(tmp_path) == {}


def test_no_standard_input_is_wrong_use() -> None:
    with mock.patch.object(sys, "stdin", None):
        from iac_imds_lint.cli.standard_input import asked
        from iac_imds_lint.errors import UsageError

        given = {"stdin_filename": "main.tf", "paths": ("-",)}
        options = dict.fromkeys(("add_suppressions", "write_baseline", "prune_baseline", "diff_base"))
        with pytest.raises(UsageError, match="there is no standard input to read from"):
            asked({**options, **given})


def test_a_terminal_is_told_how_to_end(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who forgot the text is not left waiting without a word."""
    from iac_imds_lint.cli.standard_input import asked

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    options = dict.fromkeys(("add_suppressions", "write_baseline", "prune_baseline", "diff_base"))
    with mock.patch.object(sys, "stdin", Terminal(io.BytesIO(b"x"))):
        typed = asked({**options, "stdin_filename": "main.tf", "paths": ("-",)})
    assert (typed.path, typed.content) == ("main.tf", b"x")
    assert capsys.readouterr().err == "Reading from the terminal; Ctrl-D on a line of its own ends the text.\n"


def test_a_file_that_is_called_so_is_named_by_its_directory(tmp_path: Path) -> None:
    write(tmp_path, {"-": TEMPLATE.replace("required", "optional")})
    ran = run(tmp_path, "check", *JSON, "./-")
    assert [(one["code"], one["filename"]) for one in json.loads(ran.out)] == [("IMDS002", "-")]
