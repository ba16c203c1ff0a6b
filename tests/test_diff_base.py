"""``--diff-base``: real repositories, what changed in them, and which findings are told of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.shell import Ran, run

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OPTIONAL = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "optional"\n  }\n'
REQUIRED = OPTIONAL.replace("optional", "required")
BY_VARIABLE = OPTIONAL.replace('"optional"', "var.tokens")
UNSET = ""


def instance(name: str, body: str = OPTIONAL, before: str = "") -> str:
    return f'resource "aws_instance" "{name}" {{\n{before}  ami = "ami-0123456789abcdef0"\n{body}}}\n'


def variable(default: str = "") -> str:
    return f'variable "tokens" {{\n  type = string\n{default}}}\n'


LT = f'resource "aws_launch_template" "t" {{\n  name = "t"\n{OPTIONAL}}}\n'
ASG = """resource "aws_autoscaling_group" "g" {
  max_size = 1
  launch_template {
    id      = aws_launch_template.t.id
    version = VERSION
  }
}
"""
ACCOUNT = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n'
CALL = 'module "m" {\n  source = "./mod"\n  tokens = "optional"\n}\n'
MOD = {"mod/main.tf": instance("a", BY_VARIABLE) + instance("fixed"), "mod/variables.tf": variable()}
SCRIPT = "#!/bin/sh\necho hello\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"
BOOTING = instance("a", REQUIRED + '  user_data = file("boot.sh")\n')
TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: prod}
Mappings:
  Stages:
    prod: {Tokens: optional}
    test: {Tokens: required}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions:
        HttpEndpoint: enabled
        HttpTokens: !FindInMap [Stages, !Ref Stage, Tokens]
  Db:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: optional}
"""
PARENT = """\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
      Parameters: {Tokens: optional}
  Other:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: optional}
"""
CHILD = """\
Parameters:
  Tokens: {Type: String}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}
"""
VARS = 'tokens = "optional"\n'


class Case(NamedTuple):
    """What a repository held and what it holds; None is a file that is gone. The findings: code, file, resource."""

    why: str
    before: Mapping[str, str]
    after: Mapping[str, str | None]
    expected: list[tuple[str, str, str]]
    arguments: tuple[str, ...] = ()


def two(code: str = "IMDS002", path: str = "main.tf") -> tuple[str, str, str]:
    return (code, path, "aws_instance.a")


