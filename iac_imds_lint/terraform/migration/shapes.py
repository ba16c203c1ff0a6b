"""Whether an expression is one launch configuration's name, however that is picked, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from iac_imds_lint.terraform.migration.references import Address
from iac_imds_lint.terraform.syntax import Access, Call, Expression, Index, Literal, Splat, Step, Traversal, Tuple


def is_one(expression: Expression, address: Address) -> bool:
    """Whether an expression is the name or the ID of a resource, or of the one among several that an index picks."""
    match expression:
        case Traversal(_, address.type, (address.name, *steps)):
            return _picks(steps) and steps[-1] in ("name", "id")
        case Access(_, base, steps):
            return is_list(base, address) and all(_is_index(step) for step in steps)
        case Call(_, "element", (listed, _)) | Call(_, "one", (listed,)) | Call(_, "join", (Literal(), listed)):
            return is_list(listed, address)
        case Call(_, "coalesce" | "try", (only,)):
            return is_one(only, address)
        case _:
            return False


def is_list(expression: Expression, address: Address) -> bool:
    """Whether an expression is the names of all instances of a resource; empty texts may follow."""
    match expression:
        case Splat(_, Traversal(_, address.type, (address.name,)), ("name" | "id",)):
            return True
        case Call(_, "concat", (first, *others)):
            return is_list(first, address) and all(map(_is_empty, others))
        case Call(_, "compact" | "flatten", (only,)):
            return is_list(only, address)
        case _:
            return False


def _picks(steps: Sequence[Step]) -> bool:
    return bool(steps) and all(_is_index(step) for step in steps[:-1])


def _is_index(step: Step) -> bool:
    return isinstance(step, Index) or (isinstance(step, str) and step.isdigit())


def _is_empty(expression: Expression) -> bool:
    """A list of nothing but an empty text, as ``list("")`` was written once."""
    match expression:
        case Tuple(_, items) | Call(_, "list", items):
            return all(isinstance(item, Literal) and item.content == "" for item in items)
        case _:
            return False
