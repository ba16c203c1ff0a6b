"""What becomes of the arguments of a launch configuration whose value matters, for HCL and for the JSON syntax."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Fact
from iac_imds_lint.terraform.migration import scripts, values
from iac_imds_lint.terraform.migration.changes import Job
from iac_imds_lint.terraform.migration.leaves import leaves
from iac_imds_lint.terraform.migration.values import Holds, Reader
from iac_imds_lint.terraform.syntax import Access, Call, Conditional, Expression, Literal, Splat, Traversal
from iac_imds_lint.value import Value

_FACTS = {"iam_instance_profile": Fact.PROFILE, "spot_price": Fact.PRICE, "placement_tenancy": Fact.TENANCY}


class Script(Enum):
    """What is written of a boot script."""

    AS_IT_IS = "X"
    ENCODED = "base64encode(X)"
    UNLESS_NULL = "X == null ? null : base64encode(X)"
    YES_ENCODED = "condition ? base64encode(X) : null"
    NO_ENCODED = "condition ? null : base64encode(X)"


class Presence(Enum):
    """Whether a block is there."""

    CERTAIN = "a block"
    MAYBE = "a dynamic block"
    NEVER = "none"


class Decision(NamedTuple):
    """How a boot script is written; ``by_hand`` says what is left to do, ``notes`` what is taken for granted."""

    script: Script
    by_hand: str = ""
    notes: tuple[str, ...] = ()


class Block(NamedTuple):
    """How an argument becomes a block, and which argument in it, if not the usual one."""

    presence: Presence
    name: str = ""
    by_hand: str = ""
    notes: tuple[str, ...] = ()


def _facts(job: Job, fact: Fact) -> list[Value]:
    return [resource.fact(fact) for resource in job.migration.resources]


def script(job: Job, expression: Expression) -> Decision:
    """What becomes of ``user_data``: a configuration encodes what is not base64 yet, a template encodes nothing."""
    holds, guessed, mixed = scripts.read(job.module, expression, _facts(job, Fact.USER_DATA))
    said = "base64" if holds & Holds.ENCODED else "plain"
    notes = tuple(f"{name} is taken to be {said} text" for name in guessed)
    if mixed:
        return Decision(
            Script.AS_IT_IS, by_hand="encode user_data in base64 unless it is already: what it is made of is"
        )
    if not holds & Holds.PLAIN and (holds & Holds.ENCODED or not holds & Holds.EMPTY):
        return Decision(Script.AS_IT_IS, notes=notes)
    if holds & Holds.ENCODED:
        told = "encode user_data in base64 where it is plain text: a template takes nothing else"
        return Decision(Script.AS_IT_IS, by_hand=told)
    if not holds & Holds.NULL:
        return Decision(Script.ENCODED, notes=notes)
    match expression:
        case Conditional(_, _, _, _, Literal(_, None)):
            return Decision(Script.YES_ENCODED, notes=notes)
        case Conditional(_, _, _, Literal(_, None), _):
            return Decision(Script.NO_ENCODED, notes=notes)
        case _:
            return Decision(Script.UNLESS_NULL, notes=notes)


def is_one_term(expression: Expression) -> bool:
    """Whether an expression may be compared as it is written, without parentheses."""
    return isinstance(expression, Traversal | Splat | Access | Call)


def block(job: Job, argument: str, expression: Expression) -> Block:
    """What becomes of an argument that may be null or empty, and is then as good as not written."""
    holds = Reader(job.module).nothing(expression, _facts(job, _FACTS[argument]))
    if not holds & Holds.PLAIN:
        return Block(Presence.NEVER)
    presence = Presence.MAYBE if holds & (Holds.NULL | Holds.EMPTY) else Presence.CERTAIN
    return _profile(job, presence, expression) if argument == "iam_instance_profile" else Block(presence)


def _profile(job: Job, presence: Presence, expression: Expression) -> Block:
    """A profile by its ARN or by its name, of which a template takes one."""
    found = [leaf for leaf in leaves(job.module, expression) if not _is_nothing(leaf)]
    texts: set[bool | None] = {t.startswith("arn:") for t in values.known_texts(_facts(job, Fact.PROFILE)) if t}
    arns = {True if values.is_arn(leaf) else False if values.is_name(leaf) else None for leaf in found}
    if len(found) == 1 and texts:
        arns = texts
    if arns >= {True, False}:
        return Block(presence, by_hand="write arn where it is an ARN and name where it is a name: it may be either")
    if True in arns:
        return Block(presence, "arn")
    unsure = [leaf for leaf in found if not values.is_name(leaf)] if None in arns else []
    names = dict.fromkeys(values.named(leaf) or "the instance profile" for leaf in unsure)
    return Block(presence, notes=tuple(f"{name} is taken to be a name, not an ARN" for name in names))


def _is_nothing(leaf: Expression) -> bool:
    return isinstance(leaf, Literal) and leaf.content in (None, "")


def is_null(job: Job, expression: Expression) -> bool:
    """Whether a value is null in every case."""
    return not Reader(job.module).nothing(expression, ()) & (Holds.PLAIN | Holds.EMPTY)


def may_be_null(job: Job, expression: Expression, fact: Fact | None = None) -> bool:
    """Whether a value is null in some case."""
    told = _facts(job, fact) if fact is not None else ()
    return bool(Reader(job.module).nothing(expression, told) & Holds.NULL)


def refused_name(job: Job, argument: str, expression: Expression) -> str:
    """What to do about a name that a launch template may not have; empty where it may."""
    is_prefix = argument == "name_prefix"
    given = [one.fact(Fact.NAME_PREFIX) if is_prefix else one.name for one in job.migration.resources]
    if any(_refusals(list(values.known_texts(given)), expression, is_prefix)):
        ends = "3 to 99" if is_prefix else "3 to 125"
        return f"choose a {argument} of {ends} letters, digits and ().-/_"
    return ""


def _refusals(texts: list[str], expression: Expression, is_prefix: bool) -> Iterator[bool]:
    yield from (bool(text) and values.is_refused(text, is_prefix) for text in texts)
    yield from (values.has_refused_characters(text) for text in values.literals(expression))
