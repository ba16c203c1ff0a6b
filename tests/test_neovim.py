"""Neovim with the server, as a person uses it: nothing but what Neovim itself says of its buffers is compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.programs import program

pytest.importorskip("pygls")
NVIM = program("nvim")
pytestmark = pytest.mark.skipif(NVIM is None, reason="Neovim is not installed: no test in it")
HELPERS = Path(__file__).parent / "clients" / "neovim.lua"

TEMPLATE = """\
resource "aws_launch_template" "web" {
  name          = "web"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }
}

resource "aws_autoscaling_group" "web" {
  max_size           = 3
  min_size           = 1
  availability_zones = ["eu-central-1a"]

  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}
"""
VARIABLE = """\
variable "http_tokens" {
  type    = string
  default = "required"
}
"""
BASTION = """\
# é: a character of two bytes, and one that is two units in UTF-16: 𝄞
resource "aws_instance" "bastion" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
}

resource "aws_instance" "jump" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"""
PROJECT = {
    "web/main.tf": TEMPLATE,
    "web/variables.tf": VARIABLE,
    "web/terraform.tfvars": 'http_tokens = "optional"\n',
    "bastion/main.tf": BASTION,
    "clean/main.tf": BASTION[BASTION.index('resource "aws_instance" "jump"') :].replace("optional", "required"),
}
_WEAK = (
    'aws_launch_template.web answers IMDSv1: http_tokens is "optional"\n'
    'used by: aws_autoscaling_group.web (version "$Latest")\n'
    'to fix it: set var.http_tokens in terraform.tfvars to "required"'
)
WEAK = ["IMDS002", 8, "var.http_tokens", _WEAK]
_BASTION_WEAK = (
    "aws_instance.bastion answers IMDSv1: metadata_options is not set\n"
    "nothing at any level asks for IMDSv2\n"
    'to fix it: set http_endpoint to "enabled" and http_tokens to "required"'
)
BASTION_WEAK = ["IMDS001", 2, 'resource "aws_instance" "bastion"', _BASTION_WEAK]
JUMP_WEAK = [
    "IMDS002",
    13,
    '"optional"',
    'aws_instance.jump answers IMDSv1: http_tokens is "optional"\nto fix it: set http_tokens to "required"',
]
BASTION_FIXED = BASTION.replace(
    '  instance_type = "t3.micro"\n}\n',
    '  instance_type = "t3.micro"\n\n'
    '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n',
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of a project, in a directory of their own."""
    top = tmp_path / "my project"
    for name, text in PROJECT.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return top


