"""Words for a popup, in Markdown or in plain text: what comes from files stands there as itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from iac_imds_lint.output.excerpt import printable

# What Markdown (CommonMark) would not show as itself; an underscore within a word it does.
_MEANT = re.compile(r"[\\`*<\[\]~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|(?<=!)(?=\[)")
_TICKS = re.compile("`+")


class Markup(NamedTuple):
    """How text is marked: as it is, as code, as strong, and as the text of a link."""

    text: Callable[[str], str]
    code: Callable[[str], str]
    strong: Callable[[str], str]
    link: Callable[[str, str], str]


def _code(text: str) -> str:
    """A code span (CommonMark, "Code spans"): its fence is longer than any in it, which blanks keep apart."""
    shown = printable(text)
    runs = {len(run) for run in _TICKS.findall(shown)}
    if not runs:
        return f"`{shown}`"
    fence = "`" * (max(runs) + 1)
    return f"{fence} {shown} {fence}"


MARKDOWN = Markup(
    lambda text: _MEANT.sub(lambda found: f"\\{found.group()}", printable(text)),
    _code,
    lambda text: f"**{text}**",
    lambda text, url: f"[{text}]({url})",
)
PLAIN = Markup(printable, printable, lambda text: text, lambda text, url: f"{text} ({url})")
