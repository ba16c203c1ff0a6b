"""Functions of collections: they hand members on as they are, also where those are not known.

Source: Terraform language, Functions, "Collection Functions"; what is not said there, by Terraform's console.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from iac_imds_lint.terraform.contents import (
    TOO_LARGE,
    carried,
    is_invalid,
    is_null,
    is_sensitive,
    lost,
    missing,
    picked,
    refused,
    told,
)
from iac_imds_lint.terraform.conversion import converted, type_of, unified
from iac_imds_lint.terraform.equality import fingerprint, same
from iac_imds_lint.terraform.functions.signature import Members, ordered, refusal, sequence
from iac_imds_lint.terraform.functions.text import clusters
from iac_imds_lint.terraform.steps import named_in
from iac_imds_lint.terraform.types import STRINGS, Collection, List, Map, Partly, Set, Simple
from iac_imds_lint.value import Branches, Known, Origin, Unknown, Value, distributed

ANY_LIST = Collection("list", Simple.ANY)


# --- Members ---------------------------------------------------------------------------------------------------------


def mapping(value: Value) -> Mapping[str, Value] | Unknown:
    """The members of a map or an object; else what stands in the way."""
    match value:
        case Known(Mapping() as members):
            return members
        case Unknown():
            return lost(value)
        case _:
            return refused("a map is needed", value)


def lookup(arguments: Sequence[Value]) -> Value:
    """The member of that key, else the default."""
    container, key, *default = arguments
    members = mapping(container)
    name = converted(key, Simple.STRING)
    if isinstance(members, Unknown):
        return members
    if not isinstance(name, Known) or not isinstance(name.content, str):
        return lost(name) if isinstance(name, Unknown) else refused("the key is null", key)
    otherwise = _default(members, default)
    if is_invalid(otherwise) and default:
        return otherwise
    if name.content in members:
        called = "a member" if is_sensitive(container, key) else name.content
        return picked(named_in(members[name.content], called, container), container, key)
    return members.rest if isinstance(members, Partly) else picked(otherwise, container, key)


def _default(members: Mapping[str, Value], default: Sequence[Value]) -> Value:
    """Of a map, the default has the type of its members."""
    if not default:
        return refused("there is no such key, and no default is given")
    kind = type_of(Known(members)) if isinstance(members, Map) else None
    return converted(default[0], kind.element) if isinstance(kind, Collection) else default[0]


def merge(arguments: Sequence[Value]) -> Value:
    """All members, later ones before earlier ones; what comes before something unknown is not certain."""
    given = [value for value in arguments if not is_null(value)]
    members: dict[str, Value] = {}
    rest: Unknown | None = None
    for value in given:
        match mapping(value):
            case Unknown() as unknown if unknown.invalid:
                return unknown
            case Unknown() as unknown:
                members, rest = {}, unknown
            case Partly() as part:
                members, rest = dict(part), part.rest
            case found:
                members |= {
                    key: named_in(member, "a member" if is_sensitive(value) else key, value)
                    for key, member in found.items()
                }
    origins = (*carried(given), *_of_none(given))
    return Known(_merged(given, members) if rest is None else Partly(members, rest), origins)


def _of_none(given: Sequence[Value]) -> Sequence[Origin]:
    """What ends the origins of several values: a member is not called after the last of them."""
    last = given[-1].origins[-1:] if len(given) > 1 else ()
    return [Origin(origin.span, "here") for origin in last]


def _merged(given: Sequence[Value], members: Mapping[str, Value]) -> Mapping[str, Value]:
    """A map where all are maps of one type, else an object."""
    kinds = [type_of(value) for value in given if isinstance(value, Known) and isinstance(value.content, Map)]
    alike = len(kinds) == len(given) and kinds and all(kind == kinds[0] for kind in kinds)
    return Map({key: members[key] for key in sorted(members)}) if alike else members


def keys(arguments: Sequence[Value]) -> Value:
    """The keys, sorted."""
    members = mapping(arguments[0])
    if isinstance(members, Unknown):
        return members
    if isinstance(members, Partly):
        return lost(members.rest)
    origins = carried(arguments)
    names = [Known(key, origins) for key in sorted(members)]
    return Known(List(names) if isinstance(members, Map) else tuple(names), origins)


def values(arguments: Sequence[Value]) -> Value:
    """The members, in the order of their keys."""
    members = mapping(arguments[0])
    if isinstance(members, Unknown):
        return members
    if isinstance(members, Partly):
        return lost(members.rest)
    found = [members[key] for key in sorted(members)]
    return Known(List(found) if isinstance(members, Map) else tuple(found), carried(arguments))


def zipmap(arguments: Sequence[Value]) -> Value:
    """A map, or of a tuple an object, of keys and of values."""
    names = converted(arguments[0], STRINGS)
    elements = ordered(arguments[1])
    texts = sequence(names)
    if isinstance(texts, Unknown) or isinstance(elements, Unknown):
        return texts if isinstance(texts, Unknown) else elements  # type: ignore[return-value]
    if len(texts) != len(elements):
        return refused(f"there are {len(texts)} keys and {len(elements)} values", *arguments)
    members: dict[str, Value] = {}
    for name, element in zip(texts, elements, strict=True):
        if not isinstance(name, Known) or not isinstance(name.content, str):
            return lost(name) if isinstance(name, Unknown) else refused("a key is null", name)
        members[name.content] = element
    ranked = {key: members[key] for key in sorted(members)}
    return Known(Map(ranked) if isinstance(elements, List) else ranked, carried(arguments))


def transpose(lists: Mapping[str, Sequence[str | None] | None]) -> Members | Unknown:
    """Keys for values and values for keys."""
    turned: dict[str, list[str]] = {}
    for key, names in sorted(lists.items()):
        if names is None or None in names:
            return refusal("null is in it")
        for name in names:
            turned.setdefault(name or "", []).append(key)
    return Members({name: turned[name] for name in sorted(turned)})


# --- Elements --------------------------------------------------------------------------------------------------------


def whole(value: Value, what: str) -> int | Unknown:
    """A number without a fraction; else what stands in the way."""
    match converted(value, Simple.NUMBER):
        case Known(int() as number):
            return number
        case Unknown() as unknown:
            return lost(unknown)
        case _:
            return refused(f"{what} must be a whole number", value)


def length(arguments: Sequence[Value]) -> Value:
    """How many elements, members or characters; of a set with unknown elements, that is unknown."""
    (value,) = arguments
    match value:
        case Known(Partly(rest=rest)):
            return lost(rest)
        case Known(Set() as elements) if len(elements) > 1 and (unknown := undecided(elements)) is not None:
            return unknown
        case Known(tuple() | Mapping() as content):
            return Known(len(content), carried(arguments))
        case Known(str() as text):
            characters = clusters(text)
            return (
                Unknown(characters.reason) if isinstance(characters, Unknown) else Known(len(characters), told([value]))
            )
        case Unknown():
            return lost(value)
        case _:
            return refused("it has no length", value)


def undecided(elements: Sequence[Value]) -> Unknown | None:
    """What leaves it open whether two of the elements are one."""
    for element in elements:
        if fingerprint(element) is None:
            unknown = missing([element])
            return Unknown("an element depends on a condition", element.origins) if unknown is None else lost(unknown)
    return None


def element(arguments: Sequence[Value]) -> Value:
    """The element of that number, counted round."""
    container, index = arguments
    elements = ordered(container)
    if isinstance(elements, Unknown):
        return elements
    number = whole(index, "the index")
    if isinstance(number, Unknown):
        return number
    if number < 0 or not elements:
        return refused("the list is empty" if number >= 0 else "the index is negative", container)
    return picked(elements[number % len(elements)], container, index)


def one(arguments: Sequence[Value]) -> Value:
    """The only element, null where there is none. Whose attribute it is, is known even where the number is not."""
    (container,) = arguments
    if isinstance(container, Unknown):
        return container
    elements = sequence(container)
    if isinstance(elements, Unknown):
        return elements
    if len(elements) < 2:
        return picked(elements[0], container) if elements else Known(None, carried(arguments))
    unknown = undecided(elements) if isinstance(elements, Set) else None
    return refused("there is more than one element", container) if unknown is None else unknown


def contains(arguments: Sequence[Value]) -> Value:
    """Whether an element is that value."""
    container, wanted = arguments
    elements = sequence(container)
    if isinstance(elements, Unknown):
        return elements
    if is_null(wanted):
        return refused("null is looked for", wanted)
    found = [same(each, wanted) for each in elements]
    if True in found:
        return Known(True, told(arguments))
    unknown = next((each for each in found if isinstance(each, Unknown)), None)
    return Known(False, told(arguments)) if unknown is None else lost(unknown)


def index(arguments: Sequence[Value]) -> Value:
    """The number of the first element that is that value."""
    container, wanted = arguments
    elements = ordered(container)
    if isinstance(elements, Unknown):
        return elements
    if is_null(wanted):
        return refused("null is looked for", wanted)
    for number, each in enumerate(elements):
        found = same(each, wanted)
        if found is not False:
            return lost(found) if isinstance(found, Unknown) else Known(number, told(arguments))
    return refused("there is no such element", container)


def concat(arguments: Sequence[Value]) -> Value:
    """All elements: a list of one type where all arguments are lists, else a tuple."""
    lists: list[tuple[Value, ...]] = []
    for argument in arguments:
        elements = ordered(argument)
        if isinstance(elements, Unknown):
            return elements
        lists.append(elements)
    joined = Known(tuple(chain.from_iterable(lists)), carried(arguments))
    if all(isinstance(elements, List) for elements in lists):
        made = converted(joined, ANY_LIST)
        return joined if is_invalid(made) else made
    return joined


def flatten(arguments: Sequence[Value]) -> Value:
    """All elements, those of lists in it for the lists. What is not known may be a list."""
    (container,) = arguments
    elements = sequence(container)
    if isinstance(elements, Unknown):
        return elements
    flat: list[Value] = []
    for number, each in enumerate(elements):
        if isinstance(each, Branches) and any(map(_may_be_list, _ends(each))):
            head, tail = elements[:number], elements[number + 1 :]
            return distributed([each], lambda ends: flatten([Known((*head, *ends, *tail), container.origins)]))  # noqa: B023
        if isinstance(each, Unknown):
            return lost(each)
        inner = flatten([each]) if isinstance(each, Known) and isinstance(each.content, tuple) else None
        if inner is not None and not (isinstance(inner, Known) and isinstance(inner.content, tuple)):
            return inner if isinstance(inner, Unknown) else Unknown("which elements there are is not known")
        flat.extend(inner.content if isinstance(inner, Known) and isinstance(inner.content, tuple) else (each,))
    return Known(tuple(flat), told_outside(container, elements))


def _ends(value: Value) -> list[Value]:
    return [end for _, choice in value.choices for end in _ends(choice)] if isinstance(value, Branches) else [value]


def _may_be_list(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Known) and isinstance(value.content, tuple))


def told_outside(container: Value, elements: Sequence[Value]) -> tuple[Origin, ...]:
    """The origins of a list and of the lists that are directly in it."""
    return carried(
        [container, *(each for each in elements if isinstance(each, Known) and isinstance(each.content, tuple))]
    )


def slice_of(arguments: Sequence[Value]) -> Value:
    """The elements from one number up to another."""
    elements = ordered(arguments[0])
    start, end = whole(arguments[1], "the start"), whole(arguments[2], "the end")
    for part in (elements, start, end):
        if isinstance(part, Unknown):
            return part
    if isinstance(elements, Unknown) or isinstance(start, Unknown) or isinstance(end, Unknown):
        return TOO_LARGE
    if not 0 <= start <= end <= len(elements):
        return refused(f"{start} to {end} is outside of a list of {len(elements)}", *arguments)
    part = elements[start:end]
    return Known(List(part) if isinstance(elements, List) else part, carried(arguments))


def reverse(arguments: Sequence[Value]) -> Value:
    """The elements from last to first."""
    elements = sequence(arguments[0])
    if isinstance(elements, Unknown):
        return elements
    if isinstance(elements, Set) and len(elements) > 1 and (unknown := undecided(elements)) is not None:
        return unknown
    turned = elements[::-1]
    return Known(List(turned) if isinstance(elements, List | Set) else turned, carried(arguments))


def as_list(value: Value) -> tuple[Value, ...] | Unknown:
    """The elements converted to one type; else what stands in the way."""
    if is_null(value):
        return refused("it is given null", value)
    return sequence(converted(value, ANY_LIST))


def distinct(arguments: Sequence[Value]) -> Value:
    """Each element once, the first of them."""
    elements = as_list(arguments[0])
    if isinstance(elements, Unknown):
        return elements
    if len(elements) > 1 and (unknown := undecided(elements)) is not None:
        return unknown
    found: dict[object, Value] = {}
    for each in elements:
        found.setdefault(fingerprint(each), each)
    return picked(Known(List(found.values()), carried(arguments)), *elements)


def chunklist(arguments: Sequence[Value]) -> Value:
    """Lists of so many elements each."""
    elements = as_list(arguments[0])
    size = whole(arguments[1], "the size")
    if isinstance(elements, Unknown) or isinstance(size, Unknown):
        return elements if isinstance(elements, Unknown) else size  # type: ignore[return-value]
    if size < 0:
        return refused("the size is negative", arguments[1])
    origins = carried(arguments)
    step = size or max(len(elements), 1)
    chunks = [Known(List(elements[at : at + step]), origins) for at in range(0, len(elements), step)]
    return Known(List(chunks), origins)


def matchkeys(arguments: Sequence[Value]) -> Value:
    """The values whose keys are among those searched for."""
    found = [as_list(argument) for argument in arguments]
    for each in found:
        if isinstance(each, Unknown):
            return each
    elements, names, wanted = (each for each in found if not isinstance(each, Unknown))
    if len(elements) != len(names):
        return refused(f"there are {len(elements)} values and {len(names)} keys", *arguments)
    common = unified(type_of(each) for each in (*names, *wanted))
    if common is None:
        return refused("the keys and those searched for have no type in common", *arguments)
    searched = {fingerprint(converted(each, common)) for each in wanted}
    keyed = [fingerprint(converted(name, common)) for name in names]
    if (None in searched or None in keyed) and (unknown := undecided([*names, *wanted])) is not None:
        return unknown
    taken = [value for value, name in zip(elements, keyed, strict=True) if name in searched]
    return Known(List(taken), carried(arguments))


def coalescelist(arguments: Sequence[Value]) -> Value:
    """The first list that is not empty."""
    for argument in arguments:
        elements = ordered(argument)
        if isinstance(elements, Unknown):
            return elements
        if elements:
            null = next(filter(is_null, arguments), None)
            return refused("it is given null", null) if null is not None else argument
    return refused("all lists are empty", *arguments)
