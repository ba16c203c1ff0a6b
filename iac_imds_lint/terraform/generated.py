"""Dynamic blocks that generate nothing: whether they ever could, and what decides it."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Control, Option
from iac_imds_lint.model import Generator
from iac_imds_lint.terraform.places import Arguments, Place
from iac_imds_lint.terraform.resources import iterator_name
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.steps import written
from iac_imds_lint.terraform.syntax import Block, Expression, Opaque, Traversal
from iac_imds_lint.terraform.walking import expressions
from iac_imds_lint.value import Known, Origin, Unknown, known_text

# So many locals are followed to what they are made of.
_MOST_LOCALS = 50


def generator(block: Block, control: Control, arguments: Arguments, place: Place) -> Generator | None:
    """What a dynamic block that generates no container goes through."""
    each = block.body.attribute("for_each")
    if each is None:
        return None
    elements = arguments.evaluated(each, place)
    if not isinstance(elements, Known):
        return None
    decided_by = list(dict.fromkeys(_deciders(each.read(), arguments.scope)))
    turned = next((origin for origin in elements.origins if origin.turn is not None), None)
    by = turned if turned is not None and _requires(block, control, arguments, place) else None
    return Generator(" and ".join(decided_by) or arguments.scope.module.text(each.read().span), not decided_by, by)


def _deciders(expression: Expression, scope: Scope) -> Iterator[str]:
    """The names that decide an expression and are not decided by the code of its module alone."""
    waiting, seen = [expression], set[str]()
    while waiting:
        for inner in expressions(waiting.pop()):
            match inner:
                case Traversal(_, "local", (str() as name, *_)):
                    attribute = scope.module.local(name)
                    if attribute is None or len(seen) >= _MOST_LOCALS:
                        yield f"local.{name}"
                    elif name not in seen:
                        seen.add(name)
                        waiting.append(attribute.read())
                case Traversal():
                    yield written(inner)
                case Opaque(_, what):
                    yield what
                case _:
                    pass


def _requires(block: Block, control: Control, arguments: Arguments, place: Place) -> bool:
    """Whether the content of a dynamic block requires tokens whatever it goes through."""
    key = control.key(Option.TOKENS)
    contents = block.body.blocks("content")
    if key is None or not contents:
        return False
    unknown = Unknown("there is none")
    bound = {**place.bindings, iterator_name(block): Known({"key": unknown, "value": unknown})}
    inner = Place(block.head, Known(True, (Origin(block.head, "here"),)), contents[0].body, bound)
    return known_text(arguments.at(inner, key.key)) == key.secure
