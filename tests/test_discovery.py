"""Which files are found under which paths, and what becomes of what cannot be looked at."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

from iac_imds_lint.discovery import discover
from iac_imds_lint.errors import UsageError
from iac_imds_lint.source import Problem


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A function that writes files into the empty working directory; a text may follow the path."""
    top = tmp_path / "tree"
    top.mkdir()
    monkeypatch.chdir(top)

    def write(*paths, **texts):
        for path in paths:
            place, _, text = path.partition("=")
            (top / place).parent.mkdir(parents=True, exist_ok=True)
            (top / place).write_text(text)
        return top

    return write


def found(*paths, **settings):
    discovery = discover(paths or ["."], **settings)
    assert discovery.problems == ()
    return list(discovery.files)


@pytest.mark.parametrize(
    "name",
    "main.tf main.tofu main.tf.json main.tofu.json stack.yaml stack.yml stack.json stack.template .hidden.tf".split(),
)
def test_a_candidate_by_its_suffix(tree, name):
    tree(name)
    assert found() == [name]


@pytest.mark.parametrize(
    "name", "main.tf.bak main.py terraform.tfvars main.tfstate README.md yaml tf main.TF Makefile .gitkeep".split()
)
def test_no_candidate_by_its_suffix(tree, name):
    tree(name)
    assert found() == []


@pytest.mark.parametrize(
    "name", ".git .hg .svn .terraform .terragrunt-cache .venv .tox node_modules __pycache__ .mypy_cache".split()
)
def test_directories_of_tools_are_left_out(tree, name):
    tree(f"{name}/a.tf", f"deep/{name}/b/c.tf", f"{name}.tf", "kept/d.tf")
    assert found() == sorted([f"{name}.tf", "kept/d.tf"])


@pytest.mark.parametrize("name", ["cdk.out", ".github", "build", "venv", "modules.tf"])
def test_other_directories_are_walked(tree, name):
    tree(f"{name}/a.tf")
    assert found() == [f"{name}/a.tf"]


def test_a_pruned_directory_may_be_named(tree):
    tree(".terraform/modules/a/main.tf")
    assert found(".terraform") == [".terraform/modules/a/main.tf"]


def test_files_come_sorted_and_once(tree):
    tree("b/z.tf", "b/a.tf", "a.tf", "c.yaml")
    everything = ["a.tf", "b/a.tf", "b/z.tf", "c.yaml"]
    assert found() == everything
    assert found("c.yaml", "b", ".", "b/z.tf", "./b//a.tf") == everything


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a", "a/main.tf"),
        ("./a/", "a/main.tf"),
        ("a/../a", "a/main.tf"),
        ("a/main.tf", "a/main.tf"),
        ("./a//main.tf", "a/main.tf"),
        ("../tree/a", "../tree/a/main.tf"),
    ],
)
def test_names_are_as_the_user_would_write_them(tree, path, shown):
    tree("a/main.tf")
    assert found(path) == [shown]
    assert found(path, os.path.abspath("a")) == [shown]


def test_absolute_stays_absolute(tree):
    top = tree("a/main.tf")
    assert found(str(top)) == [str(top / "a/main.tf")]


def test_named_files_are_taken_whatever_they_are(tree):
    tree(".gitignore=*.tf", "ignored.tf", "notes.txt", ".terraform/x.tf", "excluded.yaml")
    named = ["ignored.tf", "./notes.txt", ".terraform/x.tf", "excluded.yaml"]
    discovery = discover([".", *named], exclude=["*.yaml"])
    assert discovery.files == (".terraform/x.tf", "excluded.yaml", "ignored.tf", "notes.txt")
    assert discovery.explicit == frozenset(discovery.files)


def test_walked_files_are_not_explicit(tree):
    tree("a.tf", "b.tf")
    assert discover([".", "b.tf"]).explicit == {"b.tf"}
    assert discover(["."]).explicit == frozenset()


def test_nothing_found_is_no_problem(tree):
    tree("README.md")
    assert discover(["."]) == ((), (), frozenset(), (), ())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("modles", "no such path: modles (the nearest is modules)"),
        ("modules/mian.tf", "no such path: modules/mian.tf (the nearest is modules/main.tf)"),
        ("modlues/main.tf", "no such path: modlues/main.tf (the nearest is modules)"),
        ("modules/main.tf/x", "no such path: modules/main.tf/x (the nearest is modules/main.tf)"),
        ("prod.tfvars", "no such path: prod.tfvars"),  # Nothing here is like it: "modules" would say nothing.
        ("empty/x", "no such path: empty/x"),
    ],
)
def test_a_path_that_does_not_exist(tree, path, message):
    top = tree("modules/main.tf", "README.md")
    (top / "empty").mkdir()
    with pytest.raises(UsageError) as caught:
        discover(["modules", path])
    assert str(caught.value) == message


