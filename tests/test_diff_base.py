"""``--diff-base``: real repositories, what changed in them, and which findings are told of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
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
    Case(
        "a copy behind the resource, which git takes for rows in its middle",
        {"main.tf": instance("b").replace("\n}\n", '\n\n\n  tags = {\n    x = "y"\n  }\n}')},
        {
            "main.tf": instance("b").replace("\n}\n", '\n\n\n  tags = {\n    x = "y"\n  }\n}')
            + "\n\n"
            + instance("a").replace("\n}\n", '\n\n\n  tags = {\n    x = "y"\n  }\n}\n')
        },
        [two()],
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
    Case("only blank lines", {"main.tf": instance("a")}, {"main.tf": instance("a", before="\n\n")}, []),
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
            ("IMDS002", "mod/main.tf", "module.m.aws_instance.a"),
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
        [("IMDS006", "asg.tf", "aws_autoscaling_group.g"), ("IMDS002", "lt.tf", "aws_launch_template.t")],
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
    Case(
        "a file that gets a newline at its end, and holds what looks like a patch",
        {"a.tf": "x = <<EOF\n@@ -1 +1 @@\nEOF", "main.tf": instance("a")},
        {"a.tf": "x = <<EOF\n@@ -1 +1 @@\n++ b/main.tf\n@@ -1,9 +1,9 @@\nEOF\n"},
        [],
    ),
    Case(
        "a row that had no newline becomes what looks like the name of another file",
        {"a.tf": "# b", "main.tf": instance("a")},
        {"a.tf": "++ b/main.tf", "main.tf": instance("a") + "\n"},
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


OLD = instance("old")
FOUND = [("IMDS002", "new.tf", "aws_instance.a")]


@pytest.fixture
def branched(tmp_path: Path) -> Repository:
    """A repository with an old finding on main, and a new one on the branch that is checked out."""
    repository = Repository(tmp_path / "top")
    repository.commit({"old.tf": OLD})
    repository.git("checkout", "-q", "-b", "work")
    repository.commit({"new.tf": instance("a")})
    return repository


def test_the_base_is_where_the_branch_was_left(branched: Repository) -> None:
    """What main did since then is no change of the branch."""
    branched.git("checkout", "-q", "main")
    branched.commit({"old.tf": OLD.replace("def0", "def1"), "main.tf": instance("m")})
    branched.git("checkout", "-q", "work")
    assert checked(branched.top, "--diff-base", "main")[1] == FOUND


def test_nothing_new_is_a_clean_run(branched: Repository) -> None:
    ran, found = checked(branched.top, "--diff-base", "HEAD")
    assert (ran.status, found) == (0, [])


def _as_it_is(one: Repository) -> Path:
    return one.top


def _detached(one: Repository) -> Path:
    one.git("checkout", "-q", "--detach")
    return one.top


def _linked_worktree(one: Repository) -> Path:
    one.git("worktree", "add", "-q", "--detach", "../linked")
    return one.top.parent / "linked"


def _merge_commit(one: Repository) -> Path:
    """As GitHub's refs/pull/N/merge, whose first parent is the target."""
    one.git("checkout", "-q", "--detach", "main")
    one.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    return one.top


def _configured(one: Repository) -> Path:
    for name, value in (
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.external", "false"),
        ("diff.relative", "true"),
        ("diff.context", "10"),
        ("diff.interHunkContext", "20"),
        ("color.ui", "always"),
        ("core.quotePath", "false"),
        ("diff.renames", "false"),
    ):
        one.git("config", name, value)
    return one.top


def _attributes(one: Repository) -> Path:
    one.git("config", "diff.mine.textconv", "true")
    one.git("config", "diff.other.command", "false")
    one.write({".gitattributes": "*.tf diff=mine\nold.tf -diff\nnew.tf diff=other\n"})
    return one.top


def _converted(one: Repository) -> Path:
    """Line ends are converted on the way into git, and the files have others than its objects."""
    one.git("config", "core.autocrlf", "true")
    one.write({"old.tf": OLD.replace("\n", "\r\n")})
    return one.top


