"""Functions of sets, and of all combinations of elements.

Source: Terraform language, Functions, ``setunion``, ``setintersection``, ``setsubtract`` and ``setproduct``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, product
from math import prod

from iac_imds_lint.terraform.contents import (
    MOST_ELEMENTS,
    TOO_LARGE,
    carried,
    is_null,
    lost,
    missing,
    refused,
    told,
)
from iac_imds_lint.terraform.conversion import converted, set_of, type_of, unified
from iac_imds_lint.terraform.equality import fingerprint
from iac_imds_lint.terraform.functions.collections import as_list, undecided
from iac_imds_lint.terraform.functions.signature import sequence
from iac_imds_lint.terraform.types import Collection, List, Set, Simple
from iac_imds_lint.value import Known, Unknown, Value

ANY_SET = Collection("set", Simple.ANY)


def sets(arguments: Sequence[Value]) -> list[Set] | Unknown:
    """The arguments as sets of one type; else what stands in the way."""
    made = [refused("it is given null", value) if is_null(value) else converted(value, ANY_SET) for value in arguments]
    found = [value.content for value in made if isinstance(value, Known) and isinstance(value.content, Set)]
    if len(found) != len(made):
        unknown = missing(value for value in made if isinstance(value, Unknown))
        return Unknown("which elements there are is not known") if unknown is None else lost(unknown)
    common = unified(type_of(each) for elements in found for each in elements)
    if common is None:
        return refused("the elements have no type in common", *arguments)
    return [set_of(converted(each, common) for each in elements) for elements in found]


def setunion(arguments: Sequence[Value]) -> Value:
    """What is in any of the sets."""
    found = sets(arguments)
    if isinstance(found, Unknown):
        return found
    return Known(set_of(chain.from_iterable(found)), carried(arguments))


def setintersection(arguments: Sequence[Value]) -> Value:
    """What is in all of the sets."""
    return _chosen(arguments, all)


def setsubtract(arguments: Sequence[Value]) -> Value:
    """What is in the first set and not in the second."""
    return _chosen(arguments, lambda places: places[0] and not any(places[1:]))


def _chosen(arguments: Sequence[Value], wanted: Callable[[Sequence[bool]], bool]) -> Value:
    found = sets(arguments)
    if isinstance(found, Unknown):
        return found
    everything = set_of(chain.from_iterable(found))
    if (unknown := undecided(everything)) is not None:
        return unknown
    prints = [{fingerprint(each) for each in elements} for elements in found]
    taken = [each for each in everything if wanted([fingerprint(each) in known for known in prints])]
    return Known(Set(taken), told(arguments))


def setproduct(arguments: Sequence[Value]) -> Value:
    """All combinations: a set where all arguments are sets, else a list."""
    lists: list[tuple[Value, ...]] = []
    for argument in arguments:
        elements = sequence(argument) if not _is_set(argument) else sequence(converted(argument, ANY_SET))
        made = as_list(argument) if not isinstance(elements, Set | Unknown) else elements
        if isinstance(made, Unknown):
            return made
        lists.append(made)
    if prod(map(len, lists)) * len(lists) > MOST_ELEMENTS:
        return TOO_LARGE
    origins = carried(arguments)
    combined = [Known(combination, origins) for combination in product(*lists)]
    return Known(set_of(combined) if all(map(_is_set, arguments)) else List(combined), origins)


def _is_set(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.content, Set)
