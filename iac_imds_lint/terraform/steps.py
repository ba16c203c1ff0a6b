"""Steps into values: members of collections, elements one by one, and attributes that exist only after apply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iac_imds_lint.terraform.contents import is_sensitive, picked
from iac_imds_lint.terraform.syntax import Traversal
from iac_imds_lint.terraform.types import Partly, Set
from iac_imds_lint.value import Absent, Handle, Known, Unknown, Value, text_of

# What a variable's or a local's value is called, and where it stands.
_NAMED = re.compile(
    r"(?P<default>the default of )?(?P<path>(?:var|local)\.[\w-]+(?:\.[\w-]+|\[[^\]]*\])*)(?P<where>| in .+)"
)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_SECRET = "a member"


class Outputs(Mapping[str, Value]):
    """What a module call is to its caller: its outputs, each evaluated when it is asked for.

    ``undecided`` says that it is not known how many instances of the call there are: an index leads to this one.
    """

    def __init__(self, names: frozenset[str], undecided: bool) -> None:
        self._names = names
        self.undecided = undecided

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def written(node: Traversal) -> str:
    """The traversal as a user would recognise it; indexes are shortened."""
    return node.root + "".join(f".{step}" if isinstance(step, str) else "[...]" for step in node.steps)


def member(value: Value, key: Value, name: str, is_name: bool) -> Value:
    """One step into a value that is not divided; ``name`` is what the user calls it, ``is_name`` tells ``.a`` from
    ``["a"]``.
    """
    match value:
        case Unknown():
            return _of_unknown(value, key, is_name)
        case Absent(origins) | Known(None, origins):
            return Unknown(f"{name} is null", origins, invalid=True)
        case Known(Outputs() as outputs) if outputs.undecided and not is_name:
            return value
        case Known(content, origins) if isinstance(key, Known):
            found = _found(content, key.content)
            if isinstance(found, Unknown) and not found.origins and found.invalid:
                reason = "has no member of that name" if is_sensitive(key) else found.reason
                return picked(Unknown(f"{name} {reason}", origins, invalid=True), key)
            called = _SECRET if is_sensitive(key, value) else text_of(key.content) or ""
            return picked(named_in(found, called, value), value, key)
        case _:
            reason = key.reason if isinstance(key, Unknown) else "it is null"
            return Unknown(f"which element of {name} is taken is not known: {reason}", key.origins)


def named_in(found: Value, key: str, container: Value) -> Value:
    """A member whose literal stands in the one that decided its container is called after both."""
    if not found.origins or found.origins[0].what != "here" or not container.origins:
        return found
    around = container.origins[-1].what
    if around.startswith("here"):
        return found
    first = found.origins[0]._replace(what=_member_of(around, key))
    return found._replace(origins=(first, *found.origins[1:]))


def _member_of(around: str, key: str) -> str:
    """What a member of something is called: by its path, where that is a variable or a local."""
    whole = _NAMED.fullmatch(around)
    if whole is None or key == _SECRET:
        return f"{key} in {around}"
    step = f".{key}" if _NAME.fullmatch(key) else f"[{key}]" if key.isdecimal() else f'["{key}"]'
    where = " in its default" if whole["default"] else whole["where"]
    return f"{whole['path']}{step}{where}"


def _of_unknown(value: Unknown, key: Value, is_name: bool) -> Value:
    """An attribute of a resource is still told by its handle, and so is one instance of those not counted."""
    handle = value.handle
    if handle is None or handle.published or not is_name:
        return value
    attribute = text_of(key.content) if isinstance(key, Known) and not handle.attribute else None
    return value._replace(handle=Handle(handle.address, attribute) if attribute is not None else None)


def _found(content: object, key: object) -> Value:
    text = text_of(key) if isinstance(key, str | bool | int | float) else None
    match content:
        case Mapping() if text is not None and text in content:
            found: Value = content[text]
            return found
        case Partly():
            return content.rest
        case Mapping():
            return Unknown(f'is given no "{text}"', invalid=True)
        case Set():
            return Unknown("is a set, whose elements have no index", invalid=True)
        case tuple():
            return _element(content, text or "")
        case _:
            return Unknown("is no collection", invalid=True)


def _element(content: tuple[Value, ...], text: str) -> Value:
    number = int(text) if text.isdecimal() and len(text) < 10 else -1
    if 0 <= number < len(content):
        return content[number]
    return Unknown(f"has no element {text}", invalid=True)


def _as_key(item: Value) -> Value:
    """An element of a set is its own key: changing its literal would change which elements there are."""
    return item._replace(origins=tuple(origin._replace(literal=False) for origin in item.origins))


def spread(collection: Value) -> list[tuple[Value, Value]] | Unknown:
    """The elements of a collection with their keys, in Terraform's order; as sensitive as the collection is."""
    elements = _spread(collection)
    if isinstance(elements, Unknown) or not is_sensitive(collection):
        return elements
    return [(picked(key, collection), picked(item, collection)) for key, item in elements]


def _spread(collection: Value) -> list[tuple[Value, Value]] | Unknown:
    match collection:
        case Unknown():
            return collection
        case Known(Partly() as content):
            return content.rest
        case Known(Set() as items):
            return [(item, item) for item in map(_as_key, items)]
        case Known(tuple() as items):
            return [
                (Known(number), named_in(item, f"element {number}", collection)) for number, item in enumerate(items)
            ]
        case Known(Mapping() as members):
            keys = sorted(members, key=str.encode)
            hidden = is_sensitive(collection)
            return [(Known(key), named_in(members[key], "a member" if hidden else key, collection)) for key in keys]
        case _:
            return Unknown("it goes through what is no collection", collection.origins, invalid=True)
