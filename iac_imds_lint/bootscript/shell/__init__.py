"""Shell scripts, by the syntax tree of tree-sitter-bash."""

from __future__ import annotations

import re

from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Looked, Part

# What may run something that the script does not show.
_RUNS = re.compile(
    r"\|\s*(?:sudo\b[^|\n]*)?\w*sh\b|\b(?:source|eval|sh|bash|zsh|python\d?)\s|(?:^|[;&|\s])\.\s|\.(?:sh|py)\b|_unknown_"
)


def look(part: Part) -> Looked:
    """The calls in a shell script, the scripts that it writes or hands to others, and what it runs unseen."""
    content = part.text.content
    if not is_of_interest(content) and not _RUNS.search(content):
        return Looked()
    from iac_imds_lint.bootscript.shell import following

    return following.followed(part)
