"""Patches: both ``git apply`` and ``patch -p1`` make of them, byte for byte, what ``--fix`` would write."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from iac_imds_lint.output import patch
from iac_imds_lint.output.differing import Piece, differing
from iac_imds_lint.source import SourceFile
from tests.shell import run, tree

INSTANCE = 'resource "aws_instance" "x" {\n  ami = "ami-0123456789abcdef0"\n}\n'
FIXED = (
    'resource "aws_instance" "x" {\n  ami = "ami-0123456789abcdef0"\n\n'
    '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
)
# Neither a hook that runs the tests nor the user's settings have a say.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
TOOLS = {"git": ("git", "apply", "-"), "patch": ("patch", "-s", "-p1")}


def applied(tool: str, directory: Path, text: bytes) -> None:
    """Have a tool apply a patch; a tool that is not on this machine leaves the test out, and says so."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not on this machine")
    made = subprocess.run(TOOLS[tool], input=text, cwd=directory, env=ENVIRONMENT, capture_output=True, check=False)
    assert (made.returncode, made.stdout + made.stderr) == (0, b""), text.decode()


def agrees(tool: str, top: Path, arguments: Sequence[str] = (".",), here: str = ".") -> bytes:
    """The patch, applied by a tool in a copy, gives what ``--fix`` gives in another."""
    patched, fixed = (top.parent / f"{top.name}-{word}" for word in ("patched", "fixed"))
    for copy in (patched, fixed):
        shutil.copytree(top, copy, symlinks=True)
    out = run(patched / here, "check", "--diff", *arguments).out
    run(fixed / here, "check", "--fix", *arguments)
    assert tree(fixed) != tree(top), "the case changes something"
    applied(tool, patched / here, out)
    assert tree(patched) == tree(fixed)
    return out


def repository(top: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not on this machine")
    subprocess.run(("git", "init", "-q", "."), cwd=top, env=ENVIRONMENT, check=True)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top").mkdir()
    return tmp_path / "top"


CONTENTS = {
    "plain": INSTANCE.encode(),
    "no newline at the end": INSTANCE[:-1].encode(),
    "the change is at the end, without a newline": b'resource "aws_instance" "x" {}',
    "carriage returns": INSTANCE.replace("\n", "\r\n").encode(),
    "carriage returns, and none at the end": INSTANCE.replace("\n", "\r\n").encode()[:-2],
    "both newlines": b"# one\r\n# two\n" + INSTANCE.replace("\n", "\r\n").encode() + b"# three\n",
    "a byte order mark": b"\xef\xbb\xbf" + INSTANCE.encode(),
    "characters that other readers end a line at": "# a\x0cb\x0bc\x1cd\x85e\u2028f\u2029g\n".encode()
    + INSTANCE.encode(),
    "a carriage return inside of a line": b"# a\rb\n" + INSTANCE.encode(),
    "a comment that looks like a header": b"/*\n-- a/main.tf\n++ b/main.tf\n@@ -1 +1 @@\n*/\n" + INSTANCE.encode(),
    "other languages": "# 日本語 🎉\n".encode() + INSTANCE.encode(),
    "a tab": INSTANCE.replace("  ", "\t").encode(),
    "two findings far apart": INSTANCE.encode() + b"#\n" * 40 + INSTANCE.replace('"x"', '"y"').encode(),
    "two findings so near that their lines meet": INSTANCE.encode()
    + b"#\n" * 3
    + INSTANCE.replace('"x"', '"y"').encode(),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_patch_of_any_content_applies(content: str, tool: str, top: Path) -> None:
    (top / "main.tf").write_bytes(CONTENTS[content])
    agrees(tool, top)


NAMES = [
    "a b.tf", " leading.tf", "trailing .tf", "two  blanks.tf", "tab\there.tf", 'quo"te.tf', "apo'strophe.tf",
    "back\\slash.tf", "\\n.tf", "-p0.tf", "--diff.tf", "żółć.tf", "日本 語.tf", "no\u00a0break.tf", "bell\x07.tf",
    "escape\x1b[31m.tf", "return\r.tf", "del\x7f.tf", "dev/null.tf", "a/b/c.tf", "b/b/b.tf", "a b/c d.tf", "$HOME.tf",
    "x 2020-01-01 00:00:00 +0000.tf", "-d/x.tf", "{a}.tf", "#.tf", "line\u2028separator.tf",
]  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_patch_of_any_name_applies(name: str, tool: str, top: Path) -> None:
    path = top / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(INSTANCE)
    agrees(tool, top)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_name_that_is_no_utf_8_is_taken(tool: str, top: Path) -> None:
    """The name goes through the patch as the bytes that it is."""
    name = os.fsdecode(b"caf\xe9.tf")
    try:
        (top / name).write_text(INSTANCE)
    except OSError:
        pytest.skip("this file system takes no such name")
    pair = SourceFile(str(top / name), INSTANCE), SourceFile(str(top / name), FIXED)
    before = os.getcwd()
    os.chdir(top)
    try:
        text = patch.render([pair])
    finally:
        os.chdir(before)
    assert '--- "a/caf\\351.tf"\n' in text
    applied(tool, top, text.encode())
    assert (top / name).read_text() == FIXED


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["."], "the directory"),
        (["./main.tf"], "with a step that goes nowhere"),
        (["sub/../main.tf"], "there and back"),
        (["../top/main.tf"], "up and down again"),
        (["{top}"], "absolute"),
        (["{top}/main.tf"], "an absolute file"),
        (["{top}/../linked/main.tf"], "through a link to the directory"),
    ],
)
def test_however_a_file_is_named(arguments: list[str], why: str, tool: str, top: Path) -> None:
    (top / "main.tf").write_text(INSTANCE)
    (top / "sub").mkdir()
    (top.parent / "linked").symlink_to("top")
    before = os.getcwd()
    out = run(top, "check", "--diff", *(argument.format(top=top) for argument in arguments)).out
    assert os.getcwd() == before
    assert out.startswith(b"--- a/main.tf\n+++ b/main.tf\n@@ -1,3 +1,8 @@\n"), why
    applied(tool, top, out)
    assert (top / "main.tf").read_text() == FIXED


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("here", "file"),
    [
        ("sub", "sub/main.tf"),
        ("sub", "sub/sub/main.tf"),
        ("sub", "sub/sub/sub/main.tf"),
        ("a", "a/main.tf"),
        ("a", "a/a/main.tf"),
        ("b", "b/main.tf"),
        ("b", "b/b/main.tf"),
        ("a/x", "a/x/x/main.tf"),
        ("a/x", "a/x/a/x/main.tf"),
        ("b/x", "b/x/x/main.tf"),
        ("b/x", "b/x/b/x/main.tf"),
        ("b/b", "b/b/b/main.tf"),
        ("b/b", "b/b/b/b/main.tf"),
        ("x/x", "x/x/x/x/main.tf"),
        ("x/y", "x/y/x/y/main.tf"),
        ("x y", "x y/x y/main.tf"),
    ],
)
def test_in_a_directory_of_a_repository(here: str, file: str, tool: str, top: Path) -> None:
    """git guesses how many directories to strip by the one that it is run in (guess_p_value in its apply.c)."""
    repository(top)
    (top / file).parent.mkdir(parents=True)
    (top / file).write_text(INSTANCE)
    (top / here / "zz.tf").write_text(INSTANCE.replace('"x"', '"y"'))
    out = agrees(tool, top, here=here)
    assert out.count(b"\n+++ ") == 2


