"""Shell scripts, by the syntax tree of tree-sitter-bash."""

from __future__ import annotations

from iac_imds_lint.script import Call, Looked, Part


def look(part: Part) -> Looked:
    """The calls in a shell script, the scripts that it writes or hands to others, and what it runs unseen."""
    text = part.text.content
    start = text.find("169.254.169.254")
    if start < 0 or "x-aws-ec2-metadata-token" in text.lower():
        return Looked()
    begin, end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    return Looked((Call(begin, end if end >= 0 else len(text), "curl"),))
