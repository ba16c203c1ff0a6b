"""Bytes to messages: whatever is sent, in whatever pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pygls")

from iac_imds_lint.lsp.framing import Frames, Garbage, framed
from tests.generating import examples

_NO_LENGTH = "a header without Content-Length"
_NO_HEADER = "what is no header"

_CASES = [
    ("one message", b"Content-Length: 2\r\n\r\n{}", [b"{}"]),
    ("two messages", b"Content-Length: 2\r\n\r\n{}Content-Length: 2\r\n\r\n[]", [b"{}", b"[]"]),
    ("another field before", b"Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    ("another field after", b"Content-Length: 2\r\nContent-Type: x\r\n\r\n{}", [b"{}"]),
    ("fields have no case", b"content-length:2\r\n\r\n{}", [b"{}"]),
    ("lines that end as no line should", b"Content-Length: 2\n\n{}", [b"{}"]),
    ("the length is one of bytes", 'Content-Length: 4\r\n\r\n"é"'.encode(), ['"é"'.encode()]),
    ("content that looks like a header", framed(b"Content-Length: 1\r\n\r\nx"), [b"Content-Length: 1\r\n\r\nx"]),
    ("an empty message is one, and no JSON", b"Content-Length: 0\r\n\r\nContent-Length: 2\r\n\r\n{}", [b" ", b"{}"]),
    ("a message that is not whole", b"Content-Length: 3\r\n\r\n{}", []),
    ("a header that is not whole", b"Content-Length: 3\r\n", []),
    ("blank lines between messages", b"\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    ("no length", b"Content-Type: x\r\n\r\n" + framed(b"{}"), [Garbage(15, _NO_LENGTH), b"{}"]),
    ("a length that is no number", b"Content-Length: two\r\n\r\n" + framed(b"{}"), [Garbage(19, _NO_LENGTH), b"{}"]),
    ("a negative length", b"Content-Length: -2\r\n\r\n" + framed(b"{}"), [Garbage(18, _NO_LENGTH), b"{}"]),
    ("a message without a header", b'{"a":1}' + framed(b"{}"), [Garbage(7, _NO_HEADER), b"{}"]),
    ("a line of a log", b"started\r\n" + framed(b"{}"), [Garbage(7, _NO_HEADER), b"{}"]),
    ("a length too small", b"Content-Length: 1\r\n\r\n{}" + framed(b"[]"), [b"{", Garbage(1, _NO_HEADER), b"[]"]),
    (
        "a length that nobody can mean",
        b"Content-Length: 99999999999\r\n\r\n" + framed(b"{}"),
        [Garbage(27, "a message of 99999999999 bytes, which is more than can be meant"), b"{}"],
    ),
]


@pytest.mark.parametrize(("sent", "expected"), [case[1:] for case in _CASES], ids=[case[0] for case in _CASES])
def test_frames(sent: bytes, expected: list[bytes | Garbage]) -> None:
    assert list(Frames().feed(sent)) == expected


@examples(100)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.lists(st.integers(0, 200), max_size=8))
def test_messages_arrive_in_whatever_pieces_they_come(contents: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(framed, contents))
    at = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    frames = Frames()
    found = [content for i, j in pairwise(at) for content in frames.feed(stream[i:j])]
    assert found == contents
    assert list(frames.feed(framed(b"{}"))) == [b"{}"], "nothing is held back that belongs to none"


@examples(100)
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_after_any_bytes_a_message_arrives_in_the_end(pieces: list[bytes]) -> None:
    """A length among them may hold back as much as it asks for, and no more."""
    frames = Frames()
    for piece in pieces:
        list(frames.feed(piece))
    found: list[bytes | Garbage] = []
    while framed(b"{}")[-2:] not in found[-1:]:
        found += frames.feed(framed(b"{}"))
        assert len(found) < 2000
    assert found[-1] == b"{}"


def test_what_never_becomes_a_header_is_not_held() -> None:
    frames = Frames()
    found = [content for _ in range(40) for content in frames.feed(b"x" * 10_000)]
    assert found
    assert {type(content) for content in found} == {Garbage}
    assert sum(content.size for content in found if isinstance(content, Garbage)) > 300_000
    assert list(frames.feed(b"\r\n\r\n" + framed(b"{}")))[-1] == b"{}"