def test_a_path_that_cannot_exist(tree):
    assert discover(["a\0b"]).problems == (Problem("a\0b", "no path holds a NUL byte"),)


IGNORED = [
    ("*.tf", "a.tf sub/b.tf", "a.yaml sub/b.yaml"),
    ("/a.tf", "a.tf", "sub/a.tf"),
    ("build/", "build/a.tf sub/build/a.tf", "builds/a.tf"),
    ("build", "build/a.tf sub/build/c/a.tf", "build.tf"),
    ("sub/*.tf", "sub/a.tf", "a.tf sub/b/a.tf other/sub/a.tf"),
    ("**/gen/*.tf", "gen/a.tf x/gen/a.tf", "gen/x/a.tf"),
    ("gen/**", "gen/a.tf gen/b/c.tf", "x/gen/a.tf"),
    ("*.tf\n!keep.tf", "a.tf sub/a.tf", "keep.tf sub/keep.tf"),
    ("*\n!*/\n!*.tf", "a.yaml sub/b.json", "a.tf sub/deep/b.tf"),
    ("build/\n!build/keep.tf", "build/keep.tf", "keep.tf"),
    ("build/*\n!build/keep.tf", "build/a.tf build/b/keep.tf", "build/keep.tf"),
    ("!a.tf\na.tf", "a.tf", "b.tf"),
    ("# *.tf\n\n   \n", "", "a.tf"),
    ("\\#a.tf\n\\!b.tf", "#a.tf !b.tf", "a.tf b.tf"),
    ("a.tf  \nb.tf\\ ", "a.tf", "b.tf"),
    ("*.tf\r\n!keep.tf\r\n", "a.tf", "keep.tf"),
    ("[ab].tf\nc?.tf", "a.tf b.tf cd.tf", "c.tf d.tf"),
    ("!\n!/\n/\n[\n\\\na.tf", "a.tf", "b.tf"),
    ("\ufeffa.tf", "a.tf", "b.tf"),
    ("é/*.tf", "é/a.tf", "e/a.tf"),
]


@pytest.mark.parametrize(("patterns", "out", "kept"), IGNORED)
def test_an_ignore_file_says_what_it_says_to_git(tree, patterns, out, kept):
    top = tree(*out.split(), *kept.split())
    (top / ".gitignore").write_bytes(patterns.encode())
    assert found() == sorted(kept.split())
    assert found() == by_git()


@pytest.mark.parametrize(("patterns", "out", "kept"), IGNORED)
def test_excluded_by_the_settings(tree, patterns, out, kept):
    tree(*out.split(), *kept.split())
    lines = patterns.replace("\r", "").removeprefix("\ufeff").split("\n")
    assert found(exclude=lines) == sorted(kept.split())


def git(*arguments):
    setting = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.quotepath=off"]
    setting += ["-c", f"core.excludesFile={os.devnull}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", *setting, *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=environment).stdout


def by_git():
    """What Git would commit of the working directory, besides its own files."""
    git("init", "--quiet")
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(name for name in listed.split("\0") if name and not name.endswith(".gitignore"))


def test_nested_ignore_files_overrule_those_above(tree):
    tree(".gitignore=*.tf", "a.tf", "sub/.gitignore=!b.tf\n/deep/c.yaml", "sub/a.tf", "sub/b.tf", "sub/deep/b.tf")
    tree("sub/deep/c.yaml", "sub/deep/.gitignore=b.tf", "c.yaml")
    assert found() == ["c.yaml", "sub/b.tf"]
    assert found() == by_git()


def test_ignore_files_above_count_up_to_the_top_of_the_repository(tree):
    tree("../.gitignore=*.yaml", ".gitignore=a.tf\n/sub/b.tf", "sub/a.tf", "sub/b.tf", "sub/deep/a.tf", "sub/c.yaml")
    assert found("sub") == ["sub/a.tf", "sub/b.tf", "sub/c.yaml", "sub/deep/a.tf"]
    by_git()
    assert found("sub") == ["sub/c.yaml"]
    assert found("sub/deep") == []


def test_the_working_directory_may_be_below_the_top_of_the_repository(tree, monkeypatch):
    tree(".gitignore=/sub/a.tf", "sub/a.tf", "sub/b.tf")
    by_git()
    monkeypatch.chdir("sub")
    assert found() == ["b.tf"]
    assert found("..") == ["../sub/b.tf"]


@pytest.mark.parametrize("pattern", ["vendor", "vendor/", "/vendor/inner", "*"])
def test_an_ignored_directory_may_be_named(tree, pattern):
    tree(f".gitignore={pattern}", "vendor/inner/.gitignore=c.tf", "vendor/inner/b.tf", "vendor/inner/c.tf")
    by_git()
    assert found() == []
    assert found("vendor/inner") == ["vendor/inner/b.tf"]


