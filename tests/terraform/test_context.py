"""What is read beside the files that are checked: siblings, callers, variable files, scripts."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import lint
from iac_imds_lint.report import Exit
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles, linted, postures

INSTANCE = 'resource "aws_instance" "x" {\n  ami = "ami-0123456789abcdef0"\n%s}\n'
TOKENS = "  metadata_options {\n    http_tokens = var.tokens\n  }\n"
VARIABLE = 'variable "tokens" {\n  default = "%s"\n}\n'


def test_a_named_file_is_judged_with_its_siblings() -> None:
    files = {"m/main.tf": INSTANCE % TOKENS, "m/variables.tf": VARIABLE % "required"}
    assert linted(files, paths=("m/main.tf",)).findings == ()


def test_a_sibling_is_not_reported_on() -> None:
    files = {"m/main.tf": INSTANCE % TOKENS, "m/variables.tf": VARIABLE % "optional", "m/other.tf": INSTANCE % ""}
    report = linted(files, paths=("m/main.tf",))
    assert [(f.rule.code, f.span.path) for f in report.findings] == [("IMDS002", "m/main.tf")]
    assert [related.span.path for related in report.findings[0].related] == ["m/variables.tf"]


def test_the_working_directory_has_one_name() -> None:
    """examples/ calls ../.. while main.tf stands in the working directory: one module, not two."""
    files = {
        "main.tf": VARIABLE % "optional" + INSTANCE % TOKENS,
        "examples/a/main.tf": 'module "a" {\n  source = "../.."\n  tokens = "required"\n}\n',
    }
    assert postures(files) == {"module.a.aws_instance.x": "v2-required"}
    files["examples/a/main.tf"] = 'module "a" {\n  source = "../../"\n}\n'
    assert postures(files) == {"module.a.aws_instance.x": "v1-allowed"}


def test_a_module_that_nothing_calls_is_judged_with_its_defaults() -> None:
    assert postures({"modules/m/main.tf": VARIABLE % "required" + INSTANCE % TOKENS}) == {X: "v2-required"}


def test_a_module_outside_of_the_paths_is_judged_by_the_call() -> None:
    files = {
        "live/main.tf": 'module "m" {\n  source = "../modules/m"\n}\n',
        "modules/m/main.tf": VARIABLE % "optional" + INSTANCE % TOKENS,
    }
    report = linted(files, paths=("live/main.tf",))
    assert [finding.affected for finding in report.findings] == [("module.m.aws_instance.x",)]


def test_calls_that_share_a_cause_are_one_finding() -> None:
    calls = "".join(f'module "{name}" {{\n  source = "./m"\n}}\n' for name in ("a", "b", "c"))
    report = linted({"main.tf": calls, "m/main.tf": INSTANCE % ""})
    assert [finding.affected for finding in report.findings] == [
        ("module.a.aws_instance.x", "module.b.aws_instance.x", "module.c.aws_instance.x")
    ]


def test_calls_with_causes_of_their_own_are_findings_of_their_own() -> None:
    calls = "".join(f'module "{n}" {{\n  source = "./m"\n  tokens = "optional"\n}}\n' for n in ("a", "b"))
    report = linted({"main.tf": calls, "m/main.tf": VARIABLE % "required" + INSTANCE % TOKENS})
    assert [finding.affected for finding in report.findings] == [
        ("module.a.aws_instance.x",),
        ("module.b.aws_instance.x",),
    ]


def test_a_broken_sibling_is_told_and_fails_the_run() -> None:
    """What is left of the declaration counts, but no one may take this for a clean run."""
    broken = 'variable "tokens" {\n  default = "required"\n  = \n}\n'
    report = linted({"m/main.tf": INSTANCE % TOKENS, "m/variables.tf": broken}, paths=("m/main.tf",))
    assert report.findings == ()
    assert [problem.path for problem in report.problems] == ["m/variables.tf"]
    assert report.exit is Exit.UNREADABLE


@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars", "terraform.tfvars.json"])
def test_a_broken_variable_file_is_told_and_fails_the_run(name: str) -> None:
    """It may give another value than the default."""
    report = linted({"main.tf": VARIABLE % "required" + INSTANCE % TOKENS, name: "tokens = = {\n"}, paths=("main.tf",))
    assert [problem.path for problem in report.problems] == [name]
    assert report.exit is Exit.UNREADABLE


V1_SCRIPT = "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n"
V2_SCRIPT = '#!/bin/sh\ncurl -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/\n'
X = "aws_instance.x"


@pytest.mark.parametrize(
    ("user_data", "script", "expected", "why"),
    [
        ("", "", Applicability.SAFE, "no script"),
        ('  user_data = file("boot.sh")\n', V2_SCRIPT, Applicability.SAFE, "the script has the token header"),
        ('  user_data = file("boot.sh")\n', "echo hello\n", Applicability.SAFE, "the script calls no IMDS"),
        ('  user_data = file("boot.sh")\n', V1_SCRIPT, Applicability.UNSAFE, "it would break"),
        ('  user_data = file("${path.module}/boot.sh")\n', V1_SCRIPT, Applicability.UNSAFE, "it would break"),
        ('  user_data = templatefile("./boot.sh", {})\n', V1_SCRIPT, Applicability.UNSAFE, "it would break"),
        (f"  user_data = <<EOF\n{V1_SCRIPT}EOF\n", "", Applicability.UNSAFE, "it would break"),
        (f"  user_data = <<EOF\n{V2_SCRIPT}EOF\n", "", Applicability.SAFE, "the script has the token header"),
        (
            '  user_data = file("../boot.sh")\n',
            V1_SCRIPT,
            Applicability.UNSAFE,
            "the script is one of the project, wherever it is",
        ),
        (
            '  user_data = file("../../boot.sh")\n',
            V1_SCRIPT,
            Applicability.SAFE,
            "files outside of the project are not read",
        ),
    ],
)
def test_a_script_that_would_break_makes_the_fix_unsafe(
    user_data: str, script: str, expected: Applicability, why: str
) -> None:
    files = {"m/main.tf": INSTANCE % user_data, "m/boot.sh": script, "boot.sh": script}
    fix = linted(files, paths=("m/main.tf",)).findings[0].fix
    assert fix is not None
    assert fix.applicability is expected, why


def test_modules_that_call_each_other_are_judged_and_told() -> None:
    files = {
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\n' + INSTANCE % "",
        "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
    }
    report = linted(files)
    assert [(finding.rule.code, finding.span.path) for finding in report.findings] == [
        ("IMDS001", "a/main.tf"),
        ("IMDS900", "b/main.tf"),
    ]
    assert report.findings[1].message == ('the call of module "a" leads back to a module that it is called from')


def test_two_calls_a_level_of_one_module_each_are_not_followed_for_ever() -> None:
    files = {
        f"m{n}/main.tf": "".join(f'module "{name}" {{\n  source = "../m{n + 1}"\n}}\n' for name in ("a", "b"))
        for n in range(16)
    }
    report = linted({**files, "m16/main.tf": INSTANCE % ""})
    assert report.exit is Exit.UNREADABLE
    assert any("more than 5000 module calls" in finding.message for finding in report.findings)


def test_an_output_that_is_used_twice_is_evaluated_once() -> None:
    """2^20 evaluations would take minutes."""
    files = {"m/main.tf": 'variable "x" {}\noutput "x" {\n  value = var.x\n}\n'}
    calls = "".join(
        f'module "m{n + 1}" {{\n  source = "./m"\n  x = module.m{n}.x == "" ? "" : module.m{n}.x\n}}\n'
        for n in range(1, 20)
    )
    first = 'module "m1" {\n  source = "./m"\n  x = "required"\n}\n'
    text = first + calls + INSTANCE % "  metadata_options {\n    http_tokens = module.m9.x\n  }\n"
    assert postures({**files, "main.tf": text}) == {X: "v2-required"}


def test_an_error_anywhere_in_a_file_that_is_used_is_told() -> None:
    files = {
        "main.tf": INSTANCE % TOKENS,
        "variables.tf": VARIABLE % "required" + 'variable "u" {\n  default =\n}\n',
    }
    report = linted(files)
    assert [(finding.rule.code, finding.span.path) for finding in report.findings] == [("IMDS900", "variables.tf")]


def test_callers_of_a_named_file_decide() -> None:
    """As pre-commit runs: the changed file alone, the callers somewhere else in the repository."""
    files = {
        "live/main.tf": 'module "m" {\n  source = "../modules/m"\n  tokens = "required"\n}\n',
        "modules/m/main.tf": VARIABLE % "optional" + INSTANCE % TOKENS,
        "other/main.tf": INSTANCE % "",
    }
    sources = Sources(MemoryFiles(files))
    alone = lint(("modules/m/main.tf",), sources)
    assert [finding.rule.code for finding in alone.findings] == ["IMDS002"], "without callers its default counts"
    called = lint(("modules/m/main.tf",), sources, callers=("live/main.tf", "other/main.tf"))
    assert called.findings == (), "what is not named is not reported"
    assert [row.resource for row in called.inventory] == ["module.m.aws_instance.x"]
