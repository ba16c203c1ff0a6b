"""What bad input gets from the command: words for the user, the right exit status, and never a traceback."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint import files, rules
from iac_imds_lint.edit import Renamed, Wanted
from iac_imds_lint.files import FileSystem
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.terraform import proof
from tests.shell import Ran, run, tree

CLEAN, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3
LEVELS = 10_000

GOOD = 'resource "aws_instance" "good" {\n  ami = "ami-0123456789abcdef0"\n}\n'
GOOD_FOUND = (
    "good/main.tf:1:1: error IMDS001 aws_instance.good answers IMDSv1: metadata_options is not set [safe fix]\n"
)


def check(directory: Path, *more: str) -> Ran:
    """Check a directory, one line for each finding."""
    ran = run(directory, "check", "--output-format", "concise", *more)
    assert "Traceback" not in ran.err
    return ran


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A directory with a good file in it, which is judged whatever stands beside it."""
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "main.tf").write_text(GOOD)
    return tmp_path


class Broken(NamedTuple):
    """A file that does not parse; where, and in whose words that is said."""

    name: str
    text: str
    place: str
    words: str


BROKEN = [
    Broken(
        "main.tf",
        'resource "aws_instance" "x" {\n  ami = \n}\n',
        "2:7",
        "ami has no value",
    ),
    Broken(
        "main.tofu",
        'resource "aws_instance" "x" {\n  tags = {\n}\n',
        "2:10",
        "this { is not closed",
    ),
    Broken(
        "twice.tf",
        'resource "aws_instance" "x" {\n  ami = "a"\n  ami = "b"\n}\n',
        "3:3",
        'the argument "ami" is set twice',
    ),
    Broken("main.tf.json", '{"resource": {"aws_instance": {"x": {"ami": }}}}', "1:45", "Expecting value"),
    Broken(
        "comma.tf.json",
        '{"resource": {"aws_instance": {"x": {"ami": "a",}}}}',
        "1:48",
        "a comma before the closing bracket, which JSON does not allow",
    ),
    Broken(
        "template.yaml",
        "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: [}\n",
        "4:28",
        "did not find expected node content while parsing a flow node",
    ),
    Broken(
        "tabs.yml",
        "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n\tProperties: {}\n",
        "4:1",
        "found a tab character that violates indentation while scanning a plain scalar",
    ),
    Broken(
        "template.json",
        '{\n  "Resources": {\n    "Web": {"Type": "AWS::EC2::Instance"\n  }\n}\n',
        "3:12",
        "this { is not closed",
    ),
    Broken(
        "alias.template",
        "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: *nowhere\n",
        "4:17",
        "found undefined alias 'nowhere'",
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_file_that_does_not_parse(beside: Path, broken: Broken) -> None:
    (beside / "bad").mkdir()
    (beside / "bad" / broken.name).write_text(broken.text)
    ran = check(beside)
    found = f"bad/{broken.name}:{broken.place}: error IMDS900 this file cannot be read: {broken.words}\n"
    assert ran.out.decode() == found + GOOD_FOUND
    assert ran.err == "2 findings in 2 files. 1 fixable with --fix.\n"
    assert ran.status == UNREADABLE


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_file_that_does_not_parse_is_not_repaired(tmp_path: Path, broken: Broken) -> None:
    (tmp_path / broken.name).write_text(broken.text)
    before = tree(tmp_path)
    assert check(tmp_path, "--fix", "--unsafe-fixes").status == UNREADABLE
    assert tree(tmp_path) == before


class Unread(NamedTuple):
    """Bytes that are no text, and what is said of them."""

    name: str
    data: bytes
    words: str


UNREAD = [
    Unread("latin.tf", 'resource "aws_instance" "größe" {}\n'.encode("latin-1"), "not UTF-8: byte 27 is 0xf6"),
    Unread("latin.yaml", b"Resources: {W: {Type: AWS::EC2::Instance}} # \xe9", "not UTF-8: byte 45 is 0xe9"),
    Unread("utf16.json", '{"Resources": "AWS::EC2::Instance"}'.encode("utf-16"), ""),
    Unread("nul.tf", b'resource "aws_instance" "x" {\0}\n', "not text: NUL byte at offset 29"),
    Unread("nul.tf.json", b'{"resource": {"aws_instance": {"x": "\0"}}}', "not text: NUL byte at offset 37"),
    Unread("nul.yaml", b"Resources: {W: {Type: AWS::EC2::Instance}}\0", "not text: NUL byte at offset 42"),
]


@pytest.mark.parametrize("unread", UNREAD, ids=lambda unread: unread.name)
def test_bytes_that_are_no_text(beside: Path, unread: Unread) -> None:
    """One line names the file, unless nothing of ours can be in it: a template is never UTF-16."""
    (beside / unread.name).write_bytes(unread.data)
    ran = check(beside)
    told = f"{unread.name}: {unread.words}\n" if unread.words else ""
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err == told + "1 finding in 2 files. 1 fixable with --fix.\n"
    assert ran.status == (UNREADABLE if told else FINDINGS)


TEMPLATE = "Resources:\n  W: {Type: AWS::EC2::Instance}\n"


@pytest.mark.parametrize(
    ("name", "text", "encoding", "told", "why"),
    [
        ("t.yaml", TEMPLATE, "utf-16", True, "a template"),
        ("t.yaml", "\ufeff" + TEMPLATE, "utf-16-be", True, "the other way around"),
        ("main.tf", 'resource "aws_instance" "x" {}\n', "utf-16", True, "Terraform"),
        ("t.yaml", "kind: Pod\n", "utf-16", False, "nothing of ours"),
        ("t.yaml", TEMPLATE, "utf-32", False, "what nobody writes"),
    ],
)
def test_utf_16_is_told_where_it_is_named(
    tmp_path: Path, name: str, text: str, encoding: str, told: bool, why: str
) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    ran = check(tmp_path, name)
    expected = f"{name}: not UTF-8 but UTF-16: convert it\n"
    assert ran.err.startswith(expected) is told, why
    assert ran.status == (UNREADABLE if told else CLEAN), why
    assert check(tmp_path).status == CLEAN, "in a directory it is nobody's template"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_directory_without_permission(beside: Path) -> None:
    closed = beside / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        ran = check(beside)
    finally:
        closed.chmod(0o700)
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err.splitlines()[0] == "closed: directory not listed: Permission denied"
    assert ran.status == UNREADABLE


@pytest.mark.parametrize("why", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_opened(beside: Path, monkeypatch: pytest.MonkeyPatch, why: OSError) -> None:
    (beside / "closed.tf").write_text(GOOD)
    _on_open(monkeypatch, "closed.tf", why)
    ran = check(beside)
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err == f"closed.tf: {why.strerror}\n1 finding in 2 files. 1 fixable with --fix.\n"
    assert ran.status == UNREADABLE


def _on_open(monkeypatch: pytest.MonkeyPatch, name: str, error: OSError) -> None:
    opening = os.open

    def opened(path: str, flags: int) -> int:
        if path == name:
            raise error
        return opening(path, flags)

    monkeypatch.setattr(files.os, "open", opened)


@pytest.mark.parametrize("name", ["gone.tf", "gone.yaml"])
def test_a_file_that_vanishes(beside: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (beside / name).write_text(GOOD)
    read = FileSystem.data

    def vanishing(system: FileSystem, path: str) -> bytes | Problem | None:
        if path == name:
            (beside / name).unlink()
        return read(system, path)

    monkeypatch.setattr(FileSystem, "data", vanishing)
    ran = check(beside)
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err == f"{name}: it is gone since it was listed\n1 finding in 2 files. 1 fixable with --fix.\n"
    assert ran.status == UNREADABLE


def test_a_broken_link(beside: Path) -> None:
    (beside / "broken.tf").symlink_to("nowhere.tf")
    ran = check(beside)
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err == "broken.tf: broken symbolic link to nowhere.tf\n1 finding in 1 file. 1 fixable with --fix.\n"
    assert ran.status == UNREADABLE


class Misuse(NamedTuple):
    """Arguments that mean nothing, and the last line that they get."""

    arguments: tuple[str, ...]
    told: str


MISUSES = [
    Misuse(("check", "--select", "IMDS01"), "Error: Invalid value for '--select': 'IMDS01' is no code; did you mean "),
    Misuse(
        ("check", "--ignore", "IMDS001,IMDS90"),
        "Error: Invalid value for '--ignore': 'IMDS90' is no code; did you mean 'IMDS90",
    ),
    Misuse(
        ("check", "--output-format", "jsn"),
        "Error: Invalid value for '--output-format': 'jsn' is no format; did you mean 'json'?",
    ),
    Misuse(
        ("inventory", "--output-format", "tabel"),
        "Error: Invalid value for '--output-format': 'tabel' is no format; did you mean 'table'?",
    ),
    Misuse(
        ("check", "--fail-on", "eror"),
        "Error: Invalid value for '--fail-on': 'eror' is no severity; did you mean 'error'?",
    ),
    Misuse(("check", "goood"), "Error: no such path: goood (the nearest is good)"),
    Misuse(("check", "good/mian.tf"), "Error: no such path: good/mian.tf (the nearest is good/main.tf)"),
    Misuse(("inventory", "goood"), "Error: no such path: goood (the nearest is good)"),
    Misuse(("check", "--config", "setings.toml"), "Error: no such file: setings.toml (the nearest is settings.toml)"),
    Misuse(
        ("check", "--config", "settings.toml"),
        "Error: settings.toml: key 'selekt' is not known (the nearest is 'select')",
    ),
]


@pytest.mark.parametrize("misuse", MISUSES, ids=lambda misuse: " ".join(misuse.arguments))
def test_wrong_use_names_the_nearest_that_is_right(beside: Path, misuse: Misuse) -> None:
    (beside / "settings.toml").write_text('selekt = ["IMDS001"]\n')
    ran = run(beside, *misuse.arguments)
    assert ran.out == b""
    assert ran.err.splitlines()[-1].startswith(misuse.told)
    assert ran.status == USAGE


@pytest.mark.parametrize(
    ("wrong", "right"), [("--fixx", "--fix"), ("--selct", "--select"), ("--unsafe", "--unsafe-fixes")]
)
def test_an_unknown_option_names_the_nearest(tmp_path: Path, wrong: str, right: str) -> None:
    ran = run(tmp_path, "check", wrong)
    told = re.findall(r"--[a-z-]+", ran.err.splitlines()[-1])
    assert told[0] == wrong
    assert right in told[1:]
    assert (ran.out, ran.status) == (b"", USAGE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({}, id="nothing-there"),
        pytest.param({"README.md": "aws_instance"}, id="no-file-of-ours"),
        pytest.param({"main.tf": 'resource "null_resource" "x" {}\n'}, id="no-capacity"),
        pytest.param({"empty.tf": "", "empty.yaml": "", "empty.json": ""}, id="empty-files"),
        pytest.param({"data.json": '{"Resources": 1}', "list.yaml": "- a\n- b\n"}, id="no-template"),
    ],
)
def test_nothing_to_lint(tmp_path: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    for more in ((), ("--fix",), ("--diff",)):
        ran = check(tmp_path, *more)
        assert ran.out == b""
        assert ran.err.startswith("Nothing to lint: no file here declares a resource that is judged.\n")
        assert ran.status == CLEAN


BOMB = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
BOMB += "".join(f"      a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))


def test_an_alias_bomb(beside: Path) -> None:
    (beside / "bomb.yaml").write_text(BOMB)
    ran = check(beside)
    words = "this file cannot be read: its aliases stand for more than 100000 nodes"
    assert ran.out.decode() == f"bomb.yaml:10:16: error IMDS900 {words}\n" + GOOD_FOUND
    assert ran.status == UNREADABLE


def _hcl(inside: str) -> str:
    return f'resource "aws_instance" "x" {{\n{inside}\n}}\n'


def _json(value: str) -> str:
    return f'{{"Resources": {{"W": {{"Type": "AWS::EC2::Instance", "Properties": {{"X": {value}}}}}}}}}'


def _tfjson(value: str) -> str:
    return f'{{"resource": {{"aws_instance": {{"x": {{"metadata_options": {{"http_tokens": {value}}}}}}}}}}}'


def _yaml(value: str) -> str:
    return f"Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties:\n      X: {value}\n"


class Deep(NamedTuple):
    """A file with something in it that is nested ten thousand levels deep, and the one finding that it gets."""

    name: str
    code: str
    text: str


DEEP = [
    Deep("lists.tf", "IMDS001", _hcl("  x = " + "[" * LEVELS + "]" * LEVELS)),
    Deep("objects.tf", "IMDS001", _hcl("  x = " + "{ a = " * LEVELS + "1" + " }" * LEVELS)),
    Deep("parentheses.tf", "IMDS005", _hcl("  metadata_options {\n    http_tokens = " + "(" * LEVELS + "1" + ")" * LEVELS + "\n  }")),
    Deep("calls.tf", "IMDS005", _hcl("  metadata_options {\n    http_tokens = " + "f(" * LEVELS + "1" + ")" * LEVELS + "\n  }")),
    Deep("blocks.tf", "IMDS001", _hcl("b {\n" * LEVELS + "}\n" * LEVELS)),
    Deep("conditionals.tf", "IMDS005", _hcl("  metadata_options {\n    http_tokens = " + "true ? " * LEVELS + "1" + " : 2" * LEVELS + "\n  }")),
    Deep("sums.tf", "IMDS002", _hcl("  metadata_options {\n    http_put_response_hop_limit = 1" + " + 1" * LEVELS + "\n  }")),
    Deep("templates.tf", "IMDS900", _hcl('  x = "' + '${"' * LEVELS + '"}' * LEVELS + '"')),
    Deep("open.tf", "IMDS900", _hcl("  x = " + "[" * LEVELS)),
    Deep("locals.tf", "IMDS005", "locals {\n" + "".join(f"  a{n} = local.a{n + 1}\n" for n in range(LEVELS)) + "}\n"
    + _hcl("  metadata_options {\n    http_tokens = local.a0\n  }")),
    Deep("lists.tf.json", "IMDS900", _tfjson("[" * LEVELS + "]" * LEVELS)),
    Deep("objects.tf.json", "IMDS900", _tfjson('{"a": ' * LEVELS + "1" + "}" * LEVELS)),
    Deep("interpolation.tf.json", "IMDS005", _tfjson('"${' + "(" * LEVELS + "1" + ")" * LEVELS + '}"')),
    Deep("lists.json", "IMDS900", _json("[" * LEVELS + "]" * LEVELS)),
    Deep("conditions.json", "IMDS900", _json('{"Fn::If": ["C", ' * LEVELS + "1" + ", 2]}" * LEVELS)),
    Deep("open.json", "IMDS900", _json("[" * LEVELS)),
    Deep("flow.yaml", "IMDS900", _yaml("[" * LEVELS + "]" * LEVELS)),
    Deep("mappings.yaml", "IMDS900", _yaml("{a: " * LEVELS + "1" + "}" * LEVELS)),
    Deep("sequences.yaml", "IMDS900", _yaml("\n       " + "- " * LEVELS + "a")),
    Deep("keys.yaml", "IMDS900", _yaml("\n       " + "? " * LEVELS + "a")),
    Deep("tags.yaml", "IMDS900", _yaml("!If [C, " * LEVELS + "a" + ", b]" * LEVELS)),
    Deep("conditions.yaml", "IMDS001", _yaml("1") + "Conditions:\n" + "".join(f"  C{n}: !Condition C{n + 1}\n" for n in range(LEVELS))),
]  # fmt: skip


@pytest.mark.parametrize("deep", DEEP, ids=lambda deep: deep.name)
def test_ten_thousand_levels(tmp_path: Path, deep: Deep) -> None:
    """Each ends with a finding about the file, or about its resource where what is deep can be passed over."""
    (tmp_path / deep.name).write_text(deep.text)
    ran = run(tmp_path, "check", "--output-format", "json")
    (found,) = json.loads(ran.out)
    assert "Traceback" not in ran.err
    assert (found["code"], found["filename"]) == (deep.code, deep.name)
    assert ran.status == (UNREADABLE if found["code"] == "IMDS900" else FINDINGS)
    if "levels" in found["message"]:
        assert found["message"] == "this file cannot be read: nested more than 100 levels deep"


def test_ten_thousand_levels_beside_a_repair(tmp_path: Path) -> None:
    """What is deep and harmless does not keep its resource from being repaired, and is not touched."""
    deep = _hcl("  x = " + "[" * LEVELS + "]" * LEVELS)
    (tmp_path / "main.tf").write_text(deep)
    assert run(tmp_path, "check", "--fix").status == CLEAN
    options = '\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
    assert (tmp_path / "main.tf").read_text() == deep.removesuffix("}\n") + options


@pytest.mark.parametrize("name", ["huge.tf", "huge.tf.json", "huge.yaml", "huge.template"])
def test_fifty_megabytes_that_may_be_ours(beside: Path, name: str) -> None:
    """Not read, and said so: what is not judged is not clean. The name is found wherever it stands."""
    with (beside / name).open("wb") as file:
        file.truncate(50_000_000)
        file.seek(5 * 1024 * 1024 - 4)
        file.write(b" aws_instance AWS::EC2::Instance Resources")
    ran = check(beside)
    assert ran.out.decode() == GOOD_FOUND
    assert ran.err == f"{name}: larger than 5 MB, not read\n1 finding in 2 files. 1 fixable with --fix.\n"
    assert ran.status == UNREADABLE


def test_fifty_megabytes_of_something_else(beside: Path) -> None:
    """Data of other programs is no problem, however much of it there is."""
    with (beside / "map.json").open("wb") as file:
        file.truncate(50_000_000)
    ran = check(beside)
    assert (ran.out.decode(), ran.status) == (GOOD_FOUND, FINDINGS)
    assert ran.err == "1 finding in 2 files. 1 fixable with --fix.\n"


@pytest.mark.parametrize("suffix", [".tf", ".tf.json"])
def test_many_findings_in_one_file_are_written_in_time_that_grows_with_them(tmp_path: Path, suffix: str) -> None:
    """The file is read once for all of them: two thousand took minutes when it was not."""
    names = [f"x{number}" for number in range(2000)]
    if suffix == ".tf":
        text = "".join(f'resource "aws_instance" "{name}" {{\n  ami = "a"\n}}\n' for name in names)
    else:
        text = json.dumps({"resource": {"aws_instance": {name: {"ami": "a"} for name in names}}}, indent=2)
    (tmp_path / f"main{suffix}").write_text(text)
    found = json.loads(run(tmp_path, "check", "--output-format", "json").out)
    assert [entry["resource"] for entry in found] == [f"aws_instance.{name}" for name in names]
    assert {entry["fix"]["applicability"] for entry in found} == {"safe"}


def test_an_error_inside_a_rule(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours on one resource: told, with what to report, and everything else is still judged."""
    (beside / "bad.tf").write_text(GOOD.replace("good", "bad"))
    rule = next(rule for rule in rules.CHECKS if rule.RULE.code == "IMDS001")
    check_rule = rule.check

    def failing(resource: Resource, world: World) -> Iterator[object]:
        if resource.address == "aws_instance.bad":
            raise ZeroDivisionError("by zero")
        yield from check_rule(resource, world)

    monkeypatch.setattr(rule, "check", failing)
    ran = run(beside, "check", "--output-format", "json")
    assert "Traceback" not in ran.err
    defect, good = json.loads(ran.out)
    assert (good["code"], good["resource"]) == ("IMDS001", "aws_instance.good")
    assert (defect["code"], defect["resource"]) == ("IMDS999", "aws_instance.bad")
    for words in ("IMDS001", "aws_instance.bad", "ZeroDivisionError: by zero", "report"):
        assert words in defect["message"] + defect["fix_unavailable"]
    assert ran.status == UNREADABLE


def test_an_error_while_a_file_is_read(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iac_imds_lint.cloudformation import load

    def failing(*_: object) -> object:
        raise KeyError("nothing")

    (beside / "web.yaml").write_text("Resources: {Web: {Type: AWS::EC2::Instance}}\n")
    monkeypatch.setattr(load, "load", failing)
    ran = check(beside)
    first, second = ran.out.decode().splitlines(keepends=True)
    assert first == GOOD_FOUND
    assert second.startswith("web.yaml:1:1: error IMDS999 ")
    assert "KeyError: 'nothing'" in second
    assert ran.status == UNREADABLE


def test_an_error_while_a_fix_is_written(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iac_imds_lint.terraform import edit

    def failing(*_: object) -> object:
        raise IndexError("out of range")

    monkeypatch.setattr(edit, "write", failing)
    before = tree(beside)
    ran = run(beside, "check", "--fix", "--output-format", "json")
    (found,) = json.loads(ran.out)
    assert (found["code"], found["fix"]) == ("IMDS001", None)
    assert "IndexError: out of range" in found["fix_unavailable"]
    assert "Traceback" not in ran.err
    assert tree(beside) == before


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_a_fix_that_cannot_be_verified(beside: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """The file that is not proven stays byte for byte and says why; the one that is proven is repaired."""
    (beside / "other").mkdir()
    (beside / "other" / "main.tf").write_text(GOOD.replace("good", "other"))
    before = tree(beside)
    really = proof.unproven

    def doubting(one: SourceFile, other: SourceFile, renamed: Sequence[Renamed], wanted: Wanted) -> str:
        return "it would also change the weather" if one.path == "good/main.tf" else really(one, other, renamed, wanted)

    monkeypatch.setattr(proof, "unproven", doubting)
    ran = run(beside, "check", option, "--output-format", "json")
    why = "the changed good/main.tf could not be proven: it would also change the weather"
    if option == "--fix":
        (found,) = json.loads(ran.out)
        assert (found["resource"], found["fix"], found["fix_unavailable"]) == ("aws_instance.good", None, why)
        after = tree(beside)
        assert after["good/main.tf"] == before["good/main.tf"]
        assert after["other/main.tf"] != before["other/main.tf"]
    else:
        assert b"a/other/main.tf" in ran.out
        assert b"good/main.tf" not in ran.out
        assert why in ran.err
        assert tree(beside) == before
    assert "Traceback" not in ran.err
    assert ran.status == FINDINGS


def test_a_file_that_changes_while_it_is_repaired(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else just saved is never overwritten."""
    from iac_imds_lint.fixer import repair

    def slow(*arguments: object) -> object:
        (beside / "good" / "main.tf").write_text(GOOD + "# saved\n")
        return repair(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("iac_imds_lint.fixer.repair", slow)
    ran = check(beside, "--fix")
    assert (beside / "good" / "main.tf").read_text() == GOOD + "# saved\n"
    assert "good/main.tf: changed since it was read, left alone\n" in ran.err
    assert "fixed in" not in ran.err
    assert ran.status == UNREADABLE
