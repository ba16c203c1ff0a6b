"""A cloud-config archive: a list of user data, each with its type (cloud-init's user_data.py, _explode_archive)."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.bootscript.formats import held
from iac_imds_lint.bootscript.formats.beginnings import Format, Inner, Read, by_beginning, by_type
from iac_imds_lint.bootscript.formats.held import Held
from iac_imds_lint.script import Unseen
from iac_imds_lint.texts import Text


def read(text: Text, what: str) -> Iterator[Read]:
    """The items of an archive. What tells no type is cloud-config."""
    for document in held.yaml(text, f"the cloud-config archive of {what}"):
        if isinstance(document, Unseen):
            yield document
        else:
            for number, item in enumerate(document.items(), 1):
                yield from _item(item, f"item {number} of {what}")


def _item(item: Held, what: str) -> Iterator[Read]:
    content = item.get("content") or item
    text = content.scalar()
    if text is None:
        return
    told = item.plain("type")
    known = by_type(told, text.content) if told else by_beginning(text.content) or Format.CLOUD_CONFIG
    yield Inner(text, f"{told} {what}".strip(), known)