@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_behind_a_link_is_patched_where_it_is(tool: str, top: Path) -> None:
    """Neither tool follows a link: a patch names what it leads to, once."""
    (top / "real").mkdir()
    (top / "real/main.tf").write_text(INSTANCE)
    (top / "one").mkdir()
    (top / "one/main.tf").symlink_to("../real/main.tf")
    (top / "two").symlink_to("real")
    out = agrees(tool, top)
    assert out.count(b"+++ ") == 1
    out = run(top, "check", "--diff", "two/main.tf").out
    assert out.startswith(b"--- a/real/main.tf\n")


@pytest.mark.parametrize(
    ("name", "here", "reason", "why"),
    [
        ("a\nb.tf", ".", "patch takes no name that holds a line feed", "GNU patch reads no further"),
        ("main.tf", "sub", "which reaches what is below the working directory: run this in {top}", "both refuse ../"),
    ],
)
def test_what_a_patch_cannot_name_is_not_in_it(name: str, here: str, reason: str, why: str, top: Path) -> None:
    repository(top)
    (top / "sub").mkdir()
    (top / name).write_text(INSTANCE)
    (top / "sub/other.tf").write_text(INSTANCE)
    ran = run(top / here, "check", "--diff", str(top))
    assert ran.out.count(b"\n+++ b/") == 1, why
    assert b"other.tf" in ran.out
    assert reason.format(top=top) in ran.err
    assert (
        ran.status,
        "1 finding would be fixed, 1 left in 2 files, with a fix that was not applied." in ran.err,
    ) == (3, True)


