"""Baselines: what is known again after an edit and what is new, the file itself, and the options."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from iac_imds_lint import baseline
from iac_imds_lint.baseline import Entry
from iac_imds_lint.errors import UsageError
from tests.shell import Ran, run, tree

WEB = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n'
OTHER = WEB.replace("web", "other")
OPEN = """resource "aws_instance" "web" {
  ami = "ami-1"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"""
MENDED = OPEN.replace("optional", "required")
MODULE = 'module "web" {\n  source = "./child"\n}\n'
TEMPLATE = """Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0}
"""
ASK = "    curl http://169.254.169.254/latest/meta-data/{}\n"
SCRIPT = 'resource "aws_instance" "web" {{\n  user_data = <<-EOT\n    #!/bin/sh\n{}  EOT\n}}\n'


def scripted(*keys: str) -> str:
    return SCRIPT.format("".join(map(ASK.format, keys)))


def laid(directory: Path, files: Mapping[str, str | None]) -> None:
    """Files written, or removed where their text is None."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")


def reported(ran: Ran) -> list[str]:
    """Code and resource of each finding, sorted."""
    return sorted(f"{one['code']} {one['resource']}" for one in json.loads(ran.out))


def checked(directory: Path, *arguments: str) -> Ran:
    return run(directory, "check", "--output-format", "json", *arguments)


