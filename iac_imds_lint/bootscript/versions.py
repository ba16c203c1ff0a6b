"""Clients of IMDS that are too old for tokens, where a script says which version it installs or runs.

Sources: EC2 User Guide, "Use the Instance Metadata Service" (the versions of SDKs, of the CLI and of the Tools for
PowerShell that support IMDSv2); the releases of amazon-ec2-utils, cloud-utils and cloud-init for theirs. boto 2 has no
release that requests tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from iac_imds_lint.bootscript.bounds import (
    Bound,
    of_composer,
    of_conda,
    of_exact,
    of_gem,
    of_npm,
    of_pip,
    written,
)
from iac_imds_lint.script import Call, Harm, Language, Part


class Minimum(NamedTuple):
    """The first version that requests tokens, and how the client is called; none where none does."""

    name: str
    version: tuple[int, ...]
    instead: str = ""

    @property
    def note(self) -> str:
        """What to use."""
        return self.instead or f"{self.name} {written(self.version)} or newer"


_CLI = Minimum("awscli", (1, 16, 289))
_TOOLS = Minimum("AWS Tools for PowerShell", (4, 0, 1, 0))
_JAVA, _JAVA_2 = Minimum("the AWS SDK for Java", (1, 11, 678)), Minimum("the AWS SDK for Java 2", (2, 10, 21))
_UTILS = Minimum("amazon-ec2-utils", (1, 1))
_PYTHON = {
    "awscli": _CLI,
    "boto3": Minimum("boto3", (1, 12, 6)),
    "botocore": Minimum("botocore", (1, 13, 25)),
    "boto": Minimum("boto", (999,), "boto3 1.12.6 or newer"),
    "cloud-init": Minimum("cloud-init", (19, 4)),
}
_PACKAGES = {
    "aws-cli": _CLI,
    "awscli": _CLI,
    "python-boto3": _PYTHON["boto3"],
    "python3-boto3": _PYTHON["boto3"],
    "python-botocore": _PYTHON["botocore"],
    "python3-botocore": _PYTHON["botocore"],
    "python-boto": _PYTHON["boto"],
    "ec2-utils": _UTILS,
    "amazon-ec2-utils": _UTILS,
    "cloud-utils": Minimum("cloud-utils", (0, 32)),
    "cloud-image-utils": Minimum("cloud-image-utils", (0, 32)),
    "cloud-guest-utils": Minimum("cloud-guest-utils", (0, 32)),
    "cloud-init": _PYTHON["cloud-init"],
}
_RUBY = {"aws-sdk": Minimum("aws-sdk", (3,)), "aws-sdk-core": Minimum("aws-sdk-core", (3, 79, 0))}
_RUBY |= {"aws-sdk-v1": Minimum("aws-sdk-v1", (999,), "aws-sdk-core 3.79.0 or newer")}
_NODE = {"aws-sdk": Minimum("aws-sdk", (2, 722, 0))}
_GO = {"aws-sdk-go": Minimum("aws-sdk-go", (1, 25, 38)), "aws-sdk-go-v2": Minimum("aws-sdk-go-v2", (0, 19, 0))}
_PHP = {"aws/aws-sdk-php": Minimum("aws-sdk-php", (3, 147, 7))}


class _Way(NamedTuple):
    """A way to name a client with its version: groups "name", where there are several, and "version"."""

    within: re.Pattern[str] | None
    pattern: re.Pattern[str]
    clients: dict[str, Minimum]
    bound: Callable[[str], Bound | None]


def _words(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.VERBOSE)


_WAYS = (
    _Way(
        _words(r"\b(?:pip[\d.]*(?:\.exe)?|pipx|easy_install[\d.-]*|uv)\b[^;|&]{0,200}?\b(?:install|awscli|boto)"),
        _words(
            r"(?<![\w.-])(?P<name>awscli|boto3|botocore|boto|cloud-init)(?:\[[\w,]*\])?"
            r"(?P<version>(?:\s?(?:===?|~=|<=|>=|<|>|!=)\s?[\w.*]{1,30}\s?,?){1,5})"
        ),
        _PYTHON,
        of_pip,
    ),
    _Way(
        None,
        _words(r"\A\s*(?P<name>awscli|boto3|botocore|boto)(?P<version>(?:===?|~=|<=|<)[\w.*]{1,30})\s*[\\]?\s*\Z"),
        _PYTHON,
        of_pip,
    ),
    _Way(
        _words(r"\b(?:conda|mamba)\s+install\b"),
        _words(r"(?<![\w.-])(?P<name>awscli|boto3|botocore|boto)(?P<version>={1,2}\d[\w.*]{0,30})"),
        _PYTHON,
        of_conda,
    ),
    _Way(
        _words(r"\b(?:apt|apt-get|aptitude)\b.{0,100}?\binstall\b"),
        _words(
            r"(?<![\w./-])(?P<name>awscli|python3?-boto(?:3|core)?|cloud-init|cloud-utils|cloud-(?:image|guest)-utils)"
            r"=(?:\d+:)?(?P<version>\d[\d.]*)"
        ),
        _PACKAGES,
        of_exact,
    ),
    _Way(
        # Red Hat's and Amazon's packages of cloud-init have tokens ported back: their versions tell nothing.
        _words(r"\b(?:yum|dnf|zypper|rpm)\b.{0,100}?(?:\binstall\b|\s-[iUvh]+\b)"),
        _words(
            r"(?<![\w.-])(?P<name>aws-?cli|python3?-boto(?:3|core)?|amazon-ec2-utils|ec2-utils|cloud-utils)"
            r"-(?:\d+:)?(?P<version>\d[\d.]*\d)(?![\w]*\.(?:py|txt))"
        ),
        _PACKAGES,
        of_exact,
    ),
    _Way(
        _words(r"\b(?:npm|yarn|pnpm)\b.{0,100}?\b(?:i|install|add)\b"),
        _words(r"(?<![\w./@-])(?P<name>aws-sdk)@(?P<version>[\"']?[\^~<>=]*\s?\d[\w.*]{0,30})"),
        _NODE,
        of_npm,
    ),
    _Way(
        None,
        _words(r"\"(?P<name>aws-sdk)\"\s?:\s?\"(?P<version>[\^~<>=]*\s?\d[\w.*]{0,30})\""),
        _NODE,
        of_npm,
    ),
    _Way(
        _words(r"\bgem\s+install\b"),
        _words(
            r"(?<![\w.-])(?P<name>aws-sdk(?:-core|-v1)?)(?:\s+-\S+)*?"
            r"(?:\s+(?:-v|--version)[\s=]+|:)(?P<version>[\"']?[~<>=]*\s?\d[\w.]{0,30})"
        ),
        _RUBY,
        of_gem,
    ),
    _Way(
        _words(r"\bgem\s+install\b"),
        _words(
            r"(?:-v|--version)[\s=]+(?P<version>[\"']?[~<>=]*\s?\d[\w.]{0,30})[\"']?(?:\s+-\S+)*?\s+"
            r"(?P<name>aws-sdk(?:-core|-v1)?)(?![\w-])"
        ),
        _RUBY,
        of_gem,
    ),
    _Way(
        None,
        _words(
            r"\A\s*gem\s+[\"'](?P<name>aws-sdk(?:-core|-v1)?)[\"']\s?,\s?[\"'](?P<version>[~<>=]*\s?\d[\w.]{0,30})[\"']"
        ),
        _RUBY,
        of_gem,
    ),
    _Way(
        _words(r"\bgo\s+(?:get|install|mod)\b"),
        _words(r"github\.com/aws/(?P<name>aws-sdk-go(?:-v2)?)(?:/[\w/-]*)?@v?(?P<version>\d[\d.]*)"),
        _GO,
        of_exact,
    ),
    _Way(
        _words(r"\bcomposer\b.{0,100}?\brequire\b"),
        _words(r"(?P<name>aws/aws-sdk-php)[:=\s][\"']?(?P<version>[\^~<>=]*\s?\d[\w.*]{0,30})"),
        _PHP,
        of_composer,
    ),
    _Way(
        None,
        _words(r"awscli-bundle-(?P<version>\d[\d.]*\d)\.zip"),
        {"": _CLI},
        of_exact,
    ),
    _Way(
        None,
        _words(r"/AWSCLI(?:32|64|Setup)?(?:PY3)?-(?P<version>1\.[\d.]*\d)\.(?:msi|exe)"),
        {"": _CLI},
        of_exact,
    ),
    _Way(
        None,
        _words(r"(?:aws-java-sdk(?:-[a-z][a-z0-9]*)*-(?P<version>1\.\d[\d.]*\d)\.jar)"),
        {"": _JAVA},
        of_exact,
    ),
    _Way(
        None,
        _words(r"com\.amazonaws:aws-java-sdk(?:-[a-z][a-z0-9]*)*:(?P<version>1\.\d[\d.]*\d)"),
        {"": _JAVA},
        of_exact,
    ),
    _Way(
        None,
        _words(r"(?:/awssdk/[\w-]+/|software\.amazon\.awssdk:[\w-]+:)(?P<version>2\.\d[\d.]*\d)"),
        {"": _JAVA_2},
        of_exact,
    ),
    _Way(
        _words(r"\b(?:Install|Save|Update|Import)-(?:Module|Package)\b"),
        _words(
            r"(?<![\w.])(?:AWSPowerShell(?:\.NetCore)?|AWS\.Tools\.[\w.]+)\b[^;|\n]{0,200}?"
            r"-(?:RequiredVersion|MaximumVersion)[\s:]+[\"']?(?P<version>\d[\d.]*)"
        ),
        {"": _TOOLS},
        of_exact,
    ),
    _Way(
        _words(r"\b(?:Install|Save|Update|Import)-(?:Module|Package)\b"),
        _words(
            r"-(?:RequiredVersion|MaximumVersion)[\s:]+[\"']?(?P<version>\d[\d.]*)[\"']?\s[^;|\n]{0,200}?"
            r"(?<![\w.])(?:AWSPowerShell(?:\.NetCore)?|AWS\.Tools\.[\w.]+)"
        ),
        {"": _TOOLS},
        of_exact,
    ),
)
_OF_INTEREST = re.compile(
    r"aws-?cli|boto|aws\W?\w*-?sdk|awspowershell|aws\.tools|ec2-utils|ec2metadata|cloud-", re.IGNORECASE
)
_OLD_SCRIPT = re.compile(r"https?://s3[\w.-]*\.amazonaws\.com/ec2metadata/ec2-metadata\b", re.IGNORECASE)
_COMMENTS = {
    Language.SHELL: re.compile(r"(?:^|(?<=\s))#.*"),
    Language.POWERSHELL: re.compile(r"(?:^|(?<=\s))#.*"),
    Language.BATCH: re.compile(r"^\s*@?(?:rem\b|::).*", re.IGNORECASE),
}
_SHOWN = re.compile(
    r"\s*@?(?:echo|printf|Write-(?:Host|Output|Verbose)|logger|print|puts)\b(?![^\n]*(?:\||>))", re.IGNORECASE
)
_GOES_ON = re.compile(r"[\\`^]\r?\n\Z")
_CONSTANT = re.compile(
    r"^\s*(?:export\s+|set\s+|\$)?(?P<name>[A-Za-z_]\w*)\s?=\s?[\"']?(?P<value>\d[\w.]*)[\"']?\s*;?\s*$", re.MULTILINE
)
_VARIABLE = re.compile(r"\$\{?(?P<name>[A-Za-z_]\w*)\}?|%(?P<batch>[A-Za-z_]\w*)%")


def outdated(part: Part) -> tuple[Call, ...]:
    """What a script installs or runs that knows only IMDSv1 (Harm.TOO_OLD)."""
    text = part.text.content
    if part.language not in _COMMENTS or not _OF_INTEREST.search(text):
        return ()
    constants = {found["name"].lower(): found["value"] for found in _CONSTANT.finditer(text)}
    found = dict.fromkeys(call for line in _lines(text, part.language) for call in _in_line(*line, constants))
    return tuple(sorted(found, key=lambda call: call[:2]))


def _lines(text: str, language: Language) -> Iterator[tuple[int, str]]:
    """The lines of interest with the offset of each, those that go on as one; comments are blanks."""
    start, held = 0, ""
    for line in text.splitlines(keepends=True):
        kept = _COMMENTS[language].sub(lambda found: " " * len(found[0]), line)
        held += kept
        if _GOES_ON.search(line) and len(held) < 5000:
            continue
        if _OF_INTEREST.search(held) and not _SHOWN.match(held):
            yield start, held
        start, held = start + len(held), ""
    if held and _OF_INTEREST.search(held):
        yield start, held


def _in_line(start: int, line: str, constants: dict[str, str]) -> Iterator[Call]:
    line, moves = _filled(line, constants)
    for found in _OLD_SCRIPT.finditer(line):
        program = "the ec2-metadata of s3.amazonaws.com/ec2metadata"
        yield _call(start, found, moves, program, _UTILS.note)
    for way in _WAYS:
        if way.within is None or way.within.search(line):
            yield from _by(way, start, line, moves)


class _Move(NamedTuple):
    """A variable in a line that was filled in: where that ends in the new one, and how much longer that is so far."""

    end: int
    by: int


def _filled(line: str, constants: dict[str, str]) -> tuple[str, tuple[_Move, ...]]:
    """A line with the versions that its variables hold."""
    pieces: list[str] = []
    moves: list[_Move] = []
    last = length = longer = 0
    for found in _VARIABLE.finditer(line) if constants else ():
        value = constants.get((found["name"] or found["batch"]).lower())
        if value is not None:
            pieces += [line[last : found.start()], value]
            length += found.start() - last + len(value)
            last = found.end()
            longer += len(value) - len(found[0])
            moves.append(_Move(length, longer))
    return "".join([*pieces, line[last:]]), tuple(moves)


def _by(way: _Way, start: int, line: str, moves: tuple[_Move, ...]) -> Iterator[Call]:
    for found in way.pattern.finditer(line):
        client = way.clients.get(found["name"].lower() if "name" in way.pattern.groupindex else "")
        bound = way.bound(found["version"].strip("\"' "))
        if client is not None and bound is not None and bound.is_below(client.version):
            version = found["version"].strip("\"' ,\r\n").lstrip("=")
            yield _call(start, found, moves, f"{client.name} {version}", client.note)


def _moved(offset: int, moves: tuple[_Move, ...]) -> int:
    number = bisect_right(moves, offset, key=lambda move: move.end)
    return moves[number - 1].by if number else 0


def _call(start: int, found: re.Match[str], moves: tuple[_Move, ...], program: str, note: str) -> Call:
    begin, end = (offset - _moved(offset, moves) for offset in found.span())
    length = len(found[0]) - len(found[0].lstrip())
    trailing = len(found[0]) - len(found[0].rstrip(" \t\r\n\\"))
    return Call(start + begin + length, start + end - trailing, program, note=note, harm=Harm.TOO_OLD)
