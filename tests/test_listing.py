"""The files of a folder, kept current: after whatever became of a tree, they are what a walk of all of it finds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from iac_imds_lint import discovery, listing
from iac_imds_lint.discovery import Wanted
from iac_imds_lint.listing import Listing

WANTED = Wanted(("legacy/", "*.bak.tf"), "")

TREE = ("main.tf", "a/main.tf", "a/b/c/stack.yaml", "legacy/old.tf", "notes.md", ".terraform/x.tf", "ignored/i.tf")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in TREE:
        _write(tmp_path / name)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored/\n/a/secret.tf\n")
    return tmp_path


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# nothing\n")


def _move(root: Path, before: str, after: str) -> None:
    (root / before).rename(root / after)


CHANGES: dict[str, tuple[Callable[[Path], object], tuple[str, ...], tuple[str, ...]]] = {
    "a file comes": (lambda root: _write(root / "a/new.tf"), ("a/new.tf",), ("a/new.tf",)),
    "a file comes with its directories": (lambda root: _write(root / "x/y/new.tf"), ("x",), ("x/y/new.tf",)),
    "a file comes with its directories, and only the file is told of": (
        lambda root: _write(root / "x/y/new.tf"),
        ("x/y/new.tf",),
        ("x/y/new.tf",),
    ),
    "a file of another kind comes": (lambda root: _write(root / "a/new.md"), ("a/new.md",), ()),
    "a file comes that .gitignore leaves out": (lambda root: _write(root / "a/secret.tf"), ("a/secret.tf",), ()),
    "a file comes in a directory that .gitignore leaves out": (
        lambda root: _write(root / "ignored/new.tf"),
        ("ignored/new.tf",),
        (),
    ),
    "a file comes that the configuration leaves out": (lambda root: _write(root / "a/x.bak.tf"), ("a/x.bak.tf",), ()),
    "a file comes in a directory that the configuration leaves out": (
        lambda root: _write(root / "legacy/x/new.tf"),
        ("legacy/x/new.tf", "legacy/x"),
        (),
    ),
    "a file comes where tools keep copies": (lambda root: _write(root / ".terraform/y.tf"), (".terraform/y.tf",), ()),
    "a file changes": (lambda root: (root / "main.tf").write_text("x"), ("main.tf",), ()),
    "a directory comes that is called as a file": (lambda root: (root / "a/dir.tf").mkdir(), ("a/dir.tf",), ()),
    "a pipe comes": (lambda root: __import__("os").mkfifo(root / "a/pipe.tf"), ("a/pipe.tf",), ()),
}


@pytest.mark.parametrize("why", CHANGES)
def test_what_comes_is_found_if_a_walk_would_find_it(root: Path, why: str) -> None:
    change, told, comes = CHANGES[why]
    kept = Listing(str(root), _wanted(root))
    assert kept.files == ("a/b/c/stack.yaml", "a/main.tf", "main.tf")
    change(root)
    with mock.patch.object(Listing, "walk_anew", side_effect=AssertionError("all is walked")):
        kept.renew(told)
    assert kept.files == tuple(sorted(("a/b/c/stack.yaml", "a/main.tf", "main.tf", *comes)))
    _same_as_found(kept, root)


LEAVES: dict[str, tuple[Callable[[Path], object], tuple[str, ...], tuple[str, ...]]] = {
    "a file goes": (lambda root: (root / "a/main.tf").unlink(), ("a/main.tf",), ("a/b/c/stack.yaml", "main.tf")),
    "a directory goes": (lambda root: shutil.rmtree(root / "a"), ("a",), ("main.tf",)),
    "a directory goes, and others are called alike": (
        lambda root: (_write(root / "ab/x.tf"), shutil.rmtree(root / "a")),
        ("a", "ab"),
        ("ab/x.tf", "main.tf"),
    ),
    "a directory is renamed": (
        lambda root: _move(root, "a", "z"),
        ("a", "z"),
        ("main.tf", "z/b/c/stack.yaml", "z/main.tf"),
    ),
    "a file is renamed to what is not linted": (
        lambda root: _move(root, "main.tf", "main.tf.bak"),
        ("main.tf", "main.tf.bak"),
        ("a/b/c/stack.yaml", "a/main.tf"),
    ),
    "a file turns into a directory": (
        lambda root: ((root / "main.tf").unlink(), _write(root / "main.tf/in.tf")),
        ("main.tf",),
        ("a/b/c/stack.yaml", "a/main.tf", "main.tf/in.tf"),
    ),
}


@pytest.mark.parametrize("why", LEAVES)
def test_what_goes_is_gone(root: Path, why: str) -> None:
    change, told, left = LEAVES[why]
    kept = Listing(str(root), _wanted(root))
    change(root)
    with mock.patch.object(Listing, "walk_anew", side_effect=AssertionError("all is walked")):
        kept.renew(told)
    assert kept.files == left
    _same_as_found(kept, root)


def test_with_links_to_directories_all_is_walked(root: Path) -> None:
    kept = Listing(str(root), _wanted(root))
    (root / "link").symlink_to("a")
    kept.renew(["link"])
    _same_as_found(kept, root)
    _write(root / "a/new.tf")
    kept.renew(["a/new.tf"])
    _same_as_found(kept, root)
    (root / "link").unlink()
    shutil.rmtree(root / "a")
    (root / "link").mkdir()
    _write(root / "link/now.tf")
    kept.renew(["a", "link"])
    assert kept.files == ("link/now.tf", "main.tf")


def test_of_very_much_at_once_all_is_walked(root: Path) -> None:
    kept = Listing(str(root), _wanted(root))
    names = [f"many/{number}.tf" for number in range(300)]
    for name in names:
        _write(root / name)
    with mock.patch.object(listing.Walk, "again", side_effect=AssertionError("each is looked at")):
        kept.renew(names)
    _same_as_found(kept, root)


@pytest.mark.parametrize(
    ("name", "taken", "why"),
    [
        ("main.tf", True, "it is there"),
        ("a/new.tf", True, "it would be found"),
        ("not/there/yet.json", True, "its directory is not there yet, and nothing leaves it out"),
        ("a/new.md", False, "it is called otherwise than what is linted"),
        ("a/secret.tf", False, ".gitignore leaves it out"),
        ("ignored/x/new.tf", False, ".gitignore leaves its directory out"),
        ("legacy/old.tf", False, "it is there, and the configuration leaves it out"),
        (".terraform/modules/m/main.tf", False, "a tool keeps copies there"),
        ("../other/main.tf", False, "it is elsewhere"),
    ],
)
def test_what_was_never_saved_is_taken_if_it_would_be_found(root: Path, name: str, taken: bool, why: str) -> None:
    assert Listing(str(root), _wanted(root)).takes(name) is taken, why


def test_one_directory_alone(root: Path) -> None:
    kept = Listing(str(root), _wanted(root), "a")
    assert kept.files == ("a/main.tf",)
    _write(root / "a/new.tf")
    _write(root / "b/new.tf")
    kept.renew(["a/new.tf", "b/new.tf"])
    assert kept.files == ("a/main.tf", "a/new.tf")
    assert [kept.takes(name) for name in ("a/x.tf", "x.tf", "a/b/x.tf")] == [True, False, False]


def _wanted(root: Path) -> Wanted:
    return WANTED._replace(exclude_root=str(root))


def _same_as_found(kept: Listing, root: Path) -> None:
    found = discovery.discover((".",), WANTED.exclude, str(root), root=str(root))
    assert (kept.files, kept.problems) == (found.files, found.problems)