def environment(directory: Path) -> Mapping[str, str]:
    """Neovim keeps what it writes, its log among it, in a directory of the test."""
    server = program("iac-imds-lint")
    assert server is not None
    places = {f"XDG_{kind}_HOME": str(directory / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    own = {"HOME": str(directory), "SERVER": server, "ANSWER": str(directory / "answer.json"), **places}
    return {**{name: value for name, value in os.environ.items() if not name.startswith("TF_VAR_")}, **own}


def in_neovim(project: Path, scenario: str) -> Any:
    """What a scenario in Lua returns. Neovim has told nothing, and neither it nor the server has logged an error."""
    assert NVIM is not None
    directory = project.parent
    script = directory / "scenario.lua"
    script.write_text(
        f"local nvim = dofile({str(HELPERS)!r})\nnvim.run(function()\n{scenario}\nend)\n", encoding="utf-8"
    )
    command = [NVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {script}"]
    done = subprocess.run(
        command, cwd=project, env=environment(directory), capture_output=True, text=True, timeout=120, check=False
    )
    answer = directory / "answer.json"
    assert answer.exists(), done.stderr
    told = json.loads(answer.read_text(encoding="utf-8"))
    assert told["ok"], told["answer"]
    assert (done.returncode, complaints(done.stderr), complaints(told["messages"])) == (0, [], [])
    logged = [line for log in directory.rglob("lsp.log") for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line for line in logged if line.startswith(("[ERROR]", "[WARN]"))] == []
    return told["answer"]


def complaints(told: str) -> list[str]:
    """What Neovim told, without the names and sizes of the files that it opened, and what it asks to be replaced."""
    lines = re.split(r"[\r\n]+", told)
    harmless = re.compile(r'"[^"]+".*$|\s*$|.*is deprecated|.*:checkhealth|.*Feature will be removed')
    return [line for line in lines if not harmless.match(line)]


def test_diagnostics_appear(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        local bastion = nvim.open('bastion/main.tf')
        local clean = nvim.open('clean/main.tf')
        return { nvim.wait_for(web, { 8 }), nvim.wait_for(bastion, { 2, 13 }), nvim.wait_for(clean, {}) }
        """,
    )
    assert answer == [[WEAK], [BASTION_WEAK, JUMP_WEAK], []]


def test_a_change_in_one_buffer_moves_the_diagnostics_of_another(project: Path) -> None:
    """Nothing is saved: the files on disk stay as they were."""
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        local before = nvim.wait_for(web, { 8 })
        local values = nvim.open('web/terraform.tfvars')
        nvim.replace(values, 'optional', 'required')
        local mended = nvim.wait_for(web, {})
        vim.cmd('silent undo')
        local back = nvim.wait_for(web, { 8 })
        vim.cmd('silent redo')
        return { before, mended, back, nvim.wait_for(web, {}), vim.bo[values].modified }
        """,
    )
    assert answer == [[WEAK], [], [WEAK], [], True]
    assert (project / "web/terraform.tfvars").read_text(encoding="utf-8") == PROJECT["web/terraform.tfvars"]


def test_what_is_typed_is_judged_before_it_is_saved(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local clean = nvim.open('clean/main.tf')
        local before = nvim.wait_for(clean, {})
        nvim.replace(clean, '"required"', '"optional"')
        local weak = nvim.wait_for(clean, { 7 })
        vim.api.nvim_buf_set_lines(clean, 0, 0, false, { '# 𝄞 é', '' })
        return { before, weak, nvim.wait_for(clean, { 9 }) }
        """,
    )
    code, _, *rest = JUMP_WEAK
    assert answer == [[], [[code, 7, *rest]], [[code, 9, *rest]]]


def test_a_buffer_that_is_thrown_away_counts_no_more(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        nvim.wait_for(web, { 8 })
        local values = nvim.open('web/terraform.tfvars')
        nvim.replace(values, 'optional', 'required')
        local mended = nvim.wait_for(web, {})
        vim.cmd('bdelete! ' .. values)
        return { mended, nvim.wait_for(web, { 8 }) }
        """,
    )
    assert answer == [[], [WEAK]]


def test_a_quick_fix_mends_the_buffer(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local bastion = nvim.open('bastion/main.tf')
        nvim.wait_for(bastion, { 2, 13 })
        local fix = 'Set http_endpoint to "enabled" and http_tokens to "required" (IMDS001)'
        local titles = nvim.pick(bastion, 2, fix)
        return { titles, nvim.text(bastion), nvim.wait_for(bastion, { 18 }), vim.bo[bastion].modified }
        """,
    )
    titles = [
        'Set http_endpoint to "enabled" and http_tokens to "required" (IMDS001)',
        "Ignore IMDS001 for this resource",
        "Fix all that is safe to fix in this file (iac-imds-lint)",
        "Fix all that is safe to fix in this workspace folder (iac-imds-lint)",
    ]
    assert answer == [titles, BASTION_FIXED, [[JUMP_WEAK[0], 18, *JUMP_WEAK[2:]]], True]
    assert (project / "bastion/main.tf").read_text(encoding="utf-8") == BASTION, "nothing is saved"


def test_all_of_a_file_is_mended_at_once(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local bastion = nvim.open('bastion/main.tf')
        nvim.wait_for(bastion, { 2, 13 })
        local fix = 'Fix all that is safe to fix in this file (iac-imds-lint)'
        local titles = nvim.pick(bastion, 1, fix, 'source.fixAll.iac-imds-lint')
        return { titles, nvim.text(bastion), nvim.wait_for(bastion, {}) }
        """,
    )
    title = "Fix all that is safe to fix in this file (iac-imds-lint)"
    assert answer == [[title], BASTION_FIXED.replace('"optional"', '"required"'), []]


def test_a_quick_fix_mends_another_file(project: Path) -> None:
    """The variable file is not open before."""
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        nvim.wait_for(web, { 8 })
        local titles = nvim.pick(web, 8)
        local values = vim.fn.bufadd(vim.fn.getcwd() .. '/web/terraform.tfvars')
        nvim.pick(web, 8, titles[1], nil, values)
        nvim.attach(values)
        return { titles, nvim.text(web), nvim.text(values), nvim.wait_for(web, {}) }
        """,
    )
    why = "(unsafe: others may use var.http_tokens in terraform.tfvars, though nothing else here does)"
    titles = [
        f'Set var.http_tokens in terraform.tfvars to "required" (IMDS002) {why}',
        'Set http_tokens to "required" on aws_launch_template.web itself (IMDS002)',
        "Ignore IMDS002 for this resource",
        "Fix all that is safe to fix in this workspace folder (iac-imds-lint)",
    ]
    assert answer == [titles, TEMPLATE, 'http_tokens = "required"\n', []]


def test_a_comment_ignores_what_stands_there(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local bastion = nvim.open('bastion/main.tf')
        nvim.wait_for(bastion, { 2, 13 })
        nvim.pick(bastion, 2, 'Ignore IMDS001 for this resource')
        return { nvim.text(bastion), nvim.wait_for(bastion, { 14 }) }
        """,
    )
    head = 'resource "aws_instance" "bastion"'
    ignored = BASTION.replace(head, f"# iac-imds-lint: ignore[IMDS001]\n{head}")
    assert answer == [ignored, [[JUMP_WEAK[0], 14, *JUMP_WEAK[2:]]]]


def test_a_hover_tells_the_posture(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        nvim.wait_for(web, { 8 })
        local clean = nvim.open('clean/main.tf')
        local texts = { nvim.hover(web, 8, 22), nvim.hover(web, 18, 20), nvim.hover(clean, 7, 22) }
        return { vim.tbl_map(function(text) return vim.split(text, '\\n')[1] end, texts), nvim.hover(web, 11, 1) or 0 }
        """,
    )
    web = "**v1-allowed**: `aws_launch_template.web` answers IMDSv1"
    jump = "**v2-required**: `aws_instance.jump` requires IMDSv2"
    assert answer == [[web, web, jump], 0], "at the option, at the reference to its template, and on an empty line"


def test_lenses_tell_who_launches(project: Path) -> None:
    answer = in_neovim(
        project,
        """
        nvim.start(vim.fn.getcwd())
        local web = nvim.open('web/main.tf')
        nvim.wait_for(web, { 8 })
        return { nvim.lenses(web), nvim.lenses(nvim.open('clean/main.tf')) }
        """,
    )
    assert answer == [[[1, 'v1-allowed · used by 1: aws_autoscaling_group.web ("$Latest": next launches)']], []]