def test_two_thousand_findings_in_one_file_take_no_time(top: Path) -> None:
    """difflib takes longer than ten seconds for such a file."""
    before = "".join(
        INSTANCE.replace('"x"', f'"x{n}"').replace("}", '  key = "value"\n' * 15 + "}") for n in range(2000)
    )
    after = before.replace("}\n", FIXED.partition('"\n')[2])
    started = time.process_time()
    text = patch.render([(SourceFile("main.tf", before), SourceFile("main.tf", after))])
    took = time.process_time() - started
    assert len(before) > 600_000
    assert text.count("\n@@ ") == 2000
    assert took < 5
    for tool in TOOLS:
        (top / "main.tf").write_text(before)
        applied(tool, top, text.encode())
        assert (top / "main.tf").read_text() == after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a"] * 20_000, ["a"] * 10_000 + ["b"] + ["a"] * 10_000),
        (["a", "b"] * 20_000, ["b", "a", "c"] * 20_000),
        ([str(n) for n in range(30_000)], [str(n) for n in reversed(range(30_000))]),
        ([str(n // 2) for n in range(40_000)], [str(n // 3) for n in range(40_000)]),
        ([str(n * n % 9973) for n in range(40_000)], [str(n * n % 9967) for n in range(40_000)]),
    ],
    ids=["one line over and over", "two lines", "turned round", "doubled and tripled", "scattered"],
)
def test_texts_that_have_little_to_go_by_take_no_time(old: list[str], new: list[str]) -> None:
    started = time.process_time()
    pieces = differing(old, new)
    assert time.process_time() - started < 5
    assert rebuilt(old, new, pieces) == new


def rebuilt(old: Sequence[str], new: Sequence[str], pieces: Sequence[Piece]) -> list[str]:
    """The old lines with every piece put in its place."""
    made: list[str] = []
    at = 0
    for piece in pieces:
        made += [*old[at : piece.old_start], *new[piece.new_start : piece.new_end]]
        at = piece.old_end
    return [*made, *old[at:]]


def test_differing_texts_come_together_again() -> None:
    drawn = random.Random(5)
    for _ in range(3000):
        size = drawn.randrange(1, 30)
        old, new = (
            [drawn.choice("abcdefgh")[: drawn.randrange(2)] for _ in range(drawn.randrange(size))] for _ in "12"
        )
        pieces = differing(old, new)
        assert rebuilt(old, new, pieces) == new
        assert all(old[p.old_start : p.old_end] != new[p.new_start : p.new_end] for p in pieces)


@pytest.mark.parametrize(
    ("old", "new", "expected", "why"),
    [
        ("abc", "abc", [], "nothing differs"),
        ("", "a", [(0, 0, 0, 1)], "all is new"),
        ("a", "", [(0, 1, 0, 0)], "all is gone"),
        ("axc", "ayc", [(1, 2, 1, 2)], "a line is another"),
        ("ab}cd}", "abx}cdx}", [(2, 2, 2, 3), (5, 5, 6, 7)], "two insertions, by lines that occur once"),
        ("}}}", "}x}}", [(1, 1, 1, 2)], "no line occurs once"),
    ],
)
def test_where_texts_differ(old: str, new: str, expected: list[tuple[int, ...]], why: str) -> None:
    assert differing(old, new) == expected, why


def nested(depth: int, mark: str) -> list[str]:
    """Lines of which one occurs once, and beside that in what is left another one, and so on; each is followed by one
    that differs by the mark.
    """
    return [
        line
        for number in reversed(range(depth))
        for line in (f"{number}", f"{mark}{number}", f"{number + 1}", f"{mark}{mark}{number}")
    ]


def test_texts_that_part_level_by_level_are_parted_so_often_and_no_deeper() -> None:
    """Each level costs a pass over what is left: without an end to them, the time would grow with the square."""
    old, new = nested(100, "-"), nested(100, "+")
    pieces = differing(old, new)
    assert rebuilt(old, new, pieces) == new
    by_length = sorted(piece.old_end - piece.old_start for piece in pieces)
    assert by_length == [1] * 65 + [269], "sixteen levels, from both ends; what is left then differs as a whole"


@pytest.mark.parametrize(
    ("between", "headers", "why"),
    [
        (6, ["@@ -1,8 +1,8 @@"], "three lines after one change and three before the next meet"),
        (7, ["@@ -1,4 +1,4 @@", "@@ -6,4 +6,4 @@"], "a line is left between them"),
    ],
)
def test_changes_whose_context_meets_are_one_hunk(between: int, headers: list[str], why: str) -> None:
    lines = [f"{number}\n" for number in range(between)]
    text = patch.render(
        [(SourceFile("t", "".join(["a\n", *lines, "b\n"])), SourceFile("t", "".join(["c\n", *lines, "d\n"])))]
    )
    assert [line for line in text.splitlines() if line.startswith("@@")] == headers, why
