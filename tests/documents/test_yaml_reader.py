"""The YAML reader: what it reads, with exact places, and what it says about texts that it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from iac_imds_lint.documents import yaml_reader
from iac_imds_lint.documents.node import DEEPEST, Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Position, Problem, SourceFile, Span


def read(text: str) -> tuple[Node, ...] | Problem:
    return yaml_reader.read(SourceFile("t.yaml", text))


def one(text: str) -> Node:
    documents = read(text)
    assert not isinstance(documents, Problem), documents
    assert len(documents) == 1
    return documents[0]


def mapping(text: str) -> Mapping:
    tree = one(text)
    assert isinstance(tree, Mapping)
    return tree


def span(start: int, end: int) -> Span:
    return Span("t.yaml", start, end)


def test_reads_a_whole_document_with_places() -> None:
    assert one("é: !Ref A\nb:\n- 1 # one\n- {c: 'd'}\n\n# end\n") == Mapping(
        span(0, 33),
        (
            Member("é", span(0, 1), Tagged(span(3, 9), "Ref", Scalar(span(8, 9), "A", False))),
            Member(
                "b",
                span(10, 11),
                Sequence(
                    span(13, 33),
                    (
                        Scalar(span(15, 16), 1, False),
                        Mapping(span(25, 33), (Member("c", span(26, 27), Scalar(span(29, 32), "d", True)),), True),
                    ),
                    False,
                ),
            ),
        ),
        False,
    )


@pytest.mark.parametrize(
    ("text", "content", "why"),
    [
        ("", None, "nothing is null"),
        ("~", None, "YAML 1.1"),
        ("NULL", None, "YAML 1.1"),
        ("nULL", "nULL", "no such spelling"),
        ("yes", True, "YAML 1.1"),
        ("Off", False, "YAML 1.1"),
        ("TRUE", True, "YAML 1.1"),
        ("tRUE", "tRUE", "no such spelling"),
        ("y", "y", "PyYAML and CloudFormation leave single letters alone"),
        ("'true'", "true", "quoted text is text"),
        ('"2"', "2", "quoted text is text"),
        ("!!str 2", "2", "said to be text"),
        ("! 2", "2", "the tag of quoted text"),
        ("|-\n    2", "2", "a block scalar is text"),
        ("2", 2, "a number"),
        ("-1_000", -1000, "YAML 1.1"),
        ("010", 8, "octal in YAML 1.1"),
        ("089", "089", "neither octal nor decimal"),
        ("0x1F", 31, "hexadecimal"),
        ("0b11", 3, "binary"),
        ("0x_", "0x_", "no digits"),
        ("1.5", 1.5, "a number"),
        (".5", 0.5, "a number"),
        ("1.5e+3", 1500.0, "a number"),
        ("1e3", "1e3", "YAML 1.1 wants a point"),
        ("2012-10-17", "2012-10-17", "dates stay text"),
        ("1:30", "1:30", "numbers to the base 60 stay text"),
        ("9" * 5000, "9" * 5000, "longer than any number that we compare"),
        ("required", "required", "text"),
        ("-", [None], "an empty item"),
    ],
)
def test_values_are_typed_as_yaml_1_1(text: str, content: object, why: str) -> None:
    value = mapping(f"k:\n  {text}\n").get("k")
    found = [item.content for item in value.items if isinstance(item, Scalar)] if isinstance(value, Sequence) else None
    found = value.content if isinstance(value, Scalar) else found  # type: ignore[assignment]
    assert (found, type(found)) == (content, type(content)), why


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "written", "why"),
    [
        ("|\n  a\n  b\n\n# c\nz: 1\n", "|\n  a\n  b", "blank lines after a clipped block scalar are not its text"),
        ("|+\n  a\n\nz: 1\n", "|+\n  a\n\n", "but they are the text of one that keeps them"),
        (">- # a + b\n  a\n\nz: 1\n", ">- # a + b\n  a", "a plus in the header's comment keeps nothing"),
        ("|\n  a", "|\n  a", "no final newline"),
        ("&x !Sub # c\n  a\n", "a", "the node begins after its anchor, tag and comment"),
        ("\n  a: 1\n  # c\n\nz: 1\n", "a: 1", "a block mapping ends with its last value"),
        ("\n  - a\n  - b:\n  # c\nz: 1\n", "- a\n  - b:", "and an empty value where its colon does"),
        ("\n  &y a: 1\n", "&y a: 1", "the anchor of the first key is no property of the mapping"),
        ("{a: 1,\n  b: 2} # c\n", "{a: 1,\n  b: 2}", "a flow mapping ends with its brace"),
        ("a\n  b # c\n", "a\n  b", "a plain scalar may run over lines"),
    ],
)
def test_spans_are_exact(text: str, written: str, why: str, newline: str) -> None:
    source = SourceFile("t.yaml", ("k: " + text).replace("\n", newline))
    documents = yaml_reader.read(source)
    assert not isinstance(documents, Problem)
    assert isinstance(documents[0], Mapping)
    value = documents[0].members[0].value
    node = value.node if isinstance(value, Tagged) else value
    assert source.slice(node.span) == written.replace("\n", newline), why


def test_an_alias_is_the_anchored_node_and_both_are_marked() -> None:
    tree = mapping("a: &x {b: 1}\nc: *x\nd: &y {e: 2}\n")
    first, second, third = tree.members
    assert first.value is second.value
    assert [member.aliased for member in (first, second, third)] == [True, True, False], "y has no alias"
    assert tree.span == span(0, 31), "and a mapping may end with an alias"


def test_merge_keys_are_followed() -> None:
    tree = mapping("a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc:\n  l: 3\n  <<: [*a, *b]\n")
    merged = tree.get("c")
    assert isinstance(merged, Mapping)
    found = {member.key: (member.value[1], member.aliased) for member in merged.members}
    assert found == {"k": (1, True), "m": (2, True), "l": (3, False)}, "the first base wins, own keys over all"


@pytest.mark.parametrize("value", ["'<<': {b: 1}", "<<: b", "<<: [b]", "<<: [1, {c: d}]"])
def test_what_cannot_be_merged_stays_a_member(value: str) -> None:
    assert [member.key for member in mapping(value).members] == ["<<"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a: 1\na: 2\n", ["a", "a"]),
        ("1: a\ntrue: b\nnull: c\n'q': d\n2012-10-17: e\n", ["1", "true", "null", "q", "2012-10-17"]),
        ("? [a, b]\n: c\n? {d: e}\n: f\n", ["[a, b]", "{d: e}"]),
        ("? !Ref a\n: c\n", ["!Ref a"]),
        ("{{ jinja }}: a\n", ["{{ jinja }}"]),
        ("? a\n", ["a"]),
    ],
)
def test_any_key_has_a_text(text: str, keys: list[str]) -> None:
    assert [member.key for member in mapping(text).members] == keys


def test_documents_come_in_order_and_do_not_share_anchors() -> None:
    assert read("--- 1\n...\n---\n--- a\n") == (
        Scalar(span(4, 5), 1, False),
        Scalar(span(14, 14), None, False),
        Scalar(span(18, 19), "a", False),
    )
    assert read("") == read("# nothing\n") == ()
    assert read("--- &x a\n--- *x\n") == Problem("t.yaml", "found undefined alias 'x'", Position(2, 5))


BOMB = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20)
)
LADDER = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 1000))


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("a: [", "did not find expected node content while parsing a flow node", (1, 5)),
        ("a: b: c", "mapping values are not allowed in this context", (1, 5)),
        ("é: a: c", "mapping values are not allowed in this context", (1, 5)),
        ("a: *x", "found undefined alias 'x'", (1, 4)),
        ("a: &x [*x]", "found alias 'x' inside of what it stands for", (1, 8)),
        ("a: é\x07", "control characters are not allowed", (1, 5)),
        ("a: \ud800", "a lone surrogate, which is not text", (1, 4)),
        ("[" * 10_000, "nested more than 100 levels deep", (1, 101)),
        ("- " * 10_000, "nested more than 100 levels deep", (1, 201)),
        ("? " * 10_000, "nested more than 100 levels deep", (1, 201)),
        ("".join(" " * n + "a:\n" for n in range(1000)), "nested more than 100 levels deep", (101, 101)),
        ("{a: " * 100_000 + "}" * 100_000, "nested more than 100 levels deep", (1, 401)),
        (BOMB, "its aliases stand for more than 100000 nodes", (6, 10)),
        (LADDER, "nested more than 100 levels deep", (100, 12)),
    ],
)
def test_says_what_it_refuses(text: str, words: str, position: tuple[int, int]) -> None:
    assert read(text) == Problem("t.yaml", words, Position(*position))


def test_nesting_up_to_the_limit_is_read() -> None:
    assert isinstance(one("[" * DEEPEST + "]" * DEEPEST), Sequence)


def test_works_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x !Sub |\n  é\nb: [*x, {c: 1}]\n# end\n"
    fast = read(text)
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    assert read(text) == fast
    assert read("a: é\x07") == Problem("t.yaml", "special characters are not allowed", Position(1, 5)), (
        "the other reader has other words"
    )


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n \t:#-'\"&*!{}[],|>"))
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=15,
)


def content(source: SourceFile, node: Node) -> Any:
    """What the tree says, after checking that children lie in order inside of their parents."""
    match node:
        case Mapping(place, members):
            ends = [
                place.start,
                *(offset for m in members for offset in (*m.key_span[1:], *m.value.span[1:])),
                place.end,
            ]
            assert ends == sorted(ends)
            return {member.key: content(source, member.value) for member in members}
        case Sequence(place, items):
            ends = [place.start, *(offset for item in items for offset in item.span[1:]), place.end]
            assert ends == sorted(ends)
            return [content(source, item) for item in items]
        case Scalar(place, told, quoted):
            if isinstance(told, int) and not quoted:
                assert yaml.safe_load(source.slice(place)) == told
            return told
        case _:
            raise AssertionError(node)


@given(DATA, st.sampled_from([True, False, None]), st.sampled_from([None, "'", '"', "|"]), st.booleans())
def test_reads_what_pyyaml_writes(data: object, flow: bool | None, style: str | None, unicode: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, default_style=style, allow_unicode=unicode, sort_keys=False)
    source = SourceFile("t.yaml", text)
    documents = yaml_reader.read(source)
    expected = yaml.safe_load(text)
    assert not isinstance(documents, Problem)
    assert content(source, documents[0]) == expected


@settings(max_examples=400)
@given(st.text(st.sampled_from("{}[]\",:'-?&*!|>+%#@ab<0 \n\r\té")) | st.text())
def test_any_text_is_documents_or_a_problem(text: str) -> None:
    try:
        list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        assert isinstance(read(text), Problem)
    else:
        documents = read(text)
        assert not isinstance(documents, Problem) or "inside of what it stands for" in documents.reason
