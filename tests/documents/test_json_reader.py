"""The JSON reader: what it reads, with exact places, and what it says about texts that are not JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import DEEPEST, Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.source import Position, Problem, SourceFile, Span


def read(text: str) -> Node | Problem:
    return json_reader.read(SourceFile("t.json", text))


def span(start: int, end: int) -> Span:
    return Span("t.json", start, end)


def test_reads_a_whole_document_with_places() -> None:
    assert read('{"é": [1, true], "b": "\\u00e9"}') == Mapping(
        span(0, 31),
        (
            Member(
                "é",
                span(1, 4),
                Sequence(span(6, 15), (Scalar(span(7, 8), 1, False), Scalar(span(10, 14), True, False)), True),
            ),
            Member("b", span(17, 20), Scalar(span(22, 30), "é", True)),
        ),
        True,
    )


def test_keeps_duplicate_keys_in_order() -> None:
    tree = read('{"a": 1, "a": 2}')
    assert isinstance(tree, Mapping)
    assert [(member.key, member.value) for member in tree.members] == [
        ("a", Scalar(span(6, 7), 1, False)),
        ("a", Scalar(span(14, 15), 2, False)),
    ]
    assert tree.get("a") == Scalar(span(14, 15), 2, False), "the last one counts, as in every decoder"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("null", None),
        ("false", False),
        ("-12", -12),
        ("1.5e3", 1500.0),
        ("1E2", 100.0),
        ("1e+16", 1e16),
        ('""', ""),
        (r'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud800x"', "\N{REPLACEMENT CHARACTER}x"),
        ("1" * 5000, float("inf")),
    ],
)
def test_scalars_are_typed(text: str, content: object) -> None:
    tree = read(text)
    assert isinstance(tree, Scalar)
    assert (tree.content, type(tree.content)) == (content, type(content))


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("", "there is nothing in it", (1, 1)),
        (" \n ", "there is nothing in it", (2, 2)),
        ("// c\n{}", "a comment, which JSON does not have", (1, 1)),
        ('{"a": 1 /* c */}', "a comment, which JSON does not have", (1, 9)),
        ('{"a": 1} # c', "a comment, which JSON does not have", (1, 10)),
        ("{'a': 1}", "a string in single quotes: JSON takes double quotes", (1, 2)),
        ('{"a": 1,}', "a comma before the closing bracket, which JSON does not allow", (1, 8)),
        ("[1,\n 2,\n]", "a comma before the closing bracket, which JSON does not allow", (2, 3)),
        ('{"a": 1 "b": 2}', "Expecting ',' delimiter", (1, 9)),
        ("{a: 1}", "Expecting property name enclosed in double quotes", (1, 2)),
        ("{} {}", "Extra data", (1, 4)),
        ('{"a": [1', "the text ends where more is expected", (1, 9)),
        ('"a\nb"', "Invalid control character", (1, 3)),
        ('{"a": "b', "Unterminated string", (1, 7)),
        (r'"\q"', "Invalid \\escape", (1, 2)),
        ("[01]", "Expecting ',' delimiter", (1, 3)),
        ("[1.]", "Expecting ',' delimiter", (1, 3)),
        ("tru", "Expecting value", (1, 1)),
        ("[" * 10_000, "nested more than 100 levels deep", (1, 101)),
        ("[" * 10_000 + "]" * 10_000, "nested more than 100 levels deep", (1, 101)),
        ('{"[":' * 101 + "1" + "}" * 101, "nested more than 100 levels deep", (1, 501)),
    ],
)
def test_says_what_is_not_json(text: str, words: str, position: tuple[int, int]) -> None:
    assert read(text) == Problem("t.json", words, Position(*position))


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_refuses_the_constants_that_python_adds_to_json(constant: str) -> None:
    assert read(constant) == Problem("t.json", f"{constant} is not a JSON value")


def test_nesting_up_to_the_limit_is_read() -> None:
    assert isinstance(read("[" * DEEPEST + "]" * DEEPEST), Sequence)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def content(source: SourceFile, node: Node) -> Any:
    """What the tree says, after checking that every span slices exactly its own JSON text."""
    match node:
        case Mapping(place, members):
            told: Any = {member.key: content(source, member.value) for member in members}
            for member in members:
                assert json.loads(source.slice(member.key_span)) == member.key
        case Sequence(place, items):
            told = [content(source, item) for item in items]
        case Scalar(place, told):
            pass
        case _:
            raise AssertionError(node)
    assert json.loads(source.slice(place)) == told
    return told


@given(JSON, st.sampled_from([None, 2, "\t"]), st.booleans(), st.booleans())
def test_reads_what_pythons_decoder_reads(
    value: object, indent: int | str | None, ascii_only: bool, crlf: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    source = SourceFile("t.json", text.replace("\n", "\r\n") if crlf else text)
    tree = json_reader.read(source)
    assert not isinstance(tree, Problem)
    assert content(source, tree) == value


@settings(max_examples=300)
@given(st.text(st.sampled_from('{}[]",:\\u0019dé.-e/ \n\ttruefalsn')) | st.text())
def test_any_text_is_a_tree_or_a_problem(text: str) -> None:
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
        valid = True
    except (ValueError, ZeroDivisionError):
        valid = False
    assert isinstance(read(text), Problem) is not valid
