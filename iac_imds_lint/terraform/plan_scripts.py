"""Boot scripts of a plan: the text that it holds, at the place of the resource.

The provider keeps a hash in place of the user data of instances and launch configurations (its state function for
``user_data``); a text that is written out is still among the plan's expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.terraform.alternatives import SENSITIVE, plain
from iac_imds_lint.terraform.boot import scripts_of
from iac_imds_lint.terraform.plan_values import AFTER_APPLY, Cell

_HASH = re.compile(r"[0-9a-f]{40}")


def scripts(cell: Cell, name: str, head: Span) -> Iterator[Script | Unseen]:
    """The script that an argument of a planned resource is, if it has one."""
    text = cell.after if isinstance(cell.after, str) else ""
    if _HASH.fullmatch(text):
        text = _constant(cell) or text
    if cell.sensitive and (text or cell.waits):
        yield Unseen(head, SENSITIVE)
    elif cell.waits:
        yield from () if cell.expression is None else (Unseen(head, AFTER_APPLY),)
    elif _HASH.fullmatch(text):
        yield Unseen(head, f"the plan holds only a hash of {name}")
    elif text:
        yield from scripts_of([plain(texts.made(text, head), head)], name, head)


def _constant(cell: Cell) -> str:
    constant = cell.expression.get("constant_value") if isinstance(cell.expression, dict) else None
    return constant if isinstance(constant, str) else ""
