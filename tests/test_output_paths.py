"""Paths and fingerprints as other programs read them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iac_imds_lint.output import paths
from iac_imds_lint.output.fingerprints import fingerprints
from iac_imds_lint.output.view import Root
from tests.shell import run
from tests.support import linted

posix_only = pytest.mark.skipif(os.name != "posix", reason="paths of POSIX")

BELOW = Root("/home/me/repo/infra", "/home/me/repo")
TOP = Root("/home/me/repo", "/home/me/repo")


@posix_only
@pytest.mark.parametrize(
    ("path", "root", "told", "uri", "why"),
    [
        ("main.tf", TOP, "main.tf", ("main.tf", True), "at the root"),
        ("main.tf", BELOW, "infra/main.tf", ("infra/main.tf", True), "the command runs in a directory of it"),
        ("./a/../main.tf", BELOW, "infra/main.tf", ("infra/main.tf", True), "the shortest of its names"),
        ("../shared/x.tf", BELOW, "shared/x.tf", ("shared/x.tf", True), "beside the directory, in the repository"),
        ("/home/me/repo/infra/x.tf", BELOW, "infra/x.tf", ("infra/x.tf", True), "named from the root of the machine"),
        ("../../other/x.tf", BELOW, "../other/x.tf", ("file:///home/me/other/x.tf", False), "outside of it"),
        ("/srv/x y.tf", BELOW, "/srv/x y.tf", ("file:///srv/x%20y.tf", False), "outside, named from the root"),
        ("/home/me/repository/x.tf", TOP, "/home/me/repository/x.tf", ("file:///home/me/repository/x.tf", False), "a longer name"),
        ("a b/é🦀.tf", TOP, "a b/é🦀.tf", ("a%20b/%C3%A9%F0%9F%A6%80.tf", True), "percent-encoded UTF-8"),
        ("a:b/100%.tf", TOP, "a:b/100%.tf", ("a%3Ab/100%25.tf", True), "what would be a scheme, or an escape"),
        ("a?b#c[1].tf", TOP, "a?b#c[1].tf", ("a%3Fb%23c%5B1%5D.tf", True), "what would be a query and a fragment"),
        ("a\\b.tf", TOP, "a\\b.tf", ("a%5Cb.tf", True), "a backslash is a letter here"),
        ("x\udcff.tf", TOP, "x\udcff.tf", ("x%FF.tf", True), "a name that is not UTF-8"),
        ("a/main.tf", Root(), "a/main.tf", ("a/main.tf", True), "nothing is known of the root"),
        ("../main.tf", Root(), "../main.tf", ("../main.tf", False), "nor of what is outside of it"),
        ("..main.tf", Root(), "..main.tf", ("..main.tf", True), "a name that begins with dots"),
        ("x.tf", Root("/", "/"), "x.tf", ("x.tf", True), "the root of the machine is that of the repository"),
    ],
)  # fmt: skip
def test_a_path(path: str, root: Root, told: str, uri: tuple[str, bool], why: str) -> None:
    assert paths.told(path, root) == told, why
    assert paths.uri(path, root) == uri, why


def test_a_path_of_windows_has_slashes() -> None:
    assert paths.slashed("modules\\web\\main.tf", "\\") == "modules/web/main.tf"


WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
PAIR = WEAK + WEAK.replace('"x"', '"y"')


def named(files: dict[str, str], root: Root = TOP) -> dict[str, str]:
    """The fingerprints of what is found, by resource."""
    findings = linted(files).findings
    return {
        finding.resource.address: fingerprint
        for finding, fingerprint in zip(findings, fingerprints(findings, root), strict=True)
        if finding.resource
    }


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (PAIR, "nothing changed"),
        ("# of the team\n\n" + PAIR, "lines are moved"),
        (PAIR.replace('"a"', '"ami-0123456789abcdef0"'), "the text changed, and the posture did not"),
        (PAIR.replace('resource "aws_instance" "y"', "# another comment\n" + 'resource "aws_instance" "y"'), "of one"),
    ],
)
def test_a_fingerprint_stays(after: str, why: str) -> None:
    assert named({"main.tf": after}) == named({"main.tf": PAIR}), why


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"other.tf": WEAK}, "another file"),
        ({"main.tf": WEAK.replace('"x"', '"z"')}, "another resource"),
        ({"main.tf": WEAK.replace('ami = "a"', "metadata_options {\n    http_tokens = var.t\n  }")}, "another rule and posture"),
    ],
)  # fmt: skip
def test_another_finding_has_another_fingerprint(files: dict[str, str], why: str) -> None:
    assert not set(named(files).values()) & set(named({"main.tf": WEAK}).values()), why


def test_findings_that_are_alike_are_told_apart() -> None:
    (finding,) = linted({"main.tf": WEAK}).findings
    first, second, third = fingerprints([finding, finding, finding], TOP)
    assert len({first, second, third}) == 3
    assert [first] == list(fingerprints([finding], TOP)), "the first is as it would be alone"


def test_a_fingerprint_is_the_same_from_every_directory(tmp_path: Path) -> None:
    """And paths begin at the root of the repository, wherever the command runs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(WEAK)
    told = [
        run(tmp_path / directory, "check", "--output-format", "gitlab", *arguments).out
        for directory, arguments in ((".", ()), ("infra", ()), ("infra", (str(tmp_path / "infra" / "main.tf"),)))
    ]
    assert told[1:] == told[:1] * 2
    assert b'"path": "infra/main.tf"' in told[0]
