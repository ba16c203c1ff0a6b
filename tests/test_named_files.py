"""What a run reports that names single files at the top of a git repository, as pre-commit does."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.fixer import repair
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.sources import Sources
from tests.shell import run
from tests.support import MemoryFiles

OPTIONAL = 'metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = "optional"\n  }'
REQUIRED = OPTIONAL.replace("optional", "required")
BY_VARIABLE = OPTIONAL.replace('"optional"', "var.tokens")


def instance(name: str, body: str) -> str:
    return f'resource "aws_instance" "{name}" {{\n  ami = "ami-0123456789abcdef0"\n  {body}\n}}\n'


VARIABLE = 'variable "tokens" {\n  type = string\n}\n'
SCRIPT = "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"
TEMPLATE = """\
Parameters:
  Tokens: {Type: String, Default: required}
  Name: {Type: String, Default: web}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}
"""


class Case(NamedTuple):
    """The files of a repository, which are named, and the findings: codes with their files and resources."""

    why: str
    files: dict[str, str]
    named: tuple[str, ...]
    expected: list[tuple[str, str, str]]
    inputs: Inputs = Inputs()


CASES = [
    Case(
        "a variable file decides what its module launches",
        {
            "app/main.tf": instance("a", BY_VARIABLE) + instance("b", OPTIONAL) + VARIABLE,
            "app/prod.auto.tfvars": 'tokens = "optional"\n',
        },
        ("app/prod.auto.tfvars",),
        [("IMDS002", "app/main.tf", "aws_instance.a")],
    ),
    Case(
        "a variable file that decides something else",
        {
            "app/main.tf": instance("b", OPTIONAL) + VARIABLE,
            "app/terraform.tfvars": 'tokens = "optional"\n',
        },
        ("app/terraform.tfvars",),
        [],
    ),
    Case(
        "a variable file that Terraform does not read by itself",
        {
            "app/main.tf": instance("a", BY_VARIABLE) + VARIABLE,
            "app/prod.tfvars": 'tokens = "optional"\n',
        },
        ("app/prod.tfvars",),
        [],
    ),
    Case(
        "a variable file that the run is given",
        {
            "app/main.tf": instance("a", BY_VARIABLE) + VARIABLE,
            "prod.tfvars": 'tokens = "optional"\n',
        },
        ("prod.tfvars",),
        [("IMDS002", "app/main.tf", "aws_instance.a")],
        Inputs(variable_files=("prod.tfvars",)),
    ),
    Case(
        "a default in a file that declares no resource",
        {
            "main.tf": instance("a", BY_VARIABLE) + instance("b", OPTIONAL),
            "variables.tf": 'variable "tokens" {\n  default = "optional"\n}\n',
        },
        ("variables.tf",),
        [("IMDS002", "main.tf", "aws_instance.a")],
    ),
    Case(
        "how many there are is decided in a local",
        {
            "main.tf": instance("a", "count = local.number\n  " + OPTIONAL) + instance("b", OPTIONAL),
            "locals.tf": "locals {\n  number = 2\n}\n",
        },
        ("locals.tf",),
        [("IMDS002", "main.tf", "aws_instance.a[0]")],
    ),
    Case(
        "the variable file of a root decides in a module below it",
        {
            "live/main.tf": 'module "m" {\n  source = "../mod"\n  tokens = var.tokens\n}\n' + VARIABLE,
            "live/terraform.tfvars": 'tokens = "optional"\n',
            "mod/main.tf": instance("a", BY_VARIABLE) + VARIABLE,
        },
        ("live/terraform.tfvars",),
        [("IMDS002", "mod/main.tf", "module.m.aws_instance.a")],
    ),
    Case(
        "a script that an instance boots with, found where it calls IMDS",
        {
            "app/main.tf": instance("a", f'user_data = file("${{path.module}}/boot.sh")\n  {REQUIRED}'),
            "app/boot.sh": SCRIPT,
        },
        ("app/boot.sh",),
        [("IMDS007", "app/boot.sh", "aws_instance.a")],
    ),
    Case(
        "what boots with the script is part of what it is",
        {
            "app/main.tf": instance("a", f'user_data = file("${{path.module}}/boot.sh")\n  {OPTIONAL}')
            + instance("b", OPTIONAL),
            "app/boot.sh": "#!/bin/sh\necho hello\n",
        },
        ("app/boot.sh",),
        [("IMDS002", "app/main.tf", "aws_instance.a")],
    ),
    Case(
        "the name of the script is decided elsewhere",
        {
            "live/main.tf": 'module "m" {\n  source = "../mod"\n  script = "boot.sh"\n}\n',
            "mod/main.tf": instance("a", f'user_data = file("${{path.module}}/${{var.script}}")\n  {REQUIRED}')
            + 'variable "script" {}\n',
            "mod/boot.sh": SCRIPT,
        },
        ("mod/boot.sh",),
        [("IMDS007", "mod/boot.sh", "module.m.aws_instance.a")],
    ),
    Case(
        "a module reads it whose caller boots with it",
        {
            "main.tf": 'module "s" {\n  source = "./script"\n}\n'
            + instance("a", f"user_data = module.s.text\n  {REQUIRED}"),
            "script/main.tf": 'output "text" {\n  value = file("${path.module}/boot.sh")\n}\n',
            "script/boot.sh": SCRIPT,
        },
        ("script/boot.sh",),
        [("IMDS007", "script/boot.sh", "aws_instance.a")],
    ),
    Case(
        "a script of that name elsewhere is another one",
        {
            "app/main.tf": instance("a", f'user_data = file("${{path.module}}/boot.sh")\n  {OPTIONAL}'),
            "app/boot.sh": "#!/bin/sh\necho hello\n",
            "other/boot.sh": "#!/bin/sh\necho hello\n",
        },
        ("other/boot.sh",),
        [],
    ),
    Case(
        "nobody reads it",
        {"app/main.tf": instance("a", OPTIONAL), "app/notes.txt": "optional\n"},
        ("app/notes.txt",),
        [],
    ),
    Case(
        "who launches from a template is part of what it does",
        {
            "lt.tf": f'resource "aws_launch_template" "t" {{\n  {OPTIONAL}\n}}\n',
            "asg.tf": 'resource "aws_autoscaling_group" "g" {\n  launch_template {\n'
            '    id = aws_launch_template.t.id\n    version = "$Latest"\n  }\n}\n',
        },
        ("asg.tf",),
        [("IMDS002", "lt.tf", "aws_launch_template.t")],
    ),
    Case(
        "a sibling in another file has no say",
        {"a.tf": instance("a", OPTIONAL), "b.tf": instance("b", REQUIRED)},
        ("b.tf",),
        [],
    ),
    Case(
        "an ignore comment counts in a file that is not named",
        {
            "main.tf": instance("a", BY_VARIABLE.replace("{", "{ # iac-imds-lint: ignore[IMDS002] reason: legacy", 1)),
            "variables.tf": 'variable "tokens" {\n  default = "optional"\n}\n',
        },
        ("variables.tf",),
        [],
    ),
    Case(
        "a parameter file that the run is given decides in templates",
        {"web.yaml": TEMPLATE, "params.json": '{"Parameters": {"Tokens": "optional"}}'},
        ("params.json",),
        [("IMDS002", "web.yaml", "Web")],
        Inputs(parameter_files=("params.json",)),
    ),
    Case(
        "a parameter file that decides something else",
        {"web.yaml": TEMPLATE.replace("required", "optional"), "params.json": '{"Parameters": {"Name": "db"}}'},
        ("params.json",),
        [],
        Inputs(parameter_files=("params.json",)),
    ),
    Case(
        "a fragment that a template includes",
        {
            "web.yaml": "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      Fn::Transform:\n"
            "        {Name: AWS::Include, Parameters: {Location: part.yaml}}\n",
            "part.yaml": "ImageId: ami-0123456789abcdef0\nMetadataOptions: {HttpTokens: optional}\n",
        },
        ("part.yaml",),
        [("IMDS002", "part.yaml", "Web")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_named_files(case: Case) -> None:
    callers = tuple(path for path in sorted(case.files) if path not in case.named)
    options = Options(inputs=case.inputs)
    report = lint(case.named, Sources(MemoryFiles(case.files)), options, callers=callers)
    found = [(one.rule.code, one.span.path, one.resource.address if one.resource else "") for one in report.findings]
    assert found == case.expected
    assert report.problems == ()
    again = lint(report.relevant, report.sources, options, callers=report.callers)
    told = [(one.rule.code, one.span, one.message) for one in report.findings]
    assert [(one.rule.code, one.span, one.message) for one in again.findings] == told


def test_what_a_named_variable_file_decides_is_repaired() -> None:
    files = {"main.tf": instance("a", BY_VARIABLE) + VARIABLE, "x.auto.tfvars": 'tokens = "optional"\n'}
    report = lint(("x.auto.tfvars",), Sources(MemoryFiles(files)), Options(), callers=("main.tf",))
    outcome = repair(report, Options(), Applicability.UNSAFE)
    assert [(after.path, after.text) for _, after in outcome.changed] == [("x.auto.tfvars", 'tokens = "required"\n')]
    assert outcome.report.findings == ()


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("app/prod.auto.tfvars", "app/main.tf:5:19: error IMDS002"),
        ("app/boot.sh", "app/boot.sh:2:1: error IMDS007"),
        ("app/variables.tf", ""),  # the variable file decides
        ("app/notes.txt", ""),
    ],
)
def test_the_command_finds_what_reads_a_named_file(named: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    files = {
        "app/main.tf": instance("a", BY_VARIABLE)
        + instance("b", f'user_data = file("${{path.module}}/boot.sh")\n  {REQUIRED}'),
        "app/variables.tf": VARIABLE,
        "app/prod.auto.tfvars": 'tokens = "optional"\n',
        "app/boot.sh": SCRIPT,
        "app/notes.txt": "nothing\n",
    }
    for path, text in files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    ran = run(tmp_path, "check", "--output-format", "concise", named)
    lines = ran.out.decode().splitlines()
    assert [line.split(" aws_")[0].split(" curl")[0] for line in lines] == [expected] * bool(expected)


def test_callers_are_found_of_a_file_that_is_named_from_the_root_of_the_file_system(tmp_path: Path) -> None:
    """As editors name files."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "main.tf").write_text('module "app" {\n  source = "./app"\n  tokens = "required"\n}\n')
    (tmp_path / "app" / "main.tf").write_text(
        instance("a", BY_VARIABLE) + VARIABLE.replace("string", 'string\n  default = "optional"')
    )
    for name in ("app/main.tf", str(tmp_path / "app" / "main.tf")):
        assert run(tmp_path, "check", name)._replace(err="") == (0, b"", ""), name
