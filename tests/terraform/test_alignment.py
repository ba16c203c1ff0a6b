"""Edits of HCL that put other lines out of line, against what ``terraform fmt`` writes."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Edit, apply
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform.alignment import aligned

# (why, before, what is replaced, by what, after)
CASES = [
    (
        "a comment behind a value that gets shorter",
        'x {\n  a = "optional-x" # one\n  b = 1            # two\n}\n',
        '"optional-x"',
        '"no"',
        'x {\n  a = "no" # one\n  b = 1    # two\n}\n',
    ),
    (
        "a comment behind the bracket of a list, below one in it",
        'x {\n  a = [\n    "long-long", # in\n  ]              # out\n}\n',
        '"long-long"',
        '"s"',
        'x {\n  a = [\n    "s", # in\n  ]      # out\n}\n',
    ),
    (
        "a block that divides aligned arguments",
        "x {\n  a          = 1\n  depends_on = []\n}\n",
        "1\n",
        "1\n\n  b {\n  }\n\n",
        "x {\n  a = 1\n\n  b {\n  }\n\n  depends_on = []\n}\n",
    ),
    (
        "what was not aligned stays as it was",
        "x {\n  a   = 1\n  bb = 2\n}\n",
        "1\n",
        "1\n  cccc = 3\n",
        "x {\n  a   = 1\n  cccc = 3\n  bb = 2\n}\n",
    ),
    (
        "comments that were not aligned stay, equals signs that were do not",
        "x {\n  a  = 1 # one\n  bb = 2   # two\n}\n",
        "1",
        "1\n  ccc = 3",
        "x {\n  a   = 1\n  ccc = 3 # one\n  bb  = 2   # two\n}\n",
    ),
    (
        "what opens a bracket on its line is no part of the alignment",
        "x {\n  a = 1\n  long = [\n    1\n  ]\n}\n",
        "a = 1",
        "aa = 1",
        "x {\n  aa = 1\n  long = [\n    1\n  ]\n}\n",
    ),
    (
        "an inline comment ends no line",
        "x {\n  a  = 1 /* one */\n  bb = 2 # two\n}\n",
        "2",
        "22",
        "x {\n  a  = 1 /* one */\n  bb = 22 # two\n}\n",
    ),
    (
        "lines of a file of variables, and letters that are not of ASCII",
        'é  = "ü" # ä\nbb = "x" # y\n\nc = 1 # z\n',
        '"x"',
        '"xyz"',
        'é  = "ü"   # ä\nbb = "xyz" # y\n\nc = 1 # z\n',
    ),
    (
        "a heredoc, whose lines are text",
        "x {\n  a  = <<-E\n    b = 1 # c\n  E\n  dd = 1\n}\n",
        "a  = <<",
        "aaa  = <<",
        "x {\n  aaa = <<-E\n    b = 1 # c\n  E\n  dd  = 1\n}\n",
    ),
    (
        "what does not parse afterwards is left",
        "x {\n  a  = 1\n  bb = 2\n}\n",
        "bb",
        "bb = {",
        "x {\n  a  = 1\n  bb = { = 2\n}\n",
    ),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "old", "new", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lines_are_aligned_anew(before: str, old: str, new: str, after: str, newline: str) -> None:
    before, old, new, after = (text.replace("\n", newline) for text in (before, old, new, after))
    path = "main.tf" if before.startswith("x") else "terraform.tfvars"
    source = SourceFile(path, before)
    start = before.index(old)
    edits = aligned(source, [Edit(Span(path, start, start + len(old)), new)])
    assert apply(source, edits).text == after


def test_what_one_edit_writes_and_another_moves_is_one_text() -> None:
    """The blanks are partly in the text of edits, partly between them."""
    before = 'x {\n  http_tokens = "optional" # t\n}\n'
    name, value = before.index("http_tokens"), before.index('"optional"')
    edits = [
        Edit(Span("main.tf", name, name), "http_endpoint = 1 # e\n  "),
        Edit(Span("main.tf", value, value + 10), '"a" '),
        Edit(Span("main.tf", value + 13, value + 13), "and "),
    ]
    source = SourceFile("main.tf", before)
    after = 'x {\n  http_endpoint = 1   # e\n  http_tokens   = "a" # and t\n}\n'
    assert apply(source, aligned(source, edits)).text == after
