"""What may differ between two readings of a file into whose scripts something was inserted."""

from __future__ import annotations

import pytest

from iac_imds_lint.documents.growth import grown, ungrown


@pytest.mark.parametrize(
    ("why", "before", "after", "inserted"),
    [
        ("nothing was inserted", "abc", "abc", ["X"]),
        ("one of several insertions, the others are elsewhere", "abc", "abXc", ["W", "X", "Y"]),
        ("two in their order", "abc", "XabYc", ["X", "Y"]),
        ("beside the same text, which was there", "aHbHc", "aHbHHc", ["H"]),
        ("one that begins like what follows it", "ac", "abac", ["ab"]),
        ("all of a text", "", "X", ["X"]),
        ("one that two later ones come to as well, before the first of them", "", "aba", ["ab", "a", "b"]),
    ],
)
def test_what_has_grown(why: str, before: str, after: str, inserted: list[str]) -> None:
    assert grown(before, after, inserted), why


@pytest.mark.parametrize(
    ("why", "before", "after", "inserted"),
    [
        ("twice what was inserted once", "abc", "abXXc", ["X"]),
        ("in another order", "abc", "YaXbc", ["X", "Y"]),
        ("something is gone", "abc", "ab", ["X"]),
        ("something is gone where something is new", "abc", "abX", ["X"]),
        ("another text is new", "", "XY", ["X"]),
        ("a part of what was inserted", "abc", "aXbc", ["XX"]),
    ],
)
def test_what_has_not(why: str, before: str, after: str, inserted: list[str]) -> None:
    assert not grown(before, after, inserted), why


@pytest.mark.parametrize(
    ("why", "before", "after", "inserted", "expected"),
    [
        ("as it is", {"a": ["run x"]}, {"a": ["run -H x"]}, [" -H"], ""),
        ("elsewhere", {"a": "run x", "b": 1}, {"a": "run -H x", "b": 2}, [" -H"], "b"),
        ("a number is no text", {"a": 1}, {"a": 11}, ["1"], "a"),
        ("a new key", {"a": "x"}, {"a": "x", "b": "y"}, ["y"], "b"),
        ("written in JSON, with its quotes escaped", {"a": 'run "x"'}, {"a": 'run -H "t" "x"'}, [' -H \\"t\\"'], ""),
        ("written with a margin that is no part of it", {"a": "b\n"}, {"a": "t\nb\n"}, ["t\n      "], ""),
        ("written where ${ is escaped", {"a": "x"}, {"a": "${t}x"}, ["$${t}"], ""),
        ("written where %{ is escaped", {"a": "x"}, {"a": "%{t}x"}, ["%%{t}"], ""),
        ("written where Fn::Sub takes ${! for ${", {"a": "x"}, {"a": "${!t}x"}, ["${t}"], ""),
        (
            "an item of its own among the texts that are joined",
            {"Fn::Join": ["", ["a\n", "b\n"]]},
            {"Fn::Join": ["", ["a\n", "t\n", "b\n"]]},
            ['"t\\n",\n  '],
            "",
        ),
        (
            "an item of its own, as the text is joined",
            {"!Join": ["", ["a\n", "b\n", {"Ref": "X"}, "c"]]},
            {"!Join": ["", ["a\n", "t\n", "b\n", {"Ref": "X"}, "c"]]},
            ["t\\n"],
            "",
        ),
        (
            "an item of its own, which says something else",
            {"Fn::Join": ["", ["a\n", "b\n"]]},
            {"Fn::Join": ["", ["a\n", "u\n", "b\n"]]},
            ["t\\n\n  - "],
            "Fn::Join.1.0",
        ),
        (
            "an item between functions",
            {"!Join": ["", [{"Ref": "X"}]]},
            {"!Join": ["", ["t", {"Ref": "X"}]]},
            ["t"],
            "",
        ),
        (
            "another item than what was inserted, between functions",
            {"!Join": ["", [{"Ref": "X"}]]},
            {"!Join": ["", ["u", {"Ref": "X"}]]},
            ["t"],
            "!Join.1.0",
        ),
    ],
)
def test_what_differs(why: str, before: object, after: object, inserted: list[str], expected: str) -> None:
    assert ungrown(before, after, inserted) == expected, why
