"""Shell scripts, by the syntax tree of tree-sitter-bash."""

from __future__ import annotations

import re

from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Looked, Part
from iac_imds_lint.texts import STAND_IN

# What may run something that the script does not show.
_RUNS = re.compile(rf"sh\b|source\s|eval\s|python|(?:^|[;&|\s])\.\s|{STAND_IN}")


def look(part: Part) -> Looked:
    """The calls in a shell script, the scripts that it writes or hands to others, and what it runs unseen."""
    content = part.text.content
    if not (part.given or is_of_interest(content)) and not _RUNS.search(content):
        return Looked()
    from iac_imds_lint.bootscript.shell import following

    return following.followed(part)