NEW = [
    ("a resource beside", {"main.tf": WEB}, {"main.tf": WEB + OTHER}, ["IMDS001 aws_instance.other"]),
    ("a renamed resource", {"main.tf": WEB}, {"main.tf": OTHER}, ["IMDS001 aws_instance.other"]),
    ("another rule", {"main.tf": WEB}, {"main.tf": OPEN}, ["IMDS002 aws_instance.web"]),
    (
        "a copy in another directory: the old one is still there",
        {"a/main.tf": WEB},
        {"b/main.tf": WEB},
        ["IMDS001 aws_instance.web"],
    ),
    (
        "a copy in another directory of what is suppressed where it was",
        {"a/main.tf": WEB},
        {"a/main.tf": "# iac-imds-lint: ignore[IMDS001] known\n" + WEB, "b/main.tf": WEB},
        ["IMDS001 aws_instance.web"],
    ),
    (
        "a copy in another directory of what is mended where it was",
        {"a/main.tf": OPEN},
        {"a/main.tf": MENDED, "b/main.tf": OPEN},
        ["IMDS002 aws_instance.web"],
    ),
    (
        "a copy in another directory of a comment that ignores nothing, and is suppressed itself where it was",
        {"a/main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + MENDED},
        {
            "a/main.tf": "# iac-imds-lint: ignore-file[IMDS901]\n# iac-imds-lint: ignore[IMDS001]\n" + MENDED,
            "b/main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + MENDED,
        },
        ["IMDS901 None"],
    ),
    (
        "another comment that ignores nothing, in place of one",
        {"main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + MENDED},
        {"main.tf": "# iac-imds-lint: ignore[IMDS003]\n" + MENDED},
        ["IMDS901 None"],
    ),
    (
        "moved to another directory, and edited",
        {"a/main.tf": WEB},
        {"a/main.tf": None, "b/main.tf": WEB.replace("ami-1", "ami-2")},
        ["IMDS001 aws_instance.web"],
    ),
    (
        "another call of a module",
        {"main.tf": MODULE, "child/main.tf": WEB},
        {"more.tf": MODULE.replace('"web"', '"more"')},
        ["IMDS001 module.web.aws_instance.web"],
    ),
    (
        "another root that calls a module in the same words",
        {"a/main.tf": MODULE.replace("./child", "../child"), "child/main.tf": WEB},
        {"b/main.tf": MODULE.replace("./child", "../child")},
        ["IMDS001 module.web.aws_instance.web"],
    ),
    (
        "another instance",
        {"main.tf": WEB.replace("{\n", "{\n  count = 1\n")},
        {"main.tf": WEB.replace("{\n", "{\n  count = 2\n")},
        ["IMDS001 aws_instance.web[0]"],
    ),
    (
        "a third call of IMDS in a script",
        {"main.tf": scripted("a", "b")},
        {"main.tf": scripted("a", "c", "b")},
        ["IMDS007 aws_instance.web"],
    ),
    (
        "a call of IMDS where tokens are required now: it fails from here on",
        {"main.tf": scripted("a")},
        {"main.tf": scripted("a").replace("{\n", '{\n  metadata_options {\n    http_tokens = "required"\n  }\n', 1)},
        ["IMDS007 aws_instance.web"],
    ),
    ("a template beside", {"a.yaml": TEMPLATE}, {"b.yaml": TEMPLATE}, ["IMDS001 Web"]),
    (
        "a logical ID",
        {"a.yaml": TEMPLATE},
        {"a.yaml": TEMPLATE.replace("Web", "Api")},
        ["IMDS001 Api"],
    ),
    (
        "a comment that ignores nothing, beside the same one",
        {"main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + OPEN},
        {"more.tf": "# iac-imds-lint: ignore[IMDS001]\n" + OPEN.replace("web", "api")},
        ["IMDS002 aws_instance.api", "IMDS901 None"],
    ),
]


@pytest.mark.parametrize(("why", "before", "change", "expected"), NEW, ids=[case[0] for case in NEW])
def test_what_is_new_is_reported(tmp_path: Path, why: str, before, change, expected: list[str]) -> None:
    laid(tmp_path, before)
    assert run(tmp_path, "check", "--write-baseline", "known.json").status == 0
    laid(tmp_path, change)
    ran = checked(tmp_path, "--baseline", "known.json")
    assert (reported(ran), ran.status) == (expected, 1)


KNOWN = [
    ("nothing changed", {"main.tf": WEB}, {}),
    ("lines above", {"main.tf": WEB}, {"main.tf": "# A comment.\n\n" + WEB}),
    ("other arguments", {"main.tf": WEB}, {"main.tf": WEB.replace("ami-1", "ami-2")}),
    ("moved within the file", {"main.tf": WEB + OTHER}, {"main.tf": OTHER + WEB}),
    ("moved to another file of the module", {"main.tf": WEB}, {"main.tf": "", "web.tf": WEB}),
    ("from HCL to JSON", {"main.tf": WEB}, {"main.tf": None, "a.tf.json": '{"resource":{"aws_instance":{"web":{}}}}'}),
    ("the directory was renamed", {"a/main.tf": WEB}, {"a/main.tf": None, "b/c/main.tf": WEB}),
    ("moved to another directory", {"a/main.tf": WEB + OTHER}, {"a/main.tf": OTHER, "b/main.tf": WEB}),
    ("moved and indented", {"a/main.tf": WEB}, {"a/main.tf": "", "b/main.tf": WEB.replace("  ami", "\tami")}),
    (
        "moved into a child module",
        {"main.tf": WEB},
        {"main.tf": MODULE, "child/main.tf": WEB},
    ),
    (
        "the module was moved, not its calls",
        {"main.tf": MODULE, "child/main.tf": WEB},
        {"main.tf": MODULE.replace("./child", "./modules/web"), "child/main.tf": None, "modules/web/main.tf": WEB},
    ),
    (
        "an instance fewer",
        {"main.tf": WEB.replace("{\n", "{\n  count = 3\n")},
        {"main.tf": WEB.replace("{\n", "{\n  count = 2\n")},
    ),
    ("one of two calls of IMDS was edited", {"main.tf": scripted("a", "b")}, {"main.tf": scripted("c", "b")}),
    ("one of two calls of IMDS is gone", {"main.tf": scripted("a", "b")}, {"main.tf": scripted("b")}),
    ("a value was edited", {"main.tf": OPEN}, {"main.tf": OPEN.replace('"optional"', '"${"optional"}"')}),
    ("a template was moved", {"a.yaml": TEMPLATE}, {"a.yaml": None, "b/c.yaml": TEMPLATE}),
    (
        "a comment that ignores nothing went with its file",
        {"main.tf": "# iac-imds-lint: ignore[IMDS001]\n" + OPEN},
        {"main.tf": None, "more.tf": "# iac-imds-lint: ignore[IMDS001]\n" + OPEN},
    ),
]


@pytest.mark.parametrize(("why", "before", "change"), KNOWN, ids=[case[0] for case in KNOWN])
def test_what_is_known_stays_hidden(tmp_path: Path, why: str, before, change) -> None:
    laid(tmp_path, before)
    assert reported(checked(tmp_path)) != [], "there is something to hide"
    run(tmp_path, "check", "--write-baseline", "known.json")
    laid(tmp_path, change)
    assert reported(checked(tmp_path)) != [], "there is still something to hide"
    ran = checked(tmp_path, "--baseline", "known.json")
    assert (reported(ran), ran.status) == ([], 0)


ENTRY = Entry("a/main.tf", "aws_instance.x", "IMDS001", "v1-allowed", "a", "m", "d")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"filename": "a/other.tf", "declared": "e"}, True),
        ({"marked": "n"}, True),
        ({"posture": "unknown"}, False),
        ({"code": "IMDS002"}, False),
        ({"resource": "aws_instance.y"}, False),
        ({"root": "b"}, True),
        ({"root": "b", "declared": "e"}, False),
        ({"root": "b", "posture": ""}, False),
        ({"root": "b", "resource": 'module.w["a.b/c"].aws_instance.x'}, True),
        ({"root": "b", "resource": 'aws_instance.x["a/b"]'}, False),
        ({"filename": "b/main.tf", "resource": "module.w.aws_instance.x"}, True),
        ({"resource": "module.w.aws_instance.x"}, False),
    ],
    ids=str,
)
def test_by_what_an_entry_is_known(changes: dict[str, str], found: bool) -> None:
    current = ENTRY._replace(**changes)
    left = () if found else (ENTRY,)
    assert baseline.matched([current], [ENTRY], lambda _: True) == ({0} if found else set(), left)


