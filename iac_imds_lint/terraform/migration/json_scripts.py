"""Whether a boot script in Terraform's JSON is the same, encoded: two expressions compared by what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iac_imds_lint.source import Problem, Span
from iac_imds_lint.terraform import snippets
from iac_imds_lint.terraform.syntax import Call, Conditional, Expression, Literal, Operation, Template

_HERE = Span("", 0, 0)
_ENCODED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n")


def same(before: Any, after: Any) -> bool:
    """Whether user data are what they were, or what they were encoded in base64."""
    old, new = _read(str(before)), _read(str(after))
    if old is None or new is None:
        return False
    if _bare(old) == _bare(new):
        return not isinstance(old, Literal) or set(str(old.content)) <= _ENCODED
    return _encodes(new, old)


def _read(text: str) -> Expression | None:
    found = snippets.template_at(_HERE, text) if "{" in text else Literal(_HERE, text)
    return None if isinstance(found, Problem) else found


def _encodes(new: Expression, old: Expression) -> bool:
    match new, old:
        case Call(_, "base64encode", (inner,)), _:
            return bool(_bare(inner) == _bare(old))
        case Conditional(_, one, _, yes, Literal(_, None)), Conditional(_, other, _, was, Literal(_, None)):
            return bool(_bare(one) == _bare(other)) and _encodes(yes, was)
        case Conditional(_, Operation(_, "==", (tested, Literal(_, None))), _, Literal(_, None), no), _:
            return bool(_bare(tested) == _bare(old)) and _encodes(no, old)
        case _:
            return False


def _bare(expression: Any) -> Any:
    """An expression without its places, adjoining texts as one."""
    match expression:
        case Span():
            return ()
        case Literal(_, content):
            return ("text", content)
        case Template(_, parts):
            joined = tuple(_joined([_bare(part) for part in parts]))
            return joined[0] if len(joined) == 1 else ("template", joined)
        case Conditional(_, condition, _, yes, no):
            return ("conditional", _bare(condition), _bare(yes), _bare(no))
        case tuple():
            return (type(expression).__name__, *map(_bare, expression))
        case _:
            return expression


def _joined(parts: list[Any]) -> Iterator[Any]:
    text = None
    for part in parts:
        if isinstance(part, tuple) and part[:1] == ("text",) and isinstance(part[1], str):
            text = (text or "") + part[1]
            continue
        if text is not None:
            yield ("text", text)
        text = None
        yield part
    if text is not None:
        yield ("text", text)