def _shallow(one: Repository) -> Path:
    """Both ends are there, and what lies between them."""
    clone = one.top.parent / "clone"
    one.git("clone", "-q", "--depth", "3", "--no-single-branch", one.top.as_uri(), str(clone))
    subprocess.run(("git", "branch", "main", "origin/main"), cwd=clone, check=True, capture_output=True)
    return clone


def _staged(one: Repository) -> Path:
    one.git("reset", "-q", "--soft", "main")
    return one.top


@pytest.mark.parametrize(
    "made",
    [
        *(_as_it_is, _detached, _linked_worktree, _merge_commit, _configured, _attributes, _converted, _shallow),
        _staged,
    ],
)
def test_however_the_repository_is(made: Callable[[Repository], Path], branched: Repository) -> None:
    ran, found = checked(made(branched), "--diff-base", "main")
    assert found == FOUND, ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell's")
def test_no_program_of_the_repository_watches_for_git(branched: Repository, tmp_path: Path) -> None:
    watcher = tmp_path / "watcher"
    watcher.write_text("#!/bin/sh\ntouch ran\n")
    watcher.chmod(0o755)
    branched.git("config", "core.fsmonitor", str(watcher))
    assert checked(branched.top, "--diff-base", "main")[1] == FOUND
    assert not (branched.top / "ran").exists()


def test_a_subdirectory(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a/old.tf": OLD, "b/old.tf": OLD})
    repository.commit({"a/new.tf": instance("a"), "b/new.tf": instance("a")})
    assert checked(tmp_path / "a", "--diff-base", "HEAD~1")[1] == FOUND
    up = [("IMDS002", os.path.join("..", "b", "new.tf"), "aws_instance.a")]
    assert checked(tmp_path / "a", "--diff-base", "HEAD~1", "../b")[1] == up
    absolute = [("IMDS002", str(tmp_path / "b" / "new.tf"), "aws_instance.a")]
    assert checked(tmp_path / "a", "--diff-base", "HEAD~1", str(tmp_path / "b"))[1] == absolute


def test_the_path_decides_which_repository(branched: Repository, tmp_path: Path) -> None:
    expected = [("IMDS002", os.path.join("top", "new.tf"), "aws_instance.a")]
    assert checked(tmp_path, "--diff-base", "main", "top")[1] == expected


def test_git_dir_in_the_environment(branched: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git sets it for a hook: relative to the top."""
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert checked(branched.top, "--diff-base", "main")[1] == FOUND


def test_a_file_that_git_ignores_is_all_new_where_it_is_named(branched: Repository) -> None:
    branched.commit({".gitignore": "plan*.tf\n"})
    branched.write({"plan.tf": instance("p")})
    assert checked(branched.top, "--diff-base", "HEAD")[1] == []
    assert checked(branched.top, "--diff-base", "HEAD", "plan.tf")[1] == [("IMDS002", "plan.tf", "aws_instance.p")]


def test_what_git_ignores_is_all_new_where_its_directory_is_named(branched: Repository, tmp_path: Path) -> None:
    """As cdk.out is; its files have no earlier version that could have had the same findings."""
    branched.commit({".gitignore": "out/\n"})
    branched.write({"out/a/t.yaml": "Resources:\n  Web: {Type: AWS::EC2::Instance}\n"})
    found = [("IMDS001", "out/a/t.yaml", "Web")]
    assert checked(branched.top, "--diff-base", "HEAD", "out")[1] == found
    assert checked(branched.top, "--diff-base", "HEAD", "out/a", ".")[1] == found
    assert checked(branched.top, "--diff-base", "HEAD")[1] == []


def test_what_git_alone_ignores_is_all_new(branched: Repository, tmp_path: Path) -> None:
    """By patterns of the user's own, which the linter does not read."""
    (tmp_path / "ignored").write_text("mine.tf\n")
    branched.git("config", "core.excludesFile", str(tmp_path / "ignored"))
    branched.write({"mine.tf": instance("p")})
    assert checked(branched.top, "--diff-base", "HEAD")[1] == [("IMDS002", "mine.tf", "aws_instance.p")]


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="file names are Unicode there")
def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    name = os.fsdecode(b"\xff.tf")
    repository.commit({"main.tf": "", name: OLD})
    repository.commit({name: OLD + instance("a")})
    command = (sys.executable, "-m", "iac_imds_lint", "check", "--diff-base", "HEAD~1", "--output-format", "concise")
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout
    assert out.startswith(b"\\xff.tf:12:")
    assert out.count(b"IMDS002") == 1


def test_a_link_is_judged_by_what_it_leads_to(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"real/main.tf": OLD})
    (tmp_path / "link").symlink_to("real")
    repository.commit({})
    repository.commit({"real/main.tf": OLD + instance("a")})
    found = [("IMDS002", "link/main.tf", "aws_instance.a")]
    assert checked(tmp_path, "--diff-base", "HEAD~1", "link")[1] == found


