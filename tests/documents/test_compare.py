"""Differences between two readings."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iac_imds_lint.documents import json_reader, yaml_reader
from iac_imds_lint.documents.compare import MISSING, Difference, differences, plain
from iac_imds_lint.source import Problem, SourceFile


def test_a_tree_as_plain_data() -> None:
    documents = yaml_reader.read(SourceFile("t", "a: !If [c, {d: 1}, ~]\nb: 1\nb: 2\n"))
    assert not isinstance(documents, Problem)
    assert plain(documents[0]) == {"a": {"!If": ["c", {"d": 1}, None]}, "b": 2}


@pytest.mark.parametrize(
    ("before", "after", "expected", "why"),
    [
        ({"a": 1}, {"a": 1}, (), "the same"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, (), "order says nothing"),
        ({"a": 1}, {"a": 2}, (Difference(("a",), 1, 2),), "a value"),
        ({"a": 1}, {"a": True}, (Difference(("a",), 1, True),), "a type"),
        ({"a": "1"}, {"a": 1}, (Difference(("a",), "1", 1),), "a type"),
        ({}, {"a": 1}, (Difference(("a",), MISSING, 1),), "added"),
        ({"a": 1}, {}, (Difference(("a",), 1, MISSING),), "gone"),
        ({"a": None}, {}, (Difference(("a",), None, MISSING),), "null is not nothing"),
        ([1, 2], [1], (Difference((1,), 2, MISSING),), "a shorter list"),
        ([1], [2, 3], (Difference((0,), 1, 2), Difference((1,), MISSING, 3)), "a longer list, in order"),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, (Difference(("a", 0, "b"), 1, 2),), "deep inside"),
        ({"a": {}}, {"a": []}, (Difference(("a",), {}, []),), "another kind of collection"),
        (
            {"a": 1, "b": {"c": 1}},
            {"a": 2, "b": {"c": 2}},
            (Difference(("a",), 1, 2), Difference(("b", "c"), 1, 2)),
            "two",
        ),
    ],
)
def test_differences(before: object, after: object, expected: tuple[Difference, ...], why: str) -> None:
    assert differences(before, after) == expected, why


def test_what_is_missing_has_a_name() -> None:
    assert repr(MISSING) == "MISSING"


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


# The first draw of all characters takes a second.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(DATA, DATA)
def test_what_is_read_differs_as_what_was_written(one: object, other: object) -> None:
    trees = [json_reader.read(SourceFile("t", json.dumps(data))) for data in (one, other)]
    read = [plain(tree) for tree in trees if not isinstance(tree, Problem)]
    assert differences(read[0], one) == ()
    assert differences(*read) == differences(one, other)
    assert (differences(one, other) == ()) is (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