CASES = [
    Case("nothing changed", {"main.tf": instance("a")}, {}, []),
    Case("a resource is new", {"main.tf": instance("b")}, {"main.tf": instance("b") + instance("a")}, [two()]),
    Case("a file is new", {"main.tf": instance("b")}, {"a.tf": instance("a")}, [two(path="a.tf")]),
    Case(
        "a row of the resource",
        {"main.tf": instance("a") + instance("b")},
        {"main.tf": instance("a").replace("def0", "def1") + instance("b")},
        [two()],
    ),
    Case(
        "a row taken out of the resource",
        {"main.tf": instance("a", before='  key_name = "k"\n') + instance("b")},
        {"main.tf": instance("a") + instance("b")},
        [two()],
    ),
    Case(
        "a sibling changed",
        {"main.tf": instance("a") + instance("b", REQUIRED)},
        {"main.tf": instance("a") + instance("b", REQUIRED).replace("def0", "def1")},
        [],
    ),
    Case("a sibling is gone", {"main.tf": instance("b") + instance("a")}, {"main.tf": instance("a")}, []),
    Case(
        "a comment beside the resource",
        {"main.tf": instance("a")},
        {"main.tf": "# the web server\n" + instance("a") + "# the end\n"},
        [],
    ),
    Case(
        "a comment in the resource is one of its rows",
        {"main.tf": instance("a")},
        {"main.tf": instance("a", before="  # the web server\n")},
        [two()],
    ),
    Case("only whitespace", {"main.tf": instance("a")}, {"main.tf": "\n" + instance("a").replace("  ", "\t")}, []),
    Case("only line ends", {"main.tf": instance("a")}, {"main.tf": instance("a").replace("\n", "\r\n")}, []),
    Case("the file was moved", {"main.tf": instance("a")}, {"main.tf": None, "web.tf": instance("a")}, []),
    Case(
        "the file was moved and changed",
        {"main.tf": instance("a") + instance("b") + instance("c")},
        {"main.tf": None, "x/web.tf": instance("a").replace("def0", "def1") + instance("b") + instance("c")},
        [two(path="x/web.tf")],
    ),
    Case(
        "a default in another file",
        {"main.tf": instance("a", BY_VARIABLE) + instance("b"), "v.tf": variable('  default = "required"\n')},
        {"v.tf": variable('  default = "optional"\n')},
        [two()],
    ),
    Case(
        "a default in another file, of what was found before",
        {"main.tf": instance("a", BY_VARIABLE) + instance("b"), "v.tf": variable('  default = "optional"\n')},
        {"v.tf": variable('  default = "optional" # for now\n')},
        [two()],
    ),
    Case(
        "another variable in that file",
        {"main.tf": instance("a", BY_VARIABLE), "v.tf": variable('  default = "optional"\n')},
        {"v.tf": variable('  default = "optional"\n') + 'variable "name" {}\n'},
        [],
    ),
    Case(
        "the default is gone: it is not known any more",
        {"main.tf": instance("a", BY_VARIABLE) + instance("b"), "v.tf": variable('  default = "required"\n')},
        {"v.tf": variable()},
        [two("IMDS005")],
    ),
    Case(
        "a line of a variable file",
        {"main.tf": instance("a", BY_VARIABLE) + instance("b") + variable(), "x.auto.tfvars": VARS},
        {"x.auto.tfvars": VARS.replace("\n", " # still\n")},
        [two()],
    ),
    Case(
        "another line of that variable file",
        {"main.tf": instance("a", BY_VARIABLE) + variable(), "x.auto.tfvars": VARS + 'name = "a"\n'},
        {"x.auto.tfvars": VARS + 'name = "b"\n'},
        [],
    ),
    Case(
        "the variable file is gone, which required tokens",
        {
            "main.tf": instance("a", BY_VARIABLE) + instance("b") + variable('  default = "optional"\n'),
            "x.auto.tfvars": VARS.replace("optional", "required"),
        },
        {"x.auto.tfvars": None},
        [two()],
    ),
    Case(
        "an argument of a module's call",
        {"main.tf": CALL + instance("b"), **MOD},
        {"main.tf": CALL.replace('"optional"', '"optional" # for now') + instance("b")},
        [
            ("IMDS002", "main.tf", "module.m.aws_instance.a"),
            ("IMDS002", "mod/main.tf", "module.m.aws_instance.fixed"),
        ],
    ),
    Case("beside a module's call", {"main.tf": CALL + instance("b"), **MOD}, {"main.tf": "# x\n" + CALL}, []),
    Case(
        "another call of a module",
        {"main.tf": CALL, "mod/main.tf": instance("a"), "mod/variables.tf": variable()},
        {"other.tf": CALL.replace('"m"', '"n"')},
        [("IMDS002", "mod/main.tf", "module.m.aws_instance.a")],
    ),
    Case(
        "a call of a module is gone",
        {
            "main.tf": CALL,
            "other.tf": CALL.replace('"m"', '"n"'),
            "mod/main.tf": instance("a"),
            "mod/variables.tf": variable(),
        },
        {"other.tf": None},
        [],
    ),
    Case(
        "the version that a group asks for",
        {"lt.tf": LT, "asg.tf": ASG.replace("VERSION", '"$Latest"'), "main.tf": instance("a")},
        {"asg.tf": ASG.replace("VERSION", '"$Default"')},
        [
            ("IMDS002", "lt.tf", "aws_launch_template.t"),
        ],
    ),
    Case(
        "the template of a group",
        {"lt.tf": LT.replace("optional", "required"), "asg.tf": ASG.replace("VERSION", '"$Latest"')},
        {"lt.tf": LT},
        [("IMDS002", "lt.tf", "aws_launch_template.t")],
    ),
    Case(
        "the account's default is gone",
        {"main.tf": instance("a", UNSET) + instance("b"), "account.tf": ACCOUNT},
        {"account.tf": None},
        [two("IMDS001")],
    ),
    Case(
        "the account's default is not what decides",
        {"main.tf": instance("a"), "account.tf": ACCOUNT},
        {"account.tf": ACCOUNT.replace("{\n", '{\n  region = "us-east-1"\n')},
        [],
    ),
    Case(
        "a count in a local",
        {"main.tf": instance("a", before="  count = local.n\n") + instance("b"), "l.tf": "locals {\n  n = 0\n}\n"},
        {"l.tf": "locals {\n  n = 1\n}\n"},
        [("IMDS002", "main.tf", "aws_instance.a[0]")],
    ),
    Case(
        "a comment that ignored it is gone",
        {"main.tf": "# iac-imds-lint: ignore[IMDS002] reason: old\n" + instance("a") + instance("b")},
        {"main.tf": instance("a") + instance("b")},
        [two()],
    ),
    Case(
        "a script that an instance boots with",
        {"main.tf": BOOTING + instance("b"), "boot.sh": SCRIPT},
        {"boot.sh": SCRIPT.replace("hello", "world")},
        [two("IMDS007", "boot.sh")],
    ),
    Case(
        "a script that nothing boots with",
        {"main.tf": BOOTING + instance("b"), "boot.sh": SCRIPT, "other.sh": SCRIPT},
        {"other.sh": SCRIPT.replace("hello", "world")},
        [],
    ),
    Case(
        "a parameter file",
        {"web.yaml": TEMPLATE, "p.json": '{"Parameters": {"Stage": "test"}}\n'},
        {"p.json": '{"Parameters": {"Stage": "prod"}}\n'},
        [("IMDS002", "web.yaml", "Web")],
        ("--parameter-file", "p.json"),
    ),
    Case(
        "a mapping",
        {"web.yaml": TEMPLATE},
        {"web.yaml": TEMPLATE.replace("prod: {Tokens: optional}", "prod: {Tokens: optional, Name: x}")},
        [("IMDS002", "web.yaml", "Web")],
    ),
    Case(
        "a row of the mapping that is not taken",
        {"web.yaml": TEMPLATE},
        {"web.yaml": TEMPLATE.replace("test: {Tokens: required}", "test: {Tokens: optional}")},
        [],
    ),
    Case(
        "what is passed to a nested stack",
        {"parent.yaml": PARENT, "child.yaml": CHILD},
        {"parent.yaml": PARENT.replace("{Tokens: optional}\n  Other", "{Tokens: optional, Name: x}\n  Other")},
        [("IMDS002", "child.yaml", "Child/Web")],
    ),
    Case(
        "beside the nested stack",
        {"parent.yaml": PARENT, "child.yaml": CHILD},
        {"parent.yaml": "Description: web\n" + PARENT},
        [],
    ),
    Case("a text that is none of ours", {"main.tf": instance("a"), "README.md": "a\n"}, {"README.md": "b\n"}, []),
    Case("a directory that is not asked for", {"a/main.tf": instance("a")}, {"b/b.tf": instance("b")}, [], ("a",)),
    Case(
        "names with spaces, quotes and letters of all kinds",
        {'ä "b" c/main.tf': instance("a") + instance("b")},
        {'ä "b" c/main.tf': instance("a").replace("def0", "def1") + instance("b")},
        [two(path='ä "b" c/main.tf')],
    ),
    Case(
        "a file that was broken before",
        {"main.tf": "resource {{{ aws_instance\n"},
        {"b.tf": instance("a")},
        [two(path="b.tf")],
    ),
    Case(
        "a file that the change broke",
        {"main.tf": instance("a")},
        {"main.tf": instance("a") + "resource {{{ aws_instance\n"},
        [("IMDS900", "main.tf", "")],
    ),
]


class Repository:
    """A repository that is made for a test."""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, check: bool = True) -> str:
        """What git prints here, whatever is configured for the user."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {f"GIT_{role}_{what}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        away = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ("git", *arguments)
        ended = subprocess.run(
            command, cwd=self.top, env={**environment, **who, **away}, capture_output=True, text=True, check=check
        )
        return ended.stdout

    def write(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.top / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())

    def commit(self, files: Mapping[str, str | None]) -> None:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")


def checked(top: Path, *arguments: str) -> tuple[Ran, list[tuple[str, str, str]]]:
    """The run, and its findings: code, file, resource."""
    ran = run(top, "check", "--output-format", "json", *arguments)
    found = json.loads(ran.out) if ran.status in (0, 1, 3) else []
    return ran, [(one["code"], one["filename"], one["resource"] or "") for one in found]


@pytest.mark.parametrize("kept", ["committed", "written"])
@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_what_a_change_brings(case: Case, kept: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit(case.before)
    repository.git("checkout", "-q", "-b", "work")
    if kept == "committed":
        repository.commit(case.after)
    else:
        repository.write(case.after)
    ran, found = checked(tmp_path, "--diff-base", "main", *case.arguments)
    assert found == case.expected
    assert "Error" not in ran.err
