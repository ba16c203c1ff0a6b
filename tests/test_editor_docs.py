"""What the pages on editors say to write is read, and where the program is here, run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.programs import program
from tests.shell import run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = [DOCS / "editors.md", *sorted(DOCS.glob("editors/*.md"))]
FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NVIM, EMACS = program("nvim"), program("emacs")
ALE = Path("/usr/share/nvim/site/pack/dist-bundle/opt/ale")
needs_nvim = pytest.mark.skipif(NVIM is None, reason="Neovim is not installed")
WEAK = """\
resource "aws_launch_template" "web" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
"""
VALUES = 'variable "tokens" {\n  default = "optional"\n}\n'
MESSAGE = 'aws_launch_template.web answers IMDSv1: http_tokens is "optional"'


class Snippet(NamedTuple):
    """What a page says to write."""

    page: str
    number: int
    language: str
    name: str
    text: str


SNIPPETS = [
    Snippet(page.name, number, *fence)
    for page in PAGES
    for number, fence in enumerate(FENCE.findall(page.read_text(encoding="utf-8")))
]


def of(page: str, holding: str) -> str:
    """The one snippet of a page that holds a text."""
    (found,) = [one.text for one in SNIPPETS if one.page == page and holding in one.text]
    return found


def in_language(*languages: str) -> Any:
    """Each snippet in these languages."""
    found = [one for one in SNIPPETS if one.language in languages]
    assert found
    return pytest.mark.parametrize("snippet", found, ids=lambda one: f"{one.page}-{one.number}")


def test_each_language_is_read_by_a_test() -> None:
    """But for Rust, and for what a shell is told."""
    assert {one.language for one in SNIPPETS} <= {"lua", "vim", "toml", "json", "jsonc", "yaml", "elisp", "rust", "sh"}


@in_language("toml")
def test_toml_is_read(snippet: Snippet) -> None:
    assert tomllib.loads(snippet.text)


@in_language("json")
def test_json_is_read(snippet: Snippet) -> None:
    assert json.loads(snippet.text)


@in_language("jsonc")
def test_json_with_comments_is_read(snippet: Snippet) -> None:
    assert json.loads(re.sub(r"^\s*//.*$", "", snippet.text, flags=re.MULTILINE))


@in_language("yaml")
def test_yaml_is_read(snippet: Snippet) -> None:
    assert yaml.safe_load(snippet.text)


@in_language("lua")
@needs_nvim
def test_lua_is_read(snippet: Snippet, tmp_path: Path) -> None:
    (tmp_path / "init.lua").write_text(snippet.text, encoding="utf-8")
    assert in_nvim(tmp_path, "assert(loadfile('init.lua')); answer = 'read'") == "read"


@in_language("elisp")
@pytest.mark.skipif(EMACS is None, reason="Emacs is not installed")
def test_elisp_is_read(snippet: Snippet, tmp_path: Path) -> None:
    (tmp_path / "init.el").write_text(snippet.text, encoding="utf-8")
    reading = '(with-temp-buffer (insert-file-contents "init.el") (emacs-lisp-mode) (check-parens) (princ "read"))'
    done = subprocess.run(
        [str(EMACS), "-Q", "--batch", "--eval", reading], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "read", "")


def in_nvim(directory: Path, lua: str, *options: str, environment: Mapping[str, str] | None = None) -> Any:
    """What Lua leaves in ``answer``."""
    script = f"local ok, problem = pcall(function() {lua}\nend)\nif not ok then answer = {{ failed = problem }} end\n"
    script += "vim.fn.writefile({ vim.fn.json_encode(answer) }, 'answer.json')\nvim.cmd('qall!')\n"
    (directory / "script.lua").write_text(script, encoding="utf-8")
    own = {f"XDG_{kind}_HOME": str(directory / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    server = program("iac-imds-lint")
    path = os.pathsep.join((str(Path(server or "").parent), os.environ["PATH"]))
    done = subprocess.run(
        [str(NVIM), "--headless", "-u", "NORC", "-i", "NONE", "-n", *options, "-c", "luafile script.lua"],
        cwd=directory,
        env={**os.environ, **own, "PATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (directory / "answer.json").exists(), done.stderr
    return json.loads((directory / "answer.json").read_text(encoding="utf-8"))


# Says which calls a page makes: each function of these names notes its arguments.
NOTING = """
local noted = {}
local function noting(name) return function(...) table.insert(noted, { name, ... }) end end
"""


@needs_nvim
def test_neovim_0_11_is_told_what_the_page_says(tmp_path: Path) -> None:
    """That release is nowhere here: its two functions are replaced."""
    lua = NOTING + "vim.lsp.config, vim.lsp.enable = noting('config'), noting('enable')\n"
    (config, enable) = in_nvim(tmp_path, lua + of("neovim.md", "vim.lsp.config(") + "answer = noted")
    assert enable == ["enable", "iac-imds-lint"]
    assert config[:2] == ["config", "iac-imds-lint"]
    assert config[2]["cmd"] == ["iac-imds-lint", "server"]
    assert config[2]["root_markers"] == [".iac-imds-lint.toml", ".git"]
    assert "settings" not in config[2], "those of the page are of someone's project: here they would be complained of"


@needs_nvim
def test_neovim_0_8_starts_the_server_where_the_configuration_is(tmp_path: Path) -> None:
    """That release is nowhere here: what 0.7 lacks is replaced. Neovim names the file of the event as it was asked for,
    and from a relative name ``vim.fs.find`` goes no further up than to ``.``, which is no folder for a server.
    """
    lua = NOTING + (
        "vim.lsp.start = noting('start')\n"
        "vim.fs = { find = function(names, how)\n"
        "             return { vim.fn.fnamemodify(how.path, ':h') .. '/' .. names[2] }\n"
        "           end,\n"
        "           dirname = function(path) return vim.fn.fnamemodify(path, ':h') end }\n"
    )
    lua += of("neovim.md", "vim.lsp.start(") + "vim.cmd('edit main.tf'); vim.cmd('set ft=terraform'); answer = noted"
    started = {"name": "iac-imds-lint", "cmd": ["iac-imds-lint", "server"], "root_dir": str(tmp_path)}
    assert in_nvim(tmp_path, lua)[0] == ["start", started]


@needs_nvim
def test_the_page_for_neovim_0_7_works(tmp_path: Path) -> None:
    pytest.importorskip("pygls")
    (tmp_path / "main.tf").write_text(WEAK + VALUES, encoding="utf-8")
    lua = of("neovim.md", "start_client") + (
        "vim.cmd('filetype on'); vim.cmd('edit main.tf')\n"
        "vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 10)\n"
        "answer = vim.tbl_map(function(one) return { one.lnum + 1, one.message } end, vim.diagnostic.get(0))\n"
    )
    ((line, message),) = in_nvim(tmp_path, lua)
    assert (line, message.splitlines()[0]) == (4, MESSAGE)


@needs_nvim
def test_nvim_lint_takes_the_findings_of_the_buffer(tmp_path: Path) -> None:
    """The plug-in is replaced by a table, the linter is run as it runs one."""
    (tmp_path / "main.tf").write_text(WEAK, encoding="utf-8")
    (tmp_path / "values.tf").write_text(VALUES, encoding="utf-8")
    lua = "package.loaded.lint = { linters = {}, try_lint = function() end }\n" + of("linters.md", "require('lint')")
    lua += """
    vim.cmd('edit main.tf')
    local linter = require('lint').linters.iac_imds_lint
    local function found(name)
      vim.cmd('edit ' .. name)
      local command = { linter.cmd }
      for _, one in ipairs(linter.args) do table.insert(command, type(one) == 'function' and one() or one) end
      local text = vim.fn.system(command, vim.api.nvim_buf_get_lines(0, 0, -1, false))
      return linter.parser(text, vim.api.nvim_get_current_buf())
    end
    answer = { found('main.tf'), found('values.tf'), linter.parser('', 1) }
    """
    (tmp_path / ".git").mkdir()
    own = {"lnum": 3, "col": 20, "end_lnum": 3, "end_col": 30, "severity": 1, "code": "IMDS002"}
    expected = {**own, "message": MESSAGE, "source": "iac-imds-lint"}
    assert in_nvim(tmp_path, lua) == [[expected], [], []], "what stands in another file is not shown at its lines"


@needs_nvim
def test_conform_is_told_to_take_standard_output(tmp_path: Path) -> None:
    lua = NOTING + "package.loaded.conform = { setup = noting('setup') }\n" + of("linters.md", "require('conform')")
    ((_, given),) = in_nvim(tmp_path, lua + "answer = noted")
    formatter = given["formatters"]["iac_imds_lint"]
    arguments = [one.replace("$FILENAME", "main.tf") for one in formatter["args"]]
    typed = WEAK.replace("var.tokens", '"optional"')
    assert (formatter["command"], formatter["stdin"]) == ("iac-imds-lint", True)
    ran = run(tmp_path, *arguments, typed=typed.encode())
    assert (ran.status, ran.out.decode()) == (0, typed.replace("optional", "required"))


@needs_nvim
@pytest.mark.skipif(not ALE.exists(), reason="ALE is not installed (Debian's vim-ale)")
def test_ale_shows_what_it_finds(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(WEAK, encoding="utf-8")
    (tmp_path / "values.tf").write_text(VALUES.replace("optional", "required"), encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / "ale.vim").write_text(of("linters.md", "ale#linter#Define"), encoding="utf-8")
    lua = """
    vim.cmd('filetype on'); vim.g.ale_linters_explicit = 1; vim.cmd('packadd ale'); vim.cmd('source ale.vim')
    vim.g.ale_linters = { terraform = { 'iac-imds-lint' } }
    local function told(wanted)
      local list
      vim.wait(30000, function()
        list = vim.fn['ale#engine#GetLoclist'](vim.api.nvim_get_current_buf())
        return #list == wanted and vim.fn['ale#engine#IsCheckingBuffer'](0) == 0
      end, 10)
      return vim.tbl_map(function(one) return { one.lnum, one.col, one.end_col, one.type, one.code, one.text } end, list)
    end
    vim.cmd('edit main.tf'); vim.cmd('ALELint')
    local before = told(0)
    vim.api.nvim_buf_set_lines(0, 3, 4, false, { '    http_tokens = "optional"' }); vim.cmd('ALELint')
    answer = { before, told(1), vim.bo.modified }
    """
    expected = [4, 19, 28, "E", "IMDS002", MESSAGE]
    assert in_nvim(tmp_path, lua) == [[], [expected], True]


def test_efm_reads_the_lines(tmp_path: Path) -> None:
    tool = yaml.safe_load(of("linters.md", "lint-command"))["tools"]["iac-imds-lint"]
    (tmp_path / "values.tf").write_text(VALUES, encoding="utf-8")
    command = tool["lint-command"].replace("${INPUT}", "main.tf").split()[1:]
    ran = run(tmp_path, *command, typed=WEAK.encode())
    (line,) = ran.out.decode().splitlines()
    matched = [match for match in (re.fullmatch(pattern(one), line) for one in tool["lint-formats"]) if match]
    assert [one.groupdict() for one in matched] == [
        {"file": "main.tf", "line": "4", "column": "21", "type": "e", "message": f"IMDS002 {MESSAGE} [unsafe fix]"}
    ]


def pattern(errorformat: str) -> str:
    """A format of efm, which is that of Vim's ``errorformat``, as a regular expression."""
    parts = {"%f": "(?P<file>.+?)", "%l": r"(?P<line>\d+)", "%c": r"(?P<column>\d+)", "%m": "(?P<message>.*)"}
    parts |= {f"%t{rest}": f"(?P<type>[a-z]){rest}" for rest in ("rror", "arning", "nfo")}
    return re.sub("|".join(parts), lambda match: parts[match[0]], errorformat)


def test_helix_names_the_server_that_it_declares() -> None:
    config = tomllib.loads(of("helix.md", "[language-server.iac-imds-lint]"))
    assert set(config["language-server"]) == {"iac-imds-lint"}
    assert all("iac-imds-lint" in language["language-servers"] for language in config["language"])


def test_the_settings_on_the_page_are_those_that_are_read() -> None:
    pytest.importorskip("pygls")
    from iac_imds_lint.lsp.wishes import SETTINGS, Form

    page = (DOCS / "editors.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `(\w+)` \| .*?(?:as `(--[\w-]+)`)? \|$", page, re.MULTILINE)
    assert shown == [(one.name, one.option) for one in SETTINGS if one.form is not Form.CLIENTS]


def test_every_page_is_led_to() -> None:
    page = (DOCS / "editors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(editors/([\w-]+\.md)\)", page)) == {one.name for one in PAGES[1:]}
