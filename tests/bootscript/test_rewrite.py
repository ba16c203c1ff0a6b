"""What is written into shell scripts that ask IMDS without a token.

``UPDATE_SNAPSHOTS=1 python -m pytest tests/bootscript/test_rewrite.py`` writes ``after.sh`` and ``by_hand`` anew.
"""

from __future__ import annotations

import os

import pytest

from iac_imds_lint.source import SourceFile
from tests.bootscript.rewrites import Case, Done, cases, done, found, text


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_script_becomes_what_its_case_says(case: Case) -> None:
    after = done(case.before)
    _compare(case, "after.sh", after.text)
    if case.is_draft:
        _compare(case, "by_hand", _left(case, after))
    else:
        assert (after.by_hand, after.refused) == ((), ())


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_rewrite_only_inserts_and_a_second_one_changes_nothing(case: Case) -> None:
    after = done(case.before)
    assert all(edit.span.start == edit.span.end for edit in after.edits)
    assert done(after.text).text == after.text
    if not case.is_draft:
        assert found(after.text) == ()


def _compare(case: Case, name: str, actual: str) -> None:
    file = case.directory / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_bytes(actual.encode())
    assert actual == text(file), case.why


def _left(case: Case, after: Done) -> str:
    source = SourceFile("boot.sh", case.before)
    steps = [f"{source.position(step.span.start).row}: {step.message}" for step in after.by_hand]
    return "".join(f"{line}\n" for line in (*steps, *(f"refused: {reason}" for reason in after.refused)))


CURL = "curl -s http://169.254.169.254/latest/meta-data/mac"
REQUEST = 'TOKEN=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" "http://169.254.169.254/latest/api/token")'
WGET = "wget -qO- http://169.254.169.254/latest/meta-data/mac"
WGOT = WGET.replace("wget", 'wget --header="X-aws-ec2-metadata-token: $TOKEN"')
BY_WGET = 'TOKEN=$(wget -qO- --method=PUT --header="X-aws-ec2-metadata-token-ttl-seconds: 21600" "http://169.254.169.254/latest/api/token")'
ASKED = CURL.replace("curl", 'curl -H "X-aws-ec2-metadata-token: $TOKEN"')


