"""What a call of a module whose code is not here gives its instances to run when they boot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from iac_imds_lint.catalog.module_scripts import TAKEN, Taken
from iac_imds_lint.script import Language, Script, Unseen
from iac_imds_lint.terraform.boot import Written, followed, scripts_of
from iac_imds_lint.terraform.places import Arguments
from iac_imds_lint.terraform.syntax import Attribute, Block
from iac_imds_lint.value import Absent, Known, Unknown, Value, known_text, possibilities

Keys = tuple[str | int, ...]
# By which arguments the system of a group of nodes is told, as it begins.
_SYSTEMS = ("ami_type", "platform")


class _Spot(NamedTuple):
    """A member of an argument, and the keys that lead to it."""

    keys: Keys
    value: Value


def scripts(
    module: str, block: Block, arguments: Arguments, element: Keys, defaults: Sequence[Keys]
) -> Iterator[Script | Unseen]:
    """The scripts of a call, or of the element of a group that keys lead to; ``defaults`` give what that leaves out."""
    for taken in TAKEN.get(module, ()):
        for start in (element, *defaults):
            found = list(_scripts(taken, block, arguments, start))
            yield from found
            if found:
                break


def _scripts(taken: Taken, block: Block, arguments: Arguments, start: Keys) -> Iterator[Script | Unseen]:
    whole: Keys = (*start, *taken.path)
    name, path = whole[0], whole[1:]
    attribute = block.body.attribute(str(name))
    if attribute is None:
        return
    value = arguments.at(arguments.top(block), attribute.name)
    language = _language(block, arguments, start) if taken.is_fragment else None
    for spot in _spots(_Spot((), value), path):
        for script in _at(spot, attribute, arguments, block, _name((attribute.name, *spot.keys))):
            yield _fragment(script, language) if language and isinstance(script, Script) else script


def _at(spot: _Spot, attribute: Attribute, arguments: Arguments, block: Block, what: str) -> Iterator[Script | Unseen]:
    if isinstance(spot.value, Absent) or (isinstance(spot.value, Known) and not isinstance(spot.value.content, str)):
        return
    bindings = arguments.instance.bindings
    written = Written(attribute.span, attribute.read(), spot.keys)
    found = followed(spot.value, written, arguments, block, bindings)
    yield from scripts_of(found, what, attribute.span)


def _spots(spot: _Spot, path: Sequence[str | int]) -> Iterator[_Spot]:
    """The members that a path leads to; ``*`` takes all of them."""
    if not path:
        yield spot
        return
    step, *rest = path
    for _, leaf in possibilities(spot.value):
        match leaf:
            case Unknown():
                yield spot._replace(value=leaf)
            case Known(Mapping() as members):
                for key in members if step == "*" else (step,):
                    if (member := members.get(str(key))) is not None:
                        yield from _spots(_Spot((*spot.keys, key), member), rest)
            case Known(tuple() as items):
                for number in range(len(items)) if step == "*" else (step,):
                    if isinstance(number, int) and number < len(items):
                        yield from _spots(_Spot((*spot.keys, number), items[number]), rest)
            case _:
                pass


def _name(keys: Keys) -> str:
    """What an argument or a member is called, as an expression has it."""
    return str(keys[0]) + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys[1:])


def _language(block: Block, arguments: Arguments, start: Keys) -> Language:
    """What runs a fragment on the system that is asked for."""
    for name in _SYSTEMS:
        whole: Keys = (*start, name)
        value = arguments.at(arguments.top(block), str(whole[0]))
        texts = [known_text(spot.value) or "" for spot in _spots(_Spot((), value), whole[1:])]
        if any(text.lower().startswith("windows") for text in texts):
            return Language.POWERSHELL
    return Language.SHELL


def _fragment(script: Script, language: Language) -> Script:
    """A fragment in the language of what is around it; what says what it is, is that."""
    says = script.text.content.lstrip().startswith(("#!", "#cloud-config", "<", "MIME-Version", "Content-Type"))
    return script if says else script._replace(language=language)
