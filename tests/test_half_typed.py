"""Half-typed code: what can be read is judged, nothing false is said, and the error is told once where it is.

``¦`` is the cursor. It stands in the text where somebody is typing, and is taken out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.report import Report
from tests.shell import run, tree
from tests.support import linted

UNREADABLE = 3


class Half(NamedTuple):
    """A text that does not parse, where that is told and in which words; what else is found, and why."""

    text: str
    place: str
    words: str
    found: tuple[str, ...]
    why: str


def told(report: Report) -> list[tuple[str, str]]:
    """Where something cannot be read, as "path:row:column", and why."""
    found = [finding for finding in report.findings if finding.rule.code == "IMDS900"]
    return [(_place(report, finding.span.path, finding.span.start), _words(finding.message)) for finding in found]


def _words(message: str) -> str:
    return message.removeprefix("this file cannot be read: ")


def _place(report: Report, path: str, offset: int) -> str:
    row, column = report.sources.read(path).position(offset)  # type: ignore[union-attr]
    return f"{path}:{row}:{column}"


def others(report: Report) -> tuple[str, ...]:
    """What else is found: codes with addresses."""
    judged = [finding for finding in report.findings if finding.rule.code != "IMDS900"]
    return tuple(sorted(f"{finding.rule.code} {address}" for finding in judged for address in finding.affected))


def compare(half: Half, path: str) -> None:
    """Assert that a file is told of as its case says."""
    report = linted({path: half.text.replace("¦", "")})
    assert told(report) == [(f"{path}:{half.place}", half.words)], half.why
    assert others(report) == half.found, half.why


# --- HCL -------------------------------------------------------------------------------------------------------------

BEFORE = 'resource "aws_instance" "before" {\n  ami = "ami-1"\n}\n\n'
AFTER = '\nresource "aws_instance" "after" {\n  ami = "ami-1"\n}\n'
BOTH = ("IMDS001 aws_instance.after", "IMDS001 aws_instance.before")


def typed(body: str) -> str:
    """An instance that is typed between two others; its first line is the fifth."""
    return f'{BEFORE}resource "aws_instance" "typed" {{\n{body}}}\n{AFTER}'


HCL = [
    Half(typed("  http_tok¦\n"), "6:3", "after http_tok a value or a block is missing", BOTH, "a word that is begun"),
    Half(typed("  ami = ¦\n"), "6:7", "ami has no value", BOTH, "no value yet"),
    Half(typed("  ami = = ¦\n"), "6:3", "this is not an argument or a block that can be read", BOTH, "twice an ="),
    Half(typed('  ami = "ami-¦\n'), "6:9", 'this " has no other one on its line', BOTH, "a string is begun"),
    Half(typed('  ami = "${var.¦\n'), "6:10", "this ${ is not closed", BOTH, "a template is begun"),
    Half(typed('  ami = "x${var.¦}"\n'), "6:3", "this is not an argument or a block that can be read", BOTH, "a name"),
    Half(
        typed('  metadata_options {\n    http_tokens = "opt¦\n  }\n'),
        "7:19",
        'this " has no other one on its line',
        BOTH,
        "options are being written: nothing is said of them",
    ),
    Half(typed("  metadata_options {¦\n"), "6:20", "this { is not closed", BOTH, "a block is begun"),
    Half(
        typed("  metadata_options {\n    http_¦\n  }\n"),
        "7:5",
        "after http_ a value or a block is missing",
        BOTH,
        "in it",
    ),
    Half(typed("  tags = {¦\n"), "6:10", "this { is not closed", BOTH, "an object is begun"),
    Half(typed("  ami = foo(¦\n  b = 1\n"), "6:12", "this ( is not closed", BOTH, "a call is begun"),
    Half(
        typed("  }¦\n  metadata_options {\n  }\n"), "7:3", "this is not part of a block", BOTH, "it is closed too early"
    ),
    Half(
        typed("  user_data = <<EOF¦\n"),
        "6:15",
        "this heredoc has no line EOF that ends it",
        BOTH,
        "it swallows the rest",
    ),
    Half(typed("  /* ami¦\n"), "6:3", "this comment has no */", BOTH, "so does a comment"),
    Half(BEFORE + 'resource "aws_inst¦' + "\n" + AFTER, "5:10", 'this " has no other one on its line', BOTH, "a head"),
    Half(BEFORE + "reso¦\n" + AFTER, "5:1", "after reso a value or a block is missing", BOTH, "a word"),
    Half(BEFORE + "}¦\n" + AFTER, "5:1", "nothing opens this }", BOTH, "a bracket apart from all"),
    Half(BEFORE + 'resource "aws_instance" "typed" {¦\n' + AFTER, "5:33", "this { is not closed", BOTH, "no end yet"),
    Half(
        BEFORE + 'resource "aws_instance" "typed" ¦\n  ami = "a"\n}\n' + AFTER,
        "5:1",
        "this has no {",
        BOTH,
        "no beginning",
    ),
    Half(
        BEFORE + AFTER.rstrip().removesuffix("}") + "¦",
        "6:33",
        "this { is not closed",
        ("IMDS001 aws_instance.before",),
        "at the end of the file",
    ),
    Half(
        BEFORE.replace("ami-1", "größe").replace("\n", "\r\n") + typed("  ami =¦\n").replace("\n", "\r\n"),
        "10:7",
        "ami has no value",
        ("IMDS001 aws_instance.after", "IMDS001 aws_instance.before"),
        "CRLF and what is not ASCII move nothing",
    ),
]


@pytest.mark.parametrize("half", HCL, ids=lambda half: half.why)
@pytest.mark.parametrize("suffix", ["tf", "tofu"])
def test_hcl(half: Half, suffix: str) -> None:
    compare(half, f"main.{suffix}")