HELD, THROUGH = "MD", "curl -s $MD/latest/meta-data/mac"
THROUGH_ASKED = THROUGH.replace("curl", 'curl -H "X-aws-ec2-metadata-token: $TOKEN"')


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        ("the newlines of Windows stay", f"#!/bin/sh\r\n{CURL}\r\n", f"#!/bin/sh\r\n{REQUEST}\r\n{ASKED}\r\n"),
        ("no newline at the end", f"#!/bin/sh\n{CURL}", f"#!/bin/sh\n{REQUEST}\n{ASKED}"),
        ("a list in the background", f"#!/bin/sh\n{CURL} &\nwait\n", f"#!/bin/sh\n{REQUEST}\n{ASKED} &\nwait\n"),
        (
            "under -e, what fails in the background ends nothing",
            f"#!/bin/sh -e\n{CURL} -f &\nwait\n",
            f"#!/bin/sh -e\n{REQUEST} || true\n{ASKED} -f &\nwait\n",
        ),
        (
            "under -e, what fails in a pipe ends nothing",
            f"#!/bin/sh -e\n{CURL} -f | cat\n",
            f"#!/bin/sh -e\n{REQUEST} || true\n{ASKED} -f | cat\n",
        ),
        (
            "unless the pipe fails with it",
            f"#!/bin/bash\nset -eo pipefail\n{CURL} -f | cat\n",
            f"#!/bin/bash\nset -eo pipefail\n{REQUEST}\n{ASKED} -f | cat\n",
        ),
        (
            "what is declared hides the status",
            f"#!/bin/sh\nset -e\nexport A=$({CURL} -f)\n",
            f"#!/bin/sh\nset -e\n{REQUEST} || true\nexport A=$({ASKED} -f)\n",
        ),
        (
            "the other commands of the line stay behind the request",
            f"#!/bin/sh\nif true; then\n  echo a\nfi; {CURL}\n",
            f"#!/bin/sh\n{REQUEST}\nif true; then\n  echo a\nfi; {ASKED}\n",
        ),
        (
            "a comment stays with what it is about",
            f"#!/bin/sh\ndate\nif true; then\n  # who\n  # are we\n  {CURL}\nfi\n",
            f"#!/bin/sh\ndate\nif true; then\n  {REQUEST}\n  # who\n  # are we\n  {ASKED}\nfi\n",
        ),
        (
            "the comments at the top are about the script",
            f"#!/bin/sh\n# Licence\n{CURL}\n",
            f"#!/bin/sh\n# Licence\n{REQUEST}\n{ASKED}\n",
        ),
        (
            "what only looks like a comment",
            f"#!/bin/sh\nA='x\n# y'\n{CURL}\n",
            f"#!/bin/sh\nA='x\n# y'\n{REQUEST}\n{ASKED}\n",
        ),
        (
            "curl requests the token where it is called as well",
            f"#!/bin/sh\n{WGET}\ncurl -s https://example.com\n",
            f"#!/bin/sh\n{REQUEST}\n{WGOT}\ncurl -s https://example.com\n",
        ),
        (
            "curl is installed before",
            f"#!/bin/sh\nyum -y install jq curl\n{WGET}\n",
            f"#!/bin/sh\nyum -y install jq curl\n{REQUEST}\n{WGOT}\n",
        ),
        (
            "a loop on one line",
            f"#!/bin/sh\nwhile true; do {CURL}; sleep 5; done\n",
            f"#!/bin/sh\nwhile true; do {REQUEST}; {ASKED}; sleep 5; done\n",
        ),
        (
            "a variable is expanded in quotes that let it be, whatever quotes the script likes",
            f"#!/bin/sh\n{HELD}='http://169.254.169.254'\n{THROUGH} -o 'x y'\n",
            f"#!/bin/sh\n{HELD}='http://169.254.169.254'\n"
            + REQUEST.replace("http://169.254.169.254", "$MD").replace('-H "', "-H '").replace('600" ', "600' ")
            + f"\n{THROUGH_ASKED} -o 'x y'\n",
        ),
        (
            "a variable that holds something else later is not asked",
            f"#!/bin/sh\n{HELD}=http://169.254.169.254\n{THROUGH}\n{HELD}=http://example.com\n",
            f"#!/bin/sh\n{HELD}=http://169.254.169.254\n{REQUEST}\n{THROUGH_ASKED}\n{HELD}=http://example.com\n",
        ),
        (
            "nor one that holds nothing yet",
            f"#!/bin/sh\nget() {{\n  {THROUGH}\n}}\nget\n{HELD}=http://169.254.169.254\nget\n",
            f"#!/bin/sh\nget() {{\n  {THROUGH_ASKED}\n}}\n{REQUEST}\nget\n{HELD}=http://169.254.169.254\nget\n",
        ),
        (
            "a comment runs no function",
            f"#!/bin/sh\nget() {{\n  {CURL}\n}}\n# sudo get\nget\n",
            f"#!/bin/sh\nget() {{\n  {ASKED}\n}}\n{REQUEST}\n# sudo get\nget\n",
        ),
        (
            "a token that is requested later does not serve",
            f"#!/bin/sh\n{CURL}\n{REQUEST}\n",
            f"#!/bin/sh\n{REQUEST.replace('TOKEN=', 'IMDS_TOKEN=')}\n"
            + ASKED.replace("$TOKEN", "$IMDS_TOKEN")
            + f"\n{REQUEST}\n",
        ),
    ],
)
def test_what_is_written(why: str, before: str, after: str) -> None:
    assert done(before) == done(before)._replace(text=after, by_hand=(), refused=()), why


