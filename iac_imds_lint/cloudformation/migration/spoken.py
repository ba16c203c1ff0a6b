"""What a text of a template may reach by a logical ID when it runs: scripts and agents name resources so.

Any word may be passed on to what asks CloudFormation, so whatever is a word of its own counts, but for what nothing
runs: comments, prose, and the names that resources get.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[A-Za-z0-9]+")
# ``cfn-init -rWeb`` is ``cfn-init -r Web`` (Python's optparse, by which the helper scripts read their options).
_SHORT_OPTION = re.compile(r"(?<![A-Za-z0-9])-r([A-Za-z0-9]+)")
_COMMENT = re.compile(r"^[ \t]*#(?!!).*$", re.MULTILINE)
# What is only read by people.
_PROSE = frozenset(("Description", "Comment", "ConstraintDescription", "GroupDescription", "Tags"))


def words(text: str, *, begins_line: bool) -> frozenset[str]:
    """The words of a text that are not in lines of comments. ``begins_line`` says that its first line has nothing
    before it.
    """
    first, newline, rest = ("", "", text) if begins_line else text.partition("\n")
    code = first + newline + _COMMENT.sub("", rest)
    return frozenset((*_WORD.findall(code), *_SHORT_OPTION.findall(code)))


def is_silent(path: tuple[str, ...], kind: str) -> bool:
    """Whether what stands at a path in a template, at a resource of a type, reaches nothing by name."""
    if path[:1] != ("Resources",) or len(path) < 3 or path[2] == "Type" or _PROSE.intersection(path):
        return True
    keys = [key for key in path if not key.startswith("Fn::")]
    is_custom = not kind.startswith("AWS::") or kind == "AWS::CloudFormation::CustomResource"
    return not is_custom and len(keys) == 4 and keys[2] == "Properties" and keys[3].endswith("Name")


def pieces(delimiter: str, texts: list[str | None]) -> Iterator[bool]:
    """For each piece that ``Fn::Join`` joins, whether it begins a line: None stands for what is no text."""
    begins = False
    for text in texts:
        yield begins
        begins = delimiter.endswith("\n") or (not delimiter and text is not None and text.endswith("\n"))
