"""Templates that cloud-init fills in with what it knows of the instance, when that boots.

Source: cloud-init's handlers/jinja_template.py and templater.py (Jinja with ``trim_blocks``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.texts import Text

_MARK = re.compile(r"(?P<value>\{\{)|(?P<block>\{%)|(?P<comment>\{#)")
_ENDS = {"value": "}}", "block": "%}", "comment": "#}"}


def filled(text: Text) -> Text:
    """A template without its first line, with stand-ins for its values, and with all that stands in its blocks."""
    begin = text.content.find("\n", len(text.content) - len(text.content.lstrip("\ufeff \t\r\n")))
    return texts.joined(_filled(text, begin + 1 if begin >= 0 else len(text.content)))


def _filled(text: Text, at: int) -> Iterator[Text]:
    content = text.content
    while mark := _MARK.search(content, at):
        kind = mark.lastgroup or ""
        end = content.find(_ENDS[kind], mark.end())
        if end < 0:
            break
        end += 2
        yield text.part(at, mark.start())
        if kind == "value":
            reason = f"cloud-init fills in {content[mark.start() : end]} when the instance boots"
            yield texts.unknown(text.span(mark.start(), end), reason)
        elif content[end : end + 1] == "\n":
            end += 1
        at = end
    yield text.part(at, len(content))