NEW_WGET = "it takes wget 1.15 or newer to request a token: Amazon Linux 2 and RHEL 7 have 1.14"


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        ("curl is nowhere", f"#!/bin/sh\n{WGET}\n", f"#!/bin/sh\n{BY_WGET}\n{WGOT}\n"),
        (
            "curl is installed later",
            f"#!/bin/sh\n{WGET}\nyum -y install curl\ncurl x\n",
            f"#!/bin/sh\n{BY_WGET}\n{WGOT}\nyum -y install curl\ncurl x\n",
        ),
        (
            "curl may not be there",
            f"#!/bin/sh\n{WGET}\nif which curl; then curl x; fi\n",
            f"#!/bin/sh\n{BY_WGET}\n{WGOT}\nif which curl; then curl x; fi\n",
        ),
        (
            "curl is only told of",
            f"#!/bin/sh\n{WGET}\necho no curl here\n",
            f"#!/bin/sh\n{BY_WGET}\n{WGOT}\necho no curl here\n",
        ),
    ],
)
def test_wget_requests_a_token_where_curl_may_be_missing(why: str, before: str, after: str) -> None:
    assert done(before) == done(before)._replace(text=after, by_hand=(), refused=(), notes=(NEW_WGET,)), why


@pytest.mark.parametrize(
    ("why", "end"),
    [
        ("double quotes", 'echo "'),
        ("single quotes", "echo 'x\nls"),
        ("a string in which the next one begins", 'echo "\necho "c"'),
        ("a condition", "if true; then\n  ls"),
        ("a substitution", "x=$(ls"),
        ("backquotes", "x=`ls"),
    ],
)
def test_what_does_not_end_is_no_script_to_write_into(why: str, end: str) -> None:
    after = done(f"#!/bin/sh\n{CURL}\n{end}\n")
    assert (after.edits, after.refused) == ((), ()), why
    told = [step.message.partition(": ")[0] for step in after.by_hand]
    assert told == ["ask with a token (the script does not parse)"], why


def test_a_here_document_may_end_with_the_script() -> None:
    after = done(f"#!/bin/sh\n{CURL}\ncat <<EOF\nls\n")
    assert (after.text, after.by_hand) == (f"#!/bin/sh\n{REQUEST}\n{ASKED}\ncat <<EOF\nls\n", ())


@pytest.mark.parametrize(
    ("why", "before", "notes"),
    [
        ("nothing is printed", f"#!/bin/bash\n{CURL}\n", ()),
        (
            "by an option",
            f"#!/bin/bash -xe\n{CURL}\n",
            ("the script prints its commands as they run, and so the token",),
        ),
        ("by set", f"#!/bin/sh\nset -eux\n{CURL}\n", ("the script prints its commands as they run, and so the token",)),
        ("set to something else", f"#!/bin/sh\nset -e\n{CURL}\n", ()),
    ],
)
def test_a_token_that_is_printed_is_told(why: str, before: str, notes: tuple[str, ...]) -> None:
    assert done(before).notes == notes, why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("an unterminated quote", f'#!/bin/sh\n{CURL}\necho "\n'),
        ("an unterminated here-document", f"#!/bin/sh\n{CURL}\ncat <<EOF\n"),
        ("deeper than anyone writes", "( " * 5000 + CURL + " )" * 5000),
        ("functions that call each other", f"f() {{ g; {CURL}; }}\ng() {{ f; }}\nf\n"),
        ("hundreds of functions", "".join(f"f{n}() {{ {CURL}; f{n + 1}; }}\n" for n in range(150)) + "f0\n"),
        ("more calls than are looked up", f"{CURL}\n" * 1000),
        (
            "more ways through functions than can be counted",
            f"f0() {{ {CURL}; }}\n" + "".join(f"f{n + 1}() {{\n" + f"f{n}\n" * 100 + "}\n" for n in range(8)) + "f8\n",
        ),
    ],
)
def test_what_is_odd_stays_shell(why: str, script: str) -> None:
    after = done(script)
    assert done(after.text).text == after.text, why
    assert all(edit.span.start == edit.span.end for edit in after.edits)


def test_what_a_here_document_names_is_left_to_be_written_by_hand() -> None:
    script = f"#!/bin/sh\nget() {{\n  {CURL}\n}}\ncat > /tmp/a <<EOF\nget mac\nEOF\nget\n"
    after = done(script)
    assert after.text == script
    assert [step.message.partition(":")[0] for step in after.by_hand] == [
        "ask with a token (a here-document names the function get)"
    ]