def test_a_file_with_an_unresolved_conflict_is_judged_as_it_stands(branched: Repository) -> None:
    """Git does not say which rows of it are written: all of them are."""
    branched.git("checkout", "-q", "-b", "other", "main")
    branched.commit({"new.tf": instance("b")})
    branched.git("merge", "-q", "work", check=False)
    branched.write({"new.tf": instance("a"), "old.tf": OLD})
    assert checked(branched.top, "--diff-base", "work")[1] == FOUND


def test_a_submodule_is_passed_over_and_told(tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    inner.commit({"main.tf": OLD})
    outer = Repository(tmp_path / "outer")
    outer.commit({"main.tf": OLD})
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.top.as_uri(), "sub")
    outer.commit({})
    Repository(outer.top / "sub").commit({"new.tf": instance("a")})
    ran, found = checked(outer.top, "--diff-base", "HEAD")
    assert found == []
    assert "--diff-base: another commit of the submodule sub is not compared\n" in ran.err


def test_what_was_not_judged_before_either_does_not_fail_the_run(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"bad.tf": 'resource "aws_instance" {{{\n', "worse.tf": "\x00 aws_instance\n"})
    repository.write({"main.tf": instance("a", REQUIRED)})
    ran, found = checked(tmp_path, "--diff-base", "HEAD")
    assert (ran.status, found) == (0, [])
    assert "(the change does not touch it)" in ran.err
    assert "worse.tf: not text" in ran.err


def test_only_what_the_change_touched_is_repaired(branched: Repository) -> None:
    ran = run(branched.top, "check", "--fix", "--diff-base", "main", "--output-format", "concise")
    assert (branched.top / "new.tf").read_text() == instance("a", REQUIRED)
    assert (branched.top / "old.tf").read_text() == OLD
    assert (ran.status, ran.out) == (0, b"")


def test_a_patch_of_what_the_change_touched(branched: Repository) -> None:
    branched.write({"old.tf": OLD + instance("b")})
    ran = run(branched.top, "check", "--diff", "--diff-base", "main")
    changed = [line for line in ran.out.decode().splitlines() if line.startswith(("+++", "---", "@@"))]
    assert changed == [
        "--- a/new.tf",
        "+++ b/new.tf",
        "@@ -2,6 +2,6 @@",
        "--- a/old.tf",
        "+++ b/old.tf",
        "@@ -9,6 +9,6 @@",
    ]
    assert (branched.top / "new.tf").read_text() == instance("a")


def test_a_rule_that_is_selected_now_finds_nothing_old(branched: Repository) -> None:
    """The configuration is the one of now, for before as well."""
    branched.commit({".iac-imds-lint.toml": 'ignore = ["IMDS002"]\n'})
    branched.write({".iac-imds-lint.toml": None})
    assert checked(branched.top, "--diff-base", "HEAD")[1] == []


class Refused(NamedTuple):
    """What is wrong, and what is said of it."""

    why: str
    made: Callable[[Repository], Path]
    revision: str
    said: str
    paths: tuple[str, ...] = ()


def _nowhere(one: Repository) -> Path:
    there = one.top.parent / "nowhere"
    there.mkdir()
    return there


def _empty(one: Repository) -> Path:
    return Repository(one.top.parent / "empty").top


def _bare(one: Repository) -> Path:
    one.git("clone", "-q", "--bare", str(one.top), "../bare")
    return one.top.parent / "bare"


