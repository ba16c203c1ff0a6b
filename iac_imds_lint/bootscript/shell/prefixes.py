"""What stands before a command and runs it: sudo, env, timeout and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from iac_imds_lint.bootscript.shell.words import Arg


class _Prefix(NamedTuple):
    """The options that take a word, and how many words come before the command."""

    options: str = ""
    words: int = 0


_PREFIXES = {
    "sudo": _Prefix("ughpCTUDRrt"), "doas": _Prefix("uC"), "env": _Prefix("uCS"), "time": _Prefix("of"),
    "timeout": _Prefix("sk", 1), "gtimeout": _Prefix("sk", 1), "nohup": _Prefix(), "setsid": _Prefix(),
    "exec": _Prefix("a"), "command": _Prefix(), "builtin": _Prefix(), "nice": _Prefix("n"), "ionice": _Prefix("cnp"),
    "stdbuf": _Prefix("ioe"), "chronic": _Prefix(), "unbuffer": _Prefix(), "xargs": _Prefix("InPLdaEs"),
    "chroot": _Prefix("", 1), "then": _Prefix(), "coproc": _Prefix(), "watch": _Prefix("n"), "stdout": _Prefix(),
}  # fmt: skip
_LOOKS_ONLY = re.compile(r"-[vV]")
_MOST = 12


def stripped(argv: Sequence[Arg]) -> Sequence[Arg]:
    """A command without what runs it."""
    for _ in range(_MOST):
        if not argv:
            break
        name = argv[0].text.rsplit("/", 1)[-1]
        prefix = _PREFIXES.get(name)
        if prefix is None or (name == "command" and len(argv) > 1 and _LOOKS_ONLY.fullmatch(argv[1].text)):
            break
        rest = _without_options(argv[1:], prefix)
        if not rest:
            break
        argv = rest
    return argv


def _takes_the_next(text: str, options: str) -> bool:
    """Whether the last of single letters is the first that takes a word."""
    first = next((number for number, letter in enumerate(text) if letter in options), 0)
    return not text.startswith("--") and 0 < first == len(text) - 1


def _without_options(argv: Sequence[Arg], prefix: _Prefix) -> Sequence[Arg]:
    words = prefix.words
    number = 0
    while number < len(argv):
        text = argv[number].text
        if text == "--":
            number += 1
            break
        if text.startswith("-") and len(text) > 1:
            number += 2 if _takes_the_next(text, prefix.options) else 1
        elif re.match(r"[A-Za-z_]\w*=", text):
            number += 1
        elif words:
            words -= 1
            number += 1
        else:
            break
    return argv[number + (words if number < len(argv) and argv[number - 1].text == "--" else 0) :]
