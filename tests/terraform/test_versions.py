"""Version constraints: a table with reasons, every small version by brute force, and Terraform itself."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.catalog.module_schema import Era
from iac_imds_lint.terraform.versions import Malformed, Version, admitted, locked, may_be_below, parsed

TERRAFORM = shutil.which("terraform")

# What the constraint of a module call says of one version, and why.
ADMITS = [
    ("", "0.0.1", True, "no constraint admits everything"),
    ("", "99.0.0", True, "no constraint admits everything"),
    ("5.7.1", "5.7.1", True, "a bare version is that version"),
    ("5.7.1", "5.7.2", False, "a bare version is no lower bound"),
    ("= 5.7.1", "5.7.1", True, "equal"),
    ("= 5.7.1", "5.7.0", False, "not equal"),
    ("=5.7.1", "5.7.1", True, "the space is optional"),
    ("  =   5.7.1  ", "5.7.1", True, "spaces around do not count"),
    ("v5.7.1", "5.7.1", True, "a v is ignored"),
    ("~> v5.7", "5.8.0", True, "a v is ignored"),
    ("05.7.1", "5.7.1", True, "leading zeros are ignored"),
    ("5.7.1+build", "5.7.1", True, "build metadata is ignored"),
    ("5.7", "5.7.0", True, "what is not written is zero"),
    ("5.7", "5.7.1", False, "what is not written is zero, not any"),
    ("5", "5.0.0", True, "what is not written is zero"),
    ("5", "5.1.0", False, "what is not written is zero, not any"),
    ("!= 5.7.1", "5.7.1", False, "the one version is excluded"),
    ("!= 5.7.1", "5.7.2", True, "only the one version is excluded"),
    ("!= 5.7", "5.7.3", True, "5.7.0 alone is excluded"),
    ("> 5.7.1", "5.7.2", True, "above"),
    ("> 5.7.1", "5.7.1", False, "not above itself"),
    ("> 5", "5.0.1", True, "above 5.0.0"),
    ("> 5", "5.0.0", False, "5 is 5.0.0"),
    (">= 5.7.1", "5.7.1", True, "at least itself"),
    (">= 5.7.1", "5.7.0", False, "below"),
    (">=5.8,<6.0", "5.8.0", True, "both hold; no spaces"),
    (">= 5.8, < 6.0", "6.0.0", False, "the end is excluded"),
    (">= 5.8, < 6.0", "5.7.9", False, "before the start"),
    ("< 5.8.0", "5.7.99", True, "below; patches have no end"),
    ("< 5.8.0", "5.8.0", False, "not below itself"),
    ("<= 5.8", "5.8.0", True, "at most itself"),
    ("<= 5.8", "5.8.1", False, "5.8 is 5.8.0"),
    ("<= 5", "5.0.1", False, "5 is 5.0.0"),
    ("~> 5.7.1", "5.7.9", True, "the last number may grow"),
    ("~> 5.7.1", "5.7.0", False, "below the start"),
    ("~> 5.7.1", "5.8.0", False, "only the last number may grow"),
    ("~> 5.7.0", "5.7.0", True, "the start is included"),
    ("~> 5.7", "5.7.0", True, "the start is included"),
    ("~> 5.7", "5.99.0", True, "the last number that is written may grow"),
    ("~> 5.7", "6.0.0", False, "the major version may not"),
    ("~> 5.7", "5.6.9", False, "below the start"),
    ("~> 5", "5.1.0", True, "above the start"),
    ("~> 5", "6.0.0", True, "the one number may grow: for modules there is no end"),
    ("~> 5", "4.9.9", False, "below the start"),
    ("~>5.7", "5.8.0", True, "the space is optional"),
    ("~> 5.7, != 5.8.0", "5.8.0", False, "excluded from the range"),
    ("~> 5.7, != 5.8.0", "5.8.1", True, "the rest of the range is left"),
    ("~> 5.7.1, < 5.7.3, != 5.7.1, != 5.7.2", "5.7.1", False, "every version of the range is excluded"),
    ("> 5.7.1, < 5.7.2", "5.7.1", False, "no release lies between two patches"),
    ("> 5.7.1, < 5.7.2", "5.7.2", False, "no release lies between two patches"),
    (">= 6.0, < 5.0", "5.5.0", False, "a contradiction admits nothing"),
    ("5.7.1, 5.7.2", "5.7.1", False, "two versions at once are none"),
    ("= 5.7.1, >= 5.0", "5.7.1", True, "both hold"),
    ("= 5.7.1, >= 6.0", "5.7.1", False, "the other refuses it"),
    ("6.0.0-rc.1", "6.0.0-rc.1", True, "a pre-release that is named"),
    ("= 6.0.0-rc.1", "6.0.0", False, "a pre-release is not its release"),
    ("6.0.0-rc.1", "6.0.0-rc.2", False, "another pre-release"),
    (">= 5.0", "6.0.0-rc.1", False, "a range admits no pre-release"),
    ("~> 6.0.0-rc.1", "6.0.0-rc.1", False, "a range admits no pre-release, not even its start"),
    (">= 6.0.0-rc.1", "6.0.0", True, "the release comes after its pre-release"),
    ("> 6.0.0-rc.1", "6.0.0", True, "the release comes after its pre-release"),
    ("<= 6.0.0-rc.1", "6.0.0", False, "the release comes after its pre-release"),
    ("< 6.0.0-rc.1", "5.9.9", True, "below"),
    ("!= 6.0.0-rc.1", "6.0.0", True, "the release is not excluded"),
    ("= 6.0.0-rc.1, < 6.0.0", "6.0.0-rc.1", True, "both hold of the one that is named"),
    ("= 6.0.0-rc.10, > 6.0.0-rc.9", "6.0.0-rc.10", True, "numbers in a pre-release are numbers"),
    ("= 6.0.0-rc.1, > 6.0.0", "6.0.0-rc.1", False, "a pre-release is below its release"),
    ("= 6.0.0-rc.1, != 6.0.0-rc.1", "6.0.0-rc.1", False, "named and excluded"),
]

MALFORMED = [
    (" ", "nothing is written"),
    (",", "nothing on either side"),
    (">= 5.0,", "nothing after the comma"),
    ("latest", "no number"),
    ("*", "no wildcards"),
    ("5.x", "no wildcards"),
    ("5.7.*", "no wildcards"),
    ("^5.0", "another tool's operator"),
    ("== 5.0", "another tool's operator"),
    ("=> 5.0", "turned around"),
    ("> = 5.0", "an operator is one word"),
    ("<> 5.0", "another tool's operator"),
    (">= 5.0 < 6.0", "the comma is missing"),
    (">= 5.0 || < 4.0", "there is no or"),
    ("~>", "the version is missing"),
    ("5.0.0-", "an empty pre-release"),
    ("V5.0", "only a small v is ignored"),
    ("\u0665.0.0", "digits are ASCII"),
    ("5.0.0.1", "modules and providers have three numbers"),
]


def eras_around(version: str) -> tuple[Era, ...]:
    """Three eras, the middle of which is the version alone."""
    place = parsed(version)
    assert place is not None
    major, minor, patch = place.release
    after = f"{version}.0" if place.pre else f"{major}.{minor}.{patch + 1}"
    return Era("", ()), Era(version, ()), Era(after, ())


@pytest.mark.parametrize(("constraint", "version", "expected", "why"), ADMITS, ids=str)
def test_admitted(constraint: str, version: str, expected: bool, why: str) -> None:
    eras = eras_around(version)
    found = admitted(constraint, eras)
    assert not isinstance(found, Malformed)
    assert (eras[1] in found) is expected, why


@pytest.mark.parametrize(("constraint", "why"), MALFORMED, ids=str)
def test_malformed(constraint: str, why: str) -> None:
    assert isinstance(admitted(constraint, ()), Malformed), why
    assert isinstance(may_be_below(constraint, "4.61.0"), Malformed), why


def test_the_malformed_part_is_named() -> None:
    assert admitted(">= 5.0, latest", ()) == Malformed("latest")
    assert may_be_below(">= 5.0", "soon") == Malformed("soon")


@pytest.mark.parametrize(
    ("constraint", "expected", "why"),
    [
        ("", True, "no constraint admits everything"),
        (">= 4.0", True, "4.0.0 is below"),
        (">= 4.60", True, "4.60.0 is below"),
        (">= 4.61", False, "4.61.0 is not below itself"),
        ("~> 4.0", True, "4.0.0 is below"),
        ("~> 4", True, "4.0.0 is below"),
        ("~> 5.0", False, "5.0.0 is above"),
        ("~> 5", False, "5.0.0 is above"),
        ("~> 3, >= 4.0", False, "for a provider ~> 3 ends before 4: nothing is left"),
        ("< 6.0", True, "anything below 6"),
        ("> 4.60.0", True, "4.60.1 is below"),
        ("4.60.0", True, "named"),
        ("5.100.0", False, "named"),
        ("!= 4.60.0", True, "4.59.0 is left"),
        (">= 4.60.9, < 4.60.10, != 4.60.9", False, "the only one is excluded"),
        (">= 5.0, < 4.0", False, "nothing is admitted"),
        ("4.61.0-beta1", True, "a pre-release is below its release"),
        ("> 4.61.0-beta1", False, "4.61.0 is the first release above"),
    ],
)
def test_may_be_below(constraint: str, expected: bool, why: str) -> None:
    assert may_be_below(constraint, "4.61.0") is expected, why


def test_an_era_of_pre_releases_alone_is_reached_by_name_only() -> None:
    eras = (Era("", ()), Era("2.0.0-next.1", ()), Era("2.0.0", ()))
    assert admitted(">= 1.0", eras) == (eras[0], eras[2])
    assert admitted("2.0.0-next.7", eras) == (eras[1],)


def test_pre_releases_are_ordered_as_semantic_versioning_has_it() -> None:
    ordered = "1.0.0-1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0".split()
    places = [parsed(text) for text in ordered]
    assert sorted(filter(None, places), key=Version.precedence) == places


def test_locked() -> None:
    text = """# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 4.0.0"
  hashes = [
    "h1:abc=",
  ]
}

