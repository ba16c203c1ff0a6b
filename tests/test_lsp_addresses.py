"""URIs and paths, on every system."""

from __future__ import annotations

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.lsp import addresses
from tests.generating import examples

PATHS = [
    ("file:///w/main.tf", "/w/main.tf", "a file"),
    ("file:/w/main.tf", "/w/main.tf", "in the shortest form"),
    ("file://localhost/w/main.tf", "/w/main.tf", "on this machine"),
    ("FILE:///w/main.tf", "/w/main.tf", "the scheme has no case"),
    ("file:///w%20x/%C3%A9%23.tf", "/w x/é#.tf", "percent-encoded"),
    ("file:///w x/é.tf", "/w x/é.tf", "not encoded, as some clients send it"),
    ("file:///w/a;b.tf", "/w/a;b.tf", "a semicolon belongs to the name"),
    ("file:///w/~user/x.tf", "/w/~user/x.tf", "a tilde is a character"),
    ("file:///w/./a/../main.tf", "/w/main.tf", "not normal"),
    ("file:///w/", "/w", "a directory"),
    ("file:///", "/", "the root"),
    ("file:///w/%FF.tf", "/w/\udcff.tf", "a name that is not UTF-8"),
    ("file:///w/main.tf?x#y", "/w/main.tf", "a query names no file"),
]

NONE = [
    ("untitled:Untitled-1", "never saved"),
    ("untitled:/w/main.tf", "never saved, with a name"),
    ("git:/w/main.tf?%7B%22ref%22%3A%22HEAD%22%7D", "of another revision"),
    ("vscode-notebook-cell:/w/x.ipynb#W0sZmlsZQ", "a notebook's cell"),
    ("https://example.com/main.tf", "elsewhere"),
    ("file:main.tf", "relative"),
    ("file://host%00/main.tf", "a NUL byte in the name of a host"),
    ("file:///w/%00.tf", "a NUL byte"),
    ("", "nothing"),
    ("file", "a word"),
]


@pytest.mark.parametrize(("uri", "path", "why"), PATHS)
def test_the_path_of_a_file(uri: str, path: str, why: str) -> None:
    assert addresses.path_of(uri, windows=False) == path, why


@pytest.mark.parametrize(("uri", "why"), NONE)
def test_what_is_no_file_has_no_path(uri: str, why: str) -> None:
    assert addresses.path_of(uri, windows=False) == uri, why
    assert addresses.path_of(uri, windows=True) == uri, why


def test_a_file_of_another_machine_has_no_path_where_names_of_machines_are_in_none() -> None:
    uri = "file://server/share/main.tf"
    assert addresses.path_of(uri, windows=False) == uri


@pytest.mark.parametrize(
    ("uri", "path", "again"),
    [
        ("file:///c%3A/w/main.tf", r"c:\w\main.tf", "file:///c:/w/main.tf"),
        ("file:///C:/w%20x/main.tf", r"c:\w x\main.tf", "file:///c:/w%20x/main.tf"),
        ("file:///c:", "c:\\", "file:///c:/"),
        ("file://server/share/main.tf", r"\\server\share\main.tf", "file://server/share/main.tf"),
        ("file:///w/main.tf", r"\w\main.tf", "file:///w/main.tf"),
    ],
)
def test_paths_of_windows(uri: str, path: str, again: str) -> None:
    assert addresses.path_of(uri, windows=True) == path
    assert addresses.uri_of(path, windows=True) == again


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/w x/é#?.tf", "file:///w%20x/%C3%A9%23%3F.tf"),
        ("/w/\udcff.tf", "file:///w/%FF.tf"),
        ("/w/a~b-c_d.e;f.tf", "file:///w/a~b-c_d.e%3Bf.tf"),
    ],
)
def test_the_uri_of_a_file(path: str, uri: str) -> None:
    assert addresses.uri_of(path, windows=False) == uri


@examples(100)
@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_there_and_back(names: list[str]) -> None:
    path = "/" + "/".join(name for name in names if name not in (".", ".."))
    assert addresses.path_of(addresses.uri_of(path, windows=False), windows=False) == path


@examples(100)
@given(st.text())
def test_what_names_a_file_at_all_leads_to_an_absolute_path(text: str) -> None:
    for uri in (text, f"file:{text}", f"file:///{text}", f"file://{text}/x"):
        here = addresses.path_of(uri, windows=False)
        assert here == uri or (here.startswith("/") and not here.startswith("//") and "\0" not in here)
