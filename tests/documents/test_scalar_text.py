"""The text of a scalar: that it is what the readers give, where it stands, and what can be written into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from iac_imds_lint.documents import json_reader, scalar_text, yaml_reader
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.edit import Edit, apply, joined
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.texts import Splice, Text
from iac_imds_lint.value import text_of


def scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Tagged(_, _, inner):
            yield from scalars(inner)
        case Sequence(_, items):
            for item in items:
                yield from scalars(item)
        case Mapping(_, members):
            for member in members:
                yield from scalars(member.value)


def read(source: SourceFile) -> list[Scalar]:
    """The scalars of a file, in order."""
    if source.path.endswith(".json"):
        tree = json_reader.read(source)
        assert not isinstance(tree, Problem), tree
        return list(scalars(tree))
    documents = yaml_reader.read(source)
    assert not isinstance(documents, Problem), documents
    return [one for document in documents for one in scalars(document)]


def text(source: SourceFile) -> Text:
    """The text of the first scalar of a file."""
    return scalar_text.text_of(read(source)[0], source)


def spliced(source: SourceFile, splice: Splice) -> SourceFile:
    return apply(source, joined(Edit(one.span, one.content, one.says) for one in splice.all))


# A file whose first scalar holds MARK, by what is to be seen, and row and column at which it stands.
PLACES = {
    "plain": ("k: curl MARK\n", (1, 9)),
    "plain, over two lines": ("k: curl\n  -s MARK\nl: 1\n", (2, 6)),
    "plain, with an empty line between": ("k: a\n\n   b MARK\n", (3, 6)),
    "plain, behind an anchor and a tag": ("k: !Sub &a MARK\n", (1, 12)),
    "single quotes": ("k: 'it''s MARK'\n", (1, 11)),
    "single quotes over lines": ("k: 'it''s \n\n  a MARK'\n", (3, 5)),
    "double quotes": ('k: "a\\n\\"MARK\\""\n', (1, 10)),
    "double quotes, a character by its number": ('k: "\\x41\\u00e9\\U0001F600MARK"\n', (1, 25)),
    "double quotes, folded": ('k: "a \n\n   MARK b"\n', (3, 4)),
    "double quotes, an escaped newline": ('k: "a \\\n\n   \\  MARK b"\n', (3, 7)),
    "JSON in YAML": ('{"k": "a\\nMARK"}\n', (1, 11)),
    "literal": ("k: |\n  a\n    MARK\n", (3, 5)),
    "literal, stripped": ("k: |-\n  a\n\n  MARK\n\n\nl: 1\n", (4, 3)),
    "literal, kept": ("k: |+\n  a\n\n  MARK\n\n\nl: 1\n", (4, 3)),
    "literal, with an indentation": ("k: |2\n    a\n  MARK\n", (3, 3)),
    "literal, with an indentation and a comment": ("k: |2- # why\n\n    a\n   MARK", (4, 4)),
    "literal, under a tag": ("k:\n  Fn::Base64: !Sub |\n    #!/bin/bash\n    é MARK\n", (4, 7)),
    "literal, empty lines first": ("k: |\n\n \n  a\n  MARK\n", (5, 3)),
    "literal, blanks in an empty line": ("k: |\n  a\n \n     \n  MARK\n", (5, 3)),
    "literal, tabs": ("k: |\n  a\n  \tMARK\n", (3, 4)),
    "literal, CRLF": ("k: |\r\n  a\r\n\r\n  MARK\r\n", (4, 3)),
    "literal, no newline at the end": ("k: |\n  a\n  MARK", (3, 3)),
    "literal in a list": ("- |\n MARK\n- b\n", (2, 2)),
    "folded": ("k: >\n  a\n  b MARK\n", (3, 5)),
    "folded, stripped": ("k: >-\n  a\n\n\n  b MARK\n\n", (5, 5)),
    "folded, kept": ("k: >+\n  a\n  MARK\n\nl: 1\n", (3, 3)),
    "folded, with lines further in": ("k: >\n  a\n    b\n    c\n\n  d\n  MARK\n", (7, 3)),
    "folded, empty lines first": ("k: >\n\n\n    a\n\n   \n    MARK\n", (7, 5)),
    "folded, CRLF": ("k: >\r\n  a\r\n  MARK\r\n", (3, 3)),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_mark_is_found_where_it_stands(name: str) -> None:
    content, place = PLACES[name]
    source = SourceFile("t.yaml", content)
    found = text(source)
    at = found.content.index("MARK")
    assert found.content == read(source)[0].content
    span = found.span(at, at + 4)
    assert (source.slice(span), tuple(source.position(span.start))) == ("MARK", place)


@pytest.mark.parametrize("name", [name for name in PLACES if "escaped newline" not in name])
def test_a_word_is_written_in_place_of_the_mark(name: str) -> None:
    source = SourceFile("t.yaml", PLACES[name][0])
    found = text(source)
    at = found.content.index("MARK")
    splice = found.splice(at, at + 4, "word/2 is 'it'")
    assert splice is not None
    assert read(spliced(source, splice))[0].content == found.content.replace("MARK", "word/2 is 'it'")


# The first scalar's source, what is written at MARK, and the source after that; None where it is refused, for a reason.
WRITTEN = {
    "JSON: escapes": ("t.json", '["a\\nMARK"]', 'say "x\\y"\n\té', '["a\\nsay \\"x\\\\y\\"\\n\\té"]'),
    "JSON: no newline of YAML's as it is": ("t.json", '["MARK"]', "\x85\u2028\x01", '["\\u0085\\u2028\\u0001"]'),
    "JSON: half a character is no text": ("t.json", '["MARK"]', "\ud800", None),
    "double quotes: escapes": ("t.yaml", 'k: "MARK"\n', '"$x"\n', 'k: "\\"$x\\"\\n"\n'),
    "double quotes, folded: a blank at the end": ("t.yaml", 'k: "a\n  MARK"\n', "b", 'k: "a\n  b"\n'),
    "single quotes: doubled": ("t.yaml", "k: 'MARK'\n", "it's\t$x", "k: 'it''s\t$x'\n"),
    "single quotes: no newline": ("t.yaml", "k: 'MARK'\n", "a\nb", None),
    "single quotes, folded: blanks would go": ("t.yaml", "k: 'a\n  MARK'\n", "b ", None),
    "plain: what means nothing": ("t.yaml", "k: a MARK\n", 'echo "$x" 1', 'k: a echo "$x" 1\n'),
    "plain: no newline": ("t.yaml", "k: a MARK\n", "a\nb", None),
    "plain: a colon and a blank make a mapping": ("t.yaml", "k: a MARK\n", "X-aws: y", "k: 'a X-aws: y'\n"),
    "plain: so does a colon before a newline": ("t.yaml", "k: a MARK\n", "X-aws:", "k: 'a X-aws:'\n"),
    "plain: a blank and a hash make a comment": ("t.yaml", "k: a MARK\n", "b #c", "k: 'a b #c'\n"),
    "plain: a bracket ends it in a list": ("t.yaml", "k: a MARK\n", "b]", "k: 'a b]'\n"),
    "plain: a quote may begin it": ("t.yaml", "k: a MARK\n", '"b"', "k: 'a \"b\"'\n"),
    "plain: nothing is null": ("t.yaml", "k: MARK\n", "", "k: ''\n"),
    "plain: its own quotes": ("t.yaml", "k: it's MARK\n", 'a: "b"', 'k: "it\'s a: \\"b\\""\n'),
    "plain: both quotes": ("t.yaml", 'k: it\'s "a" MARK\n', "b: c", None),
    "plain, folded: no quotes for lines": ("t.yaml", "k: a\n  MARK\n", "b: c", None),
    "literal: margin": (
        "t.yaml",
        "k: |\n    a\n      MARK c\n",
        "if x\n  b\n\nfi\n",
        "k: |\n    a\n      if x\n      b\n\n    fi\n     c\n",
    ),
    "literal: the file's newline": ("t.yaml", "k: |\r\n  MARK\r\n", "a: #\nb", "k: |\r\n  a: #\r\n  b\r\n"),
    "literal: nothing that YAML cannot hold": ("t.yaml", "k: |\n  MARK\n", "\x01", None),
    "literal: no carriage return": ("t.yaml", "k: |\n  MARK\n", "a\r\nb", None),
    "folded: what is on a line": ("t.yaml", "k: >\n  a\n  MARK\n", 'b: "#', 'k: >\n  a\n  b: "#\n'),
    "folded: no blank, which might begin a line": ("t.yaml", "k: >\n  a\n  MARK\n", " b", None),
    "literal: a blank that begins another line": ("t.yaml", "k: |\n  a\n  MARK\n", " b", "k: |\n  a\n   b\n"),
    "literal: no blank that begins the first line, which tells the margin": ("t.yaml", "k: |\n  MARK\n", " b", None),
    "folded: no newline": ("t.yaml", "k: >\n  a\n  MARK\n", "b\nc", None),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_text_is_written_as_its_place_wants_it(name: str) -> None:
    path, content, new, expected = WRITTEN[name]
    source = SourceFile(path, content)
    found = text(source)
    at = found.content.index("MARK")
    splice = found.splice(at, at + 4, new)
    assert (splice and spliced(source, splice).text) == expected
    if splice is not None:
        assert read(spliced(source, splice))[0].content == found.content.replace("MARK", new)


def test_a_line_is_inserted_before_another_one_that_begins_with_an_escape() -> None:
    source = SourceFile("t.json", '["a\\n\\tcurl\\n"]')
    found = text(source)
    splice = found.splice(2, 2, "b\n")
    assert splice is not None
    assert spliced(source, splice).text == '["a\\nb\\n\\tcurl\\n"]'


def test_a_line_is_inserted_before_a_line_of_a_literal_block() -> None:
    source = SourceFile("t.yaml", "k: |\n  a\n\n  curl\n")
    found = text(source)
    at = found.content.index("curl")
    splice = found.splice(at, at, "b\n")
    assert splice is not None
    assert spliced(source, splice).text == "k: |\n  a\n\n  b\n  curl\n"


def test_lines_are_replaced_with_the_margin_between_them() -> None:
    source = SourceFile("t.yaml", "k: |\n  a\n  b \\\n    c d\n")
    found = text(source)
    splice = found.splice(found.content.index("b"), found.content.index(" d"), "x")
    assert splice is not None
    assert spliced(source, splice).text == "k: |\n  a\n  x d\n"


def test_an_empty_line_of_a_literal_block_is_no_place_to_write_at() -> None:
    # It may lack the margin, and what is written there would lack it too.
    source = SourceFile("t.yaml", "k: |\n  a\n\n\n  b\n")
    assert text(source).splice(3, 3, "c") is None


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("t.yaml", "k: 12\n", "12"),
        ("t.yaml", "k: yes\n", "true"),
        ("t.yaml", "k:\n", ""),
        ("t.json", "[1.5]", "1.5"),
        ("t.yaml", 'k: ""\n', ""),
        ("t.yaml", "k: |\n", ""),
        ("t.yaml", "k: |+\n\n\n", "\n\n"),
        ("t.yaml", "k: >-\n\n\nl: 1\n", ""),
        ("t.json", '["\\ud83d\\ude00 \\ud83d"]', "😀 �"),
        ("t.json", '["\\/"]', "/"),
    ],
)
def test_the_text_is_what_the_scalar_is_as_text(path: str, content: str, expected: str) -> None:
    assert text(SourceFile(path, content)).content == expected


def test_the_place_of_what_is_made_is_the_whole_scalar() -> None:
    source = SourceFile("t.yaml", "k: 12\n")
    scalar = read(source)[0]
    assert text(source).span(0, 1) == scalar.span
    assert scalar_text.text_of(scalar, SourceFile("other.yaml", "")).span(0, 1) == scalar.span
    assert text(source).splice(0, 2, "13") is None


_ALPHABET = "ab#:'\"\\ \t\n-é😀$|>,{}[]!&*%@`\x85\u2028\x01"
_TEXTS = st.text(_ALPHABET, max_size=24)
_STYLES = st.sampled_from(["|", ">", "'", '"', None])


def holds(source: SourceFile) -> None:
    """That the texts of a file's scalars are what they are, and come from where they stand."""
    for scalar in read(source):
        found = scalar_text.text_of(scalar, source)
        assert found.content == (text_of(scalar.content) or "")
        ends = [0, *(piece.end for piece in found.pieces)]
        assert [(piece.start, piece.end) for piece in found.pieces] == list(pairwise(ends))
        for piece in found.pieces:
            assert scalar.span.start <= piece.span.start <= piece.span.end <= len(source.text)
            if piece.even:
                assert source.slice(piece.span) == found.content[piece.start : piece.end]