provider "registry.terraform.io/hashicorp/null" {
  version = "3.2.4"
}
"""
    expected = {"registry.terraform.io/hashicorp/aws": "5.100.0", "registry.terraform.io/hashicorp/null": "3.2.4"}
    assert locked(text) == expected
    assert locked(text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("text", ["", "provider {", '# provider "a" {\nversion = "1"', 'provider "a" {\n}\n'])
def test_nothing_is_locked(text: str) -> None:
    assert locked(text) == {}


# Small numbers, so that every bound has all its neighbours in the grid.
RELEASES = list(itertools.product(range(5), repeat=3))
TERMS = st.builds(
    lambda operator, numbers: (operator, numbers),
    st.sampled_from(["=", "!=", ">", ">=", "<", "<=", "~>"]),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
)


def holds(term: tuple[str, list[int]], release: tuple[int, int, int]) -> bool:
    """One term by comparison, as Terraform's documentation words it."""
    operator, numbers = term
    bound = (*numbers, 0, 0)[:3]
    match operator:
        case "=":
            return release == bound
        case "!=":
            return release != bound
        case ">":
            return release > bound
        case ">=":
            return release >= bound
        case "<":
            return release < bound
        case "<=":
            return release <= bound
    return release >= bound and list(release[: len(numbers) - 1]) == numbers[:-1]