def test_what_may_still_be_in_its_place_was_not_moved() -> None:
    moved = ENTRY._replace(root="b", filename="b/main.tf")
    assert baseline.matched([moved], [ENTRY], lambda _: False) == (set(), (ENTRY,))


def test_what_has_no_text_was_not_moved() -> None:
    """A file that cannot be read is like every other of them."""
    bare = ENTRY._replace(declared="")
    assert baseline.matched([bare._replace(root="b")], [bare], lambda _: True) == (set(), (bare,))


def test_entries_are_paired_one_to_one() -> None:
    twice = [ENTRY, ENTRY._replace(marked="n"), ENTRY._replace(marked="o")]
    assert baseline.matched(twice, [ENTRY._replace(marked="o"), ENTRY], bool).found == {0, 2}
    moved = [ENTRY._replace(root=root) for root in ("b", "c")]
    assert baseline.matched(moved, [ENTRY], bool).found == {0}
    assert baseline.matched([ENTRY], [ENTRY, ENTRY], bool) == ({0}, (ENTRY,))


def test_the_text_is_sorted_and_reads_back() -> None:
    entries = [
        ENTRY._replace(filename="b.yaml", resource='Wéb"', root="b.yaml"),
        Entry("odd\udcff.tf", "", "IMDS901", "", "odd\udcff.tf", "m", ""),
        ENTRY,
    ]
    text = baseline.render(entries)
    assert text.decode() == (
        '{\n  "tool": "iac-imds-lint",\n  "version": 1,\n  "findings": [\n'
        '    {\n      "code": "IMDS001", "name": "missing-metadata-options", "posture": "v1-allowed",\n'
        '      "resource": "aws_instance.x", "filename": "a/main.tf", "root": "a",\n'
        '      "marked": "m", "declared": "d"\n    },\n'
        '    {\n      "code": "IMDS001", "name": "missing-metadata-options", "posture": "v1-allowed",\n'
        '      "resource": "Wéb\\"", "filename": "b.yaml", "root": "b.yaml",\n'
        '      "marked": "m", "declared": "d"\n    },\n'
        '    {\n      "code": "IMDS901", "name": "unused-suppression", "posture": null,\n'
        '      "resource": null, "filename": "odd\\udcff.tf", "root": "odd\\udcff.tf",\n'
        '      "marked": "m", "declared": ""\n    }\n  ]\n}\n'
    )
    assert baseline.read("b.json", text) == tuple(sorted(entries))
    assert baseline.render(reversed(entries)) == text
    assert baseline.read("b.json", b"\xef\xbb\xbf" + baseline.render([])) == ()