@given(_TEXTS, _STYLES, st.integers(5, 30), st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_the_text_of_whatever_is_written_as_yaml_is_what_the_reader_gives(
    content: str, style: str | None, width: int, newline: str
) -> None:
    written = yaml.dump({"k": [content]}, default_style=style, width=width, allow_unicode=True)
    holds(SourceFile("t.yaml", written.replace("\n", newline)))


@given(st.text(" \ta#b'\"\\\n|>+-2:", max_size=30), st.sampled_from(["|", ">", "|-", ">+", "|2", ">1-", "'", '"', ""]))
@settings(deadline=None, max_examples=300)
def test_the_text_of_whatever_is_yaml_is_what_the_reader_gives(content: str, header: str) -> None:
    source = SourceFile("t.yaml", f"k: {header}\n  {content}{header if header in ('', chr(34), chr(39)) else ''}\n")
    if not isinstance(yaml_reader.read(source), Problem):
        holds(source)


@given(_TEXTS, st.booleans())
def test_the_text_of_whatever_is_written_as_json_is_what_the_reader_gives(content: str, ascii_only: bool) -> None:
    holds(SourceFile("t.json", json.dumps([content], ensure_ascii=ascii_only)))


_SOURCES = [SourceFile("t.yaml", content) for content, _ in PLACES.values()]
_SOURCES += [SourceFile("t.json", '["a\\tMARK b\\n\\"x\\ud83d\\ude00"]'), SourceFile("t.json", '["MARK"]')]


@given(
    st.sampled_from(_SOURCES), st.integers(0, 20), st.integers(0, 20), st.text("ab c\"'\n\\$:#", min_size=1, max_size=8)
)
@settings(deadline=None, max_examples=400)
def test_what_is_spliced_in_is_what_the_file_then_says(source: SourceFile, start: int, length: int, new: str) -> None:
    found = text(source)
    start = min(start, len(found.content))
    end = min(start + length, len(found.content))
    splice = found.splice(start, end, new)
    if splice is not None:
        expected = found.content[:start] + new + found.content[end:]
        after = text_of(read(spliced(source, splice))[0].content) or ""
        # Of newlines at the end, the header of a block says how many count.
        assert after.rstrip("\n") == expected.rstrip("\n")


# A scalar, and what is written behind "curl" in it: blanks are only blanks there, wherever its lines begin.
BEHIND = {
    "the first line of a literal block": ("k: |\n  curl a\n  b\n", "k: |\n  curl -H a\n  b\n"),
    "a line of a folded block": ("k: >\n  a\n  curl b\n", "k: >\n  a\n  curl -H b\n"),
    "single quotes over lines": ("k: 'a\n  curl b\n  c'\n", "k: 'a\n  curl -H b\n  c'\n"),
    "single quotes, behind a doubled one": ("k: 'a\n  it''s curl b'\n", "k: 'a\n  it''s curl -H b'\n"),
    "double quotes over lines": ('k: "a\n  curl b\n  c"\n', 'k: "a\n  curl -H b\n  c"\n'),
    "double quotes, a line that goes on": ('k: "curl b\\\n  \\ c"\n', 'k: "curl -H b\\\n  \\ c"\n'),
}


@pytest.mark.parametrize("name", BEHIND)
def test_more_is_written_behind_a_word_as_it_is(name: str) -> None:
    content, expected = BEHIND[name]
    source = SourceFile("t.yaml", content)
    at = text(source).content.index("curl") + 4
    splice = text(source).splice(at, at, " -H")
    assert splice is not None
    after = spliced(source, splice)
    assert after.text == expected
    assert read(after)[0].content == text(source).content.replace("curl", "curl -H")


AT_THE_EDGES = {
    "a blank that ends a line in single quotes": ("k: 'a curl\n  b'\n", "curl", " -H "),
    "a blank that begins a line in single quotes": ("k: 'a\n  b curl'\n", "a ", " -H"),
    "a blank that begins a literal block": ("k: |\n  curl\n", "", " -H"),
    "a blank that begins a line of a folded block": ("k: >\n  a\n  b curl\n", "a ", " -H"),
}


@pytest.mark.parametrize("name", AT_THE_EDGES)
def test_what_would_be_lost_is_not_written(name: str) -> None:
    content, behind, new = AT_THE_EDGES[name]
    found = text(SourceFile("t.yaml", content))
    at = found.content.index(behind) + len(behind)
    assert found.splice(at, at, new) is None