def test_the_exclude_file_of_the_repository(tree):
    top = tree("a.tf", "sub/b.tf", "sub/c.tf", "sub/.gitignore=!c.tf")
    by_git()
    (top / ".git/info/exclude").write_text("/sub/*.tf\n")
    assert found() == ["a.tf", "sub/c.tf"] == by_git()


def test_the_exclude_file_of_a_linked_work_tree(tree, monkeypatch):
    top = tree("a.tf", "b.tf")
    by_git()
    git("add", "a.tf", "b.tf")
    git("commit", "--quiet", "-m", "x")
    git("worktree", "add", "--quiet", "../linked")
    (top / ".git/info/exclude").write_text("b.tf\n")
    monkeypatch.chdir("../linked")
    assert found() == ["a.tf"]


def test_rules_end_where_another_repository_begins(tree, monkeypatch):
    top = tree(".gitignore=a.tf", "other/a.tf", "other/b.tf", "a.tf")
    by_git()
    monkeypatch.chdir(top / "other")
    by_git()
    monkeypatch.chdir(top)
    assert found() == ["other/a.tf", "other/b.tf"]


def test_exclude_stands_in_its_root(tree):
    top = tree("a/x.tf", "b/a/x.tf", "b/x.tf")
    assert found(exclude=["/a/"]) == ["b/a/x.tf", "b/x.tf"]
    assert found(exclude=["/a/"], exclude_root=str(top / "b")) == ["a/x.tf", "b/x.tf"]
    assert found("b", exclude=["b/x.tf"]) == ["b/a/x.tf"]
    assert found("b", exclude=["*.tf"], exclude_root="a") == ["b/a/x.tf", "b/x.tf"]
    assert found("b", exclude=["b/"]) == ["b/a/x.tf", "b/x.tf"]


def test_exclude_overrules_ignore_files(tree):
    tree(".gitignore=*.yaml\n!b.tf", "a.tf", "b.tf", "c.yaml", "d.yaml", "sub/.gitignore=!d.yaml", "sub/d.yaml")
    assert found(exclude=["b.tf", "!c.yaml"]) == ["a.tf", "c.yaml", "sub/d.yaml"]


def test_an_ignore_file_that_is_a_directory_says_nothing(tree):
    tree("a.tf", ".gitignore/b.tf")
    assert found() == [".gitignore/b.tf", "a.tf"]


