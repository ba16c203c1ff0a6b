"""Names that scripts go by: what a local, a variable, an output or a member of a collection is written as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from iac_imds_lint.terraform.alternatives import SENSITIVE, Found, agree, unknown
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.scope import Scope, Written
from iac_imds_lint.terraform.script_text import MOST_ELEMENTS, Bound, Key, Reader, Where, bound_to, key_of
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.syntax import (
    Body,
    Each,
    Expression,
    For,
    Index,
    Object,
    Step,
    Traversal,
    Tuple,
)
from iac_imds_lint.terraform.variables import Variable
from iac_imds_lint.value import Known, Unknown, Value, known_text


def traversed(reader: Reader, node: Traversal, where: Where, keys: tuple[Key, ...]) -> Found | None:
    """What a name and the steps after it lead to, where that has the value that the name has."""
    if node.root == "var" and node.steps and _is_secret(str(node.steps[0]), where.scope):
        return [unknown(node.span, SENSITIVE)]
    found = _named(reader, node, where, keys)
    if found is None or node.root == "data":
        return found
    told = reader.valued(node, where, keys)
    return found if agree(found, told) else told


def _is_secret(name: str, scope: Scope) -> bool:
    declaration = scope.module.variable(name)
    return declaration is not None and Variable(name, declaration, scope).is_secret()


def _named(reader: Reader, node: Traversal, where: Where, keys: tuple[Key, ...]) -> Found | None:
    if node.root in where.bound:
        where.scope.budget.told_apart |= node.root in ("count", "each")
        return _bound(reader, where.bound[node.root], _keys(node.steps, where), keys)
    if node.root in where.frame.bindings or where.frame.isolated or not node.steps:
        return None
    first, *rest = node.steps
    if not isinstance(first, str):
        return None
    match node.root:
        case "local" | "var":
            steps = _keys(rest, where)
            read = _local if node.root == "local" else _variable
            return None if steps is None else read(reader, first, where.scope, (*steps, *keys))
        case "module":
            return _output(reader, first, rest, where, keys)
        case "data":
            return _read(reader, f"data.{first}", rest, where, keys)
        case type:
            return _read(reader, type, node.steps, where, keys)


def _bound(reader: Reader, bound: Bound, steps: tuple[Key, ...] | None, keys: tuple[Key, ...]) -> Found | None:
    if steps is None or (bound.member and steps[:1] != (bound.member,)):
        return None
    taken = steps[1:] if bound.member else steps
    return reader.alternatives(bound.expression, bound.where, (*bound.keys, *taken, *keys))


def stepped(
    reader: Reader, base: Expression, steps: Sequence[Step], where: Where, keys: tuple[Key, ...]
) -> Found | None:
    """What steps lead to from an expression."""
    inner = _keys(steps, where)
    return None if inner is None else reader.alternatives(base, where, (*inner, *keys))


def _keys(steps: Sequence[Step], where: Where) -> tuple[Key, ...] | None:
    """Steps that are known; None where one of them is not."""
    found = [_key(step, where) for step in steps]
    known = tuple(key for key in found if key is not None)
    return known if len(known) == len(found) else None


def _key(step: Step, where: Where) -> Key | None:
    match step:
        case str():
            return step
        case Index(key):
            return key_of(evaluate(key, where.frame))
        case Each():
            return None


def _local(reader: Reader, name: str, scope: Scope, keys: tuple[Key, ...]) -> Found | None:
    attribute = scope.module.local(name)
    if attribute is None:
        return None
    read = partial(reader.alternatives, attribute.read(), Where(Frame(scope)), keys)
    return reader.once(f"local.{name}", (scope, keys), attribute.span, read)


def _variable(reader: Reader, name: str, scope: Scope, keys: tuple[Key, ...]) -> Found | None:
    written = _argument(name, scope)
    if written is None:
        return None
    return reader.once(f"var.{name}", (scope, keys), written[0].span, partial(reader.alternatives, *written, keys))


def _argument(name: str, scope: Scope) -> tuple[Expression, Where] | None:
    """What the caller or a variable file gives for a variable, else its default."""
    if scope.caller is not None and scope.arguments is not None:
        argument = scope.arguments.attribute(name)
        if argument is not None:
            return argument.read(), in_block(scope.arguments, scope.caller, scope.instance.bindings)
    else:
        match scope.given(name):
            case Written(attribute):
                return attribute.read(), Where(Frame(scope))
            case None:
                pass
            case _:
                return None
    declaration = scope.module.variable(name)
    default = declaration.body.attribute("default") if declaration else None
    return None if default is None else (default.read(), Where(Frame(scope)))


def _output(reader: Reader, name: str, steps: Sequence[Step], where: Where, keys: tuple[Key, ...]) -> Found | None:
    """An output of a module that is here."""
    calls = where.scope.instances(name)
    inner = _keys(steps, where)
    if calls.missing or not inner:
        return None
    indexed = isinstance(steps[0], Index)
    scope = calls.scopes.get(suffix(inner[0]) if indexed else "")
    output, *rest = inner[1:] if indexed else inner
    declaration = scope.module.output(str(output)) if scope else None
    attribute = declaration.attribute("value") if declaration else None
    if scope is None or attribute is None or (declaration and declaration.attribute("sensitive")):
        return None
    return reader.alternatives(attribute.read(), Where(Frame(scope)), (*rest, *keys))


def suffix(key: Key) -> str:
    """How an instance is told by its key."""
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'


def _read(reader: Reader, type: str, steps: Sequence[Step], where: Where, keys: tuple[Key, ...]) -> Found | None:
    from iac_imds_lint.terraform import script_data

    if type not in script_data.TYPES or not steps or not isinstance(steps[0], str):
        return None
    inner = [_key(step, where) for step in steps[1:] if not isinstance(step, Each)]
    return script_data.read(reader, type, steps[0], (*inner, *keys), where)


def member(reader: Reader, node: Object | Tuple | For, where: Where, keys: tuple[Key, ...]) -> Found | None:
    """What keys lead to in a collection that is written out; None where only the value tells."""
    match node:
        case Object(_, items):
            named = (item for key, item in reversed(items) if known_text(evaluate(key, where.frame)) == str(keys[0]))
            found = next(named, None)
            return None if found is None else reader.alternatives(found, where, keys[1:])
        case Tuple(_, items):
            number = keys[0] if isinstance(keys[0], int) else -1
            return reader.alternatives(items[number], where, keys[1:]) if 0 <= number < len(items) else None
        case For():
            return _of_for(reader, node, where, keys)


def _of_for(reader: Reader, node: For, where: Where, keys: tuple[Key, ...]) -> Found | None:
    """The result for the element that a key leads to."""
    elements = spread(evaluate(node.collection, where.frame))
    if isinstance(elements, Unknown) or len(elements) > MOST_ELEMENTS or node.grouped:
        return None
    number = 0
    for pair in elements:
        inner = bound_to(node.names, node.collection, pair, where)
        holds = node.condition is None or _truth(evaluate(node.condition, inner.frame))
        if holds is None:
            return None
        key = str(number) if node.result_key is None else known_text(evaluate(node.result_key, inner.frame))
        if holds and key == str(keys[0]):
            return reader.alternatives(node.result, inner, keys[1:])
        number += holds
    return None


def _truth(value: Value) -> bool | None:
    return value.content if isinstance(value, Known) and isinstance(value.content, bool) else None


def in_block(body: Body, scope: Scope, bindings: Mapping[str, Value]) -> Where:
    """The place of the arguments of an instance of a block: ``each.value`` stands for a member of its ``for_each``."""
    frame = Frame(scope, bindings)
    attribute = body.attribute("for_each")
    each = bindings.get("each")
    members = each.content if isinstance(each, Known) and isinstance(each.content, Mapping) else None
    key = key_of(members["key"]) if members else None
    if attribute is None or key is None:
        return Where(frame)
    return Where(frame, {"each": Bound(attribute.read(), Where(Frame(scope)), (key,), "value")})