def with_entry(**changes: object) -> str:
    content = json.loads(baseline.render([ENTRY]))
    content["findings"][0].update(changes)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "b.json is no baseline: not JSON: line 1: Expecting value"),
        ('{\n"tool"\n', "b.json is no baseline: not JSON: line 3: Expecting ':' delimiter"),
        (
            '{\n<<<<<<< HEAD\n"tool"',
            "b.json is no baseline: git left a conflict at line 2: take one side, then --write-baseline",
        ),
        (
            "{\r\n\r\n<<<<<<< HEAD\r\n",
            "b.json is no baseline: git left a conflict at line 3",
        ),
        (b"\xff", "b.json is no baseline: not UTF-8: byte 0 is 0xff"),
        ("[" * 100_000, "b.json is no baseline: "),
        ("[]", "b.json is no baseline of iac-imds-lint but a list, as a report is: name another file, or remove it"),
        ("{}", "b.json is no baseline of iac-imds-lint: name another file, or remove it"),
        ('{"failed_checks": []}', "b.json is no baseline of iac-imds-lint but of checkov: "),
        (
            '{"version": "1.5.0", "plugins_used": [], "results": {}}',
            "no baseline of iac-imds-lint but of detect-secrets",
        ),
        ('{"version": "2.1.0", "runs": []}', "no baseline of iac-imds-lint but of a tool that writes SARIF: "),
        ('{"tool": "other", "version": 1}', "b.json is no baseline of iac-imds-lint but of other: "),
        (
            '{"tool": "iac-imds-lint", "version": 2, "findings": []}',
            "version 2, and 1 is what is read here: a later release",
        ),
        (
            '{"tool": "iac-imds-lint", "version": "1"}',
            'a baseline of version "1", and 1 is what is read here: remove it',
        ),
        ('{"tool": "iac-imds-lint", "version": true, "findings": []}', "a baseline of version true, and 1 is what"),
        ('{"tool": "iac-imds-lint", "version": 1}', "b.json: a baseline has a list of findings"),
        (
            '{"tool": "iac-imds-lint", "version": 1, "findings": [1]}',
            "b.json: entry 1 of the findings must be an object",
        ),
        (with_entry(code=1), "b.json: entry 1 of the findings: code must be a string"),
        (with_entry(filename=None), "b.json: entry 1 of the findings: filename must be a string"),
        (with_entry(line=3), "b.json: entry 1 of the findings has a key 'line' that means nothing"),
    ],
    ids=range(20),
)
@pytest.mark.parametrize("option", ["--baseline", "--write-baseline"])
def test_what_is_no_baseline_is_said_and_left_alone(
    tmp_path: Path, text: str | bytes, message: str, option: str
) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(UsageError) as caught:
        baseline.read("b.json", data)
    assert message in str(caught.value)
    laid(tmp_path, {"main.tf": WEB})
    (tmp_path / "b.json").write_bytes(data)
    before = tree(tmp_path)
    ran = run(tmp_path, "check", option, "b.json")
    if option == "--write-baseline" and not data:
        assert ran.status == 0, "an empty file holds nothing that would be lost"
    else:
        assert (ran.status, ran.out, ran.err, tree(tmp_path)) == (2, b"", f"Error: {caught.value}\n", before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--baseline", "gone.json"],
            "no such file: gone.json (the nearest is known.json): --write-baseline FILE makes",
        ),
        (["--baseline", "sub"], "sub: Is a directory"),
        (["--write-baseline", "sub"], "sub: Is a directory"),
        (["--write-baseline", ""], "--write-baseline takes the name of a file, and it is empty"),
        (["--write-baseline", "gone/b.json"], "--write-baseline gone/b.json: there is no such directory"),
        (["--write-baseline", "main.tf"], "--write-baseline main.tf would be read by Terraform: name another file"),
        (["--write-baseline", "new.tf.json"], "--write-baseline new.tf.json would be read by Terraform"),
        (["--write-baseline", "t.yaml"], "t.yaml is no baseline: not JSON"),
        (["--write-baseline", "b.json", "--baseline", "b.json"], "all that is found: use it without --baseline"),
        (["--write-baseline", "b.json", "--fix"], "use it without --fix"),
        (["--write-baseline", "b.json", "--diff"], "use it without --diff"),
        (["--write-baseline", "b.json", "--prune-baseline"], "use it without --prune-baseline"),
        (["--prune-baseline"], "--prune-baseline goes with --baseline FILE"),
        (["--baseline", "b.json", "--prune-baseline", "--fix"], "--prune-baseline and --fix both write"),
        (["--write-baseline", "b.json", "--output-file", "b.json"], "--output-file b.json is to be read"),
        (["--baseline", "known.json", "--output-file", "known.json"], "--output-file known.json is to be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_said_and_nothing_written(tmp_path: Path, arguments: list[str], message: str) -> None:
    laid(tmp_path, {"main.tf": WEB, "t.yaml": TEMPLATE, "sub/x": "", "known.json": baseline.render([]).decode()})
    before = tree(tmp_path)
    ran = run(tmp_path, "check", *arguments)
    assert ran.err.startswith("Error: ")
    assert message in ran.err
    assert (ran.status, ran.out, tree(tmp_path)) == (2, b"", before)


def test_writing_says_how_many_and_is_stable(tmp_path: Path) -> None:
    laid(tmp_path, {"main.tf": WEB + OTHER, "a/t.yaml": TEMPLATE})
    ran = run(tmp_path, "check", "--write-baseline", "known.json")
    told = "known.json: 3 findings written.\nNo findings in 2 files. 3 suppressed.\n"
    assert (ran.status, ran.out, ran.err) == (0, b"", told)
    written = (tmp_path / "known.json").read_bytes()
    assert [entry.filename for entry in baseline.read("", written)] == ["a/t.yaml", "main.tf", "main.tf"]
    laid(tmp_path, {".iac-imds-lint.toml": 'baseline = "known.json"'})
    again = run(tmp_path, "check", "--write-baseline", "known.json")
    assert (again.status, (tmp_path / "known.json").read_bytes()) == (0, written), (
        "the old one hides nothing from the new"
    )


def test_instances_are_entries(tmp_path: Path) -> None:
    laid(tmp_path, {"main.tf": WEB.replace("{\n", "{\n  count = 2\n")})
    ran = run(tmp_path, "check", "--write-baseline", "known.json")
    assert ran.err.startswith("known.json: 1 finding written, as 2 entries.\n")


def test_what_could_not_be_judged_is_never_in_it(tmp_path: Path) -> None:
    laid(tmp_path, {"main.tf": WEB, "broken.yaml": "Resources: {X: {Type: 'AWS::EC2::Instance', }\n"})
    ran = checked(tmp_path, "--write-baseline", "known.json")
    assert (reported(ran), ran.status) == (["IMDS900 None"], 3)
    assert ran.err.startswith("known.json: 1 finding written; 1 that could not be judged is not in it.\n")
    entries = baseline.read("", (tmp_path / "known.json").read_bytes())
    assert [entry.code for entry in entries] == ["IMDS001"]
    laid(tmp_path, {"main.tf": OPEN})
    ran = checked(tmp_path, "--baseline", "known.json", "--prune-baseline")
    assert "known.json: not pruned, for something could not be judged.\n" in ran.err
    assert baseline.read("", (tmp_path / "known.json").read_bytes()) == entries


def test_suppressed_findings_are_not_in_it(tmp_path: Path) -> None:
    laid(tmp_path, {"main.tf": WEB.replace("{\n", "{ # iac-imds-lint: ignore[IMDS001] why\n")})
    assert run(tmp_path, "check", "--write-baseline", "known.json").err.startswith("known.json: 0 findings written.\n")


STALE = (
    "known.json: 1 entry no longer matches: IMDS001 of aws_instance.web in a/main.tf; --prune-baseline removes it.\n"
)


@pytest.mark.parametrize(
    ("arguments", "is_told"),
    [
        ([], True),
        (["a"], True),
        (["a/main.tf"], True),
        (["b"], False),
        (["b/main.tf"], False),
        (["--ignore", "IMDS001"], False),
        (["--select", "IMDS002"], False),
    ],
    ids=str,
)
def test_an_entry_is_stale_where_it_would_have_been_found(tmp_path: Path, arguments: list[str], is_told: bool) -> None:
    laid(tmp_path, {"a/main.tf": WEB, "b/main.tf": OTHER})
    run(tmp_path, "check", "--write-baseline", "known.json")
    laid(tmp_path, {"a/main.tf": ""})
    ran = checked(tmp_path, "--baseline", "known.json", *arguments)
    assert (ran.status, STALE in ran.err, "no longer" in ran.err) == (0, is_told, is_told)


def test_entries_of_a_file_that_is_gone_are_stale(tmp_path: Path) -> None:
    laid(tmp_path, {"a/main.tf": WEB, "b/main.tf": OTHER})
    run(tmp_path, "check", "--write-baseline", "known.json")
    (tmp_path / "a/main.tf").unlink()
    (tmp_path / "a").rmdir()
    assert STALE in checked(tmp_path, "--baseline", "known.json").err
    assert STALE not in checked(tmp_path, "--baseline", "known.json", "b").err


def test_a_module_is_judged_with_its_callers_or_its_entries_are_not_stale(tmp_path: Path) -> None:
    laid(tmp_path, {"live/main.tf": MODULE.replace("./child", "../child"), "child/main.tf": WEB})
    run(tmp_path, "check", "--write-baseline", "known.json")
    ran = checked(tmp_path, "--baseline", "known.json", "child")
    assert (reported(ran), "no longer" in ran.err) == (["IMDS001 aws_instance.web"], False)


def test_pruning_removes_what_is_stale_and_writes_nothing_else(tmp_path: Path) -> None:
    laid(tmp_path, {"a/main.tf": WEB, "b/main.tf": OTHER})
    run(tmp_path, "check", "--write-baseline", "known.json")
    laid(tmp_path, {"a/main.tf": "", "c/main.tf": WEB.replace("web", "new")})
    before = tree(tmp_path)
    ran = checked(tmp_path, "--baseline", "known.json", "--prune-baseline")
    assert "known.json: 1 entry removed: IMDS001 of aws_instance.web in a/main.tf.\n" in ran.err
    assert (reported(ran), ran.status) == (["IMDS001 aws_instance.new"], 1)
    after = tree(tmp_path)
    entries = baseline.read("", after.pop("known.json"))
    assert [entry.resource for entry in entries] == ["aws_instance.other"]
    before.pop("known.json")
    assert after == before
    again = checked(tmp_path, "--baseline", "known.json", "--prune-baseline")
    assert "known.json: 0 entries removed.\n" in again.err


def test_a_run_from_elsewhere_finds_the_same(tmp_path: Path) -> None:
    laid(tmp_path, {"repo/a/main.tf": WEB, "repo/t.yaml": TEMPLATE})
    top = tmp_path / "repo"
    run(top, "check", "--write-baseline", "known.json")
    for directory, arguments in [
        (top / "a", ["--baseline", "../known.json"]),
        (tmp_path, ["--baseline", "repo/known.json", "repo"]),
        (tmp_path, ["--baseline", str(top / "known.json"), str(top)]),
        (top, ["--baseline", "known.json", "a/main.tf", "./t.yaml"]),
    ]:
        ran = checked(directory, *arguments)
        assert (reported(ran), ran.status, "no longer" in ran.err) == ([], 0, False), arguments


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_run_through_a_link_finds_the_same(tmp_path: Path) -> None:
    laid(tmp_path, {"repo/a/main.tf": WEB})
    (tmp_path / "link").symlink_to("repo")
    run(tmp_path / "repo", "check", "--write-baseline", "known.json")
    ran = checked(tmp_path, "--baseline", "link/known.json", "repo")
    assert (reported(ran), ran.status) == ([], 0)


def test_the_configuration_names_it_from_where_it_stands(tmp_path: Path) -> None:
    laid(tmp_path, {"a/main.tf": WEB, ".iac-imds-lint.toml": 'baseline = "known.json"'})
    ran = run(tmp_path, "check")
    assert ran.status == 2
    told = f"Error: no such file: {tmp_path / 'known.json'}: --write-baseline FILE makes a baseline\n"
    assert ran.err == told, "none here is called anything like that"
    assert run(tmp_path, "check", "--write-baseline", "known.json").status == 0
    assert (run(tmp_path, "check").status, run(tmp_path / "a", "check").status) == (0, 0)
    laid(tmp_path, {"other.json": baseline.render([]).decode()})
    assert run(tmp_path, "check", "--baseline", "other.json").status == 1, "the option wins"


def test_fixes_leave_alone_what_is_known(tmp_path: Path) -> None:
    laid(tmp_path, {"a/main.tf": OPEN})
    run(tmp_path, "check", "--write-baseline", "known.json")
    laid(tmp_path, {"b/main.tf": OPEN.replace("web", "new")})
    ran = run(tmp_path, "check", "--baseline", "known.json", "--fix")
    assert ran.status == 0
    assert (tmp_path / "a/main.tf").read_text() == OPEN
    assert (tmp_path / "b/main.tf").read_text() == OPEN.replace("web", "new").replace("optional", "required")
    assert run(tmp_path, "check", "--baseline", "known.json", "--diff").out == b""


def test_the_file_itself_is_not_linted(tmp_path: Path) -> None:
    laid(tmp_path, {"t.yaml": TEMPLATE})
    run(tmp_path, "check", "--write-baseline", "known.json")
    ran = checked(tmp_path, "--baseline", "known.json", "known.json", "t.yaml")
    assert (reported(ran), ran.status) == ([], 0)


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    laid(tmp_path, {"main.tf": WEB})
    tmp_path.chmod(0o555)
    ran = run(tmp_path, "check", "--write-baseline", "known.json")
    tmp_path.chmod(0o755)
    assert (ran.status, ran.err.splitlines()[-1]) == (3, "Error: known.json: Permission denied")


@pytest.mark.parametrize(
    ("why", "changes", "alike"),
    [
        ("each is found as it was", {}, False),
        ("each was edited", {"marked": "n"}, False),
        ("each was moved", {"root": "b"}, False),
        ("all were moved, and are alike", {"root": "b"}, True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_one_of_many_entries_is_paired(why: str, changes: dict[str, str], alike: bool) -> None:
    known = [ENTRY._replace(resource=f"aws_instance.x{'' if alike else number}") for number in range(100)]
    current = [entry._replace(**changes) for entry in known]
    assert baseline.matched(current, baseline.read("", baseline.render(known)), bool) == (set(range(100)), ())