def test_pathspec_is_imported_for_ignore_files_alone(tree):
    tree("a/main.tf", "b/.gitignore=main.tf", "b/main.tf", "c/.gitignore=# nothing\n")
    code = (
        "import sys; from iac_imds_lint.discovery import discover; discover([{!r}]); print('pathspec' in sys.modules)"
    )
    for path, expected in (("a", "False"), ("a/main.tf", "False"), ("c", "False"), ("b", "True")):
        command = [sys.executable, "-c", code.format(path)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        assert done.stdout.strip() == expected, path


def test_a_link_to_a_file_is_a_file(tree):
    top = tree("shared/versions.tf", "notes.txt", "a/main.tf")
    (top / "a/versions.tf").symlink_to("../shared/versions.tf")
    (top / "a/notes.tf").symlink_to("../notes.txt")
    (top / "a/main.txt").symlink_to("main.tf")
    assert found() == ["a/main.tf", "a/notes.tf", "a/versions.tf", "shared/versions.tf"]


def test_a_linked_directory_is_walked_once_and_under_its_own_name(tree):
    top = tree("z/real/main.tf", "a/b.tf")
    (top / "a/link").symlink_to("../z/real")
    (top / "a/another").symlink_to("../z/real")
    assert found() == ["a/b.tf", "z/real/main.tf"]
    assert found("a") == ["a/another/main.tf", "a/b.tf"]


def test_a_linked_directory_may_be_named(tree):
    top = tree("real/main.tf")
    (top / "link").symlink_to("real")
    assert found("link") == ["link/main.tf"]


@pytest.mark.parametrize("target", [".", "..", "../..", "a", "/"])
def test_loops_are_left_out(tree, target):
    top = tree("a/b/main.tf")
    (top / "a/b/loop").symlink_to(target)
    (top / "a/b/a").symlink_to("../../a")
    assert found() == ["a/b/main.tf"]
    assert found("a/b") == ["a/b/main.tf"]


def test_two_linked_directories_that_lead_to_each_other(tree):
    top = tree("a/main.tf", "../x/x.tf", "../y/y.tf")
    (top / "../x/y").symlink_to("../y")
    (top / "../y/x").symlink_to("../x")
    (top / "a/x").symlink_to("../../x")
    (top / "../.git").mkdir()
    assert found() == ["a/main.tf", "a/x/x.tf", "a/x/y/y.tf"]


def test_a_link_out_of_the_project_is_not_followed_and_said(tree):
    top = tree("a/main.tf", "b/main.tf", "../secret/x.tf", "../file.tf")
    (top / "a/dir").symlink_to("../../secret")
    (top / "a/linked.tf").symlink_to("../../file.tf")
    (top / "a/inside").symlink_to("../b")
    assert discover(["."]).files == ("a/main.tf", "b/main.tf")
    assert discover(["."]).outside == ("a/dir", "a/linked.tf")
    assert discover(["a/linked.tf"]).files == ("a/linked.tf",), "what is named is taken"


@pytest.mark.parametrize("name", [".git", "node_modules", ".terraform"])
def test_links_are_left_out_by_name_too(tree, name):
    top = tree("../elsewhere/a.tf", "b.tf")
    (top / name).symlink_to("../elsewhere")
    assert found() == ["b.tf"]


@pytest.mark.parametrize("name", ["gone.tf", "gone.yaml", "gone.cfn"])
def test_a_broken_link_is_a_problem(tree, name):
    top = tree("sub/a.tf")
    (top / "sub" / name).symlink_to("nowhere")
    problem = Problem(f"sub/{name}", "broken symbolic link to nowhere")
    assert discover(["."]) == (("sub/a.tf",), (problem,), frozenset(), (), ())
    assert discover([".", f"sub/{name}", "sub/a.tf"]).problems == (problem,)


@pytest.mark.parametrize("name", ["gone.txt", "latest", ".#main.tf", "ignored.tf", ".venv"])
def test_a_broken_link_that_nobody_would_read_is_none(tree, name):
    top = tree("a.tf", ".gitignore=ignored.tf")
    (top / name).symlink_to("nowhere")
    assert found() == ["a.tf"]


def test_a_link_to_itself_is_a_problem(tree):
    top = tree("a.tf")
    (top / "self.tf").symlink_to("self.tf")
    discovery = discover(["."])
    assert discovery.files == ("a.tf",)
    assert [problem.path for problem in discovery.problems] == ["self.tf"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: socket.socket(socket.AF_UNIX).bind(path)])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_special_files_are_never_taken(tree, make):
    top = tree("a.tf")
    make("pipe.tf")
    (top / "link.tf").symlink_to("pipe.tf")
    assert found() == ["a.tf"]
    (problem,) = discover(["pipe.tf", "a.tf"]).problems
    assert problem.path == "pipe.tf"
    assert problem.reason in ("not a regular file but a named pipe", "not a regular file but a socket")


def test_a_device_is_not_read(tree):
    tree("a.tf")
    assert discover([os.devnull]).problems == (Problem(os.devnull, "not a regular file but a device"),)


def refuse(monkeypatch, name, error):
    """Have ``os.scandir`` fail for directories of that name, as it does for users who are not root."""
    scandir = os.scandir

    def scan(path):
        if os.path.basename(path) == name:
            raise error
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "directory not listed: Permission denied"),
        (FileNotFoundError(2, "No such file or directory"), "directory not listed: No such file or directory"),
        (OSError("odd"), "directory not listed: odd"),
    ],
)
def test_a_directory_that_cannot_be_listed_is_a_problem(tree, monkeypatch, error, reason):
    tree("closed/a.tf", "open/b.tf")
    refuse(monkeypatch, "closed", error)
    assert discover(["."]) == (("open/b.tf",), (Problem("closed", reason),), frozenset(), (), ())
    assert discover(["closed", "open"]).problems == (Problem("closed", reason),)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list everything")
def test_a_directory_without_permission_is_a_problem(tree):
    top = tree("closed/a.tf", "open/b.tf")
    (top / "closed").chmod(0)
    try:
        discovery = discover(["."])
    finally:
        (top / "closed").chmod(0o755)
    assert discovery.files == ("open/b.tf",)
    assert discovery.problems == (Problem("closed", "directory not listed: Permission denied"),)


def test_an_ignore_file_that_cannot_be_read_is_a_problem(tree):
    top = tree("a.tf")
    (top / ".gitignore").symlink_to(".gitignore")
    discovery = discover(["."])
    assert discovery.files == ("a.tf",)
    assert [os.path.basename(problem.path) for problem in discovery.problems] == [".gitignore"]


def test_names_that_are_not_utf8(tree):
    name = os.fsdecode(b"\xff\xe9.tf")
    try:
        tree(name, ".gitignore=b.tf")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert found() == [name]


def test_a_deep_tree(tree):
    top = tree()
    deep = "/".join(["d"] * 400)
    (top / deep).mkdir(parents=True)
    (top / deep / "a.tf").write_text("")
    try:
        assert found() == [f"{deep}/a.tf"]
    finally:
        shutil.rmtree(top / "d", ignore_errors=True)