def _remote(one: Repository) -> Path:
    one.git("clone", "-q", "--branch", "work", "--single-branch", str(one.top), "../clone")
    return one.top.parent / "clone"


def _one_commit(one: Repository) -> Path:
    one.git("clone", "-q", "--branch", "work", "--depth", "1", one.top.as_uri(), "../clone")
    return one.top.parent / "clone"


def _too_shallow(one: Repository) -> Path:
    one.git("checkout", "-q", "main")
    one.commit({"more.tf": instance("m")})
    one.git("checkout", "-q", "work")
    one.git("clone", "-q", "--depth", "1", "--no-single-branch", one.top.as_uri(), "../clone")
    return one.top.parent / "clone"


def _orphan(one: Repository) -> Path:
    one.git("checkout", "-q", "--orphan", "alone")
    one.commit({})
    return one.top


HASH = "0123456789" * 4
REFUSED = [
    Refused("no repository", _nowhere, "main", "{top} is in no git repository"),
    Refused(
        "no commit",
        _empty,
        "main",
        "this repository has no commit yet, so that there is nothing to compare with",
    ),
    Refused("no work tree", _bare, "main", "{top} is in no work tree of a git repository"),
    Refused("an unknown branch", _as_it_is, "mian", "git knows no revision 'mian' (the nearest is main)"),
    Refused("an option", _as_it_is, "--output=x", "git knows no revision '--output=x' (the nearest is work)"),
    Refused("nothing", _as_it_is, "", "git knows no revision '' (the nearest is main)"),
    Refused("a NUL byte", _as_it_is, "a\0b", "git cannot be run: embedded null byte"),
    Refused("a range", _as_it_is, "main..work", "main..work is a range: name the one revision to compare with"),
    Refused("a file", _as_it_is, "HEAD:new.tf", "git knows no revision 'HEAD:new.tf' (the nearest is main)"),
    Refused(
        "a branch of a remote that was not fetched",
        _remote,
        "origin/main",
        "git knows no revision 'origin/main' (the nearest is origin/HEAD); fetch it: "
        "git fetch origin main:refs/remotes/origin/main",
    ),
    Refused(
        "the same in a shallow clone",
        _one_commit,
        "origin/main",
        "git knows no revision 'origin/main' (the nearest is origin/HEAD); fetch it: "
        "git fetch origin main:refs/remotes/origin/main; with actions/checkout, set fetch-depth: 0",
    ),
    Refused(
        "a commit that was not fetched",
        _remote,
        HASH,
        f"git knows no revision '{HASH}'; fetch it: git fetch origin {HASH}",
    ),
    Refused(
        "a clone that is too shallow",
        _too_shallow,
        "origin/main",
        "this clone is shallow and does not reach the commit at which HEAD left origin/main: "
        "run git fetch --deepen=1000 or git fetch --unshallow; with actions/checkout, set fetch-depth: 0",
    ),
    Refused("no commit in common", _orphan, "main", "HEAD and main have no commit in common"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case.why for case in REFUSED])
def test_what_cannot_be_compared(case: Refused, branched: Repository) -> None:
    top = case.made(branched)
    ran = run(top, "check", "--diff-base", case.revision)
    assert (ran.status, ran.out, ran.err) == (2, b"", f"Error: --diff-base: {case.said.format(top=top)}\n")


def test_a_path_of_another_repository(branched: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"main.tf": OLD})
    ran = run(branched.top, "check", "--diff-base", "main", ".", "../other")
    assert ran.err == f"Error: --diff-base compares one repository, and ../other is not in {branched.top}\n"
    assert ran.status == 2


def test_without_git(branched: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ran = run(branched.top, "check", "--diff-base", "main")
    assert ran.err == "Error: --diff-base asks git, and there is no git on the PATH: install it\n"
    assert ran.status == 2


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user(branched: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.delenv("SUDO_UID", raising=False)
    for path in (branched.top, branched.top / ".git"):
        os.chown(path, 12345, 12345)
    ran = run(branched.top, "check", "--diff-base", "main")
    assert ran.err == (
        "Error: --diff-base: git refuses to read this repository, for it belongs to another user; if you trust it, run "
        f"git config --global --add safe.directory {branched.top}\n"
    )
    assert ran.status == 2