@given(st.lists(TERMS, max_size=4), st.sets(st.sampled_from(RELEASES[1:60]), max_size=4))
def test_eras_are_admitted_where_a_release_in_them_is(terms: list, starts: set[tuple[int, int, int]]) -> None:
    constraint = ", ".join(f"{operator} {'.'.join(map(str, numbers))}" for operator, numbers in terms)
    places = [(0, 0, 0), *sorted(starts)]
    eras = tuple(Era(".".join(map(str, place)) if place > (0, 0, 0) else "", ()) for place in places)
    expected = {
        sum(place <= release for place in places) - 1
        for release in RELEASES
        if all(holds(term, release) for term in terms)
    }
    assert admitted(constraint, eras) == tuple(era for number, era in enumerate(eras) if number in expected)


@cache
def terraform_release() -> tuple[int, int, int]:
    done = subprocess.run([str(TERRAFORM), "version", "-json"], capture_output=True, text=True, check=True)
    version = parsed(json.loads(done.stdout)["terraform_version"])
    assert version is not None
    return version.release


@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not installed")
@pytest.mark.parametrize(
    "form",
    [
        "{a}.{b}.{c}", "= {a}.{b}", "{a}", "!= {a}.{b}.{c}", "!= {a}.{b}", "> {a}.{b}.{c}", ">= {a}.{b}.{c}",
        "< {a}.{b}.{c}", "<= {a}.{b}.{c}", "<= {a}.{b}", "<= {a}", "~> {a}", "~> 0", "~> {d}", "~> {a}.{b}",
        "~> {a}.{e}", "~> {a}.{b}.{c}", "~> {a}.{b}.{f}", "~> {a}.{b}.0", "~> {a}.0.0", "~> {a}.0", "v{a}.{b}.{c}",
        ">={a}.0,<{d}.0", "> {a}.0 , < {a}.{b}", "{a}.{b}.{c}+build", "~> {a}.{b}, != {a}.{b}.{c}",
        "~> {a}.{b}, != {a}.{b}.{f}", "0{a}.{b}.{c}", "", ">= {a},", "^{a}.0", "{a}.x", "*", "== {a}.{b}.{c}",
        "> = {a}", ">= {a} < {d}", ">= {a} || < 0.1", "=> {a}", "latest", "~>",
    ],
)  # fmt: skip
def test_terraform_agrees(form: str, tmp_path: Path) -> None:
    a, b, c = terraform_release()
    constraint = form.format(a=a, b=b, c=c, d=a + 1, e=b + 1, f=c + 1)
    (tmp_path / "main.tf").write_text(f'terraform {{\n  required_version = "{constraint}"\n}}\n')
    done = subprocess.run(
        [str(TERRAFORM), "init", "-no-color"],
        cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    eras = eras_around(f"{a}.{b}.{c}")
    if "Invalid version constraint" in done.stderr:
        # Terraform refuses an empty string too; ours stands for a constraint that is not written.
        assert isinstance(admitted(constraint, eras), Malformed) or not constraint
    else:
        assert done.returncode == 0 or "Unsupported Terraform Core version" in done.stderr, done.stderr
        found = admitted(constraint, eras)
        assert not isinstance(found, Malformed)
        assert (eras[1] in found) is (done.returncode == 0)
