"""What a clean check imports: nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import iac_imds_lint

CLEAN = """resource "aws_instance" "x" {
  ami = "ami-0123456789abcdef0"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
"""
TEMPLATE = """Resources:
  X:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0, MetadataOptions: {HttpTokens: required}}
"""
HEAVY = (
    "cfnlint",
    "hashlib",
    "hcl2",
    "lark",
    "pygls",
    "rich",
    "difflib",
    "asyncio",
    "multiprocessing",
    "logging",
    "pathspec",
    "subprocess",
)
# What reads boot scripts, of which a clean check sees none that asks IMDS.
READERS = (
    "tree_sitter_bash",
    "iac_imds_lint.bootscript.formats",
    "iac_imds_lint.bootscript.languages",
    "iac_imds_lint.bootscript.shell",
    "iac_imds_lint.bootscript.versions",
)


def imported(directory: Path, *arguments: str) -> tuple[int, set[str]]:
    """The exit status of a command line, and the names of all modules that it imported."""
    program = (
        "import sys; from iac_imds_lint.cli.commands import command; "
        f"sys.argv = ['iac-imds-lint', *{list(arguments)!r}]; status = command(); "
        "print('\\n'.join(sys.modules)); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=directory, capture_output=True, text=True, check=False)
    return done.returncode, set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "text", "unneeded"),
    [
        ("main.tf", CLEAN, (*HEAVY, *READERS, "yaml", "json", "tree_sitter_json", "iac_imds_lint.cloudformation.load")),
        (
            "template.yaml",
            TEMPLATE,
            (*HEAVY, *READERS, "tree_sitter", "tree_sitter_hcl", "iac_imds_lint.terraform.hcl"),
        ),
        ("README.txt", "nothing", (*HEAVY, "yaml", "json", "tree_sitter", "tree_sitter_hcl", "tree_sitter_json")),
    ],
    ids=["hcl", "template", "nothing"],
)
def test_a_clean_check_imports_nothing_heavy(tmp_path: Path, name: str, text: str, unneeded: tuple[str, ...]) -> None:
    (tmp_path / name).write_text(text)
    status, modules = imported(tmp_path, "check", name)
    assert status == 0
    assert "iac_imds_lint.engine" in modules
    assert sorted(modules & set(unneeded)) == []


def test_the_package_does_not_import_cfn_lint() -> None:
    """Its rules are in a module that only cfn-lint asks for: all others work without it. So do all but the server's
    without pygls.
    """
    package = Path(iac_imds_lint.__file__).parent
    names = (path.relative_to(package.parent).with_suffix("").as_posix() for path in sorted(package.rglob("*.py")))
    others = [name.removesuffix("/__init__").replace("/", ".") for name in names if not name.endswith("__main__")]
    extra = ["iac_imds_lint.cfn_lint_rules", *([] if find_spec("pygls") else ["iac_imds_lint.lsp"])]
    others = [name for name in others if not name.startswith(tuple(extra))]
    assert {"iac_imds_lint.cli.commands", "iac_imds_lint.cloudformation.proof"} < set(others)
    program = f"import sys\nimport {', '.join(others)}\nprint('cfnlint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
