"""Where the key of a member stands, by the place of its value: in HCL, JSON and YAML the key comes right before it."""

from __future__ import annotations

import re

from iac_imds_lint.source import SourceFile, Span

# A key with what is between it and its value is no longer.
_LONGEST = 300
_BETWEEN = re.compile(r"""["']?\s*[=:]\s*\Z""")


def key_before(source: SourceFile, value: Span, key: str) -> Span | None:
    """The place of a key, in quotes or not, right before the value that stands at a place; None where there is none."""
    first = max(0, value.start - _LONGEST)
    between = _BETWEEN.search(source.text, first, value.start)
    start = between.start() - len(key) if between else -1
    if between is None or start < first or source.text[start : between.start()] != key:
        return None
    quote = source.text[between.start()] in "\"'"
    return Span(source.path, start - quote, between.start() + quote)
